//! A column that requests search by has no index.

use std::collections::BTreeMap;

use analysis::{Context, FileId, FnRef, Program, QueryUse, Reads, Reason, State, Suggestion};
use ir::finding::{Confidence, Family, Finding, Location, RuleInfo, Severity, Step};
use ir::{PredicateOp, Symbol, words_of};

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
    let is_job = |state: State| state.context == Context::Job;
    // What a worker does for each message runs as often as requests do.
    let runs = |function: FnRef| program.runs(function, waited_for) || program.works_for_messages(function, is_job);
    // One cause: the column, whichever queries search by it.
    let mut causes: BTreeMap<(Symbol, Symbol), Vec<Search<'_>>> = BTreeMap::new();
    for query in program.queries().iter().chain(program.nested_queries()) {
        if runs(query.function) {
            for search in searches(program, query) {
                add(program, &mut causes, search);
            }
        }
    }
    for load in program.child_loads().iter().filter(|load| program.runs(load.function, waited_for)) {
        let grows = match load.pairs {
            Some(sides) => sides.into_iter().any(|side| growth::is_of_growing_business(program, side)),
            None => growth::of_entity(program, Some(load.suggestion.table)) == Growth::Grows,
        };
        if grows {
            let search = Search {
                function: load.function,
                location: program.location(load.at.file, program.call_span(load.at)),
                how: How::Loaded(load.owner, load.relation),
                suggestion: &load.suggestion,
            };
            add(program, &mut causes, search);
        }
    }
    for ((table, column), searches) in causes {
        let Some((file, span)) = program.column_place(table, column) else { continue };
        // What a request asks shows it best.
        let rank = |search: &&Search<'_>| (!program.runs(search.function, waited_for), search.how);
        let Some(first) = searches.iter().min_by_key(rank) else { continue };
        let is_of_requests = searches.iter().any(|search| program.runs(search.function, waited_for));
        let who = if is_of_requests { "requests" } else { "a worker's messages" };
        let verb = match first.how {
            How::Searched => "search".to_owned(),
            How::Joined => "are joined".to_owned(),
            How::Loaded(owner, relation) => format!("load `{owner}.{relation}`"),
        };
        let words = Words {
            message: format!("`{table}.{column}` has no index, and {who} {verb} by it: each reads the whole table"),
            label: "no index begins with this column".to_owned(),
            runs_out: "the database's processor: at 100,000 rows such a query takes tens of milliseconds instead of a fraction of one"
                .to_owned(),
            instead: advice(program, file, (table, column), first.suggestion),
        };
        let cause = Cause { program, rule: &RULE.info, function: first.function, file, span };
        let mut finding = cause.finding(
            Severity::Warning,
            Confidence::Medium,
            |state| waited_for(state) || !is_of_requests && is_job(state),
            words,
        );
        finding.related = searches.iter().map(Search::told).collect();
        finding.related.dedup();
        findings.push(finding);
    }
}

/// How a column is asked for; in order of how well a finding shows it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum How {
    Searched,
    Joined,
    /// By an entity's relation, whose statement stands nowhere.
    Loaded(Symbol, Symbol),
}

struct Search<'q> {
    function: FnRef,
    location: Location,
    how: How,
    suggestion: &'q Suggestion,
}

impl Search<'_> {
    fn told(&self) -> Step {
        let message = match self.how {
            How::Searched | How::Joined => "searches by it".to_owned(),
            How::Loaded(owner, relation) => format!("loads `{owner}.{relation}` by it"),
        };
        Step { location: self.location, message }
    }
}

fn add<'q>(program: &Program<'_>, causes: &mut BTreeMap<(Symbol, Symbol), Vec<Search<'q>>>, search: Search<'q>) {
    let key = search.suggestion.keys[0];
    if let Some(names) = program.database_names(search.suggestion.table, key.name) {
        causes.entry(names).or_default().push(search);
    }
}

/// The tables that a query reads whole for want of an index on a plain column.
fn searches<'q>(program: &Program<'_>, query: &'q QueryUse) -> Vec<Search<'q>> {
    let wanted = query.accesses.iter().filter(|found| {
        let access = &found.access;
        access.reads == Reads::WholeTable
            && access.confidence >= Confidence::Medium
            && matches!(access.reason, Reason::NoIndex | Reason::Joined)
            && program.knows_indexes(access.table)
            && growth::of_entity(program, Some(access.table)) == Growth::Grows
    });
    let suggested = wanted.filter_map(|found| {
        let suggestion = found.access.suggestion.as_ref()?;
        let is_plain = !suggestion.is_trigram
            && suggestion.keys.first().is_some_and(|key| !key.is_expression && !holds_for_most(query, key.name));
        let how = if found.access.reason == Reason::Joined { How::Joined } else { How::Searched };
        let location = super::sending(program, &RULE.info, query).location();
        is_plain.then_some(Search { function: query.function, location, how, suggestion })
    });
    suggested.collect()
}

/// Whether a query only asks for rows that lack a value that few get: those that are not deleted. What is not yet sent or done
/// is another matter.
fn holds_for_most(query: &QueryUse, column: Symbol) -> bool {
    const DONE: &[&str] = &[
        "sent",
        "processed",
        "handled",
        "done",
        "finished",
        "completed",
        "delivered",
        "synced",
        "published",
        "claimed",
    ];
    let mut own = query.conditions.iter().filter(|condition| condition.column == column);
    own.any(|condition| condition.op == PredicateOp::IsNull)
        && !words_of(&column).iter().any(|word| DONE.contains(&word.as_str()))
}

/// How to make the index where the column is declared.
/// In the form of what declares the table.
fn advice(program: &Program<'_>, file: FileId, (table, column): (Symbol, Symbol), suggestion: &Suggestion) -> String {
    let statement = super::index_statement(program, suggestion);
    let path = program.file(file).path;
    if path.ends_with(".sql") {
        return statement;
    }
    let member = program.name_in_code(table, column);
    if path.ends_with(".prisma") {
        return format!("@@index([{member}]) in the model and a migration, which comes to {statement}");
    }
    let of_documents = program.index_of_documents(RULE.info.slug, suggestion.table);
    let Some(advice) = of_documents.or_else(|| program.advice_in(RULE.info.slug, file)) else {
        return format!("{statement}, declared with the model and made by a migration");
    };
    let name = format!("{table}_{column}_idx");
    let parts = [
        ("{table}", &*table),
        ("{column}", &*column),
        ("{member}", &*member),
        ("{name}", &name),
        ("{statement}", &statement),
    ];
    parts.iter().fold(advice.to_owned(), |text, (part, value)| text.replace(part, value))
}
