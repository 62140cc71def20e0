//! Handlers whose answer is the same for everybody: they take nothing from the request, and work it out anew for each.
//!
//! A handler is followed into the functions that it runs in line, over a few hops. What reads the request, the session or
//! the user there, what writes, and what looks into a cache ends the search: then the answer is not the same, or not
//! worked out each time.

mod decorated;
mod input;
mod tokens;

use ir::{ExprKind, PredicateOp, Symbol};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::entries::EntryPoint;
use crate::ids::{ExprRef, FnRef};
use crate::models::{Context, Effect, Runs, Runtime};
use crate::program::{LibraryCall, Program};
use crate::queries::{Certainty, QueryUse, Shape};
use crate::roles::Role;

/// What makes an answer dear.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Cost {
    /// All rows of one table.
    Rows,
    /// Several queries.
    Queries(usize),
    /// Counting, grouping or joining whole tables.
    Aggregate,
    /// Asking a remote service.
    Remote,
}

/// A handler that works out the same answer for everybody.
#[derive(Clone, Debug)]
pub struct HotAnswer<'p> {
    pub entry: &'p EntryPoint,
    /// The call in the handler that leads to the cost.
    pub call: ExprRef,
    /// What costs.
    pub source: ExprRef,
    pub cost: Cost,
    /// Only some users may ask.
    pub is_guarded: bool,
}

const MAX_FUNCTIONS: usize = 48;
const MAX_HOPS: u32 = 4;
/// So many queries make an answer dear.
const MANY: usize = 3;

/// What costs by function.
struct Costs<'p, 'm> {
    queries: FxHashMap<FnRef, Vec<&'p QueryUse>>,
    calls: FxHashMap<FnRef, Vec<&'p LibraryCall<'m>>>,
}

pub(crate) fn solve<'p>(program: &'p Program<'_>) -> Vec<HotAnswer<'p>> {
    let mut costs = Costs { queries: FxHashMap::default(), calls: FxHashMap::default() };
    for query in program.queries() {
        costs.queries.entry(query.function).or_default().push(query);
    }
    for call in program.calls().iter().filter(|call| call.model.does.is_some()) {
        costs.calls.entry(call.function).or_default().push(call);
    }
    let mut seen = FxHashSet::default();
    let asks = |entry: &&EntryPoint| {
        entry.context == Context::Request
            && entry.runtime == Runtime::Server
            && program.role(entry.function.file) == Role::App
            && is_read(entry)
    };
    let entries = program.entries().iter().filter(asks).filter(|entry| seen.insert(entry.function));
    let mut found: Vec<HotAnswer<'_>> = entries.filter_map(|entry| answer(program, &costs, entry)).collect();
    found.sort_by_key(|hot| hot.call);
    found
}

/// By its label: `GET /stats`, or a route whose verb is not said.
fn is_read(entry: &EntryPoint) -> bool {
    entry.label.starts_with("GET") || entry.label.starts_with('/')
}

fn answer<'p>(program: &'p Program<'_>, costs: &Costs<'_, '_>, entry: &'p EntryPoint) -> Option<HotAnswer<'p>> {
    let handler = entry.function;
    if !input::takes_nothing(program, handler) || input::names_other_verbs(program, handler) {
        return None;
    }
    let reached = reach(program, handler)?;
    let mut sources: Vec<(Cost, ExprRef, ExprRef)> = Vec::new();
    let mut queries = 0;
    let mut first = None;
    for (function, way) in &reached {
        for call in costs.calls.get(function).into_iter().flatten() {
            match call.model.does {
                Some(Effect::Cache | Effect::Client | Effect::Mail | Effect::Push) => return None,
                Some(Effect::Http) if changes(call) => return None,
                Some(Effect::Http) if !call.site.is_once && !reads_answer(call) => {
                    sources.push((Cost::Remote, way.unwrap_or(call.at), call.at));
                }
                _ => {}
            }
        }
        for query in costs.queries.get(function).into_iter().flatten() {
            if query.shape == Shape::Write {
                return None;
            }
            if !query.site.is_once {
                queries += 1;
                first = first.or(Some((way.unwrap_or(query.at), query.at)));
            }
            sources.extend(of_query(query).map(|cost| (cost, way.unwrap_or(query.at), query.at)));
        }
    }
    sources.extend(first.filter(|_| queries >= MANY).map(|(call, source)| (Cost::Queries(queries), call, source)));
    let best = sources.iter().map(|(cost, ..)| *cost).max()?;
    let (cost, call, source) = *sources.iter().find(|(cost, ..)| *cost == best)?;
    let is_cached = reached.iter().any(|(function, _)| input::mentions_cache(program, *function))
        || input::is_registered_with(program, entry, input::is_cache);
    if is_cached {
        return None;
    }
    Some(HotAnswer { entry, call, source, cost, is_guarded: input::is_guarded(program, entry) })
}

