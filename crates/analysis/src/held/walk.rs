//! The walk of one function: what is held at each call.

use ir::{BindingId, Block, ExprId, ExprKind, File, LoopKind, Pattern, Span, Stmt, StmtKind, Visit};

use super::behind;
use super::bodies::{name_in, of_call, runs_parameters, without_wrappers};
use super::locks::{Lock, LockHold};
use super::{During, Hold, Holder, Known, call_in, member_name, pools, taken_by};
use crate::ids::{ExprRef, FnRef};
use crate::models::Resource;
use crate::places::Place;
use crate::program::Program;
use crate::values::Atom;

/// How what is held is called: a variable, or for a session the expression as text (`self.db`).
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Name {
    Binding(BindingId),
    Text(String),
}

#[derive(Clone)]
pub(super) struct Held {
    pub(super) taken: ExprRef,
    pub(super) noun: &'static str,
    pub(super) name: Option<Name>,
    pub(super) is_session: bool,
    /// The pool that it comes from.
    pub(super) pool: Option<Place>,
    /// In how many blocks it stands.
    pub(super) depth: u32,
    /// It is no connection but a lock.
    pub(super) lock: Option<Lock>,
}

/// What a walk finds.
pub(super) struct Found {
    pub(super) holds: Vec<Hold>,
    /// Parameters that the function runs while it holds something.
    pub(super) holders: Vec<((FnRef, usize), Holder)>,
    pub(super) locks: Vec<LockHold>,
}

/// What waits in a function, and which of its parameters it runs while it holds something.
pub(super) fn function(known: &Known<'_, '_>, function: FnRef) -> Found {
    let file = known.program.file(function.file);
    let mut walk = Walk {
        known,
        program: known.program,
        function,
        held: Vec::new(),
        depth: 0,
        is_endless: false,
        is_again: false,
        holds: Vec::new(),
        holders: Vec::new(),
        locks: Vec::new(),
        is_reachable: true,
    };
    if let Some(decorator) = transactional(known.program, function) {
        walk.held.push(Held::new(decorator, "transaction"));
    }
    walk.hold_around();
    walk.depend();
    walk.block(file, &file.function(function.id).body);
    Found { holds: walk.holds, holders: walk.holders, locks: walk.locks }
}

/// `@transaction.atomic`, `@Transactional()`.
fn transactional(program: &Program<'_>, function: FnRef) -> Option<ExprRef> {
    let file = program.file(function.file);
    let library = program.library(function.file);
    file.function(function.id).decorators.iter().find_map(|decorator| {
        let callee = match file.expr(*decorator).kind {
            ExprKind::Call { callee, .. } => callee,
            _ => *decorator,
        };
        let mut atoms = program.value(ExprRef { file: function.file, id: callee }).iter();
        let holds = atoms.any(|atom| match atom {
            Atom::Path(path) => library.call(*path).is_some_and(|model| model.holds),
            _ => false,
        });
        holds.then_some(ExprRef { file: function.file, id: *decorator })
    })
}

impl Held {
    pub(super) fn new(taken: ExprRef, noun: &'static str) -> Self {
        Self { taken, noun, name: None, is_session: false, pool: None, depth: 0, lock: None }
    }
}

pub(super) fn name_of(file: &File, expr: ExprId) -> Name {
    match &file.expr(expr).kind {
        ExprKind::Local(binding) => Name::Binding(*binding),
        // `&mut tx`, `*tx`.
        ExprKind::Other(parts) if parts.len() == 1 => name_of(file, parts[0]),
        _ => Name::Text(file.dump_expr(expr)),
    }
}

pub(super) struct Walk<'p, 'm> {
    pub(super) known: &'p Known<'p, 'm>,
    pub(super) program: &'p Program<'m>,
    pub(super) function: FnRef,
    pub(super) held: Vec<Held>,
    pub(super) depth: u32,
    /// The innermost loop around goes on until it is left.
    is_endless: bool,
    /// It goes through a loop for the second time.
    is_again: bool,
    holds: Vec<Hold>,
    pub(super) holders: Vec<((FnRef, usize), Holder)>,
    pub(super) locks: Vec<LockHold>,
    is_reachable: bool,
}

