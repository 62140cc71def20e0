//! What belongs to one function or call, found without a look at all others.

use ir::ExprKind;

use super::{LibraryCall, Program};
use crate::entries::EntryPoint;
use crate::ids::{ExprRef, FnRef};
use crate::queries::QueryUse;
use crate::values::Atom;

impl<'m> Program<'m> {
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
        let file = self.file(call.file);
        let ExprKind::Call { callee, .. } = file.expr(call.id).kind else { return Vec::new() };
        let functions = self.value(ExprRef { file: call.file, id: callee }).iter().filter_map(|atom| match atom {
            Atom::Function(function) => Some(*function),
            Atom::Class(class) => self.classes.constructor(&self.files, *class),
            _ => None,
        });
        functions.collect()
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
}
