//! Errors that vanish: a database, a queue or a remote service fails, the error is caught, and nothing tells of it.
//!
//! One walk of each function lists what catches errors there, with the calls whose errors it catches. Which calls can fail
//! is a summary of the functions that they run, over a few hops: what a function catches itself does not leave it. What
//! the handler then does decides: throwing on, logging, passing the error to something, setting a flag or trying another way all
//! count as telling; but a log is no answer to a client who is told that a write worked.

mod catches;
mod claims;
mod failing;
mod helpers;
mod outcome;
mod unread;

use ir::{ExprId, ExprKind, FnId, FunctionKind, Span, Symbol};
use rustc_hash::FxHashSet;

use crate::entries::EntryPoint;
use crate::growth::{is_live, mentioned_names};
use crate::ids::{ExprRef, FileId, FnRef};
use crate::models::Context;
use crate::program::Program;
use catches::{Catch, Width};
use failing::Failing;

pub use failing::Failure;
pub use outcome::Outcome;

/// A failure that nobody hears of.
#[derive(Clone, Debug)]
pub struct Swallowed {
    pub function: FnRef,
    pub file: FileId,
    /// The head of what catches it.
    pub span: Span,
    pub failure: Failure,
    /// The call whose failure it is, in the function itself.
    pub call: ExprRef,
    pub outcome: Outcome,
    /// A helper of the project makes the answer, as it does for others.
    pub is_helped: bool,
    /// The call itself asks a known table, and is no helper of the project.
    pub is_direct: bool,
    /// Written as the dropping of a result: `let _ = …`, `.ok()`, `.catch(() => {})`.
    pub is_dropped: bool,
    /// Only errors of one kind of client are caught, or a comment says that they do not matter: somebody thought of them.
    pub is_expected: bool,
    /// What was being read keeps the value that it had before: later code may look at it.
    pub keeps_default: bool,
}

pub(crate) fn solve(program: &Program<'_>) -> Vec<Swallowed> {
    let parts = program.each_function(|function| [(function, catches::of_function(program, function))]);
    let failing = Failing::solve(program, &parts);
    let mut found = Vec::new();
    for (function, walked) in &parts {
        found.extend(walked.catches.iter().filter_map(|catch| judge(program, &failing, *function, catch)));
    }
    found.extend(unread::solve(program));
    let names = mentioned_names(program);
    found.retain(|swallowed| !is_dead(program, &names, swallowed.function));
    found
}

/// Whether nothing runs a function of a module, and nothing names it: what other programs import is not known.
fn is_dead(program: &Program<'_>, names: &FxHashSet<Symbol>, function: FnRef) -> bool {
    let file = program.file(function.file);
    let outer = std::iter::successors(Some(function.id), |id| file.function(*id).parent);
    let Some(outermost) = outer.take_while(|id| *id != FnId::MODULE).last() else { return false };
    let data = file.function(outermost);
    data.kind == FunctionKind::Named
        && data.class.is_none()
        && data.decorators.is_empty()
        && file.exports.is_empty()
        && !is_live(program, names, FnRef { id: outermost, ..function })
}

/// Handlers of whatever nothing else caught that tell nobody of it.
pub(crate) fn silent_handlers<'p>(program: &'p Program<'_>) -> Vec<&'p EntryPoint> {
    let is_silent = |entry: &&EntryPoint| {
        let data = program.file(entry.function.file).function(entry.function.id);
        entry.context == Context::Request
            && entry.catches.is_some_and(|params| data.params.len() >= params)
            && catches_all(program, entry.function)
            && !outcome::tells(program, entry.function)
    };
    program.entries().iter().filter(is_silent).collect()
}

/// Not `@app.errorhandler(404)`.
fn catches_all(program: &Program<'_>, function: FnRef) -> bool {
    let file = program.file(function.file);
    file.function(function.id).decorators.iter().all(|decorator| {
        let ExprKind::Call { args, .. } = &file.expr(*decorator).kind else { return true };
        args.iter().all(|arg| match file.expr(arg.value).kind {
            ExprKind::Global(name) => name == "Exception" || name == "BaseException",
            _ => false,
        })
    })
}

/// Whether a comment beside what catches, or beside what fails, says that it may fail.
fn is_remarked(program: &Program<'_>, catch: Span, call: ExprRef) -> bool {
    let call_span = program.call_span(call);
    let speaks_of = |remark: &Span| remark.contains(catch) || remark.contains(call_span);
    program.file(call.file).remarks.iter().any(speaks_of)
}

fn judge(program: &Program<'_>, failing: &Failing, function: FnRef, catch: &Catch) -> Option<Swallowed> {
    let outcome = catch.outcome?;
    let at = |id| ExprRef { file: function.file, id };
    let is_caught = |failure: &Failure| match catch.width {
        Width::All => true,
        Width::Database => *failure == Failure::Database,
        Width::Remote => *failure != Failure::Database,
    };
    let fails = |call: &ExprId| {
        let failure = failing.of_call(program, function, at(*call)).filter(is_caught)?;
        Some((failure, at(*call)))
    };
    let (failure, call) = match outcome {
        // What was asked for is the only thing that is written.
        Outcome::Claimed => {
            let writes = |call: &&ExprId| claims::writes(program, at(**call), claims::HOPS);
            let written = catch.calls.iter().filter(writes).find_map(fails);
            written.filter(|(failure, _)| {
                *failure == Failure::Database && !claims::writes_beside(program, function, &catch.calls)
            })?
        }
        _ => catch.calls.iter().find_map(fails)?,
    };
    Some(Swallowed {
        function,
        file: function.file,
        span: catch.span,
        failure,
        call,
        outcome,
        is_helped: catch.is_helped,
        is_direct: catch.calls.iter().any(|call| failing.is_direct(at(*call))),
        is_dropped: catch.is_dropped,
        is_expected: catch.width == Width::Remote || is_remarked(program, catch.span, call),
        keeps_default: catch.keeps_default,
    })
}
