//! Findings and sources to report.

use ir::finding::{Confidence, Family, Finding, Location, RuleInfo, Severity, Step};
use ir::{Span, Symbol};
use report::{Report, Sources, Summary, TextOptions, identify};
use serde_json::Value;

pub(crate) const PLAIN: TextOptions = TextOptions { color: false, width: 100, verbose: false };

pub(crate) const RULES: [RuleInfo; 2] = [
    RuleInfo {
        slug: "connection-per-request",
        family: Family::Pool,
        severity: Severity::Error,
        summary: "a connection is opened for every request",
        cwe: &[770],
        page: "# connection-per-request\n\nEvery request opens a connection.\n\n```python\nconnect()  # error\n```\n",
    },
    RuleInfo {
        slug: "n-plus-one",
        family: Family::Query,
        severity: Severity::Warning,
        summary: "a query runs once per row",
        cwe: &[],
        page: "# n-plus-one\n\nA query runs in a loop.\n\nDone when one query\nasks for all `rows`.\n",
    },
];

pub(crate) const ROUTES: &str = "@app.get(\"/users\")\ndef list_users():\n    rows = get_all()\n    return rows\n";
pub(crate) const DB: &str =
    "def get_all():\n    conn = psycopg2.connect(DSN)\n    return conn.execute(SQL).fetchall()\n";

pub(crate) fn sources(files: &[(&str, &str)]) -> Sources {
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.insert(Symbol::new(path), (*text).to_owned());
    }
    sources
}

/// The place of the first occurrence of `part`.
pub(crate) fn at(sources: &Sources, path: &str, part: &str) -> Location {
    let path = Symbol::new(path);
    let start = sources.get(path).text().find(part).expect("the part is in the text") as u32;
    Location { path, span: Span::new(start, start + part.len() as u32) }
}

pub(crate) fn step(location: Location, message: &str) -> Step {
    Step { location, message: message.to_owned() }
}

pub(crate) fn connection_finding(sources: &Sources) -> Finding {
    let primary = at(sources, "app/db.py", "psycopg2.connect(DSN)");
    let handler = at(sources, "app/routes.py", "@app.get(\"/users\")");
    Finding {
        rule: "connection-per-request",
        severity: Severity::Error,
        confidence: Confidence::High,
        message: "a new PostgreSQL connection is opened for every request".to_owned(),
        primary,
        label: "opened here".to_owned(),
        evidence: vec![
            step(handler, "GET /users"),
            step(at(sources, "app/routes.py", "get_all()"), "calls get_all"),
            step(primary, "opens a connection"),
        ],
        affected: vec![step(handler, "GET /users")],
        related: Vec::new(),
        runs_out: "connections of the server: 100 by default, at about 100 concurrent requests".to_owned(),
        instead: "`psycopg_pool.ConnectionPool`, made once at import".to_owned(),
    }
}

pub(crate) fn plain_finding(primary: Location, severity: Severity) -> Finding {
    Finding {
        rule: "n-plus-one",
        severity,
        confidence: Confidence::Medium,
        message: "a query runs once per row".to_owned(),
        primary,
        label: "once per row".to_owned(),
        evidence: Vec::new(),
        affected: Vec::new(),
        related: Vec::new(),
        runs_out: String::new(),
        instead: String::new(),
    }
}

pub(crate) fn report<'a>(findings: Vec<Finding>, sources: &'a Sources) -> Report<'a> {
    let findings = identify(findings, |_| String::new(), sources);
    Report::new(findings, &RULES, sources, Summary { files: 2, ..Summary::default() })
}

pub(crate) fn sarif(report: &Report<'_>) -> Value {
    serde_json::from_str(&report::render_sarif(report, "0.1.0")).expect("JSON")
}

/// The report in every format, by name.
pub(crate) fn all_formats(report: &Report<'_>) -> Vec<(&'static str, String)> {
    scalecliff_tests::all_formats(report, PLAIN)
}
