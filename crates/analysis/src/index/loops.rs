//! How often loops go round: which ones the code itself bounds.

use ir::{BinaryOp, Block, ExprId, ExprKind, File, StmtKind};

use super::guards;

/// Whether a loop runs over a literal list or a range of constants.
pub(super) fn is_bounded_range(file: &File, defs: &guards::Defs, iter: ExprId) -> bool {
    match &file.expr(iter).kind {
        ExprKind::Local(binding) => match defs.get(binding).map(Vec::as_slice) {
            Some([only]) if only.parts.is_empty() => {
                matches!(&file.expr(only.value).kind, ExprKind::List(items) if !items.is_empty() && !items.iter().any(|item| is_spread(file, *item)))
            }
            _ => false,
        },
        ExprKind::List(items) => !items.iter().any(|item| is_spread(file, *item)),
        ExprKind::Record(_) | ExprKind::Text(_) => true,
        ExprKind::Call { callee, args, .. } => {
            matches!(file.expr(*callee).kind, ExprKind::Global(name) if name == "range")
                && args.iter().all(|arg| matches!(file.expr(arg.value).kind, ExprKind::Number(_)))
        }
        ExprKind::Other(parts) => {
            !parts.is_empty() && parts.iter().all(|part| matches!(file.expr(*part).kind, ExprKind::Number(_)))
        }
        _ => false,
    }
}

fn is_spread(file: &File, item: ExprId) -> bool {
    matches!(file.expr(item).kind, ExprKind::Spread(_))
}

/// `i < 3`.
pub(super) fn is_bounded_test(file: &File, test: ExprId) -> bool {
    let ExprKind::Binary { op, left, right } = file.expr(test).kind else { return false };
    matches!(op, BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual)
        && [left, right].iter().any(|side| matches!(file.expr(*side).kind, ExprKind::Number(_)))
}

/// `for attempt in range(attempts)` that is left when it worked, and any loop whose body ends by leaving it.
pub(super) fn is_retry(file: &File, iter: ExprId, body: &Block) -> bool {
    let counts = match &file.expr(iter).kind {
        ExprKind::Call { callee, .. } => matches!(file.expr(*callee).kind, ExprKind::Global(name) if name == "range"),
        ExprKind::Other(bounds) => bounds.len() <= 2 && !bounds.is_empty(),
        _ => false,
    };
    leaves_on_success(body) || counts && leaves_anywhere(body)
}

fn leaves_anywhere(block: &Block) -> bool {
    block.stmts.iter().any(|stmt| match &stmt.kind {
        StmtKind::Return(_) | StmtKind::Break(_) => true,
        StmtKind::If { then, otherwise, .. } => leaves_anywhere(then) || leaves_anywhere(otherwise),
        StmtKind::Try { body, handlers, otherwise, .. } => {
            leaves_anywhere(body)
                || leaves_anywhere(otherwise)
                || handlers.iter().any(|handler| leaves_anywhere(&handler.body))
        }
        StmtKind::With { body, .. } => leaves_anywhere(body),
        StmtKind::Match { arms, .. } => arms.iter().any(|arm| leaves_anywhere(&arm.body)),
        _ => false,
    })
}

/// A retry: the body ends by leaving the loop, at its top level or at the end of a `try` at its top level.
pub(super) fn leaves_on_success(body: &Block) -> bool {
    body.stmts.last().is_some_and(|last| match &last.kind {
        StmtKind::Return(_) | StmtKind::Break(_) => true,
        StmtKind::Try { body, otherwise, .. } => leaves_on_success(body) || leaves_on_success(otherwise),
        _ => false,
    }) || body.stmts.iter().any(|stmt| match &stmt.kind {
        StmtKind::Try { body, .. } => leaves_on_success(body),
        _ => false,
    })
}
