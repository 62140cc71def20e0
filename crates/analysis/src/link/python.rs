//! Packages and modules of Python: absolute names from the nearest folder that holds them, dots for relative ones.

use ir::Symbol;
use rustc_hash::FxHashMap;

use super::{Place, ancestors, folder_of, join_path};
use crate::ids::FileId;

pub(super) fn resolve(by_path: &FxHashMap<Symbol, FileId>, from: Symbol, module: Symbol) -> Place {
    let dots = module.bytes().take_while(|byte| *byte == b'.').count();
    let path = module.as_str()[dots..].replace('.', "/");
    let folder = folder_of(from.as_str());
    if dots > 0 {
        let base = ancestors(folder).nth(dots - 1).unwrap_or("");
        return find(by_path, base, &path).map_or(Place::Missing, Place::File);
    }
    // The folder that Python was started in is not known: the nearest one that has the module is taken.
    for base in ancestors(folder) {
        if let Some(found) = find(by_path, base, &path).or_else(|| find(by_path, &join_path(base, "src"), &path))
            && by_path.get(&from) != Some(&found)
        {
            return Place::File(found);
        }
    }
    Place::External(module)
}

fn find(by_path: &FxHashMap<Symbol, FileId>, base: &str, path: &str) -> Option<FileId> {
    let stem = join_path(base, path);
    let candidates = if path.is_empty() {
        vec![join_path(&stem, "__init__.py")]
    } else {
        vec![format!("{stem}.py"), join_path(&stem, "__init__.py")]
    };
    candidates.iter().find_map(|candidate| by_path.get(&Symbol::new(candidate)).copied())
}

pub(super) fn submodule(by_path: &FxHashMap<Symbol, FileId>, package: Symbol, name: Symbol) -> Option<FileId> {
    let folder = package.as_str().strip_suffix("__init__.py")?.trim_end_matches('/');
    find(by_path, folder, name.as_str())
}
