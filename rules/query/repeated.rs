//! What the rules about statements in loops share.

use analysis::{Context, Program, QueryUse, Shape, State};
use ir::finding::{Confidence, Finding, RuleInfo, Severity, Step};

use crate::common::Words;

/// The finding, if the query runs once per item of something that the code does not bound, while a client waits. Through
/// a helper that a loop calls the confidence is medium, and for a write low where the loop is not seen to go over what a
/// request or a table gives: it is then as often over one or two things. What runs where something was thrown is no rule.
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
    if query.site.is_once || query.site.is_in_handler || !program.runs(query.function, repeats) {
        return None;
    }
    let is_of_few = || {
        let looped = program.looped_on_way(query.function, repeats);
        query.shape == Shape::Write && !looped.is_some_and(|call| program.is_for_many(call))
    };
    let confidence = match () {
        () if is_direct => confidence,
        () if is_of_few() => Confidence::Low,
        () => confidence.min(Confidence::Medium),
    };
    let mut finding = super::sending(program, rule, query).finding(Severity::Warning, confidence, repeats, words);
    if let Some(location) = program.loop_on_way(query.function, repeats).filter(|_| !is_direct) {
        finding.related.push(Step { location, message: "once per item here".to_owned() });
    }
    Some(finding)
}
