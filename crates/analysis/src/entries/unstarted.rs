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
    let (alive, dead): (Vec<FileId>, Vec<FileId>) = roots.partition(|id| {
        let file = &files[id.0 as usize];
        let is_script = role_of(file.path.as_str()) == Role::Script;
        serving.contains(id)
            || !is_script
                && is_started(file, manifests, || loading.iter().any(|other| are_of_one_language(file, other)))
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
fn is_started(file: &File, manifests: &BTreeMap<String, String>, may_be_loaded: impl Fn() -> bool) -> bool {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or(name);
    has_started(stem)
        || makes(file, APPLICATIONS)
        || manifests.iter().any(|(path, text)| starts(path, text, stem))
        || may_be_loaded()
}

fn has_started(name: &str) -> bool {
    words_of(name).iter().any(|word| STARTED.contains(&word.as_str()))
}

/// Whether a file about packages or a deployment names something to be started.
fn starts(path: &str, text: &str, stem: &str) -> bool {
    if path.rsplit('/').next() != Some("package.json") {
        return is_word_of(text, stem);
    }
    let Ok(package) = serde_json::from_str::<Value>(text) else { return is_word_of(text, stem) };
    let own = ["main", "module", "bin", "exports", "nodemonConfig"].iter().filter_map(|key| package.get(key));
    let scripts = package.get("scripts").and_then(Value::as_object).into_iter().flatten();
    let starting = scripts.filter(|(name, _)| has_started(name)).map(|(_, command)| command);
    own.chain(starting).any(|value| is_word_of(&value.to_string(), stem))
}

fn is_word_of(text: &str, stem: &str) -> bool {
    let is_part = |char: char| char.is_alphanumeric() || char == '_' || char == '-';
    text.match_indices(stem)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + stem.len()..].starts_with(is_part))
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
