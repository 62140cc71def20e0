//! The loops from which a function is reached.

use std::collections::VecDeque;

use rustc_hash::FxHashSet;

use super::Program;
use crate::calls::Edge;
use crate::contexts::State;
use crate::ids::{ExprRef, FnRef};
use crate::models::Runs;
use crate::rows::switched_off;

/// So many loops that come to a function are looked at.
const MAX_LOOPS: usize = 20;

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
        !ways.is_empty() && ways.iter().all(|way| self.is_off(function, place, way))
    }

    /// Whether the last call of a way switches off the part of the function in which a place lies.
    fn is_off(&self, function: FnRef, place: ExprRef, way: &[Edge]) -> bool {
        let span = self.expr_span(place);
        way.last().is_some_and(|edge| switched_off(self, function, edge.at).iter().any(|off| off.contains(span)))
    }

    /// The calls by which a place of a function is reached from a wanted one that stands in a loop, this one first.
    pub fn looped_where(
        &self,
        function: FnRef,
        place: ExprRef,
        wanted: impl Fn(State) -> bool,
        is_wanted: impl Fn(ExprRef) -> bool,
    ) -> Option<Vec<Edge>> {
        let is_one = |edge: &Edge| edge.in_loop && is_wanted(edge.at) && self.runs(edge.from, &wanted);
        let ways = self.ways_up(function, MAX_LOOPS, is_one);
        ways.into_iter().find(|way| !self.is_off(function, place, way))
    }

    fn ways_from_loops(&self, function: FnRef, wanted: impl Fn(State) -> bool) -> Vec<Vec<Edge>> {
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
