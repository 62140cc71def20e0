//! Standard output and standard error. A reader that has gone away is no error: `| head -1` is a normal use.

use std::io::{self, ErrorKind, IsTerminal as _, Write as _};

use report::TextOptions;

use crate::args::When;
use crate::status::Failure;

/// Width of prose where there is no terminal.
const WIDTH: usize = 100;
const NARROWEST: usize = 40;

pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::internal(&format!("cannot write the report: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints text to standard error as it is.
pub(crate) fn print_aside(text: &str) {
    // There is no better place to tell that this failed.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Tells of a problem, in one line.
pub(crate) fn complain(message: &str) {
    print_aside(&format!("scalecliff: {}\n", report::neutral(message)));
}

/// How to write to standard output.
pub(crate) fn text_options(color: When, verbose: bool) -> TextOptions {
    let is_terminal = io::stdout().is_terminal();
    let width = match terminal_size::terminal_size() {
        Some((width, _)) if is_terminal => usize::from(width.0).max(NARROWEST),
        _ => WIDTH,
    };
    TextOptions { color: use_color(color, is_terminal, |name| std::env::var(name).ok()), width, verbose }
}

fn use_color(when: When, is_terminal: bool, variable: impl Fn(&str) -> Option<String>) -> bool {
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    let is_forced = variable("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0");
    let is_dumb = variable("TERM").is_some_and(|value| value == "dumb");
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto if is_set("NO_COLOR") => false,
        When::Auto => is_forced || is_terminal && !is_dumb,
    }
}

#[cfg(test)]
mod tests {
    use super::use_color;
    use crate::args::When;

    #[test]
    fn colour_follows_the_argument_then_the_environment_then_the_terminal() {
        let auto = |is_terminal, variables: &[(&str, &str)]| {
            use_color(When::Auto, is_terminal, |name| {
                variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(auto(true, &[]));
        assert!(!auto(false, &[]));
        assert!(!auto(true, &[("NO_COLOR", "1")]));
        assert!(auto(true, &[("NO_COLOR", "")]));
        assert!(!auto(true, &[("TERM", "dumb")]));
        assert!(auto(false, &[("CLICOLOR_FORCE", "1")]));
        assert!(!auto(false, &[("CLICOLOR_FORCE", "0")]));
        assert!(!auto(true, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]));
        assert!(use_color(When::Always, false, |_| None));
        assert!(!use_color(When::Never, true, |_| None));
    }
}
