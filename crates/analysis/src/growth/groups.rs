//! Places that hold the same collection.

use std::collections::BTreeMap;

use super::touches::{ANY_STATE, Alias};
use crate::places::{self, Place};
use crate::program::Program;
use ir::Symbol;

/// Disjoint sets of places.
#[derive(Debug, Default)]
pub(super) struct Groups {
    parents: BTreeMap<Place, Place>,
    members: BTreeMap<Place, Vec<Place>>,
}

impl Groups {
    /// `touched`: all places that the program does something to.
    pub(super) fn of(
        program: &Program<'_>,
        touched: impl Iterator<Item = Place>,
        aliases: impl Iterator<Item = Alias>,
    ) -> Self {
        let mut groups = Self::default();
        for place in touched.filter(|place| matches!(place, Place::State(_))) {
            groups.join(place, Place::State(Symbol::new(ANY_STATE)));
        }
        for (from, to) in aliases {
            match from {
                // What callers pass to a constructor.
                Place::Param(function, index) => {
                    for edge in program.calls_into(function) {
                        let given = program.argument(edge.at, function, index);
                        let found = given.and_then(|given| places::resolve(program, given, 0));
                        if let Some(found) = found.filter(|found| !found.is_element) {
                            groups.join(found.place, to);
                        }
                    }
                }
                _ => groups.join(from, to),
            }
        }
        let joined: Vec<Place> = groups.parents.keys().copied().collect();
        for place in joined {
            let root = groups.root(place);
            groups.members.entry(root).or_default().push(place);
        }
        groups
    }

    pub(super) fn root(&self, place: Place) -> Place {
        let mut at = place;
        while let Some(parent) = self.parents.get(&at).filter(|parent| **parent != at) {
            at = *parent;
        }
        at
    }

    /// All places of a set, given its root.
    pub(super) fn members(&self, root: Place) -> Vec<Place> {
        self.members.get(&root).cloned().unwrap_or_else(|| vec![root])
    }

    fn join(&mut self, one: Place, other: Place) {
        for place in [one, other] {
            self.parents.entry(place).or_insert(place);
        }
        let (one, other) = (self.root(one), self.root(other));
        let (root, child) = if one < other { (one, other) } else { (other, one) };
        self.parents.insert(child, root);
    }
}
