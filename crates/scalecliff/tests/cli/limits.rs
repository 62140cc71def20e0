//! What is left out is said, in every place that has room for it, and `--strict` makes it a failure.

use serde_json::Value;

use super::{FINE, FORMATS, Folder, SLOW};

/// One file or part that is left out, and the words that say so.
struct Gap {
    name: &'static str,
    text: Vec<u8>,
    said: &'static str,
    args: &'static [&'static str],
}

fn gaps() -> Vec<Gap> {
    let gap = |name, text: Vec<u8>, said, args| Gap { name, text, said, args };
    let deep = format!(
        "x = {}1
{}",
        "[
"
        .repeat(20_000),
        "]
"
        .repeat(20_000)
    );
    let chain = format!("{FINE}x = {}1\n", "not \\\n".repeat(3_000));
    vec![
        gap(
            "large.py",
            format!("x = '{}'\n", "a".repeat(2_000)).into_bytes(),
            "more than 0.0 MiB",
            &["--max-file-size", "1KiB"],
        ),
        gap("deep.py", deep.into_bytes(), "nested too deeply", &[]),
        gap("chain.py", chain.into_bytes(), "nested too deeply", &[]),
        gap("binary.py", b"x = '\xff\0\xfe'".to_vec(), "not text", &[]),
        gap("latin.py", b"# \xe9t\xe9\nx = 1\n".to_vec(), "read as UTF-8, with U+FFFD for what is none", &[]),
        gap("broken.py", b"def f():\n    return 1\n\ndef g(:\n    return )\n".to_vec(), "broken.py", &[]),
        gap(
            "dump.sql",
            "SELECT id FROM a WHERE b = 1;\n".repeat(80_000).into_bytes(),
            "only the definitions are read",
            &["--max-file-size", "9MiB"],
        ),
    ]
}

#[test]
fn nothing_is_left_out_in_silence() {
    for Gap { name, text, said, args } in gaps() {
        let folder = Folder::new("gap", &[("app.py", FINE)]);
        folder.write(name, &text);
        let run = |more: &[&str]| folder.run(&[args, more].concat());
        let text = run(&[]);
        assert_eq!(text.status, Some(0), "{name}: {text:?}");
        assert!(text.stdout.contains(said) && text.stdout.contains(name), "{name}: {}", text.stdout);
        let json = run(&["--output-format", "json"]).json();
        let lists = ["left_out", "skipped", "recoded", "failures"].map(|list| json["summary"][list].to_string());
        assert!(lists.iter().any(|list| list.contains(said) && list.contains(name)), "{name}: {lists:?}");
        let sarif = run(&["--output-format", "sarif"]).json();
        let notifications = sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"].to_string();
        assert!(notifications.contains(said) && notifications.contains(name), "{name}: {notifications}");
        let formats = if name == "broken.py" { &FORMATS[..] } else { &["text"] };
        for format in formats {
            let run = run(&["--strict", "--output-format", format]);
            assert_eq!(run.status, Some(4), "{name} as {format}: {run:?}");
            assert!(run.stderr.contains("scalecliff: not everything was analysed: 1 "), "{name}: {}", run.stderr);
        }
    }
}

#[test]
fn strict_is_content_with_what_nobody_expects() {
    let files = [("app.py", FINE), ("lib.min.js", "x()"), ("node_modules/a/index.js", "x("), ("old/a.py", "x = (")];
    let folder = Folder::new("strict", &files);
    folder.write("scalecliff.toml", b"exclude = [\"old\"]\n");
    assert_eq!(folder.run(&["--strict"]).status, Some(0));
    folder.write("app.py", SLOW.as_bytes());
    assert_eq!(folder.run(&["--strict"]).status, Some(1), "findings as ever");
    folder.write("broken.py", b"x = (\n");
    let run = folder.run(&["--strict"]);
    assert_eq!(run.status, Some(4), "what is not known counts more than what is");
    assert!(run.stdout.contains("error[connection-per-request]"), "the report is there all the same: {}", run.stdout);
    assert_eq!(folder.run(&["--strict", "missing"]).status, Some(3));
}

#[test]
fn a_file_that_takes_too_long_is_named_and_the_rest_goes_on() {
    let folder = Folder::new("slow-file", &[("app.py", FINE)]);
    folder.write("long.py", "x = [a.b(c, d[1:2]) for e in f if g]\n".repeat(40_000).as_bytes());
    let args = ["--max-file-time", "0.02", "--output-format", "json"];
    let json = folder.run(&args).json();
    assert_eq!(json["summary"]["left_out"][0]["subject"], "long.py", "{json}");
    assert_eq!(json["summary"]["left_out"][0]["reason"], "takes longer than 0.02 s to read (see --max-file-time)");
    assert_eq!(json["summary"]["files"], 1);
    assert_eq!(folder.run(&["--max-file-time", "0.02", "--strict"]).status, Some(4));
    assert_eq!(folder.run(&["--max-file-time", "never"]).status, Some(2));
}

#[cfg(unix)]
#[test]
fn links_out_of_the_tree_are_named_and_not_followed() {
    use std::os::unix::fs::symlink;

    let folder =
        Folder::new("links-out", &[("app/a.py", FINE), ("elsewhere/b.py", "b ="), ("elsewhere/notes.txt", "")]);
    let link = |to: &str, from: &str| symlink(folder.0.join(to), folder.0.join(from)).expect("links");
    link("elsewhere", "app/folder");
    link("elsewhere/b.py", "app/file.py");
    link("elsewhere/notes.txt", "app/notes.txt");
    link("app/a.py", "app/inside.py");
    link("nowhere", "app/dangling.py");
    let summary = folder.run(&["app", "--output-format", "json"]).json()["summary"].clone();
    assert_eq!(summary["files"], 1);
    let left_out: Vec<&str> =
        summary["left_out"].as_array().into_iter().flatten().filter_map(|note| note["subject"].as_str()).collect();
    assert_eq!(left_out, ["app/file.py", "app/folder"], "{summary}");
    assert_eq!(folder.run(&["app", "--strict"]).status, Some(4));
    let both = folder.run(&["app", "elsewhere", "--output-format", "json"]).json()["summary"].clone();
    assert_eq!(both["left_out"], Value::Array(Vec::new()), "named by another path");
}
