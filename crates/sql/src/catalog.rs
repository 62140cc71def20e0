//! The tables as they stand after the statements read so far.

use ir::{Column, Index, Schema, Span, Symbol, Table};
use rustc_hash::FxHashMap;
use sqlparser::ast::{Ident, ObjectName};

use crate::predicate::span_at;
use crate::query::last_ident;
use crate::schema::shifted;
use crate::scope::symbol;

/// The name of an index or constraint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct IndexName(pub(crate) Symbol);

impl IndexName {
    pub(crate) fn of(name: &ObjectName) -> Option<Self> {
        last_ident(name).map(|ident| Self(symbol(ident)))
    }
}

#[derive(Default)]
pub(crate) struct Catalog {
    tables: Vec<Table>,
    by_name: FxHashMap<Symbol, usize>,
    /// Of each table's indexes, in the same order.
    names: Vec<Vec<IndexName>>,
    pub(crate) seeded: Vec<Symbol>,
    pub(crate) is_incomplete: bool,
    /// A foreign key brings an index.
    pub(crate) indexes_foreign_keys: bool,
    /// Where the statement that is read starts.
    pub(crate) shift: u32,
}

impl Catalog {
    pub(crate) fn new(indexes_foreign_keys: bool) -> Self {
        Self { indexes_foreign_keys, ..Self::default() }
    }

    pub(crate) fn into_schema(self) -> Schema {
        let mut seeded = Vec::new();
        for table in self.seeded.iter().copied() {
            if !seeded.contains(&table) {
                seeded.push(table);
            }
        }
        let live: Vec<usize> = self.live().collect();
        let tables = self.tables.into_iter().enumerate().filter(|(at, _)| live.binary_search(at).is_ok());
        let tables = tables.map(|(_, table)| table).collect();
        Schema { tables, seeded, is_incomplete: self.is_incomplete }
    }

    pub(crate) fn span(&self, ident: &Ident) -> Span {
        shifted(span_at(ident.span), self.shift)
    }

    pub(crate) fn has_table(&self, name: Symbol) -> bool {
        self.by_name.contains_key(&name)
    }

    /// Declares a table; one of that name is replaced.
    pub(crate) fn create_table(&mut self, ident: &Ident) -> usize {
        let name = symbol(ident);
        let span = self.span(ident);
        self.tables.push(Table { name, span, columns: Vec::new(), indexes: Vec::new() });
        self.names.push(Vec::new());
        self.by_name.insert(name, self.tables.len() - 1);
        self.tables.len() - 1
    }

    /// A table that other files may declare: what this text says of it is kept under its name.
    pub(crate) fn table(&mut self, ident: &Ident) -> usize {
        match self.by_name.get(&symbol(ident)) {
            Some(table) => *table,
            None => self.create_table(ident),
        }
    }

    pub(crate) fn copy_columns(&mut self, table: usize, from: &ObjectName) {
        let source = last_ident(from).and_then(|ident| self.by_name.get(&symbol(ident)));
        match source {
            Some(source) => {
                let columns = self.tables[*source].columns.clone();
                self.tables[table].columns.extend(columns);
            }
            None => self.is_incomplete = true,
        }
    }

    pub(crate) fn add_column(&mut self, table: usize, column: Column) {
        let columns = &mut self.tables[table].columns;
        columns.retain(|other| other.name != column.name);
        columns.push(column);
    }

    pub(crate) fn column_mut(&mut self, table: usize, name: Symbol) -> Option<&mut Column> {
        self.tables[table].columns.iter_mut().find(|column| column.name == name)
    }

    /// With it go the indexes that hold it.
    pub(crate) fn drop_column(&mut self, table: usize, name: Symbol) {
        let known = self.tables[table].columns.len();
        self.tables[table].columns.retain(|column| column.name != name);
        self.is_incomplete |= self.tables[table].columns.len() == known;
        self.retain_indexes(table, |_, index| !index.columns.contains(&name));
    }

    pub(crate) fn rename_column(&mut self, table: usize, from: Symbol, to: Symbol) {
        match self.column_mut(table, from) {
            Some(column) => column.name = to,
            None => self.is_incomplete = true,
        }
        let columns = self.tables[table].indexes.iter_mut().flat_map(|index| &mut index.columns);
        columns.filter(|column| **column == from).for_each(|column| *column = to);
    }

