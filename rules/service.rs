//! What the notes about a whole project share: whether it is a service, and where its application is made.

use analysis::{App, Context, Program, State};
use ir::finding::{Confidence, Finding, RuleInfo, Severity};

use crate::common::{Cause, Words};

/// With fewer routes it is an example, or a part of something.
pub(crate) const MIN_ROUTES: usize = 5;

/// The application of a program that is a service of its own.
pub(crate) fn app(program: &Program<'_>) -> Option<App> {
    if program.routes().len() < MIN_ROUTES { None } else { program.app() }
}

/// One finding about the whole project, where its application is made.
pub(crate) fn note(program: &Program<'_>, rule: &RuleInfo, app: App, severity: Severity, words: Words) -> Finding {
    let cause = Cause { program, rule, function: app.function, file: app.file, span: app.span };
    cause.finding(severity, Confidence::Medium, |state: State| state.context == Context::Startup, words)
}
