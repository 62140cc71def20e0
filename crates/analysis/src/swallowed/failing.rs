//! Which calls fail when the world outside does.

use rustc_hash::FxHashSet;

use ir::{ExprKind, QueryKind, Symbol};

use super::catches::Walked;
use crate::calls::Edge;
use crate::ids::{ExprRef, FnRef};
use crate::models::{Call, Effect, Query, Runs};
use crate::program::Program;
use crate::queries::{QueryUse, Shape};
use crate::reach::Reach;

/// What can fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    Database,
    Queue,
    Http,
    Llm,
    Mail,
    Push,
}

/// Functions that errors of the outside world leave.
#[derive(Debug)]
pub(super) struct Failing {
    functions: Reach<Failure>,
    /// Calls that send a query, by helpers of the project or by a library.
    queries: FxHashSet<ExprRef>,
    /// Those of them whose table is known.
    named: FxHashSet<ExprRef>,
}

const MAX_HOPS: u32 = 4;

impl Failing {
    pub(super) fn solve(program: &Program<'_>, parts: &[(FnRef, Walked)]) -> Self {
        let asks = |query: &&QueryUse| {
            query.sql.as_ref().is_none_or(|sql| sql.kind != QueryKind::Other) && !only_looks(program, query)
        };
        let looking: FxHashSet<FnRef> =
            program.queries().iter().filter(|query| only_looks(program, query)).map(|query| query.function).collect();
        let queries: FxHashSet<ExprRef> = program.queries().iter().filter(asks).map(|query| query.at).collect();
        let calls = parts.iter().flat_map(|(function, walked)| {
            walked.escaping.iter().map(|call| (*function, ExprRef { file: function.file, id: *call }))
        });
        let escaping: FxHashSet<ExprRef> = calls.clone().map(|(_, call)| call).collect();
        // What is got for looking fails as seldom as it is looked for.
        let is_means = |function: &FnRef, call: ExprRef| {
            looking.contains(function) && program.model(call).is_some_and(|model| model.acquires.is_some())
        };
        let calls = calls.filter(|(function, call)| !is_means(function, *call));
        let direct = calls.filter_map(|(function, call)| Some((function, direct(program, &queries, call)?, call)));
        let lending: FxHashSet<FnRef> =
            program.calls().iter().filter(|call| call.model.acquires.is_some()).map(|call| call.function).collect();
        let is_means_of = |edge: &Edge| looking.contains(&edge.from) && lending.contains(&edge.to);
        let follows = |edge: &Edge| escaping.contains(&edge.at) && is_waited_for(edge.how) && !is_means_of(edge);
        let functions = Reach::solve(program, direct, follows, MAX_HOPS);
        let named = program.queries().iter().filter(asks).filter(|query| query.entity.is_some());
        let named = named.map(|query| query.at).collect();
        Self { functions, queries, named }
    }

    /// Whether a call itself asks a known table, and is no helper of the project.
    pub(super) fn is_direct(&self, call: ExprRef) -> bool {
        self.named.contains(&call)
    }

    /// What fails if a call does.
    pub(super) fn of_call(&self, program: &Program<'_>, function: FnRef, call: ExprRef) -> Option<Failure> {
        direct(program, &self.queries, call).or_else(|| {
            let edges = program.calls_from(function).iter().filter(|edge| edge.at == call);
            let mut callees = edges.filter(|edge| is_waited_for(edge.how)).map(|edge| edge.to);
            let failure = callees.find_map(|callee| self.functions.way(call, callee)).map(|(failure, _)| failure)?;
            // A helper that sends a mail looks up to whom as well.
            let is_mail = failure == Failure::Database && program.called_name(call).is_some_and(is_about_mail);
            Some(if is_mail { Failure::Mail } else { failure })
        })
    }
}

/// `send_order_email`.
fn is_about_mail(name: Symbol) -> bool {
    let words = ir::words_of(&name);
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    has(&["send", "notify", "deliver"]) && has(&["mail", "mails", "email", "emails"])
}

/// Whoever takes an error of it for an ordinary result has found that there is no such row.
fn only_looks(program: &Program<'_>, query: &QueryUse) -> bool {
    let is_strict = |model: &Call| model.query.contains(&Query::Strict);
    query.shape == Shape::One && program.model(query.at).is_some_and(is_strict)
}

fn is_waited_for(how: Runs) -> bool {
    matches!(how, Runs::Inline | Runs::Each | Runs::BlockOn | Runs::Thread | Runs::AfterCommit)
}

fn direct(program: &Program<'_>, queries: &FxHashSet<ExprRef>, call: ExprRef) -> Option<Failure> {
    let name = program.called_name(call)?;
    if queries.contains(&call) {
        return Some(Failure::Database);
    }
    let model = program.model(call)?;
    if is_harmless(name) || asks_for_head(program, call) {
        return None;
    }
    if model.runs == Some(Runs::Queue) {
        return Some(Failure::Queue);
    }
    if model.query.contains(&Query::Strict) {
        return None;
    }
    if model.query.iter().any(|part| is_sent(*part)) || model.query == [Query::Other] && ends_work(name) {
        return Some(Failure::Database);
    }
    match model.does? {
        Effect::Database => Some(Failure::Database),
        Effect::Http => Some(Failure::Http),
        Effect::Llm => Some(Failure::Llm),
        Effect::Mail => Some(Failure::Mail),
        Effect::Push => Some(Failure::Push),
        _ => None,
    }
}

fn is_sent(part: Query) -> bool {
    matches!(
        part,
        Query::Rows | Query::One | Query::Scalar | Query::Page | Query::Insert | Query::Update | Query::Delete
    )
}

fn ends_work(name: Symbol) -> bool {
    matches!(name.as_str(), "commit" | "flush" | "save" | "end")
}

/// Reading a response that is already there, asking whether something is, and tidying up.
fn is_harmless(name: Symbol) -> bool {
    let name = name.to_lowercase();
    matches!(
        name.as_str(),
        "json" | "text" | "blob" | "arraybuffer" | "bytes" | "read" | "rollback" | "exists" | "abort" | "ping"
    ) || ["close", "disconnect", "release", "quit", "destroy", "dispose", "head", "unlink", "unsubscribe"]
        .iter()
        .any(|start| name.starts_with(start))
}

/// `client.send(new HeadObjectCommand(…))`: a missing object answers with an error.
fn asks_for_head(program: &Program<'_>, call: ExprRef) -> bool {
    let ExprKind::Call { args, .. } = program.kind(call) else { return false };
    let names = args.iter().filter_map(|arg| program.called_name(ExprRef { file: call.file, id: arg.value }));
    names.into_iter().any(|name| name.starts_with("Head"))
}
