//! What a statement shows without being parsed: the fallback for those that no dialect reads, and for very large ones.

use ir::{Query, QueryKind, Span, Symbol, TableUse};

use crate::lexer::{Kind, Lexeme, Lexer};
use crate::query;

/// Large statements are mostly values; what matters stands before them.
const MAX_LEXEMES: usize = 20_000;

/// Always partial. Spans are relative to the statement.
pub(crate) fn read(text: &str, kind: QueryKind, span: Span) -> Query {
    let mut query = Query { kind, is_partial: true, is_unread: true, ..query::empty(span) };
    let lexemes: Vec<Lexeme<'_>> = Lexer::new(text).take(MAX_LEXEMES).collect();
    let (mut depth, mut has_where) = (0_usize, false);
    for (at, lexeme) in lexemes.iter().enumerate() {
        if lexeme.is_symbol("(") {
            depth += 1;
        } else if lexeme.is_symbol(")") {
            depth = depth.saturating_sub(1);
        } else if lexeme.kind == Kind::Word {
            if names_table(lexemes.get(at.wrapping_sub(1)), *lexeme) {
                query.tables.extend(table_at(&lexemes[at + 1..], depth > 0));
            }
            if depth == 0 {
                has_where |= lexeme.is_word("where");
                query.has_limit |= lexeme.is_any_word(&["limit", "top", "fetch"]);
                query.has_offset |= lexeme.is_word("offset");
                query.is_grouped |= lexeme.is_word("group");
                query.selects_all_columns |=
                    lexeme.is_word("select") && lexemes.get(at + 1).is_some_and(|next| next.is_symbol("*"));
            }
        }
    }
    let is_joined = query.tables.iter().filter(|table| !table.is_nested).count() > 1;
    for table in &mut query.tables {
        table.is_filtered = has_where || table.is_nested;
        table.is_limited = query.has_limit && !table.is_nested;
        table.is_joined = is_joined;
    }
    query
}

/// Words that no table is called after FROM.
const CLAUSES: &[&str] = &["where", "select", "set", "group", "order", "limit", "join", "values"];

fn names_table(previous: Option<&Lexeme<'_>>, lexeme: Lexeme<'_>) -> bool {
    let is_update =
        lexeme.is_word("update") && !previous.is_some_and(|word| word.is_any_word(&["for", "do", "key", "on"]));
    is_update || lexeme.is_any_word(&["from", "join", "into"])
}

/// The table whose name starts here, unless it is a subquery or a function.
fn table_at(lexemes: &[Lexeme<'_>], is_nested: bool) -> Option<TableUse> {
    let at = name_place(lexemes)?;
    let lexeme = &lexemes[at];
    let is_call = lexemes.get(at + 1).is_some_and(|next| next.is_symbol("(") && next.start == lexeme.end());
    let name = table_name(lexemes).filter(|_| !is_call)?;
    let start = u32::try_from(lexeme.start).ok()?;
    let end = u32::try_from(lexeme.end()).ok()?;
    Some(TableUse {
        name: Symbol::new(&name),
        alias: None,
        span: Span::new(start, end),
        is_nested,
        is_filtered: false,
        is_limited: false,
        is_joined: false,
    })
}

/// The name without its schema, in lower case.
pub(crate) fn table_name(lexemes: &[Lexeme<'_>]) -> Option<String> {
    let lexeme = lexemes.get(name_place(lexemes)?)?;
    let name = lexeme.name()?;
    (!lexeme.is_any_word(CLAUSES) && !name.contains(crate::HOLE)).then_some(name)
}

fn name_place(lexemes: &[Lexeme<'_>]) -> Option<usize> {
    let mut at = usize::from(lexemes.first()?.is_any_word(&["only", "lateral"]));
    while lexemes.get(at + 1).is_some_and(|dot| dot.is_symbol(".")) {
        at += 2;
    }
    (at < lexemes.len()).then_some(at)
}
