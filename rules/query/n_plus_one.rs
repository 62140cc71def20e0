//! A query runs once per item of a list.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use analysis::{EagerLoading, ExprRef, FnRef, LazyRead, Program, QueryUse, RowMethod, Shape};
use ir::PredicateOp;
use ir::finding::{Confidence, Family, Finding, Location, RuleInfo, Severity, Step};

use super::growth;
use super::repeated::Repeated;
use crate::Rule;
use crate::common::{Cause, Words, join, usually_waited_for, waited_for};

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
    let mut repeated = Repeated::default();
    for query in program.queries().iter().filter(|query| reads_for_an_item(program, query)) {
        repeated.add(program, &RULE.info, query, words_of_loop(program, query));
    }
    findings.extend(repeated.into_findings());
    add_relations(program, findings);
    let called: BTreeMap<FnRef, &RowMethod> =
        program.row_methods().iter().map(|called| (called.method, called)).collect();
    for query in program.queries().iter().filter(|query| reads_for_an_item(program, query)) {
        let finding = called.get(&query.function).and_then(|called| of_row_method(program, called, query));
        findings.extend(finding.filter(|finding| !is_told(findings, finding.primary)));
    }
    let mut of_helpers: BTreeMap<FnRef, Finding> = BTreeMap::new();
    for query in program.queries_of_resolvers().into_iter().filter(|query| reads_for_an_item(program, query)) {
        let Some(finding) = of_resolver(program, query).filter(|finding| !is_told(findings, finding.primary)) else {
            continue;
        };
        // All that the helpers of a resolver ask is one cause.
        let resolver = program.first_entry(query.function, waited_for).map(|entry| entry.function);
        match resolver.filter(|resolver| *resolver != query.function) {
            None => findings.push(finding),
            Some(resolver) => match of_helpers.entry(resolver) {
                Entry::Occupied(mut first) => join(first.get_mut(), finding),
                Entry::Vacant(new) => {
                    new.insert(finding);
                }
            },
        }
    }
    findings.extend(of_helpers.into_values());
}

fn words_of_loop(program: &Program<'_>, query: &QueryUse) -> Words {
    let entity = super::entity_of(query, "the database");
    if query.site.in_loop && query.site.loops_over.is_none() {
        return Words {
            message: format!("{entity} is asked again in each round of a loop"),
            label: "one query a round".to_owned(),
            runs_out: "time and pooled connections: each round waits for the answer of the one before".to_owned(),
            instead: "where it climbs from row to row (parents, replies), ask once: a recursive query (`WITH RECURSIVE`), or keep the path or the root with each row"
                .to_owned(),
        };
    }
    Words {
        message: format!("{entity} is asked once per item of a list"),
        label: "one query an item".to_owned(),
        runs_out: "time and pooled connections: a list of 200 items waits for 200 round trips, and 50 users send 10,000 queries"
            .to_owned(),
        instead: super::advice(
            program,
            RULE.info.slug,
            query,
            "ask once for all items (`WHERE id IN (…)`, a join, the ORM's eager loading) and look the rows up by key",
        ),
    }
}

/// Relations that are loaded row by row; all that a serialiser shows of a query's rows is one cause.
fn add_relations(program: &Program<'_>, findings: &mut Vec<Finding>) {
    let mut of_answers: BTreeMap<usize, (&LazyRead, Finding, usize)> = BTreeMap::new();
    let (shared, own): (Vec<&LazyRead>, Vec<&LazyRead>) = program.lazy_reads().iter().partition(|read| read.is_shared);
    for read in own.into_iter().chain(shared) {
        let location = program.location(read.file, read.span);
        let Some(finding) = of_relation(program, read).filter(|_| !is_told(findings, location)) else { continue };
        if !read.is_shown {
            findings.push(finding);
            continue;
        }
        match of_answers.entry(read.query) {
            Entry::Occupied(mut first) => {
                let (_, first, others) = first.get_mut();
                join(first, finding);
                *others += 1;
            }
            Entry::Vacant(place) => _ = place.insert((read, finding, 0)),
        }
    }
    findings.extend(of_answers.into_values().map(|(read, mut finding, others)| {
        finding.message = loaded(read, others);
        finding
    }));
}

/// What is loaded row by row: a relation, and so many others of the same answer.
fn loaded(read: &LazyRead, others: usize) -> String {
    let (owner, relation) = (read.owner, read.relation);
    let each = if read.is_shared { "for each row with another one" } else { "for each row" };
    let what = match others {
        0 => "is loaded".to_owned(),
        others => format!("and {others} more are loaded"),
    };
    format!("`{owner}.{relation}` {what} {each}: the query of the rows does not fetch it")
}

fn is_told(findings: &[Finding], location: Location) -> bool {
    let is_there = |other: Location| other.path == location.path && other.span.contains(location.span);
    findings.iter().any(|finding| finding.rule == RULE.info.slug && is_there(finding.primary))
}

/// A query by the object whose field GraphQL asks for: whoever asks for a list of such objects runs it for each.
fn of_resolver(program: &Program<'_>, query: &QueryUse) -> Option<Finding> {
    if !program.runs(query.function, waited_for) {
        return None;
    }
    let entity = super::entity_of(query, "the database");
    let words = Words {
        message: format!("{entity} is asked once per object whose field this resolver gives"),
        label: "one query an object".to_owned(),
        runs_out: "time and pooled connections: a client that asks for 200 objects with this field makes 200 queries, and 50 such clients 10,000"
            .to_owned(),
        instead: "collect the keys in a DataLoader made per request (`loader.load(key)`) that asks once for all of them (`WHERE … IN (…)`)"
            .to_owned(),
    };
    let sending = super::sending(program, &RULE.info, query);
    Some(sending.finding(Severity::Warning, Confidence::Medium, waited_for, words))
}

