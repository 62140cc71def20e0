//! What the resolvers of all languages look specifiers up in, and which files a file imports.

use std::collections::BTreeMap;

use ir::{BindingKind, Export, File, ImportItem, Language, Symbol};
use rustc_hash::FxHashMap;

use super::{Target, javascript, python, rust};
use crate::ids::FileId;

/// Where a module specifier leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    File(FileId),
    /// A module that is written inside of a file, by its path from there.
    Inside(FileId, Symbol),
    External(Symbol),
    /// Inside the project, but no such file was given.
    Missing,
}

impl Place {
    pub(super) fn file(self) -> Option<FileId> {
        match self {
            Self::File(found) | Self::Inside(found, _) => Some(found),
            Self::External(_) | Self::Missing => None,
        }
    }
}

/// Files by their whole path. Keyed by text, because most of what is looked up is no file and would only fill the
/// table of symbols.
pub(super) type Paths = FxHashMap<&'static str, FileId>;

/// What the resolvers look specifiers up in.
#[derive(Debug)]
pub(crate) struct Places {
    pub(crate) paths: Vec<Symbol>,
    pub(super) by_path: Paths,
    python: python::Modules,
    javascript: javascript::Config,
    rust: rust::Config,
}

/// The modules that a file's imports and exports name, each with what they take of it where that has a name.
fn modules(file: &File) -> impl Iterator<Item = (Symbol, Option<Symbol>)> {
    let named = |item: ImportItem| match item {
        ImportItem::Named(name) => Some(name),
        _ => None,
    };
    let imported = file.bindings.iter().filter_map(move |binding| match &binding.kind {
        BindingKind::Import(import) => Some((import.module, named(import.item))),
        _ => None,
    });
    let exported = file.exports.iter().filter_map(move |export| match export {
        Export::From { import, .. } => Some((import.module, named(import.item))),
        Export::All { module } => Some((*module, None)),
        _ => None,
    });
    imported.chain(exported)
}

impl Places {
    pub(crate) fn new(paths: Vec<Symbol>, files: &[File], manifests: &BTreeMap<String, String>) -> Self {
        let by_path: Paths = paths.iter().zip(0..).map(|(path, number)| (path.as_str(), FileId(number))).collect();
        Self {
            paths,
            python: python::Modules::new(&by_path),
            javascript: javascript::Config::read(&by_path, manifests),
            by_path,
            rust: rust::Config::read(files, manifests),
        }
    }

    /// The files that a file imports or declares as its modules, sorted. What a package gives may be one of its modules.
    pub(crate) fn imports_of(&self, file: &File) -> Vec<FileId> {
        self.files_of(file, &self.specifiers(file))
    }

    /// Where the specifiers lead that a file's imports and exports name.
    pub(super) fn specifiers(&self, file: &File) -> FxHashMap<Symbol, Place> {
        let mut found = FxHashMap::default();
        for (module, _) in modules(file) {
            found.entry(module).or_insert_with(|| self.find(file, module));
        }
        found
    }

    pub(super) fn files_of(&self, file: &File, specifiers: &FxHashMap<Symbol, Place>) -> Vec<FileId> {
        let mut found = Vec::new();
        for (module, name) in modules(file) {
            let place = specifiers.get(&module).copied().unwrap_or(Place::Missing);
            found.extend(place.file());
            found.extend(name.and_then(|name| self.module_in(file, module, place, name)));
        }
        found.extend(file.submodules.iter().filter_map(|name| self.rust.module(&self.by_path, file, *name)));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The module of that name in what an import names.
    fn module_in(&self, file: &File, module: Symbol, place: Place, name: Symbol) -> Option<FileId> {
        let separator = match (file.language, place) {
            (Language::Python, Place::File(package)) => {
                return python::submodule(&self.by_path, self.paths[package.0 as usize], name);
            }
            (Language::Python, _) => ".",
            (Language::Rust, _) => "::",
            _ => return None,
        };
        let separator = if module.ends_with(separator) { "" } else { separator };
        self.find(file, Symbol::new(&format!("{module}{separator}{name}"))).file()
    }

    /// The file of a module of JavaScript or TypeScript.
    pub(crate) fn script(&self, from: Symbol, module: Symbol) -> Option<FileId> {
        self.javascript.resolve(&self.by_path, from, module).file()
    }

    pub(super) fn find(&self, file: &File, module: Symbol) -> Place {
        match file.language {
            Language::Python => self.python.resolve(&self.by_path, file.path, module),
            Language::JavaScript => self.javascript.resolve(&self.by_path, file.path, module),
            Language::Rust => self.rust.resolve(&self.by_path, file.path, module),
            Language::Sql => Place::Missing,
        }
    }

    /// The root of the program beside the library that a file is the root of.
    pub(super) fn other_root(&self, file: &File) -> Option<FileId> {
        (file.language == Language::Rust).then(|| rust::program_beside(&self.by_path, file.path))?
    }

    pub(super) fn rust_module(&self, file: &File, name: Symbol) -> Option<Target> {
        self.rust.module(&self.by_path, file, name).map(Target::Module)
    }
}
