//! `scalecliff hook`: tells a coding agent what its edit broke, right after the edit.
//!
//! An agent runs the command with a description of the edit on standard input. Nothing here may stop an agent for a fault of
//! ours: what cannot be read or takes too long ends with status 0 and a note.

mod memory;
mod payload;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use report::{Identified, Report, Summary, render_agent};
use triage::Baseline;

use crate::args::{CheckArgs, HookAgent, HookArgs};
use crate::discover::Inputs;
use crate::git::Repository;
use crate::setup::{Setup, threads};
use crate::status::{Failure, Status};
use crate::{guard, output};
use payload::Payload;

/// Payloads hold the text of an edit, at most.
const LARGEST_PAYLOAD: u64 = 16 << 20;
const STACK_SIZE: usize = 16 << 20;

/// How to see that a finding is gone.
const VERIFY: &str = "scalecliff check --changed=HEAD";

/// How often the same finding is told in one session: an agent that did not act on it twice will not.
const TELLINGS: u32 = 2;

pub(crate) fn hook(args: &HookArgs) -> Result<Status, Failure> {
    let mut text = String::new();
    if std::io::stdin().lock().take(LARGEST_PAYLOAD).read_to_string(&mut text).is_err() {
        return Ok(passed_over("the payload is no text"));
    }
    let Some(payload) = Payload::parse(&text) else {
        return Ok(passed_over("the payload is not understood"));
    };
    let is_readable = |path: &PathBuf| {
        path.file_name().is_some_and(|name| parse::language_of(&name.to_string_lossy()).is_some()) && path.is_file()
    };
    let edited: Vec<PathBuf> = payload.paths().into_iter().filter(is_readable).collect();
    if edited.is_empty() {
        return Ok(Status::Clean);
    }
    let (sender, receiver) = mpsc::channel();
    let folder = payload.folder().to_owned();
    // Not waited for if it takes too long: the end of the process ends it.
    let worker = std::thread::Builder::new().stack_size(STACK_SIZE).spawn(move || {
        let answer = guard::catch(|| introduced(&folder, &edited));
        // The receiver may have given up.
        let _ = sender.send(answer);
    });
    if worker.is_err() {
        return Ok(passed_over("no thread could be started"));
    }
    match receiver.recv_timeout(Duration::from_secs_f64(args.timeout)) {
        Ok(Ok(Ok(news))) => Ok(answer(args, &payload, &news)),
        Ok(Ok(Err(failure))) => Ok(passed_over(&failure.message)),
        Ok(Err(panic)) => Ok(passed_over(&panic)),
        Err(_) => Ok(passed_over(&format!("no answer within {} seconds (see --timeout)", args.timeout))),
    }
}

fn passed_over(reason: &str) -> Status {
    output::complain(&format!("not checked: {reason}"));
    Status::Clean
}

/// What the edit brought, and how to say it.
struct News {
    fingerprints: Vec<String>,
    text: String,
}

/// The findings of the program as it is that it did not have with the edited files as they were committed.
fn introduced(folder: &Path, edited: &[PathBuf]) -> Result<News, Failure> {
    let args = CheckArgs::for_project(folder);
    let mut setup = Setup::new(&args)?;
    let after = std::mem::take(&mut setup.inputs);
    let mut before = after.clone();
    let repository = Repository::around(folder).ok();
    for file in edited {
        let committed = repository.as_ref().and_then(|repository| {
            let name = file.strip_prefix(repository.root()).ok()?.to_string_lossy().replace('\\', "/");
            repository.text("HEAD", &name)
        });
        match committed {
            Some(text) => before.replace(file, text),
            None => before.remove(file),
        }
    }
    threads(None)?.install(|| {
        let known = findings(&setup, before, |found, _| found);
        Ok(findings(&setup, after, |found, context| news(found, &known, context)))
    })
}

/// Runs and sifts, and hands what is reported to `f` while the sources are at hand.
fn findings<T>(setup: &Setup, inputs: Inputs, f: impl FnOnce(Vec<Identified>, Context<'_>) -> T) -> T {
    let (mut analysis, found) = setup.run(inputs);
    let sifted = setup.sift(found, &mut analysis, &|_| true);
    f(sifted.reported, Context { setup, sources: &analysis.sources, files: analysis.summary.files })
}

struct Context<'a> {
    setup: &'a Setup,
    sources: &'a report::Sources,
    /// How many were analysed.
    files: usize,
}

fn news(found: Vec<Identified>, before: &[Identified], context: Context<'_>) -> News {
    let known = Baseline::of(before).matches(&found, |_| true, |_, _| false).is_known;
    let new = found.into_iter().zip(known).filter(|(_, is_known)| !is_known).map(|(found, _)| found);
    let new: Vec<Identified> = new.filter(|found| context.setup.fail_on.includes(found.finding.severity)).collect();
    let fingerprints = new.iter().map(|found| found.fingerprint.clone()).collect();
    let rules: Vec<_> = context.setup.rules.iter().map(|rule| rule.info).collect();
    let summary = Summary { files: context.files, ..Summary::default() };
    let report = Report::new(new, &rules, context.sources, summary);
    News { fingerprints, text: render_agent(&report, VERIFY) }
}

fn answer(args: &HookArgs, payload: &Payload, news: &News) -> Status {
    let is_fresh = match payload.session() {
        Some(session) => memory::tell(session, payload.folder(), &news.fingerprints, TELLINGS),
        None => !news.fingerprints.is_empty(),
    };
    if !is_fresh {
        return Status::Clean;
    }
    let text = format!("scalecliff: this edit brings problems that show under load.\n{}", news.text);
    let agent = args.agent.unwrap_or_else(|| payload.agent());
    match agent {
        HookAgent::Cursor => {
            let answer = serde_json::json!({ "additional_context": text });
            // A reader that has gone away is no error.
            let _ = output::print(&format!("{answer}\n"));
            Status::Clean
        }
        HookAgent::Claude | HookAgent::Codex | HookAgent::Windsurf => {
            output::print_aside(&text);
            // The status by which these agents show standard error to their model.
            Status::Usage
        }
    }
}
