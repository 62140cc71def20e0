//! Findings that a team has accepted for now.
//!
//! An entry says what a finding is about, not where it stands: rule, path, enclosing function, and a fingerprint of the code
//! at the cost. So it survives edits around it. What the fingerprint no longer matches is matched by the function, and what
//! stood in a file that is gone by its function and code in another: moving code is not making a new mistake.

use std::collections::BTreeMap;

use report::Identified;
use serde::{Deserialize, Serialize};

/// Grows when older programs cannot read the file any more.
const VERSION: u32 = 1;

/// A baseline file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Baseline {
    entries: Vec<Entry>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    path: String,
    rule: String,
    /// The enclosing function, with what it stands in; empty for the module's own code.
    symbol: String,
    fingerprint: String,
}

/// Why a file is no baseline, for people, with its line where that is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BaselineError(pub String);

/// Which findings a baseline covers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Matches {
    /// For each finding, in their order.
    pub is_known: Vec<bool>,
    /// Entries, as `rule in path (symbol)`, that nothing matches any more.
    pub stale: Vec<String>,
}

/// What an update does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Update {
    pub baseline: Baseline,
    pub added: usize,
    pub removed: usize,
}

impl Baseline {
    /// # Errors
    /// If the text is not a baseline of a version that this program knows.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        #[derive(Deserialize)]
        struct File {
            findings: Vec<Entry>,
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let error = |error: serde_json::Error| BaselineError(format!("not a baseline: {error}"));
        let head: Head = serde_json::from_str(text).map_err(error)?;
        if head.version != VERSION {
            let version = head.version;
            return Err(BaselineError(format!("version {version} of the format is not known, only {VERSION} is")));
        }
        let file: File = serde_json::from_str(text).map_err(error)?;
        let mut entries = file.findings;
        for entry in &mut entries {
            entry.path = entry.path.replace('\\', "/");
        }
        Ok(Self { entries })
    }

    /// One that holds these findings.
    pub fn of(findings: &[Identified]) -> Self {
        Self { entries: findings.iter().map(Entry::of).collect() }
    }

    /// The file: one entry a line, sorted, so that merges of two branches seldom conflict.
    pub fn render(&self, tool_version: &str) -> String {
        let mut entries = self.entries.clone();
        entries.sort();
        let line = |entry: &Entry| serde_json::to_string(entry).expect("a struct of strings cannot fail");
        let lines: Vec<String> = entries.iter().map(|entry| format!("    {}", line(entry))).collect();
        let findings = if lines.is_empty() { "[]".to_owned() } else { format!("[\n{}\n  ]", lines.join(",\n")) };
        format!(
            "{{\n  \"version\": {VERSION},\n  \"scalecliff\": \"{tool_version}\",\n  \"findings\": {findings}\n}}\n"
        )
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Matches findings, in order of their places, with entries. `is_judged` says of a path and a rule whether the run would
    /// have found what is there: entries of other paths and rules are never stale. `exists` says whether a path is a file
    /// of the run.
    pub fn matches(
        &self,
        findings: &[Identified],
        exists: impl Fn(&str) -> bool,
        is_judged: impl Fn(&str, &str) -> bool,
    ) -> Matches {
        let mut matching = Matching { owner: vec![None; self.entries.len()], is_known: vec![false; findings.len()] };
        matching.pair(self, findings, |entry| Some(entry.fingerprint.clone()), |found| found.fingerprint.clone());
        let place = |path: &str, rule: &str, symbol: &str| format!("{path}\0{rule}\0{symbol}");
        matching.pair(
            self,
            findings,
            |entry| Some(place(&entry.path, &entry.rule, &entry.symbol)),
            |found| place(&found.finding.primary.path, found.finding.rule, &found.symbol),
        );
        // A function that moved, with a name to know it by.
        let moved = |rule: &str, symbol: &str| format!("{rule}\0{symbol}");
        matching.pair(
            self,
            findings,
            |entry| (!entry.symbol.is_empty() && !exists(&entry.path)).then(|| moved(&entry.rule, &entry.symbol)),
            |found| moved(found.finding.rule, &found.symbol),
        );
        let left_over = self.entries.iter().zip(&matching.owner).filter(|(_, owner)| owner.is_none());
        let stale = left_over.map(|(entry, _)| entry).filter(|entry| is_judged(&entry.path, &entry.rule));
        Matches { stale: stale.map(Entry::describe).collect(), is_known: matching.is_known }
    }

    /// The baseline without its stale entries, with the fingerprints of today, and with the findings that are not in it if
    /// `accepts_new`.
    pub fn updated(
        &self,
        findings: &[Identified],
        accepts_new: bool,
        exists: impl Fn(&str) -> bool,
        is_judged: impl Fn(&str, &str) -> bool,
    ) -> Update {
        let matches = self.matches(findings, exists, &is_judged);
        let kept = self.entries.iter().filter(|entry| !is_judged(&entry.path, &entry.rule));
        let mut entries: Vec<Entry> = kept.cloned().collect();
        let known = findings.iter().zip(&matches.is_known);
        let accepted: Vec<_> = known.filter(|(_, is_known)| **is_known || accepts_new).collect();
        let added = accepted.iter().filter(|(_, is_known)| !**is_known).count();
        entries.extend(accepted.iter().map(|(found, _)| Entry::of(found)));
        entries.sort();
        entries.dedup();
        Update { baseline: Self { entries }, added, removed: matches.stale.len() }
    }
}

impl Entry {
    fn of(found: &Identified) -> Self {
        Self {
            path: found.finding.primary.path.as_str().to_owned(),
            rule: found.finding.rule.to_owned(),
            symbol: found.symbol.clone(),
            fingerprint: found.fingerprint.clone(),
        }
    }

    fn describe(&self) -> String {
        match self.symbol.as_str() {
            "" => format!("{} in {}", self.rule, self.path),
            symbol => format!("{} in {} ({symbol})", self.rule, self.path),
        }
    }
}

struct Matching {
    /// For each entry, the finding that it stands for.
    owner: Vec<Option<usize>>,
    is_known: Vec<bool>,
}

impl Matching {
    /// Pairs entries and findings that are left over and have the same key, first come first served.
    fn pair(
        &mut self,
        baseline: &Baseline,
        findings: &[Identified],
        key_of_entry: impl Fn(&Entry) -> Option<String>,
        key_of_finding: impl Fn(&Identified) -> String,
    ) {
        let mut open: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (number, entry) in baseline.entries.iter().enumerate().rev() {
            if self.owner[number].is_none()
                && let Some(key) = key_of_entry(entry)
            {
                open.entry(key).or_default().push(number);
            }
        }
        for (number, found) in findings.iter().enumerate() {
            if self.is_known[number] {
                continue;
            }
            if let Some(entry) = open.get_mut(&key_of_finding(found)).and_then(Vec::pop) {
                self.owner[entry] = Some(number);
                self.is_known[number] = true;
            }
        }
    }
}

#[cfg(test)]
mod tests;
