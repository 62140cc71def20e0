//! What belongs to one function or call, found without a look at all others, and what each of them gives.

use ir::{ExprKind, Symbol, TextPart};
use rayon::prelude::*;

use super::{LibraryCall, Program};
use crate::entries::EntryPoint;
use crate::ids::{ExprRef, FileId, FnRef};
use crate::index::{FileIndex, Site};
use crate::queries::QueryUse;
use crate::roles::Role;
use crate::values::Atom;

impl<'m> Program<'m> {
    /// Whether a query goes to a pool, and not to a connection of it.
    pub fn is_sent_through_pool(&self, call: ExprRef) -> bool {
        let Some(model) = self.model(call) else { return false };
        let ty = model.path.and_then(|path| path.as_str().rsplit_once('#')).map(|(ty, _)| Symbol::new(ty));
        let library = self.library(call.file);
        !model.query.is_empty() && ty.is_some_and(|ty| library.is_pool(ty))
    }

    /// The calls of modelled functions that a function makes.
    pub(crate) fn calls_of(&self, function: FnRef) -> &[LibraryCall<'m>] {
        let first = self.calls.partition_point(|call| call.function < function);
        let more = self.calls[first..].partition_point(|call| call.function == function);
        &self.calls[first..first + more]
    }

    /// The queries that a call sends.
    pub(crate) fn queries_at(&self, call: ExprRef) -> &[QueryUse] {
        let first = self.queries.partition_point(|query| query.at < call);
        let more = self.queries[first..].partition_point(|query| query.at == call);
        &self.queries[first..first + more]
    }

    /// The entries that call a function.
    pub(crate) fn entries_of(&self, function: FnRef) -> impl Iterator<Item = &EntryPoint> {
        let numbers = self.entries_of.get(&function).into_iter().flatten();
        numbers.map(|number| &self.entries[*number as usize])
    }

    pub(crate) fn is_entry(&self, function: FnRef) -> bool {
        self.entries_of.contains_key(&function)
    }

    /// The project functions that a call runs directly.
    pub fn called_functions(&self, call: ExprRef) -> Vec<FnRef> {
        self.callees.of_call(call).to_vec()
    }

    /// The project functions among a call's arguments.
    pub(crate) fn functions_given(&self, call: ExprRef) -> Vec<FnRef> {
        let ExprKind::Call { args, .. } = self.kind(call) else { return Vec::new() };
        let given = args.iter().flat_map(|arg| self.value(ExprRef { file: call.file, id: arg.value }));
        let functions = given.filter_map(|atom| match atom {
            Atom::Function(function) => Some(*function),
            _ => None,
        });
        functions.collect()
    }

    /// A text that is written out as a whole, in this place.
    pub(crate) fn written_text(&self, expr: ExprRef) -> Option<&str> {
        match self.kind(expr) {
            ExprKind::Text(parts) => match parts.as_slice() {
                [TextPart::Literal { value, .. }] => Some(value),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether the call stands in a loop of any kind.
    pub fn is_in_loop(&self, call: ExprRef) -> bool {
        self.listing(call.file).site(call.id).is_some_and(|site| site.in_any_loop)
    }

    /// The name that what a call gives is assigned to.
    pub fn name_given(&self, call: ExprRef) -> Option<ir::BindingId> {
        self.listing(call.file).bound_to(self.file(call.file), call.id)
    }

    /// Whether a call makes something that is as good as its argument: a lock, a cell, a pointer.
    pub(crate) fn wraps(&self, call: ExprRef) -> bool {
        let ExprKind::Call { callee, .. } = *self.kind(call) else { return false };
        let library = self.library(call.file);
        let is_wrapper = |path: Symbol| library.ty(library.canonical(path)).is_some_and(|ty| ty.wraps.is_some());
        let makes_wrapper = |atom: &Atom| match atom {
            // `Arc::new`, `Box::pin`: a function of the type.
            Atom::Path(path) => {
                is_wrapper(*path) || path.as_str().rsplit_once('.').is_some_and(|(ty, _)| is_wrapper(Symbol::new(ty)))
            }
            _ => false,
        };
        self.value(ExprRef { file: call.file, id: callee }).iter().any(makes_wrapper)
    }

    /// What `f` gives for each function outside of tests, files in parallel, in their order.
    pub(crate) fn each_function<T: Send, I: IntoIterator<Item = T>>(&self, f: impl Fn(FnRef) -> I + Sync) -> Vec<T> {
        let parts: Vec<Vec<T>> = (0..self.files.len())
            .into_par_iter()
            .map(|number| {
                let file = FileId(number as u32);
                if self.role(file) == Role::Test {
                    return Vec::new();
                }
                let functions = 0..self.files[number].functions.len();
                functions.flat_map(|id| f(FnRef { file, id: ir::FnId(id as u32) })).collect()
            })
            .collect();
        parts.into_iter().flatten().collect()
    }

    /// The same for each of these functions in which a loop stands.
    pub(crate) fn each_with_loops<T: Send, I: IntoIterator<Item = T>>(&self, f: impl Fn(FnRef) -> I + Sync) -> Vec<T> {
        let has_loops = |function: FnRef| self.listing(function.file).has_loops(function.id);
        self.each_function(|function| has_loops(function).then(|| f(function)).into_iter().flatten())
    }

    /// What `f` gives for each call, files in parallel, in their order.
    pub(crate) fn each_site<T: Send>(&self, f: impl Fn(&Site, ExprRef) -> Option<T> + Sync) -> Vec<T> {
        let of_file = |(number, index): (usize, &FileIndex)| -> Vec<T> {
            let file = FileId(number as u32);
            index.sites.iter().flatten().filter_map(|site| f(site, ExprRef { file, id: site.call })).collect()
        };
        let parts: Vec<Vec<T>> = self.indexes.par_iter().enumerate().map(of_file).collect();
        parts.into_iter().flatten().collect()
    }
}
