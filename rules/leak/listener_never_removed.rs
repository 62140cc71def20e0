//! A listener is added per request to something that outlives the request, and never removed.

use analysis::{Growth, LibraryCall, Program, Stored};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity};

use crate::Rule;
use crate::common::{Cause, Words, recurs};

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

const RUNS_OUT: &str = "memory, and time per event: every event calls the listeners of all requests so far";

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    findings.extend(
        program
            .growths()
            .iter()
            .filter(|growth| growth.stores == Stored::Listener)
            .map(|growth| registered(program, growth)),
    );
    for call in program.calls() {
        if !call.model.listens || call.site.is_once || !program.recurs(call.function) {
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
            runs_out: RUNS_OUT.to_owned(),
            instead: "register it once at start-up; or use `once`, or remove it when the request or connection ends"
                .to_owned(),
        };
        let cause = Cause::of_call(program, &RULE.info, call);
        findings.push(cause.finding(Severity::Warning, Confidence::High, recurs, words));
    }
}

/// Registered through a helper of the project that others undo.
fn registered(program: &Program<'_>, growth: &Growth) -> Finding {
    let name = growth.name;
    let message = if growth.is_removed_elsewhere {
        format!("a listener is added to `{name}` for every request, and this one is never removed")
    } else {
        format!("a listener is added to `{name}` for every request, and nothing ever removes one")
    };
    let words = Words {
        message,
        label: "one more listener each time".to_owned(),
        runs_out: RUNS_OUT.to_owned(),
        instead: "keep what undoes it, and call it when the request or connection ends".to_owned(),
    };
    let cause = Cause { program, rule: &RULE.info, function: growth.function, file: growth.file, span: growth.span };
    cause.finding(Severity::Warning, Confidence::High, recurs, words)
}

fn is_removed(program: &Program<'_>, call: &LibraryCall<'_>) -> bool {
    program.has_option(call.at, &["once", "signal"]) || program.has_counterpart(call.at, &call.model.removed_by)
}
