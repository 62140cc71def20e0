//! A bar on standard error for runs that take long, if somebody is there to see it.

use std::io::{self, IsTerminal as _};
use std::sync::Once;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget};

/// Runs shorter than this show nothing.
const PATIENCE: Duration = Duration::from_secs(1);

pub(crate) struct Progress {
    bar: ProgressBar,
    started: Instant,
    is_wanted: bool,
    show: Once,
}

impl Progress {
    pub(crate) fn new(steps: usize, quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::hidden());
        let is_wanted = !quiet && io::stderr().is_terminal();
        Self { bar, started: Instant::now(), is_wanted, show: Once::new() }
    }

    pub(crate) fn step(&self) {
        if !self.is_wanted {
            return;
        }
        if self.started.elapsed() > PATIENCE {
            self.show.call_once(|| self.bar.set_draw_target(ProgressDrawTarget::stderr()));
        }
        self.bar.inc(1);
    }

    /// So many more steps are needed.
    pub(crate) fn extend(&self, steps: usize) {
        self.bar.inc_length(steps as u64);
    }

    /// So many steps are not needed.
    pub(crate) fn skip(&self, steps: usize) {
        self.bar.inc(steps as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
