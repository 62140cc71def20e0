//! Histories and declarations become one schema, and tables are found by every name that code has for them.

use std::collections::BTreeMap;

use ir::{Change, Column, Entity, ForeignKey, Index, Relation, Schema, Symbol, Table, Uniqueness};
use rustc_hash::{FxHashMap, FxHashSet};

use super::history::History;
use super::node::lower;
use super::parts::pairs;
use super::{Known, Related};
use crate::ids::FileId;

/// An entity that a file of this number declares.
pub(super) fn placed(mut entity: Entity, file: u32) -> Entity {
    entity.table.file = file;
    entity.table.columns.iter_mut().for_each(|column| column.file = file);
    // Where its file does not know a type, it may be another file's entity: see `drop_relations`.
    entity
}

pub(super) fn join(histories: Vec<History>, mut entities: Vec<Entity>) -> Known {
    let names: FxHashMap<Symbol, Symbol> =
        entities.iter().rev().map(|entity| (entity.name, entity.table.name)).collect();
    let more = pairs_of_lists(&entities);
    let related = related(&entities);
    let lowered: FxHashSet<String> = entities.iter().map(|entity| entity.name.to_ascii_lowercase()).collect();
    entities.iter_mut().for_each(|entity| drop_relations(entity, &lowered));
    entities.extend(more);
    for entity in &mut entities {
        resolve(&mut entity.table, &names);
    }
    let mut known = Known { related, ..Known::default() };
    let mut tables: BTreeMap<Symbol, Table> = BTreeMap::new();
    let mut made: FxHashSet<Symbol> = FxHashSet::default();
    let mut incomplete: FxHashSet<Symbol> = FxHashSet::default();
    for history in histories {
        let Schema { tables: own, views, enums, seeded, incomplete: unread, is_incomplete } = history.schema;
        made.extend(own.iter().map(|table| table.name).filter(|name| history.made.contains(name)));
        incomplete.extend(unread);
        if is_incomplete {
            incomplete.extend(own.iter().map(|table| table.name));
        }
        own.into_iter().for_each(|table| add(&mut tables, table));
        known.schema.views.extend(views);
        known.schema.enums.extend(enums);
        known.schema.seeded.extend(seeded);
        known.schema.is_incomplete |= is_incomplete;
    }
    let mut declared: BTreeMap<Symbol, Table> = BTreeMap::new();
    for entity in &entities {
        add(&mut declared, entity.table.clone());
        if entity.is_incomplete && !made.contains(&entity.table.name) {
            incomplete.insert(entity.table.name);
        }
    }
    let is_declared: FxHashSet<Symbol> = declared.keys().copied().collect();
    for (name, table) in declared {
        if !made.contains(&name) || tables.get(&name).is_some_and(|made| is_behind(made, &table)) {
            add(&mut tables, with_rules_of_databases(table));
        }
    }
    let is_described = |name: &&Symbol| !made.contains(name) && !is_declared.contains(name);
    incomplete.extend(tables.keys().filter(is_described).copied().collect::<Vec<_>>());
    known.schema.incomplete = tables.keys().filter(|name| incomplete.contains(name)).copied().collect();
    name_all(&mut known, &tables, &entities, &incomplete);
    known.schema.tables = tables.into_values().collect();
    known
}

/// Whether the migrations of a table lack columns that the code declares: then they are not all that has made it.
fn is_behind(made: &Table, declared: &Table) -> bool {
    let is_made = |column: &Column| made.columns.iter().any(|own| own.name.eq_ignore_ascii_case(&column.name));
    !declared.columns.iter().all(is_made)
}

/// Adds a table, or what another description of it says besides.
fn add(tables: &mut BTreeMap<Symbol, Table>, table: Table) {
    let Some(known) = tables.get_mut(&table.name) else {
        tables.insert(table.name, table);
        return;
    };
    for column in table.columns {
        if known.columns.iter().all(|own| own.name != column.name) {
            known.columns.push(column);
        }
    }
    for index in table.indexes {
        let is_same = |own: &Index| Index { name: None, ..own.clone() } == Index { name: None, ..index.clone() };
        let is_second_key = index.uniqueness == Uniqueness::Primary
            && known.indexes.iter().any(|own| own.uniqueness == Uniqueness::Primary);
        if !is_second_key && !known.indexes.iter().any(is_same) {
            known.indexes.push(index);
        }
    }
    for key in table.foreign_keys {
        if !known.foreign_keys.iter().any(|own| own.columns == key.columns && own.table == key.table) {
            known.foreign_keys.push(key);
        }
    }
}

/// Keys that refer to entities refer to their tables.
fn resolve(table: &mut Table, names: &FxHashMap<Symbol, Symbol>) {
    let table_of = |name: Symbol| names.get(&name).copied().unwrap_or_else(|| lower(&name));
    table.foreign_keys.iter_mut().for_each(|key| key.table = table_of(key.table));
}

/// A column whose type is an entity is that entity's row. Names of `entities` are in lower case.
fn drop_relations(entity: &mut Entity, entities: &FxHashSet<String>) {
    let is_entity = |ty: &str| entities.contains(&ty.to_ascii_lowercase());
    let is_relation = |column: &Column| {
        let holds = |index: &Index| index.holds(column.name);
        !column.ty.is_empty()
            && column.ty.chars().all(char::is_alphanumeric)
            && is_entity(&column.ty)
            && !entity.table.indexes.iter().any(holds)
    };
    let gone: Vec<Symbol> =
        entity.table.columns.iter().filter(|column| is_relation(column)).map(|column| column.name).collect();
    entity.table.columns.retain(|column| !gone.contains(&column.name));
    entity.attributes.retain(|(_, column)| !gone.contains(column));
}

