//! What is read from SQL text.

mod planner;
mod plans;
mod predicates;
mod queries;
mod robustness;
mod schemas;
mod texts;

use ir::Query;

/// The only statement of the text.
#[track_caller]
fn one(text: &str) -> Query {
    let mut queries = crate::queries(text);
    assert_eq!(queries.len(), 1, "{text}: {queries:?}");
    queries.remove(0)
}
