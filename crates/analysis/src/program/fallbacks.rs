//! What is made only where another way of making it has failed.

use ir::{ExprId, ExprKind};

use super::Program;
use crate::ids::ExprRef;
use crate::values::Atom;

impl Program<'_> {
    /// Whether a call makes what stands in for the result of another call that makes the same:
    /// `builder.build().unwrap_or_else(|_| Client::new())`.
    pub fn is_fallback(&self, call: ExprRef) -> bool {
        let index = self.listing(call.file);
        let around = index.site(call.id).and_then(|site| index.closures.get(&site.function)).copied();
        [Some(call.id), around].into_iter().flatten().any(|given| self.stands_in(call, given))
    }

    fn stands_in(&self, call: ExprRef, given: ExprId) -> bool {
        let at = |id: ExprId| ExprRef { id, ..call };
        let Some(outer) = self.listing(call.file).parent(given) else { return false };
        let ExprKind::Call { callee, args, .. } = self.kind(at(outer)) else { return false };
        let ExprKind::Member { base, name, .. } = *self.kind(at(*callee)) else { return false };
        let made = self.value(call);
        matches!(name.as_str(), "unwrap_or_else" | "unwrap_or" | "or_else" | "map_or_else")
            && args.iter().any(|arg| arg.value == given)
            && self.value(at(base)).iter().any(|atom| matches!(atom, Atom::Instance(_)) && made.contains(atom))
    }
}