/// The fields of one entity that are the other side of a relation of another one.
fn answers<'e>(
    target: &'e Entity,
    entity: &Entity,
    label: Option<Symbol>,
) -> impl Iterator<Item = &'e Relation> + use<'e> {
    let name = entity.name;
    target.relations.iter().filter(move |relation| relation.entity == name && relation.label == label)
}

/// What fields of entities stand for, where one column of the other entity holds the key or one of its own does.
fn related(entities: &[Entity]) -> FxHashMap<(Symbol, Symbol), Related> {
    let mut found = FxHashMap::default();
    for entity in entities {
        for relation in &entity.relations {
            let Some(target) = entities.iter().find(|target| target.name == relation.entity) else { continue };
            let holding = answers(target, entity, relation.label).filter(|back| !back.columns.is_empty());
            let columns: Vec<&[Symbol]> = holding.map(|back| back.columns.as_slice()).collect();
            let column = match (relation.columns.as_slice(), columns.as_slice()) {
                ([_], _) => None,
                ([], [[column]]) => Some(*column),
                _ => continue,
            };
            let related = Related { target: lower(&target.name), is_list: relation.is_list, column };
            // A repository is as often called after the table.
            for owner in [lower(&entity.name), entity.table.name] {
                found.entry((owner, relation.name)).or_insert(related);
            }
        }
    }
    found
}

/// Two entities that hold lists of each other have a table of pairs.
fn pairs_of_lists(entities: &[Entity]) -> Vec<Entity> {
    let mut found = Vec::new();
    for entity in entities {
        for list in entity.relations.iter().filter(|relation| relation.is_list) {
            // Each pair once: from the name that comes first.
            let Some(target) = entities.iter().find(|target| target.name == list.entity && target.name >= entity.name)
            else {
                continue;
            };
            let answers = answers(target, entity, list.label).filter(|relation| relation.is_list).count();
            if answers < if target.name == entity.name { 2 } else { 1 } {
                continue;
            }
            let name =
                list.label.map_or_else(|| format!("_{}To{}", entity.name, target.name), |label| format!("_{label}"));
            let halves = [(Symbol::new("a"), entity.name), (Symbol::new("b"), target.name)];
            let mut table = pairs(lower(&name), FileId(entity.table.file), entity.table.span, halves);
            table.indexes.push(Index::new([halves[0].0, halves[1].0], Uniqueness::Primary));
            table.indexes.push(Index::new([halves[1].0], Uniqueness::Plain));
            if found.iter().all(|other: &Entity| other.table.name != table.name) {
                found.push(super::parts::entity(table.name, table));
            }
        }
    }
    found
}

/// As if the table had been made by a statement.
fn with_rules_of_databases(table: Table) -> Table {
    let mut catalog = sql::Catalog::new();
    catalog.file = table.file;
    let files: Vec<u32> = table.columns.iter().map(|column| column.file).collect();
    catalog.apply(&Change::CreateTable { table: table.clone(), if_absent: false });
    let made = catalog.into_schema().tables.into_iter().next();
    made.map_or(table, |mut made| {
        made.columns.iter_mut().zip(files).for_each(|(column, file)| column.file = file);
        made
    })
}

/// Every name that a table has, and every name that its columns have in code.
fn name_all(known: &mut Known, tables: &BTreeMap<Symbol, Table>, entities: &[Entity], incomplete: &FxHashSet<Symbol>) {
    let mut named: FxHashMap<Symbol, Table> = tables.iter().map(|(name, table)| (*name, table.clone())).collect();
    for entity in entities {
        if let Some(table) = named.get_mut(&entity.table.name) {
            place(table, &entity.table);
            entity.attributes.iter().for_each(|(name, column)| add_name(table, *name, *column));
        }
    }
    known.incomplete.clone_from(incomplete);
    let orders = entities.iter().filter_map(|entity| Some((lower(&entity.name), entity.default_order?)));
    known.orders = orders.collect();
    for entity in entities {
        let name = lower(&entity.name);
        if let Some(table) = named.get(&entity.table.name).cloned() {
            if incomplete.contains(&table.name) && !named.contains_key(&name) {
                known.incomplete.insert(name);
            }
            named.entry(name).or_insert(table);
        }
    }
    known.tables = named;
}

/// Who reads code looks for a column where its model declares it.
fn place(table: &mut Table, declared: &Table) {
    for column in &mut table.columns {
        if let Some(own) = declared.columns.iter().find(|own| own.name == column.name) {
            (column.file, column.span) = (own.file, own.span);
        }
    }
}

/// The column by another name, with all that holds it.
fn add_name(table: &mut Table, name: Symbol, column: Symbol) {
    if name == column || table.columns.iter().any(|known| known.name == name) {
        return;
    }
    let Some(known) = table.columns.iter().find(|known| known.name == column) else { return };
    table.columns.push(Column { name, ..known.clone() });
    let rename = |own: &mut Symbol| {
        if *own == column {
            *own = name;
        }
    };
    let holding = table.indexes.iter().filter(|index| index.holds(column)).cloned();
    let renamed: Vec<Index> = holding
        .map(|mut index| {
            index.parts.iter_mut().filter(|part| !part.is_expression).for_each(|part| rename(&mut part.key));
            index
        })
        .collect();
    table.indexes.extend(renamed);
    let holding = table.foreign_keys.iter().filter(|key| key.columns.contains(&column)).cloned();
    let renamed: Vec<ForeignKey> = holding
        .map(|mut key| {
            key.columns.iter_mut().for_each(rename);
            key
        })
        .collect();
    table.foreign_keys.extend(renamed);
}
