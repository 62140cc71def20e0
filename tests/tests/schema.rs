//! The schema that each tool's declarations and migrations describe: small sources in, the tables out.

#[path = "schema/migrations.rs"]
mod migrations;
#[path = "schema/models.rs"]
mod models;
#[path = "schema/python.rs"]
mod python;

use scalecliff_tests::{Source, solve};

/// The printed schema of files, each `path: text`.
#[track_caller]
fn gives(files: &[(&str, &str)], expected: &str) {
    let sources: Vec<Source> =
        files.iter().map(|(path, text)| Source { path: (*path).to_owned(), text: (*text).to_owned() }).collect();
    let program = solve(&sources);
    let lines = |text: &str| -> String {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(lines(&program.dump_schema()), lines(expected));
}

#[test]
fn tables_are_found_by_every_name() {
    let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    let program = solve(&[
        source(
            "schema.prisma",
            "model Order {\n  id Int @id\n  userId Int @map(\"user_id\")\n  @@index([userId])\n  @@map(\"orders\")\n}\n",
        ),
        source("m/1.sql", "ALTER TABLE legacy ADD COLUMN a int;"),
    ]);
    let table = |name: &str| program.table(ir::Symbol::new(name));
    for name in ["order", "orders"] {
        let leads =
            |column| table(name).is_some_and(|table| table.indexes.iter().any(|index| index.leads_with(column)));
        assert!(leads("userId") && leads("user_id"), "{name}");
        assert!(program.knows_indexes(ir::Symbol::new(name)), "{name}");
    }
    assert!(table("legacy").is_some());
    assert!(!program.knows_indexes(ir::Symbol::new("legacy")));
    assert!(!program.knows_indexes(ir::Symbol::new("nothing")));
}
