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

/// What is said to users of the framework that makes the application: of several the one that its file names.
pub(crate) fn advice<'a>(program: &Program<'_>, app: App, frameworks: &[(&str, &'a str)]) -> Option<&'a str> {
    let own = frameworks.iter().find(|(name, _)| program.is_named_in(app.file, name));
    own.or_else(|| frameworks.iter().find(|(name, _)| program.has_name(name))).map(|(_, advice)| *advice)
}

/// One finding about the whole project, where its application is made.
pub(crate) fn note(program: &Program<'_>, rule: &RuleInfo, app: App, severity: Severity, words: Words) -> Finding {
    let cause = Cause { program, rule, function: app.function, file: app.file, span: app.span };
    cause.finding(severity, Confidence::Medium, |state: State| state.context == Context::Startup, words)
}
