//! A deployment starts the program the way its developers do.

use analysis::{DevStart, Program};
use ir::finding::{Confidence, Family, Finding, Location, RuleInfo, Severity, Step};

use crate::Rule;

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "dev-server-in-production",
        family: Family::Limit,
        severity: Severity::Warning,
        summary: "a deployment file starts a development server, or a server that watches its files",
        cwe: &[489],
        page: include_str!("dev_server_in_production.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    if !program.is_server() {
        return;
    }
    for DevStart { command, kind, call } in program.dev_starts() {
        let primary = Location { path: command.path, span: command.span };
        findings.push(Finding {
            rule: RULE.info.slug,
            severity: RULE.info.severity,
            confidence: Confidence::High,
            message: format!("the deployment starts {}", kind.is),
            primary,
            label: "started for everybody".to_owned(),
            evidence: vec![Step { location: primary, message: format!("runs `{}`", command.words.join(" ")) }],
            affected: Vec::new(),
            related: call
                .map(|call| Step {
                    location: program.location(call.at.file, program.call_span(call.at)),
                    message: format!("starts {}", kind.is),
                })
                .into_iter()
                .collect(),
            runs_out: "processor time: it has one process, watches or compiles files while it serves, and answers a \
                       fraction of the requests that the production server does"
                .to_owned(),
            instead: kind.instead.clone(),
        });
    }
}
