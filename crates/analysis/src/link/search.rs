//! How far a search for an export has come.

use ir::Symbol;
use rustc_hash::FxHashMap;

use crate::ids::FileId;

/// One search for an export, through modules that hand on all that others export, and these in turn the first.
#[derive(Default)]
pub(super) struct Search {
    pub(super) depth: usize,
    /// How many steps from the start a name was looked for behind a module's re-exports.
    tried: FxHashMap<(FileId, Symbol), usize>,
}

impl Search {
    pub(super) fn at(depth: usize) -> Self {
        Self { depth, ..Self::default() }
    }

    pub(super) fn deeper<T>(&mut self, search: impl FnOnce(&mut Self) -> T) -> T {
        self.depth += 1;
        let found = search(self);
        self.depth -= 1;
        found
    }

    /// Whether the name was looked for there with as many steps left, so that nothing new can be found. Without this,
    /// modules that all use each other's names would be searched along each way between them.
    pub(super) fn is_in_vain(&mut self, module: FileId, name: Symbol) -> bool {
        match self.tried.insert((module, name), self.depth) {
            Some(before) if before <= self.depth => {
                self.tried.insert((module, name), before);
                true
            }
            _ => false,
        }
    }
}
