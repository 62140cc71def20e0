//! Which name means what, across files: imports, re-exports, packages, path aliases.
//!
//! How a specifier finds its file is a language's own affair; this module and its children are the only ones behind the
//! front ends that ask which language a file is in.

mod exports;
mod javascript;
mod paths;
mod places;
mod python;
mod rust;
mod search;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use ir::{BindingId, BindingKind, Export, ExprId, ExprKind, File, FnId, Import, ImportItem, Language, Symbol};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::ids::{BindingRef, ExprRef, FileId};
use crate::models::Models;
pub(crate) use places::Places;
use places::{Paths, Place};
use search::Search;

/// What an imported or exported name stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Target {
    Module(FileId),
    Binding(BindingRef),
    Value(ExprRef),
    /// Something of a library, by canonical path.
    External(Symbol),
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
    /// Where each module specifier of a file leads.
    specifiers: Vec<FxHashMap<Symbol, Place>>,
    /// The files that each imports or declares as its modules, sorted.
    files: Vec<Vec<FileId>>,
    /// Modules of `export * from x`, by file.
    stars: Vec<Vec<Place>>,
    imports: Vec<FxHashMap<BindingId, Target>>,
    /// The same the other way round, once somebody asks.
    importers: OnceLock<FxHashMap<Target, Vec<BindingRef>>>,
    /// Modules of `from x import *`, by file.
    globs: Vec<Vec<Place>>,
    /// What the undeclared names of each file that has any such import stand for.
    ambient: Vec<FxHashMap<Symbol, Ambient>>,
    places: Places,
    /// Names that a generator writes into the project, and what of a library they are.
    generated: FxHashMap<(Language, Symbol), Symbol>,
}

/// What a name that nothing declares can stand for: something of the project, and paths of libraries.
type Ambient = (Option<Target>, Vec<Symbol>);

const MAX_REEXPORTS: usize = 16;

/// Links all files. `manifests` are the paths and texts of configuration files (`tsconfig.json`, `package.json`,
/// `Cargo.toml`); what cannot be read of them is ignored.
pub(crate) fn link(files: &[File], manifests: &BTreeMap<String, String>, models: &Models) -> Links {
    let places = Places::new(files.iter().map(|file| file.path).collect(), files, manifests);
    let mut links = Links {
        exports: files.par_iter().map(exports_of).collect(),
        specifiers: files.par_iter().map(|file| places.specifiers(file)).collect(),
        files: Vec::new(),
        stars: Vec::new(),
        imports: Vec::new(),
        importers: OnceLock::new(),
        globs: Vec::new(),
        ambient: Vec::new(),
        places,
        generated: models.generated(),
    };
    let each = || (0..files.len()).into_par_iter().map(|number| FileId(number as u32));
    links.files =
        each().map(|file| links.places.files_of(&files[file.0 as usize], &links.specifiers[file.0 as usize])).collect();
    links.stars = each().map(|file| links.stars_of(files, file)).collect();
    links.globs = each().map(|file| links.globs_of(files, file)).collect();
    links.imports = each().map(|file| links.imports_of(files, file)).collect();
    links.ambient = each().map(|file| links.ambient_of(files, file)).collect();
    links
}

