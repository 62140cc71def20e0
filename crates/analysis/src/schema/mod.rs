//! The database's tables, from everything that describes them: SQL files, migrations in code, statements that a program
//! runs at start-up, and what its code declares: entity classes, tables, models, schemas of documents.
//!
//! Where migrations make a table they are right about it, and a model only says how code calls its columns.

mod alembic;
mod builders;
mod catalogues;
mod collections;
mod copies;
mod declarative;
mod django;
mod documents;
mod drizzle;
mod history;
mod join;
mod knex;
mod members;
mod migrations;
mod mongoose;
mod node;
pub(crate) mod outputs;
mod parts;
mod peewee;
mod query_interface;
mod raw;
pub(crate) mod relations;
mod sea_orm;
mod sequelize;
mod sequelize_classes;
pub(crate) mod serialisers;
mod sqlalchemy;
mod typeorm;

use ir::{DefaultOrder, Entity, Schema, Symbol, Table};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::ids::{ClassRef, FileId};
use crate::models::{Declares, Tables};
use crate::program::Program;
use crate::roles::Role;
use members::{class_name, classes, members, tables_of};
use node::{Call, Node};

/// What is known of the database.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// As the database has it, by name.
    pub(crate) schema: Schema,
    /// By the names of tables and, in lower case, of entities; with the names that code gives to columns beside their own.
    pub(crate) tables: FxHashMap<Symbol, Table>,
    /// How queries that say nothing of an order are ordered, by the names of entities in lower case.
    pub(crate) orders: FxHashMap<Symbol, DefaultOrder>,
    /// By the entity in lower case and the name of its field.
    pub(crate) related: FxHashMap<(Symbol, Symbol), Related>,
    /// Of the tables by these names the indexes may be others.
    pub(crate) incomplete: FxHashSet<Symbol>,
    /// The entity, in lower case, whose queries a class makes: a manager, a query set; none where it serves several.
    pub(crate) managed: FxHashMap<ClassRef, Option<Symbol>>,
    /// Tables that list what other rows choose from, by the names that the database has.
    pub(crate) catalogues: FxHashSet<Symbol>,
}

/// The rows that a field of an entity stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Related {
    /// The other entity, in lower case.
    pub(crate) target: Symbol,
    pub(crate) is_list: bool,
    /// The column of the other entity that holds this one's key; none where this one holds the other's.
    pub(crate) column: Option<Symbol>,
}

pub(crate) fn collect(program: &Program<'_>) -> Known {
    let histories = history::collect(program);
    let mut entities: Vec<Entity> = Vec::new();
    let stale = copies::find(program);
    for (number, file) in program.files.iter().enumerate().filter(|(number, _)| !stale.contains(number)) {
        entities.extend(file.entities.iter().cloned().map(|entity| join::placed(entity, number as u32)));
    }
    let readers: [fn(&Program<'_>) -> Vec<Entity>; 11] = [
        declarative::collect,
        django::collect,
        peewee::collect,
        drizzle::collect,
        typeorm::collect,
        sequelize::collect,
        sequelize_classes::collect,
        mongoose::collect,
        collections::collect,
        documents::collect,
        sea_orm::collect,
    ];
    entities.extend(readers.par_iter().flat_map(|read| read(program)).collect::<Vec<_>>());
    let known = join::join(histories, entities);
    Known { catalogues: catalogues::find(&known.schema), managed: managed(program), ..known }
}

/// What classes of Django's models have as their managers, with all that these extend.
fn managed(program: &Program<'_>) -> FxHashMap<ClassRef, Option<Symbol>> {
    let mut managed: FxHashMap<ClassRef, Option<Symbol>> = FxHashMap::default();
    let world = program.world();
    for class in classes(program).filter(|class| tables_of(program, *class) == Some(Tables::Django)) {
        let entity = node::lower(&class_name(program, class));
        for member in members(program, &world.classes.lineage(class)) {
            let Some(call) = member.value.and_then(Node::call) else { continue };
            let maker = if call.name() == "as_manager" { call.receiver() } else { Some(call.callee) };
            let Some(manager) = maker.and_then(Node::class) else { continue };
            for class in world.classes.lineage(manager) {
                let known = managed.entry(class).or_insert(Some(entity));
                *known = known.filter(|known| *known == entity);
            }
        }
    }
    managed
}

/// The calls that declare something, outside of tests.
fn calls_of<'a>(program: &'a Program<'a>, wanted: Declares) -> impl Iterator<Item = Call<'a>> {
    let calls = program
        .calls()
        .iter()
        .filter(move |call| call.model.declares == Some(wanted) && program.role(call.at.file) != Role::Test);
    calls.filter_map(|call| Node::new(program, call.at).call())
}

impl Program<'_> {
    /// The files that may describe the database: not those of tests.
    pub(crate) fn schema_files(&self) -> impl Iterator<Item = FileId> + '_ {
        let files = (0..self.files.len()).map(|number| FileId(number as u32));
        files.filter(|file| self.role(*file) != Role::Test)
    }
}
