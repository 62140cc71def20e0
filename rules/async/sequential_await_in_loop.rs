//! Remote calls that do not need one another's answers wait for one another.

use analysis::{Effect, Program, Sequential};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity, Step};

use crate::Rule;
use crate::common::{Cause, Words, usually_waited_for};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "sequential-await-in-loop",
        family: Family::Async,
        severity: Severity::Warning,
        summary: "independent remote calls wait for one another, one for each element of a list",
        cwe: &[],
        page: include_str!("sequential_await_in_loop.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    for sequence in reported(program) {
        let effect = program.model(sequence.remote).and_then(|model| model.does);
        let words = Words {
            message: "a remote service is called once for each element, and each call waits for the one before".to_owned(),
            label: "the next element waits for this".to_owned(),
            runs_out: "time: at 100 ms a call, a list of 100 takes 10 s, and the request holds its worker or connection all along".to_owned(),
            instead: instead(&sequence, effect).to_owned(),
        };
        let span = program.call_span(sequence.call);
        let cause = Cause { program, rule: &RULE.info, function: sequence.function, file: sequence.call.file, span };
        let mut finding = cause.finding(Severity::Warning, Confidence::Medium, usually_waited_for, words);
        if sequence.remote != sequence.call {
            let location = program.location(sequence.remote.file, program.call_span(sequence.remote));
            finding.related.push(Step { location, message: "the remote call".to_owned() });
        }
        findings.push(finding);
    }
}

/// Sequences that a client waits for.
pub(crate) fn reported(program: &Program<'_>) -> Vec<Sequential> {
    let mut sequences = program.sequences();
    sequences.retain(|sequence| program.runs(sequence.function, usually_waited_for));
    sequences
}

fn instead(sequence: &Sequential, effect: Option<Effect>) -> &'static str {
    match effect {
        Some(Effect::Push) => "send all in one call (sendEach, sendEachForMulticast), or from a queue",
        _ if sequence.is_awaited => {
            "the service's call for many at once, or at most ten at a time (p-limit, asyncio.Semaphore with gather, buffer_unordered(10))"
        }
        _ => "the service's call for many at once, or a ThreadPoolExecutor(max_workers=10)",
    }
}
