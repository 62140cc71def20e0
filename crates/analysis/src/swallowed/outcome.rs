//! What becomes of an error that is caught.

use ir::{
    BindingId, BindingKind, Block, ExprId, ExprKind, File, Pattern, Stmt, StmtKind, TextPart, UnaryOp, Visit,
    walk_expr, walk_stmt,
};

use super::claims::claims_success;
use super::helpers::{self, Help};
use crate::ids::{ExprRef, FnRef};
use crate::models::Effect;
use crate::program::Program;

/// What a handler makes of an error, where nobody hears of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Outcome {
    /// The code goes on as if nothing had happened.
    Vanishes,
    /// Its text goes to standard output, and the code goes on.
    Printed,
    /// The client is told that something failed, and nobody what.
    Answered,
    /// What the call answers holds the error, and is not looked at.
    Unread,
    /// The client is told that all went well, whether or not the error is logged.
    Claimed,
}

/// What runs when an error is caught.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reaction<'f> {
    /// The error's name.
    pub(super) binding: Option<BindingId>,
    pub(super) body: Body<'f>,
    /// The code goes on to an answer that all went well.
    pub(super) ends_well: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Body<'f> {
    Block(&'f Block),
    /// An expression takes the error's place.
    Value(ExprId),
    Nothing,
}

impl Reaction<'_> {
    pub(super) const NOTHING: Self = Self { binding: None, body: Body::Nothing, ends_well: false };
}

/// None where the error is thrown on, logged, handed to something, or where another way is tried.
/// With it, whether a helper of the project made the answer.
pub(super) fn of(program: &Program<'_>, function: FnRef, reaction: Reaction<'_>) -> (Option<Outcome>, bool) {
    let file = program.file(function.file);
    let mut walk = Walk {
        program,
        function,
        file,
        binding: reaction.binding,
        in_report: 0,
        tells: false,
        logs: false,
        claims: false,
        prints: false,
        answers: false,
        is_helped: false,
    };
    match reaction.body {
        Body::Nothing => {}
        Body::Value(value) => walk.result(value),
        Body::Block(block) => {
            walk.block(file, block);
            block.tail.into_iter().for_each(|tail| walk.result(tail));
        }
    }
    let outcome = match walk {
        Walk { tells: true, .. } => None,
        Walk { claims: true, .. } => Some(Outcome::Claimed),
        Walk { logs: true, answers: false, .. } if reaction.ends_well => Some(Outcome::Claimed),
        Walk { logs: true, .. } | Walk { answers: true, prints: true, .. } => None,
        Walk { answers: true, .. } => Some(Outcome::Answered),
        Walk { prints: true, .. } => Some(Outcome::Printed),
        _ => Some(Outcome::Vanishes),
    };
    (outcome, walk.is_helped)
}

/// Whether a function that handles errors for good tells of what it is given: throws it on, logs it, hands it over.
pub(super) fn tells(program: &Program<'_>, function: FnRef) -> bool {
    let file = program.file(function.file);
    let data = file.function(function.id);
    let binding = data.params.first().and_then(|param| param.pattern.as_binding());
    let mut walk = Telling { program, function, binding, tells: false };
    walk.block(file, &data.body);
    walk.tells
}

struct Telling<'p, 'm> {
    program: &'p Program<'m>,
    function: FnRef,
    binding: Option<BindingId>,
    tells: bool,
}

impl Visit for Telling<'_, '_> {
    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        match &stmt.kind {
            // `if (res.headersSent) return next(err)`: seldom.
            StmtKind::If { test, otherwise, .. } if matches!(file.expr(*test).kind, ExprKind::Member { name, .. } if name == "headersSent") =>
            {
                self.block(file, otherwise);
            }
            StmtKind::Throw(_) => self.tells = true,
            _ => walk_stmt(self, file, stmt),
        }
    }

    fn expr(&mut self, file: &File, id: ExprId) {
        if let ExprKind::Call { callee, args, .. } = &file.expr(id).kind {
            // `next(converted)`.
            let hands_on = matches!(file.expr(*callee).kind, ExprKind::Local(name) if file.binding(name).kind == BindingKind::Param);
            let name = self.program.called_name(ExprRef { file: self.function.file, id });
            let name = name.map_or(String::new(), |name| name.to_lowercase());
            let is_error =
                |value| matches!(file.expr(value).kind, ExprKind::Local(found) if Some(found) == self.binding);
            let is_given = args.iter().any(|arg| is_error(arg.value));
            let keeps = is_answer(&name) || is_tidying(&name) || name == "isinstance";
            self.tells |= hands_on || is_log(&name) || name == "print" || is_given && !keeps;
        }
        walk_expr(self, file, id);
    }
}

