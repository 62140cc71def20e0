//! A finding in sentences, for formats that have one text for all of it.

use ir::finding::{Finding, Severity};

use crate::Sources;
use crate::concise::place;

/// What happens, what runs out first, and what to write instead.
pub(crate) fn sentences(finding: &Finding) -> Vec<String> {
    let details = [("Runs out first: ", &finding.runs_out), ("Instead: ", &finding.instead)];
    let details = details.iter().filter(|(_, text)| !text.is_empty());
    std::iter::once(sentence(&capitalized(&finding.message)))
        .chain(details.map(|(title, text)| sentence(&format!("{title}{text}"))))
        .collect()
}

/// A phrase as a title: with a capital, without a full stop.
pub(crate) fn title(text: &str) -> String {
    capitalized(text).trim_end_matches('.').to_owned()
}

/// With exactly one full stop.
fn sentence(text: &str) -> String {
    format!("{}.", text.trim_end_matches('.'))
}

/// With a capital, if the first word is one of prose and not a name in code.
fn capitalized(text: &str) -> String {
    let word = text.split(' ').next().unwrap_or("");
    let is_prose = word.bytes().all(|byte| byte.is_ascii_lowercase());
    match text.chars().next() {
        Some(first) if is_prose => format!("{}{}", first.to_ascii_uppercase(), &text[1..]),
        _ => text.to_owned(),
    }
}

/// The way from a handler to the cost: `1. GET /users (app/routes.py:1:1)`.
pub(crate) fn steps(finding: &Finding, sources: &Sources) -> Vec<String> {
    let steps = finding.evidence.iter().enumerate();
    steps.map(|(index, step)| format!("{}. {} ({})", index + 1, step.message, place(step.location, sources))).collect()
}

/// The handlers that the finding hurts, by name.
pub(crate) fn affected(finding: &Finding) -> Vec<&str> {
    finding.affected.iter().map(|step| step.message.as_str()).filter(|name| !name.is_empty()).collect()
}

/// Those that the evidence does not start from.
pub(crate) fn others_affected(finding: &Finding) -> Vec<&str> {
    let start = finding.evidence.first().map(|step| step.location);
    let others = finding.affected.iter().filter(|step| Some(step.location) != start);
    others.map(|step| step.message.as_str()).filter(|name| !name.is_empty()).collect()
}

/// `a, b and 3 more`.
pub(crate) fn listed(names: &[&str], shown: usize) -> String {
    match names.len().checked_sub(shown).filter(|more| *more > 0) {
        Some(more) => format!("{} and {more} more", names[..shown].join(", ")),
        None => names.join(", "),
    }
}

/// `2 findings`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// What people call findings of this severity.
pub(crate) fn severity_noun(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

#[cfg(test)]
mod tests {
    use super::{capitalized, counted, sentence};

    #[test]
    fn sentences_have_capitals_and_full_stops() {
        assert_eq!(capitalized("a query"), "A query");
        assert_eq!(capitalized("`x` is"), "`x` is");
        assert_eq!(capitalized("userId is"), "userId is");
        assert_eq!(capitalized(""), "");
        assert_eq!(sentence("await sleep(...)"), "await sleep(...).");
        assert_eq!(sentence("etc."), "etc.");
    }

    #[test]
    fn numbers_agree_with_nouns() {
        assert_eq!((counted(1, "file"), counted(0, "file")), ("1 file".to_owned(), "0 files".to_owned()));
    }
}
