//! What a module exports under a name, itself or by handing on what others do.

use ir::{BindingKind, File, Import, ImportItem, Language, Symbol};

use super::search::Search;
use super::{Exported, Links, MAX_REEXPORTS, Place, Target};
use crate::ids::{BindingRef, ExprRef, FileId};

impl Links {
    /// A module as a value: of a CommonJS module that exports one thing, that thing.
    pub(super) fn whole(&self, module: FileId) -> Target {
        let exports = &self.exports[module.0 as usize];
        match exports.get(&Symbol::new("default")) {
            Some(Exported::Value(value)) if exports.len() == 1 => Target::Value(ExprRef { file: module, id: *value }),
            Some(Exported::Binding(binding)) if exports.len() == 1 => {
                Target::Binding(BindingRef { file: module, id: *binding })
            }
            _ => Target::Module(module),
        }
    }

    /// Where a module exports one thing (`module.exports = db`), that and the member of it that an import names:
    /// `const { User } = require('./db')`.
    pub(crate) fn member_of_whole(&self, files: &[File], at: BindingRef) -> Option<(Target, Symbol)> {
        let file = &files[at.file.0 as usize];
        let BindingKind::Import(Import { module, item: ImportItem::Named(name) }) = &file.binding(at.id).kind else {
            return None;
        };
        let module = self.place(files, at.file, *module).file().filter(|_| file.language == Language::JavaScript)?;
        match self.whole(module) {
            Target::Module(_) => None,
            whole => Some((whole, *name)),
        }
    }

    /// What is exported by its whole path inside a file, else what the file exports under the name.
    pub(super) fn named_at(
        &self,
        files: &[File],
        place: Place,
        file: FileId,
        name: Symbol,
        search: &mut Search,
    ) -> Option<Target> {
        self.inside(files, place, name, search).or_else(|| self.export(files, file, name, search))
    }

    pub(super) fn inside(&self, files: &[File], place: Place, name: Symbol, search: &mut Search) -> Option<Target> {
        let Place::Inside(file, module) = place else { return None };
        self.export(files, file, Symbol::new(&format!("{module}::{name}")), search)
    }

    pub(super) fn export(&self, files: &[File], from: FileId, name: Symbol, search: &mut Search) -> Option<Target> {
        if search.depth > MAX_REEXPORTS {
            return None;
        }
        let file = &files[from.0 as usize];
        match self.exports[from.0 as usize].get(&name) {
            Some(Exported::Value(value)) => return Some(Target::Value(ExprRef { file: from, id: *value })),
            Some(Exported::From(import)) => return search.deeper(|search| self.import(files, from, import, search)),
            Some(Exported::Binding(binding)) => {
                return match &file.binding(*binding).kind {
                    BindingKind::Import(import) => search.deeper(|search| self.import(files, from, import, search)),
                    _ => Some(Target::Binding(BindingRef { file: from, id: *binding })),
                };
            }
            None => {}
        }
        let stars = self.stars[from.0 as usize].as_slice();
        let globs = if file.language == Language::JavaScript { &[] } else { self.globs[from.0 as usize].as_slice() };
        let places = || stars.iter().chain(globs);
        if places().next().is_none() || search.is_in_vain(from, name) {
            return None;
        }
        let found = places().find_map(|place| match place {
            Place::File(module) if *module != from => search.deeper(|search| self.export(files, *module, name, search)),
            Place::Inside(module, _) if *module != from => {
                search.deeper(|search| self.named_at(files, *place, *module, name, search))
            }
            Place::Inside(..) => search.deeper(|search| self.inside(files, *place, name, search)),
            _ => None,
        });
        found.or_else(|| self.handed_on(file, stars, name))
    }

    /// What `export *` hands on of modules that are not there: what a generator writes, or what the only package among them
    /// exports.
    fn handed_on(&self, file: &File, stars: &[Place], name: Symbol) -> Option<Target> {
        let mut outside = stars.iter().filter(|place| place.file().is_none()).peekable();
        outside.peek()?;
        if let Some(path) = self.generated(file, name) {
            return Some(Target::External(path));
        }
        match (outside.next(), outside.next()) {
            (Some(Place::External(path)), None) => Some(Target::External(ir::join(*path, '.', name))),
            _ => None,
        }
    }
}
