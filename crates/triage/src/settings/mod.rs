//! What a team can set, in `scalecliff.toml`, in `[tool.scalecliff]` of `pyproject.toml`, or under `scalecliff` in
//! `package.json`. The doc comments of the fields are the descriptions of the published schema.

mod layers;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use ir::finding::{Confidence, Severity};
use serde::{Deserialize, Serialize};

pub use layers::{Asked, Layer, Layers, names};
pub use read::{SettingsError, SettingsKind, SettingsWarning, read_settings};

/// The JSON schema of the settings.
pub const SCHEMA: &str = include_str!("../../schemas/settings.schema.json");

/// Settings of scalecliff
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", default)]
pub struct Settings {
    /// Path of settings that these are added to, relative to this file
    pub extend: Option<String>,
    /// Run only these rules or families of rules
    pub select: Option<Vec<String>>,
    /// Do not run these rules or families of rules
    pub ignore: Vec<String>,
    /// The severity that findings of a rule or family have, or "off"
    pub severity: BTreeMap<String, Level>,
    /// Report only findings with evidence of this strength or more
    pub min_confidence: Option<Threshold>,
    /// Exit with status 1 if there are findings of this severity or a higher one
    pub fail_on: Option<FailOn>,
    /// Files and folders that are not read. A pattern without a slash holds at any depth, one with a slash is relative to
    /// this file
    pub exclude: Vec<String>,
    /// Report findings in test code too
    pub include_tests: Option<bool>,
    /// Take every public function for one that runs like this, where no framework shows how code is called
    pub assume: Option<Assume>,
    /// Path of the findings that are accepted for now, relative to this file
    pub baseline: Option<String>,
    /// How to write the report
    pub output_format: Option<String>,
    /// Whether files that .gitignore names are left out
    pub gitignore: Option<bool>,
    /// Leave out larger files: a number of bytes with a unit, such as "2MiB"
    pub max_file_size: Option<String>,
    /// Paths of files that say what in-house libraries do, relative to this file
    pub models: Vec<String>,
    /// What in-house libraries do, in the words of the model files
    #[cfg_attr(test, schemars(with = "Vec<BTreeMap<String, serde_json::Value>>"))]
    pub model: Vec<toml::Table>,
    /// Settings for some of the paths; later ones count more
    pub overrides: Vec<Override>,
    /// What the code cannot show
    pub facts: Facts,
}

/// Settings for some paths
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", default)]
pub struct Override {
    /// Patterns of paths, as in `exclude`
    pub paths: Vec<String>,
    /// Do not report these rules or families here
    pub ignore: Vec<String>,
    /// The severity that findings of a rule or family have here, or "off"
    pub severity: BTreeMap<String, Level>,
    /// Report only findings with evidence of this strength or more
    pub min_confidence: Option<Threshold>,
}

/// What the code cannot show
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", default)]
pub struct Facts {
    /// How many connections the database accepts
    pub connection_limit: Option<u32>,
    /// Whether a pooler such as PgBouncer stands before the database
    pub pooler: bool,
    /// Tables that stay small
    pub small_tables: Vec<String>,
    /// Functions that run for every request, by file and name: "app.jobs.handle", "app/jobs.py::handle", "app/jobs/*"
    pub request_entry: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Error,
    Warning,
    Info,
    Off,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Threshold {
    Low,
    Medium,
    High,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    Error,
    Warning,
    Info,
    Never,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Assume {
    Request,
}

impl Level {
    /// None: not reported at all.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Info => Some(Severity::Info),
            Self::Off => None,
        }
    }
}

impl From<Threshold> for Confidence {
    fn from(threshold: Threshold) -> Self {
        match threshold {
            Threshold::Low => Self::Low,
            Threshold::Medium => Self::Medium,
            Threshold::High => Self::High,
        }
    }
}

impl Settings {
    /// The settings as a file would hold them.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("what was read can be written")
    }

    /// The models that stand in the settings themselves, as model files.
    pub fn model_texts(&self) -> Vec<String> {
        self.model.iter().map(|table| toml::to_string(table).expect("a table that was read can be written")).collect()
    }

    /// Every name of a rule or a family in the settings, with the keys under which it stands.
    pub fn rule_names(&self) -> Vec<(Vec<String>, &str)> {
        fn list<'a>(keys: &[&str], names: &'a [String]) -> Vec<(Vec<String>, &'a str)> {
            let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
            names.iter().map(|name| (keys.clone(), name.as_str())).collect()
        }
        fn levels<'a>(keys: &[&str], levels: &'a BTreeMap<String, Level>) -> Vec<(Vec<String>, &'a str)> {
            let with = |name: &str| keys.iter().copied().chain([name]).map(str::to_owned).collect();
            levels.keys().map(|name| (with(name), name.as_str())).collect()
        }
        let mut names = list(&["select"], self.select.as_deref().unwrap_or_default());
        names.extend(list(&["ignore"], &self.ignore));
        names.extend(levels(&["severity"], &self.severity));
        for (number, part) in self.overrides.iter().enumerate() {
            let number = number.to_string();
            names.extend(list(&["overrides", &number, "ignore"], &part.ignore));
            names.extend(levels(&["overrides", &number, "severity"], &part.severity));
        }
        names
    }

    /// These settings on top of others: lists that narrow or widen what is looked at are added to, everything else is
    /// replaced where it is set.
    pub fn on_top_of(self, base: Self) -> Self {
        let joined = |mut first: Vec<String>, second: Vec<String>| {
            first.extend(second);
            first
        };
        let mut severity = base.severity;
        severity.extend(self.severity);
        Self {
            extend: None,
            select: self.select.or(base.select),
            ignore: joined(base.ignore, self.ignore),
            severity,
            min_confidence: self.min_confidence.or(base.min_confidence),
            fail_on: self.fail_on.or(base.fail_on),
            exclude: joined(base.exclude, self.exclude),
            include_tests: self.include_tests.or(base.include_tests),
            assume: self.assume.or(base.assume),
            baseline: self.baseline.or(base.baseline),
            output_format: self.output_format.or(base.output_format),
            gitignore: self.gitignore.or(base.gitignore),
            max_file_size: self.max_file_size.or(base.max_file_size),
            models: joined(base.models, self.models),
            model: base.model.into_iter().chain(self.model).collect(),
            overrides: base.overrides.into_iter().chain(self.overrides).collect(),
            facts: self.facts.on_top_of(base.facts),
        }
    }
}

impl Facts {
    fn on_top_of(self, base: Self) -> Self {
        let joined = |first: Vec<String>, second: Vec<String>| first.into_iter().chain(second).collect();
        Self {
            connection_limit: self.connection_limit.or(base.connection_limit),
            pooler: self.pooler || base.pooler,
            small_tables: joined(base.small_tables, self.small_tables),
            request_entry: joined(base.request_entry, self.request_entry),
        }
    }
}
