//! A task or promise that nobody keeps, or a thread, worker or process for every request.

use std::collections::BTreeMap;

use analysis::{Context, DroppedPromise, FnRef, LibraryCall, Program, Rejects, Resource, Role, Runs, State};
use ir::Symbol;
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity};

use crate::Rule;
use crate::common::{Cause, SERVING, Words, join, or, recurs, with_article};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "task-or-thread-leak",
        family: Family::Leak,
        severity: Severity::Warning,
        summary: "a task whose errors nobody sees, or a thread, worker or process for every request",
        cwe: &[400, 772],
        page: include_str!("task_or_thread_leak.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    for call in program.calls() {
        if call.site.is_once || program.role(call.at.file) != Role::App {
            continue;
        }
        let found = if call.model.is_weakly_held {
            unkept_task(program, call)
        } else if matches!(call.model.acquires, Some(Resource::Worker | Resource::Executor)) && !call.model.shared {
            worker_per_request(program, call)
        } else if call.model.runs == Some(Runs::Task) && call.model.returns.is_some() {
            unbounded_task(program, call)
        } else {
            None
        };
        findings.extend(found);
    }
    let promises = program.dropped_promises();
    let is_caught = program.has_text_argument("unhandledRejection");
    // One cause: a function whose callers all forget to wait for it.
    let mut of_function: BTreeMap<FnRef, usize> = BTreeMap::new();
    for promise in &promises {
        let Some(finding) = dropped_promise(program, promise, is_caught) else { continue };
        match of_function.get(&promise.target).and_then(|first| findings.get_mut(*first)) {
            Some(first) if first.message == finding.message => {
                join(first, finding);
            }
            _ => {
                of_function.insert(promise.target, findings.len());
                findings.push(finding);
            }
        }
    }
}

/// The state of code that requests and sockets run, waited for or not.
fn is_serving(state: State) -> bool {
    SERVING.contains(&state.context)
}

/// A task that only the dropped reference would keep alive.
fn unkept_task(program: &Program<'_>, call: &LibraryCall<'_>) -> Option<Finding> {
    if program.is_in_test(call.function) || !program.is_dropped(call.at) {
        return None;
    }
    let words = Words {
        message: "a task is started and its reference is dropped".to_owned(),
        label: "nothing keeps this task".to_owned(),
        runs_out:
            "reliability: the event loop keeps only a weak reference, so that the task can be collected before it \
                   ends, and its errors are seen by nobody"
                .to_owned(),
        instead: or(call.model.instead, "keep the task until it is done, and look at its result"),
    };
    Some(Cause::of_call(program, &RULE.info, call).finding(Severity::Warning, Confidence::High, |_| true, words))
}

fn worker_per_request(program: &Program<'_>, call: &LibraryCall<'_>) -> Option<Finding> {
    if !program.runs(call.function, is_serving) || program.gives_once(call.at) {
        return None;
    }
    let is_waited_for = program.is_ended_by(call.at, &[Symbol::new("join"), Symbol::new("shutdown")]);
    let (severity, confidence) = match () {
        () if program.is_kept(call.at) => (Severity::Warning, Confidence::Low),
        () if is_waited_for => (Severity::Info, Confidence::Medium),
        () => (Severity::Warning, Confidence::High),
    };
    let noun = with_article(&or(call.model.noun, "worker"));
    let words = Words {
        message: if is_waited_for {
            format!("{noun} is started for every request, which waits for it")
        } else {
            format!("{noun} is started for every request, and nothing bounds how many")
        },
        label: "one more for each request".to_owned(),
        runs_out: or(call.model.runs_out, "memory, and the threads and processes that the system allows"),
        instead: or(call.model.instead, "a pool of workers made at start-up, or a job queue"),
    };
    Some(Cause::of_call(program, &RULE.info, call).finding(severity, confidence, is_serving, words))
}

/// Calls that wait until there is room for one more task.
const BOUNDS: &[&str] =
    &["acquire", "acquire_owned", "acquire_many", "acquire_many_owned", "try_acquire", "try_acquire_owned"];

/// Calls that hand something to the response or the socket: the task ends when that is gone.
const SENDS: &[&str] = &["send", "try_send", "blocking_send", "unbounded_send", "send_async"];

fn unbounded_task(program: &Program<'_>, call: &LibraryCall<'_>) -> Option<Finding> {
    if !program.runs(call.function, is_serving) || !program.is_dropped(call.at) || program.gives_once(call.at) {
        return None;
    }
    let tasks = program.given_functions(call.at);
    let any = |holds: &dyn Fn(FnRef) -> bool| tasks.iter().any(|task| holds(*task));
    let never_ends = any(&|task| program.never_ends(task));
    let is_of_request = program.runs(call.function, |state| state.context == Context::Request);
    let is_bounded = program.calls_member(call.function, BOUNDS) || any(&|task| program.calls_member(task, BOUNDS));
    let is_unbounded = is_of_request
        && !is_bounded
        && any(&|task| program.takes_time(task))
        && !any(&|task| program.calls_member(task, SENDS));
    let (message, confidence, runs_out) = if never_ends {
        (
            "a task that never ends is started for every request or connection",
            Confidence::High,
            "memory and processor time: each client that was ever there leaves a loop that runs until the process ends",
        )
    } else if is_unbounded {
        (
            "a task is spawned for every request, and nothing bounds how many run at once",
            if call.site.in_loop { Confidence::Medium } else { Confidence::Low },
            "memory and connections: under load tasks start faster than they end, and their errors are seen by nobody",
        )
    } else {
        return None;
    };
    let words = Words {
        message: message.to_owned(),
        label: "its handle is dropped".to_owned(),
        runs_out: runs_out.to_owned(),
        instead: if never_ends {
            "leave the loop when sending fails or the client is gone, or keep the handle and abort it".to_owned()
        } else {
            or(call.model.instead, "a bounded queue with a few workers started once")
        },
    };
    Some(Cause::of_call(program, &RULE.info, call).finding(Severity::Warning, confidence, is_serving, words))
}

fn dropped_promise(program: &Program<'_>, promise: &DroppedPromise, is_caught: bool) -> Option<Finding> {
    let rejects = program.rejects(promise.target)?;
    let is_ours = program.role(promise.at.file) == Role::App && !promise.site.is_once;
    if !is_ours || !program.runs(promise.function, recurs) {
        return None;
    }
    let (message, runs_out, instead) = if promise.is_per_element {
        (
            "an asynchronous function is called for each element, and nobody waits for it or sees its errors"
                .to_owned(),
            "the process, where nothing listens for rejections that nobody handles (Node ends on them, a server of Next only logs them), and nothing bounds how many run at once",
            "for … of with await, or await Promise.all(items.map(…)) where the number of items is bounded",
        )
    } else {
        (
            format!("nobody waits for the promise of `{}` or handles its rejection", program.name_of(promise.target)),
            "what it should have done: it fails and nobody hears of it; and Node itself ends on a rejection that nobody handles, with all requests under way, unless a framework (Next) listens for it",
            "await it, add `.catch(…)`, or put a job into a queue",
        )
    };
    let words = Words {
        message,
        label: "no await and no catch".to_owned(),
        runs_out: runs_out.to_owned(),
        instead: instead.to_owned(),
    };
    let cause = Cause {
        program,
        rule: &RULE.info,
        function: promise.function,
        file: promise.at.file,
        span: program.call_span(promise.at),
    };
    let is_sure = rejects == Rejects::Surely && !is_caught;
    let confidence = if is_sure { Confidence::High } else { Confidence::Low };
    Some(cause.finding(Severity::Warning, confidence, recurs, words))
}
