//! Packages and modules of Python: absolute names from the nearest folder that holds them, dots for relative ones.

use ir::Symbol;
use rustc_hash::FxHashSet;

use super::paths::{ancestors, folder_of, join_path};
use super::{Paths, Place};
use crate::ids::FileId;

/// What the first part of a module's name can be, if the module lies in the project: its folders and files.
pub(super) fn names(by_path: &Paths) -> FxHashSet<&'static str> {
    let parts = by_path.keys().filter(|path| path.ends_with(".py")).flat_map(|path| path.split('/'));
    parts.map(|part| part.strip_suffix(".py").unwrap_or(part)).collect()
}

pub(super) fn resolve(by_path: &Paths, names: &FxHashSet<&str>, from: Symbol, module: Symbol) -> Place {
    let dots = module.bytes().take_while(|byte| *byte == b'.').count();
    let path = module.as_str()[dots..].replace('.', "/");
    let folder = folder_of(from.as_str());
    if dots > 0 {
        let base = ancestors(folder).nth(dots - 1).unwrap_or("");
        return find(by_path, base, &path).map_or(Place::Missing, Place::File);
    }
    if !path.split('/').next().is_some_and(|first| first.is_empty() || names.contains(first)) {
        return Place::External(module);
    }
    // The folder that Python was started in is not known: the nearest one that has the module is taken.
    for base in ancestors(folder) {
        if let Some(found) = find(by_path, base, &path).or_else(|| find(by_path, &join_path(base, "src"), &path))
            && by_path.get(from.as_str()) != Some(&found)
        {
            return Place::File(found);
        }
    }
    Place::External(module)
}

/// A package goes before a module of the same name, as in Python.
fn find(by_path: &Paths, base: &str, path: &str) -> Option<FileId> {
    let mut candidate = join_path(base, path);
    let length = candidate.len();
    candidate.push_str(if length == 0 { "__init__.py" } else { "/__init__.py" });
    if let Some(found) = by_path.get(candidate.as_str()) {
        return Some(*found);
    }
    candidate.truncate(length);
    candidate.push_str(".py");
    by_path.get(candidate.as_str()).copied().filter(|_| !path.is_empty())
}

pub(super) fn submodule(by_path: &Paths, package: Symbol, name: Symbol) -> Option<FileId> {
    let folder = package.as_str().strip_suffix("__init__.py")?.trim_end_matches('/');
    find(by_path, folder, name.as_str())
}
