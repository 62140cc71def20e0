//! Names of rules and families, and what people meant who wrote others.

use triage::nearest;

use crate::status::Failure;

/// Whether a rule or a family is called so.
pub(crate) fn is_known(name: &str) -> bool {
    rules::all().iter().any(|rule| triage::names(name, &rule.info))
}

/// Slugs and families, each once.
pub(crate) fn all() -> Vec<&'static str> {
    let mut names: Vec<&str> =
        rules::all().iter().flat_map(|rule| [rule.info.slug, rule.info.family.as_str()]).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// What to say of a name that nothing has.
pub(crate) fn unknown(what: &str, name: &str, names: impl IntoIterator<Item = &'static str>) -> Failure {
    let hint = match nearest(name, names.into_iter()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "`scalecliff rules` lists them".to_owned(),
    };
    Failure::usage(format!("unknown {what} `{name}`: {hint}"))
}