impl Walk<'_, '_> {
    pub(super) fn at(&self, id: ExprId) -> ExprRef {
        ExprRef { file: self.function.file, id }
    }

    /// Runs a branch from what is held now, and leaves what is held before and after it.
    fn branch(&mut self, file: &File, block: &Block, before: &[Held]) -> Option<Vec<Held>> {
        self.held = before.to_vec();
        self.is_reachable = true;
        self.block(file, block);
        self.is_reachable.then(|| std::mem::take(&mut self.held))
    }

    /// Another round of a loop, where the first leaves a session held that was there before: what waits then is new.
    fn next_round(
        &mut self,
        file: &File,
        span: Span,
        body: &Block,
        before: &[Held],
        after: Option<Vec<Held>>,
    ) -> Option<Vec<Held>> {
        let is_new = |held: &&Held| {
            held.is_session
                && before.iter().all(|other| other.taken != held.taken)
                && !self.is_renewed(file, held.name.as_ref(), span)
        };
        let sessions: Vec<Held> = after.iter().flatten().filter(is_new).cloned().collect();
        if sessions.is_empty() || self.is_again {
            return after;
        }
        let (holders, locks) = (self.holders.len(), self.locks.len());
        let start: Vec<Held> = before.iter().cloned().chain(sessions).collect();
        self.is_again = true;
        let after = self.branch(file, body, &start);
        self.is_again = false;
        self.holders.truncate(holders);
        self.locks.truncate(locks);
        after
    }

    /// Whether a name gets another value inside a place.
    fn is_renewed(&self, file: &File, name: Option<&Name>, span: Span) -> bool {
        let Some(Name::Binding(binding)) = name else { return false };
        let defs = self.program.listing(self.function.file).defs.get(binding).into_iter().flatten();
        defs.into_iter().any(|def| span.contains(file.expr(def.value).span))
    }

    /// What is held on every way that goes on.
    fn join(&mut self, ways: Vec<Option<Vec<Held>>>) {
        let leaves = ways.iter().any(Option::is_none);
        let mut ways = ways.into_iter().flatten();
        let first = ways.next();
        self.is_reachable = first.is_some();
        self.held = first.unwrap_or_default();
        for other in ways {
            self.held.retain(|held| other.iter().any(|also| also.taken == held.taken));
        }
        if leaves {
            self.held.iter_mut().filter_map(|held| held.lock.as_mut()).for_each(|lock| lock.is_checked = true);
        }
    }

    fn take(&mut self, value: ExprId, pattern: Option<&Pattern>, is_scoped: bool) {
        let file = self.program.file(self.function.file);
        let call = self.at(call_in(file, value));
        if !matches!(self.program.kind(call), ExprKind::Call { .. }) || !self.program.functions_given(call).is_empty() {
            return;
        }
        let Some((taken, model)) = taken_by(self.program, call, 0) else { return };
        // A value that is not entered holds only if it is a connection, not the manager of one.
        let is_generator = taken != call && model.holds;
        if !is_scoped && (model.acquires != Some(Resource::PooledConnection) || is_generator) {
            return;
        }
        let ExprKind::Call { callee, .. } = *self.program.kind(taken) else { return };
        let pool = match pools::root(self.program, ExprRef { file: taken.file, id: callee }) {
            // What a helper was given.
            Some(Place::Param(helper, number)) if taken != call => pools::given(self.program, call, helper, number),
            pool => pool,
        };
        self.held.push(Held {
            name: pattern.and_then(name_in).map(Name::Binding),
            pool,
            depth: self.depth,
            ..Held::new(call, if model.noun.is_empty() { "transaction" } else { model.noun })
        });
    }

