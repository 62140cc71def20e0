//! Which files a run is about, and what they are called.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use ignore::{DirEntry, WalkBuilder, WalkState};
use ir::{Language, Symbol};
use report::Note;

use crate::configure::is_settings;
use crate::status::Failure;

/// Folders of dependencies, caches and build results, by name.
const LEFT_OUT: [&str; 27] = [
    ".eggs",
    ".git",
    ".hg",
    ".mypy_cache",
    ".next",
    ".nox",
    ".nuxt",
    ".pnpm-store",
    ".pytest_cache",
    ".ruff_cache",
    ".svelte-kit",
    ".svn",
    ".tox",
    ".turbo",
    ".venv",
    ".yarn",
    "__pycache__",
    "_vendor",
    "bower_components",
    "build",
    "coverage",
    "dist",
    "node_modules",
    "out",
    "site-packages",
    "vendor",
    "venv",
];

/// Ends of names that generated and minified files have.
const GENERATED: [&str; 5] = [".min.js", ".bundle.js", ".d.ts", ".d.mts", ".d.cts"];

/// What there is to read, in order of name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs {
    pub(crate) files: Vec<Input>,
    /// What names are relative to.
    pub(crate) root: PathBuf,
    /// The names of what was walked: all paths at or below them were seen.
    pub(crate) starts: BTreeSet<String>,
    /// Files in which settings may stand.
    pub(crate) settings: Vec<PathBuf>,
    /// How many files the settings leave out.
    pub(crate) excluded: usize,
    pub(crate) left_out: Vec<Note>,
    pub(crate) generated: Vec<Note>,
}

#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) path: PathBuf,
    /// The path as reports show it: relative to the root, with `/`.
    pub(crate) name: Symbol,
    pub(crate) kind: InputKind,
    /// In bytes, when it was found.
    pub(crate) size: u64,
    /// Named by the user, so that nothing about it may leave it out.
    pub(crate) is_explicit: bool,
    /// What to take for its bytes instead of those on the disk.
    pub(crate) overlay: Option<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum InputKind {
    Source(Language),
    /// A file that tells of the project: its dependencies, how its imports resolve.
    Manifest,
}

/// Finds the files under the paths. Symbolic links are followed only where the user named one.
pub(crate) fn discover(paths: &[PathBuf], use_gitignore: bool) -> Result<Inputs, Failure> {
    let starts = paths.iter().map(|path| search_path(path)).collect::<Result<Vec<_>, _>>()?;
    let root = root_of(&starts);
    let mut discovery = Discovery { root, starts, found: BTreeMap::new(), inputs: Inputs::default() };
    for start in discovery.starts.clone() {
        discovery.walk(&start, use_gitignore);
    }
    let mut inputs = discovery.inputs;
    inputs.files = discovery.found.into_values().collect();
    inputs.files.sort_by_key(|input| input.name);
    inputs.left_out.sort();
    inputs.left_out.dedup();
    inputs.generated.sort();
    inputs.generated.dedup();
    inputs.settings.sort();
    inputs.root = discovery.root;
    inputs.starts = discovery.starts.iter().map(|start| inputs.name_of(start)).collect();
    Ok(inputs)
}

/// The real path of something that the user named.
pub(crate) fn search_path(path: &Path) -> Result<PathBuf, Failure> {
    fs::canonicalize(path).map_err(|error| Failure::no_input(format!("{}: {}", path.display(), reason(&error))))
}

impl Inputs {
    /// How reports call a path.
    pub(crate) fn name_of(&self, path: &Path) -> String {
        name(path, &self.root)
    }

    /// Takes other bytes for a file that was found.
    pub(crate) fn replace(&mut self, path: &Path, text: Vec<u8>) {
        if let Some(input) = self.files.iter_mut().find(|input| input.path == path) {
            input.size = text.len() as u64;
            input.overlay = Some(text);
        }
    }

    /// Does as if a file did not exist.
    pub(crate) fn remove(&mut self, path: &Path) {
        self.files.retain(|input| input.path != path);
    }

