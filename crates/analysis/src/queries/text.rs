//! The text of a SQL argument: literals, templates, concatenation, constants of other files, text that grows by `+=`.

use std::sync::OnceLock;

use ir::{BinaryOp, BindingId, ExprId, ExprKind, File, Span, TextPart};
use rustc_hash::FxHashMap;

use crate::ids::{ExprRef, FileId, FnRef};
use crate::index::{Addition, Adds};
use crate::program::Program;
use crate::queries::Certainty;
use crate::values::Atom;

/// A text as far as it is known, with the places that its runs come from.
#[derive(Clone, Debug, Default)]
pub(crate) struct SqlText {
    pub(crate) text: String,
    /// Where a run starts in `text`, and where it stands in its file if it stands there letter by letter.
    runs: Vec<(usize, FileId, Span, bool)>,
    /// Text that is added only on some paths.
    pub(super) sometimes: String,
}

impl SqlText {
    fn push(&mut self, file: FileId, value: &str, span: Span, exact: bool) {
        self.runs.push((self.text.len(), file, span, exact));
        self.text.push_str(value);
    }

    fn hole(&mut self) {
        self.text.push_str(sql::HOLE);
    }

    /// The place of a span of the text: exact where the source is, else the whole literal.
    pub(crate) fn place(&self, span: Span) -> Option<(FileId, Span)> {
        let (start, file, source, exact) = *self.runs.iter().rev().find(|(start, ..)| *start <= span.start as usize)?;
        if !exact {
            return Some((file, source));
        }
        let from = source.start + (span.start - start as u32);
        let length = (span.end - span.start).min(source.end.saturating_sub(from));
        Some((file, Span::new(from.min(source.end), (from + length).min(source.end).max(from.min(source.end)))))
    }
}

const MAX_DEPTH: u32 = 12;

/// The text of an expression, if any part of it is known.
pub(crate) fn text_of(program: &Program<'_>, expr: ExprRef) -> Option<SqlText> {
    let mut text = SqlText::default();
    add(program, expr, &mut text, 0);
    text.text.chars().any(|char| char.is_alphabetic()).then_some(text)
}

fn add(program: &Program<'_>, expr: ExprRef, text: &mut SqlText, depth: u32) {
    if depth > MAX_DEPTH {
        text.hole();
        return;
    }
    let at = |id: ExprId| ExprRef { file: expr.file, id };
    match program.kind(expr) {
        ExprKind::Text(parts) => {
            for part in parts {
                match part {
                    TextPart::Literal { value, span, exact } => text.push(expr.file, value, *span, *exact),
                    TextPart::Hole(hole) => add_hole(program, at(*hole), text, depth),
                }
            }
        }
        ExprKind::Binary { op: BinaryOp::Add, left, right } => {
            add(program, at(*left), text, depth + 1);
            add(program, at(*right), text, depth + 1);
        }
        ExprKind::Binary { op: BinaryOp::Rem, left, .. } => add(program, at(*left), text, depth + 1),
        ExprKind::Await(inner) | ExprKind::Propagate(inner) => add(program, at(*inner), text, depth + 1),
        ExprKind::Conditional { then, .. } => add(program, at(*then), text, depth + 1),
        ExprKind::Call { callee, args, .. } => {
            // `"…".format(…)`, `text("…")`, `sql.trim()`, `query!("…")`.
            match (program.kind(at(*callee)), args.first()) {
                (ExprKind::Member { base, name, .. }, _)
                    if matches!(
                        name.as_str(),
                        "format" | "trim" | "strip" | "replace" | "to_string" | "as_str" | "into" | "dedent"
                    ) =>
                {
                    add(program, at(*base), text, depth + 1);
                }
                (_, Some(arg)) if args.len() <= 2 && is_texty(program, at(arg.value)) => {
                    add(program, at(arg.value), text, depth + 1);
                }
                _ => text.hole(),
            }
        }
        ExprKind::Local(binding) => add_name(program, expr, *binding, text, depth),
        _ => add_constant(program, expr, text, depth),
    }
}

