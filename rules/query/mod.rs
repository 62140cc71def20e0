//! What the database is asked to do.

pub(crate) mod count_per_request;
pub(crate) mod deep_offset;
pub(crate) mod fetch_all_then_process;
pub(crate) mod full_table_scan;
mod growth;
pub(crate) mod missing_index;
pub(crate) mod missing_pagination;
pub(crate) mod n_plus_one;
mod repeated;
pub(crate) mod select_star;
pub(crate) mod write_in_loop;

use analysis::{Program, QueryUse};
use ir::finding::RuleInfo;

use crate::common::Cause;

/// The call that sends a query, where its chain begins.
pub(crate) fn sending<'a>(program: &'a Program<'a>, rule: &'a RuleInfo, query: &QueryUse) -> Cause<'a> {
    Cause { program, rule, function: query.function, file: query.at.file, span: query.sent }
}
