//! A growing table is counted for every request.

use std::collections::BTreeMap;

use analysis::{Certainty, FnRef, Program, QueryUse, Role, Shape};
use ir::PredicateOp;
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity, Step};

use super::growth::{self, Growth};
use super::narrow;
use crate::Rule;
use crate::common::{Words, waited_for};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "count-per-request",
        family: Family::Query,
        severity: Severity::Warning,
        summary: "a growing table is counted for every request",
        cwe: &[1049],
        page: include_str!("count_per_request.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    let mut counts: BTreeMap<FnRef, Vec<(&QueryUse, Confidence)>> = BTreeMap::new();
    for query in program.queries() {
        // `session.exec(select(func.count())…).one()` gives one row with the number.
        if !matches!(query.shape, Shape::Scalar | Shape::One)
            || query.site.is_once
            || !program.runs(query.function, waited_for)
            || program.role(query.file) != Role::App
            || !program.counts_rows(query)
            || program.is_ruled_out_by_callers(query.function, query.at)
            || program.is_trimmed_after(query)
            || program
                .first_entry(query.function, waited_for)
                .is_some_and(|entry| program.is_answer_cached(entry.function))
        {
            continue;
        }
        if let Some(confidence) = judge(program, query) {
            // The total beside a page of a filtered list is what page numbers cost; a search for a text costs more.
            let is_search = query.conditions.iter().any(|condition| condition.op == PredicateOp::ContainsLike);
            let is_dear = query.filter == Certainty::Absent || is_search;
            let confidence = if is_dear { confidence } else { Confidence::Low };
            counts.entry(query.function).or_default().push((query, confidence));
        }
    }
    for found in counts.values() {
        let confidence = found.iter().map(|(_, confidence)| *confidence).max().unwrap_or(Confidence::Low);
        let Some((first, _)) = found.iter().find(|(_, other)| *other == confidence) else { continue };
        let entity = super::entity_of(first, "the table");
        let message = match found.len() {
            1 if first.filter != Certainty::Absent => {
                format!("the rows of {entity} that match are counted for every request, and no index narrows them")
            }
            1 => format!("all rows of {entity} are counted for every request"),
            number => format!("{number} tables are counted for every request, {entity} among them"),
        };
        let words = Words {
            message,
            label: "reads the whole table or an index of it".to_owned(),
            runs_out: "the database's processor: COUNT(*) of 10 million rows takes a second, and 50 users ask for it at once"
                .to_owned(),
            instead: "cache the number for a minute, keep it in a counter, or ask for one row more than the page to know whether there is a next"
                .to_owned(),
        };
        let mut finding =
            super::sending(program, &RULE.info, first).finding(Severity::Warning, confidence, waited_for, words);
        for (query, _) in found.iter().filter(|(query, _)| query.at != first.at) {
            let location = program.location(query.at.file, query.sent);
            finding.related.push(Step { location, message: "counted too".to_owned() });
        }
        findings.push(finding);
    }
}

/// A count that reads much: without a condition, or with one that no index serves.
fn judge(program: &Program<'_>, query: &QueryUse) -> Option<Confidence> {
    let is_search = |op: PredicateOp| op == PredicateOp::ContainsLike;
    let reads_all = growth::may_be_unfiltered(query)
        || !query.conditions.is_empty()
            && query.conditions.iter().all(|condition| is_search(condition.op) || narrow::is_usual(condition));
    if query.is_grouped || query.is_joined || !reads_all || query.entity.is_none() {
        return None;
    }
    match growth::of_entity(program, query.entity) {
        Growth::Small => None,
        Growth::Unknown => Some(Confidence::Low),
        Growth::Grows => Some(Confidence::Medium),
    }
}
