//! What a helper that a handler of errors calls makes of the error, which it is not given: whether it tells somebody, or only
//! makes an answer of words that were ready.

use ir::{ExprId, ExprKind, File, Stmt, StmtKind, Visit, walk_expr, walk_stmt};

use super::outcome::{Failure, is_answer, is_log, is_tidying};
use crate::ids::{ExprRef, FnRef};
use crate::program::Program;

/// What comes of calling a helper.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Help {
    /// It may log, throw, store or send something.
    Tells,
    /// It answers, or gives a record for an answer.
    Answers,
}

/// How far helpers of helpers are followed.
const MAX_HOPS: u32 = 2;

/// None where the call is none of the project's functions.
pub(super) fn of_call(program: &Program<'_>, call: ExprRef) -> Option<Help> {
    let functions = program.called_functions(call);
    if functions.is_empty() {
        return None;
    }
    let mut says_failure = Failure(false);
    says_failure.expr(program.file(call.file), call.id);
    let answers = functions.into_iter().all(|function| {
        let helper = Helper::of(program, function, 0);
        !helper.tells && helper.answers && (says_failure.0 || helper.says_failure)
    });
    Some(if answers { Help::Answers } else { Help::Tells })
}

struct Helper<'p, 'm> {
    program: &'p Program<'m>,
    function: FnRef,
    hops: u32,
    tells: bool,
    answers: bool,
    says_failure: bool,
}

impl<'p, 'm> Helper<'p, 'm> {
    fn of(program: &'p Program<'m>, function: FnRef, hops: u32) -> Self {
        let mut helper = Self { program, function, hops, tells: false, answers: false, says_failure: false };
        let file = program.file(function.file);
        let data = file.function(function.id);
        let mut says_failure = Failure(false);
        says_failure.block(file, &data.body);
        helper.says_failure = says_failure.0;
        helper.block(file, &data.body);
        if let Some(tail) = data.body.tail {
            helper.returned(tail);
        }
        helper
    }

    fn call(&mut self, id: ExprId) {
        let call = ExprRef { file: self.function.file, id };
        let Some(name) = self.program.called_name(call) else {
            self.tells = true;
            return;
        };
        // Whether it is thrown is asked of the statement around.
        if name.ends_with("Error") || name.ends_with("Exception") {
            return;
        }
        let name = name.to_lowercase();
        let functions = self.program.called_functions(call);
        if !functions.is_empty() && self.hops < MAX_HOPS {
            for function in functions {
                let inner = Self::of(self.program, function, self.hops + 1);
                self.tells |= inner.tells;
                self.answers |= inner.answers;
                self.says_failure |= inner.says_failure;
            }
        } else if is_answer(&name) {
            self.answers = true;
        } else {
            self.tells |= is_log(&name) || !is_tidying(&name) && !only_computes(&name);
        }
    }

    fn returned(&mut self, value: ExprId) {
        let file = self.program.file(self.function.file);
        self.answers |= matches!(file.expr(file.awaited(value)).kind, ExprKind::Record(_));
    }
}

impl Visit for Helper<'_, '_> {
    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        match &stmt.kind {
            // What a helper of the helper throws is about something else.
            StmtKind::Throw(_) => self.tells |= self.hops == 0,
            StmtKind::Return(Some(value)) => self.returned(*value),
            _ => {}
        }
        walk_stmt(self, file, stmt);
    }

    fn expr(&mut self, file: &File, id: ExprId) {
        match file.expr(id).kind {
            ExprKind::Call { .. } => self.call(id),
            // Kept somewhere, or thrown on.
            ExprKind::Propagate(_) | ExprKind::Yield(_) | ExprKind::Assign { .. } => self.tells = true,
            _ => {}
        }
        walk_expr(self, file, id);
    }
}

/// What gives a text, a number or a date, and does nothing else.
fn only_computes(name: &str) -> bool {
    matches!(
        name,
        "now"
            | "date"
            | "toisostring"
            | "tostring"
            | "tolowercase"
            | "touppercase"
            | "trim"
            | "replace"
            | "join"
            | "keys"
            | "values"
            | "entries"
            | "get"
            | "has"
            | "includes"
            | "startswith"
            | "stringify"
            | "number"
            | "parseint"
            | "parsefloat"
            | "int"
            | "str"
            | "boolean"
            | "isarray"
            | "filter"
            | "format"
            | "isoformat"
            | "utcnow"
            | "dumps"
            | "t"
            | "type"
    )
}
