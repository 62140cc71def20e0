//! DDL text, statement by statement, into what it does to the schema.

use ir::{Change, Span, Symbol, Table, View};
use sqlparser::ast::{
    AlterIndexOperation, Ident, ObjectName, ObjectType, Statement as Tree, UserDefinedTypeRepresentation,
};

use crate::lexer::{Kind, Lexeme, Lexer};
use crate::mask::mask;
use crate::predicate::span_at;
use crate::scope::symbol;
use crate::statements::{Statement, statements};
use crate::{ddl, light, query, syntax};

/// What a text's definitions do, in order.
#[derive(Default)]
pub(crate) struct Reader {
    pub(crate) changes: Vec<Change>,
    /// A foreign key brings an index.
    pub(crate) indexes_foreign_keys: bool,
    /// Where the statement that is read starts.
    pub(crate) shift: u32,
    /// Definitions of tables that no parser takes.
    pub(crate) unread: Vec<Span>,
}

impl Reader {
    pub(crate) fn span(&self, ident: &Ident) -> Span {
        shifted(span_at(ident.span), self.shift)
    }
}

pub(crate) fn read(text: &str, indexes_foreign_keys: Option<bool>) -> Reader {
    let text = without_down_part(text);
    let indexes_foreign_keys = indexes_foreign_keys.unwrap_or_else(|| is_mysql(text));
    let mut reader = Reader { indexes_foreign_keys, ..Reader::default() };
    for statement in statements(text) {
        apply(&statement, &mut reader, 0);
    }
    reader
}

/// Migration tools keep the way back in the same file, behind a comment.
fn without_down_part(text: &str) -> &str {
    const MARKS: &[&str] = &["-- migrate:down", "-- +goose down", "-- +migrate down", "--//@undo", "-- down migration"];
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let line_start = line.trim_start();
        let is_mark = |mark: &&str| line_start.get(..mark.len()).is_some_and(|head| head.eq_ignore_ascii_case(mark));
        // A comment that is nothing but the word, decorated or not.
        let bare = line_start.trim_matches(|c: char| !c.is_alphanumeric());
        let is_heading = ["down", "rollback", "undo"].iter().any(|word| bare.eq_ignore_ascii_case(word));
        if line_start.starts_with("--") && (is_heading || MARKS.iter().any(is_mark)) {
            return &text[..start];
        }
        start += line.len();
    }
    text
}

