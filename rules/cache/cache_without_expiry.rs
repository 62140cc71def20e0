//! A shared cache that keeps an entry for each of something, for good.

use analysis::Program;
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity, Step};

use crate::Rule;
use crate::common::{Cause, Words, serves};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "cache-without-expiry",
        family: Family::Cache,
        severity: Severity::Warning,
        summary: "answers of the database are stored in a cache without an expiry, a key each",
        cwe: &[770],
        page: include_str!("cache_without_expiry.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    for cached in program.cached() {
        // What is changed as well is more than a matter of memory: `cache-never-invalidated`.
        if cached.write.is_some() || !cached.is_keyed || !program.runs(cached.function, serves) {
            continue;
        }
        let words = Words {
            message: "each key is stored for good: the cache grows with everything that was ever asked for".to_owned(),
            label: "stored without an expiry".to_owned(),
            runs_out: "the cache's memory: Redis then refuses to write (noeviction, the default), and sessions and queues in it stop too".to_owned(),
            instead: "give each entry a time to live (EX, ex=, SETEX, set_ex) of minutes to hours".to_owned(),
        };
        let span = program.call_span(cached.at);
        let cause = Cause { program, rule: &RULE.info, function: cached.function, file: cached.at.file, span };
        let mut finding = cause.finding(Severity::Warning, Confidence::Medium, serves, words);
        let location = program.location(cached.query.file, cached.query.span);
        finding.related.push(Step { location, message: "what is stored".to_owned() });
        findings.push(finding);
    }
}
