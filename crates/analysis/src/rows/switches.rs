//! What a call switches off: the parts of a function that stand behind a parameter which is false for that call
//! (`to_dict(with_items=False)`).

use ir::{
    BinaryOp, BindingId, Block, ExprId, ExprKind, File, Span, Stmt, StmtKind, UnaryOp, Visit, walk_expr, walk_stmt,
};

use crate::ids::{ExprRef, FnRef};
use crate::program::Program;

/// The places that the function does not come to when it is called there.
pub(crate) fn switched_off(program: &Program<'_>, function: FnRef, call: ExprRef) -> Vec<Span> {
    let ExprKind::Call { args, .. } = program.kind(call) else { return Vec::new() };
    let file = program.file(function.file);
    let data = file.function(function.id);
    let is_spread = |id: ExprId| matches!(program.kind(ExprRef { file: call.file, id }), ExprKind::Spread(_));
    if args.iter().any(|arg| is_spread(arg.value)) {
        return Vec::new();
    }
    let mut positions = args.iter().filter(|arg| arg.name.is_none());
    let mut off = Vec::new();
    for param in &data.params {
        let named = args.iter().find(|arg| arg.name == Some(param.name));
        let given = named.or_else(|| positions.next()).map(|arg| ExprRef { file: call.file, id: arg.value });
        let value = given.or_else(|| Some(ExprRef { file: function.file, id: param.default? }));
        let is_off = value.is_some_and(|value| matches!(program.kind(value), ExprKind::Bool(false) | ExprKind::Null));
        off.extend(param.pattern.as_binding().filter(|_| is_off));
    }
    if off.is_empty() {
        return Vec::new();
    }
    let mut pass = Pass { off, spans: Vec::new() };
    pass.block(file, &data.body);
    pass.spans
}

struct Pass {
    off: Vec<BindingId>,
    spans: Vec<Span>,
}

impl Pass {
    /// Whether a test fails, or passes, whatever else holds.
    fn outcome(&self, file: &File, test: ExprId) -> Option<bool> {
        match &file.expr(test).kind {
            ExprKind::Local(name) => self.off.contains(name).then_some(false),
            ExprKind::Unary { op: UnaryOp::Not, operand } => self.outcome(file, *operand).map(|passes| !passes),
            ExprKind::Binary { op: BinaryOp::And, left, right } => {
                let fails = |side: &ExprId| self.outcome(file, *side) == Some(false);
                (fails(left) || fails(right)).then_some(false)
            }
            _ => None,
        }
    }

    fn leave_out(&mut self, file: &File, block: &Block) {
        self.spans.extend(block.stmts.iter().map(|stmt| stmt.span));
        self.spans.extend(block.tail.map(|tail| file.expr(tail).span));
    }
}

impl Visit for Pass {
    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        if let StmtKind::If { test, then, otherwise } = &stmt.kind {
            match self.outcome(file, *test) {
                Some(true) => self.leave_out(file, otherwise),
                Some(false) => self.leave_out(file, then),
                None => {}
            }
        }
        walk_stmt(self, file, stmt);
    }

    fn expr(&mut self, file: &File, id: ExprId) {
        if let ExprKind::Conditional { test, then, otherwise } = file.expr(id).kind {
            match self.outcome(file, test) {
                Some(true) => self.spans.push(file.expr(otherwise).span),
                Some(false) => self.spans.push(file.expr(then).span),
                None => {}
            }
        }
        walk_expr(self, file, id);
    }
}
