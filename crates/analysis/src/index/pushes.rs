//! Calls that make a text under construction longer.

use ir::{BindingId, ExprId, ExprKind, File};

use super::Adds;

/// `text.push_str(" LIMIT 5")`, `builder.push(" LIMIT ").push_bind(limit)`: the name that holds the text, what is added to it,
/// and as what.
pub(super) fn pushed(file: &File, call: ExprId) -> Option<(BindingId, ExprId, Adds)> {
    let ExprKind::Call { callee, args, .. } = &file.expr(call).kind else { return None };
    let ExprKind::Member { base, name, .. } = file.expr(*callee).kind else { return None };
    let (arg, adds) = match (name.as_str(), args.as_slice()) {
        ("push_str" | "push", [arg]) => (arg, Adds::Text),
        ("push_bind", [arg]) => (arg, Adds::Value),
        ("push_values", [rows, _]) => (rows, Adds::Rows),
        _ => return None,
    };
    let mut first = base;
    loop {
        first = match file.expr(first).kind {
            ExprKind::Local(binding) => return Some((binding, arg.value, adds)),
            ExprKind::Call { callee, .. } => match file.expr(callee).kind {
                ExprKind::Member { base, name, .. } if name.starts_with("push") => base,
                _ => return None,
            },
            _ => return None,
        };
    }
}
