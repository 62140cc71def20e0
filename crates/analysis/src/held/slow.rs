//! Which functions do something slow before they return.

use ir::ExprKind;

use crate::ids::{ExprRef, FnRef};
use crate::models::{Effect, Runs};
use crate::program::Program;
use crate::reach::Reach;
use crate::values::Atom;

/// Functions that are slow.
#[derive(Debug)]
pub(super) struct Slow {
    functions: Reach<Effect>,
}

const MAX_HOPS: u32 = 4;

/// Whether waiting for it may take seconds.
fn is_slow(effect: Effect) -> bool {
    matches!(
        effect,
        Effect::Sleep
            | Effect::Http
            | Effect::Llm
            | Effect::Mail
            | Effect::Push
            | Effect::Process
            | Effect::Browser
            | Effect::Pdf
            | Effect::Video
            | Effect::Inference
            | Effect::Client
    )
}

fn waits(how: Runs) -> bool {
    matches!(how, Runs::Inline | Runs::Each | Runs::BlockOn | Runs::Thread)
}

impl Slow {
    pub(super) fn solve(program: &Program<'_>) -> Self {
        // What is kept for the next ones is waited for by the first, or by one in an hour.
        let slow = program.each_site(|site, at| {
            if site.is_once {
                return None;
            }
            let function = FnRef { file: at.file, id: site.function };
            Some((function, direct(program, at)?, at))
        });
        Self { functions: Reach::solve(program, slow.into_iter(), |edge| waits(edge.how), MAX_HOPS) }
    }

    /// What is slow about a call, and the calls from it to there.
    pub(super) fn of_call(
        &self,
        program: &Program<'_>,
        function: FnRef,
        call: ExprRef,
    ) -> Option<(Effect, Vec<ExprRef>)> {
        if let Some(effect) = direct(program, call) {
            return Some((effect, vec![call]));
        }
        let edges = program.calls_from(function).iter().filter(|edge| edge.at == call);
        let mut callees = edges.filter(|edge| waits(edge.how)).map(|edge| edge.to);
        callees.find_map(|callee| self.functions.way(call, callee))
    }

    /// What is slow about a function, and the calls from the one that runs it to there.
    pub(super) fn of_function(&self, call: ExprRef, function: FnRef) -> Option<(Effect, Vec<ExprRef>)> {
        self.functions.way(call, function)
    }
}

fn direct(program: &Program<'_>, call: ExprRef) -> Option<Effect> {
    if sleeps(program, call) {
        return Some(Effect::Sleep);
    }
    let model = program.model(call)?;
    // What hands its work to another process or task is done at once.
    let hands_over = matches!(model.runs, Some(Runs::Queue | Runs::Background | Runs::Task | Runs::Later));
    let own = model.does.filter(|effect| is_slow(*effect));
    // `asyncio.to_thread(requests.get, url)`.
    let effect = own.or_else(|| given_function(program, call).filter(|_| model.runs == Some(Runs::Thread)))?;
    (!hands_over && (model.is_blocking || is_waited_for(program, call))).then_some(effect)
}

/// What a library function among the arguments takes its time for.
fn given_function(program: &Program<'_>, call: ExprRef) -> Option<Effect> {
    let ExprKind::Call { args, .. } = program.kind(call) else { return None };
    let library = program.library(call.file);
    let mut atoms = args.iter().flat_map(|arg| program.value(ExprRef { file: call.file, id: arg.value }));
    atoms.find_map(|atom| match atom {
        Atom::Path(path) => library.call(*path)?.does.filter(|effect| is_slow(*effect)),
        _ => None,
    })
}

/// `new Promise((resolve) => setTimeout(resolve, ms))`.
fn sleeps(program: &Program<'_>, call: ExprRef) -> bool {
    let file = program.file(call.file);
    let ExprKind::Call { callee, args, .. } = &file.expr(call.id).kind else { return false };
    let makes_promise = matches!(file.expr(*callee).kind, ExprKind::Global(name) if name == "Promise");
    let [only] = args.as_slice() else { return false };
    let ExprKind::Function(closure) = file.expr(only.value).kind else { return false };
    let resolve = file.function(closure).params.first().and_then(|param| param.pattern.as_binding());
    makes_promise
        && program.listing(call.file).sites_of(closure).iter().any(|site| {
            let at = ExprRef { file: call.file, id: site.call };
            let ExprKind::Call { args, .. } = program.kind(at) else { return false };
            program.model(at).is_some_and(|model| model.is_delay)
                && args
                    .iter()
                    .any(|arg| matches!(file.expr(arg.value).kind, ExprKind::Local(name) if Some(name) == resolve))
        })
}

/// Whether somebody waits for the call: not a promise that is dropped.
fn is_waited_for(program: &Program<'_>, call: ExprRef) -> bool {
    let file = program.file(call.file);
    let index = program.listing(call.file);
    let mut at = call.id;
    while let Some(parent) = index.parent(at) {
        match file.expr(parent).kind {
            ExprKind::Await(_) => return true,
            ExprKind::Member { .. } | ExprKind::Call { .. } | ExprKind::Propagate(_) => at = parent,
            _ => return true,
        }
    }
    !index.discarded.contains(&at)
}
