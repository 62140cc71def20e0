//! From a statement's text to sqlparser's tree, in whichever dialect reads it.

use sqlparser::ast::Statement as Tree;
use sqlparser::dialect::{Dialect, GenericDialect, MsSqlDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer};

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
        vec![MYSQL, SQLITE, GENERIC]
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

/// Writes what sqlparser misses: parentheses around a whole list that is filled in (`IN ?`, `VALUES %s`), a value for an
/// assignment that is (`SET {fields}`), the words of `a ISNULL`. Leaves out the strength of PostgreSQL's row locks.
fn bridge_gaps(tokens: Vec<TokenWithSpan>, masked: &Masked) -> Vec<TokenWithSpan> {
    let mut bridged = Vec::with_capacity(tokens.len() + 4);
    let mut last_keyword = Keyword::NoKeyword;
    let mut lists_locked = false;
    let mut tokens = tokens.into_iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).peekable();
    while let Some(token) = tokens.next() {
        let span = token.span;
        let with = |token| TokenWithSpan::new(token, span);
        let keyword = match &token.token {
            Token::Word(word) if word.quote_style.is_none() => word.keyword,
            _ => Keyword::NoKeyword,
        };
        let is_hole = matches!(token.token, Token::Word(_))
            && offsets(span).is_some_and(|(start, end)| masked.is_hole(start, end));
        let is_call = tokens.peek().is_some_and(|next| matches!(next.token, Token::LParen | Token::Period));
        lists_locked |= keyword == Keyword::OF && matches!(last_keyword, Keyword::UPDATE | Keyword::SHARE);
        lists_locked &= token.token != Token::RParen;
        if lists_locked && token.token == Token::Comma {
            // `FOR UPDATE OF a, b`: the first table is enough.
            tokens.next();
            continue;
        }
        match last_keyword {
            Keyword::IN | Keyword::VALUES if is_hole && !is_call => {
                bridged.extend([with(Token::LParen), token, with(Token::RParen)]);
            }
            Keyword::SET
                if is_hole && !tokens.peek().is_some_and(|next| matches!(next.token, Token::Eq | Token::Period)) =>
            {
                bridged.extend([token.clone(), with(Token::Eq), token]);
            }
            Keyword::FOR if keyword == Keyword::NO || keyword == Keyword::KEY => continue,
            _ if !is_call && bridged.last().is_some_and(is_operand) => {
                let words = null_test(&token.token);
                let is_other = words.is_empty();
                bridged.extend(words.iter().map(|word| with(Token::make_keyword(word))));
                bridged.extend(is_other.then_some(token));
            }
            _ => bridged.push(token),
        }
        last_keyword = keyword;
    }
    bridged
}

/// Whether a test may follow a token.
fn is_operand(token: &TokenWithSpan) -> bool {
    match &token.token {
        Token::Word(word) => word.keyword == Keyword::NoKeyword || word.quote_style.is_some(),
        Token::RParen | Token::Number(..) | Token::Placeholder(_) => true,
        _ => false,
    }
}

/// `a ISNULL`, `a NOTNULL`, in the standard's words.
fn null_test(token: &Token) -> &'static [&'static str] {
    match token {
        Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case("isnull") => &["IS", "NULL"],
        Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case("notnull") => {
            &["IS", "NOT", "NULL"]
        }
        _ => &[],
    }
}
