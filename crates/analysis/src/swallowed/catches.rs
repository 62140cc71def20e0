//! What catches errors in a function, and which calls' errors it catches.

use ir::{
    Arm, Block, CallKind, ExprId, ExprKind, File, Handler, Pattern, Span, Stmt, StmtKind, Visit, walk_expr, walk_stmt,
};

use super::claims;
use super::outcome::{self, Body, Outcome, Reaction};
use crate::ids::FnRef;
use crate::program::Program;
use crate::rejections::throws;

/// Which errors of the outside are caught.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Width {
    All,
    Database,
    Remote,
}

/// Something that catches errors.
#[derive(Clone, Debug)]
pub(super) struct Catch {
    /// Its head.
    pub(super) span: Span,
    /// What it makes of an error; none if the error is told of.
    pub(super) outcome: Option<Outcome>,
    /// A helper of the project makes the answer.
    pub(super) is_helped: bool,
    pub(super) width: Width,
    /// Calls whose errors it catches.
    pub(super) calls: Vec<ExprId>,
    /// A result is dropped, in so many words.
    pub(super) is_dropped: bool,
    /// What is tried assigns to a name that has another value before.
    pub(super) keeps_default: bool,
}

/// One function's walk.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) catches: Vec<Catch>,
    /// Calls whose errors leave the function.
    pub(super) escaping: Vec<ExprId>,
}

pub(super) fn of_function(program: &Program<'_>, function: FnRef) -> Walked {
    let file = program.file(function.file);
    let mut walk = Walk {
        program,
        function,
        file,
        open: Vec::new(),
        is_followed: false,
        ends_well: false,
        loops: 0,
        cleanups: 0,
        walked: Walked::default(),
    };
    walk.block(file, &file.function(function.id).body);
    walk.walked
}

struct Walk<'p, 'm> {
    program: &'p Program<'m>,
    function: FnRef,
    file: &'p File,
    /// The catches around, by number.
    open: Vec<usize>,
    /// Something comes after the statement in its block.
    is_followed: bool,
    /// What comes after the statement in its block answers that all went well.
    ends_well: bool,
    loops: u32,
    /// Blocks around that run because of an error, or at the end.
    cleanups: u32,
    walked: Walked,
}

impl Walk<'_, '_> {
    fn opened(&mut self, span: Span, handler: Reaction<'_>, inside: impl FnOnce(&mut Self)) {
        // What fails while an error is handled is the lesser trouble.
        let (outcome, is_helped) = match self.cleanups {
            0 => outcome::of(self.program, self.function, handler),
            _ => (None, false),
        };
        let number = self.walked.catches.len();
        let is_dropped = matches!(handler.body, Body::Nothing | Body::Value(_));
        self.walked.catches.push(Catch {
            span,
            outcome,
            is_helped,
            width: Width::All,
            calls: Vec::new(),
            is_dropped,
            keeps_default: false,
        });
        self.open.push(number);
        inside(self);
        self.open.pop();
    }

    fn attempt(&mut self, body: &Block, handlers: &[Handler]) {
        let quiet = handlers.iter().filter(|handler| !throws(self.file, &handler.body));
        let widest =
            quiet.filter_map(|handler| Some((self.reach_of(handler)?, handler))).min_by_key(|(width, _)| *width);
        let Some((width, handler)) = widest else { return self.block(self.file, body) };
        // What follows is another way, or another try.
        let goes_on = !handler.body.stmts.last().is_some_and(|stmt| matches!(stmt.kind, StmtKind::Return(_)));
        let is_other_way = goes_on && (self.is_followed || self.loops > 0) && leaves(self.file, body);
        let ends_well = self.ends_well && !leaves(self.file, &handler.body);
        let reaction = Reaction { binding: handler.binding, body: Body::Block(&handler.body), ends_well };
        let number = self.walked.catches.len();
        self.opened(head(self.file, handler), reaction, |walk| walk.block(walk.file, body));
        self.walked.catches[number].width = width;
        if is_other_way {
            self.walked.catches[number].outcome = None;
        }
    }

