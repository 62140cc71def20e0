//! Where a connection goes: to what the program is configured with, or to what data says.

use ir::{ExprKind, TextPart};

use super::Program;
use crate::ids::{ExprRef, FnRef};

impl Program<'_> {
    /// Whether a call connects to an address that a row or a request holds, such as a customer's own database: no pool can
    /// be made for it when the program starts.
    pub fn connects_where_data_says(&self, call: ExprRef) -> bool {
        let ExprKind::Call { args, .. } = self.kind(call) else { return false };
        args.first().is_some_and(|address| self.is_data(ExprRef { file: call.file, id: address.value }, 0))
    }

    fn is_data(&self, value: ExprRef, depth: u32) -> bool {
        const MAX_STEPS: u32 = 8;
        if depth > MAX_STEPS {
            return false;
        }
        let at = |id| ExprRef { file: value.file, id };
        let again = |id| self.is_data(at(id), depth + 1);
        match self.kind(value) {
            ExprKind::Await(inner) | ExprKind::Propagate(inner) => again(*inner),
            ExprKind::Member { base, .. } | ExprKind::Index { base, .. } => again(*base),
            ExprKind::Binary { left, right, .. } => again(*left) || again(*right),
            ExprKind::Text(parts) => parts.iter().any(|part| match part {
                TextPart::Hole(hole) => again(*hole),
                TextPart::Literal { .. } => false,
            }),
            ExprKind::Record(entries) => entries.iter().any(|entry| again(entry.value)),
            ExprKind::Call { .. } => self.queries.iter().any(|query| query.at == value),
            ExprKind::Local(binding) => {
                let listing = self.listing(value.file);
                if let Some(param) = listing.params.get(binding) {
                    let function = FnRef { file: value.file, id: param.function };
                    return self.is_handed_data(function, param.index, depth);
                }
                let defs = listing.defs.get(binding).map_or(&[][..], Vec::as_slice);
                defs.iter().any(|def| again(def.value))
            }
            _ => false,
        }
    }

    /// Whether a handler is given it by its framework, or every caller hands over data.
    fn is_handed_data(&self, function: FnRef, index: usize, depth: u32) -> bool {
        if self.entries_of.contains_key(&function) {
            return true;
        }
        let callers = self.calls_into(function);
        !callers.is_empty()
            && callers
                .iter()
                .all(|edge| self.argument(edge.at, function, index).is_some_and(|given| self.is_data(given, depth + 1)))
    }
}
