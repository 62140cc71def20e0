//! SonarQube's generic issues. Its import of SARIF would call every finding a vulnerability.

use ir::Symbol;
use ir::finding::{Finding, Location, RuleInfo, Severity};
use serde::Serialize;

use crate::json::to_text;
use crate::neutral::neutral;
use crate::{Report, Sources, page, prose};

#[derive(Serialize)]
struct SonarReport {
    rules: Vec<SonarRule>,
    issues: Vec<Issue>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SonarRule {
    id: &'static str,
    name: &'static str,
    description: String,
    engine_id: &'static str,
    clean_code_attribute: &'static str,
    /// What servers go by that have the older taxonomy.
    #[serde(rename = "type")]
    kind: &'static str,
    severity: &'static str,
    impacts: [Impact; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Impact {
    software_quality: &'static str,
    severity: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Issue {
    rule_id: &'static str,
    primary_location: SonarLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    secondary_locations: Vec<SonarLocation>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SonarLocation {
    message: String,
    file_path: &'static str,
    text_range: TextRange,
}

/// Lines from 1, columns from 0 and in UTF-16 code units. A range without characters is refused, so it is the line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TextRange {
    start_line: usize,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    columns: Option<Columns>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Columns {
    end_line: usize,
    start_column: usize,
    end_column: usize,
}

pub fn render_sonar(report: &Report<'_>) -> String {
    to_text(&SonarReport {
        rules: report.rules.values().map(rule).collect(),
        issues: report.findings.iter().map(|finding| issue(finding, report.sources)).collect(),
    })
}

fn rule(rule: &RuleInfo) -> SonarRule {
    let (severity, impact) = match rule.severity {
        Severity::Error => ("CRITICAL", "HIGH"),
        Severity::Warning => ("MAJOR", "MEDIUM"),
        Severity::Info => ("MINOR", "LOW"),
    };
    SonarRule {
        id: rule.slug,
        name: rule.summary,
        description: page::first_paragraph(rule.page).unwrap_or_else(|| rule.summary.to_owned()),
        engine_id: "scalecliff",
        clean_code_attribute: "EFFICIENT",
        kind: "CODE_SMELL",
        severity,
        impacts: [Impact { software_quality: "RELIABILITY", severity: impact }],
    }
}

fn issue(finding: &Finding, sources: &Sources) -> Issue {
    let on_the_way = finding.evidence.iter().filter(|step| step.location != finding.primary);
    Issue {
        rule_id: finding.rule,
        primary_location: location(finding.primary, prose::sentences(finding).join(" "), sources),
        secondary_locations: on_the_way.map(|step| location(step.location, step.message.clone(), sources)).collect(),
    }
}

fn location(Location { path, span }: Location, message: String, sources: &Sources) -> SonarLocation {
    let source = sources.get(path);
    let (start, end) = (source.position(span.start), source.position(span.end));
    let columns = (start != end).then(|| Columns {
        end_line: end.line,
        start_column: start.utf16_column - 1,
        end_column: end.utf16_column - 1,
    });
    SonarLocation {
        message: neutral(&message),
        file_path: Symbol::as_str(path),
        text_range: TextRange { start_line: start.line, columns },
    }
}
