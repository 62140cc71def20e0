//! What becomes of a query's rows: whether the program needs them, or fetches them only to count, sum, filter, search or
//! cut them in memory, which the database could do.
//!
//! Rows are followed from the call that fetches them through names, helpers and their callers, up to whatever takes them.
//! What is not known to need less than all rows needs them all, and nothing is said.

mod bodies;
mod children;
mod columns;
mod follow;
mod layout;
mod lazy;
mod objects;
mod related;
mod switches;
mod uses;
mod words;

pub use crate::schema::relations::EagerLoading;
pub use children::ChildLoad;
pub use lazy::{LazyRead, RowMethod};
pub use related::ProcessedRelation;
pub(crate) use switches::switched_off;

use columns::{Held, Reads};
use ir::{ExprKind, Span, Symbol};
use rayon::prelude::*;

use crate::ids::{ExprRef, FileId, FnRef};
use crate::models::Query;
use crate::program::Program;
use crate::queries::{Shape, fetches};
use crate::schema::relations::{self, Relations};
use follow::{Rows, Tracker, Uses};
use layout::Layout;

/// What is done to rows in memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Processing {
    /// Added up or grouped.
    Aggregated,
    Filtered,
    /// One is looked for.
    Searched,
    /// A page, whose place depends on the request.
    Paged,
    /// The best few are taken, in an order that is worked out here.
    Ranked,
    /// A fixed number of them is taken.
    Cut,
    /// The first or last is taken.
    First,
    Counted,
    /// Tested for being there.
    Tested,
}

/// Rows that are fetched and of which only a result is used.
#[derive(Clone, Debug)]
pub struct ProcessedRows {
    /// The query, by its number among [`Program::queries`].
    pub query: usize,
    /// The call through which the rows come to the code that processes them: the fetch, or a helper that returns the rows.
    pub at: ExprRef,
    pub function: FnRef,
    /// What is done, and where; not empty.
    pub steps: Vec<(Processing, FileId, Span)>,
}

/// What is known of the rows of all queries.
#[derive(Debug, Default)]
pub(crate) struct RowUses {
    pub(crate) processed: Vec<ProcessedRows>,
    /// Queries whose rows are all needed somewhere, or may be.
    pub(crate) needed: Vec<bool>,
    /// The columns that are read of each query's rows, if no row goes anywhere whole.
    pub(crate) columns: Vec<Option<Vec<Symbol>>>,
    pub(crate) lazy: Vec<LazyRead>,
    pub(crate) row_methods: Vec<RowMethod>,
    pub(crate) children: Vec<ChildLoad>,
    pub(crate) related: Vec<ProcessedRelation>,
}

/// How far up rows are followed through functions that return them.
const MAX_HOPS: usize = 3;

pub(crate) fn solve(program: &Program<'_>) -> RowUses {
    let layouts: Vec<Layout<'_>> = (0..program.files.len())
        .into_par_iter()
        .map(|number| Layout::of(&program.files[number], &program.indexes[number]))
        .collect();
    let tracker = Tracker { program, layouts: &layouts };
    let parts: Vec<(Vec<ProcessedRows>, bool)> =
        (0..program.queries().len()).into_par_iter().map(|query| of_query(&tracker, query)).collect();
    let relations = relations::collect(program);
    let columns =
        (0..program.queries().len()).into_par_iter().map(|query| columns_of(&tracker, &relations, query)).collect();
    let (lazy, row_methods, mut loaded) =
        if relations.is_empty() { <_>::default() } else { lazy::solve(&tracker, &relations) };
    if !relations.is_empty() {
        loaded.extend(objects::reads(program, &relations));
    }
    let children = children::solve(&tracker, &relations, &loaded);
    let related = related::solve(&tracker, &relations, &loaded, &lazy);
    let mut uses = RowUses { columns, lazy, row_methods, children, related, ..RowUses::default() };
    for (processed, is_needed) in parts {
        uses.processed.extend(processed);
        uses.needed.push(is_needed);
    }
    uses
}

/// The places where a query's rows are processed, and whether they are needed anywhere.
fn of_query(tracker: &Tracker<'_>, number: usize) -> (Vec<ProcessedRows>, bool) {
    let program = tracker.program;
    let query = &program.queries()[number];
    let mut processed = Vec::new();
    if query.shape != Shape::Rows {
        return (processed, true);
    }
    let mut is_needed = false;
    let mut arrivals: Vec<(ExprRef, Rows)> = fetches(program, query.at)
        .into_iter()
        .map(|at| (at, Rows::of_query(query.sql.is_some(), tracker.is_lazy(at))))
        .collect();
    for hop in 0..=MAX_HOPS {
        let mut next = Vec::new();
        for (at, rows) in std::mem::take(&mut arrivals) {
            let mut uses = Uses::default();
            tracker.follow(at, rows, &mut uses, 0);
            uses.settle();
            let mut steps = uses.narrowing;
            if uses.is_needed {
                is_needed = true;
            } else if let Some((function, rows)) = uses.returned {
                let callers = tracker.callers(function);
                is_needed |= hop == MAX_HOPS || callers.is_empty();
                next.extend(callers.into_iter().map(|call| (call, rows)));
            } else {
                is_needed |= uses.steps.is_empty();
                steps.extend(uses.steps);
                steps.sort();
            }
            if let Some(site) = program.listing(at.file).site(at.id).filter(|_| !steps.is_empty()) {
                let function = FnRef { file: at.file, id: site.function };
                processed.push(ProcessedRows { query: number, at, function, steps });
            }
        }
        arrivals = next;
    }
    (processed, is_needed)
}

fn columns_of(tracker: &Tracker<'_>, relations: &Relations, number: usize) -> Option<Vec<Symbol>> {
    let program = tracker.program;
    let query = &program.queries()[number];
    let held = match query.shape {
        Shape::Rows => Held::Rows,
        Shape::One => Held::Row,
        _ => return None,
    };
    if is_typed(program, query.at) {
        return None;
    }
    let class = query.entity.and_then(|entity| relations.class(entity));
    let mut reads = Reads::of(class);
    let fetches = fetches(program, query.at);
    reads.is_whole = fetches.is_empty();
    fetches.into_iter().for_each(|at| tracker.read(at, held, &mut reads, 0));
    (!reads.is_whole).then_some(reads.columns)
}

/// Whether a call of a query's chain makes the rows into values of a declared type.
fn is_typed(program: &Program<'_>, at: ExprRef) -> bool {
    is_typed_within(program, at, 8)
}

/// Names may be defined by each other: only so many are followed.
fn is_typed_within(program: &Program<'_>, mut at: ExprRef, names: u32) -> bool {
    while let ExprKind::Call { callee, .. } = *program.kind(at) {
        if program.model(at).is_some_and(|model| model.query.contains(&Query::Typed)) {
            return true;
        }
        match *program.kind(ExprRef { file: at.file, id: callee }) {
            ExprKind::Member { base, .. } => at.id = program.file(at.file).awaited(base),
            _ => return false,
        }
    }
    // A name that holds the statement under construction.
    names > 0 && program.definition(at).is_some_and(|definition| is_typed_within(program, definition, names - 1))
}
