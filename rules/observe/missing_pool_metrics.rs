//! Metrics are there, but none of the pool that all requests wait for.

use analysis::{Program, Provision, Resource, Role};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity};

use crate::common::{Cause, Words, or, with_article};
use crate::{Rule, service};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "missing-pool-metrics",
        family: Family::Observe,
        severity: Severity::Info,
        summary: "the service is measured, but not its connection pool",
        cwe: &[],
        page: include_str!("missing_pool_metrics.md"),
    },
    check,
};

/// Names that a figure of a pool would have.
const FIGURES: &[&str] = &[
    "pool_size",
    "poolsize",
    "pool_stats",
    "poolstats",
    "pool_metrics",
    "poolmetrics",
    "db_connections",
    "checkedout",
    "pool_in_use",
];

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    let measures = program.has_name_with(&[
        "prometheus",
        "prom-client",
        "promclient",
        "prom_client",
        "meterprovider",
        "get_meter",
        "getmeter",
        "statsd",
    ]);
    let is_there = program.has(Provision::PoolMetrics) || program.has_name_with(FIGURES);
    if service::app(program).is_none() || !measures || is_there {
        return;
    }
    let pool = program.calls().iter().find(|call| {
        call.model.acquires == Some(Resource::Pool)
            && !call.model.shared
            // What connects to no database has no pool worth a figure.
            && !call.model.noun.contains("SMTP")
            && !program.mentions(call.at, &["sqlite"])
            && !call.model.path.is_some_and(|path| path.to_lowercase().contains("sqlite"))
            && program.is_used_while_serving(call)
            && program.role(call.at.file) == Role::App
    });
    let Some(call) = pool else { return };
    let words = Words {
        message: format!("no metric tells how full {} is", with_article(&or(call.model.noun, "connection pool"))),
        label: "not measured".to_owned(),
        runs_out: "connections: when all are taken, requests wait without any figure that shows why".to_owned(),
        instead: "export the connections in use, idle and waited for as gauges, and alert when requests wait"
            .to_owned(),
    };
    findings.push(Cause::of_call(program, &RULE.info, call).finding(
        Severity::Info,
        Confidence::Medium,
        |_| true,
        words,
    ));
}
