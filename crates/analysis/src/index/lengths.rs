//! Lists that the code itself keeps short: it leaves where they have more than a few elements.

use ir::{BinaryOp, BindingId, Block, ExprId, ExprKind, File, Stmt, StmtKind, Symbol};

use super::guards::Defs;

/// A name, and the members that lead from it to a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Place(BindingId, Vec<Symbol>);

/// A number of rounds that nobody notices.
const FEW: f64 = 20.0;

/// The place of what is gone over: `slugs`, `body.files`, `enumerate(files)`, `files.iter()`.
pub(super) fn place(file: &File, expr: ExprId) -> Option<Place> {
    match &file.expr(expr).kind {
        ExprKind::Local(binding) => Some(Place(*binding, Vec::new())),
        ExprKind::Member { base, name, .. } => {
            let Place(root, mut members) = place(file, *base)?;
            members.push(*name);
            Some(Place(root, members))
        }
        ExprKind::Call { callee, args, .. } => match file.expr(*callee).kind {
            ExprKind::Member { base, name, .. } if goes_over(name) => place(file, base),
            ExprKind::Global(name) if matches!(name.as_str(), "enumerate" | "list" | "sorted" | "reversed" | "set") => {
                place(file, args.first()?.value)
            }
            _ => None,
        },
        _ => None,
    }
}

fn goes_over(name: Symbol) -> bool {
    matches!(
        name.as_str(),
        "iter" | "iter_mut" | "into_iter" | "enumerate" | "entries" | "values" | "keys" | "chars" | "items"
    )
}

/// The lists that are short behind a statement: `if (slugs.length > 5) return …`, `slugs.truncate(5)`.
pub(super) fn shortened(file: &File, defs: &Defs, stmt: &Stmt) -> Vec<Place> {
    let mut found = Vec::new();
    if let StmtKind::Expr(expr) = stmt.kind
        && let ExprKind::Call { callee, args, .. } = &file.expr(expr).kind
        && let ExprKind::Member { base, name, .. } = file.expr(*callee).kind
        && name == "truncate"
        && args.first().is_some_and(|length| is_few(file, defs, length.value))
    {
        found.extend(place(file, base));
    }
    let StmtKind::If { test, then, otherwise } = &stmt.kind else { return found };
    if otherwise.stmts.is_empty() && leaves(file, then) {
        add_compared(file, defs, *test, &mut found);
    }
    found
}

fn leaves(file: &File, block: &Block) -> bool {
    let is_way_out = |stmt: &Stmt| {
        matches!(stmt.kind, StmtKind::Return(_) | StmtKind::Throw(_) | StmtKind::Continue | StmtKind::Break(_))
    };
    let tail_leaves = block.tail.is_some_and(|tail| match &file.expr(tail).kind {
        ExprKind::Control(inner) => is_way_out(inner),
        _ => false,
    });
    tail_leaves || block.stmts.last().is_some_and(|last| is_way_out(super::pass::innermost_last(file, last)))
}

fn add_compared(file: &File, defs: &Defs, test: ExprId, found: &mut Vec<Place>) {
    let ExprKind::Binary { op, left, right } = file.expr(test).kind else { return };
    let (list, limit) = match op {
        BinaryOp::Or => {
            add_compared(file, defs, left, found);
            add_compared(file, defs, right, found);
            return;
        }
        BinaryOp::Greater | BinaryOp::GreaterEqual => (left, right),
        BinaryOp::Less | BinaryOp::LessEqual => (right, left),
        _ => return,
    };
    if is_few(file, defs, limit) {
        found.extend(measured(file, list));
    }
}

/// The list whose length an expression is.
fn measured(file: &File, expr: ExprId) -> Option<Place> {
    match &file.expr(expr).kind {
        ExprKind::Member { base, name, .. } if *name == "length" => place(file, *base),
        ExprKind::Call { callee, args, .. } => match file.expr(*callee).kind {
            ExprKind::Member { base, name, .. } if name == "len" => place(file, base),
            ExprKind::Global(name) if name == "len" => place(file, args.first()?.value),
            _ => None,
        },
        _ => None,
    }
}

/// A small number, or a name that stands for one.
fn is_few(file: &File, defs: &Defs, expr: ExprId) -> bool {
    match &file.expr(expr).kind {
        ExprKind::Number(number) => *number <= FEW,
        ExprKind::Local(binding) => match defs.get(binding).map(Vec::as_slice) {
            Some([only]) => matches!(file.expr(only.value).kind, ExprKind::Number(number) if number <= FEW),
            _ => false,
        },
        ExprKind::Other(parts) => matches!(parts.as_slice(), [only] if is_few(file, defs, *only)),
        _ => false,
    }
}
