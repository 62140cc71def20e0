//! The outline of SQL text, whatever its dialect: enough to find statements and placeholders, and to look at a text
//! without parsing it.

use crate::HOLE;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Word,
    Number,
    /// `'…'`, also dollar-quoted.
    String,
    /// `"…"`, `` `…` ``: a name, in some dialects a string.
    Quoted,
    /// What a driver or the program fills in.
    Placeholder,
    /// A single character.
    Symbol,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Lexeme<'a> {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) text: &'a str,
}

impl Lexeme<'_> {
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    pub(crate) fn is_any_word(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(word))
    }

    pub(crate) fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }

    /// The name that it spells, without quotes and in lower case.
    pub(crate) fn name(&self) -> Option<String> {
        match self.kind {
            Kind::Word => Some(self.text.to_ascii_lowercase()),
            Kind::Quoted => {
                let inner = self.text.get(1..self.text.len().saturating_sub(1))?;
                (!inner.contains(HOLE)).then(|| inner.to_ascii_lowercase())
            }
            _ => None,
        }
    }
}

/// Reads lexemes from left to right and skips blanks and comments.
pub(crate) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    previous: u8,
    /// Quotes and comments that were opened and never closed.
    unclosed: usize,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, previous: b' ', unclosed: 0 }
    }

    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Goes on at an offset further on.
    pub(crate) fn skip_to(&mut self, offset: usize) {
        self.at = offset.max(self.at).min(self.text.len());
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Where the end of a quote or comment is looked for: in a text that opens many and closes none, only nearby.
    fn window(&self) -> &'a str {
        let rest = self.rest();
        if self.unclosed < 8 { rest } else { &rest[..rest.floor_char_boundary(256)] }
    }

    fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').len();
            self.at += blank;
            let rest = self.rest();
            let line = || rest.find('\n').unwrap_or(rest.len());
            self.at += match rest.as_bytes() {
                [b'-', b'-', ..] => line(),
                // Elsewhere it is an operator of PostgreSQL.
                [b'#', ..] if self.text[..self.at].bytes().next_back().is_none_or(|before| before == b'\n') => line(),
                [b'/', b'*', ..] => comment_len(self.window()).unwrap_or_else(|| {
                    self.unclosed += 1;
                    // Other dialects do not nest; and an open comment shall not hide all that follows.
                    self.window()[2..].find("*/").map_or(2, |end| end + 4)
                }),
                _ => return,
            };
        }
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Lexeme<'a>;

    fn next(&mut self) -> Option<Lexeme<'a>> {
        self.skip_blanks();
        let rest = self.rest();
        let first = rest.chars().next()?;
        let window = self.window();
        let found = match first {
            '\'' => string_len(window).map(|len| (Kind::String, len)),
            '"' | '`' => quoted_len(window, first).map(|len| (Kind::Quoted, len)),
            '0'..='9' => Some((Kind::Number, span_len(rest, |c| c.is_ascii_alphanumeric() || c == '.'))),
            _ if is_name_start(first) => {
                // Prefixed strings: `E'…'`, `N'…'`, `x'…'`.
                let len = span_len(rest, is_name_part);
                let is_prefix = len == 1 && rest[1..].starts_with('\'');
                let string = if is_prefix { string_len(&window[1..]) } else { None };
                Some(string.map_or((Kind::Word, len), |string| (Kind::String, string + 1)))
            }
            _ => dollar_len(window)
                .map(|len| (Kind::String, len))
                .or_else(|| placeholder_len(rest, self.previous).map(|len| (Kind::Placeholder, len))),
        };
        let (kind, len) = found.unwrap_or((Kind::Symbol, first.len_utf8()));
        self.unclosed += usize::from(kind == Kind::Symbol && matches!(first, '\'' | '"' | '`' | '$'));
        let lexeme = Lexeme { kind, start: self.at, text: &rest[..len] };
        self.at += len;
        self.previous = *lexeme.text.as_bytes().last()?;
        Some(lexeme)
    }
}

pub(crate) fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

/// A hole may be part of a name: `events_␁`.
pub(crate) fn is_name_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$' || HOLE.starts_with(c)
}

