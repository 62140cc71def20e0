//! Life cycles: is what a function opens released, or handed to another owner, on every path?
//!
//! An abstract interpretation of the statement tree, one pass a function: for each resource the set of conditions it can
//! be in (not yet opened, open, done), at each exit of the function. A `finally` is run for each way that leads into it, one
//! inside another `finally` for all ways together: the cost is linear in the function's size.
//!
//! What it does not see: resources that callbacks receive, aliases through collections, releases by reflection.

mod interpret;
mod owners;

use ir::{FnId, Span};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::ids::{ExprRef, FileId, FnRef};
use crate::models::Call;
use crate::program::Program;
use crate::roles::Role;

/// How a resource gets away.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Exit {
    /// No path releases it.
    Always,
    /// At this `return`, or at the end of the function.
    Return(Span),
    /// If this call throws.
    Throw(Span),
    /// At this `continue` or `break`.
    Loop(Span),
}

/// A resource that some path does not release.
#[derive(Clone, Debug)]
pub struct Leak {
    /// The call that opens it.
    pub at: ExprRef,
    pub function: FnRef,
    /// The library call behind it (that of the helper which returns it, where there is one).
    pub opened: ExprRef,
    pub exit: Exit,
    /// It is used where it is opened and not even given a name.
    pub is_unnamed: bool,
}

/// Functions that return what they open: callers own it.
pub(crate) type Openers = FxHashMap<FnRef, ExprRef>;

const MAX_HOPS: usize = 3;

pub(crate) fn solve(program: &Program<'_>) -> Vec<Leak> {
    let mut openers = Openers::default();
    for _ in 0..MAX_HOPS {
        let more = each_function(program, |function| {
            interpret::opener(program, &openers, function).map(|opened| (function, opened))
        });
        let before = openers.len();
        openers.extend(more);
        if openers.len() == before {
            break;
        }
    }
    let mut leaks: Vec<Leak> = each_function(program, |function| {
        let leaks = interpret::leaks(program, &openers, function);
        (!leaks.is_empty()).then_some(leaks)
    })
    .into_iter()
    .flatten()
    .collect();
    leaks.sort_by_key(|leak| (leak.at, leak.exit));
    leaks
}

fn each_function<T: Send>(program: &Program<'_>, f: impl Fn(FnRef) -> Option<T> + Sync) -> Vec<T> {
    let parts: Vec<Vec<T>> = (0..program.files.len())
        .into_par_iter()
        .map(|number| {
            let file = FileId(number as u32);
            if program.role(file) == Role::Test {
                return Vec::new();
            }
            (0..program.files[number].functions.len())
                .filter_map(|function| f(FnRef { file, id: FnId(function as u32) }))
                .collect()
        })
        .collect();
    parts.into_iter().flatten().collect()
}

/// The library call behind an acquiring call, and its model: the call itself, or what the project function that it calls
/// opens and returns.
pub(crate) fn acquisition<'p>(
    program: &'p Program<'_>,
    openers: &Openers,
    call: ExprRef,
) -> Option<(ExprRef, &'p Call)> {
    if let Some(model) = program.model(call) {
        let must_release = !model.released_by.is_empty() || !model.released_through.is_empty();
        return (model.acquires.is_some() && must_release).then_some((call, model));
    }
    let opened = program.called_functions(call).into_iter().find_map(|function| openers.get(&function).copied())?;
    program.model(opened).map(|model| (opened, model))
}
