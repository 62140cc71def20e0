use ir::finding::{Confidence, Finding, Location, Severity};
use ir::{Span, Symbol};
use report::Identified;

use super::Baseline;

fn found(path: &str, symbol: &str, fingerprint: &str) -> Identified {
    let finding = Finding {
        rule: "n-plus-one",
        severity: Severity::Warning,
        confidence: Confidence::High,
        message: String::new(),
        primary: Location { path: Symbol::new(path), span: Span::default() },
        label: String::new(),
        evidence: Vec::new(),
        affected: Vec::new(),
        related: Vec::new(),
        runs_out: String::new(),
        instead: String::new(),
    };
    Identified { finding, symbol: symbol.to_owned(), fingerprint: fingerprint.to_owned() }
}

fn baseline_of(findings: &[Identified]) -> Baseline {
    Baseline::default().updated(findings, true, |_| true, |_, _| true).baseline
}

#[test]
fn what_is_written_is_read_again() {
    let baseline = baseline_of(&[found("b.py", "f", "1"), found("a.py", "", "2")]);
    let text = baseline.render("0.1.0");
    assert_eq!(
        text,
        "{\n  \"version\": 1,\n  \"scalecliff\": \"0.1.0\",\n  \"findings\": [\n    \
         {\"path\":\"a.py\",\"rule\":\"n-plus-one\",\"symbol\":\"\",\"fingerprint\":\"2\"},\n    \
         {\"path\":\"b.py\",\"rule\":\"n-plus-one\",\"symbol\":\"f\",\"fingerprint\":\"1\"}\n  ]\n}\n"
    );
    assert_eq!(Baseline::parse(&text), Ok(baseline.clone()));
    // Editors and git may change line ends.
    let windows = text.replace('\n', "\r\n");
    assert_eq!(Baseline::parse(&windows), Ok(baseline));
    assert_eq!(Baseline::parse(&Baseline::default().render("0.1.0")), Ok(Baseline::default()));
}

#[test]
fn paths_of_windows_are_the_same_paths() {
    let text = baseline_of(&[found("app/db.py", "f", "1")]).render("0.1.0").replace("app/db.py", "app\\\\db.py");
    let baseline = Baseline::parse(&text).expect("a baseline");
    let matches = baseline.matches(&[found("app/db.py", "f", "1")], |_| true, |_, _| true);
    assert_eq!((matches.is_known, matches.stale), (vec![true], Vec::new()));
}

#[test]
fn what_is_no_baseline_is_an_error() {
    for text in [
        "",
        "[]",
        "{}",
        "{\"version\": 2, \"findings\": []}",
        "{\"version\": 1}",
        "{\"version\": 1, \"findings\": [{}]}",
    ] {
        assert!(Baseline::parse(text).is_err(), "{text}");
    }
    let error = Baseline::parse("{\n\"version\": 1,\n\"findings\": [{\"path\": 1}]}").expect_err("a number");
    assert!(error.0.contains("line 3"), "{}", error.0);
}

#[test]
fn an_edited_line_is_matched_by_its_function() {
    let baseline = baseline_of(&[found("a.py", "f", "1"), found("a.py", "g", "2")]);
    let now = [found("a.py", "f", "changed"), found("a.py", "g", "2"), found("a.py", "h", "3")];
    let matches = baseline.matches(&now, |_| true, |_, _| true);
    assert_eq!((matches.is_known, matches.stale), (vec![true, true, false], Vec::new()));
}

#[test]
fn one_entry_covers_one_finding() {
    let baseline = baseline_of(&[found("a.py", "f", "1")]);
    let matches = baseline.matches(&[found("a.py", "f", "1"), found("a.py", "f", "2")], |_| true, |_, _| true);
    assert_eq!(matches.is_known, [true, false]);
}

#[test]
fn a_function_in_a_renamed_file_is_known() {
    let baseline = baseline_of(&[found("old.py", "f", "1"), found("old.py", "", "2")]);
    let now = [found("new.py", "f", "3"), found("new.py", "", "4")];
    let matches = baseline.matches(&now, |path| path == "new.py", |_, _| true);
    assert_eq!((matches.is_known, matches.stale), (vec![true, false], vec!["n-plus-one in old.py".to_owned()]));
    // A copy is not a move.
    assert_eq!(baseline.matches(&now, |_| true, |_, _| true).is_known, [false, false]);
}

#[test]
fn only_what_was_looked_at_is_stale() {
    let baseline = baseline_of(&[found("a.py", "f", "1"), found("other/b.py", "g", "2")]);
    let is_judged = |path: &str, _: &str| path == "a.py";
    assert_eq!(baseline.matches(&[], |_| true, is_judged).stale, ["n-plus-one in a.py (f)"]);
    let update = baseline.updated(&[], false, |_| true, is_judged);
    assert_eq!((update.added, update.removed, update.baseline.len()), (0, 1, 1));
}

#[test]
fn an_update_adds_nothing_unasked() {
    let baseline = baseline_of(&[found("a.py", "f", "1")]);
    let now = [found("a.py", "f", "1"), found("b.py", "g", "2")];
    let update = baseline.updated(&now, false, |_| true, |_, _| true);
    assert_eq!((update.added, update.removed, update.baseline), (0, 0, baseline.clone()));
    assert_eq!(baseline.updated(&now, true, |_| true, |_, _| true).added, 1);
}
