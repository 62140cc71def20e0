//! The error of a database, a queue or a remote service is caught, and nobody hears of it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use analysis::{EntryPoint, Failure, FnRef, Outcome, Program, Role, Swallowed};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity, Step};
use ir::words_of;

use crate::Rule;
use crate::common::{Cause, Decisions, Words, is_for_browsers, join, recurs};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "swallowed-error",
        family: Family::Observe,
        severity: Severity::Warning,
        summary: "an error of the database, a queue or a remote service vanishes",
        cwe: &[390, 391],
        page: include_str!("swallowed_error.md"),
    },
    check,
};

/// Functions whose answer is whether something works, or that end something.
const ASKING: &[&str] = &[
    "health",
    "healthy",
    "ready",
    "readiness",
    "alive",
    "liveness",
    "ping",
    "status",
    "available",
    "online",
    "reachable",
    "connection",
    "shutdown",
    "teardown",
    "dispose",
    "stop",
    "close",
    "disconnect",
    "heartbeat",
];

/// Functions whose answer is whether something is there: remote services answer no with an error.
const LOOKING: &[&str] = &["exists", "exist", "has", "is", "head", "verify", "check", "test"];

/// Statements that define, and fail where what they define is there.
const DEFINITIONS: &[&str] =
    &["alter table", "create table", "create index", "create unique index", "create extension"];

/// What is noted in passing, and nobody misses at once: when something was last used, and that it was.
const NOTED: &[&str] = &[
    "last_used",
    "last_seen",
    "last_active",
    "last_accessed",
    "lastused",
    "lastseen",
    "lastactive",
    "lastaccessed",
    "usage_log",
    "audit_log",
    "auditlog",
    "telemetry",
    "impression",
];

/// Routes of probes.
const PROBES: &[&str] = &[
    "health",
    "healthz",
    "healthcheck",
    "ready",
    "readyz",
    "readiness",
    "live",
    "livez",
    "liveness",
    "ping",
    "status",
];

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    // One cause: a function that goes on whatever fails in it.
    let mut of_function: BTreeMap<(FnRef, String), Finding> = BTreeMap::new();
    // One helper that answers for all of a file is one cause, and so is the habit not to look at answers.
    let mut of_helpers = Decisions::none_yet();
    for swallowed in program.swallowed() {
        let path = program.file(swallowed.file).path;
        if program.role(swallowed.file) == Role::App
            && !is_for_browsers(&path)
            && serves(program, &swallowed)
            && !is_asking(program, &swallowed)
        {
            let finding = report(program, &swallowed);
            let is_unread = swallowed.outcome == Outcome::Unread;
            if swallowed.is_helped || is_unread {
                let file = (!is_unread).then_some(swallowed.file);
                of_helpers.add(Some((file, finding.message.clone(), finding.confidence)), finding);
                continue;
            }
            match of_function.entry((swallowed.function, finding.message.clone())) {
                Entry::Occupied(mut first) if first.get().confidence == finding.confidence => {
                    join(first.get_mut(), finding);
                }
                Entry::Occupied(_) => findings.push(finding),
                Entry::Vacant(place) => _ = place.insert(finding),
            }
        }
    }
    findings.extend(of_function.into_values());
    findings.extend(of_helpers.into_findings());
    // Trackers hook into the framework before the handler answers.
    if !program.has_name_with(&["sentry", "rollbar", "bugsnag"]) {
        let handlers = program.silent_error_handlers().into_iter();
        let ours = handlers.filter(|entry| program.role(entry.function.file) == Role::App);
        findings.extend(ours.map(|entry| of_handler(program, entry)));
    }
}

/// The last place where an error could be seen: `app.use((err, req, res, next) => …)`.
fn of_handler(program: &Program<'_>, entry: &EntryPoint) -> Finding {
    let words = Words {
        message: "errors that nothing else caught are answered here, and recorded nowhere".to_owned(),
        label: "neither logs the error nor hands it on".to_owned(),
        runs_out: RUNS_OUT.to_owned(),
        instead:
            "log the error with its stack and the request before answering, and keep the details out of the answer"
                .to_owned(),
    };
    let cause = Cause { program, rule: &RULE.info, function: entry.function, file: entry.file, span: entry.span };
    cause.finding(Severity::Info, Confidence::Medium, recurs, words)
}

/// It runs again and again, or stands among functions that do and nothing is known of its callers.
fn serves(program: &Program<'_>, swallowed: &Swallowed) -> bool {
    let function = swallowed.function;
    program.runs(function, recurs)
        || program.states(function).next().is_none() && program.has_neighbour_that_runs(function, recurs)
}

fn is_asking(program: &Program<'_>, swallowed: &Swallowed) -> bool {
    let name = program.name_of(swallowed.function);
    let words = words_of(&name);
    let first_entry = program.first_entry(swallowed.function, recurs);
    let route = first_entry.map_or(Vec::new(), |entry| words_of(&entry.label));
    let has = |words: &[String], known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    let looks = swallowed.failure != Failure::Database && has(&words, LOOKING);
    looks || has(&words, ASKING) || has(&route, PROBES)
}

