use std::fmt::Write as _;

use ir::finding::Finding;

use crate::neutral::{neutral, neutral_path};
use crate::{Report, Sources};

/// One line a finding: `path:line:column: severity[slug] message`.
pub fn render_concise(report: &Report<'_>) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        push_line(finding, report.sources, &mut out);
    }
    out
}

pub(crate) fn push_line(finding: &Finding, sources: &Sources, out: &mut String) {
    let place = place(finding.primary, sources);
    let (severity, rule) = (finding.severity.as_str(), finding.rule);
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{place}: {severity}[{rule}] {}", neutral(&finding.message));
}

/// `path:line:column`.
pub(crate) fn place(location: ir::finding::Location, sources: &Sources) -> String {
    let position = sources.get(location.path).position(location.span.start);
    format!("{}:{}:{}", neutral_path(&location.path), position.line, position.column)
}
