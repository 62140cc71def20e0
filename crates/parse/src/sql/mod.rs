//! SQL files: the schema that their DDL leaves behind, and their queries as texts.
//!
//! A text that stands alone is a statement of the module; one under a `-- name: …` comment, as sqlc and its kin read them,
//! is the result of a function of that name.

use ir::{Block, ExprId, File, FileBuilder, FunctionKind, Language, Skipped, Span, Stmt, StmtKind, Symbol};

/// Larger files are dumps: of these only the schema matters.
const MAX_QUERIES_LEN: usize = 2 << 20;

pub(crate) fn lower(path: &str, source: &str) -> File {
    let mut builder = FileBuilder::new(path, Language::Sql, source);
    if u32::try_from(source.len()).is_err() {
        let span = Span::new(0, u32::MAX);
        return builder.finish(Block::default(), vec![Skipped { span, reason: "larger than 4 GB".to_owned() }]);
    }
    if !is_way_back(path) {
        let (changes, unread) = sql::definitions(source);
        builder.file_mut().changes = changes;
        builder.file_mut().unread = unread;
    }
    settings(&mut builder, source);
    let mut stmts = Vec::new();
    let mut skipped = Vec::new();
    if source.len() > MAX_QUERIES_LEN {
        let span = Span::new(0, u32::try_from(source.len()).unwrap_or(u32::MAX));
        let reason = "only the definitions are read of a file larger than 2 MiB".to_owned();
        skipped.push(Skipped { span, reason });
    } else {
        for query in sql::queries(source) {
            if query.is_unread {
                builder.file_mut().unread.push(query.span);
            }
            let function = name_above(source, query.span.start as usize);
            let is_kept = match query.kind {
                ir::QueryKind::Select | ir::QueryKind::Update | ir::QueryKind::Delete => true,
                // Without a name it fills a table once.
                ir::QueryKind::Insert => function.is_some(),
                ir::QueryKind::Other => false,
            };
            if !is_kept {
                continue;
            }
            if let Some(stmt) = statement(&mut builder, source, query.span, function) {
                stmts.push(stmt);
            }
        }
    }
    builder.finish(Block { stmts, tail: None }, skipped)
}

/// What is said of a role or a database, `ALTER ROLE app SET statement_timeout = '5s'`, is a text that nothing runs.
fn settings(builder: &mut FileBuilder, source: &str) {
    const OWNERS: &[&str] = &["ROLE", "USER", "DATABASE", "SYSTEM"];
    let mut start = 0;
    for part in source.split_inclusive(';') {
        let words: Vec<&str> = part.split_whitespace().take(2).collect();
        if let [alter, owner] = words.as_slice()
            && alter.eq_ignore_ascii_case("ALTER")
            && OWNERS.iter().any(|known| owner.eq_ignore_ascii_case(known))
        {
            let span = Span::new(start as u32, (start + part.len()) as u32);
            text(builder, source, span);
        }
        start += part.len();
    }
}

/// A migration that undoes another one.
fn is_way_back(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_undo = name
        .strip_prefix('U')
        .is_some_and(|rest| rest.contains("__") && rest.starts_with(|c: char| c.is_ascii_digit()));
    let ends = [".down.sql", "_down.sql", "-down.sql", ".rollback.sql", ".undo.sql", ".revert.sql"];
    name == "down.sql" || is_undo || ends.iter().any(|end| name.ends_with(end))
}

fn text(builder: &mut FileBuilder, source: &str, span: Span) -> ExprId {
    builder.text(span, span.text(source), span, true)
}

fn statement(builder: &mut FileBuilder, source: &str, span: Span, function: Option<Name>) -> Option<Stmt> {
    let Some(name) = function else {
        let text = text(builder, source, span);
        return Some(Stmt { span, kind: StmtKind::Expr(text) });
    };
    let symbol = Symbol::new(name.span.text(source));
    let whole = Span::new(name.comment, span.end);
    let id = builder.function(symbol, FunctionKind::Named, whole, name.span);
    builder.declare(symbol, ir::BindingKind::Function(id), name.span);
    let text = text(builder, source, span);
    let result = Stmt { span, kind: StmtKind::Return(Some(text)) };
    builder.function_mut(id).body = Block { stmts: vec![result], tail: None };
    None
}

/// A `-- name: ListUsers :many` comment.
struct Name {
    comment: u32,
    span: Span,
}

/// The name in the comments directly above an offset.
fn name_above(source: &str, offset: usize) -> Option<Name> {
    let mut end = source[..offset].trim_end().len();
    loop {
        let start = source[..end].rfind('\n').map_or(0, |at| at + 1);
        let line = source[start..end].trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let comment = line.strip_prefix("--").or_else(|| line.strip_prefix("/*"))?;
        if let Some(rest) = comment.trim_start().strip_prefix("name:") {
            let name = rest.split_whitespace().next()?.trim_end_matches(['!', '<', '^', '$', '#', '*', '/']);
            let at = u32::try_from(end - rest.len() + rest.find(name)?).ok()?;
            let len = u32::try_from(name.len()).ok().filter(|len| *len > 0)?;
            return Some(Name { comment: u32::try_from(start).ok()?, span: Span::new(at, at + len) });
        }
        end = source[..start].trim_end().len();
    }
}
