//! Which name means what, across files: imports, re-exports, packages, path aliases.
//!
//! How a specifier finds its file is a language's own affair; this module and its children are the only ones behind the
//! front ends that ask which language a file is in.

mod javascript;
mod python;
mod rust;

use std::collections::BTreeMap;

use ir::{BindingId, BindingKind, Export, ExprId, File, FnId, Import, ImportItem, Language, Symbol};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::ids::{BindingRef, ExprRef, FileId};

/// What an imported or exported name stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Target {
    Module(FileId),
    Binding(BindingRef),
    Value(ExprRef),
    /// Something of a library, by canonical path.
    External(Symbol),
}

/// Where a module specifier leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    File(FileId),
    External(Symbol),
    /// Inside the project, but no such file was given.
    Missing,
}

/// How a file exports a name.
#[derive(Clone, Debug)]
enum Exported {
    Binding(BindingId),
    Value(ExprId),
    From(Import),
}

#[derive(Debug)]
pub(crate) struct Links {
    exports: Vec<FxHashMap<Symbol, Exported>>,
    stars: Vec<Vec<Symbol>>,
    imports: Vec<FxHashMap<BindingId, Target>>,
    /// Modules of `from x import *`, by file.
    globs: Vec<Vec<Place>>,
    places: Places,
}

/// What the resolvers look specifiers up in.
#[derive(Debug)]
struct Places {
    /// Paths without their extension for Python and Rust, with it for JavaScript.
    by_path: FxHashMap<Symbol, FileId>,
    javascript: javascript::Config,
    rust: rust::Config,
}

const MAX_REEXPORTS: usize = 16;

/// Links all files. `manifests` are the paths and texts of configuration files (`tsconfig.json`, `package.json`,
/// `Cargo.toml`); what cannot be read of them is ignored.
pub(crate) fn link(files: &[File], manifests: &BTreeMap<String, String>) -> Links {
    let by_path: FxHashMap<Symbol, FileId> =
        files.iter().enumerate().map(|(number, file)| (file.path, FileId(number as u32))).collect();
    let places =
        Places { by_path, javascript: javascript::Config::read(manifests), rust: rust::Config::read(manifests) };
    let exports = files.par_iter().map(exports_of).collect();
    let stars = files
        .par_iter()
        .map(|file| {
            let all = |export: &Export| match export {
                Export::All { module } => Some(*module),
                _ => None,
            };
            file.exports.iter().filter_map(all).collect()
        })
        .collect();
    let mut links = Links { exports, stars, imports: Vec::new(), globs: Vec::new(), places };
    links.globs = files
        .par_iter()
        .map(|file| {
            let glob = |binding: &ir::Binding| match &binding.kind {
                BindingKind::Import(import) if import.item == ImportItem::All => Some(links.place(file, import.module)),
                _ => None,
            };
            file.bindings.iter().filter_map(glob).collect()
        })
        .collect();
    links.imports = files
        .par_iter()
        .map(|file| {
            let mut targets = FxHashMap::default();
            for (number, binding) in file.bindings.iter().enumerate() {
                if let BindingKind::Import(import) = &binding.kind
                    && let Some(target) = links.import(files, file, import, 0)
                {
                    targets.insert(BindingId(number as u32), target);
                }
            }
            targets
        })
        .collect();
    links
}

/// Python and Rust files export what they bind at module level; the rest is listed.
fn exports_of(file: &File) -> FxHashMap<Symbol, Exported> {
    let mut exports = FxHashMap::default();
    if file.language != Language::JavaScript {
        for (number, binding) in file.bindings.iter().enumerate() {
            let is_glob = matches!(&binding.kind, BindingKind::Import(import) if import.item == ImportItem::All);
            if binding.function == FnId::MODULE && !is_glob {
                let exported = Exported::Binding(BindingId(number as u32));
                // A later import of the same name does not replace a definition.
                if matches!(binding.kind, BindingKind::Import(_)) {
                    exports.entry(binding.name).or_insert(exported);
                } else {
                    exports.insert(binding.name, exported);
                }
            }
        }
    }
    for export in &file.exports {
        match export {
            Export::Binding { name, binding } => exports.insert(*name, Exported::Binding(*binding)),
            Export::Value { name, value } => exports.insert(*name, Exported::Value(*value)),
            Export::From { name, import } => exports.insert(*name, Exported::From(import.clone())),
            Export::All { .. } => None,
        };
    }
    exports
}

impl Links {
    /// What an import binding stands for, if the file it leads to is there.
    pub(crate) fn imported(&self, at: BindingRef) -> Option<Target> {
        self.imports[at.file.0 as usize].get(&at.id).copied()
    }

    /// The export of that name, re-exports followed.
    pub(crate) fn exported(&self, files: &[File], from: FileId, name: Symbol) -> Option<Target> {
        self.export(files, from, name, 0)
    }

