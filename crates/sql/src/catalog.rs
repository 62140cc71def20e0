//! The tables as they stand after the changes applied so far.

use ir::{Change, Column, ForeignKey, Index, IndexPart, Schema, Span, Symbol, Table, Uniqueness};
use rustc_hash::FxHashMap;

/// Applies changes in order. A change to a table that was never declared declares it, since other files may describe
/// its rest.
#[derive(Default)]
pub struct Catalog {
    schema: Schema,
    by_name: FxHashMap<Symbol, usize>,
    /// The number that is written into [`Table::file`] and [`Column::file`].
    pub file: u32,
}

impl Catalog {
    pub fn new() -> Self {
        Self::default()
    }

    /// What is left: dropped tables are gone.
    pub fn into_schema(self) -> Schema {
        let Schema { tables, mut seeded, .. } = self.schema;
        let mut seen = rustc_hash::FxHashSet::default();
        seeded.retain(|table| seen.insert(*table));
        let is_live = |(at, table): &(usize, Table)| self.by_name.get(&table.name) == Some(at);
        let tables = tables.into_iter().enumerate().filter(is_live).map(|(_, table)| table).collect();
        Schema { tables, seeded, ..self.schema }
    }

    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::CreateTable { table, if_absent } => self.create_table(table, *if_absent),
            Change::CopyColumns { table, from } => self.copy_columns(*table, *from),
            // What goes away unseen leaves nothing unknown behind.
            Change::DropTable { table, .. } => {
                self.by_name.remove(table);
            }
            Change::RenameTable { from, to } => self.rename_table(*from, *to),
            Change::AddColumn { table, column, table_span } => {
                let column = Column { file: self.file, ..column.clone() };
                let columns = &mut self.table(*table, *table_span).columns;
                columns.retain(|other| other.name != column.name);
                columns.push(column);
            }
            Change::DropColumn { table, column } => self.drop_column(*table, *column),
            Change::RenameColumn { table, from, to } => self.rename_column(*table, *from, *to),
            Change::SetType { table, column, ty } => {
                self.with_column(*table, *column, |column| column.ty.clone_from(ty));
            }
            Change::SetNullable { table, column, is_nullable } => {
                self.with_column(*table, *column, |column| column.is_nullable = *is_nullable);
            }
            Change::AddIndex { table, index, if_absent, table_span } => {
                let is_there = *if_absent && index.name.is_some_and(|name| self.owner_of(None, name).is_some());
                if !is_there {
                    add_index(self.table(*table, *table_span), index.clone());
                }
            }
            Change::AddForeignKey { table, key, table_span } => {
                add_foreign_key(self.table(*table, *table_span), key.clone());
            }
            Change::DropIndex { table, name, .. } => {
                if let Some(at) = self.owner_of(*table, *name) {
                    self.schema.tables[at].indexes.retain(|index| index.name != Some(*name));
                }
            }
            Change::DropConstraint { table, name } => self.drop_constraint(*table, *name),
            Change::DropPrimaryKey { table } => {
                if let Some(table) = self.known(*table) {
                    table.indexes.retain(|index| index.uniqueness != Uniqueness::Primary);
                }
            }
            Change::RenameIndex { from, to } => self.rename_index(*from, *to),
            Change::SetUniqueness { table, name, uniqueness } => {
                let indexes = self.known(*table).map(|table| &mut table.indexes);
                for index in indexes.into_iter().flatten().filter(|index| index.name == Some(*name)) {
                    index.uniqueness = *uniqueness;
                }
            }
            Change::CreateView { view } => {
                self.schema.views.retain(|other| other.name != view.name);
                self.schema.views.push(view.clone());
            }
            Change::DropView { view } => self.schema.views.retain(|other| other.name != *view),
            Change::CreateEnum { name } => self.schema.enums.push(*name),
            Change::Seed { table } => self.schema.seeded.push(*table),
            Change::Unread { table: Some(table) } => self.schema.incomplete.push(*table),
            Change::Unread { table: None } => self.schema.is_incomplete = true,
        }
    }

    fn create_table(&mut self, table: &Table, if_absent: bool) {
        let before = self.known(table.name).cloned();
        if if_absent && before.as_ref().is_some_and(|before| !before.columns.is_empty()) {
            return;
        }
        let mut own = Table { indexes: Vec::new(), foreign_keys: Vec::new(), file: self.file, ..table.clone() };
        own.columns.iter_mut().for_each(|column| column.file = self.file);
        for index in &table.indexes {
            add_index(&mut own, index.clone());
        }
        // Last: of a foreign key it matters whether an index serves it already.
        for key in &table.foreign_keys {
            add_foreign_key(&mut own, key.clone());
        }
        // Made twice and never dropped, it is described twice (migrations, and the schema that they lead to).
        for index in before.into_iter().flat_map(|before| before.indexes) {
            let is_new =
                own.indexes.iter().all(|known| known.parts != index.parts || known.predicate != index.predicate);
            if is_new {
                add_index(&mut own, index);
            }
        }
        self.by_name.insert(own.name, self.schema.tables.len());
        self.schema.tables.push(own);
    }

    fn known(&mut self, name: Symbol) -> Option<&mut Table> {
        self.by_name.get(&name).map(|at| &mut self.schema.tables[*at])
    }

    fn table(&mut self, name: Symbol, span: Span) -> &mut Table {
        let file = self.file;
        let tables = &mut self.schema.tables;
        let at = *self.by_name.entry(name).or_insert_with(|| {
            tables.push(Table { name, file, span, columns: Vec::new(), indexes: Vec::new(), foreign_keys: Vec::new() });
            tables.len() - 1
        });
        &mut self.schema.tables[at]
    }

    fn with_column(&mut self, table: Symbol, name: Symbol, change: impl FnOnce(&mut Column)) {
        let columns = self.known(table).map(|table| &mut table.columns);
        match columns.and_then(|columns| columns.iter_mut().find(|column| column.name == name)) {
            Some(column) => change(column),
            None => self.schema.incomplete.push(table),
        }
    }

    fn copy_columns(&mut self, table: Symbol, from: Symbol) {
        let columns = self.known(from).map(|from| from.columns.clone());
        match (columns, self.known(table)) {
            (Some(columns), Some(table)) => {
                let at = table.columns.len();
                let is_new = |column: &Column| table.columns.iter().all(|own| own.name != column.name);
                let new: Vec<Column> = columns.into_iter().filter(is_new).collect();
                table.columns.splice(at..at, new);
            }
            _ => self.schema.incomplete.push(table),
        }
    }

    /// With it go the indexes and keys that hold it.
    fn drop_column(&mut self, table: Symbol, name: Symbol) {
        let Some(table) = self.known(table) else { return };
        table.columns.retain(|column| column.name != name);
        table.indexes.retain(|index| !index.holds(name) && !index.include.contains(&name));
        table.foreign_keys.retain(|key| !key.columns.contains(&name));
    }

    fn rename_column(&mut self, table: Symbol, from: Symbol, to: Symbol) {
        self.with_column(table, from, |column| column.name = to);
        let Some(table) = self.known(table) else { return };
        for index in &mut table.indexes {
            for part in index.parts.iter_mut().filter(|part| part.is_expression) {
                part.key = Symbol::new(&with_word(&part.key, &from, &to));
            }
            for conjunct in &mut index.predicate {
                *conjunct = with_word(conjunct, &from, &to);
            }
        }
        let keys = table.indexes.iter_mut().flat_map(|index| &mut index.parts).filter(|part| !part.is_expression);
        let keys = keys.map(|part| &mut part.key).chain(table.foreign_keys.iter_mut().flat_map(|key| &mut key.columns));
        keys.filter(|column| **column == from).for_each(|column| *column = to);
    }

    fn rename_table(&mut self, from: Symbol, to: Symbol) {
        let Some(at) = self.by_name.remove(&from) else {
            self.schema.incomplete.push(to);
            return;
        };
        self.schema.tables[at].name = to;
        self.by_name.insert(to, at);
        for table in &mut self.schema.tables {
            let columns = table.columns.iter_mut().filter(|column| column.references == Some(from));
            columns.for_each(|column| column.references = Some(to));
            table.foreign_keys.iter_mut().filter(|key| key.table == from).for_each(|key| key.table = to);
        }
        let named = self.schema.seeded.iter_mut().chain(&mut self.schema.incomplete);
        named.filter(|table| **table == from).for_each(|table| *table = to);
    }

    /// The table, of those that are left, that has an index of this name.
    fn owner_of(&self, table: Option<Symbol>, name: Symbol) -> Option<usize> {
        let has = |at: &usize| self.schema.tables[*at].indexes.iter().any(|index| index.name == Some(name));
        match table.and_then(|table| self.by_name.get(&table)) {
            Some(at) => Some(*at).filter(has),
            None => (0..self.schema.tables.len())
                .filter(has)
                .find(|at| self.by_name.get(&self.schema.tables[*at].name) == Some(at)),
        }
    }

    /// A constraint may be one that is not kept: a check.
    fn drop_constraint(&mut self, table: Symbol, name: Symbol) {
        let Some(table) = self.known(table) else { return };
        table.indexes.retain(|index| index.name != Some(name));
        let gone: Vec<Symbol> = {
            let is_gone = |key: &&ForeignKey| key.name == Some(name);
            table.foreign_keys.iter().filter(is_gone).flat_map(|key| key.columns.clone()).collect()
        };
        table.foreign_keys.retain(|key| key.name != Some(name));
        let columns = table.columns.iter_mut().filter(|column| gone.contains(&column.name));
        columns.for_each(|column| column.references = None);
    }

    fn rename_index(&mut self, from: Symbol, to: Symbol) {
        for table in &mut self.schema.tables {
            let names = table.indexes.iter_mut().map(|index| &mut index.name);
            let names = names.chain(table.foreign_keys.iter_mut().map(|key| &mut key.name));
            names.filter(|name| **name == Some(from)).for_each(|name| *name = Some(to));
        }
    }
}

