//! Which pool a call takes a connection of, and which functions do.

use ir::{ClassId, ExprId, ExprKind, FnId, Symbol};
use rustc_hash::FxHashMap;

use crate::ids::{ClassRef, ExprRef, FileId, FnRef};
use crate::models::{Resource, Runs};
use crate::places::{self, Place};
use crate::program::{LibraryCall, Program};
use crate::reach::Reach;
use crate::roles::Role;
use crate::values::Atom;

/// Functions that use a pool which outlives them.
#[derive(Debug)]
pub(super) struct Pools {
    functions: Reach<Place>,
    /// Functions that use the pool which they are given as a parameter, and the calls that lead there.
    params: FxHashMap<FnRef, (usize, Vec<ExprRef>)>,
}

const MAX_HOPS: u32 = 3;

/// Stands for the place of a program's only pool, in whichever variables and fields it is handed around.
const ONLY_POOL: &str = "the pool";

/// Whether the application makes one pool, and in one place, or has one class that is one.
pub(crate) fn has_one_pool(program: &Program<'_>) -> bool {
    let makes = |call: &&LibraryCall<'_>| {
        call.model.acquires == Some(Resource::Pool) && program.role(call.at.file) == Role::App && !call.site.in_loop
    };
    let made = program.calls().iter().filter(makes).count();
    let files = program.files.iter().zip(0..).filter(|(_, number)| program.role(FileId(*number)) == Role::App);
    let classes = files.flat_map(|(file, number)| {
        (0..file.classes.len() as u32).map(move |id| ClassRef { file: FileId(number), id: ClassId(id) })
    });
    made + classes.filter(|class| program.is_client_class(*class)).count() == 1
}

fn waits(how: Runs) -> bool {
    matches!(how, Runs::Inline | Runs::Each)
}

impl Pools {
    pub(super) fn solve(program: &Program<'_>) -> Self {
        let mut params: FxHashMap<FnRef, (usize, Vec<ExprRef>)> = FxHashMap::default();
        let mut direct = Vec::new();
        for call in program.calls() {
            match used_by(program, call.at) {
                Some(Place::Param(function, index)) if function == call.function => {
                    params.entry(function).or_insert_with(|| (index, vec![call.at]));
                }
                Some(Place::Param(..)) | None => {}
                Some(place) => direct.push((call.function, place, call.at)),
            }
        }
        hand_on(program, &mut params);
        Self { functions: Reach::solve(program, direct.into_iter(), |edge| waits(edge.how), MAX_HOPS), params }
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
        edges.filter(|edge| waits(edge.how)).map(|edge| edge.to).find_map(|callee| {
            if let Some((index, way)) = self.params.get(&callee)
                && given(program, call, callee, *index) == Some(pool)
            {
                return Some([call].iter().chain(way).copied().collect());
            }
            self.functions.way(call, callee).filter(|(place, _)| *place == pool).map(|(_, way)| way)
        })
    }
}

/// A function that gives its own parameter to one that uses a pool uses a pool.
fn hand_on(program: &Program<'_>, params: &mut FxHashMap<FnRef, (usize, Vec<ExprRef>)>) {
    let mut open: Vec<FnRef> = params.keys().copied().collect();
    for _ in 0..MAX_HOPS {
        // In the order of the program, so that of several ways always the same one is told.
        open.sort_unstable();
        for callee in std::mem::take(&mut open) {
            let Some((index, way)) = params.get(&callee).cloned() else { continue };
            for edge in program.calls_into(callee).iter().filter(|edge| waits(edge.how)) {
                if let Some(Place::Param(function, number)) = given(program, edge.at, callee, index)
                    && function == edge.from
                    && !params.contains_key(&function)
                {
                    params.insert(function, (number, [edge.at].iter().chain(&way).copied().collect()));
                    open.push(function);
                }
            }
        }
    }
}

/// What a call gives for a parameter, or what stands in for it.
pub(super) fn given(program: &Program<'_>, call: ExprRef, function: FnRef, index: usize) -> Option<Place> {
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
    // The pool as the executor: `query.execute(&pool)`.
    let executor = args.iter().map(|arg| at(arg.value)).find(|arg| is_pool(program, *arg));
    match executor {
        Some(executor) => place(program, executor),
        None => root(program, at(*callee)),
    }
}

fn is_pool(program: &Program<'_>, expr: ExprRef) -> bool {
    program.value(expr).iter().any(|atom| match atom {
        Atom::Instance(ty) => program.library(expr.file).lends(*ty),
        Atom::Object(class) => program.is_client_class(*class),
        _ => false,
    })
}

/// The outermost part of `a.b.c` that is a place: `prisma` of `prisma.user.update`, `state.pool` of `state.pool.begin`.
pub(super) fn root(program: &Program<'_>, expr: ExprRef) -> Option<Place> {
    let file = program.file(expr.file);
    let inner = |at: ExprId| match &file.expr(at).kind {
        ExprKind::Member { base, .. } => Some(*base),
        ExprKind::Call { callee, .. } => Some(*callee),
        ExprKind::Await(inner) => Some(*inner),
        _ => None,
    };
    let parts = || std::iter::successors(inner(expr.id), |at| inner(*at)).map(|id| ExprRef { file: expr.file, id });
    // `this.prisma` of `this.prisma.order.create`: what it is a member of is no place of its own.
    let only = || parts().filter(|part| is_pool(program, *part)).find_map(|part| place(program, part));
    let only = program.has_one_pool.then(only).flatten();
    only.or_else(|| parts().find_map(|part| place(program, part)))
}

pub(super) fn place(program: &Program<'_>, expr: ExprRef) -> Option<Place> {
    let is_the_pool = || program.has_one_pool && is_pool(program, expr);
    let the_pool = Place::Ambient(Symbol::new(ONLY_POOL));
    // What an object keeps, wherever it has it from.
    if matches!(program.kind(expr), ExprKind::Member { .. }) && is_the_pool() {
        return Some(the_pool);
    }
    let found = places::resolve(program, expr, 0).filter(|found| !found.is_element).map(|found| found.place);
    let found = found.or_else(|| extracted(program, expr))?;
    // What is local may be a connection of it, and what is given to a function is looked at where it is given.
    let is_kept = match found {
        Place::Binding(at) => program.file(at.file).binding(at.id).function == FnId::MODULE,
        Place::Param(..) => false,
        _ => true,
    };
    Some(if is_kept && is_the_pool() { the_pool } else { found })
}

/// What a handler takes out of an extractor in its parameters: `State(pool): State<PgPool>`.
fn extracted(program: &Program<'_>, expr: ExprRef) -> Option<Place> {
    let file = program.file(expr.file);
    let at = match file.expr(expr.id).kind {
        // `&pool`.
        ExprKind::Other(ref parts) if parts.len() == 1 => parts[0],
        _ => expr.id,
    };
    let ExprKind::Local(binding) = file.expr(at).kind else { return None };
    let param = program.listing(expr.file).params.get(&binding).filter(|param| param.parts.len() == 1)?;
    Some(Place::Param(FnRef { file: expr.file, id: param.function }, param.index))
}
