//! What each consumer reads: its fields, its severities, its unit of columns.

use ir::finding::Severity;
use report::Report;
use serde_json::{Value, json};

use super::samples::{DB, ROUTES, at, connection_finding, plain_finding, report, sources, step};

/// One error with everything, and a note.
fn with_sample(check: impl FnOnce(&Report<'_>)) {
    let sources = sources(&[("app/db.py", DB), ("app/routes.py", ROUTES)]);
    let note = plain_finding(at(&sources, "app/routes.py", "rows = get_all()\n    return"), Severity::Info);
    check(&report(vec![note, connection_finding(&sources)], &sources));
}

fn with_nothing(check: impl FnOnce(&Report<'_>)) {
    let sources = sources(&[]);
    check(&report(Vec::new(), &sources));
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn github_gets_commands_without_columns_across_lines() {
    with_sample(|report| {
        let expected = "\
::error file=app/db.py,line=2,endLine=2,col=12,endColumn=33,title=connection-per-request::app/db.py:2:12: \
A new PostgreSQL connection is opened for every request.%0A\
Runs out first: connections of the server: 100 by default, at about 100 concurrent requests.%0A\
Instead: `psycopg_pool.ConnectionPool`, made once at import.
::notice file=app/routes.py,line=3,endLine=4,title=n-plus-one::app/routes.py:3:5: A query runs once per row.
";
        assert_eq!(report::render_github(report), expected);
    });
    with_nothing(|report| assert_eq!(report::render_github(report), ""));
}

#[test]
fn azure_gets_issues_of_the_build() {
    with_sample(|report| {
        let expected = "\
##vso[task.logissue type=error;sourcepath=app/db.py;linenumber=2;columnnumber=12;code=connection-per-request;]\
app/db.py:2:12: A new PostgreSQL connection is opened for every request. \
Runs out first: connections of the server: 100 by default, at about 100 concurrent requests. \
Instead: `psycopg_pool.ConnectionPool`, made once at import.
##vso[task.logissue type=warning;sourcepath=app/routes.py;linenumber=3;columnnumber=5;code=n-plus-one;]\
app/routes.py:3:5: A query runs once per row.
";
        assert_eq!(report::render_azure(report), expected);
    });
    with_nothing(|report| assert_eq!(report::render_azure(report), ""));
}

#[test]
fn gitlab_gets_a_unique_fingerprint_for_each_issue() {
    with_sample(|report| {
        let issues = parsed(&report::render_gitlab(report));
        let issue = &issues[0];
        let description = issue["description"].as_str().expect("a text");
        assert!(description.starts_with("connection-per-request: A new PostgreSQL connection"), "{description}");
        assert_eq!(issue["check_name"], "connection-per-request");
        assert_eq!((&issue["severity"], &issues[1]["severity"]), (&json!("critical"), &json!("minor")));
        assert_eq!(issue["location"]["path"], "app/db.py");
        assert_eq!(issue["location"]["lines"], json!({ "begin": 2, "end": 2 }));
        assert_eq!(issue["location"]["positions"]["begin"], json!({ "line": 2, "column": 12 }));
    });
    with_nothing(|report| assert_eq!(report::render_gitlab(report), "[]\n"));

    let text = "query()\n".repeat(50);
    let sources = sources(&[("a.py", &text)]);
    let mut findings = vec![plain_finding(at(&sources, "a.py", "query()"), Severity::Warning); 50];
    for (index, finding) in findings.iter_mut().enumerate() {
        finding.primary.span.start += 8 * index as u32;
        finding.primary.span.end += 8 * index as u32;
    }
    let issues = parsed(&report::render_gitlab(&report(findings, &sources)));
    let fingerprints: std::collections::BTreeSet<&str> =
        issues.as_array().into_iter().flatten().filter_map(|issue| issue["fingerprint"].as_str()).collect();
    assert_eq!(fingerprints.len(), 50);
}

#[test]
fn junit_gets_a_failed_test_for_each_finding_and_a_passed_one_for_none() {
    with_sample(|report| {
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="scalecliff" tests="2" failures="1" errors="0" skipped="1">
  <testsuite name="app/db.py" tests="1" failures="1" errors="0" skipped="0">
    <testcase name="connection-per-request" classname="app/db.py" line="2" column="12">
      <failure message="a new PostgreSQL connection is opened for every request" type="error">app/db.py:2:12
A new PostgreSQL connection is opened for every request.
Runs out first: connections of the server: 100 by default, at about 100 concurrent requests.
Instead: `psycopg_pool.ConnectionPool`, made once at import.
1. GET /users (app/routes.py:1:1)
2. calls get_all (app/routes.py:3:12)
3. opens a connection (app/db.py:2:12)</failure>
    </testcase>
  </testsuite>
  <testsuite name="app/routes.py" tests="1" failures="0" errors="0" skipped="1">
    <testcase name="n-plus-one" classname="app/routes.py" line="3" column="5">
      <skipped message="a query runs once per row"/>
    </testcase>
  </testsuite>
</testsuites>
"#;
        assert_eq!(report::render_junit(report), expected);
    });
    with_nothing(|report| {
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="scalecliff" tests="1" failures="0" errors="0" skipped="0">
  <testsuite name="scalecliff" tests="1" failures="0" errors="0" skipped="0">
    <testcase name="scalecliff" classname="scalecliff"/>
  </testsuite>
</testsuites>
"#;
        assert_eq!(report::render_junit(report), expected);
    });
}

#[test]
fn checkstyle_gets_errors_by_file() {
    with_sample(|report| {
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<checkstyle version="4.3">
  <file name="app/db.py">
    <error line="2" column="12" severity="error" message="A new PostgreSQL connection is opened for every request. Runs out first: connections of the server: 100 by default, at about 100 concurrent requests. Instead: `psycopg_pool.ConnectionPool`, made once at import." source="scalecliff.connection-per-request"/>
  </file>
  <file name="app/routes.py">
    <error line="3" column="5" severity="info" message="A query runs once per row." source="scalecliff.n-plus-one"/>
  </file>
</checkstyle>
"#;
        assert_eq!(report::render_checkstyle(report), expected);
    });
    with_nothing(|report| {
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">\n</checkstyle>\n";
        assert_eq!(report::render_checkstyle(report), expected);
    });
}

#[test]
fn reviewdog_gets_the_way_to_the_cost_too() {
    with_sample(|report| {
        let result = parsed(&report::render_rdjson(report));
        assert_eq!(result["source"]["name"], "scalecliff");
        let diagnostic = &result["diagnostics"][0];
        assert_eq!(diagnostic["severity"], "ERROR");
        assert_eq!(diagnostic["code"]["value"], "connection-per-request");
        let range = json!({ "start": { "line": 2, "column": 12 }, "end": { "line": 2, "column": 33 } });
        assert_eq!(diagnostic["location"], json!({ "path": "app/db.py", "range": range }));
        let related = diagnostic["relatedLocations"].as_array().expect("a list");
        assert_eq!(related.len(), 2, "the last step is the place itself");
        assert_eq!(related[0]["message"], "GET /users");

        let lines = report::render_rdjsonl(report);
        let lines: Vec<Value> = lines.lines().map(parsed).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["location"], diagnostic["location"]);
        assert_eq!(lines[0]["source"]["name"], "scalecliff");
    });
    with_nothing(|report| {
        assert_eq!(parsed(&report::render_rdjson(report))["diagnostics"], json!([]));
        assert_eq!(report::render_rdjsonl(report), "");
    });
}

#[test]
fn sonar_gets_columns_from_0_and_no_empty_range() {
    with_sample(|report| {
        let result = parsed(&report::render_sonar(report));
        let rule = &result["rules"][0];
        assert_eq!(rule["id"], "connection-per-request");
        assert_eq!(rule["engineId"], "scalecliff");
        assert_eq!(rule["description"], "Every request opens a connection.");
        assert_eq!(rule["impacts"], json!([{ "softwareQuality": "RELIABILITY", "severity": "HIGH" }]));
        let issue = &result["issues"][0];
        assert_eq!(issue["ruleId"], "connection-per-request");
        assert_eq!(issue["primaryLocation"]["filePath"], "app/db.py");
        let range = json!({ "startLine": 2, "endLine": 2, "startColumn": 11, "endColumn": 32 });
        assert_eq!(issue["primaryLocation"]["textRange"], range);
        assert_eq!(issue["secondaryLocations"].as_array().map(Vec::len), Some(2));
    });
    with_nothing(|report| assert_eq!(parsed(&report::render_sonar(report))["issues"], json!([])));

    let sources = sources(&[("a.py", "x = 1\n")]);
    let issues = parsed(&report::render_sonar(&report(
        vec![plain_finding(at(&sources, "a.py", ""), Severity::Warning)],
        &sources,
    )));
    assert_eq!(issues["issues"][0]["primaryLocation"]["textRange"], json!({ "startLine": 1 }));
}

#[test]
fn a_job_summary_has_a_table_and_details() {
    with_sample(|report| {
        let expected = "\
## scalecliff: 2 findings in 2 of 2 files (1 error, 1 note)

| Severity | Findings |
| --- | ---: |
| 🔴 error | 1 |
| 🟡 warning | 0 |
| 🔵 note | 1 |

### What breaks first

| | Rule | Place | What happens | Reached from |
| --- | --- | --- | --- | --- |
| 🔴 | connection-per-request | <code>app/db.py&#58;2&#58;12</code> | a new PostgreSQL connection is opened for every \
request | GET /users |
| 🔵 | n-plus-one | <code>app/routes.py&#58;3&#58;5</code> | a query runs once per row |  |

### How, and what to write instead

<details><summary>🔴 <b>connection-per-request</b> <code>app/db.py&#58;2&#58;12</code> a new PostgreSQL connection is \
opened for every request</summary>
<ol>
<li>GET /users <code>app/routes.py&#58;1&#58;1</code></li>
<li>calls get&#95;all <code>app/routes.py&#58;3&#58;12</code></li>
<li>opens a connection <code>app/db.py&#58;2&#58;12</code></li>
</ol>
<p><b>Runs out first:</b> connections of the server: 100 by default, at about 100 concurrent requests</p>
<p><b>Instead:</b> <code>psycopg&#95;pool.ConnectionPool</code>, made once at import</p>
<p><b>Reached from:</b> GET /users</p>
</details>

<details><summary>🔵 <b>n-plus-one</b> <code>app/routes.py&#58;3&#58;5</code> a query runs once per row</summary>
<p><b>Confidence:</b> medium</p>
</details>

";
        assert_eq!(report::render_markdown(report), expected);
    });
    with_nothing(|report| assert_eq!(report::render_markdown(report), "## scalecliff: no findings in 2 files\n"));
}

#[test]
fn a_job_summary_stays_below_a_mebibyte() {
    let sources = sources(&[("app/db.py", DB), ("app/routes.py", ROUTES)]);
    let mut finding = connection_finding(&sources);
    finding.evidence = vec![step(finding.primary, "calls a helper"); 20];
    let markdown = report::render_markdown(&report(vec![finding; 6_000], &sources));
    assert!(markdown.len() < 1 << 20, "{} bytes", markdown.len());
    assert!(markdown.contains("\nand 5000 more\n"));
    assert!(markdown.trim_end().ends_with(" findings are left out."), "{}", &markdown[markdown.len() - 200..]);
}
