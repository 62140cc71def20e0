//! A structure that outlives the request grows with every one.

use analysis::{Grows, Growth, LibraryCall, Memo, Program, Runtime, Stored};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity, Step};
use ir::words_of;

use crate::Rule;
use crate::common::{Cause, Words, or, recurs, serves};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "unbounded-growth",
        family: Family::Leak,
        severity: Severity::Error,
        summary: "a structure in the process's memory grows with every request and nothing bounds it",
        cwe: &[401, 770],
        page: include_str!("unbounded_growth.md"),
    },
    check,
};

const RUNS_OUT: &str = "memory, until the process is killed; a second worker has a copy of its own";

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    for growth in program.growths() {
        match growth.stores {
            Stored::Data => findings.push(of_collection(program, growth)),
            Stored::Queued => findings.push(of_queue(program, growth)),
            _ => {}
        }
    }
    for memo in program.memos() {
        findings.push(of_memo(program, &memo));
    }
    for call in program.calls() {
        let is_there = match call.model.grows {
            Some(Grows::Leak) => leaks(program, call) && !program.leaks_connection(call),
            // Options that are put together elsewhere may name a store, and where another call does this one is a variant.
            Some(Grows::Store) => {
                program.is_server() && program.has_plain_options(call.at) && !program.is_called_otherwise(call)
            }
            _ => false,
        };
        if is_there {
            let words = Words {
                message: or(call.model.noun, "memory that is never given back"),
                label: "grows with every request".to_owned(),
                runs_out: or(call.model.runs_out, RUNS_OUT),
                instead: or(call.model.instead, "give the memory an owner that drops it"),
            };
            let cause = Cause::of_call(program, &RULE.info, call);
            findings.push(cause.finding(Severity::Error, Confidence::High, recurs, words));
        }
    }
}

/// Whether each request leaks what the call is given.
pub(crate) fn leaks(program: &Program<'_>, call: &LibraryCall<'_>) -> bool {
    call.model.grows == Some(Grows::Leak) && program.runs(call.function, recurs) && !call.site.is_once
}

fn of_collection(program: &Program<'_>, growth: &Growth) -> Finding {
    let name = growth.name;
    let (message, confidence) = if growth.is_keyed {
        let why = match growth.expires {
            Some(_) => "an old one goes only if its own key is asked for again",
            None => "nothing removes or expires one",
        };
        (
            format!("`{name}` keeps an entry for every key it was ever given: {why}"),
            // A job comes by the same keys again and again.
            if program.runs(growth.function, serves) || program.fills_cache(growth.function) {
                Confidence::Medium
            } else {
                Confidence::Low
            },
        )
    } else {
        (format!("`{name}` grows with every request, and nothing removes from it"), Confidence::High)
    };
    let words = Words {
        message,
        label: "adds for each request".to_owned(),
        runs_out: RUNS_OUT.to_owned(),
        instead: "bound it (a maximum size, an expiry, a sweep), or keep it in a database or in Redis with an expiry"
            .to_owned(),
    };
    let cause = Cause { program, rule: &RULE.info, function: growth.function, file: growth.file, span: growth.span };
    // What a platform starts and ends as it likes does not live long enough.
    let is_short_lived = program.runtime_of(&[growth.function], recurs) == Some(Runtime::Serverless);
    let confidence = if is_short_lived || is_stand_in(program, growth) { Confidence::Low } else { confidence };
    let mut finding = cause.finding(Severity::Error, confidence, recurs, words);
    finding.related = growth
        .also
        .iter()
        .map(|(file, span)| Step { location: program.location(*file, *span), message: "also adds to it".to_owned() })
        .collect();
    finding.related.extend(growth.expires.map(|(file, span)| Step {
        location: program.location(file, span),
        message: "removes the one entry that was asked for".to_owned(),
    }));
    finding.related.extend(program.several(growth.file).map(|several| Step {
        location: several.location,
        message: format!("starts {}, and each has a copy of its own", several.is),
    }));
    finding
}

/// A storage in memory, by its class: it stands for the database where there is none, and keeping rows is what it is for.
fn is_stand_in(program: &Program<'_>, growth: &Growth) -> bool {
    let name = program.name_of(growth.function);
    let class = name.split_once('.').map_or_else(Vec::new, |(class, _)| words_of(class));
    let has = |known: &[&str]| class.iter().any(|word| known.contains(&word.as_str()));
    has(&["mem", "memory", "inmemory", "mock", "fake"])
        && has(&["storage", "store", "repository", "repo", "database", "db"])
}

fn of_queue(program: &Program<'_>, growth: &Growth) -> Finding {
    let words = Words {
        message: format!(
            "the queue `{}` has no bound: it grows while requests are faster than who empties it",
            growth.name
        ),
        label: "a queue without a bound".to_owned(),
        runs_out: "memory: under load the backlog only grows, and what is in it gets ever older".to_owned(),
        instead: "give it a size, and refuse or wait when it is full".to_owned(),
    };
    let cause = Cause { program, rule: &RULE.info, function: growth.function, file: growth.file, span: growth.span };
    let mut finding = cause.finding(Severity::Warning, Confidence::Low, recurs, words);
    finding.related = growth
        .also
        .iter()
        .map(|(file, span)| Step { location: program.location(*file, *span), message: "filled here".to_owned() })
        .collect();
    finding
}

fn of_memo(program: &Program<'_>, memo: &Memo) -> Finding {
    let name = program.name_of(memo.function);
    let keeps = if memo.is_method { "every object it is called on" } else { "a result for each new argument" };
    let words = Words {
        message: format!("the cache of `{name}` has no bound: it keeps {keeps} for ever"),
        label: "a cache without a bound".to_owned(),
        runs_out: RUNS_OUT.to_owned(),
        instead: "give it a size (`lru_cache(maxsize=1024)`), or a cache with an expiry".to_owned(),
    };
    let cause = Cause { program, rule: &RULE.info, function: memo.function, file: memo.file, span: memo.span };
    cause.finding(Severity::Error, Confidence::Medium, |_| true, words)
}
