//! Which part of the program a report is about.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use ir::finding::Finding;
use report::Sources;
use triage::Changes;

use crate::args::CheckArgs;
use crate::discover::{Inputs, reason, root_of, search_path};
use crate::git::Repository;
use crate::status::Failure;

#[derive(Debug)]
pub(crate) enum Scope {
    All,
    /// Files and folders, by the names that reports show.
    Paths(BTreeSet<String>),
    Lines(Changes),
}

impl Scope {
    pub(crate) fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }

    /// Whether a report in this scope shows the finding: if its cost or a step of the way to it lies in it.
    pub(crate) fn holds(&self, finding: &Finding, sources: &Sources) -> bool {
        match self {
            Self::All => true,
            Self::Lines(changes) => changes.touch(finding, sources),
            Self::Paths(paths) => {
                let places = std::iter::once(finding.primary).chain(finding.evidence.iter().map(|step| step.location));
                places.map(|place| place.path).any(|name| is_in(&name, paths))
            }
        }
    }
}

impl Scope {
    /// Whether a place lies in the files that the report is about.
    pub(crate) fn holds_place(&self, place: ir::finding::Location) -> bool {
        match self {
            Self::All => true,
            Self::Lines(changes) => changes.has_file(&place.path),
            Self::Paths(paths) => is_in(&place.path, paths),
        }
    }
}

/// Whether a name or a folder above it is one of the paths.
pub(crate) fn is_in(name: &str, paths: &BTreeSet<String>) -> bool {
    let folders = name.match_indices('/').map(|(end, _)| &name[..end]);
    folders.chain([name, "."]).any(|path| paths.contains(path))
}

/// What is analysed: the paths, or the project around them where they only narrow the report.
pub(crate) fn paths_to_analyse(args: &CheckArgs) -> Result<Vec<PathBuf>, Failure> {
    if !args.scope.report_only {
        return Ok(args.paths.clone());
    }
    let here = fs::canonicalize(".").map_err(|error| Failure::internal(&reason(&error)))?;
    Ok(vec![root_of(&[here])])
}

/// The scope that the arguments ask for. Where it is about the index, the index's texts become those of the inputs.
pub(crate) fn scope(args: &CheckArgs, inputs: &mut Inputs) -> Result<Scope, Failure> {
    if let Some(file) = &args.input.stdin_filename {
        let mut text = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut text);
        read.map_err(|error| Failure::usage(format!("standard input: {}", reason(&error))))?;
        let name = inputs.overlay(&absolute(file)?, text)?;
        return Ok(Scope::Paths(BTreeSet::from([name])));
    }
    if args.scope.report_only {
        let names = args.paths.iter().map(|path| search_path(path).map(|path| inputs.name_of(&path)));
        return Ok(Scope::Paths(names.collect::<Result<_, _>>()?));
    }
    let repository = || Repository::around(&inputs.root);
    if args.scope.staged {
        let repository = repository()?;
        let changes = repository.staged()?;
        for path in repository.unstaged_files()? {
            if let Some(text) = repository.text("", &path) {
                inputs.replace(&repository.root().join(&path), text);
            }
        }
        return Ok(Scope::Lines(renamed(changes, &repository, &inputs.root)));
    }
    if let Some(reference) = &args.scope.changed {
        let repository = repository()?;
        let changes = repository.changed_since(reference)?;
        return Ok(Scope::Lines(renamed(changes, &repository, &inputs.root)));
    }
    match &args.scope.diff_file {
        Some(file) => Ok(Scope::Lines(read_diff(file)?)),
        None => Ok(Scope::All),
    }
}

/// Paths of a repository's diff as reports show them.
pub(crate) fn renamed(changes: Changes, repository: &Repository, root: &Path) -> Changes {
    match root.strip_prefix(repository.root()) {
        Ok(inner) if inner.as_os_str().is_empty() => changes,
        Ok(inner) => changes.below(&inner.to_string_lossy().replace('\\', "/")),
        Err(_) => changes,
    }
}

fn read_diff(file: &Path) -> Result<Changes, Failure> {
    let mut bytes = Vec::new();
    let is_stdin = file.as_os_str() == "-";
    let read = if is_stdin {
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        fs::read(file).map(|read| bytes = read)
    };
    let name = if is_stdin { "standard input".to_owned() } else { file.display().to_string() };
    read.map_err(|error| Failure::usage(format!("{name}: {}", reason(&error))))?;
    let text = String::from_utf8_lossy(&bytes);
    Changes::parse(&text).map_err(|error| Failure::usage(format!("{name}:{}: {}", error.line, error.message)))
}

/// A path that need not exist, from its folder, which must.
fn absolute(file: &Path) -> Result<PathBuf, Failure> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = file.file_name().ok_or_else(|| Failure::usage(format!("{}: not a file", file.display())))?;
    Ok(search_path(folder)?.join(name))
}
