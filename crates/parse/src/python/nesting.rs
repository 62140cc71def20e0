//! A bound on how deep a text's syntax tree can be, found before there is a tree.
//!
//! The parser grows its stack as it needs, without limit, but the tree that it gives is dropped by plain recursion.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};

/// Levels that the parser may build. Dropping that many fits a stack of some megabytes.
const MAX_LEVELS: usize = 20_000;

/// Whether no tree of the text is deeper than what the parser may build.
pub(super) fn is_bounded(source: &str) -> bool {
    let is_short = || source.len() <= MAX_LEVELS || count_operators(source) <= MAX_LEVELS;
    u32::try_from(source.len()).is_ok() && (is_short() || levels_at_most(source, MAX_LEVELS))
}

/// At least the number of the text's operators and keywords: each is ASCII punctuation or begins a word.
fn count_operators(source: &str) -> usize {
    let mut after_word = false;
    let mut count = 0;
    for byte in source.bytes() {
        let in_word = byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
        count += usize::from(byte.is_ascii_punctuation() || (in_word && !after_word));
        after_word = in_word;
    }
    count
}

/// Every level of a tree has an operator, bracket or keyword of its own. Those of one element of a list lie on one path
/// at worst, those of two elements do not.
fn levels_at_most(source: &str, limit: usize) -> bool {
    let mut lexer = lexer::lex(source, Mode::Module);
    let mut open: Vec<Level> = Vec::new();
    let mut indentation = 0;
    let mut level = Level::default();
    loop {
        match lexer.next_token() {
            TokenKind::EndOfFile => return true,
            TokenKind::Indent => indentation += 1,
            TokenKind::Dedent => indentation -= 1,
            TokenKind::Newline => {
                open.clear();
                level = Level::default();
            }
            TokenKind::Comma if level.lambdas == 0 => {
                level.deepest = level.deepest.max(level.current);
                level.current = level.start;
            }
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                let start = level.current + 1;
                open.push(std::mem::replace(&mut level, Level { start, current: start, deepest: start, lambdas: 0 }));
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                if let Some(outer) = open.pop() {
                    level = Level { current: level.current.max(level.deepest), ..outer };
                }
            }
            TokenKind::Lambda => {
                level.current += 1;
                level.lambdas += 1;
            }
            TokenKind::Colon if level.lambdas > 0 => level.lambdas -= 1,
            // A statement may follow on the same line.
            TokenKind::Colon if open.is_empty() => {
                level.current += 1;
                level.start = level.current;
            }
            TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::Comma
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline => {}
            _ => level.current += 1,
        }
        if indentation + level.current > limit {
            return false;
        }
    }
}

/// Levels of the tree around the text between two brackets.
#[derive(Default)]
struct Level {
    start: usize,
    current: usize,
    deepest: usize,
    /// Lambdas whose parameters are not over: commas there do not end an element.
    lambdas: usize,
}

#[cfg(test)]
mod tests {
    use super::{count_operators, levels_at_most};

    #[test]
    fn levels_are_counted_along_a_path() {
        assert!(levels_at_most("f(a + b, c + d, e + f)\ng(h + i)\n", 2));
        assert!(!levels_at_most("f(a + b, c + (d + e))", 2));
        assert!(!levels_at_most("x = not not not y", 3));
        assert!(!levels_at_most("f(-a, b).c", 2));
        assert!(levels_at_most("x = '((((('", 1));
        assert!(!levels_at_most("f = lambda a, b: lambda a, b: lambda a, b: c", 3));
        assert!(!levels_at_most("f'{f'{f'{x}'}'}'", 3));
    }

    #[test]
    fn no_operator_is_missed() {
        assert!(count_operators("not not(-x)") >= 5);
    }
}
