//! Finds the settings of a run.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ir::finding::Confidence;
use rules::Rule;
use triage::{Asked, Layer, Layers, Settings, SettingsKind, read_settings};

use crate::args::{CheckArgs, parse_size};
use crate::discover::{reason, root_of};
use crate::status::Failure;
use crate::{names, output};

/// Names of files of settings, the first of a folder counts.
const NAMES: [&str; 4] = ["scalecliff.toml", ".scalecliff.toml", "pyproject.toml", "package.json"];

/// Whether settings may stand in a file of this name.
pub(crate) fn is_settings(file_name: &str) -> bool {
    NAMES.contains(&file_name)
}

/// The settings of a run and where they come from.
#[derive(Debug, Default)]
pub(crate) struct Configuration {
    pub(crate) layers: Layers,
    /// Those of the run as a whole: the ones nearest to the first path.
    pub(crate) run: Settings,
    /// The file of `run`.
    pub(crate) file: Option<PathBuf>,
    /// What paths in reports are relative to.
    pub(crate) root: PathBuf,
    /// Folders whose settings are known.
    seen: BTreeSet<PathBuf>,
}

/// Settings as a file holds them.
struct Found {
    file: PathBuf,
    kind: SettingsKind,
    text: String,
    settings: Settings,
}

impl Configuration {
    /// For paths that exist.
    pub(crate) fn find(args: &CheckArgs, paths: &[PathBuf]) -> Result<Self, Failure> {
        let starts: Vec<PathBuf> = paths.iter().filter_map(|path| fs::canonicalize(path).ok()).collect();
        let mut configuration = Self { root: root_of(&starts), ..Self::default() };
        if let Some(name) = args.choice.select.iter().chain(&args.choice.ignore).find(|name| !names::is_known(name)) {
            return Err(names::unknown("rule or family", name, names::all()));
        }
        configuration.layers.command_line = Asked {
            select: (!args.choice.select.is_empty()).then(|| args.choice.select.clone()),
            ignore: args.choice.ignore.clone(),
            min_confidence: args.choice.min_confidence.map(Confidence::from),
            include_tests: args.choice.include_tests,
        };
        match &args.input.config {
            _ if args.input.isolated => {}
            Some(file) => {
                let Some(found) = read(file)? else {
                    return Err(Failure::usage(format!("{}: there are no settings in this file", file.display())));
                };
                configuration.add("", &found)?;
                configuration.set_run(found);
            }
            None => {
                for start in &starts {
                    configuration.add_above(start)?;
                }
            }
        }
        Ok(configuration)
    }

    /// The settings nearest to a start of the run.
    fn add_above(&mut self, start: &Path) -> Result<(), Failure> {
        let root = self.root.clone();
        let folders = start.ancestors().take_while(|folder| folder.starts_with(&root));
        for folder in folders.filter(|folder| folder.is_dir()) {
            if let Some(found) = self.add_folder(folder)? {
                if self.file.is_none() {
                    self.set_run(found);
                }
                break;
            }
        }
        Ok(())
    }

    /// Settings below the starts, by the files that may hold them.
    pub(crate) fn add_below(&mut self, args: &CheckArgs, files: &[PathBuf]) -> Result<(), Failure> {
        if args.input.isolated || args.input.config.is_some() {
            return Ok(());
        }
        let folders: BTreeSet<PathBuf> = files.iter().filter_map(|file| file.parent().map(Path::to_owned)).collect();
        for folder in folders {
            if let Some(found) = self.add_folder(&folder)? {
                warn_of_keys_of_runs(&found);
            }
        }
        Ok(())
    }

    fn set_run(&mut self, found: Found) {
        self.run = found.settings;
        self.file = Some(found.file);
    }

