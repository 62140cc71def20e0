//! The loops from which a function is reached.

use std::collections::VecDeque;

use rustc_hash::FxHashSet;

use super::Program;
use crate::contexts::State;
use crate::ids::{ExprRef, FnRef};
use crate::models::Runs;

impl Program<'_> {
    /// Calls in loops by which a function is reached, at most a few hops above it and from what runs in a wanted way, sorted by
    /// place.
    pub fn loops_around(&self, function: FnRef, wanted: impl Fn(State) -> bool) -> Vec<ExprRef> {
        const MAX_HOPS: u32 = 3;
        const MAX_FUNCTIONS: usize = 100;
        const MAX_LOOPS: usize = 20;
        let mut seen = FxHashSet::from_iter([function]);
        let mut open = VecDeque::from([(function, 0)]);
        let mut found = Vec::new();
        while let Some((next, hops)) = open.pop_front() {
            for edge in self.calls_into(next) {
                let is_waited_for = matches!(edge.how, Runs::Inline | Runs::Each | Runs::AfterCommit | Runs::BlockOn);
                if !is_waited_for || edge.is_exceptional || found.len() >= MAX_LOOPS {
                    continue;
                }
                if edge.in_loop && self.runs(edge.from, &wanted) {
                    found.push(edge.at);
                } else if hops < MAX_HOPS && seen.len() < MAX_FUNCTIONS && seen.insert(edge.from) {
                    open.push_back((edge.from, hops + 1));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}
