//! From blocks to answers: what is bounded by constants, what by joins with what is bounded, what stops early; the rest is
//! read whole.

mod answer;
mod filters;
mod joins;
mod limits;

use ir::Symbol;

use self::answer::Draft;
use super::block::{Atom, Block, Fold, GroupKind, Op, Relation, Source, Test};
use super::cardinality::{Cardinality, is_rare_flag};
use super::equal::implied;
use super::paths::{Bound, Class, Path};
use super::{Access, Dialect, Known, Planner, Reads, Reason};

/// The answers for the tables of all blocks, in order.
pub(super) fn decide(planner: &Planner<'_>, blocks: &[Block]) -> Vec<Access> {
    let mut done: Vec<Progress> = blocks.iter().map(|_| Progress::Untouched).collect();
    for number in 0..blocks.len() {
        block(planner, blocks, number, &mut done);
    }
    done.into_iter()
        .flat_map(|progress| if let Progress::Done(_, accesses) = progress { accesses } else { Vec::new() })
        .collect()
}

enum Progress {
    Untouched,
    Open,
    Done(Flow, Vec<Access>),
}

/// Of a block: whether few rows are joined in it, and whether few come out.
#[derive(Clone, Copy)]
struct Flow {
    is_few_inside: bool,
    is_few: bool,
}

/// How many rows pass through a block; none while that is being worked out.
fn block(planner: &Planner<'_>, blocks: &[Block], number: usize, done: &mut Vec<Progress>) -> Option<Flow> {
    match &done[number] {
        Progress::Untouched => {}
        Progress::Open => return None,
        Progress::Done(flow, _) => return Some(*flow),
    }
    done[number] = Progress::Open;
    let own = &blocks[number];
    let mut few = Vec::new();
    for relation in &own.relations {
        few.push(match &relation.source {
            Source::Blocks(inner) => {
                let mut are_few = true;
                for inner in inner {
                    are_few &= block(planner, blocks, *inner, done).is_some_and(|flow| flow.is_few);
                }
                are_few
            }
            Source::Few => true,
            Source::Table(_) | Source::Unknown => false,
            Source::Target(_) => true,
        });
    }
    let is_alone = blocks.len() == 1 && own.relations.len() == 1;
    // Rows of the block around each make it run, also those that an aggregate makes one of.
    let around = own.around.filter(|around| own.is_correlated && *around != number);
    let is_repeated =
        around.and_then(|around| block(planner, blocks, around, done)).is_some_and(|flow| !flow.is_few_inside);
    let changed = own.around.and_then(|around| blocks[around].changes());
    let mut solver = Solver { changed, ..Solver::new(planner, own, &few, is_repeated) };
    let flow = solver.solve();
    let accesses = solver.answers(is_alone);
    done[number] = Progress::Done(flow, accesses);
    Some(flow)
}

struct Solver<'p, 'b> {
    planner: &'p Planner<'p>,
    block: &'b Block,
    relations: Vec<State<'p, 'b>>,
    /// Conditions that follow from others: `a.x = b.y AND a.x = $1`.
    implied: Vec<Atom>,
    /// The outer or anti-join whose condition each test is, after what WHERE makes of outer joins.
    groups: Vec<Option<usize>>,
    /// It runs for each of many rows.
    is_repeated: bool,
    /// The table that the statement around it changes.
    changed: Option<Symbol>,
}

struct State<'p, 'b> {
    relation: &'b Relation,
    known: Option<&'p Known<'p>>,
    /// It only depends on what it is joined to: the nullable side of an outer join, the inner one of an anti-join.
    group: Option<usize>,
    /// Few of its rows take part.
    is_bound: bool,
    /// Bound, but by a range: what is joined to it is read whole all the same.
    is_broad: bool,
    draft: Option<Draft<'p>>,
}

impl<'p, 'b> Solver<'p, 'b> {
    fn new(planner: &'p Planner<'p>, block: &'b Block, few: &[bool], is_repeated: bool) -> Self {
        let state = |(relation, is_few): (&'b Relation, &bool)| State {
            relation,
            known: match relation.source {
                Source::Table(name) => planner.tables.get(&name),
                _ => None,
            },
            group: relation.group.filter(|group| group.kind != GroupKind::Semi).map(|group| group.number),
            is_bound: *is_few,
            is_broad: false,
            draft: None,
        };
        let relations = block.relations.iter().zip(few).map(state).collect();
        let semi = |number: usize| {
            let mut groups = block.relations.iter().filter_map(|relation| relation.group);
            groups.any(|group| group.number == number && group.kind == GroupKind::Semi)
        };
        let groups = block.tests.iter().map(|conjunct| conjunct.group.filter(|number| !semi(*number))).collect();
        Self { planner, block, relations, implied: Vec::new(), groups, is_repeated, changed: None }
    }

