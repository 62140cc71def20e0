//! What several rules say in the same words.

use std::collections::BTreeMap;

use analysis::{Call, Context, LibraryCall, Program, Resource, State};
use ir::Span;
use ir::finding::{Confidence, Finding, Location, RuleInfo, Severity, Step};

use analysis::{FileId, FnRef};

/// Contexts in which something happens again and again while the server runs.
pub(crate) const SERVING: &[Context] = &[Context::Request, Context::Connection];

/// Runs for a request (or a socket) that waits for it.
pub(crate) fn serves(state: State) -> bool {
    SERVING.contains(&state.context) && !state.is_detached
}

/// Runs while the server serves, waited for or not.
pub(crate) fn recurs(state: State) -> bool {
    matches!(state.context, Context::Request | Context::Connection | Context::Job)
}

/// A client waits for it.
pub(crate) fn waited_for(state: State) -> bool {
    state.context == Context::Request && !state.is_detached
}

/// A client waits for it, and not only where something has failed.
pub(crate) fn usually_waited_for(state: State) -> bool {
    waited_for(state) && !state.is_exceptional
}

/// A finding in the making: its place and the function it stands in.
pub(crate) struct Cause<'a> {
    pub(crate) program: &'a Program<'a>,
    pub(crate) rule: &'a RuleInfo,
    pub(crate) function: FnRef,
    pub(crate) file: FileId,
    pub(crate) span: Span,
}

pub(crate) struct Words {
    pub(crate) message: String,
    pub(crate) label: String,
    pub(crate) runs_out: String,
    pub(crate) instead: String,
}

impl<'a> Cause<'a> {
    pub(crate) fn of_call(program: &'a Program<'a>, rule: &'a RuleInfo, call: &LibraryCall<'_>) -> Self {
        let span = program.call_span(call.at);
        Self { program, rule, function: call.function, file: call.at.file, span }
    }

    pub(crate) fn location(&self) -> Location {
        self.program.location(self.file, self.span)
    }

    /// The finding, with the way from a handler that runs in a wanted state, and all handlers.
    pub(crate) fn finding(
        &self,
        severity: Severity,
        confidence: Confidence,
        wanted: impl Fn(State) -> bool,
        words: Words,
    ) -> Finding {
        let primary = self.location();
        let last = Step { location: primary, message: words.label.clone() };
        Finding {
            rule: self.rule.slug,
            severity,
            confidence,
            message: words.message,
            primary,
            label: words.label,
            evidence: self.program.evidence(self.function, wanted, last),
            affected: self.program.handlers(self.function, SERVING),
            related: Vec::new(),
            runs_out: words.runs_out,
            instead: words.instead,
        }
    }
}

/// Adds another place of the same cause to a finding.
pub(crate) fn join(first: &mut Finding, other: Finding) {
    first.related.push(Step { location: other.primary, message: other.label });
    for entry in other.affected {
        if !first.affected.contains(&entry) {
            first.affected.push(entry);
        }
    }
}

/// Findings of which those with one key are one decision: the first tells of it, the others are places of it.
pub(crate) struct Decisions<K> {
    findings: Vec<Finding>,
    first: BTreeMap<K, usize>,
}

impl<K: Ord> Decisions<K> {
    pub(crate) fn none_yet() -> Self {
        Self { findings: Vec::new(), first: BTreeMap::new() }
    }

    /// Without a key it stands for itself.
    pub(crate) fn add(&mut self, key: Option<K>, finding: Finding) {
        let number = self.findings.len();
        let first = key.map_or(number, |key| *self.first.entry(key).or_insert(number));
        match self.findings.get_mut(first) {
            Some(first) => join(first, finding),
            None => self.findings.push(finding),
        }
    }

    pub(crate) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}

/// `a PostgreSQL connection`, `an SQLAlchemy engine`.
pub(crate) fn with_article(noun: &str) -> String {
    let starts_with_vowel_sound = noun.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O'])
        || ["SMTP", "SQL", "HTTP", "http", "S3", "SES", "SNS", "SQS", "SDK", "LLM"]
            .iter()
            .any(|start| noun.starts_with(start));
    let starts_with_y_sound = ["uni", "Uni", "use", "uv", "one"].iter().any(|start| noun.starts_with(start));
    if starts_with_vowel_sound && !starts_with_y_sound { format!("an {noun}") } else { format!("a {noun}") }
}

/// The text, or another where it is empty.
pub(crate) fn or(text: &str, otherwise: &str) -> String {
    if text.is_empty() { otherwise.to_owned() } else { text.to_owned() }
}

/// What runs out where a database's connections do: the model's own words, else others; with the database's real limit, if
/// somebody told it.
pub(crate) fn connections(program: &Program<'_>, model: &Call, otherwise: &str) -> String {
    let is_of_database = matches!(model.acquires, Some(Resource::Connection | Resource::Pool));
    match program.connection_limit().filter(|_| is_of_database) {
        Some(limit) => format!("this database accepts {limit} connections, and each of them takes time to open"),
        None => or(model.runs_out, otherwise),
    }
}

/// Whether a file is served to browsers as it is.
pub(crate) fn is_for_browsers(path: &str) -> bool {
    path.split('/').any(|folder| matches!(folder, "static" | "public" | "assets" | "vendor" | "wwwroot"))
}
