//! Changes of the schema, a line each; a new table's parts are indented below it.

use super::{Dump, write_to};
use crate::schema::{Change, Column, ForeignKey, Index, Table, Uniqueness};

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
            Change::Unread => "schema incomplete".to_owned(),
        };
        self.line(|d| d.text(&text));
    }

    fn table(&mut self, table: &Table) {
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

fn key_text(key: &ForeignKey) -> String {
    let columns: Vec<&str> = key.columns.iter().map(|column| column.as_str()).collect();
    format!("foreign key {} -> {}", columns.join(" "), key.table)
}
