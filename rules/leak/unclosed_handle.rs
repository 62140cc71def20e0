//! A file, socket, process or executor is opened and not closed on every path.

use analysis::{Call, Effect, PipedStream, Program, Resource};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity};

use super::ownership;
use crate::Rule;
use crate::common::{Cause, Words, recurs};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "unclosed-handle",
        family: Family::Leak,
        severity: Severity::Error,
        summary: "a file, socket, process or executor is not closed on every path",
        cwe: &[772],
        page: include_str!("unclosed_handle.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    let is_ours = |resource: Resource, model: &Call| {
        // A mail server's session counts as a connection.
        let is_socket = resource == Resource::Socket && model.does != Some(Effect::Mail);
        is_socket
            || matches!(
                resource,
                Resource::File
                    | Resource::TempFile
                    | Resource::Process
                    | Resource::Executor
                    | Resource::Worker
                    | Resource::Browser
            )
    };
    ownership::report(program, &RULE.info, is_ours, "file descriptors: 1,024 a process by default on Linux", findings);
    for piped in program.piped_streams() {
        if program.runs(piped.function, recurs) {
            findings.push(left_by_client(program, piped));
        }
    }
}

/// `pipe` does not end its source when its target goes.
fn left_by_client(program: &Program<'_>, piped: PipedStream) -> Finding {
    let words = Words {
        message: "the source of this stream stays open when the client goes away before the end".to_owned(),
        label: "piped without a way back".to_owned(),
        runs_out: "file descriptors and upstream connections: each download that is broken off keeps one".to_owned(),
        instead: "`pipeline(source, response)` of `stream/promises`, which ends both whichever fails".to_owned(),
    };
    let span = program.call_span(piped.at);
    let cause = Cause { program, rule: &RULE.info, function: piped.function, file: piped.at.file, span };
    cause.finding(Severity::Warning, Confidence::Medium, recurs, words)
}
