//! Middlewares that hold a connection while the rest of the request runs: what the handlers behind them wait for, they hold it
//! for.

use ir::ExprKind;

use super::{During, Known};
use crate::ids::{ExprRef, FnRef};
use crate::places::Place;

/// Handlers that one finding names.
const MAX_HANDLERS: usize = 10;

/// What a handler does behind a middleware.
pub(super) struct Behind {
    pub(super) during: During,
    /// From the call that runs the rest of the request to what waits.
    pub(super) way: Vec<ExprRef>,
    /// Where other handlers begin to wait.
    pub(super) others: Vec<ExprRef>,
}

/// What the handlers behind a middleware wait for: something slow, or else another connection of the pool.
pub(super) fn of_handlers(
    known: &Known<'_, '_>,
    middleware: FnRef,
    call: ExprRef,
    pool: Option<Place>,
) -> Option<Behind> {
    let mut handlers: Vec<FnRef> =
        known.program.routes_behind(middleware).into_iter().map(|entry| entry.function).collect();
    handlers.sort_unstable();
    handlers.dedup();
    let slow = |handler: FnRef| {
        let (effect, way) = known.slow.of_function(call, handler)?;
        Some((During::Slow(effect), way))
    };
    let second = |handler: FnRef| {
        let pool = pool?;
        let sites = known.program.listing(handler.file).sites_of(handler.id).iter();
        let mut calls = sites.map(|site| ExprRef { file: handler.file, id: site.call });
        let way = calls.find_map(|at| known.pools.way(known.program, handler, at, pool))?;
        Some((During::Second, std::iter::once(call).chain(way).collect()))
    };
    let all = |find: &dyn Fn(FnRef) -> Option<(During, Vec<ExprRef>)>| {
        let waiting =
            handlers.iter().filter_map(|handler| find(*handler).filter(|(_, way)| !ends_before(known, *handler, way)));
        let mut waiting = waiting.take(MAX_HANDLERS);
        let (during, way) = waiting.next()?;
        let others = waiting.filter_map(|(_, way)| way.get(1).copied()).collect();
        Some(Behind { during, way, others })
    };
    all(&slow).or_else(|| all(&second))
}

/// Whether the handler ends the transaction before it waits.
fn ends_before(known: &Known<'_, '_>, handler: FnRef, way: &[ExprRef]) -> bool {
    let program = known.program;
    let Some(waits) = way.get(1).filter(|at| at.file == handler.file) else { return false };
    let start = program.expr_span(*waits).start;
    program.listing(handler.file).sites_of(handler.id).iter().any(|site| {
        let at = ExprRef { file: handler.file, id: site.call };
        let ExprKind::Call { callee, .. } = *program.kind(at) else { return false };
        let is_end = program.called_name(at).is_some_and(|name| matches!(name.as_str(), "commit" | "rollback"));
        is_end && program.expr_span(ExprRef { id: callee, ..at }).end <= start
    })
}
