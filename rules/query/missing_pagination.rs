//! A list endpoint returns every row that matches.

use analysis::{Certainty, Condition, Context, Program, QueryUse, Role, State};
use ir::PredicateOp;
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity};

use super::growth::{self, Growth};
use crate::Rule;
use crate::common::Words;

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "missing-pagination",
        family: Family::Query,
        severity: Severity::Warning,
        summary: "a list endpoint returns all rows of a growing table",
        cwe: &[1049],
        page: include_str!("missing_pagination.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    let waited_for = |state: State| state.context == Context::Request && !state.is_detached;
    let has_default_pages = program.has_setting("DEFAULT_PAGINATION_CLASS");
    for query in program.queries() {
        if !growth::is_unbounded(query) || query.site.in_loop || !program.runs(query.function, waited_for) {
            continue;
        }
        if program.role(query.file) != Role::App || is_paged_by_framework(program, query, has_default_pages) {
            continue;
        }
        let Some(confidence) = judge(program, query) else { continue };
        let entity = query.entity.map_or("the table".to_owned(), |entity| format!("`{entity}`"));
        let words = Words {
            message: format!("every matching row of {entity} is fetched for one response"),
            label: "no limit on the number of rows".to_owned(),
            runs_out: "memory and response time: they grow with the table, 100,000 rows make a response of tens of megabytes"
                .to_owned(),
            instead: "take a page: a capped limit with a cursor on an indexed column (or an offset), and return the next page's key"
                .to_owned(),
        };
        let cause = super::sending(program, &RULE.info, query);
        findings.push(cause.finding(Severity::Warning, confidence, waited_for, words));
    }
}

/// Class-based views whose class or project names a paginator.
fn is_paged_by_framework(program: &Program<'_>, query: &QueryUse, has_default_pages: bool) -> bool {
    let is_method = program.file(query.function.file).function(query.function.id).class.is_some();
    program.class_sets(query.function, &["pagination_class", "paginate_by"]).unwrap_or(has_default_pages && is_method)
}

fn judge(program: &Program<'_>, query: &QueryUse) -> Option<Confidence> {
    // A table whose name is not known may be of any size.
    if query.entity.is_none() {
        return Some(Confidence::Low);
    }
    let growth = growth::of_entity(program, query.entity);
    if growth == Growth::Small {
        return None;
    }
    if query.filter == Certainty::Absent {
        return Some(growth::confidence(growth));
    }
    if query.conditions.iter().any(is_narrow) {
        return None;
    }
    // Filtered by a parent or a state: only where such rows keep coming.
    if growth::is_log_like(query.entity) { Some(Confidence::Medium) } else { Some(Confidence::Low) }
}

/// A condition that leaves few rows: a key, a list of keys, a stretch of time.
fn is_narrow(condition: &Condition) -> bool {
    match condition.op {
        PredicateOp::In => true,
        PredicateOp::Equal => is_key(condition.column.as_str()),
        PredicateOp::Range => is_time_or_key(condition.column.as_str()),
        _ => false,
    }
}

fn is_time_or_key(column: &str) -> bool {
    let column = column.to_lowercase();
    is_key(&column)
        || ["date", "time", "_at", "created", "updated", "day", "month", "year"]
            .iter()
            .any(|part| column.contains(part))
}

fn is_key(column: &str) -> bool {
    matches!(column, "id" | "_id" | "pk" | "uuid" | "email" | "username" | "slug" | "token" | "key" | "login" | "sku")
}
