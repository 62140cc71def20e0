//! Handlers that answer only where the program is developed: `if not app.debug: return …, 403` is the first thing they do.

use ir::{BinaryOp, Block, ExprId, ExprKind, File, FnId, Stmt, StmtKind, TextPart, UnaryOp, words_of};

use super::EntryPoint;
use crate::growth::leaves;
use crate::models::Context;

/// Words for a program that is being developed.
const DEVELOPED: &[&str] = &["debug", "dev", "development", "local", "test"];

/// Says of such handlers that they are run by hand.
pub(super) fn set_apart(files: &[File], entries: &mut [EntryPoint]) {
    for entry in entries.iter_mut().filter(|entry| entry.context == Context::Request) {
        if keeps_out_users(&files[entry.function.file.0 as usize], entry.function.id) {
            entry.context = Context::Script;
        }
    }
}

fn keeps_out_users(file: &File, handler: FnId) -> bool {
    let is_prose = |stmt: &&Stmt| match stmt.kind {
        StmtKind::Expr(expr) => matches!(file.expr(expr).kind, ExprKind::Text(_)),
        _ => false,
    };
    let first = file.function(handler).body.stmts.iter().find(|stmt| !is_prose(stmt));
    match first.map(|stmt| &stmt.kind) {
        Some(StmtKind::If { test, then, otherwise }) => {
            otherwise.stmts.is_empty() && refuses(file, then) && holds_in_production(file, *test)
        }
        _ => false,
    }
}

/// Just an answer, and the end.
fn refuses(file: &File, then: &Block) -> bool {
    then.stmts.len() <= 2 && leaves(file, then)
}

fn holds_in_production(file: &File, test: ExprId) -> bool {
    match file.expr(test).kind {
        ExprKind::Unary { op: UnaryOp::Not, operand } => names_development(file, operand),
        ExprKind::Binary { op: BinaryOp::Equal, left, right } => {
            [left, right].into_iter().any(|side| says(file, side, &["production", "prod"]))
        }
        ExprKind::Binary { op: BinaryOp::NotEqual, left, right } => {
            [left, right].into_iter().any(|side| says(file, side, DEVELOPED))
        }
        _ => false,
    }
}

fn says(file: &File, side: ExprId, words: &[&str]) -> bool {
    match &file.expr(side).kind {
        ExprKind::Text(parts) => match parts.as_slice() {
            [TextPart::Literal { value, .. }] => words.contains(&value.to_lowercase().as_str()),
            _ => false,
        },
        _ => false,
    }
}

/// `app.debug`, `settings.DEBUG`, `app.config["DEBUG"]`, `isDevelopment`.
fn names_development(file: &File, value: ExprId) -> bool {
    let name = match &file.expr(value).kind {
        ExprKind::Local(binding) => file.binding(*binding).name,
        ExprKind::Member { name, .. } | ExprKind::Global(name) => *name,
        ExprKind::Index { indices, .. } => return indices.iter().any(|index| says(file, *index, DEVELOPED)),
        _ => return false,
    };
    let words = words_of(&name);
    words.last().is_some_and(|last| DEVELOPED.contains(&last.as_str()) || last == "mode" && is_of_development(&words))
}

/// `DEBUG_MODE`, `devMode`.
fn is_of_development(words: &[String]) -> bool {
    words.iter().any(|word| DEVELOPED.contains(&word.as_str()))
}
