//! Loops that ask again and again until something outside is ready, and sleep in between.
//!
//! A few attempts are a retry, and so is a pause where something has failed. What hands something out each round is a stream.

use ir::{Arm, BinaryOp, Block, ExprId, ExprKind, File, LoopKind, Stmt, StmtKind, Visit};

use crate::ids::{ExprRef, FnRef};
use crate::models::{Effect, Runs};
use crate::program::Program;
use crate::reach::Reach;
use crate::retries::is_failure;

/// A loop that waits for something outside.
#[derive(Clone, Copy, Debug)]
pub struct Polling {
    pub function: FnRef,
    /// The call that sleeps, or leads to it.
    pub at: ExprRef,
    /// The call that sleeps.
    pub pause: ExprRef,
}

const MAX_HOPS: u32 = 2;

/// Who sleeps for less than so many seconds waits for a lock, or for what is there at once.
const SHORT: f64 = 0.5;

/// With fewer rounds it is a retry.
const MIN_ROUNDS: f64 = 10.0;

/// Members that give the client something each round, or keep what each round brings: pages.
const YIELDS: &[&str] = &[
    "write",
    "send_text",
    "send_json",
    "send_bytes",
    "emit",
    "enqueue",
    "append",
    "push",
    "extend",
    "concat",
    "push_str",
];

struct Known<'p, 'm> {
    program: &'p Program<'m>,
    sleeps: Reach<()>,
    asks: Reach<()>,
}

pub(crate) fn solve(program: &Program<'_>) -> Vec<Polling> {
    let reach = |wanted: fn(Effect) -> bool| {
        let calls = program.calls().iter();
        let direct = calls.filter_map(move |call| {
            let queries = (!call.model.query.is_empty()).then_some(Effect::Database);
            call.model.does.or(queries).filter(|effect| wanted(*effect)).map(|_| (call.function, (), call.at))
        });
        Reach::solve(program, direct, |edge| edge.how == Runs::Inline, MAX_HOPS)
    };
    let known = Known { program, sleeps: reach(|effect| effect == Effect::Sleep), asks: reach(is_outside) };
    program.each_with_loops(|function| {
        let file = program.file(function.file);
        let mut loops = Loops { known: &known, function, found: Vec::new() };
        loops.block(file, &file.function(function.id).body);
        loops.found
    })
}

/// What answers may not be ready yet.
fn is_outside(effect: Effect) -> bool {
    matches!(effect, Effect::Http | Effect::Database | Effect::Llm | Effect::Cache)
}

struct Loops<'k, 'p, 'm> {
    known: &'k Known<'p, 'm>,
    function: FnRef,
    found: Vec<Polling>,
}

impl Visit for Loops<'_, '_, '_> {
    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        if let StmtKind::Loop { kind, body, .. } = &stmt.kind
            && self.goes_on(file, kind)
        {
            let is_endless = match kind {
                LoopKind::While { test } => matches!(file.expr(*test).kind, ExprKind::Bool(true) | ExprKind::Number(_)),
                _ => true,
            };
            self.found.extend(self.polling(file, body, is_endless));
        }
        ir::walk_stmt(self, file, stmt);
    }
}

