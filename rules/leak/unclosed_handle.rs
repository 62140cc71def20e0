//! A file, socket, process or executor is opened and not closed on every path.

use analysis::{Call, Effect, Program, Resource};
use ir::finding::{Family, Finding, RuleInfo, Severity};

use super::ownership;
use crate::Rule;

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
}
