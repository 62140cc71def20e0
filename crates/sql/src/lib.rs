//! SQL text into [`ir::Query`] and [`ir::Schema`].

pub mod access;
mod block;
mod bridge;
mod catalog;
mod ddl;
mod expr;
mod key;
mod lexer;
mod light;
mod mask;
mod predicate;
mod query;
mod schema;
mod scope;
mod statements;
mod syntax;
#[cfg(test)]
mod tests;
mod text;

pub use catalog::Catalog;
use ir::{Change, Query, QueryKind, Schema, Span};

use statements::Statement;

/// The statements of a SQL text that a program sends. Placeholders of all drivers are understood (`?`, `$1`, `:name`,
/// `@name`, `%s`, `%(name)s`). Holes that the program fills in at run time are written as [`HOLE`]. Never fails: a
/// statement that cannot be read is left out.
pub fn queries(text: &str) -> Vec<Query> {
    statements::statements(text).filter_map(|statement| query(&statement)).collect()
}

/// Stands for a part of a statement that is only known at run time.
pub const HOLE: &str = "\u{1}";

/// Whether a string begins like a SQL statement: the cheap test before [`queries`].
pub fn looks_like_sql(text: &str) -> bool {
    text::looks_like_sql(text)
}

/// What DDL text does to the schema, in order. Never fails: what cannot be read is [`Change::Unread`].
pub fn changes(text: &str) -> Vec<Change> {
    schema::read(text, None).changes
}

/// What DDL text does to the schema, in order, and where it defines tables in ways that no parser takes.
pub fn definitions(text: &str) -> (Vec<Change>, Vec<Span>) {
    let read = schema::read(text, None);
    (read.changes, read.unread)
}

/// The same, where the database is known.
pub fn changes_in(text: &str, dialect: access::Dialect) -> Vec<Change> {
    schema::read(text, Some(dialect == access::Dialect::MySql)).changes
}

/// The tables that DDL text leaves behind.
pub fn schema(text: &str) -> Schema {
    let mut catalog = Catalog::new();
    changes(text).iter().for_each(|change| catalog.apply(change));
    catalog.into_schema()
}

fn query(statement: &Statement<'_>) -> Option<Query> {
    let length = u32::try_from(statement.text.len()).ok()?;
    let start = u32::try_from(statement.start).ok()?;
    start.checked_add(length)?;
    let span = Span::new(0, length);
    let kind = kind_of(statement);
    let tree = || {
        let masked = mask::mask(statement.text);
        syntax::parse(&masked).map(|tree| query::read(&tree, &masked, span))
    };
    let mut query = match kind {
        Some(QueryKind::Other) => query::empty(span),
        _ if syntax::is_tractable(statement) => tree().or_else(|| Some(light::read(statement.text, kind?, span)))?,
        _ => light::read(statement.text, kind?, span),
    };
    let shift = |span: &mut Span| *span = Span::new(span.start + start, span.end + start);
    query.tables.iter_mut().for_each(|table| shift(&mut table.span));
    query.filters.iter_mut().for_each(|filter| shift(&mut filter.span));
    query.order.iter_mut().for_each(|(_, span)| shift(span));
    shift(&mut query.span);
    Some(query)
}

/// The kind by the first word; none where that says nothing.
fn kind_of(statement: &Statement<'_>) -> Option<QueryKind> {
    const OTHER: &[&str] = &[
        "create",
        "alter",
        "drop",
        "truncate",
        "begin",
        "start",
        "commit",
        "rollback",
        "savepoint",
        "release",
        "set",
        "pragma",
        "explain",
        "analyze",
        "vacuum",
        "show",
        "describe",
        "use",
        "grant",
        "revoke",
        "comment",
        "lock",
        "unlock",
        "copy",
        "listen",
        "notify",
        "call",
        "do",
        "reindex",
        "refresh",
        "end",
    ];
    if statement.is_first(&["select", "with", "values", "table"]) {
        let writes =
            |word: &str| statement.is_first(&["with"]) && statement.head.iter().any(|w| w.eq_ignore_ascii_case(word));
        return Some(if writes("delete") { QueryKind::Delete } else { QueryKind::Select });
    }
    if statement.is_first(&["insert", "replace"]) {
        Some(QueryKind::Insert)
    } else if statement.is_first(&["update", "merge"]) {
        Some(QueryKind::Update)
    } else if statement.is_first(&["delete"]) {
        Some(QueryKind::Delete)
    } else {
        statement.is_first(OTHER).then_some(QueryKind::Other)
    }
}
