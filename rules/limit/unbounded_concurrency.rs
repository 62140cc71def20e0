//! As many remote calls at once as a list has elements.

use analysis::{Program, Role};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity, Step};

use crate::Rule;
use crate::common::{Cause, Words, recurs};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "unbounded-concurrency",
        family: Family::Limit,
        severity: Severity::Warning,
        summary: "remote calls for all elements of a list are started at once",
        cwe: &[400, 770],
        page: include_str!("unbounded_concurrency.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    for fan in program.fan_outs() {
        if program.role(fan.at.file) != Role::App || !program.runs(fan.function, recurs) {
            continue;
        }
        let words = Words {
            message: "one remote call for each element is started at once, however many there are".to_owned(),
            label: "as many at a time as the list has elements".to_owned(),
            runs_out: "sockets, memory and the other side's patience: a list of 5,000 opens 5,000 connections, and most are answered with 429".to_owned(),
            instead: "let ten run at a time (a shared Semaphore, p-limit, buffer_unordered(10)), and cap the length of the list".to_owned(),
        };
        let span = program.call_span(fan.at);
        let cause = Cause { program, rule: &RULE.info, function: fan.function, file: fan.at.file, span };
        let mut finding = cause.finding(Severity::Warning, Confidence::Medium, recurs, words);
        let location = program.location(fan.call.file, program.call_span(fan.call));
        finding.related.push(Step { location, message: "made for each element".to_owned() });
        findings.push(finding);
    }
}
