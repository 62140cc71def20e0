//! Breaking prose into lines.

/// Breaks at spaces so that lines have at most `width` characters where the words allow it. Lines after the first start
/// with `indent` spaces, which count. No line starts with a word in `::`, which a build server could take for a command.
pub(crate) fn wrap(text: &str, width: usize, indent: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if column > indent && column + 1 + length > width && !word.starts_with("::") {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn breaks_at_spaces() {
        assert_eq!(wrap("one two three", 7, 0), "one two\nthree");
        assert_eq!(wrap("one two three", 9, 2), "one two\n  three");
        assert_eq!(wrap("incomprehensible is long", 5, 0), "incomprehensible\nis\nlong");
        assert_eq!(wrap("", 5, 2), "");
    }

    #[test]
    fn never_starts_a_line_with_a_command() {
        assert_eq!(wrap("abcde ::error::x", 6, 0), "abcde ::error::x");
    }
}
