//! Which functions come to something while their callers wait, and by which calls.

use std::collections::VecDeque;
use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use crate::calls::Edge;
use crate::ids::{ExprRef, FnRef};
use crate::program::Program;

/// Functions that come to a `T`, each with the call that does and the next function on the way there.
#[derive(Debug)]
pub(crate) struct Reach<T> {
    functions: FxHashMap<FnRef, (T, ExprRef, Option<FnRef>)>,
}

impl<T: Copy> Reach<T> {
    /// From the calls that do it themselves (the first of a function counts) up to `hops` callers, along the wanted calls.
    pub(crate) fn solve(
        program: &Program<'_>,
        direct: impl Iterator<Item = (FnRef, T, ExprRef)>,
        is_followed: impl Fn(&Edge) -> bool,
        hops: u32,
    ) -> Self {
        let mut functions = FxHashMap::default();
        let mut open = VecDeque::new();
        for (function, what, at) in direct {
            if let Entry::Vacant(entry) = functions.entry(function) {
                entry.insert((what, at, None));
                open.push_back((function, 0));
            }
        }
        while let Some((function, gone)) = open.pop_front() {
            let (what, ..) = functions[&function];
            for edge in program.calls_into(function) {
                if is_followed(edge) && gone < hops && !functions.contains_key(&edge.from) {
                    functions.insert(edge.from, (what, edge.at, Some(function)));
                    open.push_back((edge.from, gone + 1));
                }
            }
        }
        Self { functions }
    }

    /// Whether a function comes to it.
    pub(crate) fn comes(&self, function: FnRef) -> bool {
        self.functions.contains_key(&function)
    }

    /// What a function comes to, and the calls from `call`, which runs it, to there.
    pub(crate) fn way(&self, call: ExprRef, callee: FnRef) -> Option<(T, Vec<ExprRef>)> {
        let (what, ..) = *self.functions.get(&callee)?;
        let mut way = vec![call];
        let mut next = Some(callee);
        while let Some((_, at, further)) = next.and_then(|function| self.functions.get(&function)) {
            way.push(*at);
            next = *further;
        }
        Some((what, way))
    }
}
