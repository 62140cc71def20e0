//! Answers that say that all went well.

use ir::{Arg, Entry, ExprId, ExprKind, File, Stmt, StmtKind, TextPart, Visit, walk_expr};

use super::outcome::is_answer;
use crate::ids::{ExprRef, FnRef};
use crate::models::{Effect, Query};
use crate::program::Program;
use crate::queries::{QueryUse, Shape};

/// Whether an answer, or what a handler returns as one, says that what was asked for is done.
pub(super) fn claims_success(program: &Program<'_>, value: ExprRef) -> bool {
    let file = program.file(value.file);
    let value = ExprRef { id: file.awaited(value.id), ..value };
    match &file.expr(value.id).kind {
        ExprKind::Record(entries) => says_yes(file, entries) && !doubts(file, value.id),
        ExprKind::Call { args, .. } => {
            let is_answer = program.called_name(value).is_some_and(|name| is_answer(&name.to_lowercase()));
            let claims =
                |arg: &Arg| matches!(&file.expr(arg.value).kind, ExprKind::Record(entries) if says_yes(file, entries));
            is_answer && args.iter().any(claims) && !doubts(file, value.id)
        }
        // `({ … }, 200)`.
        ExprKind::List(items) => {
            let first = items.first().map(|id| ExprRef { id: *id, ..value });
            first.is_some_and(|first| claims_success(program, first)) && !doubts(file, value.id)
        }
        _ => false,
    }
}

/// Whether the statements end in such an answer, and nothing before it leaves.
pub(super) fn ends_in_success(program: &Program<'_>, function: FnRef, rest: &[Stmt]) -> bool {
    let at = |id| ExprRef { file: function.file, id };
    match rest.split_last().map(|(last, before)| (&last.kind, before)) {
        Some((StmtKind::Return(Some(value)), before)) => {
            let is_plain = |stmt: &Stmt| matches!(stmt.kind, StmtKind::Expr(_) | StmtKind::Let { .. });
            before.iter().all(is_plain) && claims_success(program, at(*value))
        }
        Some((StmtKind::Expr(value), before)) => before.is_empty() && claims_success(program, at(*value)),
        _ => false,
    }
}

/// `{ success: true }`, `{"status": "ok"}`, `{"message": "Order created successfully"}`.
fn says_yes(file: &File, entries: &[Entry]) -> bool {
    entries.iter().any(|entry| {
        let Some(key) = entry.key else { return false };
        match (key.to_lowercase().as_str(), &file.expr(entry.value).kind) {
            ("success" | "ok", ExprKind::Bool(yes)) => *yes,
            ("status", ExprKind::Text(parts)) => {
                is_one_of(parts, &["success", "ok", "created", "updated", "saved", "deleted"])
            }
            ("message" | "msg" | "detail", ExprKind::Text(parts)) => text_of(parts).contains("successful"),
            _ => false,
        }
    })
}

fn is_one_of(parts: &[TextPart], known: &[&str]) -> bool {
    known.contains(&text_of(parts).as_str())
}

fn text_of(parts: &[TextPart]) -> String {
    let literals = parts.iter().filter_map(|part| match part {
        TextPart::Literal { value, .. } => Some(&**value),
        TextPart::Hole(_) => None,
    });
    literals.collect::<String>().to_lowercase()
}

/// Parts of words for what went wrong, or went another way.
const DOUBTS: &[&str] = &[
    "error",
    "warn",
    "fail",
    "unsuccess",
    "not ",
    "partial",
    "skip",
    "fallback",
    "queue",
    "later",
    "offline",
    "mock",
    "cache",
    "already",
    "duplicate",
];

/// Whether an answer holds a word or a status of what went wrong.
fn doubts(file: &File, value: ExprId) -> bool {
    struct Doubts(bool);
    impl Visit for Doubts {
        fn expr(&mut self, file: &File, id: ExprId) {
            let says = |text: &str| {
                let text = text.to_lowercase();
                DOUBTS.iter().any(|word| text.contains(word))
            };
            self.0 |= match &file.expr(id).kind {
                ExprKind::Number(number) => (300.0..600.0).contains(number),
                ExprKind::Text(parts) => says(&text_of(parts)),
                ExprKind::Record(entries) => entries.iter().filter_map(|entry| entry.key).any(|key| says(&key)),
                ExprKind::Member { name, .. } => {
                    says(name) || name.contains("HTTP_4") || name.contains("HTTP_5") || *name == "BAD_REQUEST"
                }
                _ => false,
            };
            walk_expr(self, file, id);
        }
    }
    let mut doubts = Doubts(false);
    doubts.expr(file, value);
    doubts.0
}

/// How far helpers that write are followed.
pub(super) const HOPS: u32 = 2;

/// Whether a call writes to the database, itself or in the helpers that it runs.
pub(super) fn writes(program: &Program<'_>, call: ExprRef, hops: u32) -> bool {
    const FINAL: &[&str] = &["commit", "flush", "save", "asave"];
    let is_write = |query: &QueryUse| query.inserts || query.shape == Shape::Write;
    if program.queries_at(call).iter().any(is_write) {
        return true;
    }
    let is_database =
        |model: &crate::models::Call| model.does == Some(Effect::Database) || model.query.contains(&Query::Other);
    if program.model(call).is_some_and(is_database)
        && program.called_name(call).is_some_and(|name| FINAL.contains(&name.as_str()))
    {
        return true;
    }
    hops > 0
        && program.called_functions(call).into_iter().take(2).any(|function| {
            let sites = program.listing(function.file).sites_of(function.id);
            sites.iter().any(|site| writes(program, ExprRef { file: function.file, id: site.call }, hops - 1))
        })
}

/// Whether a function writes elsewhere than in these calls.
pub(super) fn writes_beside(program: &Program<'_>, function: FnRef, calls: &[ExprId]) -> bool {
    let sites = program.listing(function.file).sites_of(function.id).iter();
    let mut others = sites.map(|site| site.call).filter(|call| !calls.contains(call));
    others.any(|id| writes(program, ExprRef { file: function.file, id }, HOPS))
}
