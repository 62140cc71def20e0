//! From a text to settings, with the lines of what is wrong.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{SCHEMA, Settings};
use crate::suggest::nearest;

/// Where settings stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SettingsKind {
    /// A file of their own.
    Own,
    /// `[tool.scalecliff]` of `pyproject.toml`.
    Pyproject,
    /// `"scalecliff"` in `package.json`.
    PackageJson,
}

/// Why settings cannot be read, for people, without a full stop.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SettingsError {
    /// From 1.
    pub line: Option<usize>,
    pub message: String,
}

/// What has no effect.
pub type SettingsWarning = SettingsError;

impl SettingsKind {
    /// What a file of this name may hold.
    pub fn of(file_name: &str) -> Option<Self> {
        match file_name {
            "scalecliff.toml" | ".scalecliff.toml" => Some(Self::Own),
            "pyproject.toml" => Some(Self::Pyproject),
            "package.json" => Some(Self::PackageJson),
            _ => None,
        }
    }

    /// The keys above the settings.
    fn prefix(self) -> &'static [&'static str] {
        match self {
            Self::Own => &[],
            Self::Pyproject => &["tool", "scalecliff"],
            Self::PackageJson => &["scalecliff"],
        }
    }

    /// The line of a key of the settings, from 1. Keys of lists are numbers.
    pub fn line_of(self, text: &str, keys: &[String]) -> Option<usize> {
        if self == Self::PackageJson {
            return None;
        }
        let keys = self.prefix().iter().map(|key| (*key).to_owned()).chain(keys.iter().cloned());
        let span = span_of(text, &keys.collect::<Vec<_>>())?;
        Some(line(text, span.start))
    }
}

/// The settings in a text, and what in them has no effect. None where the file has none.
///
/// # Errors
/// If the text is not of its format, or a value is not of its type.
pub fn read_settings(
    kind: SettingsKind,
    text: &str,
) -> Result<Option<(Settings, Vec<SettingsWarning>)>, SettingsError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut unknown = Vec::new();
    let mut note = |path: serde_ignored::Path<'_>| unknown.push(path.to_string());
    let settings = match kind {
        SettingsKind::Own => {
            let document = toml::Deserializer::parse(text).map_err(|error| toml_error(text, &error))?;
            Some(serde_ignored::deserialize(document, &mut note).map_err(|error| toml_error(text, &error))?)
        }
        SettingsKind::Pyproject => {
            if !text.contains("scalecliff") {
                return Ok(None);
            }
            let document = toml::Deserializer::parse(text).map_err(|error| toml_error(text, &error))?;
            let file: Pyproject =
                serde_ignored::deserialize(document, &mut note).map_err(|error| toml_error(text, &error))?;
            file.tool.scalecliff
        }
        SettingsKind::PackageJson => {
            if !text.contains("\"scalecliff\"") {
                return Ok(None);
            }
            let mut document = serde_json::Deserializer::from_str(text);
            let file: Result<PackageJson, _> = serde_ignored::deserialize(&mut document, &mut note);
            file.map_err(|error| json_error(&error))?.scalecliff
        }
    };
    let Some(settings) = settings else { return Ok(None) };
    let prefix: String = kind.prefix().iter().map(|key| format!("{key}.")).collect();
    let mut warnings: Vec<SettingsWarning> = Vec::new();
    warnings.extend(unknown.iter().filter_map(|path| {
        // serde_ignored writes `?` where an option is passed through.
        let path = path.replace("?.", "");
        let keys: Vec<String> = path.strip_prefix(&prefix)?.split('.').map(str::to_owned).collect();
        Some(SettingsError { line: kind.line_of(text, &keys), message: unknown_key(&keys) })
    }));
    warnings.sort_by_key(|warning| warning.line);
    Ok(Some((settings, warnings)))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Pyproject {
    tool: Tool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Tool {
    scalecliff: Option<Settings>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PackageJson {
    scalecliff: Option<Settings>,
}

fn unknown_key(keys: &[String]) -> String {
    let name = keys.last().map(String::as_str).unwrap_or_default();
    let known = known_keys(&keys[..keys.len().saturating_sub(1)]);
    let hint = match nearest(name, known.iter().map(String::as_str)) {
        Some(hint) => format!("did you mean `{hint}`?"),
        None => format!("known here: {}", known.join(", ")),
    };
    format!("unknown key `{name}`: {hint}")
}

/// The keys that the schema knows under others.
fn known_keys(keys: &[String]) -> Vec<String> {
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap_or_default();
    let table = match keys.first().map(String::as_str) {
        None => &schema,
        Some("overrides") => &schema["$defs"]["Override"],
        Some(_) => &schema["$defs"]["Facts"],
    };
    let properties = table["properties"].as_object().into_iter().flatten();
    properties.map(|(key, _)| key.clone()).collect()
}

fn toml_error(text: &str, error: &toml::de::Error) -> SettingsError {
    SettingsError {
        line: error.span().map(|span| line(text, span.start)),
        message: error.message().trim_end_matches('.').replace('\n', ", "),
    }
}

fn json_error(error: &serde_json::Error) -> SettingsError {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or(&message).to_owned();
    SettingsError { line: (error.line() > 0).then_some(error.line()), message }
}

fn line(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Where the last of the keys stands.
fn span_of(text: &str, keys: &[String]) -> Option<Range<usize>> {
    let document = DeTable::parse(text).ok()?;
    let (last, above) = keys.split_last()?;
    let mut table: &DeTable<'_> = document.get_ref();
    let mut list: Option<&Spanned<DeValue<'_>>> = None;
    for key in above {
        let value = match list.take() {
            Some(value) => value.get_ref().as_array()?.get(key.parse::<usize>().ok()?)?,
            None => table.iter().find(|(name, _)| name.get_ref() == key)?.1,
        };
        match value.get_ref() {
            DeValue::Table(inner) => table = inner,
            _ => list = Some(value),
        }
    }
    let (name, _) = table.iter().find(|(name, _)| name.get_ref() == last)?;
    Some(name.span())
}
