//! What one round of a loop asks for beside a statement.

use ir::{ExprId, ExprKind};

use super::{of_call, remote_in};
use crate::ids::ExprRef;
use crate::index::Site;
use crate::program::Program;
use crate::values::Atom;

impl Program<'_> {
    /// Whether each round of the loop around a call (or of what makes the call for each element) asks a remote service as
    /// well, beside which a statement weighs nothing.
    pub fn asks_remote_in_round(&self, call: ExprRef) -> bool {
        let at = |id: ExprId| ExprRef { file: call.file, id };
        let listing = self.listing(call.file);
        let Some(site) = listing.site(call.id) else { return false };
        if let Some(list) = site.loops_over {
            let of_round = |other: &&Site| other.loops_over == Some(list);
            let mut sites = listing.sites_of(site.function).iter().filter(of_round);
            return sites.any(|other| of_call(self, at(other.call), 0).is_some());
        }
        let ExprKind::Call { args, .. } = self.kind(call) else { return false };
        args.iter().flat_map(|arg| self.value(at(arg.value))).any(|atom| match atom {
            Atom::Function(function) => remote_in(self, *function, 0).is_some(),
            _ => false,
        })
    }
}
