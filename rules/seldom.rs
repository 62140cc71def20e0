//! What an administrator does now and then: once a week a cost that is paid per request is none.

use ir::finding::{Confidence, Finding};
use ir::words_of;

/// Rules about what many requests cost together, or a list that grows with use.
const OF_MANY: &[&str] = &[
    "connection-per-request",
    "count-per-request",
    "long-task-in-request",
    "n-plus-one",
    "pool-per-request",
    "sequential-await-in-loop",
    "unbounded-concurrency",
    "uncached-hot-query",
    "write-in-loop",
];

/// Words of routes and files for what is done to an installation, and not with it.
const MAINTENANCE: &[&str] = &[
    "setup",
    "install",
    "installation",
    "wizard",
    "onboarding",
    "backup",
    "backups",
    "migrate",
    "migration",
    "migrations",
    "reindex",
    "seed",
    "bootstrap",
];

/// Lowers the confidence of findings whose handlers all are of that kind. Rows that are written one by one are many in a
/// restored backup, and few in a form of settings.
pub(crate) fn lower(finding: &mut Finding) {
    let is_of_many = OF_MANY.contains(&finding.rule);
    if is_of_many
        && !finding.affected.is_empty()
        && finding.affected.iter().all(|entry| {
            let words = words_of(&format!("{} {}", entry.message, entry.location.path));
            let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
            let is_saved = !entry.message.starts_with("GET ") && has(&["settings", "setting", "preferences"]);
            is_saved || finding.rule != "write-in-loop" && has(MAINTENANCE)
        })
    {
        finding.confidence = Confidence::Low;
    }
}