struct Walk<'p, 'm> {
    program: &'p Program<'m>,
    function: FnRef,
    file: &'p File,
    binding: Option<BindingId>,
    /// Calls around that print or log.
    in_report: u32,
    /// Somebody hears of the error, or may, otherwise than by a log.
    tells: bool,
    logs: bool,
    /// An answer says that all went well.
    claims: bool,
    prints: bool,
    answers: bool,
    is_helped: bool,
}

impl Walk<'_, '_> {
    fn at(&self, id: ExprId) -> ExprRef {
        ExprRef { file: self.function.file, id }
    }

    fn call(&mut self, id: ExprId) {
        let call = self.at(id);
        let Some(name) = self.program.called_name(call) else {
            self.tells = true;
            return;
        };
        let lower = name.to_lowercase();
        if matches!(name.as_str(), "print" | "println" | "pprint") {
            self.prints = true;
        } else if helpers::of_call(self.program, call) == Some(Help::Answers) {
            self.answers = true;
            self.is_helped = true;
        } else if is_log(&lower) {
            self.logs = true;
        } else if self.sleeps(call) {
            self.tells = true;
        } else if is_answer(&lower) {
            self.claims |= claims_success(self.program, call);
            let says = lower == "redirect" || self.says_failure(id);
            self.answers |= says;
        } else if !is_tidying(&lower) {
            // Another way, a helper that answers or logs, a flag: it may well tell.
            self.tells = true;
        }
    }

    fn sleeps(&self, call: ExprRef) -> bool {
        self.program.model(call).is_some_and(|model| model.does == Some(Effect::Sleep))
    }

    /// What the handler gives or returns in place of a result.
    fn result(&mut self, value: ExprId) {
        let value = self.file.awaited(value);
        match &self.file.expr(value).kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) => {}
            // `return res.status(500).json(…)` was judged as a call.
            ExprKind::Call { .. } | ExprKind::Control(_) => {}
            ExprKind::Text(_) => self.tells |= !is_blank(self.file, value),
            ExprKind::List(items) if is_status(self.file, items) => self.answers = true,
            ExprKind::List(items) => items.iter().for_each(|item| self.result(*item)),
            // `{ success: false, error: "…" }` is an answer; any other record may be looked at.
            ExprKind::Record(entries) if says_no(self.file, entries) => self.answers = true,
            ExprKind::Record(_) if claims_success(self.program, self.at(value)) => self.claims = true,
            ExprKind::Record(entries) => self.tells |= !entries.is_empty(),
            ExprKind::Unary { op: UnaryOp::Other, operand } => self.result(*operand),
            // A value that was prepared: another way.
            _ => self.tells = true,
        }
    }

    /// Whether an answer says that something failed: a status, or its words.
    fn says_failure(&self, call: ExprId) -> bool {
        let mut search = Failure(false);
        search.expr(self.file, call);
        search.0
    }
}

impl Visit for Walk<'_, '_> {
    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Throw(_) => self.tells = true,
            StmtKind::Return(Some(value)) => self.result(*value),
            StmtKind::Let { pattern, value: Some(value), .. } => self.assigned(pattern, *value),
            _ => {}
        }
        walk_stmt(self, file, stmt);
    }

    fn expr(&mut self, file: &File, id: ExprId) {
        match &file.expr(id).kind {
            ExprKind::Local(name) if Some(*name) == self.binding && self.in_report == 0 => self.tells = true,
            ExprKind::Assign { pattern, op, value } => {
                self.tells |= op.is_some();
                self.assigned(pattern, *value);
            }
            ExprKind::Propagate(_) | ExprKind::Yield(_) => self.tells = true,
            ExprKind::Call { .. } => {
                // What a log is given tells of the error there.
                if self.logs && self.in_report > 0 {
                    return;
                }
                self.call(id);
                let name = self.program.called_name(self.at(id)).map(|name| name.to_lowercase());
                let reports = name.is_some_and(|name| name == "print" || is_log(&name));
                self.in_report += u32::from(reports);
                walk_expr(self, file, id);
                self.in_report -= u32::from(reports);
                return;
            }
            _ => {}
        }
        walk_expr(self, file, id);
    }
}

impl Walk<'_, '_> {
    /// An empty list in place of the rows vanishes; a flag or a null may be looked at later.
    fn assigned(&mut self, pattern: &Pattern, value: ExprId) {
        let is_empty = match &self.file.expr(value).kind {
            ExprKind::List(items) => items.is_empty(),
            ExprKind::Record(entries) => entries.is_empty(),
            ExprKind::Number(_) => true,
            _ => false,
        };
        self.tells |= !is_empty || pattern.as_binding().is_none();
    }
}

