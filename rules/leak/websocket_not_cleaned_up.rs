//! Sockets that are kept after their client has gone.

use analysis::{Exit, Growth, Program, Resource, Stored};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity, Step};

use super::ownership;
use crate::Rule;
use crate::common::{Cause, Words, recurs};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "websocket-not-cleaned-up",
        family: Family::Leak,
        severity: Severity::Error,
        summary: "a socket stays registered, open or unwatched after its client has gone",
        cwe: &[772, 401],
        page: include_str!("websocket_not_cleaned_up.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    for growth in program.growths() {
        if growth.stores == Stored::Socket {
            findings.push(kept(program, growth));
        }
    }
    let runs_out = "file descriptors and memory: each request leaves a connection open";
    let is_ours = |resource: Resource, _: &_| resource == Resource::WebSocket;
    ownership::report(program, &RULE.info, is_ours, runs_out, findings);
    unwatched(program, findings);
}

fn kept(program: &Program<'_>, growth: &Growth) -> Finding {
    let name = growth.name;
    let message = match growth.exit {
        Some(_) => format!("the socket is kept in `{name}`, and an error leaves it there"),
        None => format!("the socket is kept in `{name}` and not removed when its client goes"),
    };
    let words = Words {
        message,
        label: "kept from here on".to_owned(),
        runs_out: "memory, and time per message: every broadcast goes to all clients there ever were".to_owned(),
        instead: "remove it where the connection ends, whichever way it ends: in `finally`, or on `close` and `error`"
            .to_owned(),
    };
    let cause = Cause { program, rule: &RULE.info, function: growth.function, file: growth.file, span: growth.span };
    let confidence = if growth.is_removed_elsewhere { Confidence::Medium } else { Confidence::High };
    let mut finding = cause.finding(Severity::Error, confidence, recurs, words);
    if let Some(Exit::Throw(span) | Exit::Return(span)) = growth.exit {
        let location = program.location(growth.file, span);
        finding.related.push(Step { location, message: "leaves without removing it".to_owned() });
    }
    finding
}

/// Servers whose library sends no pings of its own, in programs that send none either.
fn unwatched(program: &Program<'_>, findings: &mut Vec<Finding>) {
    for call in program.calls().iter().filter(|call| call.model.unwatched) {
        const OTHER_EVENTS: &[&str] = &["close", "error", "headers", "listening", "wsClientError", "upgrade"];
        let accepts = program.event(call.at).is_none_or(|event| !OTHER_EVENTS.contains(&event));
        if !accepts || program.is_test_file(program.file(call.at.file).path) {
            continue;
        }
        if program.names_member(call.at.file, &["ping", "Ping", "heartbeat"]) {
            continue;
        }
        let words = Words {
            message: "nothing notices a client that went away without closing: the server sends no pings".to_owned(),
            label: "accepts sockets here".to_owned(),
            runs_out: "file descriptors and memory: a client that loses its network stays connected for ever"
                .to_owned(),
            instead: "ping each client every 30 s, and end the sockets that did not answer the last ping".to_owned(),
        };
        let cause = Cause::of_call(program, &RULE.info, call);
        findings.push(cause.finding(Severity::Warning, Confidence::Medium, recurs, words));
    }
}
