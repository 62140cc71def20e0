//! What a team sets.

use super::{FINE, Folder, Run, SLOW};

fn findings(run: &Run) -> usize {
    run.json()["findings"].as_array().map_or(0, Vec::len)
}

fn json(folder: &Folder, args: &[&str]) -> Run {
    folder.run(&[args, &["--output-format", "json"]].concat())
}

#[test]
fn settings_stand_in_three_files() {
    let places = [
        ("scalecliff.toml", "ignore = [\"pool\"]\n"),
        (".scalecliff.toml", "ignore = [\"pool\"]\n"),
        ("pyproject.toml", "[project]\nname = \"x\"\n\n[tool.scalecliff]\nignore = [\"pool\"]\n"),
        ("package.json", "{\"name\": \"x\", \"scalecliff\": {\"ignore\": [\"pool\"]}}"),
    ];
    for (number, (name, text)) in places.iter().enumerate() {
        let folder = Folder::new(&format!("place{number}"), &[("app/slow.py", SLOW), (name, text)]);
        assert_eq!(findings(&json(&folder, &[])), 0, "{name}");
        assert_eq!(findings(&json(&folder, &["app"])), 0, "{name}: from below");
        assert_eq!(findings(&json(&folder, &["--isolated"])), 1, "{name}");
        assert_eq!(findings(&json(&folder, &["--select", "pool"])), 1, "{name}: the command line counts more");
    }
}

#[test]
fn the_nearest_file_holds() {
    let folder = Folder::new(
        "monorepo",
        &[
            ("scalecliff.toml", "ignore = [\"pool\"]\n"),
            ("shop/slow.py", SLOW),
            ("bank/scalecliff.toml", "[severity]\nconnection-per-request = \"warning\"\n"),
            ("bank/app/slow.py", SLOW),
        ],
    );
    let run = json(&folder, &[]);
    assert_eq!(findings(&run), 1);
    assert_eq!(run.json()["findings"][0]["location"]["path"], "bank/app/slow.py");
    assert_eq!(run.json()["findings"][0]["severity"], "warning");
    assert_eq!(findings(&json(&folder, &["shop"])), 0);
    assert_eq!(findings(&json(&folder, &["--config", "bank/scalecliff.toml"])), 2);
}

#[test]
fn settings_of_the_run_are_taken() {
    let settings = "fail-on = \"never\"\noutput-format = \"concise\"\nexclude = [\"legacy\"]\n\
                    [[overrides]]\npaths = [\"jobs/\"]\nignore = [\"pool\"]\n";
    let files = [("scalecliff.toml", settings), ("app/a.py", SLOW), ("legacy/b.py", SLOW), ("jobs/c.py", SLOW)];
    let folder = Folder::new("run", &files);
    let run = folder.run(&[]);
    assert_eq!(run.status, Some(0));
    assert_eq!(run.stdout.lines().count(), 1, "{}", run.stdout);
    assert!(run.stdout.starts_with("app/a.py:9:12: error[connection-per-request]"), "{}", run.stdout);
    assert!(run.stderr.contains("1 file left out by the settings"), "{}", run.stderr);
    assert_eq!(folder.run(&["--fail-on", "error"]).status, Some(1));
    // What is named is taken.
    assert_eq!(findings(&json(&folder, &["legacy/b.py"])), 1);
}

#[test]
fn mistakes_in_settings_are_told_with_their_place() {
    let problem = |name: &str, text: &str| {
        let folder = Folder::new("mistake", &[("a.py", FINE), (name, text)]);
        let run = folder.run(&["-q"]);
        (run.status, run.stderr)
    };
    for (text, expected) in [
        ("ignore = [\"pool\"]\nselect = 1\n", "scalecliff.toml:2: invalid type: integer `1`, expected a sequence"),
        ("\nignore = [\"pol\"]\n", "scalecliff.toml:2: unknown rule or family `pol`: did you mean `pool`?"),
        ("max-file-size = \"big\"\n", "`max-file-size`: expected a number of bytes"),
        ("output-format = \"sariff\"\n", "`output-format`: unknown format `sariff`: did you mean `sarif`?"),
        ("exclude = [\"a[\"]\n", "the pattern `a[` cannot be read"),
        ("models = [\"../../etc/passwd\"]\n", "`models`: "),
        ("extend = \"scalecliff.toml\"\n", "settings extend each other in a circle"),
        ("baseline = \"none.json\"\n", "none.json: no such file or folder"),
        ("[[model]]\nlanguage = \"python\"\npackages = [\"x\"]\nclal = 1\n", "[[model]] 1"),
    ] {
        let (status, message) = problem("scalecliff.toml", text);
        assert_eq!(status, Some(2), "{text}: {message}");
        assert!(message.contains(expected), "{text}: {message}");
    }
    let (status, message) = problem("scalecliff.toml", "ignroe = []\n");
    assert_eq!(status, Some(0));
    assert!(message.contains("scalecliff.toml:1: unknown key `ignroe`: did you mean `ignore`?"), "{message}");
    // Files of others are not ours to judge.
    assert_eq!(problem("pyproject.toml", "[tool.poetry]\nname = scalecliff\n"), (Some(0), String::new()));
    assert_eq!(problem("package.json", "{\"name\": \"scalecliff\", oops}"), (Some(0), String::new()));
}

#[test]
fn settings_tell_what_the_code_cannot() {
    let helper = "import psycopg2\n\n\ndef handle(event):\n    return psycopg2.connect(\"dbname=app\").cursor()\n";
    let entry = "[facts]\nrequest-entry = [\"jobs.worker.handle\"]\nconnection-limit = 20\n";
    let folder = Folder::new("facts", &[("app/jobs/worker.py", helper), ("scalecliff.toml", entry)]);
    let run = json(&folder, &["--select", "connection-per-request"]);
    assert_eq!(findings(&run), 1);
    let runs_out = run.json()["findings"][0]["runs_out"].to_string();
    assert!(runs_out.contains("this database accepts 20 connections"), "{runs_out}");
    assert_eq!(findings(&json(&folder, &["--isolated", "--select", "connection-per-request"])), 0);

    let all = "from flask import Flask\nimport sqlite3\n\napp = Flask(__name__)\nconn = sqlite3.connect(\"x.db\")\n\n\n\
               @app.get(\"/gadgets\")\ndef list_gadgets():\n    return conn.execute(\"SELECT id, name FROM gadgets\").fetchall()\n\n\n\
               @app.post(\"/gadgets\")\ndef add_gadget():\n    conn.execute(\"INSERT INTO gadgets (name) VALUES ('x')\")\n";
    let folder = Folder::new("small", &[("app.py", all), ("small.toml", "[facts]\nsmall-tables = [\"gadgets\"]\n")]);
    assert_eq!(findings(&json(&folder, &["--select", "missing-pagination"])), 1);
    assert_eq!(findings(&json(&folder, &["--select", "missing-pagination", "--config", "small.toml"])), 0);
}

#[test]
fn in_house_libraries_are_modelled_in_settings() {
    let code = SLOW.replace("psycopg2", "ourdb").replace("ourdb.connect", "ourdb.open_connection");
    let model = "[[model]]\nlanguage = \"python\"\npackages = [\"ourdb\"]\n[[model.call]]\npath = \"ourdb.open_connection\"\n\
                 acquires = \"connection\"\nreleased-by = \"close\"\n";
    let folder = Folder::new("inhouse", &[("slow.py", &code), ("scalecliff.toml", model)]);
    assert_eq!(findings(&json(&folder, &[])), 1);
    assert_eq!(findings(&json(&folder, &["--isolated"])), 0);
}
