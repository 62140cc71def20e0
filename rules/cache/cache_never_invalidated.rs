//! What a shared cache keeps for good is changed, and the cache is not told.

use analysis::Program;
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity, Step};

use crate::Rule;
use crate::common::{Cause, Words, serves};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "cache-never-invalidated",
        family: Family::Cache,
        severity: Severity::Error,
        summary: "what is cached without an expiry is changed elsewhere, and its key is never deleted",
        cwe: &[],
        page: include_str!("cache_never_invalidated.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    for cached in program.cached() {
        let Some(write) = cached.write.filter(|write| program.runs(write.function, serves)) else { continue };
        let entity = cached.query.entity.map_or("it", |entity| entity.as_str());
        let words = Words {
            message: format!("`{entity}` is kept in the cache for good and changed elsewhere: readers get the old state for ever"),
            label: "stored without an expiry, and never deleted".to_owned(),
            runs_out: "trust in the answers, and then the cache's memory: nothing ever leaves it".to_owned(),
            instead: "delete the key after each write, and give each entry a time to live (EX, ex=, SETEX, set_ex) all the same".to_owned(),
        };
        let span = program.call_span(cached.at);
        let cause = Cause { program, rule: &RULE.info, function: cached.function, file: cached.at.file, span };
        let mut finding = cause.finding(Severity::Error, Confidence::Medium, serves, words);
        let location = program.location(write.file, write.span);
        finding.related.push(Step { location, message: "changed here".to_owned() });
        findings.push(finding);
    }
}
