//! Runs the core over the files: reads and lowers them in parallel, solves the program, asks the rules.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use analysis::{Imports, Models, Options, Program, QueryUse, is_test_code};
use ir::Symbol;
use ir::finding::{Finding, Location};
use rayon::prelude::*;
use report::{Note, SkippedPart, Sources, Summary};
use rules::Rule;
use triage::{Directive, Directives};

use crate::discover::{Input, InputKind, Inputs};
use crate::guard;
use crate::progress::Progress;
use crate::read::{Reading, read};

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

/// What of the inputs to take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Take {
    /// Larger files are left out.
    pub(crate) max_size: u64,
    /// Files that cannot matter stay unread.
    pub(crate) is_filtered: bool,
    /// Findings in test code are wanted too.
    pub(crate) keeps_tests: bool,
}

/// Reads, lowers and solves. Uses the current thread pool.
pub(crate) fn analyse<'m>(
    inputs: Inputs,
    take: Take,
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
    for (input, loaded) in load_all(&inputs.files, take, progress) {
        let Some(loaded) = loaded else {
            summary.files += 1;
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
                // Nothing is reported of a manifest, so that its text need not be kept for the report.
                if input.kind == InputKind::Manifest {
                    manifests.push((input.name.as_str().to_owned(), text));
                } else {
                    sources.insert(input.name, text);
                }
            }
        }
        directives.insert(input.name, loaded.directives);
        if let Some(file) = loaded.file {
            summary.files += 1;
            summary.skipped.extend(skipped_parts(&file));
            files.push(file);
        }
    }
    summary.left_out.sort();
    summary.generated.sort();
    summary.skipped.sort();
    let loaded = Instant::now();
    let program = Program::solve(files, manifests, models, options);
    summary.unread = unread(&program);
    let timings = vec![("read and parse", loaded - started), ("link and solve", loaded.elapsed())];
    Analysis { program, sources, summary, directives, root: inputs.root, timings }
}

struct Loaded {
    reading: Reading,
    /// For source that was read.
    file: Option<ir::File>,
    directives: Vec<Directive>,
}

/// One result an input, in their order; the message of the panic where there was one. None for what need not be read: with
/// the filter, test code that nothing else imports.
fn load_all<'i>(
    inputs: &'i [Input],
    take: Take,
    progress: &Progress,
) -> impl Iterator<Item = (&'i Input, Option<Result<Loaded, String>>)> {
    let is_test = |input: &Input| !input.is_explicit && is_test_code(&input.name);
    let can_wait = |input: &Input| take.is_filtered && is_test(input) && !matches!(input.kind, InputKind::Manifest);
    let is_only_tests = inputs.iter().all(|input| is_test(input) || matches!(input.kind, InputKind::Manifest));
    let (waiting, mut next): (Vec<usize>, Vec<usize>) =
        (0..inputs.len()).partition(|number| can_wait(&inputs[*number]) && !is_only_tests);
    let mut waiting: BTreeMap<Symbol, usize> =
        waiting.into_iter().map(|number| (inputs[number].name, number)).collect();
    let mut results: Vec<Option<Result<Loaded, String>>> = inputs.iter().map(|_| None).collect();
    let mut imports = None;
    while !next.is_empty() {
        let loaded = load_some(inputs, &next, take, progress);
        next.clear();
        if !waiting.is_empty() {
            let imports =
                imports.get_or_insert_with(|| Imports::new(source_names(inputs), &manifests(inputs, &loaded)));
            let files = loaded.par_iter().filter_map(|(_, loaded)| loaded.as_ref().ok()?.file.as_ref());
            let wanted = imports.tests_of(files);
            next = waiting.extract_if(.., |name, _| wanted.contains(name)).map(|(_, number)| number).collect();
        }
        loaded.into_iter().for_each(|(number, loaded)| results[number] = Some(loaded));
    }
    progress.skip(waiting.len());
    inputs.iter().zip(results)
}

fn source_names(inputs: &[Input]) -> Vec<Symbol> {
    let sources = inputs.iter().filter(|input| input.kind != InputKind::Manifest);
    sources.map(|input| input.name).collect()
}

fn manifests(inputs: &[Input], loaded: &[(usize, Result<Loaded, String>)]) -> BTreeMap<String, String> {
    let texts = loaded.iter().filter_map(|(number, loaded)| match &loaded.as_ref().ok()?.reading {
        Reading::Text { text, .. } if inputs[*number].kind == InputKind::Manifest => {
            Some((inputs[*number].name.to_string(), text.clone()))
        }
        _ => None,
    });
    texts.collect()
}

/// The largest files are read first, so that no thread is left with one of them at the end.
fn load_some(
    inputs: &[Input],
    numbers: &[usize],
    take: Take,
    progress: &Progress,
) -> Vec<(usize, Result<Loaded, String>)> {
    let mut largest_first = numbers.to_vec();
    largest_first.sort_by_key(|number| Reverse(inputs[*number].size));
    let next = AtomicUsize::new(0);
    let batches = rayon::broadcast(|_| {
        let mut batch = Vec::new();
        while let Some(number) = largest_first.get(next.fetch_add(1, Ordering::Relaxed)) {
            batch.push((*number, guard::catch(|| load(&inputs[*number], take))));
            progress.step();
        }
        batch
    });
    batches.into_iter().flatten().collect()
}

fn load(input: &Input, take: Take) -> Loaded {
    let reading = read(input, take.max_size);
    let lower = if take.keeps_tests { parse::lower } else { parse::lower_without_tests };
    let (file, directives) = match (&reading, input.kind) {
        (Reading::Text { text, .. }, InputKind::Source(language)) => {
            (Some(lower(&input.name, language, text)), Directive::read_all(text))
        }
        _ => (None, Vec::new()),
    };
    Loaded { reading, file, directives }
}

fn skipped_parts(file: &ir::File) -> impl Iterator<Item = SkippedPart> {
    file.skipped.iter().map(|skipped| SkippedPart {
        location: Location { path: file.path, span: skipped.span },
        reason: skipped.reason.clone(),
    })
}

fn unread(program: &Program<'_>) -> Vec<SkippedPart> {
    let unread = program.queries().iter().filter(|query| query.is_unread);
    let part = |query: &QueryUse| SkippedPart {
        location: program.location(query.file, query.span),
        reason: "not SQL of a dialect that is known".to_owned(),
    };
    let mut parts: Vec<SkippedPart> = unread.map(part).collect();
    parts.sort();
    parts.dedup();
    parts
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
    timings.sort_by_key(|(_, time)| Reverse(*time));
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
