//! What a run looked at, and what it could not look at.

use std::fmt::Write as _;

use ir::Symbol;
use ir::finding::{Location, Severity};

use crate::neutral::{neutral, neutral_path};
use crate::prose::{counted, severity_noun};
use crate::{Report, Sources, TextOptions};

/// How many of a list are shown unless everything is asked for.
const SHORT: usize = 5;

/// Beside the findings, everything that the reader must know to judge their absence. The lists are sorted.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Source files that were analysed, with those that were passed over.
    pub files: usize,
    /// Files that were looked at and not parsed, since nothing of the program uses them: test code, pages of a browser.
    pub passed_over: Vec<Symbol>,
    /// Files that were not analysed though they look like source.
    pub left_out: Vec<Note>,
    /// Files that look generated or minified: not analysed either, but nobody expects it.
    pub generated: Vec<Note>,
    /// Parts of analysed files that no parser could read.
    pub skipped: Vec<SkippedPart>,
    /// SQL statements that were only read by their keywords. Of interest to who looks for what is missing.
    pub unread: Vec<SkippedPart>,
    /// Files whose bytes were not UTF-8. Their offsets are those of the decoded text.
    pub recoded: Vec<Note>,
    /// Rules and files that the program itself failed on.
    pub failures: Vec<Note>,
    /// Findings that are not reported because their evidence is too weak.
    pub below_confidence: usize,
    /// Findings that are not reported because they are in test code.
    pub in_tests: usize,
    /// Findings that comments suppress.
    pub suppressed: usize,
    /// Findings that are not reported because a baseline holds them.
    pub in_baseline: usize,
    /// Findings that are not reported because the report is about another part of the program.
    pub out_of_scope: usize,
    /// Files that the settings leave out.
    pub excluded: usize,
    /// Comments that suppress nothing, or cannot be read.
    pub comments: Vec<SkippedPart>,
    /// What a baseline holds and the run no longer finds.
    pub stale: Vec<String>,
}

/// What happened to a file or a rule.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Note {
    /// A path, or the slug of a rule.
    pub subject: Symbol,
    /// In lower case, without a full stop.
    pub reason: String,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct SkippedPart {
    pub location: Location,
    pub reason: String,
}

impl SkippedPart {
    /// First and last line.
    pub(crate) fn lines(&self, sources: &Sources) -> (usize, usize) {
        sources.get(self.location.path).lines(self.location.span)
    }
}

/// The end of a report for people.
pub fn render_summary(report: &Report<'_>, options: TextOptions) -> String {
    let summary = &report.summary;
    let mut out = format!("{}\n", options.bold(&headline(report)));
    if summary.below_confidence > 0 {
        let count = counted(summary.below_confidence, "finding");
        push(&mut out, format_args!("{count} of lower confidence not shown (see --min-confidence)"));
    }
    if summary.in_tests > 0 {
        let count = counted(summary.in_tests, "finding");
        push(&mut out, format_args!("{count} in test code not shown (see --include-tests)"));
    }
    let in_baseline = match report.accepted {
        Some(_) => "in the baseline",
        None => "in the baseline, not shown (see --show-suppressed)",
    };
    let held_back = [
        (summary.suppressed, "suppressed by comments"),
        (summary.in_baseline, in_baseline),
        (summary.out_of_scope, "outside of what the report is about"),
    ];
    for (count, what) in held_back.into_iter().filter(|(count, _)| *count > 0) {
        push(&mut out, format_args!("{} {what}", counted(count, "finding")));
    }
    if summary.excluded > 0 {
        push(&mut out, format_args!("{} left out by the settings", counted(summary.excluded, "file")));
    }
    let comments = summary.comments.iter().map(|part| part_line(part, report.sources)).collect();
    push_list(&mut out, "comment", "without effect", comments, options);
    let stale = summary.stale.iter().map(|entry| neutral(entry)).collect();
    push_list(&mut out, "finding", "of the baseline no longer there (--update-baseline removes them)", stale, options);
    let lines = |notes: &[Note]| notes.iter().map(note_line).collect::<Vec<_>>();
    let parts = summary.skipped.iter().map(|part| part_line(part, report.sources)).collect();
    push_list(&mut out, "internal error", "while working on", lines(&summary.failures), options);
    push_list(&mut out, "file", "left out", lines(&summary.left_out), options);
    push_list(&mut out, "part", "skipped, the rest of the file was analysed", parts, options);
    push_list(&mut out, "file", "not in UTF-8", lines(&summary.recoded), options);
    if options.verbose {
        let unread = summary.unread.iter().map(|part| part_line(part, report.sources)).collect();
        push_list(&mut out, "SQL statement", "not parsed, only read by keywords", unread, options);
        push_list(&mut out, "file", "left out as generated", lines(&summary.generated), options);
        let passed_over = summary.passed_over.iter().map(|path| neutral_path(path)).collect();
        push_list(&mut out, "file", "not parsed, since nothing of the server uses it", passed_over, options);
    } else if !summary.generated.is_empty() {
        let count = counted(summary.generated.len(), "file");
        push(&mut out, format_args!("{count} left out as generated (-v lists them)"));
    }
    out
}

