//! A listener is added per request to something that outlives the request, and never removed.

use analysis::{Context, LibraryCall, Program, State};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity};

use crate::Rule;
use crate::common::{Cause, Words};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "listener-never-removed",
        family: Family::Leak,
        severity: Severity::Warning,
        summary: "an event listener is added per request or connection and never removed",
        cwe: &[401],
        page: include_str!("listener_never_removed.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    let recurs = |state: State| matches!(state.context, Context::Request | Context::Connection | Context::Job);
    for call in program.calls() {
        if !call.model.listens || call.site.is_once || !program.runs(call.function, recurs) {
            continue;
        }
        let outlives = call.model.lifetime_is_process || program.receiver_outlives(call.at);
        if !outlives || is_removed(program, call) {
            continue;
        }
        let words = Words {
            message: "a listener is added for every request to an emitter that outlives it, and never removed"
                .to_owned(),
            label: "one more listener each time".to_owned(),
            runs_out: "memory, and time per event: every event calls the listeners of all requests so far \
                       (Node warns at 11)"
                .to_owned(),
            instead: "register it once at start-up; or use `once`, or remove it when the request or connection ends"
                .to_owned(),
        };
        let cause = Cause::of_call(program, &RULE.info, call);
        findings.push(cause.finding(Severity::Warning, Confidence::High, recurs, words));
    }
}

fn is_removed(program: &Program<'_>, call: &LibraryCall<'_>) -> bool {
    program.has_option(call.at, &["once", "signal"]) || program.has_counterpart(call.at, &call.model.removed_by)
}
