//! Walks over pages: loops that go on as long as the answer before says that there is more. They go round once per page of
//! a result, not once per item of a collection.

use ir::{BinaryOp, BindingId, Block, ExprId, ExprKind, File, Stmt, StmtKind, UnaryOp, Visit};

/// `while (cursor)`, `while (has_more)`, `while (rows.length === size)`, where the body takes the answer from what it
/// fetched.
pub(super) fn is_walk(file: &File, test: ExprId, body: &Block) -> bool {
    let found = assignments(file, body);
    conditions(file, test).into_iter().any(|(binding, is_measured)| {
        found.iter().any(|(assigned, value)| {
            let is_more =
                if is_measured { !mentions(file, binding, *value) } else { tells_of_more(file, binding, *value) };
            *assigned == binding && is_more
        })
    })
}

/// The names that a block gives other values, each with the value.
pub(super) fn assignments(file: &File, body: &Block) -> Vec<(BindingId, ExprId)> {
    let mut answers = Answers { found: Vec::new() };
    answers.block(file, body);
    answers.found
}

/// The names that a test asks, and whether it asks for their length.
fn conditions(file: &File, test: ExprId) -> Vec<(BindingId, bool)> {
    match &file.expr(test).kind {
        ExprKind::Local(binding) => vec![(*binding, false)],
        ExprKind::Unary { op: UnaryOp::Not, operand } => conditions(file, *operand),
        ExprKind::Member { base, name, .. } if name == "length" => match file.expr(*base).kind {
            ExprKind::Local(binding) => vec![(binding, true)],
            _ => Vec::new(),
        },
        ExprKind::Call { callee, args, .. } => match (&file.expr(*callee).kind, args.as_slice()) {
            (ExprKind::Global(name), [only]) if *name == "len" => match file.expr(only.value).kind {
                ExprKind::Local(binding) => vec![(binding, true)],
                _ => Vec::new(),
            },
            _ => Vec::new(),
        },
        ExprKind::Binary { left, right, .. } => [conditions(file, *left), conditions(file, *right)].concat(),
        _ => Vec::new(),
    }
}

/// Words in the names of what says that there is more: a walk up a chain of parents asks once per parent.
const MORE: &[&str] = &[
    "next", "cursor", "token", "more", "page", "contin", "marker", "offset", "after", "last", "done", "finished",
    "end", "affected", "deleted", "rowcount", "changes",
];

/// A part of an answer that points to the next page, or a comparison.
fn tells_of_more(file: &File, binding: BindingId, value: ExprId) -> bool {
    let is_named = |part: &str| {
        [part, file.binding(binding).name.as_str()].iter().any(|name| {
            let name = name.to_lowercase();
            MORE.iter().any(|word| name.contains(word))
        })
    };
    match &file.expr(file.awaited(value)).kind {
        ExprKind::Member { name, .. } => is_named(name.as_str()),
        ExprKind::Index { .. } => is_named(""),
        ExprKind::Call { callee, args, .. } => match file.expr(*callee).kind {
            ExprKind::Member { name, .. } => name == "get" && is_named(""),
            // `Number(result.affectedRows)`.
            ExprKind::Global(_) => args.first().is_some_and(|arg| tells_of_more(file, binding, arg.value)),
            _ => false,
        },
        ExprKind::Binary { op, left, right } if op.is_lazy() => {
            tells_of_more(file, binding, *left) || tells_of_more(file, binding, *right)
        }
        ExprKind::Binary { op, .. } => matches!(
            op,
            BinaryOp::Equal
                | BinaryOp::NotEqual
                | BinaryOp::Less
                | BinaryOp::LessEqual
                | BinaryOp::Greater
                | BinaryOp::GreaterEqual
        ),
        ExprKind::Conditional { then, otherwise, .. } => {
            tells_of_more(file, binding, *then) || tells_of_more(file, binding, *otherwise)
        }
        ExprKind::Unary { op: UnaryOp::Not, .. } => true,
        _ => false,
    }
}

/// Whether a value is made of what the name stood for: a list of work that is still to be done.
fn mentions(file: &File, binding: BindingId, value: ExprId) -> bool {
    let mut uses = Uses { binding, is_used: false };
    uses.expr(file, value);
    uses.is_used
}

struct Uses {
    binding: BindingId,
    is_used: bool,
}

impl Visit for Uses {
    fn expr(&mut self, file: &File, id: ExprId) {
        self.is_used |= matches!(file.expr(id).kind, ExprKind::Local(used) if used == self.binding);
        ir::walk_expr(self, file, id);
    }
}

/// Plain assignments to names.
struct Answers {
    found: Vec<(BindingId, ExprId)>,
}

impl Visit for Answers {
    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        if let StmtKind::Let { pattern, value: Some(value), .. } = &stmt.kind
            && let Some(binding) = pattern.as_binding()
        {
            self.found.push((binding, *value));
        }
        ir::walk_stmt(self, file, stmt);
    }

    fn expr(&mut self, file: &File, id: ExprId) {
        if let ExprKind::Assign { pattern, op: None, value } = &file.expr(id).kind
            && let Some(binding) = pattern.as_binding()
        {
            self.found.push((binding, *value));
        }
        ir::walk_expr(self, file, id);
    }
}
