//! What becomes of what a call gives.

use ir::{BindingId, ExprId, ExprKind, FnId, FunctionKind, Symbol, UnaryOp};

use super::Program;
use super::lifetime::is_text;
use crate::calls::is_per_element;
use crate::ids::{ExprRef, FileId, FnRef};
use crate::index::Site;
use crate::models::Runs;
use crate::rejections::Rejects;
use crate::roles::{Role, role_of};
use crate::values::Atom;

/// A promise that nobody waits for, and whose rejection nobody handles.
#[derive(Clone, Copy, Debug)]
pub struct DroppedPromise {
    pub at: ExprRef,
    pub function: FnRef,
    pub site: Site,
    /// The asynchronous function.
    pub target: FnRef,
    /// One for each element of a collection: the call runs the function again and again.
    pub is_per_element: bool,
}

impl Program<'_> {
    /// Whether asynchronous functions run whether they are awaited or not, and give promises.
    pub(crate) fn has_eager_promises(&self, file: FileId) -> bool {
        self.models.of(self.file(file).language).call(Symbol::new("Promise#then")).is_some()
    }

    /// Whether an asynchronous function's promise can be rejected: some error in it is not handled there.
    pub fn rejects(&self, function: FnRef) -> Option<Rejects> {
        self.rejecting.get(&function).copied()
    }

    /// Calls of the program's own asynchronous functions whose promises nobody takes, by file and position.
    pub fn dropped_promises(&self) -> Vec<DroppedPromise> {
        let mut dropped = Vec::new();
        for number in 0..self.files.len() {
            let file = FileId(number as u32);
            if !self.has_eager_promises(file) {
                continue;
            }
            for site in self.listing(file).sites.iter().flatten() {
                let at = ExprRef { file, id: site.call };
                let found = self.dropped_call(at, *site).map(|target| (target, false));
                let found = found.or_else(|| self.dropped_elements(at).map(|target| (target, true)));
                if let Some((target, is_per_element)) = found {
                    let function = FnRef { file, id: site.function };
                    dropped.push(DroppedPromise { at, function, site: *site, target, is_per_element });
                }
            }
        }
        dropped
    }

    fn dropped_call(&self, at: ExprRef, site: Site) -> Option<FnRef> {
        let targets = self.called_functions(at);
        let first = *targets.first()?;
        let ExprKind::Call { callee, .. } = *self.kind(at) else { return None };
        let is_given = match self.kind(ExprRef { file: at.file, id: callee }) {
            ExprKind::Local(binding) => self.listing(at.file).params.contains_key(binding),
            _ => false,
        };
        if site.is_awaited || is_given || !targets.iter().all(|target| self.is_asynchronous(*target)) {
            return None;
        }
        let promise = self.unhandled_chain(at)?;
        self.is_dropped(promise).then_some(first)
    }

    fn is_asynchronous(&self, function: FnRef) -> bool {
        let function = self.file(function.file).function(function.id);
        function.is_async && !function.is_generator
    }

    /// The last promise of a chain of `then` and `finally`, if no part of it handles a rejection.
    fn unhandled_chain(&self, promise: ExprRef) -> Option<ExprRef> {
        let file = self.file(promise.file);
        let index = self.listing(promise.file);
        let mut last = promise.id;
        while let Some(member) = index.parent(last) {
            let ExprKind::Member { base, name, .. } = file.expr(member).kind else { break };
            let Some(call) = index.parent(member).filter(|_| base == last) else { break };
            let ExprKind::Call { callee, args, .. } = &file.expr(call).kind else { break };
            match name.as_str() {
                "then" if args.len() == 1 => {}
                "finally" => {}
                _ => return None,
            }
            if *callee != member {
                return None;
            }
            last = call;
        }
        Some(ExprRef { file: promise.file, id: last })
    }

    /// `items.forEach(async …)`, and `items.map(async …)` whose promises nobody takes: the function.
    fn dropped_elements(&self, at: ExprRef) -> Option<FnRef> {
        let ExprKind::Call { callee, args, .. } = self.kind(at) else { return None };
        let file = self.file(at.file);
        let ExprKind::Member { base, name, .. } = file.expr(*callee).kind else { return None };
        let gives_nothing = name == "forEach";
        let is_collection = gives_nothing || name == "map";
        if !is_collection || matches!(file.expr(base).kind, ExprKind::List(_)) || !self.runs_per_element(at) {
            return None;
        }
        let function =
            self.value(ExprRef { file: at.file, id: args.first()?.value }).iter().find_map(|atom| match atom {
                Atom::Function(function) => Some(*function),
                _ => None,
            })?;
        let is_taken = !gives_nothing && !self.is_dropped(at);
        (self.is_asynchronous(function) && !is_taken).then_some(function)
    }

    fn runs_per_element(&self, call: ExprRef) -> bool {
        let ExprKind::Call { callee, .. } = *self.kind(call) else { return false };
        let file = self.file(call.file);
        match self.model(call) {
            Some(model) => model.runs == Some(Runs::Each),
            None => {
                self.called_functions(call).is_empty() && is_per_element(self.models.of(file.language), file, callee)
            }
        }
    }

    /// Whether nothing is ever done with what an expression gives: it is a whole statement, a local name takes it that is
    /// never read, or a closure gives it to something that does not look at it.
    pub fn is_dropped(&self, expr: ExprRef) -> bool {
        let file = self.file(expr.file);
        let index = self.listing(expr.file);
        let mut at = expr.id;
        while !index.discarded.contains(&at) {
            let Some(parent) = index.parent(at) else {
                let is_unread = index.assigned.get(&at).is_some_and(|binding| self.is_unread(expr.file, *binding));
                return is_unread
                    || index.returned_in.get(&at).is_some_and(|by| self.is_result_ignored(expr.file, *by));
            };
            match &file.expr(parent).kind {
                ExprKind::Unary { op: UnaryOp::Other, .. } => {}
                ExprKind::Binary { op, right, .. } if op.is_lazy() && *right == at => {}
                ExprKind::Conditional { test, .. } if *test != at => {}
                _ => return false,
            }
            at = parent;
        }
        true
    }

    /// A local that nothing reads. A generator's locals live while it is suspended.
    fn is_unread(&self, file: FileId, binding: BindingId) -> bool {
        let owner = self.file(file).binding(binding).function;
        owner != FnId::MODULE
            && !self.file(file).function(owner).is_generator
            && self.listing(file).uses_of(binding).is_empty()
    }

    /// Whether what a closure returns is given to a timer, an event or a loop, which do not look at it.
    fn is_result_ignored(&self, file: FileId, closure: FnId) -> bool {
        if self.file(file).function(closure).kind != FunctionKind::Closure {
            return false;
        }
        let index = self.listing(file);
        let Some(call) = index.closures.get(&closure).and_then(|expr| index.parent(*expr)) else { return false };
        let ExprKind::Call { callee, .. } = self.file(file).expr(call).kind else { return false };
        let library = self.models.of(self.file(file).language);
        let is_entry = self.value(ExprRef { file, id: callee }).iter().any(|atom| match atom {
            Atom::Path(path) => library.entry_call(*path).is_some(),
            _ => false,
        });
        let is_loop = matches!(self.file(file).expr(callee).kind, ExprKind::Member { name, .. } if name == "forEach");
        let call = ExprRef { file, id: call };
        !is_entry && (is_loop || self.model(call).is_some_and(|model| model.runs == Some(Runs::Later)))
    }

    /// Whether what a call gives is put where it may outlive the function: a field, an element, a name of the module.
    pub fn is_kept(&self, call: ExprRef) -> bool {
        let file = self.file(call.file);
        let index = self.listing(call.file);
        let outer = index.unwrapped_parent(file, call.id);
        let is_global = |binding: &BindingId| file.binding(*binding).function == FnId::MODULE;
        index.placed.contains(&outer) || index.assigned.get(&outer).is_some_and(is_global)
    }

    /// Whether some call outside of tests has this text as its first argument: a listener for an event of the process.
    pub fn has_text_argument(&self, text: &str) -> bool {
        self.files.iter().zip(&self.indexes).filter(|(file, _)| role_of(file.path.as_str()) == Role::App).any(
            |(file, index)| {
                index.sites.iter().flatten().any(|site| match &file.expr(site.call).kind {
                    ExprKind::Call { args, .. } => args.first().is_some_and(|arg| is_text(file, arg.value, &[text])),
                    _ => false,
                })
            },
        )
    }

    /// Whether a function is written in a test.
    pub fn is_in_test(&self, function: FnRef) -> bool {
        self.file(function.file).function(function.id).is_test
    }

    /// Whether a `with` enters what a call gives, or the function around it calls one of `names`: without arguments that
    /// are not named, so that joining texts does not count.
    pub fn is_ended_by(&self, call: ExprRef, names: &[Symbol]) -> bool {
        let index = self.listing(call.file);
        let Some(site) = index.site(call.id) else { return false };
        index.entered.contains(&call.id)
            || index.sites_of(site.function).iter().any(|site| self.is_end(call.file, site.call, names))
    }

    fn is_end(&self, file: FileId, call: ExprId, names: &[Symbol]) -> bool {
        let file = self.file(file);
        let ExprKind::Call { callee, args, .. } = &file.expr(call).kind else { return false };
        let is_named = matches!(file.expr(*callee).kind, ExprKind::Member { name, .. } if names.contains(&name));
        is_named && args.iter().all(|arg| arg.name.is_some())
    }
}
