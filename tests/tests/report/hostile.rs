//! What strangers write into paths, names and strings.

use ir::finding::{Location, Severity};
use ir::{Span, Symbol};
use report::{Note, Report, SkippedPart, Summary, identify};
use serde_json::Value;

use super::samples::{PLAIN, RULES, at, plain_finding, sources, step};

/// What strangers may write into a path, a source line and thereby into messages.
const HOSTILE: &str = "\x1b[31m\u{9b}1m\u{202e}\0\x07##vso[task.x]##[group]::error::";

#[test]
fn nothing_that_is_reported_controls_a_terminal_or_a_log() {
    let path = "::error::\x1b]0;x\x07.py";
    let text = format!("x = \"{HOSTILE}\"; query()\n");
    let sources = sources(&[(path, &text)]);
    let primary = at(&sources, path, "query()");
    let mut finding = plain_finding(primary, Severity::Error);
    finding.message = format!("a message\n{HOSTILE}");
    finding.label = HOSTILE.to_owned();
    finding.runs_out = HOSTILE.repeat(10).replace("::error::", " ::error:: ");
    finding.evidence = vec![step(Location { path: Symbol::new("b.py"), span: Span::new(0, 0) }, HOSTILE)];
    let symbol = Symbol::new(path);
    let note = Note { subject: symbol, reason: HOSTILE.to_owned() };
    let part = SkippedPart { location: primary, reason: HOSTILE.to_owned() };
    let summary = Summary { left_out: vec![note], skipped: vec![part], ..Summary::default() };
    let report = Report::new(identify(vec![finding], |_| String::new(), &sources), &RULES, &sources, summary);
    let outputs = [
        report::render_text(&report, PLAIN),
        report::render_summary(&report, PLAIN),
        report::render_concise(&report),
        report::render_json(&report),
        report::render_sarif(&report, "0.1.0"),
    ];
    for output in outputs {
        let is_active = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!output.contains(is_active), "{output:?}");
        assert!(!output.contains("##vso[") && !output.contains("##["), "{output:?}");
        assert!(!output.lines().any(|line| line.trim_start().starts_with("::")), "{output:?}");
    }
    let json: Value = serde_json::from_str(&report::render_json(&report)).expect("JSON");
    assert_eq!(json["findings"][0]["label"], HOSTILE, "escapes in JSON lose nothing");
}
