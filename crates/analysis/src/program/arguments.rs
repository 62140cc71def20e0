//! What callers give.

use ir::{ExprId, ExprKind, Symbol};

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
