//! Makes text of strangers harmless to print: terminals obey control characters, build logs obey command prefixes.

/// Where a build server looks for a command anywhere in a line, after a first `#`.
const LOG_COMMANDS: [&str; 2] = ["#[", "#vso["];

/// The text as one line that a terminal shows and does not obey. Control characters become their pictures, invisible
/// and direction-changing ones U+FFFD.
pub fn neutral(text: &str) -> String {
    neutral_chars(text).map(|(_, c)| if c == '\t' { ' ' } else { c }).collect()
}

/// A path for the start of a line, where `::` would start a command of GitHub's log.
pub(crate) fn neutral_path(path: &str) -> String {
    let path = neutral(path);
    if path.starts_with("::") { format!("./{path}") } else { path }
}

/// The characters of a text, each replaced by a harmless one, with the offsets of the originals. Tabs are kept.
pub(crate) fn neutral_chars(text: &str) -> impl Iterator<Item = (usize, char)> {
    text.char_indices().map(|(offset, c)| {
        let starts_command = c == '#'
            && text[..offset].ends_with('#')
            && LOG_COMMANDS.iter().any(|command| text[offset..].starts_with(command));
        (offset, if starts_command { char::REPLACEMENT_CHARACTER } else { visible(c) })
    })
}

/// Whether printing the character could do something else than show it.
pub(crate) fn is_active(c: char) -> bool {
    visible(c) != c
}

fn visible(c: char) -> char {
    match c {
        '\t' => c,
        '\0'..='\x1f' => char::from_u32(0x2400 + c as u32).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\x7f' => '\u{2421}',
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' => char::REPLACEMENT_CHARACTER,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => char::REPLACEMENT_CHARACTER,
        '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::{neutral, neutral_path};

    #[test]
    fn control_characters_become_pictures() {
        assert_eq!(neutral("a\x1b[31mb\x07\0\r\n\x7f"), "a␛[31mb␇␀␍␊␡");
        assert_eq!(neutral("\u{9b}31m"), "\u{fffd}31m");
    }

    #[test]
    fn invisible_characters_become_visible() {
        assert_eq!(neutral("a\u{202e}b\u{200b}\u{feff}\u{e0041}"), "a\u{fffd}b\u{fffd}\u{fffd}\u{fffd}");
    }

    #[test]
    fn ordinary_text_stays() {
        let text = "用户表 é 😀 ## [x] # [y] a::b";
        assert_eq!(neutral(text), text);
    }

    #[test]
    fn log_commands_are_broken() {
        assert_eq!(neutral("x ##vso[task.x]"), "x #\u{fffd}vso[task.x]");
        assert_eq!(neutral("##[group]x"), "#\u{fffd}[group]x");
        assert_eq!(neutral_path("::error::x.py"), "./::error::x.py");
    }
}
