//! Work that belongs in a queue is done while the client waits.

use std::collections::{BTreeMap, BTreeSet};

use analysis::{Effect, EntryPoint, ExprRef, FnRef, LibraryCall, Polling, Program, Sequential, State};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity, Step};

use crate::Rule;
use crate::common::{Cause, Words, usually_waited_for};

use super::blocking_call_in_async::stops_loop;
use super::sequential_await_in_loop;

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "long-task-in-request",
        family: Family::Async,
        severity: Severity::Warning,
        summary: "a long task is done inside the request instead of in a queue or background job",
        cwe: &[1050],
        page: include_str!("long_task_in_request.md"),
    },
    check,
};

const RUNS_OUT: &str =
    "workers and patience: each such request holds one for seconds, and proxies give up after 30 to 60";

/// Seconds of sleep that nobody should have to wait for.
const LONG: f64 = 5.0;

/// A costly call, and how it is reached.
struct Task<'p, 'm> {
    call: &'p LibraryCall<'m>,
    effect: Effect,
    what: String,
    confidence: Confidence,
    is_repeated: bool,
}

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    // One cause: what one handler (the one with the shortest way) does of one kind.
    let mut causes: BTreeMap<(Option<FnRef>, Effect), Vec<Task<'_, '_>>> = BTreeMap::new();
    let at_once: BTreeSet<ExprRef> = program.fan_outs().iter().map(|fan| fan.call).collect();
    // Quick calls that are independent are to be made side by side: `sequential-await-in-loop` says so.
    let sequences = sequential_await_in_loop::reported(program);
    let in_sequence: BTreeSet<ExprRef> = sequences.iter().flat_map(|sequence| &sequence.covers).copied().collect();
    let pollings = program.pollings();
    let polls: BTreeSet<ExprRef> = pollings.iter().map(|polling| polling.pause).collect();
    for call in program.calls() {
        // Loading what lasts is another mistake: it belongs to the start.
        let Some(effect) = call.model.does.filter(|_| call.model.prepares.is_empty()) else { continue };
        // Calls that are started all at once do not add up: `unbounded-concurrency` says what they do.
        if call.site.is_once
            || effect == Effect::Http && (at_once.contains(&call.at) || in_sequence.contains(&call.at))
            || effect == Effect::Sleep && polls.contains(&call.at)
            || !program.runs(call.function, usually_waited_for)
        {
            continue;
        }
        let is_repeated = program.runs(call.function, |state| repeats(state, call));
        if effect == Effect::Http && !waits_in_turn(program, call) {
            continue;
        }
        let judged = match effect {
            Effect::Process => by_tool(program, call),
            _ => judge(program, effect, is_repeated, call).map(|(what, confidence)| (what.to_owned(), confidence)),
        };
        let Some((what, mut confidence)) = judged else { continue };
        // One document that stops the loop is told by `blocking-call-in-async`: a thread is enough for it.
        let is_of_one = matches!(effect, Effect::Pdf | Effect::Spreadsheet | Effect::Archive) && !is_repeated;
        if is_of_one && stops_loop(program, call) {
            confidence = Confidence::Low;
        }
        let entry = entry_of(program, call, is_repeated).map(|entry| entry.function);
        let is_document = matches!(effect, Effect::Spreadsheet | Effect::Pdf);
        if is_document && entry.is_some_and(|handler| program.answers_a_constant(handler)) {
            continue;
        }
        causes.entry((entry, effect)).or_default().push(Task { call, effect, what, confidence, is_repeated });
    }
    for tasks in causes.into_values() {
        let mut finding = report(program, &tasks);
        let is_elsewhere = tasks[0].effect != Effect::Push || leave_loop(program, &sequences, &mut finding);
        findings.extend(is_elsewhere.then_some(finding));
    }
    let in_requests = pollings.iter().filter(|polling| program.runs(polling.function, usually_waited_for));
    findings.extend(in_requests.map(|polling| of_polling(program, polling)));
}

fn of_polling(program: &Program<'_>, polling: &Polling) -> Finding {
    let words = Words {
        message: "the request asks, sleeps and asks again until something else is done".to_owned(),
        label: "sleeps inside the request".to_owned(),
        runs_out: RUNS_OUT.to_owned(),
        instead: "answer 202 with an id at once; let a job wait, or the other side call back, and the client ask for the state"
            .to_owned(),
    };
    let span = program.call_span(polling.at);
    let cause = Cause { program, rule: &RULE.info, function: polling.function, file: polling.at.file, span };
    cause.finding(Severity::Warning, Confidence::Medium, usually_waited_for, words)
}

/// Messages to many belong into a queue as a whole: the place is the call that leads to the loop, if there is one. The loop
/// itself is reported as a sequence.
fn leave_loop(program: &Program<'_>, sequences: &[Sequential], finding: &mut Finding) -> bool {
    let of_call = |call: ExprRef| program.location(call.file, program.call_span(call));
    let is_loop = |location| sequences.iter().any(|sequence| of_call(sequence.call) == location);
    let Some(inside) = finding.evidence.iter().position(|step| is_loop(step.location)) else { return true };
    finding.evidence.truncate(inside);
    // The first step is the registration of the handler.
    let Some(step) = finding.evidence.get(1..).and_then(<[Step]>::last) else { return false };
    finding.related.push(Step { location: finding.primary, message: "part of the same work".to_owned() });
    finding.primary = step.location;
    true
}

