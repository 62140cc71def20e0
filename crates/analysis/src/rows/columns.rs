//! Which columns of a query's rows the program reads.

use ir::{BinaryOp, BindingId, ExprId, ExprKind, Pattern, Symbol, TextPart, UnaryOp};

use super::follow::Tracker;
use super::words::{self, Verb};
use crate::ids::{ClassRef, ExprRef, FileId, FnRef};
use crate::index::Part;
use crate::models::Outputs;
use crate::schema::{outputs, relations};
use crate::values::Atom;

/// What is held: rows (or what a driver gives that holds them), or one row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Held {
    Rows,
    Row,
}

/// The columns that are read, until a row goes anywhere whole.
#[derive(Debug, Default)]
pub(super) struct Reads {
    pub(super) columns: Vec<Symbol>,
    pub(super) is_whole: bool,
    /// The class of the rows, whose methods read them too.
    pub(super) class: Option<ClassRef>,
    steps: u32,
}

const MAX_STEPS: u32 = 300;
const MAX_DEPTH: u32 = 12;

impl Reads {
    /// Nothing yet, of rows of a class.
    pub(super) fn of(class: Option<ClassRef>) -> Self {
        Self { class, ..Self::default() }
    }

    fn add(&mut self, column: Symbol) {
        if !self.columns.contains(&column) {
            self.columns.push(column);
        }
    }
}

