//! What the database is asked.

use ir::{Span, Symbol};

use super::Program;
use crate::ids::ExprRef;
use crate::queries::{self, QueryUse};
use crate::rows::ProcessedRows;

impl Program<'_> {
    /// Every query that the program sends, by file and position.
    pub fn queries(&self) -> &[QueryUse] {
        &self.queries
    }

    /// Rows that are fetched only to be counted, summed, filtered, searched or cut in memory.
    pub fn processed_rows(&self) -> &[ProcessedRows] {
        &self.rows.processed
    }

    /// The place of a call, where its chain begins.
    pub fn chain_span(&self, call: ExprRef) -> Span {
        queries::chain_span(self, call)
    }

    /// Whether all rows of a query may be needed somewhere, by its number among [`queries`](Self::queries).
    pub fn needs_rows(&self, query: usize) -> bool {
        self.rows.needed.get(query).is_none_or(|is_needed| *is_needed)
    }

    /// The columns that are read of a query's rows, if no row goes anywhere whole: by its number among
    /// [`queries`](Self::queries).
    pub fn columns_read(&self, query: usize) -> Option<&[Symbol]> {
        self.rows.columns.get(query)?.as_deref()
    }
}
