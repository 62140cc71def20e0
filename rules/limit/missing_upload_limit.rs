//! A client may send files of any size.

use analysis::{Bounded, Context, Program, Role, State};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity};

use crate::Rule;
use crate::common::{Cause, Words, or};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "missing-upload-limit",
        family: Family::Limit,
        severity: Severity::Warning,
        summary: "nothing limits the size of what a client uploads",
        cwe: &[770],
        page: include_str!("missing_upload_limit.md"),
    },
    check,
};

/// Limits of proxies and servers in front, and of middleware that reads the declared length.
const IN_FRONT: &[&str] =
    &["client_max_body_size", "proxy-body-size", "content-length", "limitrequestbody", "max_size", "request_body"];

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    if program.says(IN_FRONT) {
        return;
    }
    let serves = |state: State| matches!(state.context, Context::Startup | Context::Request);
    for (call, _) in program.unbounded(Bounded::Upload) {
        if program.role(call.at.file) == Role::App && program.is_server() && program.runs(call.function, serves) {
            let words = Words {
                message: "uploads of any size are taken".to_owned(),
                label: "no limit on the size".to_owned(),
                runs_out: or(
                    call.model.runs_out,
                    "memory and disk: a few clients that send gigabytes at once fill both",
                ),
                instead: or(call.model.instead, "limit the size of a file and of the whole body, and answer 413"),
            };
            let cause = Cause::of_call(program, &RULE.info, call);
            findings.push(cause.finding(Severity::Warning, Confidence::Medium, serves, words));
        }
    }
}
