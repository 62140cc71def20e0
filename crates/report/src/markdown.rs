//! Markdown for the summary of a job, as GitHub shows it: a table for who has a minute, details for who fixes it.

use std::fmt::Write as _;

use ir::finding::{Confidence, Finding, RuleInfo, Severity};

use crate::concise::place;
use crate::escape::markdown;
use crate::prose::{affected, counted, listed, severity_noun};
use crate::summary::{headline, not_analysed};
use crate::{Report, Sources};

/// GitHub takes 1 MiB, and drops all of a longer summary.
const MAX_LENGTH: usize = 900_000;
const MAX_ROWS: usize = 1_000;
/// Names of handlers in a row of the table.
const MAX_NAMES: usize = 2;

const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Info];

pub fn render_markdown(report: &Report<'_>) -> String {
    let mut out = format!("## scalecliff: {}\n", markdown(&headline(report)));
    if !report.findings.is_empty() {
        push_counts(report, &mut out);
        push_table(report, &mut out);
        push_details(report, &mut out);
    }
    if let Some(rest) = not_analysed(report) {
        let _ = write!(out, "\n{}\n", markdown(&rest));
    }
    out
}

/// What `scalecliff rules` lists, as a table.
pub fn render_rules_markdown(rules: &[RuleInfo]) -> String {
    let mut out = "| Rule | Family | Severity | Reports |\n| --- | --- | --- | --- |\n".to_owned();
    for rule in rules {
        let (family, severity) = (rule.family.as_str(), rule.severity.as_str());
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(out, "| `{}` | {family} | {severity} | {} |", rule.slug, with_code(rule.summary));
    }
    out
}

fn push_counts(report: &Report<'_>, out: &mut String) {
    out.push_str("\n| Severity | Findings |\n| --- | ---: |\n");
    for severity in SEVERITIES {
        let _ = writeln!(out, "| {} {} | {} |", sign(severity), severity_noun(severity), report.count(severity));
    }
}

/// A line a finding.
fn push_table(report: &Report<'_>, out: &mut String) {
    out.push_str("\n### What breaks first\n\n| | Rule | Place | What happens | Reached from |\n| --- | --- | --- | --- | --- |\n");
    for finding in report.findings.iter().take(MAX_ROWS) {
        let sign = sign(finding.severity);
        let (rule, place) = (markdown(finding.rule), markdown(&place(finding.primary, report.sources)));
        let (message, names) = (with_code(&finding.message), with_code(&listed(&affected(finding), MAX_NAMES)));
        let _ = writeln!(out, "| {sign} | {rule} | <code>{place}</code> | {message} | {names} |");
    }
    if let Some(more) = report.findings.len().checked_sub(MAX_ROWS).filter(|more| *more > 0) {
        let _ = write!(out, "\nand {more} more\n");
    }
}

fn push_details(report: &Report<'_>, out: &mut String) {
    out.push_str("\n### How, and what to write instead\n\n");
    for (index, finding) in report.findings.iter().enumerate() {
        let details = details(finding, report.sources);
        if out.len() + details.len() > MAX_LENGTH {
            let _ = writeln!(out, "The details of {} are left out.", counted(report.findings.len() - index, "finding"));
            return;
        }
        out.push_str(&details);
    }
}

/// A block of HTML: without an empty line, nothing of it is read as Markdown.
fn details(finding: &Finding, sources: &Sources) -> String {
    let (sign, rule) = (sign(finding.severity), markdown(finding.rule));
    let here = markdown(&place(finding.primary, sources));
    let message = with_code(&finding.message);
    let mut out = format!("<details><summary>{sign} <b>{rule}</b> <code>{here}</code> {message}</summary>\n");
    let steps = finding.evidence.iter().map(|step| {
        let place = markdown(&place(step.location, sources));
        format!("<li>{} <code>{place}</code></li>\n", with_code(&step.message))
    });
    let steps: String = steps.collect();
    if !steps.is_empty() {
        let _ = write!(out, "<ol>\n{steps}</ol>\n");
    }
    let confidence = match finding.confidence {
        Confidence::High => "",
        level => level.as_str(),
    };
    let names = affected(finding).join(", ");
    let facts = [
        ("Runs out first", finding.runs_out.as_str()),
        ("Instead", &finding.instead),
        ("Reached from", &names),
        ("Confidence", confidence),
    ];
    for (title, text) in facts.iter().filter(|(_, text)| !text.is_empty()) {
        let _ = writeln!(out, "<p><b>{title}:</b> {}</p>", with_code(text));
    }
    out + "</details>\n\n"
}

fn sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "🔴",
        Severity::Warning => "🟡",
        Severity::Info => "🔵",
    }
}

/// Escaped, and with what stands between backticks as code.
fn with_code(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let is_closed = parts.len() % 2 == 1;
    let last = parts.len() - 1;
    let mut out = String::new();
    for (index, part) in parts.iter().enumerate() {
        let part = markdown(part);
        match index % 2 {
            0 => out.push_str(&part),
            _ if index == last && !is_closed => out.push_str(&format!("{}{part}", markdown("`"))),
            _ => out.push_str(&format!("<code>{part}</code>")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::with_code;

    #[test]
    fn backticks_make_code() {
        assert_eq!(with_code("calls `a|b` here"), "calls <code>a&#124;b</code> here");
        assert_eq!(with_code("odd ` one"), "odd &#96; one");
    }
}
