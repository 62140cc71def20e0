//! The output formats, on findings made by hand.

#[path = "report/agent.rs"]
mod agent;
#[path = "report/formats.rs"]
mod formats;
#[path = "report/hostile.rs"]
mod hostile;
#[path = "report/html.rs"]
mod html;
#[path = "report/json.rs"]
mod json;
#[path = "report/samples.rs"]
mod samples;
#[path = "report/sarif.rs"]
mod sarif;

use ir::finding::{Location, Severity};
use ir::{Span, Symbol};
use report::{Note, Report, SkippedPart, Summary, TextOptions};
use serde_json::Value;

use samples::{DB, PLAIN, ROUTES, RULES, at, connection_finding, plain_finding, report, sarif, sources, step};

#[test]
fn text_shows_the_cost_and_the_way_to_it() {
    let sources = sources(&[("app/db.py", DB), ("app/routes.py", ROUTES)]);
    let report = report(vec![connection_finding(&sources)], &sources);
    let expected = "\
error[connection-per-request]: a new PostgreSQL connection is opened for every request
  ┌─ app/db.py:2:12
  │
2 │     conn = psycopg2.connect(DSN)
  │            ^^^^^^^^^^^^^^^^^^^^^ opened here
  │
  = path:
     1. GET /users          app/routes.py:1:1
     2. calls get_all       app/routes.py:3:12
     3. opens a connection  app/db.py:2:12
  = runs out first: connections of the server: 100 by default, at about 100 concurrent requests
  = instead: `psycopg_pool.ConnectionPool`, made once at import

";
    assert_eq!(report::render_text(&report, PLAIN), expected);
    assert_eq!(report::render_summary(&report, PLAIN), "1 finding in 1 of 2 files (1 error)\n");
}

#[test]
fn steps_beside_the_cost_are_drawn_into_its_snippet() {
    let text = "def handler():\n    for user in users:\n        cursor.execute(SQL)\n";
    let sources = sources(&[("a.py", text)]);
    let primary = at(&sources, "a.py", "cursor.execute(SQL)");
    let mut finding = plain_finding(primary, Severity::Warning);
    finding.evidence = vec![step(at(&sources, "a.py", "for user in users"), "once per user"), step(primary, "a query")];
    finding.affected = ["GET /a", "GET /b", "GET /c", "GET /d", "GET /e", "GET /f"]
        .map(|name| step(at(&sources, "a.py", "handler"), name))
        .to_vec();
    let expected = "\
warning[n-plus-one]: a query runs once per row
  ┌─ a.py:3:9
  │
2 │     for user in users:
  │     ----------------- once per user
3 │         cursor.execute(SQL)
  │         ^^^^^^^^^^^^^^^^^^^ once per row
  │
  = also reached from: GET /a, GET /b, GET /c and 3 more
  = confidence: medium

";
    assert_eq!(report::render_text(&report(vec![finding], &sources), PLAIN), expected);
}

#[test]
fn the_most_severe_comes_first_then_path_and_position() {
    let sources = sources(&[("a.py", "one\ntwo\n"), ("b.py", "one\n")]);
    let findings = vec![
        plain_finding(at(&sources, "b.py", "one"), Severity::Info),
        plain_finding(at(&sources, "a.py", "two"), Severity::Warning),
        plain_finding(at(&sources, "b.py", "one"), Severity::Error),
        plain_finding(at(&sources, "a.py", "one"), Severity::Warning),
    ];
    let expected = "\
b.py:1:1: error[n-plus-one] a query runs once per row
a.py:1:1: warning[n-plus-one] a query runs once per row
a.py:2:1: warning[n-plus-one] a query runs once per row
b.py:1:1: info[n-plus-one] a query runs once per row
";
    assert_eq!(report::render_concise(&report(findings, &sources)), expected);
}

#[test]
fn a_huge_line_is_clipped_around_the_mark() {
    let line = format!("{}query(){}\n", "a ".repeat(400_000), " b".repeat(400_000));
    let sources = sources(&[("dist/app.js", &line)]);
    let finding = plain_finding(at(&sources, "dist/app.js", "query()"), Severity::Warning);
    let text = report::render_text(&report(vec![finding], &sources), PLAIN);
    assert!(text.len() < 1_000, "{} bytes", text.len());
    assert!(text.contains("dist/app.js:1:800001"), "{text}");
    let drawn: Vec<&str> = text.lines().filter(|line| line.contains("query()") || line.contains('^')).collect();
    let column = |line: &str, mark: char| line.chars().position(|c| c == mark);
    assert_eq!(column(drawn[0], 'q'), column(drawn[1], '^'), "{text}");
    assert!(drawn[0].contains('…') && drawn[0].ends_with('…'), "{text}");
}

#[test]
fn marks_stand_under_wide_and_tabbed_text() {
    let sources = sources(&[("a.js", "\u{feff}\tconst 用户 = query();\r\n")]);
    let finding = plain_finding(at(&sources, "a.js", "query()"), Severity::Warning);
    let text = report::render_text(&report(vec![finding.clone()], &sources), PLAIN);
    assert!(text.contains("a.js:1:13\n"), "{text}");
    assert!(text.contains("1 │     const 用户 = query();\n  │                  ^^^^^^^ once per row\n"), "{text}");
    let log = sarif(&report(vec![finding], &sources));
    let region = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!((region["startColumn"].as_u64(), region["endColumn"].as_u64()), (Some(13), Some(20)));
}

