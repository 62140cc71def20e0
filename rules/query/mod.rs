//! What the database is asked to do.

pub(crate) mod count_per_request;
pub(crate) mod deep_offset;
pub(crate) mod fetch_all_then_process;
pub(crate) mod full_table_scan;
pub(crate) mod growth;
pub(crate) mod missing_index;
pub(crate) mod missing_pagination;
pub(crate) mod n_plus_one;
mod narrow;
mod repeated;
pub(crate) mod select_star;
pub(crate) mod write_in_loop;

use analysis::{Program, QueryUse, Suggestion};
use ir::Symbol;
use ir::finding::RuleInfo;

use crate::common::Cause;

/// The call that sends a query, where its chain begins.
pub(crate) fn sending<'a>(program: &'a Program<'a>, rule: &'a RuleInfo, query: &QueryUse) -> Cause<'a> {
    Cause { program, rule, function: query.function, file: query.at.file, span: query.sent }
}

/// The table or entity as a message names it, or other words where it is not known.
fn entity_of(query: &QueryUse, otherwise: &str) -> String {
    query.entity.map_or(otherwise.to_owned(), |entity| format!("`{entity}`"))
}

/// What to write instead of a query: in the words of its library, else in general ones.
fn advice(program: &Program<'_>, rule: &str, query: &QueryUse, otherwise: &str) -> String {
    program.advice(rule, query.at, query.sql.is_some()).unwrap_or(otherwise).to_owned()
}

/// The statement that creates the index, in the database's names.
fn index_statement(program: &Program<'_>, suggestion: &Suggestion) -> String {
    let mut named = suggestion.clone();
    for key in named.keys.iter_mut().filter(|key| !key.is_expression) {
        if let Some((table, column)) = program.database_names(suggestion.table, key.name) {
            let needs_quotes = column.chars().any(char::is_uppercase);
            let column = if needs_quotes { Symbol::new(&format!("\"{column}\"")) } else { column };
            (named.table, key.name) = (table, column);
        }
    }
    named.statement()
}
