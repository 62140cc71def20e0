//! DDL that code holds as text: what a migration sends, and what an application creates at start-up.

use ir::{Change, ExprId, ExprKind, Span, Table, TextPart};

use super::migrations::is_way_back;
use super::node::{Call, Node};
use crate::ids::{ExprRef, FileId};
use crate::program::Program;
use crate::queries::text::text_of;

/// What the text that a call is given does to the schema. None for a call that is given none.
pub(super) fn changes(call: Call<'_>) -> Option<Vec<Change>> {
    let text = call.args.iter().take(2).map(|arg| call.node.at(arg.value));
    text.map(|text| text.items().and_then(|items| items.first().copied()).unwrap_or(text)).find_map(changes_of)
}

fn changes_of(node: Node<'_>) -> Option<Vec<Change>> {
    // What a name can be in a loop, each in turn.
    if let ExprKind::Local(_) = node.kind()
        && node.text().is_none()
    {
        let texts = node.texts();
        return (texts.len() > 1)
            .then(|| texts.iter().filter(|text| defines(text)).flat_map(|text| sql::changes(text)).collect());
    }
    let text = text_of(node.program, node.expr)?;
    if !defines(&text.text) {
        return None;
    }
    let mut changes = known_changes(&text.text);
    let whole = node.span();
    for change in &mut changes {
        relocate(change, &|span| text.place(span).map_or(whole, |(_, span)| span));
    }
    Some(changes)
}

/// The changes that do not depend on what is filled in at run time. Of the others it is only known that there are some.
fn known_changes(text: &str) -> Vec<Change> {
    let text = with_holes(text);
    if !text.contains(sql::HOLE) {
        return sql::changes(&text);
    }
    let filled = |by: &str| sql::changes(&text.replace(sql::HOLE, by));
    let pairs = filled("a").into_iter().zip(filled("b"));
    // What is taken away or only described otherwise leaves no index unknown.
    let known = pairs.filter_map(|(change, other)| match (&change, &other) {
        _ if change == other => Some(change),
        (Change::CreateTable { table, .. }, Change::CreateTable { table: other, .. }) => {
            (table.name == other.name).then_some(Change::Unread { table: Some(table.name) })
        }
        (Change::AddIndex { table, .. }, Change::AddIndex { table: other, .. }) => {
            Some(Change::Unread { table: Some(*table).filter(|table| table == other) })
        }
        (Change::RenameTable { .. } | Change::Unread { .. }, _) => Some(Change::Unread { table: None }),
        _ => None,
    });
    known.collect()
}

/// The names that `format` fills in are holes as well: `CREATE TABLE {table} (…)`. Offsets stay what they are.
fn with_holes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        let is_part = |char: char| char.is_ascii_alphanumeric() || char == '_';
        let inner = from[1..].find(|char| !is_part(char)).filter(|len| *len > 0 && from[1 + len..].starts_with('}'));
        let end = inner.map_or(1, |len| len + 2);
        out.push_str(&if inner.is_some() { sql::HOLE.repeat(end) } else { "{".to_owned() });
        rest = &from[end..];
    }
    out + rest
}

/// Whether a text defines tables or indexes.
fn defines(text: &str) -> bool {
    if !sql::looks_like_sql(text) {
        return false;
    }
    let lowered = text.to_ascii_lowercase();
    let words = [
        "create table",
        "create index",
        "create unique",
        "alter table",
        "drop table",
        "drop index",
        "alter index",
        "create virtual",
        "rename",
    ];
    words.iter().any(|word| lowered.contains(word)) || lowered.contains("create") && lowered.contains(" table")
}

/// What the texts of a file define that is no migration: statements that an application runs when it starts.
pub(super) fn statements(program: &Program<'_>, file: FileId) -> Vec<Change> {
    let source = program.file(file);
    let ways_back: Vec<Span> =
        source.functions.iter().filter(|function| is_way_back(&function.name)).map(|function| function.span).collect();
    let mut found: Vec<(u32, ExprId)> = Vec::new();
    for (id, expr) in source.exprs.iter().enumerate() {
        let ExprKind::Text(parts) = &expr.kind else { continue };
        // Literals side by side are one text, and a constant may name the table.
        let pieces = parts.iter().map(|part| match part {
            TextPart::Literal { value, .. } => value.as_ref(),
            TextPart::Hole(_) => sql::HOLE,
        });
        let text: String = pieces.collect();
        let is_back = ways_back.iter().any(|span| span.start <= expr.span.start && expr.span.end <= span.end);
        if !is_back && defines(&text) {
            found.push((expr.span.start, ExprId(id as u32)));
        }
    }
    found.sort_unstable();
    let nodes = found.into_iter().map(|(_, id)| Node::new(program, ExprRef { file, id }));
    nodes.filter_map(changes_of).flatten().filter(|change| !matches!(change, Change::Unread { table: None })).collect()
}

/// Moves a change's places from its text to its file.
fn relocate(change: &mut Change, place: &impl Fn(Span) -> Span) {
    let table = |table: &mut Table| {
        table.span = place(table.span);
        table.columns.iter_mut().for_each(|column| column.span = place(column.span));
    };
    match change {
        Change::CreateTable { table: new, .. } => table(new),
        Change::AddColumn { column, table_span, .. } => {
            column.span = place(column.span);
            *table_span = place(*table_span);
        }
        Change::AddIndex { table_span, .. } | Change::AddForeignKey { table_span, .. } => {
            *table_span = place(*table_span)
        }
        _ => {}
    }
}
