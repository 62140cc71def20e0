//! A query reads a growing table whole.

use analysis::{Certainty, Context, Program, QueryUse, Shape, State};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity, Step};
use ir::{PredicateOp, Span};

use super::growth::{self, Growth};
use crate::Rule;
use crate::common::{Cause, Words};

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
    let waited_for = |state: State| state.context == Context::Request && !state.is_detached;
    for query in program.queries() {
        if !program.runs(query.function, waited_for) || growth::of_entity(program, query.entity) == Growth::Small {
            continue;
        }
        let entity = query.entity.map_or("the table".to_owned(), |entity| format!("`{entity}`"));
        let Some(scan) = judge(program, query, &entity) else { continue };
        let words = Words {
            message: scan.message,
            label: scan.label.to_owned(),
            runs_out:
                "the database's processor and disk: each request reads the table from start to end, and the table grows"
                    .to_owned(),
            instead: scan.instead.to_owned(),
        };
        let cause = Cause { program, rule: &RULE.info, function: query.function, file: query.file, span: scan.span };
        let mut finding = cause.finding(Severity::Warning, scan.confidence, waited_for, words);
        let sent = super::sending(program, &RULE.info, query).location();
        if sent != finding.primary {
            finding.related.push(Step { location: sent, message: "sent here".to_owned() });
        }
        findings.push(finding);
    }
}

struct Scan {
    span: Span,
    message: String,
    label: &'static str,
    instead: &'static str,
    confidence: Confidence,
}

fn judge(program: &Program<'_>, query: &QueryUse, entity: &str) -> Option<Scan> {
    let growth = growth::confidence(growth::of_entity(program, query.entity));
    let has_narrow = query.conditions.iter().any(|other| matches!(other.op, PredicateOp::Equal | PredicateOp::In));
    if query.order_by_random && !has_narrow {
        return Some(Scan {
            span: query.span,
            message: format!("random order makes the database read and sort all of {entity}"),
            label: "sorts the whole table",
            instead: "pick random keys first, or take a random start on an indexed column",
            confidence: growth,
        });
    }
    if let Some(condition) = query.conditions.iter().find(|condition| is_unsargable(condition.op)) {
        // An index on an expression (or a trigram or text index) may serve just this.
        let column = condition.column.as_str();
        let is_served = query.entity.and_then(|entity| program.table(entity)).is_some_and(|table| {
            let mut parts = table.indexes.iter().flat_map(|index| index.parts.iter().map(move |part| (index, part)));
            parts.any(|(index, part)| {
                let is_special = part.is_expression || index.method != ir::IndexMethod::Ordered;
                is_special && part.key.contains(column)
            })
        });
        if !has_narrow && !is_served {
            return Some(unsargable(condition.op, condition.span, growth, entity));
        }
    }
    let reads_all = query.filter == Certainty::Absent && query.limit == Certainty::Absent;
    if reads_all && (query.is_grouped || query.has_window) && query.shape != Shape::Write {
        return Some(Scan {
            span: query.span,
            message: format!("a summary over all of {entity} is computed for every request"),
            label: "aggregates the whole table",
            instead: "keep the sums up to date on write, or cache the result for a while; narrow it by an indexed column",
            confidence: growth.min(Confidence::Medium),
        });
    }
    if let Some((_, span)) = query.nested_scan.filter(|_| query.has_window || query.is_grouped) {
        return Some(Scan {
            span,
            message: format!("an inner query reads all of {entity} before the outer one narrows it"),
            label: "read whole",
            instead: "move the condition or the limit into the inner query, or fetch per parent through an index",
            confidence: growth.min(Confidence::Medium),
        });
    }
    None
}

fn is_unsargable(op: PredicateOp) -> bool {
    matches!(op, PredicateOp::ContainsLike | PredicateOp::Wrapped)
}

fn unsargable(op: PredicateOp, span: Span, growth: Confidence, entity: &str) -> Scan {
    match op {
        PredicateOp::ContainsLike => Scan {
            span,
            message: format!("a pattern without a fixed beginning cannot use an index: all of {entity} is read"),
            label: "no index serves this pattern",
            instead: "use full-text search or a trigram index (pg_trgm GIN), a text index in MongoDB; or match a prefix",
            confidence: growth.min(Confidence::Medium),
        },
        _ => Scan {
            span,
            message: format!(
                "the column stands inside a function, so an index on it is not used: all of {entity} is read"
            ),
            label: "no plain index serves this",
            instead: "compare the bare column (a range for dates), or make an index on the expression",
            confidence: growth.min(Confidence::Medium),
        },
    }
}
