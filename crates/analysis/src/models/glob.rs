//! File patterns of models: `**` stands for any folders, `*` for anything within a name.

/// A pattern, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Glob<'a> {
    parts: Vec<&'a str>,
}

/// The folders of a path and its name, as [`Glob::matches`] wants them.
pub(crate) fn path_parts(path: &str) -> Vec<&str> {
    path.split('/').collect()
}

impl<'a> Glob<'a> {
    pub(crate) fn new(pattern: &'a str) -> Self {
        Self { parts: path_parts(pattern) }
    }

    /// Whether the whole path matches.
    pub(crate) fn matches(&self, path: &[&str]) -> bool {
        // Few paths have the name that the pattern ends with.
        let (Some(last), Some(name)) = (self.parts.last(), path.last()) else { return false };
        (*last == "**" || segment(last, name)) && folders(&self.parts, path)
    }

    /// Whether it takes files by their endings, or by none.
    pub(crate) fn is_of_any_name(&self) -> bool {
        matches!(self.parts[..], ["**", name, ..] if name.starts_with('*'))
    }
}

fn folders(pattern: &[&str], path: &[&str]) -> bool {
    match pattern.split_first() {
        None => path.is_empty(),
        Some((&"**", rest)) => (0..=path.len()).any(|skipped| folders(rest, &path[skipped..])),
        Some((first, rest)) => {
            path.split_first().is_some_and(|(name, path)| segment(first, name) && folders(rest, path))
        }
    }
}

fn segment(pattern: &str, name: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == name };
    let Some(rest) = name.strip_prefix(before) else { return false };
    if !after.contains('*') {
        return rest.ends_with(after);
    }
    (0..=rest.len()).any(|skipped| rest.is_char_boundary(skipped) && segment(after, &rest[skipped..]))
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
