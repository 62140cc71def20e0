//! What is read from SQL text.

mod narrowing;
mod partial;
mod planner;
mod plans;
mod predicates;
mod queries;
mod robustness;
mod schemas;
mod texts;

use crate::access::{Access, Dialect, Planner};
use ir::Query;

/// The only statement of the text.
#[track_caller]
fn one(text: &str) -> Query {
    let mut queries = crate::queries(text);
    assert_eq!(queries.len(), 1, "{text}: {queries:?}");
    queries.remove(0)
}

/// How PostgreSQL reads the tables of a statement.
fn accesses(tables: &str, text: &str) -> Vec<Access> {
    let mut catalog = crate::Catalog::new();
    crate::changes_in(tables, Dialect::Postgres).iter().for_each(|change| catalog.apply(change));
    let schema = catalog.into_schema();
    let plans = Planner::new(&schema, Dialect::Postgres, |_| false).plan(text);
    plans.into_iter().flat_map(|plan| plan.accesses).collect()
}
