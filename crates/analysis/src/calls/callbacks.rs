//! Which parameters a function of the project calls, itself or by handing them on: `asyncHandler(fn)`, `retry(operation)`,
//! `withTransaction(async (tx) => …)`.

use ir::{BindingKind, ExprId, ExprKind, File, Symbol};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::model_of;
use crate::ids::{ExprRef, FileId, FnRef};
use crate::models::{Library, Runs};
use crate::values::{Atom, World};

/// How a parameter is run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Called {
    pub(super) how: Runs,
    pub(super) in_loop: bool,
}

/// By function and number of the parameter.
pub(super) type Callbacks = FxHashMap<(FnRef, usize), Called>;

const MAX_HOPS: usize = 3;

pub(super) fn called_parameters(world: World<'_>) -> Callbacks {
    let mut called = Callbacks::default();
    let sites: Vec<Vec<(ExprRef, bool)>> = (0..world.files.len())
        .into_par_iter()
        .map(|number| {
            let file = FileId(number as u32);
            let sites = world.indexes[number].sites.iter().flatten();
            let sites = sites.map(|site| (ExprRef { file, id: site.call }, site.in_loop));
            sites.filter(|(call, _)| concerns_parameters(world, *call)).collect()
        })
        .collect();
    for _ in 0..MAX_HOPS {
        let before = called.len();
        for (call, in_loop) in sites.iter().flatten() {
            note(world, &mut called, *call, *in_loop);
        }
        if called.len() == before {
            break;
        }
    }
    called
}

/// Whether a call is of a parameter, or hands one on.
fn concerns_parameters(world: World<'_>, call: ExprRef) -> bool {
    let ExprKind::Call { callee, args, .. } = &world.files[call.file.0 as usize].expr(call.id).kind else {
        return false;
    };
    let is_parameter = |expr: ExprId| !parameters(world, call.file, expr).is_empty();
    is_parameter(*callee) || args.iter().any(|arg| is_parameter(arg.value))
}

fn note(world: World<'_>, called: &mut Callbacks, call: ExprRef, in_loop: bool) {
    let file = &world.files[call.file.0 as usize];
    let ExprKind::Call { callee, args, .. } = &file.expr(call.id).kind else { return };
    for key in parameters(world, call.file, *callee) {
        called.entry(key).or_insert(Called { how: how_closure_runs(world, call, key.0), in_loop });
    }
    for (position, arg) in args.iter().enumerate() {
        let keys = parameters(world, call.file, arg.value);
        if keys.is_empty() {
            continue;
        }
        let mut handed_on = None;
        let mut is_project = false;
        for atom in world.values[call.file.0 as usize].expr(*callee) {
            if let Atom::Function(function) = atom {
                is_project = true;
                if let Some(onward) = called.get(&(*function, position)).copied() {
                    let how = if is_left_alone(world, call, *function) { Runs::Task } else { onward.how };
                    handed_on = handed_on.or(Some(Called { in_loop: in_loop || onward.in_loop, how }));
                }
            }
        }
        if !is_project {
            let model = model_of(world, call);
            // `spawn_blocking(move || span.in_scope(f))`: as the closure around the call is run.
            let around = || how_closure_runs(world, call, keys[0].0);
            let how = model.and_then(|model| model.runs).unwrap_or_else(around);
            let library = world.models.of(file.language);
            let per_element = how == Runs::Each || model.is_none() && is_per_element(library, file, *callee);
            handed_on = Some(Called { how, in_loop: in_loop || per_element });
        }
        for key in keys.iter().filter(|_| handed_on.is_some()) {
            called.entry(*key).or_insert(handed_on.unwrap_or(Called { how: Runs::Inline, in_loop }));
        }
    }
}

/// How a call inside a function runs: in line, or as the closure around it is run that a library is given
/// (`spawn_blocking(move || f(connection))`).
fn how_closure_runs(world: World<'_>, call: ExprRef, function: FnRef) -> Runs {
    let (file, index) = (&world.files[call.file.0 as usize], &world.indexes[call.file.0 as usize]);
    let mut around = index.site(call.id).map(|site| site.function);
    while let Some(inner) = around.filter(|inner| *inner != function.id) {
        let given_to = index.closures.get(&inner).and_then(|closure| index.parent(*closure));
        let model = given_to.and_then(|id| model_of(world, ExprRef { file: call.file, id }));
        if let Some(how) = model.and_then(|model| model.runs) {
            return how;
        }
        around = file.function(inner).parent;
    }
    Runs::Inline
}