    fn solve(&mut self) -> Flow {
        self.resolve_outer_joins();
        self.implied = implied(&self.block.tests, &self.groups, |number| self.relations[number].group);
        for number in 0..self.relations.len() {
            self.bind_by_constants(number);
        }
        self.spread();
        let is_pipelined = self.block.has_limit && matches!(self.block.fold, Fold::None);
        if is_pipelined {
            self.stop_early();
            self.spread();
        }
        self.read_extremes();
        self.scan_selective();
        self.spread();
        while self.hash_join() {
            self.spread();
        }
        if self.planner.dialect != Dialect::Postgres {
            self.drive_loops();
        }
        self.scan_rest();
        let is_few = |state: &State<'_, '_>| state.is_bound && !state.is_broad;
        let is_few_inside = self.block.has_limit || self.relations.iter().all(is_few);
        Flow { is_few_inside, is_few: is_few_inside || self.block.fold == Fold::Aggregate }
    }

    /// WHERE that is false for null makes an outer join an inner one.
    fn resolve_outer_joins(&mut self) {
        loop {
            let is_nullable = |group: usize| {
                let mut groups = self.block.relations.iter().filter_map(|relation| relation.group);
                groups.any(|other| other.number == group && other.kind == GroupKind::Nullable)
            };
            let strict = self.block.tests.iter().zip(&self.groups).find_map(|(conjunct, group)| {
                let touched: &[usize] = match &conjunct.test {
                    Test::Atom(atom) if atom.op.is_strict() && !atom.is_optional => &[atom.relation],
                    Test::Join((left, _), (right, _)) => &[*left, *right],
                    Test::Computed((relation, _), _) => std::slice::from_ref(relation),
                    _ => &[],
                };
                let own = touched.iter().filter_map(|relation| self.relations[*relation].group);
                own.into_iter().find(|own| group.is_none() && is_nullable(*own))
            });
            let Some(strict) = strict else { return };
            for state in self.relations.iter_mut().filter(|state| state.group == Some(strict)) {
                state.group = None;
            }
            self.groups.iter_mut().filter(|group| **group == Some(strict)).for_each(|group| *group = None);
        }
    }

    fn bind_by_constants(&mut self, number: usize) {
        let state = &self.relations[number];
        let Some(known) = state.known else { return };
        let bound = self.bound(number, Vec::new());
        // A dependent relation is read for each row that it depends on, unless it is narrow by itself.
        if state.group.is_some() {
            if let Some(path) = self.best_path(number, known, &bound).filter(|path| path.class >= Class::High) {
                self.bind(number, path);
            }
            return;
        }
        let is_postgres = self.planner.dialect == Dialect::Postgres;
        match self.best_path(number, known, &bound) {
            Some(path) if path.class >= Class::Range => {
                self.bind(number, path);
                // Too many rows to look each up in what is joined to it.
                let state = &mut self.relations[number];
                state.is_broad = path.class == Class::Range && is_postgres && !self.block.has_limit;
            }
            Some(path) if path.class == Class::Wide => {
                // A limit ends the reading only if most rows that the index leads to will do.
                let is_filtered = self.is_selective(number, Some(path.index));
                self.bind(number, path);
                let is_grown = is_postgres && (!self.block.has_limit || is_filtered) && !self.is_changed_here(number);
                let state = &mut self.relations[number];
                state.is_broad = is_grown;
                if let Some(draft) = state.draft.as_mut().filter(|_| is_grown) {
                    (draft.reads, draft.reason) = (Reads::WholeIndex, Reason::Unselective);
                }
            }
            Some(path) if path.class == Class::Low && self.is_ignored(known, &bound, path) => {}
            Some(path) if path.class == Class::Low => {
                let reads = match self.covering(number, known) {
                    Some(_) => Reads::IndexOnly,
                    None => self.share(),
                };
                let draft = Draft::new(reads, Some(path.index), Reason::Unselective);
                self.relations[number].draft = Some(draft);
            }
            Some(path) if self.planner.dialect == Dialect::Sqlite => self.bind(number, path),
            _ if known.is_small && bound.atoms.iter().any(|atom| atom.op.is_equality()) => {
                self.relations[number].is_bound = true;
            }
            _ => {}
        }
    }

    /// MySQL reads the table instead where a flag or several values are asked for.
    fn is_ignored(&self, known: &Known<'_>, bound: &Bound<'_>, path: Path<'_>) -> bool {
        self.planner.dialect == Dialect::MySql
            && !self.block.has_limit
            && bound.atoms.iter().any(|atom| {
                path.index.parts.iter().any(|part| part.key == atom.key.name)
                    && (atom.op == Op::In
                        || self.planner.cardinality(known, atom.key) == Cardinality::Flag
                            && !(atom.op == Op::IsTrue && is_rare_flag(&atom.key.name)))
            })
    }

