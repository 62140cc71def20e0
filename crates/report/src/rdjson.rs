//! The diagnostic format of reviewdog, which comments on pull requests.

use ir::finding::{Finding, Location, Severity};
use serde::Serialize;

use crate::json::{to_line, to_text};
use crate::neutral::neutral;
use crate::sarif::{INFORMATION_URI, address};
use crate::{Report, Sources, prose};

const SOURCE: RdSource = RdSource { name: "scalecliff", url: INFORMATION_URI };

#[derive(Serialize)]
struct RdResult {
    source: RdSource,
    diagnostics: Vec<Diagnostic>,
}

#[derive(Serialize)]
struct Diagnostic {
    message: String,
    location: RdLocation,
    severity: &'static str,
    /// In a list, the list says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<RdSource>,
    code: Code,
    #[serde(rename = "relatedLocations", skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Related>,
}

#[derive(Serialize)]
struct RdSource {
    name: &'static str,
    url: &'static str,
}

#[derive(Serialize)]
struct Code {
    value: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Serialize)]
struct Related {
    message: String,
    location: RdLocation,
}

#[derive(Serialize)]
struct RdLocation {
    path: &'static str,
    range: Range,
}

#[derive(Serialize)]
struct Range {
    start: RdPosition,
    /// Exclusive.
    end: RdPosition,
}

/// The column in bytes.
#[derive(Serialize)]
struct RdPosition {
    line: usize,
    column: usize,
}

/// One object.
pub fn render_rdjson(report: &Report<'_>) -> String {
    let diagnostics = report.findings.iter().map(|finding| diagnostic(finding, report, None));
    to_text(&RdResult { source: SOURCE, diagnostics: diagnostics.collect() })
}

/// A line a finding.
pub fn render_rdjsonl(report: &Report<'_>) -> String {
    report.findings.iter().map(|finding| to_line(&diagnostic(finding, report, Some(SOURCE)))).collect()
}

fn diagnostic(finding: &Finding, report: &Report<'_>, source: Option<RdSource>) -> Diagnostic {
    let sources = report.sources;
    let on_the_way = finding.evidence.iter().filter(|step| step.location != finding.primary);
    let related =
        on_the_way.map(|step| Related { message: neutral(&step.message), location: location(step.location, sources) });
    let sentences: Vec<String> = prose::sentences(finding).iter().map(|sentence| neutral(sentence)).collect();
    Diagnostic {
        message: sentences.join("\n"),
        location: location(finding.primary, sources),
        severity: match finding.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Info => "INFO",
        },
        source,
        code: Code { value: finding.rule, url: report.rules.get(finding.rule).map(address) },
        related_locations: related.collect(),
    }
}

fn location(Location { path, span }: Location, sources: &Sources) -> RdLocation {
    let position = |offset| {
        let position = sources.get(path).position(offset);
        RdPosition { line: position.line, column: position.utf8_column }
    };
    RdLocation { path: path.as_str(), range: Range { start: position(span.start), end: position(span.end) } }
}