fn repeats(state: State, call: &LibraryCall<'_>) -> bool {
    usually_waited_for(state) && (state.is_repeated || call.site.in_loop)
}

/// Whether the calls of a loop are made one after another: side by side, those that are quick do not add up.
fn waits_in_turn(program: &Program<'_>, call: &LibraryCall<'_>) -> bool {
    let is_awaited = if call.site.in_loop {
        program.is_awaited(call.at)
    } else {
        program.awaits_in_loop_on_way(call.function, |state| repeats(state, call))
    };
    call.model.is_blocking || is_awaited
}

fn entry_of<'p>(program: &'p Program<'_>, call: &LibraryCall<'_>, is_repeated: bool) -> Option<&'p EntryPoint> {
    if is_repeated {
        program.first_entry(call.function, |state| repeats(state, call))
    } else {
        program.first_entry(call.function, usually_waited_for)
    }
}

/// At the cost itself; where several functions share the work, at the narrowest call that leads to all of it.
fn report(program: &Program<'_>, tasks: &[Task<'_, '_>]) -> Finding {
    let first = &tasks[0];
    let words = Words {
        message: format!("{} while the client waits for the response", first.what),
        label: "done inside the request".to_owned(),
        runs_out: RUNS_OUT.to_owned(),
        instead: "put a job into a queue, answer 202 with its id, and do the work in a worker".to_owned(),
    };
    let finding_of = |task: &Task<'_, '_>, words| {
        let cause = Cause::of_call(program, &RULE.info, task.call);
        if task.is_repeated {
            cause.finding(Severity::Warning, task.confidence, |state| repeats(state, task.call), words)
        } else {
            cause.finding(Severity::Warning, task.confidence, usually_waited_for, words)
        }
    };
    let mut finding = finding_of(first, words);
    let looped =
        program.loop_on_way(first.call.function, |state| repeats(state, first.call)).filter(|_| first.is_repeated);
    if let Some(location) = looped {
        finding.related.push(Step { location, message: "once per item here".to_owned() });
    }
    let mut shared = finding.evidence.len() - 1;
    for task in &tasks[1..] {
        let words =
            Words { message: String::new(), label: String::new(), runs_out: String::new(), instead: String::new() };
        let other = finding_of(task, words);
        if task.call.function != first.call.function {
            let common =
                finding.evidence.iter().zip(&other.evidence).take_while(|(a, b)| a.location == b.location).count();
            shared = shared.min(common.saturating_sub(1));
        }
        finding.related.push(Step { location: other.primary, message: "part of the same work".to_owned() });
    }
    // The first step is the registration of the handler: not a place to point at.
    if shared >= 1 && shared < finding.evidence.len() - 1 {
        finding.related.push(Step { location: finding.primary, message: "part of the same work".to_owned() });
        finding.primary = finding.evidence[shared].location;
        finding.evidence.truncate(shared + 1);
    }
    finding
}

/// What a tool does that runs as a child process, if it is one that works for seconds.
fn by_tool(program: &Program<'_>, call: &LibraryCall<'_>) -> Option<(String, Confidence)> {
    // Who only starts it does not wait.
    let waits = call.model.acquires.is_none() && (call.model.is_blocking || program.is_awaited(call.at));
    let (tool, name) = program.tool(call.at).filter(|_| waits)?;
    Some((format!("{} (`{name}`)", tool.does), Confidence::Medium))
}

/// What a call is as a task, if it is a long one.
fn judge(
    program: &Program<'_>,
    effect: Effect,
    is_repeated: bool,
    call: &LibraryCall<'_>,
) -> Option<(&'static str, Confidence)> {
    let one = |what| Some((what, Confidence::Medium));
    match effect {
        Effect::Pdf => one("a PDF is made or read"),
        Effect::Spreadsheet => one("a spreadsheet is made or read"),
        Effect::Archive => one("an archive is packed or unpacked"),
        Effect::Video => Some(("video or audio is processed", Confidence::High)),
        Effect::Inference => one("a model computes"),
        Effect::DataFrame => one("a table is read into memory and worked on"),
        Effect::Browser => one("a browser is driven"),
        Effect::Image if is_repeated => one("many images are processed"),
        Effect::Llm if is_repeated => Some(("a language model is called once per item", Confidence::High)),
        // What only fetches or stores files is part of the answer: side by side would do, a queue would not.
        Effect::Http if is_repeated => {
            let orders = program.mentions(call.at, &["post"]);
            let looped = program.looped_on_way(call.function, |state| repeats(state, call));
            let is_for_many = program.is_for_many(call.at) || looped.is_some_and(|looped| program.is_for_many(looped));
            let adds_up = is_for_many || program.asks_language_model(call.at);
            let confidence = if orders && adds_up { Confidence::Medium } else { Confidence::Low };
            Some(("a remote service is called once per item", confidence))
        }
        Effect::Mail if is_repeated => Some(("a mail is sent for each item", Confidence::High)),
        Effect::Push if is_repeated => Some(("a message is sent for each item", Confidence::High)),
        Effect::Sleep if is_repeated && call.model.is_blocking => one("the request sleeps and polls"),
        Effect::Sleep
            if !call.site.in_any_loop && program.seconds_slept(call).is_some_and(|seconds| seconds >= LONG) =>
        {
            one("the request sleeps")
        }
        _ => None,
    }
}
