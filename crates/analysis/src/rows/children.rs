//! Relations that load the rows which refer to an object, by their foreign key: `customer.orders`, also those of a table of pairs
//! (`post.tags`), and queries that fetch it with their rows. The statements that an ORM sends for them stand nowhere in the code.

use ir::{IndexMethod, Symbol};
use rustc_hash::FxHashSet;
use sql::access::{Dialect, Key, Suggestion};

use super::follow::Tracker;
use super::lazy::Loaded;
use crate::ids::{ClassRef, ExprRef, FnRef};
use crate::program::Program;
use crate::queries::eager::Eager;
use crate::schema::relations::{Relation, Relations};

/// Rows that are looked up by a foreign key without an index.
#[derive(Clone, Debug)]
pub struct ChildLoad {
    /// The entity that has the relation, and its name.
    pub owner: Symbol,
    pub relation: Symbol,
    /// The index that is missing.
    pub suggestion: Suggestion,
    /// Of a table of pairs: the two entities whose rows it pairs.
    pub pairs: Option<[Symbol; 2]>,
    pub function: FnRef,
    /// What loads it: the read of the relation, or the query that fetches it.
    pub at: ExprRef,
}

pub(super) fn solve(tracker: &Tracker<'_>, relations: &Relations, loaded: &[Loaded]) -> Vec<ChildLoad> {
    let program = tracker.program;
    // MySQL indexes foreign keys by itself.
    if relations.is_empty() || program.dialect() == Dialect::MySql {
        return Vec::new();
    }
    let search = Search { tracker, program, relations };
    let reads = loaded.iter().filter_map(|read| search.load(&read.relation, search.function_at(read.at), read.at));
    let mut found: Vec<ChildLoad> = reads.collect();
    for query in program.queries().iter().filter(|query| query.sql.is_none()) {
        let eager = Eager::of(program, query.at);
        let with_rows = query.entity.into_iter().flat_map(|entity| search.fetched(entity, &eager));
        let loads = with_rows.filter_map(|relation| search.load(relation, query.function, query.at));
        found.extend(loads.collect::<Vec<_>>());
    }
    found.sort_by_key(|load| load.at);
    found.dedup_by_key(|load| (load.at, load.suggestion.table, load.relation));
    found
}

struct Search<'a> {
    tracker: &'a Tracker<'a>,
    program: &'a Program<'a>,
    relations: &'a Relations,
}

impl<'a> Search<'a> {
    fn function_at(&self, at: ExprRef) -> FnRef {
        FnRef { file: at.file, id: self.tracker.layout(at.file).place(at.id).0 }
    }

    /// The relations that a query of an entity fetches with its rows, and those of what they lead to.
    fn fetched(&self, entity: Symbol, eager: &Eager) -> Vec<&'a Relation> {
        let mut found: Vec<&Relation> = Vec::new();
        let mut open = vec![entity];
        let mut seen = FxHashSet::default();
        while let Some(entity) = open.pop().filter(|entity| seen.insert(*entity)) {
            for relation in eager.named().iter().filter_map(|name| self.relations.get(entity, *name)) {
                found.push(relation);
                open.extend(relation.target);
            }
        }
        found
    }

    fn load(&self, relation: &Relation, function: FnRef, at: ExprRef) -> Option<ChildLoad> {
        let program = self.program;
        let target = if relation.is_of_pairs { relation.pairs } else { relation.target };
        let target = target.filter(|_| relation.is_many)?;
        let (owner, table) = (program.table(relation.owner)?, program.table(target)?);
        let mut keys = table.foreign_keys.iter().filter(|key| key.table == owner.name || key.table == relation.owner);
        let (Some(key), None) = (keys.next(), keys.next()) else { return None };
        // Where each refers to the other, it is not known by which key the relation goes.
        let refers_back = |key: &ir::ForeignKey| key.table == table.name || key.table == target;
        if owner.name != table.name && owner.foreign_keys.iter().any(refers_back) {
            return None;
        }
        let [column] = key.columns.as_slice() else { return None };
        let leads = |index: &&ir::Index| {
            index.parts.first().is_some_and(|part| part.key == *column)
                && matches!(index.method, IndexMethod::Ordered | IndexMethod::Hash)
        };
        let is_known =
            program.knows_indexes(target) && !key.is_indexed && !table.indexes.iter().any(|index| leads(&index));
        is_known.then(|| ChildLoad {
            owner: self.relations.class(relation.owner).map_or(relation.owner, |class| class_name(program, class)),
            relation: relation.name,
            suggestion: Suggestion { table: target, keys: vec![Key::column(*column)], is_trigram: false },
            pairs: relation.target.filter(|_| relation.is_of_pairs).map(|other| [relation.owner, other]),
            function,
            at,
        })
    }
}

fn class_name(program: &Program<'_>, class: ClassRef) -> Symbol {
    program.file(class.file).class(class.id).name
}
