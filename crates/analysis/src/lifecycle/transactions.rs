//! Transactions that are begun by hand, and that some path neither commits nor rolls back: the connection goes back to its
//! pool, or waits, with the transaction and its locks open.

use ir::{ExprKind, Symbol};

use super::{Exit, exit_of_registration};
use crate::ids::{ExprRef, FnRef};
use crate::models::Resource;
use crate::program::Program;

/// A transaction that a path leaves open.
#[derive(Clone, Copy, Debug)]
pub struct OpenTransaction {
    /// The call that begins it.
    pub at: ExprRef,
    pub function: FnRef,
    pub exit: Exit,
}

/// What a call does to a transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Begins,
    Ends,
}

pub(crate) fn solve(program: &Program<'_>) -> Vec<OpenTransaction> {
    let mut found = program.each_function(|function| of_function(program, function));
    // A connection that is left as well is told of by its own leak.
    found.retain(|open| !program.leaks().iter().any(|leak| leak.function == open.function));
    found.sort_by_key(|open| open.at);
    found
}

fn of_function(program: &Program<'_>, function: FnRef) -> Vec<OpenTransaction> {
    let sites = program.listing(function.file).sites_of(function.id);
    let calls = || sites.iter().map(|site| ExprRef { file: function.file, id: site.call });
    let mut begins = calls().filter(|call| stays_open(program, *call));
    // Begun several times: which end is whose is not known.
    let (Some(at), None) = (begins.next(), begins.next()) else { return Vec::new() };
    // What the function opens for itself takes its transaction along when it is closed.
    let is_own = |call: ExprRef| program.model(call).and_then(|model| model.acquires) == Some(Resource::Connection);
    let ends: Vec<_> = calls().filter(|call| ends(program, *call)).map(|call| call.id).collect();
    // Ended elsewhere: who owns it is not known here.
    if ends.is_empty() || calls().any(is_own) {
        return Vec::new();
    }
    let connection = receiver(program, at).and_then(|(base, _)| match *program.kind(base) {
        ExprKind::Local(binding) => Some(binding),
        _ => None,
    });
    let exit = exit_of_registration(program, function, Some(at.id), &ends, connection);
    let is_way_out = |exit: &Exit| matches!(exit, Exit::Return(_) | Exit::Throw(_));
    exit.filter(is_way_out).map(|exit| OpenTransaction { at, function, exit }).into_iter().collect()
}

/// Whether a call begins a transaction that nobody rolls back when its connection is given back.
fn stays_open(program: &Program<'_>, call: ExprRef) -> bool {
    program.model(call).is_some_and(|model| model.keeps_transaction)
        && step(program, call) == Some(Step::Begins)
        && !program.is_sent_through_pool(call)
}

/// Whether a call ends a transaction, or calls a project function that does nothing else to it: `await rollback(client)`.
fn ends(program: &Program<'_>, call: ExprRef) -> bool {
    if let Some(step) = step(program, call) {
        return step == Step::Ends;
    }
    program.called_functions(call).into_iter().any(|function| {
        let sites = program.listing(function.file).sites_of(function.id);
        let steps = sites.iter().filter_map(|site| step(program, ExprRef { file: function.file, id: site.call }));
        let mut steps = steps.peekable();
        steps.peek().is_some() && steps.all(|step| step == Step::Ends)
    })
}

/// What a method is called on, and the method.
fn receiver(program: &Program<'_>, call: ExprRef) -> Option<(ExprRef, Symbol)> {
    let ExprKind::Call { callee, .. } = *program.kind(call) else { return None };
    let ExprKind::Member { base, name, .. } = *program.kind(ExprRef { file: call.file, id: callee }) else {
        return None;
    };
    Some((ExprRef { file: call.file, id: base }, name))
}

fn step(program: &Program<'_>, call: ExprRef) -> Option<Step> {
    let (_, name) = receiver(program, call)?;
    let model = program.model(call)?;
    if let Some(text) = program.event(call).filter(|_| !model.query.is_empty()) {
        return step_of_text(text);
    }
    step_of_name(name).filter(|_| model.does.is_some())
}

/// Whether SQL text begins a transaction.
pub(crate) fn begins_transaction(text: &str) -> bool {
    starts_with_any(text, &["BEGIN", "START TRANSACTION"])
}

fn step_of_text(text: &str) -> Option<Step> {
    if begins_transaction(text) {
        let text = text.to_ascii_uppercase();
        // A block that ends in the same text.
        (!text.contains("COMMIT") && !text.contains("END")).then_some(Step::Begins)
    } else {
        starts_with_any(text, &["COMMIT", "ROLLBACK", "END", "ABORT"]).then_some(Step::Ends)
    }
}

fn starts_with_any(text: &str, words: &[&str]) -> bool {
    let text = text.trim_start();
    words.iter().any(|word| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)))
}

fn step_of_name(name: Symbol) -> Option<Step> {
    match name.as_str() {
        "beginTransaction" | "startTransaction" => Some(Step::Begins),
        "commit" | "rollback" | "commitTransaction" | "rollbackTransaction" | "abortTransaction" => Some(Step::Ends),
        _ => None,
    }
}
