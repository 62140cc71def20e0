//! Import statements.

use ir::{BindingKind, Import, ImportItem, Symbol};
use ruff_python_ast::{Alias, StmtImport, StmtImportFrom};
use ruff_text_size::{TextRange, TextSize};

use super::Lowering;

/// The name that one part of `import …` binds, and its place: the alias, or the module's first segment.
pub(super) fn bound_name(alias: &Alias) -> (&str, TextRange) {
    if let Some(name) = &alias.asname {
        return (name, name.range);
    }
    let path = alias.name.as_str();
    let first = path.split('.').next().unwrap_or(path);
    let written = alias.name.range;
    // A name with letters that Python normalises is written with other bytes.
    let is_as_written = written.len().to_usize() == path.len();
    let length = if is_as_written { TextSize::try_from(first.len()).unwrap_or_default() } else { written.len() };
    (first, TextRange::at(written.start(), length))
}

impl Lowering<'_> {
    pub(super) fn import(&mut self, import: &StmtImport) {
        for alias in &import.names {
            let (name, range) = bound_name(alias);
            let name = Symbol::new(name);
            let module = Symbol::new(&alias.name);
            let span = self.span_of(range);
            if alias.asname.is_some() || module == name {
                self.define_import(name, module, ImportItem::Module, span);
            } else {
                self.define_import(name, name, ImportItem::Module, span);
                let submodule = Import { module, item: ImportItem::Module };
                self.builder.anonymous(module, BindingKind::Import(submodule), self.span_of(alias.name.range));
            }
        }
    }

    pub(super) fn import_from(&mut self, import: &StmtImportFrom) {
        let path = import.module.as_ref().map_or("", |module| module.as_str());
        let module = match import.level {
            0 => Symbol::new(path),
            level => Symbol::new(&(".".repeat(level as usize) + path)),
        };
        for alias in &import.names {
            let bound = alias.asname.as_ref().unwrap_or(&alias.name);
            let span = self.span_of(bound.range);
            if alias.name.as_str() == "*" {
                let everything = Import { module, item: ImportItem::All };
                self.builder.anonymous(Symbol::new("*"), BindingKind::Import(everything), span);
            } else {
                let item = ImportItem::Named(Symbol::new(&alias.name));
                self.define_import(Symbol::new(bound), module, item, span);
            }
        }
    }

    fn define_import(&mut self, name: Symbol, module: Symbol, item: ImportItem, span: ir::Span) {
        self.define(name, BindingKind::Import(Import { module, item }), span);
    }
}
