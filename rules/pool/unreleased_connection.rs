//! A connection, pooled client or session is not released on every path.

use analysis::{Call, Effect, Exit, LibraryCall, OpenTransaction, Program, Resource};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity, Step};

use crate::Rule;
use crate::common::{Cause, Words, recurs};
use crate::leak::{ownership, unbounded_growth::leaks};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "unreleased-connection",
        family: Family::Pool,
        severity: Severity::Error,
        summary: "a connection, pooled client or session is not released on every path",
        cwe: &[772],
        page: include_str!("unreleased_connection.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    let is_ours = |resource: Resource, model: &Call| {
        let is_mail = resource == Resource::Socket && model.does == Some(Effect::Mail);
        is_mail
            || matches!(
                resource,
                Resource::Connection
                    | Resource::PooledConnection
                    | Resource::Session
                    | Resource::Cursor
                    | Resource::HttpClient
            )
    };
    let runs_out = "the pool or the server's connections: each request that takes this path keeps one for ever";
    ownership::report(program, &RULE.info, is_ours, runs_out, findings);
    let leaked = program.calls().iter().filter(|call| leaks(program, call) && program.leaks_connection(call));
    findings.extend(leaked.map(|call| taken_for_good(program, call)));
    for open in program.open_transactions() {
        if program.runs(open.function, recurs) {
            findings.push(left_open(program, open));
        }
    }
}

/// `leak` of a pool's connection, or of a box around one.
fn taken_for_good(program: &Program<'_>, call: &LibraryCall<'_>) -> Finding {
    let words = Words {
        message: "a pooled connection is leaked: the pool gets smaller by one each time".to_owned(),
        label: "taken out of the pool for good".to_owned(),
        runs_out: "the pool's connections: after as many requests as it is large, nobody gets one".to_owned(),
        instead: "keep the guard that the pool gives: the connection goes back when it is dropped".to_owned(),
    };
    Cause::of_call(program, &RULE.info, call).finding(Severity::Error, Confidence::High, recurs, words)
}

fn left_open(program: &Program<'_>, open: OpenTransaction) -> Finding {
    let (how, leaves, confidence) = match open.exit {
        Exit::Throw(_) => ("a call in it fails", "if this fails, it stays open", Confidence::Medium),
        _ => ("the function returns early", "leaves with the transaction open", Confidence::High),
    };
    let words = Words {
        message: format!("the transaction stays open when {how}: its connection goes back with it"),
        label: "begun here".to_owned(),
        runs_out: "locks and connections: whoever gets the connection next goes on in this transaction".to_owned(),
        instead:
            "end it on every path: `ROLLBACK` where an error is handled or returned, or the library's own transaction"
                .to_owned(),
    };
    let span = program.call_span(open.at);
    let cause = Cause { program, rule: &RULE.info, function: open.function, file: open.at.file, span };
    let mut finding = cause.finding(Severity::Error, confidence, recurs, words);
    if let Exit::Throw(span) | Exit::Return(span) = open.exit {
        finding.related.push(Step { location: program.location(open.at.file, span), message: leaves.to_owned() });
    }
    finding
}
