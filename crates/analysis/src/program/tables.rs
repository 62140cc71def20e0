//! What is known of the database's tables.

use ir::{Span, Symbol, Table};

use super::Program;
use crate::contexts::State;
use crate::ids::FileId;

impl Program<'_> {
    /// In the order of the files' names: that of migrations.
    pub(super) fn collect_schema(&mut self) {
        for (number, file) in self.files.iter().enumerate() {
            self.seeded.extend(&file.schema.seeded);
            for table in &file.schema.tables {
                let known = self.tables.entry(table.name).or_insert_with(|| Table {
                    columns: Vec::new(),
                    indexes: Vec::new(),
                    ..table.clone()
                });
                for column in &table.columns {
                    self.column_files.insert((table.name, column.name), FileId(number as u32));
                }
                known.columns.extend(table.columns.iter().cloned());
                known.indexes.extend(table.indexes.iter().cloned());
            }
        }
    }

    /// A table as the SQL files declare it.
    pub fn table(&self, name: Symbol) -> Option<&Table> {
        self.tables.get(&name)
    }

    /// Where a column is declared.
    pub fn column_place(&self, table: Symbol, column: Symbol) -> Option<(FileId, Span)> {
        let file = *self.column_files.get(&(table, column))?;
        let declared = self.tables.get(&table)?.columns.iter().find(|known| known.name == column)?;
        Some((file, declared.span))
    }

    /// Whether SQL files insert into the table.
    pub fn is_seeded(&self, name: Symbol) -> bool {
        self.seeded.contains(&name)
    }

    /// The number of tables or entities to which some code is seen to add rows.
    pub fn inserted_entities(&self) -> usize {
        self.insertions.len()
    }

    /// Whether code that runs in a wanted state adds rows to a table: by INSERT, by an ORM's create, or by making an object of the
    /// entity's class.
    pub fn is_inserted_per_request(&self, entity: Symbol, wanted: impl Fn(State) -> bool) -> bool {
        self.insertions
            .get(&entity)
            .is_some_and(|functions| functions.iter().any(|function| self.runs(*function, &wanted)))
    }
}