/// A value in a template: known text is taken in, anything else is a hole.
fn add_hole(program: &Program<'_>, hole: ExprRef, text: &mut SqlText, depth: u32) {
    let constants = program.value(hole).iter().filter(|atom| matches!(atom, Atom::Text(_))).count();
    if constants == 1 && program.value(hole).len() == 1 {
        add_constant(program, hole, text, depth);
    } else {
        text.hole();
    }
}

fn is_texty(program: &Program<'_>, expr: ExprRef) -> bool {
    match program.kind(expr) {
        ExprKind::Text(_) | ExprKind::Binary { op: BinaryOp::Add, .. } => true,
        _ => program.value(expr).iter().any(|atom| matches!(atom, Atom::Text(_))),
    }
}

/// A constant of this or another file.
fn add_constant(program: &Program<'_>, expr: ExprRef, text: &mut SqlText, depth: u32) {
    let texts: Vec<ExprRef> = program
        .value(expr)
        .iter()
        .filter_map(|atom| match atom {
            Atom::Text(text) => Some(*text),
            _ => None,
        })
        .collect();
    match texts.as_slice() {
        [only] if *only != expr => add(program, *only, text, depth + 1),
        _ => text.hole(),
    }
}

/// A name: the value that it was given last before, and what `+=` and reassignments on the way add.
fn add_name(program: &Program<'_>, expr: ExprRef, binding: BindingId, text: &mut SqlText, depth: u32) {
    let index = program.listing(expr.file);
    let defs: Vec<ExprId> = index
        .defs
        .get(&binding)
        .into_iter()
        .flatten()
        .filter(|def| def.parts.is_empty())
        .map(|def| def.value)
        .collect();
    let Some(first) = defs.first() else {
        add_constant(program, expr, text, depth);
        return;
    };
    let span = |id: ExprId| program.expr_span(ExprRef { file: expr.file, id });
    let here = program.expr_span(expr).start;
    // What the name is made longer with (`query = query + …`) is no new text.
    let begins = |def: &&ExprId| !index.uses_of(binding).iter().any(|use_| span(**def).contains(span(*use_)));
    let given = defs.iter().filter(|def| span(**def).start < here).rfind(begins).unwrap_or(first);
    add(program, ExprRef { file: expr.file, id: *given }, text, depth + 1);
    let is_between = |addition: &&Addition| {
        defs.len() == 1 || span(addition.value).start > span(*given).start && span(addition.value).start < here
    };
    for addition in index.additions.get(&binding).into_iter().flatten().filter(is_between) {
        add_addition(program, expr.file, addition, text, depth);
    }
}

fn add_addition(program: &Program<'_>, file: FileId, addition: &Addition, text: &mut SqlText, depth: u32) {
    let mut added = SqlText::default();
    match addition.adds {
        Adds::Text => add(program, ExprRef { file, id: addition.value }, &mut added, depth + 1),
        Adds::Value => added.hole(),
        Adds::Rows => {
            added.text.push_str(" VALUES (");
            added.hole();
            added.text.push(')');
        }
    }
    match certainty_of(program, file, addition) {
        Certainty::Always => {
            let offset = text.text.len();
            text.runs
                .extend(added.runs.iter().map(|(start, file, span, exact)| (start + offset, *file, *span, *exact)));
            text.text.push_str(&added.text);
        }
        Certainty::Sometimes => {
            text.sometimes.push(' ');
            text.sometimes.push_str(&added.text);
        }
        Certainty::Absent => {}
    }
}

/// What is added to the statement that a call makes of a text: `QueryBuilder::new("SELECT …")`, and `push` on its name.
pub(super) fn add_pushed(program: &Program<'_>, call: ExprRef, text: &mut SqlText) {
    let index = program.listing(call.file);
    let additions = index.bound_to(program.file(call.file), call.id).and_then(|name| index.additions.get(&name));
    for addition in additions.into_iter().flatten() {
        add_addition(program, call.file, addition, text, 0);
    }
}

