//! A pool whose options let it starve the database, the requests or itself.

use analysis::{Context, ExprRef, FnRef, LibraryCall, Pool, Program, Role, Runtime, SettingUse, State};
use ir::FnId;
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity};

use super::faults::{self, Fault};
use super::repeated::{Repeated, repeated};
use crate::Rule;
use crate::common::{Cause, SERVING, Words, or};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "pool-misconfigured",
        family: Family::Pool,
        severity: Severity::Warning,
        summary: "a connection pool keeps nothing, has no limit, one connection, or lets callers wait for ever",
        cwe: &[400],
        page: include_str!("pool_misconfigured.md"),
    },
    check,
};

/// What stands in hosts, URLs and names where a pooler or a proxy is between the program and the database.
const POOLERS: &[&str] = &[
    "pgbouncer",
    "pooler",
    "6543",
    "6432",
    "supavisor",
    "pgcat",
    "proxysql",
    "rds-proxy",
    "rds_proxy",
    "rdsproxy",
    ".proxy-",
];

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    let repeated = repeated(program);
    for call in program.calls() {
        if let Some(pool) = &call.model.pool {
            findings.extend(of_call(program, call, pool, repeated.get(&call.at)));
        }
    }
    findings.extend(program.settings().into_iter().filter_map(|setting| of_setting(program, setting)));
}

fn of_call(program: &Program<'_>, call: &LibraryCall<'_>, pool: &Pool, repeated: Option<&Repeated>) -> Option<Finding> {
    // Migrations have a pool of their own for a moment.
    if is_elsewhere(program, call.at) || program.is_closed_after_use(call) {
        return None;
    }
    let set = program.options_of(call.at, call.model);
    let mut faults = faults::of_options(program, pool, &set);
    if let Some(event) = &pool.error_event
        && !program.is_listened_to(call.at, call.model.returns?, event)
        && !is_given_to(program, &pool.listened_by)
    {
        faults.push(Fault::NoListener { event: event.clone() });
    }
    if let Some(repeated) = repeated {
        let shared = repeated.shared.path.to_string();
        faults.push(Fault::OneOfMany { number: repeated.number, shared });
    }
    if faults.is_empty() || faults::is_behind_pooler(program, pool, &set) {
        return None;
    }
    let mut confidence = confidence(program, call, &faults)?;
    if matches!(faults.as_slice(), [Fault::OneOfMany { .. }]) && repeated.is_some_and(|repeated| !repeated.are_many()) {
        confidence = Confidence::Low;
    }
    let words = words(program, &or(call.model.noun, "connection pool"), &faults)?;
    let cause = Cause::of_call(program, &RULE.info, call);
    let mut finding = cause.finding(Severity::Warning, confidence, starts, words);
    finding.related.extend(repeated.into_iter().flat_map(|repeated| repeated.others.clone()));
    Some(finding)
}

/// A database of one writer, or one that a pooler protects; and what does not serve.
fn is_elsewhere(program: &Program<'_>, at: ExprRef) -> bool {
    let is_served = program.role(at.file) == Role::App && !program.is_for_development(at.file);
    !is_served || program.has_pooler() || program.mentions(at, &["sqlite"]) || program.mentions(at, POOLERS)
}

fn is_given_to(program: &Program<'_>, paths: &[String]) -> bool {
    program.calls().iter().any(|call| call.model.path.is_some_and(|path| paths.iter().any(|known| *path == **known)))
}

fn starts(state: State) -> bool {
    matches!(state.context, Context::Startup | Context::Request | Context::Connection | Context::Job)
}

fn serves(state: State) -> bool {
    SERVING.contains(&state.context)
}

/// How sure it is that requests of a long-lived server suffer; none where they do not.
fn confidence(program: &Program<'_>, call: &LibraryCall<'_>, faults: &[Fault]) -> Option<Confidence> {
    // A pool for each request is another defect, whatever its options.
    if program.runs(call.function, serves) && !call.site.is_once {
        return None;
    }
    let users = program.users_of(call.at);
    let used = program.runtime_of(&users.functions, serves);
    let runtime = used.or(program.runtime())?;
    if runtime == Runtime::Serverless || used.is_none() && !is_made_at_startup(program, call.function) {
        return None;
    }
    let is_chosen = |fault: &Fault| matches!(fault, Fault::Unpooled(..) | Fault::Unlimited(_) | Fault::Single { .. });
    let is_unused = used.is_none() && !users.is_partial && !users.functions.is_empty();
    if is_unused && matches!(faults, [Fault::Unpooled(..), ..]) {
        return None;
    }
    let is_one_of_several = call.site.is_conditional && !call.site.is_once && faults.iter().any(is_chosen);
    // Too many are too many wherever the process runs.
    let is_absurd = faults.iter().any(|fault| matches!(fault, Fault::TooMany { .. } | Fault::OneOfMany { .. }));
    if is_unused || runtime == Runtime::Either && !is_absurd || is_one_of_several {
        return Some(Confidence::Low);
    }
    Some(if used.is_some() && faults.iter().any(is_chosen) { Confidence::High } else { Confidence::Medium })
}

/// A container makes the objects that nothing in the program makes.
fn is_made_at_startup(program: &Program<'_>, function: FnRef) -> bool {
    let is_made_elsewhere = program.is_constructor(function) && program.states(function).next().is_none();
    is_made_elsewhere || program.runs(function, starts)
}

fn of_setting(program: &Program<'_>, setting: SettingUse<'_>) -> Option<Finding> {
    let pool = &setting.model.pool;
    let faults = faults::of_options(program, pool, &program.options_in(setting.record));
    if faults.is_empty() || is_elsewhere(program, setting.record) || program.runtime() != Some(Runtime::Server) {
        return None;
    }
    let cause = Cause {
        program,
        rule: &RULE.info,
        function: FnRef { file: setting.at.file, id: FnId::MODULE },
        file: setting.at.file,
        span: program.expr_span(setting.at),
    };
    Some(cause.finding(Severity::Warning, Confidence::Medium, starts, words(program, &setting.model.noun, &faults)?))
}

/// The worst fault, and the others by name.
fn words(program: &Program<'_>, noun: &str, faults: &[Fault]) -> Option<Words> {
    let worst = faults.first()?;
    let all: Vec<String> = faults.iter().map(Fault::message).collect();
    Some(Words {
        message: format!("the {noun} {}", all.join(", and it ")),
        label: worst.label().to_owned(),
        runs_out: worst.runs_out(program),
        instead: faults.iter().map(Fault::instead).collect::<Vec<_>>().join("; "),
    })
}
