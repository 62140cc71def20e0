//! Packages and modules of Python: absolute names from the nearest folder that holds them, dots for relative ones.

use ir::Symbol;
use rustc_hash::FxHashSet;

use super::paths::{ancestors, folder_of};
use super::{Paths, Place};
use crate::ids::FileId;

/// What lies in the project, for a quick answer to what does not.
#[derive(Debug)]
pub(super) struct Modules {
    /// The names of folders and files, wherever they lie.
    names: FxHashSet<&'static str>,
    /// The paths of folders and of files, without `.py`.
    paths: FxHashSet<&'static str>,
}

impl Modules {
    pub(super) fn new(by_path: &Paths) -> Self {
        let mut modules = Self { names: FxHashSet::default(), paths: FxHashSet::default() };
        for module in by_path.keys().filter_map(|path| path.strip_suffix(".py")) {
            for path in ancestors(module).filter(|path| !path.is_empty()) {
                if !modules.paths.insert(path) {
                    break;
                }
                modules.names.insert(path.rsplit('/').next().unwrap_or(path));
            }
        }
        modules
    }

    pub(super) fn resolve(&self, by_path: &Paths, from: Symbol, module: Symbol) -> Place {
        let dots = module.bytes().take_while(|byte| *byte == b'.').count();
        let name = &module.as_str()[dots..];
        let folder = folder_of(from.as_str());
        if dots > 0 {
            let base = ancestors(folder).nth(dots - 1).unwrap_or("");
            return find(by_path, &mut with(base, ""), name).map_or(Place::Missing, Place::File);
        }
        let first = name.split('.').next().unwrap_or(name);
        if !first.is_empty() && !self.names.contains(first) {
            return Place::External(module);
        }
        // The folder that Python was started in is not known: the nearest one that has the module is taken.
        for base in ancestors(folder) {
            for source in ["", "src"] {
                let mut root = with(base, source);
                if let Some(found) = self.find_below(by_path, &mut root, first, name)
                    && by_path.get(from.as_str()) != Some(&found)
                {
                    return Place::File(found);
                }
            }
        }
        Place::External(module)
    }

    fn find_below(&self, by_path: &Paths, root: &mut String, first: &str, name: &str) -> Option<FileId> {
        let length = root.len();
        push(root, first);
        let is_there = first.is_empty() || self.paths.contains(root.as_str());
        root.truncate(length);
        is_there.then(|| find(by_path, root, name))?
    }
}

/// A folder in a folder; each may be empty.
fn with(base: &str, folder: &str) -> String {
    let mut path = String::with_capacity(128);
    path.push_str(base);
    push(&mut path, folder);
    path
}

fn push(path: &mut String, part: &str) {
    if !path.is_empty() && !part.is_empty() {
        path.push('/');
    }
    path.push_str(part);
}

/// A package goes before a module of the same name, as in Python. `path` is the folder in which the dotted name is looked for,
/// and is left longer.
fn find(by_path: &Paths, path: &mut String, name: &str) -> Option<FileId> {
    name.split('.').for_each(|part| push(path, part));
    let length = path.len();
    push(path, "__init__.py");
    if let Some(found) = by_path.get(path.as_str()) {
        return Some(*found);
    }
    path.truncate(length);
    path.push_str(".py");
    by_path.get(path.as_str()).copied().filter(|_| !name.is_empty())
}

pub(super) fn submodule(by_path: &Paths, package: Symbol, name: Symbol) -> Option<FileId> {
    let folder = package.as_str().strip_suffix("__init__.py")?.trim_end_matches('/');
    find(by_path, &mut with(folder, ""), name.as_str())
}
