//! SARIF 2.1.0 as GitHub code scanning reads it: one run, every rule of the run, places with UTF-16 columns.

mod model;
mod places;
mod rules;

pub(crate) use rules::address;

use std::collections::BTreeMap;

use ir::Symbol;
use ir::finding::{Confidence, Finding, Severity};

use crate::line_hash::line_hashes;
use crate::summary::Note;
use crate::{Acceptance, Report, Sources, json, prose};
use model::{
    AutomationDetails, BaseId, CodeFlow, Driver, Fingerprints, Invocation, Log, Message, Notification,
    ResultProperties, Run, SarifResult, Suppression, ThreadFlow, ThreadFlowLocation, Tool,
};

/// More results make code scanning drop some by itself.
const MAX_RESULTS: usize = 5_000;
const MAX_STEPS: usize = 100;
const MAX_RELATED: usize = 100;

/// Where the tool is described.
pub(crate) const INFORMATION_URI: &str = "https://github.com/scalecliff/scalecliff";

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// The one base of all paths. It gets no address of its own, so that no machine's path leaks.
const ROOT: &str = "%SRCROOT%";

/// `version` is the program's.
pub fn render_sarif(report: &Report<'_>, version: &str) -> String {
    let slugs: Vec<&str> = report.rules.keys().copied().collect();
    let mut hashes = LineHashes::default();
    let open = report.findings.iter().zip(&report.fingerprints).map(|(finding, print)| (finding, print, None));
    let accepted = report.accepted().iter();
    let accepted = accepted.map(|accepted| (&accepted.found.finding, &accepted.found.fingerprint, Some(&accepted.by)));
    let results = open.chain(accepted).take(MAX_RESULTS).map(|(finding, fingerprint, by)| SarifResult {
        baseline_state: baseline_state(report, by),
        suppressions: report.accepted.is_some().then(|| suppressions(by, report.sources)),
        ..result(finding, fingerprint, &slugs, report.sources, &mut hashes)
    });
    let results = results.collect();
    let notifications = notifications(report);
    let description = Message::new("The root of the repository, or the working directory outside of one.");
    json::to_text(&Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "scalecliff",
                    full_name: format!("scalecliff {version}"),
                    version,
                    semantic_version: version,
                    information_uri: INFORMATION_URI,
                    rules: report.rules.values().map(rules::descriptor).collect(),
                },
            },
            automation_details: AutomationDetails { id: "scalecliff/" },
            column_kind: "utf16CodeUnits",
            original_uri_base_ids: BTreeMap::from([(ROOT, BaseId { description })]),
            invocations: [Invocation {
                execution_successful: report.summary.failures.is_empty(),
                tool_execution_notifications: notifications,
            }],
            results,
        }],
    })
}

fn result<'a>(
    finding: &'a Finding,
    fingerprint: &'a str,
    slugs: &[&str],
    sources: &Sources,
    hashes: &mut LineHashes,
) -> SarifResult<'a> {
    let places = finding.affected.iter().chain(&finding.related).take(MAX_RELATED);
    let related = places.zip(1..).map(|(step, id)| {
        let message = if step.message.is_empty() { "affected" } else { &step.message };
        places::location(step.location, sources, Some(message), Some(id))
    });
    SarifResult {
        rule_id: finding.rule,
        rule_index: slugs.binary_search(&finding.rule).ok(),
        level: level(finding.severity),
        rank: match finding.confidence {
            Confidence::High => 90,
            Confidence::Medium => 60,
            Confidence::Low => 30,
        },
        message: Message::new(message_text(finding)),
        locations: [places::location(finding.primary, sources, Some(&finding.label), None)],
        related_locations: related.collect(),
        code_flows: code_flows(finding, sources),
        partial_fingerprints: Fingerprints {
            primary_location_line_hash: hashes.at(finding, sources),
            scalecliff: fingerprint,
        },
        baseline_state: None,
        suppressions: None,
        properties: ResultProperties { confidence: finding.confidence.as_str() },
    }
}

