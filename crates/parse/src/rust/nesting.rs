//! Refuses texts whose tree would be too deep for a recursive parser and for dropping the tree.
//!
//! Brackets are one way to nest; the others (`- - - x`, `a + a + …`, `A<A<A<…`, `else if`, `|| || …`, `return return …`)
//! all need a run of tokens that no separator ends. So the depth of a tree is at most the number of tokens between the
//! innermost point and the last separator of each bracket around it, and that is what is counted.

/// Bracket levels that are parsed.
const MAX_BRACKETS: usize = 1_000;
/// Tokens since the last separator, summed over the brackets around.
const MAX_RUN: usize = 5_000;

/// The offset at which the text gets too deep.
pub(super) fn too_deep(text: &str) -> Option<usize> {
    let mut scan = Scan::new(text);
    let mut levels = vec![Level::default()];
    let mut total = 0;
    let mut after_block = false;
    while let Some((offset, token)) = scan.next_token() {
        let level = levels.last_mut()?;
        if after_block && starts_statement(token) {
            total -= level.reset();
        }
        after_block = false;
        match token {
            Token::Open => {
                level.count += 1;
                total += 1;
                level.is_operand = false;
                levels.push(Level::default());
            }
            Token::Close(bracket) => {
                if levels.len() > 1 {
                    total -= levels.pop().map_or(0, |closed| closed.count);
                }
                let outer = levels.last_mut()?;
                outer.count += 1;
                total += 1;
                outer.is_operand = bracket != b'}';
                after_block = bracket == b'}';
            }
            Token::Punct(b';') => total -= level.reset(),
            Token::Punct(b',') if level.in_closure_head => level.is_operand = false,
            Token::Punct(b',') => total -= level.reset_to_angles(),
            token => {
                level.take(token);
                total += 1;
            }
        }
        if total > MAX_RUN || levels.len() > MAX_BRACKETS {
            return Some(offset);
        }
    }
    None
}

#[derive(Default)]
struct Level {
    /// Tokens since the last separator.
    count: usize,
    /// Unclosed `<`, which a comma does not end.
    angles: usize,
    in_closure_head: bool,
    /// The last token ends an operand, so that a `|` is the operator.
    is_operand: bool,
    last: u8,
}

impl Level {
    /// Forgets what was counted; returns how much that was.
    fn reset(&mut self) -> usize {
        std::mem::take(self).count
    }

    /// Forgets all but the generic types that are open, each of them a name and a bracket.
    fn reset_to_angles(&mut self) -> usize {
        let angles = self.angles;
        let count = self.reset();
        *self = Self { count: count.min(2 * angles), angles, ..Self::default() };
        count - self.count
    }

    fn take(&mut self, token: Token) {
        self.count += 1;
        let Token::Punct(byte) = token else {
            self.is_operand = token == Token::Operand;
            self.last = 0;
            return;
        };
        match byte {
            b'<' => self.angles += 1,
            b'>' if !matches!(self.last, b'-' | b'=') => self.angles = self.angles.saturating_sub(1),
            b'|' if self.in_closure_head => self.in_closure_head = false,
            b'|' => self.in_closure_head = !self.is_operand,
            _ => {}
        }
        self.is_operand = byte == b'?';
        self.last = byte;
    }
}

/// After a `}`, these begin something new; others may go on with what the block belongs to.
fn starts_statement(token: Token) -> bool {
    matches!(token, Token::Operand | Token::Keyword | Token::Punct(b'#' | b'\''))
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Open,
    Close(u8),
    /// A name or literal.
    Operand,
    /// A word before which a new statement may stand and after which an operand is expected.
    Keyword,
    /// `else`, `as`: goes on.
    Joint,
    Punct(u8),
}

/// Goes over the text token by token, without a look at what is in comments and literals.
pub(super) struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), at: 0 }
    }

    /// The next token, and where it begins.
    pub(super) fn next_token(&mut self) -> Option<(usize, Token)> {
        loop {
            let start = self.at;
            let byte = *self.bytes.get(start)?;
            self.at += 1;
            let token = match byte {
                b' ' | b'\t' | b'\r' | b'\n' => continue,
                b'/' if self.peek() == Some(b'/') => {
                    self.skip_to(b'\n');
                    continue;
                }
                b'/' if self.peek() == Some(b'*') => {
                    self.skip_block_comment();
                    continue;
                }
                b'(' | b'[' | b'{' => Token::Open,
                b')' | b']' | b'}' => Token::Close(byte),
                b'"' => self.skip_string(),
                b'\'' => self.quote(),
                b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | 0x80.. => self.word(start),
                _ => Token::Punct(byte),
            };
            return Some((start, token));
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_to(&mut self, end: u8) {
        while self.peek().is_some_and(|byte| byte != end) {
            self.at += 1;
        }
    }

    fn skip_block_comment(&mut self) {
        let mut open = 1;
        self.at += 1;
        while open > 0 && self.at < self.bytes.len() {
            match self.bytes[self.at..] {
                [b'/', b'*', ..] => (open, self.at) = (open + 1, self.at + 2),
                [b'*', b'/', ..] => (open, self.at) = (open - 1, self.at + 2),
                _ => self.at += 1,
            }
        }
    }

    fn skip_string(&mut self) -> Token {
        while let Some(byte) = self.peek() {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                break;
            }
        }
        Token::Operand
    }

    /// A character or a lifetime.
    fn quote(&mut self) -> Token {
        if self.peek() == Some(b'\\') {
            self.at += 2;
            self.skip_to(b'\'');
            self.at += 1;
            return Token::Operand;
        }
        let width = match self.peek() {
            Some(0xf0..) => 4,
            Some(0xe0..) => 3,
            Some(0xc0..) => 2,
            _ => 1,
        };
        if self.bytes.get(self.at + width) == Some(&b'\'') {
            self.at += width + 1;
            return Token::Operand;
        }
        Token::Punct(b'\'')
    }

    fn word(&mut self, start: usize) -> Token {
        while self.peek().is_some_and(|byte| byte == b'_' || byte.is_ascii_alphanumeric() || byte >= 0x80) {
            self.at += 1;
        }
        let word = &self.bytes[start..self.at];
        match (word, self.peek()) {
            (b"r" | b"br" | b"cr", Some(b'"' | b'#')) => self.raw_string(),
            (b"b" | b"c", Some(b'"')) => {
                self.at += 1;
                self.skip_string()
            }
            (b"else" | b"as", _) => Token::Joint,
            (b"return" | b"break" | b"move" | b"async" | b"in" | b"if" | b"match" | b"while" | b"yield", _) => {
                Token::Keyword
            }
            _ => Token::Operand,
        }
    }

    /// Behind `r`: a raw string, or a raw identifier.
    fn raw_string(&mut self) -> Token {
        let hashes = self.bytes[self.at..].iter().take_while(|byte| **byte == b'#').count();
        if self.bytes.get(self.at + hashes) != Some(&b'"') {
            self.at += hashes;
            return Token::Operand;
        }
        self.at += hashes + 1;
        while self.at < self.bytes.len() {
            self.skip_to(b'"');
            self.at += 1;
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            if rest.iter().take(hashes).filter(|byte| **byte == b'#').count() == hashes {
                self.at += hashes;
                break;
            }
        }
        Token::Operand
    }
}