/// `2 errors, 1 note`.
pub(crate) fn by_severity(report: &Report<'_>) -> String {
    let severities = [Severity::Error, Severity::Warning, Severity::Info];
    let counts = severities.map(|severity| (report.count(severity), severity_noun(severity)));
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    counts.map(|(count, noun)| counted(*count, noun)).collect::<Vec<_>>().join(", ")
}

/// `3 findings in 2 of 10 files (2 errors, 1 note)`.
pub(crate) fn headline(report: &Report<'_>) -> String {
    let files = counted(report.summary.files, "file");
    if report.findings.is_empty() {
        return format!("no findings in {files}");
    }
    let mut paths: Vec<Symbol> = report.findings.iter().map(|finding| finding.primary.path).collect();
    paths.sort();
    paths.dedup();
    let findings = counted(report.findings.len(), "finding");
    format!("{findings} in {} of {files} ({})", paths.len(), by_severity(report))
}

/// What was asked for and not looked at, or not as it is, in one line: `2 files left out, 1 part skipped`. None if nothing was.
pub fn gaps(report: &Report<'_>) -> Option<String> {
    let summary = &report.summary;
    let counts = [
        (summary.failures.len(), "internal error", ""),
        (summary.left_out.len(), "file", " left out"),
        (summary.skipped.len(), "part", " skipped"),
        (summary.recoded.len(), "file", " not in UTF-8"),
    ];
    listed(&counts)
}

/// What the reader must know of what is not in the report, in one line.
pub(crate) fn not_analysed(report: &Report<'_>) -> Option<String> {
    let summary = &report.summary;
    let counts = [
        (summary.failures.len(), "internal error", ""),
        (summary.left_out.len(), "file", " left out"),
        (summary.skipped.len(), "part", " of files that cannot be parsed"),
        (summary.generated.len(), "generated file", " left out"),
        (summary.below_confidence, "finding", " of lower confidence"),
        (summary.in_tests, "finding", " in test code"),
        (summary.suppressed, "finding", " suppressed by comments"),
        (summary.in_baseline, "finding", " in the baseline"),
        (summary.out_of_scope, "finding", " outside of what it is about"),
        (summary.excluded, "file", " left out by the settings"),
    ];
    listed(&counts).map(|parts| format!("Not in this report: {parts}."))
}

/// Those that there are, with what each counts.
fn listed(counts: &[(usize, &str, &str)]) -> Option<String> {
    let counts = counts.iter().filter(|(count, _, _)| *count > 0);
    let parts: Vec<String> = counts.map(|(count, noun, what)| format!("{}{what}", counted(*count, noun))).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn push_list(out: &mut String, noun: &str, what: &str, lines: Vec<String>, options: TextOptions) {
    if lines.is_empty() {
        return;
    }
    push(out, format_args!("{} {what}:", counted(lines.len(), noun)));
    let shown = if options.verbose { lines.len() } else { lines.len().min(SHORT) };
    for line in &lines[..shown] {
        push(out, format_args!("  {line}"));
    }
    if shown < lines.len() {
        push(out, format_args!("  and {} more (-v lists them)", lines.len() - shown));
    }
}

fn note_line(note: &Note) -> String {
    format!("{}: {}", neutral_path(&note.subject), neutral(&note.reason))
}

fn part_line(part: &SkippedPart, sources: &Sources) -> String {
    let path = neutral_path(&part.location.path);
    let reason = neutral(&part.reason);
    match part.lines(sources) {
        (first, last) if first == last => format!("{path}:{first}: {reason}"),
        (first, last) => format!("{path}:{first}-{last}: {reason}"),
    }
}

fn push(out: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{line}");
}
