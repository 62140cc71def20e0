use ir::{Skipped, Span};
use oxc_allocator::Allocator;
use oxc_parser::Parser;
use oxc_span::SourceType;
use tree_sitter::Language;

use super::{Refusal, with_salvage};

fn refusal(offset: Option<usize>, reason: &impl ToString) -> Refusal {
    Refusal { offset, reason: reason.to_string().to_lowercase() }
}

fn parse_python(text: &str) -> Result<(), Refusal> {
    match ruff_python_parser::parse_module(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(refusal(Some(error.location.start().to_usize()), &error.error)),
    }
}

fn parse_typescript(text: &str) -> Result<(), Refusal> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, text, SourceType::ts()).parse();
    match parsed.diagnostics.first() {
        None => Ok(()),
        Some(error) => Err(refusal(error.labels.first().map(|label| label.offset() as usize), &error.message)),
    }
}

fn parse_rust(text: &str) -> Result<(), Refusal> {
    match syn::parse_file(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(refusal(Some(error.span().byte_range().start), &error)),
    }
}

/// The text that the parser took in the end, and what it lacks.
fn salvage(
    source: &str,
    grammar: impl Into<Language>,
    parse: fn(&str) -> Result<(), Refusal>,
) -> Option<(String, Vec<Skipped>)> {
    let mut seen = 0;
    let (kept, skipped) = with_salvage(
        source,
        || grammar.into(),
        |text| {
            seen += 1;
            assert_eq!(text.len(), source.len());
            for (old, new) in source.bytes().zip(text.bytes()) {
                assert_eq!(matches!(old, b'\n' | b'\r'), matches!(new, b'\n' | b'\r'));
            }
            let ends = (1..text.len()).filter(|end| text.as_bytes()[end - 1] != b' ' && text.as_bytes()[*end] == b' ');
            ends.for_each(|end| assert!(source.is_char_boundary(end), "a word ends inside a character in {text}"));
            parse(text).map(|()| text.to_owned())
        },
    );
    assert!(seen <= 21, "{seen} attempts");
    kept.map(|text| {
        let mut rest = text.clone();
        for Skipped { span, reason } in skipped.iter().rev() {
            assert!(!reason.is_empty());
            rest.replace_range(span.start as usize..span.end as usize, &source[span.start as usize..span.end as usize]);
        }
        assert_eq!(rest, source, "only what is reported differs");
        (text, skipped)
    })
}

fn python(source: &str) -> String {
    salvage(source, tree_sitter_python::LANGUAGE, parse_python).expect("something survives").0
}

fn typescript(source: &str) -> String {
    salvage(source, tree_sitter_typescript::LANGUAGE_TYPESCRIPT, parse_typescript).expect("something survives").0
}

fn rust(source: &str) -> String {
    salvage(source, tree_sitter_rust::LANGUAGE, parse_rust).expect("something survives").0
}

#[track_caller]
fn has(text: &str, kept: &[&str], lost: &[&str]) {
    for part in kept {
        assert!(text.contains(part), "{part:?} is lost in {text}");
    }
    for part in lost {
        assert!(!text.contains(part), "{part:?} is kept in {text}");
    }
}

#[test]
fn a_healthy_text_is_parsed_once() {
    let (text, skipped) = salvage("x = 1\n", tree_sitter_python::LANGUAGE, parse_python).expect("healthy");
    assert_eq!((text.as_str(), skipped), ("x = 1\n", Vec::new()));
}

#[test]
fn a_truncated_python_file_keeps_what_is_complete() {
    let text = python(
        "import psycopg2\n\napp = FastAPI()\n\n@app.get('/a')\ndef a():\n    conn = psycopg2.connect(DSN)\n    \
         return conn\n\n@app.get('/b')\ndef b(user_id: int):\n    conn = psycopg2.connect(DSN)\n    cur = conn.cursor()\n    \
         cur.execute(\"SELECT * FROM users WHERE id = %s\", (user_id,\n",
    );
    has(&text, &["import psycopg2", "def a():", "return conn", "app = FastAPI()"], &["SELECT"]);
}

#[test]
fn a_python_block_keeps_its_function() {
    let text = python("class A:\n    def b(self):\n        return self.x.\n\n    def c(self):\n        return 1\n");
    has(&text, &["class A", "def b(self):\n        0", "return 1"], &["self.x"]);
}

#[test]
fn a_block_that_begins_outside_ascii_keeps_its_class() {
    let text = python("class A(Model):\n  id = key()\n  \u{fffd}\u{fffd}email = x\n\nclass B:\n\tx = 1\n\té = 1 +\n");
    has(&text, &["class A(Model):\n  id = key()\n  000 ", "class B:\n\tx = 1\n\t00"], &["email", "é"]);
    let text = typescript("async function a() {\n  await b();\n  \u{fffd}(c(\u{fffd}");
    has(&text, &["async function a() {\n  await b();\n     }  "], &["\u{fffd}"]);
}

#[test]
fn a_half_typed_python_line_loses_only_itself() {
    let text = python("def a():\n    x = 1\n    y = x.\n    return x\n\nfor i in\n\nprint(1)\n");
    has(&text, &["x = 1", "return x", "print(1)"], &["y = x", "for i"]);
}

