//! How statements and blocks end.

use ir::{Block, ExprKind, File, Stmt, StmtKind};

/// Whether a block ends by throwing, or by returning an error.
pub(super) fn fails(file: &File, block: &Block) -> bool {
    let Some(last) = block.stmts.last().map(|last| innermost_last(file, last)) else { return false };
    match &last.kind {
        StmtKind::Throw(_) => true,
        StmtKind::Return(Some(value)) => match file.expr(*value).kind {
            ExprKind::Call { callee, .. } => matches!(file.expr(callee).kind, ExprKind::Global(name) if name == "Err"),
            _ => false,
        },
        _ => false,
    }
}

/// The statement that a block ends with, through blocks in blocks; else the statement itself.
pub(crate) fn innermost_last<'f>(file: &'f File, stmt: &'f Stmt) -> &'f Stmt {
    match &stmt.kind {
        StmtKind::Block(inner) | StmtKind::With { body: inner, .. } => {
            inner.stmts.last().map_or(stmt, |last| innermost_last(file, last))
        }
        StmtKind::Expr(expr) => match &file.expr(*expr).kind {
            ExprKind::Control(inner) => innermost_last(file, inner),
            _ => stmt,
        },
        _ => stmt,
    }
}
