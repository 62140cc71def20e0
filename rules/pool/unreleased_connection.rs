//! A connection, pooled client or session is not released on every path.

use analysis::{Call, Effect, Program, Resource};
use ir::finding::{Family, Finding, RuleInfo, Severity};

use crate::Rule;
use crate::leak::ownership;

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "unreleased-connection",
        family: Family::Pool,
        severity: Severity::Error,
        summary: "a connection, pooled client or session is not released on every path",
        cwe: &[772],
        page: include_str!("unreleased_connection.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    let is_ours = |resource: Resource, model: &Call| {
        let is_mail = resource == Resource::Socket && model.does == Some(Effect::Mail);
        is_mail
            || matches!(
                resource,
                Resource::Connection | Resource::PooledConnection | Resource::Session | Resource::HttpClient
            )
    };
    let runs_out = "the pool or the server's connections: each request that takes this path keeps one for ever";
    ownership::report(program, &RULE.info, is_ours, runs_out, findings);
}
