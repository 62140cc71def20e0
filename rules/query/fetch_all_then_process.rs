//! Rows are fetched whole to be counted, summed, filtered or cut in memory.

use analysis::{Certainty, FileId, ProcessedRelation, ProcessedRows, Processing, Program, QueryUse, Role};
use ir::Span;
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity, Step};

use super::growth::{self, Growth};
use crate::Rule;
use crate::common::{Cause, Words, waited_for};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "fetch-all-then-process",
        family: Family::Query,
        severity: Severity::Warning,
        summary: "rows are fetched whole to be counted, summed, filtered or cut in memory",
        cwe: &[1049],
        page: include_str!("fetch_all_then_process.md"),
    },
    check,
};

/// Fewer rows than this cost little more than the round trip.
const FEW: u32 = 100;

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    for rows in program.processed_rows() {
        let query = &program.queries()[rows.query];
        let both_run = [query.function, rows.function].iter().all(|function| program.runs(*function, waited_for));
        if !both_run || program.role(rows.at.file) != Role::App {
            continue;
        }
        let Some(confidence) = judge(program, query, rows) else { continue };
        let Some((main, ..)) = rows.steps.first() else { continue };
        let cause = Cause {
            program,
            rule: &RULE.info,
            function: rows.function,
            file: rows.at.file,
            span: program.chain_span(rows.at),
        };
        let severity = if query.bound.is_some() { Severity::Info } else { Severity::Warning };
        let entity = super::entity_of(query, "the table");
        let fetched = match query.bound {
            Some(bound) => format!("up to {bound} rows of {entity} are fetched"),
            None => format!("all matching rows of {entity} are fetched"),
        };
        let mut finding = cause.finding(severity, confidence, waited_for, words(fetched, *main));
        let fetch = program.location(query.file, query.span);
        if fetch != finding.primary {
            finding.related.push(Step { location: fetch, message: "the query is here".to_owned() });
        }
        finding.related.extend(told(program, &rows.steps));
        findings.push(finding);
    }
    findings.extend(program.processed_relations().iter().filter_map(|rows| of_relation(program, rows)));
}

/// Rows that a relation loads, of one object.
fn of_relation(program: &Program<'_>, rows: &ProcessedRelation) -> Option<Finding> {
    if !program.runs(rows.function, waited_for) || program.role(rows.at.file) != Role::App {
        return None;
    }
    let (main, ..) = rows.steps.first()?;
    // One object has ever more of them, and the first of few is as good as a query for it.
    let is_sure = growth::is_log_like(Some(rows.target)) && !rows.is_of_pairs;
    let is_cheap = matches!(main, Processing::First | Processing::Tested);
    let confidence = match growth::of_entity(program, Some(rows.target)) {
        Growth::Small => return None,
        _ if is_sure && !is_cheap => Confidence::Medium,
        _ => Confidence::Low,
    };
    let cause = Cause {
        program,
        rule: &RULE.info,
        function: rows.function,
        file: rows.at.file,
        span: program.expr_span(rows.at),
    };
    let fetched = format!("`{}.{}` loads all rows of its object", rows.owner, rows.relation);
    let mut finding = cause.finding(Severity::Warning, confidence, waited_for, words(fetched, *main));
    finding.related.extend(told(program, &rows.steps));
    Some(finding)
}

fn told(program: &Program<'_>, steps: &[(Processing, FileId, Span)]) -> Vec<Step> {
    let told = steps
        .iter()
        .map(|(step, file, span)| Step { location: program.location(*file, *span), message: done(*step).to_owned() });
    told.collect()
}

/// How likely the rows are many, where they are more than what is made of them.
fn judge(program: &Program<'_>, query: &QueryUse, rows: &ProcessedRows) -> Option<Confidence> {
    if query.is_grouped || query.site.in_loop {
        return None;
    }
    let is_bounded = query.limit != Certainty::Absent;
    if is_bounded && query.bound.is_none_or(|bound| bound < FEW) {
        return None;
    }
    let does = |wanted: Processing| rows.steps.iter().any(|(step, ..)| *step == wanted);
    let only = |wanted: &[Processing]| rows.steps.iter().all(|(step, ..)| wanted.contains(step));
    // The first of what a key selects is the only one.
    let takes_first = only(&[Processing::First, Processing::Tested, Processing::Counted]) && does(Processing::First);
    if takes_first && query.filter != Certainty::Absent && query.order == Certainty::Absent {
        return None;
    }
    // The database has counted what differs; only the values are sent.
    if only(&[Processing::Counted, Processing::Tested]) && program.mentions(query.at, &["distinct"]) {
        return None;
    }
    if is_bounded {
        // Who asks for a hundred rows expects more than the one that is used, whatever the table.
        let is_small = growth::of_entity(program, query.entity) == Growth::Small;
        return (!is_small || takes_first).then_some(Confidence::Medium);
    }
    let confidence = growth::of_rows(program, query)?;
    // Who cuts pages expects many.
    let confidence = if does(Processing::Paged) { confidence.max(Confidence::Medium) } else { confidence };
    let is_cheap = only(&[Processing::Tested]);
    Some(if is_cheap { confidence.min(Confidence::Medium) } else { confidence })
}

fn done(step: Processing) -> &'static str {
    match step {
        Processing::Aggregated => "added up here",
        Processing::Filtered => "filtered here",
        Processing::Searched => "searched here",
        Processing::Paged => "a page is cut here",
        Processing::Ranked => "the first few of an order that is worked out here",
        Processing::Cut => "a part is taken here",
        Processing::First => "one is taken here",
        Processing::Counted => "counted here",
        Processing::Tested => "only tested for being there",
    }
}

/// What is fetched, and what for.
fn words(fetched: String, main: Processing) -> Words {
    let (purpose, instead) = match main {
        Processing::Aggregated => {
            ("add them up", "let the database add: SUM, COUNT and AVG with GROUP BY (the ORM's aggregate)")
        }
        Processing::Filtered => ("drop some of them", "put the condition into the query (WHERE, the ORM's filter)"),
        Processing::Searched => {
            ("look for one of them", "ask for that one: put the condition into the query, with LIMIT 1 or EXISTS")
        }
        Processing::Paged => (
            "return a page of them",
            "take the page in the query: LIMIT with a cursor or OFFSET, and a COUNT(*) only if the total is shown",
        ),
        Processing::Ranked => (
            "keep the first few of an order that is worked out",
            "narrow the rows in the query first (a box around the place, a text or vector index), or keep what orders them in a column: ORDER BY and LIMIT then",
        ),
        Processing::Cut => ("use the first few", "ORDER BY and LIMIT in the query"),
        Processing::First => ("use one of them", "ORDER BY and LIMIT 1 in the query"),
        Processing::Counted => ("count them", "SELECT COUNT(*) (the ORM's count), which sends back one number"),
        Processing::Tested => ("see whether there are any", "SELECT EXISTS (…) or LIMIT 1"),
    };
    Words {
        message: format!("{fetched} to {purpose} in memory"),
        label: "every row is sent and built".to_owned(),
        runs_out:
            "memory and processor time: 100,000 rows are tens of megabytes and a second of work, for each request"
                .to_owned(),
        instead: instead.to_owned(),
    }
}
