//! The interpretation of one function.

mod branches;
mod callbacks;
mod expressions;
mod regions;

use ir::{BindingId, Block, ExprId, ExprKind, File, Span, Stmt, StmtKind, Visit};
use rustc_hash::FxHashMap;

use super::{Exit, Leak, Openers, acquisition};
use crate::calls::is_memoized;
use crate::ids::{ExprRef, FnRef};
use crate::index::FileIndex;
use crate::models::{self, Call};
use crate::program::Program;

/// Conditions a resource can be in, as a set of bits.
const ABSENT: u8 = 1;
const OPEN: u8 = 2;
const DONE: u8 = 4;
/// Released by a call that says so: releasing or using it again is wrong.
const RELEASED: u8 = 8;

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
    /// The first place that releases or uses it when it is released on every way there.
    misuse: Option<Exit>,
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
    // A generator hands out and takes back, and what is memoized belongs to the process: no transfer.
    if file.function(function.id).is_generator || is_memoized(program.world(), function) {
        return None;
    }
    for returned in &index.returns[function.id.0 as usize] {
        let call = ExprRef { file: function.file, id: file.awaited(*returned) };
        if matches!(file.expr(call.id).kind, ExprKind::Call { .. }) && acquisition(program, openers, call, 0).is_some()
        {
            return Some(call);
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
                return Some(ExprRef { file: function.file, id: resource.call });
            }
        }
    }
    None
}

pub(super) fn leaks(program: &Program<'_>, openers: &Openers, function: FnRef) -> Vec<Leak> {
    let Some(mut interpreter) = Interpreter::new(program, openers, function) else { return Vec::new() };
    interpreter.run()
}

/// How what the call `registers` on `subject` in a function gets out of it, when the calls `undoing` are what ends it.
pub(super) fn exit_of_registration(
    program: &Program<'_>,
    function: FnRef,
    registers: Option<ExprId>,
    model: &Call,
    undoing: &[ExprId],
    subject: Option<BindingId>,
) -> Option<Exit> {
    let file = program.file(function.file);
    let call = registers.unwrap_or(ExprId(0));
    let opened = ExprRef { file: function.file, id: call };
    let mut interpreter = Interpreter {
        program,
        function,
        file,
        index: program.listing(function.file),
        resources: vec![Resource { call, opened, model, is_unnamed: false, is_ever_done: false, misuse: None }],
        calls: registers.into_iter().map(|call| (call, 0)).collect(),
        names: FxHashMap::default(),
        releases: FxHashMap::default(),
        errors: FxHashMap::default(),
        subjects: subject.into_iter().map(|name| (name, 0)).collect(),
        of_closures: Vec::new(),
        state: vec![if registers.is_some() { ABSENT } else { OPEN }],
        exits: Exits { thrown_at: vec![None], ..Exits::default() },
        undoing: undoing.iter().map(|call| (*call, 0)).collect(),
        is_releasing: false,
        finally_depth: 0,
    };
    interpreter.run().pop().map(|leak| leak.exit)
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
    /// Names of functions that release a resource.
    releases: FxHashMap<BindingId, usize>,
    /// Names of errors: where one is set, the resource was not opened.
    errors: FxHashMap<BindingId, usize>,
    /// Names of what a registration is made on: where one is unset, or says that nothing is active, nothing is registered.
    subjects: FxHashMap<BindingId, usize>,
    /// Leaks of closures that are to release something.
    of_closures: Vec<Leak>,
    state: State,
    exits: Exits,
    /// Calls that undo a registration.
    undoing: FxHashMap<ExprId, usize>,
    /// Inside the call that releases something: what gives the way to release it is not expected to fail.
    is_releasing: bool,
    /// How many `finally` blocks are being run.
    finally_depth: u32,
}

