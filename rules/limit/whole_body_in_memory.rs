//! A body of any size is read into memory at once.

use analysis::{Bounded, FileId, Program, Role};
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

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    if program.is_deployed_with(IN_FRONT) {
        return;
    }
    for (call, _) in program.unbounded(Bounded::Memory) {
        let is_ours = program.role(call.at.file) == Role::App && program.runs(call.function, serves);
        if is_ours && !program.mentions_member(call.function, "size") && !is_length_checked(program, call.at.file) {
            let words = Words {
                message: "an upload is read into memory as a whole, whatever its size".to_owned(),
                label: "no limit on what is read".to_owned(),
                runs_out: or(call.model.runs_out, "memory: a few clients that send gigabytes at once fill it"),
                instead: or(call.model.instead, "read it by parts, count, and answer 413 above a limit"),
            };
            let cause = Cause::of_call(program, &RULE.info, call);
            findings.push(cause.finding(Severity::Warning, Confidence::Medium, serves, words));
        }
    }
}

/// Whether the file itself, or a file of middleware, reads the length that a client declares.
fn is_length_checked(program: &Program<'_>, file: FileId) -> bool {
    program.files_that_say(DECLARED).any(|other| {
        let path = program.file(other).path.to_lowercase();
        other == file || path.contains("middleware") || path.ends_with("main.py") || path.ends_with("app.py")
    })
}