/// All results of a run have a state, or none has.
fn baseline_state(report: &Report<'_>, by: Option<&Acceptance>) -> Option<&'static str> {
    let has_baseline = report.accepted.as_ref().is_some_and(|accepted| accepted.has_baseline);
    has_baseline.then_some(if by == Some(&Acceptance::Baseline) { "unchanged" } else { "new" })
}

/// All results of a run have such a list, or none has; it is empty where nothing accepts the finding.
fn suppressions(by: Option<&Acceptance>, sources: &Sources) -> Vec<Suppression> {
    let suppression = by.map(|by| match by {
        Acceptance::Baseline => Suppression {
            kind: "external",
            status: "accepted",
            justification: "It is in the baseline.".to_owned(),
            location: None,
        },
        Acceptance::Comment { place, reason } => Suppression {
            kind: "inSource",
            status: "accepted",
            justification: reason.clone(),
            location: Some(places::location(*place, sources, None, None)),
        },
    });
    suppression.into_iter().collect()
}

pub(crate) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// The alert's text, with a link to an affected place, without which GitHub would show none.
fn message_text(finding: &Finding) -> String {
    let mut text = escape(&prose::sentences(finding).join(" "));
    if let Some(step) = finding.affected.first() {
        let name = if step.message.is_empty() { "an affected place" } else { &step.message };
        text.push_str(&format!(" Affects [{}](1)", escape(name)));
        match finding.affected.len() - 1 {
            0 => text.push('.'),
            others => text.push_str(&format!(" and {others} more.")),
        }
    }
    text
}

/// Brackets make links in messages.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

fn code_flows(finding: &Finding, sources: &Sources) -> Vec<CodeFlow> {
    let steps = &finding.evidence[..finding.evidence.len().min(MAX_STEPS)];
    if steps.is_empty() {
        return Vec::new();
    }
    let locations = steps.iter().enumerate().map(|(index, step)| ThreadFlowLocation {
        location: places::location(step.location, sources, Some(&step.message), None),
        nesting_level: index,
        importance: if index == 0 || index + 1 == steps.len() { "essential" } else { "important" },
    });
    vec![CodeFlow { thread_flows: [ThreadFlow { locations: locations.collect() }] }]
}

fn notifications(report: &Report<'_>) -> Vec<Notification> {
    let summary = &report.summary;
    let mut notifications = Vec::new();
    let count = report.findings.len() + report.accepted().len();
    if count > MAX_RESULTS {
        let text = format!("{count} results, of which the {MAX_RESULTS} most severe are here.");
        notifications.push(Notification { level: "warning", message: Message::new(text), locations: Vec::new() });
    }
    let mut push = |level, notes: &[Note], what: &str, is_file: bool| {
        for note in notes {
            let message = Message::new(format!("{}: {what}{}.", note.subject, note.reason));
            let place = is_file.then(|| places::file(note.subject));
            notifications.push(Notification { level, message, locations: place.into_iter().collect() });
        }
    };
    push("error", &summary.failures, "internal error: ", false);
    push("warning", &summary.left_out, "left out: ", true);
    push("note", &summary.recoded, "", true);
    for part in &summary.skipped {
        let (first, last) = part.lines(report.sources);
        let path = part.location.path;
        let text = format!("{path}: lines {first} to {last} were skipped: {}.", part.reason);
        let place = places::location(part.location, report.sources, None, None);
        notifications.push(Notification { level: "note", message: Message::new(text), locations: vec![place] });
    }
    notifications
}

/// The hashes of each file that has findings, computed once.
#[derive(Default)]
struct LineHashes {
    files: BTreeMap<Symbol, Vec<String>>,
}

impl LineHashes {
    fn at(&mut self, finding: &Finding, sources: &Sources) -> String {
        let path = finding.primary.path;
        let source = sources.get(path);
        let hashes = self.files.entry(path).or_insert_with(|| line_hashes(source.text()));
        let line = source.position(finding.primary.span.start).line;
        hashes.get(line - 1).cloned().unwrap_or_default()
    }
}
