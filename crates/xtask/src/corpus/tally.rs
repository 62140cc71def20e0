//! What became of files, and the sum of it.

use std::fmt::{self, Write as _};
use std::time::Duration;

/// How many of the slowest and the largest are named.
const NAMED: usize = 3;

/// What one file took.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Judgement {
    pub(super) time: Duration,
    /// More than the process had before.
    pub(super) kibibytes: u64,
    /// Parts that no parser could read.
    pub(super) skipped: usize,
    pub(super) findings: usize,
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.time.as_micros(), self.kibibytes, self.skipped, self.findings)
    }
}

impl Judgement {
    /// From what `Display` writes.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut numbers = text.split(' ').map(|number| number.parse::<u64>().ok());
        let mut next = || numbers.next().flatten();
        let (micros, kibibytes, skipped, findings) = (next()?, next()?, next()?, next()?);
        let count = |number: u64| usize::try_from(number).ok();
        Some(Self {
            time: Duration::from_micros(micros),
            kibibytes,
            skipped: count(skipped)?,
            findings: count(findings)?,
        })
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    Judged(Judgement),
    /// With its message.
    Panic(String),
    /// The process ended: too much memory, an overflow of the stack.
    Abort(String),
    Timeout,
}

/// All files of a folder.
#[derive(Debug, Default)]
pub(super) struct Tally {
    judged: Vec<(String, u64, Judgement)>,
    failed: Vec<(String, u64, Outcome)>,
}

impl Tally {
    pub(super) fn add(&mut self, path: &str, size: u64, outcome: Outcome) {
        match outcome {
            Outcome::Judged(judgement) => self.judged.push((path.to_owned(), size, judgement)),
            outcome => self.failed.push((path.to_owned(), size, outcome)),
        }
    }

    pub(super) fn is_fine(&self) -> bool {
        self.failed.is_empty()
    }

    pub(super) fn report(&self, folder: &str, took: Duration) -> String {
        let count = |test: fn(&Outcome) -> bool| self.failed.iter().filter(|(_, _, outcome)| test(outcome)).count();
        let panics = count(|outcome| matches!(outcome, Outcome::Panic(_)));
        let aborts = count(|outcome| matches!(outcome, Outcome::Abort(_)));
        let files = self.judged.len() + self.failed.len();
        let bytes: u64 =
            self.judged.iter().map(|(_, size, _)| size).chain(self.failed.iter().map(|(_, size, _)| size)).sum();
        let partly = self.judged.iter().filter(|(_, _, judgement)| judgement.skipped > 0).count();
        let findings: usize = self.judged.iter().map(|(_, _, judgement)| judgement.findings).sum();
        let timeouts = self.failed.len() - panics - aborts;
        let mut text = format!(
            "{folder}: {files} files, {:.1} MiB in {took:.0?}: {panics} panics, {aborts} aborts, {timeouts} timeouts; \
             {partly} files with parts that cannot be parsed, {findings} findings\n",
            mebibytes(bytes)
        );
        for (path, size, outcome) in &self.failed {
            let what = match outcome {
                Outcome::Panic(message) => format!("panic: {message}"),
                Outcome::Abort(message) => format!("abort: {message}"),
                _ => "timeout".to_owned(),
            };
            say(&mut text, &format!("{what}: {path} ({size} bytes)"));
        }
        let mut judged: Vec<_> = self.judged.iter().collect();
        judged.sort_by_key(|(path, _, judgement)| (std::cmp::Reverse(judgement.time), path));
        for (path, size, judgement) in judged.iter().take(NAMED) {
            say(&mut text, &format!("slow: {:.0?}: {path} ({size} bytes)", judgement.time));
        }
        judged.sort_by_key(|(path, _, judgement)| (std::cmp::Reverse(judgement.kibibytes), path));
        for (path, size, judgement) in judged.iter().take(NAMED) {
            say(&mut text, &format!("large: {:.1} MiB: {path} ({size} bytes)", mebibytes(judgement.kibibytes << 10)));
        }
        text
    }
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn say(text: &mut String, line: &str) {
    // Writing into memory cannot fail.
    let _ = writeln!(text, "  {line}");
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Judgement, Outcome, Tally};

    #[test]
    fn a_judgement_travels_as_a_line() {
        let judgement = Judgement { time: Duration::from_micros(1500), kibibytes: 20, skipped: 1, findings: 3 };
        assert_eq!(Judgement::read(&judgement.to_string()), Some(judgement));
        assert_eq!(Judgement::read("thread panicked"), None);
    }

    #[test]
    fn the_sum_names_what_failed_and_what_took_most() {
        let mut tally = Tally::default();
        let judged = |milliseconds, kibibytes| {
            Outcome::Judged(Judgement { time: Duration::from_millis(milliseconds), kibibytes, skipped: 0, findings: 1 })
        };
        tally.add("a.py", 10, judged(5, 2048));
        tally.add("b.py", 10, judged(7, 1024));
        assert!(tally.is_fine());
        tally.add("c.py", 10, Outcome::Panic("here".to_owned()));
        tally.add("d.py", 10, Outcome::Timeout);
        assert!(!tally.is_fine());
        let report = tally.report("x", Duration::from_secs(2));
        let first = "x: 4 files, 0.0 MiB in 2s: 1 panics, 0 aborts, 1 timeouts; 0 files with parts that cannot be parsed, 2 findings\n";
        assert!(report.starts_with(first), "{report}");
        let position = |part: &str| report.find(part).unwrap_or_else(|| panic!("{part} is not in {report}"));
        assert!(position("panic: here: c.py") < position("timeout: d.py"));
        assert!(position("slow: 7ms: b.py") < position("slow: 5ms: a.py"));
        assert!(position("large: 2.0 MiB: a.py") < position("large: 1.0 MiB: b.py"));
    }
}
