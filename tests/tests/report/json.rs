//! The format of our own, and the schema that it is published with.

use std::collections::BTreeSet;
use std::fs;

use report::{Acceptance, Accepted, Note, Report, SkippedPart, Summary, TextOptions, identify};
use serde_json::Value;

use super::samples::{DB, PLAIN, ROUTES, RULES, at, connection_finding, report, sources, step};

#[test]
fn json_has_everything() {
    let sources = sources(&[("app/db.py", DB), ("app/routes.py", ROUTES)]);
    let report = report(vec![connection_finding(&sources)], &sources);
    let json: Value = serde_json::from_str(&report::render_json(&report)).expect("JSON");
    assert_eq!(json["schema_version"], 1);
    assert_eq!(json["summary"]["errors"], 1);
    let finding = &json["findings"][0];
    assert_eq!(finding["rule"], "connection-per-request");
    assert_eq!(finding["family"], "pool");
    assert_eq!(finding["location"]["path"], "app/db.py");
    assert_eq!(
        finding["location"]["start"],
        serde_json::json!({ "offset": 26, "line": 2, "column": 12, "utf16_column": 12 })
    );
    assert_eq!(finding["evidence"].as_array().map(Vec::len), Some(3));
    assert_eq!(finding["affected"][0]["message"], "GET /users");
}

#[test]
fn lines_are_the_findings_and_a_summary() {
    let sources = sources(&[("app/db.py", DB), ("app/routes.py", ROUTES)]);
    let report = report(vec![connection_finding(&sources); 2], &sources);
    let whole: Value = serde_json::from_str(&report::render_json(&report)).expect("JSON");
    let lines = report::render_jsonl(&report);
    let mut lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let mut summary = lines.pop().expect("a last line");
    for line in &mut lines {
        assert_eq!(line.as_object_mut().and_then(|line| line.remove("type")), Some(Value::from("finding")));
    }
    assert_eq!(Value::from(lines), whole["findings"]);
    let fields = summary.as_object_mut().expect("an object");
    assert_eq!(fields.remove("type"), Some(Value::from("summary")));
    assert_eq!(fields.remove("schema_version").as_ref(), Some(&whole["schema_version"]));
    assert_eq!(summary, whole["summary"]);
}

/// The names of an object's fields, by the path to them.
fn fields(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                found.insert(format!("{path}.{name}"));
                fields(value, &format!("{path}.{name}"), found);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| fields(value, path, found)),
        _ => {}
    }
}

/// The same of what a schema describes. Everything it names must be required, and nothing else allowed.
fn described(schema: &Value, part: &Value, path: &str, found: &mut BTreeSet<String>) {
    let part = match part["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/")) {
        Some(name) => &schema["$defs"][name],
        None => part,
    };
    if part["type"] == "array" {
        return described(schema, &part["items"], path, found);
    }
    let part = if part["oneOf"].is_array() { &schema["$defs"]["location"] } else { part };
    let Some(properties) = part["properties"].as_object() else { return };
    assert_eq!(part["additionalProperties"], false, "{path}");
    let required: BTreeSet<&str> =
        part["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let is_asked_for = |name: &&str| properties[*name]["items"]["$ref"] == "#/$defs/suppressed";
    assert_eq!(required, properties.keys().map(String::as_str).filter(|name| !is_asked_for(name)).collect(), "{path}");
    for (name, property) in properties {
        found.insert(format!("{path}.{name}"));
        described(schema, property, &format!("{path}.{name}"), found);
    }
}

#[test]
fn the_schema_describes_what_is_written() {
    let sources = sources(&[("app/db.py", DB), ("app/routes.py", ROUTES)]);
    let mut finding = connection_finding(&sources);
    finding.related = vec![step(finding.primary, "here too")];
    let note = Note { subject: finding.primary.path, reason: "a reason".to_owned() };
    let part = SkippedPart { location: at(&sources, "app/db.py", "conn"), reason: "unclosed".to_owned() };
    let summary = Summary {
        left_out: vec![note.clone()],
        generated: vec![note.clone()],
        recoded: vec![note.clone()],
        failures: vec![note],
        skipped: vec![part.clone()],
        comments: vec![part.clone()],
        unread: vec![part],
        stale: vec!["n-plus-one in a.py".to_owned()],
        ..Summary::default()
    };
    let found = identify(vec![finding], |_| String::new(), &sources);
    let by = Acceptance::Comment { place: at(&sources, "app/db.py", "conn"), reason: "three users".to_owned() };
    let accepted = vec![Accepted { found: found[0].clone(), by }];
    let report = Report::new(found, &RULES, &sources, summary).with_accepted(accepted, false);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/report/schemas/report.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).expect("readable")).expect("JSON");

    let (mut written, mut expected) = (BTreeSet::new(), BTreeSet::new());
    fields(&serde_json::from_str(&report::render_json(&report)).expect("JSON"), "", &mut written);
    described(&schema, &schema, "", &mut expected);
    assert_eq!(written, expected);

    let lines = report::render_jsonl(&report);
    let kinds = schema["$defs"]["line"]["oneOf"].as_array().expect("a list");
    for (line, kind) in lines.lines().zip(kinds) {
        let (mut written, mut expected) = (BTreeSet::new(), BTreeSet::new());
        fields(&serde_json::from_str(line).expect("JSON"), "", &mut written);
        described(&schema, kind, "", &mut expected);
        assert_eq!(written, expected);
    }
}

#[test]
fn statistics_count_by_rule_and_family() {
    let sources = sources(&[("app/db.py", DB), ("app/routes.py", ROUTES)]);
    let mut note = super::samples::plain_finding(at(&sources, "app/db.py", "conn"), ir::finding::Severity::Info);
    note.rule = "n-plus-one";
    let report = report(vec![note.clone(), note, connection_finding(&sources)], &sources);
    let expected = "\
rule                           findings  errors  warnings  notes
n-plus-one (query)                    2       0         0      2
connection-per-request (pool)         1       1         0      0

family  findings  errors  warnings  notes
query          2       0         0      2
pool           1       1         0      0

";
    assert_eq!(report::render_statistics(&report, TextOptions { width: 10, ..PLAIN }), expected);
    let json: Value = serde_json::from_str(&report::render_statistics_json(&report)).expect("JSON");
    let counts = serde_json::json!({ "rule": "n-plus-one", "family": "query", "findings": 2, "errors": 0, "warnings": 0, "infos": 2 });
    assert_eq!(json["rules"][0], counts);
    assert_eq!(json["families"][1]["family"], "pool");
    assert_eq!(json["summary"]["findings"], 3);
}
