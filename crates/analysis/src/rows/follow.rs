//! Rows on their way from an expression to what takes them.

use ir::{BinaryOp, BindingId, ExprId, ExprKind, FnId, Span, UnaryOp};

use super::Processing;
use super::layout::Layout;
use super::words;
use crate::ids::{ExprRef, FileId, FnRef};
use crate::index::Part;
use crate::program::Program;
use crate::queries::{is_lazy_value, is_query_value};

/// Rows in some form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Rows {
    /// A query that has not run yet: its members are steps of the query.
    pub(super) is_lazy: bool,
    /// What a driver gives, which holds the rows.
    pub(super) is_raw: bool,
    /// Something was computed from each that the database cannot.
    pub(super) is_computed: bool,
    /// Already filtered here.
    pub(super) is_filtered: bool,
}

impl Rows {
    pub(super) fn of_query(is_raw: bool, is_lazy: bool) -> Self {
        Self { is_lazy, is_raw, is_computed: false, is_filtered: false }
    }

    pub(super) fn fetched(self) -> Self {
        Self { is_lazy: false, is_raw: false, ..self }
    }
}

/// What becomes of rows within a function and the helpers that it calls with them.
#[derive(Default)]
pub(super) struct Uses {
    pub(super) steps: Vec<(Processing, FileId, Span)>,
    /// Filters whose result takes the rows' name: what the database could have left out, even if all rows are wanted where the
    /// filter is not.
    pub(super) narrowing: Vec<(Processing, FileId, Span)>,
    /// They are brought into an order that the database cannot give.
    pub(super) is_reordered: bool,
    /// Some are dropped by a test that the database cannot make.
    pub(super) is_sifted: bool,
    pub(super) is_needed: bool,
    /// The function that returns them all.
    pub(super) returned: Option<(FnRef, Rows)>,
    /// Parts that a filter left and that are used as they are.
    pub(super) kept: u32,
    pub(super) tested: Option<(FileId, Span)>,
}

impl Uses {
    pub(super) fn step(&mut self, step: Processing, file: FileId, span: Span) {
        if !self.steps.contains(&(step, file, span)) {
            self.steps.push((step, file, span));
        }
    }

    /// What follows from an order that is worked out, or a test that only the code can make: the first few of all are a result,
    /// anything else needs the rows.
    pub(super) fn settle_order(&mut self) {
        let is_cut = |(step, ..): &(Processing, FileId, Span)| {
            matches!(step, Processing::Cut | Processing::Paged | Processing::Ranked)
        };
        let only_cut = !self.steps.is_empty() && self.steps.iter().all(is_cut);
        if self.is_reordered && only_cut && self.returned.is_none() {
            self.steps.iter_mut().for_each(|(step, ..)| *step = Processing::Ranked);
        } else {
            self.is_needed |= self.is_reordered || self.is_sifted;
        }
    }

    /// What follows from all uses together.
    pub(super) fn settle(&mut self) {
        self.settle_order();
        // Filtered into several parts that are used: all of them are.
        self.is_needed |= self.kept > 1;
        if let (true, Some((file, span))) = (self.steps.is_empty(), self.tested) {
            self.steps.push((Processing::Tested, file, span));
        }
        self.steps.sort();
    }
}

pub(super) struct Tracker<'a> {
    pub(super) program: &'a Program<'a>,
    pub(super) layouts: &'a [Layout<'a>],
}

/// How many helpers and names deep rows are followed.
const MAX_DEPTH: u32 = 12;

