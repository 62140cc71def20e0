//! Changed code, with the real git.

use std::process::Command;

use super::{FINE, Folder, SLOW};

const HELPER: &str =
    "import psycopg2\n\n\ndef get_users():\n    return psycopg2.connect(\"dbname=app\").cursor().fetchmany(9)\n";
const ROUTES: &str = "from flask import Flask\nfrom db import get_users\n\napp = Flask(__name__)\n";
const HANDLER: &str = "\n\n@app.get(\"/users\")\ndef list_users():\n    return get_users()\n";

fn git(folder: &Folder, args: &[&str]) {
    let identity = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "init.defaultBranch=main"];
    let run = Command::new("git").current_dir(&folder.0).args(identity).args(args).output().expect("git runs");
    assert!(run.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&run.stderr));
}

fn commit(folder: &Folder) {
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "x"]);
}

pub(super) fn repository(name: &str, files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new(name, files);
    git(&folder, &["init", "-q"]);
    commit(&folder);
    folder
}

#[test]
fn only_what_a_branch_touches_is_reported() {
    let folder = repository("changed", &[("old.py", SLOW), ("fine.py", FINE)]);
    git(&folder, &["checkout", "-q", "-b", "feature"]);
    assert_eq!(folder.run(&["--changed"]).status, Some(0));
    folder.write("new/slow.py", SLOW.as_bytes());
    let run = folder.run(&["--changed", "-q", "--output-format", "concise"]);
    assert_eq!(run.status, Some(1), "a file that git does not know yet: {run:?}");
    assert_eq!(run.stdout.lines().count(), 1, "{}", run.stdout);
    assert!(run.stdout.starts_with("new/slow.py:9:12"), "{}", run.stdout);
    commit(&folder);
    assert_eq!(folder.run(&["--changed"]).status, Some(1));
    assert_eq!(folder.run(&["--changed=main"]).status, Some(1));
    assert_eq!(folder.run(&["--changed=HEAD"]).status, Some(0));
    // The names are those of the repository, wherever the run starts.
    let here = folder.0.join("new");
    let run = folder.command(&["--changed=main"]).current_dir(here).output().expect("runs");
    assert_eq!(run.status.code(), Some(1));
}

#[test]
fn a_touched_step_of_the_way_counts() {
    let folder = repository("way", &[("db.py", HELPER), ("routes.py", ROUTES)]);
    assert_eq!(folder.run(&[]).status, Some(0), "nothing calls the helper");
    folder.write("routes.py", format!("{ROUTES}{HANDLER}").as_bytes());
    let run = folder.run(&["--changed=HEAD", "-q", "--output-format", "concise"]);
    assert_eq!(run.status, Some(1), "{run:?}");
    assert!(run.stdout.starts_with("db.py:5:12"), "the cost, in a file that did not change: {}", run.stdout);
}

#[test]
fn the_next_commit_is_judged_by_the_index() {
    let folder = repository("staged", &[("old.py", SLOW), ("fine.py", FINE)]);
    let status = || folder.run(&["--staged"]).status;
    folder.write("fine.py", SLOW.as_bytes());
    assert_eq!(status(), Some(0), "not staged");
    git(&folder, &["add", "fine.py"]);
    assert_eq!(status(), Some(1));
    // What was repaired since is not what will be committed.
    folder.write("fine.py", FINE.as_bytes());
    assert_eq!(status(), Some(1));
    git(&folder, &["add", "fine.py"]);
    assert_eq!(status(), Some(0));
}

#[test]
fn a_first_commit_can_be_judged() {
    let folder = Folder::new("first", &[("slow.py", SLOW)]);
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "-A"]);
    assert_eq!(folder.run(&["--staged"]).status, Some(1));
}

