//! Calls that make a text under construction longer.

use ir::{BindingId, ExprId, ExprKind, File};

/// `text.push_str(" LIMIT 5")`, `builder.push(" LIMIT ").push_bind(limit)`: the name that holds the text, what is added to it,
/// and whether that is a value, for which the text only has a place.
pub(super) fn pushed(file: &File, call: ExprId) -> Option<(BindingId, ExprId, bool)> {
    let ExprKind::Call { callee, args, .. } = &file.expr(call).kind else { return None };
    let [arg] = args.as_slice() else { return None };
    let ExprKind::Member { base, name, .. } = file.expr(*callee).kind else { return None };
    let is_bound = match name.as_str() {
        "push_str" | "push" => false,
        "push_bind" => true,
        _ => return None,
    };
    let mut first = base;
    loop {
        first = match file.expr(first).kind {
            ExprKind::Local(binding) => return Some((binding, arg.value, is_bound)),
            ExprKind::Call { callee, .. } => match file.expr(callee).kind {
                ExprKind::Member { base, name, .. } if name.starts_with("push") => base,
                _ => return None,
            },
            _ => return None,
        };
    }
}
