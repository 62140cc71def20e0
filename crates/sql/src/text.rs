//! Whether a text is SQL at all, or a sentence that begins with the same word.

use crate::lexer::{Kind, Lexeme, Lexer};

/// What tells SQL from prose stands near the start.
const MAX_LEXEMES: usize = 400;

pub(crate) fn looks_like_sql(text: &str) -> bool {
    let text = text
        .trim_start_matches(|c: char| c.is_whitespace() || c == '(' || c == '\u{feff}' || crate::HOLE.starts_with(c));
    let is_comment = text.starts_with("--") || text.starts_with("/*");
    if !is_comment && !STARTS.iter().any(|word| starts_with_word(text, word)) {
        return false;
    }
    let lexemes: Vec<Lexeme<'_>> = Lexer::new(text).take(MAX_LEXEMES).collect();
    is_statement(&Words { lexemes: &lexemes })
}

const STARTS: &[&str] = &[
    "select",
    "insert",
    "update",
    "delete",
    "with",
    "create",
    "alter",
    "drop",
    "replace",
    "merge",
    "truncate",
    "explain",
    "pragma",
    "begin",
    "start",
    "commit",
    "rollback",
    "savepoint",
    "release",
    "set",
];

fn starts_with_word(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
        && !text[word.len()..].starts_with(crate::lexer::is_name_part)
}

/// The lexemes from some place on.
#[derive(Clone, Copy)]
struct Words<'a> {
    lexemes: &'a [Lexeme<'a>],
}

impl<'a> Words<'a> {
    fn first(&self) -> Option<Lexeme<'a>> {
        self.lexemes.first().copied()
    }

    fn from(self, at: usize) -> Self {
        Self { lexemes: self.lexemes.get(at..).unwrap_or_default() }
    }

    fn is(&self, words: &[&str]) -> bool {
        self.first().is_some_and(|first| first.is_any_word(words))
    }

    fn is_symbol(&self, symbols: &[&str]) -> bool {
        self.first().is_some_and(|first| symbols.iter().any(|symbol| first.is_symbol(symbol)))
    }

    /// Behind these words, each of which may be missing.
    fn past(mut self, words: &[&str]) -> Self {
        for word in words {
            self = if self.is(&[word]) { self.from(1) } else { self };
        }
        self
    }

    fn is_end(&self) -> bool {
        self.first().is_none_or(|first| first.is_symbol(";"))
    }

    /// Behind a name with its qualifiers, unless it is the start of a phrase (`the list`).
    fn past_name(self) -> Option<Self> {
        let mut words = self;
        loop {
            let first = words.first()?;
            let is_name =
                matches!(first.kind, Kind::Word | Kind::Quoted | Kind::Placeholder) && !first.is_any_word(CLAUSES);
            let is_phrase = first.is_any_word(ARTICLES)
                && words.from(1).first().is_some_and(|next| {
                    next.kind == Kind::Word && !next.is_any_word(CLAUSES) && !next.is_any_word(AFTER_TABLE)
                });
            if !is_name || is_phrase {
                return None;
            }
            words = words.from(1);
            if !words.is_symbol(&["."]) {
                return Some(words);
            }
            words = words.from(1);
        }
    }
}

const ARTICLES: &[&str] = &[
    "the", "a", "an", "your", "this", "that", "these", "those", "my", "our", "its", "their", "one", "any", "some",
    "all",
];

const CLAUSES: &[&str] = &[
    "where",
    "join",
    "inner",
    "left",
    "right",
    "full",
    "cross",
    "natural",
    "order",
    "group",
    "limit",
    "having",
    "union",
    "except",
    "intersect",
    "offset",
    "fetch",
    "window",
    "for",
    "on",
    "using",
    "set",
    "returning",
    "values",
    "from",
    "select",
];

/// What may stand behind a table.
const AFTER_TABLE: &[&str] =
    &["as", "with", "use", "force", "lateral", "tablesample", "partition", "only", "final", "not", "indexed"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Upper,
    Lower,
    /// As a sentence begins.
    Title,
}

fn case_of(word: &str) -> Case {
    if word.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Case::Upper
    } else if word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        Case::Lower
    } else {
        Case::Title
    }
}

