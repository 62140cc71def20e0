//! The loops from which a function is reached.

use std::collections::VecDeque;

use rustc_hash::FxHashSet;

use super::Program;
use crate::calls::Edge;
use crate::contexts::State;
use crate::ids::{ExprRef, FnRef};
use crate::models::Runs;
use crate::rows::switched_off;

impl Program<'_> {
    /// Calls in loops by which a function is reached from what runs in a wanted way, sorted by place.
    pub fn loops_around(&self, function: FnRef, wanted: impl Fn(State) -> bool) -> Vec<ExprRef> {
        let ways = self.ways_from_loops(function, wanted);
        let mut found: Vec<ExprRef> = ways.iter().filter_map(|way| way.first()).map(|edge| edge.at).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether all loops come to a function by calls that switch off the part of it in which a place lies: `grant(name, commit=False)`.
    pub fn is_off_in_loops(&self, function: FnRef, place: ExprRef, wanted: impl Fn(State) -> bool) -> bool {
        let ways = self.ways_from_loops(function, wanted);
        let span = self.expr_span(place);
        let is_off = |edge: &Edge| switched_off(self, function, edge.at).iter().any(|off| off.contains(span));
        !ways.is_empty() && ways.iter().all(|way| way.last().is_some_and(is_off))
    }

    /// The calls by which the function is reached from one that stands in a loop over what a request or a table gives, this one
    /// first.
    pub fn looped_over_many(&self, function: FnRef, wanted: impl Fn(State) -> bool) -> Option<Vec<Edge>> {
        let is_one = |edge: &Edge| edge.in_loop && self.is_for_many(edge.at) && self.runs(edge.from, &wanted);
        self.ways_up(function, 1, is_one).pop()
    }

    fn ways_from_loops(&self, function: FnRef, wanted: impl Fn(State) -> bool) -> Vec<Vec<Edge>> {
        const MAX_LOOPS: usize = 20;
        self.ways_up(function, MAX_LOOPS, |edge| edge.in_loop && self.runs(edge.from, &wanted))
    }

    /// The shortest ways up from a function to a wanted call, at most so many, each with that call first.
    fn ways_up(&self, function: FnRef, most: usize, is_wanted: impl Fn(&Edge) -> bool) -> Vec<Vec<Edge>> {
        const MAX_CALLS: usize = 4;
        const MAX_FUNCTIONS: usize = 200;
        let mut seen = FxHashSet::from_iter([function]);
        let mut open = VecDeque::from([(function, Vec::new())]);
        let mut found = Vec::new();
        while let Some((next, way)) = open.pop_front() {
            for edge in self.calls_into(next) {
                let is_waited_for = matches!(edge.how, Runs::Inline | Runs::Each | Runs::AfterCommit | Runs::BlockOn);
                if !is_waited_for || edge.is_exceptional {
                    continue;
                }
                let way: Vec<Edge> = std::iter::once(*edge).chain(way.iter().copied()).collect();
                if is_wanted(edge) {
                    found.push(way);
                    if found.len() == most {
                        return found;
                    }
                } else if way.len() < MAX_CALLS && seen.len() < MAX_FUNCTIONS && seen.insert(edge.from) {
                    open.push_back((edge.from, way));
                }
            }
        }
        found
    }
}
