//! A remote service that does not answer, or that is asked until it does, holds whoever asked it.

use analysis::{Bound, Bounded, Context, Effect, EntryPoint, FnRef, LibraryCall, Program, Retry, Role, State};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity};

use crate::Rule;
use crate::common::{Cause, Decisions, Words, or, recurs, waited_for};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "missing-outbound-timeout",
        family: Family::Limit,
        severity: Severity::Warning,
        summary: "a call of a remote service waits for ever for its answer, or is tried again for ever",
        cwe: &[400, 1088],
        page: include_str!("missing_outbound_timeout.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    // Clients that a file makes in the same way are one decision.
    let mut decisions = Decisions::none_yet();
    for (call, bound) in program.unbounded(Bounded::Time) {
        let is_client = call.model.does.is_none();
        // What a container makes keeps its clients in fields, for all who are given it.
        let user = program.method_of_injected(call.function, runs).filter(|_| is_client).unwrap_or(call.function);
        let is_used = matters(program, call.function) || is_client && program.runs(user, runs);
        let is_rare = program.is_fallback(call.at);
        if program.role(call.at.file) != Role::App || !program.is_server() || !is_used || is_rare {
            continue;
        }
        let confidence = if bound.generous { Confidence::Low } else { Confidence::Medium };
        let finding = report(program, call, user, bound, confidence);
        let maker = program.called_name(call.at).filter(|_| is_client);
        // What is connected in one branch or the other goes by one name.
        let name = program.name_given(call.at).filter(|_| call.model.does == Some(Effect::Mail));
        let decision = (maker.is_some() || name.is_some()).then_some((call.at.file, maker, name, finding.severity));
        decisions.add(decision, finding);
    }
    findings.extend(decisions.into_findings());
    for retry in program.retries() {
        let is_ours = program.role(retry.at.file) == Role::App && program.runs(retry.function, waited_for);
        findings.extend(is_ours.then(|| of_retry(program, &retry)));
    }
}

fn of_retry(program: &Program<'_>, retry: &Retry<'_>) -> Finding {
    let advice = retry.bound.and_then(|bound| bound.instead.as_deref()).unwrap_or_default();
    let pause = if retry.is_at_once { ", and at once" } else { "" };
    let words = Words {
        message: format!("what fails is tried again for ever{pause}, while a client waits for it"),
        label: "nothing ends the attempts".to_owned(),
        runs_out: "workers, and the other side: while it is down each request stays and knocks again, and the first that it answers when it comes back is the crowd".to_owned(),
        instead: or(advice, "give up after three attempts, and wait longer before each: half a second, one, two, with some chance in it"),
    };
    let span = program.call_span(retry.at);
    let cause = Cause { program, rule: &RULE.info, function: retry.function, file: retry.at.file, span };
    let is_generous = retry.bound.is_some_and(|bound| bound.generous);
    let confidence = if is_generous { Confidence::Low } else { Confidence::Medium };
    cause.finding(Severity::Warning, confidence, waited_for, words)
}

fn report(
    program: &Program<'_>,
    call: &LibraryCall<'_>,
    user: FnRef,
    bound: &Bound,
    confidence: Confidence,
) -> Finding {
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
        instead: or(
            bound.instead.as_deref().unwrap_or(call.model.instead),
            "pass a timeout of a few seconds",
        ),
    };
    let severity = if program.runs(call.function, recurs) || is_client { Severity::Warning } else { Severity::Info };
    Cause { function: user, ..Cause::of_call(program, &RULE.info, call) }.finding(severity, confidence, runs, words)
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
