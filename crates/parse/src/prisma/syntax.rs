//! The blocks of a Prisma schema, as written: `keyword name { … }` with fields and attributes a line each.

use ir::Span;

/// `model User { … }`, `datasource db { … }`.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub(super) keyword: &'a str,
    pub(super) name: Word<'a>,
    pub(super) lines: Vec<Line<'a>>,
}

/// `email String? @unique`, `provider = "mysql"`, `@@index([a, b])`.
#[derive(Debug, Default)]
pub(super) struct Line<'a> {
    /// The name, then what stands behind it: a type and its marks, or `=` and a value.
    pub(super) words: Vec<Word<'a>>,
    pub(super) attributes: Vec<Attribute<'a>>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) span: Span,
}

/// `@map("user_id")`, `@@index(…)`, `@db.Text`: the name without `@`.
#[derive(Debug)]
pub(super) struct Attribute<'a> {
    pub(super) name: String,
    pub(super) arguments: Vec<Argument<'a>>,
}

#[derive(Debug)]
pub(super) struct Argument<'a> {
    pub(super) key: Option<&'a str>,
    pub(super) value: Value<'a>,
}

#[derive(Debug)]
pub(super) enum Value<'a> {
    /// A name, a number, or a text with its quotes.
    Word(&'a str),
    List(Vec<Value<'a>>),
    /// `name(sort: Desc)`, `raw("…")`.
    Call(&'a str, Vec<Argument<'a>>),
}

impl<'a> Attribute<'a> {
    /// The argument of this name, or else the one of this number that has no name.
    pub(super) fn argument(&self, key: &str, number: Option<usize>) -> Option<&Value<'a>> {
        let named = self.arguments.iter().find(|argument| argument.key == Some(key));
        let unnamed = || self.arguments.iter().filter(|argument| argument.key.is_none()).nth(number?);
        named.or_else(unnamed).map(|argument| &argument.value)
    }
}

impl<'a> Value<'a> {
    pub(super) fn text(&self) -> Option<&'a str> {
        match self {
            Value::Word(word) => word.strip_prefix('"')?.strip_suffix('"'),
            _ => None,
        }
    }

    pub(super) fn items(&self) -> &[Value<'a>] {
        match self {
            Value::List(items) => items,
            other => std::slice::from_ref(other),
        }
    }

    /// The name, also of something that is called.
    pub(super) fn name(&self) -> Option<&'a str> {
        match self {
            Value::Word(word) | Value::Call(word, _) => Some(word),
            Value::List(_) => None,
        }
    }
}

pub(super) fn blocks(source: &str) -> Vec<Block<'_>> {
    let mut reader = Reader { tokens: tokens(source), at: 0 };
    let mut blocks = Vec::new();
    while let Some(keyword) = reader.next() {
        let name = reader.peek();
        let is_block = reader.tokens.get(reader.at + 1).is_some_and(|brace| brace.text == "{");
        let Some(name) = name.filter(|_| is_block && keyword.text != "\n") else { continue };
        reader.at += 2;
        blocks.push(Block { keyword: keyword.text, name, lines: reader.lines() });
    }
    blocks
}

/// Names and numbers, texts, single signs and ends of lines, without blanks and comments.
fn tokens(source: &str) -> Vec<Word<'_>> {
    let mut tokens = Vec::new();
    let bytes = source.as_bytes();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || byte >= 0x80;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let start = at;
        match byte {
            b'"' => {
                at += 1;
                while bytes.get(at).is_some_and(|byte| !matches!(byte, b'"' | b'\n')) {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at = (at + 1).min(bytes.len());
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at = source[at..].find('\n').map_or(bytes.len(), |end| at + end);
                continue;
            }
            b'\n' => at += 1,
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            byte if is_name(*byte) => {
                while bytes.get(at).copied().is_some_and(is_name) {
                    at += 1;
                }
            }
            _ => at += 1,
        }
        while !source.is_char_boundary(at) {
            at += 1;
        }
        let (Ok(from), Ok(to)) = (u32::try_from(start), u32::try_from(at)) else { break };
        tokens.push(Word { text: &source[start..at], span: Span::new(from, to) });
    }
    tokens
}

/// Lists in lists: nobody writes more.
const MAX_DEPTH: u32 = 16;

struct Reader<'a> {
    tokens: Vec<Word<'a>>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<Word<'a>> {
        self.tokens.get(self.at).copied()
    }

    fn next(&mut self) -> Option<Word<'a>> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    fn take(&mut self, text: &str) -> bool {
        let is_there = self.peek().is_some_and(|token| token.text == text);
        self.at += usize::from(is_there);
        is_there
    }

    /// Up to the brace that closes the block.
    fn lines(&mut self) -> Vec<Line<'a>> {
        let mut lines = Vec::new();
        let mut line = Line::default();
        while let Some(token) = self.next() {
            match token.text {
                "}" => break,
                "\n" => lines.push(std::mem::take(&mut line)),
                "@" => line.attributes.push(self.attribute()),
                "[" if line.words.last().is_some_and(|word| word.text == "=") => {
                    self.at -= 1;
                    self.value(0);
                }
                _ => line.words.push(token),
            }
        }
        lines.push(line);
        lines.retain(|line| !line.words.is_empty() || !line.attributes.is_empty());
        lines
    }

    fn attribute(&mut self) -> Attribute<'a> {
        self.take("@");
        let mut name = self.next().map_or(String::new(), |token| token.text.to_owned());
        while self.take(".") {
            name.push('.');
            name.push_str(self.next().map_or("", |token| token.text));
        }
        let arguments = if self.take("(") { self.arguments(")", 0) } else { Vec::new() };
        Attribute { name, arguments }
    }

    fn arguments(&mut self, end: &str, depth: u32) -> Vec<Argument<'a>> {
        let mut arguments = Vec::new();
        while self.peek().is_some() && !self.take(end) {
            if self.take(",") || self.take("\n") {
                continue;
            }
            let is_named = self.tokens.get(self.at + 1).is_some_and(|colon| colon.text == ":");
            let key = self.peek().filter(|_| is_named).map(|key| key.text);
            self.at += if is_named { 2 } else { 0 };
            match self.value(depth + 1) {
                Some(value) => arguments.push(Argument { key, value }),
                None => break,
            }
        }
        arguments
    }

    fn value(&mut self, depth: u32) -> Option<Value<'a>> {
        if depth > MAX_DEPTH {
            return None;
        }
        while self.take("\n") {}
        if self.take("[") {
            let items = self.arguments("]", depth);
            return Some(Value::List(items.into_iter().map(|item| item.value).collect()));
        }
        let word = self.next()?.text;
        // `address.city`, `ops: raw("…")`: a path counts by its first name.
        while self.take(".") {
            self.next();
        }
        Some(if self.take("(") { Value::Call(word, self.arguments(")", depth)) } else { Value::Word(word) })
    }
}
