//! What of the models a search over the bytes of scripts looks for.

use ir::{Language, Symbol};

use super::{Entry, Library, Models, root_of};

impl Models {
    /// Packages that show what a project has against load.
    pub(crate) fn provided_packages(&self) -> impl Iterator<Item = &'static str> {
        self.all_provides().flat_map(|provides| &provides.packages).map(|package| Symbol::new(package).as_str())
    }

    /// Those for JavaScript and TypeScript.
    pub(crate) fn scripts(&self) -> &Library {
        self.of(Language::JavaScript)
    }
}

impl Library {
    /// Registrations of handlers, by what is called.
    pub(crate) fn entries_by_call(&self) -> impl Iterator<Item = (&'static str, &Entry)> {
        let mut entries: Vec<_> =
            self.entry_calls.iter().map(|(path, index)| (path.as_str(), &self.entries[*index])).collect();
        entries.sort_unstable_by_key(|(path, _)| *path);
        entries.into_iter()
    }

    /// What the names of all that is described begin with, and the packages themselves.
    pub(crate) fn roots(&self) -> impl Iterator<Item = &'static str> {
        let paths = self.calls.keys().chain(self.types.keys()).map(|path| root_of(path.as_str()));
        paths.chain(self.alias_roots.iter().copied()).chain(self.packages.keys().map(|package| package.as_str()))
    }
}
