//! Whether several processes serve: by deployment files, by settings of what starts them, and by the code itself.

use ir::finding::Location;
use ir::{BindingId, ExprId, ExprKind, FnId};

use super::{Given, LibraryCall, Program};
use crate::ids::{ExprRef, FileId};
use crate::models::{Glob, Workers, is_several, path_parts};
use crate::processes::{Started, covers};
use crate::roles::Role;

/// What starts several processes.
#[derive(Clone, Debug)]
pub struct Several {
    pub location: Location,
    /// `several workers of gunicorn`.
    pub is: String,
}

/// Names that stand for the number of processors.
const PROCESSORS: &[&str] = &["cpu_count", "cpus", "availableparallelism"];

impl<'m> Program<'m> {
    /// Whether any part of the program is started several times, as far as deployment files and the code say.
    pub fn is_in_several_processes(&self) -> bool {
        !self.started.is_empty()
    }

    /// What starts the part of the program that a file belongs to several times, if something does.
    pub fn several(&self, file: FileId) -> Option<Several> {
        let (path, own) = (self.file(file).path, &self.library(file).workers);
        let is_own = |workers: &Workers| own.iter().any(|other| std::ptr::eq(other, workers));
        let is_about = |started: &&Started<'_>| {
            (started.is_code || covers(&started.path, &path)) && started.workers.is_none_or(is_own)
        };
        let started = self.started.iter().find(is_about)?;
        let is = started.workers.map_or("several copies of the container", |workers| &workers.is);
        Some(Several { location: Location { path: started.path, span: started.span }, is: is.to_owned() })
    }

    /// What the program's own files say of how many processes there are.
    pub(super) fn started_by_code(&self) -> Vec<Started<'m>> {
        let mut found = Vec::new();
        for number in 0..self.files.len() {
            let file = FileId(number as u32);
            if self.role(file) == Role::Test || self.is_for_development(file) {
                continue;
            }
            let path = self.file(file).path;
            let parts = path_parts(path.as_str());
            for workers in &self.library(file).workers {
                let is_it = workers.file.as_deref().is_some_and(|pattern| Glob::new(pattern).matches(&parts));
                if let Some(value) = is_it.then(|| self.several_in(file, &workers.options)).flatten() {
                    let span = self.file(file).expr(value).span;
                    found.push(Started { path, span, workers: Some(workers), is_code: false });
                }
            }
        }
        for call in self.calls() {
            let mut own = self.library(call.at.file).workers.iter();
            if let Some(workers) = own.find(|workers| self.starts_several(call, workers)) {
                let span = self.call_span(call.at);
                let path = self.file(call.at.file).path;
                found.push(Started { path, span, workers: Some(workers), is_code: true });
            }
        }
        found
    }

    /// `workers = 4` in `gunicorn.conf.py`.
    fn several_in(&self, file: FileId, names: &[String]) -> Option<ExprId> {
        self.values_of_names(file, names).into_iter().find(|value| {
            let value = ExprRef { file, id: *value };
            self.literal(value, 0).is_some_and(|text| is_several(&text)) || self.mentions(value, PROCESSORS)
        })
    }

    /// What a file's own names, and entries of its records, are given.
    fn values_of_names(&self, id: FileId, names: &[String]) -> Vec<ExprId> {
        let (file, index) = (self.file(id), self.listing(id));
        let is_named = |name: ir::Symbol| names.iter().any(|wanted| name == **wanted);
        let bindings = file.bindings.iter().enumerate();
        let own = bindings.filter(|(_, binding)| binding.function == FnId::MODULE && is_named(binding.name));
        let given = own.filter_map(|(number, _)| index.defs.get(&BindingId(number as u32))).flatten();
        let mut values: Vec<ExprId> = given.map(|def| def.value).collect();
        for expr in &file.exprs {
            if let ExprKind::Record(entries) = &expr.kind {
                let named = entries.iter().filter(|entry| entry.key.is_some_and(is_named));
                values.extend(named.map(|entry| entry.value));
            }
        }
        values
    }

    /// `uvicorn.run(app, workers=4)`, `cluster.fork()`.
    fn starts_several(&self, call: &LibraryCall<'_>, workers: &Workers) -> bool {
        let is_called = call.model.path.is_some_and(|called| workers.call.as_deref() == Some(&*called));
        if !is_called || self.role(call.at.file) != Role::App || self.is_for_development(call.at.file) {
            return false;
        }
        let set = self.options_of(call.at, call.model);
        let says_several = |name: &String| match self.given(&set, name) {
            Given::Text(text) => is_several(&text),
            _ => false,
        };
        workers.options.is_empty() || workers.options.iter().any(says_several)
    }
}