    /// Takes the bytes for a file that need not exist. Its name.
    pub(crate) fn overlay(&mut self, path: &Path, text: Vec<u8>) -> Result<String, Failure> {
        let file_name = path.file_name().unwrap_or_default().to_string_lossy();
        let Some(language) = parse::language_of(&file_name) else {
            return Err(Failure::no_input(format!("{}: not a file in a language that is read", path.display())));
        };
        let name = self.name_of(path);
        let symbol = Symbol::new(&name);
        self.files.retain(|input| input.path != path);
        let at = self.files.partition_point(|input| input.name < symbol);
        let input = Input {
            path: path.to_owned(),
            name: symbol,
            kind: InputKind::Source(language),
            size: text.len() as u64,
            is_explicit: true,
            overlay: Some(text),
        };
        self.files.insert(at, input);
        Ok(name)
    }

    /// Leaves out what the settings exclude. What the user named stays.
    pub(crate) fn exclude(&mut self, is_excluded: impl Fn(&str) -> bool) {
        let all = self.files.len();
        self.files.retain(|input| input.is_explicit || !is_excluded(&input.name));
        self.excluded = all - self.files.len();
        self.generated.retain(|note| !is_excluded(&note.subject));
        self.left_out.retain(|note| !is_excluded(&note.subject));
    }
}

fn name(path: &Path, root: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// An entry of a folder, as far as it can be looked at without the others.
struct Seen {
    entry: DirEntry,
    is_file: bool,
    kind: Option<InputKind>,
    is_settings: bool,
    /// In bytes, of what is read.
    size: u64,
}

impl Seen {
    fn of(entry: DirEntry) -> Result<Self, ignore::Error> {
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
        let file_name = entry.file_name().to_string_lossy();
        let kind = match parse::language_of(&file_name) {
            Some(language) => Some(InputKind::Source(language)),
            None => {
                // The folder matters for templates only.
                let is_template = || {
                    analysis::is_named_like_template(&file_name)
                        && analysis::is_manifest(&entry.path().to_string_lossy().replace('\\', "/"))
                };
                (analysis::is_manifest(&file_name) || is_template()).then_some(InputKind::Manifest)
            }
        };
        let is_settings = is_file && is_settings(&file_name);
        drop(file_name);
        let mut seen = Self { entry, is_file, kind, is_settings, size: 0 };
        if is_file && kind.is_some() && !seen.is_generated() {
            seen.size = seen.entry.metadata()?.len();
        }
        Ok(seen)
    }

    fn is_generated(&self) -> bool {
        let file_name = self.entry.file_name().to_string_lossy();
        self.entry.depth() > 0 && GENERATED.iter().any(|end| file_name.ends_with(end))
    }
}

struct Discovery {
    root: PathBuf,
    /// What is walked.
    starts: Vec<PathBuf>,
    found: BTreeMap<PathBuf, Input>,
    inputs: Inputs,
}

impl Discovery {
    fn walk(&mut self, start: &Path, use_gitignore: bool) {
        let walk = WalkBuilder::new(start)
            .hidden(false)
            .parents(use_gitignore)
            .ignore(use_gitignore)
            .git_ignore(use_gitignore)
            .git_exclude(use_gitignore)
            .git_global(use_gitignore)
            .require_git(false)
            .filter_entry(|entry| entry.depth() == 0 || !is_left_out_folder(entry))
            .build_parallel();
        let (sender, entries) = mpsc::channel();
        walk.run(|| {
            let sender = sender.clone();
            Box::new(move |entry| match sender.send(entry.and_then(Seen::of)) {
                Ok(()) => WalkState::Continue,
                Err(_) => WalkState::Quit,
            })
        });
        drop(sender);
        for seen in entries {
            match seen {
                Ok(seen) => self.take(&seen),
                Err(error) => self.note_error(&error),
            }
        }
    }

    fn take(&mut self, seen: &Seen) {
        let (entry, kind) = (&seen.entry, seen.kind);
        let is_explicit = entry.depth() == 0;
        let is_file = seen.is_file;
        if seen.is_settings {
            self.inputs.settings.push(entry.path().to_owned());
        }
        match kind {
            Some(_) if is_file && seen.is_generated() => {
                let subject = self.name(entry.path());
                self.inputs.generated.push(Note { subject, reason: "named like a generated file".to_owned() });
            }
            Some(kind) if is_file => self.add(entry.path(), kind, seen.size, is_explicit),
            kind if entry.path_is_symlink() && !is_explicit => self.note_link(entry.path(), kind.is_some()),
            _ if is_explicit && !entry.path().is_dir() => {
                let reason = "not a file in a language that is read".to_owned();
                self.inputs.left_out.push(Note { subject: self.name(entry.path()), reason });
            }
            _ => {}
        }
    }

    fn add(&mut self, path: &Path, kind: InputKind, size: u64, is_explicit: bool) {
        let (name, path) = (self.name(path), path.to_owned());
        let input = Input { path: path.clone(), name, kind, size, is_explicit, overlay: None };
        let known = self.found.entry(path).or_insert(input);
        known.is_explicit |= is_explicit;
    }

    /// A link is not followed. What it leads to in the tree is read where it lies; what lies elsewhere is not read, which is
    /// said of whatever may be source: a file of such a name, or a folder.
    fn note_link(&mut self, path: &Path, is_source: bool) {
        let Ok(target) = fs::canonicalize(path) else { return };
        let is_seen = self.starts.iter().any(|start| target.starts_with(start));
        if !is_seen && (target.is_dir() || is_source && target.is_file()) {
            let reason = "a symbolic link to what is not under the paths".to_owned();
            self.inputs.left_out.push(Note { subject: self.name(path), reason });
        }
    }

    fn note_error(&mut self, error: &ignore::Error) {
        let (path, reason) = parts(error);
        let subject = path.map_or_else(|| Symbol::new("."), |path| self.name(path));
        self.inputs.left_out.push(Note { subject, reason });
    }

    fn name(&self, path: &Path) -> Symbol {
        Symbol::new(&name(path, &self.root))
    }
}

fn is_left_out_folder(entry: &DirEntry) -> bool {
    if !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return false;
    }
    let name = entry.file_name().to_string_lossy();
    let holds = |name: &str| entry.path().join(name).exists();
    LEFT_OUT.contains(&name.as_ref())
        || name == "target" && entry.path().with_file_name("Cargo.toml").exists()
        || holds("pyvenv.cfg")
        || holds("CACHEDIR.TAG")
}