fn is_statement(words: &Words<'_>) -> bool {
    let Some(first) = words.first() else { return false };
    let case = case_of(first.text);
    let rest = words.from(1);
    match first.text.to_ascii_lowercase().as_str() {
        "select" => is_select(rest, case),
        "with" => is_with(rest),
        "insert" => {
            let rest = if rest.is(&["or"]) { rest.from(2) } else { rest };
            rest.past(&["low_priority", "delayed", "ignore"]).is(&["into"]) && is_insert(rest, case)
        }
        "replace" => rest.is(&["into"]) && is_insert(rest, case),
        "update" => is_update(rest, case),
        "delete" => is_delete(rest, case),
        "merge" => rest.is(&["into"]) && rest.lexemes.iter().any(|lexeme| lexeme.is_word("using")),
        "create" | "alter" | "drop" => is_definition(first, rest, case),
        "truncate" => rest.is(&["table"]) || case == Case::Upper && rest.past_name().is_some_and(|end| end.is_end()),
        "explain" => {
            let rest = rest.past(&["query", "plan", "analyze", "verbose"]);
            let close = rest.lexemes.iter().position(|lexeme| lexeme.is_symbol(")"));
            let rest = if rest.is_symbol(&["("]) { rest.from(close.map_or(0, |at| at + 1)) } else { rest };
            !rest.is(&["explain"]) && is_statement(&rest)
        }
        "pragma" => {
            rest.past_name().is_some_and(|end| end.is_symbol(&["=", "("]) || case == Case::Upper && end.is_end())
        }
        "set" => case == Case::Upper && rest.lexemes.iter().any(|lexeme| lexeme.is_symbol("=") || lexeme.is_word("to")),
        _ => {
            case == Case::Upper
                && words.lexemes.len() <= 4
                && rest.lexemes.iter().all(|lexeme| lexeme.is_symbol(";") || lexeme.kind == Kind::Word)
        }
    }
}

fn is_select(list: Words<'_>, case: Case) -> bool {
    let list = list.past(&["distinct", "all"]);
    let mut depth = 0_usize;
    let from = list.lexemes.iter().position(|lexeme| {
        depth += usize::from(lexeme.is_symbol("("));
        depth = depth.saturating_sub(usize::from(lexeme.is_symbol(")")));
        depth == 0 && lexeme.is_word("from")
    });
    let Some(from) = from else { return is_value_list(list, case) };
    let items = Words { lexemes: &list.lexemes[..from] };
    let has_operators = items.lexemes.iter().any(|lexeme| lexeme.kind != Kind::Word && lexeme.kind != Kind::Number)
        || list.lexemes[from..].iter().any(|lexeme| lexeme.is_symbol("=") || lexeme.kind == Kind::Placeholder);
    let is_list = match case {
        Case::Upper => !items.lexemes.is_empty() && !is_phrase(items),
        Case::Lower => has_operators && !is_phrase(items) || items.lexemes.len() == 1 || items.is(&["case", "top"]),
        Case::Title => has_operators && !is_phrase(items),
    };
    is_list && is_from(list.from(from + 1), case)
}

/// Two or more plain words side by side that no keyword explains.
fn is_phrase(items: Words<'_>) -> bool {
    const JOINING: &[&str] = &[
        "as",
        "case",
        "when",
        "then",
        "else",
        "end",
        "is",
        "not",
        "null",
        "and",
        "or",
        "in",
        "like",
        "between",
        "over",
        "by",
        "order",
        "partition",
        "desc",
        "asc",
        "filter",
        "where",
        "interval",
        "top",
        "at",
        "time",
        "zone",
        "from",
        "distinct",
        "exists",
        "select",
        "on",
        "limit",
        "group",
        "rows",
        "range",
        "current",
        "preceding",
        "following",
        "unbounded",
        "row",
        "sql_calc_found_rows",
        "within",
        "collate",
        "array",
        "date",
        "timestamp",
        "div",
        "mod",
        "cast",
        "ilike",
        "any",
    ];
    let plain = |lexeme: &Lexeme<'_>| lexeme.kind == Kind::Word && !lexeme.is_any_word(JOINING);
    let is_run = |length: usize| items.lexemes.windows(length).any(|run| run.iter().all(plain));
    is_run(3)
        || items.lexemes.windows(2).any(|pair| pair[0].is_any_word(ARTICLES) && plain(&pair[0]) && plain(&pair[1]))
}

fn is_from(tables: Words<'_>, case: Case) -> bool {
    if tables.is_symbol(&["(", "["]) {
        return true;
    }
    let Some(first) = tables.first() else { return case == Case::Upper };
    let Some(rest) = tables.past(&["only", "lateral"]).past_name() else { return false };
    let ends = |words: Words<'_>| {
        words.is_end()
            || words.is(CLAUSES)
            || words.is_symbol(&[",", "(", ")"])
            || words.first().is_some_and(|next| next.kind == Kind::Placeholder)
    };
    let is_hole = first.kind == Kind::Placeholder;
    ends(rest) || rest.is(AFTER_TABLE) || (case != Case::Title || is_hole) && rest.past_name().is_some_and(ends)
}

/// SELECT without FROM: constants and calls.
fn is_value_list(list: Words<'_>, case: Case) -> bool {
    let Some(first) = list.first() else { return false };
    let next = list.from(1);
    match first.kind {
        Kind::Word => {
            let is_call = next
                .first()
                .is_some_and(|paren| paren.is_symbol("(") && (paren.start == first.end() || first.is_word("exists")));
            let is_constant = first.is_any_word(&["current_timestamp", "null", "true", "current_user", "current_date"]);
            is_call && case != Case::Title || is_constant && case == Case::Upper
        }
        Kind::Symbol => first.is_symbol("*") || first.is_symbol("(") && case == Case::Upper,
        Kind::Number | Kind::String | Kind::Quoted | Kind::Placeholder => {
            next.is_end()
                || next.is(&["as", "where", "union"])
                || next.first().is_some_and(|next| next.kind == Kind::Symbol && next.text != ")")
        }
    }
}

