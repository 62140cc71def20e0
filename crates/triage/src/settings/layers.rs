//! Settings of several folders: each file has those of the nearest one.

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use ir::finding::{Confidence, RuleInfo, Severity};

use super::{Level, Override, Settings, SettingsError};

/// Settings with the folder that they hold for, ready to be asked.
#[derive(Debug)]
pub struct Layer {
    /// Relative to the root of the run, with `/`; empty for the root itself and for what lies above it.
    folder: String,
    pub settings: Settings,
    exclude: GlobSet,
    overrides: Vec<GlobSet>,
}

impl Layer {
    /// # Errors
    /// For a pattern that cannot be read.
    pub fn new(folder: &str, settings: Settings) -> Result<Self, SettingsError> {
        let exclude = patterns(&settings.exclude)?;
        let overrides = settings.overrides.iter().map(|part| patterns(&part.paths)).collect::<Result<_, _>>()?;
        Ok(Self { folder: folder.to_owned(), settings, exclude, overrides })
    }

    /// The path as the settings see it. None if they are not about it.
    fn relative<'p>(&self, path: &'p str) -> Option<&'p str> {
        match self.folder.as_str() {
            "" => Some(path),
            folder => path.strip_prefix(folder)?.strip_prefix('/'),
        }
    }

    fn overrides(&self, path: &str) -> impl Iterator<Item = &Override> {
        let path = self.relative(path).unwrap_or(path);
        let matching =
            self.overrides.iter().zip(&self.settings.overrides).filter(move |(paths, _)| paths.is_match(path));
        matching.map(|(_, part)| part)
    }

    /// The severity that a finding of the rule has at a path, if the settings say. `Off` wins over what comes later.
    fn level(&self, rule: &RuleInfo, path: &str) -> Option<Level> {
        let is_named = |name: &String| names(name, rule);
        let tables = std::iter::once(&self.settings.severity).chain(self.overrides(path).map(|part| &part.severity));
        let mut level = None;
        for table in tables {
            let of_family = table.get(rule.family.as_str());
            level = table.get(rule.slug).or(of_family).copied().or(level);
        }
        let is_ignored = self.overrides(path).any(|part| part.ignore.iter().any(is_named));
        if is_ignored { Some(Level::Off) } else { level }
    }

    fn selects(&self, rule: &RuleInfo) -> bool {
        let is_named = |list: &[String]| list.iter().any(|name| names(name, rule));
        self.settings.select.as_deref().is_none_or(is_named) && !is_named(&self.settings.ignore)
    }
}

/// Whether a rule or its family is called so.
pub fn names(name: &str, rule: &RuleInfo) -> bool {
    rule.slug == name || rule.family.as_str() == name
}

/// A file or folder of the pattern, and everything in it.
fn patterns(patterns: &[String]) -> Result<GlobSet, SettingsError> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let error = |error: globset::Error| SettingsError {
            line: None,
            message: format!("the pattern `{pattern}` cannot be read: {}", error.kind()),
        };
        let inner = pattern.trim_start_matches("./").trim_end_matches('/');
        let inner = inner.strip_suffix("/**").unwrap_or(inner);
        let anywhere = if inner.contains('/') { "" } else { "**/" };
        let inner = inner.trim_start_matches('/');
        for end in ["", "/**"] {
            let glob = format!("{anywhere}{inner}{end}");
            set.add(GlobBuilder::new(&glob).literal_separator(true).build().map_err(error)?);
        }
    }
    set.build().map_err(|error| SettingsError { line: None, message: error.to_string() })
}

/// All settings of a run.
#[derive(Debug, Default)]
pub struct Layers {
    /// By folder.
    layers: BTreeMap<String, Layer>,
    pub command_line: Asked,
}

/// What the command line says, which counts more than any settings.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub select: Option<Vec<String>>,
    pub ignore: Vec<String>,
    pub min_confidence: Option<Confidence>,
    pub include_tests: bool,
}

impl Layers {
    pub fn insert(&mut self, layer: Layer) {
        self.layers.insert(layer.folder.clone(), layer);
    }

    /// The settings nearest to a path.
    fn of(&self, path: &str) -> Option<&Layer> {
        let folders = path.char_indices().rev().filter(|(_, c)| *c == '/').map(|(at, _)| &path[..at]);
        folders.chain([""]).find_map(|folder| self.layers.get(folder))
    }

    /// Whether the settings leave a file out.
    pub fn excludes(&self, path: &str) -> bool {
        // What a folder above leaves out, no folder below takes in.
        self.layers.values().any(|layer| layer.relative(path).is_some_and(|path| layer.exclude.is_match(path)))
    }

    /// Whether the rule runs for any file.
    pub fn runs(&self, rule: &RuleInfo) -> bool {
        let is_asked = |list: &[String]| list.iter().any(|name| names(name, rule));
        if is_asked(&self.command_line.ignore) {
            return false;
        }
        match &self.command_line.select {
            Some(select) => is_asked(select),
            None => !self.layers.contains_key("") || self.layers.values().any(|layer| layer.selects(rule)),
        }
    }

    /// Whether a rule is on at a path, and with which severity.
    pub fn severity(&self, rule: &RuleInfo, path: &str, own: Severity) -> Option<Severity> {
        let Some(layer) = self.of(path) else { return Some(own) };
        if self.command_line.select.is_none() && !layer.selects(rule) {
            return None;
        }
        layer.level(rule, path).map_or(Some(own), Level::severity)
    }

    pub fn min_confidence(&self, path: &str) -> Confidence {
        let of_layer = || {
            let layer = self.of(path)?;
            let here = layer.overrides(path).filter_map(|part| part.min_confidence).last();
            here.or(layer.settings.min_confidence).map(Confidence::from)
        };
        self.command_line.min_confidence.or_else(of_layer).unwrap_or(Confidence::Medium)
    }

    pub fn includes_tests(&self, path: &str) -> bool {
        self.command_line.include_tests || self.of(path).and_then(|layer| layer.settings.include_tests).unwrap_or(false)
    }
}
