//! Comments and baselines.

use std::fs;

use serde_json::Value;

use super::{Folder, SLOW};

/// The slow handler with a comment behind or above the cost, or above the step to it.
fn suppressed(line: &str, comment: &str) -> String {
    SLOW.replace(line, &format!("{comment}{line}"))
}

#[test]
fn a_comment_suppresses_at_the_cost_or_on_the_way_to_it() {
    let connect = "    conn = psycopg2.connect(\"dbname=app\")\n";
    let behind = SLOW.replace("app\")\n", "app\")  # scalecliff: ignore[connection-per-request] three users\n");
    let texts = [
        behind,
        suppressed(connect, "    # scalecliff: ignore[pool] three users\n"),
        suppressed("@app.get", "# scalecliff: ignore[connection-per-request] three users\n"),
        format!("# scalecliff: ignore-file[pool]\n{SLOW}"),
    ];
    for text in texts {
        let folder = Folder::new("suppressed", &[("slow.py", &text)]);
        let run = folder.run(&[]);
        assert_eq!(run.status, Some(0), "{text}\n{run:?}");
        assert!(run.stdout.contains("1 finding suppressed by comments"), "{}", run.stdout);
        assert!(!run.stdout.contains("without effect"), "{}", run.stdout);
    }
}

#[test]
fn a_statement_of_several_lines_is_suppressed_as_one() {
    let long = SLOW.replace(
        "psycopg2.connect(\"dbname=app\")",
        "(\n        psycopg2.connect(\n            \"dbname=app\"\n        )\n    )",
    );
    let above = long.replace("    conn = (", "    # scalecliff: ignore[pool]\n    conn = (");
    let behind = long.replace("\n    )\n    try", "\n    )  # scalecliff: ignore[pool]\n    try");
    for text in [above, behind] {
        assert!(text.contains("ignore[pool]"));
        let folder = Folder::new("statement", &[("slow.py", &text)]);
        assert_eq!(folder.run(&[]).status, Some(0), "{text}");
    }
}

#[test]
fn comments_without_effect_are_reported() {
    let text = format!(
        "# scalecliff: ignore[n-plus-one]\nx = 1\n# scalecliff: ignore[n-plus-won] typo\n# scalecliff: ignore\n{SLOW}"
    );
    let folder = Folder::new("unused", &[("slow.py", &text)]);
    let run = folder.run(&[]);
    assert_eq!(run.status, Some(1), "they suppress nothing");
    for expected in [
        "slow.py:1: `n-plus-one` is not reported here: the comment can go",
        "slow.py:3: there is no rule `n-plus-won`: did you mean `n-plus-one`?",
        "slow.py:4: the rules are missing",
    ] {
        assert!(run.stdout.contains(expected), "{}", run.stdout);
    }
    // A rule that does not run may need its comments.
    let run = folder.run(&["--select", "pool"]);
    assert!(!run.stdout.contains("is not reported here"), "{}", run.stdout);
}

#[test]
fn comments_can_be_added() {
    let folder = Folder::new("added", &[("slow.py", SLOW)]);
    let run = folder.run(&["--add-ignore=before we\n knew"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), "1 comments added in 1 files\n"));
    let text = fs::read_to_string(folder.0.join("slow.py")).expect("there");
    let expected = "    # scalecliff: ignore[connection-per-request] before we knew\n    conn = psycopg2.connect(";
    assert!(text.contains(expected), "{text}");
    assert_eq!(folder.run(&[]).status, Some(0));
}

#[test]
fn a_baseline_holds_what_is_there_and_nothing_more() {
    let folder = Folder::new("baseline", &[("app/slow.py", SLOW)]);
    assert_eq!(folder.run(&["--update-baseline"]).status, Some(0));
    let run = folder.run(&[]);
    assert_eq!(run.status, Some(0));
    assert!(run.stdout.contains("1 finding in the baseline, not shown"), "{}", run.stdout);
    assert_eq!(folder.run(&["--no-baseline"]).status, Some(1));

    // Lines above, other line ends, another layout, a renamed variable: nothing new.
    let edits = [
        format!("import os\n\n{SLOW}"),
        SLOW.replace('\n', "\r\n"),
        SLOW.replace("conn =", "connection =").replace("conn.", "connection."),
        SLOW.replace("psycopg2.connect(\"dbname=app\")", "psycopg2.connect(\n        \"dbname=app\",\n    )"),
        SLOW.replace("dbname=app", "dbname=other"),
    ];
    for edit in edits {
        folder.write("app/slow.py", edit.as_bytes());
        assert_eq!(folder.run(&["--strict-baseline"]).status, Some(0), "{edit}");
    }

    // A second function with the same mistake is new.
    let second =
        SLOW.split_once("@app.get").expect("a handler").1.replace("list_users", "all_users").replace("/users", "/all");
    folder.write("app/slow.py", format!("{SLOW}\n\n@app.get{second}").as_bytes());
    let run = folder.run(&[]);
    assert_eq!(run.status, Some(1), "{}", run.stdout);
    assert!(run.stdout.contains("`all_users`"), "{}", run.stdout);

    // An update does not take it in unasked.
    assert!(folder.run(&["--update-baseline"]).stderr.contains("(0 added, 0 removed)"));
    assert_eq!(folder.run(&[]).status, Some(1));
    assert!(folder.run(&["--update-baseline", "--accept-new"]).stderr.contains("(1 added, 0 removed)"));
    assert_eq!(folder.run(&[]).status, Some(0));
}

