//! Connections that wait: a pooled connection, a transaction or a session's connection is held while something slow runs,
//! or while a second one is asked for.
//!
//! One walk of each function in evaluation order keeps the list of what is held at each point. A session holds a connection
//! from its first query to its commit. What a called function does is a summary: whether it does something slow before it
//! returns, and which pool it uses, over a few hops. A helper that calls its callback while it holds a connection makes the
//! callback's calls wait as well.
//!
//! What it does not see: connections that are kept in fields or collections, slow work that is started before and awaited
//! inside.

mod behind;
mod bodies;
mod locks;
mod pools;
mod sessions;
mod slow;
mod walk;

use std::sync::OnceLock;

use ir::{BindingId, ExprId, ExprKind, File, Symbol};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::ids::{ExprRef, FnRef};
use crate::models::{Call, Effect, Resource};
use crate::places::Place;
use crate::program::Program;
use crate::values::Atom;
pub use locks::LockHold;
use pools::Pools;
pub(crate) use pools::has_one_pool;
use sessions::Sessions;
use slow::Slow;

/// What happens while a connection is held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum During {
    /// Something that takes long.
    Slow(Effect),
    /// A second connection of the same pool is asked for.
    Second,
    /// A query is sent through the pool instead of the transaction.
    Outside,
}

/// A connection that is held for longer than its queries take.
#[derive(Clone, Debug)]
pub struct Hold {
    pub function: FnRef,
    /// What takes the connection: the acquiring call, or for a session the first query.
    pub taken: ExprRef,
    pub noun: &'static str,
    pub is_session: bool,
    /// It waits in a loop that goes on until it is left.
    pub is_endless: bool,
    pub during: During,
    /// The call inside which it waits, then the calls that lead from there to what is slow.
    pub way: Vec<ExprRef>,
    /// Where other handlers wait, if what waits is what a middleware hands its request to.
    pub others: Vec<ExprRef>,
}

/// What a helper holds while it runs one of its parameters.
#[derive(Clone, Debug)]
struct Holder {
    taken: ExprRef,
    noun: &'static str,
    pool: Option<Place>,
    /// A library runs the function, and gives it the client that its queries are for.
    passes_client: bool,
}

/// Summaries of all functions.
struct Known<'p, 'm> {
    program: &'p Program<'m>,
    slow: Slow,
    pools: Pools,
    sessions: Sessions,
    holders: FxHashMap<(FnRef, usize), Holder>,
    /// A library finds transactions by itself, in a context of the asynchronous call; once somebody asks.
    has_ambient_transactions: OnceLock<bool>,
}

pub(crate) fn solve(program: &Program<'_>) -> (Vec<Hold>, Vec<LockHold>) {
    let (slow, pools) = (Slow::solve(program), Pools::solve(program));
    let sessions = Sessions::solve(program);
    let (holders, has_ambient_transactions) = (FxHashMap::default(), OnceLock::new());
    let mut known = Known { program, slow, pools, sessions, holders, has_ambient_transactions };
    let walk = |known: &Known| {
        program.each_function(|function| {
            let found = walk::function(known, function);
            [(found.holders, (found.holds, found.locks))]
        })
    };
    let (holders, mut found): (Vec<_>, Vec<_>) = walk(&known).into_iter().unzip();
    known.holders = holders.into_iter().flatten().collect();
    if !known.holders.is_empty() {
        found = walk(&known).into_iter().map(|(_, found)| found).collect();
    }
    let (holds, locks): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    let mut holds: Vec<Hold> = holds.into_iter().flatten().collect();
    holds.sort_by_key(|hold: &Hold| (hold.way.first().copied(), hold.taken));
    holds.dedup_by_key(|hold| hold.way.first().copied());
    // What a helper holds itself is reported there.
    let inner: FxHashSet<ExprRef> = holds.iter().map(|hold| hold.way[0]).collect();
    holds.retain(|hold| !hold.way[1..].iter().any(|call| inner.contains(call)));
    (holds, locks.into_iter().flatten().collect())
}

/// The call behind `await`, `?`, `.context(…)`, `Ok(…)`, `match … { Ok(c) => c, … }` and the like.
fn call_in(file: &File, value: ExprId) -> ExprId {
    let value = file.awaited(value);
    match &file.expr(value).kind {
        ExprKind::Call { callee, args, .. } => match file.expr(*callee).kind {
            ExprKind::Member { base, name, .. } if is_unwrapping(name) => call_in(file, base),
            ExprKind::Global(name) if args.len() == 1 && matches!(name.as_str(), "Ok" | "Some") => {
                call_in(file, args[0].value)
            }
            _ => value,
        },
        ExprKind::Control(stmt) => match &stmt.kind {
            ir::StmtKind::Match { subject, .. } => call_in(file, *subject),
            _ => value,
        },
        _ => value,
    }
}

fn is_unwrapping(name: Symbol) -> bool {
    matches!(
        name.as_str(),
        "expect" | "map_err" | "context" | "with_context" | "ok_or_else" | "ok_or" | "unwrap_or_else" | "ok"
    )
}

/// What a call takes from a pool, if it does: itself, or as the project function that returns it or hands it out.
fn taken_by<'p>(program: &'p Program<'_>, call: ExprRef, depth: u32) -> Option<(ExprRef, &'p Call)> {
    if let Some(model) = program.model(call) {
        let is_ours = model.acquires == Some(Resource::PooledConnection) || model.holds;
        return is_ours.then_some((call, model));
    }
    let [function] = program.called_functions(call)[..] else { return None };
    if depth >= 2 {
        return None;
    }
    let file = program.file(function.file);
    let index = program.listing(function.file);
    let at = |id| ExprRef { file: function.file, id };
    if file.function(function.id).is_generator {
        // `with get_connection() as connection:`
        return index.sites_of(function.id).iter().find_map(|site| taken_by(program, at(site.call), depth + 1));
    }
    index.returns.get(function.id.0 as usize)?.iter().find_map(|returned| {
        let mut inner = call_in(file, *returned);
        if let ExprKind::Local(name) = file.expr(inner).kind
            && let Some([def]) = index.defs.get(&name).map(Vec::as_slice)
        {
            inner = call_in(file, def.value);
        }
        matches!(file.expr(inner).kind, ExprKind::Call { .. })
            .then(|| taken_by(program, at(inner), depth + 1))
            .flatten()
    })
}

/// Whether an expression is a session: a unit of work that holds a connection from its first query to its commit.
fn is_session(program: &Program<'_>, expr: ExprRef) -> bool {
    let library = program.library(expr.file);
    program.value(expr).iter().any(|atom| match atom {
        Atom::Instance(ty) => library.is_session(*ty),
        _ => false,
    })
}

impl Program<'_> {
    /// The variable at the root of what a call is made on: `wallets` of `wallets.find().sort()`.
    fn root_name(&self, call: ExprRef) -> Option<BindingId> {
        match self.chain_root(call) {
            ExprKind::Local(name) => Some(*name),
            _ => None,
        }
    }
}

fn member_name(program: &Program<'_>, call: ExprRef) -> Option<Symbol> {
    let ExprKind::Call { callee, .. } = *program.kind(call) else { return None };
    match *program.kind(ExprRef { file: call.file, id: callee }) {
        ExprKind::Member { name, .. } | ExprKind::Global(name) => Some(name),
        ExprKind::Local(binding) => Some(program.file(call.file).binding(binding).name),
        _ => None,
    }
}