/// MySQL, where a foreign key comes with an index: told by its quotes and options, outside comments and strings.
fn is_mysql(text: &str) -> bool {
    let (mut has_backtick, mut has_own_word, mut is_sqlite) = (false, false, false);
    let mut previous = None;
    for lexeme in Lexer::new(text).take(20_000) {
        if lexeme.is_any_word(&["engine", "auto_increment"]) {
            return true;
        }
        has_backtick |= lexeme.kind == Kind::Quoted && lexeme.text.starts_with('`');
        // SQLite's tools quote with backticks as well, but write none of these words.
        has_own_word |= lexeme.is_any_word(MYSQL_WORDS)
            || lexeme.is_word("constraint") && previous.is_some_and(|word: Lexeme<'_>| word.is_word("add"));
        is_sqlite |= lexeme.is_any_word(&["autoincrement", "integer", "pragma"]);
        previous = Some(lexeme);
    }
    has_backtick && has_own_word && !is_sqlite
}

const MYSQL_WORDS: &[&str] =
    &["varchar", "int", "bigint", "tinyint", "datetime", "unsigned", "longtext", "mediumtext", "enum", "double"];

/// `base` is where the statement's text starts in the text of the schema, beside its own start.
fn apply(statement: &Statement<'_>, reader: &mut Reader, base: usize) {
    if statement.is_first(&["insert", "replace", "copy"]) {
        reader.changes.extend(seeded(statement.text).map(|table| Change::Seed { table }));
    } else if statement.is_first(&["do"]) && base == 0 {
        apply_block(statement, reader);
    } else if statement.is_first(&["create", "alter", "drop"]) && concerns_tables(statement) {
        apply_definition(statement, reader, base);
    }
}

fn concerns_tables(statement: &Statement<'_>) -> bool {
    let is_any = |word: &str, objects: &[&str]| objects.iter().any(|object| object.eq_ignore_ascii_case(word));
    let ours = ["table", "index", "view", "type"];
    let others = ["trigger", "function", "procedure", "policy", "rule", "statistics"];
    let object = statement.head.iter().find(|word| is_any(word, &ours) || is_any(word, &others));
    object.is_some_and(|object| is_any(object, &ours))
}

fn apply_definition(statement: &Statement<'_>, reader: &mut Reader, base: usize) {
    let tree = if syntax::is_tractable(statement) { syntax::parse(&mask(statement.text)) } else { None };
    let Some(tree) = tree else {
        let known = changed_indexes(statement);
        if !known.is_empty() {
            reader.changes.extend(known);
        } else if shapes_tables(statement) {
            reader.changes.push(Change::Unread { table: table_of(statement.text) });
            let place = u32::try_from(base + statement.start).ok().zip(u32::try_from(statement.text.len()).ok());
            reader.unread.extend(place.map(|(start, len)| Span::new(start, start.saturating_add(len))));
        }
        return;
    };
    reader.shift = u32::try_from(base + statement.start).unwrap_or(u32::MAX);
    let named = |name: &ObjectName| query::last_ident(name).map(symbol);
    match tree {
        Tree::CreateTable(table) => ddl::create_table(&table, reader),
        Tree::CreateIndex(index) => ddl::create_index(&index, reader),
        Tree::AlterTable(alter) => {
            if let Some(name) = query::last_ident(&alter.name) {
                ddl::alter_table(name, &alter.operations, reader);
            }
        }
        Tree::AlterIndex { name, operation: AlterIndexOperation::RenameIndex { index_name } } => {
            if let (Some(from), Some(to)) = (named(&name), named(&index_name)) {
                reader.changes.push(Change::RenameIndex { from, to });
            }
        }
        // Filled now and then, and read like a table.
        Tree::CreateView(view) if view.materialized => {
            if let Some(ident) = query::last_ident(&view.name) {
                let (name, span) = (symbol(ident), reader.span(ident));
                let table =
                    Table { name, file: 0, span, columns: Vec::new(), indexes: Vec::new(), foreign_keys: Vec::new() };
                reader.changes.push(Change::CreateTable { table, if_absent: view.if_not_exists });
            }
        }
        Tree::CreateView(view) => {
            let query = view.query.to_string();
            reader.changes.extend(named(&view.name).map(|name| Change::CreateView { view: View { name, query } }));
        }
        Tree::CreateType { name, representation: Some(UserDefinedTypeRepresentation::Enum { .. }) } => {
            reader.changes.extend(named(&name).map(|name| Change::CreateEnum { name }));
        }
        Tree::Drop { object_type, if_exists, names, table, .. } => {
            let table = table.as_ref().and_then(named);
            reader.changes.extend(names.iter().filter_map(named).filter_map(|name| match object_type {
                ObjectType::Table => Some(Change::DropTable { table: name, if_exists }),
                ObjectType::Index => Some(Change::DropIndex { table, name, if_exists }),
                ObjectType::View | ObjectType::MaterializedView => Some(Change::DropView { view: name }),
                _ => None,
            }));
        }
        _ => {}
    }
}

/// `DROP INDEX CONCURRENTLY IF EXISTS a, b` and `ALTER INDEX IF EXISTS a RENAME TO b`, which the parser does not take.
fn changed_indexes(statement: &Statement<'_>) -> Vec<Change> {
    let mut lexemes = Lexer::new(statement.text).take(200);
    let verb = lexemes.next();
    let is_verb = |word: &str| verb.is_some_and(|lexeme| lexeme.is_word(word));
    if !lexemes.next().is_some_and(|lexeme| lexeme.is_word("index")) {
        return Vec::new();
    }
    let rest: Vec<Lexeme<'_>> =
        lexemes.filter(|lexeme| !lexeme.is_any_word(&["concurrently", "if", "exists"])).collect();
    let name = |part: &[Lexeme<'_>]| light::table_name(part).map(|name| Symbol::new(&name));
    if is_verb("drop") {
        let names = rest.split(|lexeme| lexeme.is_symbol(",")).filter_map(name);
        return names.map(|name| Change::DropIndex { table: None, name, if_exists: true }).collect();
    }
    let to = rest.windows(2).position(|pair| pair[0].is_word("rename") && pair[1].is_word("to"));
    let names = to.filter(|_| is_verb("alter")).and_then(|to| name(&rest).zip(name(&rest[to + 2..])));
    names.map(|(from, to)| Change::RenameIndex { from, to }).into_iter().collect()
}

/// The table that an unreadable definition is about.
fn table_of(text: &str) -> Option<Symbol> {
    let head: Vec<Lexeme<'_>> = Lexer::new(text).take(40).collect();
    let is_index = head.iter().take(4).any(|lexeme| lexeme.is_word("index"));
    let at = head.iter().position(|lexeme| lexeme.is_word(if is_index { "on" } else { "table" }))?;
    let is_filler = |lexeme: &&Lexeme<'_>| lexeme.is_any_word(&["if", "not", "exists", "only"]);
    let fillers = head[at + 1..].iter().take_while(is_filler).count();
    light::table_name(&head[at + 1 + fillers..]).map(|name| Symbol::new(&name))
}

/// Whether an unreadable statement may have given a table columns, keys or indexes that we do not know.
fn shapes_tables(statement: &Statement<'_>) -> bool {
    if statement.head.iter().take(4).any(|word| ["view", "type"].iter().any(|object| object.eq_ignore_ascii_case(word)))
    {
        return false;
    }
    if !statement.is_first(&["alter"]) {
        return true;
    }
    let lexemes = || Lexer::new(statement.text).take(2_000);
    let has = |words: &[&str]| lexemes().any(|lexeme| lexeme.is_any_word(words));
    let is_only_rule =
        has(&["foreign", "check"]) && !has(&["unique", "primary", "index", "column", "rename", "change"]);
    !is_only_rule && has(&["add", "rename", "change"])
}

/// The definitions in an anonymous block: `DO $$ BEGIN ALTER TABLE …; EXCEPTION … END $$`.
fn apply_block(statement: &Statement<'_>, reader: &mut Reader) {
    let body = Lexer::new(statement.text).find(|lexeme| lexeme.kind == Kind::String);
    let Some(inner) = body.and_then(|body| dollar_quoted(body.text)) else { return };
    let offset = inner.as_ptr().addr() - statement.text.as_ptr().addr();
    for part in statements(inner) {
        let lexemes: Vec<Lexeme<'_>> = Lexer::new(part.text).collect();
        let definition = lexemes.windows(2).find(|pair| {
            pair[0].is_any_word(&["create", "alter", "drop"])
                && pair[1].is_any_word(&["table", "index", "unique", "type"])
        });
        if let Some(definition) = definition {
            let at = definition[0].start;
            for found in statements(&part.text[at..]) {
                apply_definition(&found, reader, statement.start + offset + part.start + at);
            }
        }
    }
}

fn dollar_quoted(text: &str) -> Option<&str> {
    let tag_len = text.strip_prefix('$')?.find('$')? + 2;
    text.get(tag_len..text.len().checked_sub(tag_len)?)
}

/// The table that rows are written to, unless they come from another one.
fn seeded(text: &str) -> Option<Symbol> {
    let head: Vec<Lexeme<'_>> = Lexer::new(text).take(200).collect();
    let values = head.iter().position(|lexeme| lexeme.is_word("values"));
    let select = head.iter().position(|lexeme| lexeme.is_word("select"));
    if select.is_some_and(|select| values.is_none_or(|values| select < values)) {
        return None;
    }
    let into = head.iter().position(|lexeme| lexeme.is_any_word(&["into", "copy"]))?;
    let is_output = head.iter().take(40).any(|lexeme| lexeme.is_word("stdout"));
    // Every name in this position is a table's, also one that is followed by a list of columns.
    let name = light::table_name(&head[into + 1..])?;
    (!is_output).then(|| Symbol::new(&name))
}

pub(crate) fn shifted(span: Span, by: u32) -> Span {
    Span { start: span.start.saturating_add(by), end: span.end.saturating_add(by) }
}
