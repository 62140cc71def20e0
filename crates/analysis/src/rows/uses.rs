//! What takes rows: members, functions, loops.

use ir::{Arg, ExprId, ExprKind, StmtKind, UnaryOp};

use super::Processing;
use super::bodies::{Body, Fate, is_plain_fold, is_plain_function_of, is_plain_of};
use super::follow::{Rows, Tracker, Uses};
use super::layout::LoopAt;
use super::words::{self, Verb};
use crate::ids::{ExprRef, FileId, FnRef};
use crate::queries::is_query_value;
use crate::values::Atom;

impl Tracker<'_> {
    /// `rows.length`, `rows.filter(…)`, `result.rows`.
    pub(super) fn member(&self, at: ExprRef, member: ExprRef, rows: Rows, uses: &mut Uses, depth: u32) {
        let ExprKind::Member { name, .. } = *self.program.kind(member) else { return };
        let index = self.program.listing(at.file);
        let call = index.parent(member.id).map(|id| ExprRef { file: at.file, id });
        let call = call
            .filter(|call| matches!(self.program.kind(*call), ExprKind::Call { callee, .. } if *callee == member.id));
        let Some(call) = call else {
            match name.as_str() {
                // Of a list, or of a snapshot of documents.
                "length" | "size" => uses.step(Processing::Counted, at.file, self.program.expr_span(member)),
                name if words::holds_rows(name) => self.follow(member, rows.fetched(), uses, depth),
                // `rowCount`, `error`.
                _ if rows.is_raw => {}
                _ => uses.is_needed = true,
            }
            return;
        };
        // Of a query that a relation is nothing more is known, but that its members are steps.
        let is_step = self.program.model(call).is_some()
            || is_query_value(self.program, call)
            || self.program.value(at).is_empty();
        if rows.is_lazy && is_step {
            // A step of the query, which is a query of its own.
            let is_fetch =
                self.program.model(call).is_some_and(|model| model.query.contains(&crate::models::Query::Rows));
            if is_fetch {
                self.follow(call, rows.fetched(), uses, depth);
            }
            return;
        }
        let ExprKind::Call { args, .. } = self.program.kind(call) else { return };
        let verb = match (name.as_str(), args.is_empty()) {
            // Rust and JavaScript call a test per element what SQLAlchemy calls its fetch.
            ("all", false) => Some(Verb::Search),
            ("then", _) => return self.promised(call, args, rows.fetched(), uses, depth),
            (name, _) => words::of_member(name),
        };
        let function = args.iter().find_map(|arg| self.function(at.file, arg.value));
        self.processed(verb, call, args.first().map(|arg| arg.value), function, rows, uses, depth);
    }

    fn function(&self, file: FileId, expr: ExprId) -> Option<FnRef> {
        self.program.value(ExprRef { file, id: expr }).iter().find_map(|atom| match atom {
            Atom::Function(function) => Some(*function),
            _ => None,
        })
    }

    /// `.then(rows => …)`.
    fn promised(&self, call: ExprRef, args: &[Arg], rows: Rows, uses: &mut Uses, depth: u32) {
        match args.first().and_then(|arg| self.function(call.file, arg.value)) {
            Some(function) => self.given(function, 0, rows, uses, depth),
            None => uses.is_needed = true,
        }
    }

    /// What a verb does, whose result is `call`.
    #[expect(clippy::too_many_arguments, reason = "a call taken apart, and the state of the search")]
    fn processed(
        &self,
        verb: Option<Verb>,
        call: ExprRef,
        first: Option<ExprId>,
        function: Option<FnRef>,
        mut rows: Rows,
        uses: &mut Uses,
        depth: u32,
    ) {
        let span = self.program.call_span(call);
        let is_plain = |element: usize| {
            function.is_none_or(|function| is_plain_function_of(self.program, function.file, function.id, element))
        };
        let step = match verb {
            Some(Verb::Same) => {
                rows.is_raw = false;
                return self.follow(call, rows, uses, depth);
            }
            Some(Verb::Sort) => {
                rows.is_computed |= !self.is_plain_order(function);
                uses.is_reordered |= rows.is_computed;
                return self.follow(call, rows.fetched(), uses, depth);
            }
            Some(Verb::Map) => {
                rows.is_computed |= function.is_none() || !is_plain(0);
                return self.follow(call, rows.fetched(), uses, depth);
            }
            Some(Verb::Each) => return self.each(function, span, call.file, uses),
            Some(Verb::Filter) if function.is_some() && (rows.is_computed || !is_plain(0)) => {
                uses.is_sifted = true;
                rows.is_computed = true;
                if !self.takes_place(call) {
                    self.follow(call, rows.fetched(), uses, depth);
                }
                return;
            }
            Some(Verb::Filter) if function.is_some() && self.takes_place(call) => {
                return uses.narrowing.push((Processing::Filtered, call.file, span));
            }
            Some(Verb::Filter) => {
                uses.is_needed |= function.is_none();
                uses.step(Processing::Filtered, call.file, span);
                rows.is_filtered = true;
                return self.filtered(call, rows.fetched(), uses, depth);
            }
            Some(Verb::Search) => {
                uses.is_needed |= rows.is_computed || !is_plain(0);
                Processing::Searched
            }
            Some(Verb::Aggregate) => {
                let is_fold = function
                    .is_some_and(|function| self.program.file(function.file).function(function.id).params.len() > 1);
                let is_plain = match function {
                    Some(function) if is_fold => is_plain_fold(self.program, function.file, function.id),
                    _ => is_plain(0),
                };
                uses.is_needed |= rows.is_computed || !is_plain;
                Processing::Aggregated
            }
            Some(Verb::Count) => Processing::Counted,
            Some(Verb::IsEmpty) => {
                uses.tested = Some((call.file, span));
                return;
            }
            Some(Verb::Slice) => {
                let ExprKind::Call { args, .. } = self.program.kind(call) else { return };
                let bounds: Vec<ExprId> = args.iter().map(|arg| arg.value).collect();
                // `slice()` copies.
                if first.is_none() {
                    return self.follow(call, rows.fetched(), uses, depth);
                }
                self.cut(call.file, &bounds)
            }
            Some(Verb::First) => Processing::First,
            None => {
                uses.is_needed = true;
                return;
            }
        };
        uses.step(step, call.file, span);
    }

    /// `rows = rows.filter(…)`: what a name holds becomes a part of it, and its later uses are that part's.
    fn takes_place(&self, call: ExprRef) -> bool {
        let ExprKind::Call { callee, .. } = *self.program.kind(call) else { return false };
        let ExprKind::Member { base, .. } = *self.program.kind(ExprRef { file: call.file, id: callee }) else {
            return false;
        };
        self.is_renamed(ExprRef { file: call.file, id: base }, call)
    }

    /// Whether the name that is `rows` is given `part`.
    fn is_renamed(&self, rows: ExprRef, part: ExprRef) -> bool {
        let ExprKind::Local(name) = *self.program.kind(rows) else { return false };
        self.program.listing(part.file).assigned.get(&part.id) == Some(&name)
    }

    /// An order that the database can give: by members of the rows.
    fn is_plain_order(&self, function: Option<FnRef>) -> bool {
        let Some(function) = function else { return true };
        let params = self.program.file(function.file).function(function.id).params.len();
        (0..params).all(|element| is_plain_function_of(self.program, function.file, function.id, element))
    }

    /// What a filter left.
    fn filtered(&self, part: ExprRef, rows: Rows, uses: &mut Uses, depth: u32) {
        let mut inner = Uses::default();
        self.follow(part, rows, &mut inner, depth);
        inner.settle_order();
        uses.kept += u32::from(inner.is_needed || inner.returned.is_some());
        uses.steps.extend(inner.steps);
        uses.narrowing.extend(inner.narrowing);
    }

    fn each(&self, function: Option<FnRef>, span: ir::Span, file: FileId, uses: &mut Uses) {
        let Some(function) = function else {
            uses.is_needed = true;
            return;
        };
        let data = self.program.file(function.file).function(function.id);
        let Some(element) = data.params.first() else { return };
        let fate = Body::new(self.program, function.file, &element.pattern).fate(&data.body);
        self.judged(fate, file, span, uses);
    }

    fn judged(&self, fate: Fate, file: FileId, span: ir::Span, uses: &mut Uses) {
        match fate {
            Fate::Aggregated => uses.step(Processing::Aggregated, file, span),
            Fate::Filtered => {
                uses.kept += 1;
                uses.step(Processing::Filtered, file, span);
            }
            Fate::Searched => uses.step(Processing::Searched, file, span),
            Fate::Needed => uses.is_needed = true,
        }
    }

    /// A loop over the rows, or a comprehension.
    pub(super) fn looped(&self, at: ExprRef, visited: &LoopAt<'_>, mut rows: Rows, uses: &mut Uses, depth: u32) {
        let file = at.file;
        let Some(control) = visited.control else {
            let span = self.program.expr_span(at);
            let fate = Body::new(self.program, file, visited.pattern).fate(visited.body);
            return self.judged(fate, file, span, uses);
        };
        let control = ExprRef { file, id: control };
        let mut guards = visited.body.stmts.iter().filter_map(|stmt| match &stmt.kind {
            StmtKind::If { test, .. } => Some(*test),
            _ => None,
        });
        let is_listed = visited.body.tail.is_some() && guards.clone().count() == visited.body.stmts.len();
        let Some(tail) = visited.body.tail.filter(|_| is_listed) else {
            uses.is_needed = true;
            return;
        };
        let is_plain = |expr: ExprId| is_plain_of(self.program, file, visited.pattern, expr);
        let is_row = matches!(self.program.kind(ExprRef { file, id: tail }), ExprKind::Local(name) if visited.pattern.as_binding() == Some(*name));
        // `{key: value for …}` is a table to look things up in.
        let is_table = matches!(self.program.kind(ExprRef { file, id: tail }), ExprKind::List(pair) if pair.len() == 2);
        rows.is_computed |= !is_row && !is_plain(tail);
        let is_guarded = guards.clone().next().is_some();
        if is_table && !is_guarded {
            uses.is_needed = true;
        } else if is_guarded {
            let is_plain = guards.all(|guard| is_plain(self.without_not(file, guard)));
            if is_plain && self.is_renamed(at, control) {
                return uses.narrowing.push((Processing::Filtered, file, self.program.expr_span(control)));
            }
            uses.is_needed |= !is_plain;
            uses.step(Processing::Filtered, file, self.program.expr_span(control));
            rows.is_filtered = true;
            self.filtered(control, rows, uses, depth + 1);
        } else {
            self.follow(control, rows, uses, depth + 1);
        }
    }

    fn without_not(&self, file: FileId, expr: ExprId) -> ExprId {
        match *self.program.kind(ExprRef { file, id: expr }) {
            ExprKind::Unary { op: UnaryOp::Not, operand } => operand,
            _ => expr,
        }
    }

    /// An argument of a call.
    pub(super) fn argument(&self, at: ExprRef, call: ExprRef, rows: Rows, uses: &mut Uses, depth: u32) {
        let ExprKind::Call { callee, args, .. } = self.program.kind(call) else { return };
        let callee = ExprRef { file: at.file, id: *callee };
        let Some(position) = args.iter().position(|arg| arg.value == at.id) else {
            uses.is_needed = true;
            return;
        };
        // `Q(team__in=teams)`: a part of another query.
        if rows.is_lazy && args[position].name.is_some_and(|name| name.ends_with("__in")) {
            return;
        }
        let functions = self.program.called_functions(call);
        if !functions.is_empty() {
            for function in functions.into_iter().take(2) {
                self.handed(function, position, args[position], call, rows, uses, depth);
            }
            return;
        }
        if let Some(item) = self.gathered(callee, position) {
            return self.one_of_several(call, item, rows, uses, depth);
        }
        let function = args.iter().find_map(|arg| self.function(at.file, arg.value));
        let verb = self.function_name(callee).and_then(|name| words::of_function(&name));
        self.processed(verb, call, Some(at.id), function, rows.fetched(), uses, depth);
    }

    fn function_name(&self, callee: ExprRef) -> Option<String> {
        match self.program.kind(callee) {
            ExprKind::Global(name) => Some(name.to_string()),
            ExprKind::Member { base, name, .. } => match self.program.kind(ExprRef { file: callee.file, id: *base }) {
                ExprKind::Global(module) => Some(format!("{module}.{name}")),
                _ => self.path(callee),
            },
            _ => self.path(callee),
        }
    }

    fn path(&self, callee: ExprRef) -> Option<String> {
        self.program.value(callee).iter().find_map(|atom| match atom {
            Atom::Path(path) => Some(path.to_string()),
            _ => None,
        })
    }

    /// A helper of the project takes the rows.
    #[expect(clippy::too_many_arguments, reason = "an argument of a call, and the state of the search")]
    fn handed(
        &self,
        function: FnRef,
        position: usize,
        arg: Arg,
        call: ExprRef,
        rows: Rows,
        uses: &mut Uses,
        depth: u32,
    ) {
        let data = self.program.file(function.file).function(function.id);
        let position = match arg.name {
            Some(name) => data.params.iter().position(|param| param.name == name),
            None => Some(position),
        };
        let Some(position) = position else {
            uses.is_needed = true;
            return;
        };
        let mut inner = Uses::default();
        self.given(function, position, rows, &mut inner, depth);
        let returned = inner.returned.take();
        uses.is_needed |= returned.is_some() && (inner.is_reordered || inner.is_sifted);
        inner.settle();
        uses.narrowing.append(&mut inner.narrowing);
        uses.is_needed |= inner.is_needed;
        uses.kept += inner.kept;
        uses.steps.extend(inner.steps);
        match returned {
            // What a closure inside returns goes elsewhere.
            Some((by, rows)) if by == function => self.follow(call, rows, uses, depth),
            Some(_) => uses.is_needed = true,
            None => {}
        }
    }

    /// `asyncio.gather(a, b)`, `Promise.all([a, b])`: the number of the result.
    fn gathered(&self, callee: ExprRef, position: usize) -> Option<usize> {
        let name = self.function_name(callee)?;
        matches!(name.as_str(), "asyncio.gather" | "tokio.try_join" | "tokio.join").then_some(position)
    }

    /// One of several results that are taken apart.
    fn one_of_several(&self, all: ExprRef, item: usize, rows: Rows, uses: &mut Uses, depth: u32) {
        let file = self.program.file(all.file);
        let outer = self.program.listing(all.file).unwrapped_parent(file, all.id);
        let names = self.layout(all.file).parts.get(&outer).into_iter().flatten();
        let rows = Rows { is_lazy: false, ..rows };
        let mut is_taken = false;
        for (name, parts) in names {
            if let [crate::index::Part::Item(number), rest @ ..] = parts.as_slice()
                && *number as usize == item
            {
                is_taken = true;
                let at = ExprRef { file: all.file, id: outer };
                if rest.is_empty() {
                    self.named(at, *name, rows, uses, depth);
                } else {
                    self.taken_apart(at, *name, rest, rows, uses, depth);
                }
            }
        }
        uses.is_needed |= !is_taken;
    }

    /// `[...rows]`, `Math.max(...rows)`, `Promise.all([rows, …])`.
    pub(super) fn listed(&self, at: ExprRef, parent: ExprRef, rows: Rows, uses: &mut Uses, depth: u32) {
        let index = self.program.listing(at.file);
        let around = index.parent(parent.id).map(|id| ExprRef { file: at.file, id });
        match (self.program.kind(parent), around) {
            (ExprKind::Spread(_), Some(list)) => match self.program.kind(list) {
                ExprKind::List(items) if items.len() == 1 => self.follow(list, rows.fetched(), uses, depth),
                ExprKind::Call { .. } => self.argument(parent, list, rows.fetched(), uses, depth),
                _ => uses.is_needed = true,
            },
            (ExprKind::List(items), Some(call)) => {
                let item = items.iter().position(|item| *item == at.id);
                match (item, self.program.kind(call)) {
                    (Some(item), ExprKind::Call { callee, .. })
                        if self
                            .function_name(ExprRef { file: at.file, id: *callee })
                            .is_some_and(|name| name == "Promise.all") =>
                    {
                        self.one_of_several(call, item, rows, uses, depth);
                    }
                    _ => uses.is_needed = true,
                }
            }
            _ => uses.is_needed = true,
        }
    }
}
