//! The same dear answer is worked out for everybody who asks.

use std::collections::BTreeMap;

use analysis::{Cost, HotAnswer, LibraryCall, Program};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity, Step};
use ir::words_of;

use crate::Rule;
use crate::common::{Cause, Words, serves};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "uncached-hot-query",
        family: Family::Cache,
        severity: Severity::Warning,
        summary: "an answer that is the same for everybody is worked out for each request",
        cwe: &[1050],
        page: include_str!("uncached_hot_query.md"),
    },
    check,
};

/// Routes that are asked seldom, or must not be answered from a cache.
const SELDOM: &[&str] = &[
    "admin",
    "health",
    "ready",
    "live",
    "ping",
    "status",
    "settings",
    "house",
    "housekeeping",
    "job",
    "jobs",
    "task",
    "tasks",
    "cleanup",
    "sync",
    "refresh",
    "webhook",
    "oauth",
    "auth",
    "login",
    "logout",
    "about",
    "healthz",
    "export",
    "debug",
    "cron",
    "metrics",
    "internal",
    "test",
];

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    findings.extend(program.fetched_tokens().into_iter().map(|call| of_token(program, call)));
    if program.says(&["proxy_cache", "uvicorn_cache"]) || program.has_name("updatecachemiddleware") {
        return;
    }
    // One cause: what several handlers come to.
    let mut causes: BTreeMap<_, Vec<HotAnswer<'_>>> = BTreeMap::new();
    for hot in program.hot_answers() {
        causes.entry(hot.source).or_default().push(hot);
    }
    for answers in causes.into_values() {
        findings.push(report(program, &answers));
    }
}

fn report(program: &Program<'_>, answers: &[HotAnswer<'_>]) -> Finding {
    let hot = &answers[0];
    let words = Words {
        message: format!("`{}` answers everybody alike, and {} for each request", program.name_of(hot.entry.function), what(hot.cost)),
        label: "worked out anew for each request".to_owned(),
        runs_out: runs_out(hot.cost).to_owned(),
        instead: "keep the answer for some seconds (a cache with a time to live, in the process or in Redis, filled by one request at a time), or let clients and proxies keep it with Cache-Control: public, max-age=60".to_owned(),
    };
    let cause = Cause {
        program,
        rule: &RULE.info,
        function: hot.entry.function,
        file: hot.call.file,
        span: program.call_span(hot.call),
    };
    let mut finding = cause.finding(Severity::Warning, confidence(program, answers), serves, words);
    for other in &answers[1..] {
        let location = program.location(other.call.file, program.call_span(other.call));
        finding.related.push(Step { location, message: format!("{} comes to the same", other.entry.label) });
    }
    finding
}

/// The token is the same for all requests until it expires.
fn of_token(program: &Program<'_>, call: &LibraryCall<'_>) -> Finding {
    let words = Words {
        message: "a new access token is asked for with each request, though the last one is still good".to_owned(),
        label: "the same answer for an hour".to_owned(),
        runs_out: "time and the provider's limit of token requests: each request waits for one more round trip of 100 to 500 ms"
            .to_owned(),
        instead: "keep the token and when it expires in the module, and ask for a new one only a minute before (`expires_in`), one request at a time"
            .to_owned(),
    };
    let mut finding =
        Cause::of_call(program, &RULE.info, call).finding(Severity::Warning, Confidence::Medium, serves, words);
    let is_seldom = |entry: &Step| words_of(&entry.message).iter().any(|word| SELDOM.contains(&word.as_str()));
    if finding.affected.iter().all(is_seldom) {
        finding.confidence = Confidence::Low;
    }
    finding
}

fn what(cost: Cost) -> String {
    match cost {
        Cost::Remote => "asks a remote service".to_owned(),
        Cost::Aggregate => "counts or joins whole tables".to_owned(),
        Cost::Queries(number) => format!("sends {number} queries"),
        Cost::Rows => "reads a whole table".to_owned(),
    }
}

fn runs_out(cost: Cost) -> &'static str {
    match cost {
        Cost::Remote => {
            "the other side's rate limit, and time: each page view waits for its answer, 100 users a second are 100 calls"
        }
        _ => "the database's processor: 100 page views a second are 100 times the same work",
    }
}

fn confidence(program: &Program<'_>, answers: &[HotAnswer<'_>]) -> Confidence {
    let is_seldom = |hot: &HotAnswer<'_>| {
        let path = program.file(hot.entry.function.file).path;
        let names = format!("{} {} {path}", hot.entry.label, program.name_of(hot.entry.function));
        hot.is_guarded || words_of(&names).iter().any(|word| SELDOM.contains(&word.as_str()))
    };
    let is_dear = answers.iter().any(|hot| hot.cost != Cost::Rows && !is_seldom(hot));
    if is_dear { Confidence::Medium } else { Confidence::Low }
}
