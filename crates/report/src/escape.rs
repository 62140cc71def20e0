//! Text of strangers between the marks of a format. Each function first makes it harmless to print, so that it is one
//! line without control characters.

use crate::neutral::neutral;

/// For XML, between tags and in attributes.
pub(crate) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in neutral(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
    out
}

/// For Markdown with HTML in it, anywhere in a line but at its start: everything that could mark up, link, mention or
/// end a table's cell becomes a reference, which no parser takes for a mark.
pub(crate) fn markdown(text: &str) -> String {
    let text = neutral(text);
    let mut chars = text.chars().peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        match c {
            ',' | '.' | '/' | '(' | ')' | '{' | '}' | '-' | '\'' | '"' | '?' | ';' | '=' | '%' | '+' => out.push(c),
            ':' if !next.is_some_and(|next| next == '/' || next.is_alphanumeric()) => out.push(c),
            c if c.is_ascii_punctuation() => out.push_str(&format!("&#{};", u32::from(c))),
            c => out.push(c),
        }
        // References are resolved before names and addresses are looked for: only what stands between helps.
        let joins = match c {
            '@' | '#' => next.is_some_and(|next| next.is_alphanumeric() || next == '_'),
            ':' => next == Some('/'),
            'w' | 'W' => next == Some('.'),
            _ => false,
        };
        if joins {
            out.push_str("&#8203;");
        }
    }
    out
}

/// For the text behind a workflow command of GitHub.
pub(crate) fn github_data(text: &str) -> String {
    neutral(text).replace('%', "%25")
}

/// For a property of a workflow command of GitHub.
pub(crate) fn github_property(text: &str) -> String {
    github_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// For the text behind a logging command of Azure Pipelines.
pub(crate) fn azure_data(text: &str) -> String {
    neutral(text).replace('%', "%AZP25")
}

/// For a property of a logging command of Azure Pipelines.
pub(crate) fn azure_property(text: &str) -> String {
    azure_data(text).replace(';', "%3B").replace(']', "%5D")
}

#[cfg(test)]
mod tests {
    use super::{azure_data, azure_property, github_data, github_property, markdown, xml};

    #[test]
    fn xml_has_no_marks_and_no_illegal_characters() {
        assert_eq!(xml("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&apos;");
        assert_eq!(xml("]]>\0\x1b\u{ffff}\n用😀"), "]]&gt;␀␛\u{fffd}␊用😀");
    }

    #[test]
    fn markdown_has_no_marks_links_or_mentions() {
        assert_eq!(markdown("a|b`c`"), "a&#124;b&#96;c&#96;");
        assert_eq!(markdown("<b>[x](y)"), "&#60;b&#62;&#91;x&#93;(y)");
        assert_eq!(markdown("@org #12 # x"), "&#64;&#8203;org &#35;&#8203;12 &#35; x");
        assert_eq!(markdown("https://x.y www.x.y"), "https&#58;&#8203;//x.y www&#8203;.x.y");
        assert_eq!(markdown("a\n# b"), "a␊&#35; b");
        assert_eq!(markdown("first: GET /users/{id} (50%)"), "first: GET /users/{id} (50%)");
    }

    #[test]
    fn commands_have_no_ends() {
        assert_eq!(github_data("100%: a,b\r\n"), "100%25: a,b␍␊");
        assert_eq!(github_property("100%: a,b"), "100%25%3A a%2Cb");
        assert_eq!(azure_data("100%; a]"), "100%AZP25; a]");
        assert_eq!(azure_property("100%; a]"), "100%AZP25%3B a%5D");
    }
}