    fn called(&mut self, file: &File, id: ExprId, callee: ExprId, args: &[ir::Arg]) {
        let call = self.at(id);
        let name = member_name(self.program, call);
        if let Some(name) = name {
            self.ended(file, callee, name.as_str(), args);
        }
        if !self.held.is_empty() {
            self.waits(call);
        }
        let of_bodies = of_call(self.known, call);
        self.holds.extend(of_bodies);
        self.runs_parameter(file, callee);
        for index in runs_parameters(self.program, self.function, call) {
            let ExprKind::Call { callee, .. } = *self.program.kind(call) else { continue };
            let pool = pools::root(self.program, self.at(callee));
            let holder = Holder { taken: call, noun: "transaction", pool, passes_client: false };
            self.holders.push(((self.function, index), holder));
        }
        if let Some(name) = name {
            self.begun(file, id, callee, name.as_str(), args);
            self.acquire_lock(file, id, name.as_str());
        }
    }

    fn waits(&mut self, call: ExprRef) {
        if self.program.model(call).is_some_and(|model| model.continues) {
            return self.hands_on_request(call);
        }
        if let Some((effect, way)) = self.known.slow.of_call(self.program, self.function, call) {
            self.report(During::Slow(effect), way);
            return;
        }
        // Another connection of the pool that one is held of.
        let held = self.held.iter().rev().filter(|held| held.taken != call && !self.hands_on(call, held));
        let pools: Vec<Place> = held.filter_map(|held| held.pool).collect();
        for pool in pools {
            if let Some(way) = self.known.pools.way(self.program, self.function, call, pool) {
                self.report(During::Second, way);
                return;
            }
        }
    }

    /// The rest of the request runs while a connection is held.
    fn hands_on_request(&mut self, call: ExprRef) {
        let pool = self.held.iter().rev().find(|held| held.lock.is_none()).and_then(|held| held.pool);
        let Some(behind) = behind::of_handlers(self.known, self.function, call, pool) else { return };
        let count = self.holds.len();
        self.report(behind.during, behind.way);
        if let Some(hold) = self.holds.get_mut(count) {
            hold.others = behind.others;
        }
    }

    /// Whether a call is given the connection that is held, and not its pool: it works on that one, and what it does without
    /// one does not count.
    fn hands_on(&self, call: ExprRef, held: &Held) -> bool {
        let (ExprKind::Call { args, .. }, Some(Name::Binding(name))) = (self.program.kind(call), &held.name) else {
            return false;
        };
        let file = self.program.file(call.file);
        let is_held = |arg: &ir::Arg| matches!(name_of(file, arg.value), Name::Binding(given) if given == *name);
        let is_pool =
            |arg: &ir::Arg| held.pool.is_some() && pools::place(self.program, self.at(arg.value)) == held.pool;
        args.iter().any(is_held) && !args.iter().any(is_pool)
    }

    fn report(&mut self, during: During, way: Vec<ExprRef>) {
        // The innermost is the one that is held for this.
        let Some(held) = self.held.iter().rev().find(|held| held.lock.is_none()) else { return };
        if self.holds.iter().any(|hold| hold.taken == held.taken) {
            return;
        }
        self.holds.push(Hold {
            function: self.function,
            taken: held.taken,
            noun: held.noun,
            is_session: held.is_session,
            is_endless: self.is_endless,
            during,
            way: without_wrappers(self.known, way),
            others: Vec::new(),
        });
    }
}

