//! What is added to names and to what they hold, by branches: where each branch of a choice adds to a name, something is
//! added for sure, and the last branch stands for all.

use ir::{BindingId, ExprId};
use rustc_hash::FxHashMap;

use super::super::{Addition, Adds};
use super::Pass;

#[derive(Default)]
pub(super) struct Additions {
    /// Each addition in the order of the pass: to which name, and the depth of branches.
    log: Vec<(BindingId, Added, u32)>,
    /// The depth at which a name was first given a value: what is added at the same depth is added always.
    defined: FxHashMap<BindingId, u32>,
}

#[derive(Clone, Copy)]
enum Added {
    /// The name is made longer: the number of the addition among the name's.
    Longer(usize),
    /// A member or an element of what the name holds is given this value.
    Place(ExprId),
}

/// Where the branches of a choice begin in the log.
pub(super) struct Branches(Vec<usize>);

impl Additions {
    pub(super) fn begin(&self) -> Branches {
        Branches(vec![self.log.len()])
    }

    pub(super) fn next(&self, mut branches: Branches) -> Branches {
        branches.0.push(self.log.len());
        branches
    }

    pub(super) fn defined(&mut self, binding: BindingId, depth: u32) {
        self.defined.entry(binding).or_insert(depth);
    }

    fn is_conditional(&self, binding: BindingId, depth: u32) -> bool {
        depth > self.defined.get(&binding).copied().unwrap_or_default()
    }
}

impl Pass<'_> {
    /// A name is made longer.
    pub(super) fn add(&mut self, binding: BindingId, value: ExprId, adds: Adds) {
        let addition = Addition {
            value,
            function: self.function,
            tests: self.tests.clone(),
            is_conditional: self.added.is_conditional(binding, self.branches),
            adds,
        };
        let additions = self.index.additions.entry(binding).or_default();
        self.added.log.push((binding, Added::Longer(additions.len()), self.branches));
        additions.push(addition);
    }

    /// A member or an element of what a name holds is given a value.
    pub(super) fn place(&mut self, binding: BindingId, value: ExprId) {
        if self.added.is_conditional(binding, self.branches) {
            self.index.placed_sometimes.insert(value);
        }
        self.added.log.push((binding, Added::Place(value), self.branches));
    }

    /// After a choice: what its last branch adds to a name that the other branches add to as well is added always.
    pub(super) fn added_in_each(&mut self, branches: Branches) {
        let Some((last, others)) = branches.0.split_last() else { return };
        let within = self.branches + 1;
        let adds = |from: usize, to: usize, name: BindingId| {
            self.added.log[from..to].iter().any(|(binding, _, depth)| *binding == name && *depth == within)
        };
        let is_in_each = |name: BindingId| {
            let ends = others.iter().skip(1).chain([last]);
            !others.is_empty() && others.iter().zip(ends).all(|(from, to)| adds(*from, *to, name))
        };
        let in_each: Vec<usize> = (*last..self.added.log.len())
            .filter(|number| {
                let (binding, _, depth) = self.added.log[*number];
                depth == within && is_in_each(binding)
            })
            .collect();
        for number in in_each {
            let (binding, added, _) = self.added.log[number];
            self.added.log[number].2 = self.branches;
            let is_conditional = self.added.is_conditional(binding, self.branches);
            match added {
                Added::Place(value) if !is_conditional => _ = self.index.placed_sometimes.remove(&value),
                Added::Place(_) => {}
                Added::Longer(at) => {
                    if let Some(addition) = self.index.additions.get_mut(&binding).and_then(|all| all.get_mut(at)) {
                        addition.is_conditional = is_conditional;
                        if !is_conditional {
                            addition.tests.clear();
                        }
                    }
                }
            }
        }
    }
}