    /// A change reads the part that it changes, however large that is.
    fn is_changed_here(&self, number: usize) -> bool {
        self.block.is_write && number == 0
    }

    /// An index leads to a share of the table: of PostgreSQL we say that the work grows; the others' plans call it a search.
    fn share(&self) -> Reads {
        if self.planner.dialect == Dialect::Postgres { Reads::WholeIndex } else { Reads::Range }
    }

    fn bind(&mut self, number: usize, path: Path<'p>) {
        let reads = if path.class == Class::One { Reads::Unique } else { Reads::Range };
        let state = &mut self.relations[number];
        (state.is_bound, state.is_broad) = (true, false);
        state.draft = Some(Draft::new(reads, Some(path.index), Reason::Indexed));
    }

    /// Read whole, but few rows are left: what is joined to it may still be looked up. One at a time, and first what
    /// nothing else leads to.
    fn scan_selective(&mut self) {
        loop {
            let candidates = (0..self.relations.len()).filter(|number| {
                let state = &self.relations[*number];
                !state.is_bound && state.group.is_none() && state.known.is_some() && self.is_selective(*number, None)
            });
            let is_by_branches = |number: usize| self.selective(number, None).is_none();
            let Some(number) = candidates
                .min_by_key(|number| (is_by_branches(*number), self.is_looked_up(*number), self.refers(*number)))
            else {
                return;
            };
            let draft = self.whole(number);
            let state = &mut self.relations[number];
            state.draft = Some(draft);
            state.is_bound = true;
            self.spread();
        }
    }

    /// The condition that leaves few rows compares a foreign key: each parent may have many.
    fn refers(&self, number: usize) -> bool {
        let known = self.relations[number].known;
        let key = self.selective(number, None).map(|atom| atom.key.name);
        known.is_some_and(|known| {
            known.table.columns.iter().any(|column| Some(column.name) == key && column.references.is_some())
        })
    }

    /// Joined to few rows by a column without an index: read whole, but few rows are left.
    fn hash_join(&mut self) -> bool {
        for number in 0..self.relations.len() {
            let Some(known) = self.relations[number].known.filter(|_| !self.relations[number].is_bound) else {
                continue;
            };
            let keys = self.joined_keys(number);
            if keys.iter().any(|key| self.planner.cardinality(known, *key) >= Cardinality::High) {
                let mut draft = self.whole(number);
                draft.reason = Reason::Joined;
                draft.join_key = keys.first().copied();
                let state = &mut self.relations[number];
                state.draft = Some(draft);
                state.is_bound = true;
                return true;
            }
        }
        false
    }

    /// Without hash joins, one relation is read whole and the others are looked up for each of its rows.
    fn drive_loops(&mut self) {
        while let Some(driver) = (0..self.relations.len())
            .filter(|number| !self.relations[*number].is_bound && self.relations[*number].group.is_none())
            .min_by_key(|number| self.lookup_rank(*number))
        {
            let draft = self.relations[driver].draft.take().unwrap_or_else(|| self.whole(driver));
            let state = &mut self.relations[driver];
            state.draft = Some(draft);
            state.is_bound = true;
            self.spread();
        }
    }

    /// How readily others can be joined to it: SQLite starts with the first that none can, MySQL with the one that is
    /// not found by a unique key.
    fn lookup_rank(&self, number: usize) -> u8 {
        let is_anchored = self.relations[number].known.is_some_and(|known| {
            self.block
                .tests
                .iter()
                .filter_map(|conjunct| conjunct.test.leads_to(number))
                .any(|(key, _)| known.indexes.iter().any(|index| index.leads_with(&key.name)))
        });
        match self.planner.dialect {
            Dialect::MySql => u8::from(self.is_looked_up(number)) * 2 + u8::from(is_anchored),
            _ => u8::from(is_anchored),
        }
    }

    fn scan_rest(&mut self) {
        for number in 0..self.relations.len() {
            let state = &mut self.relations[number];
            if let Source::Target(_) = state.relation.source {
                state.draft = Some(Draft::new(Reads::Unique, None, Reason::Inserted));
            } else if state.known.is_some() && state.draft.is_none() {
                let draft = self.whole(number);
                self.relations[number].draft = Some(draft);
            }
        }
    }

    fn table_name(&self, number: usize) -> Option<Symbol> {
        match self.relations[number].relation.source {
            Source::Table(name) | Source::Target(name) => Some(name),
            _ => None,
        }
    }
}