#[test]
fn code_fences_and_their_prose_are_left_out() {
    let answer = "Here's the updated service:\n\n```python\nimport os\n\ndef a():\n    return os.environ\n```\n\nThis reads \
                  the environment. Note that it doesn't cache!\n";
    has(&python(answer), &["import os\n", "return os.environ"], &["```", "Here's", "Note"]);
    has(&typescript("```ts\nexport const a = 1;\n```\n"), &["export const a = 1;"], &["```"]);
    has(&rust("```rust\nfn a() {}\n```\nThat's all.\n"), &["fn a() {}"], &["```", "all"]);
}

#[test]
fn a_conflict_keeps_its_first_side() {
    let source = "import a\n<<<<<<< HEAD\nx = 1\n||||||| base\nx = 0\n=======\nx = 2\n>>>>>>> feature\nprint(x)\n";
    has(&python(source), &["import a", "x = 1", "print(x)"], &["x = 2", "x = 0", "<<<", "===", ">>>"]);
    let source = "fn a() {\n<<<<<<< HEAD\n    b();\n=======\n    c();\n>>>>>>> x\n}\n";
    has(&rust(source), &["fn a() {", "b();", "}"], &["c();"]);
}

#[test]
fn a_truncated_script_keeps_the_statements_before_the_end() {
    let text = typescript(
        "import { pool } from './db';\n\nexport function a() { return 1; }\n\napp.get('/b', async (req, res) => {\n  \
         const rows = await pool.query('SELECT 1');\n  if (rows.length) {\n    log(rows);\n    return res.json({ rows, \
         count: `n ${rows",
    );
    has(&text, &["from './db'", "function a()", "app.get('/b'", "await pool.query", "log(rows);"], &["res.json"]);
    let text = typescript(
        "export class S {\n  constructor(private db: Db) {}\n  async a() {\n    return this.db.find();\n  }\n\n  async b(id: \
         string) {\n    const x = this.db.findOne({ id",
    );
    has(&text, &["class S", "this.db.find();"], &["findOne"]);
}

#[test]
fn a_broken_member_is_left_out_with_its_decorators() {
    let text = typescript(
        "export class S {\n  @Get('/a')\n  a() {\n    return 1;\n  }\n  @Get('/b')\n  b( {\n  }\n  @Get('/c')\n  c() {\n    \
         return 3;\n  }\n}\n",
    );
    has(&text, &["@Get('/a')", "return 1;", "return 3;"], &["@Get('/b')"]);
}

#[test]
fn a_half_typed_script_line_loses_only_itself() {
    let text = typescript("const a = 1;\nfunction f() {\n  const b = a +;\n  return a;\n}\nf();\n");
    has(&text, &["const a = 1;", "function f() {", "return a;", "f();"], &["const b"]);
}

#[test]
fn what_follows_an_unclosed_function_survives() {
    let text = typescript("function a() {\n  if (x) {\n    y();\n}\n\nexport function b() {\n  return 2;\n}\n");
    has(&text, &["export function b() {\n  return 2;\n}"], &[]);
}

#[test]
fn a_broken_rust_item_is_left_out_with_its_attributes() {
    let text = rust(
        "use a::B;\n\n#[get(\"/a\")]\nasync fn a() -> String {\n    b().await\n}\n\n/// Lists.\n#[get(\"/b\")]\nasync fn b( -> \
         {\n}\n\n#[get(\"/c\")]\nfn c() {\n    let x = ;\n    d(1);\n}\n",
    );
    has(&text, &["use a::B;", "async fn a()", "#[get(\"/c\")]", "d(1);"], &["#[get(\"/b\")]", "Lists", "let x"]);
}

#[test]
fn a_truncated_rust_file_keeps_the_statements_before_the_end() {
    let text = rust(
        "struct S;\n\nimpl S {\n    fn a(&self) -> u32 {\n        1\n    }\n\n    async fn b(&self, pool: &PgPool) {\n        let \
         rows = sqlx::query(\"SELECT 1\").fetch_all(pool).await;\n        for row in rows {\n            self.c(row,",
    );
    has(&text, &["struct S;", "fn a(&self)", "sqlx::query"], &["self.c"]);
}

#[test]
fn what_no_part_explains_is_given_up() {
    let (kept, skipped) = with_salvage::<()>(
        "x = 1\n",
        || tree_sitter_python::LANGUAGE.into(),
        |_| Err(Refusal { offset: Some(400), reason: "no".to_owned() }),
    );
    assert!(kept.is_none());
    assert_eq!(skipped, [Skipped { span: Span::new(0, 6), reason: "no".to_owned() }]);
}

#[test]
fn odd_texts_do_no_harm() {
    let deep = "[".repeat(100_000);
    let line = format!("x = '{}", "é ".repeat(100_000));
    let blocks = "{".repeat(50_000);
    let texts = ["", "\u{feff}", "\0\0", "é=(\r\n\u{2028}", "}\n}\n", deep.as_str(), line.as_str(), blocks.as_str()];
    for text in texts {
        let refuse = |_: &str| Err::<(), _>(Refusal { offset: Some(text.len() / 2), reason: "no".to_owned() });
        for grammar in
            [tree_sitter_python::LANGUAGE, tree_sitter_rust::LANGUAGE, tree_sitter_typescript::LANGUAGE_TYPESCRIPT]
        {
            let (kept, _) = with_salvage(text, || grammar.into(), refuse);
            assert!(kept.is_none());
        }
    }
}
