//! Changes of the schema, a line each; a new table's parts are indented below it.

use super::{Dump, write_to};
use crate::schema::{Change, Column, ForeignKey, Index, IndexMethod, Schema, Table, Uniqueness};

impl Schema {
    /// All tables, each with its columns, indexes and keys in lines of their own.
    pub fn dump(&self) -> String {
        let mut out = String::new();
        for table in &self.tables {
            let note = if self.incomplete.contains(&table.name) { " (incomplete)" } else { "" };
            out.push_str(&format!("table {}{note}\n", table.name));
            let columns = table.columns.iter().map(|column| format!("column {}", column_text(column)));
            let indexes = table.indexes.iter().map(full_index_text);
            for line in columns.chain(indexes).chain(table.foreign_keys.iter().map(key_text)) {
                out.push_str(&format!("  {line}\n"));
            }
        }
        out
    }
}

impl Dump<'_> {
    pub(super) fn change(&mut self, change: &Change) {
        if let Change::CreateTable { table, .. } = change {
            return self.table(table);
        }
        let text = match change {
            Change::CreateTable { .. } => return,
            Change::CopyColumns { table, from } => format!("table {table}: columns of {from}"),
            Change::DropTable { table, .. } => format!("drop table {table}"),
            Change::RenameTable { from, to } => format!("rename table {from} to {to}"),
            Change::AddColumn { table, column, .. } => format!("table {table}: {}", column_text(column)),
            Change::DropColumn { table, column } => format!("table {table}: drop {column}"),
            Change::RenameColumn { table, from, to } => format!("table {table}: rename {from} to {to}"),
            Change::SetType { table, column, ty } => format!("table {table}: {column} becomes {ty}"),
            Change::SetNullable { table, column, is_nullable } => {
                format!("table {table}: {column} {}", if *is_nullable { "null" } else { "not null" })
            }
            Change::AddIndex { table, index, .. } => format!("table {table}: {}", index_text(index)),
            Change::AddForeignKey { table, key, .. } => format!("table {table}: {}", key_text(key)),
            Change::DropIndex { name, .. } => format!("drop index {name}"),
            Change::DropConstraint { table, name } => format!("table {table}: drop constraint {name}"),
            Change::DropPrimaryKey { table } => format!("table {table}: drop primary key"),
            Change::RenameIndex { from, to } => format!("rename index {from} to {to}"),
            Change::SetUniqueness { table, name, uniqueness } => format!("table {table}: {name} is {uniqueness:?}"),
            Change::CreateView { view } => format!("view {}", view.name),
            Change::DropView { view } => format!("drop view {view}"),
            Change::CreateEnum { name } => format!("enum {name}"),
            Change::Seed { table } => format!("seeded {table}"),
            Change::Unread { table: Some(table) } => format!("table {table}: incomplete"),
            Change::Unread { table: None } => "schema incomplete".to_owned(),
        };
        self.line(|d| d.text(&text));
    }

    pub(super) fn table(&mut self, table: &Table) {
        self.line(|d| write_to(&mut d.out, format_args!("table {}", table.name)));
        self.depth += 1;
        let columns = table.columns.iter().map(column_text);
        let indexes = table.indexes.iter().map(index_text);
        for text in columns.chain(indexes).chain(table.foreign_keys.iter().map(key_text)) {
            self.line(|d| d.text(&text));
        }
        self.depth -= 1;
    }
}

fn column_text(column: &Column) -> String {
    let null = if column.is_nullable { "" } else { " not null" };
    let references = column.references.map_or_else(String::new, |table| format!(" -> {table}"));
    format!("{} {}{null}{references}", column.name, column.ty)
}

fn index_text(index: &Index) -> String {
    let mut text = match index.uniqueness {
        Uniqueness::Plain => "index",
        Uniqueness::Unique => "unique",
        Uniqueness::Primary => "primary",
    }
    .to_owned();
    for part in &index.parts {
        let direction = if part.is_descending { " desc" } else { "" };
        text.push_str(&format!(" {}{direction}", part.key));
    }
    if index.is_partial() {
        text.push_str(&format!(" where {}", index.predicate.join(" and ")));
    }
    text
}

/// With each key in brackets, and all that is unusual about it.
fn full_index_text(index: &Index) -> String {
    let mut text = format!("index {:?}", index.uniqueness).to_lowercase();
    for part in &index.parts {
        text.push_str(&format!(" [{}]", part.key));
        text.push_str(if part.is_descending { " desc" } else { "" });
        match part.nulls_first {
            Some(true) => text.push_str(" nulls first"),
            Some(false) => text.push_str(" nulls last"),
            None => {}
        }
        text.push_str(&part.operators.map_or_else(String::new, |operators| format!(" {operators}")));
    }
    if index.method != IndexMethod::Ordered {
        text.push_str(&format!(" using {:?}", index.method).to_lowercase());
    }
    if !index.include.is_empty() {
        text.push_str(" include");
        index.include.iter().for_each(|column| text.push_str(&format!(" {column}")));
    }
    if index.is_partial() {
        text.push_str(&format!(" where {}", index.predicate.join(" and ")));
    }
    text
}

fn key_text(key: &ForeignKey) -> String {
    let columns: Vec<&str> = key.columns.iter().map(|column| column.as_str()).collect();
    format!("foreign key {} -> {}", columns.join(" "), key.table)
}