/// Statuses from 400 on, and words for what failed.
pub(super) struct Failure(pub(super) bool);

impl Visit for Failure {
    fn expr(&mut self, file: &File, id: ExprId) {
        self.0 |= match &file.expr(id).kind {
            ExprKind::Number(number) => (400.0..600.0).contains(number),
            ExprKind::Member { name, .. } => is_failure_name(*name),
            ExprKind::Record(entries) => entries.iter().any(|entry| entry.key.is_some_and(is_failure_name)),
            ExprKind::Text(parts) => parts.iter().any(|part| match part {
                TextPart::Literal { value, .. } => says_failure(value),
                TextPart::Hole(_) => false,
            }),
            ExprKind::Call { args, .. } => args.iter().any(|arg| arg.name.is_some_and(is_failure_name)),
            _ => false,
        };
        walk_expr(self, file, id);
    }
}

fn is_failure_name(name: ir::Symbol) -> bool {
    let name = name.to_lowercase();
    ["error", "unauthorized", "unavailable", "not_found", "bad_request", "forbidden", "message", "detail"]
        .iter()
        .any(|word| name.contains(word))
}

fn says_failure(text: &str) -> bool {
    let text = text.to_lowercase();
    [
        "error",
        "fail",
        "could not",
        "couldn't",
        "unable",
        "invalid",
        "wrong",
        "unavailable",
        "not found",
        "sorry",
        "/login",
    ]
    .iter()
    .any(|word| text.contains(word))
}

/// Nothing in it depends on what failed.
fn says_no(file: &File, entries: &[ir::Entry]) -> bool {
    let is_no = |entry: &ir::Entry| {
        entry.key.is_some_and(|key| matches!(key.as_str(), "success" | "ok"))
            && matches!(file.expr(entry.value).kind, ExprKind::Bool(false))
    };
    let is_constant = |entry: &ir::Entry| match &file.expr(entry.value).kind {
        ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Null => true,
        ExprKind::Text(parts) => parts.iter().all(|part| matches!(part, TextPart::Literal { .. })),
        _ => false,
    };
    entries.iter().any(is_no) && entries.iter().all(is_constant)
}

/// `(page, 500)`.
fn is_status(file: &File, items: &[ExprId]) -> bool {
    items
        .iter()
        .any(|item| matches!(file.expr(*item).kind, ExprKind::Number(number) if (400.0..600.0).contains(&number)))
}

fn is_blank(file: &File, text: ExprId) -> bool {
    match &file.expr(text).kind {
        ExprKind::Text(parts) => parts.iter().all(|part| match part {
            TextPart::Literal { value, .. } => value.trim().is_empty(),
            TextPart::Hole(_) => false,
        }),
        _ => false,
    }
}

pub(super) fn is_log(name: &str) -> bool {
    const WORDS: &[&str] =
        &["log", "capture", "report", "notify", "print_exc", "print_exception", "record", "alert", "track"];
    matches!(
        name,
        "debug"
            | "info"
            | "warn"
            | "warning"
            | "error"
            | "exception"
            | "critical"
            | "fatal"
            | "trace"
            | "eprintln"
            | "eprint"
            | "flash"
            | "dbg"
            | "metric"
            | "increment"
            | "inc"
    ) || WORDS.iter().any(|word| name.contains(word))
}

/// What sends an answer, or makes one.
pub(super) fn is_answer(name: &str) -> bool {
    matches!(
        name,
        "status"
            | "sendstatus"
            | "json"
            | "send"
            | "end"
            | "jsonify"
            | "render"
            | "render_template"
            | "redirect"
            | "abort"
            | "response"
            | "jsonresponse"
            | "httpresponse"
            | "notfound"
            | "not_found"
            | "text"
            | "html"
            | "code"
            | "url_for"
            | "set"
            | "header"
            | "setheader"
            | "make_response"
            | "into_response"
            | "internal_error"
    ) || name.ends_with("response")
}

/// What makes an empty value, or gives back what was taken.
pub(super) fn is_tidying(name: &str) -> bool {
    matches!(
        name,
        "rollback"
            | "close"
            | "release"
            | "quit"
            | "disconnect"
            | "clear"
            | "list"
            | "dict"
            | "set"
            | "str"
            | "int"
            | "float"
            | "decimal"
            | "resolve"
            | "ok"
            | "some"
            | "new"
            | "default"
            | "vec"
            | "map"
            | "string"
            | "to_string"
    )
}
