//! What code scanning reads.

use ir::finding::{Location, Severity};
use ir::{Span, Symbol};
use report::{Acceptance, Accepted, identify};
use serde_json::Value;

use super::samples::{DB, ROUTES, at, connection_finding, plain_finding, report, sarif, sources};

#[test]
fn sarif_has_what_code_scanning_asks_for() {
    let sources = sources(&[("app/db.py", DB), ("app/routes.py", ROUTES)]);
    let log = sarif(&report(vec![connection_finding(&sources)], &sources));
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(log["runs"].as_array().map(Vec::len), Some(1));
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    assert_eq!(run["automationDetails"]["id"], "scalecliff/");
    assert!(run["originalUriBaseIds"]["%SRCROOT%"]["uri"].is_null(), "no path of the machine");

    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), 2);
    for rule in rules {
        for part in ["shortDescription", "fullDescription", "help"] {
            assert!(rule[part]["text"].as_str().is_some_and(|text| !text.is_empty()), "{part} of {rule}");
        }
        assert_ne!(rule["id"], rule["name"]);
    }

    let result = &run["results"][0];
    assert_eq!(result["ruleId"], "connection-per-request");
    assert_eq!(result["ruleIndex"], 0);
    assert_eq!(result["level"], "error");
    assert_eq!(result["rank"], 90);
    let message = result["message"]["text"].as_str().expect("a text");
    assert!(message.starts_with("A new PostgreSQL connection is opened for every request. "), "{message}");
    assert!(message.ends_with("Affects [GET /users](1)."), "{message}");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "app/db.py");
    assert_eq!(place["artifactLocation"]["uriBaseId"], "%SRCROOT%");
    assert_eq!(place["region"]["startLine"], 2);
    assert_eq!(place["region"]["startColumn"], 12);
    assert_eq!(place["region"]["endColumn"], 33);
    assert_eq!(place["region"]["snippet"]["text"], "psycopg2.connect(DSN)");
    assert_eq!(place["contextRegion"]["endLine"], 3);
    assert_eq!(result["relatedLocations"][0]["id"], 1);
    let flow = result["codeFlows"][0]["threadFlows"][0]["locations"].as_array().expect("steps");
    assert_eq!(flow.len(), 3);
    assert_eq!(flow[2]["location"]["message"]["text"], "opens a connection");
    assert_eq!(result["partialFingerprints"]["primaryLocationLineHash"], "64d221e47f4061c9:1");
    assert!(result["partialFingerprints"]["scalecliff/v1"].is_string());
}

#[test]
fn sarif_says_who_accepts_a_finding_where_that_is_asked_for() {
    let sources = sources(&[("app/db.py", DB), ("app/routes.py", ROUTES)]);
    let open = plain_finding(at(&sources, "app/db.py", "execute(SQL)"), Severity::Warning);
    let found = identify(vec![connection_finding(&sources), open.clone()], |_| String::new(), &sources);
    let comment = Acceptance::Comment { place: at(&sources, "app/db.py", "DSN"), reason: "three users".to_owned() };
    let accepted = |by: Acceptance| vec![Accepted { found: found[0].clone(), by }];

    let log = sarif(&report(vec![open.clone()], &sources));
    let default = &log["runs"][0]["results"][0];
    assert!(default["suppressions"].is_null() && default["baselineState"].is_null(), "{default}");

    let log = sarif(&report(vec![open.clone()], &sources).with_accepted(accepted(comment), false));
    let results = log["runs"][0]["results"].as_array().expect("results");
    assert_eq!(results.len(), 2);
    assert_eq!(results[0]["suppressions"], Value::Array(Vec::new()), "asked, and not suppressed");
    let suppression = &results[1]["suppressions"][0];
    assert_eq!(suppression["kind"], "inSource");
    assert_eq!(suppression["status"], "accepted");
    assert_eq!(suppression["justification"], "three users");
    assert_eq!(suppression["location"]["physicalLocation"]["region"]["startLine"], 2);
    assert!(results.iter().all(|result| result["baselineState"].is_null()), "there is no baseline");

    let log = sarif(&report(vec![open], &sources).with_accepted(accepted(Acceptance::Baseline), true));
    let results = log["runs"][0]["results"].as_array().expect("results");
    assert_eq!(results[0]["baselineState"], "new");
    assert_eq!(results[1]["baselineState"], "unchanged");
    assert_eq!(results[1]["suppressions"][0]["kind"], "external");
}

#[test]
fn sarif_keeps_an_empty_list_and_drops_the_least_severe_of_too_many() {
    let text = "query()\n".repeat(6_000);
    let sources = sources(&[("a.py", &text)]);
    let empty = sarif(&report(Vec::new(), &sources));
    assert_eq!(empty["runs"][0]["results"], Value::Array(Vec::new()));

    let findings = (0..6_000)
        .map(|index| {
            let span = Span::new(index * 8, index * 8 + 7);
            let severity = if index == 5_999 { Severity::Error } else { Severity::Info };
            plain_finding(Location { path: Symbol::new("a.py"), span }, severity)
        })
        .collect();
    let log = sarif(&report(findings, &sources));
    let run = &log["runs"][0];
    assert_eq!(run["results"].as_array().map(Vec::len), Some(5_000));
    assert_eq!(run["results"][0]["level"], "error");
    let notification = &run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert_eq!(notification, "6000 results, of which the 5000 most severe are here.");
}
