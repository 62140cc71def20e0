//! A service of which nobody knows how long its requests take.

use analysis::{App, Program, Provision};
use ir::finding::{Family, Finding, RuleInfo, Severity};

use crate::common::Words;
use crate::{Rule, service};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "missing-request-metrics",
        family: Family::Observe,
        severity: Severity::Info,
        summary: "the service measures neither the number nor the time of its requests",
        cwe: &[],
        page: include_str!("missing_request_metrics.md"),
    },
    check,
};

/// Agents that deployment files attach to a process.
const AGENTS: &[&str] =
    &["opentelemetry-instrument", "ddtrace-run", "newrelic", "otel_exporter", "datadog", "sentry_dsn", "pyroscope"];

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    let Some(app) = service::app(program) else { return };
    let is_there = program.has(Provision::RequestMetrics)
        || program.says(AGENTS)
        || program.says(&["/metrics"])
        || program.has_name_with(&["prometheus", "opentelemetry", "statsd", "histogram", "metricsmiddleware"]);
    if !is_there {
        let words = Words {
            message: "no metrics tell how many requests the service has, how long they take and how many of them fail"
                .to_owned(),
            label: "no metrics and no tracing".to_owned(),
            runs_out:
                "the view of what runs out: with the first load it is a guess which route is slow, and since when"
                    .to_owned(),
            instead: instead(program, app).to_owned(),
        };
        findings.push(service::note(program, &RULE.info, app, Severity::Info, words));
    }
}

fn instead(program: &Program<'_>, app: App) -> &'static str {
    let frameworks = [
        (
            "installed_apps",
            "django-prometheus: its two middlewares around all others, and include(\"django_prometheus.urls\"); or opentelemetry-instrument",
        ),
        (
            "fastapi",
            "prometheus_fastapi_instrumentator: Instrumentator().instrument(app).expose(app), or opentelemetry-instrument",
        ),
        ("flask", "prometheus_flask_exporter: PrometheusMetrics(app), or opentelemetry-instrument"),
        ("express", "express-prom-bundle as the first middleware, or @opentelemetry/auto-instrumentations-node"),
        ("fastify", "fastify-metrics, or @opentelemetry/auto-instrumentations-node"),
        ("nestfactory", "@willsoto/nestjs-prometheus, or @opentelemetry/auto-instrumentations-node"),
        ("axum", "tower_http's TraceLayer and axum-prometheus as layers of the router"),
        ("actix_web", "tracing-actix-web's TracingLogger and actix-web-prom"),
    ];
    service::advice(program, app, &frameworks)
        .unwrap_or("count and time requests by route and status: Prometheus, OpenTelemetry or an APM agent")
}
