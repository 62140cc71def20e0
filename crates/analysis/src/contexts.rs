//! Which functions run per request, per connection, in jobs, at start-up, in scripts and tests, on what, and by which way.

use std::collections::VecDeque;

use ir::FunctionKind;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::calls::{CallGraph, Edge};
use crate::entries::EntryPoint;
use crate::ids::FnRef;
use crate::models::{Context, Lane, Runs};
use crate::values::World;

/// One way in which a function runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct State {
    pub context: Context,
    /// On an event loop or async executor that others share; else on a thread of its own.
    pub on_loop: bool,
    /// Nobody waits for it: the response does not depend on it.
    pub is_detached: bool,
    /// More than once: some call on the way stands in a loop whose size the code does not bound.
    pub is_repeated: bool,
    /// Only where something has failed: some call on the way handles an error, or is on the way to throwing one.
    pub is_exceptional: bool,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    function: FnRef,
    state: State,
    /// The node that led here, and by which edge; for the first, the entry's number.
    from: Result<(u32, Edge), u32>,
}

/// All ways, found breadth-first: the way to each node is a shortest one.
#[derive(Debug, Default)]
pub(crate) struct Contexts {
    nodes: Vec<Node>,
    of: FxHashMap<FnRef, Vec<u32>>,
}

impl Contexts {
    pub(crate) fn solve(world: World<'_>, graph: &CallGraph, entries: &[EntryPoint]) -> Self {
        let mut contexts = Self::default();
        let mut seen = FxHashSet::default();
        let mut open = VecDeque::new();
        for (number, entry) in entries.iter().enumerate() {
            let is_async = world.files[entry.function.file.0 as usize].function(entry.function.id).is_async;
            let on_loop = match entry.lane {
                Lane::Loop => true,
                Lane::Thread => false,
                Lane::Auto => is_async,
            };
            let state = State {
                context: entry.context,
                on_loop,
                is_detached: false,
                is_repeated: false,
                is_exceptional: false,
            };
            contexts.visit(&mut seen, &mut open, entry.function, state, Err(number as u32));
        }
        while let Some(number) = open.pop_front() {
            let Node { function, state, .. } = contexts.nodes[number as usize];
            for edge in graph.calls_from(function) {
                let file = &world.files[edge.to.file.0 as usize];
                // What a page shows in the browser is no part of the server.
                if file.directives.iter().any(|directive| *directive == "use client") {
                    continue;
                }
                let is_async = file.function(edge.to.id).is_async;
                if let Some(mut next) = step(state, edge, is_async) {
                    next.on_loop |= hands_back(world, function, edge);
                    contexts.visit(&mut seen, &mut open, edge.to, next, Ok((number, *edge)));
                }
            }
        }
        contexts
    }

    fn visit(
        &mut self,
        seen: &mut FxHashSet<(FnRef, State)>,
        open: &mut VecDeque<u32>,
        function: FnRef,
        state: State,
        from: Result<(u32, Edge), u32>,
    ) {
        if seen.insert((function, state)) {
            let number = self.nodes.len() as u32;
            self.nodes.push(Node { function, state, from });
            self.of.entry(function).or_default().push(number);
            open.push_back(number);
        }
    }

    pub(crate) fn states(&self, function: FnRef) -> impl Iterator<Item = State> {
        self.of.get(&function).into_iter().flatten().map(|number| self.nodes[*number as usize].state)
    }

    /// A shortest way from an entry to the function in a state that is wanted: the entry's number and the edges.
    pub(crate) fn way(&self, function: FnRef, wanted: impl Fn(State) -> bool) -> Option<(usize, Vec<Edge>)> {
        let mut number = *self.of.get(&function)?.iter().find(|number| wanted(self.nodes[**number as usize].state))?;
        let mut edges = Vec::new();
        loop {
            match self.nodes[number as usize].from {
                Ok((before, edge)) => {
                    edges.push(edge);
                    number = before;
                }
                Err(entry) => {
                    edges.reverse();
                    return Some((entry as usize, edges));
                }
            }
        }
    }
}

/// `spawn_blocking(|| async { … })`: the thread only makes a future, which whoever waits for it runs on the executor.
fn hands_back(world: World<'_>, function: FnRef, edge: &Edge) -> bool {
    let file = &world.files[function.file.0 as usize];
    let from = file.function(function.id);
    edge.how == Runs::Inline
        && edge.to.file == function.file
        && file.function(edge.to.id).kind == FunctionKind::AsyncBlock
        && from.kind == FunctionKind::Closure
        && !from.is_async
        && from.body.stmts.is_empty()
        && from.body.tail == Some(edge.at.id)
}

/// The state in which an edge runs its target, if it does in this process.
fn step(state: State, edge: &Edge, target_is_async: bool) -> Option<State> {
    let state = State {
        is_repeated: state.is_repeated || edge.in_loop,
        is_exceptional: state.is_exceptional || edge.is_exceptional,
        ..state
    };
    Some(match edge.how {
        Runs::Inline | Runs::Each | Runs::BlockOn | Runs::AfterCommit => state,
        Runs::Dependency => State { on_loop: target_is_async, ..state },
        Runs::Thread => State { on_loop: false, ..state },
        Runs::Task => State { context: while_serving(state.context), on_loop: true, is_detached: true, ..state },
        Runs::Later => {
            let on_loop = state.on_loop || target_is_async;
            State { context: while_serving(state.context), on_loop, is_detached: true, ..state }
        }
        Runs::Background => State { context: while_serving(state.context), on_loop: false, is_detached: true, ..state },
        Runs::AfterResponse => State { on_loop: state.on_loop && target_is_async, is_detached: true, ..state },
        Runs::Queue => State { context: Context::Job, on_loop: false, is_detached: false, is_repeated: false, ..state },
        Runs::Once | Runs::Startup => match state.context {
            Context::Request | Context::Connection | Context::Job => {
                State { context: Context::Startup, on_loop: false, is_detached: false, is_repeated: false, ..state }
            }
            _ => state,
        },
        Runs::Never => return None,
    })
}

/// What start-up leaves running goes on while the server serves.
fn while_serving(context: Context) -> Context {
    if context == Context::Startup { Context::Job } else { context }
}
