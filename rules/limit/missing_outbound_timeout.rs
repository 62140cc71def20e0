//! A remote service that does not answer holds whoever asked it.

use analysis::{Bounded, Context, Effect, EntryPoint, FnRef, LibraryCall, Program, Role, State};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity};

use crate::Rule;
use crate::common::{Cause, Words, or, recurs};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "missing-outbound-timeout",
        family: Family::Limit,
        severity: Severity::Warning,
        summary: "a call of a remote service waits for ever for its answer",
        cwe: &[400, 1088],
        page: include_str!("missing_outbound_timeout.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    for (call, bound) in program.unbounded(Bounded::Time) {
        let is_client = call.model.does.is_none();
        let is_used = matters(program, call.function) || is_client && program.runs(call.function, runs);
        let is_rare = program.is_fallback(call.at);
        if program.role(call.at.file) != Role::App || !program.is_server() || !is_used || is_rare {
            continue;
        }
        let confidence = if bound.generous { Confidence::Low } else { Confidence::Medium };
        findings.push(report(program, call, confidence));
    }
}

fn report(program: &Program<'_>, call: &LibraryCall<'_>, confidence: Confidence) -> Finding {
    let is_client = call.model.does.is_none();
    let what = if call.model.does == Some(Effect::Mail) { "the mail server" } else { "a remote service" };
    let message = if is_client {
        format!("nothing limits how long calls of this client wait for {what}")
    } else {
        format!("nothing limits how long this call waits for {what}")
    };
    let words = Words {
        message,
        label: "no timeout".to_owned(),
        runs_out: "workers and sockets: a service that hangs holds one for each request, and with 40 threads the 41st request waits too".to_owned(),
        instead: or(call.model.instead, "pass a timeout of a few seconds"),
    };
    let severity = if program.runs(call.function, recurs) || is_client { Severity::Warning } else { Severity::Info };
    Cause::of_call(program, &RULE.info, call).finding(severity, confidence, runs, words)
}

/// Where somebody waits: for requests and jobs, also for what they do once a process.
fn matters(program: &Program<'_>, function: FnRef) -> bool {
    let is_once = |state: State| state.context == Context::Startup;
    let serves = |entry: &EntryPoint| matches!(entry.context, Context::Request | Context::Connection | Context::Job);
    program.runs(function, recurs) || program.first_entry(function, is_once).is_some_and(serves)
}

fn runs(state: State) -> bool {
    recurs(state) || state.context == Context::Startup
}