/// Whether one file can import the other.
pub(crate) fn are_of_one_language(file: &File, other: &File) -> bool {
    file.language == other.language
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
    fn stars_of(&self, files: &[File], from: FileId) -> Vec<Place> {
        let all = |export: &Export| match export {
            Export::All { module } => Some(self.place(files, from, *module)),
            _ => None,
        };
        files[from.0 as usize].exports.iter().filter_map(all).collect()
    }

    fn globs_of(&self, files: &[File], from: FileId) -> Vec<Place> {
        let glob = |binding: &ir::Binding| match &binding.kind {
            BindingKind::Import(import) if import.item == ImportItem::All => {
                Some(self.place(files, from, import.module))
            }
            _ => None,
        };
        files[from.0 as usize].bindings.iter().filter_map(glob).collect()
    }

    fn imports_of(&self, files: &[File], from: FileId) -> FxHashMap<BindingId, Target> {
        let bindings = files[from.0 as usize].bindings.iter().enumerate();
        let targets = bindings.filter_map(|(number, binding)| match &binding.kind {
            BindingKind::Import(import) => {
                Some((BindingId(number as u32), self.import(files, from, import, &mut Search::default())?))
            }
            _ => None,
        });
        targets.collect()
    }

    /// Each undeclared name is looked for once, however often it is written and evaluated.
    fn ambient_of(&self, files: &[File], from: FileId) -> FxHashMap<Symbol, Ambient> {
        let mut found = FxHashMap::default();
        let file = &files[from.0 as usize];
        if !self.globs[from.0 as usize].is_empty() || file.language == Language::Rust {
            for expr in &file.exprs {
                if let ExprKind::Global(name) = expr.kind {
                    found.entry(name).or_insert_with(|| self.find_ambient(files, from, name));
                }
            }
        }
        found
    }

    /// The files that a file imports or declares as its modules, sorted.
    pub(crate) fn files_imported_by(&self, file: FileId) -> &[FileId] {
        &self.files[file.0 as usize]
    }

    /// What an import binding stands for, if the file it leads to is there.
    pub(crate) fn imported(&self, at: BindingRef) -> Option<Target> {
        self.imports[at.file.0 as usize].get(&at.id).copied()
    }

    /// The import bindings that stand for something, in order of files.
    pub(crate) fn importers(&self, files: &[File], target: Target) -> &[BindingRef] {
        let importers = self.importers.get_or_init(|| {
            let mut importers: FxHashMap<Target, Vec<BindingRef>> = FxHashMap::default();
            for (file, number) in files.iter().zip(0..) {
                for (binding, id) in file.bindings.iter().zip(0..) {
                    let at = BindingRef { file: FileId(number), id: BindingId(id) };
                    if let (BindingKind::Import(_), Some(target)) = (&binding.kind, self.imported(at)) {
                        importers.entry(target).or_default().push(at);
                    }
                }
            }
            importers
        });
        importers.get(&target).map_or(&[], Vec::as_slice)
    }

    /// What of a library a generator writes into the project under a name, for files like this one.
    pub(crate) fn generated(&self, file: &File, name: Symbol) -> Option<Symbol> {
        self.generated.get(&(file.language, name)).copied()
    }

    /// The export of that name, re-exports followed.
    pub(crate) fn exported(&self, files: &[File], from: FileId, name: Symbol) -> Option<Target> {
        self.export(files, from, name, &mut Search::default())
    }

    /// A name that nothing in the file declares, looked for behind its `import *`s and among its own modules. Library
    /// names are candidates only: the caller checks that a model knows them.
    pub(crate) fn ambient(&self, from: FileId, name: Symbol) -> (Option<Target>, &[Symbol]) {
        let found = self.ambient[from.0 as usize].get(&name);
        found.map_or((None, &[]), |(target, external)| (*target, external))
    }

    fn find_ambient(&self, files: &[File], from: FileId, name: Symbol) -> Ambient {
        let file = &files[from.0 as usize];
        if file.language == Language::Rust
            && let Some(target) = self.places.rust_module(file, name)
        {
            return (Some(target), Vec::new());
        }
        let mut external = Vec::new();
        for place in &self.globs[from.0 as usize] {
            match place {
                Place::File(module) | Place::Inside(module, _) => {
                    let mut search = Search::at(1);
                    if let Some(target) = self.named_at(files, *place, *module, name, &mut search) {
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

    fn place(&self, files: &[File], from: FileId, module: Symbol) -> Place {
        let known = self.specifiers[from.0 as usize].get(&module).copied();
        known.unwrap_or_else(|| self.places.find(&files[from.0 as usize], module))
    }

    fn import(&self, files: &[File], from: FileId, import: &Import, search: &mut Search) -> Option<Target> {
        let language = files[from.0 as usize].language;
        match (self.place(files, from, import.module), import.item) {
            (_, ImportItem::All) => None,
            // The generator's files are seldom kept with the program, and left out as no work of a person.
            (Place::Missing | Place::External(_), ImportItem::Named(name))
                if let Some(path) = self.generated(&files[from.0 as usize], name) =>
            {
                Some(Target::External(path))
            }
            (Place::External(path), ImportItem::Named(name)) => {
                // A folder without `__init__.py` is a package all the same.
                let namespaced = (language == Language::Python)
                    .then(|| self.place(files, from, Symbol::new(&format!("{}.{name}", import.module))));
                match namespaced {
                    Some(Place::File(module)) => Some(Target::Module(module)),
                    _ => Some(Target::External(ir::join(path, '.', name))),
                }
            }
            (Place::Missing, ImportItem::Named(name)) if language == Language::Python => {
                let dot = if import.module.ends_with('.') { "" } else { "." };
                match self.place(files, from, Symbol::new(&format!("{}{dot}{name}", import.module))) {
                    Place::File(module) => Some(Target::Module(module)),
                    _ => None,
                }
            }
            (Place::Missing, _) => None,
            (Place::External(path), _) => Some(Target::External(path)),
            (Place::File(module) | Place::Inside(module, _), ImportItem::Module) => Some(self.whole(module)),
            (Place::File(module) | Place::Inside(module, _), ImportItem::Default) => {
                let default = search.deeper(|search| self.export(files, module, Symbol::new("default"), search));
                Some(default.unwrap_or(Target::Module(module)))
            }
            (place @ (Place::File(module) | Place::Inside(module, _)), ImportItem::Named(name)) => {
                let inside = search.deeper(|search| self.inside(files, place, name, search));
                if inside.is_some() {
                    return inside;
                }
                search.deeper(|search| self.named(files, module, name, search)).or_else(|| {
                    let root = self.places.other_root(&files[module.0 as usize])?;
                    search.deeper(|search| self.named(files, root, name, search))
                })
            }
        }
    }

    /// What a module exports, or one of its own modules.
    fn named(&self, files: &[File], module: FileId, name: Symbol, search: &mut Search) -> Option<Target> {
        self.export(files, module, name, search).or_else(|| self.submodule(files, module, name).map(Target::Module))
    }
}
