//! The process that judges files: it reads a path a line and answers each with a line.

use std::fs;
use std::io::{self, BufRead as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use analysis::{Models, Options, Program};
use ir::Symbol;
use ir::finding::Finding;
use report::{Report, Sources, Summary, TextOptions, identify};

use super::tally::Judgement;
use crate::STACK_SIZE;

/// Of the last panic.
static MESSAGE: Mutex<String> = Mutex::new(String::new());

/// Answers until nothing comes any more.
pub(crate) fn judge() -> Result<(), String> {
    set_hook(Box::new(|info| {
        let payload = info.payload_as_str().unwrap_or("without a message");
        let place = info.location().map(|place| format!("{}:{}: ", place.file(), place.line())).unwrap_or_default();
        *MESSAGE.lock().unwrap_or_else(PoisonError::into_inner) =
            format!("{place}{payload}").replace(['\n', '\r'], " ");
    }));
    let models = rules::models().map_err(|error| error.to_string())?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(STACK_SIZE).build();
    let pool = pool.map_err(|error| error.to_string())?;
    for path in io::stdin().lock().lines() {
        let path = path.map_err(|error| error.to_string())?;
        let answer = match fs::read(&path) {
            Ok(bytes) => answer(&path, &String::from_utf8_lossy(&bytes), &models, &pool),
            Err(error) => format!("panic cannot be read: {error}"),
        };
        writeln!(io::stdout(), "{answer}").map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn answer(path: &str, text: &str, models: &Models, pool: &rayon::ThreadPool) -> String {
    let before = memory("VmRSS:");
    forget_peak();
    let started = Instant::now();
    let counts = catch_unwind(AssertUnwindSafe(|| pool.install(|| program_of(path, text, models))));
    let time = started.elapsed();
    match counts {
        Ok((skipped, findings)) => {
            let kibibytes = memory("VmHWM:").saturating_sub(before);
            Judgement { time, kibibytes, skipped, findings }.to_string()
        }
        Err(_) => format!("panic {}", MESSAGE.lock().unwrap_or_else(PoisonError::into_inner)),
    }
}

/// The whole way of a file: how many parts of it no parser could read, and how many findings there are.
fn program_of(path: &str, text: &str, models: &Models) -> (usize, usize) {
    let Some(language) = parse::language_of(path) else { return (0, 0) };
    let file = parse::lower(path, language, text);
    let skipped = file.skipped.len();
    let options = Options { assume_request: true, ..Options::default() };
    let program = Program::solve(vec![file], Vec::new(), models, options);
    let all: Vec<_> = rules::all().iter().collect();
    let found = rules::check(&program, &all);
    let count = found.len();
    if count > 0 {
        write_reports(found, path, text, &program);
    }
    (skipped, count)
}

fn write_reports(found: Vec<Finding>, path: &str, text: &str, program: &Program<'_>) {
    let mut sources = Sources::default();
    sources.insert(Symbol::new(path), text.to_owned());
    let around = program.surroundings();
    let found = identify(found, |finding| around.symbol(finding.primary), &sources);
    let infos: Vec<_> = rules::all().iter().map(|rule| rule.info).collect();
    let report = Report::new(found, &infos, &sources, Summary { files: 1, ..Summary::default() });
    scalecliff_tests::all_formats(&report, TextOptions { color: true, width: 100, verbose: true });
}

/// What the kernel says of this process, in KiB; 0 where there is no such kernel.
fn memory(key: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let value = status.lines().find_map(|line| line.strip_prefix(key));
    value.and_then(|value| value.trim().trim_end_matches("kB").trim().parse().ok()).unwrap_or(0)
}

/// Lets the largest memory so far be what is in use now.
fn forget_peak() {
    // Elsewhere than on Linux nothing is measured.
    let _ = fs::write("/proc/self/clear_refs", "5");
}
