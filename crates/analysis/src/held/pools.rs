//! Which pool a call takes a connection of, and which functions do.

use std::collections::VecDeque;

use ir::ExprKind;
use rustc_hash::FxHashMap;

use crate::ids::{ExprRef, FnRef};
use crate::models::{Resource, Runs};
use crate::places::{self, Place};
use crate::program::Program;
use crate::values::Atom;

/// Functions that use a pool which outlives them, each with the call that does and the next function on the way there.
#[derive(Debug, Default)]
pub(super) struct Pools {
    functions: FxHashMap<FnRef, (Place, ExprRef, Option<FnRef>)>,
    /// Functions that use the pool which they are given as a parameter.
    params: FxHashMap<FnRef, (usize, ExprRef)>,
}

const MAX_HOPS: u32 = 3;

impl Pools {
    pub(super) fn solve(program: &Program<'_>) -> Self {
        let mut pools = Self::default();
        let mut open = VecDeque::new();
        for call in program.calls() {
            let place = used_by(program, call.at);
            if let Some(Place::Param(function, index)) = place
                && function == call.function
            {
                pools.params.entry(function).or_insert((index, call.at));
            }
            if let Some(place) = place.filter(|place| !matches!(place, Place::Param(..)))
                && !pools.functions.contains_key(&call.function)
            {
                pools.functions.insert(call.function, (place, call.at, None));
                open.push_back((call.function, 0));
            }
        }
        while let Some((function, hops)) = open.pop_front() {
            let (place, ..) = pools.functions[&function];
            for edge in program.calls_into(function) {
                let waits = matches!(edge.how, Runs::Inline | Runs::Each);
                if waits && hops < MAX_HOPS && !pools.functions.contains_key(&edge.from) {
                    pools.functions.insert(edge.from, (place, edge.at, Some(function)));
                    open.push_back((edge.from, hops + 1));
                }
            }
        }
        pools
    }

    /// Whether a call uses the pool, itself or through the functions that it runs: the calls that lead there.
    pub(super) fn way(
        &self,
        program: &Program<'_>,
        function: FnRef,
        call: ExprRef,
        pool: Place,
    ) -> Option<Vec<ExprRef>> {
        if used_by(program, call) == Some(pool) {
            return Some(vec![call]);
        }
        let edges = program.calls_from(function).iter().filter(|edge| edge.at == call);
        let waited = edges.filter(|edge| matches!(edge.how, Runs::Inline | Runs::Each));
        waited.map(|edge| edge.to).find_map(|callee| {
            if let Some((index, at)) = self.params.get(&callee)
                && given(program, call, callee, *index) == Some(pool)
            {
                return Some(vec![call, *at]);
            }
            self.functions.get(&callee).filter(|(place, ..)| *place == pool)?;
            let mut way = vec![call];
            let mut next = Some(callee);
            while let Some((_, at, further)) = next.and_then(|function| self.functions.get(&function)) {
                way.push(*at);
                next = *further;
            }
            Some(way)
        })
    }
}

/// What a call gives for a parameter, or what stands in for it.
fn given(program: &Program<'_>, call: ExprRef, function: FnRef, index: usize) -> Option<Place> {
    let given = program.argument(call, function, index).or_else(|| {
        let default = program.file(function.file).function(function.id).params.get(index)?.default?;
        Some(ExprRef { file: function.file, id: default })
    });
    place(program, given?)
}

/// The pool (or the client that owns one) that a query or an acquiring call is made on.
pub(super) fn used_by(program: &Program<'_>, call: ExprRef) -> Option<Place> {
    let model = program.model(call)?;
    if model.query.is_empty() && model.acquires != Some(Resource::PooledConnection) && !model.holds {
        return None;
    }
    let ExprKind::Call { callee, args, .. } = program.kind(call) else { return None };
    let at = |id| ExprRef { file: call.file, id };
    let library = program.library(call.file);
    // The pool as the executor: `query.execute(&pool)`.
    let executor = args
        .iter()
        .map(|arg| at(arg.value))
        .find(|arg| program.value(*arg).iter().any(|atom| matches!(atom, Atom::Instance(ty) if library.is_pool(*ty))));
    match executor {
        Some(executor) => place(program, executor),
        None => root(program, at(*callee)),
    }
}

/// The outermost part of `a.b.c` that is a place: `prisma` of `prisma.user.update`, `state.pool` of `state.pool.begin`.
pub(super) fn root(program: &Program<'_>, expr: ExprRef) -> Option<Place> {
    let file = program.file(expr.file);
    let mut at = expr.id;
    loop {
        at = match &file.expr(at).kind {
            ExprKind::Member { base, .. } => *base,
            ExprKind::Call { callee, .. } => *callee,
            ExprKind::Await(inner) => *inner,
            _ => return None,
        };
        if let Some(place) = place(program, ExprRef { file: expr.file, id: at }) {
            return Some(place);
        }
    }
}

fn place(program: &Program<'_>, expr: ExprRef) -> Option<Place> {
    places::resolve(program, expr, 0).filter(|found| !found.is_element).map(|found| found.place)
}