/// Whether an addition happens: never, if it depends on a parameter that no caller gives.
fn certainty_of(program: &Program<'_>, file: FileId, addition: &Addition) -> Certainty {
    if !addition.is_conditional {
        return Certainty::Always;
    }
    let function = FnRef { file, id: addition.function };
    let is_dead = addition.tests.iter().any(|test| program.needs_parameter_nobody_gives(function, *test));
    if is_dead { Certainty::Absent } else { Certainty::Sometimes }
}

/// The names of each file to which a limit is written: `builder.push(" LIMIT ")`. Worked out once, where it is asked for.
pub(super) struct PushedLimits(Vec<OnceLock<FxHashMap<BindingId, Certainty>>>);

impl PushedLimits {
    pub(super) fn none_yet(program: &Program<'_>) -> Self {
        Self(program.files.iter().map(|_| OnceLock::new()).collect())
    }

    fn of(&self, program: &Program<'_>, file_id: FileId) -> &FxHashMap<BindingId, Certainty> {
        self.0[file_id.0 as usize].get_or_init(|| {
            let file = program.file(file_id);
            let mut pushed = FxHashMap::default();
            for site in program.listing(file_id).sites.iter().flatten() {
                let ExprKind::Call { callee, args, .. } = &file.expr(site.call).kind else { continue };
                if let Some(name) = start_of_chain(file, *callee)
                    && args.iter().any(|arg| says_limit(program, ExprRef { file: file_id, id: arg.value }))
                {
                    let certainty = if site.is_conditional { Certainty::Sometimes } else { Certainty::Always };
                    let known: &mut Certainty = pushed.entry(name).or_default();
                    *known = certainty.max(*known);
                }
            }
            pushed
        })
    }
}

/// The name that a chain of calls of members begins with.
fn start_of_chain(file: &File, mut callee: ExprId) -> Option<BindingId> {
    while let ExprKind::Member { base, .. } = file.expr(callee).kind {
        match file.expr(file.awaited(base)).kind {
            ExprKind::Local(binding) => return Some(binding),
            ExprKind::Call { callee: inner, .. } => callee = inner,
            _ => break,
        }
    }
    None
}

/// Whether a limit is written to the builder of a statement later on, also by a helper that is given the builder.
pub(super) fn limit_pushed(program: &Program<'_>, pushed: &PushedLimits, at: ExprRef) -> Certainty {
    const MAX_STEPS: u32 = 8;
    let (file, index) = (program.file(at.file), program.listing(at.file));
    let mut names = Vec::from_iter(index.bound_to(file, at.id));
    let mut expr = at.id;
    for _ in 0..MAX_STEPS {
        expr = match file.expr(file.awaited(expr)).kind {
            ExprKind::Call { callee, .. } => callee,
            ExprKind::Member { base, .. } => base,
            ExprKind::Local(binding) => {
                names.push(binding);
                match index.defs.get(&binding).map(Vec::as_slice) {
                    Some([only]) if only.value != expr => only.value,
                    _ => break,
                }
            }
            _ => break,
        };
    }
    let pushed = pushed.of(program, at.file);
    names.iter().filter_map(|name| pushed.get(name).copied()).max().unwrap_or_default()
}

fn says_limit(program: &Program<'_>, text: ExprRef) -> bool {
    let ExprKind::Text(parts) = program.kind(text) else { return false };
    parts.iter().any(|part| match part {
        TextPart::Literal { value, .. } => {
            let is_limit = |word: &str| word.eq_ignore_ascii_case("limit") || word.eq_ignore_ascii_case("fetch");
            value.split_whitespace().any(is_limit)
        }
        TextPart::Hole(_) => false,
    })
}
