//! A query reads a growing table whole.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use analysis::{Certainty, Condition, FileId, FnRef, Program, QueryUse, Reads, Reason, Shape, Suggestion, TableAccess};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity, Step};
use ir::{Column, PredicateOp, Span};

use super::growth::{self, Growth};
use super::narrow;
use crate::Rule;
use crate::common::{Cause, Words, join, waited_for};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "full-table-scan",
        family: Family::Query,
        severity: Severity::Warning,
        summary: "a query reads a whole growing table in each request",
        cwe: &[1049],
        page: include_str!("full_table_scan.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    // One cause: a function that does the same with one table again and again.
    let mut of_function: BTreeMap<(FnRef, String), Finding> = BTreeMap::new();
    for query in program.queries() {
        if !program.runs(query.function, waited_for) || growth::of_entity(program, query.entity) == Growth::Small {
            continue;
        }
        let entity = super::entity_of(query, "the table");
        let Some(scan) = judge(program, query, &entity).or_else(|| planned(program, query)) else { continue };
        let words = Words {
            message: scan.message,
            label: scan.label.to_owned(),
            runs_out:
                "the database's processor and disk: each request reads the table from start to end, and the table grows"
                    .to_owned(),
            instead: scan.instead,
        };
        let cause = Cause { program, rule: &RULE.info, function: query.function, file: scan.file, span: scan.span };
        let mut finding = cause.finding(Severity::Warning, scan.confidence, waited_for, words);
        let sent = super::sending(program, &RULE.info, query).location();
        if sent != finding.primary {
            finding.related.push(Step { location: sent, message: "sent here".to_owned() });
        }
        match of_function.entry((query.function, finding.message.clone())) {
            Entry::Occupied(mut first) if first.get().confidence == finding.confidence => {
                join(first.get_mut(), finding);
            }
            Entry::Occupied(_) => findings.push(finding),
            Entry::Vacant(place) => _ = place.insert(finding),
        }
    }
    findings.extend(of_function.into_values());
}

struct Scan {
    file: FileId,
    span: Span,
    message: String,
    label: &'static str,
    instead: String,
    confidence: Confidence,
}

fn judge(program: &Program<'_>, query: &QueryUse, entity: &str) -> Option<Scan> {
    let growth = growth::confidence(growth::of_entity(program, query.entity)).min(Confidence::Medium);
    let has_narrow = query.conditions.iter().any(narrow::narrows);
    // Where all rows are wanted, their order costs little more.
    let is_picked = query.limit != Certainty::Absent || query.shape == Shape::One;
    if query.order_by_random && is_picked && !has_narrow {
        return Some(Scan {
            file: query.file,
            span: query.span,
            message: format!("random order makes the database read and sort all of {entity}"),
            label: "sorts the whole table",
            instead: "pick random keys first, or take a random start on an indexed column".to_owned(),
            confidence: growth,
        });
    }
    let mut conditions = query.conditions.iter().chain(&query.gathered);
    if let Some(condition) =
        conditions.find(|condition| is_unsargable(condition.op) && is_of_table(program, query, condition))
    {
        // An index on an expression (or a trigram or text index) may serve just this.
        let column = condition.column.as_str();
        let owner = condition.entity.or(query.entity);
        let is_served = owner.and_then(|entity| program.table(entity)).is_some_and(|table| {
            let mut parts = table.indexes.iter().flat_map(|index| index.parts.iter().map(move |part| (index, part)));
            parts.any(|(index, part)| {
                let is_special = part.is_expression || index.method != ir::IndexMethod::Ordered;
                is_special && part.key.contains(column)
            })
        });
        if !has_narrow && !is_served {
            let of_other = condition.entity.filter(|own| Some(*own) != query.entity).map(|own| format!("`{own}`"));
            return Some(unsargable(query, condition, growth, of_other.as_deref().unwrap_or(entity)));
        }
    }
    // A limit bounds the groups that are sent, and not the rows that make them.
    let sums_up = query.is_grouped || query.has_window && query.limit == Certainty::Absent;
    if growth::may_be_unfiltered(query) && sums_up && query.shape != Shape::Write {
        return Some(Scan {
            file: query.file,
            span: query.span,
            message: format!("a summary over all of {entity} is computed for every request"),
            label: "aggregates the whole table",
            instead:
                "keep the sums up to date on write, or cache the result for a while; narrow it by an indexed column"
                    .to_owned(),
            confidence: growth,
        });
    }
    if let Some((_, span)) = query.nested_scan.filter(|_| query.has_window || query.is_grouped) {
        return Some(Scan {
            file: query.file,
            span,
            message: format!("an inner query reads all of {entity} before the outer one narrows it"),
            label: "read whole",
            instead: "move the condition or the limit into the inner query, or fetch per parent through an index"
                .to_owned(),
            confidence: growth,
        });
    }
    None
}

