//! Conditions of which one has to hold, or none: `Q(name__icontains=term) | Q(note__icontains=term)`, `~Q(open=True)`.

use ir::{ExprKind, PredicateOp};

use super::Condition;
use super::chain::Chain;
use super::conditions::column_conditions;
use crate::ids::ExprRef;
use crate::program::Program;

/// Takes in alternatives: where one of them needs the whole table, the others narrow nothing.
pub(super) fn add(program: &Program<'_>, chain: &mut Chain, whole: ExprRef, sides: [ExprRef; 2], depth: u32) {
    let before = chain.conditions.len();
    for side in sides {
        column_conditions(program, chain, side, depth + 1);
    }
    let is_scan = |condition: &Condition| condition.op == PredicateOp::ContainsLike;
    if is_of_q(program, whole) || chain.conditions[before..].iter().any(is_scan) {
        let alternatives = chain.conditions.split_off(before);
        chain.conditions.extend(alternatives.into_iter().filter(is_scan));
    }
}

/// What is left out is no search for it.
pub(super) fn negate(conditions: &mut [Condition]) {
    for condition in conditions {
        condition.op = match condition.op {
            PredicateOp::IsNull => PredicateOp::IsNotNull,
            PredicateOp::ContainsLike => PredicateOp::ContainsLike,
            _ => PredicateOp::NotEqual,
        };
    }
}

/// `Q(…)`, `Q(…) | Q(…)`.
pub(super) fn is_of_q(program: &Program<'_>, expr: ExprRef) -> bool {
    match *program.kind(expr) {
        ExprKind::Call { .. } => program.called_name(expr).is_some_and(|name| name == "Q"),
        ExprKind::Binary { left, .. } => is_of_q(program, ExprRef { file: expr.file, id: left }),
        _ => false,
    }
}
