//! A pool, engine or ORM client is built anew for every request.

use analysis::{Program, Resource};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity};

use crate::Rule;
use crate::common::{Cause, Words, connections, or, serves, with_article};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "pool-per-request",
        family: Family::Pool,
        severity: Severity::Error,
        summary: "a connection pool, engine or ORM client is built for every request",
        cwe: &[1072],
        page: include_str!("pool_per_request.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    for call in program.calls() {
        let is_pool = call.model.acquires == Some(Resource::Pool) && !call.model.shared;
        let is_rare = call.site.is_once || program.is_fallback(call.at);
        if !is_pool || is_rare || !program.runs(call.function, serves) {
            continue;
        }
        if program.is_on_edge(call.function, serves) || program.connects_where_data_says(call.at) {
            continue;
        }
        let noun = or(call.model.noun, "connection pool");
        let words = Words {
            message: format!("{} is built for every request, so nothing is ever pooled", with_article(&noun)),
            label: "built anew by each request".to_owned(),
            runs_out: connections(
                program,
                call.model,
                "the database's connections: each request opens a pool of its own",
            ),
            instead: or(call.model.instead, "build it once, at module level or at start-up, and share it"),
        };
        let cause = Cause::of_call(program, &RULE.info, call);
        findings.push(cause.finding(Severity::Error, Confidence::High, serves, words));
    }
}