    fn add_folder(&mut self, folder: &Path) -> Result<Option<Found>, Failure> {
        if !self.seen.insert(folder.to_owned()) {
            return Ok(None);
        }
        for name in NAMES {
            let file = folder.join(name);
            if file.is_file()
                && let Some(found) = read(&file)?
            {
                let name = folder.strip_prefix(&self.root).unwrap_or(Path::new(""));
                let parts: Vec<_> = name.components().map(|part| part.as_os_str().to_string_lossy()).collect();
                let found = extend(found, &self.root, 0)?;
                self.add(&parts.join("/"), &found)?;
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn add(&mut self, folder: &str, found: &Found) -> Result<(), Failure> {
        for (keys, name) in found.settings.rule_names() {
            if !names::is_known(name) {
                let unknown = names::unknown("rule or family", name, names::all());
                return Err(found.failure(found.kind.line_of(&found.text, &keys), &unknown.message));
            }
        }
        let layer =
            Layer::new(folder, found.settings.clone()).map_err(|error| found.failure(error.line, &error.message))?;
        self.layers.insert(layer);
        Ok(())
    }

    /// The rules that run for some file.
    pub(crate) fn rules(&self) -> Vec<&'static Rule> {
        rules::all().iter().filter(|rule| self.layers.runs(&rule.info)).collect()
    }

    /// A path that the settings of the run name, which must not lead out of the tree.
    pub(crate) fn path(&self, path: &str) -> Result<PathBuf, Failure> {
        let file = self.file.as_deref().unwrap_or(Path::new(""));
        inside(file, path, &self.root)
    }

    /// A problem with a value of the run's settings.
    pub(crate) fn failure(&self, key: &str, message: &str) -> Failure {
        let file = self.file.as_deref().map(|file| file.display().to_string()).unwrap_or_default();
        Failure::usage(format!("{file}: `{key}`: {message}"))
    }

    pub(crate) fn max_file_size(&self) -> Result<Option<u64>, Failure> {
        let size = self.run.max_file_size.as_deref().map(parse_size).transpose();
        size.map_err(|error| self.failure("max-file-size", &error))
    }
}

impl Found {
    fn failure(&self, line: Option<usize>, message: &str) -> Failure {
        Failure::usage(format!("{}: {message}", place(&self.file, line)))
    }
}

fn place(file: &Path, line: Option<usize>) -> String {
    match line {
        Some(line) => format!("{}:{line}", file.display()),
        None => file.display().to_string(),
    }
}

/// The settings of a file, if it has some. Says what in them has no effect.
fn read(file: &Path) -> Result<Option<Found>, Failure> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let kind = SettingsKind::of(&name).unwrap_or(SettingsKind::Own);
    let text = fs::read_to_string(file);
    let text = text.map_err(|error| Failure::usage(format!("{}: {}", file.display(), reason(&error))))?;
    let read = match read_settings(kind, &text) {
        Ok(read) => read,
        // Somebody else's file, whose syntax is not our business.
        Err(_) if kind != SettingsKind::Own && !is_about_settings(&text) => None,
        Err(error) => return Err(Failure::usage(format!("{}: {}", place(file, error.line), error.message))),
    };
    let Some((settings, warnings)) = read else { return Ok(None) };
    for warning in warnings {
        output::complain(&format!("{}: {}", place(file, warning.line), warning.message));
    }
    Ok(Some(Found { file: file.to_owned(), kind, text, settings }))
}

fn is_about_settings(text: &str) -> bool {
    text.contains("[tool.scalecliff") || text.contains("\"scalecliff\": {")
}

/// Settings with those that they are added to.
fn extend(mut found: Found, root: &Path, depth: usize) -> Result<Found, Failure> {
    /// Longer chains are circles.
    const LONGEST: usize = 8;
    let Some(base) = found.settings.extend.take() else { return Ok(found) };
    let fail = |message: &str| found.failure(found.kind.line_of(&found.text, &["extend".to_owned()]), message);
    if depth == LONGEST {
        return Err(fail("settings extend each other in a circle"));
    }
    let file = inside(&found.file, &base, root).map_err(|failure| fail(&failure.message))?;
    let Some(base) = read(&file)? else { return Err(fail("there are no settings in this file")) };
    let base = extend(base, root, depth + 1)?;
    found.settings = found.settings.on_top_of(base.settings);
    Ok(found)
}

/// A path relative to a file, if it stays in the tree.
fn inside(file: &Path, path: &str, root: &Path) -> Result<PathBuf, Failure> {
    let folder = fs::canonicalize(file.parent().unwrap_or(Path::new(""))).unwrap_or_else(|_| root.to_owned());
    let joined = folder.join(path);
    // What does not exist yet is judged by its folder.
    let real = fs::canonicalize(&joined).or_else(|_| fs::canonicalize(joined.parent().unwrap_or(&folder)));
    match real {
        Ok(real) if real.starts_with(root) => Ok(joined),
        Ok(_) => Err(Failure::usage(format!("`{path}` leads out of {}", root.display()))),
        Err(error) => Err(Failure::usage(format!("`{path}`: {}", reason(&error)))),
    }
}

/// Below the starts of a run, settings are about findings and not about the run.
fn warn_of_keys_of_runs(found: &Found) {
    let settings = &found.settings;
    let keys = [
        ("fail-on", settings.fail_on.is_some()),
        ("assume", settings.assume.is_some()),
        ("baseline", settings.baseline.is_some()),
        ("output-format", settings.output_format.is_some()),
        ("gitignore", settings.gitignore.is_some()),
        ("max-file-size", settings.max_file_size.is_some()),
        ("models", !settings.models.is_empty()),
        ("model", !settings.model.is_empty()),
        ("facts", settings.facts != triage::Facts::default()),
    ];
    for (key, _) in keys.iter().filter(|(_, is_set)| *is_set) {
        let place = place(&found.file, found.kind.line_of(&found.text, &[(*key).to_owned()]));
        output::complain(&format!("{place}: `{key}` counts only if the check starts in this folder"));
    }
}
