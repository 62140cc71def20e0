//! Files that start by themselves, serve nothing and are named by nobody: people run them by hand.

use std::cell::LazyCell;
use std::collections::BTreeMap;

use ir::{File, words_of};
use rustc_hash::FxHashSet;
use serde_json::Value;

use super::EntryPoint;
use super::unmounted::{APPLICATIONS, loads_by_name, makes};
use crate::ids::FileId;
use crate::link::{Links, are_of_one_language};
use crate::models::Context;
use crate::roles::{Role, role_of};

/// Words in the names of files that are started, and of the scripts of `package.json` that start some.
const STARTED: &[&str] = &[
    "main",
    "index",
    "server",
    "serve",
    "app",
    "api",
    "lib",
    "mod",
    "start",
    "run",
    "runner",
    "boot",
    "bootstrap",
    "www",
    "wsgi",
    "asgi",
    "dev",
    "prod",
    "production",
    "worker",
    "workers",
    "queue",
    "queues",
    "job",
    "jobs",
    "cron",
    "scheduler",
    "consumer",
    "daemon",
    "listener",
    "poller",
    "processor",
    "indexer",
    "watcher",
    "watch",
    "monitor",
    "bot",
    "agent",
    "service",
    "settings",
];

/// Start-up of such files, and of what only they and scripts import, becomes that of scripts.
pub(crate) fn tell_scripts(
    entries: &mut [EntryPoint],
    files: &[File],
    links: &Links,
    manifests: &BTreeMap<String, String>,
) {
    let mut importers: Vec<Vec<FileId>> = vec![Vec::new(); files.len()];
    for (file, id) in files.iter().zip((0..).map(FileId)) {
        if role_of(file.path.as_str()) != Role::Test {
            let imported = links.files_imported_by(id).iter().filter(|other| **other != id);
            imported.for_each(|other| importers[other.0 as usize].push(id));
        }
    }
    let importers = |id: FileId| importers[id.0 as usize].as_slice();
    let imports = |id: FileId| links.files_imported_by(id);
    let serves = |entry: &&EntryPoint| matches!(entry.context, Context::Request | Context::Connection | Context::Job);
    let serving = reached(importers, entries.iter().filter(serves).map(|entry| entry.file));
    // Files that load others by names that they work out.
    let loading = LazyCell::new(|| files.iter().filter(|file| loads_by_name(file)).collect::<Vec<&File>>());
    let roots = (0..files.len() as u32).map(FileId).filter(|id| importers(*id).is_empty());
    let started = Started::new(manifests);
    let (alive, dead): (Vec<FileId>, Vec<FileId>) = roots.partition(|id| {
        let file = &files[id.0 as usize];
        let is_script = role_of(file.path.as_str()) == Role::Script;
        serving.contains(id)
            || !is_script && is_started(file, &started, || loading.iter().any(|other| are_of_one_language(file, other)))
    });
    let (alive, dead) = (reached(imports, alive.into_iter()), reached(imports, dead.into_iter()));
    // One of each language.
    let mut servers: Vec<&File> = Vec::new();
    for file in (0..files.len()).filter(|number| serving.contains(&FileId(*number as u32))).map(|number| &files[number])
    {
        if !servers.iter().any(|other| are_of_one_language(file, other)) {
            servers.push(file);
        }
    }
    let is_served = |id: FileId| servers.iter().any(|other| are_of_one_language(&files[id.0 as usize], other));
    for entry in entries.iter_mut().filter(|entry| entry.context == Context::Startup) {
        if dead.contains(&entry.file) && !alive.contains(&entry.file) && is_served(entry.file) {
            entry.context = Context::Script;
        }
    }
}

/// Whether a file that nothing imports may be a program of its own.
fn is_started(file: &File, started: &Started, may_be_loaded: impl Fn() -> bool) -> bool {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or(name);
    has_started(stem) || makes(file, APPLICATIONS) || started.says(stem) || may_be_loaded()
}

fn has_started(name: &str) -> bool {
    words_of(name).iter().any(|word| STARTED.contains(&word.as_str()))
}

/// What files about packages or a deployment say of what is started.
#[derive(Default)]
struct Started {
    texts: Vec<String>,
    /// Their words.
    words: FxHashSet<String>,
}

impl Started {
    fn new(manifests: &BTreeMap<String, String>) -> Self {
        let texts: Vec<String> = manifests.iter().flat_map(|(path, text)| starting(path, text)).collect();
        let words = texts.iter().flat_map(|text| text.split(|char| !is_of_word(char)));
        let words = words.filter(|word| !word.is_empty()).map(str::to_owned).collect();
        Self { texts, words }
    }

    /// Whether a name stands there as a word.
    fn says(&self, name: &str) -> bool {
        if name.chars().all(is_of_word) {
            return self.words.contains(name);
        }
        self.texts.iter().any(|text| {
            let mut places = text.match_indices(name).map(|(at, _)| (&text[..at], &text[at + name.len()..]));
            places.any(|(before, after)| !before.ends_with(is_of_word) && !after.starts_with(is_of_word))
        })
    }
}

fn is_of_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_' || char == '-'
}

/// What of such a file can name something to be started.
fn starting(path: &str, text: &str) -> Vec<String> {
    let package = match path.rsplit('/').next() {
        Some("package.json") => serde_json::from_str::<Value>(text).ok(),
        _ => None,
    };
    let Some(package) = package else { return vec![text.to_owned()] };
    let own = ["main", "module", "bin", "exports", "nodemonConfig"].iter().filter_map(|key| package.get(key));
    let scripts = package.get("scripts").and_then(Value::as_object).into_iter().flatten();
    let starting = scripts.filter(|(name, _)| has_started(name)).map(|(_, command)| command);
    own.chain(starting).map(Value::to_string).collect()
}

/// The files that some lead to.
fn reached<'a>(edges: impl Fn(FileId) -> &'a [FileId], from: impl Iterator<Item = FileId>) -> FxHashSet<FileId> {
    let mut seen = FxHashSet::default();
    let mut open: Vec<FileId> = from.filter(|id| seen.insert(*id)).collect();
    while let Some(next) = open.pop() {
        open.extend(edges(next).iter().copied().filter(|id| seen.insert(*id)));
    }
    seen
}
