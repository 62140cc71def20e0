//! Which rules run.

use ir::finding::RuleInfo;
use rules::Rule;

use crate::status::Failure;

/// How alike two names must be for one to be offered in place of the other.
const ALIKE: f64 = 0.8;

/// The rules that `select` names, or all where it names none, without those that `ignore` names. Names are those of rules
/// or families.
pub(crate) fn select(
    all: &'static [Rule],
    select: &[String],
    ignore: &[String],
) -> Result<Vec<&'static Rule>, Failure> {
    for name in select.iter().chain(ignore) {
        if !all.iter().any(|rule| is_named(&rule.info, name)) {
            let families = all.iter().map(|rule| rule.info.family.as_str());
            let names = all.iter().map(|rule| rule.info.slug).chain(families);
            return Err(unknown("rule or family", name, names));
        }
    }
    let names_any = |names: &[String], rule: &Rule| names.iter().any(|name| is_named(&rule.info, name));
    let is_chosen = |rule: &&Rule| (select.is_empty() || names_any(select, rule)) && !names_any(ignore, rule);
    Ok(all.iter().filter(is_chosen).collect())
}

fn is_named(rule: &RuleInfo, name: &str) -> bool {
    rule.slug == name || rule.family.as_str() == name
}

/// What to say of a name that nothing has.
pub(crate) fn unknown<'a>(what: &str, name: &str, names: impl Iterator<Item = &'a str>) -> Failure {
    let hint = match nearest(name, names) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "`scalecliff rules` lists them".to_owned(),
    };
    Failure::usage(format!("unknown {what} `{name}`: {hint}"))
}

/// The candidate that a misspelt name most likely stands for.
pub(crate) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase().replace('_', "-");
    let score = |candidate: &str| {
        let is_part = name.len() >= 3 && candidate.contains(&name);
        let words = candidate.split('-').filter(|word| word.len() > 3);
        let alike = words.chain([candidate]).map(|part| strsim::jaro_winkler(&name, part));
        if is_part { 1.0 } else { alike.fold(0.0, f64::max) }
    };
    names
        .map(|candidate| (score(candidate), candidate))
        .filter(|(score, _)| *score >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn offers_what_is_alike() {
        let names = ["connection-per-request", "n-plus-one", "pool"];
        let nearest = |name| nearest(name, names.into_iter());
        assert_eq!(nearest("conection-per-request"), Some("connection-per-request"));
        assert_eq!(nearest("N_PLUS_ONE"), Some("n-plus-one"));
        assert_eq!(nearest("per-request"), Some("connection-per-request"));
        assert_eq!(nearest("conection"), Some("connection-per-request"));
        assert_eq!(nearest("pol"), Some("pool"));
        assert_eq!(nearest("xyzzy"), None);
    }
}
