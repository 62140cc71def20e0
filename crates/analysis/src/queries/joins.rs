//! Other entities that the steps of a chain join to its own.

use ir::{Arg, BinaryOp, ExprId, ExprKind, Symbol};

use super::chain::Chain;
use super::conditions::{column_at, column_conditions};
use super::entity::add_entity;
use super::ordering::Ordered;
use super::{Join, aliases};
use crate::ids::ExprRef;
use crate::program::Program;

/// Conditions in conditions.
const MAX_DEPTH: u32 = 6;

/// Takes in what a step joins: entities, with names or without, and what their rows have to be.
pub(super) fn add(program: &Program<'_>, chain: &mut Chain, call: ExprRef, args: &[Arg]) {
    let is_outer = program.called_name(call).is_some_and(|name| name.starts_with("left") || name.starts_with("outer"));
    // Few of its rows may have partners.
    if !is_outer {
        chain.ordered = Ordered::Unknown;
    }
    if aliases::add_join(program, chain, call, args, is_outer) {
        return;
    }
    let mut on = Vec::new();
    args.iter().skip(1).for_each(|arg| add_equal(program, ExprRef { file: call.file, id: arg.value }, &mut on, 0));
    for arg in args {
        let joined = ExprRef { file: call.file, id: arg.value };
        let mut other = Chain::default();
        add_entity(program, &mut other, joined);
        chain.joined.extend(other.entity.map(|entity| Join { entity, is_outer, on: on.clone() }));
        add_conditions(program, chain, joined);
    }
}

/// `posts.on(posts::user_id.eq(users::id).and(posts::state.eq(state)))`.
fn add_conditions(program: &Program<'_>, chain: &mut Chain, joined: ExprRef) {
    if let ExprKind::Call { args, .. } = program.kind(joined)
        && program.called_name(joined).is_some_and(|name| name == "on")
    {
        args.iter().for_each(|arg| column_conditions(program, chain, ExprRef { file: joined.file, id: arg.value }, 0));
    }
}

/// `Line.order_id == Order.id`, `(a == b) & (c == d)`, `and_(…)`, `eq(lines.orderId, orders.id)`.
fn add_equal(program: &Program<'_>, expr: ExprRef, on: &mut Vec<[(Symbol, Symbol); 2]>, depth: u32) {
    if depth > MAX_DEPTH {
        return;
    }
    let at = |id: ExprId| ExprRef { file: expr.file, id };
    let column = |id: ExprId| column_at(program, at(id)).and_then(|named| Some((named.entity?, named.column)));
    match program.kind(expr) {
        ExprKind::Binary { op: BinaryOp::Equal, left, right } => {
            on.extend(column(*left).zip(column(*right)).map(|(one, other)| [one, other]));
        }
        ExprKind::Binary { op: BinaryOp::And | BinaryOp::Other, left, right } => {
            add_equal(program, at(*left), on, depth + 1);
            add_equal(program, at(*right), on, depth + 1);
        }
        ExprKind::Call { args, .. } => match (program.called_name(expr).as_deref(), args.as_slice()) {
            (Some("eq"), [left, right]) => {
                on.extend(column(left.value).zip(column(right.value)).map(|(one, other)| [one, other]));
            }
            (Some("and_" | "and"), args) => {
                args.iter().for_each(|arg| add_equal(program, at(arg.value), on, depth + 1));
            }
            _ => {}
        },
        _ => {}
    }
}
