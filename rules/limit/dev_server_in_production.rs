//! A deployment starts the program the way its developers do.

use analysis::{DevStart, ExprRef, LibraryCall, Program, Several, StartCommand};
use ir::finding::{Confidence, Family, Finding, Location, RuleInfo, Severity, Step};

use crate::Rule;

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "dev-server-in-production",
        family: Family::Limit,
        severity: Severity::Warning,
        summary: "a deployment file starts what is meant for developers: a server, a watcher, debugging, a single-file database",
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
    for (call, several) in program.single_files() {
        findings.push(of_single_file(program, call, &several));
    }
    for setting in program.django_settings("DEBUG", "true") {
        findings.extend(program.start_of(setting.file).map(|command| of_debug(program, setting, command)));
    }
}

/// SQLite lets one process write at a time.
fn of_single_file(program: &Program<'_>, call: &LibraryCall<'_>, several: &Several) -> Finding {
    let primary = program.location(call.at.file, program.call_span(call.at));
    Finding {
        rule: RULE.info.slug,
        severity: RULE.info.severity,
        confidence: Confidence::Medium,
        message: format!("{} share one SQLite file", several.is),
        primary,
        label: "one process writes at a time".to_owned(),
        evidence: vec![Step { location: primary, message: "opens a file that all of them write".to_owned() }],
        affected: Vec::new(),
        related: vec![Step { location: several.location, message: format!("starts {}", several.is) }],
        runs_out:
            "the file's only lock: the others wait for 5 seconds and then fail with `database is locked`, and a second \
                   machine has a file of its own"
                .to_owned(),
        instead: "PostgreSQL for what several processes write; with one process, SQLite in WAL mode".to_owned(),
    }
}

/// Django keeps every query of a request where it can be looked at.
fn of_debug(program: &Program<'_>, setting: ExprRef, command: &StartCommand) -> Finding {
    let primary = program.location(setting.file, program.expr_span(setting));
    let starts = Location { path: command.path, span: command.span };
    Finding {
        rule: RULE.info.slug,
        severity: RULE.info.severity,
        confidence: Confidence::Medium,
        message: "the deployment runs with Django's DEBUG switched on".to_owned(),
        primary,
        label: "always on".to_owned(),
        evidence: vec![Step { location: primary, message: "nothing else decides it".to_owned() }],
        affected: Vec::new(),
        related: vec![Step { location: starts, message: format!("runs `{}`", command.words.join(" ")) }],
        runs_out: "memory and time: every query is recorded, templates are read anew, and each error renders a page with settings \
                   and variables"
            .to_owned(),
        instead: "DEBUG = os.environ.get(\"DEBUG\") == \"1\", which is off unless a developer sets it".to_owned(),
    }
}