impl Loops<'_, '_, '_> {
    fn at(&self, id: ExprId) -> ExprRef {
        ExprRef { file: self.function.file, id }
    }

    /// Whether a loop may go round often, and not for the elements of a list.
    fn goes_on(&self, file: &File, kind: &LoopKind) -> bool {
        match kind {
            LoopKind::Forever => true,
            LoopKind::While { test } => self.may_go_on(file, *test),
            LoopKind::For { iter, .. } => match &file.expr(*iter).kind {
                ExprKind::Call { callee, args, .. } if matches!(file.expr(*callee).kind, ExprKind::Global(name) if name == "range") => {
                    args.last().and_then(|arg| self.number(arg.value)).is_some_and(|rounds| rounds >= MIN_ROUNDS)
                }
                ExprKind::Other(bounds) => {
                    bounds.last().and_then(|last| self.number(*last)).is_some_and(|rounds| rounds >= MIN_ROUNDS)
                }
                _ => false,
            },
        }
    }

    /// Whether a test may hold often: it compares with no small number.
    fn may_go_on(&self, file: &File, test: ExprId) -> bool {
        let ExprKind::Binary { op, left, right } = file.expr(test).kind else { return true };
        match op {
            BinaryOp::And => self.may_go_on(file, left) && self.may_go_on(file, right),
            op if op.is_order() => {
                self.number(right).or_else(|| self.number(left)).is_some_and(|rounds| rounds >= MIN_ROUNDS)
            }
            _ => true,
        }
    }

    fn number(&self, value: ExprId) -> Option<f64> {
        self.known.program.literal(self.at(value), 0)?.parse().ok()
    }

    fn polling(&self, file: &File, body: &Block, is_endless: bool) -> Option<Polling> {
        let mut round = Round::default();
        round.block(file, body);
        if round.yields || !round.leaves && is_endless {
            return None;
        }
        let calls = || round.calls.iter().map(|call| self.at(*call));
        let pause = |call: ExprRef| Some((call, self.pause_of(call)?));
        let (at, pause) = calls().filter(|call| !self.known.program.is_exceptional(*call)).find_map(pause)?;
        let program = self.known.program;
        let slept = program.calls().iter().find(|call| call.at == pause).and_then(|call| program.seconds_slept(call));
        let is_short =
            slept.map_or(program.called_name(pause).is_some_and(|name| name == "tick"), |slept| slept < SHORT);
        (!is_short && calls().any(|call| self.asks(call))).then_some(Polling { function: self.function, at, pause })
    }

    fn asks(&self, call: ExprRef) -> bool {
        let program = self.known.program;
        let model = program.model(call);
        let does = model.and_then(|model| model.does);
        model.is_some_and(|model| !model.query.is_empty())
            || does.is_some_and(is_outside)
            || program.called_functions(call).into_iter().any(|callee| self.known.asks.way(call, callee).is_some())
    }

    /// The call that sleeps that a call is, or comes to, also through a function that it is given to run.
    fn pause_of(&self, call: ExprRef) -> Option<ExprRef> {
        let program = self.known.program;
        if program.model(call).is_some_and(|model| model.does == Some(Effect::Sleep)) {
            return Some(call);
        }
        let edges = program.calls_from(self.function).iter();
        let mut inline = edges.filter(|edge| edge.at == call && edge.how == Runs::Inline);
        inline.find_map(|edge| self.known.sleeps.way(call, edge.to)?.1.last().copied())
    }
}

/// What a round does, without what loops in it do.
#[derive(Default)]
struct Round {
    calls: Vec<ExprId>,
    leaves: bool,
    yields: bool,
    loops: u32,
    failures: u32,
}

impl Round {
    /// What is done where something has failed is a retry's.
    fn matched(&mut self, file: &File, subject: ExprId, arms: &[Arm]) {
        self.expr(file, subject);
        for arm in arms {
            let failures = u32::from(is_failure(file, &arm.pattern));
            self.failures += failures;
            self.block(file, &arm.body);
            self.failures -= failures;
        }
    }
}

impl Visit for Round {
    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        let is_loop = matches!(stmt.kind, StmtKind::Loop { .. });
        self.leaves |= matches!(stmt.kind, StmtKind::Return(_) | StmtKind::Break(_)) && self.loops == 0;
        self.loops += u32::from(is_loop);
        match &stmt.kind {
            StmtKind::Match { subject, arms } => self.matched(file, *subject, arms),
            _ => ir::walk_stmt(self, file, stmt),
        }
        self.loops -= u32::from(is_loop);
    }

    fn expr(&mut self, file: &File, id: ExprId) {
        match file.expr(id).kind {
            ExprKind::Yield(_) => self.yields = true,
            ExprKind::Call { callee, .. } => {
                let name = match file.expr(callee).kind {
                    ExprKind::Member { name, .. } => Some(name),
                    _ => None,
                };
                self.yields |= name.is_some_and(|name| YIELDS.contains(&name.as_str()));
                if self.loops == 0 && self.failures == 0 {
                    self.calls.push(id);
                }
            }
            _ => {}
        }
        ir::walk_expr(self, file, id);
    }
}
