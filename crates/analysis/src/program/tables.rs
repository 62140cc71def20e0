//! What is known of the database's tables.

use ir::{Schema, Span, Symbol, Table};

use super::Program;
use crate::contexts::State;
use crate::ids::FileId;
use crate::schema;

impl Program<'_> {
    /// SQL files first, those of a folder in the order of their names: that of migrations.
    pub(super) fn collect_schema(&mut self) {
        let mut folders: Vec<(&str, sql::Catalog)> = Vec::new();
        for (number, file) in self.files.iter().enumerate().filter(|(_, file)| !file.changes.is_empty()) {
            let folder = migrations_of(&file.path);
            if folders.last().is_none_or(|(last, _)| *last != folder) {
                folders.push((folder, sql::Catalog::new()));
            }
            let Some((_, catalog)) = folders.last_mut() else { continue };
            catalog.file = number as u32;
            file.changes.iter().for_each(|change| catalog.apply(change));
        }
        let schemas: Vec<Schema> = folders.into_iter().map(|(_, catalog)| catalog.into_schema()).collect();
        self.seeded.extend(schemas.iter().flat_map(|schema| &schema.seeded));
        let tables = schemas.into_iter().flat_map(|schema| schema.tables);
        for table in tables.chain(schema::collect(self)).collect::<Vec<_>>() {
            let known = self.tables.entry(table.name);
            let known = known.or_insert_with(|| Table { columns: Vec::new(), indexes: Vec::new(), ..table.clone() });
            known.columns.extend(table.columns);
            known.indexes.extend(table.indexes);
        }
    }

    /// A table as SQL files and entity classes declare it.
    pub fn table(&self, name: Symbol) -> Option<&Table> {
        self.tables.get(&name)
    }

    /// All tables, by every name that they are known by.
    pub(crate) fn schema(&self) -> Schema {
        let mut tables: Vec<Table> =
            self.tables.iter().map(|(name, table)| Table { name: *name, ..table.clone() }).collect();
        tables.sort_by_key(|table| table.name);
        Schema { tables, ..Schema::default() }
    }

    /// Where a column is declared.
    pub fn column_place(&self, table: Symbol, column: Symbol) -> Option<(FileId, Span)> {
        let declared = self.tables.get(&table)?.columns.iter().find(|known| known.name == column)?;
        Some((FileId(declared.file), declared.span))
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

/// The folder whose files belong together: some tools give each migration a folder of its own.
fn migrations_of(path: &str) -> &str {
    let parent = |path: &str| path.rfind('/').map_or(0, |at| at);
    let folder = &path[..parent(path)];
    match &path[folder.len()..] {
        "/migration.sql" | "/up.sql" => &path[..parent(folder)],
        _ => folder,
    }
}