/// A query in what a serialiser calls for each row that it shows.
fn of_row_method(program: &Program<'_>, called: &RowMethod, query: &QueryUse) -> Option<Finding> {
    // Where the rows bring it along, it is only asked for without them.
    let is_fallback = program.mentions_member(called.method, "_prefetched_objects_cache");
    let runs = program.runs(called.function, usually_waited_for);
    if is_fallback || query.site.is_once || query.site.is_exceptional || !runs {
        return None;
    }
    let entity = super::entity_of(query, "the database");
    let words = Words {
        message: format!("{entity} is asked once per object that this serialiser shows"),
        label: "one query an object".to_owned(),
        runs_out: "time and pooled connections: a list of 200 objects waits for 200 round trips, and 50 users send 10,000 queries"
            .to_owned(),
        instead: "work it out in the query of the rows (`annotate`, `Exists`, `prefetch_related` with a `Prefetch`), and read it from the object"
            .to_owned(),
    };
    let sent = super::sending(program, &RULE.info, query);
    let cause = Cause { function: called.function, ..sent };
    let mut finding = cause.finding(Severity::Warning, Confidence::Medium, usually_waited_for, words);
    let (file, span) = called.visited;
    finding.related.push(Step { location: program.location(file, span), message: "once per row here".to_owned() });
    Some(finding)
}

/// A relation that the ORM loads for each row, while a client waits.
fn of_relation(program: &Program<'_>, read: &LazyRead) -> Option<Finding> {
    if !program.runs(read.function, usually_waited_for) {
        return None;
    }
    let is_direct = read.reader == read.function;
    // A page that shows what people set up has a few rows.
    let query = &program.queries()[read.query];
    let confidence = match query.entity {
        Some(entity) if read.is_shown && growth::is_lookup(entity) => Confidence::Low,
        _ if is_direct && !read.is_shared => Confidence::High,
        _ => Confidence::Medium,
    };
    let words = Words {
        message: loaded(read, 0),
        label: "one query a row".to_owned(),
        runs_out: "time and pooled connections: a list of 200 rows waits for up to 200 more round trips, and 50 users send 10,000 queries"
            .to_owned(),
        instead: instead(read),
    };
    let cause = Cause { program, rule: &RULE.info, function: read.function, file: read.file, span: read.span };
    let mut finding = cause.finding(Severity::Warning, confidence, usually_waited_for, words);
    let (file, span) = read.visited;
    if !is_direct {
        let message = "once per row here".to_owned();
        finding.related.push(Step { location: program.location(file, span), message });
    }
    if let Some((path, span)) = read.template {
        let message = "the template reads it here".to_owned();
        finding.related.push(Step { location: Location { path, span }, message });
    }
    let location = program.location(query.at.file, query.sent);
    if location != program.location(file, span) {
        finding.related.push(Step { location, message: "the query of the rows".to_owned() });
    }
    Some(finding)
}

fn instead(read: &LazyRead) -> String {
    let (owner, relation) = (read.owner, read.relation);
    match (read.by, read.is_many) {
        (Some(EagerLoading::Options), true) => {
            format!("add `.options(selectinload({owner}.{relation}))` to the query of the rows")
        }
        (Some(EagerLoading::Options), false) => {
            format!("add `.options(joinedload({owner}.{relation}))` to the query of the rows")
        }
        (Some(EagerLoading::Steps), true) => {
            format!("add `.prefetch_related(\"{relation}\")` to the query of the rows")
        }
        (Some(EagerLoading::Steps), false) => format!("add `.select_related(\"{relation}\")` to the query of the rows"),
        (Some(EagerLoading::Join), true) => {
            format!(
                "fetch `{relation}` with the rows: `prefetch(rows, …)`, or count in the query (`fn.COUNT`, grouped by owner)"
            )
        }
        (Some(EagerLoading::Join), false) => {
            format!("join `{relation}` and select both models in the query of the rows: `.select(A, B).join(B)`")
        }
        (None, _) => format!(
            "ask once for all rows (a count grouped by owner, `WHERE … IN (…)`), or declare `{owner}.{relation}` without `lazy=\"dynamic\"` and load it with `selectinload`"
        ),
    }
}

/// `get_or_create` of what is uploaded: a write with the bytes of one file, and no look-up.
fn stores_upload(program: &Program<'_>, query: &QueryUse) -> bool {
    let name = program.called_name(query.at);
    let makes = name.is_some_and(|name| matches!(name.as_str(), "get_or_create" | "update_or_create" | "findOrCreate"));
    let list = query.site.loops_over.map(|id| ExprRef { file: query.at.file, id });
    makes && list.is_some_and(|list| program.is_list_of_uploads(list))
}

/// A read of what belongs to one item; a chunk of many keys is the cure, and the keys of one item are none.
fn reads_for_an_item(program: &Program<'_>, query: &QueryUse) -> bool {
    let mut lists = query.conditions.iter().filter(|condition| condition.op == PredicateOp::In);
    matches!(query.shape, Shape::Rows | Shape::One | Shape::Scalar)
        && !stores_upload(program, query)
        && lists.all(|list| program.is_on_list_of_item(query, list) || program.is_on_written_list(query, list))
}
