//! The program as its users run it.

#[path = "cli/agents.rs"]
mod agents;
#[path = "cli/changes.rs"]
mod changes;
#[path = "cli/decisions.rs"]
mod decisions;
#[path = "cli/limits.rs"]
mod limits;
#[path = "cli/outputs.rs"]
mod outputs;
#[path = "cli/prefilter.rs"]
mod prefilter;
#[path = "cli/settings.rs"]
mod settings;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const FORMATS: [&str; 16] = [
    "text",
    "concise",
    "agent",
    "json",
    "jsonl",
    "sarif",
    "github",
    "gitlab",
    "azure",
    "junit",
    "checkstyle",
    "rdjson",
    "rdjsonl",
    "sonar",
    "markdown",
    "html",
];

/// Opens a connection for every request.
const SLOW: &str = "\
import psycopg2
from flask import Flask

app = Flask(__name__)


@app.get(\"/users\")
def list_users():
    conn = psycopg2.connect(\"dbname=app\")
    try:
        with conn.cursor() as cursor:
            cursor.execute(\"SELECT id, name FROM users ORDER BY id LIMIT 50\")
            return cursor.fetchall()
    finally:
        conn.close()
";
const FINE: &str = "def add(a, b):\n    return a + b\n";

/// A folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let path = std::env::temp_dir().join(format!("scalecliff-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("writable");
        let folder = Self(path);
        for (name, text) in files {
            folder.write(name, text.as_bytes());
        }
        folder
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("inside")).expect("writable");
        fs::write(path, bytes).expect("writable");
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scalecliff"));
        command.current_dir(&self.0).args(args);
        let agents = ["AI_AGENT", "CLAUDECODE", "CODEX_SANDBOX", "CODEX_THREAD_ID", "GEMINI_CLI", "CURSOR_AGENT"];
        for variable in ["NO_COLOR", "CLICOLOR_FORCE", "SCALECLIFF_OUTPUT_FORMAT"].into_iter().chain(agents) {
            command.env_remove(variable);
        }
        command
    }

    fn run(&self, args: &[&str]) -> Run {
        Run::from(self.command(args).output().expect("the program starts"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[derive(Debug, PartialEq)]
struct Run {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

impl Run {
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect("JSON")
    }
}

#[test]
fn the_exit_status_is_the_same_for_every_format() {
    let folder = Folder::new("status", &[("slow/slow.py", SLOW), ("fine/fine.py", FINE), ("none/readme.md", "")]);
    for format in FORMATS {
        let status = |args: &[&str]| folder.run(&[args, &["--output-format", format]].concat()).status;
        assert_eq!(status(&["fine"]), Some(0), "{format}");
        assert_eq!(status(&["check", "fine"]), Some(0), "{format}");
        assert_eq!(status(&["slow"]), Some(1), "{format}");
        assert_eq!(status(&["slow", "--fail-on", "error"]), Some(1), "{format}");
        assert_eq!(status(&["slow", "--fail-on", "never"]), Some(0), "{format}");
        assert_eq!(status(&["slow", "--ignore", "connection-per-request"]), Some(0), "{format}");
        assert_eq!(status(&["fine", "--no-such-option"]), Some(2), "{format}");
        assert_eq!(status(&["fine", "--select", "no-such-rule"]), Some(2), "{format}");
        assert_eq!(status(&["missing"]), Some(3), "{format}");
        assert_eq!(status(&["fine", "missing"]), Some(3), "{format}");
        assert_eq!(status(&["none"]), Some(3), "{format}");
        assert_eq!(status(&["none/readme.md"]), Some(3), "{format}");
    }
}

#[test]
fn a_problem_is_one_line_that_names_it() {
    let folder = Folder::new("problem", &[("a.py", FINE), ("empty/.keep", ""), ("bad.toml", "[[call]]\npath = \n")]);
    let problem = |args: &[&str]| {
        let run = folder.run(args);
        assert_eq!(run.stdout, "");
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
        (run.status, run.stderr)
    };
    assert_eq!(problem(&["no\x1bway"]), (Some(3), "scalecliff: no␛way: no such file or folder\n".to_owned()));
    let (status, message) = problem(&["empty"]);
    assert_eq!(status, Some(3));
    assert!(message.contains("no Python, JavaScript, TypeScript, Rust or SQL file to analyse in empty"), "{message}");
    let (status, message) = problem(&["--select", "conection-per-request", "a.py"]);
    assert_eq!(status, Some(2));
    assert!(message.contains("did you mean `connection-per-request`?"), "{message}");
    let (status, message) = problem(&["explain", "connection-per-requst"]);
    assert_eq!(status, Some(2));
    assert!(message.contains("did you mean `connection-per-request`?"), "{message}");
    let (status, message) = problem(&["--model", "bad.toml", "a.py"]);
    assert_eq!(status, Some(2));
    assert!(message.starts_with("scalecliff: bad.toml:2: "), "{message}");
    assert_eq!(problem(&["--model", "no.toml", "a.py"]).0, Some(2));
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let folder = Folder::new("threads", &[("broken.ts", "function ("), ("b.sql", "SELECT 1;"), ("c.rs", "fn c() {}")]);
    for index in 0..40 {
        folder.write(&format!("app/m{index}/slow.py"), SLOW.repeat(1 + index % 5).as_bytes());
        folder.write(&format!("app/m{index}/bytes.py"), b"x = '\xff'\n");
    }
    let targets: Vec<String> = FORMATS.iter().map(|format| format!("{format}=report.{format}")).collect();
    let run = |jobs: &str| {
        let args = targets.iter().flat_map(|target| ["--report", target.as_str()]);
        let run = folder.run(&["-j", jobs].into_iter().chain(args).collect::<Vec<_>>());
        assert_eq!(run.status, Some(1), "{run:?}");
        let report = |format| fs::read(folder.0.join(format!("report.{format}"))).expect("written");
        (run, FORMATS.map(report))
    };
    let one = run("1");
    for jobs in ["2", "7"] {
        assert!(one == run(jobs), "{jobs} threads");
    }
}

#[test]
fn odd_files_are_analysed() {
    let folder = Folder::new("odd", &[]);
    folder.write("bom.py", format!("\u{feff}{SLOW}").as_bytes());
    folder.write("crlf.py", SLOW.replace('\n', "\r\n").as_bytes());
    folder.write("cr.js", b"const a = 1;\rconst b = 2;\r");
    folder.write("empty.ts", b"");
    folder.write("nul.py", b"x = '\0'\n");
    folder.write("latin.py", b"# \xe9t\xe9\nx = 1\n");
    folder.write("utf16.sql", &"SELECT 1;\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    let run = folder.run(&["--output-format", "json"]);
    assert!(matches!(run.status, Some(0 | 1)), "{run:?}");
    let summary = &run.json()["summary"];
    assert_eq!(summary["files"], 7);
    assert_eq!(summary["failures"], Value::Array(Vec::new()));
    assert_eq!(summary["recoded"][0]["subject"], "latin.py");
    assert!(folder.run(&[]).stdout.contains("1 file not in UTF-8:\n  latin.py: "));
}

#[test]
fn hostile_sizes_and_depths_neither_crash_nor_hang() {
    let folder = Folder::new("hostile", &[]);
    let long = format!("x = '{}'\n", "a".repeat(5 << 20));
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for extension in ["py", "js", "ts", "rs", "sql"] {
        folder.write(&format!("long.{extension}"), long.as_bytes());
        folder.write(&format!("nested.{extension}"), nested.as_bytes());
    }
    let run = folder.run(&[]);
    assert!(matches!(run.status, Some(0 | 1)), "{run:?}");
    assert!(run.stdout.contains("long.py: 5.0 MiB, more than 2.0 MiB (see --max-file-size)"), "{}", run.stdout);
    assert!(run.stdout.len() < 10_000, "{} bytes", run.stdout.len());

    let explicit = folder.run(&["long.py", "long.js"]);
    assert!(matches!(explicit.status, Some(0 | 1)), "{explicit:?}");
    assert!(explicit.stdout.len() < 10_000, "{} bytes", explicit.stdout.len());
}

#[test]
fn what_is_no_work_of_the_project_is_left_out_unless_it_is_named() {
    let files = [
        "app.py",
        "node_modules/x/index.js",
        "web/vendor/x.js",
        ".venv/lib/x.py",
        "odd-env/pyvenv.cfg",
        "odd-env/x.py",
        "crate/Cargo.toml",
        "crate/target/x.rs",
        "target/x.py",
        "dist/x.js",
        ".hidden/x.py",
        ".git/hooks/x.py",
        "lib.min.js",
        "types.d.ts",
        "ignored/x.py",
    ];
    let folder = Folder::new("left-out", &files.map(|name| (name, "x = 1\n")));
    folder.write(".gitignore", b"ignored/\n");
    folder.write("generated.py", b"# @generated by a tool\n");
    let files = |args: &[&str]| folder.run(&[args, &["--output-format", "json"]].concat()).json()["summary"].clone();
    let summary = files(&[]);
    assert_eq!(summary["files"], 3, "app.py, target/x.py and .hidden/x.py");
    let generated = summary["generated"].as_array().expect("a list");
    let generated: Vec<_> = generated.iter().filter_map(|note| note["subject"].as_str()).collect();
    assert_eq!(generated, ["generated.py", "lib.min.js", "types.d.ts"]);
    assert_eq!(files(&["--no-gitignore"])["files"], 4);
    for path in ["dist", "ignored", "ignored/x.py", "lib.min.js", "types.d.ts", "generated.py", "node_modules"] {
        assert_eq!(files(&[path])["files"], 1, "{path}");
    }
    assert_eq!(files(&["app.py", ".", "./app.py"])["files"], 3, "nothing is read twice");
}

#[test]
fn paths_are_those_of_the_repository() {
    let folder = Folder::new("root", &[("services/api/slow.py", SLOW), (".git/HEAD", "")]);
    let mut command = folder.command(&["--output-format", "sarif", "."]);
    let run = Run::from(command.current_dir(folder.0.join("services")).output().expect("the program starts"));
    let uri = &run.json()["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "services/api/slow.py");
    let outside = Folder::new("root-outside", &[("api/slow.py", SLOW)]);
    let run = outside.run(&["--output-format", "concise"]);
    assert!(run.stdout.starts_with("api/slow.py:"), "{}", run.stdout);
}

#[cfg(unix)]
#[test]
fn links_are_followed_only_where_they_are_named() {
    use std::os::unix::fs::symlink;

    let folder = Folder::new("links", &[("app/a.py", FINE), ("elsewhere/b.py", FINE)]);
    symlink(folder.0.join("app"), folder.0.join("app/loop")).expect("links");
    symlink(folder.0.join("elsewhere"), folder.0.join("app/link")).expect("links");
    symlink(folder.0.join("nowhere"), folder.0.join("app/dangling.py")).expect("links");
    let files = |path: &str| folder.run(&[path, "--output-format", "json"]).json()["summary"]["files"].clone();
    assert_eq!(files("app"), 1);
    assert_eq!(files("app/link"), 1);
    assert_eq!(files("app/loop"), 1);
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_named() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new("unreadable", &[("a.py", FINE), ("secret.py", FINE)]);
    let secret = folder.0.join("secret.py");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).expect("owned");
    if fs::read(&secret).is_ok() {
        return; // The superuser reads everything.
    }
    let run = folder.run(&[]);
    assert_eq!(run.status, Some(0));
    assert!(run.stdout.contains("1 file left out:\n  secret.py: cannot be read: permission denied\n"), "{run:?}");
    assert_eq!(folder.run(&["secret.py"]).status, Some(3));
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let folder = Folder::new("pipe", &[]);
    for index in 0..400 {
        folder.write(&format!("m{index}/slow.py"), SLOW.as_bytes());
    }
    for format in FORMATS {
        // The bounded ones are too short for their reader to leave.
        if format == "agent" {
            continue;
        }
        let mut command = folder.command(&["--output-format", format, "-q"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut line = String::new();
        let mut stdout = BufReader::with_capacity(64, child.stdout.take().expect("piped"));
        stdout.read_line(&mut line).expect("a line");
        drop(stdout);
        let mut stderr = String::new();
        child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("UTF-8");
        assert_eq!(child.wait().expect("it ends").code(), Some(1), "{format}");
        assert_eq!(stderr, "", "{format}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_an_internal_error() {
    let folder = Folder::new("full", &[("slow.py", SLOW), ("fine.py", FINE)]);
    let commands =
        [&["rules"][..], &["explain", "n-plus-one"], &["completions", "bash"], &["man"], &["config", "schema"]];
    let checks = FORMATS.map(|format| ["check", "slow.py", "--output-format", format]);
    for args in commands.into_iter().chain(checks.iter().map(|args| &args[..])) {
        let full = || fs::File::options().write(true).open("/dev/full").expect("a device");
        let output = folder.command(args).stdout(full()).output().expect("the program starts");
        let run = Run::from(output);
        assert_eq!(run.status, Some(4), "{args:?}: {run:?}");
        assert!(run.stderr.contains("cannot write the report: "), "{args:?}: {}", run.stderr);
        // Nobody reads any more: no error, and no complaint.
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let run = Run::from(folder.command(args).stdout(writer).output().expect("the program starts"));
        assert!(matches!(run.status, Some(0 | 1)), "{args:?}: {run:?}");
        assert!(!run.stderr.contains("panic") && !run.stderr.contains("cannot write"), "{args:?}: {}", run.stderr);
    }
}

#[test]
fn colour_is_for_those_who_ask() {
    let folder = Folder::new("colour", &[("slow.py", SLOW)]);
    let has_colour = |args: &[&str], variable: Option<(&str, &str)>| {
        let run = Run::from(folder.command(args).envs(variable).output().expect("the program starts"));
        assert!(!run.stderr.contains('\x1b'), "{}", run.stderr);
        run.stdout.contains('\x1b')
    };
    for format in FORMATS {
        assert!(!has_colour(&["--output-format", format], None), "{format}");
    }
    assert!(has_colour(&["--color", "always"], None));
    assert!(has_colour(&[], Some(("CLICOLOR_FORCE", "1"))));
    assert!(!has_colour(&["--color", "never"], Some(("CLICOLOR_FORCE", "1"))));
    assert!(!has_colour(&["--help"], None));
    assert!(!has_colour(&["explain", "connection-per-request"], None));
    assert!(!has_colour(&["rules"], None));
}

#[cfg(unix)]
#[test]
fn analysed_code_does_not_reach_the_terminal_as_it_is() {
    let hostile = "\x1b[31m \u{202e} \u{9b}1m \0 ##vso[task.x]";
    let folder = Folder::new("terminal", &[]);
    folder.write("::error::\x1b[2J/slow.py", format!("# {hostile}\n{SLOW}").as_bytes());
    folder.write("same-line/slow.py", SLOW.replace("(\"dbname", &format!("(\"{hostile}")).as_bytes());
    folder.write("latin.py", b"# \xe9\n");
    for format in FORMATS {
        let run = folder.run(&["--output-format", format]);
        assert_eq!(run.status, Some(1), "{format}");
        for output in [run.stdout, run.stderr] {
            let is_active = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
            assert!(!output.contains(is_active), "{format}: {output:?}");
            for line in output.lines() {
                let line = without_command(format, line);
                assert!(!line.contains("##vso["), "{format}: {line:?}");
                assert!(!line.trim_start().starts_with("::"), "{format}: {line:?}");
            }
        }
    }
}

/// The line without the command that is the format's own.
fn without_command<'a>(format: &str, line: &'a str) -> &'a str {
    let command = match format {
        "github" => "::error ",
        "azure" => "##vso[task.logissue type=error;",
        _ => return line,
    };
    line.strip_prefix(command).expect("every line is a command")
}

#[test]
fn rules_explain_themselves() {
    let folder = Folder::new("rules", &[]);
    let list = folder.run(&["rules"]);
    assert_eq!(list.status, Some(0));
    assert!(list.stdout.lines().any(|line| line.starts_with("connection-per-request ")), "{}", list.stdout);
    let list = folder.run(&["rules", "--output-format", "json"]).json();
    for rule in list.as_array().expect("a list") {
        let slug = rule["slug"].as_str().expect("a name");
        let page = folder.run(&["explain", slug]);
        assert_eq!(page.status, Some(0));
        assert!(page.stdout.contains(slug) && page.stdout.contains("Severity: "), "{}", page.stdout);
    }
    let table = folder.run(&["rules", "--output-format", "markdown"]).stdout;
    assert!(table.starts_with("| Rule | Family | Severity | Reports |\n| --- | --- | --- | --- |\n"), "{table}");
    assert!(table.contains("\n| `connection-per-request` | pool | error | "), "{table}");
    let explain = |format| folder.run(&["explain", "connection-per-request", "--output-format", format]);
    assert!(explain("markdown").stdout.starts_with("# connection-per-request\n"));
    let json = explain("json").json();
    assert_eq!(json["slug"], "connection-per-request");
    assert!(json["page"].as_str().is_some_and(|page| page.starts_with("# connection-per-request\n")));
}

#[test]
fn quiet_prints_findings_only_and_verbose_says_more() {
    let folder = Folder::new("quiet", &[("slow.py", SLOW), ("fine/fine.py", FINE), ("fine/x.min.js", "")]);
    assert_eq!(folder.run(&["-q", "fine"]), Run { status: Some(0), stdout: String::new(), stderr: String::new() });
    assert!(folder.run(&["-q"]).stdout.contains("connection-per-request"));
    assert_eq!(folder.run(&["-q", "--output-format", "concise"]).stderr, "");
    assert!(folder.run(&["-v", "fine"]).stdout.contains("fine/x.min.js: named like a generated file"));
    assert!(folder.run(&["fine"]).stdout.contains("no findings in 1 file\n1 file left out as generated"));
}
