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

/// A server of so many modules beside an app of as many pages that share code with it, and data that only the pages show.
fn with_pages(modules: usize) -> Folder {
    let folder = Folder::new(&format!("pages-{modules}"), &[]);
    let write = |path: String, text: String| folder.write(&path, text.as_bytes());
    write("package.json".to_owned(), "{ \"name\": \"shop\" }".to_owned());
    write(
        "shared/kept.ts".to_owned(),
        "export const kept = new Map<string, string>();\nexport const cut = (rows: string[]) => rows;\n".to_owned(),
    );
    for number in 0..modules {
        let next = (number + 1) % modules;
        let imports = "import { Router } from \"express\";\nimport { Client } from \"pg\";\n\
            import { kept, cut } from \"../shared/kept\";\n";
        let handler = format!(
            "router.get(\"/r{number}\", async (req, res) => {{\n  const client = new Client();\n  await client.connect();\n  \
             kept.set(req.query.key, more{next}(req.query.key));\n  res.json(cut(await client.query(\"SELECT * FROM t\")));\n}});\n"
        );
        write(
            format!("server/routes{number}.ts"),
            format!(
                "{imports}import {{ more{next} }} from \"./help{next}\";\nexport const router = Router();\n{handler}"
            ),
        );
        write(
            format!("server/help{number}.ts"),
            format!(
                "import {{ deep{number} }} from './deep{number}'\nexport const more{number} = (key: string) => deep{number}(key);\n"
            ),
        );
        write(
            format!("server/deep{number}.ts"),
            format!("export function deep{number}(key: string) {{\n  return key + require(`./data`).names[0];\n}}\n"),
        );
        write(
            format!("web/page{number}.tsx"),
            format!(
                "import {{ kept }} from \"../shared/kept\";\nimport {{ load{number} }} from \"./load{number}\";\n\
                 export const Page{number} = () => {{\n  kept.get(\"a\");\n  return <p>{{load{number}()}}</p>;\n}};\n"
            ),
        );
        write(
            format!("web/load{number}.ts"),
            format!("import {{ icons }} from \"./icons{number}\";\nexport const load{number} = () => icons;\n"),
        );
        write(format!("web/icons{number}.ts"), format!("export const icons = [{{ a: {number} }}];\n"));
    }
    write("server/data.ts".to_owned(), "export const names = [\"a\"];\n".to_owned());
    let all: String = (0..modules)
        .map(|number| format!("app.use(require(\"./routes{number}\").router);\n"))
        .chain(["app.listen(3000);\n".to_owned()])
        .collect();
    write("server/main.ts".to_owned(), format!("import express from \"express\";\nconst app = express();\n{all}"));
    folder
}

#[test]
fn pages_are_passed_over_and_their_server_is_not() {
    for modules in [1, 2, 7, 30] {
        let folder = with_pages(modules);
        let found = is_the_same(&folder, ".");
        assert!(found >= modules, "{found} findings in {modules} modules");
        let summary = folder.run(&["check", ".", "--output-format", "json"]).json()["summary"].clone();
        assert_eq!(summary["files"], 6 * modules + 3, "{summary}");
        assert_eq!(summary["passed_over"], 3 * modules, "{summary}");
    }
}

#[test]
fn what_runs_in_a_browser_is_passed_over_wherever_it_is_imported() {
    let folder = Folder::new("browser", &[]);
    let page = "import { prisma } from \"@/lib/db\";\nimport { Table } from \"@/ui/table\";\n\
        export default async function Page() {\n  return <Table rows={await prisma.order.findMany()} />;\n}\n";
    folder.write("app/orders/page.tsx", page.as_bytes());
    let db = b"import { PrismaClient } from \"@prisma/client\";\nexport const prisma = new PrismaClient();\n";
    folder.write("lib/db.ts", db);
    let table =
        b"\"use client\";\nimport { cut } from \"./cut\";\nexport const Table = ({ rows }) => <p>{cut(rows)}</p>;\n";
    folder.write("ui/table.tsx", table);
    folder.write("ui/cut.ts", b"export const cut = (rows) => rows.slice(0, 10);\n");
    is_the_same(&folder, ".");
    let summary = folder.run(&["check", ".", "--output-format", "json"]).json()["summary"].clone();
    assert_eq!((&summary["files"], &summary["passed_over"]), (&4.into(), &2.into()), "{summary}");
}

#[test]
fn what_is_passed_over_is_named_to_who_asks_and_no_gap() {
    let folder = with_pages(1);
    folder.write("web/broken.tsx", b"export const x = (;\n");
    let run = folder.run(&["check", ".", "--strict", "--fail-on", "never"]);
    assert_eq!(run.status, Some(0), "{run:?}");
    let text = folder.run(&["check", ".", "-v"]).stdout;
    assert!(text.contains("4 files not parsed, since nothing of the server uses it"), "{text}");
    assert!(text.contains("\n  web/broken.tsx\n"), "{text}");
    let all = folder.run(&["check", ".", "--strict", "--fail-on", "never", "--no-prefilter"]);
    assert_eq!(all.status, Some(4), "{all:?}");
    let named = folder.run(&["check", "web/broken.tsx", "--strict", "--fail-on", "never"]);
    assert_eq!(named.status, Some(4), "what is named is parsed: {named:?}");
    folder.write("server/broken.ts", b"import { Client } from \"pg\";\nexport const x = (;\n");
    assert_eq!(folder.run(&["check", ".", "--strict", "--fail-on", "never"]).status, Some(4));
}

#[test]
fn test_code_is_read_where_its_findings_are_wanted_or_where_there_is_nothing_else() {
    let folder = Folder::new("wanted", &[("app/main.py", "print(1)\n"), ("app/tests/test_slow.py", "f = open('x')\n")]);
    let run = |args: &[&str]| folder.run(&[args, &["--output-format", "json", "--fail-on", "never"]].concat());
    assert_eq!(run(&["check"]).json()["summary"]["files"], 2);
    assert_eq!(run(&["check", "--include-tests"]).json()["summary"]["files"], 2);
    assert_eq!(run(&["check", "app/tests"]).status, Some(0));
}