/// The functions that a handler runs in line, each with the handler's call that leads there; none where one of them reads the
/// request.
fn reach(program: &Program<'_>, handler: FnRef) -> Option<Vec<(FnRef, Option<ExprRef>)>> {
    let mut reached = vec![(handler, None, 0)];
    let mut seen = FxHashSet::from_iter([handler]);
    let mut next = 0;
    while next < reached.len() {
        let (function, way, hops) = reached[next];
        next += 1;
        if input::reads_request(program, function) {
            return None;
        }
        for edge in program.calls_from(function) {
            let is_inline = matches!(edge.how, Runs::Inline | Runs::Each | Runs::BlockOn | Runs::Thread);
            if is_inline && hops < MAX_HOPS && reached.len() < MAX_FUNCTIONS && seen.insert(edge.to) {
                reached.push((edge.to, way.or(Some(edge.at)), hops + 1));
            }
        }
    }
    Some(reached.into_iter().map(|(function, way, _)| (function, way)).collect())
}

/// `client.post(…)`: not for reading.
fn changes(call: &LibraryCall<'_>) -> bool {
    let name = call.model.path.map_or("", |path| ir::final_segment(path.as_str()));
    matches!(name, "post" | "put" | "patch" | "delete")
}

/// `response.json()` of a response that is there.
fn reads_answer(call: &LibraryCall<'_>) -> bool {
    call.model.path.is_some_and(|path| path.contains("Response#"))
}

fn of_query(query: &QueryUse) -> Option<Cost> {
    if query.site.is_once || query.limit != Certainty::Absent && !query.has_window {
        return None;
    }
    let is_whole = query.filter == Certainty::Absent;
    // A stretch of time or of keys bounds the work.
    let is_stretch = query.conditions.iter().any(|condition| condition.op == PredicateOp::Range);
    let sums = query.has_window || query.nested_scan.is_some() || query.is_grouped && !is_stretch;
    match query.shape {
        Shape::Rows | Shape::Unknown if sums || query.is_joined && is_whole => Some(Cost::Aggregate),
        Shape::Scalar if is_whole || sums => Some(Cost::Aggregate),
        Shape::Rows if is_whole => Some(Cost::Rows),
        _ => None,
    }
}

/// What a name is called, whatever it stands for.
fn name_of(program: &Program<'_>, expr: ExprRef) -> Option<Symbol> {
    match *program.kind(expr) {
        ExprKind::Local(binding) => Some(program.file(expr.file).binding(binding).name),
        ExprKind::Global(name) | ExprKind::Member { name, .. } => Some(name),
        ExprKind::Call { callee, .. } => name_of(program, ExprRef { file: expr.file, id: callee }),
        _ => None,
    }
}

impl Program<'_> {
    /// Whether what a handler answers depends neither on the request nor on what anything else holds: a template to fill in.
    pub fn answers_a_constant(&self, handler: FnRef) -> bool {
        let Some(reached) = reach(self, handler).filter(|_| input::takes_nothing(self, handler)) else { return false };
        let is_reached = |function: FnRef| reached.iter().any(|(known, _)| *known == function);
        let asks =
            |effect| matches!(effect, Effect::Http | Effect::Database | Effect::Cache | Effect::Client | Effect::Disk);
        let mut calls = self.calls().iter().filter(|call| call.model.does.is_some_and(asks));
        !calls.any(|call| is_reached(call.function)) && !self.queries().iter().any(|query| is_reached(query.function))
    }

    /// Whether a decorator keeps what a handler answers, so that not every request runs it.
    pub fn is_answer_cached(&self, handler: FnRef) -> bool {
        input::has_cache_decorator(self, handler)
    }
}
