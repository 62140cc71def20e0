//! Runs the core over the files: reads and lowers them in parallel, solves the program, asks the rules.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use analysis::{Models, Options, Program};
use ir::Symbol;
use ir::finding::{Finding, Location};
use report::{Note, SkippedPart, Sources, Summary};
use rules::Rule;
use triage::Directives;

use crate::discover::{Input, InputKind, Inputs};
use crate::guard;
use crate::load::Limits;
use crate::prefilter::load_wanted;
use crate::progress::Progress;
use crate::read::Reading;

/// What the program knows after a run.
pub(crate) struct Analysis<'m> {
    pub(crate) program: Program<'m>,
    pub(crate) sources: Sources,
    pub(crate) summary: Summary,
    /// Comments that suppress findings.
    pub(crate) directives: Directives,
    /// What the names of files are relative to.
    pub(crate) root: PathBuf,
    /// How long each part took.
    pub(crate) timings: Vec<(&'static str, Duration)>,
}

/// Reads, lowers and solves. Uses the current thread pool.
pub(crate) fn analyse<'m>(
    inputs: Inputs,
    is_filtered: bool,
    limits: Limits,
    models: &'m Models,
    options: Options,
    progress: &Progress,
) -> Analysis<'m> {
    let mut summary = Summary {
        left_out: inputs.left_out,
        generated: inputs.generated,
        excluded: inputs.excluded,
        ..Summary::default()
    };
    let mut directives = Directives::default();
    let started = Instant::now();
    let mut sources = Sources::default();
    let mut files = Vec::new();
    let mut manifests = Vec::new();
    let files_found: Arc<[Input]> = inputs.files.into();
    let mut results = load_wanted(&files_found, is_filtered.then_some(models), limits, progress);
    for (number, input) in files_found.iter().enumerate() {
        // What cannot matter was looked at as well.
        let Some(loaded) = results.remove(&number) else {
            summary.files += 1;
            summary.passed_over.push(input.name);
            continue;
        };
        let note = |reason: &str| Note { subject: input.name, reason: reason.to_owned() };
        let loaded = match loaded {
            Ok(loaded) => loaded,
            Err(panic) => {
                summary.failures.push(note(&panic));
                continue;
            }
        };
        match loaded.reading {
            Reading::LeftOut(reason) => summary.left_out.push(note(&reason)),
            Reading::Generated(reason) => summary.generated.push(note(reason)),
            Reading::Text { text, recoded } => {
                summary.recoded.extend(recoded.map(note));
                if loaded.file.is_none() && input.kind != InputKind::Manifest {
                    summary.files += 1;
                    summary.passed_over.push(input.name);
                    continue;
                }
                if input.kind == InputKind::Manifest {
                    manifests.push((input.name.as_str().to_owned(), text.clone()));
                }
                // Findings also lie in deployment files.
                sources.insert(input.name, text);
            }
        }
        directives.insert(input.name, loaded.directives);
        if let Some(file) = loaded.file {
            summary.files += 1;
            summary.skipped.extend(skipped_parts(&file));
            summary
                .unread
                .extend(file.unread.iter().map(|span| unread_part(Location { path: file.path, span: *span })));
            files.push(file);
        }
    }
    summary.left_out.sort();
    summary.generated.sort();
    summary.skipped.sort();
    let loaded = Instant::now();
    let program = Program::solve(files, manifests, models, options);
    summary.unread.extend(unread(&program));
    summary.unread.sort();
    summary.unread.dedup();
    let timings = vec![("read and parse", loaded - started), ("link and solve", loaded.elapsed())];
    Analysis { program, sources, summary, directives, root: inputs.root, timings }
}

fn skipped_parts(file: &ir::File) -> impl Iterator<Item = SkippedPart> {
    file.skipped.iter().map(|skipped| SkippedPart {
        location: Location { path: file.path, span: skipped.span },
        reason: skipped.reason.clone(),
    })
}

/// Statements that code sends.
fn unread(program: &Program<'_>) -> impl Iterator<Item = SkippedPart> {
    let unread = program.queries().iter().filter(|query| query.is_unread);
    unread.map(|query| unread_part(program.location(query.file, query.span)))
}

fn unread_part(location: Location) -> SkippedPart {
    SkippedPart { location, reason: "not SQL of a dialect that is known".to_owned() }
}

/// The same as [`ask`], one rule after the other, with the time of each.
pub(crate) fn ask_one_by_one(
    program: &Program,
    rules: &[&Rule],
) -> (Vec<Finding>, Vec<Note>, Vec<(&'static str, Duration)>) {
    let (mut findings, mut failures, mut timings) = (Vec::new(), Vec::new(), Vec::new());
    for rule in rules {
        let started = Instant::now();
        let (found, failed) = ask(program, &[*rule]);
        timings.push((rule.info.slug, started.elapsed()));
        findings.extend(found);
        failures.extend(failed);
    }
    timings.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
    (findings, failures, timings)
}

/// What the rules find, and the rules that failed.
pub(crate) fn ask(program: &Program, rules: &[&Rule]) -> (Vec<Finding>, Vec<Note>) {
    if let Ok(findings) = guard::catch(|| rules::check(program, rules)) {
        return (findings, Vec::new());
    }
    let mut findings = Vec::new();
    let mut failures = Vec::new();
    for rule in rules {
        match guard::catch(|| rules::check(program, &[*rule])) {
            Ok(found) => findings.extend(found),
            Err(panic) => failures.push(Note { subject: Symbol::new(rule.info.slug), reason: panic }),
        }
    }
    (findings, failures)
}
