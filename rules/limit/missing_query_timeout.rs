//! A statement may run for as long as the database likes.

use analysis::{Bounded, Context, Program, Role, State};
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
    "socket_timeout",
];

/// One note about the project, at its first pool.
fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    let is_limited = program.says(LIMITS) || LIMITS.iter().any(|name| program.has_name(name));
    if service::app(program).is_none() || is_limited {
        return;
    }
    let serves = |state: State| matches!(state.context, Context::Startup | Context::Request);
    let pool = program.unbounded(Bounded::QueryTime).map(|(call, _)| call).find(|call| {
        program.role(call.at.file) == Role::App
            && !program.is_for_development(call.at.file)
            && !program.mentions(call.at, &["sqlite"])
            && program.runs(call.function, serves)
    });
    let Some(call) = pool else { return };
    let words = Words {
        message: format!("statements through {} may run without a limit", with_article(&or(call.model.noun, "this pool"))),
        label: "no statement timeout".to_owned(),
        runs_out: "connections: a query that goes wrong on a large table keeps one for minutes, also after its client has gone".to_owned(),
        instead: "set statement_timeout to a few seconds: in the options of the pool, in the URL, or with ALTER ROLE … SET statement_timeout".to_owned(),
    };
    let cause = Cause::of_call(program, &RULE.info, call);
    findings.push(cause.finding(Severity::Info, Confidence::Medium, serves, words));
}
