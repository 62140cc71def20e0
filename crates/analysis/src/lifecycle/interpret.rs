//! The interpretation of one function.

mod branches;
mod expressions;

use ir::{BindingId, Block, ExprId, ExprKind, File, LoopKind, Span, Stmt, StmtKind, Visit};
use rustc_hash::FxHashMap;

use super::{Exit, Leak, Openers, acquisition};
use crate::ids::{ExprRef, FnRef};
use crate::index::FileIndex;
use crate::models::Call;
use crate::program::Program;

/// Conditions a resource can be in, as a set of bits.
const ABSENT: u8 = 1;
const OPEN: u8 = 2;
const DONE: u8 = 4;

/// The conditions of all resources of the function; empty: the place is not reached.
type State = Vec<u8>;

fn merge(into: &mut State, other: &State) {
    if into.is_empty() {
        into.clone_from(other);
    } else {
        for (mine, theirs) in into.iter_mut().zip(other) {
            *mine |= theirs;
        }
    }
}

struct Resource<'p> {
    call: ExprId,
    opened: ExprRef,
    model: &'p Call,
    is_unnamed: bool,
    /// Some path ends its life.
    is_ever_done: bool,
}

/// Ways out of a region, with the first place that takes each.
#[derive(Default, Clone)]
struct Exits {
    returns: Vec<(State, Span)>,
    throws: State,
    /// For each resource, the first call that can throw while it is open.
    thrown_at: Vec<Option<Span>>,
    loops: Vec<(State, Span)>,
}

/// Whether the function opens something and returns it still open: what it opens.
pub(super) fn opener(program: &Program<'_>, openers: &Openers, function: FnRef) -> Option<ExprRef> {
    let file = program.file(function.file);
    let index = program.listing(function.file);
    // A generator hands out and takes back: not a transfer.
    if file.function(function.id).is_generator {
        return None;
    }
    for returned in &index.returns[function.id.0 as usize] {
        let call = ExprRef { file: function.file, id: file.awaited(*returned) };
        if matches!(file.expr(call.id).kind, ExprKind::Call { .. })
            && let Some((opened, _)) = acquisition(program, openers, call)
        {
            return Some(opened);
        }
    }
    let interpreter = Interpreter::new(program, openers, function)?;
    for returned in &index.returns[function.id.0 as usize] {
        let inner = file.awaited(*returned);
        for resource in &interpreter.resources {
            let is_named = match file.expr(inner).kind {
                ExprKind::Local(binding) => interpreter.names.get(&binding).is_some_and(|known| {
                    known.iter().any(|number| interpreter.resources[*number].call == resource.call)
                }),
                _ => false,
            };
            if is_named {
                return Some(resource.opened);
            }
        }
    }
    None
}

pub(super) fn leaks(program: &Program<'_>, openers: &Openers, function: FnRef) -> Vec<Leak> {
    let Some(mut interpreter) = Interpreter::new(program, openers, function) else { return Vec::new() };
    interpreter.run()
}

struct Interpreter<'p, 'm> {
    program: &'p Program<'m>,
    function: FnRef,
    file: &'p File,
    index: &'p FileIndex,
    resources: Vec<Resource<'p>>,
    /// Resources by the call that opens them, and by the names that hold them.
    calls: FxHashMap<ExprId, usize>,
    names: FxHashMap<BindingId, Vec<usize>>,
    state: State,
    exits: Exits,
    /// How many `finally` blocks are being run.
    finally_depth: u32,
}

impl<'p, 'm> Interpreter<'p, 'm> {
    /// None if the function opens nothing.
    fn new(program: &'p Program<'m>, openers: &Openers, function: FnRef) -> Option<Self> {
        // What a module opens lives as long as the process.
        if function.id == ir::FnId::MODULE {
            return None;
        }
        let file = program.file(function.file);
        let index = program.listing(function.file);
        let mut resources = Vec::new();
        let mut calls = FxHashMap::default();
        let mut names: FxHashMap<BindingId, Vec<usize>> = FxHashMap::default();
        for site in index.sites_of(function.id) {
            let call = ExprRef { file: function.file, id: site.call };
            let Some((opened, model)) = acquisition(program, openers, call) else { continue };
            let number = resources.len();
            let bound = index.bound_to(file, site.call);
            // What is assigned to an outer name, a field or a structure has an owner that outlives the call.
            let is_local = bound.is_some_and(|binding| file.binding(binding).function == function.id);
            let is_used_in_place = bound.is_none() && is_chained(file, index, site.call);
            let is_entered = index.entered.contains(&site.call);
            if !is_local
                && !is_used_in_place
                && !is_entered
                && !index.discarded.contains(&index.unwrapped_parent(file, site.call))
            {
                continue;
            }
            if let Some(binding) = bound {
                names.entry(binding).or_default().push(number);
            }
            calls.insert(site.call, number);
            resources.push(Resource {
                call: site.call,
                opened,
                model,
                is_unnamed: bound.is_none() && !is_entered,
                is_ever_done: false,
            });
        }
        if resources.is_empty() {
            return None;
        }
        let count = resources.len();
        let exits = Exits { thrown_at: vec![None; count], ..Exits::default() };
        Some(Self {
            program,
            function,
            file,
            index,
            resources,
            calls,
            names,
            state: vec![ABSENT; count],
            exits,
            finally_depth: 0,
        })
    }

