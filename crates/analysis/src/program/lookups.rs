//! What belongs to one function or call, found without a look at all others.

use super::{LibraryCall, Program};
use crate::entries::EntryPoint;
use crate::ids::{ExprRef, FnRef};
use crate::queries::QueryUse;

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
}
