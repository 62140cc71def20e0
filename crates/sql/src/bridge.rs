//! What sqlparser misses of the dialects, token by token, so that it reads the rest of the statement.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::mask::Masked;
use crate::syntax::offsets;

/// Writes what sqlparser misses: parentheses around a whole list that is filled in (`IN ?`, `VALUES %s`), a value for an
/// assignment that is (`SET {fields}`), the words of `a ISNULL`. Leaves out the strength of PostgreSQL's row locks.
pub(crate) fn bridge_gaps(tokens: Vec<TokenWithSpan>, masked: &Masked) -> Vec<TokenWithSpan> {
    let mut bridged = Vec::with_capacity(tokens.len() + 4);
    let mut last_keyword = Keyword::NoKeyword;
    let mut lists_locked = false;
    let tokens = tokens.into_iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).collect();
    let mut tokens = close_selects(without_targets(without_column_lists(tokens))).into_iter().peekable();
    while let Some(token) = tokens.next() {
        let span = token.span;
        let with = |token| TokenWithSpan::new(token, span);
        let token = if is_alias(&token, tokens.peek()) { plain(token) } else { token };
        let keyword = keyword(&token.token);
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
        // `network <<= $1`: which comparison of networks it is does not matter.
        let is_shift = |last: &TokenWithSpan| matches!(last.token, Token::ShiftLeft | Token::ShiftRight);
        if token.token == Token::Eq && bridged.last().is_some_and(|last| is_shift(last) && last.span.end == span.start)
        {
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

/// Whether a word that other databases reserve is the name that follows a table: `FROM user_settings settings WHERE …`.
fn is_alias(token: &TokenWithSpan, next: Option<&TokenWithSpan>) -> bool {
    use Keyword as K;
    const RESERVED: &[Keyword] =
        &[K::SETTINGS, K::FORMAT, K::OUTPUT, K::OPEN, K::GLOBAL, K::QUALIFY, K::PREWHERE, K::CONNECT];
    const BEHIND: &[Keyword] = &[
        K::ON,
        K::WHERE,
        K::JOIN,
        K::LEFT,
        K::RIGHT,
        K::INNER,
        K::CROSS,
        K::FULL,
        K::ORDER,
        K::GROUP,
        K::LIMIT,
        K::SET,
        K::FOR,
    ];
    let is_behind = next.is_none_or(|next| {
        BEHIND.contains(&keyword(&next.token)) || matches!(next.token, Token::Comma | Token::RParen | Token::EOF)
    });
    RESERVED.contains(&keyword(&token.token)) && is_behind
}

/// A word as a name.
fn plain(mut token: TokenWithSpan) -> TokenWithSpan {
    if let Token::Word(word) = &mut token.token {
        word.keyword = Keyword::NoKeyword;
    }
    token
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

fn keyword(token: &Token) -> Keyword {
    match token {
        Token::Word(word) if word.quote_style.is_none() => word.keyword,
        _ => Keyword::NoKeyword,
    }
}

/// Where the parenthesis that opens at a place is closed.
fn closing(tokens: &[TokenWithSpan], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    tokens.iter().enumerate().skip(open).find_map(|(at, token)| {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        (depth == 0).then_some(at)
    })
}

/// Leaves out the columns of a function's rows: `FROM jsonb_to_recordset($1) AS (id bigint, name text)`.
fn without_column_lists(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    const OTHERS: &[Keyword] = &[
        Keyword::SELECT,
        Keyword::WITH,
        Keyword::VALUES,
        Keyword::TABLE,
        Keyword::INSERT,
        Keyword::UPDATE,
        Keyword::DELETE,
        Keyword::MERGE,
        Keyword::NOT,
        Keyword::CASE,
    ];
    let list_at = |at: usize| {
        let [call, word, open, name, ty] = tokens.get(at..at + 5)? else { return None };
        let is_list = call.token == Token::RParen
            && keyword(&word.token) == Keyword::AS
            && open.token == Token::LParen
            && matches!(name.token, Token::Word(_))
            && !OTHERS.contains(&keyword(&name.token))
            && matches!(ty.token, Token::Word(_));
        if is_list { closing(&tokens, at + 2) } else { None }
    };
    without_stretches(&tokens, list_at)
}

/// The tokens without what follows some of them, up to the token that they tell.
fn without_stretches(tokens: &[TokenWithSpan], end_at: impl Fn(usize) -> Option<usize>) -> Vec<TokenWithSpan> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        kept.push(token.clone());
        at = end_at(at).unwrap_or(at) + 1;
    }
    kept
}

/// Leaves out what a conflict is about where that is more than columns: `ON CONFLICT (lower(email)) DO …`.
fn without_targets(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let target_at = |at: usize| {
        let [word, open] = tokens.get(at..at + 2)? else { return None };
        if keyword(&word.token) != Keyword::CONFLICT || open.token != Token::LParen {
            return None;
        }
        let close = closing(&tokens, at + 1)?;
        let is_plain = tokens[at + 2..close].iter().all(|token| matches!(token.token, Token::Word(_) | Token::Comma));
        let action = tokens.iter().skip(close).position(|token| keyword(&token.token) == Keyword::DO)?;
        if is_plain { None } else { Some(close + action - 1) }
    };
    without_stretches(&tokens, target_at)
}

/// `INSERT … SELECT $1, unnest($2) ON CONFLICT …` selects from nothing: a condition ends its list.
fn close_selects(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    const CLAUSES: &[Keyword] = &[
        Keyword::FROM,
        Keyword::WHERE,
        Keyword::VALUES,
        Keyword::GROUP,
        Keyword::ORDER,
        Keyword::LIMIT,
        Keyword::UNION,
    ];
    let mut closed = Vec::with_capacity(tokens.len());
    // Whether a list of outputs is open, by depth of parentheses.
    let mut lists = vec![false];
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let word = keyword(&token.token);
        let is_conflict =
            word == Keyword::ON && tokens.peek().is_some_and(|next| keyword(&next.token) == Keyword::CONFLICT);
        match token.token {
            Token::LParen => lists.push(false),
            Token::RParen if lists.len() > 1 => drop(lists.pop()),
            _ => {}
        }
        if let Some(list) = lists.last_mut() {
            if is_conflict && *list {
                let with = |word| TokenWithSpan::new(Token::make_keyword(word), token.span);
                closed.extend([with("WHERE"), with("TRUE")]);
            }
            *list = word == Keyword::SELECT || *list && !CLAUSES.contains(&word);
        }
        closed.push(token);
    }
    closed
}
