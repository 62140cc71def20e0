//! What the rules about statements in loops share.

use analysis::{Context, Program, QueryUse, State};
use ir::finding::{Confidence, Finding, RuleInfo, Severity, Step};

use crate::common::Words;

/// The finding, if the query runs once per item of something that the code does not bound, while a client waits. Through
/// a helper that a loop calls the confidence is medium.
pub(crate) fn finding(
    program: &Program<'_>,
    rule: &RuleInfo,
    query: &QueryUse,
    confidence: Confidence,
    words: Words,
) -> Option<Finding> {
    let waited_for = |state: State| state.context == Context::Request && !state.is_detached;
    let is_direct = query.site.in_loop && !query.site.in_batches && !query.site.is_once;
    let repeats = |state: State| waited_for(state) && (is_direct || state.is_repeated);
    if query.site.is_once || !program.runs(query.function, repeats) {
        return None;
    }
    let confidence = if is_direct { confidence } else { confidence.min(Confidence::Medium) };
    let mut finding = super::sending(program, rule, query).finding(Severity::Warning, confidence, repeats, words);
    if let Some(location) = program.loop_on_way(query.function, repeats).filter(|_| !is_direct) {
        finding.related.push(Step { location, message: "once per item here".to_owned() });
    }
    Some(finding)
}
