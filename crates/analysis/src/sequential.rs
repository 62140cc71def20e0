//! Remote calls that wait for one another though none needs another's answer: one after another for the elements of a list.
//!
//! Most loops that wait have to. What is left has no state that goes from one round to the next, no way out, no pause, no
//! retry, no pages, no order, and nothing else that is slow or belongs to a transaction.
//!
//! What it does not see: services that allow one call at a time, and orders that only the other side knows of.

mod body;

use ir::{BinaryOp, Block, ExprId, ExprKind, File, LoopKind, Pattern, Stmt, StmtKind, Symbol, Visit};
use rustc_hash::FxHashSet;

use crate::ids::{ExprRef, FileId, FnRef};
use crate::index::Site;
use crate::models::{Effect, Runs};
use crate::program::Program;
use crate::queries::{QueryUse, Shape};
use crate::reach::Reach;
use body::Body;

/// A loop of independent remote calls.
#[derive(Clone, Debug)]
pub struct Sequential {
    pub function: FnRef,
    /// The first call of a round that is waited for.
    pub call: ExprRef,
    /// The remote call behind it.
    pub remote: ExprRef,
    /// All remote calls that the loop comes to.
    pub covers: Vec<ExprRef>,
    /// The rounds wait by `await`; else they block a thread.
    pub is_awaited: bool,
}

const MAX_HOPS: u32 = 3;

/// Names of lists that are short, or whose elements come in an order that matters.
const SHORT_OR_ORDERED: &[&str] = &[
    "chunk",
    "batch",
    "part",
    "page",
    "step",
    "stage",
    "attempt",
    "retr",
    "segment",
    "cursor",
    "provider",
    "fallback",
    "mirror",
    "host",
    "node",
    "candidate",
    "strateg",
    "offset",
    "region",
    "migration",
    "backend",
    "strategy",
    "model",
    "plan",
    "tool",
    "emoji",
    "reaction",
];

/// What tells that a language model answers, though the call is plain HTTP: that is a long task.
const MODELS: &[&str] = &["prompt", "completion", "openai", "anthropic", "ollama", "llm"];

/// What the functions of a program come to.
struct Known<'p, 'm> {
    program: &'p Program<'m>,
    quick: Reach<Effect>,
    /// What makes a loop another matter.
    other: Reach<Effect>,
}

pub(crate) fn solve(program: &Program<'_>) -> Vec<Sequential> {
    let of_effects = |wanted: fn(Effect) -> bool| {
        let calls = program.calls().iter();
        let direct = calls.filter_map(move |call| {
            let queries = (!call.model.query.is_empty()).then_some(Effect::Database);
            let effect = call.model.does.or(queries).filter(|effect| wanted(*effect))?;
            // What is kept is asked for once, however many elements there are.
            let is_kept = call.site.is_once && is_quick(effect);
            (!is_kept && !reads_answer(call.model.path)).then_some((call.function, effect, call.at))
        });
        Reach::solve(program, direct, |edge| edge.how == Runs::Inline, MAX_HOPS)
    };
    let known = Known { program, quick: of_effects(is_quick), other: of_effects(is_other) };
    let found = program.each_with_loops(|function| {
        if !known.may_call_quick(function) {
            return None;
        }
        let file = program.file(function.file);
        let mut loops = Loops { known: &known, function, found: Vec::new(), pages: 0 };
        loops.block(file, &file.function(function.id).body);
        (!loops.found.is_empty()).then_some(loops.found)
    });
    found.into_iter().flatten().collect()
}

impl Known<'_, '_> {
    /// Whether a function has a call that is quick, or comes to one: few have, and only their loops need be looked at.
    fn may_call_quick(&self, function: FnRef) -> bool {
        let program = self.program;
        let mut sites = program.listing(function.file).sites_of(function.id).iter();
        let is_quick = |site: &Site| {
            let model = program.model(ExprRef { file: function.file, id: site.call });
            model.is_some_and(|model| model.does.is_some_and(is_quick))
        };
        program.calls_from(function).iter().any(|edge| self.quick.comes(edge.to)) || sites.any(is_quick)
    }
}

/// Remote, and over in a fraction of a second.
fn is_quick(effect: Effect) -> bool {
    matches!(effect, Effect::Http | Effect::Push)
}

/// A pause, a query, something that takes turns, or a task that is long by itself.
fn is_other(effect: Effect) -> bool {
    !is_quick(effect) && !matches!(effect, Effect::Cache | Effect::Disk)
}

/// Reading the body of an answer is part of the call.
fn reads_answer(path: Option<Symbol>) -> bool {
    path.is_some_and(|path| path.contains("Response#"))
}

impl Program<'_> {
    /// Whether a remote call looks like one of a language model, which takes seconds.
    pub fn asks_language_model(&self, call: ExprRef) -> bool {
        self.mentions(call, MODELS)
    }
}

