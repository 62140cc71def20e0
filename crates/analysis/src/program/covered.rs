//! Which routes come to something that the code has by name, as its own limiter of requests: what is there and that nothing uses
//! protects nothing.

use std::collections::BTreeSet;

use ir::{ExprId, ExprKind, FnId, Span, TextPart};

use super::Program;
use crate::clients::is_of_client;
use crate::entries::EntryPoint;
use crate::ids::{ExprRef, FileId, FnRef};
use crate::models::Context;
use crate::roles::Role;

/// Uses that are looked at, each by a walk over the file's functions and the routes.
const MAX_USES: usize = 2_000;

/// The routes that something runs for.
#[derive(Debug, Default)]
pub struct Covered {
    /// All, or it is not known which.
    pub is_everywhere: bool,
    /// The functions that handle the others.
    pub routes: BTreeSet<FnRef>,
}

impl Program<'_> {
    /// The routes that come to a use of a wanted name (in lower case), or to a text with one of the words (in lower case) in it. A
    /// function or class of such a name is what is used: what stands inside of it is no use.
    pub fn routes_covered_by(&self, is_wanted: impl Fn(&str) -> bool, words: &[&str]) -> Covered {
        let mut covered = Covered::default();
        let mut uses = 0;
        let is_named = |entry: &&EntryPoint| self.is_within_named(entry.function, &is_wanted);
        covered.is_everywhere = self.entries.iter().filter(is_named).any(super::service::is_beside);
        for (number, source) in self.files.iter().enumerate() {
            let file = FileId(number as u32);
            if self.role(file) == Role::Test || is_of_client(source, self.library(file)) {
                continue;
            }
            let is_use = |kind: &ExprKind| match kind {
                ExprKind::Local(binding) => is_wanted(&source.binding(*binding).name.to_lowercase()),
                ExprKind::Global(name) | ExprKind::Member { name, .. } => is_wanted(&name.to_lowercase()),
                ExprKind::Record(entries) => {
                    entries.iter().filter_map(|entry| entry.key).any(|key| is_wanted(&key.to_lowercase()))
                }
                ExprKind::Text(parts) => literals(parts).any(|text| words.iter().any(|word| text.contains(word))),
                _ => false,
            };
            for (id, expr) in source.exprs.iter().enumerate() {
                // `"app.middleware.RateLimitMiddleware"`: settings name it.
                covered.is_everywhere |= match &expr.kind {
                    ExprKind::Text(parts) => {
                        literals(parts).any(|text| text.contains('.') && !text.contains([' ', '/']) && is_wanted(&text))
                    }
                    _ => false,
                };
                let is_used = is_use(&expr.kind) && !self.names_answer(ExprRef { file, id: ExprId(id as u32) });
                uses += usize::from(is_used);
                // What is used so often covers what there is.
                covered.is_everywhere |= uses > MAX_USES;
                if covered.is_everywhere {
                    return covered;
                }
                if is_used {
                    self.cover(ExprRef { file, id: ExprId(id as u32) }, &is_wanted, &mut covered);
                }
            }
        }
        covered
    }

    /// `429 => ErrorKind::RateLimited`: what another service answered gets a name. Code that throws and catches names no answer by
    /// itself.
    fn names_answer(&self, use_: ExprRef) -> bool {
        let source = self.file(use_.file);
        let listing = self.listing(use_.file);
        let stem = source.path.rsplit('/').next().unwrap_or_default();
        let is_member = matches!(source.expr(use_.id).kind, ExprKind::Member { .. });
        let stands_alone = listing.parent(use_.id).is_none() && !listing.assigned.contains_key(&use_.id);
        !source.has_exceptions()
            && is_member
            && (stands_alone || ir::words_of(stem).iter().any(|word| matches!(word.as_str(), "error" | "errors")))
    }

    fn cover(&self, use_: ExprRef, is_wanted: &impl Fn(&str) -> bool, covered: &mut Covered) {
        let source = self.file(use_.file);
        let span = self.expr_span(use_);
        let function = innermost(source, span);
        let at = |id: FnId| FnRef { file: use_.file, id };
        if self.is_within_named(at(function), is_wanted) {
            return;
        }
        // `@limited def login()`.
        let is_decorated = |own: &&ir::Function| own.decorators.iter().any(|id| source.expr(*id).span.contains(span));
        if let Some(number) = source.functions.iter().position(|own| is_decorated(&own)) {
            covered.routes.insert(at(FnId(number as u32)));
            return;
        }
        let calls = self.calls_around(use_);
        // `app.post("/login", limiter, login)`.
        let registered: Vec<&EntryPoint> = self
            .entries
            .iter()
            .filter(|entry| {
                let is_within = |call: &ExprId| source.expr(*call).span.contains(entry.span);
                entry.file == use_.file && calls.iter().any(is_within)
            })
            .collect();
        if !registered.is_empty() {
            registered.into_iter().for_each(|entry| self.cover_entry(entry, covered));
            return;
        }
        let states: Vec<Context> = self.states(at(function)).map(|state| state.context).collect();
        if states.iter().any(|context| matches!(context, Context::Request | Context::Connection)) {
            let handlers = self.handlers(at(function), &[Context::Request, Context::Connection]);
            let is_handler = |entry: &&EntryPoint| {
                let place = self.location(entry.file, entry.span);
                handlers.iter().any(|step| step.location == place)
            };
            self.entries.iter().filter(is_handler).for_each(|entry| self.cover_entry(entry, covered));
            return;
        }
        let is_beside = states.iter().any(|context| matches!(context, Context::Job | Context::Script | Context::Test));
        // `throttle_classes = [PerUser]`
        let of_class = source.classes.iter().find(|class| class.span.contains(span));
        let is_of_class =
            function == FnId::MODULE && of_class.is_some_and(|class| !is_wanted(&class.name.to_lowercase()));
        let is_called = !calls.is_empty() && !self.is_definition(use_, &calls, is_wanted);
        covered.is_everywhere |= is_of_class || !is_beside && is_called;
    }

    /// Whether a function, one that it stands in, or its class has a wanted name.
    fn is_within_named(&self, function: FnRef, is_wanted: &impl Fn(&str) -> bool) -> bool {
        let source = self.file(function.file);
        let around = std::iter::successors(Some(function.id), |id| source.function(*id).parent);
        let names = around.flat_map(|id| {
            let own = source.function(id);
            [Some(own.name), own.class.map(|class| source.class(class).name)]
        });
        names.flatten().any(|name| is_wanted(&name.to_lowercase()))
    }

    fn cover_entry(&self, entry: &EntryPoint, covered: &mut Covered) {
        match entry.context {
            _ if super::service::is_beside(entry) => covered.is_everywhere = true,
            Context::Request => _ = covered.routes.insert(entry.function),
            // What limits the messages of sockets, or jobs, limits no requests.
            _ => {}
        }
    }

    /// The calls that an expression is part of, within its statement.
    fn calls_around(&self, expr: ExprRef) -> Vec<ExprId> {
        let listing = self.listing(expr.file);
        let around = std::iter::successors(Some(expr.id), |id| listing.parent(*id));
        around.filter(|id| matches!(self.file(expr.file).expr(*id).kind, ExprKind::Call { .. })).collect()
    }

    /// Whether a use makes what gets such a name itself, `const limiter = new Limiter()`, or starts a timer for it.
    fn is_definition(&self, use_: ExprRef, calls: &[ExprId], is_wanted: &impl Fn(&str) -> bool) -> bool {
        let source = self.file(use_.file);
        let bound = |call: &ExprId| self.listing(use_.file).bound_to(source, *call);
        calls.iter().any(|call| {
            let model = self.model(ExprRef { file: use_.file, id: *call });
            model.is_some_and(|model| model.repeats)
                || bound(call).is_some_and(|binding| is_wanted(&source.binding(binding).name.to_lowercase()))
        })
    }
}

/// The known parts of a text, in lower case.
fn literals(parts: &[TextPart]) -> impl Iterator<Item = String> {
    parts.iter().filter_map(|part| match part {
        TextPart::Literal { value, .. } => Some(value.to_lowercase()),
        TextPart::Hole(_) => None,
    })
}

/// The innermost function around a place.
fn innermost(source: &ir::File, place: Span) -> FnId {
    let around = source.functions.iter().enumerate().filter(|(_, function)| function.span.contains(place));
    let innermost = around.min_by_key(|(_, function)| function.span.end - function.span.start);
    innermost.map_or(FnId::MODULE, |(number, _)| FnId(number as u32))
}
