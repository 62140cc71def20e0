//! Writes of clients that never throw: what they answer holds the error, and nobody looks at the answer.

use ir::{ExprId, ExprKind};

use super::{Failure, Outcome, Swallowed, is_remarked};
use crate::ids::ExprRef;
use crate::models::Query;
use crate::program::Program;
use crate::queries::{QueryUse, Shape};

pub(super) fn solve(program: &Program<'_>) -> Vec<Swallowed> {
    let writes = program.queries().iter().filter(|query| query.shape == Shape::Write && !query.site.is_exceptional);
    writes
        .filter(|query| is_unthrown(program, query.at) && is_dropped(program, query.at))
        .map(|query| found(program, query))
        .collect()
}

fn found(program: &Program<'_>, query: &QueryUse) -> Swallowed {
    Swallowed {
        function: query.function,
        file: query.at.file,
        span: query.sent,
        failure: Failure::Database,
        call: query.at,
        outcome: Outcome::Unread,
        is_helped: false,
        is_direct: true,
        is_dropped: false,
        is_expected: is_remarked(program, query.sent, query.at),
        keeps_default: false,
    }
}

/// Whether a step of the chain says so of the whole.
fn is_unthrown(program: &Program<'_>, mut at: ExprRef) -> bool {
    loop {
        if program.model(at).is_some_and(|model| model.query.contains(&Query::Unthrown)) {
            return true;
        }
        let ExprKind::Call { callee, .. } = *program.kind(at) else { return false };
        let ExprKind::Member { base, .. } = *program.kind(ExprRef { file: at.file, id: callee }) else { return false };
        at.id = program.file(at.file).awaited(base);
    }
}

/// The chain is awaited for nothing, and no step of it makes the client throw.
fn is_dropped(program: &Program<'_>, at: ExprRef) -> bool {
    let (file, index) = (program.file(at.file), program.listing(at.file));
    let mut top: ExprId = at.id;
    while let Some(member) = index.parent(top)
        && let ExprKind::Member { name, .. } = file.expr(member).kind
        && let Some(call) = index.parent(member)
    {
        if !matches!(file.expr(call).kind, ExprKind::Call { callee, .. } if callee == member)
            || matches!(name.as_str(), "throwOnError" | "then" | "catch")
        {
            return false;
        }
        top = call;
    }
    let outer = index.unwrapped_parent(file, top);
    outer != top && index.discarded.contains(&outer) && !program.mentions(at, &["throwonerror"])
}
