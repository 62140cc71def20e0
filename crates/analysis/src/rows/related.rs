//! Rows of a relation that are loaded whole to make less of them: `len(user.reviews)`, `sum(order.total for order in user.orders)`.

use std::collections::BTreeMap;

use ir::{ExprKind, Symbol};
use rustc_hash::FxHashSet;

use super::Processing;
use super::follow::{Rows, Tracker, Uses};
use super::lazy::{LazyRead, Loaded};
use crate::ids::{ExprRef, FileId, FnRef};
use crate::schema::relations::{EagerLoading, Loading, Relation, Relations};

/// Rows of one object that are loaded by its relation, and of which only a result is used.
#[derive(Clone, Debug)]
pub struct ProcessedRelation {
    /// The class of the entity that has the relation, and its name.
    pub owner: Symbol,
    pub relation: Symbol,
    /// The entity whose rows are loaded.
    pub target: Symbol,
    /// They are loaded by a table of pairs.
    pub is_of_pairs: bool,
    pub function: FnRef,
    /// The read of the relation that begins to process them.
    pub at: ExprRef,
    /// What is done, and where; not empty.
    pub steps: Vec<(Processing, FileId, ir::Span)>,
}

/// The relations of single objects that are read only for a result. What is loaded for each of several objects is a matter of its own.
pub(super) fn solve(
    tracker: &Tracker<'_>,
    relations: &Relations,
    loaded: &[Loaded],
    each: &[LazyRead],
) -> Vec<ProcessedRelation> {
    let read_for_each: FxHashSet<_> = each.iter().map(|read| (read.file, read.span)).collect();
    let mut reads: BTreeMap<(FnRef, Symbol, Symbol), Vec<&Loaded>> = BTreeMap::new();
    let of_each: FxHashSet<ExprRef> = loaded.iter().filter(|read| read.is_each).map(|read| read.at).collect();
    let mut seen = FxHashSet::default();
    for read in loaded.iter().filter(|read| seen.insert(read.at)) {
        let function = FnRef { file: read.at.file, id: tracker.layout(read.at.file).place(read.at.id).0 };
        reads.entry((function, read.relation.owner, read.relation.name)).or_default().push(read);
    }
    let found = reads.into_iter().filter_map(|((function, ..), reads)| {
        let is_single = |read: &&Loaded| {
            let place = (read.at.file, tracker.program.expr_span(read.at));
            !of_each.contains(&read.at)
                && !read_for_each.contains(&place)
                && tracker.layout(read.at.file).place(read.at.id).1 == 0
        };
        reads.iter().all(is_single).then(|| of_function(tracker, function, &reads))?
    });
    let named = found.map(|found| {
        let class = relations.class(found.owner);
        let owner = class.map_or(found.owner, |class| tracker.program.file(class.file).class(class.id).name);
        ProcessedRelation { owner, ..found }
    });
    named.collect()
}

/// What a function makes of all its reads of one relation.
fn of_function(tracker: &Tracker<'_>, function: FnRef, reads: &[&Loaded]) -> Option<ProcessedRelation> {
    let first = reads.iter().min_by_key(|read| read.at)?;
    let relation = &first.relation;
    let mut uses = Uses::default();
    for read in reads {
        if let Some((at, rows)) = rows_of(tracker, &read.relation, read.at) {
            tracker.follow(at, rows, &mut uses, 0);
        }
    }
    uses.settle();
    uses.steps.append(&mut uses.narrowing);
    let is_result = !uses.is_needed && uses.returned.is_none() && !uses.steps.is_empty();
    Some(ProcessedRelation {
        owner: relation.owner,
        relation: relation.name,
        target: relation.target.filter(|_| is_result)?,
        is_of_pairs: relation.is_of_pairs,
        function,
        at: first.at,
        steps: uses.steps,
    })
}

/// The expression that gives a relation's rows. Where the relation is a query, a further step of it asks for something else.
fn rows_of(tracker: &Tracker<'_>, relation: &Relation, member: ExprRef) -> Option<(ExprRef, Rows)> {
    if relation.loading == Loading::Read {
        return Some((member, Rows::of_query(false, false)));
    }
    let index = tracker.program.listing(member.file);
    let at = |id| ExprRef { file: member.file, id };
    if index.iterated.contains(&member.id) {
        return Some((member, Rows::of_query(false, false)));
    }
    let step = at(index.parent(member.id)?);
    let call = at(index.parent(step.id)?);
    let is_all = matches!(tracker.program.kind(step), ExprKind::Member { name, .. } if *name == "all")
        && matches!(tracker.program.kind(call), ExprKind::Call { callee, args, .. } if *callee == step.id && args.is_empty());
    is_all.then(|| (call, Rows::of_query(false, relation.by != EagerLoading::Options)))
}
