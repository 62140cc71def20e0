//! Test code that nothing but tests imports. It says nothing of the program: what it passes are fakes, and what it does
//! costs no user anything. Its files need not even be parsed.

use std::collections::BTreeMap;

use ir::{File, Symbol};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::link::Places;
use crate::roles::{Role, role_of};

/// Whether a file is test code, by its path.
pub fn is_test_code(path: &str) -> bool {
    role_of(path) == Role::Test
}

/// Which files import which, before they are linked.
#[derive(Debug)]
pub struct Imports {
    pub(crate) places: Places,
}

impl Imports {
    /// Of files with these paths. `manifests` as for [`Program::solve`](crate::Program::solve).
    pub fn new(paths: Vec<Symbol>, manifests: &BTreeMap<String, String>) -> Self {
        Self { places: Places::new(paths, &[], manifests) }
    }

    /// What has to be read because one of these files imports it, in no order. What a page imports for the browser is
    /// none of it, unless it is test code.
    pub fn wanted_by<'f>(&self, files: impl ParallelIterator<Item = &'f File>) -> FxHashSet<Symbol> {
        let imported = files.flat_map_iter(|file| {
            let is_boundary = file.directives.iter().any(|directive| *directive == "use client");
            let paths = self.imported_by(file);
            paths.filter(move |path| !is_boundary || is_test_code(path.as_str()))
        });
        imported.collect::<Vec<Symbol>>().into_iter().collect()
    }

    /// The test code among the files that these import, in no order.
    pub fn tests_of<'f>(&self, files: impl ParallelIterator<Item = &'f File>) -> FxHashSet<Symbol> {
        let paths = files.flat_map_iter(|file| self.imported_by(file)).filter(|path| is_test_code(path.as_str()));
        paths.collect::<Vec<Symbol>>().into_iter().collect()
    }

    fn imported_by(&self, file: &File) -> impl Iterator<Item = Symbol> {
        self.places.imports_of(file).into_iter().map(|id| self.places.paths[id.0 as usize])
    }
}

/// Takes out the test code that no other code imports, itself or through other test code. Where there is nothing else, it
/// stays.
pub(crate) fn without_unused_tests(files: Vec<File>, manifests: &BTreeMap<String, String>) -> Vec<File> {
    let is_test = |file: &File| is_test_code(file.path.as_str());
    if !files.iter().any(is_test) || files.iter().all(is_test) {
        return files;
    }
    let imports = Imports::new(files.iter().map(|file| file.path).collect(), manifests);
    let mut used = imports.tests_of(files.par_iter().filter(|file| !is_test(file)));
    let mut new = used.clone();
    while !new.is_empty() {
        let mut more = imports.tests_of(files.par_iter().filter(|file| new.contains(&file.path)));
        more.retain(|path| used.insert(*path));
        new = more;
    }
    files.into_iter().filter(|file| !is_test(file) || used.contains(&file.path)).collect()
}
