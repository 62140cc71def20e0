//! Reports in files, and what can go wrong with them.

use std::fs;

use serde_json::Value;

use super::{FINE, FORMATS, Folder, Run, SLOW};

#[test]
fn one_run_writes_every_format() {
    let folder = Folder::new("reports", &[("app/slow.py", SLOW)]);
    let targets: Vec<String> = FORMATS.iter().map(|format| format!("{format}=report.{format}")).collect();
    let mut args = vec!["app", "--output-format", "json"];
    for target in &targets {
        args.extend(["--report", target.as_str()]);
    }
    let run = folder.run(&args);
    assert_eq!((run.status, run.stderr.as_str()), (Some(1), ""));
    assert_eq!(run.json()["findings"].as_array().map(Vec::len), Some(1));
    for format in FORMATS {
        let written = fs::read_to_string(folder.0.join(format!("report.{format}"))).expect("written");
        let printed = folder.run(&["app", "--output-format", format]).stdout;
        if format == "agent" {
            assert!(written.contains("scalecliff app --output-format agent\n"), "{written}");
        }
        assert_eq!(written, printed, "{format}");
    }
    let files = fs::read_dir(&folder.0).expect("a folder").count();
    assert_eq!(files, FORMATS.len() + 1, "no temporary file stays behind");
}

#[test]
fn a_report_replaces_what_was_there() {
    let folder = Folder::new("replace", &[("fine.py", FINE), ("old.json", "old"), ("kept.json", "kept")]);
    let run = folder.run(&["fine.py", "--report", "json=old.json"]);
    assert_eq!(run.status, Some(0));
    let new: Value = serde_json::from_slice(&fs::read(folder.0.join("old.json")).expect("written")).expect("JSON");
    assert_eq!(new["findings"], Value::Array(Vec::new()));
    assert_eq!(folder.run(&["missing.py", "--report", "json=kept.json"]).status, Some(3));
    assert_eq!(fs::read_to_string(folder.0.join("kept.json")).expect("there"), "kept", "no report, no change");
}

#[cfg(unix)]
#[test]
fn links_and_devices_stay_what_they_are() {
    use std::os::unix::fs::symlink;

    let folder = Folder::new("special", &[("fine.py", FINE), ("real/report.json", "old")]);
    symlink("real/report.json", folder.0.join("link.json")).expect("links");
    let args = ["-q", "fine.py", "--report", "json=link.json", "--report", "concise=/dev/null"];
    let run = folder.run(&[&args[..], &["--report", "json=/dev/stdout"]].concat());
    assert_eq!(run.status, Some(0), "{run:?}");
    assert!(fs::symlink_metadata(folder.0.join("link.json")).expect("there").is_symlink());
    assert_eq!(fs::read_to_string(folder.0.join("real/report.json")).expect("there"), run.stdout);
    assert!(fs::metadata("/dev/null").is_ok_and(|metadata| !metadata.is_file()));
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_the_work() {
    let folder = Folder::new("targets", &[("fine.py", FINE), ("folder/x.py", FINE)]);
    let problem = |targets: &[&str]| -> String {
        let args: Vec<&str> = targets.iter().flat_map(|target| ["--report", target]).collect();
        let Run { status, stdout, stderr } = folder.run(&[&["fine.py"], &args[..]].concat());
        assert_eq!((status, stdout.as_str()), (Some(2), ""), "{stderr}");
        stderr
    };
    assert!(problem(&["sarif=no/such/a.sarif"]).contains("--report no/such/a.sarif: there is no such folder"));
    assert!(problem(&["sarif=folder"]).contains("this is a folder"));
    assert!(problem(&["sarif=a", "json=a"]).contains("two reports"));
    assert!(problem(&["sariff=a"]).contains("did you mean `sarif`?"));
    assert!(problem(&["json=-"]).contains("--output-format json"));
    assert!(problem(&["a.json"]).contains("sarif=scalecliff.sarif"));
}

#[test]
fn statistics_take_the_place_of_the_findings() {
    let folder = Folder::new("statistics", &[("slow.py", SLOW), ("also.py", SLOW)]);
    let run = folder.run(&["--statistics"]);
    assert_eq!(run.status, Some(1));
    assert!(
        run.stdout.contains("connection-per-request (pool)         2       2         0      0\n"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("2 findings in 2 of 2 files"), "{}", run.stdout);
    let json = folder.run(&["--statistics", "--output-format", "json", "--report", "json=all.json"]).json();
    assert_eq!(json["rules"][0]["rule"], "connection-per-request");
    assert_eq!(json["families"][0]["findings"], 2);
    let all: Value = serde_json::from_slice(&fs::read(folder.0.join("all.json")).expect("written")).expect("JSON");
    assert_eq!(all["findings"].as_array().map(Vec::len), Some(2), "files get the findings");
    assert_eq!(folder.run(&["--statistics", "--output-format", "sarif"]).status, Some(2));
}

#[test]
fn statements_that_no_parser_reads_are_listed_with_their_places() {
    let text = "SELECT 1;\nSELECT * FROM users WHERE (((a = );\nCREATE TABLE t (a INT);\nALTER TABLE t ADD !!;\n";
    let folder = Folder::new("unread", &[("schema.sql", text)]);
    let run = folder.run(&["-v"]);
    assert!(run.stdout.contains("2 SQL statements not parsed, only read by keywords:\n"), "{run:?}");
    for line in ["schema.sql:2:", "schema.sql:4:"] {
        assert!(run.stdout.contains(line), "{run:?}");
    }
    assert!(!folder.run(&[]).stdout.contains("not parsed"));
}

#[test]
fn findings_in_deployment_files_say_their_line() {
    let app =
        "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get(\"/\")\ndef index():\n    return \"hello\"\n";
    let image = "FROM python:3.13\nCOPY . .\nCMD [\"flask\", \"run\"]\n";
    let folder = Folder::new("deployment", &[("app.py", app), ("Dockerfile", image)]);
    let run = folder.run(&["--output-format", "concise"]);
    assert!(run.stdout.contains("Dockerfile:3:"), "{}", run.stdout);
    assert!(folder.run(&[]).stdout.contains("CMD [\"flask\", \"run\"]"), "the line is shown");
}