impl Visit for Walk<'_, '_> {
    fn block(&mut self, file: &File, block: &Block) {
        for stmt in &block.stmts {
            if self.is_reachable {
                self.stmt(file, stmt);
            }
        }
        if let Some(tail) = block.tail
            && self.is_reachable
        {
            self.expr(file, tail);
        }
    }

    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Let { pattern, value: Some(value), .. } => {
                self.expr(file, *value);
                self.take(*value, Some(pattern), false);
                self.take_lock(*value, Some(pattern), false);
            }
            StmtKind::Return(value) | StmtKind::Throw(value) | StmtKind::Break(value) => {
                if let Some(value) = value {
                    self.expr(file, *value);
                }
                self.is_reachable = false;
            }
            StmtKind::Continue => self.is_reachable = false,
            StmtKind::If { test, then, otherwise } => {
                self.expr(file, *test);
                let before = self.held.clone();
                let ways = vec![self.branch(file, then, &before), self.branch(file, otherwise, &before)];
                self.join(ways);
            }
            StmtKind::Match { subject, arms } => {
                self.expr(file, *subject);
                let unnamed = self.hold_temporaries(file, *subject);
                let before = self.held.clone();
                let mut ways: Vec<_> = arms.iter().map(|arm| self.branch(file, &arm.body, &before)).collect();
                ways.extend(arms.is_empty().then_some(Some(before)));
                self.join(ways);
                self.held.retain(|held| !unnamed.contains(&held.taken));
            }
            StmtKind::Loop { kind, body, is_async } => {
                let mut unnamed = Vec::new();
                if let LoopKind::For { iter: value, .. } | LoopKind::While { test: value } = kind {
                    self.expr(file, *value);
                    unnamed = self.hold_temporaries(file, *value);
                    if *is_async {
                        self.awaits(file, *value);
                    }
                }
                let before = self.held.clone();
                let outer = std::mem::replace(&mut self.is_endless, is_endless(file, kind));
                let mut after = self.branch(file, body, &before);
                if self.is_endless {
                    after = self.next_round(file, stmt.span, body, &before, after);
                }
                self.is_endless = outer;
                self.join(vec![after, Some(before)]);
                self.held.retain(|held| !unnamed.contains(&held.taken));
            }
            StmtKind::Try { body, handlers, otherwise, finally } => {
                let before = self.held.clone();
                let mut ways = vec![self.branch(file, body, &before)];
                if let Some(Some(after)) = ways.first().cloned() {
                    ways[0] = self.branch(file, otherwise, &after);
                }
                ways.extend(handlers.iter().map(|handler| self.branch(file, &handler.body, &before)));
                self.join(ways);
                let goes_on = self.is_reachable;
                self.is_reachable = true;
                self.block(file, finally);
                self.is_reachable &= goes_on;
            }
            StmtKind::With { items, body, is_async } => {
                let count = self.held.len();
                for item in items {
                    self.expr(file, item.value);
                    if *is_async {
                        self.awaits(file, item.value);
                    }
                    self.take(item.value, item.pattern.as_ref(), true);
                    self.take_lock(item.value, item.pattern.as_ref(), true);
                }
                let entered: Vec<ExprRef> = self.held.iter().skip(count).map(|held| held.taken).collect();
                self.block(file, body);
                let names: Vec<Option<Name>> = items
                    .iter()
                    .map(|item| item.pattern.as_ref().and_then(Pattern::as_binding).map(Name::Binding))
                    .collect();
                self.held.retain(|held| {
                    !entered.contains(&held.taken) && (held.name.is_none() || !names.contains(&held.name))
                });
            }
            StmtKind::Block(block) => {
                self.depth += 1;
                self.block(file, block);
                self.depth -= 1;
                let depth = self.depth;
                self.held.retain(|held| held.depth <= depth);
            }
            _ => ir::walk_stmt(self, file, stmt),
        }
    }

    fn expr(&mut self, file: &File, id: ExprId) {
        match &file.expr(id).kind {
            ExprKind::Call { callee, args, .. } => {
                self.expr(file, *callee);
                for arg in args {
                    self.expr(file, arg.value);
                }
                self.called(file, id, *callee, args);
            }
            ExprKind::Assign { pattern, value, .. } => {
                self.expr(file, *value);
                self.take(*value, Some(pattern), false);
                self.take_lock(*value, Some(pattern), false);
            }
            ExprKind::Await(operand) => {
                self.expr(file, *operand);
                self.awaits(file, *operand);
            }
            ExprKind::Function(_) => {}
            _ => ir::walk_expr(self, file, id),
        }
    }
}

/// `while True:`, `loop { … }`.
fn is_endless(file: &File, kind: &LoopKind) -> bool {
    match kind {
        LoopKind::Forever => true,
        LoopKind::While { test } => matches!(file.expr(*test).kind, ExprKind::Bool(true)),
        LoopKind::For { .. } => false,
    }
}