    /// What a handler catches of what fails outside, by its types.
    fn reach_of(&self, handler: &Handler) -> Option<Width> {
        const ALL: &[&str] = &["Exception", "BaseException", "Error"];
        const DATABASE: &[&str] = &[
            "SQLAlchemyError",
            "DatabaseError",
            "OperationalError",
            "InterfaceError",
            "PyMongoError",
            "PostgresError",
        ];
        const REMOTE: &[&str] = &[
            "RequestException",
            "HTTPError",
            "ClientError",
            "ConnectionError",
            "RequestError",
            "OpenAIError",
            "APIError",
            "BotoCoreError",
            "SMTPException",
        ];
        let Some(types) = handler.types else { return Some(Width::All) };
        let listed: Vec<ExprId> = match &self.file.expr(types).kind {
            ExprKind::List(items) => items.clone(),
            _ => vec![types],
        };
        let of_type = |ty: &ExprId| {
            let name = match self.file.expr(*ty).kind {
                ExprKind::Global(name) | ExprKind::Member { name, .. } => name,
                ExprKind::Local(binding) => self.file.binding(binding).name,
                _ => return None,
            };
            let widths = [(ALL, Width::All), (DATABASE, Width::Database), (REMOTE, Width::Remote)];
            widths.into_iter().find(|(names, _)| names.contains(&name.as_str())).map(|(_, width)| width)
        };
        listed.iter().filter_map(of_type).min()
    }

    fn note_assignment(&mut self, is_to_outer_name: bool) {
        if let (true, Some(number)) = (is_to_outer_name, self.open.last()) {
            self.walked.catches[*number].keeps_default = true;
        }
    }

    /// `promise.catch(f)`, and what turns an error into a value: `.ok()`, `.unwrap_or_default()`.
    fn caught_by_call(&mut self, id: ExprId) -> bool {
        let ExprKind::Call { callee, args, kind: CallKind::Call } = &self.file.expr(id).kind else { return false };
        let ExprKind::Member { base, name, name_span } = self.file.expr(*callee).kind else { return false };
        if self.is_told_before(base) {
            return false;
        }
        let is_dropped = self.is_dropped(id);
        let reaction = match (name.as_str(), args.as_slice()) {
            ("catch", [handler]) if is_dropped => match self.file.expr(handler.value).kind {
                ExprKind::Function(closure) => {
                    let closure = self.file.function(closure);
                    let binding = closure.params.first().and_then(|param| param.pattern.as_binding());
                    Reaction { binding, body: Body::Block(&closure.body), ends_well: false }
                }
                _ => return false,
            },
            ("ok", []) if is_dropped && !self.file.has_exceptions() => Reaction::NOTHING,
            ("unwrap_or_default", []) if !self.file.has_exceptions() => Reaction::NOTHING,
            ("unwrap_or", [value]) if !self.file.has_exceptions() => {
                Reaction { body: Body::Value(value.value), ..Reaction::NOTHING }
            }
            _ => return false,
        };
        self.opened(name_span, reaction, |walk| walk.expr(walk.file, base));
        true
    }

    /// `query.await.inspect_err(log).ok()`: something looks at the error first. `query.await?.flatten().unwrap_or(0)`: it has
    /// left before.
    fn is_told_before(&self, mut at: ExprId) -> bool {
        loop {
            at = match self.file.expr(at).kind {
                ExprKind::Await(inner) => inner,
                ExprKind::Propagate(_) => return true,
                ExprKind::Call { callee, .. } => callee,
                ExprKind::Member { name, .. }
                    if matches!(name.as_str(), "inspect_err" | "map_err" | "or_else" | "tap_err" | "log_err") =>
                {
                    return true;
                }
                ExprKind::Member { base, .. } => base,
                ExprKind::Control(ref stmt) => return self.is_told_in_branches(&stmt.kind),
                _ => return false,
            };
        }
    }

    /// `if wide { all().await? } else { some().await? }.unwrap_or_default()`.
    fn is_told_in_branches(&self, stmt: &StmtKind) -> bool {
        let is_told = |block: &Block| block.tail.is_some_and(|tail| self.is_told_before(tail));
        match stmt {
            StmtKind::If { then, otherwise, .. } => is_told(then) && is_told(otherwise),
            StmtKind::Match { arms, .. } => arms.iter().all(|arm| is_told(&arm.body)),
            StmtKind::Block(block) => is_told(block),
            _ => false,
        }
    }

    /// Whether nobody looks at what an expression gives.
    fn is_dropped(&self, id: ExprId) -> bool {
        let index = self.program.listing(self.function.file);
        let outer = index.unwrapped_parent(self.file, id);
        index.discarded.contains(&outer) || index.discarded.contains(&id)
    }