    pub(crate) fn rename_table(&mut self, from: Symbol, to: Symbol) {
        let Some(table) = self.by_name.remove(&from) else {
            self.is_incomplete = true;
            return;
        };
        self.tables[table].name = to;
        self.by_name.insert(to, table);
        let columns = self.tables.iter_mut().flat_map(|table| &mut table.columns);
        columns.filter(|column| column.references == Some(from)).for_each(|column| column.references = Some(to));
        self.seeded.iter_mut().filter(|table| **table == from).for_each(|table| *table = to);
    }

    pub(crate) fn drop_table(&mut self, name: &ObjectName, if_exists: bool) {
        let table = last_ident(name).map(symbol);
        let is_known = table.is_some_and(|table| self.by_name.remove(&table).is_some());
        self.is_incomplete |= !is_known && !if_exists;
    }

    pub(crate) fn add_index(&mut self, table: &Ident, name: Option<IndexName>, index: Index) {
        let at = self.table(table);
        self.add_index_at(at, name, index);
    }

    /// Without a name, it gets the one that PostgreSQL would give a constraint.
    pub(crate) fn add_index_at(&mut self, table: usize, name: Option<IndexName>, index: Index) {
        let name = name.unwrap_or_else(|| {
            let columns: Vec<&str> = index.columns.iter().map(|column| column.as_str()).collect();
            let suffix = if index.is_unique { "key" } else { "idx" };
            IndexName(Symbol::new(&format!("{}_{}_{suffix}", self.tables[table].name, columns.join("_"))))
        });
        self.tables[table].indexes.push(index);
        self.names[table].push(name);
    }

    /// The index that InnoDB makes for a foreign key, unless another one serves.
    pub(crate) fn add_foreign_key_index(&mut self, table: usize, name: Option<IndexName>, columns: Vec<Symbol>) {
        let serves = |index: &Index| !index.is_partial && index.columns.starts_with(&columns);
        if self.indexes_foreign_keys && !self.tables[table].indexes.iter().any(serves) {
            self.add_index_at(table, name, Index { columns, is_unique: false, is_partial: false, special: None });
        }
    }

    pub(crate) fn primary_key_name(&self, table: usize) -> IndexName {
        IndexName(Symbol::new(&format!("{}_pkey", self.tables[table].name)))
    }

    pub(crate) fn has_index(&self, name: IndexName) -> bool {
        self.live().any(|table| self.names[table].contains(&name))
    }

    pub(crate) fn drop_index(&mut self, name: Option<IndexName>, table: Option<&ObjectName>, if_exists: bool) {
        let Some(name) = name else { return };
        let wanted = table.and_then(last_ident).map(symbol);
        let owner = self
            .live()
            .find(|at| wanted.is_none_or(|wanted| self.tables[*at].name == wanted) && self.names[*at].contains(&name));
        match owner {
            Some(table) => self.retain_indexes(table, |other, _| other != name),
            None => self.is_incomplete |= !if_exists,
        }
    }

    /// A constraint may be one that we do not keep: a check, a foreign key.
    pub(crate) fn drop_constraint(&mut self, table: usize, name: Symbol) {
        self.retain_indexes(table, |other, _| other != IndexName(name));
    }

    pub(crate) fn rename_index(&mut self, from: Option<IndexName>, to: Option<IndexName>) {
        if let (Some(from), Some(to)) = (from, to) {
            let names = self.names.iter_mut().flatten();
            names.filter(|name| **name == from).for_each(|name| *name = to);
        }
    }

    pub(crate) fn make_unique(&mut self, table: usize, name: Symbol) {
        for (index, other) in self.tables[table].indexes.iter_mut().zip(&self.names[table]) {
            index.is_unique |= *other == IndexName(name);
        }
    }

    fn retain_indexes(&mut self, table: usize, keep: impl Fn(IndexName, &Index) -> bool) {
        let indexes = std::mem::take(&mut self.tables[table].indexes);
        let names = std::mem::take(&mut self.names[table]);
        let kept = names.into_iter().zip(indexes).filter(|(name, index)| keep(*name, index));
        (self.names[table], self.tables[table].indexes) = kept.unzip();
    }

    fn live(&self) -> impl Iterator<Item = usize> {
        (0..self.tables.len()).filter(|at| self.by_name.get(&self.tables[*at].name) == Some(at))
    }
}
