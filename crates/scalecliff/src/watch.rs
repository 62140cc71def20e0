//! Checks again whenever something changes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use crate::args::CheckArgs;
use crate::discover::discover;
use crate::status::{Failure, Status};
use crate::{check, output};

/// Editors save in several steps; people do not see shorter waits.
const PAUSE: Duration = Duration::from_millis(300);

/// Files with the time of their last change and their size.
type State = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Runs until it is interrupted.
pub(crate) fn watch(args: &CheckArgs) -> Result<Status, Failure> {
    let mut last: Option<State> = None;
    loop {
        let state = state(args)?;
        if last.as_ref() != Some(&state) {
            output::clear_terminal()?;
            if let Err(failure) = check::check_once(args) {
                // Half-written settings are no reason to stop.
                output::complain(&failure.message);
            }
            output::print_aside("watching for changes (Ctrl+C ends)\n");
            last = Some(state);
        }
        sleep(PAUSE);
    }
}

fn state(args: &CheckArgs) -> Result<State, Failure> {
    let inputs = discover(&args.paths, !args.input.no_gitignore)?;
    let files = inputs.files.into_iter().map(|input| input.path).chain(inputs.settings);
    let stamp = |path: PathBuf| {
        let metadata = std::fs::metadata(&path).ok();
        let modified = metadata.as_ref().and_then(|metadata| metadata.modified().ok());
        (path, (modified, metadata.map_or(0, |metadata| metadata.len())))
    };
    Ok(files.map(stamp).collect())
}
