//! `cargo bench -p sql`: what planning costs.

use std::fmt::Write as _;

use sql::access::{Dialect, Planner};

fn main() {
    divan::main();
}

/// Tables with eight columns, a primary key, a foreign key to the table before, and two indexes.
fn schema(tables: usize) -> ir::Schema {
    let mut text = String::new();
    for table in 0..tables {
        let parent = table.saturating_sub(1);
        let _ = writeln!(
            text,
            "CREATE TABLE t{table} (id BIGSERIAL PRIMARY KEY, parent_id BIGINT REFERENCES t{parent} (id), name TEXT NOT NULL,
               status VARCHAR(20), body TEXT, amount NUMERIC, created_at TIMESTAMP NOT NULL, token TEXT UNIQUE);
             CREATE INDEX t{table}_parent ON t{table} (parent_id, created_at DESC);
             CREATE INDEX t{table}_open ON t{table} (created_at) WHERE status = 'open';"
        );
    }
    sql::schema(&text)
}

/// Lookups, pages, joins, subqueries and updates, in turn.
fn queries(count: usize, tables: usize) -> Vec<String> {
    let query = |number: usize| {
        let (table, other) = (number % tables, (number + 1) % tables);
        match number % 5 {
            0 => format!("SELECT * FROM t{table} WHERE token = $1 AND status = 'open'"),
            1 => format!("SELECT id, name FROM t{table} WHERE parent_id = $1 ORDER BY created_at DESC LIMIT 20 OFFSET $2"),
            2 => format!(
                "SELECT a.*, count(b.id) FROM t{table} a LEFT JOIN t{other} b ON b.parent_id = a.id WHERE a.name = $1 GROUP BY a.id"
            ),
            3 => format!(
                "WITH recent AS (SELECT * FROM t{table} WHERE created_at > now() - interval '7 days')
                 SELECT * FROM recent r WHERE EXISTS (SELECT 1 FROM t{other} o WHERE o.parent_id = r.id AND o.status IN ('a', 'b'))"
            ),
            _ => format!("UPDATE t{table} SET amount = amount + 1 WHERE id = $1 OR (name = $2 AND status <> 'done')"),
        }
    };
    (0..count).map(query).collect()
}

/// 10,000 queries against 500 tables: meant to take less than a second.
#[divan::bench(sample_count = 5)]
fn plan(bencher: divan::Bencher<'_, '_>) {
    let schema = schema(500);
    let queries = queries(10_000, 500);
    bencher.bench_local(|| {
        let planner = Planner::new(&schema, Dialect::Postgres, |_| false);
        queries.iter().map(|query| planner.plan(query).len()).sum::<usize>()
    });
}

#[divan::bench(sample_count = 5)]
fn read_schema() -> usize {
    schema(500).tables.len()
}
