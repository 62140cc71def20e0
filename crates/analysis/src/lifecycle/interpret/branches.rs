//! What the tests of branches say about a resource's name.

use ir::{BinaryOp, BindingId, ExprId, ExprKind, UnaryOp};

use super::{DONE, Interpreter, OPEN, State};

impl Interpreter<'_, '_> {
    /// `if conn:`, `if conn is not None`, `if (!client)`, `if (error)`: where the name is unset, nothing is open.
    pub(super) fn split(&self, test: ExprId) -> (State, State) {
        let mut when = [self.state.clone(), self.state.clone()];
        for (state, holds) in when.iter_mut().zip([true, false]) {
            for number in self.unset_where(test, holds) {
                state[number] &= !OPEN;
                if state[number] == 0 {
                    state[number] = DONE;
                }
            }
        }
        let [when_true, when_false] = when;
        (when_true, when_false)
    }

    /// The resources that are not open where the test holds, or where it does not.
    fn unset_where(&self, test: ExprId, holds: bool) -> Vec<usize> {
        if let ExprKind::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), left, right } = self.file.expr(test).kind {
            let (mut one, other) = (self.unset_where(left, holds), self.unset_where(right, holds));
            // Both sides hold, or both do not; else only one of them is known to.
            if (op == BinaryOp::And) == holds {
                one.extend(other);
            } else {
                one.retain(|number| other.contains(number));
            }
            return one;
        }
        let Some((binding, is_set)) = self.tested(test, true) else { return Vec::new() };
        let is_set = is_set == holds;
        let named = self.names.get(&binding).filter(|_| !is_set).cloned().unwrap_or_default();
        let unregistered = self.subjects.get(&binding).copied().filter(|_| !is_set);
        let failed = self.errors.get(&binding).copied().filter(|_| is_set);
        named.into_iter().chain(unregistered).chain(failed).collect()
    }

    /// Whether a test asks a name that is only ever `true` or `false`: `let committed = false`.
    pub(super) fn is_flag(&self, test: ExprId) -> bool {
        let is_literal = |value: ExprId| matches!(self.file.expr(value).kind, ExprKind::Bool(_));
        self.tested(test, true).is_some_and(|(name, _)| {
            let defs = self.index.defs.get(&name);
            defs.is_some_and(|defs| defs.len() > 1 && defs.iter().all(|def| is_literal(def.value)))
        })
    }

    /// The name that a test asks about, and whether the test holds when it is set.
    pub(super) fn tested(&self, test: ExprId, is_set: bool) -> Option<(BindingId, bool)> {
        match &self.file.expr(test).kind {
            ExprKind::Local(binding) => Some((*binding, is_set)),
            ExprKind::Unary { op: UnaryOp::Not, operand } => self.tested(*operand, !is_set),
            ExprKind::Member { base, name, .. } => {
                // What is set once it has ended.
                let tells_end = name.starts_with("closed")
                    || matches!(
                        name.as_str(),
                        "returncode" | "exitCode" | "signalCode" | "destroyed" | "ended" | "finished"
                    );
                self.tested(*base, is_set != tells_end)
            }
            ExprKind::Call { callee, .. } => match self.file.expr(*callee).kind {
                ExprKind::Member { base, name, .. } if name.starts_with("is_") || name.starts_with("in_") => {
                    self.tested(base, is_set)
                }
                _ => None,
            },
            ExprKind::Binary { op, left, right } => match op {
                BinaryOp::Equal | BinaryOp::NotEqual => {
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
                    self.tested(other, if *op == BinaryOp::Equal { !is_set } else { is_set })
                }
                _ => None,
            },
            _ => None,
        }
    }
}
