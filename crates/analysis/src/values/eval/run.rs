//! An evaluation from its beginning to its end, or what of it has to be repeated.

use std::cell::OnceCell;

use ir::{BindingId, ExprId, File, FnId, Symbol};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Evaluator, OPEN, UNVISITED};
use crate::ids::{ExprRef, FileId};
use crate::index::ThisType;
use crate::values::asked::Question;
use crate::values::pool::{Keeper, Places};
use crate::values::trail::Trail;
use crate::values::{FileValues, World};

/// What an evaluation leaves behind for the next one of the same file, besides the values.
#[derive(Debug, Default)]
pub(in crate::values) struct Known {
    trail: Trail,
    steps: Steps,
    members: FxHashMap<(ExprRef, Symbol), (u32, u32)>,
    places: Places,
}

/// The steps that found out what is known; 0 where nothing is.
#[derive(Debug, Default)]
pub(super) struct Steps {
    pub(super) exprs: Vec<u32>,
    pub(super) bindings: Vec<u32>,
    pub(super) returns: Vec<u32>,
    pub(super) fields: FxHashMap<(ThisType, Symbol), u32>,
}

impl Steps {
    /// Leaves what the other steps found out, for a file of this size.
    fn without(mut self, stale: &[bool], file: &File) -> Self {
        self.exprs.resize(file.exprs.len(), 0);
        self.bindings.resize(file.bindings.len(), 0);
        self.returns.resize(file.functions.len(), 0);
        for step in self.exprs.iter_mut().chain(&mut self.bindings).chain(&mut self.returns) {
            if *step != 0 && stale[*step as usize] {
                *step = 0;
            }
        }
        self.fields.retain(|_, step| !stale[*step as usize]);
        self
    }
}

impl Known {
    /// By number of a step: whether it would find something else. None if no step would.
    pub(in crate::values) fn stale(&self, is_other: impl Fn(Question) -> bool) -> Option<Vec<bool>> {
        self.trail.stale(is_other)
    }
}

impl<'a> Evaluator<'a> {
    /// Finds out about a file what is not known of it, or not any more.
    pub(in crate::values) fn run(
        world: World<'a>,
        file_id: FileId,
        mut known: Known,
        stale: &[bool],
    ) -> (FileValues, Known) {
        let pool = world.values[file_id.0 as usize].pool.clone();
        let pool = Keeper::new(pool, std::mem::take(&mut known.places));
        let mut evaluator = Self::new(world, file_id, known, stale, pool);
        evaluator.all();
        if evaluator.trail.is_doubtful() {
            evaluator = Self::new(world, file_id, Known::default(), &[], evaluator.pool);
            evaluator.all();
        }
        let (pool, places) = evaluator.pool.into_parts();
        let values = FileValues {
            exprs: ended(evaluator.memo),
            pool,
            bindings: ended(evaluator.bindings),
            returns: ended(evaluator.returns),
            fields: evaluator.fields,
        };
        (values, Known { trail: evaluator.trail, steps: evaluator.steps, members: evaluator.members, places })
    }

    fn new(world: World<'a>, file_id: FileId, known: Known, stale: &[bool], pool: Keeper) -> Self {
        let file = &world.files[file_id.0 as usize];
        let index = &world.indexes[file_id.0 as usize];
        let before = &world.values[file_id.0 as usize];
        let steps = known.steps.without(stale, file);
        let numbers = |before: &[u32], steps: &[u32]| -> Vec<u32> {
            let number = |(at, step): (usize, &u32)| if *step == 0 { UNVISITED } else { before[at] };
            steps.iter().enumerate().map(number).collect()
        };
        let fields = before.fields.iter().filter(|(key, _)| steps.fields.contains_key(*key));
        let mut members = known.members;
        members.retain(|_, (_, step)| !stale[*step as usize]);
        Self {
            world,
            file_id,
            file,
            index,
            library: world.models.of(file.language),
            memo: numbers(&before.exprs, &steps.exprs),
            pool,
            bindings: numbers(&before.bindings, &steps.bindings),
            so_far: FxHashMap::default(),
            returns: numbers(&before.returns, &steps.returns),
            open_functions: FxHashSet::default(),
            fields: fields.map(|(key, number)| (*key, *number)).collect(),
            open_fields: FxHashSet::default(),
            members,
            owners: OnceCell::new(),
            trail: known.trail.without(stale),
            steps,
            depth: 0,
        }
    }

    /// Looks at everything, in an order that is the same each time.
    fn all(&mut self) {
        let mut place = 0;
        for number in 0..self.memo.len() {
            place += 1;
            if self.memo[number] == UNVISITED {
                self.trail.begin(place);
                self.visit(ExprId(number as u32));
            }
        }
        for number in 0..self.returns.len() {
            place += 1;
            if self.returns[number] == UNVISITED {
                self.trail.begin(place);
                self.returned(FnId(number as u32));
            }
        }
        let mut keys: Vec<_> = self.index.fields.keys().copied().collect();
        keys.sort_by_key(|(_, name)| *name);
        for (this, name) in keys {
            place += 1;
            if !self.fields.contains_key(&(this, name)) {
                self.trail.begin(place);
                self.own_field(this, name);
            }
        }
        for number in 0..self.bindings.len() {
            place += 1;
            if self.file.bindings[number].function == FnId::MODULE && self.bindings[number] == UNVISITED {
                self.trail.begin(place);
                self.binding_number(BindingId(number as u32));
            }
        }
    }
}

/// What was evaluated to its end.
fn ended(mut numbers: Vec<u32>) -> Vec<u32> {
    numbers.iter_mut().filter(|number| **number >= OPEN).for_each(|number| *number = 0);
    numbers
}
