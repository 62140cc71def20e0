//! Walking the tree of one function. Nested functions are visited as expressions, not entered.

use crate::{Block, Entry, ExprId, ExprKind, File, LoopKind, Pattern, Stmt, StmtKind, TextPart};

/// Callbacks of a walk in evaluation order. Each default walks on; an override that does not call the matching
/// `walk_…` function prunes.
pub trait Visit {
    fn expr(&mut self, file: &File, id: ExprId) {
        walk_expr(self, file, id);
    }

    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        walk_stmt(self, file, stmt);
    }

    fn block(&mut self, file: &File, block: &Block) {
        walk_block(self, file, block);
    }

    fn pattern(&mut self, file: &File, pattern: &Pattern) {
        walk_pattern(self, file, pattern);
    }
}

pub fn walk_block<V: Visit + ?Sized>(v: &mut V, file: &File, block: &Block) {
    for stmt in &block.stmts {
        v.stmt(file, stmt);
    }
    if let Some(tail) = block.tail {
        v.expr(file, tail);
    }
}

pub fn walk_stmt<V: Visit + ?Sized>(v: &mut V, file: &File, stmt: &Stmt) {
    match &stmt.kind {
        StmtKind::Expr(value) => v.expr(file, *value),
        StmtKind::Let { pattern, value, .. } => {
            if let Some(value) = value {
                v.expr(file, *value);
            }
            v.pattern(file, pattern);
        }
        StmtKind::Return(value) | StmtKind::Throw(value) | StmtKind::Break(value) => {
            if let Some(value) = value {
                v.expr(file, *value);
            }
        }
        StmtKind::Continue => {}
        StmtKind::If { test, then, otherwise } => {
            v.expr(file, *test);
            v.block(file, then);
            v.block(file, otherwise);
        }
        StmtKind::Loop { kind, body, .. } => {
            match kind {
                LoopKind::For { pattern, iter } => {
                    v.expr(file, *iter);
                    v.pattern(file, pattern);
                }
                LoopKind::While { test } => v.expr(file, *test),
                LoopKind::Forever => {}
            }
            v.block(file, body);
        }
        StmtKind::Try { body, handlers, otherwise, finally } => {
            v.block(file, body);
            for handler in handlers {
                if let Some(types) = handler.types {
                    v.expr(file, types);
                }
                v.block(file, &handler.body);
            }
            v.block(file, otherwise);
            v.block(file, finally);
        }
        StmtKind::With { items, body, .. } => {
            for item in items {
                v.expr(file, item.value);
                if let Some(pattern) = &item.pattern {
                    v.pattern(file, pattern);
                }
            }
            v.block(file, body);
        }
        StmtKind::Match { subject, arms } => {
            v.expr(file, *subject);
            for arm in arms {
                v.pattern(file, &arm.pattern);
                if let Some(guard) = arm.guard {
                    v.expr(file, guard);
                }
                v.block(file, &arm.body);
            }
        }
        StmtKind::Block(block) => v.block(file, block),
    }
}

pub fn walk_pattern<V: Visit + ?Sized>(v: &mut V, file: &File, pattern: &Pattern) {
    match pattern {
        Pattern::Bind(_) | Pattern::Ignore => {}
        Pattern::Place(place) => v.expr(file, *place),
        Pattern::Tuple(parts) | Pattern::Variant { args: parts, .. } => {
            for part in parts {
                v.pattern(file, part);
            }
        }
        Pattern::Record(fields) => {
            for (_, part) in fields {
                v.pattern(file, part);
            }
        }
        Pattern::Default { pattern, value } => {
            v.expr(file, *value);
            v.pattern(file, pattern);
        }
    }
}

pub fn walk_expr<V: Visit + ?Sized>(v: &mut V, file: &File, id: ExprId) {
    match &file.expr(id).kind {
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::Local(_)
        | ExprKind::Global(_)
        | ExprKind::This
        | ExprKind::Super
        | ExprKind::Function(_)
        | ExprKind::Class(_) => {}
        ExprKind::Other(parts) | ExprKind::List(parts) => each(v, file, parts),
        ExprKind::Text(parts) => {
            for part in parts {
                if let TextPart::Hole(hole) = part {
                    v.expr(file, *hole);
                }
            }
        }
        ExprKind::Member { base, .. } => v.expr(file, *base),
        ExprKind::Index { base, indices } => {
            v.expr(file, *base);
            each(v, file, indices);
        }
        ExprKind::Slice { base, from, to } => {
            v.expr(file, *base);
            for bound in [from, to].into_iter().flatten() {
                v.expr(file, *bound);
            }
        }
        ExprKind::Call { callee, args, .. } => {
            v.expr(file, *callee);
            for arg in args {
                v.expr(file, arg.value);
            }
        }
        ExprKind::Await(operand)
        | ExprKind::Propagate(operand)
        | ExprKind::Spread(operand)
        | ExprKind::Unary { operand, .. } => v.expr(file, *operand),
        ExprKind::Yield(operand) => {
            if let Some(operand) = operand {
                v.expr(file, *operand);
            }
        }
        ExprKind::Binary { left, right, .. } => {
            v.expr(file, *left);
            v.expr(file, *right);
        }
        ExprKind::Record(entries) => {
            for Entry { value, .. } in entries {
                v.expr(file, *value);
            }
        }
        ExprKind::Conditional { test, then, otherwise } => {
            v.expr(file, *test);
            v.expr(file, *then);
            v.expr(file, *otherwise);
        }
        ExprKind::Assign { pattern, value, .. } => {
            v.expr(file, *value);
            v.pattern(file, pattern);
        }
        ExprKind::Control(stmt) => v.stmt(file, stmt),
    }
}

fn each<V: Visit + ?Sized>(v: &mut V, file: &File, ids: &[ExprId]) {
    for id in ids {
        v.expr(file, *id);
    }
}
