//! The program's own machine format: everything in a finding, as one object or in lines.

mod model;

use ir::Symbol;
use ir::finding::{Finding, Location, RuleInfo, Severity, Step};
use serde::Serialize;

pub(crate) use self::model::JsonSummary;
use self::model::{
    JsonFinding, JsonLine, JsonLocation, JsonNote, JsonPosition, JsonReport, JsonRule, JsonRulePage, JsonSkipped,
    JsonStep, JsonSuppressed, JsonSuppression,
};
use crate::neutral::is_active;
use crate::summary::{Note, SkippedPart};
use crate::{Acceptance, Report, Sources};

/// Grows when a reader of the format must change.
pub(crate) const SCHEMA_VERSION: u32 = 1;

pub fn render_json(report: &Report<'_>) -> String {
    let findings = report.findings.iter().zip(&report.fingerprints);
    to_text(&JsonReport {
        schema_version: SCHEMA_VERSION,
        findings: findings.map(|(finding, fingerprint)| json_finding(report, finding, fingerprint)).collect(),
        suppressed: report.accepted.as_ref().map(|_| json_suppressed(report).collect()),
        summary: json_summary(report),
    })
}

/// An object a line: each finding, and at last the summary.
pub fn render_jsonl(report: &Report<'_>) -> String {
    let findings = report.findings.iter().zip(&report.fingerprints);
    let lines = findings.map(|(finding, fingerprint)| JsonLine::Finding(json_finding(report, finding, fingerprint)));
    let suppressed = json_suppressed(report).map(JsonLine::Suppressed);
    let summary = JsonLine::Summary { schema_version: SCHEMA_VERSION, summary: json_summary(report) };
    lines.chain(suppressed).chain([summary]).map(|line| to_line(&line)).collect()
}

/// What `scalecliff rules` lists, for machines.
pub fn render_rules_json(rules: &[RuleInfo]) -> String {
    to_text(&rules.iter().map(json_rule).collect::<Vec<_>>())
}

/// A rule with its page.
pub fn render_rule_json(rule: &RuleInfo) -> String {
    to_text(&JsonRulePage { rule: json_rule(rule), page: rule.page })
}

fn json_rule(rule: &RuleInfo) -> JsonRule {
    JsonRule {
        slug: rule.slug,
        family: rule.family.as_str(),
        severity: rule.severity.as_str(),
        summary: rule.summary,
        cwe: rule.cwe,
    }
}

fn json_finding<'a>(report: &'a Report<'_>, finding: &'a Finding, fingerprint: &'a str) -> JsonFinding<'a> {
    let steps = |steps: &'a [Step]| -> Vec<JsonStep<'a>> {
        steps
            .iter()
            .map(|step| JsonStep { message: &step.message, location: location(step.location, report.sources) })
            .collect()
    };
    JsonFinding {
        rule: finding.rule,
        family: report.rules.get(finding.rule).map(|rule| rule.family.as_str()),
        severity: finding.severity.as_str(),
        confidence: finding.confidence.as_str(),
        message: &finding.message,
        label: &finding.label,
        location: location(finding.primary, report.sources),
        evidence: steps(&finding.evidence),
        affected: steps(&finding.affected),
        related: steps(&finding.related),
        runs_out: &finding.runs_out,
        instead: &finding.instead,
        fingerprint,
    }
}

/// What comments and a baseline accept, where that is asked for.
fn json_suppressed<'a>(report: &'a Report<'_>) -> impl Iterator<Item = JsonSuppressed<'a>> {
    report.accepted().iter().map(|accepted| JsonSuppressed {
        finding: json_finding(report, &accepted.found.finding, &accepted.found.fingerprint),
        suppression: match &accepted.by {
            Acceptance::Baseline => JsonSuppression { kind: "baseline", reason: None, location: None },
            Acceptance::Comment { place, reason } => JsonSuppression {
                kind: "comment",
                reason: Some(reason),
                location: Some(location(*place, report.sources)),
            },
        },
    })
}

pub(crate) fn json_summary<'a>(report: &'a Report<'_>) -> JsonSummary<'a> {
    let summary = &report.summary;
    let notes = |notes: &'a [Note]| -> Vec<JsonNote<'a>> {
        notes.iter().map(|note| JsonNote { subject: note.subject.as_str(), reason: &note.reason }).collect()
    };
    let parts = |parts: &'a [SkippedPart]| -> Vec<JsonSkipped<'a>> {
        let skipped = |part: &'a SkippedPart| JsonSkipped {
            location: location(part.location, report.sources),
            reason: &part.reason,
        };
        parts.iter().map(skipped).collect()
    };
    JsonSummary {
        files: summary.files,
        findings: report.findings.len(),
        errors: report.count(Severity::Error),
        warnings: report.count(Severity::Warning),
        infos: report.count(Severity::Info),
        below_confidence: summary.below_confidence,
        in_tests: summary.in_tests,
        suppressed: summary.suppressed,
        in_baseline: summary.in_baseline,
        out_of_scope: summary.out_of_scope,
        excluded: summary.excluded,
        passed_over: summary.passed_over.len(),
        comments: parts(&summary.comments),
        stale: &summary.stale,
        left_out: notes(&summary.left_out),
        generated: notes(&summary.generated),
        skipped: parts(&summary.skipped),
        unread: parts(&summary.unread),
        recoded: notes(&summary.recoded),
        failures: notes(&summary.failures),
    }
}

fn location(location: Location, sources: &Sources) -> JsonLocation {
    let Location { path, span } = location;
    let position = |offset| {
        let position = sources.get(path).position(offset);
        JsonPosition { offset, line: position.line, column: position.column, utf16_column: position.utf16_column }
    };
    JsonLocation { path: Symbol::as_str(path), start: position(span.start), end: position(span.end) }
}

/// Pretty-printed JSON with a line end. What a terminal or a build log would obey is escaped; parsers read the same
/// values.
pub(crate) fn to_text(value: &impl Serialize) -> String {
    harmless(&serde_json::to_string_pretty(value).expect("structs with string keys cannot fail"))
}

/// The same in one line.
pub(crate) fn to_line(value: &impl Serialize) -> String {
    harmless(&serde_json::to_string(value).expect("structs with string keys cannot fail"))
}

fn harmless(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        // Outside strings there is nothing but ASCII, and no `#`.
        let is_log_command = c == '#' && out.ends_with('#');
        if is_log_command || c != '\n' && is_active(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    out
}
