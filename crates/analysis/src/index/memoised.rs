//! Loops that remember what they have looked up: `if key not in seen: seen[key] = …` asks once for each key.

use ir::{
    BinaryOp, BindingId, Block, ExprId, ExprKind, File, FnId, Pattern, Stmt, StmtKind, UnaryOp, Visit, walk_expr,
};

/// Whether the test asks if a function's own table lacks a key, and the block puts it in.
pub(super) fn fills(file: &File, function: FnId, test: ExprId, then: &Block) -> bool {
    lacking(file, test).is_some_and(|table| {
        let mut filling = Filling { table, is_filled: false };
        filling.block(file, then);
        filling.is_filled && file.binding(table).function == function
    })
}

/// The table: `key not in seen`, `!seen.has(key)`.
fn lacking(file: &File, test: ExprId) -> Option<BindingId> {
    let ExprKind::Unary { op: UnaryOp::Not, operand } = file.expr(test).kind else { return None };
    match file.expr(operand).kind {
        ExprKind::Binary { op: BinaryOp::In, right, .. } => local(file, right),
        ExprKind::Index { base, .. } => local(file, base),
        ExprKind::Call { callee, .. } => match file.expr(callee).kind {
            ExprKind::Member { base, name, .. } if matches!(name.as_str(), "has" | "contains_key") => local(file, base),
            _ => None,
        },
        _ => None,
    }
}

fn local(file: &File, expr: ExprId) -> Option<BindingId> {
    match file.expr(expr).kind {
        ExprKind::Local(binding) => Some(binding),
        _ => None,
    }
}

struct Filling {
    table: BindingId,
    is_filled: bool,
}

impl Filling {
    fn placed(&mut self, file: &File, pattern: &Pattern) {
        if let Pattern::Place(place) = pattern
            && let ExprKind::Index { base, .. } = file.expr(*place).kind
        {
            self.is_filled |= local(file, base) == Some(self.table);
        }
    }
}

impl Visit for Filling {
    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        if let StmtKind::Let { pattern, .. } = &stmt.kind {
            self.placed(file, pattern);
        }
        ir::walk_stmt(self, file, stmt);
    }

    fn expr(&mut self, file: &File, id: ExprId) {
        match &file.expr(id).kind {
            ExprKind::Assign { pattern, .. } => self.placed(file, pattern),
            ExprKind::Call { callee, .. } => {
                if let ExprKind::Member { base, name, .. } = file.expr(*callee).kind {
                    self.is_filled |=
                        matches!(name.as_str(), "set" | "insert") && local(file, base) == Some(self.table);
                }
            }
            _ => {}
        }
        walk_expr(self, file, id);
    }
}
