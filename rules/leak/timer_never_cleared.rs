//! A repeating timer is started per request or connection and never stopped.

use analysis::{Context, End, FnRef, LibraryCall, Program, State};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity};

use crate::Rule;
use crate::common::{Cause, Words};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "timer-never-cleared",
        family: Family::Leak,
        severity: Severity::Warning,
        summary: "a repeating timer is started per request or connection and never cleared",
        cwe: &[401],
        page: include_str!("timer_never_cleared.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    for call in program.calls() {
        if !call.model.repeats && !program.restarts_itself(call) || call.site.is_once {
            continue;
        }
        let clear = call.model.cleared_by.first().map_or("its cancel method", |name| name.as_str());
        match program.timer_end(call) {
            End::Elsewhere => {}
            End::Never => findings.extend(of_call(program, call, "and never cleared", clear)),
            End::OnSuccess => findings.extend(of_call(
                program,
                call,
                "and cleared only once it succeeds: not when that never happens, nor when the client goes",
                clear,
            )),
            End::ByCaller(function) => findings.extend(dropped(program, function)),
        }
    }
    // Kept by an object, and the object is not stopped.
    for leak in program.leaks() {
        let Some(model) = program.model(leak.opened).filter(|model| model.repeats) else { continue };
        if program.runs(leak.function, serves_or_connects) {
            let clear = leak.release.or(model.cleared_by.first().copied());
            let words =
                words("and the object that keeps it is never stopped", clear.map_or("stop", |name| name.as_str()));
            let span = program.call_span(leak.at);
            let cause = Cause { program, rule: &RULE.info, function: leak.function, file: leak.at.file, span };
            findings.push(cause.finding(Severity::Warning, Confidence::High, serves_or_connects, words));
        }
    }
}

fn serves_or_connects(state: State) -> bool {
    matches!(state.context, Context::Request | Context::Connection)
}

fn of_call(program: &Program<'_>, call: &LibraryCall<'_>, how: &str, clear: &str) -> Option<Finding> {
    let cause = Cause::of_call(program, &RULE.info, call);
    let confidence = if how.starts_with("and never") { Confidence::High } else { Confidence::Medium };
    program
        .runs(call.function, serves_or_connects)
        .then(|| cause.finding(Severity::Warning, confidence, serves_or_connects, words(how, clear)))
}

/// Callers of a helper that gives back the way to stop the timer, and that drop it.
fn dropped(program: &Program<'_>, helper: FnRef) -> Vec<Finding> {
    let callers = program.calls_into(helper).iter();
    callers
        .filter(|edge| program.called_functions(edge.at).contains(&helper))
        .filter(|edge| program.runs(edge.from, serves_or_connects) && !program.keeps_result(edge.at))
        .map(|edge| {
            let span = program.call_span(edge.at);
            let cause = Cause { program, rule: &RULE.info, function: edge.from, file: edge.at.file, span };
            let words = words("and the function that stops it, which this call gives back, is dropped", "it");
            cause.finding(Severity::Warning, Confidence::High, serves_or_connects, words)
        })
        .collect()
}

fn words(how: &str, clear: &str) -> Words {
    Words {
        message: format!("a repeating timer is started for every request {how}"),
        label: "one more timer each time".to_owned(),
        runs_out: "memory and processor time: each request leaves a timer that fires for ever".to_owned(),
        instead: format!("keep the handle and call `{clear}` when the request or connection closes"),
    }
}
