//! How wide rows are, told by the types of their columns: what makes an index cheaper to read than its table.

use ir::{Column, Index, Table};

/// What PostgreSQL keeps beside the columns, of a row and of an entry of an index.
const ROW: usize = 28;
const ENTRY: usize = 14;

/// Whether reading all of an index costs less than reading the table. PostgreSQL takes a page of an index for four, since
/// they do not lie in order, and a row of it for something too.
pub(super) fn is_much_narrower(index: &Index, table: &Table) -> bool {
    let row: usize = table.columns.iter().map(width).sum();
    let of_key = |key: &ir::Symbol| table.columns.iter().find(|column| column.name == *key).map_or(16, width);
    let entry: usize = index.parts.iter().map(|part| &part.key).chain(&index.include).map(of_key).sum();
    ROW + row > 4 * (ENTRY + entry) + 45
}

/// The bytes that a value takes, more or less.
fn width(column: &Column) -> usize {
    let ty = column.ty.trim_matches('"');
    let base = ty.split(['(', ' ', '[']).next().unwrap_or(ty);
    let bytes = match base {
        _ if ty.ends_with("[]") => 40,
        "bool" | "boolean" => 1,
        "smallint" | "int2" => 2,
        "integer" | "int" | "int4" | "serial" | "date" | "real" => 4,
        "bigint" | "int8" | "bigserial" | "double" | "float8" | "numeric" | "decimal" | "money" | "time" => 8,
        "timestamp" | "timestamptz" | "timetz" => 8,
        "uuid" | "interval" => 16,
        "json" | "jsonb" | "xml" | "tsvector" => 100,
        "bytea" => 32,
        "text" | "varchar" | "character" | "char" | "citext" if is_prose(&column.name) => 120,
        _ => 24,
    };
    if column.is_nullable { bytes * 3 / 4 } else { bytes }
}

/// A text that people write, not a name or a key.
fn is_prose(name: &str) -> bool {
    const WORDS: &[&str] =
        &["body", "content", "description", "message", "comment", "notes", "bio", "text", "html", "summary"];
    ir::words_of(name).iter().any(|word| WORDS.contains(&word.as_str()))
}
