//! How long what a call is made on, is given or gives lives, and what else happens to it.

use ir::{ExprId, ExprKind, FnId, Symbol};

use rustc_hash::FxHashSet;

use super::{LibraryCall, Program};
use crate::contexts::State;
use crate::ids::{ExprRef, FileId, FnRef};
use crate::models::{Context, Resource};
use crate::values::Atom;

impl Program<'_> {
    /// Whether the object that a method is called on outlives the request: a name of the module or of a library, a
    /// parameter to which callers pass such a thing, a field of an object that no request makes.
    pub fn receiver_outlives(&self, call: ExprRef) -> bool {
        self.receiver(call).is_some_and(|base| self.outlives(base, 0))
    }

    fn outlives(&self, expr: ExprRef, depth: u32) -> bool {
        let file = self.file(expr.file);
        match &file.expr(expr.id).kind {
            ExprKind::Local(binding) => match self.listing(expr.file).params.get(binding) {
                Some(param) => {
                    let function = FnRef { file: expr.file, id: param.function };
                    let starts = |state: State| state.context == Context::Startup;
                    // What start-up code is given is there for all requests.
                    let mut states = self.states(function).peekable();
                    states.peek().is_some() && states.all(starts)
                        || depth < 3 && self.is_given_what_outlives(function, param.index, depth)
                }
                // A name of an outer function that runs once, at start-up.
                None => {
                    let owner = FnRef { file: expr.file, id: file.binding(*binding).function };
                    let serves =
                        |state: State| matches!(state.context, Context::Request | Context::Connection | Context::Job);
                    owner.id == FnId::MODULE || !self.runs(owner, serves) && self.states(owner).next().is_some()
                }
            },
            ExprKind::Global(_) => true,
            // `getSubscriber().on(…)`.
            ExprKind::Call { .. } if depth < 3 => match self.called_functions(expr)[..] {
                [function] => {
                    let returns = &self.listing(function.file).returns[function.id.0 as usize];
                    let mut returned = returns.iter().map(|returned| ExprRef { file: function.file, id: *returned });
                    returned.any(|returned| {
                        matches!(self.kind(returned), ExprKind::Local(_) | ExprKind::Member { .. })
                            && self.outlives(returned, depth + 1)
                    })
                }
                _ => false,
            },
            ExprKind::Member { base, .. } => {
                let base = ExprRef { file: expr.file, id: *base };
                match self.kind(base) {
                    ExprKind::This => self.value(base).iter().any(|atom| match atom {
                        Atom::Object(class) | Atom::Class(class) => !self.is_made_per_request(*class),
                        _ => false,
                    }),
                    ExprKind::Local(_) | ExprKind::Member { .. } | ExprKind::Global(_) => self.outlives(base, depth),
                    _ => false,
                }
            }
            _ => false,
        }
    }

    fn is_given_what_outlives(&self, function: FnRef, index: usize, depth: u32) -> bool {
        let callers = self.graph.calls_into(function);
        callers.iter().take(16).any(|edge| {
            let ExprKind::Call { args, .. } = self.kind(edge.at) else { return false };
            let is_direct = self.called_functions(edge.at).contains(&function);
            let given = args.get(index).filter(|arg| is_direct && arg.name.is_none());
            given.is_some_and(|arg| self.outlives(ExprRef { file: edge.at.file, id: arg.value }, depth + 1))
        })
    }

    /// What the program assigns to members of that name, outside of classes.
    pub(crate) fn member_values(&self, name: Symbol) -> Vec<ExprRef> {
        let files = self.indexes.iter().enumerate();
        files
            .flat_map(|(number, index)| {
                let members = index.members.iter().filter(move |(_, member, _)| *member == name);
                members.map(move |(.., value)| ExprRef { file: FileId(number as u32), id: *value })
            })
            .collect()
    }

    /// Whether such a member is added to an object that outlives requests.
    pub(crate) fn member_outlives(&self, name: Symbol) -> bool {
        self.indexes.iter().enumerate().any(|(number, index)| {
            let file = FileId(number as u32);
            let mut members = index.members.iter().filter(|(_, member, _)| *member == name);
            members.any(|(base, ..)| self.outlives(ExprRef { file, id: *base }, 0))
        })
    }

    fn receiver(&self, call: ExprRef) -> Option<ExprRef> {
        let ExprKind::Call { callee, args, .. } = self.kind(call) else { return None };
        let at = |id| ExprRef { file: call.file, id };
        match self.kind(at(*callee)) {
            ExprKind::Member { base, .. } => {
                // A function of a module is given what it acts on: `event.listen(engine, …)`.
                let base = at(*base);
                let is_module = self.value(base).iter().any(|atom| matches!(atom, Atom::Path(_) | Atom::Module(_)));
                Some(if is_module { at(args.first()?.value) } else { base })
            }
            _ => args.first().map(|arg| at(arg.value)),
        }
    }

    /// The event that a call names: its first argument, where that is a literal.
    pub fn event(&self, call: ExprRef) -> Option<&str> {
        let ExprKind::Call { args, .. } = self.kind(call) else { return None };
        match self.kind(ExprRef { file: call.file, id: args.first()?.value }) {
            ExprKind::Text(parts) => match parts.as_slice() {
                [ir::TextPart::Literal { value, .. }] => Some(value),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether code of the same language names one of the members anywhere.
    pub fn names_member(&self, like: FileId, names: &[&str]) -> bool {
        let library = self.library(like);
        let files = self.files.iter().filter(|file| std::ptr::eq(self.models.of(file.language), library));
        files.flat_map(|file| &file.exprs).any(|expr| match expr.kind {
            ExprKind::Member { name, .. } => names.contains(&name.as_str()),
            _ => false,
        })
    }

    /// Whether a call's options stand where it is: none, or a record without spreads.
    pub fn has_plain_options(&self, call: ExprRef) -> bool {
        let ExprKind::Call { args, .. } = self.kind(call) else { return false };
        args.iter().all(|arg| match self.kind(ExprRef { file: call.file, id: arg.value }) {
            ExprKind::Record(entries) => entries.iter().all(|entry| entry.key.is_some()),
            _ => false,
        })
    }

    /// Whether an options record among the call's arguments names one of the keys.
    pub fn has_option(&self, call: ExprRef, keys: &[&str]) -> bool {
        let ExprKind::Call { args, .. } = self.kind(call) else { return false };
        args.iter().any(|arg| match self.kind(ExprRef { file: call.file, id: arg.value }) {
            ExprKind::Record(entries) => {
                entries.iter().any(|entry| entry.key.is_some_and(|key| keys.contains(&key.as_str())))
            }
            _ => false,
        })
    }

    /// Whether the file calls one of `names` on the same receiver, and for the same event where both name one.
    pub fn has_counterpart(&self, call: ExprRef, names: &[Symbol]) -> bool {
        let Some(receiver) = self.receiver(call) else { return false };
        let file = self.file(call.file);
        let own = file.dump_expr(receiver.id);
        let own_event = first_argument(file, call.id);
        self.listing(call.file).sites.iter().flatten().any(|site| {
            let ExprKind::Call { callee, .. } = file.expr(site.call).kind else { return false };
            let name = match file.expr(callee).kind {
                ExprKind::Member { name, .. } | ExprKind::Global(name) => name,
                ExprKind::Local(binding) => file.binding(binding).name,
                _ => return false,
            };
            let event = first_argument(file, site.call);
            let is_same_event = event.is_none() || own_event.is_none() || event == own_event;
            let other = self.receiver(ExprRef { file: call.file, id: site.call });
            names.contains(&name) && is_same_event && other.is_some_and(|other| file.dump_expr(other.id) == own)
        })
    }

    /// Whether the result of a call is later passed to one of `names`, or one of them is called on it.
    pub fn is_passed_to(&self, call: ExprRef, names: &[Symbol]) -> bool {
        let file = self.file(call.file);
        let index = self.listing(call.file);
        let is_named = |callee: ExprId| match &file.expr(callee).kind {
            ExprKind::Member { name, .. } | ExprKind::Global(name) => names.contains(name),
            ExprKind::Local(binding) => names.contains(&file.binding(*binding).name),
            _ => false,
        };
        match index.bound_to(file, call.id) {
            Some(binding) => {
                index.uses_of(binding).iter().any(|use_| {
                    let Some(parent) = index.parent(*use_) else { return false };
                    match &file.expr(parent).kind {
                        ExprKind::Call { callee, .. } => {
                            is_named(*callee) || !matches!(file.expr(*callee).kind, ExprKind::Global(_))
                        }
                        ExprKind::Member { name, .. } => names.contains(name),
                        ExprKind::List(_) | ExprKind::Record(_) | ExprKind::Assign { .. } => true,
                        _ => false,
                    }
                }) || index
                    .returns
                    .iter()
                    .flatten()
                    .any(|returned| matches!(file.expr(*returned).kind, ExprKind::Local(found) if found == binding))
            }
            // Kept in a structure or field: somewhere in the file what is kept there is cleared.
            None if !index.discarded.contains(&call.id) => {
                let kept_as = index.members.iter().find(|(.., value)| *value == call.id).map(|(_, name, _)| *name);
                index.sites.iter().flatten().any(|site| {
                    let ExprKind::Call { callee, args, .. } = &file.expr(site.call).kind else { return false };
                    let clears_it = |name: Symbol| {
                        args.iter().any(|arg| {
                            matches!(file.expr(arg.value).kind, ExprKind::Member { name: cleared, .. } if cleared == name)
                        })
                    };
                    is_named(*callee) && kept_as.is_none_or(clears_it)
                })
            }
            None => false,
        }
    }

    /// Whether something is done with what a call gives: it is returned, passed on, or its name is used.
    pub fn keeps_result(&self, call: ExprRef) -> bool {
        let file = self.file(call.file);
        let index = self.listing(call.file);
        let outer = index.unwrapped_parent(file, call.id);
        match index.assigned.get(&outer) {
            Some(binding) => !index.uses_of(*binding).is_empty(),
            None => !index.discarded.contains(&outer),
        }
    }

    /// Whether what a call leaks is a connection of a pool, or something around one: `Box::leak(Box::new(pool.get()?))`.
    pub fn leaks_connection(&self, call: &LibraryCall<'_>) -> bool {
        let index = self.listing(call.at.file);
        let span = self.file(call.at.file).expr(call.at.id).span;
        index.sites_of(call.function.id).iter().any(|site| {
            let inner = ExprRef { file: call.at.file, id: site.call };
            span.contains(self.file(inner.file).expr(inner.id).span)
                && self.model(inner).and_then(|model| model.acquires) == Some(Resource::PooledConnection)
        })
    }

    /// Whether what a call gives is used again and again in a loop or by a closure that is.
    pub fn is_used_in_loop(&self, call: ExprRef) -> bool {
        let file = self.file(call.file);
        let index = self.listing(call.file);
        let entered =
            index.defs.iter().filter(|(_, defs)| defs.iter().any(|def| def.value == call.id)).map(|(name, _)| *name);
        let names: Vec<_> = index.bound_to(file, call.id).into_iter().chain(entered).collect();
        names.iter().any(|binding| {
            index.uses_of(*binding).iter().any(|use_| {
                let around = std::iter::successors(index.parent(*use_), |at| index.parent(*at));
                around.filter_map(|at| index.site(at)).next().is_some_and(|site| site.in_loop)
            })
        })
    }

    /// Whether the entry's file runs on an edge runtime, where connections must not outlive a request.
    pub fn is_on_edge(&self, function: FnRef, wanted: impl Fn(State) -> bool) -> bool {
        self.first_entry(function, wanted).is_some_and(|entry| self.edge_files.contains(&entry.file))
    }

    /// Files that say `export const runtime = "edge"`, or lie where a platform looks for edge functions.
    pub(super) fn find_edge_files(&self) -> FxHashSet<FileId> {
        let ids = (0..self.files.len()).map(|number| FileId(number as u32));
        ids.filter(|id| {
            let file = self.file(*id);
            let mut settings = file
                .bindings
                .iter()
                .enumerate()
                .filter(|(_, binding)| binding.name == "runtime" && binding.function == FnId::MODULE);
            let says_edge = settings.any(|(number, _)| {
                let defs = self.listing(*id).defs.get(&ir::BindingId(number as u32));
                defs.into_iter().flatten().any(|def| is_text(file, def.value, &["edge", "experimental-edge"]))
            });
            says_edge || file.path.contains("supabase/functions/")
        })
        .collect()
    }

    /// Whether a settings file gives the key a value.
    pub fn has_setting(&self, key: &str) -> bool {
        let settings = self.files.iter().filter(|file| file.path.contains("settings") || file.path.contains("config"));
        settings.flat_map(|file| file.exprs.iter().map(move |expr| (file, expr))).any(|(file, expr)| match &expr.kind {
            ExprKind::Record(entries) => entries.iter().any(|entry| {
                entry.key.is_some_and(|name| name == key) && !matches!(file.expr(entry.value).kind, ExprKind::Null)
            }),
            _ => false,
        })
    }
}

/// The first argument as text, where it is a literal or a template.
fn first_argument(file: &ir::File, call: ExprId) -> Option<String> {
    let ExprKind::Call { args, .. } = &file.expr(call).kind else { return None };
    let first = args.first()?.value;
    matches!(file.expr(first).kind, ExprKind::Text(_)).then(|| file.dump_expr(first))
}

pub(super) fn is_text(file: &ir::File, expr: ExprId, texts: &[&str]) -> bool {
    match &file.expr(expr).kind {
        ExprKind::Text(parts) => match parts.as_slice() {
            [ir::TextPart::Literal { value, .. }] => texts.contains(&&**value),
            _ => false,
        },
        _ => false,
    }
}
