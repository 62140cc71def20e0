//! A body of any size is read into memory at once.

use analysis::{Bounded, Context, FileId, LibraryCall, Program, Role, State};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity};

use crate::Rule;
use crate::common::{Cause, Words, or, serves};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "whole-body-in-memory",
        family: Family::Limit,
        severity: Severity::Warning,
        summary: "an upload of any size is read into memory as a whole",
        cwe: &[770],
        page: include_str!("whole_body_in_memory.md"),
    },
    check,
};

/// Limits in front of the program.
const IN_FRONT: &[&str] = &["client_max_body_size", "proxy-body-size", "limitrequestbody", "request_body"];

/// What reads the length that a client declares.
const DECLARED: &str = "content-length";

/// A parser that takes bodies of this size keeps each as a whole.
const HUGE: &str = "200mb";

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    if program.is_deployed_with(IN_FRONT) {
        return;
    }
    let is_ours = |call: &LibraryCall<'_>| {
        program.role(call.at.file) == Role::App
            && program.runs(call.function, serves)
            && !program.mentions_member(call.function, "size")
            && !finds_end(program, call)
            && !is_length_checked(program, call.at.file)
    };
    for (call, bound) in program.unbounded(Bounded::Memory).filter(|(call, _)| is_ours(call)) {
        let of_all_routes = is_in_middleware(program, call);
        let message = if of_all_routes {
            "the body of every request is read into memory as a whole, those of uploads too"
        } else {
            "an upload is read into memory as a whole, whatever its size"
        };
        let mut finding = report(program, call, message, serves);
        // One route's own bodies are seldom large.
        if bound.generous && !of_all_routes {
            finding.confidence = Confidence::Low;
        }
        findings.push(finding);
    }
    for call in program.whole_downloads().filter(|call| is_ours(call)) {
        findings.push(report(program, call, "what the client's URL answers is read into memory as a whole", serves));
    }
    // For all routes it is the limit that is missing: `missing-upload-limit`.
    let parsers = program.unbounded(Bounded::Upload).filter(|(call, bound)| {
        program.role(call.at.file) == Role::App
            && program.is_lifted_to(call, bound, HUGE)
            && !program.is_for_all_routes(call.at)
    });
    for (call, _) in parsers {
        findings.push(report(program, call, "bodies of hundreds of megabytes are kept in memory as a whole", starts));
    }
}

/// `file.seek(0, 2)`, `size = file.tell()`: the function, or one that it called before, asks how long the upload is.
fn finds_end(program: &Program<'_>, read: &LibraryCall<'_>) -> bool {
    let start = program.expr_span(read.at).start;
    let before = program.calls_from(read.function).iter().filter(|edge| program.expr_span(edge.at).start < start);
    let mut asking = before.map(|edge| edge.to).chain([read.function]);
    asking.any(|own| ["seek", "tell"].iter().all(|name| program.mentions_member(own, name)))
}

/// Whether a call runs in a middleware, through which the requests of all routes go.
fn is_in_middleware(program: &Program<'_>, call: &LibraryCall<'_>) -> bool {
    program.first_entry(call.function, serves).is_some_and(|entry| entry.label.to_lowercase().contains("middleware"))
}

fn starts(state: State) -> bool {
    matches!(state.context, Context::Startup | Context::Request)
}

fn report(program: &Program<'_>, call: &LibraryCall<'_>, message: &str, wanted: fn(State) -> bool) -> Finding {
    let is_body = call.model.bound.as_ref().is_some_and(|bound| bound.of == Bounded::Memory);
    let (runs_out, instead) = if is_body { (call.model.runs_out, call.model.instead) } else { ("", "") };
    let words = Words {
        message: message.to_owned(),
        label: "no limit on what is read".to_owned(),
        runs_out: or(runs_out, "memory: a few clients that send gigabytes at once fill it"),
        instead: or(instead, "read it by parts to where it goes, count, and stop above a limit"),
    };
    Cause::of_call(program, &RULE.info, call).finding(Severity::Warning, Confidence::Medium, wanted, words)
}

/// Whether the file itself, or a file of middleware, reads the length that a client declares.
fn is_length_checked(program: &Program<'_>, file: FileId) -> bool {
    program.files_that_say(DECLARED).any(|other| {
        let path = program.file(other).path.to_lowercase();
        other == file || path.contains("middleware") || path.ends_with("main.py") || path.ends_with("app.py")
    })
}