struct Loops<'k, 'p, 'm> {
    known: &'k Known<'p, 'm>,
    function: FnRef,
    found: Vec<Sequential>,
    /// Depth of loops that go on until something ends: what they contain is for one page or batch.
    pages: u32,
}

impl Visit for Loops<'_, '_, '_> {
    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        let StmtKind::Loop { kind, body, is_async } = &stmt.kind else { return ir::walk_stmt(self, file, stmt) };
        let elements = self.elements(file, kind, body);
        let is_paged = elements.is_none() && !matches!(kind, LoopKind::For { .. });
        if let Some(elements) = elements.filter(|_| !is_async && self.pages == 0) {
            let found = self.of_loop(file, stmt, body, elements);
            self.found.extend(found);
        }
        self.pages += u32::from(is_paged);
        ir::walk_stmt(self, file, stmt);
        self.pages -= u32::from(is_paged);
    }
}

impl Loops<'_, '_, '_> {
    fn at(&self, id: ExprId) -> ExprRef {
        ExprRef { file: self.function.file, id }
    }

    /// The names that stand for an element of a list of unknown length.
    fn elements(&self, file: &File, kind: &LoopKind, body: &Block) -> Option<FxHashSet<ir::BindingId>> {
        let mut names = FxHashSet::default();
        match kind {
            LoopKind::For { pattern, iter } => {
                if self.is_short_or_ordered(file, pattern, *iter, 0) {
                    return None;
                }
                pattern.each_binding(&mut |binding| _ = names.insert(binding));
            }
            // `for (let i = 0; i < list.length; i++)`.
            LoopKind::While { test } => {
                let ExprKind::Binary { op: BinaryOp::Less, left, right } = file.expr(*test).kind else { return None };
                let (ExprKind::Local(number), ExprKind::Member { base, name, .. }) =
                    (&file.expr(left).kind, &file.expr(right).kind)
                else {
                    return None;
                };
                let Some(StmtKind::Expr(update)) = body.stmts.last().map(|last| &last.kind) else { return None };
                let ExprKind::Assign { pattern, value, .. } = &file.expr(*update).kind else { return None };
                let steps_by_one = pattern.as_binding() == Some(*number)
                    && matches!(file.expr(*value).kind, ExprKind::Number(step) if step == 1.0);
                if name != "length" || !steps_by_one || self.is_short_or_ordered(file, pattern, *base, 0) {
                    return None;
                }
                names.insert(*number);
            }
            LoopKind::Forever => return None,
        }
        (!names.is_empty()).then_some(names)
    }

    /// What one row, or one thing that a function of the project looked up, has of its own is few, as a rule.
    fn is_one_row(&self, owner: ExprRef) -> bool {
        let program = self.known.program;
        let mut fetch = program.definition(owner);
        while let Some(ExprKind::Await(inner)) = fetch.map(|at| program.kind(at)) {
            fetch = fetch.map(|at| ExprRef { id: *inner, ..at });
        }
        fetch.is_some_and(|fetch| {
            let is_one = |query: &QueryUse| query.shape == Shape::One;
            !program.called_functions(fetch).is_empty() || program.queries_at(fetch).iter().any(is_one)
        })
    }

    fn is_short_or_ordered(&self, file: &File, pattern: &Pattern, iter: ExprId, depth: u32) -> bool {
        let says_so = |name: Symbol| {
            let lower = name.to_lowercase();
            SHORT_OR_ORDERED.iter().any(|word| lower.contains(word))
                || name.chars().all(|letter| letter.is_uppercase() || !letter.is_alphabetic()) && name.len() > 1
        };
        let mut is_named_so = false;
        pattern.each_binding(&mut |binding| is_named_so |= says_so(file.binding(binding).name));
        if is_named_so || depth > 4 {
            return is_named_so;
        }
        let again = |id| self.is_short_or_ordered(file, &Pattern::Ignore, id, depth + 1);
        match &file.expr(iter).kind {
            ExprKind::Await(inner) | ExprKind::Propagate(inner) => again(*inner),
            ExprKind::Member { base, name, .. } => {
                let is_name = matches!(file.expr(*base).kind, ExprKind::Global(_) | ExprKind::Local(_));
                says_so(*name) || is_name && again(*base) || self.is_one_row(self.at(*base))
            }
            ExprKind::Global(name) => says_so(*name),
            ExprKind::Local(binding) => {
                let definition = self.known.program.definition(self.at(iter));
                says_so(file.binding(*binding).name)
                    || definition.is_some_and(|definition| match self.known.program.kind(definition) {
                        ExprKind::List(items) => !items.is_empty(),
                        ExprKind::Record(_) | ExprKind::Text(_) => true,
                        _ => definition.file == self.function.file && definition.id != iter && again(definition.id),
                    })
            }
            ExprKind::Slice { to, .. } => to.is_some(),
            ExprKind::List(_) | ExprKind::Record(_) | ExprKind::Text(_) | ExprKind::Other(_) | ExprKind::Number(_) => {
                true
            }
            ExprKind::Call { callee, args, .. } => match file.expr(*callee).kind {
                ExprKind::Member { base, name, .. } => match name.as_str() {
                    "slice" | "take" | "split" | "chunks" | "range" | "most_common" => true,
                    // A service's `list` gives a page.
                    "list" => true,
                    _ => says_so(name) || again(base),
                },
                ExprKind::Global(name) if name == "range" => !args.iter().any(|arg| self.is_length(file, arg.value)),
                ExprKind::Global(name) => says_so(name) || args.first().is_some_and(|arg| again(arg.value)),
                ExprKind::Local(binding) => says_so(file.binding(binding).name),
                _ => false,
            },
            _ => false,
        }
    }

    fn is_length(&self, file: &File, value: ExprId) -> bool {
        let ExprKind::Call { callee, .. } = file.expr(value).kind else { return false };
        matches!(file.expr(callee).kind, ExprKind::Global(name) if name == "len")
    }

    fn of_loop(
        &self,
        file: &File,
        stmt: &Stmt,
        block: &Block,
        elements: FxHashSet<ir::BindingId>,
    ) -> Option<Sequential> {
        let program = self.known.program;
        let index = program.listing(self.function.file);
        let body = Body::read(file, index, stmt.span, block, elements);
        if body.must_stay_in_order() || self.does_other(&body) {
            return None;
        }
        let mut first = None;
        let mut covers = Vec::new();
        for call in &body.calls {
            let at = self.at(*call);
            let Some(remote) = self.remote(at) else { continue };
            let site = index.site(*call)?;
            if program.asks_language_model(remote)
                || !site.in_loop
                || site.in_batches
                || site.is_once
                || !body.is_for_element(file, *call)
            {
                return None;
            }
            let is_awaited = self.waits(at, remote)?;
            first.get_or_insert((at, remote, is_awaited));
            self.cover(at, &mut covers);
        }
        let (call, remote, is_awaited) = first?;
        Some(Sequential { function: self.function, call, remote, covers, is_awaited })
    }

    /// Whether a round pauses, queries, takes turns, or takes long by itself.
    fn does_other(&self, body: &Body) -> bool {
        let program = self.known.program;
        body.calls.iter().any(|call| {
            let at = self.at(*call);
            program.model(at).is_some_and(|model| model.does.is_some_and(is_other) || !model.query.is_empty())
                || program.called_functions(at).into_iter().any(|callee| self.known.other.way(at, callee).is_some())
                || self.runs_other(at)
        })
    }

    /// Whether a function that a call is given does, before the call is over: `new Promise((resolve) => setTimeout(resolve, 500))`.
    fn runs_other(&self, call: ExprRef) -> bool {
        let edges = self.known.program.calls_from(self.function).iter();
        let mut inline = edges.filter(|edge| edge.at == call && edge.how == Runs::Inline);
        inline.any(|edge| self.known.other.way(call, edge.to).is_some())
    }

    /// The remote call that a call is, or comes to.
    fn remote(&self, call: ExprRef) -> Option<ExprRef> {
        let program = self.known.program;
        if let Some(model) = program.model(call) {
            return (model.does.is_some_and(is_quick) && !reads_answer(model.path)).then_some(call);
        }
        let mut callees = program.calls_from(self.function).iter().filter(|edge| edge.at == call);
        let reached =
            callees.find_map(|edge| (edge.how == Runs::Inline).then(|| self.known.quick.way(call, edge.to)).flatten());
        reached.and_then(|(_, way)| way.last().copied())
    }

    /// Whether the loop waits for the call: by `await` (yes) or by blocking (no); nothing for a promise that is kept.
    fn waits(&self, call: ExprRef, remote: ExprRef) -> Option<bool> {
        let program = self.known.program;
        let blocks = || program.model(remote).is_some_and(|model| model.is_blocking);
        if program.is_awaited(call) { Some(true) } else { blocks().then_some(false) }
    }

    /// All remote calls that a call comes to.
    fn cover(&self, call: ExprRef, covers: &mut Vec<ExprRef>) {
        let program = self.known.program;
        covers.push(call);
        let mut open: Vec<(FnRef, u32)> =
            program.called_functions(call).into_iter().map(|function| (function, 0)).collect();
        let mut seen: FxHashSet<FnRef> = open.iter().map(|(function, _)| *function).collect();
        while let Some((function, hops)) = open.pop() {
            let sites = program.listing(function.file).sites_of(function.id).iter();
            covers.extend(sites.map(|site| ExprRef { file: FileId(function.file.0), id: site.call }));
            let edges = program.calls_from(function).iter().filter(|edge| edge.how == Runs::Inline);
            let next = edges.filter(|edge| hops < MAX_HOPS && seen.insert(edge.to)).map(|edge| (edge.to, hops + 1));
            open.extend(next.collect::<Vec<_>>());
        }
    }
}