/// What is left behind where a file or a subscription elsewhere could not be removed costs no user anything: by the name of the
/// call, or of all that a helper asks for, whatever that is called.
fn cleans_up(program: &Program<'_>, swallowed: &Swallowed) -> bool {
    let name = program.called_name(swallowed.call);
    name.is_some_and(|name| says_removal(&name))
        || program.called_functions(swallowed.call).into_iter().any(|helper| {
            // They stand in the order of their functions.
            let first = program.calls().partition_point(|call| call.function < helper);
            let calls = program.calls()[first..].iter().take_while(|call| call.function == helper);
            let mut paths =
                calls.filter(|call| call.model.does.is_some()).filter_map(|call| call.model.path).peekable();
            paths.peek().is_some() && paths.all(|path| says_removal(path.rsplit(['#', '.']).next().unwrap_or_default()))
        })
}

fn says_removal(name: &str) -> bool {
    const REMOVING: &[&str] = &["delete", "remove", "unlink", "clean", "cleanup", "purge", "revoke", "evict"];
    words_of(name).first().is_some_and(|first| REMOVING.contains(&first.as_str()))
}

/// Rows that are written beside what the caller asked for: the answer is right without them.
fn is_aside(program: &Program<'_>, swallowed: &Swallowed) -> bool {
    const ASIDE: &[&str] = &[
        "log",
        "logs",
        "audit",
        "event",
        "events",
        "activity",
        "activities",
        "analytics",
        "metrics",
        "history",
        "views",
        "clicks",
        "notifications",
        "usage",
        "cache",
    ];
    let queries = program.queries().iter().filter(|query| query.at == swallowed.call);
    queries
        .filter_map(|query| query.entity)
        .any(|entity| words_of(&entity).iter().any(|word| ASIDE.contains(&word.as_str())))
}

/// Who calls has no use for an error: a webhook that would be sent again, a page that tells what it sees.
fn is_told_for_form(program: &Program<'_>, swallowed: &Swallowed) -> bool {
    const FOR_FORM: &[&str] = &[
        "webhook",
        "webhooks",
        "hook",
        "callback",
        "track",
        "tracking",
        "event",
        "events",
        "beacon",
        "analytics",
        "telemetry",
        "view",
        "views",
        "click",
        "logout",
        "signout",
        "unsubscribe",
        "log",
        "logs",
        "ping",
    ];
    let route = program.first_entry(swallowed.function, recurs).map_or(Vec::new(), |entry| words_of(&entry.label));
    let name = words_of(&program.name_of(swallowed.function));
    route.iter().chain(&name).any(|word| FOR_FORM.contains(&word.as_str()))
}

const RUNS_OUT: &str = "the time to find the cause: under load timeouts and exhausted pools are the first errors, and they look like empty results";

fn report(program: &Program<'_>, swallowed: &Swallowed) -> Finding {
    let what = subject(swallowed.failure);
    let is_unread = swallowed.outcome == Outcome::Unread;
    let (message, severity) = match swallowed.outcome {
        Outcome::Vanishes => (format!("a failure of {what} is taken for an ordinary result"), Severity::Warning),
        Outcome::Printed => {
            (format!("a failure of {what} is printed and taken for an ordinary result"), Severity::Warning)
        }
        Outcome::Claimed => {
            ("a write to the database fails, and the answer says that it worked".to_owned(), Severity::Warning)
        }
        Outcome::Unread => (format!("a failure of {what} is in the answer, and nobody looks at it"), Severity::Warning),
        Outcome::Answered => {
            (format!("a failure of {what} is answered, but its cause is recorded nowhere"), Severity::Info)
        }
    };
    let words = Words {
        message,
        label: match swallowed.outcome {
            Outcome::Unread => "the answer is dropped, and the error with it",
            Outcome::Claimed => "the client is not told what is caught here",
            _ => "what is caught here is told to nobody",
        }
        .to_owned(),
        runs_out: RUNS_OUT.to_owned(),
        instead: program
            .advice(RULE.info.slug, swallowed.call, false)
            .filter(|_| is_unread)
            .unwrap_or("log the error with its context and throw it on or answer 5xx; catch only the errors that are expected here")
            .to_owned(),
    };
    // What is dropped in so many words is often meant, what has a value before may be looked at later, and what happens on
    // the way to an error is told with that one.
    let is_weak = swallowed.is_expected
        || is_unread && is_aside(program, swallowed)
        || program.mentions(swallowed.call, DEFINITIONS)
        || program.mentions(swallowed.call, NOTED)
        || words_of(&program.name_of(swallowed.function)).iter().any(|word| word == "telemetry")
        || program.is_exceptional(swallowed.call)
        || swallowed.failure != Failure::Database && cleans_up(program, swallowed)
        || swallowed.outcome == Outcome::Claimed
            && (is_aside(program, swallowed) || is_told_for_form(program, swallowed))
        || swallowed.keeps_default && swallowed.outcome == Outcome::Vanishes
        || swallowed.is_dropped && !(swallowed.is_direct && swallowed.failure == Failure::Database);
    let confidence = if is_weak { Confidence::Low } else { Confidence::Medium };
    let (function, file, span) = (swallowed.function, swallowed.file, swallowed.span);
    let cause = Cause { program, rule: &RULE.info, function, file, span };
    let mut finding = cause.finding(severity, confidence, recurs, words);
    let location = program.location(swallowed.call.file, program.call_span(swallowed.call));
    finding.related.push(Step { location, message: "this can fail".to_owned() });
    finding
}

fn subject(failure: Failure) -> &'static str {
    match failure {
        Failure::Database => "the database",
        Failure::Queue => "the queue",
        Failure::Http => "a remote service",
        Failure::Llm => "the language model",
        Failure::Mail => "the mail server",
        Failure::Push => "the message service",
    }
}
