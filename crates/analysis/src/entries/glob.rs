//! File patterns of models: `**` stands for any folders, `*` for anything within a name.

/// Whether the whole path matches.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    // Few paths end as the pattern does, and fewer have the name that it ends with.
    let end = pattern.bytes().rposition(|byte| matches!(byte, b'/' | b'*')).map_or(0, |at| at + 1);
    if !path.ends_with(&pattern[end..]) {
        return false;
    }
    let (last, name) = (last(pattern), last(path));
    if last != "**" && !segment(last, name) {
        return false;
    }
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    folders(&pattern, &path)
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
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
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
            (0..=rest.len()).any(|skipped| rest.is_char_boundary(skipped) && segment(after, &rest[skipped..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        assert!(matches("**/app/**/route.ts", "web/app/api/users/route.ts"));
        assert!(matches("**/app/**/route.ts", "app/route.ts"));
        assert!(!matches("**/app/**/route.ts", "app/api/router.ts"));
        assert!(matches("**/pages/api/**/*.ts", "src/pages/api/a/[id].ts"));
    }
}
