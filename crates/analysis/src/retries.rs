//! Calls that are tried again for ever: loops that only success leaves, and libraries that retry without a limit.
//!
//! A loop counts if nothing but the attempt itself ends it: whatever else could (a counter, a flag, an error that is thrown on) makes
//! it silent.

use ir::{Block, ExprId, ExprKind, File, LoopKind, Pattern, Stmt, StmtKind, Visit};

use crate::ids::{ExprRef, FnRef};
use crate::models::{Bound, Bounded, Effect, Runs};
use crate::program::Program;

/// Something that is tried until it succeeds.
#[derive(Clone, Copy, Debug)]
pub struct Retry<'m> {
    pub function: FnRef,
    /// The call that is tried, the decorator, or the call of a library that tries.
    pub at: ExprRef,
    /// Nothing waits between two attempts.
    pub is_at_once: bool,
    /// What would limit it, where a library retries.
    pub bound: Option<&'m Bound>,
}

/// What ends the process or passes the error on.
const GIVES_UP: &[&str] = &["exit", "abort", "_exit", "next", "reject", "cancel", "fail", "panic"];

/// What waits before the next attempt.
const PAUSES: &[&str] = &["sleep", "delay", "wait", "setTimeout", "backoff", "pause", "tick"];

pub(crate) fn solve<'m>(program: &Program<'m>) -> Vec<Retry<'m>> {
    let mut found = program.each_with_loops(|function| {
        let file = program.file(function.file);
        let mut scan = Scan { program, function, found: Vec::new() };
        scan.block(file, &file.function(function.id).body);
        scan.found
    });
    found.extend(program.each_function(|function| decorated(program, function)));
    let called = program.unbounded(Bounded::Retries).map(|(call, bound)| Retry {
        function: call.function,
        at: call.at,
        is_at_once: false,
        bound: Some(bound),
    });
    let decorators: Vec<ExprRef> = found.iter().map(|retry| retry.at).collect();
    found.extend(called.filter(|retry| !decorators.contains(&retry.at)));
    found.sort_by_key(|retry| retry.at);
    found
}

/// `@retry` of a library that by default gives up never.
fn decorated<'m>(program: &Program<'m>, function: FnRef) -> Option<Retry<'m>> {
    let decorators = &program.file(function.file).function(function.id).decorators;
    decorators.iter().find_map(|decorator| {
        let at = ExprRef { file: function.file, id: *decorator };
        let bound = program.bound_of(at, Bounded::Retries)?;
        Some(Retry { function, at, is_at_once: false, bound: Some(bound) })
    })
}

struct Scan<'a, 'm> {
    program: &'a Program<'m>,
    function: FnRef,
    found: Vec<Retry<'m>>,
}

impl Visit for Scan<'_, '_> {
    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        if let StmtKind::Loop { kind, body, .. } = &stmt.kind
            && is_endless(file, kind)
            && let Some((call, handlers)) = self.attempt(file, body)
        {
            let at = ExprRef { file: self.function.file, id: call };
            let waits = Parts::of(file, &handlers).calls.iter().any(|call| self.is_pause(*call));
            self.found.push(Retry { function: self.function, at, is_at_once: !waits, bound: None });
        }
        ir::walk_stmt(self, file, stmt);
    }
}

