//! Tests that limit keys: what is added only under keys that another collection has grows no further than that one.

use ir::{BinaryOp, Block, ExprId, ExprKind, File, StmtKind, UnaryOp};

/// The collection and the key of `KNOWN.has(key)`, `key in KNOWN`, `KNOWN.contains(&key)`.
pub(super) fn known_key(file: &File, test: ExprId) -> Option<(ExprId, ExprId)> {
    match &file.expr(test).kind {
        ExprKind::Binary { op: BinaryOp::In, left, right } => Some((*right, *left)),
        ExprKind::Binary { op: BinaryOp::And, left, right } => {
            known_key(file, *left).or_else(|| known_key(file, *right))
        }
        ExprKind::Call { callee, args, .. } => match (&file.expr(*callee).kind, args.as_slice()) {
            (ExprKind::Member { base, name, .. }, [key])
                if matches!(name.as_str(), "has" | "includes" | "contains" | "contains_key") =>
            {
                Some((*base, key.value))
            }
            _ => None,
        },
        _ => None,
    }
}

/// What holds where a test does not: `key in KNOWN` of `key not in KNOWN`.
pub(super) fn negated(file: &File, test: ExprId) -> Option<ExprId> {
    match file.expr(test).kind {
        ExprKind::Unary { op: UnaryOp::Not, operand } => Some(operand),
        _ => None,
    }
}

/// Whether a block ends by leaving what it stands in.
pub(crate) fn leaves(file: &File, block: &Block) -> bool {
    block.stmts.last().is_some_and(|last| match &last.kind {
        StmtKind::Return(_) | StmtKind::Throw(_) | StmtKind::Continue | StmtKind::Break(_) => true,
        StmtKind::Expr(expr) => match &file.expr(*expr).kind {
            ExprKind::Call { callee, .. } => {
                matches!(file.expr(*callee).kind, ExprKind::Local(name) if file.binding(name).name == "abort")
            }
            _ => false,
        },
        _ => false,
    })
}