    /// `match query.await { Ok(rows) => …, Err(_) => … }`, `if let Ok(rows) = query.await { … }`.
    fn attempt_of_match(&mut self, subject: ExprId, arms: &[Arm]) -> bool {
        let is_variant = |arm: &Arm, wanted: &str| match &arm.pattern {
            Pattern::Variant { path: Some(path), .. } => {
                matches!(self.file.expr(*path).kind, ExprKind::Global(name) if name == wanted)
            }
            _ => false,
        };
        if self.file.has_exceptions() || !arms.iter().any(|arm| is_variant(arm, "Ok")) {
            return false;
        }
        // `Err(_)` before the `_` that takes the rest.
        let mut certain = arms.iter().filter(|arm| arm.guard.is_none()).rev();
        let failed = certain.clone().find(|arm| is_variant(arm, "Err"));
        let Some(failed) = failed.or_else(|| certain.find(|arm| matches!(arm.pattern, Pattern::Ignore))) else {
            return false;
        };
        let mut binding = None;
        failed.pattern.each_binding(&mut |found| binding = binding.or(Some(found)));
        let span = self.file.expr(subject).span;
        let reaction = Reaction { binding, body: Body::Block(&failed.body), ends_well: false };
        self.opened(span, reaction, |walk| walk.expr(walk.file, subject));
        for arm in arms {
            self.block(self.file, &arm.body);
        }
        true
    }
}

impl Visit for Walk<'_, '_> {
    fn block(&mut self, file: &File, block: &Block) {
        for (number, stmt) in block.stmts.iter().enumerate() {
            self.is_followed = number + 1 < block.stmts.len() || block.tail.is_some();
            self.ends_well = matches!(stmt.kind, StmtKind::Try { .. })
                && claims::ends_in_success(self.program, self.function, &block.stmts[number + 1..]);
            self.stmt(file, stmt);
        }
        block.tail.into_iter().for_each(|tail| self.expr(file, tail));
    }

    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Try { body, handlers, otherwise, finally } => {
                self.attempt(body, handlers);
                self.block(file, otherwise);
                self.cleanups += 1;
                handlers.iter().for_each(|handler| self.block(file, &handler.body));
                self.block(file, finally);
                self.cleanups -= 1;
            }
            StmtKind::Match { subject, arms } if self.attempt_of_match(*subject, arms) => {}
            // `let _ = insert().await?;` drops what came of it, and no error.
            StmtKind::Let { pattern: Pattern::Ignore, value: Some(value), .. }
                if !file.has_exceptions() && !matches!(file.expr(*value).kind, ExprKind::Propagate(_)) =>
            {
                let span = file.expr(*value).span;
                self.opened(span, Reaction::NOTHING, |walk| walk.expr(file, *value));
            }
            StmtKind::Let { pattern: Pattern::Bind(name), .. } => {
                let defs = self.program.listing(self.function.file).defs.get(name).map_or(0, Vec::len);
                self.note_assignment(defs > 1);
                walk_stmt(self, file, stmt);
            }
            StmtKind::Loop { .. } => {
                self.loops += 1;
                walk_stmt(self, file, stmt);
                self.loops -= 1;
            }
            _ => walk_stmt(self, file, stmt),
        }
    }

    fn expr(&mut self, file: &File, id: ExprId) {
        if self.caught_by_call(id) {
            return;
        }
        match &file.expr(id).kind {
            ExprKind::Call { .. } => match self.open.last() {
                Some(number) => self.walked.catches[*number].calls.push(id),
                None => self.walked.escaping.push(id),
            },
            ExprKind::Assign { pattern, .. } => self.note_assignment(matches!(**pattern, Pattern::Bind(_))),
            _ => {}
        }
        walk_expr(self, file, id);
    }
}

/// The head of a handler: what it catches, or its first word.
fn head(file: &File, handler: &Handler) -> Span {
    const FIRST_WORD: u32 = 5;
    let end = match (handler.types, handler.binding) {
        (Some(types), _) => file.expr(types).span.end,
        (None, Some(binding)) => file.binding(binding).span.end,
        (None, None) => handler.span.start + FIRST_WORD,
    };
    Span { end: end.clamp(handler.span.start, handler.span.end), ..handler.span }
}

/// Whether a block ends the function or the loop around it.
fn leaves(file: &File, block: &Block) -> bool {
    struct Leaves(bool);
    impl Visit for Leaves {
        fn stmt(&mut self, file: &File, stmt: &Stmt) {
            self.0 |= matches!(stmt.kind, StmtKind::Return(_) | StmtKind::Break(_));
            walk_stmt(self, file, stmt);
        }
    }
    let mut found = Leaves(false);
    found.block(file, block);
    found.0
}
