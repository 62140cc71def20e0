//! What is not read changes nothing that is found.

use std::fs;
use std::path::Path;

use super::{Folder, Run, SLOW};

/// A program of so many modules with a handler each, which are tested, and help that only tests and help that also the
/// program imports.
fn generated(modules: usize) -> Folder {
    let folder = Folder::new(&format!("generated-{modules}"), &[]);
    for number in 0..modules {
        let next = (number + 1) % modules;
        let imports = format!("from app.tests.help{number} import connect\nfrom .m{next} import work as more\n");
        let help = "import psycopg2\n\ndef connect():\n    return psycopg2.connect('dbname=app')\n";
        let handler = format!("{imports}{SLOW}\n\ndef work(pool):\n    c = connect()\n    return more(pool)\n");
        let test = format!(
            "import psycopg2\nfrom app.m{number} import work\n\n\ndef test():\n    work(psycopg2.connect(''))\n"
        );
        folder.write(&format!("app/m{number}.py"), handler.as_bytes());
        folder.write(&format!("app/tests/help{number}.py"), help.as_bytes());
        folder.write(&format!("app/tests/test_m{number}.py"), test.as_bytes());
        let script = format!(
            "import {{ pool }} from \"./mocks/pool{number}\";\nexport const all = () => pool.query(\"SELECT * FROM t\");\n"
        );
        folder.write(&format!("web/m{number}.ts"), script.as_bytes());
        let pool = b"import { Pool } from \"pg\";\nexport const pool = new Pool();\n";
        folder.write(&format!("web/mocks/pool{number}.ts"), pool);
        let spec = format!("import {{ all }} from \"./m{number}\";\ntest(\"all\", () => all());\n");
        folder.write(&format!("web/m{number}.spec.ts"), spec.as_bytes());
        let crate_ = "pub fn get() -> String { std::fs::read_to_string(\"a\").unwrap() }\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn gets() { super::get(); }\n}\n";
        folder.write(&format!("rust/src/m{number}.rs"), crate_.as_bytes());
    }
    folder
}

fn findings(run: &Run) -> Vec<serde_json::Value> {
    run.json()["findings"].as_array().expect("a list").clone()
}

fn is_the_same(folder: &Folder, path: &str) -> usize {
    let args = ["check", path, "--output-format", "json", "--min-confidence", "low", "--fail-on", "never"];
    let with = findings(&folder.run(&args));
    let without = findings(&folder.run(&[&args[..], &["--no-prefilter"]].concat()));
    assert_eq!(with, without, "{path}");
    with.len()
}

#[test]
fn the_findings_of_all_fixtures_are_the_same_without_the_prefilter() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let folder = Folder::new("prefilter", &[]);
    for entry in fs::read_dir(fixtures).expect("fixtures") {
        let path = entry.expect("a fixture").path();
        if path.is_dir() {
            is_the_same(&folder, path.to_str().expect("UTF-8"));
        }
    }
}

#[test]
fn the_findings_of_generated_programs_are_the_same_without_the_prefilter() {
    for modules in [1, 2, 7, 30] {
        let found = is_the_same(&generated(modules), ".");
        assert!(found >= modules, "{found} findings in {modules} modules");
    }
}

#[test]
fn test_code_is_read_where_its_findings_are_wanted_or_where_there_is_nothing_else() {
    let folder = Folder::new("wanted", &[("app/main.py", "print(1)\n"), ("app/tests/test_slow.py", "f = open('x')\n")]);
    let run = |args: &[&str]| folder.run(&[args, &["--output-format", "json", "--fail-on", "never"]].concat());
    assert_eq!(run(&["check"]).json()["summary"]["files"], 2);
    assert_eq!(run(&["check", "--include-tests"]).json()["summary"]["files"], 2);
    assert_eq!(run(&["check", "app/tests"]).status, Some(0));
}
