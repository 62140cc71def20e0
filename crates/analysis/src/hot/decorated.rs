//! Decorators of the project that are called a cache, and may be none for the function that they stand before.

use ir::{ExprKind, FnId};

use super::input::is_cache;
use super::name_of;
use crate::ids::{ExprRef, FnRef};
use crate::program::Program;
use crate::values::Atom;

/// What asks a cache, or puts into it.
const ASKS: &[&str] = &[
    "get",
    "set",
    "setex",
    "put",
    "has",
    "wrap",
    "fetch",
    "remember",
    "setdefault",
    "get_or_set",
    "getOrSet",
    "aget",
    "aset",
];

/// Whether what a decorator of the project gives for a function of this kind (synchronous or not) neither asks a cache nor puts
/// into one: `return async_wrapper if is_async else sync_wrapper`, of which only one caches.
pub(super) fn never_caches(program: &Program<'_>, decorator: ExprRef, function: FnRef) -> bool {
    let makers: Vec<FnRef> = match program.kind(decorator) {
        ExprKind::Call { .. } => program.called_functions(decorator),
        _ => {
            let functions = program.value(decorator).iter().filter_map(|atom| match atom {
                Atom::Function(function) => Some(*function),
                _ => None,
            });
            functions.collect()
        }
    };
    let is_async = program.file(function.file).function(function.id).is_async;
    let [maker] = makers.as_slice() else { return false };
    let inner = inner_functions(program, *maker);
    let mut wrappers = inner
        .into_iter()
        .filter(|wrapper| program.file(wrapper.file).function(wrapper.id).is_async == is_async)
        .filter(|wrapper| runs_what_it_wraps(program, *wrapper))
        .peekable();
    wrappers.peek().is_some() && wrappers.all(|wrapper| !asks_cache(program, wrapper))
}

fn inner_functions(program: &Program<'_>, maker: FnRef) -> Vec<FnRef> {
    let file = program.file(maker.file);
    let is_inside = |id: &FnId| {
        let mut around = file.function(*id).parent;
        while let Some(outer) = around.filter(|outer| *outer != maker.id) {
            around = file.function(outer).parent;
        }
        around == Some(maker.id)
    };
    let ids = (0..file.functions.len() as u32).map(FnId).filter(is_inside);
    ids.map(|id| FnRef { file: maker.file, id }).collect()
}

/// Whether a function calls a parameter of a function around it.
fn runs_what_it_wraps(program: &Program<'_>, wrapper: FnRef) -> bool {
    let (file, index) = (program.file(wrapper.file), program.listing(wrapper.file));
    index.sites_of(wrapper.id).iter().any(|site| {
        let ExprKind::Call { callee, .. } = file.expr(site.call).kind else { return false };
        let ExprKind::Local(binding) = file.expr(callee).kind else { return false };
        index.params.get(&binding).is_some_and(|param| param.function != wrapper.id)
    })
}

fn asks_cache(program: &Program<'_>, wrapper: FnRef) -> bool {
    let file = program.file(wrapper.file);
    let named = |id| name_of(program, ExprRef { file: wrapper.file, id }).is_some_and(is_cache);
    let span = file.function(wrapper.id).span;
    program.listing(wrapper.file).within(file, span).any(|(_, expr)| match &expr.kind {
        ExprKind::Call { callee, .. } => match file.expr(*callee).kind {
            ExprKind::Member { base, name, .. } => ASKS.contains(&name.as_str()) || named(base) || is_cache(name),
            _ => named(*callee),
        },
        ExprKind::Index { base, .. } => named(*base),
        _ => false,
    })
}
