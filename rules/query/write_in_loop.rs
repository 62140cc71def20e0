//! Rows are written one by one.

use analysis::{Program, Shape};
use ir::PredicateOp;
use ir::finding::{Family, Finding, RuleInfo, Severity};

use super::repeated::Repeated;
use crate::Rule;
use crate::common::Words;

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "write-in-loop",
        family: Family::Query,
        severity: Severity::Warning,
        summary: "rows are written one by one in a loop",
        cwe: &[1073],
        page: include_str!("write_in_loop.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    let mut repeated = Repeated::default();
    for query in program.queries().iter().filter(|query| query.shape == Shape::Write) {
        // A list of rows, or all rows of a list of keys, is the cure.
        let is_bulk =
            program.writes_many(query) || query.conditions.iter().any(|condition| condition.op == PredicateOp::In);
        if is_bulk {
            continue;
        }
        let entity = super::entity_of(query, "the table");
        let words = Words {
            message: format!("rows of {entity} are written one by one, a round trip each"),
            label: "one statement an item".to_owned(),
            runs_out: "time and pooled connections: 1,000 rows are 1,000 round trips, and outside a transaction as many disk flushes"
                .to_owned(),
            instead: super::advice(
                program,
                RULE.info.slug,
                query,
                "write all rows with one statement (several VALUES, `UPDATE … FROM`, the ORM's bulk call), in one transaction",
            ),
        };
        repeated.add(program, &RULE.info, query, words);
    }
    findings.extend(repeated.into_findings());
}
