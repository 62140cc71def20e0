//! File patterns of models: `**` stands for any folders, `*` for anything within a name.

/// A pattern, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Glob<'a> {
    parts: Vec<Part<'a>>,
}

/// What stands between two slashes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part<'a> {
    /// Any folders.
    Any,
    Exact(&'a str),
    /// Before and after the first `*`.
    Around(&'a str, &'a str),
}

impl<'a> Part<'a> {
    fn new(text: &'a str) -> Self {
        match text.split_once('*') {
            Some(("", "*")) => Self::Any,
            Some((before, after)) => Self::Around(before, after),
            None => Self::Exact(text),
        }
    }

    fn matches(self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(own) => own == name,
            Self::Around(before, after) => name.strip_prefix(before).is_some_and(|rest| ends_with(rest, after)),
        }
    }
}

/// Whether a name ends as the rest of a pattern says.
fn ends_with(name: &str, rest: &str) -> bool {
    match rest.split_once('*') {
        None => name.ends_with(rest),
        Some((before, after)) => name.match_indices(before).any(|(at, _)| ends_with(&name[at + before.len()..], after)),
    }
}

/// The folders of a path and its name, as [`Glob::matches`] wants them.
pub(crate) fn path_parts(path: &str) -> Vec<&str> {
    path.split('/').collect()
}

impl<'a> Glob<'a> {
    pub(crate) fn new(pattern: &'a str) -> Self {
        Self { parts: pattern.split('/').map(Part::new).collect() }
    }

    /// Whether the whole path matches.
    pub(crate) fn matches(&self, path: &[&str]) -> bool {
        // Few paths have the name that the pattern ends with.
        let (Some(last), Some(name)) = (self.parts.last(), path.last()) else { return false };
        last.matches(name) && folders(&self.parts, path)
    }

    /// Whether it takes files by their endings, or by none.
    pub(crate) fn is_of_any_name(&self) -> bool {
        matches!(self.parts[..], [Part::Any, Part::Any | Part::Around("", _), ..])
    }
}

fn folders(pattern: &[Part<'_>], path: &[&str]) -> bool {
    match pattern.split_first() {
        None => path.is_empty(),
        Some((Part::Any, rest)) => (0..=path.len()).any(|skipped| folders(rest, &path[skipped..])),
        Some((first, rest)) => {
            path.split_first().is_some_and(|(name, path)| first.matches(name) && folders(rest, path))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Glob, path_parts};

    #[test]
    fn patterns() {
        let matches = |pattern: &str, path: &str| Glob::new(pattern).matches(&path_parts(path));
        assert!(matches("**/app/**/route.ts", "web/app/api/users/route.ts"));
        assert!(matches("**/app/**/route.ts", "app/route.ts"));
        assert!(!matches("**/app/**/route.ts", "app/api/router.ts"));
        assert!(matches("**/pages/api/**/*.ts", "src/pages/api/a/[id].ts"));
        assert!(matches("**/*.api.*s", "src/a.api.ts"));
        assert!(!matches("**/a*a.ts", "src/a.ts"));
    }
}