#[test]
fn a_tall_mark_is_drawn_on_its_first_line() {
    let text = format!("query(\n{})\n", "    x,\n".repeat(5_000));
    let sources = sources(&[("a.py", &text)]);
    let finding = plain_finding(at(&sources, "a.py", text.trim_end()), Severity::Warning);
    let text = report::render_text(&report(vec![finding], &sources), PLAIN);
    assert!(text.contains("1 │ query(\n  │ ^^^^^^ once per row\n"), "{text}");
}

#[test]
fn spans_outside_the_text_are_harmless() {
    let sources = sources(&[("a.py", "é\n"), ("empty.py", "")]);
    for (path, start, end) in [("a.py", 1, 2), ("a.py", 3, 3), ("a.py", 50, 90), ("empty.py", 0, 9), ("no.py", 4, 5)] {
        let primary = Location { path: Symbol::new(path), span: Span::new(start, end) };
        let report = report(vec![plain_finding(primary, Severity::Info)], &sources);
        assert!(report::render_text(&report, PLAIN).contains("note[n-plus-one]"));
        assert!(report::render_concise(&report).starts_with(path));
        assert!(report::render_json(&report).contains(path));
        assert_eq!(sarif(&report)["runs"][0]["results"][0]["level"], "note");
    }
}

#[test]
fn colour_changes_nothing_but_colour() {
    let sources = sources(&[("app/db.py", DB), ("app/routes.py", ROUTES)]);
    let report = report(vec![connection_finding(&sources)], &sources);
    let colored = report::render_text(&report, TextOptions { color: true, ..PLAIN });
    let mut plain = String::new();
    let mut parts = colored.split("\x1b[");
    plain.push_str(parts.next().unwrap_or(""));
    for part in parts {
        plain.push_str(part.split_once('m').expect("a colour sequence").1);
    }
    assert_eq!(plain, report::render_text(&report, PLAIN));
}

#[test]
fn the_summary_names_what_was_not_analysed() {
    let sources = sources(&[("a.py", "x = 1\ny = (\nz = 3\n")]);
    let notes = |subjects: &[&str], reason: &str| -> Vec<Note> {
        subjects.iter().map(|path| Note { subject: Symbol::new(path), reason: reason.to_owned() }).collect()
    };
    let summary = Summary {
        files: 3,
        left_out: notes(&["1.py", "2.py", "3.py", "4.py", "5.py", "6.py"], "larger than 2 MiB"),
        generated: notes(&["g.js"], "minified"),
        skipped: vec![SkippedPart { location: at(&sources, "a.py", "y = (\nz = 3"), reason: "unclosed".to_owned() }],
        recoded: notes(&["l.py"], "read as UTF-8 with replacements"),
        below_confidence: 2,
        in_tests: 1,
        ..Summary::default()
    };
    let report = Report::new(Vec::new(), &RULES, &sources, summary);
    let expected = "\
no findings in 3 files
2 findings of lower confidence not shown (see --min-confidence)
1 finding in test code not shown (see --include-tests)
6 files left out:
  1.py: larger than 2 MiB
  2.py: larger than 2 MiB
  3.py: larger than 2 MiB
  4.py: larger than 2 MiB
  5.py: larger than 2 MiB
  and 1 more (-v lists them)
1 part skipped, the rest of the file was analysed:
  a.py:2-3: unclosed
1 file not in UTF-8:
  l.py: read as UTF-8 with replacements
1 file left out as generated (-v lists them)
";
    assert_eq!(report::render_summary(&report, PLAIN), expected);
    let verbose = report::render_summary(&report, TextOptions { verbose: true, ..PLAIN });
    assert!(verbose.contains("  6.py: larger than 2 MiB\n") && verbose.contains("  g.js: minified\n"), "{verbose}");
    let log = sarif(&report);
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], true);
    assert_eq!(invocation["toolExecutionNotifications"].as_array().map(Vec::len), Some(8));
}

#[test]
fn fingerprints_survive_edits_elsewhere() {
    let fingerprints = |text: &str| -> Vec<String> {
        let sources = sources(&[("a.py", text)]);
        let findings = text
            .match_indices("query()")
            .map(|(start, part)| {
                let span = Span::new(start as u32, (start + part.len()) as u32);
                plain_finding(Location { path: Symbol::new("a.py"), span }, Severity::Warning)
            })
            .collect();
        let json: Value = serde_json::from_str(&report::render_json(&report(findings, &sources))).expect("JSON");
        let findings = json["findings"].as_array().expect("a list");
        findings.iter().map(|finding| finding["fingerprint"].as_str().expect("a string").to_owned()).collect()
    };
    let before = fingerprints("a = query()\nb = query()\na = query()\n");
    assert_eq!(before, fingerprints("import x\n\n  a  = query()\r\n\tb = query()\r\n\n a = query()\r\n"));
    assert_ne!(before[0], before[1]);
    assert_ne!(before[0], before[2]);
    // What is done with the answer does not count.
    assert_eq!(before[0], fingerprints("c = query()\n")[0]);
}
