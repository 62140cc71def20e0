//! Which relations a query fetches with its rows.

use ir::{BindingId, ExprId, ExprKind, File, Symbol, TextPart, Visit, walk_expr};

use crate::ids::{ExprRef, FileId};
use crate::models::Query;
use crate::program::Program;
use crate::queries::is_query_value;
use crate::queries::through;
use crate::values::Atom;

/// What the steps of a query say of its rows.
#[derive(Debug, Default)]
pub(crate) struct Eager {
    names: Vec<Symbol>,
    /// All relations, or some that are not known.
    is_all: bool,
    /// It is awaited, and a row that is read cannot wait for a query of its own.
    pub(crate) is_awaited: bool,
    /// A constant number of rows that are taken of it.
    pub(crate) bound: Option<u32>,
    steps: u32,
    /// Parameters of helpers whose arguments are looked at.
    handed: Vec<(FileId, BindingId)>,
}

const MAX_STEPS: u32 = 200;

impl Eager {
    pub(crate) fn of(program: &Program<'_>, query: ExprRef) -> Self {
        let mut eager = Self::default();
        eager.expr(program, query);
        eager
    }

    pub(crate) fn has(&self, relation: Symbol) -> bool {
        self.is_all || self.names.contains(&relation)
    }

    /// The relations that it names.
    pub(crate) fn named(&self) -> &[Symbol] {
        &self.names
    }

    /// Takes in a call that fetches relations of rows that are there already, which one of its arguments is.
    pub(crate) fn add_call(&mut self, program: &Program<'_>, call: ExprRef, rows: ExprId) {
        let is_eager = program.model(call).is_some_and(|model| model.query.contains(&Query::Eager));
        let ExprKind::Call { args, .. } = program.kind(call) else { return };
        for arg in args.iter().filter(|arg| is_eager && arg.value != rows) {
            Names { program, file: call.file, eager: self, depth: 0 }.add(arg.value);
        }
    }

    fn expr(&mut self, program: &Program<'_>, expr: ExprRef) {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            self.is_all = true;
            return;
        }
        let at = |id: ExprId| ExprRef { file: expr.file, id };
        match program.kind(expr) {
            ExprKind::Await(inner) => {
                self.is_awaited = true;
                self.expr(program, at(*inner));
            }
            ExprKind::Propagate(inner) | ExprKind::Spread(inner) => self.expr(program, at(*inner)),
            ExprKind::Call { .. } => self.call(program, expr),
            ExprKind::Member { base, .. } | ExprKind::Index { base, .. } => self.expr(program, at(*base)),
            ExprKind::Slice { base, to, .. } => {
                if let Some(ExprKind::Number(number)) = to.map(|to| program.kind(at(to))) {
                    self.bound = Some(*number as u32);
                }
                self.expr(program, at(*base));
            }
            ExprKind::Conditional { then, otherwise, .. } => {
                self.expr(program, at(*then));
                self.expr(program, at(*otherwise));
            }
            ExprKind::Local(binding) => {
                let index = program.listing(expr.file);
                // Who hands over a query may have said what it fetches.
                self.is_all |= index.params.contains_key(binding)
                    && !self.handed.contains(&(expr.file, *binding))
                    && is_query_value(program, expr);
                let here = program.expr_span(expr);
                for def in index.defs.get(binding).into_iter().flatten() {
                    let given = program.file(expr.file).expr(def.value).span;
                    let is_before = given.start < here.start && !given.contains(here);
                    if is_before && (is_query_value(program, at(def.value)) || is_awaited(program, at(def.value))) {
                        self.expr(program, at(def.value));
                    }
                }
            }
            _ => {}
        }
    }

    fn call(&mut self, program: &Program<'_>, call: ExprRef) {
        let ExprKind::Call { callee, args, .. } = program.kind(call) else { return };
        let at = |id: ExprId| ExprRef { file: call.file, id };
        let model = program.model(call);
        let is_eager = model.is_some_and(|model| model.query.contains(&Query::Eager));
        // `Post.select(Post, Author).join(Author)`, `query.prefetch(Comment.select())`.
        let is_entity = |arg: &&ir::Arg| program.value(at(arg.value)).iter().any(|atom| matches!(atom, Atom::Class(_)));
        let selects = program.called_name(call).is_some_and(|name| name == "select");
        self.is_all |= is_eager && args.iter().all(|arg| is_query_value(program, at(arg.value)))
            || selects && args.iter().filter(is_entity).count() > 1;
        for arg in args {
            if is_eager || arg.name.is_some_and(|name| name == "options") {
                Names { program, file: call.file, eager: self, depth: 0 }.add(arg.value);
            } else if is_query_value(program, at(arg.value)) {
                self.expr(program, at(arg.value));
            }
        }
        if model.is_none() {
            let handed = through::handed(program, call);
            self.handed.extend(handed.map(|handed| (handed.function.file, handed.param)));
            for function in program.called_functions(call).into_iter().take(2) {
                for returned in program.listing(function.file).returns[function.id.0 as usize].iter().take(4) {
                    self.expr(program, ExprRef { file: function.file, id: *returned });
                }
            }
            if handed.is_some() {
                self.handed.pop();
            }
        }
        if let ExprKind::Member { base, .. } = program.kind(at(*callee)) {
            self.expr(program, at(*base));
        }
    }
}

fn is_awaited(program: &Program<'_>, expr: ExprRef) -> bool {
    program.file(expr.file).awaited(expr.id) != expr.id
}

/// The names of relations in an argument: `"customer__address"`, `joinedload(Order.customer)`, or a name for them.
struct Names<'a, 'e> {
    program: &'a Program<'a>,
    file: FileId,
    eager: &'e mut Eager,
    depth: u32,
}

impl Names<'_, '_> {
    fn add(&mut self, expr: ExprId) {
        let program = self.program;
        self.expr(program.file(self.file), expr);
    }

    fn name(&mut self, at: ExprRef) {
        let is_other =
            |atom: &Atom| matches!(atom, Atom::Class(_) | Atom::Path(_) | Atom::Function(_) | Atom::Module(_));
        if self.program.value(at).iter().any(is_other) {
            return;
        }
        match self.program.definition(at).filter(|definition| *definition != at && self.depth < 4) {
            Some(definition) => {
                let (program, depth) = (self.program, self.depth + 1);
                Names { program, file: definition.file, eager: self.eager, depth }.add(definition.id);
            }
            None => self.eager.is_all = true,
        }
    }
}

impl Visit for Names<'_, '_> {
    fn expr(&mut self, file: &File, id: ExprId) {
        match &file.expr(id).kind {
            ExprKind::Text(parts) => {
                for part in parts {
                    let TextPart::Literal { value, .. } = part else { continue };
                    self.eager.is_all |= **value == *"*";
                    self.eager.names.extend(value.split("__").flat_map(|path| path.split('.')).map(Symbol::new));
                }
            }
            ExprKind::Member { name, .. } => self.eager.names.push(*name),
            ExprKind::Local(_) => self.name(ExprRef { file: self.file, id }),
            _ => {}
        }
        walk_expr(self, file, id);
    }
}
