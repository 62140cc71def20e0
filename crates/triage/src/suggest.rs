/// How alike two names must be for one to be offered in place of the other.
const ALIKE: f64 = 0.8;

/// The name that somebody meant who wrote another one.
pub fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
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
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.len().cmp(&a.1.len())))
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
