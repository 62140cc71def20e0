//! Handlers that are there only where the program is developed: they are registered in `if settings.DEBUG:`, or
//! `if not app.debug: return …, 403` is the first thing they do.

use ir::{Block, ExprKind, File, FnId, Span, Stmt, StmtKind};
use rustc_hash::FxHashMap;

use super::EntryPoint;
use super::mounts::Mounts;
use crate::growth::leaves;
use crate::ids::FileId;
use crate::models::Context;
use crate::stages::{Stage, developed, holds_in};

/// Says of such handlers that they are run by hand.
pub(super) fn set_apart(files: &[File], mounts: &Mounts, entries: &mut [EntryPoint]) {
    let mut regions: FxHashMap<FileId, Vec<Span>> = FxHashMap::default();
    let mut is_apart = |(file, span): (FileId, Span)| {
        let of_file = regions.entry(file).or_insert_with(|| developed(&files[file.0 as usize]));
        of_file.iter().any(|region| region.contains(span))
    };
    for entry in entries.iter_mut().filter(|entry| entry.context == Context::Request) {
        let is_registered_apart = is_apart((entry.file, entry.span))
            || mounts.around(entry.file, entry.span).iter().any(|mount| is_apart(mount.at));
        if is_registered_apart || keeps_out_users(&files[entry.function.file.0 as usize], entry.function.id) {
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
            otherwise.stmts.is_empty() && refuses(file, then) && holds_in(file, *test) == Some(Stage::Production)
        }
        _ => false,
    }
}

/// Just an answer, and the end.
fn refuses(file: &File, then: &Block) -> bool {
    then.stmts.len() <= 2 && leaves(file, then)
}
