//! Locks that are held while a function waits: guards are kept in the same list as connections, and end as they do.

use ir::{ExprId, ExprKind, File, Pattern, Symbol, Visit};

use super::bodies::name_in;
use super::walk::{Held, Name, Walk, name_of};
use super::{call_in, member_name};
use crate::ids::{ExprRef, FnRef};
use crate::models::{Call, Effect, Resource};
use crate::places;
use crate::values::Atom;

/// A lock that others wait for while its holder waits for something else.
#[derive(Clone, Debug)]
pub struct LockHold {
    pub function: FnRef,
    /// What takes the lock, or the lock that a block enters.
    pub taken: ExprRef,
    pub noun: &'static str,
    /// Whoever waits for the lock blocks a thread.
    pub is_blocking: bool,
    /// The `await` (of a blocking lock), or the call that is waited for.
    pub at: ExprRef,
    /// What is waited for, as far as it is known.
    pub effect: Option<Effect>,
    /// The function may go on without waiting.
    pub is_conditional: bool,
}

/// What kind of lock is held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Lock {
    is_blocking: bool,
    /// One of many: a lock a key.
    is_element: bool,
    /// Some ways leave before what is waited for, or what it protects is made anew: it may be done once for many.
    pub(super) is_checked: bool,
}

fn takes_lock(model: &Call) -> bool {
    model.acquires == Some(Resource::Lock)
}

/// What a lock is taken of.
fn lock_of(file: &File, call: ExprId) -> ExprId {
    match file.expr(call).kind {
        ExprKind::Call { callee, .. } => match file.expr(callee).kind {
            ExprKind::Member { base, .. } => base,
            _ => callee,
        },
        _ => call,
    }
}

