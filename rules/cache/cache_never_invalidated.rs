//! What is kept beside the truth is changed, and who keeps it is not told: a shared cache, or the memory of other processes.

use analysis::{Kept, Program, Several};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity, Step};

use crate::Rule;
use crate::common::{Cause, Words, serves};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "cache-never-invalidated",
        family: Family::Cache,
        severity: Severity::Error,
        summary: "what a cache, or each of several processes, keeps is changed elsewhere, and stays as it was",
        cwe: &[],
        page: include_str!("cache_never_invalidated.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    in_caches(program, findings);
    in_processes(program, findings);
}

fn in_caches(program: &Program<'_>, findings: &mut Vec<Finding>) {
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

/// What sends a client's requests to the same process.
const STICKY: &[&str] = &["ip_hash", "sticky", "sessionaffinity", "session_affinity", "session-cookie-name"];

/// Names of what carries messages from one process to the others.
const RELAYS: &[&str] = &[
    "publish",
    "pubsub",
    "psubscribe",
    "redisadapter",
    "createadapter",
    "channel_layer",
    "group_send",
    "nats",
    "kafka",
    "broadcaster",
];

fn in_processes(program: &Program<'_>, findings: &mut Vec<Finding>) {
    if !program.is_in_several_processes() || program.says(STICKY) {
        return;
    }
    let is_relayed = program.has_name_with(RELAYS);
    for kept in program.kept().into_iter().filter(|kept| !kept.is_of_clients || !is_relayed) {
        // What also grows is the other rule's: it is said there.
        let grows = program.growths().iter().any(|growth| growth.file == kept.file && growth.name == kept.name);
        if let Some(several) = program.several(kept.file).filter(|_| !grows) {
            findings.push(of_processes(program, &kept, &several));
        }
    }
}

fn of_processes(program: &Program<'_>, kept: &Kept, several: &Several) -> Finding {
    let words = if kept.is_of_clients { for_clients(kept, several) } else { for_data(kept, several) };
    let cause = Cause { program, rule: &RULE.info, function: kept.function, file: kept.file, span: kept.span };
    let mut finding = cause.finding(Severity::Warning, Confidence::Medium, serves, words);
    let reader = kept.readers.first().map_or("another request", |reader| reader.message.as_str());
    let (file, span) = kept.read;
    let read = Step { location: program.location(file, span), message: format!("read here by {reader}") };
    let started = Step { location: several.location, message: format!("starts {}", several.is) };
    finding.related.extend([read, started]);
    finding
}

fn for_data(kept: &Kept, several: &Several) -> Words {
    Words {
        message: format!(
            "each of {} has a `{}` of its own: what a request writes the others do not know",
            several.is, kept.name
        ),
        label: "written in the memory of one process".to_owned(),
        runs_out: "right answers: of four workers three do not have the entry, and when one restarts its entries are gone"
            .to_owned(),
        instead: "keep it where all see it: in Redis with an expiry, or in a table; or serve with one process and more threads"
            .to_owned(),
    }
}

fn for_clients(kept: &Kept, several: &Several) -> Words {
    Words {
        message: format!(
            "each of {} has a `{}` of its own: what one sends does not reach the clients of the others",
            several.is, kept.name
        ),
        label: "known to one process".to_owned(),
        runs_out: "messages: of four workers each has a fourth of the clients, and one room is four".to_owned(),
        instead: "publish each message (Redis pub/sub, the adapter of socket.io), and let every process send it to its own clients"
            .to_owned(),
    }
}
