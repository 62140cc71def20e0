//! A service that nothing can ask whether it works.

use analysis::{Program, Provision};
use ir::finding::{Family, Finding, RuleInfo, Severity};

use crate::common::Words;
use crate::{Rule, service};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "missing-health-endpoint",
        family: Family::Observe,
        severity: Severity::Info,
        summary: "the service has no route that tells whether it is healthy",
        cwe: &[],
        page: include_str!("missing_health_endpoint.md"),
    },
    check,
};

/// Last parts of routes of probes.
const PROBES: &[&str] = &[
    "health",
    "healthz",
    "healthcheck",
    "health-check",
    "health_check",
    "ready",
    "readyz",
    "readiness",
    "live",
    "livez",
    "liveness",
    "alive",
    "ping",
    "heartbeat",
    "up",
];

/// What deployment files call their probes.
const PLATFORM: &[&str] = &["livenessprobe", "readinessprobe", "healthcheck"];

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    let Some(app) = service::app(program) else { return };
    let is_there = program.has(Provision::HealthCheck)
        || program.says(PLATFORM)
        || program.texts().any(is_probe)
        || program.has_name_with(&["healthcheck", "health_check", "healthz", "readiness", "liveness"])
        || program.routes().iter().any(|entry| is_probe(&entry.label.to_lowercase()));
    if !is_there {
        let words = Words {
            message: "the service has no health endpoint: nothing can tell an instance that works from one that hangs"
                .to_owned(),
            label: "no route for probes".to_owned(),
            runs_out: "the time to notice: a load balancer goes on sending requests to an instance that answers none"
                .to_owned(),
            instead: instead(program).to_owned(),
        };
        findings.push(service::note(program, &RULE.info, app, Severity::Info, words));
    }
}

/// `/api/health`, `ping/`, `/status` of the service itself.
fn is_probe(text: &str) -> bool {
    let route = text.trim_end_matches('/');
    let last = route.rsplit('/').next().unwrap_or(route);
    text.contains('/') && PROBES.contains(&last) || matches!(route, "/status" | "/api/status" | "health" | "healthz")
}

fn instead(program: &Program<'_>) -> &'static str {
    if program.has_name("installed_apps") {
        "add \"health_check\" and \"health_check.db\" of django-health-check to INSTALLED_APPS and path(\"health/\", include(\"health_check.urls\")), or a view that answers at once and one that asks the database"
    } else {
        "add GET /health that answers at once, and GET /ready that asks the database with a timeout of a second"
    }
}