#[test]
fn a_diff_of_anywhere_is_taken() {
    let folder = Folder::new("diff", &[("app/slow.py", SLOW), ("app/old.py", SLOW)]);
    let diff = |line: usize| format!("--- a/app/slow.py\n+++ b/app/slow.py\n@@ -{line} +{line} @@\n-x\n+y\n");
    folder.write("hit.diff", diff(9).as_bytes());
    folder.write("miss.diff", diff(1).as_bytes());
    folder.write("no.diff", b"hello\n");
    assert_eq!(folder.run(&["--diff-file", "hit.diff"]).status, Some(1));
    assert_eq!(folder.run(&["--diff-file", "miss.diff"]).status, Some(0));
    let run = folder.run(&["--diff-file", "no.diff"]);
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.contains("no.diff:1: this is no unified diff"), "{}", run.stderr);
    assert_eq!(folder.run(&["--diff-file", "missing.diff"]).status, Some(2));
}

#[test]
fn a_shallow_clone_is_told_what_it_lacks() {
    let origin = repository("origin", &[("old.py", SLOW)]);
    git(&origin, &["checkout", "-q", "-b", "feature"]);
    origin.write("new.py", SLOW.as_bytes());
    commit(&origin);
    let clone = Folder::new("shallow", &[]);
    let address = format!("file://{}", origin.0.display());
    git(&clone, &["clone", "-q", "--depth=1", "--branch=feature", &address, "."]);
    let run = clone.run(&["--changed=origin/main"]);
    assert_eq!(run.status, Some(2), "{run:?}");
    assert!(run.stderr.contains("fetch-depth: 0"), "{}", run.stderr);
    git(&clone, &["fetch", "-q", "--unshallow", "origin", "+refs/heads/*:refs/remotes/origin/*"]);
    assert_eq!(clone.run(&["--changed=origin/main"]).status, Some(1));
}

#[test]
fn references_are_no_options() {
    let folder = repository("option", &[("old.py", SLOW)]);
    for reference in ["--output=x", "-x", "no-such-branch", "$(touch x)"] {
        assert_eq!(folder.run(&[&format!("--changed={reference}")]).status, Some(2), "{reference}");
    }
    assert!(!folder.0.join("x").exists());
    let outside = Folder::new("outside", &[("a.py", SLOW)]);
    assert_eq!(outside.run(&["--changed"]).status, Some(2), "no repository");
}

#[test]
fn the_report_can_be_about_some_files() {
    let folder = repository("only", &[("a.py", SLOW), ("lib/b.py", SLOW), ("c.md", "")]);
    let run = folder.run(&["--report-only", "lib/b.py", "-q", "--output-format", "concise"]);
    assert_eq!((run.status, run.stdout.lines().count()), (Some(1), 1));
    assert!(run.stdout.starts_with("lib/b.py:"), "{}", run.stdout);
    assert_eq!(folder.run(&["--report-only", "c.md"]).status, Some(0));
    assert_eq!(folder.run(&["--report-only", "missing.py"]).status, Some(3));
}

#[test]
fn a_text_that_is_not_saved_is_judged_in_its_program() {
    let folder = Folder::new("stdin", &[("db.py", HELPER), ("routes.py", ROUTES), ("old.py", SLOW)]);
    let run = |text: &str, name: &str| {
        let mut command = folder.command(&["--stdin-filename", name, "-q", "--output-format", "concise"]);
        let mut child = command
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("the program starts");
        std::io::Write::write_all(&mut child.stdin.take().expect("piped"), text.as_bytes()).expect("read");
        let output = child.wait_with_output().expect("ends");
        (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
    };
    assert_eq!(run(ROUTES, "routes.py"), (Some(0), String::new()));
    let (status, text) = run(&format!("{ROUTES}{HANDLER}"), "routes.py");
    assert_eq!(status, Some(1));
    assert!(text.starts_with("db.py:5:12"), "{text}");
    // A file that does not exist yet.
    assert_eq!(run(SLOW, "new.py").0, Some(1));
    assert_eq!(run(SLOW, "new.md").0, Some(3));
}