impl Tracker<'_> {
    /// Follows what holds rows from an expression that gives it.
    pub(super) fn read(&self, expr: ExprRef, held: Held, reads: &mut Reads, depth: u32) {
        reads.steps += 1;
        if reads.is_whole || depth > MAX_DEPTH || reads.steps > MAX_STEPS {
            reads.is_whole = true;
            return;
        }
        let (file, index) = (self.program.file(expr.file), self.program.listing(expr.file));
        let mut at = expr;
        while let Some(parent) = index.parent(at.id)
            && let ExprKind::Await(_) | ExprKind::Propagate(_) = file.expr(parent).kind
        {
            at.id = parent;
        }
        if let Some(visited) = self.layout(at.file).loops.get(&at.id) {
            self.read_names(at.file, visited.pattern, reads, depth);
            let tail = visited.control.and(visited.body.tail);
            let gives_row = tail.is_some_and(|tail| match self.program.kind(ExprRef { file: at.file, id: tail }) {
                ExprKind::Local(name) => visited.pattern.as_binding() == Some(*name),
                _ => false,
            });
            if let (true, Some(control)) = (gives_row, visited.control) {
                self.read(ExprRef { file: at.file, id: control }, Held::Rows, reads, depth + 1);
            }
            return;
        }
        match index.parent(at.id) {
            Some(parent) => self.read_through(at, ExprRef { file: at.file, id: parent }, held, reads, depth + 1),
            None => self.read_later(at, held, reads, depth + 1),
        }
    }

    /// The rows are given a name, taken apart or returned.
    fn read_later(&self, at: ExprRef, held: Held, reads: &mut Reads, depth: u32) {
        let index = self.program.listing(at.file);
        let layout = self.layout(at.file);
        if index.placed.contains(&at.id) {
            reads.is_whole = true;
        } else if let Some(name) = index.assigned.get(&at.id) {
            self.read_uses(at.file, *name, held, reads, depth);
        } else if let Some(parts) = layout.parts.get(&at.id) {
            for (name, parts) in parts {
                match (held, parts.as_slice()) {
                    (Held::Row, [Part::Field(column), ..]) if !column.as_str().starts_with("...") => reads.add(*column),
                    (Held::Rows, [Part::Field(field)]) if words::holds_rows(field.as_str()) => {
                        self.read_uses(at.file, *name, Held::Rows, reads, depth);
                    }
                    (Held::Rows, [Part::Field(field)]) if !field.as_str().starts_with("...") => {}
                    (Held::Rows, [Part::Item(_)]) => self.read_item(at.file, *name, reads, depth),
                    _ => reads.is_whole = true,
                }
            }
        } else if let Some(function) = index.returned_in.get(&at.id) {
            let function = FnRef { file: at.file, id: *function };
            if let Some(answer) = outputs::declared_by(self.program, function) {
                return self.read_shown(answer, reads);
            }
            let callers = self.callers(function);
            reads.is_whole |= callers.is_empty() || callers.len() > 16;
            callers.into_iter().for_each(|call| self.read(call, held, reads, depth + 1));
        } else if !layout.tests.contains(&at.id) && !index.discarded.contains(&at.id) {
            reads.is_whole = true;
        }
    }

    /// `const [rows] = …` of one driver, `const [row] = …` of another.
    fn read_item(&self, file: FileId, name: BindingId, reads: &mut Reads, depth: u32) {
        let mut as_rows = Reads { steps: reads.steps, ..Reads::of(reads.class) };
        self.read_uses(file, name, Held::Rows, &mut as_rows, depth);
        if as_rows.is_whole {
            self.read_uses(file, name, Held::Row, reads, depth);
        } else {
            as_rows.columns.into_iter().for_each(|column| reads.add(column));
        }
    }

    fn read_names(&self, file: FileId, pattern: &Pattern, reads: &mut Reads, depth: u32) {
        match pattern {
            Pattern::Record(fields) => fields.iter().for_each(|(column, _)| {
                reads.is_whole |= column.as_str().starts_with("...");
                reads.add(*column);
            }),
            _ => match pattern.as_binding() {
                Some(name) => self.read_uses(file, name, Held::Row, reads, depth + 1),
                None => reads.is_whole = true,
            },
        }
    }

    fn read_uses(&self, file: FileId, name: BindingId, held: Held, reads: &mut Reads, depth: u32) {
        if self.program.file(file).binding(name).function == ir::FnId::MODULE {
            reads.is_whole = true;
            return;
        }
        for use_ in self.program.listing(file).uses_of(name) {
            self.read(ExprRef { file, id: *use_ }, held, reads, depth + 1);
        }
    }

    fn read_through(&self, at: ExprRef, parent: ExprRef, held: Held, reads: &mut Reads, depth: u32) {
        match self.program.kind(parent) {
            ExprKind::Member { name, .. } => self.read_member(at, parent, *name, held, reads, depth),
            ExprKind::Index { base, indices } if *base == at.id => match (held, indices.as_slice()) {
                (Held::Row, [key]) => match self.plain_text(ExprRef { file: at.file, id: *key }) {
                    Some(column) => reads.add(column),
                    None => reads.is_whole = true,
                },
                (Held::Rows, [_]) => self.read(parent, Held::Row, reads, depth),
                _ => reads.is_whole = true,
            },
            ExprKind::Slice { base, .. } if *base == at.id => self.read(parent, held, reads, depth),
            ExprKind::Binary { op: BinaryOp::And, left, .. } if *left == at.id => {}
            ExprKind::Binary { op: BinaryOp::Equal | BinaryOp::NotEqual, .. }
            | ExprKind::Unary { op: UnaryOp::Not, .. } => {}
            ExprKind::Conditional { test, .. } if *test == at.id => {}
            ExprKind::Binary { op, .. } if op.is_lazy() => self.read(parent, held, reads, depth),
            ExprKind::Conditional { .. } => self.read(parent, held, reads, depth),
            ExprKind::Call { callee, args, .. } if *callee != at.id => {
                let position = args.iter().position(|arg| arg.value == at.id && arg.name.is_none());
                self.read_argument(parent, *callee, position, held, reads, depth);
            }
            _ => reads.is_whole = true,
        }
    }

    fn plain_text(&self, expr: ExprRef) -> Option<Symbol> {
        match self.program.kind(expr) {
            ExprKind::Text(parts) => match parts.as_slice() {
                [TextPart::Literal { value, .. }] => Some(Symbol::new(value)),
                _ => None,
            },
            _ => None,
        }
    }

    fn read_member(&self, at: ExprRef, member: ExprRef, name: Symbol, held: Held, reads: &mut Reads, depth: u32) {
        let index = self.program.listing(at.file);
        let call = index.parent(member.id).map(|id| ExprRef { file: at.file, id });
        let args = call.and_then(|call| match self.program.kind(call) {
            ExprKind::Call { callee, args, .. } if *callee == member.id => Some((call, args)),
            _ => None,
        });
        // What is written to a row is sent back whole.
        if index.members.iter().any(|(object, ..)| *object == at.id) {
            reads.is_whole = true;
            return;
        }
        match (held, args) {
            (Held::Row, None) => reads.add(name),
            (Held::Row, Some((_, args))) => match args.first().filter(|_| name == "get") {
                Some(key) => match self.plain_text(ExprRef { file: at.file, id: key.value }) {
                    Some(column) => reads.add(column),
                    None => reads.is_whole = true,
                },
                None => self.read_method(name, reads, depth),
            },
            (Held::Rows, None) if words::holds_rows(name.as_str()) => self.read(member, Held::Rows, reads, depth),
            (Held::Rows, None) => reads.is_whole |= !matches!(name.as_str(), "rowCount" | "length" | "size"),
            (_, Some((call, args))) => {
                let functions =
                    args.iter().flat_map(|arg| self.program.value(ExprRef { file: at.file, id: arg.value }));
                let function = functions.clone().find_map(|atom| match atom {
                    Atom::Function(function) => Some(*function),
                    _ => None,
                });
                self.read_by(words::of_member(name.as_str()), call, function, reads, depth);
            }
        }
    }

    /// A row's own method is called: `document.to_dict()`.
    fn read_method(&self, name: Symbol, reads: &mut Reads, depth: u32) {
        let method = reads.class.and_then(|class| relations::method(self.program, class, name.as_str()));
        let Some(method) = method else {
            reads.is_whole = true;
            return;
        };
        let (file, index) = (self.program.file(method.file), self.program.listing(method.file));
        let within = index.within(file, file.function(method.id).span);
        let is_this = |id: &ExprId| matches!(file.expr(*id).kind, ExprKind::This);
        let mut uses: Vec<ExprId> = within.map(|(id, _)| id).filter(is_this).collect();
        uses.sort_unstable();
        for id in uses {
            self.read(ExprRef { file: method.file, id }, Held::Row, reads, depth + 1);
        }
    }

    /// What an answer shows of each row, if that is no more than it has.
    fn read_shown(&self, answer: ClassRef, reads: &mut Reads) {
        for shown in outputs::shown(self.program, answer) {
            match shown.path.as_slice() {
                [column] if shown.method.is_none() && shown.nested.is_none() => reads.add(*column),
                _ => reads.is_whole = true,
            }
        }
    }

    /// A member of a list of rows is called.
    fn read_by(&self, verb: Option<Verb>, call: ExprRef, function: Option<FnRef>, reads: &mut Reads, depth: u32) {
        let mut each = |elements: &[usize]| match function {
            Some(function) => {
                let data = self.program.file(function.file).function(function.id);
                for param in elements.iter().filter_map(|element| data.params.get(*element)) {
                    self.read_names(function.file, &param.pattern, reads, depth);
                }
            }
            None => reads.is_whole = true,
        };
        match verb {
            Some(Verb::Map | Verb::Each) => each(&[0]),
            Some(Verb::Aggregate) => each(&[1]),
            Some(Verb::Count | Verb::IsEmpty) => {}
            Some(Verb::Same | Verb::Slice) => self.read(call, Held::Rows, reads, depth),
            Some(Verb::First) => self.read(call, Held::Row, reads, depth),
            Some(Verb::Sort) => {
                each(&[0, 1]);
                self.read(call, Held::Rows, reads, depth);
            }
            Some(Verb::Filter) => {
                each(&[0]);
                self.read(call, Held::Rows, reads, depth);
            }
            Some(Verb::Search) => {
                each(&[0]);
                self.read(call, Held::Row, reads, depth);
            }
            None => reads.is_whole = true,
        }
    }

    fn read_argument(
        &self,
        call: ExprRef,
        callee: ExprId,
        position: Option<usize>,
        held: Held,
        reads: &mut Reads,
        depth: u32,
    ) {
        if let (Some(0), Some(answer)) = (position, self.answer_of(ExprRef { file: call.file, id: callee })) {
            return self.read_shown(answer, reads);
        }
        let functions = self.program.called_functions(call);
        let is_length = matches!(self.program.kind(ExprRef { file: call.file, id: callee }), ExprKind::Global(name) if *name == "len");
        match (position, functions.as_slice()) {
            (_, []) => reads.is_whole |= !is_length,
            (Some(position), [function]) => match self.layout(function.file).params.get(&(function.id, position)) {
                Some(name) => self.read_uses(function.file, *name, held, reads, depth),
                None => reads.is_whole = true,
            },
            _ => reads.is_whole = true,
        }
    }

    /// The class that shows what its function is given: `DocumentOut.model_validate(document)`.
    fn answer_of(&self, callee: ExprRef) -> Option<ClassRef> {
        let ExprKind::Member { base, .. } = *self.program.kind(callee) else { return None };
        let class = outputs::named_by(self.program, ExprRef { id: base, ..callee })?;
        (outputs::kind_of(self.program, class) == Some(Outputs::Annotated)).then_some(class)
    }
}
