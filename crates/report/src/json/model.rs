//! What `schemas/report.schema.json` describes.

use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct JsonReport<'a> {
    pub(crate) schema_version: u32,
    pub(crate) findings: Vec<JsonFinding<'a>>,
    /// Where it is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) suppressed: Option<Vec<JsonSuppressed<'a>>>,
    pub(crate) summary: JsonSummary<'a>,
}

#[derive(Serialize)]
pub(crate) struct JsonFinding<'a> {
    pub(crate) rule: &'static str,
    pub(crate) family: Option<&'static str>,
    pub(crate) severity: &'static str,
    pub(crate) confidence: &'static str,
    pub(crate) message: &'a str,
    pub(crate) label: &'a str,
    pub(crate) location: JsonLocation,
    pub(crate) evidence: Vec<JsonStep<'a>>,
    pub(crate) affected: Vec<JsonStep<'a>>,
    pub(crate) related: Vec<JsonStep<'a>>,
    pub(crate) runs_out: &'a str,
    pub(crate) instead: &'a str,
    pub(crate) fingerprint: &'a str,
}

#[derive(Serialize)]
pub(crate) struct JsonSuppressed<'a> {
    pub(crate) finding: JsonFinding<'a>,
    pub(crate) suppression: JsonSuppression<'a>,
}

#[derive(Serialize)]
pub(crate) struct JsonSuppression<'a> {
    pub(crate) kind: &'static str,
    /// Of a comment, as its place.
    pub(crate) reason: Option<&'a str>,
    pub(crate) location: Option<JsonLocation>,
}

#[derive(Serialize)]
pub(crate) struct JsonStep<'a> {
    pub(crate) message: &'a str,
    pub(crate) location: JsonLocation,
}

#[derive(Serialize)]
pub(crate) struct JsonLocation {
    pub(crate) path: &'static str,
    pub(crate) start: JsonPosition,
    /// Exclusive.
    pub(crate) end: JsonPosition,
}

/// `offset` in bytes from 0, `line`, `column` (in code points) and `utf16_column` from 1.
#[derive(Serialize)]
pub(crate) struct JsonPosition {
    pub(crate) offset: u32,
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) utf16_column: usize,
}

#[derive(Serialize)]
pub(crate) struct JsonSummary<'a> {
    pub(crate) files: usize,
    pub(crate) findings: usize,
    pub(crate) errors: usize,
    pub(crate) warnings: usize,
    pub(crate) infos: usize,
    pub(crate) below_confidence: usize,
    pub(crate) in_tests: usize,
    pub(crate) suppressed: usize,
    pub(crate) in_baseline: usize,
    pub(crate) out_of_scope: usize,
    pub(crate) excluded: usize,
    pub(crate) passed_over: usize,
    pub(crate) comments: Vec<JsonSkipped<'a>>,
    pub(crate) stale: &'a [String],
    pub(crate) left_out: Vec<JsonNote<'a>>,
    pub(crate) generated: Vec<JsonNote<'a>>,
    pub(crate) skipped: Vec<JsonSkipped<'a>>,
    pub(crate) unread: Vec<JsonSkipped<'a>>,
    pub(crate) recoded: Vec<JsonNote<'a>>,
    pub(crate) failures: Vec<JsonNote<'a>>,
}

#[derive(Serialize)]
pub(crate) struct JsonNote<'a> {
    pub(crate) subject: &'static str,
    pub(crate) reason: &'a str,
}

#[derive(Serialize)]
pub(crate) struct JsonSkipped<'a> {
    pub(crate) location: JsonLocation,
    pub(crate) reason: &'a str,
}

#[derive(Serialize)]
pub(crate) struct JsonRule {
    pub(crate) slug: &'static str,
    pub(crate) family: &'static str,
    pub(crate) severity: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) cwe: &'static [u16],
}

#[derive(Serialize)]
pub(crate) struct JsonRulePage {
    #[serde(flatten)]
    pub(crate) rule: JsonRule,
    /// In Markdown.
    pub(crate) page: &'static str,
}

/// A line of the format with lines.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum JsonLine<'a> {
    Finding(JsonFinding<'a>),
    Suppressed(JsonSuppressed<'a>),
    /// The last line.
    Summary {
        schema_version: u32,
        #[serde(flatten)]
        summary: JsonSummary<'a>,
    },
}
