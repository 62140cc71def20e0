//! Commands in the log of a GitHub workflow, which become annotations of the changed files.

use std::fmt::Write as _;

use ir::finding::{Finding, Severity};

use crate::concise::place;
use crate::escape::{github_data, github_property};
use crate::{Report, Sources, prose};

/// A line a finding, the most severe first: GitHub shows ten errors and ten warnings a step.
pub fn render_github(report: &Report<'_>) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        push_command(finding, report.sources, &mut out);
    }
    out
}

fn push_command(finding: &Finding, sources: &Sources, out: &mut String) {
    let kind = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let source = sources.get(finding.primary.path);
    let (start, end) = (source.position(finding.primary.span.start), source.position(finding.primary.span.end));
    let path = github_property(&finding.primary.path);
    let mut properties = format!("file={path},line={},endLine={}", start.line, end.line);
    if start.line == end.line {
        // GitHub refuses columns on different lines. Writing to a string cannot fail.
        let _ = write!(properties, ",col={},endColumn={}", start.column, end.column);
    }
    // The log shows the text without the properties.
    let place = github_data(&place(finding.primary, sources));
    let text: Vec<String> = prose::sentences(finding).iter().map(|sentence| github_data(sentence)).collect();
    let title = github_property(finding.rule);
    let _ = writeln!(out, "::{kind} {properties},title={title}::{place}: {}", text.join("%0A"));
}