#[test]
fn what_is_accepted_is_shown_on_request() {
    let connect = "    conn = psycopg2.connect(\"dbname=app\")\n";
    let commented = suppressed(connect, "    # scalecliff: ignore[pool] three users\n");
    let folder = Folder::new("shown", &[("old.py", SLOW)]);
    folder.run(&["--update-baseline"]);
    folder.write("commented.py", commented.as_bytes());
    assert!(!folder.run(&[]).stdout.contains("error["));

    let run = folder.run(&["--show-suppressed"]);
    assert_eq!(run.status, Some(0), "what is accepted is no failure");
    assert_eq!(run.stdout.matches("error[connection-per-request]").count(), 2, "{}", run.stdout);
    for expected in
        ["accepted: in the baseline\n", "accepted: by commented.py:9:7: three users\n", "no findings in 2 files\n"]
    {
        assert!(run.stdout.contains(expected), "{expected} is not in {}", run.stdout);
    }

    let json = folder.run(&["--show-baselined", "--output-format", "json"]).json();
    assert_eq!(json["findings"], Value::Array(Vec::new()));
    assert_eq!(json["suppressed"][0]["suppression"]["reason"], "three users");
    assert_eq!(json["suppressed"][1]["suppression"]["kind"], "baseline");
    assert_eq!(folder.run(&["--output-format", "json"]).json()["suppressed"], Value::Null);

    let sarif = folder.run(&["--show-suppressed", "--output-format", "sarif"]).json();
    let results = &sarif["runs"][0]["results"];
    assert_eq!(results[0]["suppressions"][0]["kind"], "inSource");
    assert_eq!(results[0]["baselineState"], "new");
    assert_eq!(results[1]["suppressions"][0]["kind"], "external");
    assert_eq!(results[1]["baselineState"], "unchanged");
    let sarif = folder.run(&["--output-format", "sarif"]).json();
    assert_eq!(sarif["runs"][0]["results"], Value::Array(Vec::new()), "unasked, nothing reopens an alert");
    // What the report is not about is not shown either.
    let run = folder.run(&["--show-suppressed", "--report-only", "old.py"]);
    assert_eq!(run.stdout.matches("error[").count(), 1, "{}", run.stdout);
}

#[test]
fn what_was_fixed_leaves_the_baseline() {
    let folder = Folder::new("stale", &[("slow.py", SLOW), ("other/slow.py", SLOW)]);
    folder.run(&["--update-baseline"]);
    folder.write("slow.py", b"x = 1\n");
    let run = folder.run(&[]);
    assert_eq!(run.status, Some(0));
    assert!(run.stdout.contains("connection-per-request in slow.py (list_users)"), "{}", run.stdout);
    assert_eq!(folder.run(&["--strict-baseline"]).status, Some(1));
    // Of what was not looked at, nothing is known.
    assert_eq!(folder.run(&["--strict-baseline", "other"]).status, Some(0));
    assert_eq!(folder.run(&["--strict-baseline", "--ignore", "pool"]).status, Some(0));
    assert!(folder.run(&["--update-baseline"]).stderr.contains("1 findings (0 added, 1 removed)"));
    assert_eq!(folder.run(&["--strict-baseline"]).status, Some(0));
}

#[test]
fn a_baseline_that_cannot_be_read_is_an_error() {
    let folder = Folder::new("malformed", &[("slow.py", SLOW), ("scalecliff-baseline.json", "{\n<<<<<<< HEAD\n")]);
    let run = folder.run(&[]);
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.contains("scalecliff-baseline.json: not a baseline: "), "{}", run.stderr);
    assert!(run.stderr.contains("line 2"), "{}", run.stderr);
    assert_eq!(folder.run(&["--update-baseline"]).status, Some(2));
    assert_eq!(folder.run(&["--baseline", "missing.json"]).status, Some(2));
}
