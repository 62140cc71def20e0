//! Operators on columns: as functions, and as members of what stands for a column.

use ir::{Arg, ExprId, ExprKind, PredicateOp};

use super::Condition;
use super::chain::Chain;
use super::conditions::starts_with_wildcard;
use crate::ids::ExprRef;
use crate::program::Program;

/// `eq(users.id, id)`, `inArray(users.id, ids)`: operators as functions.
pub(super) fn add_operator_call(program: &Program<'_>, chain: &mut Chain, expr: ExprRef, callee: ExprId, args: &[Arg]) {
    let name = match program.kind(ExprRef { file: expr.file, id: callee }) {
        ExprKind::Local(binding) => program.file(expr.file).binding(*binding).name,
        _ => return,
    };
    let op = match name.as_str() {
        "eq" => PredicateOp::Equal,
        "inArray" => PredicateOp::In,
        "gt" | "gte" | "lt" | "lte" | "between" => PredicateOp::Range,
        "isNull" => PredicateOp::IsNull,
        "isNotNull" => PredicateOp::IsNotNull,
        "like" | "ilike"
            if args
                .get(1)
                .is_some_and(|arg| starts_with_wildcard(program, ExprRef { file: expr.file, id: arg.value })) =>
        {
            PredicateOp::ContainsLike
        }
        _ => return,
    };
    let column = args.first().map(|arg| program.kind(ExprRef { file: expr.file, id: arg.value }));
    if let Some(ExprKind::Member { name, .. }) = column {
        chain.conditions.push(Condition { entity: None, column: *name, op, span: program.expr_span(expr) });
    }
}

/// Members of an entity's columns that compare them: `Column::UserId.eq(id)`.
pub(super) fn operator(name: &str) -> Option<PredicateOp> {
    Some(match name {
        "eq" => PredicateOp::Equal,
        "ne" | "ne_all" => PredicateOp::NotEqual,
        "is_in" | "eq_any" => PredicateOp::In,
        "is_null" => PredicateOp::IsNull,
        "is_not_null" => PredicateOp::IsNotNull,
        "gt" | "gte" | "ge" | "lt" | "lte" | "le" | "between" => PredicateOp::Range,
        _ => return None,
    })
}
