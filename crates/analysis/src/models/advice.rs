//! What to write instead, in the words of the library in use.

use ir::Symbol;
use serde::Deserialize;

use super::Library;
use super::pool::names;

#[derive(Deserialize, Clone, PartialEq, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AdviceEntry {
    pub(super) rule: String,
    /// Starts of paths; by default the file's packages.
    #[serde(default, deserialize_with = "names")]
    pub(super) of: Vec<String>,
    /// It holds for SQL texts too.
    #[serde(default)]
    pub(super) sql: bool,
    pub(super) instead: String,
}

impl Library {
    pub(super) fn add_advice(&mut self, mut entry: AdviceEntry, packages: &[String]) {
        if entry.of.is_empty() {
            entry.of = packages.to_vec();
        }
        self.advice.push(entry);
    }

    /// The advice that a rule gives to users of what lies at a path: a call's, or an imported module's.
    pub(crate) fn advice(&self, rule: &str, path: Symbol, is_sql: bool) -> Option<&str> {
        let fits = |entry: &&AdviceEntry| {
            entry.rule == rule && (entry.sql || !is_sql) && entry.of.iter().any(|start| begins_with(&path, start))
        };
        self.advice.iter().find(fits).map(|entry| entry.instead.as_str())
    }

    /// The rules that advice is for.
    pub fn advised_rules(&self) -> impl Iterator<Item = &str> {
        self.advice.iter().map(|entry| entry.rule.as_str())
    }
}

/// Whether a path lies in a package.
fn begins_with(path: &str, package: &str) -> bool {
    path.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '#', '/', ':']))
}

#[cfg(test)]
mod tests {
    use super::begins_with;

    #[test]
    fn packages_hold_their_paths() {
        for path in ["pg", "pg.Pool#query", "pg/lib/x", "pg::Pool"] {
            assert!(begins_with(path, "pg"), "{path}");
        }
        assert!(!begins_with("pg-promise", "pg"));
    }
}
