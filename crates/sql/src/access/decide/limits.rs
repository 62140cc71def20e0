//! What ends the reading before the table does: LIMIT, and the ends of an index.

use ir::Index;

use super::super::block::Sort;
use super::super::{Reads, Reason};
use super::Solver;
use super::answer::Draft;

impl<'p, 'b> Solver<'p, 'b> {
    /// LIMIT ends the reading of the relation that gives the order; without an order, of any.
    pub(super) fn stop_early(&mut self) {
        if self.relations.iter().all(|state| state.is_bound) {
            return;
        }
        let Some(sort) = self.block.order.first() else { return self.stop_at_first_rows() };
        let Some((number, key)) = sort.target else { return };
        let Some(known) = self.relations[number].known.filter(|_| !self.relations[number].is_bound) else { return };
        // The partners of few rows may stand anywhere in the order.
        if !self.joined_keys(number).is_empty() {
            return;
        }
        // Few rows of another one take part, and theirs may stand anywhere in the order.
        let is_narrowed = (0..self.relations.len()).any(|other| {
            let state = &self.relations[other];
            other != number && !state.is_bound && state.group.is_none() && self.is_selective(other, None)
        });
        if is_narrowed {
            return;
        }
        let bound = self.bound(number, Vec::new());
        match self.planner.ordered_by(known, sort, key, &bound) {
            Some(index) if !self.is_selective(number, Some(index)) => {
                // All rows before the wanted ones are read and thrown away.
                let skipped = self.hidden(number).find(|atom| atom.key == key && atom.op.is_range());
                let skipped = skipped.map(|atom| atom.span);
                if skipped.is_some() {
                    let draft = Draft::new(Reads::WholeIndex, Some(index), Reason::Wrapped);
                    let state = &mut self.relations[number];
                    state.is_bound = true;
                    state.draft = Some(Draft { span: skipped, ..draft });
                    return;
                }
                let state = &mut self.relations[number];
                state.is_bound = true;
                state.draft = Some(Draft::new(Reads::EarlyStop, Some(index), Reason::Ordered));
            }
            // Read whole for its condition: few rows are left to sort.
            _ if self.is_selective(number, None) => {}
            Some(_) => {}
            None => {
                let is_nulls = known.indexes.iter().any(|index| index.leads_with(&key.name)) && !key.is_expression;
                let reason = if is_nulls { Reason::NullsOrder } else { Reason::Sorted };
                let state = &mut self.relations[number];
                let index = state.draft.as_ref().and_then(|draft| draft.index);
                let reads = if index.is_some() { Reads::WholeIndex } else { Reads::WholeTable };
                state.draft = Some(Draft { span: Some(sort.span), ..Draft::new(reads, index, reason) });
            }
        }
    }

    fn stop_at_first_rows(&mut self) {
        let candidates: Vec<usize> = (0..self.relations.len())
            .filter(|number| {
                let state = &self.relations[*number];
                !state.is_bound && state.group.is_none() && state.known.is_some()
            })
            .collect();
        // Few rows of one take part: any rows of another will not do.
        if candidates.iter().any(|number| self.is_selective(*number, None)) {
            return;
        }
        // One that nothing else is looked up by comes last in a nested loop.
        let Some(driver) = candidates.into_iter().min_by_key(|number| self.is_looked_up(*number)) else { return };
        // What it looks for is changed or deleted at once: few rows are left that match.
        let is_changed = self.table_name(driver).is_some() && self.table_name(driver) == self.changed;
        if is_changed && self.relations[driver].draft.is_none() && !self.atoms(driver).is_empty() {
            return;
        }
        let state = &mut self.relations[driver];
        let index = state.draft.as_ref().and_then(|draft| draft.index);
        state.is_bound = true;
        state.draft = Some(Draft::new(Reads::EarlyStop, index, Reason::FirstRows));
    }

    /// An index leads from another relation to this one.
    pub(super) fn is_looked_up(&self, number: usize) -> bool {
        let Some(known) = self.relations[number].known else { return false };
        self.block
            .tests
            .iter()
            .filter_map(|conjunct| conjunct.test.leads_to(number))
            .any(|(key, _)| known.indexes.iter().any(|index| index.leads_with(&key.name) && index.is_unique()))
    }

    /// MIN and MAX at an end of an index.
    pub(super) fn read_extremes(&mut self) {
        if self.block.extremes.is_empty() || self.relations.len() != 1 || self.relations[0].is_bound {
            return;
        }
        let Some(known) = self.relations[0].known else { return };
        let bound = self.bound(0, Vec::new());
        let mut index: Option<&Index> = None;
        for (_, key) in &self.block.extremes {
            let sort =
                Sort { target: Some((0, *key)), is_descending: false, nulls_first: None, span: ir::Span::new(0, 0) };
            let flipped = Sort { is_descending: true, ..sort.clone() };
            let found = self.planner.ordered_by(known, &sort, *key, &bound);
            match found.or_else(|| self.planner.ordered_by(known, &flipped, *key, &bound)) {
                Some(found) => index = Some(found),
                None => return,
            }
        }
        let is_filtered = !self.block.tests.is_empty();
        if is_filtered && self.is_selective(0, index) {
            return;
        }
        self.relations[0].is_bound = true;
        self.relations[0].draft = Some(Draft::new(Reads::EarlyStop, index, Reason::Ordered));
    }
}