fn is_with(rest: Words<'_>) -> bool {
    let Some(mut rest) = rest.past(&["recursive"]).past_name() else { return false };
    if rest.is_symbol(&["("]) {
        let close = rest.lexemes.iter().position(|lexeme| lexeme.is_symbol(")"));
        rest = rest.from(close.map_or(usize::MAX, |at| at + 1));
    }
    rest.is(&["as"]) && rest.from(1).past(&["not", "materialized"]).is_symbol(&["("])
}

fn is_insert(rest: Words<'_>, case: Case) -> bool {
    let into = rest.lexemes.iter().position(|lexeme| lexeme.is_word("into")).unwrap_or(0);
    let Some(rest) = rest.from(into + 1).past_name() else {
        return case == Case::Upper && rest.lexemes.len() == into + 1;
    };
    rest.is_symbol(&["("])
        || rest.is(&["values", "select", "default", "set", "with", "as", "overriding"])
        || rest.first().is_some_and(|next| next.kind == Kind::Placeholder && next.text != "?")
        || case == Case::Upper && rest.is_end()
}

fn is_update(rest: Words<'_>, case: Case) -> bool {
    let rest = if rest.is(&["or"]) { rest.from(2) } else { rest.past(&["only", "low_priority", "ignore"]) };
    let Some(named) = rest.past_name() else { return false };
    let Some(set) = named.lexemes.iter().take(40).position(|lexeme| lexeme.is_word("set")) else {
        return case == Case::Upper && named.is_end();
    };
    let assigned = named.from(set + 1);
    assigned.is_symbol(&["("])
        || assigned.first().is_some_and(|first| first.kind == Kind::Placeholder)
        || assigned.past_name().is_some_and(|next| next.is_symbol(&["="]))
        || case == Case::Upper && assigned.is_end()
}

fn is_delete(rest: Words<'_>, case: Case) -> bool {
    let from = rest.lexemes.iter().take(8).position(|lexeme| lexeme.is_word("from"));
    let Some(from) = from.filter(|from| {
        *from == 0
            || rest.lexemes[..*from].iter().all(|lexeme| lexeme.text.len() <= 40 && !lexeme.is_any_word(ARTICLES))
                && case == Case::Upper
    }) else {
        return false;
    };
    let tables = rest.from(from + 1).past(&["only"]);
    let Some(rest) = tables.past_name() else { return case == Case::Upper && tables.is_end() };
    let ends = |words: Words<'_>| {
        words.is(&["where", "using", "returning", "limit", "order", "join", "inner", "left"])
            || words.is_symbol(&[";"])
            || words.first().is_some_and(|next| next.kind == Kind::Placeholder)
    };
    ends(rest) || case != Case::Title && (rest.is_end() || rest.past(&["as"]).past_name().is_some_and(ends))
}

fn is_definition(verb: Lexeme<'_>, rest: Words<'_>, case: Case) -> bool {
    let rest = rest.past(&["or", "replace"]).past(&[
        "global",
        "local",
        "temp",
        "temporary",
        "unlogged",
        "virtual",
        "unique",
        "fulltext",
        "materialized",
        "external",
        "constraint",
        "foreign",
    ]);
    let Some(object) = rest.first() else { return false };
    let named = rest.from(1).past(&["concurrently", "if", "not", "exists", "only"]);
    let after = named.past_name();
    match object.text.to_ascii_lowercase().as_str() {
        "table" if verb.is_word("create") => after.is_some_and(|rest| {
            rest.is_symbol(&["("])
                || rest.is(&["as", "like", "using", "partition"])
                || case == Case::Upper && rest.is_end()
        }),
        "table" if verb.is_word("alter") => after.is_some_and(|rest| {
            rest.is(&[
                "add", "drop", "rename", "alter", "set", "owner", "modify", "change", "enable", "disable", "validate",
                "attach",
            ])
        }),
        "index" if verb.is_word("create") => named.lexemes.iter().take(12).any(|lexeme| lexeme.is_word("on")),
        "view" if verb.is_word("create") => {
            named.lexemes.iter().skip(1).any(|lexeme| lexeme.is_word("as"))
                && named.lexemes.iter().any(|lexeme| lexeme.is_word("select"))
        }
        "table" | "index" | "view" => {
            after.is_some_and(|rest| rest.is_end() && case != Case::Title || rest.is(&["cascade", "restrict", "on"]))
        }
        "trigger" | "function" | "procedure" | "type" | "extension" | "sequence" | "schema" | "database" | "policy"
        | "role" | "user" | "domain" => case == Case::Upper && after.is_some(),
        _ => false,
    }
}
