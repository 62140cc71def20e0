//! Alembic's operations: calls on `op`, or on what `batch_alter_table` hands out.

use ir::{Change, ExprKind, OnDelete, Symbol, Table, Uniqueness};

use super::node::{Call, Node, lower};
use super::parts::{on_delete, table};
use super::sqlalchemy::{Constraint, column_of, constraint_of, index_of_call, type_text};
use crate::index::Part;

/// The changes that a call makes, if it is one of these operations.
pub(super) fn changes(call: Call<'_>) -> Option<Vec<Change>> {
    if call.name() == "create_table" {
        return create_table(call);
    }
    let batch = batch_tables(call);
    // Of a batch the table's name is left out.
    let shift = usize::from(batch.is_none());
    let tables: Vec<Symbol> = match (batch, call.name()) {
        (Some(tables), _) => tables,
        (None, "create_index") => names(call.argument(1, "table_name")?),
        (None, "create_unique_constraint" | "create_primary_key" | "drop_constraint") => {
            names(call.argument(1, "table_name")?)
        }
        (None, "create_foreign_key") => names(call.argument(1, "source_table")?),
        (None, "drop_index") => call.argument(1, "table_name").map_or_else(Vec::new, names),
        (None, "rename_table") => names(call.argument(0, "old_table_name")?),
        (None, "add_column" | "drop_column" | "alter_column" | "drop_table") => names(call.argument(0, "table_name")?),
        _ => return None,
    };
    let operation = Operation { call, shift };
    let known: Vec<Option<Symbol>> =
        if tables.is_empty() { vec![None] } else { tables.into_iter().map(Some).collect() };
    Some(known.into_iter().flat_map(|table| operation.changes(table)).collect())
}

fn names(node: Node<'_>) -> Vec<Symbol> {
    node.texts().iter().map(|text| lower(text)).collect()
}

/// The tables of the batch that the receiver stands for: the last one that was begun.
fn batch_tables(call: Call<'_>) -> Option<Vec<Symbol>> {
    let receiver = call.receiver()?;
    let ExprKind::Local(binding) = receiver.kind() else { return None };
    let defs = receiver.program.listing(receiver.expr.file).defs.get(binding)?;
    let batches = defs
        .iter()
        .filter(|def| def.parts == [Part::Entered])
        .filter_map(|def| receiver.at(def.value).call().filter(|batch| batch.name() == "batch_alter_table"));
    let start = call.node.span().start;
    let batch = batches.filter(|batch| batch.node.span().start < start).max_by_key(|batch| batch.node.span().start)?;
    batch.argument(0, "table_name").map(names)
}

fn create_table(call: Call<'_>) -> Option<Vec<Change>> {
    let name = call.argument(0, "table_name")?;
    // sea-orm's migrations hand over a statement.
    let tables = names(name);
    if tables.is_empty() {
        return None;
    }
    let mut new = table(tables[0], call.node.expr.file, name.span());
    for part in call.unnamed().skip(1).flat_map(Node::one_or_items) {
        let Some(part) = part.call() else { continue };
        if let Some(column) = column_of(part, None) {
            column.add_to(&mut new);
        } else {
            match constraint_of(part) {
                Some(Constraint::Index(index)) => new.indexes.push(index),
                Some(Constraint::Key(key)) => new.foreign_keys.push(key),
                None => {}
            }
        }
    }
    let if_absent = call.is_on("if_not_exists");
    let made = tables.into_iter().map(|name| Change::CreateTable { table: Table { name, ..new.clone() }, if_absent });
    Some(made.collect())
}

struct Operation<'a> {
    call: Call<'a>,
    /// 1 where the table is an argument.
    shift: usize,
}

impl Operation<'_> {
    fn changes(&self, table: Option<Symbol>) -> Vec<Change> {
        let is_lost = self.call.name().starts_with("create_") || self.call.name() == "rename_table";
        self.read(table).unwrap_or_else(|| if is_lost { vec![Change::Unread { table }] } else { Vec::new() })
    }

    fn read(&self, table: Option<Symbol>) -> Option<Vec<Change>> {
        let Self { call, shift } = *self;
        let name = |number: usize, keyword: &str| call.argument(number, keyword).and_then(Node::name);
        let table_span = call.node.span();
        if call.name() == "drop_index" {
            return Some(vec![Change::DropIndex { table, name: name(0, "index_name")?, if_exists: true }]);
        }
        let table = table?;
        let add = |index| Some(vec![Change::AddIndex { table, index, if_absent: false, table_span }]);
        match call.name() {
            "drop_table" => Some(vec![Change::DropTable { table, if_exists: call.is_on("if_exists") }]),
            "rename_table" => Some(vec![Change::RenameTable { from: table, to: name(1, "new_table_name")? }]),
            "add_column" => Some(column_of(call.argument(shift, "column")?.call()?, None)?.changes(table)),
            "drop_column" => {
                let column = call.argument(shift, "column_name")?;
                Some(names(column).into_iter().map(|column| Change::DropColumn { table, column }).collect())
            }
            "alter_column" => self.alter_column(table),
            "create_index" => add(index_of_call(call, 1 + shift)),
            "create_unique_constraint" | "create_primary_key" => {
                let uniqueness =
                    if call.name() == "create_primary_key" { Uniqueness::Primary } else { Uniqueness::Unique };
                let columns = call.argument(1 + shift, "columns")?.names()?;
                add(ir::Index { name: name(0, "constraint_name"), ..ir::Index::new(columns, uniqueness) })
            }
            "create_foreign_key" => {
                let action = call.keyword("ondelete").and_then(Node::text);
                let key = ir::ForeignKey {
                    name: name(0, "constraint_name"),
                    columns: call.argument(2 + shift, "local_cols")?.names()?,
                    table: name(1 + shift, "referent_table")?,
                    on_delete: action.map_or(OnDelete::Refuse, |action| on_delete(&action)),
                    is_indexed: false,
                };
                Some(vec![Change::AddForeignKey { table, key, table_span }])
            }
            "drop_constraint" => Some(vec![Change::DropConstraint { table, name: name(0, "constraint_name")? }]),
            _ => None,
        }
    }

    fn alter_column(&self, table: Symbol) -> Option<Vec<Change>> {
        let mut column = self.call.argument(self.shift, "column_name")?.name()?;
        let mut changes = Vec::new();
        if let Some(to) = self.call.keyword("new_column_name").and_then(Node::name) {
            changes.push(Change::RenameColumn { table, from: column, to });
            column = to;
        }
        if let Some(ty) = self.call.keyword("type_") {
            changes.push(Change::SetType { table, column, ty: type_text(ty) });
        }
        if let Some(is_nullable) = self.call.keyword("nullable").and_then(Node::bool) {
            changes.push(Change::SetNullable { table, column, is_nullable });
        }
        Some(changes)
    }
}

/// The order of revisions: each names those that it follows.
pub(super) fn revision_of(module: &[(Symbol, Node<'_>)]) -> Option<(String, Vec<String>)> {
    let value = |name: &str| module.iter().find(|(own, _)| own.as_str() == name).map(|(_, value)| *value);
    let revision = value("revision")?.text()?;
    let before = value("down_revision").map_or_else(Vec::new, Node::one_or_items);
    Some((revision, before.into_iter().filter_map(Node::text).collect()))
}
