//! From a statement's text to sqlparser's tree, in whichever dialect reads it.

use sqlparser::ast::Statement as Tree;
use sqlparser::dialect::{Dialect, GenericDialect, MsSqlDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer};

use crate::bridge::bridge_gaps;
use crate::mask::Masked;
use crate::statements::Statement;

/// Beyond these, dropping and visiting the tree could take more stack than a thread has.
const MAX_OPERATORS: usize = 1_000;
const MAX_LEXEMES: usize = 60_000;
const MAX_DEPTH: usize = 64;

pub(crate) fn is_tractable(statement: &Statement<'_>) -> bool {
    statement.operators <= MAX_OPERATORS && statement.lexemes <= MAX_LEXEMES && statement.depth <= MAX_DEPTH
}

/// The tree of a [tractable](is_tractable) statement. Spans in it are in line 1, their columns one more than byte offsets.
pub(crate) fn parse(masked: &Masked) -> Option<Tree> {
    dialects(&masked.text).into_iter().find_map(|dialect| parse_in(dialect, masked))
}

/// The byte offsets of a span.
pub(crate) fn offsets(span: Span) -> Option<(usize, usize)> {
    let start = usize::try_from(span.start.column).ok()?.checked_sub(1)?;
    let end = usize::try_from(span.end.column).ok()?.checked_sub(1)?;
    (start <= end).then_some((start, end))
}

fn dialects(text: &str) -> Vec<&'static dyn Dialect> {
    const POSTGRES: &dyn Dialect = &PostgreSqlDialect {};
    const MYSQL: &dyn Dialect = &MySqlDialect {};
    const SQLITE: &dyn Dialect = &SQLiteDialect {};
    const MSSQL: &dyn Dialect = &MsSqlDialect {};
    const GENERIC: &dyn Dialect = &GenericDialect {};
    let upper = text.get(..2_000.min(text.len())).unwrap_or(text).to_ascii_uppercase();
    if text.contains('`') {
        // The last one where they stand in a comment.
        vec![MYSQL, SQLITE, GENERIC, POSTGRES]
    } else if upper.contains(" TOP ") || upper.contains(" TOP(") || upper.contains("FROM [") || upper.contains("NOLOCK")
    {
        vec![MSSQL, GENERIC, POSTGRES]
    } else if upper.contains("AUTO_INCREMENT") || upper.contains("ENGINE=") || upper.contains("ON DUPLICATE KEY") {
        vec![MYSQL, GENERIC]
    } else if upper.contains("AUTOINCREMENT") || upper.contains("INSERT OR ") || upper.contains("WITHOUT ROWID") {
        vec![SQLITE, GENERIC]
    } else {
        vec![POSTGRES, MYSQL, SQLITE, GENERIC]
    }
}

fn parse_in(dialect: &dyn Dialect, masked: &Masked) -> Option<Tree> {
    let mut tokens = Tokenizer::new(dialect, &masked.text).tokenize_with_location().ok()?;
    locate_by_offset(&masked.text, &mut tokens);
    let tokens = bridge_gaps(tokens, masked);
    let mut parser = Parser::new(dialect).with_recursion_limit(MAX_DEPTH).with_tokens_with_locations(tokens);
    let tree = parser.parse_statement().ok()?;
    (parser.peek_token().token == Token::EOF).then_some(tree)
}

/// Lines and columns into byte offsets, all in one line: so that a span of the tree gives them directly.
fn locate_by_offset(text: &str, tokens: &mut [TokenWithSpan]) {
    let mut chars = text.char_indices().peekable();
    let (mut line, mut column) = (1, 1);
    let mut offset_of = |place: Location| {
        while let Some((at, c)) = chars.peek().copied() {
            if (line, column) >= (place.line, place.column) {
                return at as u64;
            }
            chars.next();
            (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        text.len() as u64
    };
    for token in tokens {
        let start = offset_of(token.span.start);
        let end = offset_of(token.span.end).max(start);
        token.span = Span::new(Location::new(1, start + 1), Location::new(1, end + 1));
    }
}
