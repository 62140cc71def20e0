//! Modules of Rust: `crate`, `self`, `super`, files of `mod` declarations, crates of the same workspace.

use std::collections::BTreeMap;

use ir::{File, Symbol};
use rustc_hash::FxHashMap;

use super::paths::{ancestors, folder_of, join_path};
use super::{Paths, Place};
use crate::ids::FileId;

#[derive(Debug, Default)]
pub(super) struct Config {
    /// Folders of the crates' roots by the crate's name as code writes it.
    crates: FxHashMap<String, String>,
    /// Folders of `Cargo.toml`s.
    packages: Vec<String>,
    /// Folders of roots that a manifest places elsewhere than in `src`, the innermost first.
    sources: Vec<String>,
    placed: Vec<Placed>,
}

/// A module whose file lies where its declaration says.
#[derive(Debug)]
struct Placed {
    /// Where it would lie by its name, without the extension.
    stem: String,
    file: String,
    /// The file that declares it.
    parent: String,
}

impl Config {
    pub(super) fn read(files: &[File], manifests: &BTreeMap<String, String>) -> Self {
        let mut config = Self::default();
        for (path, text) in manifests.iter().filter(|(path, _)| path.rsplit('/').next() == Some("Cargo.toml")) {
            let folder = folder_of(path).to_owned();
            if let Ok(table) = text.parse::<toml::Table>() {
                config.add_package(&folder, &table);
            }
            config.packages.push(folder);
        }
        config.sources.sort_by_key(|source| std::cmp::Reverse(source.len()));
        config.placed = files.iter().flat_map(placed_in).collect();
        config
    }

    fn add_package(&mut self, folder: &str, table: &toml::Table) {
        let text = |table: &toml::Value, key: &str| table.get(key).and_then(toml::Value::as_str).map(str::to_owned);
        let lib = table.get("lib");
        let name = lib.and_then(|lib| text(lib, "name")).or_else(|| text(table.get("package")?, "name"));
        let root_folder = |target: &toml::Value| {
            let path = join_path(folder, &text(target, "path")?);
            Some(folder_of(&path).to_owned())
        };
        let usual = join_path(folder, "src");
        let source = lib.and_then(root_folder).unwrap_or_else(|| usual.clone());
        let programs = table.get("bin").and_then(toml::Value::as_array).into_iter().flatten();
        let programs = programs.filter(|bin| text(bin, "path").is_some_and(|path| path.ends_with("/main.rs")));
        let programs = programs.filter_map(root_folder);
        self.sources.extend(programs.chain([source.clone()]).filter(|source| *source != usual));
        if let Some(name) = name {
            self.crates.insert(name.replace('-', "_"), source);
        }
    }

    /// The crate root files' folder: what the manifest names, `<package>/src`, or the folder of the file where there is no
    /// manifest. A module that another file places belongs to that file's crate.
    fn source_folder(&self, path: &str) -> String {
        let mut path = path;
        for _ in 0..4 {
            let Some(placed) = self.placed.iter().find(|placed| is_below(path, placed)) else { break };
            path = &placed.parent;
        }
        let package = ancestors(folder_of(path)).find(|folder| self.packages.iter().any(|known| known == folder));
        if let Some(source) = self.sources.iter().find(|source| is_within(path, source)) {
            return source.clone();
        }
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
        let descend =
            |folder: &str, segments: &[&str]| self.descend(by_path, folder, segments, true).unwrap_or(Place::Missing);
        match *first {
            "crate" => descend(&self.source_folder(from.as_str()), rest),
            "self" => descend(&children_folder(from.as_str()), rest),
            "super" => {
                let supers = segments.iter().take_while(|segment| **segment == "super").count();
                let placed = self.placed.iter().find(|placed| placed.file == from.as_str());
                let mut folder = placed.map_or_else(|| children_folder(from.as_str()), |placed| placed.stem.clone());
                for _ in 0..supers {
                    folder = folder_of(&folder).to_owned();
                }
                descend(&folder, &segments[supers..])
            }
            name => {
                let local = self.descend(by_path, &children_folder(from.as_str()), &segments, false);
                if let Some(found) = local {
                    return found;
                }
                match self.crates.get(name) {
                    Some(source) => descend(source, rest),
                    None => Place::External(Symbol::new(&segments.join("."))),
                }
            }
        }
    }

    /// A module `name` that `file` declares, or a crate of the workspace.
    pub(super) fn module(&self, by_path: &Paths, file: &File, name: Symbol) -> Option<FileId> {
        if let Some((_, place)) = file.placed_modules.iter().find(|(placed, _)| *placed == name) {
            return by_path.get(join_path(folder_of(file.path.as_str()), place.as_str()).as_str()).copied();
        }
        if file.submodules.contains(&name) {
            return self.module_file(by_path, &join_path(&children_folder(file.path.as_str()), name.as_str()));
        }
        root_file(by_path, self.crates.get(name.as_str())?)
    }

    /// The file of the longest prefix of `segments` that has one: the rest are inline modules, whose items the front end
    /// declares in the file's own scope, or exports by their paths.
    fn descend(&self, by_path: &Paths, folder: &str, segments: &[&str], or_root: bool) -> Option<Place> {
        let at = |file: FileId, rest: &[&str]| match rest {
            [] => Place::File(file),
            rest => Place::Inside(file, Symbol::new(&rest.join("::"))),
        };
        for length in (1..=segments.len()).rev() {
            if let Some(found) = self.module_file(by_path, &join_path(folder, &segments[..length].join("/"))) {
                return Some(at(found, &segments[length..]));
            }
        }
        let root = || root_file(by_path, folder).or_else(|| self.module_file(by_path, folder));
        or_root.then(root).flatten().map(|root| at(root, segments))
    }

    fn module_file(&self, by_path: &Paths, stem: &str) -> Option<FileId> {
        let placed = self.placed.iter().find_map(|placed| match stem.strip_prefix(placed.stem.as_str())? {
            "" => by_path.get(placed.file.as_str()).copied(),
            rest => file_of(by_path, &join_path(&children_folder(&placed.file), rest.strip_prefix('/')?)),
        });
        placed.or_else(|| file_of(by_path, stem))
    }
}

fn placed_in(file: &File) -> impl Iterator<Item = Placed> {
    let path = file.path.as_str();
    file.placed_modules.iter().map(move |(name, place)| Placed {
        stem: join_path(&children_folder(path), name.as_str()),
        file: join_path(folder_of(path), place.as_str()),
        parent: path.to_owned(),
    })
}

/// Whether a file is a placed module, or one of those that lie below it.
fn is_below(path: &str, placed: &Placed) -> bool {
    let children = children_folder(&placed.file);
    path == placed.file || !is_within(&placed.parent, &children) && is_within(path, &children)
}

fn is_within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| folder.is_empty() || rest.starts_with('/'))
}

/// The folder in which the modules that a file declares lie.
fn children_folder(path: &str) -> String {
    let folder = folder_of(path);
    let stem = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rs");
    if matches!(stem, "mod" | "lib" | "main") { folder.to_owned() } else { join_path(folder, stem) }
}

fn file_of(by_path: &Paths, stem: &str) -> Option<FileId> {
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