impl<'p> Walk<'p, '_> {
    /// A guard that a name takes, or a lock that a block enters.
    pub(super) fn take_lock(&mut self, value: ExprId, pattern: Option<&Pattern>, is_scoped: bool) {
        let file = self.program.file(self.function.file);
        let call = self.at(call_in(file, value));
        let is_call = matches!(self.program.kind(call), ExprKind::Call { .. });
        let model = if is_call { self.program.model(call).filter(|model| takes_lock(model)) } else { None };
        let Some(model) = model.or_else(|| self.entered_lock(value).filter(|_| is_scoped)) else { return };
        if is_call && !self.program.functions_given(call).is_empty() {
            return;
        }
        let lock = lock_of(file, call.id);
        let name = match pattern {
            Some(pattern) => name_in(pattern).map(Name::Binding),
            // `lock.acquire()`, which `lock.release()` ends.
            None => (!is_scoped).then(|| name_of(file, lock)),
        };
        if name.is_some() || is_scoped {
            let lock =
                Lock { is_blocking: model.is_blocking, is_element: self.is_one_of_many(lock), is_checked: false };
            let noun = if model.noun.is_empty() { "lock" } else { model.noun };
            self.held.push(Held { name, lock: Some(lock), depth: self.depth, ..Held::new(call, noun) });
        }
    }

    /// What a call runs under a lock that it takes: `mutex.runExclusive(async () => …)`.
    pub(super) fn hold_around(&mut self) {
        let (file, index) = (self.program.file(self.function.file), self.program.listing(self.function.file));
        let Some(call) = index.closures.get(&self.function.id).and_then(|closure| index.parent(*closure)) else {
            return;
        };
        let call = self.at(call);
        let Some(model) = self.program.model(call).filter(|model| takes_lock(model)) else { return };
        let is_element = self.is_one_of_many(lock_of(file, call.id));
        let lock = Lock { is_blocking: model.is_blocking, is_element, is_checked: false };
        let noun = if model.noun.is_empty() { "lock" } else { model.noun };
        self.held.push(Held { lock: Some(lock), ..Held::new(call, noun) });
    }

    /// `lock.acquire()` as a statement.
    pub(super) fn acquire_lock(&mut self, file: &File, call: ExprId, name: &str) {
        let index = self.program.listing(self.function.file);
        let is_statement = index.discarded.contains(&index.unwrapped_parent(file, call));
        if name == "acquire" && is_statement {
            self.take_lock(call, None, false);
        }
    }

    /// `with lock:`, `async with lock:`.
    fn entered_lock(&self, value: ExprId) -> Option<&'p Call> {
        let library = self.program.library(self.function.file);
        self.program.value(self.at(value)).iter().find_map(|atom| {
            let Atom::Instance(ty) = atom else { return None };
            let enter = |name| library.call(ir::join(library.canonical(*ty), '#', Symbol::new(name)));
            enter("__enter__").or_else(|| enter("__aenter__")).filter(|model| takes_lock(model))
        })
    }

    /// A lock a key or a request: few wait for each.
    fn is_one_of_many(&self, lock: ExprId) -> bool {
        let found = places::resolve(self.program, self.at(lock), 0);
        found.is_none_or(|found| found.is_element || matches!(found.place, places::Place::Param(..)))
    }

    /// Guards that live as long as a statement, though nothing names them: in the subject of a `match`, in what a loop
    /// visits. Gives back how to forget them.
    pub(super) fn hold_temporaries(&mut self, file: &File, value: ExprId) -> Vec<ExprRef> {
        let calls = self.temporaries(file, value);
        for (call, noun) in &calls {
            let lock = Lock { is_blocking: true, is_element: false, is_checked: false };
            self.held.push(Held { lock: Some(lock), depth: self.depth, ..Held::new(*call, noun) });
        }
        calls.into_iter().map(|(call, _)| call).collect()
    }

    fn temporaries(&self, file: &File, value: ExprId) -> Vec<(ExprRef, &'static str)> {
        if file.has_exceptions() {
            return Vec::new();
        }
        let mut parts = Operands::default();
        parts.expr(file, value);
        let whole = call_in(file, value);
        let kept = parts.calls.into_iter().filter(|call| *call == whole || self.stays_beside(file, *call));
        let calls = kept.map(|call| self.at(call));
        calls
            .filter_map(|call| {
                let model = self.program.model(call).filter(|model| takes_lock(model) && model.is_blocking)?;
                Some((call, if model.noun.is_empty() { "lock" } else { model.noun }))
            })
            .collect()
    }

    /// Whether the guard that a call gives is only looked into: `map.get(key)?.clone()`, and not consumed as by
    /// `map.get(key).map(…)` and `map.iter().collect()`.
    fn stays_beside(&self, file: &File, call: ExprId) -> bool {
        let Some(parent) = self.program.listing(self.function.file).parent(call) else { return false };
        let name = member_name(self.program, self.at(call));
        let gives_guard = || name.is_some_and(|name| matches!(name.as_str(), "lock" | "read" | "write"));
        match file.expr(parent).kind {
            ExprKind::Propagate(_) => true,
            ExprKind::Member { .. } => gives_guard(),
            _ => false,
        }
    }

    /// Whether a guard's name is given a new value: what the lock protects is made anew under it.
    fn is_replaced(&self, name: Option<&Name>) -> bool {
        let Some(Name::Binding(name)) = name else { return false };
        self.program.listing(self.function.file).defs.get(name).is_some_and(|defs| defs.len() > 1)
    }

    /// What is waited for while a lock is held.
    pub(super) fn awaits(&mut self, file: &File, operand: ExprId) {
        let awaited = self.at(call_in(file, operand));
        let unnamed = self.hold_temporaries(file, operand);
        let mut guards = self.held.iter().rev().filter(|held| held.taken != awaited);
        let guard = guards.find_map(|held| Some((held.clone(), held.lock?)));
        self.held.retain(|held| !unnamed.contains(&held.taken));
        let Some((held, lock)) = guard else { return };
        let slow = self.known.slow.of_call(self.program, self.function, awaited).map(|(effect, _)| effect);
        let own = self.program.model(awaited).and_then(|model| model.does);
        let effect = slow.or(own);
        let is_wait = lock.is_blocking || effect.is_some_and(|effect| effect != Effect::Lock) && !lock.is_element;
        if is_wait && !self.locks.iter().any(|hold| hold.taken == held.taken) {
            let site = self.program.listing(self.function.file).site(awaited.id);
            self.locks.push(LockHold {
                function: self.function,
                taken: held.taken,
                noun: held.noun,
                is_blocking: lock.is_blocking,
                at: awaited,
                effect,
                is_conditional: lock.is_checked
                    || self.is_replaced(held.name.as_ref())
                    || site.is_some_and(|site| site.is_conditional || site.is_once),
            });
        }
    }
}

/// The calls that an expression is made of, not those of blocks and functions in it.
#[derive(Default)]
struct Operands {
    calls: Vec<ExprId>,
}

impl Visit for Operands {
    fn expr(&mut self, file: &File, id: ExprId) {
        match file.expr(id).kind {
            ExprKind::Control(_) | ExprKind::Function(_) => return,
            ExprKind::Call { .. } => self.calls.push(id),
            _ => {}
        }
        ir::walk_expr(self, file, id);
    }
}
