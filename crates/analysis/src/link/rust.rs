//! Modules of Rust: `crate`, `self`, `super`, files of `mod` declarations, crates of the same workspace.

use std::collections::BTreeMap;

use ir::{File, Symbol};
use rustc_hash::FxHashMap;

use super::paths::{ancestors, folder_of, join_path};
use super::{Paths, Place};
use crate::ids::FileId;

#[derive(Debug, Default)]
pub(super) struct Config {
    /// Folders of `Cargo.toml`s by the crate's name as code writes it.
    crates: FxHashMap<String, String>,
    folders: Vec<String>,
}

impl Config {
    pub(super) fn read(manifests: &BTreeMap<String, String>) -> Self {
        let mut config = Self::default();
        for (path, text) in manifests.iter().filter(|(path, _)| path.rsplit('/').next() == Some("Cargo.toml")) {
            let folder = folder_of(path).to_owned();
            if let Ok(table) = text.parse::<toml::Table>() {
                let name = table.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str);
                let lib = table.get("lib").and_then(|lib| lib.get("name")).and_then(toml::Value::as_str);
                if let Some(name) = lib.or(name) {
                    config.crates.insert(name.replace('-', "_"), folder.clone());
                }
            }
            config.folders.push(folder);
        }
        config
    }

    /// The crate root files' folder: `<package>/src`, or the folder of the file where there is no manifest.
    fn source_folder(&self, path: &str) -> String {
        let package = ancestors(folder_of(path)).find(|folder| self.folders.iter().any(|known| known == folder));
        match package {
            Some(package) if path.starts_with(&join_path(package, "src")) => join_path(package, "src"),
            _ => ancestors(folder_of(path))
                .find(|folder| *folder == "src" || folder.ends_with("/src"))
                .unwrap_or_else(|| folder_of(path))
                .to_owned(),
        }
    }

    pub(super) fn resolve(&self, by_path: &Paths, from: Symbol, module: Symbol) -> Place {
        let segments: Vec<&str> = module.as_str().split("::").filter(|segment| !segment.is_empty()).collect();
        let Some((first, rest)) = segments.split_first() else { return Place::Missing };
        let source = self.source_folder(from.as_str());
        match *first {
            "crate" => descend(by_path, &source, rest),
            "self" => descend(by_path, &children_folder(from.as_str()), rest),
            "super" => {
                let supers = segments.iter().take_while(|segment| **segment == "super").count();
                let mut folder = children_folder(from.as_str());
                for _ in 0..supers {
                    folder = folder_of(&folder).to_owned();
                }
                descend(by_path, &folder, &segments[supers..])
            }
            name => {
                let local = descend_from(by_path, &children_folder(from.as_str()), &segments, false);
                if let Some(found) = local {
                    return found;
                }
                match self.crates.get(name) {
                    Some(folder) => descend(by_path, &join_path(folder, "src"), rest),
                    None => Place::External(Symbol::new(&segments.join("."))),
                }
            }
        }
    }

    /// A module `name` that `file` declares, or a crate of the workspace.
    pub(super) fn module(&self, by_path: &Paths, file: &File, name: Symbol) -> Option<FileId> {
        if file.submodules.contains(&name) {
            return module_file(by_path, &join_path(&children_folder(file.path.as_str()), name.as_str()));
        }
        let folder = self.crates.get(name.as_str())?;
        root_file(by_path, &join_path(folder, "src"))
    }
}

/// The folder in which the modules that a file declares lie.
fn children_folder(path: &str) -> String {
    let folder = folder_of(path);
    let stem = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rs");
    if matches!(stem, "mod" | "lib" | "main") { folder.to_owned() } else { join_path(folder, stem) }
}

fn descend(by_path: &Paths, folder: &str, segments: &[&str]) -> Place {
    descend_from(by_path, folder, segments, true).unwrap_or(Place::Missing)
}

/// The file of the longest prefix of `segments` that has one: the rest are inline modules, whose items the front end
/// declares in the file's own scope, or exports by their paths.
fn descend_from(by_path: &Paths, folder: &str, segments: &[&str], or_root: bool) -> Option<Place> {
    let at = |file: FileId, rest: &[&str]| match rest {
        [] => Place::File(file),
        rest => Place::Inside(file, Symbol::new(&rest.join("::"))),
    };
    for length in (1..=segments.len()).rev() {
        if let Some(found) = module_file(by_path, &join_path(folder, &segments[..length].join("/"))) {
            return Some(at(found, &segments[length..]));
        }
    }
    let root = || root_file(by_path, folder).or_else(|| module_file(by_path, folder));
    or_root.then(root).flatten().map(|root| at(root, segments))
}

fn module_file(by_path: &Paths, stem: &str) -> Option<FileId> {
    [".rs", "/mod.rs"].iter().find_map(|end| by_path.get([stem, end].concat().as_str()).copied())
}

/// A package with a library and a program has two roots, and a module may belong to either: `crate` is then taken for the
/// library, and what that does not have is the program's.
pub(super) fn program_beside(by_path: &Paths, library: Symbol) -> Option<FileId> {
    let folder = library.as_str().strip_suffix("lib.rs").filter(|folder| folder.is_empty() || folder.ends_with('/'))?;
    by_path.get([folder, "main.rs"].concat().as_str()).copied()
}

fn root_file(by_path: &Paths, folder: &str) -> Option<FileId> {
    ["lib.rs", "main.rs", "mod.rs"].iter().find_map(|name| by_path.get(join_path(folder, name).as_str()).copied())
}
