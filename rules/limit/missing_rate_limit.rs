//! A service that answers as often as a client asks.

use std::collections::BTreeSet;

use analysis::{App, Covered, Effect, EntryPoint, FnRef, Program, Provision, Runtime};
use ir::finding::{Family, Finding, RuleInfo, Severity, Step};

use crate::common::{Words, serves};
use crate::{Rule, service};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "missing-rate-limit",
        family: Family::Limit,
        severity: Severity::Warning,
        summary: "nothing limits how often a client may call the service",
        cwe: &[770, 799],
        page: include_str!("missing_rate_limit.md"),
    },
    check,
};

/// Parts of names of limiters that a project writes itself.
const NAMES: &[&str] = &[
    "ratelimit",
    "rate_limit",
    "throttl",
    "slowdown",
    "limiter",
    "leakybucket",
    "leaky_bucket",
    "tokenbucket",
    "token_bucket",
    "too_many_requests",
    "toomanyrequests",
];

/// Parts of names for what counts wrong passwords.
const LOCKOUTS: &[&str] = &["failed_attempt", "failedattempt"];

/// Endings of names of errors: those of who limits us are no limits of ours.
const ERRORS: &[&str] = &["error", "errors", "exceeded", "exception"];

/// What a limiter answers that has no telling name.
const ANSWER: &[&str] = &["too many requests"];

/// What proxies and platforms call theirs.
const PROXIES: &[&str] =
    &["limit_req", "limit-rps", "limit-rpm", "rate_limit", "ratelimit", "rate-limit", "too many requests", "throttl"];

/// Words in routes that guessing, mail or money makes worth attacking.
const SENSITIVE: &[&str] = &[
    "login", "signin", "sign-in", "register", "signup", "sign-up", "password", "forgot", "otp", "/token", "verify",
    "upload", "contact", "invite",
];

/// Words in routes where passwords and codes are guessed.
const GUESSED: &[&str] = &["login", "signin", "sign-in", "password", "otp", "/token", "register", "signup", "sign-up"];

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    let Some(app) = service::app(program).or_else(|| login(program)) else { return };
    if program.has(Provision::RateLimit) || program.is_deployed_with(PROXIES) {
        return;
    }
    let mut own = program.routes_covered_by(is_limiter, ANSWER);
    let is_lockout = |name: &str| LOCKOUTS.iter().any(|part| name.contains(part));
    let locked = program.routes_covered_by(is_lockout, &[]);
    own.routes.extend(guessed(program).intersection(&locked.routes));
    let sensitive = sensitive(program);
    if own.is_everywhere || !own.routes.is_empty() && is_for_most(program, &own) {
        return;
    }
    let is_note = sensitive.is_empty() && program.app().is_some();
    let severity = if is_note { Severity::Info } else { Severity::Warning };
    let message = match places(program, &own) {
        (_, 0) => "no client is limited: nothing in the code or in front of it bounds how often it may call".to_owned(),
        (all, few) => {
            format!("{few} of {all} routes limit how often a client may call them, and nothing limits the others")
        }
    };
    let words = Words {
        message,
        label: "no limit on the rate of requests".to_owned(),
        runs_out: "the workers and whatever a call costs: one script with 100 connections takes what all users share, and guesses passwords as fast as they are checked".to_owned(),
        instead: instead(program, app).to_owned(),
    };
    let mut finding = service::note(program, &RULE.info, app, severity, words);
    finding.related.extend(sensitive);
    findings.push(finding);
}

/// Whether a name is that of a limiter. Errors of who limits us are none of ours, and Celery's `worker_disable_rate_limits` is of
/// its own tasks.
fn is_limiter(name: &str) -> bool {
    let is_error = ERRORS.iter().any(|ending| name.ends_with(ending)) || name.starts_with("worker_");
    !is_error && NAMES.iter().any(|part| name.replace("delimiter", "").contains(part))
}

/// The places of all routes, and of those that a limiter of the project's own covers.
fn places(program: &Program<'_>, own: &Covered) -> (usize, usize) {
    let place = |entry: &EntryPoint| (entry.file, entry.span);
    let all: BTreeSet<_> = program.routes().into_iter().map(place).collect();
    let covered = program.routes().into_iter().filter(|entry| own.routes.contains(&entry.function));
    (all.len(), covered.map(place).collect::<BTreeSet<_>>().len())
}

