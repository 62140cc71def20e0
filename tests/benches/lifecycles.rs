//! The cost of the life cycles, by the size of a function: it has to grow like the function.
//!
//! Each input is one request handler of so many statements, a third of them nested `try` blocks around an open resource.

use std::fmt::Write as _;

use divan::{Bencher, counter::ItemsCount};
use scalecliff_tests::{Source, solve};

const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];
/// How deep `try` blocks are nested.
const NESTING: usize = 4;

fn main() {
    divan::main();
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn python(bencher: Bencher<'_, '_>, statements: usize) {
    let mut text = String::from(
        "import psycopg2\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get('/')\ndef handler():\n",
    );
    let mut count = 0;
    while count < statements {
        let name = format!("connection_{count}");
        let _ = writeln!(text, "    {name} = psycopg2.connect('')");
        for depth in 0..NESTING {
            let indent = " ".repeat(4 * (depth + 1));
            let _ = writeln!(text, "{indent}try:\n{indent}    {name}.cursor()");
        }
        for depth in (0..NESTING).rev() {
            let indent = " ".repeat(4 * (depth + 1));
            let _ = writeln!(text, "{indent}finally:\n{indent}    print({depth})");
        }
        let _ = writeln!(text, "    {name}.close()");
        count += 2 + 3 * NESTING;
    }
    run(bencher, "app.py", text, statements);
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn javascript(bencher: Bencher<'_, '_>, statements: usize) {
    let mut text = String::from(
        "const express = require('express');\nconst { Pool } = require('pg');\nconst app = express();\nconst pool = new Pool();\n\
         app.get('/', async (request, response) => {\n",
    );
    let mut count = 0;
    while count < statements {
        let name = format!("client{count}");
        let _ = writeln!(text, "  const {name} = await pool.connect();");
        for _ in 0..NESTING {
            let _ = writeln!(text, "  try {{ await {name}.query('SELECT 1');");
        }
        for depth in 0..NESTING {
            let _ = writeln!(text, "  }} finally {{ console.log({depth}); }}");
        }
        let _ = writeln!(text, "  {name}.release();");
        count += 2 + 3 * NESTING;
    }
    text.push_str("});\n");
    run(bencher, "app.js", text, statements);
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn rust(bencher: Bencher<'_, '_>, statements: usize) {
    let mut text = String::from(
        "use axum::{Router, extract::State, routing::get};\nuse sqlx::PgPool;\n\nasync fn handler(State(pool): State<PgPool>) \
         -> Result<(), sqlx::Error> {\n",
    );
    for count in 0..statements.div_ceil(3) {
        let _ = writeln!(
            text,
            "    let mut tx{count} = pool.begin().await?;\n    sqlx::query(\"SELECT 1\").execute(&mut *tx{count}).await?;\n    \
             tx{count}.commit().await?;"
        );
    }
    text.push_str("    Ok(())\n}\n\nfn app(pool: PgPool) -> Router {\n    Router::new().route(\"/\", get(handler)).with_state(pool)\n}\n");
    run(bencher, "src/main.rs", text, statements);
}

/// From source text to leaks, holds and growths.
fn run(bencher: Bencher<'_, '_>, path: &str, text: String, statements: usize) {
    let sources = [Source { path: path.to_owned(), text }];
    bencher.counter(ItemsCount::new(statements)).bench(|| solve(&sources).leaks().len());
}
