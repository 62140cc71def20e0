//! Pages are found by skipping all rows before them.

use analysis::{Offset, Program, QueryUse, Role, Shape};
use ir::PredicateOp;
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity};

use super::growth;
use crate::Rule;
use crate::common::{Words, waited_for};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "deep-offset",
        family: Family::Query,
        severity: Severity::Warning,
        summary: "pages of a growing table are found by skipping all rows before them",
        cwe: &[1049],
        page: include_str!("deep_offset.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    for query in program.queries().iter().filter(|query| skips(program, query)) {
        if query.site.in_any_loop || !program.runs(query.function, waited_for) || program.role(query.file) != Role::App
        {
            continue;
        }
        let Some(confidence) = growth::of_rows(program, query) else { continue };
        let entity = super::entity_of(query, "the table");
        let words = Words {
            message: format!("pages of {entity} are found by OFFSET, and nothing bounds it"),
            label: "all rows before the page are read and dropped".to_owned(),
            runs_out: "the database's processor: the page at offset 100,000 reads 100,000 rows, and crawlers go through all pages"
                .to_owned(),
            instead: "page by key: `WHERE id < :last_id ORDER BY id DESC LIMIT 20` on an index, with the last key as the cursor; or cap the page number"
                .to_owned(),
        };
        // Behind a condition on the table each page skips part of it only, and what one parent has few people page through.
        let severity = if query.conditions.is_empty() { Severity::Warning } else { Severity::Info };
        let is_of_one = query.conditions.iter().any(|condition| condition.op == PredicateOp::Equal);
        let confidence = confidence.min(if is_of_one { Confidence::Low } else { Confidence::Medium });
        findings.push(super::sending(program, &RULE.info, query).finding(severity, confidence, waited_for, words));
    }
}

fn skips(program: &Program<'_>, query: &QueryUse) -> bool {
    let reads = matches!(query.shape, Shape::Rows | Shape::Bounded | Shape::Unknown);
    reads
        && match query.offset {
            Some(Offset::Value(value)) => !program.is_capped(value),
            Some(Offset::Text) => true,
            None => false,
        }
}
