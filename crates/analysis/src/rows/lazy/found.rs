//! What is noted of a relation that is read, and where a read costs no query.

use ir::{ExprKind, PredicateOp};

use super::answers::Place;
use super::{Held, LazyRead, Walk, words};
use crate::ids::{ExprRef, FnRef};
use crate::schema::relations::{EagerLoading, Loading, Relation};

impl Walk<'_> {
    pub(super) fn found(&mut self, member: ExprRef, relation: &Relation, held: Held, is_shared: bool) {
        let (reader, _) = self.tracker.layout(member.file).place(member.id);
        let place = (member.file, self.program().expr_span(member));
        let reader = FnRef { file: member.file, id: reader };
        self.found_at(Place { at: place, shown: None, by: reader }, reader, relation, held, is_shared);
    }

    /// Notes a relation that something reads at a place, if that is a query for each of several objects.
    pub(super) fn found_at(&mut self, place: Place, reader: FnRef, relation: &Relation, held: Held, is_shared: bool) {
        let program = self.program();
        let (Some(visited), Some(class)) = (held.visited, self.relations.class(relation.owner)) else { return };
        if self.is_in_session(relation, visited.function) {
            return;
        }
        self.found.push(LazyRead {
            query: self.number,
            owner: program.file(class.file).class(class.id).name,
            relation: relation.name,
            is_many: relation.is_many,
            by: (relation.by != EagerLoading::Options || relation.loading == Loading::Read).then_some(relation.by),
            is_shared,
            is_shown: reader.id == ir::FnId::MODULE,
            template: place.shown,
            file: place.at.0,
            span: place.at.1,
            reader,
            function: visited.function,
            visited: visited.place,
        });
    }

    /// The session finds by their keys what the same function has fetched: all of the other entity.
    fn is_in_session(&self, relation: &Relation, function: FnRef) -> bool {
        relation.by == EagerLoading::Options
            && !relation.keys.is_empty()
            && relation.target.is_some_and(|target| self.fetched.contains(&(function, target)))
    }

    /// All rows have the same one: the query asks for those of one object.
    pub(super) fn is_of_one(&self, relation: &Relation) -> bool {
        !relation.keys.is_empty()
            && self.query.conditions.iter().any(|condition| {
                condition.op == PredicateOp::Equal
                    && (condition.column == relation.name || relation.keys.contains(&condition.column))
            })
    }

    /// Whether what a relation gives is run here: iterated, or asked for rows, a count, an answer.
    pub(super) fn runs(&self, member: ExprRef) -> bool {
        let program = self.program();
        let index = program.listing(member.file);
        if index.iterated.contains(&member.id) {
            return true;
        }
        let Some(parent) = index.parent(member.id).map(|id| ExprRef { file: member.file, id }) else { return false };
        let ExprKind::Member { name, .. } = program.kind(parent) else { return false };
        self.call_of(parent).is_some() && !words::changes_relation(name.as_str())
    }

    pub(super) fn is_awaited(&self, member: ExprRef) -> bool {
        let parent = self.program().listing(member.file).parent(member.id);
        parent.is_some_and(|id| matches!(self.program().kind(ExprRef { id, ..member }), ExprKind::Await(_)))
    }
}
