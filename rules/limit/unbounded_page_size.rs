//! A client decides how many rows it gets.

use analysis::{FnRef, PageSize, Program, QueryUse, Role};
use ir::FnId;
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity, Step};

use crate::Rule;
use crate::common::{Cause, Decisions, SERVING, Words, serves};
use crate::query::growth::{self, Growth};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "unbounded-page-size",
        family: Family::Limit,
        severity: Severity::Warning,
        summary: "a request decides the size of a page, and nothing caps it",
        cwe: &[770],
        page: include_str!("unbounded_page_size.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    // The statements of a handler that one value limits are one decision.
    let mut decisions = Decisions::none_yet();
    for size in program.page_sizes() {
        let by = size.way.first().map_or(size.function, |edge| edge.from);
        if program.role(size.at.file) != Role::App || !program.runs(by, serves) {
            continue;
        }
        let instead = "cap it before the query: min(limit, 100), or say the maximum in the schema of the request";
        let words = words("taken from the request as it is", instead.to_owned());
        let (function, file, span) = (size.function, size.at.file, program.expr_span(size.at));
        let confidence = if is_of_few(program, &size) { Confidence::Low } else { Confidence::Medium };
        let cause = Cause { program, rule: &RULE.info, function, file, span };
        let mut finding = cause.finding(Severity::Warning, confidence, serves, words);
        if !size.way.is_empty()
            && let Some(last) = finding.evidence.pop()
        {
            finding.evidence = program.evidence_by(&size.way, serves, last);
            finding.affected = program.handlers(by, SERVING);
        }
        let location = program.location(size.source.file, program.expr_span(size.source));
        finding.related.push(Step { location, message: "comes from here".to_owned() });
        decisions.add(Some((size.source, confidence)), finding);
    }
    findings.extend(decisions.into_findings());
    for paginator in program.open_paginators() {
        let words = words(
            "each client chooses the size of its page",
            format!("`{} = 100` in a paginator of the project", paginator.maximum),
        );
        let function = FnRef { file: paginator.at.file, id: FnId::MODULE };
        let span = program.expr_span(paginator.at);
        let cause = Cause { program, rule: &RULE.info, function, file: paginator.at.file, span };
        findings.push(cause.finding(Severity::Warning, Confidence::Medium, serves, words));
    }
}

/// Whether the query that is given the size has few rows to give, whatever is asked for: those of one user, or of a small table.
fn is_of_few(program: &Program<'_>, size: &PageSize) -> bool {
    let span = program.expr_span(size.at);
    let takes = |query: &&QueryUse| {
        query.function == size.function && query.at.file == size.at.file && program.expr_span(query.at).contains(span)
    };
    program.queries().iter().find(takes).is_some_and(|query| {
        let is_alone = query.joined.is_empty() && !query.is_joined;
        growth::of_entity(program, query.entity) == Growth::Small || is_alone && growth::is_of_one_user(query)
    })
}

fn words(label: &str, instead: String) -> Words {
    Words {
        message: "the number of rows is what the client asks for, and nothing caps it".to_owned(),
        label: label.to_owned(),
        runs_out: "memory: a limit of 10,000,000 is a request like any other, and reads the whole table".to_owned(),
        instead,
    }
}
