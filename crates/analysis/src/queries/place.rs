//! Where a query is sent.

use ir::{BindingId, ExprId, ExprKind, Span};

use crate::ids::{ExprRef, FileId};
use crate::models::Query;
use crate::program::Program;

/// Where a chain begins, or all of it up to its last name where that is on the same line.
pub(crate) fn chain_span(program: &Program<'_>, at: ExprRef) -> Span {
    let last = program.call_span(at);
    let mut root = at;
    let mut head = last;
    while let ExprKind::Call { callee, .. } = program.kind(root) {
        match program.kind(ExprRef { file: root.file, id: *callee }) {
            ExprKind::Member { base, .. } => {
                head = program.call_span(root);
                root.id = sender_of(program, root.file, *base);
            }
            _ => {
                head = program.call_span(root);
                break;
            }
        }
    }
    if head.start < last.start { head } else { last }
}

/// Behind a name for what a statement gave (`result = session.execute(…)`), the call that sent it.
fn sender_of(program: &Program<'_>, file: FileId, base: ExprId) -> ExprId {
    let base = program.file(file).awaited(base);
    let ExprKind::Local(binding) = program.kind(ExprRef { file, id: base }) else { return base };
    match program.listing(file).defs.get(binding).map(Vec::as_slice) {
        Some([def]) if def.parts.is_empty() => {
            let value = program.file(file).awaited(def.value);
            let sends =
                program.model(ExprRef { file, id: value }).is_some_and(|model| model.query.contains(&Query::Sql));
            if sends { value } else { base }
        }
        _ => base,
    }
}

/// Whether the receiver of a fetch is a plain name (`cursor.fetchall()`), so that the statement was sent by another call.
pub(super) fn is_fetch_of_name(program: &Program<'_>, at: ExprRef) -> bool {
    let ExprKind::Call { callee, .. } = program.kind(at) else { return false };
    match program.kind(ExprRef { file: at.file, id: *callee }) {
        ExprKind::Member { base, .. } => {
            matches!(program.kind(ExprRef { file: at.file, id: *base }), ExprKind::Local(_))
        }
        _ => false,
    }
}

pub(super) fn strip(program: &Program<'_>, mut expr: ExprRef) -> ExprRef {
    while let ExprKind::Await(inner) | ExprKind::Propagate(inner) = program.kind(expr) {
        expr.id = *inner;
    }
    expr
}

pub(super) fn refers_to(program: &Program<'_>, file: FileId, expr: ExprId, binding: BindingId) -> bool {
    let span = program.file(file).expr(expr).span;
    program.listing(file).uses_of(binding).iter().any(|use_| span.contains(program.file(file).expr(*use_).span))
}