/// An expression with one name in the place of another.
fn with_word(expression: &str, from: &str, to: &str) -> String {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut text = String::new();
    let mut rest = expression;
    while let Some(at) = rest.find(from) {
        let (before, found) = rest.split_at(at);
        let after = &found[from.len()..];
        text.push_str(before);
        let is_word = !text.ends_with(is_part) && !after.starts_with(is_part);
        text.push_str(if is_word { to } else { from });
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Without a name, it gets the one that PostgreSQL would give it.
fn add_index(table: &mut Table, mut index: Index) {
    if index.uniqueness == Uniqueness::Primary {
        let keys: Vec<Symbol> = index.columns().collect();
        let columns = table.columns.iter_mut().filter(|column| keys.contains(&column.name));
        columns.for_each(|column| column.is_nullable = false);
    }
    let name = index.name.unwrap_or_else(|| {
        let columns = index.parts.iter().map(part_name);
        let columns: Vec<&str> = columns.collect();
        let name = match index.uniqueness {
            Uniqueness::Primary => format!("{}_pkey", table.name),
            Uniqueness::Unique => format!("{}_{}_key", table.name, columns.join("_")),
            Uniqueness::Plain => format!("{}_{}_idx", table.name, columns.join("_")),
        };
        Symbol::new(&name)
    });
    index.name = Some(name);
    table.indexes.push(index);
}

/// What a part adds to the name that a database makes.
pub(crate) fn part_name(part: &IndexPart) -> &str {
    if part.is_expression { part.key.as_str().split(['(', ' ']).next().unwrap_or("expr") } else { part.key.as_str() }
}

fn add_foreign_key(table: &mut Table, mut key: ForeignKey) {
    for column in table.columns.iter_mut().filter(|column| key.columns.contains(&column.name)) {
        column.references = Some(key.table);
    }
    let serves = table.indexes.iter().any(|index| index.serves(&key.columns));
    if key.is_indexed && !serves {
        let index = Index { name: key.name, ..Index::new(key.columns.iter().copied(), Uniqueness::Plain) };
        add_index(table, index);
    }
    if key.name.is_none() {
        let columns: Vec<&str> = key.columns.iter().map(|column| column.as_str()).collect();
        key.name = Some(Symbol::new(&format!("{}_{}_fkey", table.name, columns.join("_"))));
    }
    // Another rule for the same columns comes instead, whatever the names: which one a statement drops depends on the database.
    table.foreign_keys.retain(|own| own.columns != key.columns || own.table != key.table);
    table.foreign_keys.push(key);
}
