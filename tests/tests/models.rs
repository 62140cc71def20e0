//! The models are used, and right: what they say of resources is exercised by a page or by a file below `fixtures/models`,
//! and each of those files is reported exactly where it is marked.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use analysis::{Call, Models, Program};
use ir::Language;
use scalecliff_tests::{Line, Source, describe, expectations_of, files_below, findings_in, page_of, place, solve};

/// What the files below `fixtures/models` are marked with: the rules about who owns something and for how long.
const SLUGS: [&str; 11] = [
    "connection-held-across-io",
    "connection-per-request",
    "listener-never-removed",
    "pool-misconfigured",
    "pool-per-request",
    "task-or-thread-leak",
    "timer-never-cleared",
    "unbounded-growth",
    "unclosed-handle",
    "unreleased-connection",
    "websocket-not-cleaned-up",
];

/// The files below `fixtures/models`. Each is a program of its own.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/models");
    let source = |file: PathBuf| {
        let relative = file.strip_prefix(&root).expect("below the root");
        let path = relative.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        Source { text: fs::read_to_string(&file).expect("sources are UTF-8"), path }
    };
    files_below(&root).into_iter().map(source).collect()
}

/// Whether an entry says who owns something and for how long.
fn is_about_ownership(call: &Call) -> bool {
    call.acquires.is_some()
        || call.listens
        || call.repeats
        || call.holds
        || call.unwatched
        || call.grows.is_some()
        || call.pool.is_some()
}

fn exercised(program: &Program<'_>, used: &mut BTreeSet<(Language, usize)>) {
    for call in program.calls() {
        used.insert((program.file(call.at.file).language, call.model.entry));
    }
}

#[test]
fn every_entry_about_ownership_is_exercised() {
    let mut used = BTreeSet::new();
    for rule in rules::all() {
        for case in &page_of(rule).cases {
            exercised(&solve(&case.sources), &mut used);
        }
    }
    for source in sources() {
        exercised(&solve(&[source]), &mut used);
    }
    let models = rules::models().expect("the shipped models load");
    let mut missing: BTreeMap<(Language, usize), Vec<&str>> = BTreeMap::new();
    for language in [Language::Python, Language::JavaScript, Language::Rust] {
        let mut calls: Vec<&Call> = models.of(language).calls.values().flatten().collect();
        calls.sort_by_key(|call| call.path);
        for call in calls.into_iter().filter(|call| is_about_ownership(call)) {
            if !used.contains(&(language, call.entry)) {
                missing.entry((language, call.entry)).or_default().push(call.path.map_or("", |path| path.as_str()));
            }
        }
    }
    let missing: Vec<String> =
        missing.iter().map(|((language, _), paths)| format!("{language:?} {}", paths.join(", "))).collect();
    assert!(missing.is_empty(), "{} entries are not exercised:\n{}", missing.len(), missing.join("\n"));
}

#[test]
fn files_are_reported_where_they_are_marked() {
    let mut wrong = BTreeSet::new();
    for source in sources() {
        let sources = [source];
        let mut expected: BTreeSet<(Line, String)> = BTreeSet::new();
        for expectation in expectations_of(&sources[0]) {
            expected.extend(expectation.slugs.into_iter().map(|slug| (expectation.line.clone(), slug)));
        }
        let program = solve(&sources);
        for file in &program.files {
            assert!(file.skipped.is_empty(), "{}: {:?}", file.path, file.skipped);
        }
        let findings = findings_in(&program);
        let ours = findings.iter().filter(|finding| SLUGS.contains(&finding.rule));
        let found: BTreeSet<(Line, String)> =
            ours.map(|finding| (place(&sources, finding.primary), finding.rule.to_owned())).collect();
        let differing = |these: &BTreeSet<(Line, String)>, others: &BTreeSet<(Line, String)>, what: &str| {
            these.difference(others).map(|(line, slug)| describe(&sources, line, what, slug)).collect::<Vec<_>>()
        };
        wrong.extend(differing(&expected, &found, "missing"));
        wrong.extend(differing(&found, &expected, "unexpected"));
    }
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "{} lines are answered wrongly:\n{}", wrong.len(), wrong.join("\n"));
}

/// A run reads them as JSON; whoever writes one wants to know the line of a mistake.
#[test]
fn the_shipped_files_are_models() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules/models");
    let files = files_below(&root).into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "toml"));
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("models are UTF-8");
        (path.to_string_lossy().into_owned(), text)
    };
    let files: Vec<(String, String)> = files.map(read).collect();
    assert!(!files.is_empty(), "no models");
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    if let Err(error) = Models::parse(&files) {
        panic!("{error}");
    }
}

#[test]
fn advice_is_for_rules_that_there_are() {
    let models = rules::models().expect("our own models");
    let slugs: BTreeSet<&str> = rules::all().iter().map(|rule| rule.info.slug).collect();
    let languages = [Language::Python, Language::JavaScript, Language::Rust];
    let advised = languages.iter().flat_map(|language| models.of(*language).advised_rules());
    let unknown: Vec<&str> = advised.filter(|rule| !slugs.contains(rule)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
