//! How a run can end.

use std::process::ExitCode;

/// The exit status, the same for every output format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Status {
    /// Nothing at or above `--fail-on`.
    Clean = 0,
    Findings = 1,
    /// Wrong arguments, settings, models or baseline.
    Usage = 2,
    /// A path does not exist, or there is nothing to analyse under the paths.
    NoInput = 3,
    /// An internal error, or with `--strict` a part of the input that was not analysed.
    Internal = 4,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// A run that has no report.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: Status,
    /// For people, without a full stop.
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn usage(message: String) -> Self {
        Self { status: Status::Usage, message }
    }

    pub(crate) fn no_input(message: String) -> Self {
        Self { status: Status::NoInput, message }
    }

    pub(crate) fn internal(what: &str) -> Self {
        let version = env!("CARGO_PKG_VERSION");
        Self { status: Status::Internal, message: format!("internal error in version {version}: {what}") }
    }
}
