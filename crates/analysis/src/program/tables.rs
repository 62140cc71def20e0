//! What is known of the database's tables.

use ir::{Span, Symbol, Table};

use super::Program;
use crate::contexts::State;
use crate::ids::FileId;
use crate::schema;

impl Program<'_> {
    /// In the order of the files' names: that of migrations.
    pub(super) fn collect_schema(&mut self) {
        let mut declared = Vec::new();
        for (number, file) in self.files.iter().enumerate() {
            self.seeded.extend(&file.schema.seeded);
            declared.extend(file.schema.tables.iter().map(|table| (FileId(number as u32), table.clone())));
        }
        declared.extend(schema::collect(self));
        for (file, table) in declared {
            let known = self.tables.entry(table.name);
            let known = known.or_insert_with(|| Table { columns: Vec::new(), indexes: Vec::new(), ..table.clone() });
            for column in &table.columns {
                self.column_files.entry((table.name, column.name)).or_insert(file);
            }
            known.columns.extend(table.columns);
            known.indexes.extend(table.indexes);
        }
    }

    /// A table as SQL files and entity classes declare it.
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
