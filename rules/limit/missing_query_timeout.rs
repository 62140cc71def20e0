//! A statement may run for as long as the database likes.

use analysis::{Bound, Bounded, Context, FnRef, Program, Role, State};
use ir::FnId;
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity};

use crate::common::{Cause, Words, or, with_article};
use crate::{Rule, service};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "missing-query-timeout",
        family: Family::Limit,
        severity: Severity::Info,
        summary: "nothing limits how long a statement of the database may run",
        cwe: &[400],
        page: include_str!("missing_query_timeout.md"),
    },
    check,
};

/// What limits statements, in options, SQL, URLs and deployment files.
const LIMITS: &[&str] = &[
    "statement_timeout",
    "query_timeout",
    "max_execution_time",
    "command_timeout",
    "maxtimems",
    "lock_timeout",
    "max_statement_time",
    "sockettimeoutms",
    "max_time_ms",
];

/// Limits of a driver, which caches, proxies and clients of other services have by the same names: they count in the URL of a
/// database.
const OF_DRIVERS: &[&str] = &["socket_timeout=", "read_timeout="];

/// How URLs of databases begin.
const DATABASES: &[&str] = &["postgres", "mysql", "mariadb", "mongodb", "sqlserver"];

/// Prisma's schema names the database; SQLite has no statements of others to wait for, and MongoDB's are seldom long.
const OTHER_DATABASES: &[&str] = &["provider = sqlite", "provider = mongodb", "provider = sqlserver"];

/// As a part of a URL; as a name it is anybody's.
const IN_URLS: &[&str] = &["timeoutms="];

/// One note about the project, at its first pool.
fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    let is_limited = program.says(OTHER_DATABASES)
        || program.says(LIMITS)
        || program.says(IN_URLS)
        || program.texts().any(is_driver_limited)
        || LIMITS.iter().any(|name| program.has_name(name));
    if service::app(program).is_none() || is_limited {
        return;
    }
    let serves: fn(State) -> bool = |state| matches!(state.context, Context::Startup | Context::Request);
    let mut pools = program.unbounded(Bounded::QueryTime).filter(|(call, _)| {
        program.role(call.at.file) == Role::App
            && !program.is_for_development(call.at.file)
            && !program.mentions(call.at, &["sqlite", "mssql"])
            && program.runs(call.function, serves)
    });
    if let Some((call, bound)) = pools.next() {
        findings.push(of_pool(&Cause::of_call(program, &RULE.info, call), call.model.noun, bound, serves));
    } else if let Some((class, model, bound)) = program.unbounded_client(Bounded::QueryTime) {
        let function = FnRef { file: class.file, id: FnId::MODULE };
        let span = program.file(class.file).class(class.id).name_span;
        let cause = Cause { program, rule: &RULE.info, function, file: class.file, span };
        findings.push(of_pool(&cause, model.noun, bound, serves));
    }
}

fn of_pool(cause: &Cause<'_>, noun: &str, bound: &Bound, serves: fn(State) -> bool) -> Finding {
    let words = Words {
        message: format!("statements through {} may run without a limit", with_article(&or(noun, "this pool"))),
        label: "no statement timeout".to_owned(),
        runs_out: "connections: a query that goes wrong on a large table keeps one for minutes, also after its client has gone".to_owned(),
        instead: or(
            bound.instead.as_deref().unwrap_or_default(),
            if speaks_of_mysql(cause.program) {
                "limit statements to a few seconds: max_execution_time for MySQL (in milliseconds), max_statement_time for MariaDB (in seconds), as variables of the session or the server; for PostgreSQL statement_timeout"
            } else {
                "set statement_timeout to a few seconds: in the options of the pool, in the URL, or with ALTER ROLE … SET statement_timeout"
            },
        ),
    };
    let confidence = if bound.generous { Confidence::Low } else { Confidence::Medium };
    cause.finding(Severity::Info, confidence, serves, words)
}

fn speaks_of_mysql(program: &Program<'_>) -> bool {
    program.has_name_with(&["mysql", "mariadb"]) || program.says(&["mysql+", "mariadb+", "mysql://", "mariadb://"])
}

/// Whether a URL of a database in a text, or in a line of one, limits its driver.
fn is_driver_limited(text: &str) -> bool {
    text.lines().any(|line| {
        let urls = line.split(|letter: char| letter.is_whitespace() || matches!(letter, '"' | '\''));
        let mut urls = urls.filter(|url| OF_DRIVERS.iter().any(|limit| url.contains(limit)));
        // What stands before the query may be put together elsewhere.
        urls.any(|url| !url.contains("://") && url.starts_with('?') || DATABASES.iter().any(|name| url.contains(name)))
    })
}