/// The folder that names are relative to: the repository around the first path, else the working directory, else what
/// the paths have in common.
pub(crate) fn root_of(starts: &[PathBuf]) -> PathBuf {
    let folder = |path: &Path| if path.is_dir() { Some(path.to_owned()) } else { path.parent().map(Path::to_owned) };
    let folders: Vec<PathBuf> = starts.iter().filter_map(|start| folder(start)).collect();
    let Some(first) = folders.first() else { return PathBuf::new() };
    let repository = first.ancestors().find(|ancestor| ancestor.join(".git").exists()).map(Path::to_owned);
    let working_directory = std::env::current_dir().and_then(fs::canonicalize).ok();
    let holds_all = |root: &PathBuf| folders.iter().all(|folder| folder.starts_with(root));
    let root = repository.filter(holds_all).or_else(|| working_directory.filter(holds_all));
    root.or_else(|| first.ancestors().map(Path::to_owned).find(holds_all)).unwrap_or_default()
}

/// What an operating system's error says, without its number.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string().to_lowercase(),
    }
}

/// The path that an error is about, and what went wrong.
fn parts(error: &ignore::Error) -> (Option<&Path>, String) {
    match error {
        ignore::Error::WithPath { path, err } => (Some(path), parts(err).1),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => parts(err),
        ignore::Error::Io(error) => (None, reason(error)),
        other => (None, other.to_string()),
    }
}