/// `void run(callback)`, `run(callback).catch(log)`: nobody waits for what runs the callback.
fn is_left_alone(world: World<'_>, call: ExprRef, target: FnRef) -> bool {
    let is_async = world.files[target.file.0 as usize].function(target.id).is_async;
    let is_awaited = world.indexes[call.file.0 as usize].site_of.get(&call.id).is_some_and(|site| site.is_awaited);
    is_async && !is_awaited && super::is_dropped(world, call)
}

const MAX_ALIASES: u32 = 3;

/// The parameters that an expression names, also from a closure inside the function, and by another name:
/// `const callback = typeof first === "function" ? first : second`. None if it can be anything else.
pub(super) fn parameters(world: World<'_>, file: FileId, expr: ExprId) -> Vec<(FnRef, usize)> {
    let mut found = Vec::new();
    if named(world, file, expr, 0, &mut found) { found } else { Vec::new() }
}

fn named(world: World<'_>, file: FileId, expr: ExprId, depth: u32, found: &mut Vec<(FnRef, usize)>) -> bool {
    let source = &world.files[file.0 as usize];
    let index = &world.indexes[file.0 as usize];
    match &source.expr(expr).kind {
        ExprKind::Local(binding) if source.binding(*binding).kind == BindingKind::Param => {
            let Some(param) = index.params.get(binding).filter(|param| param.parts.is_empty()) else { return false };
            found.push((FnRef { file, id: param.function }, param.index));
            true
        }
        ExprKind::Local(binding) if depth < MAX_ALIASES => match index.defs.get(binding).map(Vec::as_slice) {
            Some([def]) if def.parts.is_empty() => named(world, file, def.value, depth + 1, found),
            _ => false,
        },
        ExprKind::Null => true,
        // `callback.call(this, …)`.
        ExprKind::Member { base, name, .. } if matches!(name.as_str(), "call" | "apply") => {
            let is_function = |atom: &Atom| matches!(atom, Atom::Function(_));
            world.values[file.0 as usize].expr(*base).iter().any(is_function)
                && named(world, file, *base, depth + 1, found)
        }
        ExprKind::Conditional { then, otherwise, .. } => {
            named(world, file, *then, depth + 1, found) && named(world, file, *otherwise, depth + 1, found)
        }
        ExprKind::Binary { op, left, right } if op.is_lazy() => {
            named(world, file, *left, depth + 1, found) && named(world, file, *right, depth + 1, found)
        }
        _ => false,
    }
}

/// Members of collections that call a function once per element.
const PER_ELEMENT: &[&str] =
    &["forEach", "flatMap", "reduce", "some", "every", "for_each", "filter_map", "flat_map", "map", "filter", "find"];

/// Of these, the ones that an optional value has too.
const OF_OPTIONALS: &[&str] = &["map", "filter"];

/// Members that give an iterator.
const ITERATORS: &[&str] = &[
    "iter",
    "into_iter",
    "iter_mut",
    "par_iter",
    "drain",
    "lines",
    "keys",
    "values",
    "split",
    "enumerate",
    "zip",
    "rev",
    "chain",
    "skip",
    "take",
    "cloned",
    "copied",
    "chunks",
    "windows",
];

/// Whether calling this member of something unknown calls a function once per element. Where the language's optional
/// values have the member too, the receiver must be an iterator.
pub(crate) fn is_per_element(library: &Library, file: &File, callee: ExprId) -> bool {
    let ExprKind::Member { base, name, .. } = file.expr(callee).kind else { return false };
    if !PER_ELEMENT.contains(&name.as_str()) {
        return false;
    }
    let may_be_optional =
        OF_OPTIONALS.contains(&name.as_str()) && library.ty(library.canonical(Symbol::new("Option"))).is_some();
    !may_be_optional
        || match file.expr(base).kind {
            ExprKind::Call { callee, .. } => {
                matches!(file.expr(callee).kind, ExprKind::Member { name, .. } if ITERATORS.contains(&name.as_str()))
            }
            _ => false,
        }
}
