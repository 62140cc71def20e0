//! Comments that say a failure is meant to be passed over: the one thing about comments that the analysis wants to know.

use ir::{Language, Span};

/// What such comments say, in small letters.
const MEANT: &[&str] = &[
    "best effort",
    "best-effort",
    "non-fatal",
    "nonfatal",
    "non fatal",
    "not fatal",
    "non-critical",
    "not critical",
    "non critical",
    "non-blocking",
    "ignor",
    "swallow",
    "fire-and-forget",
    "fire and forget",
    "graceful",
    "fallback",
    "fall back",
    "don't crash",
    "not crash",
    "don't fail",
    "do not fail",
    "don't block",
    "do not block",
    "don't break",
    "never block",
    "never fail",
    "never throw",
    "never raise",
    "must not block",
    "may not exist",
    "might not exist",
    "already exist",
    "must not break",
    "should not break",
    "shouldn't break",
    "not important",
    "not essential",
    "silent",
    "fail open",
    "fail-open",
    "optional",
];

/// Lines around a comment of which it can speak.
const REACH: usize = 2;

/// The stretches of text of which such a comment speaks: its own line and those next to it, in order.
pub(crate) fn of(source: &str, language: Language) -> Vec<Span> {
    let mark = match language {
        Language::Python => '#',
        Language::JavaScript | Language::Rust => '/',
        Language::Sql => return Vec::new(),
    };
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(offset) = source[at..].find(mark) {
        let comment = at + offset;
        let end = source[comment..].find('\n').map_or(source.len(), |length| comment + length);
        let begins = mark == '#' || source[comment..].starts_with("//") || source[comment..].starts_with("/*");
        if begins {
            let text = source[comment..end].to_lowercase();
            if MEANT.iter().any(|words| text.contains(words)) {
                found.push(around(source, comment, end));
            }
            at = end;
        } else {
            at = comment + 1;
        }
    }
    found
}

fn around(source: &str, start: usize, end: usize) -> Span {
    let before = source[..start].rmatch_indices('\n').nth(REACH).map_or(0, |(at, _)| at + 1);
    let after = source[end..].match_indices('\n').nth(REACH).map_or(source.len(), |(at, _)| end + at);
    Span::new(before as u32, after as u32)
}

#[cfg(test)]
mod tests {
    use ir::Language;

    use super::of;

    #[test]
    fn a_comment_speaks_of_the_lines_around_it() {
        let source = "a\nb\ntry:\n    send()\nexcept Exception:\n    pass  # best effort\nc\nd\ne\n";
        let [reach] = of(source, Language::Python)[..] else { panic!("one remark") };
        assert_eq!(
            &source[reach.start as usize..reach.end as usize],
            "    send()\nexcept Exception:\n    pass  # best effort\nc\nd"
        );
    }

    #[test]
    fn other_comments_say_nothing() {
        assert!(of("try { a() } catch { /* nothing */ }", Language::JavaScript).is_empty());
        assert!(of("x = 'ignore' / 2", Language::JavaScript).is_empty());
        assert_eq!(of("a().catch(() => {}) // Non-fatal", Language::JavaScript).len(), 1);
        assert!(of("-- ignore", Language::Sql).is_empty());
    }
}
