//! Reads and writes the baseline file.

use std::fs;
use std::path::PathBuf;

use report::Identified;
use triage::{Baseline, Matches};

use crate::args::CheckArgs;
use crate::configure::Configuration;
use crate::discover::reason;
use crate::output;
use crate::status::Failure;

/// What it is called where nobody says.
const NAME: &str = "scalecliff-baseline.json";

/// A baseline and its file.
#[derive(Debug)]
pub(crate) struct BaselineFile {
    path: PathBuf,
    /// None: it is yet to be written.
    baseline: Option<Baseline>,
}

impl BaselineFile {
    /// The one of the arguments, of the settings, or the one that lies at the root. A file that is asked for and is not there
    /// is an error, unless it is to be written.
    pub(crate) fn find(args: &CheckArgs, configuration: &Configuration) -> Result<Option<Self>, Failure> {
        let args = &args.baseline;
        if args.no_baseline {
            return Ok(None);
        }
        let asked = match (&args.baseline, &configuration.run.baseline) {
            (Some(path), _) => Some(path.clone()),
            (None, Some(path)) => {
                Some(configuration.path(path).map_err(|failure| configuration.failure("baseline", &failure.message))?)
            }
            (None, None) => None,
        };
        let is_asked = asked.is_some() || args.strict_baseline;
        let path = asked.unwrap_or_else(|| configuration.root.join(NAME));
        match fs::read_to_string(&path) {
            Ok(text) => {
                let baseline = Baseline::parse(&text);
                let fail = |message: &str| Failure::usage(format!("{}: {message}", path.display()));
                Ok(Some(Self { baseline: Some(baseline.map_err(|error| fail(&error.0))?), path }))
            }
            Err(_) if args.update_baseline && !path.exists() => Ok(Some(Self { path, baseline: None })),
            Err(error) if is_asked || path.exists() => {
                let hint = if path.exists() { "" } else { " (--update-baseline writes it)" };
                Err(Failure::usage(format!("{}: {}{hint}", path.display(), reason(&error))))
            }
            Err(_) => Ok(None),
        }
    }

    pub(crate) fn matches(
        &self,
        findings: &[Identified],
        exists: impl Fn(&str) -> bool,
        is_judged: impl Fn(&str, &str) -> bool,
    ) -> Option<Matches> {
        Some(self.baseline.as_ref()?.matches(findings, exists, is_judged))
    }

    /// Writes the file anew and says what changed.
    pub(crate) fn update(
        &self,
        findings: &[Identified],
        accepts_new: bool,
        exists: impl Fn(&str) -> bool,
        is_judged: impl Fn(&str, &str) -> bool,
    ) -> Result<(), Failure> {
        let accepts_new = accepts_new || self.baseline.is_none();
        let old = self.baseline.clone().unwrap_or_default();
        let update = old.updated(findings, accepts_new, exists, is_judged);
        output::replace_file(&self.path, &update.baseline.render(env!("CARGO_PKG_VERSION")))?;
        let (path, count) = (self.path.display(), update.baseline.len());
        let (added, removed) = (update.added, update.removed);
        output::print_aside(&format!("{path}: {count} findings ({added} added, {removed} removed)\n"));
        Ok(())
    }
}
