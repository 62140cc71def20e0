//! One text into statements, so that what cannot be read loses only itself.

use crate::lexer::{Kind, Lexeme, Lexer};

/// One statement without the `;`.
#[derive(Clone, Debug)]
pub(crate) struct Statement<'a> {
    pub(crate) text: &'a str,
    /// Where it starts in the whole text.
    pub(crate) start: usize,
    /// Its first words, as written.
    pub(crate) head: Vec<&'a str>,
    /// How much there is that makes syntax trees deep, and lexemes as a whole.
    pub(crate) operators: usize,
    pub(crate) lexemes: usize,
    pub(crate) depth: usize,
}

impl Statement<'_> {
    pub(crate) fn is_first(&self, words: &[&str]) -> bool {
        self.head.first().is_some_and(|first| words.iter().any(|word| word.eq_ignore_ascii_case(first)))
    }
}

const HEAD: usize = 6;

/// Words that make a left-deep or nested tree.
const CHAINING: &[&str] = &[
    "and",
    "or",
    "not",
    "union",
    "except",
    "intersect",
    "is",
    "in",
    "like",
    "ilike",
    "between",
    "collate",
    "case",
    "join",
    "at",
];

pub(crate) fn statements(text: &str) -> Statements<'_> {
    Statements { text, lexer: Lexer::new(text), has_data: true }
}

pub(crate) struct Statements<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    /// An end of copied data may still follow.
    has_data: bool,
}

/// A statement that is being read.
#[derive(Default)]
struct Open<'a> {
    start: Option<usize>,
    end: usize,
    head: Vec<&'a str>,
    operators: usize,
    lexemes: usize,
    parens: usize,
    depth: usize,
    /// `BEGIN` and `CASE` without their `END`, in the body of a trigger or a routine.
    blocks: usize,
    ends_block: bool,
    reads_data: bool,
}

impl<'a> Iterator for Statements<'a> {
    type Item = Statement<'a>;

    fn next(&mut self) -> Option<Statement<'a>> {
        let mut open = Open::default();
        loop {
            let Some(lexeme) = self.lexer.next() else { return open.close(self.text) };
            if open.start.is_none() && self.skip_client_command(lexeme) {
                continue;
            }
            if lexeme.is_symbol(";") && open.blocks == 0 {
                if open.reads_data {
                    self.skip_copied_data(lexeme.end());
                }
                match open.close(self.text) {
                    Some(statement) => return Some(statement),
                    None => open = Open::default(),
                }
            } else if lexeme.is_word("go") && self.is_alone_on_line(lexeme) {
                match open.close(self.text) {
                    Some(statement) => return Some(statement),
                    None => open = Open::default(),
                }
            } else {
                open.add(lexeme);
            }
        }
    }
}

impl<'a> Statements<'a> {
    /// psql's `\connect`, mysql's `DELIMITER //` with the routines up to the next `DELIMITER`.
    fn skip_client_command(&mut self, lexeme: Lexeme<'a>) -> bool {
        let line_end = |from: usize| self.text[from..].find('\n').map_or(self.text.len(), |at| from + at);
        if lexeme.is_symbol("\\") {
            self.lexer.skip_to(line_end(lexeme.start));
            return true;
        }
        if !lexeme.is_word("delimiter") {
            return false;
        }
        let end = line_end(lexeme.end());
        let is_reset = self.text[lexeme.end()..end].trim() == ";";
        let next = self.text[end..]
            .match_indices("\n")
            .find(|(at, _)| {
                let line = &self.text[end + at + 1..];
                line.get(..9).is_some_and(|word| word.eq_ignore_ascii_case("delimiter"))
            })
            .map_or(self.text.len(), |(at, _)| end + at);
        self.lexer.skip_to(if is_reset { end } else { next });
        true
    }

    fn skip_copied_data(&mut self, from: usize) {
        if !self.has_data {
            return;
        }
        let data = &self.text[from..];
        let is_end = |at: &usize| data[at + 3..].is_empty() || data[at + 3..].starts_with(['\n', '\r']);
        let end = data.match_indices("\n\\.").map(|(at, _)| at).find(is_end);
        self.has_data = end.is_some();
        self.lexer.skip_to(from + end.map_or(0, |at| at + 3));
    }

    fn is_alone_on_line(&self, lexeme: Lexeme<'a>) -> bool {
        let before = self.text[..lexeme.start].rsplit('\n').next().unwrap_or("");
        let after = self.text[self.lexer.position()..].split('\n').next().unwrap_or("");
        before.trim().is_empty() && after.trim().is_empty()
    }
}

impl<'a> Open<'a> {
    fn add(&mut self, lexeme: Lexeme<'a>) {
        self.start.get_or_insert(lexeme.start);
        self.end = lexeme.end();
        self.lexemes += 1;
        match lexeme.kind {
            Kind::Word => self.add_word(lexeme),
            Kind::Symbol => match lexeme.text {
                "(" | "[" => {
                    self.parens += 1;
                    self.depth = self.depth.max(self.parens);
                }
                ")" | "]" => self.parens = self.parens.saturating_sub(1),
                "," | "." => {}
                _ => self.operators += 1,
            },
            _ => {}
        }
    }

    fn add_word(&mut self, lexeme: Lexeme<'a>) {
        self.operators += usize::from(lexeme.is_any_word(CHAINING));
        let has_block = self.holds_blocks();
        if has_block && lexeme.is_any_word(&["begin", "case"]) {
            // `END CASE` ends one and starts none.
            self.blocks += usize::from(!self.ends_block);
        } else if has_block && lexeme.is_any_word(&["if", "loop", "while", "repeat", "for"]) && self.ends_block {
            self.blocks += 1;
        }
        self.ends_block = lexeme.is_word("end");
        if has_block && self.ends_block {
            self.blocks = self.blocks.saturating_sub(1);
        }
        self.reads_data |=
            lexeme.is_word("stdin") && self.head.first().is_some_and(|word| word.eq_ignore_ascii_case("copy"));
        if self.head.len() < HEAD && self.lexemes <= 2 * HEAD {
            self.head.push(lexeme.text);
        }
    }

    fn holds_blocks(&self) -> bool {
        let is = |word: &&str, text: &str| word.eq_ignore_ascii_case(text);
        self.head.first().is_some_and(|word| is(word, "create"))
            && self.head.iter().any(|word| ["trigger", "function", "procedure"].iter().any(|body| is(word, body)))
    }

    fn close(&mut self, text: &'a str) -> Option<Statement<'a>> {
        let start = self.start?;
        Some(Statement {
            text: &text[start..self.end],
            start,
            head: std::mem::take(&mut self.head),
            operators: self.operators,
            lexemes: self.lexemes,
            depth: self.depth,
        })
    }
}