/// Whether a limiter of the project's own covers a good part of the routes, one of those where passwords are guessed, or where
/// none are.
fn is_for_most(program: &Program<'_>, own: &Covered) -> bool {
    const SHARE: usize = 4;
    let attacked = guessed(program);
    let (all, covered) = places(program, own);
    covered * SHARE >= all || attacked.is_empty() || !attacked.is_disjoint(&own.routes)
}

/// The first handler that checks a password, of a program whose routes are files and which makes no application.
fn login(program: &Program<'_>) -> Option<App> {
    let routes = program.routes_anywhere();
    if routes.len() < service::MIN_ROUTES || program.app().is_some() || program.names_with(NAMES).any(is_limiter) {
        return None;
    }
    let calls = program.calls().iter().filter(|call| call.model.does == Some(Effect::Hash));
    let checking: BTreeSet<FnRef> =
        calls.filter_map(|call| program.first_entry(call.function, serves)).map(|entry| entry.function).collect();
    let is_file = |entry: &&EntryPoint| entry.runtime == Runtime::Either;
    let mut files = routes.into_iter().filter(is_file);
    let entry = files.find(|entry| is_guessed(entry) && checking.contains(&entry.function))?;
    Some(App { file: entry.file, span: entry.span, function: entry.function })
}

/// Handlers of routes where passwords and codes are guessed.
fn guessed(program: &Program<'_>) -> BTreeSet<FnRef> {
    program.routes().into_iter().filter(|entry| is_guessed(entry)).map(|entry| entry.function).collect()
}

fn is_guessed(entry: &EntryPoint) -> bool {
    let label = entry.label.to_lowercase();
    GUESSED.iter().any(|word| label.contains(word))
}

/// Routes that need a limit of their own.
fn sensitive(program: &Program<'_>) -> Vec<Step> {
    const MAX: usize = 8;
    let calls = program.calls().iter();
    let costly = calls
        .filter(|call| matches!(call.model.does, Some(Effect::Llm | Effect::Mail | Effect::Push | Effect::Hash)))
        .filter_map(|call| program.first_entry(call.function, serves))
        .map(|entry| entry.function);
    let costly: BTreeSet<FnRef> = costly.collect();
    let routes = program.routes();
    let is_named = |entry: &&EntryPoint| SENSITIVE.iter().any(|word| entry.label.to_lowercase().contains(word));
    let mut steps: Vec<Step> = routes
        .into_iter()
        .filter(|entry| is_named(entry) || costly.contains(&entry.function))
        .map(|entry| Step {
            location: program.location(entry.file, entry.span),
            message: format!("{} needs a limit of its own", entry.label),
        })
        .collect();
    steps.sort();
    steps.truncate(MAX);
    steps
}

fn instead(program: &Program<'_>, app: App) -> &'static str {
    let frameworks = [
        (
            "rest_framework",
            "DEFAULT_THROTTLE_CLASSES and DEFAULT_THROTTLE_RATES in REST_FRAMEWORK with a shared cache, a lower throttle_scope on login and mail, and django-axes against guessed passwords",
        ),
        (
            "installed_apps",
            "@ratelimit(key=\"ip\", rate=\"10/m\", block=True) of django-ratelimit with a shared cache on login, mail and searches, django-axes against guessed passwords, and limit_req in the proxy in front",
        ),
        (
            "fastapi",
            "slowapi's Limiter with default_limits and a shared storage, and a lower @limiter.limit on login, mail and language models",
        ),
        (
            "flask",
            "Flask-Limiter with default_limits and storage_uri=redis://…, and a lower @limiter.limit on login, mail and language models",
        ),
        (
            "express",
            "app.use(rateLimit({ windowMs: 60_000, limit: 100, store })) of express-rate-limit, and a lower one on login, mail and language models",
        ),
        ("fastify", "app.register(rateLimit, { max: 100, timeWindow: '1 minute', redis }) of @fastify/rate-limit"),
        ("nestfactory", "ThrottlerModule.forRoot with ThrottlerGuard as APP_GUARD, and @Throttle on login"),
        ("axum", "tower_governor's GovernorLayer on the router, or limit_req in the proxy in front"),
        ("actix_web", "actix-governor's Governor as middleware, or limit_req in the proxy in front"),
    ];
    service::advice(program, app, &frameworks)
        .unwrap_or("limit requests by client in a middleware or in the proxy in front (nginx: limit_req)")
}
