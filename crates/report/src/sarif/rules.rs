//! What a code scanning page shows of a rule.

use ir::finding::{RuleInfo, Severity};

use super::model::{Configuration, Descriptor, Help, Message, RuleProperties};
use super::{INFORMATION_URI, level};
use crate::page;

/// Longest description that code scanning takes.
const MAX_DESCRIPTION: usize = 1024;

pub(super) fn descriptor(rule: &RuleInfo) -> Descriptor {
    let text = page::plain(rule.page);
    Descriptor {
        id: rule.slug,
        name: pascal_case(rule.slug),
        short_description: Message::new(sentence(rule.summary)),
        full_description: Message::new(sentence(page::first_paragraph(rule.page).as_deref().unwrap_or(rule.summary))),
        help_uri: address(rule),
        help: Help { text: if text.is_empty() { sentence(rule.summary) } else { text }, markdown: rule.page },
        default_configuration: Configuration { enabled: true, level: level(rule.severity) },
        properties: RuleProperties {
            tags: tags(rule),
            precision: "medium",
            problem_severity: match rule.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "recommendation",
            },
        },
    }
}

/// Where the rule's page is.
pub(crate) fn address(rule: &RuleInfo) -> String {
    format!("{INFORMATION_URI}/blob/main/rules/{}/{}.md", rule.family.as_str(), rule.slug.replace('-', "_"))
}

fn tags(rule: &RuleInfo) -> Vec<String> {
    let fixed = ["performance", "scalability", rule.family.as_str()].map(str::to_owned);
    let languages = page::languages(rule.page).into_iter().map(str::to_lowercase);
    fixed
        .into_iter()
        .chain(languages)
        .chain(rule.cwe.iter().map(|number| format!("external/cwe/cwe-{number:03}")))
        .collect()
}

/// `connection-per-request` as `ConnectionPerRequest`.
fn pascal_case(slug: &str) -> String {
    slug.split('-')
        .flat_map(|word| {
            let mut chars = word.chars();
            chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars)
        })
        .collect()
}

/// With a capital and a full stop, and short enough.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    let mut sentence: String = first.into_iter().chain(chars).take(MAX_DESCRIPTION - 1).collect();
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::{pascal_case, sentence};

    #[test]
    fn names_and_sentences() {
        assert_eq!(pascal_case("n-plus-one"), "NPlusOne");
        assert_eq!(pascal_case("leak"), "Leak");
        assert_eq!(sentence("a connection per request"), "A connection per request.");
        assert_eq!(sentence(&"é".repeat(2000)).chars().count(), 1024);
    }
}
