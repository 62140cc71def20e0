//! What is known of the database's tables.

use ir::{DefaultOrder, Schema, Span, Symbol, Table};

use super::{Program, staff};
use crate::contexts::State;
use crate::ids::{ClassRef, FileId};
use crate::models::Declares;
use crate::program::LibraryCall;
use crate::rows::{ChildLoad, LazyRead, ProcessedRelation, RowMethod};
use crate::schema::Related;
use crate::templates::Template;

impl Program<'_> {
    /// Every table as the database has it, in order of name.
    pub fn schema(&self) -> &Schema {
        &self.known.schema
    }

    /// A table by its name, or by that of an entity in lower case. Its columns, and the indexes that hold them, are there by
    /// each of their names: the database's, in lower case, and the one that code uses, as written.
    pub fn table(&self, name: Symbol) -> Option<&Table> {
        self.known.tables.get(&name)
    }

    /// Whether all indexes of a table are known, so that one that is not there is missing.
    pub fn knows_indexes(&self, name: Symbol) -> bool {
        self.known.tables.contains_key(&name) && !self.known.incomplete.contains(&name)
    }

    /// How an index is made of the collection of documents that a table is: in the words of the library by which the code makes it
    /// others, with `{table}` and `{column}` in place of the names.
    pub fn index_of_documents(&self, rule: &str, name: Symbol) -> Option<&str> {
        let table = self.table(name)?;
        let is_maker = |call: &&LibraryCall<'_>| {
            call.at.file.0 == table.file
                && call.model.declares == Some(Declares::CollectionIndex)
                && self.expr_span(call.at) == table.span
        };
        self.calls().iter().find(is_maker).and_then(|call| self.advice(rule, call.at, false))
    }

    /// How rows are ordered where a query says nothing of it, by the entity's name in lower case.
    pub(crate) fn default_order(&self, entity: Symbol) -> Option<DefaultOrder> {
        self.known.orders.get(&entity).copied()
    }

    /// The rows that a field of an entity stands for; the entity's name in lower case.
    pub(crate) fn related(&self, entity: Symbol, field: Symbol) -> Option<Related> {
        self.known.related.get(&(entity, field)).copied()
    }

    /// The entity, in lower case, whose queries a manager or a query set makes, if that is one; none of any other class.
    pub(crate) fn managed_by(&self, class: ClassRef) -> Option<Option<Symbol>> {
        self.known.managed.get(&class).copied()
    }

    /// All tables, by every name that they are known by, with the name that the database has for each.
    pub(crate) fn tables_by_every_name(&self) -> Vec<(Symbol, &Table)> {
        let mut tables: Vec<(Symbol, &Table)> = self.known.tables.iter().map(|(name, table)| (*name, table)).collect();
        tables.sort_by_key(|(name, _)| *name);
        tables
    }

    /// The database's names for a table and a column of it that code may call otherwise; the column's in the letters that its
    /// declaration has.
    pub fn database_names(&self, table: Symbol, column: Symbol) -> Option<(Symbol, Symbol)> {
        let known = self.table(table)?;
        let place = known.columns.iter().find(|own| own.name == column).map(|own| (own.file, own.span))?;
        let stored = self.known.schema.tables.iter().find(|stored| stored.name == known.name);
        let columns = stored.map_or(&[][..], |stored| &stored.columns);
        let own = columns.iter().find(|own| own.name == column || (own.file, own.span) == place);
        let stored = own.map_or(column, |own| own.name);
        let written = known.columns.iter().find(|other| {
            (other.file, other.span) == place && other.name != stored && other.name.eq_ignore_ascii_case(&stored)
        });
        Some((known.name, written.map_or(stored, |other| other.name)))
    }

    /// What the code calls a column: the name of the model's field.
    pub fn name_in_code(&self, table: Symbol, column: Symbol) -> Symbol {
        let columns = self.table(table).map_or(&[][..], |table| &table.columns);
        let place = columns.iter().find(|own| own.name == column).map(|own| (own.file, own.span));
        let is_other = |own: &&ir::Column| Some((own.file, own.span)) == place && own.name != column;
        let mut others = columns.iter().filter(is_other).map(|own| own.name);
        others.find(|name| !name.eq_ignore_ascii_case(&column)).unwrap_or(column)
    }

    /// Where a column is declared.
    pub fn column_place(&self, table: Symbol, column: Symbol) -> Option<(FileId, Span)> {
        let declared = self.table(table)?.columns.iter().find(|known| known.name == column)?;
        Some((FileId(declared.file), declared.span))
    }

    /// Relations that are loaded once per row of a query, by query.
    pub fn lazy_reads(&self) -> &[LazyRead] {
        &self.rows.lazy
    }

    /// Relations that are loaded by a foreign key without an index.
    pub fn child_loads(&self) -> &[ChildLoad] {
        &self.rows.children
    }

    /// Relations of single objects that are loaded whole for a result.
    pub fn processed_relations(&self) -> &[ProcessedRelation] {
        &self.rows.related
    }

    pub(crate) fn templates(&self) -> &[Template] {
        &self.templates
    }

    /// Methods that serialisers call once per row of a query.
    pub fn row_methods(&self) -> &[RowMethod] {
        &self.rows.row_methods
    }

    /// Whether SQL files insert into the table.
    pub fn is_seeded(&self, name: Symbol) -> bool {
        let table = self.table(name).map_or(name, |table| table.name);
        self.known.schema.seeded.contains(&name) || self.known.schema.seeded.contains(&table)
    }

    /// Whether a table lists what the rows of others choose from.
    pub fn is_catalogue(&self, name: Symbol) -> bool {
        self.table(name).is_some_and(|table| self.known.catalogues.contains(&table.name))
    }

    /// The number of tables or entities to which some code is seen to add rows.
    pub fn inserted_entities(&self) -> usize {
        self.insertions.len()
    }

    /// Whether code that runs in a wanted state adds rows to a table: by INSERT, by an ORM's create, or by making an object of the
    /// entity's class.
    pub fn is_inserted_per_request(&self, entity: Symbol, wanted: impl Fn(State) -> bool) -> bool {
        self.insertions
            .get(&self.table(entity).map_or(entity, |table| table.name))
            .is_some_and(|functions| functions.iter().any(|function| self.runs(*function, &wanted)))
    }

    /// Whether only handlers for those who run the service add rows to a table, while other requests add rows to others: where
    /// all of a program is for staff, that says nothing.
    pub fn is_filled_by_staff(&self, entity: Symbol) -> bool {
        let table = self.table(entity).map_or(entity, |table| table.name);
        self.filled_by_staff.get_or_init(|| staff::tables_filled(self)).contains(&table)
    }
}
