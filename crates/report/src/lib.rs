//! From findings to text, for people and for machines.
//!
//! Pure: the caller reads files and prints. Every function takes a [`Report`] and returns a string; the same report gives
//! the same bytes. Source text, paths and messages are written by strangers, so nothing of them reaches a terminal or a
//! log as a control sequence.

mod accepted;
mod agent;
mod azure;
mod checkstyle;
mod concise;
mod escape;
mod excerpt;
mod fingerprint;
mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod line_hash;
mod markdown;
mod neutral;
mod page;
mod prose;
mod rdjson;
mod sarif;
mod sonar;
mod sources;
mod statistics;
mod style;
mod summary;
mod text;
mod view;
mod wrap;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use ir::Symbol;
use ir::finding::{Family, Finding, RuleInfo, Severity};

pub use accepted::{Acceptance, Accepted};
pub use agent::render_agent;
pub use azure::render_azure;
pub use checkstyle::render_checkstyle;
pub use concise::render_concise;
pub use fingerprint::{Identified, hash_of, identify};
pub use github::render_github;
pub use gitlab::render_gitlab;
pub use html::render_html;
pub use json::{render_json, render_jsonl, render_rule_json, render_rules_json};
pub use junit::render_junit;
pub use markdown::{render_markdown, render_rules_markdown};
pub use neutral::neutral;
pub use page::render_page;
pub use rdjson::{render_rdjson, render_rdjsonl};
pub use sarif::render_sarif;
pub use sonar::render_sonar;
pub use sources::{Position, Source, Sources};
pub use statistics::{render_statistics, render_statistics_json};
pub use style::TextOptions;
pub use summary::{Note, SkippedPart, Summary, gaps, render_summary};
pub use text::render_text;

/// What one run has to say.
#[derive(Debug)]
pub struct Report<'a> {
    findings: Vec<Finding>,
    /// Beside `findings`.
    fingerprints: Vec<String>,
    rules: BTreeMap<&'static str, RuleInfo>,
    sources: &'a Sources,
    summary: Summary,
    accepted: Option<AcceptedFindings>,
}

/// What is accepted, where the reader asked for it.
#[derive(Debug)]
struct AcceptedFindings {
    findings: Vec<Accepted>,
    has_baseline: bool,
}

impl<'a> Report<'a> {
    /// `rules` are those that ran, whether they found anything or not. The most severe findings come first, then those
    /// of the first path and the first position.
    pub fn new(mut findings: Vec<Identified>, rules: &[RuleInfo], sources: &'a Sources, summary: Summary) -> Self {
        findings.sort_by(|a, b| by_weight(&a.finding, &b.finding));
        let (findings, fingerprints) = findings.into_iter().map(|found| (found.finding, found.fingerprint)).unzip();
        let rules = rules.iter().map(|rule| (rule.slug, *rule)).collect();
        Self { findings, fingerprints, rules, sources, summary, accepted: None }
    }

    /// The same report with what comments and a baseline accept, for the formats that have a place for it.
    #[must_use]
    pub fn with_accepted(mut self, mut findings: Vec<Accepted>, has_baseline: bool) -> Self {
        findings.sort_by(|a, b| by_weight(&a.found.finding, &b.found.finding));
        self.accepted = Some(AcceptedFindings { findings, has_baseline });
        self
    }

    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What is accepted; nothing unless it was asked for.
    fn accepted(&self) -> &[Accepted] {
        self.accepted.as_ref().map_or(&[], |accepted| &accepted.findings)
    }

    /// The findings of each file.
    fn by_path(&self) -> BTreeMap<Symbol, Vec<&Finding>> {
        let mut files: BTreeMap<Symbol, Vec<&Finding>> = BTreeMap::new();
        for finding in &self.findings {
            files.entry(finding.primary.path).or_default().push(finding);
        }
        files
    }

    fn family(&self, finding: &Finding) -> Option<Family> {
        self.rules.get(finding.rule).map(|rule| rule.family)
    }

    fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

/// The most severe first, then the first path and the first position.
fn by_weight(a: &Finding, b: &Finding) -> Ordering {
    let key = |finding: &Finding| (std::cmp::Reverse(finding.severity), finding.primary, finding.rule);
    key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
}