fn span_len(text: &str, mut belongs: impl FnMut(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

/// Nested, as in PostgreSQL. None where it does not end.
fn comment_len(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (2, 1_usize);
    while at < bytes.len() {
        match &bytes[at..] {
            [b'*', b'/', ..] => {
                at += 2;
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            [b'/', b'*', ..] => {
                at += 2;
                depth += 1;
            }
            _ => at += 1,
        }
    }
    None
}

/// None where the string does not end. Whether a backslash escapes the quote after it depends on the dialect; what
/// follows tells: `'\'` and `'C:\')` end there, `'it\'s'` does not.
fn string_len(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    loop {
        match bytes.get(at)? {
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 2,
            b'\'' => return Some(at + 1),
            b'\\' if bytes.get(at + 1) == Some(&b'\\') && at > 1 => at += 2,
            b'\\' if bytes.get(at + 1) == Some(&b'\'') => {
                let ends = bytes.get(at + 2).is_none_or(|next| b" \t\r\n),;:|".contains(next));
                if ends && (at == 1 || quotes_on_line(&bytes[at + 2..]).is_multiple_of(2)) {
                    return Some(at + 2);
                }
                at += 2;
            }
            _ => at += 1,
        }
    }
}

fn quotes_on_line(bytes: &[u8]) -> usize {
    bytes.iter().take(1_000).take_while(|byte| **byte != b'\n').filter(|byte| **byte == b'\'').count()
}

fn quoted_len(text: &str, quote: char) -> Option<usize> {
    let mut at = 1;
    loop {
        at += text.get(at..)?.find(quote)? + 1;
        if !text[at..].starts_with(quote) {
            return Some(at);
        }
        at += 1;
    }
}

fn dollar_len(text: &str) -> Option<usize> {
    let tag_len = 1 + span_len(text.strip_prefix('$')?, |c| c.is_alphanumeric() || c == '_');
    if !text[tag_len..].starts_with('$') || text[1..].starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let tag = &text[..=tag_len];
    text[tag.len()..].find(tag).map(|end| end + 2 * tag.len())
}

/// Placeholders of all drivers and templates, and holes. `previous` is the last byte of the lexeme before.
fn placeholder_len(text: &str, previous: u8) -> Option<usize> {
    let word_len =
        |from: usize| Some(span_len(text.get(from..)?, |c| is_name_part(c) || c == '.')).filter(|len| *len > 0);
    let digits_len = |from: usize| span_len(&text[from..], |c| c.is_ascii_digit());
    let until = |from: usize, end: char| {
        let window = text.get(from..text.floor_char_boundary(200))?;
        let len = window.find([end, '\n', '\''])?;
        text[from + len..].starts_with(end).then(|| from + len + end.len_utf8())
    };
    match text.as_bytes() {
        // `?|`, `?&` and `data ? 'key'` are operators on JSON.
        [b'?', b'|' | b'&', ..] => None,
        [b'?', ..] if text[1..].trim_start().starts_with('\'') => None,
        [b'?', ..] => Some(1 + digits_len(1)),
        [b'$', b'0'..=b'9', ..] => Some(1 + digits_len(1)),
        [b'$', b'{', ..] => until(2, '}'),
        [b'$', b'(', ..] => until(2, ')'),
        [b'$', b'<', ..] => until(2, '>'),
        [b'$', b'[', ..] => until(2, ']'),
        [b'$', b'/', ..] => until(2, '/'),
        [b'$', ..] => word_len(1).map(|len| 1 + len),
        [b'#', b'{', ..] => until(2, '}'),
        [b'{', b'{', ..] => until(2, '}').map(|len| len + usize::from(text[len..].starts_with('}'))),
        [b'{', ..] => until(1, '}'),
        [b'%', b'(', ..] => until(2, ')').map(|len| len + span_len(&text[len..], |c| c.is_ascii_alphabetic()).min(1)),
        [b'%', b's' | b'b' | b't' | b'd' | b'i' | b'f', ..] if !text[2..].starts_with(is_name_part) => Some(2),
        // `x::text`, `a[1:n]`, `:=`.
        [b':', next, ..] if previous != b':' && previous != b'[' && (next.is_ascii_alphabetic() || *next == b'_') => {
            word_len(1).map(|len| 1 + span_len(&text[1..], is_name_part).min(len))
        }
        [b':', b'0'..=b'9', ..] if !previous.is_ascii_digit() && previous != b'[' => Some(1 + digits_len(1)),
        [b'@', next, ..] if previous != b'@' && (next.is_ascii_alphabetic() || *next == b'_') => {
            Some(1 + span_len(&text[1..], is_name_part))
        }
        [byte, ..] if HOLE.as_bytes()[0] == *byte => Some(span_len(text, |c| HOLE.starts_with(c) || is_name_part(c))),
        _ => None,
    }
}
