//! A query runs once per item of a list.

use analysis::{Program, QueryUse, Shape};
use ir::PredicateOp;
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity};

use super::repeated;
use crate::Rule;
use crate::common::Words;

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "n-plus-one",
        family: Family::Query,
        severity: Severity::Warning,
        summary: "a query runs once per item of a list",
        cwe: &[1073],
        page: include_str!("n_plus_one.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    for query in program.queries().iter().filter(|query| reads_for_an_item(query)) {
        let entity = query.entity.map_or("the database".to_owned(), |entity| format!("`{entity}`"));
        let words = Words {
            message: format!("{entity} is asked once per item of a list"),
            label: "one query an item".to_owned(),
            runs_out: "time and pooled connections: a list of 200 items waits for 200 round trips, and 50 users send 10,000 queries"
                .to_owned(),
            instead: "ask once for all items (`WHERE id IN (…)`, a join, the ORM's eager loading) and look the rows up by key".to_owned(),
        };
        findings.extend(repeated::finding(program, &RULE.info, query, Confidence::High, words));
    }
}

/// A read of what belongs to one item; a chunk of many keys is the cure.
fn reads_for_an_item(query: &QueryUse) -> bool {
    matches!(query.shape, Shape::Rows | Shape::One | Shape::Scalar)
        && !query.conditions.iter().any(|condition| condition.op == PredicateOp::In)
}
