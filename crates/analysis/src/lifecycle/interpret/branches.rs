//! What the tests of branches say about a resource's name.

use ir::{BindingId, ExprId, ExprKind, UnaryOp};

use super::{DONE, Interpreter, OPEN, State};

impl Interpreter<'_, '_> {
    /// `if conn:`, `if conn is not None`, `if (!client)`: where the name is unset, nothing is open.
    pub(super) fn split(&self, test: ExprId) -> (State, State) {
        let mut when = [self.state.clone(), self.state.clone()];
        if let Some((binding, is_set)) = self.tested(test, true)
            && let Some(numbers) = self.names.get(&binding)
        {
            let unset = &mut when[usize::from(is_set)];
            for number in numbers {
                unset[*number] &= !OPEN;
                if unset[*number] == 0 {
                    unset[*number] = DONE;
                }
            }
        }
        let [when_true, when_false] = when;
        (when_true, when_false)
    }

    /// The name that a test asks about, and whether the test holds when it is set.
    pub(super) fn tested(&self, test: ExprId, is_set: bool) -> Option<(BindingId, bool)> {
        match &self.file.expr(test).kind {
            ExprKind::Local(binding) => Some((*binding, is_set)),
            ExprKind::Unary { op: UnaryOp::Not, operand } => self.tested(*operand, !is_set),
            ExprKind::Member { base, name, .. } => {
                self.tested(*base, if name.starts_with("closed") { !is_set } else { is_set })
            }
            ExprKind::Call { callee, .. } => match self.file.expr(*callee).kind {
                ExprKind::Member { base, name, .. } if name.starts_with("is_") || name.starts_with("in_") => {
                    self.tested(base, is_set)
                }
                _ => None,
            },
            ExprKind::Binary { op, left, right } => match op {
                ir::BinaryOp::And => self.tested(*left, is_set).or_else(|| self.tested(*right, is_set)),
                ir::BinaryOp::Equal | ir::BinaryOp::NotEqual => {
                    let is_null = |id: ExprId| match &self.file.expr(id).kind {
                        ExprKind::Null => true,
                        ExprKind::Global(name) => *name == "undefined",
                        _ => false,
                    };
                    let other = if is_null(*right) {
                        *left
                    } else if is_null(*left) {
                        *right
                    } else {
                        return None;
                    };
                    self.tested(other, if *op == ir::BinaryOp::Equal { !is_set } else { is_set })
                }
                _ => None,
            },
            _ => None,
        }
    }
}