impl Tracker<'_> {
    pub(super) fn layout(&self, file: FileId) -> &Layout<'_> {
        &self.layouts[file.0 as usize]
    }

    pub(super) fn is_lazy(&self, at: ExprRef) -> bool {
        is_lazy_value(self.program, at) || is_query_value(self.program, at)
    }

    /// Calls that get what a function returns.
    pub(super) fn callers(&self, function: FnRef) -> Vec<ExprRef> {
        let edges = self.program.calls_into(function).iter();
        edges.filter(|edge| self.program.called_functions(edge.at).contains(&function)).map(|edge| edge.at).collect()
    }

    /// Follows rows from an expression that gives them.
    pub(super) fn follow(&self, expr: ExprRef, mut rows: Rows, uses: &mut Uses, depth: u32) {
        if depth > MAX_DEPTH {
            uses.is_needed = true;
            return;
        }
        let file = self.program.file(expr.file);
        let index = self.program.listing(expr.file);
        let mut at = expr.id;
        while let Some(parent) = index.parent(at) {
            match file.expr(parent).kind {
                ExprKind::Await(_) => rows.is_lazy = false,
                ExprKind::Propagate(_) => {}
                _ => break,
            }
            at = parent;
        }
        let at = ExprRef { file: expr.file, id: at };
        if let Some(visited) = self.layout(at.file).loops.get(&at.id) {
            self.looped(at, visited, rows.fetched(), uses, depth);
            return;
        }
        match index.parent(at.id) {
            Some(parent) => self.taken(at, ExprRef { file: at.file, id: parent }, rows, uses, depth),
            None => self.ended(at, rows, uses, depth),
        }
    }

    /// The expression is a whole statement's, or stands where nothing else takes it.
    fn ended(&self, at: ExprRef, rows: Rows, uses: &mut Uses, depth: u32) {
        let index = self.program.listing(at.file);
        let layout = self.layout(at.file);
        if let Some(binding) = index.assigned.get(&at.id) {
            self.named(at, *binding, rows, uses, depth);
        } else if let Some(parts) = layout.parts.get(&at.id).filter(|_| !index.placed.contains(&at.id)) {
            for (binding, parts) in parts {
                self.taken_apart(at, *binding, parts, rows, uses, depth);
            }
        } else if layout.tests.contains(&at.id) {
            uses.tested = Some((at.file, self.program.expr_span(at)));
        } else if let Some(function) = index.returned_in.get(&at.id) {
            let function = FnRef { file: at.file, id: *function };
            if rows.is_filtered || uses.returned.is_some_and(|(other, _)| other != function) {
                uses.is_needed = true;
            } else {
                uses.returned = Some((function, rows));
            }
        } else if !index.discarded.contains(&at.id) {
            uses.is_needed = true;
        }
    }

    /// `const { rows } = …`, `const [rows] = …`, `[first] = …`.
    pub(super) fn taken_apart(
        &self,
        at: ExprRef,
        name: BindingId,
        parts: &[Part],
        rows: Rows,
        uses: &mut Uses,
        depth: u32,
    ) {
        match parts {
            [Part::Field(field)] if words::holds_rows(field.as_str()) => {
                self.named(at, name, rows.fetched(), uses, depth);
            }
            // Counts, descriptions of columns, errors.
            [Part::Field(_)] => {}
            [Part::Item(0)] if rows.is_raw => self.named(at, name, rows.fetched(), uses, depth),
            [Part::Item(0)] => uses.step(Processing::First, at.file, self.program.expr_span(at)),
            [Part::Item(_)] if rows.is_raw => {}
            [Part::Inner] => self.named(at, name, rows, uses, depth),
            _ => uses.is_needed = true,
        }
    }

    /// All uses of a name that was given the rows.
    pub(super) fn named(&self, value: ExprRef, name: BindingId, rows: Rows, uses: &mut Uses, depth: u32) {
        let (home, rounds) = self.layout(value.file).place(value.id);
        let file = self.program.file(value.file);
        if file.binding(name).function == FnId::MODULE {
            uses.is_needed = true;
            return;
        }
        let after = file.expr(value.id).span.start;
        self.used(value.file, name, (home, rounds), after, rows, uses, depth);
    }

    /// The uses of a parameter that is given the rows.
    pub(super) fn given(&self, function: FnRef, position: usize, rows: Rows, uses: &mut Uses, depth: u32) {
        match self.layout(function.file).params.get(&(function.id, position)) {
            Some(name) => self.used(function.file, *name, (function.id, 0), 0, rows, uses, depth),
            None => uses.is_needed = true,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a place, a name and the state of the search")]
    fn used(
        &self,
        file: FileId,
        name: BindingId,
        home: (FnId, u32),
        after: u32,
        rows: Rows,
        uses: &mut Uses,
        depth: u32,
    ) {
        for use_ in self.program.listing(file).uses_of(name) {
            let at = ExprRef { file, id: *use_ };
            if self.program.expr_span(at).start < after {
                continue;
            }
            let (function, rounds) = self.layout(file).place(*use_);
            if function == home.0 && rounds <= home.1 {
                self.follow(at, rows, uses, depth + 1);
            } else if !self.is_counted(at) {
                // Looked up again and again, or by something that runs later.
                uses.is_needed = true;
            }
        }
    }

    /// `rows.length` and `len(rows)`.
    fn is_counted(&self, at: ExprRef) -> bool {
        let Some(parent) = self.program.listing(at.file).parent(at.id) else { return false };
        match self.program.kind(ExprRef { file: at.file, id: parent }) {
            ExprKind::Member { name, .. } => matches!(name.as_str(), "length" | "len" | "size"),
            ExprKind::Call { callee, .. } => {
                matches!(self.program.kind(ExprRef { file: at.file, id: *callee }), ExprKind::Global(name) if *name == "len")
            }
            _ => false,
        }
    }

    /// The expression around takes the rows.
    fn taken(&self, at: ExprRef, parent: ExprRef, rows: Rows, uses: &mut Uses, depth: u32) {
        let next = depth + 1;
        let span = self.program.expr_span(parent);
        match self.program.kind(parent) {
            ExprKind::Member { .. } => self.member(at, parent, rows, uses, next),
            ExprKind::Call { .. } => self.argument(at, parent, rows, uses, next),
            // `[...rows]`
            ExprKind::Spread(_) | ExprKind::List(_) => self.listed(at, parent, rows, uses, next),
            ExprKind::Slice { base, from, to } if *base == at.id && !rows.is_lazy => {
                let bounds: Vec<ExprId> = from.iter().chain(to).copied().collect();
                uses.step(self.cut(at.file, &bounds), at.file, span);
            }
            ExprKind::Slice { base, .. } | ExprKind::Index { base, .. } if *base == at.id && rows.is_lazy => {}
            ExprKind::Index { base, indices } if *base == at.id => match indices.as_slice() {
                [one] if self.is_number(at.file, *one) && rows.is_raw && self.is_list_like(parent) => {
                    self.follow(parent, rows.fetched(), uses, next);
                }
                [one] if self.is_number(at.file, *one) => uses.step(Processing::First, at.file, span),
                _ => uses.is_needed = true,
            },
            ExprKind::Binary { op: BinaryOp::And, left, .. } if *left == at.id => uses.tested = Some((at.file, span)),
            ExprKind::Binary { op, .. } if op.is_lazy() => self.follow(parent, rows, uses, next),
            ExprKind::Binary { op: BinaryOp::In, right, .. } if *right == at.id => {
                uses.step(Processing::Searched, at.file, span);
            }
            ExprKind::Binary { op: BinaryOp::Equal | BinaryOp::NotEqual, .. } => uses.tested = Some((at.file, span)),
            ExprKind::Unary { op: UnaryOp::Not, .. } => uses.tested = Some((at.file, span)),
            ExprKind::Conditional { test, .. } if *test == at.id => uses.tested = Some((at.file, span)),
            ExprKind::Conditional { .. } | ExprKind::Unary { op: UnaryOp::Other, .. } => {
                self.follow(parent, rows, uses, next);
            }
            ExprKind::Assign { pattern, op: None, .. } => match pattern.as_binding() {
                Some(name) => self.named(at, name, rows, uses, next),
                None => uses.is_needed = true,
            },
            _ => uses.is_needed = true,
        }
    }

    fn is_number(&self, file: FileId, expr: ExprId) -> bool {
        match *self.program.kind(ExprRef { file, id: expr }) {
            ExprKind::Number(_) => true,
            ExprKind::Unary { op: UnaryOp::Other, operand } => self.is_number(file, operand),
            _ => false,
        }
    }

    /// A page if its bounds are not constants.
    pub(super) fn cut(&self, file: FileId, bounds: &[ExprId]) -> Processing {
        if bounds.iter().all(|bound| self.is_number(file, *bound)) { Processing::Cut } else { Processing::Paged }
    }

    /// Whether something is used as a list: `(await query())[0].length`.
    fn is_list_like(&self, expr: ExprRef) -> bool {
        let Some(parent) = self.program.listing(expr.file).parent(expr.id) else { return false };
        match self.program.kind(ExprRef { file: expr.file, id: parent }) {
            ExprKind::Member { name, .. } => {
                name == "length" || name == "size" || words::of_member(name.as_str()).is_some()
            }
            ExprKind::Index { .. } => true,
            _ => false,
        }
    }
}
