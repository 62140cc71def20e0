//! A list endpoint returns every row that matches.

use std::collections::{BTreeMap, BTreeSet};

use analysis::{Certainty, Context, ExprRef, FnRef, Program, QueryUse, Role, Shape, State};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity};
use ir::words_of;

use super::{growth, narrow};
use crate::Rule;
use crate::common::{Decisions, SERVING, Words, usually_waited_for};

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
    let has_default_pages = program.has_setting("DEFAULT_PAGINATION_CLASS");
    let writing: BTreeSet<FnRef> =
        program.queries().iter().filter(|query| query.shape == Shape::Write).map(|query| query.function).collect();
    add_nested(program, &writing, findings);
    // The branches of a handler that ask for one table want one page.
    let mut decisions = Decisions::none_yet();
    for (number, query) in program.queries().iter().enumerate() {
        // Rows that only a result is made of are another rule's.
        if !program.needs_rows(number) {
            continue;
        }
        if !growth::is_unbounded(query)
            || query.site.in_loop
            || query.site.is_exceptional
            || program.gives_one_object(query.function)
            || !program.runs(query.function, usually_waited_for)
        {
            continue;
        }
        if is_export(program, query)
            || program.is_only_walked(query)
            || program.mentions(query.at, &["select distinct"])
            || lists_values(program, query)
        {
            continue;
        }
        if program.role(query.file) != Role::App || is_paged_by_framework(program, query, has_default_pages) {
            continue;
        }
        let Some(mut confidence) = growth::of_rows(program, query) else { continue };
        let entity = super::entity_of(query, "the table");
        let words = Words {
            message: format!("every matching row of {entity} is fetched for one response"),
            label: "no limit on the number of rows".to_owned(),
            runs_out:
                "memory and response time: they grow with the table, 100,000 rows make a response of tens of megabytes"
                    .to_owned(),
            instead: super::advice(
                program,
                RULE.info.slug,
                query,
                "take a page: a capped limit with a cursor on an indexed column (or an offset), and return the next page's key",
            ),
        };
        if is_for_change(program, query, &writing) || narrow::is_of_affair(query) {
            confidence = Confidence::Low;
        }
        let cause = super::sending(program, &RULE.info, query);
        let decision = query.entity.map(|entity| (query.function, entity, confidence));
        decisions.add(decision, cause.finding(Severity::Warning, confidence, usually_waited_for, words));
    }
    findings.extend(decisions.into_findings());
}

/// Related rows that keep coming, fetched along with one row or with those of a page: all of each.
fn add_nested(program: &Program<'_>, writing: &BTreeSet<FnRef>, findings: &mut Vec<Finding>) {
    let parents: BTreeMap<ExprRef, &QueryUse> = program.queries().iter().map(|query| (query.at, query)).collect();
    for query in program.nested_queries() {
        let Some(parent) = parents.get(&query.at) else { continue };
        let is_of_few = matches!(parent.shape, Shape::One | Shape::Bounded) || parent.limit == Certainty::Always;
        if !is_of_few
            || !growth::is_unbounded(query)
            || !growth::is_log_like(query.entity)
            || query.site.in_loop
            || query.site.is_exceptional
            || program.role(query.file) != Role::App
            || is_export(program, query)
            || !program.runs(query.function, usually_waited_for)
        {
            continue;
        }
        let Some(confidence) = growth::of_rows(program, query) else { continue };
        let (entity, owner) = (super::entity_of(query, "the table"), super::entity_of(parent, "the other table"));
        let advice = super::advice(program, RULE.info.slug, query, "a capped limit");
        let words = Words {
            message: format!("every row of {entity} that belongs to a row of {owner} is fetched along with it"),
            label: "no limit on the number of related rows".to_owned(),
            runs_out: "memory and response time: what one parent has keeps growing, and it is all fetched to show the first screen".to_owned(),
            instead: format!("bound the related rows as well, and give further pages of them a route of their own: {advice}"),
        };
        let is_weak = is_for_change(program, query, writing) || parent.entity.is_some_and(narrow::is_affair);
        let confidence = if is_weak { Confidence::Low } else { confidence };
        let cause = super::sending(program, &RULE.info, query);
        findings.push(cause.finding(Severity::Warning, confidence, usually_waited_for, words));
    }
}

/// What writes reads rows to work on them, unless it is what answers with a list.
fn is_for_change(program: &Program<'_>, query: &QueryUse, writing: &BTreeSet<FnRef>) -> bool {
    let handlers = program.handlers(query.function, SERVING);
    let is_of_change = !handlers.is_empty() && handlers.iter().all(|entry| writes(&entry.message));
    let answers = || program.first_entry(query.function, usually_waited_for).map(|entry| entry.function);
    is_of_change || writing.contains(&query.function) && answers() != Some(query.function)
}

/// The different values of a column or two, to choose from.
fn lists_values(program: &Program<'_>, query: &QueryUse) -> bool {
    (1..=2).contains(&query.columns.len()) && program.mentions(query.at, &["distinct"])
}

/// A handler of requests that change something, by its label, and not of a search that is sent as such a request.
fn writes(label: &str) -> bool {
    let is_change = ["POST ", "PUT ", "PATCH ", "DELETE "].iter().any(|verb| label.starts_with(verb));
    let answers =
        |word: &String| matches!(word.as_str(), "list" | "search" | "query" | "find" | "get" | "filter" | "fetch");
    is_change && !words_of(label).iter().any(answers)
}

/// Everything is what an export, a backup or a feed for machines is asked for.
fn is_export(program: &Program<'_>, query: &QueryUse) -> bool {
    let waited_for = |state: State| state.context == Context::Request;
    let says = |name: &str| {
        let name = name.to_lowercase();
        ["export", "backup", "download", "csv", "dump", "sitemap"].iter().any(|word| name.contains(word))
    };
    says(program.name_of(query.function).as_str())
        || program
            .first_entry(query.function, waited_for)
            .is_some_and(|entry| says(&entry.label) || says(program.name_of(entry.function).as_str()))
}

/// Class-based views whose class or project names a paginator, also of what a helper gives them.
fn is_paged_by_framework(program: &Program<'_>, query: &QueryUse, has_default_pages: bool) -> bool {
    let function = program.file(query.function.file).function(query.function.id);
    let entry = program.first_entry(query.function, usually_waited_for).map(|entry| entry.function);
    // What a view set answers beside its list, it has to page by itself.
    let is_list = ["list", "get", "get_queryset", "queryset"].contains(&function.name.as_str());
    if function.class.is_some() && !is_list && entry == Some(query.function) {
        return program.mentions_member(query.function, "paginate_queryset");
    }
    let view = entry.filter(|entry| program.name_of(*entry).ends_with(".get_queryset")).unwrap_or(query.function);
    let is_method = program.file(view.file).function(view.id).class.is_some();
    program.class_sets(view, &["pagination_class", "paginate_by"]).unwrap_or(has_default_pages && is_method)
}