    fn run(&mut self) -> Vec<Leak> {
        let function = self.file.function(self.function.id);
        self.block(&function.body);
        let end = Span::new(function.span.end.saturating_sub(1).max(function.span.start), function.span.end);
        if !self.state.is_empty() {
            if let Some(tail) = function.body.tail {
                self.hand_over_value(tail);
            }
            let state = std::mem::take(&mut self.state);
            self.exits.returns.push((state, end));
        }
        let mut leaks = Vec::new();
        for number in 0..self.resources.len() {
            if let Some(exit) = self.exit_of(number) {
                let resource = &self.resources[number];
                leaks.push(Leak {
                    at: ExprRef { file: self.function.file, id: resource.call },
                    function: self.function,
                    opened: resource.opened,
                    exit,
                    is_unnamed: resource.is_unnamed,
                });
            }
        }
        leaks
    }

    fn exit_of(&self, number: usize) -> Option<Exit> {
        let is_open = |state: &State| state.get(number).is_some_and(|bits| bits & OPEN != 0);
        let open_return = self.exits.returns.iter().find(|(state, _)| is_open(state));
        if open_return.is_some() && !self.resources[number].is_ever_done {
            return Some(Exit::Always);
        }
        if let Some((_, span)) = open_return {
            return Some(Exit::Return(*span));
        }
        if let Some((_, span)) = self.exits.loops.iter().find(|(state, _)| is_open(state)) {
            return Some(Exit::Loop(*span));
        }
        let span = self.exits.thrown_at[number].filter(|_| is_open(&self.exits.throws))?;
        Some(Exit::Throw(span))
    }

    fn finish(&mut self, number: usize) {
        self.resources[number].is_ever_done = true;
        if let Some(bits) = self.state.get_mut(number)
            && *bits & OPEN != 0
        {
            *bits = *bits & !OPEN | DONE;
        }
    }

    fn may_throw(&mut self, span: Span) {
        if self.state.is_empty() {
            return;
        }
        merge(&mut self.exits.throws, &self.state);
        for (at, bits) in self.exits.thrown_at.iter_mut().zip(&self.state) {
            if bits & OPEN != 0 && at.is_none() {
                *at = Some(span);
            }
        }
    }

    // Statements.

    fn block(&mut self, block: &Block) {
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
        if let Some(tail) = block.tail {
            self.expr(self.file, tail);
        }
    }

    /// Runs a branch from `state` and gives the state behind it.
    fn branch(&mut self, block: &Block, state: State) -> State {
        self.state = state;
        if !self.state.is_empty() {
            self.block(block);
        }
        std::mem::take(&mut self.state)
    }

    fn stmt(&mut self, stmt: &Stmt) {
        if self.state.is_empty() {
            return;
        }
        match &stmt.kind {
            StmtKind::Expr(value) => self.expr(self.file, *value),
            StmtKind::Let { pattern, value, .. } => {
                if let Some(value) = value {
                    self.expr(self.file, *value);
                    self.assign(pattern, *value);
                }
            }
            StmtKind::Return(value) => {
                if let Some(value) = value {
                    self.expr(self.file, *value);
                    self.hand_over_value(*value);
                }
                let state = std::mem::take(&mut self.state);
                self.exits.returns.push((state, stmt.span));
            }
            StmtKind::Throw(value) => {
                if let Some(value) = value {
                    self.expr(self.file, *value);
                }
                self.may_throw(stmt.span);
                self.state.clear();
            }
            StmtKind::Break(_) | StmtKind::Continue => {
                let state = std::mem::take(&mut self.state);
                self.exits.loops.push((state, stmt.span));
            }
            StmtKind::If { test, then, otherwise } => {
                self.expr(self.file, *test);
                let (when_true, when_false) = self.split(*test);
                let mut after = self.branch(then, when_true);
                let other = self.branch(otherwise, when_false);
                merge(&mut after, &other);
                self.state = after;
            }
            StmtKind::Loop { kind, body, .. } => self.looped(kind, body),
            StmtKind::Try { body, handlers, otherwise, finally } => self.tried(body, handlers, otherwise, finally),
            StmtKind::With { items, body, .. } => {
                for item in items {
                    self.expr(self.file, item.value);
                    self.enter(item.value, item.pattern.as_ref());
                }
                self.block(body);
            }
            StmtKind::Match { subject, arms } => {
                self.expr(self.file, *subject);
                let before = std::mem::take(&mut self.state);
                let mut after = State::new();
                for arm in arms {
                    let behind = self.branch(&arm.body, before.clone());
                    merge(&mut after, &behind);
                }
                if arms.is_empty() {
                    after = before;
                }
                self.state = after;
            }
            StmtKind::Block(block) => self.block(block),
        }
    }

