//! A connection is held while something slow runs, or while a second one is asked for.

use analysis::{Context, During, Effect, Hold, Program, State};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity, Step};

use crate::Rule;
use crate::common::{Cause, SERVING, Words, recurs, serves, with_article};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "connection-held-across-io",
        family: Family::Pool,
        severity: Severity::Error,
        summary: "a connection or transaction is held while the code waits for something else",
        cwe: &[400],
        page: include_str!("connection_held_across_io.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    for hold in program.holds() {
        if program.runs(hold.function, recurs) {
            findings.push(of_hold(program, hold));
        }
    }
    for call in program.calls() {
        let begins = program.is_sent_through_pool(call.at) && program.begins_transaction(call.at);
        if begins && program.runs(call.function, recurs) {
            let words = Words {
                message:
                    "a transaction is begun through the pool: its statements run on whichever connections are free"
                        .to_owned(),
                label: "the next statement may run on another connection".to_owned(),
                runs_out: "correctness first, then the pool: a connection goes back with its transaction open"
                    .to_owned(),
                instead: "take one client from the pool, and send BEGIN, the statements and COMMIT through it"
                    .to_owned(),
            };
            let cause = Cause::of_call(program, &RULE.info, call);
            findings.push(cause.finding(Severity::Error, Confidence::High, recurs, words));
        }
    }
}

fn of_hold(program: &Program<'_>, hold: &Hold) -> Finding {
    let at = hold.way[0];
    let noun = hold.noun;
    let words = match hold.during {
        During::Slow(effect) => Words {
            message: format!("{} is held while the code waits for {}", with_article(noun), waits_for(effect)),
            label: "waits here, with the connection in hand".to_owned(),
            runs_out: "the pool: with ten connections and a call of one second, ten requests a second use them all"
                .to_owned(),
            instead: "do the slow part before the connection is taken or after it is given back; commit first"
                .to_owned(),
        },
        During::Second => Words {
            message: format!("a second connection is asked for while {} is held", with_article(noun)),
            label: "waits for another connection of the same pool".to_owned(),
            runs_out: "the pool: once as many requests as connections are here, each waits for the others for ever"
                .to_owned(),
            instead: "use the connection that is held, or give it back first".to_owned(),
        },
        During::Outside => Words {
            message: "a query inside the transaction is sent through the pool, not through the transaction".to_owned(),
            label: "takes a second connection, and is not part of the transaction".to_owned(),
            runs_out: "the pool: once as many requests as connections are here, each waits for the others for ever"
                .to_owned(),
            instead: "send it through the transaction's own client".to_owned(),
        },
    };
    let confidence = match hold.during {
        // A retry, as a rule: but not where it goes on for as long as a socket or a stream is there.
        During::Slow(Effect::Sleep) if hold.is_session && program.is_in_loop(at) && !lasts(program, hold) => {
            Confidence::Low
        }
        // A job holds one connection for a moment, and nobody waits for it; for rows that it has locked somebody may.
        During::Slow(effect)
            if hold.is_session
                && effect != Effect::Llm
                && !program.runs(hold.function, of_clients)
                && !program.mentions_member(hold.function, "with_for_update") =>
        {
            Confidence::Low
        }
        // It takes a second, and is made of what the session reads.
        During::Slow(Effect::Pdf) if hold.is_session => Confidence::Low,
        _ if hold.is_session => Confidence::Medium,
        _ => Confidence::High,
    };
    let cause =
        Cause { program, rule: &RULE.info, function: hold.function, file: at.file, span: program.call_span(at) };
    // A worker's pool is its own: no request waits for it.
    let severity = if program.runs(hold.function, serves) { Severity::Error } else { Severity::Warning };
    let mut finding = cause.finding(severity, confidence, recurs, words);
    let taken = program.location(hold.taken.file, program.call_span(hold.taken));
    finding.related.push(Step { location: taken, message: "held from here".to_owned() });
    for other in &hold.others {
        let location = program.location(other.file, program.call_span(*other));
        finding.related.push(Step { location, message: "and another handler behind it waits here".to_owned() });
    }
    for next in &hold.way[1..] {
        let location = program.location(next.file, program.call_span(*next));
        finding.related.push(Step { location, message: "on the way to what it waits for".to_owned() });
    }
    finding
}

/// Once for each request or client, whether it waits for it or not.
fn of_clients(state: State) -> bool {
    SERVING.contains(&state.context)
}

/// Whether a hold lasts as long as a client is there: an endless loop of a socket's handler, or of a stream.
fn lasts(program: &Program<'_>, hold: &Hold) -> bool {
    let is_socket = |state: State| state.context == Context::Connection;
    let is_stream = program.file(hold.function.file).function(hold.function.id).is_generator;
    hold.is_endless && (is_stream || program.runs(hold.function, is_socket))
}

fn waits_for(effect: Effect) -> &'static str {
    match effect {
        Effect::Sleep => "a sleep",
        Effect::Llm => "a language model",
        Effect::Mail => "a mail server",
        Effect::Push => "a messaging service",
        Effect::Process => "another process",
        Effect::Browser => "a browser",
        Effect::Pdf => "a document to be rendered",
        Effect::Video => "a video to be converted",
        Effect::Inference => "a model's inference",
        Effect::Client => "what the client sends next",
        _ => "another server",
    }
}