    /// A name that nothing in the file declares, looked for behind its `import *`s and among its own modules. Library
    /// names are candidates only: the caller checks that a model knows them.
    pub(crate) fn ambient(&self, files: &[File], from: FileId, name: Symbol) -> (Option<Target>, Vec<Symbol>) {
        let file = &files[from.0 as usize];
        if file.language == Language::Rust
            && let Some(target) = self.places.rust_module(file, name)
        {
            return (Some(target), Vec::new());
        }
        let mut external = Vec::new();
        for place in &self.globs[from.0 as usize] {
            match place {
                Place::File(module) => {
                    if let Some(target) = self.export(files, *module, name, 1) {
                        return (Some(target), Vec::new());
                    }
                }
                Place::External(path) => external.push(ir::join(*path, '.', name)),
                Place::Missing => {}
            }
        }
        (None, external)
    }

    /// The module that a package's member names: `package.module`.
    pub(crate) fn submodule(&self, files: &[File], of: FileId, name: Symbol) -> Option<FileId> {
        let file = &files[of.0 as usize];
        match file.language {
            Language::Python => python::submodule(&self.places.by_path, file.path, name),
            Language::Rust => match self.places.rust_module(file, name) {
                Some(Target::Module(module)) => Some(module),
                _ => None,
            },
            _ => None,
        }
    }

    fn place(&self, file: &File, module: Symbol) -> Place {
        match file.language {
            Language::Python => python::resolve(&self.places.by_path, file.path, module),
            Language::JavaScript => self.places.javascript.resolve(&self.places.by_path, file.path, module),
            Language::Rust => self.places.rust.resolve(&self.places.by_path, file.path, module),
            Language::Sql => Place::Missing,
        }
    }

    fn import(&self, files: &[File], file: &File, import: &Import, depth: usize) -> Option<Target> {
        match (self.place(file, import.module), import.item) {
            (_, ImportItem::All) => None,
            (Place::External(path), ImportItem::Named(name)) => {
                // A folder without `__init__.py` is a package all the same.
                let namespaced = Symbol::new(&format!("{}.{name}", import.module));
                match (file.language, self.place(file, namespaced)) {
                    (Language::Python, Place::File(module)) => Some(Target::Module(module)),
                    _ => Some(Target::External(ir::join(path, '.', name))),
                }
            }
            (Place::Missing, ImportItem::Named(name)) if file.language == Language::Python => {
                let dot = if import.module.ends_with('.') { "" } else { "." };
                match self.place(file, Symbol::new(&format!("{}{dot}{name}", import.module))) {
                    Place::File(module) => Some(Target::Module(module)),
                    _ => None,
                }
            }
            (Place::Missing, _) => None,
            (Place::External(path), _) => Some(Target::External(path)),
            (Place::File(module), ImportItem::Module) => Some(self.whole(module)),
            (Place::File(module), ImportItem::Default) => {
                Some(self.export(files, module, Symbol::new("default"), depth + 1).unwrap_or(Target::Module(module)))
            }
            (Place::File(module), ImportItem::Named(name)) => self
                .export(files, module, name, depth + 1)
                .or_else(|| self.submodule(files, module, name).map(Target::Module)),
        }
    }

    /// A module as a value: of a CommonJS module that exports one thing, that thing.
    fn whole(&self, module: FileId) -> Target {
        let exports = &self.exports[module.0 as usize];
        match exports.get(&Symbol::new("default")) {
            Some(Exported::Value(value)) if exports.len() == 1 => Target::Value(ExprRef { file: module, id: *value }),
            Some(Exported::Binding(binding)) if exports.len() == 1 => {
                Target::Binding(BindingRef { file: module, id: *binding })
            }
            _ => Target::Module(module),
        }
    }

    fn export(&self, files: &[File], from: FileId, name: Symbol, depth: usize) -> Option<Target> {
        if depth > MAX_REEXPORTS {
            return None;
        }
        let file = &files[from.0 as usize];
        match self.exports[from.0 as usize].get(&name) {
            Some(Exported::Value(value)) => return Some(Target::Value(ExprRef { file: from, id: *value })),
            Some(Exported::From(import)) => return self.import(files, file, import, depth + 1),
            Some(Exported::Binding(binding)) => {
                return match &file.binding(*binding).kind {
                    BindingKind::Import(import) => self.import(files, file, import, depth + 1),
                    _ => Some(Target::Binding(BindingRef { file: from, id: *binding })),
                };
            }
            None => {}
        }
        let stars = self.stars[from.0 as usize].iter().map(|module| self.place(file, *module));
        let globs = if file.language == Language::JavaScript { &[] } else { self.globs_of(from) };
        stars.chain(globs.iter().copied()).find_map(|place| match place {
            Place::File(module) if module != from => self.export(files, module, name, depth + 1),
            _ => None,
        })
    }

    fn globs_of(&self, file: FileId) -> &[Place] {
        self.globs.get(file.0 as usize).map_or(&[], Vec::as_slice)
    }
}

impl Places {
    fn rust_module(&self, file: &File, name: Symbol) -> Option<Target> {
        self.rust.module(&self.by_path, file, name).map(Target::Module)
    }
}

/// The folder of a path, without a trailing slash; empty at the root.
fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The folder itself and the folders around it, innermost first, the root as "".
fn ancestors(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| (!folder.is_empty()).then(|| folder_of(folder)))
}

/// `folder/name`, or `name` at the root; `.` and `..` are taken out.
fn join_path(folder: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}
