//! Calls that nothing bounds, where a library has no bound of its own.

use ir::ExprKind;

use super::Program;
use super::options::Given;
use crate::ids::ExprRef;
use crate::models::{Bound, Bounded};
use crate::program::LibraryCall;

impl<'m> Program<'m> {
    /// Calls that have no bound by themselves and are given none: not by their options, not by what stands around them, and not by a
    /// setting elsewhere.
    pub fn unbounded(&self, of: Bounded) -> impl Iterator<Item = (&LibraryCall<'m>, &'m Bound)> {
        self.calls().iter().filter_map(move |call| {
            let bound = call.model.bound.as_deref().filter(|bound| bound.of == of)?;
            self.is_unbounded(call, bound).then_some((call, bound))
        })
    }

    fn is_unbounded(&self, call: &LibraryCall<'_>, bound: &Bound) -> bool {
        let ExprKind::Call { args, .. } = self.kind(call.at) else { return false };
        let positional = args.iter().filter(|arg| arg.name.is_none()).count();
        if bound.argument.is_some_and(|number| positional > number) {
            return false;
        }
        let set = self.options_of(call.at, call.model);
        bound.by.iter().all(|name| self.given(&set, name) == Given::Absent)
            && !bound.elsewhere.iter().any(|name| self.is_set(name))
            && !self.is_raced(call.at)
    }

    /// Whether the code uses a name, or for `a.b` assigns to member `b` of something's `a`.
    fn is_set(&self, name: &str) -> bool {
        let Some((object, member)) = name.split_once('.') else { return self.has_name(name) };
        self.files.iter().zip(&self.indexes).any(|(file, index)| {
            let is_object = |base| matches!(file.expr(base).kind, ExprKind::Member { name, .. } if name == object);
            index.members.iter().any(|(base, name, _)| *name == member && is_object(*base))
        })
    }

    /// `wait_for(call(), 5)`, `Promise.race([call(), timeout])`.
    fn is_raced(&self, call: ExprRef) -> bool {
        const MAX_PARENTS: usize = 8;
        let (file, index) = (self.file(call.file), self.listing(call.file));
        std::iter::successors(Some(call.id), |at| index.parent(*at)).take(MAX_PARENTS).skip(1).any(|at| {
            let ExprKind::Call { callee, .. } = file.expr(at).kind else { return false };
            let name = match file.expr(callee).kind {
                ExprKind::Member { name, .. } | ExprKind::Global(name) => name,
                ExprKind::Local(binding) => file.binding(binding).name,
                _ => return false,
            };
            let name = name.to_lowercase();
            name == "race" || name == "wait_for" || name.contains("timeout")
        })
    }
}