impl Scan<'_, '_> {
    /// The remote call of a loop that only its success ends, and what runs when it fails.
    fn attempt<'b>(&self, file: &'b File, body: &'b Block) -> Option<(ExprId, Vec<&'b Block>)> {
        let tries = body.stmts.iter().enumerate().find_map(|(number, stmt)| Some((number, attempts_of(file, stmt)?)));
        let (number, attempt) = tries.or_else(|| {
            // The last value of a Rust block.
            let ExprKind::Control(stmt) = &file.expr(body.tail?).kind else { return None };
            Some((body.stmts.len(), attempts_of(file, stmt)?))
        })?;
        let others = body.stmts.iter().enumerate().filter(|(other, _)| *other != number);
        let ends_otherwise = others.clone().any(|(_, stmt)| Parts::of_stmt(file, stmt).leaves);
        let fails = Parts::of(file, &attempt.failed);
        let gives_up = fails.leaves || fails.calls.iter().any(|call| self.has_name(*call, GIVES_UP));
        let succeeds = attempt.succeeded.iter().any(|block| Parts::of(file, &[*block]).leaves);
        if ends_otherwise || gives_up || !succeeds || attempt.failed.is_empty() {
            return None;
        }
        let call = attempt.calls.iter().copied().find(|call| self.is_remote(*call))?;
        let mut after: Vec<&Block> = attempt.failed;
        after.extend(others.filter_map(|(_, stmt)| match &stmt.kind {
            StmtKind::Block(block) => Some(block),
            _ => None,
        }));
        Some((call, after))
    }

    fn at(&self, id: ExprId) -> ExprRef {
        ExprRef { file: self.function.file, id }
    }

    /// A call of a remote service, or of a function that makes one, two deep.
    fn is_remote(&self, call: ExprId) -> bool {
        let at = self.at(call);
        let is_one = |effect: Option<Effect>| matches!(effect, Some(Effect::Http | Effect::Llm | Effect::Mail));
        if self.program.model(at).is_some_and(|model| is_one(model.does)) {
            return true;
        }
        let direct = self.program.called_functions(at);
        let asks = |function: FnRef| self.program.calls_of(function).iter().any(|call| is_one(call.model.does));
        direct.iter().any(|function| {
            asks(*function)
                || self.program.calls_from(*function).iter().any(|edge| edge.how == Runs::Inline && asks(edge.to))
        })
    }

    fn has_name(&self, call: ExprId, names: &[&str]) -> bool {
        self.program.called_name(self.at(call)).is_some_and(|name| names.contains(&name.as_str()))
    }

    fn is_pause(&self, call: ExprId) -> bool {
        self.program.model(self.at(call)).is_some_and(|model| model.does == Some(Effect::Sleep))
            || self.program.called_name(self.at(call)).is_some_and(|name| {
                let name = name.to_lowercase();
                PAUSES.iter().any(|pause| name.contains(&pause.to_lowercase()))
            })
    }
}

/// What is tried, and what runs when it has worked or failed.
struct Attempt<'b> {
    calls: Vec<ExprId>,
    succeeded: Vec<&'b Block>,
    failed: Vec<&'b Block>,
}

fn attempts_of<'b>(file: &'b File, stmt: &'b Stmt) -> Option<Attempt<'b>> {
    match &stmt.kind {
        StmtKind::Try { body, handlers, otherwise, .. } => Some(Attempt {
            calls: Parts::of(file, &[body]).calls,
            succeeded: vec![body, otherwise],
            failed: handlers.iter().map(|handler| &handler.body).collect(),
        }),
        StmtKind::Match { subject, arms } => {
            let (failed, succeeded): (Vec<_>, Vec<_>) = arms.iter().partition(|arm| is_failure(file, &arm.pattern));
            let mut parts = Parts::default();
            parts.expr(file, *subject);
            Some(Attempt {
                calls: parts.calls,
                succeeded: succeeded.into_iter().map(|arm| &arm.body).collect(),
                failed: failed.into_iter().map(|arm| &arm.body).collect(),
            })
        }
        _ => None,
    }
}

/// `Err(…)`.
pub(crate) fn is_failure(file: &File, pattern: &Pattern) -> bool {
    match pattern {
        Pattern::Variant { path: Some(path), .. } => file.dump_expr(*path).ends_with("Err"),
        _ => false,
    }
}

fn is_endless(file: &File, kind: &LoopKind) -> bool {
    match kind {
        LoopKind::Forever => true,
        LoopKind::While { test } => match file.expr(*test).kind {
            ExprKind::Bool(is_true) => is_true,
            ExprKind::Number(number) => number != 0.0,
            _ => false,
        },
        LoopKind::For { .. } => false,
    }
}

/// The calls of a piece of code, and whether something in it leaves what stands around.
#[derive(Default)]
struct Parts {
    calls: Vec<ExprId>,
    leaves: bool,
}

impl Parts {
    fn of(file: &File, blocks: &[&Block]) -> Self {
        let mut parts = Self::default();
        blocks.iter().for_each(|block| parts.block(file, block));
        parts
    }

    fn of_stmt(file: &File, stmt: &Stmt) -> Self {
        let mut parts = Self::default();
        parts.stmt(file, stmt);
        parts
    }
}

impl Visit for Parts {
    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        self.leaves |= matches!(stmt.kind, StmtKind::Return(_) | StmtKind::Throw(_) | StmtKind::Break(_));
        ir::walk_stmt(self, file, stmt);
    }

    fn expr(&mut self, file: &File, id: ExprId) {
        match file.expr(id).kind {
            ExprKind::Call { .. } => self.calls.push(id),
            ExprKind::Propagate(_) => self.leaves = true,
            _ => {}
        }
        ir::walk_expr(self, file, id);
    }
}
