//! GitLab's code quality report.

use ir::finding::Severity;
use serde::Serialize;

use crate::json::to_text;
use crate::neutral::neutral;
use crate::{Position, Report, prose};

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'static str,
    fingerprint: &'a str,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: &'static str,
    lines: Lines,
    positions: Positions,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

#[derive(Serialize)]
struct Positions {
    begin: Place,
    end: Place,
}

/// In code points.
#[derive(Serialize)]
struct Place {
    line: usize,
    column: usize,
}

impl From<Position> for Place {
    fn from(position: Position) -> Self {
        Self { line: position.line, column: position.column }
    }
}

pub fn render_gitlab(report: &Report<'_>) -> String {
    let findings = report.findings.iter().zip(&report.fingerprints);
    let issues = findings.map(|(finding, fingerprint)| {
        let source = report.sources.get(finding.primary.path);
        let (begin, end) = (source.position(finding.primary.span.start), source.position(finding.primary.span.end));
        Issue {
            // The check's name is not shown.
            description: neutral(&format!("{}: {}", finding.rule, prose::sentences(finding).join(" "))),
            check_name: finding.rule,
            fingerprint,
            severity: match finding.severity {
                Severity::Error => "critical",
                Severity::Warning => "major",
                Severity::Info => "minor",
            },
            location: Location {
                path: finding.primary.path.as_str(),
                lines: Lines { begin: begin.line, end: end.line },
                positions: Positions { begin: begin.into(), end: end.into() },
            },
        }
    });
    to_text(&issues.collect::<Vec<_>>())
}
