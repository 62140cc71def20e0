//! `cargo xtask corpus`: what the analysis makes of files that nobody wrote for it, such as the test suites of compilers.
//!
//! Each file is a program of its own, judged by a process that may die of it. So a panic, an abort, an endless loop and a
//! file that takes all memory are counted against the file that they came from, and the rest goes on.

mod judge;
mod tally;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

pub(crate) use judge::judge;
use tally::{Judgement, Outcome, Tally};

pub(crate) const USAGE: &str = "\
cargo xtask corpus [--seconds N] [--mebibytes N] [--sample N] [--jobs N] FOLDER...
    run every file below the folders through the parser, the analysis, the rules and the reports, each by itself and with so
    much time and memory (10 s, 1024 MiB), or every Nth file only; tell of panics, aborts and what is slow
";

/// The address space that a process has beside what files need: its code, and the stacks of its threads.
const OWN_MEBIBYTES: u64 = 512;
/// Names that are interned stay for the life of a process.
const FILES_A_PROCESS: usize = 1_000;

pub(crate) fn run(arguments: &[&str]) -> Result<(String, bool), String> {
    let options = Options::read(arguments)?;
    let mut text = String::new();
    let mut is_fine = true;
    for folder in &options.folders {
        let mut paths = Vec::new();
        super::collect(Path::new(folder), &mut paths);
        paths.retain(|path| parse::language_of(path).is_some());
        let paths: Vec<String> = paths.into_iter().step_by(options.sample).collect();
        if paths.is_empty() {
            return Err(format!("{folder}: no file in a language that is read"));
        }
        let started = Instant::now();
        let tally = judge_all(&paths, &options)?;
        is_fine &= tally.is_fine();
        text.push_str(&tally.report(folder, started.elapsed()));
    }
    Ok((text, is_fine))
}

struct Options {
    folders: Vec<String>,
    time: Duration,
    mebibytes: u64,
    sample: usize,
    jobs: usize,
}

impl Options {
    fn read(arguments: &[&str]) -> Result<Self, String> {
        let jobs = thread::available_parallelism().map_or(1, usize::from);
        let (mut folders, mut seconds, mut mebibytes, mut sample) = (Vec::new(), 10, 1024, 1);
        let mut jobs = u64::try_from(jobs).unwrap_or(1);
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let number = match *argument {
                "--seconds" => &mut seconds,
                "--mebibytes" => &mut mebibytes,
                "--sample" => &mut sample,
                "--jobs" => &mut jobs,
                name if name.starts_with('-') => return Err(USAGE.to_owned()),
                folder => {
                    folders.push(folder.to_owned());
                    continue;
                }
            };
            *number = rest.next().and_then(|text| text.parse().ok()).filter(|number| *number > 0).ok_or(USAGE)?;
        }
        if folders.is_empty() {
            return Err(USAGE.to_owned());
        }
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let (sample, jobs) = (size(sample), size(jobs));
        Ok(Self { folders, time: Duration::from_secs(seconds), mebibytes, sample, jobs })
    }
}

fn judge_all(paths: &[String], options: &Options) -> Result<Tally, String> {
    let next = AtomicUsize::new(0);
    let tally = Mutex::new(Tally::default());
    let work = || -> Result<(), String> {
        let mut process = None;
        let mut asked = 0;
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            if asked % FILES_A_PROCESS == 0 {
                process = None;
            }
            asked += 1;
            let mut running = match process.take() {
                Some(process) => process,
                None => Process::start(options)?,
            };
            let outcome = running.ask(path, options);
            let size = fs::metadata(path).map_or(0, |metadata| metadata.len());
            let is_alive = matches!(outcome, Outcome::Judged(_) | Outcome::Panic(_));
            tally.lock().unwrap_or_else(PoisonError::into_inner).add(path, size, outcome);
            process = is_alive.then_some(running);
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..options.jobs).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "a worker panicked".to_owned())?)
    })?;
    Ok(tally.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// `cargo xtask judge`, which is told a path and answers with a line.
struct Process {
    child: Child,
    stdin: ChildStdin,
    answers: Receiver<String>,
}

impl Process {
    fn start(options: &Options) -> Result<Self, String> {
        let binary = env::current_exe().map_err(|error| error.to_string())?;
        let limit = (options.mebibytes + OWN_MEBIBYTES) * 1024;
        let mut command = Command::new("sh");
        command
            .args(["-c", r#"ulimit -v "$1" && ulimit -c 0 && exec "$2" judge"#, "sh", &limit.to_string()])
            .arg(binary);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().map_err(|error| format!("sh: {error}"))?;
        let stdin = child.stdin.take().ok_or("a process without input")?;
        let stdout = child.stdout.take().ok_or("a process without output")?;
        let (sender, answers) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self { child, stdin, answers })
    }

    fn ask(&mut self, path: &str, options: &Options) -> Outcome {
        // A process that is gone shows in its missing answer.
        let _ = writeln!(self.stdin, "{path}").and_then(|()| self.stdin.flush());
        match self.answers.recv_timeout(options.time) {
            Ok(line) => match line.split_once(' ') {
                Some(("panic", message)) => Outcome::Panic(message.to_owned()),
                _ => Judgement::read(&line).map_or_else(|| Outcome::Abort(line), Outcome::Judged),
            },
            Err(RecvTimeoutError::Timeout) => Outcome::Timeout,
            Err(RecvTimeoutError::Disconnected) => Outcome::Abort(self.last_words()),
        }
    }

    /// What the runtime said before it ended the process.
    fn last_words(&mut self) -> String {
        let mut words = String::new();
        if let Some(stderr) = self.child.stderr.as_mut() {
            let _ = stderr.read_to_string(&mut words);
        }
        let status = self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        format!("{status}: {}", words.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
