//! The real backends that the analysis is measured on: which they are, what it reported of them when that was last
//! accepted, and what people who read the code said of its findings.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A backend, pinned so that everybody measures the same code.
#[derive(Clone, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    /// `owner/name`.
    pub name: String,
    pub clone: String,
    pub commit: String,
}

impl Repository {
    /// The name of its checkout and of its files of data.
    pub fn stem(&self) -> String {
        self.name.replace('/', "__")
    }
}

/// A finding of the last accepted run. It is the same finding as long as its fingerprint stays.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    pub rule: String,
    pub path: String,
    pub line: usize,
    pub fingerprint: String,
    pub confidence: String,
    pub message: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Debug)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// One would defend it before the maintainers.
    True,
    False,
    /// Counts as wrong.
    Debatable,
}

/// What somebody who read the code said of a finding.
#[derive(Clone, Serialize, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    pub repository: String,
    /// The commit that was read.
    pub commit: String,
    pub rule: String,
    pub path: String,
    pub line: usize,
    pub fingerprint: String,
    pub verdict: Verdict,
    pub reason: String,
}

/// How many findings were judged, and how many of them are right.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Precision {
    pub judged: usize,
    pub right: usize,
}

impl Precision {
    fn add(&mut self, verdict: Verdict) {
        self.judged += 1;
        self.right += usize::from(verdict == Verdict::True);
    }

    pub fn plus(self, other: Self) -> Self {
        Self { judged: self.judged + other.judged, right: self.right + other.right }
    }

    /// `None` where nothing was judged. Cut, not rounded: 89.9 is not 90.
    pub fn percent(self) -> Option<usize> {
        (self.right * 100).checked_div(self.judged)
    }
}

/// All data of `tests/ecosystem`, by the stems of its repositories.
#[derive(Debug)]
pub struct Ecosystem {
    pub repositories: Vec<Repository>,
    pub accepted: BTreeMap<String, Vec<Accepted>>,
    pub judgements: BTreeMap<String, Vec<Judgement>>,
}

impl Ecosystem {
    pub fn read() -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct List {
            repository: Vec<Repository>,
        }
        let path = folder().join("repositories.toml");
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let list: List = toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self {
            repositories: list.repository,
            accepted: lines_below("accepted")?,
            judgements: lines_below("judgements")?,
        })
    }

    /// The precision of each rule with a judged finding: of what is reported now, or of everything that was ever judged,
    /// with what has been put right since.
    pub fn precision(&self, of: Judged) -> BTreeMap<&str, Precision> {
        let mut precision: BTreeMap<&str, Precision> = BTreeMap::new();
        for (stem, judgements) in &self.judgements {
            let accepted = self.accepted.get(stem).map_or(&[][..], Vec::as_slice);
            let reported: BTreeSet<&str> = accepted.iter().map(|finding| finding.fingerprint.as_str()).collect();
            for judgement in judgements {
                if of == Judged::Ever || reported.contains(judgement.fingerprint.as_str()) {
                    precision.entry(&judgement.rule).or_default().add(judgement.verdict);
                }
            }
        }
        precision
    }
}

/// Which of the judged findings count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Judged {
    Accepted,
    Ever,
}

/// Where the findings of a repository stand that were last accepted.
pub fn accepted_file(repository: &Repository) -> PathBuf {
    folder().join("accepted").join(format!("{}.jsonl", repository.stem()))
}

/// One line a finding, in the order of the code.
pub fn accepted_text(findings: &mut [Accepted]) -> Result<String, String> {
    findings
        .sort_by(|a, b| (&a.path, a.line, &a.rule, &a.fingerprint).cmp(&(&b.path, b.line, &b.rule, &b.fingerprint)));
    let mut text = String::new();
    for finding in findings {
        text.push_str(&serde_json::to_string(finding).map_err(|error| error.to_string())?);
        text.push('\n');
    }
    Ok(text)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ecosystem")
}

/// The values of all `.jsonl` files of a folder, by the names of the files.
fn lines_below<T: DeserializeOwned>(name: &str) -> Result<BTreeMap<String, Vec<T>>, String> {
    let mut found = BTreeMap::new();
    let below = folder().join(name);
    let paths = if below.is_dir() { crate::files_below(&below) } else { Vec::new() };
    for path in paths {
        let Some(stem) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".jsonl")) else { continue };
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut values = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let value = serde_json::from_str(line);
            values.push(value.map_err(|error| format!("{}:{}: {error}", path.display(), number + 1))?);
        }
        found.insert(stem.to_owned(), values);
    }
    Ok(found)
}
