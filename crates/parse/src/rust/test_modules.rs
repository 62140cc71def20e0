//! Inline modules that only the test build compiles: a scan finds them, so that they need not be parsed.

use std::ops::Range;

use super::nesting::{Scan, Token};

const MARK: &str = "#[cfg(test)]";

/// The text with blanks for the modules of tests at its top level, every offset kept. None if there are none.
pub(super) fn blanked(text: &str) -> Option<String> {
    let modules = if text.contains(MARK) { modules(text) } else { Vec::new() };
    if modules.is_empty() {
        return None;
    }
    let mut bytes = text.as_bytes().to_vec();
    for range in modules {
        bytes[range].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
    }
    String::from_utf8(bytes).ok()
}

fn modules(text: &str) -> Vec<Range<usize>> {
    let mut scan = Scan::new(text);
    let mut modules = Vec::new();
    let mut start = None;
    let mut depth = 0_usize;
    while let Some((offset, token)) = scan.next_token() {
        match token {
            Token::Punct(b'#') if depth == 0 && start.is_none() && begins_test_module(&text[offset..]) => {
                start = Some(offset);
            }
            Token::Open => depth += 1,
            Token::Close(bracket) => {
                depth = depth.saturating_sub(1);
                if depth == 0 && bracket == b'}' {
                    modules.extend(start.take().map(|start| start..offset + 1));
                }
            }
            _ => {}
        }
    }
    modules
}

fn begins_test_module(text: &str) -> bool {
    let Some(item) = text.strip_prefix(MARK).map(str::trim_start) else { return false };
    let module = item.strip_prefix("pub ").unwrap_or(item).strip_prefix("mod ");
    let name = module.and_then(|module| module.split_once('{')).map(|(name, _)| name.trim());
    name.is_some_and(|name| name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::blanked;

    #[test]
    fn modules_of_tests_are_blanked_and_nothing_else() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    const B: &str = \"}\";\n    fn c() { let d = '}'; }\n}\nfn e() {}\n";
        let blank = blanked(text).expect("there is one");
        assert_eq!(blank.len(), text.len());
        assert_eq!(blank.split_whitespace().collect::<Vec<_>>().join(" "), "fn a() {} fn e() {}");
        assert_eq!(blank.find("fn e"), text.find("fn e"));
    }

    #[test]
    fn other_items_stay() {
        for text in [
            "fn a() {}",
            "#[cfg(test)]\nmod tests;\nfn a() {}",
            "#[cfg(test)]\nfn a() {}",
            "mod b { #[cfg(test)] mod c {} }",
        ] {
            assert_eq!(blanked(text), None, "{text}");
        }
    }

    #[test]
    fn an_open_end_is_left_to_the_parser() {
        assert_eq!(blanked("#[cfg(test)]\nmod tests {\n    fn a() {}\n"), None);
    }
}
