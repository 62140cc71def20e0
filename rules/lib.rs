//! The rules, their pages, and the models of the libraries they know.
//!
//! A rule is a value: its metadata and one function that asks the solved program a question. Adding one is two files (the
//! rule and its page), a `mod` line and an entry in [`all`].

#[path = "async/mod.rs"]
mod asynchronous;
mod cache;
mod common;
mod leak;
mod limit;
mod observe;
mod pool;
mod query;
mod seldom;
mod service;

use std::collections::BTreeMap;

use analysis::{ModelError, Models, Program};
use include_dir::{Dir, include_dir};
use ir::finding::{Confidence, Finding, RuleInfo};
use rayon::prelude::*;

/// As `build.rs` wrote them.
static MODELS: Dir<'_> = include_dir!("$OUT_DIR/models");

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub info: RuleInfo,
    /// Adds what the rule finds.
    pub check: fn(&Program<'_>, &mut Vec<Finding>),
}

/// All rules, by family and slug.
pub fn all() -> &'static [Rule] {
    const RULES: &[Rule] = &[
        pool::connection_held_across_io::RULE,
        pool::connection_per_request::RULE,
        pool::pool_misconfigured::RULE,
        pool::pool_per_request::RULE,
        pool::unreleased_connection::RULE,
        leak::listener_never_removed::RULE,
        leak::task_or_thread_leak::RULE,
        leak::timer_never_cleared::RULE,
        leak::unbounded_growth::RULE,
        leak::unclosed_handle::RULE,
        leak::websocket_not_cleaned_up::RULE,
        asynchronous::blocking_call_in_async::RULE,
        asynchronous::lock_held_across_await::RULE,
        asynchronous::long_task_in_request::RULE,
        asynchronous::sequential_await_in_loop::RULE,
        query::count_per_request::RULE,
        query::deep_offset::RULE,
        query::fetch_all_then_process::RULE,
        query::full_table_scan::RULE,
        query::missing_index::RULE,
        query::missing_pagination::RULE,
        query::n_plus_one::RULE,
        query::select_star::RULE,
        query::write_in_loop::RULE,
        cache::cache_never_invalidated::RULE,
        cache::cache_without_expiry::RULE,
        cache::per_request_initialisation::RULE,
        cache::uncached_hot_query::RULE,
        limit::dev_server_in_production::RULE,
        limit::missing_outbound_timeout::RULE,
        limit::missing_query_timeout::RULE,
        limit::missing_rate_limit::RULE,
        limit::missing_upload_limit::RULE,
        limit::unbounded_concurrency::RULE,
        limit::unbounded_page_size::RULE,
        limit::whole_body_in_memory::RULE,
        observe::missing_health_endpoint::RULE,
        observe::missing_pool_metrics::RULE,
        observe::missing_request_metrics::RULE,
        observe::swallowed_error::RULE,
    ];
    RULES
}

/// The models that ship with scalecliff.
///
/// # Errors
/// None in a build whose tests pass: a test loads them all.
pub fn models() -> Result<Models, ModelError> {
    models_with(&[])
}

/// The shipped models and `extra` ones (path and text), which win where both describe the same thing.
///
/// # Errors
/// The first file that cannot be read as a model.
pub fn models_with(extra: &[(&str, &str)]) -> Result<Models, ModelError> {
    models_where(|_, _| true, extra)
}

/// As [`models_with`], but of the shipped models only those of which path and text are wanted.
///
/// # Errors
/// The first file that cannot be read as a model.
pub fn models_where(is_wanted: impl Fn(&str, &str) -> bool, extra: &[(&str, &str)]) -> Result<Models, ModelError> {
    let mut files: Vec<(&str, &str)> = MODELS
        .dirs()
        .flat_map(Dir::files)
        .filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?)))
        .filter(|(path, text)| is_wanted(path, text))
        .collect();
    files.sort_unstable();
    Models::load(&files, extra)
}

/// Rules that were right less often than nine times of ten on real backends (`tests/ecosystem`): they never claim to be
/// sure.
const NEVER_SURE: &[&str] = &[
    "blocking-call-in-async",
    "connection-held-across-io",
    "connection-per-request",
    "dev-server-in-production",
    "fetch-all-then-process",
    "listener-never-removed",
    "lock-held-across-await",
    "long-task-in-request",
    "missing-pagination",
    "n-plus-one",
    "per-request-initialisation",
    "pool-misconfigured",
    "pool-per-request",
    "task-or-thread-leak",
    "timer-never-cleared",
    "unbounded-growth",
    "unclosed-handle",
    "unreleased-connection",
    "websocket-not-cleaned-up",
    "write-in-loop",
];

/// Runs the rules in parallel. The findings are sorted by place and rule; of several of one rule at one place the first
/// remains.
pub fn check(program: &Program<'_>, rules: &[&Rule]) -> Vec<Finding> {
    let for_staff = program.entries_for_staff();
    let found: Vec<Vec<Finding>> = rules
        .par_iter()
        .map(|rule| {
            let mut findings = Vec::new();
            (rule.check)(program, &mut findings);
            if NEVER_SURE.contains(&rule.info.slug) {
                findings.iter_mut().for_each(|finding| finding.confidence = finding.confidence.min(Confidence::Medium));
            }
            findings.iter_mut().for_each(|finding| seldom::lower(finding, &for_staff));
            findings
        })
        .collect();
    let mut by_place = BTreeMap::new();
    for finding in found.into_iter().flatten() {
        by_place.entry((finding.primary, finding.rule)).or_insert(finding);
    }
    by_place.into_values().collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_embedded_models_load() {
        if let Err(error) = super::models() {
            panic!("{error}");
        }
    }
}
