//! A repeating timer is started per request or connection and never stopped.

use analysis::{Context, Program, State};
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
    let recurs = |state: State| matches!(state.context, Context::Request | Context::Connection);
    for call in program.calls() {
        if !call.model.repeats || call.site.is_once || !program.runs(call.function, recurs) {
            continue;
        }
        if program.is_passed_to(call.at, &call.model.cleared_by) {
            continue;
        }
        let clear = call.model.cleared_by.first().map_or("its cancel method", |name| name.as_str());
        let words = Words {
            message: "a repeating timer is started for every request and never cleared".to_owned(),
            label: "one more timer each time".to_owned(),
            runs_out: "memory and processor time: each request leaves a timer that fires for ever".to_owned(),
            instead: format!("keep the handle and call `{clear}` when the request or connection closes"),
        };
        let cause = Cause::of_call(program, &RULE.info, call);
        findings.push(cause.finding(Severity::Warning, Confidence::High, recurs, words));
    }
}
