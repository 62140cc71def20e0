//! Tables, columns and indexes in the making, and fragments of SQL that code holds as texts.

use ir::{
    Change, Column, Entity, ForeignKey, Index, IndexMethod, IndexPart, OnDelete, Span, Symbol, Table, Uniqueness,
};

use super::node::{Call, Node, lower};
use crate::ids::FileId;

/// A column with what is declared beside it.
#[derive(Clone, Debug)]
pub(super) struct ColumnParts {
    pub(super) column: Column,
    pub(super) indexes: Vec<Index>,
    pub(super) keys: Vec<ForeignKey>,
}

impl ColumnParts {
    pub(super) fn new(name: Symbol, file: FileId, span: Span) -> Self {
        let column = Column { name, ty: String::new(), is_nullable: true, file: file.0, span, references: None };
        Self { column, indexes: Vec::new(), keys: Vec::new() }
    }

    pub(super) fn index(&mut self, uniqueness: Uniqueness) {
        self.indexes.push(Index::new([self.column.name], uniqueness));
    }

    /// A key to a table, or to an entity by its name.
    pub(super) fn refer(&mut self, table: Symbol, on_delete: OnDelete) {
        self.keys.push(key(vec![self.column.name], table, on_delete));
    }

    pub(super) fn is_primary(&self) -> bool {
        self.indexes.iter().any(|index| index.uniqueness == Uniqueness::Primary)
    }

    pub(super) fn add_to(self, table: &mut Table) {
        table.columns.retain(|own| own.name != self.column.name);
        table.columns.push(self.column);
        for index in self.indexes {
            // Several columns that are the key are one key.
            let mut keys = table.indexes.iter_mut().filter(|own| own.uniqueness == Uniqueness::Primary);
            match keys.next().filter(|_| index.uniqueness == Uniqueness::Primary) {
                Some(key) => key.parts.extend(index.parts),
                None => table.indexes.push(index),
            }
        }
        table.foreign_keys.extend(self.keys);
    }

    /// What adding it to a table does.
    pub(super) fn changes(self, table: Symbol) -> Vec<Change> {
        let table_span = self.column.span;
        let mut changes = vec![Change::AddColumn { table, column: self.column, table_span }];
        let indexes = self.indexes.into_iter();
        changes.extend(indexes.map(|index| Change::AddIndex { table, index, if_absent: false, table_span }));
        changes.extend(self.keys.into_iter().map(|key| Change::AddForeignKey { table, key, table_span }));
        changes
    }
}

pub(super) fn key(columns: Vec<Symbol>, table: Symbol, on_delete: OnDelete) -> ForeignKey {
    ForeignKey { name: None, columns, table, on_delete, is_indexed: false }
}

pub(super) fn table(name: Symbol, file: FileId, span: Span) -> Table {
    Table { name, file: file.0, span, columns: Vec::new(), indexes: Vec::new(), foreign_keys: Vec::new() }
}

pub(super) fn entity(name: Symbol, table: Table) -> Entity {
    Entity { name, table, attributes: Vec::new(), relations: Vec::new(), default_order: None, is_incomplete: false }
}

/// A table of pairs: each pair once, by its first half; further indexes are its tool's affair.
pub(super) fn pairs(name: Symbol, file: FileId, span: Span, halves: [(Symbol, Symbol); 2]) -> Table {
    let mut table = table(name, file, span);
    for (column, other) in halves {
        let mut parts = ColumnParts::new(column, file, span);
        parts.refer(other, OnDelete::Cascade);
        parts.add_to(&mut table);
    }
    table
}

/// Of a declaration whose span begins with its name.
pub(super) fn name_span(span: Span, name: &str) -> Span {
    let end = span.start.saturating_add(u32::try_from(name.len()).unwrap_or(0));
    Span::new(span.start, end.min(span.end))
}

/// `CASCADE`, `SET NULL`, `models.CASCADE`, `SetNull`.
pub(super) fn on_delete(action: &str) -> OnDelete {
    let action = action.rsplit('.').next().unwrap_or(action).replace(['_', ' '], "").to_lowercase();
    match action.as_str() {
        "cascade" => OnDelete::Cascade,
        "setnull" | "setdefault" => OnDelete::SetNull,
        _ => OnDelete::Refuse,
    }
}

/// The table of `schema.table.column`.
pub(super) fn table_of_column(path: &str) -> Option<&str> {
    let mut segments = path.rsplit('.');
    segments.next();
    segments.next()
}

pub(super) fn method(name: &str) -> IndexMethod {
    match name.to_lowercase().as_str() {
        "" | "btree" => IndexMethod::Ordered,
        "hash" => IndexMethod::Hash,
        "gin" | "fulltext" | "text" => IndexMethod::Inverted,
        "gist" | "spgist" | "spatial" | "2dsphere" | "2d" => IndexMethod::Spatial,
        "brin" => IndexMethod::Block,
        _ => IndexMethod::Other,
    }
}

/// An index as a statement would make it: of columns and expressions with their order, and of a condition.
pub(super) fn index_of(keys: &[String], condition: Option<&str>, uniqueness: Uniqueness) -> Index {
    let is_plain = |key: &String| key.chars().all(|char| char.is_alphanumeric() || char == '_');
    if condition.is_none() && keys.iter().all(is_plain) {
        return Index::new(keys.iter().map(|key| lower(key)), uniqueness);
    }
    let quoted = keys.iter().map(|key| if is_plain(key) { format!("\"{key}\"") } else { key.clone() });
    let keys_text = quoted.collect::<Vec<_>>().join(", ");
    let condition_text = condition.map_or_else(String::new, |condition| format!(" WHERE {condition}"));
    let read = |text: &str| {
        sql::changes(text).into_iter().find_map(|change| match change {
            Change::AddIndex { index, .. } => Some(index),
            _ => None,
        })
    };
    let index = read(&format!("CREATE INDEX i ON t ({keys_text}){condition_text}"));
    let index = index.or_else(|| read(&format!("CREATE INDEX i ON t ({keys_text})")));
    let mut index = index.unwrap_or_else(|| {
        let expression = |key: &String| IndexPart { is_expression: !is_plain(key), ..IndexPart::column(lower(key)) };
        Index { parts: keys.iter().map(expression).collect(), ..Index::new([], uniqueness) }
    });
    if let Some(condition) = condition.filter(|_| index.predicate.is_empty()) {
        index.predicate.push(condition.to_lowercase());
    }
    Index { name: None, uniqueness, ..index }
}

/// SQL in code, where what is filled in names columns: `lower(${table.email})`.
pub(super) fn fragment(node: Node<'_>) -> Option<String> {
    use ir::{ExprKind, TextPart};
    let parts = match node.resolved().kind() {
        ExprKind::Text(parts) => parts,
        ExprKind::Call { args, .. } => {
            let text = node.resolved().at(args.first()?.value);
            return matches!(text.kind(), ExprKind::Text(_)).then(|| fragment(text)).flatten();
        }
        _ => return None,
    };
    let mut text = String::new();
    for part in parts {
        match part {
            TextPart::Literal { value, .. } => text.push_str(value),
            TextPart::Hole(hole) => {
                let hole = node.resolved().at(*hole);
                let name = hole.text().or_else(|| hole.written_name().map(|name| name.to_string()))?;
                text.push_str(&name);
            }
        }
    }
    Some(text)
}

/// Whether a call's option is there, and what it says.
pub(super) fn named_text(call: Call<'_>, name: &str) -> Option<String> {
    call.keyword(name).or_else(|| call.option(name)).and_then(Node::text)
}