/// What a statement computes itself has no index that could be used or not, and a chain of which the beginning is not known may be
/// narrowed there.
fn is_of_table(program: &Program<'_>, query: &QueryUse, condition: &Condition) -> bool {
    if condition.op != PredicateOp::Wrapped {
        return true;
    }
    if query.sql.is_none() && query.entity.is_none() {
        return false;
    }
    let names = query.entity.into_iter().chain(query.accesses.iter().map(|found| found.access.table));
    let mut tables = names.filter_map(|name| program.table(name)).filter(|table| !table.columns.is_empty()).peekable();
    let is = |column: &Column| column.name.eq_ignore_ascii_case(&condition.column);
    tables.peek().is_none() || tables.any(|table| table.columns.iter().any(is))
}

fn is_unsargable(op: PredicateOp) -> bool {
    matches!(op, PredicateOp::ContainsLike | PredicateOp::Wrapped)
}

fn unsargable(query: &QueryUse, condition: &Condition, growth: Confidence, entity: &str) -> Scan {
    let (file, span) = (query.file, condition.span);
    match condition.op {
        PredicateOp::ContainsLike => Scan {
            file,
            span,
            message: format!("a pattern without a fixed beginning cannot use an index: all of {entity} is read"),
            label: "no index serves this pattern",
            instead:
                "use full-text search or a trigram index (pg_trgm GIN), a text index in MongoDB; or match a prefix"
                    .to_owned(),
            confidence: growth,
        },
        _ => Scan {
            file,
            span,
            message: format!(
                "the column stands inside a function, so an index on it is not used: all of {entity} is read"
            ),
            label: "no plain index serves this",
            instead: "compare the bare column (a range for dates), or make an index on the expression".to_owned(),
            confidence: growth,
        },
    }
}

/// What the planner's model says of a statement, beyond single conditions.
fn planned(program: &Program<'_>, query: &QueryUse) -> Option<Scan> {
    query.accesses.iter().find_map(|found| {
        let access = &found.access;
        let grows = growth::of_entity(program, Some(access.table)) == Growth::Grows;
        let is_whole = access.reads == Reads::WholeTable && access.confidence >= Confidence::Medium;
        // The conditions of a chain are not all understood.
        let is_plain = query.ordering.is_some() && query.filter == Certainty::Absent;
        let is_judged = query.sql.is_some() || is_plain;
        if !grows || !is_whole || !is_judged || !program.knows_indexes(access.table) {
            return None;
        }
        let table = access.table;
        if access.is_repeated {
            return Some(scan(
                found,
                format!("the inner query reads all of `{table}` again for each row of the outer one"),
                "read whole for each row",
                or_index(
                    program,
                    access.suggestion.as_ref(),
                    "join the tables once and group, or make an index that the inner condition can use",
                ),
            ));
        }
        match access.reason {
            Reason::NullsOrder => Some(scan(
                found,
                format!(
                    "ORDER BY puts NULLs elsewhere than the index does, so all of `{table}` is sorted for a few rows"
                ),
                "the index has another order of NULLs",
                "make the index without NULLS LAST (or NULLS FIRST), or write the same into ORDER BY".to_owned(),
            )),
            Reason::Sorted if query.ordering.is_some_and(|ordering| ordering.is_default) => Some(scan(
                found,
                format!(
                    "the model's default order has no index: all of `{table}` is read and sorted for the first rows of it"
                ),
                "sorts the whole table",
                or_index(program, access.suggestion.as_ref(), "order by an indexed column"),
            )),
            Reason::Sorted => Some(scan(
                found,
                format!("no index has this order: all of `{table}` is read and sorted for the first rows of it"),
                "sorts the whole table",
                or_index(program, access.suggestion.as_ref(), "order by an indexed column"),
            )),
            _ => None,
        }
    })
}

fn scan(found: &TableAccess, message: String, label: &'static str, instead: String) -> Scan {
    Scan { file: found.file, span: found.span, message, label, instead, confidence: Confidence::Medium }
}

fn or_index(program: &Program<'_>, suggestion: Option<&Suggestion>, otherwise: &str) -> String {
    suggestion.map_or_else(|| otherwise.to_owned(), |suggestion| super::index_statement(program, suggestion))
}
