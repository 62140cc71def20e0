//! A connection (or a client that keeps connections) is made anew for every request.

use analysis::{Call, Effect, Program, Resource};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity};
use ir::{ClassId, FnId};

use crate::Rule;
use crate::common::{Cause, Decisions, Words, connections, or, serves, with_article};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "connection-per-request",
        family: Family::Pool,
        severity: Severity::Error,
        summary: "a connection or client is opened for every request instead of being taken from a pool",
        cwe: &[1072],
        page: include_str!("connection_per_request.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    // That the methods of a class make clients, and not the class one, is one decision, as are the branches of a function.
    let mut decisions = Decisions::none_yet();
    for call in program.calls() {
        let Some((mut severity, confidence)) = judge(call.model) else { continue };
        let is_rare = call.site.is_once || call.site.is_exceptional || program.is_fallback(call.at);
        if call.model.shared || is_rare || !program.runs(call.function, serves) {
            continue;
        }
        let is_of_database = is_of_database(call.model);
        if program.is_on_edge(call.function, serves) || is_of_database && program.connects_where_data_says(call.at) {
            continue;
        }
        // What a form asks to try is a connection of its own.
        if is_tried(call.model) && program.is_made_of_body(call.at) {
            continue;
        }
        // A client that many calls of one request share has its use.
        if call.model.acquires == Some(Resource::HttpClient) && program.is_used_in_loop(call.at) {
            continue;
        }
        // A socket that is left open as well is told of by the rule about that.
        let is_left = || program.leaks().iter().any(|leak| leak.opened == call.at);
        if call.model.acquires == Some(Resource::WebSocket) && is_left() {
            continue;
        }
        // The pooler's connections are many and cheap; the handshake with it stays.
        if program.has_pooler() && call.model.acquires == Some(Resource::Connection) {
            severity = Severity::Warning;
        }
        let noun = or(call.model.noun, "connection");
        let words = Words {
            message: format!("{} is opened for every request", with_article(&noun)),
            label: "opened anew by each request".to_owned(),
            runs_out: connections(
                program,
                call.model,
                "the server's connections, and the time for a new handshake in every request",
            ),
            instead: or(call.model.instead, "open it once at start-up, or take it from a pool"),
        };
        let finding = Cause::of_call(program, &RULE.info, call).finding(severity, confidence, serves, words);
        let owner = match program.file(call.at.file).function(call.function.id).class {
            Some(class) => Owner::Class(class),
            None => Owner::Function(call.function.id),
        };
        // The branches of `server = SMTP_SSL(…) if … else SMTP(…)` open one.
        let name = program.name_given(call.at).filter(|_| !is_client(call.model));
        let decision = (call.at.file, owner, name, noun, confidence);
        decisions.add((is_client(call.model) || name.is_some()).then_some(decision), finding);
    }
    findings.extend(decisions.into_findings());
}

/// Who decides that a client is made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    Class(ClassId),
    Function(FnId),
}

fn is_client(model: &Call) -> bool {
    matches!(model.acquires, Some(Resource::HttpClient | Resource::SdkClient))
}

/// A mail server's connection, or a client that credentials make.
fn is_tried(model: &Call) -> bool {
    matches!(model.acquires, Some(Resource::Socket | Resource::SdkClient)) || is_of_database(model)
}

fn is_of_database(model: &Call) -> bool {
    model.acquires == Some(Resource::Connection)
}

fn judge(model: &Call) -> Option<(Severity, Confidence)> {
    match model.acquires? {
        Resource::Connection => Some((Severity::Error, Confidence::High)),
        Resource::Browser => Some((Severity::Error, Confidence::Medium)),
        Resource::HttpClient | Resource::SdkClient | Resource::WebSocket => {
            Some((Severity::Warning, Confidence::Medium))
        }
        // A mail server's handshake takes several round trips; of a bare socket nobody knows.
        Resource::Socket if model.does == Some(Effect::Mail) => Some((Severity::Warning, Confidence::Medium)),
        _ => None,
    }
}
