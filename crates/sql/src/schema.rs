//! DDL text, statement by statement, into the tables that it leaves behind.

use ir::{Schema, Span, Symbol};
use sqlparser::ast::{AlterIndexOperation, CreateIndex, ObjectType, Statement as Tree};

use crate::catalog::{Catalog, IndexName};
use crate::lexer::{Kind, Lexeme, Lexer};
use crate::mask::mask;
use crate::statements::{Statement, statements};
use crate::{ddl, light, query, syntax};

pub(crate) fn read(text: &str) -> Schema {
    let text = without_down_part(text);
    let mut catalog = Catalog::new(is_mysql(text));
    for statement in statements(text) {
        apply(&statement, &mut catalog, 0);
    }
    catalog.into_schema()
}

/// Migration tools keep the way back in the same file, behind a comment.
fn without_down_part(text: &str) -> &str {
    const MARKS: &[&str] = &["-- migrate:down", "-- +goose down", "-- +migrate down", "--//@undo"];
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let line_start = line.trim_start();
        let is_mark = |mark: &&str| line_start.get(..mark.len()).is_some_and(|head| head.eq_ignore_ascii_case(mark));
        if line_start.starts_with("--") && MARKS.iter().any(is_mark) {
            return &text[..start];
        }
        start += line.len();
    }
    text
}

/// MySQL, where a foreign key comes with an index.
fn is_mysql(text: &str) -> bool {
    let has = |word: &str| text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()));
    let head = text.get(..100_000).unwrap_or(text);
    if head.contains('`') { !has("autoincrement") } else { has("engine=") || has("auto_increment") }
}

/// `base` is where the statement's text starts in the text of the schema, beside its own start.
fn apply(statement: &Statement<'_>, catalog: &mut Catalog, base: usize) {
    if statement.is_first(&["insert", "replace", "copy"]) {
        catalog.seeded.extend(seeded(statement.text));
    } else if statement.is_first(&["do"]) && base == 0 {
        apply_block(statement, catalog);
    } else if statement.is_first(&["create", "alter", "drop"]) && concerns_tables(statement) {
        apply_definition(statement, catalog, base);
    }
}

fn concerns_tables(statement: &Statement<'_>) -> bool {
    let objects = ["table", "index", "view", "trigger", "function", "procedure", "policy", "rule", "statistics"];
    let object = statement.head.iter().find(|word| objects.iter().any(|object| object.eq_ignore_ascii_case(word)));
    object.is_some_and(|object| object.eq_ignore_ascii_case("table") || object.eq_ignore_ascii_case("index"))
}

fn apply_definition(statement: &Statement<'_>, catalog: &mut Catalog, base: usize) {
    let tree = if syntax::is_tractable(statement) { syntax::parse(&mask(statement.text)) } else { None };
    let Some(tree) = tree else {
        catalog.is_incomplete |= shapes_tables(statement);
        return;
    };
    let shift = u32::try_from(base + statement.start).unwrap_or(u32::MAX);
    catalog.shift = shift;
    match tree {
        Tree::CreateTable(table) => ddl::create_table(&table, catalog),
        Tree::CreateIndex(index) => create_index(&index, catalog),
        Tree::AlterTable(alter) => {
            if let Some(name) = query::last_ident(&alter.name) {
                ddl::alter_table(name, &alter.operations, catalog);
            }
        }
        Tree::AlterIndex { name, operation: AlterIndexOperation::RenameIndex { index_name } } => {
            catalog.rename_index(IndexName::of(&name), IndexName::of(&index_name));
        }
        Tree::Drop { object_type, if_exists, names, table, .. } => {
            for name in &names {
                match object_type {
                    ObjectType::Table => catalog.drop_table(name, if_exists),
                    ObjectType::Index => catalog.drop_index(IndexName::of(name), table.as_ref(), if_exists),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

fn create_index(index: &CreateIndex, catalog: &mut Catalog) {
    let Some(table) = query::last_ident(&index.table_name) else { return };
    let mut read = ddl::index(&index.columns, index.unique, index.using.as_ref());
    read.is_partial |= index.predicate.is_some();
    let name = index.name.as_ref().and_then(IndexName::of);
    if let (Some(name), true) = (name, index.if_not_exists)
        && catalog.has_index(name)
    {
        return;
    }
    catalog.add_index(table, name, read);
}

/// Whether an unreadable statement may have changed a table that we describe: its columns, keys or indexes.
fn shapes_tables(statement: &Statement<'_>) -> bool {
    let words = ["add", "drop", "rename", "modify", "change"];
    !statement.is_first(&["alter"]) || Lexer::new(statement.text).take(2_000).any(|lexeme| lexeme.is_any_word(&words))
}

/// The definitions in an anonymous block: `DO $$ BEGIN ALTER TABLE …; EXCEPTION … END $$`.
fn apply_block(statement: &Statement<'_>, catalog: &mut Catalog) {
    let body = Lexer::new(statement.text).find(|lexeme| lexeme.kind == Kind::String);
    let Some(inner) = body.and_then(|body| dollar_quoted(body.text)) else { return };
    let offset = inner.as_ptr().addr() - statement.text.as_ptr().addr();
    for part in statements(inner) {
        let lexemes: Vec<Lexeme<'_>> = Lexer::new(part.text).collect();
        let definition = lexemes.windows(2).find(|pair| {
            pair[0].is_any_word(&["create", "alter", "drop"]) && pair[1].is_any_word(&["table", "index", "unique"])
        });
        if let Some(definition) = definition {
            let at = definition[0].start;
            for found in statements(&part.text[at..]) {
                apply_definition(&found, catalog, statement.start + offset + part.start + at);
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
