//! Which files can matter, told by their bytes before any of them is parsed. Much of what lies beside a server is none of it:
//! pages of the browser's, data of a documentation, icons.
//!
//! A file counts if it shows something of a server (a modelled package, an entry point, SQL, a configuration), if such a file
//! imports it, itself or through others, or if it imports such a file and may run beside it. What nothing of the server imports
//! and a browser runs does not count, whatever it imports: its copy of a shared module is another one. Only JavaScript and
//! TypeScript are told so; of the other languages nearly everything that lies in a backend is of the backend.

mod glances;

use std::collections::BTreeMap;

use ir::Symbol;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::ids::FileId;
use crate::unused::Imports;
pub use glances::{Glances, Glimpse};

/// Which of the files that were glimpsed can matter. None if nothing of them is of a server: then nothing is known of the
/// others either. `wanted` are to count in any case.
pub fn relevant(
    imports: &Imports,
    glimpses: &BTreeMap<Symbol, Glimpse>,
    is_wanted: impl Fn(Symbol) -> bool,
) -> Option<FxHashSet<Symbol>> {
    let paths: Vec<Symbol> = glimpses.keys().copied().collect();
    let mut found: FxHashSet<Symbol> =
        paths.iter().copied().filter(|path| glimpses[path].is_of_server || is_wanted(*path)).collect();
    if found.is_empty() {
        return None;
    }
    let resolved: Vec<Vec<(Symbol, bool)>> =
        paths.par_iter().map(|path| imports.resolved(*path, &glimpses[path].modules)).collect();
    let mut importers: FxHashMap<Symbol, Vec<Symbol>> = FxHashMap::default();
    for (path, modules) in paths.iter().zip(&resolved) {
        for (module, _) in modules.iter().filter(|(_, is_type)| !*is_type && !glimpses[path].is_of_client) {
            importers.entry(*module).or_default().push(*path);
        }
    }
    let imported: FxHashMap<Symbol, Vec<(Symbol, bool)>> = paths.into_iter().zip(resolved).collect();
    let is_open = |path: &Symbol| glimpses.get(path).is_some_and(|glimpse| !glimpse.is_of_browser());
    let mut open: Vec<Symbol> = found.iter().copied().collect();
    while let Some(path) = open.pop() {
        let below = imported[&path].iter().map(|(module, _)| *module);
        // What imports a part of a page is one, or lists some.
        let above = importers.get(&path).filter(|_| !glimpses[&path].is_of_client).into_iter().flatten().copied();
        let more: Vec<Symbol> = below.chain(above).collect();
        open.extend(more.into_iter().filter(|path| is_open(path) && found.insert(*path)));
    }
    Some(found)
}

impl Imports {
    fn resolved(&self, path: Symbol, modules: &[(Symbol, bool)]) -> Vec<(Symbol, bool)> {
        let found = modules.iter().filter_map(|(module, is_type)| Some((self.module(path, *module)?, *is_type)));
        found.collect()
    }

    fn module(&self, path: Symbol, module: Symbol) -> Option<Symbol> {
        let FileId(number) = self.places.script(path, module)?;
        Some(self.places.paths[number as usize])
    }
}
