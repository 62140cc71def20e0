//! What coding agents read.

use ir::finding::Severity;

use super::samples::{DB, ROUTES, at, connection_finding, plain_finding, report, sources, step};

#[test]
fn agents_get_the_cause_the_way_and_the_fix() {
    let sources = sources(&[("app/db.py", DB), ("app/routes.py", ROUTES)]);
    let mut finding = connection_finding(&sources);
    finding.affected.push(step(at(&sources, "app/routes.py", "def list_users"), "GET /admins"));
    let mut second = finding.clone();
    second.primary = at(&sources, "app/db.py", "execute(SQL)");
    second.evidence.clear();
    second.affected.clear();
    let third = plain_finding(at(&sources, "app/db.py", "fetchall()"), Severity::Warning);
    let expected = "\
connection-per-request: a connection is opened for every request
  why: connections of the server: 100 by default, at about 100 concurrent requests
  fix: `psycopg_pool.ConnectionPool`, made once at import
  error app/db.py:2:12 a new PostgreSQL connection is opened for every request
    path: GET /users (app/routes.py:1) -> calls get_all (:3)
    also reached from: GET /admins
  error app/db.py:3:17 a new PostgreSQL connection is opened for every request
n-plus-one: a query runs once per row
  done when: one query asks for all `rows`.
  warning app/db.py:3:30 a query runs once per row
3 findings in 1 of 2 files (2 errors, 1 warning)
Change the cause. Do not suppress findings, weaken tests, raise limits or remove features.
Bad and good code of a rule: scalecliff explain RULE
Done when this reports none of them: scalecliff check app --output-format agent
";
    assert_eq!(report::render_agent(&report(vec![finding, second, third], &sources), "scalecliff check app"), expected);
    assert_eq!(report::render_agent(&report(Vec::new(), &sources), "scalecliff"), "no findings in 2 files\n");
}

#[test]
fn agents_get_the_most_severe_and_how_to_get_the_rest() {
    let text = "query()\n".repeat(500);
    let sources = sources(&[("a.py", &text)]);
    let findings = (0..500).map(|index| {
        let mut place = at(&sources, "a.py", "query()");
        place.span = ir::Span::new(8 * index, 8 * index + 7);
        plain_finding(place, if index == 499 { Severity::Error } else { Severity::Warning })
    });
    let text = report::render_agent(&report(findings.collect(), &sources), "scalecliff check");
    assert!(text.len() < 8_192, "{} bytes", text.len());
    assert_eq!(text.lines().filter(|line| line.contains("a.py:")).count(), 20);
    assert!(text.lines().nth(2).is_some_and(|line| line.starts_with("  error a.py:500:1 ")), "{text}");
    let rest = "480 findings not shown: fix these first, or list all: scalecliff check --output-format concise\n";
    assert!(text.contains(rest), "{text}");
}

#[test]
fn long_names_and_ways_are_cut() {
    let sources = sources(&[("a.py", "query()\n")]);
    let primary = at(&sources, "a.py", "query()");
    let mut finding = plain_finding(primary, Severity::Warning);
    finding.message = format!("`{}` runs", "x".repeat(5_000));
    finding.instead = "word ".repeat(5_000);
    let start = at(&sources, "a.py", "query");
    finding.evidence = (0..50).map(|_| step(start, &"y".repeat(500))).collect();
    finding.affected = vec![step(primary, &"z".repeat(500)); 50];
    let text = report::render_agent(&report(vec![finding], &sources), "scalecliff");
    assert!(text.len() < 3_000, "{} bytes: {text}", text.len());
    assert!(text.contains(" -> 44 more -> ") && text.contains(" and 47 more"), "{text}");
}
