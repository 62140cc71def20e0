//! Entries that expire one by one: what is taken out only where its own key is asked for again stays for all other keys.

use ir::{ExprId, ExprKind, File, Visit, words_of};

use super::touches::{Act, Touch};
use crate::program::Program;

/// Words by which a test is known to be about time.
const OF_TIME: &[&str] = &[
    "now",
    "age",
    "expiry",
    "expires",
    "expired",
    "expiration",
    "ttl",
    "cutoff",
    "elapsed",
    "deadline",
    "stale",
    "time",
    "fresh",
    "until",
];

/// Whether a test asks if something has grown old: `entry.expires < now`, `is_expired(entry)`.
pub(super) fn tells_age(file: &File, test: ExprId) -> bool {
    let mut finder = Finder { is_ordered: false, is_of_time: false };
    finder.expr(file, test);
    finder.is_of_time && finder.is_ordered
}

struct Finder {
    /// Something is compared, or a function answers.
    is_ordered: bool,
    is_of_time: bool,
}

impl Visit for Finder {
    fn expr(&mut self, file: &File, id: ExprId) {
        let name = match file.expr(id).kind {
            ExprKind::Binary { op, .. } => {
                self.is_ordered |= op.is_order();
                None
            }
            ExprKind::Call { .. } => {
                self.is_ordered = true;
                None
            }
            ExprKind::Member { name, .. } | ExprKind::Global(name) => Some(name),
            ExprKind::Local(binding) => Some(file.binding(binding).name),
            _ => None,
        };
        self.is_of_time |= name.is_some_and(|name| words_of(&name).iter().any(|word| OF_TIME.contains(&word.as_str())));
        ir::walk_expr(self, file, id);
    }
}

/// Whether a touch takes entries out: one that waits for its key does where something calls it for each key.
pub(super) fn sweeps(program: &Program<'_>, touch: &Touch) -> bool {
    match touch.act {
        Act::Removes | Act::Empties => true,
        Act::Expires => program.calls_into(touch.function).iter().any(|edge| edge.in_loop),
        _ => false,
    }
}
