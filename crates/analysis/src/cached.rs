//! Answers of the database that a shared cache keeps for good: asked for, missed, queried and stored in one function, without
//! an expiry, under a key that nothing deletes or stores anew.
//!
//! What it does not see: wrappers that look up in one function and store in another.

use ir::{ExprId, ExprKind, TextPart};
use rustc_hash::FxHashSet;

use crate::ids::{ExprRef, FnRef};
use crate::models::{Bounded, Effect, Runs};
use crate::program::{LibraryCall, Program};
use crate::queries::{QueryUse, Shape};
use crate::roles::Role;

/// Something that is stored for good.
#[derive(Clone, Copy, Debug)]
pub struct Cached<'p> {
    pub function: FnRef,
    /// The call that stores it.
    pub at: ExprRef,
    /// The query whose answer it is.
    pub query: &'p QueryUse,
    /// A query that changes what was read, where there is one.
    pub write: Option<&'p QueryUse>,
    /// There is one key for each of something.
    pub is_keyed: bool,
}

const MAX_HOPS: u32 = 2;

/// What keys are called whose values are kept on purpose, or end by themselves.
const KEPT: &[&str] =
    &["session", "sess:", "lock", "token", "otp", "rate", "count", "config", "setting", "flag", "queue", "job", "seen"];

pub(crate) fn solve<'p>(program: &'p Program<'_>) -> Vec<Cached<'p>> {
    program.unbounded(Bounded::Age).filter_map(|(call, _)| cached(program, call)).collect()
}

fn cached<'p>(program: &'p Program<'_>, call: &LibraryCall<'_>) -> Option<Cached<'p>> {
    let key = key_of(program, call.at)?;
    if program.role(call.at.file) != Role::App || program.mentions(key, KEPT) {
        return None;
    }
    let own = || program.calls_of(call.function).iter();
    let is_lookup =
        |other: &LibraryCall<'_>| does(other, &["get", "hget", "exists"]) && has_key(program, other.at, key);
    let expires = |other: &LibraryCall<'_>| name(other).contains("expire");
    if !own().any(is_lookup) || own().any(expires) || is_invalidated(program, call, key) {
        return None;
    }
    let query = source(program, call.function)?;
    let writes = |other: &&QueryUse| other.shape == Shape::Write && other.entity == query.entity;
    let write = program.queries().iter().find(|other| query.entity.is_some() && writes(other));
    let is_keyed = program.literal(key, 0).is_none();
    Some(Cached { function: call.function, at: call.at, query, write, is_keyed })
}

/// The query whose answer a function stores: its own, or that of a helper.
fn source<'p>(program: &'p Program<'_>, function: FnRef) -> Option<&'p QueryUse> {
    let mut reached: FxHashSet<FnRef> = FxHashSet::from_iter([function]);
    let mut open = vec![(function, 0)];
    while let Some((from, hops)) = open.pop() {
        let edges = program.calls_from(from).iter().filter(|edge| edge.how == Runs::Inline && hops < MAX_HOPS);
        open.extend(edges.filter(|edge| reached.insert(edge.to)).map(|edge| (edge.to, hops + 1)));
    }
    program.queries().iter().find(|query| query.shape != Shape::Write && reached.contains(&query.function))
}

/// Whether something deletes the key, or stores under it elsewhere. A key that cannot be told may be this one.
fn is_invalidated(program: &Program<'_>, call: &LibraryCall<'_>, key: ExprRef) -> bool {
    let start = start_of(program, key);
    program.calls().iter().filter(|other| other.at != call.at).any(|other| {
        let deletes = does(other, &["del", "delete", "unlink", "getdel", "flushdb", "flushall", "expire", "rename"]);
        let stores = other.function != call.function && does(other, &["set", "setex", "set_ex", "mset"]);
        let same = || match (&start, key_of(program, other.at).and_then(|key| start_of(program, key))) {
            (Some(mine), Some(theirs)) => mine.starts_with(&*theirs) || theirs.starts_with(&**mine),
            _ => true,
        };
        (deletes || stores) && same()
    })
}

/// The name of a call of a cache, in lower case.
fn name(call: &LibraryCall<'_>) -> String {
    let path = call.model.path.filter(|_| call.model.does == Some(Effect::Cache));
    path.map_or_else(String::new, |path| ir::final_segment(path.as_str()).to_lowercase())
}

fn does(call: &LibraryCall<'_>, names: &[&str]) -> bool {
    names.contains(&name(call).as_str())
}

fn key_of(program: &Program<'_>, call: ExprRef) -> Option<ExprRef> {
    let ExprKind::Call { args, .. } = program.kind(call) else { return None };
    args.first().map(|arg| ExprRef { file: call.file, id: arg.value })
}

/// Whether a call is given the same key, as it is written.
fn has_key(program: &Program<'_>, call: ExprRef, key: ExprRef) -> bool {
    let file = program.file(call.file);
    let text = |id: ExprId| file.dump_expr(id).replace(".clone()", "");
    key_of(program, call).is_some_and(|other| text(other.id) == text(key.id))
}

/// The text that a key starts with, as far as it is known.
fn start_of(program: &Program<'_>, key: ExprRef) -> Option<Box<str>> {
    let at = program.definition(key).unwrap_or(key);
    match program.kind(at) {
        ExprKind::Text(parts) => match parts.first()? {
            TextPart::Literal { value, .. } => Some(value.clone()),
            TextPart::Hole(_) => None,
        },
        _ => None,
    }
}
