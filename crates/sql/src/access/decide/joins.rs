//! Joins that an index serves carry boundedness from one relation to the next.

use super::super::Known;
use super::super::block::{Key, Source, Test};
use super::super::paths::{Class, Path};
use super::Solver;

impl<'p> Solver<'p, '_> {
    pub(super) fn spread(&mut self) {
        loop {
            let mut has_changed = false;
            for number in 0..self.relations.len() {
                let state = &self.relations[number];
                let Some(known) = state.known.filter(|_| !state.is_bound || state.is_broad) else {
                    has_changed |= self.spread_to_block(number);
                    continue;
                };
                // What a range leaves is looked up all the same, if few rows elsewhere lead to it.
                let least = if state.is_bound { Class::High } else { Class::Range };
                if let Some(path) = self.joined_path(number, known).filter(|path| path.class >= least) {
                    self.bind(number, path);
                    has_changed = true;
                }
            }
            if !has_changed {
                return;
            }
        }
    }

    /// The best path that joins with bound relations open, each branch of an OR by its own index.
    fn joined_path(&self, number: usize, known: &'p Known<'p>) -> Option<Path<'p>> {
        let own = self.relations[number].group;
        let joined = self.joined_keys(number);
        let mut tests = self.block.tests.iter().zip(&self.groups).filter(|(_, group)| **group == own);
        let is_led = !joined.is_empty()
            || tests.any(|(conjunct, _)| match &conjunct.test {
                Test::Any(branches) => branches.iter().flatten().any(|test| self.reached(test, own, number).is_some()),
                _ => false,
            });
        if is_led { self.best_path(number, known, &self.bound(number, joined)) } else { None }
    }

    /// The rows of a subquery that is joined to few rows.
    fn spread_to_block(&mut self, number: usize) -> bool {
        let state = &self.relations[number];
        let is_block = matches!(state.relation.source, Source::Blocks(_) | Source::Unknown) || state.known.is_none();
        if state.is_bound || !is_block || self.joined_keys(number).is_empty() {
            return false;
        }
        self.relations[number].is_bound = true;
        true
    }

    /// The keys of a relation that joins compare with columns of bounded ones.
    pub(super) fn joined_keys(&self, number: usize) -> Vec<Key> {
        let tests = self.block.tests.iter().zip(&self.groups);
        tests.filter_map(|(conjunct, group)| self.reached(&conjunct.test, *group, number)).collect()
    }

    /// The key of a relation that this test, of a group, compares with columns of bounded ones.
    pub(super) fn reached(&self, test: &Test, group: Option<usize>, number: usize) -> Option<Key> {
        let (key, others) = test.leads_to(number)?;
        let is_source = |other: &usize| {
            let state = &self.relations[*other];
            let is_unread = group.is_some() && state.group == group && state.known.is_some() && state.draft.is_none();
            state.is_bound && !state.is_broad && !is_unread
        };
        (self.relations[number].group == group && others.iter().all(is_source)).then_some(key)
    }
}
