//! Which functions reject the promise that they give, or throw: with an error that nothing in them handles.

use ir::{Block, ExprId, ExprKind, File, FnId, Stmt, StmtKind, Visit, walk_expr, walk_stmt};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::ids::{ExprRef, FileId, FnRef};
use crate::models::Effect;
use crate::program::Program;
use crate::values::Atom;

/// What one function's own code tells.
struct Facts {
    function: FnRef,
    rejects: Option<Rejects>,
    /// Functions whose errors become its own.
    waits_for: Vec<FnRef>,
}

/// How well it is known that a promise can be rejected.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Rejects {
    /// It awaits something of which nothing is known.
    Perhaps,
    /// It throws, or awaits what is known to fail at times: a database, a network.
    Surely,
}

pub(crate) fn solve(program: &Program<'_>) -> FxHashMap<FnRef, Rejects> {
    let files = (0..program.files.len()).into_par_iter().map(|number| FileId(number as u32));
    let facts: Vec<Facts> =
        files.filter(|file| program.has_eager_promises(*file)).flat_map_iter(|file| facts_of(program, file)).collect();
    let mut waiting: FxHashMap<FnRef, Vec<FnRef>> = FxHashMap::default();
    let mut open = Vec::new();
    for fact in facts {
        for callee in fact.waits_for {
            waiting.entry(callee).or_default().push(fact.function);
        }
        open.extend(fact.rejects.map(|rejects| (fact.function, rejects)));
    }
    let mut rejecting: FxHashMap<FnRef, Rejects> = FxHashMap::default();
    while let Some((function, rejects)) = open.pop() {
        let known = rejecting.get(&function).copied();
        if known < Some(rejects) {
            rejecting.insert(function, rejects);
            open.extend(waiting.get(&function).into_iter().flatten().map(|caller| (*caller, rejects)));
        }
    }
    rejecting
}

fn facts_of<'p, 'm>(program: &'p Program<'m>, file_id: FileId) -> impl Iterator<Item = Facts> + use<'p, 'm> {
    let file = program.file(file_id);
    file.functions.iter().enumerate().map(move |(number, function)| {
        let mut walk = Walk {
            program,
            file: file_id,
            is_async: function.is_async,
            handlers: 0,
            rejects: None,
            waits_for: Vec::new(),
        };
        walk.block(file, &function.body);
        if let Some(tail) = function.body.tail {
            walk.awaited(file, tail);
        }
        let function = FnRef { file: file_id, id: FnId(number as u32) };
        Facts { function, rejects: walk.rejects, waits_for: walk.waits_for }
    })
}

struct Walk<'p, 'm> {
    program: &'p Program<'m>,
    file: FileId,
    is_async: bool,
    /// Handlers around that catch what is thrown.
    handlers: u32,
    rejects: Option<Rejects>,
    waits_for: Vec<FnRef>,
}

impl Walk<'_, '_> {
    /// What awaiting an expression (or returning it) can reject with.
    fn awaited(&mut self, file: &File, expr: ExprId) {
        if self.handlers > 0 {
            return;
        }
        match &file.expr(expr).kind {
            ExprKind::Call { .. } => self.promise(file, expr),
            ExprKind::Await(inner) => self.awaited(file, *inner),
            ExprKind::List(items) => items.iter().for_each(|item| self.awaited(file, *item)),
            ExprKind::Conditional { then: left, otherwise: right, .. } | ExprKind::Binary { left, right, .. } => {
                self.awaited(file, *left);
                self.awaited(file, *right);
            }
            _ => {}
        }
    }

    fn promise(&mut self, file: &File, call: ExprId) {
        let ExprKind::Call { callee, args, .. } = &file.expr(call).kind else { return };
        if let ExprKind::Member { base, name, .. } = file.expr(*callee).kind {
            match name.as_str() {
                "catch" | "allSettled" => return,
                "then" if args.len() > 1 => return,
                "then" | "finally" => return self.awaited(file, base),
                "all" | "race" | "any" if matches!(file.expr(base).kind, ExprKind::Global(_)) => {
                    return args.iter().for_each(|arg| self.awaited(file, arg.value));
                }
                "map" => return self.functions_among(args.iter().map(|arg| arg.value)),
                _ => {}
            }
        }
        if let ExprKind::Global(name) = file.expr(*callee).kind
            && name == "Promise"
        {
            if args.iter().any(|arg| is_given_reject(file, arg.value)) {
                self.rejects = Some(Rejects::Surely);
            }
            return;
        }
        let at = ExprRef { file: self.file, id: call };
        let targets = self.program.called_functions(at);
        if targets.is_empty() {
            let rejects = match self.program.model(at) {
                Some(model) => {
                    let fails = match model.does {
                        Some(effect) => !matches!(effect, Effect::Sleep | Effect::Lock | Effect::Wait),
                        None => !model.query.is_empty(),
                    };
                    fails.then_some(Rejects::Surely)
                }
                None => self.is_async.then_some(Rejects::Perhaps),
            };
            self.rejects = self.rejects.max(rejects);
        }
        self.waits_for.extend(targets);
    }

    fn functions_among(&mut self, values: impl Iterator<Item = ExprId>) {
        for value in values {
            let atoms = self.program.value(ExprRef { file: self.file, id: value }).iter();
            self.waits_for.extend(atoms.filter_map(|atom| match atom {
                Atom::Function(function) => Some(*function),
                _ => None,
            }));
        }
    }
}

/// Whether a promise's executor takes the function that rejects it.
fn is_given_reject(file: &File, executor: ExprId) -> bool {
    match file.expr(executor).kind {
        ExprKind::Function(function) => file.function(function).params.len() > 1,
        _ => false,
    }
}

impl Visit for Walk<'_, '_> {
    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Throw(_) => {
                if self.handlers == 0 {
                    self.rejects = Some(Rejects::Surely);
                }
                walk_stmt(self, file, stmt);
            }
            StmtKind::Return(Some(value)) => {
                self.awaited(file, *value);
                walk_stmt(self, file, stmt);
            }
            StmtKind::Try { body, handlers, otherwise, finally } => {
                let is_handled = !handlers.is_empty() && !handlers.iter().any(|handler| throws(file, &handler.body));
                self.handlers += u32::from(is_handled);
                self.block(file, body);
                self.handlers -= u32::from(is_handled);
                self.block(file, otherwise);
                self.block(file, finally);
            }
            _ => walk_stmt(self, file, stmt),
        }
    }

    fn expr(&mut self, file: &File, id: ExprId) {
        match file.expr(id).kind {
            ExprKind::Await(inner) => self.awaited(file, inner),
            // A promise that is not awaited rejects by itself; what is not asynchronous throws here.
            ExprKind::Call { .. } if self.handlers == 0 => {
                let targets = self.program.called_functions(ExprRef { file: self.file, id });
                let is_direct = |target: &FnRef| {
                    let function = self.program.file(target.file).function(target.id);
                    !function.is_async && !function.is_generator
                };
                self.waits_for.extend(targets.into_iter().filter(is_direct));
            }
            _ => {}
        }
        walk_expr(self, file, id);
    }
}

/// Whether a handler throws the error on, or another.
pub(crate) fn throws(file: &File, handler: &Block) -> bool {
    struct Throws(bool);
    impl Visit for Throws {
        fn stmt(&mut self, file: &File, stmt: &Stmt) {
            self.0 |= matches!(stmt.kind, StmtKind::Throw(_));
            walk_stmt(self, file, stmt);
        }
    }
    let mut found = Throws(false);
    found.block(file, handler);
    found.0
}
