use arbitrary::Arbitrary;
use ir::finding::{Confidence, Finding, Location, Severity, Step};
use ir::{Span, Symbol};
use report::{Note, Report, SkippedPart, Sources, Summary, TextOptions, identify};
use scalecliff_tests::all_formats;

/// A report about anything: texts and places that nobody chose.
#[derive(Arbitrary, Debug)]
pub struct Sample {
    files: Vec<(String, String)>,
    findings: Vec<SampleFinding>,
    notes: Vec<(u8, String)>,
    stale: Vec<String>,
    color: bool,
    verbose: bool,
    width: u8,
}

#[derive(Arbitrary, Debug)]
struct SampleFinding {
    rule: u8,
    severity: u8,
    confidence: u8,
    place: (u8, u32, u32),
    steps: Vec<(u8, u32, u32, String)>,
    affected: Vec<(u8, u32, u32, String)>,
    texts: [String; 4],
}

/// Writes the report in every format: each is well-formed where its grammar is known, the same twice, and no text in it is a
/// control sequence or a command of a build server.
pub fn check_outputs(sample: &Sample) {
    let mut sources = Sources::default();
    let mut paths: Vec<Symbol> = Vec::new();
    for (path, text) in sample.files.iter().take(8) {
        let path = Symbol::new(path);
        if !paths.contains(&path) {
            sources.insert(path, text.clone());
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return;
    }
    let place = |(file, start, length): (u8, u32, u32)| Location {
        path: paths[usize::from(file) % paths.len()],
        span: Span { start, end: start.saturating_add(length % 4096) },
    };
    let steps = |steps: &[(u8, u32, u32, String)]| -> Vec<Step> {
        let step = |(file, start, length, message): &(u8, u32, u32, String)| Step {
            location: place((*file, *start, *length)),
            message: message.clone(),
        };
        steps.iter().take(200).map(step).collect()
    };
    let rules = rules::all();
    let finding = |sample: &SampleFinding| Finding {
        rule: rules[usize::from(sample.rule) % rules.len()].info.slug,
        severity: [Severity::Info, Severity::Warning, Severity::Error][usize::from(sample.severity) % 3],
        confidence: [Confidence::Low, Confidence::Medium, Confidence::High][usize::from(sample.confidence) % 3],
        message: sample.texts[0].clone(),
        primary: place(sample.place),
        label: sample.texts[1].clone(),
        evidence: steps(&sample.steps),
        affected: steps(&sample.affected),
        related: Vec::new(),
        runs_out: sample.texts[2].clone(),
        instead: sample.texts[3].clone(),
    };
    let findings: Vec<Finding> = sample.findings.iter().take(64).map(finding).collect();
    let note = |(file, reason): &(u8, String)| Note {
        subject: paths[usize::from(*file) % paths.len()],
        reason: reason.clone(),
    };
    let part = |(file, reason): &(u8, String)| SkippedPart { location: place((*file, 0, 9)), reason: reason.clone() };
    let summary = Summary {
        files: paths.len(),
        left_out: sample.notes.iter().take(9).map(note).collect(),
        failures: sample.notes.iter().take(9).map(note).collect(),
        skipped: sample.notes.iter().take(9).map(part).collect(),
        comments: sample.notes.iter().take(9).map(part).collect(),
        stale: sample.stale.iter().take(9).cloned().collect(),
        ..Summary::default()
    };
    let infos: Vec<_> = rules.iter().map(|rule| rule.info).collect();
    let options = TextOptions { color: false, width: usize::from(sample.width).max(40), verbose: sample.verbose };
    let write = || {
        let found = identify(findings.clone(), |_| "f".to_owned(), &sources);
        let report = Report::new(found, &infos, &sources, summary.clone());
        all_formats(&report, options)
    };
    let outputs = write();
    for (format, output) in &outputs {
        check_output(format, output);
    }
    assert_eq!(outputs, write(), "two runs, two reports");
    if sample.color {
        let found = identify(findings.clone(), |_| String::new(), &sources);
        let report = Report::new(found, &infos, &sources, summary.clone());
        report::render_text(&report, TextOptions { color: true, ..options });
    }
}

fn check_output(format: &str, output: &str) {
    let is_active = |c: char| c.is_control() && !matches!(c, '\n' | '\t') || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!output.contains(is_active), "{format}: a control character");
    let is_command = |line: &str| line.trim_start().starts_with("::") && format != "github";
    assert!(!output.lines().any(is_command), "{format}: a command of a log");
    if format != "azure" {
        assert!(!output.contains("##vso["), "{format}: a command of a log");
    }
    match format {
        "json" | "sarif" | "gitlab" | "rdjson" | "sonar" => check_json(format, output),
        "jsonl" | "rdjsonl" => output.lines().for_each(|line| check_json(format, line)),
        "junit" | "checkstyle" => check_xml(format, output),
        _ => {}
    }
}

fn check_json(format: &str, text: &str) {
    if let Err(error) = serde_json::from_str::<serde_json::Value>(text) {
        panic!("{format}: {error}");
    }
}

/// Tags are closed in the order in which they were opened, and outside of them nothing looks like one.
fn check_xml(format: &str, text: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let end = rest[start..].find('>').unwrap_or_else(|| panic!("{format}: a tag without an end")) + start;
        let tag = &rest[start + 1..end];
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or("");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{format}: tags cross");
        } else if !tag.ends_with('/') && !tag.starts_with('?') {
            open.push(name);
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "{format}: {open:?} stay open");
}