    fn looped(&mut self, kind: &LoopKind, body: &Block) {
        match kind {
            LoopKind::For { iter, .. } => self.expr(self.file, *iter),
            LoopKind::While { test } => self.expr(self.file, *test),
            LoopKind::Forever => {}
        }
        let before = self.state.clone();
        let outer = std::mem::take(&mut self.exits.loops);
        self.block(body);
        let mut after = std::mem::take(&mut self.state);
        let left = std::mem::replace(&mut self.exits.loops, outer);
        for (state, span) in left {
            // What the body opened and a `continue` leaves open is lost in the next round.
            let opened_inside: State = state
                .iter()
                .zip(&before)
                .map(|(now, then)| if then & OPEN == 0 && now & OPEN != 0 { OPEN } else { DONE })
                .collect();
            if opened_inside.contains(&OPEN) {
                self.exits.loops.push((opened_inside, span));
            }
            merge(&mut after, &state);
        }
        if !matches!(kind, LoopKind::Forever) {
            merge(&mut after, &before);
        }
        self.state = after;
    }

    fn tried(&mut self, body: &Block, handlers: &[ir::Handler], otherwise: &Block, finally: &Block) {
        let outer = std::mem::replace(
            &mut self.exits,
            Exits { thrown_at: vec![None; self.resources.len()], ..Exits::default() },
        );
        self.block(body);
        self.block(otherwise);
        let mut after = std::mem::take(&mut self.state);
        let has_handlers = !handlers.is_empty();
        if has_handlers {
            // What the body throws is caught; what a handler throws is not.
            let thrown = std::mem::take(&mut self.exits.throws);
            self.exits.thrown_at = vec![None; self.resources.len()];
            for handler in handlers {
                let behind = self.branch(&handler.body, thrown.clone());
                merge(&mut after, &behind);
            }
        }
        let inner = std::mem::replace(&mut self.exits, outer);
        if finally.stmts.is_empty() && finally.tail.is_none() {
            self.adopt(inner);
            self.state = after;
            return;
        }
        self.finally_depth += 1;
        if self.finally_depth == 1 {
            self.finish_each(finally, inner, after);
        } else {
            self.finish_all(finally, inner, after);
        }
        self.finally_depth -= 1;
    }

    /// Runs `finally` once for each way that leads into it.
    fn finish_each(&mut self, finally: &Block, inner: Exits, after: State) {
        let mut finished = Exits { thrown_at: inner.thrown_at, ..Exits::default() };
        for (state, span) in inner.returns {
            let state = self.branch(finally, state);
            finished.returns.push((state, span));
        }
        for (state, span) in inner.loops {
            let state = self.branch(finally, state);
            finished.loops.push((state, span));
        }
        finished.throws = self.branch(finally, inner.throws);
        self.adopt(finished);
        self.state = self.branch(finally, after);
    }

    /// Runs a `finally` inside a `finally` once for all ways together, so that nesting does not multiply.
    fn finish_all(&mut self, finally: &Block, inner: Exits, after: State) {
        let mut joined = after.clone();
        let ways = inner.returns.iter().chain(&inner.loops).map(|(state, _)| state);
        ways.chain([&inner.throws]).for_each(|state| merge(&mut joined, state));
        let behind = self.branch(finally, joined);
        let or_nothing = |state: State| if state.is_empty() { state } else { behind.clone() };
        self.adopt(Exits {
            returns: inner.returns.into_iter().map(|(state, span)| (or_nothing(state), span)).collect(),
            loops: inner.loops.into_iter().map(|(state, span)| (or_nothing(state), span)).collect(),
            throws: or_nothing(inner.throws),
            thrown_at: inner.thrown_at,
        });
        self.state = or_nothing(after);
    }

    fn adopt(&mut self, inner: Exits) {
        const MAX_RETURNS: usize = 16;
        for (state, span) in inner.returns {
            let is_full = self.exits.returns.len() >= MAX_RETURNS;
            match self.exits.returns.last_mut() {
                Some((last, _)) if is_full => merge(last, &state),
                _ => self.exits.returns.push((state, span)),
            }
        }
        self.exits.loops.extend(inner.loops.into_iter().filter(|(state, _)| !state.is_empty()));
        merge(&mut self.exits.throws, &inner.throws);
        for (mine, theirs) in self.exits.thrown_at.iter_mut().zip(inner.thrown_at) {
            *mine = mine.or(theirs);
        }
    }
}

/// Whether the call's result is only used by a member call on it: `connect().cursor()`, `open(p).read()`.
fn is_chained(file: &File, index: &FileIndex, call: ExprId) -> bool {
    let outer = index.unwrapped_parent(file, call);
    index
        .parent(outer)
        .is_some_and(|parent| matches!(file.expr(parent).kind, ExprKind::Member { base, .. } if base == outer))
}
