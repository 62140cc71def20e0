//! A client decides how many rows it gets.

use analysis::{Program, Role};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity, Step};

use crate::Rule;
use crate::common::{Cause, Words, serves};

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
    for size in program.page_sizes() {
        if program.role(size.at.file) != Role::App || !program.runs(size.function, serves) {
            continue;
        }
        let words = Words {
            message: "the number of rows is what the client asks for, and nothing caps it".to_owned(),
            label: "taken from the request as it is".to_owned(),
            runs_out: "memory: a limit of 10,000,000 is a request like any other, and reads the whole table".to_owned(),
            instead: "cap it before the query: min(limit, 100), or say the maximum in the schema of the request"
                .to_owned(),
        };
        let (function, file, span) = (size.function, size.at.file, program.expr_span(size.at));
        let mut finding = Cause { program, rule: &RULE.info, function, file, span }.finding(
            Severity::Warning,
            Confidence::Medium,
            serves,
            words,
        );
        let location = program.location(size.source.file, program.expr_span(size.source));
        finding.related.push(Step { location, message: "comes from here".to_owned() });
        findings.push(finding);
    }
}
