//! Tables that list what other rows choose from: categories, roles, kinds of an examination. Staff fill them, also where a
//! request of theirs does it, and they have tens of rows.

use ir::{Schema, Symbol, Table, Uniqueness};
use rustc_hash::FxHashSet;

/// What such a row is told by.
const NAMES: &[&str] =
    &["name", "code", "title", "label", "key", "nombre", "codigo", "titulo", "nome", "nom", "bezeichnung"];

/// Beginnings of columns of people and of what they own.
const OF_PEOPLE: &[&str] =
    &["email", "password", "phone", "owner", "user", "created_by", "createdby", "stripe", "price", "stock"];

/// More columns than these are of a thing of its own.
const MAX_COLUMNS: usize = 12;

/// The tables, by the database's names, whose rows have a unique name, belong to nobody, and are chosen by others.
pub(super) fn find(schema: &Schema) -> FxHashSet<Symbol> {
    let referred: FxHashSet<Symbol> = schema.tables.iter().flat_map(others).collect();
    let catalogues = schema.tables.iter().filter(|table| {
        referred.contains(&table.name)
            && others(table).next().is_none()
            && table.columns.len() <= MAX_COLUMNS
            && is_told_by_name(table)
            && !table.columns.iter().any(|column| {
                let name = column.name.to_lowercase();
                OF_PEOPLE.iter().any(|start| name.starts_with(start))
            })
    });
    catalogues.map(|table| table.name).collect()
}

/// The other tables that a table refers to.
fn others(table: &Table) -> impl Iterator<Item = Symbol> {
    table.foreign_keys.iter().map(|key| key.table).filter(|other| *other != table.name)
}

fn is_told_by_name(table: &Table) -> bool {
    table.indexes.iter().any(|index| {
        let [part] = index.parts.as_slice() else { return false };
        index.uniqueness == Uniqueness::Unique && NAMES.contains(&part.key.to_lowercase().as_str())
    })
}
