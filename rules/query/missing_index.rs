//! A column that requests search by has no index.

use std::collections::BTreeMap;

use analysis::{Certainty, Context, Program, QueryUse, Shape, State};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity, Step};
use ir::{PredicateOp, Symbol, Table};

use super::growth::{self, Growth};
use crate::Rule;
use crate::common::{Cause, Words};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "missing-index",
        family: Family::Query,
        severity: Severity::Warning,
        summary: "a column that requests search by has no index",
        cwe: &[1089],
        page: include_str!("missing_index.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    let waited_for = |state: State| matches!(state.context, Context::Request | Context::Connection);
    // One cause: the column, whichever queries search by it.
    let mut causes: BTreeMap<(Symbol, Symbol), Vec<&QueryUse>> = BTreeMap::new();
    for query in program.queries() {
        if growth::of_entity(program, query.entity) == Growth::Grows
            && program.runs(query.function, waited_for)
            && let Some((table, column)) = unindexed(program, query)
        {
            causes.entry((table, column)).or_default().push(query);
        }
    }
    for ((table, column), queries) in causes {
        let Some((file, span)) = program.column_place(table, column) else { continue };
        let first = queries[0];
        let words = Words {
            message: format!("`{table}.{column}` has no index, and requests search by it: each reads the whole table"),
            label: "no index begins with this column".to_owned(),
            runs_out: "the database's processor: at 100,000 rows such a query takes tens of milliseconds instead of a fraction of one"
                .to_owned(),
            instead: format!("CREATE INDEX {table}_{column}_idx ON {table} ({column})"),
        };
        let cause = Cause { program, rule: &RULE.info, function: first.function, file, span };
        let mut finding = cause.finding(Severity::Warning, Confidence::Medium, waited_for, words);
        let places = queries.iter().map(|query| super::sending(program, &RULE.info, query).location());
        finding.related = places.map(|location| Step { location, message: "searches by it".to_owned() }).collect();
        finding.related.dedup();
        findings.push(finding);
    }
}

/// The table and column of a query whose every condition lacks an index, where DDL declares the table and its columns.
fn unindexed(program: &Program<'_>, query: &QueryUse) -> Option<(Symbol, Symbol)> {
    let table = program.table(query.entity?)?;
    let finds_few = matches!(query.shape, Shape::Rows | Shape::One | Shape::Bounded) && !query.is_joined;
    if !finds_few || query.limit != Certainty::Absent && query.order == Certainty::Absent && query.shape == Shape::Rows
    {
        return None;
    }
    // SQL ignores the case of names.
    let known =
        |column: Symbol| table.columns.iter().map(|known| known.name).find(|name| name.eq_ignore_ascii_case(&column));
    let is_led = |column: Symbol| table.indexes.iter().any(|index| index.leads_with(&column));
    let mut selective = None;
    for condition in &query.conditions {
        let column = known(condition.column)?;
        match condition.op {
            _ if is_led(column) => return None,
            PredicateOp::Equal if is_selective(table, column) => selective = selective.or(Some(column)),
            PredicateOp::Equal
            | PredicateOp::Range
            | PredicateOp::IsNull
            | PredicateOp::IsNotNull
            | PredicateOp::NotEqual => {}
            _ => return None,
        }
    }
    selective.map(|column| (table.name, column))
}

/// Whether equality with a value leaves few rows: not for flags and states.
fn is_selective(table: &Table, column: Symbol) -> bool {
    let ty = table.columns.iter().find(|known| known.name == column).map_or("", |known| known.ty.as_str());
    let name = column.as_str();
    let is_state = [
        "status", "state", "type", "kind", "role", "level", "category", "priority", "currency", "country", "gender",
        "format", "quantity", "count", "size", "amount", "rating", "score",
    ];
    !ty.starts_with("bool")
        && !name.starts_with("is_")
        && !name.starts_with("has_")
        && !is_state.iter().any(|word| name.ends_with(word))
}