impl<'p, 'm> Interpreter<'p, 'm> {
    /// None if the function opens nothing.
    fn new(program: &'p Program<'m>, openers: &'p Openers, function: FnRef) -> Option<Self> {
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
            let Some((opened, model)) = acquisition(program, openers, call, 0) else { continue };
            let number = resources.len();
            let bound = index.bound_to(file, site.call);
            // What is assigned to an outer name, a field or a structure has an owner that outlives the call.
            let is_local = bound.is_some_and(|binding| file.binding(binding).function == function.id);
            let is_used_in_place = bound.is_none() && is_chained(file, index, site.call);
            let is_entered = index.entered.contains(&site.call);
            if !is_local
                && model.acquires_item.is_none()
                && model.acquires_member.is_none()
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
                is_unnamed: is_used_in_place && !is_entered,
                is_ever_done: false,
                misuse: None,
            });
        }
        let mut state = vec![ABSENT; resources.len()];
        let mut releases = FxHashMap::default();
        let mut errors = FxHashMap::default();
        if let Some(given) = callbacks::given(program, function) {
            let number = resources.len();
            names.entry(given.name).or_default().push(number);
            releases.extend(given.release.map(|name| (name, number)));
            errors.extend(given.error.map(|name| (name, number)));
            let model = given.model;
            let call = given.call.id;
            resources.push(Resource {
                call,
                opened: given.call,
                model,
                is_unnamed: false,
                is_ever_done: false,
                misuse: None,
            });
            state.push(OPEN);
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
            releases,
            errors,
            subjects: FxHashMap::default(),
            of_closures: Vec::new(),
            state,
            exits,
            undoing: FxHashMap::default(),
            is_releasing: false,
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
                    release: resource.model.released_by.first().copied(),
                    is_unnamed: resource.is_unnamed,
                });
            }
        }
        let known: Vec<ExprRef> = leaks.iter().map(|leak| leak.at).collect();
        leaks.extend(self.of_closures.iter().filter(|leak| !known.contains(&leak.at)).cloned());
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
        let thrown = self.exits.thrown_at[number].filter(|_| is_open(&self.exits.throws)).map(Exit::Throw);
        thrown.or(self.resources[number].misuse)
    }

    fn finish(&mut self, number: usize) {
        self.resources[number].is_ever_done = true;
        if let Some(bits) = self.state.get_mut(number)
            && *bits & OPEN != 0
        {
            *bits = *bits & !OPEN | DONE;
        }
    }

    /// The call releases it.
    fn release(&mut self, number: usize, span: Span) {
        let is_lent = self.resources[number].model.acquires == Some(models::Resource::PooledConnection);
        if is_lent && self.state.get(number) == Some(&RELEASED) {
            self.resources[number].misuse.get_or_insert(Exit::Twice(span));
        }
        self.finish(number);
        if let Some(bits) = self.state.get_mut(number)
            && *bits & DONE != 0
            && *bits & ABSENT == 0
        {
            *bits = RELEASED;
        }
    }

    /// Something is called on it.
    fn used(&mut self, number: usize, span: Span) {
        let kind = self.resources[number].model.acquires;
        let ends_for_good = matches!(
            kind,
            Some(models::Resource::PooledConnection | models::Resource::Connection | models::Resource::File)
        );
        if ends_for_good && self.state.get(number) == Some(&RELEASED) {
            self.resources[number].misuse.get_or_insert(Exit::Used(span));
        }
    }

    fn may_throw(&mut self, span: Span) {
        // What fails in a `finally` keeps the rest of it from running: everybody takes that risk.
        if self.state.is_empty() || self.is_releasing || self.finally_depth > 0 {
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
                // A flag that says whether there is something left to end.
                if self.finally_depth == 0 || !self.is_flag(*test) {
                    let other = self.branch(otherwise, when_false);
                    merge(&mut after, &other);
                }
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
}

/// Whether the call's result is only used by a member call on it: `connect().cursor()`, `open(p).read()`.
fn is_chained(file: &File, index: &FileIndex, call: ExprId) -> bool {
    let outer = index.unwrapped_parent(file, call);
    index
        .parent(outer)
        .is_some_and(|parent| matches!(file.expr(parent).kind, ExprKind::Member { base, .. } if base == outer))
}
