//! What the database is asked to do.

pub(crate) mod full_table_scan;
mod growth;
pub(crate) mod missing_index;
pub(crate) mod missing_pagination;

use analysis::{Program, QueryUse};
use ir::finding::RuleInfo;

use crate::common::Cause;

/// The call that sends a query: of SQL text the call, of a chain its beginning.
pub(crate) fn sending<'a>(program: &'a Program<'a>, rule: &'a RuleInfo, query: &QueryUse) -> Cause<'a> {
    let span = if query.sql.is_some() { program.call_span(query.at) } else { query.span };
    Cause { program, rule, function: query.function, file: query.at.file, span }
}
