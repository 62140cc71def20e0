//! What callers give.

use ir::{Block, ExprId, ExprKind, File, Span, Stmt, StmtKind, Symbol, Visit, walk_stmt};

use super::Program;
use crate::calls::Edge;
use crate::ids::{ExprRef, FnRef};

impl Program<'_> {
    /// Whether a test can only hold if an optional parameter of the function is given, and no caller gives it.
    pub(crate) fn needs_parameter_nobody_gives(&self, function: FnRef, test: ExprId) -> bool {
        let file = self.file(function.file);
        let mut tested = test;
        while let ExprKind::Binary { left, .. } = file.expr(tested).kind {
            tested = left;
        }
        let ExprKind::Local(binding) = file.expr(tested).kind else { return false };
        let Some(param) = self.listing(function.file).params.get(&binding) else { return false };
        let data = &file.function(param.function).params[param.index];
        let is_optional = data.default.is_some_and(|default| matches!(file.expr(default).kind, ExprKind::Null));
        let callers = self.graph.calls_into(function);
        is_optional
            && !callers.is_empty()
            && callers.iter().all(|edge| !self.gives_argument(edge, param.index, data.name))
    }

    /// Whether a call stands where optional parameters of its function are missing (`else` of `if user_id:`), and every
    /// caller gives one of them.
    pub fn is_ruled_out_by_callers(&self, function: FnRef, call: ExprRef) -> bool {
        let file = self.file(function.file);
        let mut finder = Refuted { around: self.expr_span(call), tests: Vec::new() };
        finder.block(file, &file.function(function.id).body);
        let listing = self.listing(function.file);
        let params = finder.tests.iter().filter_map(|test| match file.expr(*test).kind {
            ExprKind::Local(binding) => listing.params.get(&binding).filter(|param| param.function == function.id),
            _ => None,
        });
        let params: Vec<(usize, Symbol)> =
            params.map(|param| (param.index, file.function(function.id).params[param.index].name)).collect();
        let callers = self.graph.calls_into(function);
        !callers.is_empty()
            && callers.iter().all(|edge| params.iter().any(|(index, name)| self.gives_argument(edge, *index, *name)))
    }

    /// Whether a function reads a member of this name of anything, also by a text: `getattr(row, "size")`.
    pub fn mentions_member(&self, function: FnRef, member: &str) -> bool {
        let file = self.file(function.file);
        let span = file.function(function.id).span;
        let is_member = |kind: &ExprKind| match kind {
            ExprKind::Member { name, .. } => *name == member,
            ExprKind::Text(parts) => {
                matches!(parts.as_slice(), [ir::TextPart::Literal { value, .. }] if **value == *member)
            }
            _ => false,
        };
        self.listing(function.file).within(file, span).any(|(_, expr)| is_member(&expr.kind))
    }

    fn gives_argument(&self, edge: &Edge, index: usize, name: Symbol) -> bool {
        let ExprKind::Call { args, .. } = self.kind(edge.at) else { return true };
        args.iter().enumerate().any(|(position, arg)| match arg.name {
            Some(keyword) => keyword == name,
            None => {
                position == index
                    || matches!(self.kind(ExprRef { file: edge.at.file, id: arg.value }), ExprKind::Spread(_))
            }
        })
    }
}

/// The tests around a place that do not hold there.
struct Refuted {
    around: Span,
    tests: Vec<ExprId>,
}

impl Visit for Refuted {
    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        if let StmtKind::If { test, otherwise, .. } = &stmt.kind
            && is_within(otherwise, self.around)
        {
            self.tests.push(*test);
        }
        walk_stmt(self, file, stmt);
    }
}

fn is_within(block: &Block, span: Span) -> bool {
    block.stmts.iter().any(|stmt| stmt.span.contains(span))
}
