//! A lock is held while its holder waits for something else.

use analysis::{Effect, LockHold, Program, Role};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity, Step};

use crate::Rule;
use crate::common::{Cause, Words, recurs, with_article};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "lock-held-across-await",
        family: Family::Async,
        severity: Severity::Error,
        summary: "a lock is held over an await: everybody else waits for what its holder waits for",
        cwe: &[833, 667],
        page: include_str!("lock_held_across_await.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    for hold in program.lock_holds() {
        if program.role(hold.function.file) != Role::App || !program.runs(hold.function, recurs) {
            continue;
        }
        let span = program.call_span(hold.at);
        let cause = Cause { program, rule: &RULE.info, function: hold.function, file: hold.at.file, span };
        let severity = if hold.is_blocking { Severity::Error } else { Severity::Warning };
        let mut finding = cause.finding(severity, confidence(hold), recurs, words(hold));
        let location = program.location(hold.taken.file, program.call_span(hold.taken));
        finding.related.push(Step { location, message: "the lock is taken here".to_owned() });
        findings.push(finding);
    }
}

/// A blocking lock stops the loop whatever is awaited. Of the others, those are harmless that are held for a moment, or for
/// what is done once.
fn confidence(hold: &LockHold) -> Confidence {
    let is_slow = matches!(
        hold.effect,
        Some(Effect::Http | Effect::Llm | Effect::Mail | Effect::Push | Effect::Process | Effect::Sleep)
    );
    match hold.is_blocking {
        true => Confidence::High,
        false if is_slow && !hold.is_conditional => Confidence::Medium,
        false => Confidence::Low,
    }
}

fn words(hold: &LockHold) -> Words {
    if hold.is_blocking {
        Words {
            message: format!("{} is held over an await: whoever wants it meanwhile blocks the thread that would let its holder go on", with_article(hold.noun)),
            label: "awaited with the lock held".to_owned(),
            runs_out: "the event loop: two requests at a time can stop it for good".to_owned(),
            instead: "take what is needed, let the lock go (a block of its own, drop(guard)) and then await; a lock that has to span an await is an asynchronous one".to_owned(),
        }
    } else {
        Words {
            message: format!(
                "{} is held while {} is waited for: all requests take turns",
                with_article(hold.noun),
                waited_for(hold.effect)
            ),
            label: "awaited with the lock held".to_owned(),
            runs_out:
                "time: at 200 ms a call no more than five requests a second get through, however many workers there are"
                    .to_owned(),
            instead: "copy what is needed under the lock, let it go, call, and take it again for the result".to_owned(),
        }
    }
}

fn waited_for(effect: Option<Effect>) -> &'static str {
    match effect {
        Some(Effect::Http) => "a remote service",
        Some(Effect::Llm) => "a language model",
        Some(Effect::Database) => "the database",
        Some(Effect::Cache) => "the cache",
        Some(Effect::Mail | Effect::Push) => "a message to be sent",
        Some(Effect::Sleep) => "a pause",
        _ => "something slow",
    }
}
