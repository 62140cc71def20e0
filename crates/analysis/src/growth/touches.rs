//! What the program does to shared collections: adds, removes, asks for the size.

use ir::{Block, ExprId, ExprKind, File, FnId, Span, Stmt, StmtKind, Symbol, UnaryOp, Visit};

use super::expiry::tells_age;
use super::known_keys::{known_key, leaves, negated};
use super::verbs::Verb;
use crate::ids::{ExprRef, FileId, FnRef};
use crate::models::Type;
use crate::places::{self, Found, Place};
use crate::program::Program;
use crate::values::Atom;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Act {
    /// One more element; `key` where adding the same key again does not grow it, `element` what is added.
    Adds {
        key: Option<ExprId>,
        element: Option<ExprId>,
    },
    /// A function is registered with an emitter.
    Listens {
        element: Option<ExprId>,
    },
    Removes,
    /// What has grown old is removed, of the one key that is asked for.
    Expires,
    /// Everything is taken out.
    Empties,
    /// Its size is compared with something.
    Measures,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Touch {
    pub(super) found: Found,
    /// The call, or the value that is assigned.
    pub(super) at: ExprRef,
    pub(super) span: Span,
    pub(super) function: FnRef,
    /// The function that names the place: the same, or one that passes it on.
    pub(super) via: FnRef,
    pub(super) act: Act,
}

/// Two places that hold the same collection: a variable, and the field of an object that it is put into.
pub(super) type Alias = (Place, Place);

/// Stands for every type of state.
pub(super) const ANY_STATE: &str = "*";

pub(super) fn of_file(program: &Program<'_>, file_id: FileId) -> (Vec<Touch>, Vec<Alias>) {
    let file = program.file(file_id);
    let mut touches = Vec::new();
    let mut aliases = Vec::new();
    for number in 0..file.functions.len() {
        let function = FnRef { file: file_id, id: FnId(number as u32) };
        let mut scan = Scan {
            program,
            function,
            touches: &mut touches,
            aliases: &mut aliases,
            tests: Vec::new(),
            ages: 0,
            loops: 0,
        };
        scan.block(file, &file.functions[number].body);
    }
    (touches, aliases)
}

pub(super) struct Scan<'a, 'm> {
    pub(super) program: &'a Program<'m>,
    pub(super) function: FnRef,
    pub(super) touches: &'a mut Vec<Touch>,
    aliases: &'a mut Vec<Alias>,
    /// Tests that hold here.
    tests: Vec<ExprId>,
    /// How many tests of age decide whether this runs.
    ages: u32,
    /// How many loops it stands in.
    loops: u32,
}

impl Scan<'_, '_> {
    pub(super) fn at(&self, id: ExprId) -> ExprRef {
        ExprRef { file: self.function.file, id }
    }

    pub(super) fn place(&self, id: ExprId) -> Option<Found> {
        places::resolve(self.program, self.at(id), 0)
    }

    pub(super) fn touch(&mut self, holder: ExprId, at: ExprId, act: Act) {
        let act = self.limited(holder, act);
        if let Some(found) = self.place(holder) {
            let span = self.program.call_span(self.at(at));
            self.touches.push(Touch { found, at: self.at(at), span, function: self.function, via: self.function, act });
        }
    }

    /// Adding under a key that a test found in another collection does not go beyond that one, and a removal after a test of
    /// age is of one key.
    fn limited(&self, holder: ExprId, act: Act) -> Act {
        if act == Act::Removes && self.ages > 0 && self.loops == 0 {
            return Act::Expires;
        }
        let Act::Adds { key: Some(key), .. } = act else { return act };
        let file = self.program.file(self.function.file);
        let is_known = self.tests.iter().any(|test| {
            known_key(file, *test).is_some_and(|(collection, known)| {
                file.dump_expr(known) == file.dump_expr(key) && file.dump_expr(collection) != file.dump_expr(holder)
            })
        });
        if is_known { Act::Measures } else { act }
    }

    /// An assignment to an element.
    pub(super) fn touch_element(&mut self, holder: ExprId, place: ExprId, value: ExprId, act: Act) {
        let act = self.limited(holder, act);
        if let Some(found) = self.place(holder) {
            let span = self.program.expr_span(self.at(place));
            self.touches.push(Touch {
                found,
                at: self.at(value),
                span,
                function: self.function,
                via: self.function,
                act,
            });
        }
    }

    fn called(&mut self, file: &File, id: ExprId, callee: ExprId, args: &[ir::Arg]) {
        let (base, name) = match file.expr(callee).kind {
            ExprKind::Member { base, name, .. } => (Some(base), name),
            ExprKind::Global(name) => (None, name),
            ExprKind::Local(binding) => (None, file.binding(binding).name),
            _ => return,
        };
        let first = args.first().map(|arg| arg.value);
        self.given_as_state(name.as_str(), first);
        let verb = Verb::of(name);
        if base.is_some_and(|base| self.registered(id, base, verb, args)) || self.is_own_method(base, callee, name) {
            return;
        }
        // `heappush(queue, item)`, `std::mem::take(&mut batch)`.
        if let Some(first) = first.filter(|first| verb.is(Verb::TAKES_FROM) && self.place(*first).is_some()) {
            self.touch(first, id, Act::Empties);
        } else if let Some(first) = first.filter(|_| verb.is(Verb::ADDS_TO)) {
            self.touch(first, id, Act::Adds { key: None, element: args.last().map(|arg| arg.value) });
        } else if let Some(base) = base
            && let Some(act) = act_of(file, id, base, verb, args)
        {
            self.touch(base, id, act);
            if matches!(act, Act::Adds { .. }) {
                self.filled_in(file, base, id);
            }
        }
    }

    /// `{ append: (line) => … }`: a function that an object of the project is written with.
    fn is_own_method(&self, base: Option<ExprId>, callee: ExprId, name: Symbol) -> bool {
        let is_written = |atom: &Atom| match atom {
            Atom::Record(record) => match self.program.kind(*record) {
                ExprKind::Record(entries) => entries.iter().any(|entry| entry.key == Some(name)),
                _ => false,
            },
            _ => false,
        };
        base.is_some_and(|base| self.program.value(self.at(base)).iter().any(is_written))
            && self.program.value(self.at(callee)).iter().any(|atom| matches!(atom, Atom::Function(_)))
    }

    /// A listener is added to an emitter, or removed from it.
    fn registered(&mut self, id: ExprId, base: ExprId, verb: Verb, args: &[ir::Arg]) -> bool {
        let listens = self.program.model(self.at(id)).is_some_and(|model| model.listens);
        let element = args.last().map(|arg| arg.value);
        if listens {
            self.touch(base, id, Act::Listens { element });
        } else if verb.is(Verb::UNLISTENS) {
            self.touch(base, id, Act::Removes);
        }
        listens
    }

    /// `router.with_state(map)`: what handlers are given as their state.
    fn given_as_state(&mut self, name: &str, first: Option<ExprId>) {
        if matches!(name, "with_state" | "app_data" | "manage" | "Extension")
            && let Some(first) = first
        {
            self.alias(Place::State(Symbol::new(ANY_STATE)), first);
        }
    }

    /// `Service { jobs }`, `new Hub({ rooms })` where a record gives a class its fields.
    fn constructed(&mut self, file: &File, callee: ExprId, args: &[ir::Arg]) {
        let [only] = args else { return };
        let ExprKind::Record(entries) = &file.expr(only.value).kind else { return };
        for atom in self.program.value(self.at(callee)) {
            let Atom::Class(class) = *atom else { continue };
            for entry in entries {
                if let Some(key) = entry.key {
                    self.alias(Place::Field(class, key), entry.value);
                }
            }
        }
    }

    pub(super) fn alias(&mut self, place: Place, value: ExprId) {
        // What is known to be something else is no collection by another name.
        let library = self.program.library(self.function.file);
        let ty = |atom: &Atom| match atom {
            Atom::Instance(ty) => Some(library.ty(*ty).cloned().unwrap_or_default()),
            _ => None,
        };
        let types: Vec<Type> = self.program.value(self.at(value)).iter().filter_map(ty).collect();
        let holds = |ty: &Type| ty.is_collection || ty.is_sender || ty.wraps.is_some();
        if !types.is_empty() && !types.iter().any(holds) {
            return;
        }
        if let Some(found) = self.place(value).filter(|found| !found.is_element && found.place != place) {
            self.aliases.push((found.place, place));
        }
    }

    /// `len(place)`, `place.size`, `place.len()`.
    fn measured(&mut self, file: &File, side: ExprId, at: ExprId) {
        match &file.expr(side).kind {
            ExprKind::Member { base, name, .. } if matches!(name.as_str(), "length" | "size") => {
                self.touch(*base, at, Act::Measures);
            }
            ExprKind::Call { callee, args, .. } => match (&file.expr(*callee).kind, args.first()) {
                (ExprKind::Global(name), Some(arg)) if *name == "len" => self.touch(arg.value, at, Act::Measures),
                (ExprKind::Member { base, name, .. }, None)
                    if matches!(name.as_str(), "len" | "qsize" | "size" | "count") =>
                {
                    self.touch(*base, at, Act::Measures);
                }
                _ => {}
            },
            _ => {}
        }
    }
}

impl Visit for Scan<'_, '_> {
    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        if let StmtKind::Let { pattern, value: Some(value), .. } = &stmt.kind {
            self.assigned(file, pattern, None, *value);
        }
        let is_loop = matches!(stmt.kind, StmtKind::Loop { .. });
        let StmtKind::If { test, then, otherwise } = &stmt.kind else {
            self.loops += u32::from(is_loop);
            ir::walk_stmt(self, file, stmt);
            self.loops -= u32::from(is_loop);
            return;
        };
        self.expr(file, *test);
        let ages = u32::from(tells_age(file, *test));
        self.ages += ages;
        self.tests.push(*test);
        self.block(file, then);
        self.tests.pop();
        self.block(file, otherwise);
        self.ages -= ages;
    }

    fn block(&mut self, file: &File, block: &Block) {
        let (count, ages) = (self.tests.len(), self.ages);
        for stmt in &block.stmts {
            self.stmt(file, stmt);
            let StmtKind::If { test, then, .. } = &stmt.kind else { continue };
            if leaves(file, then) {
                // `if (!KNOWN.has(key)) return`: what follows runs for known keys.
                self.tests.extend(negated(file, *test));
                self.ages += u32::from(tells_age(file, *test));
            }
        }
        if let Some(tail) = block.tail {
            self.expr(file, tail);
        }
        self.tests.truncate(count);
        self.ages = ages;
    }

    fn expr(&mut self, file: &File, id: ExprId) {
        match &file.expr(id).kind {
            ExprKind::Call { callee, args, kind } => {
                if *kind == ir::CallKind::New {
                    self.constructed(file, *callee, args);
                }
                self.called(file, id, *callee, args);
            }
            ExprKind::Assign { pattern, op, value } => self.assigned(file, pattern, *op, *value),
            // Handed on as a function: `task.add_done_callback(tasks.discard)`.
            ExprKind::Member { base, name, .. } if Verb::of(*name).is(Verb::REMOVES) => {
                self.touch_element(*base, id, id, Act::Removes);
            }
            ExprKind::Unary { op: UnaryOp::Delete, operand } => match file.expr(*operand).kind {
                ExprKind::Index { base, .. } | ExprKind::Slice { base, .. } | ExprKind::Member { base, .. } => {
                    self.touch(base, id, Act::Removes);
                }
                _ => {}
            },
            ExprKind::Binary { op, left, right } if op.is_order() => {
                let is_zero = |side: ExprId| matches!(file.expr(side).kind, ExprKind::Number(zero) if zero == 0.0);
                for (side, other) in [(*left, *right), (*right, *left)] {
                    if !is_zero(other) {
                        self.measured(file, side, id);
                    }
                }
            }
            _ => {}
        }
        ir::walk_expr(self, file, id);
    }
}

