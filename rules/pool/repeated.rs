//! Pools that several modules of one process make for one database.

use std::collections::BTreeMap;

use analysis::{ExprRef, LibraryCall, Program, Role, Runtime};
use ir::finding::{Location, Step};

use crate::common::serves;

/// From so many on they take what the database has from other processes.
const MANY: usize = 3;

/// What a pool is one of.
pub(super) struct Repeated {
    pub(super) number: usize,
    /// The file of the pool that the others can take.
    pub(super) shared: Location,
    /// Where the others are made.
    pub(super) others: Vec<Step>,
}

impl Repeated {
    pub(super) fn are_many(&self) -> bool {
        self.number >= MANY
    }
}

/// By the call that a finding points at: the first that makes another pool than the one to share.
pub(super) fn repeated(program: &Program<'_>) -> BTreeMap<ExprRef, Repeated> {
    let groups = program.repeated_pools(|call| is_of_server(program, call));
    groups.into_iter().filter_map(|group| of_group(program, &group)).collect()
}

/// Made once a process, and used by requests: also where a function of a platform loads several modules.
fn is_of_server(program: &Program<'_>, call: &LibraryCall<'_>) -> bool {
    let is_once = call.site.is_once || !program.runs(call.function, serves);
    let is_served = program.role(call.at.file) == Role::App && !program.is_for_development(call.at.file);
    let runtime = program.runtime_of(&program.users_of(call.at).functions, serves);
    is_once && is_served && runtime.is_some_and(|runtime| runtime != Runtime::Serverless)
}

fn of_group(program: &Program<'_>, group: &[&LibraryCall<'_>]) -> Option<(ExprRef, Repeated)> {
    let users = |call: &LibraryCall<'_>| {
        let mut files: Vec<_> = program.users_of(call.at).functions.iter().map(|user| user.file).collect();
        files.sort_unstable();
        files.dedup();
        files.len()
    };
    let shared = *group.iter().rev().max_by_key(|call| (users(call), call.site.is_once))?;
    let place = |call: &LibraryCall<'_>| program.location(call.at.file, program.call_span(call.at));
    let mut others = group.iter().filter(|call| call.at != shared.at);
    let first = others.next()?;
    let step = |call: &LibraryCall<'_>, message: &str| Step { location: place(call), message: message.to_owned() };
    let mut told = vec![step(shared, "made here already")];
    told.extend(others.map(|call| step(call, "and another here")));
    Some((first.at, Repeated { number: group.len(), shared: place(shared), others: told }))
}
