use ir::{BindingKind, Symbol};

use super::Program;
use crate::ids::{ExprRef, FileId};

impl Program<'_> {
    /// What a rule advises to users of the library that a call belongs to. Where the call sends SQL, only what holds for
    /// SQL counts.
    pub fn advice(&self, rule: &str, call: ExprRef, is_sql: bool) -> Option<&str> {
        self.library(call.file).advice(rule, self.model(call)?.path?, is_sql)
    }

    /// What a rule advises to users of the libraries that a file imports, or is handed under their names (`up(knex)`).
    pub fn advice_in(&self, rule: &str, file: FileId) -> Option<&str> {
        let library = self.library(file);
        let modules = self.file(file).bindings.iter().filter_map(|binding| match &binding.kind {
            BindingKind::Import(import) => Some(import.module),
            _ => None,
        });
        let paths = modules.map(|module| Symbol::new(module.trim_start_matches("::")));
        let params = self.file(file).functions.iter().flat_map(|function| &function.params);
        paths.chain(params.map(|param| param.name)).find_map(|module| library.advice(rule, module, false))
    }
}