/// What a member call does to the collection that it is made on.
fn act_of(file: &File, call: ExprId, base: ExprId, verb: Verb, args: &[ir::Arg]) -> Option<Act> {
    let element = args.last().map(|arg| arg.value).filter(|_| !verb.is(Verb::MAKES));
    let first = args.first().map(|arg| arg.value);
    Some(if verb.is(Verb::APPENDS) && !args.is_empty() {
        Act::Adds { key: None, element }
    } else if verb.is(Verb::KEYED) {
        Act::Adds { key: entry_key(file, base).or(first).or(Some(call)), element }
    } else if verb.is(Verb::INSERTS) && !args.is_empty() {
        // A position or a key, and a value; of a set just the value.
        let is_position = args.len() == 2 && first.is_some_and(|first| is_number(file, first));
        Act::Adds { key: first.filter(|_| !is_position), element }
    } else if verb.is(Verb::EMPTIES) && args.len() <= 1 {
        Act::Empties
    } else if verb.is(Verb::REMOVES) {
        Act::Removes
    } else {
        return None;
    })
}

/// The key of `map.entry(key).or_insert(…)`.
fn entry_key(file: &File, entry: ExprId) -> Option<ExprId> {
    let ExprKind::Call { callee, args, .. } = &file.expr(entry).kind else { return None };
    match file.expr(*callee).kind {
        ExprKind::Member { name, .. } if name == "entry" => args.first().map(|arg| arg.value),
        _ => None,
    }
}

fn is_number(file: &File, expr: ExprId) -> bool {
    matches!(file.expr(expr).kind, ExprKind::Number(_))
}
