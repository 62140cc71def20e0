//! Relations that an ORM loads for each row of a query, because the program reads them and the query did not fetch them.

mod answers;
mod found;
mod packed;
mod templates;

use ir::{BinaryOp, BindingId, ExprId, ExprKind, FunctionKind, Pattern, Span, Symbol};
use rustc_hash::FxHashSet;

use super::follow::Tracker;
use super::switches::switched_off;
use super::words::{self, Verb};
use crate::ids::{ExprRef, FileId, FnRef};
use crate::index::Part;
use crate::models::Query;
use crate::program::Program;
use crate::queries::eager::Eager;
use crate::queries::{Certainty, QueryUse, Shape, fetches, is_query_value};
use crate::schema::relations::{self, EagerLoading, Loading, Relation, Relations};

/// A relation that is loaded once per row of a query.
#[derive(Clone, Debug)]
pub struct LazyRead {
    /// The query, by its number among [`Program::queries`].
    pub query: usize,
    /// The entity that has the relation, and its name.
    pub owner: Symbol,
    pub relation: Symbol,
    pub is_many: bool,
    /// How the query would fetch it; none where it cannot.
    pub by: Option<EagerLoading>,
    /// Rows with the same object load it once: what the session has is not asked for again.
    pub is_shared: bool,
    /// A serialiser or a template reads it.
    pub is_shown: bool,
    /// The template's path, and the place in it.
    pub template: Option<(Symbol, Span)>,
    pub file: FileId,
    pub span: Span,
    /// The function that reads it.
    pub reader: FnRef,
    /// The function that visits the rows, and where.
    pub function: FnRef,
    pub visited: (FileId, Span),
}

/// A method that a serialiser calls for each row of a query.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RowMethod {
    pub method: FnRef,
    /// The function that visits the rows, and where.
    pub function: FnRef,
    pub visited: (FileId, Span),
}

/// So many rows cost no more than a request can bear.
const FEW: u32 = 20;
const MAX_STEPS: u32 = 600;
const MAX_DEPTH: u32 = 16;

/// The entities of which functions fetch all rows.
type Fetched = FxHashSet<(FnRef, Symbol)>;

/// A relation for many rows that is read.
#[derive(Clone, Debug)]
pub(super) struct Loaded {
    pub(super) relation: Relation,
    pub(super) at: ExprRef,
    /// Of each of several rows, or of rows that came with it.
    pub(super) is_each: bool,
}

/// Which relations are read row by row, by query, what is called for each row, and all relations that are read.
pub(super) fn solve(tracker: &Tracker<'_>, relations: &Relations) -> (Vec<LazyRead>, Vec<RowMethod>, Vec<Loaded>) {
    let program = tracker.program;
    let mut found = Vec::new();
    let mut called = Vec::new();
    let mut loaded = Vec::new();
    let mut seen = FxHashSet::default();
    let whole = program.queries().iter().filter(|query| query.shape == Shape::Rows && query.limit == Certainty::Absent);
    let fetched: Fetched = whole.filter_map(|query| Some((query.function, query.entity?))).collect();
    for (number, query) in program.queries().iter().enumerate() {
        let Some((reads, methods, all)) = of_query(tracker, relations, &fetched, number, query) else { continue };
        loaded.extend(all);
        for read in reads {
            if seen.insert((number, read.owner, read.relation)) {
                found.push(read);
            }
        }
        called.extend(methods);
    }
    called.sort_unstable();
    called.dedup_by_key(|called: &mut RowMethod| called.method);
    (found, called, loaded)
}

fn of_query(
    tracker: &Tracker<'_>,
    relations: &Relations,
    fetched: &Fetched,
    number: usize,
    query: &QueryUse,
) -> Option<(Vec<LazyRead>, Vec<RowMethod>, Vec<Loaded>)> {
    let program = tracker.program;
    let entity = query.entity.filter(|_| query.sql.is_none())?;
    let class = relations.class(entity)?;
    let is_rows = match query.shape {
        Shape::Rows | Shape::Bounded => true,
        Shape::One => false,
        _ => return None,
    };
    let eager = Eager::of(program, query.at);
    let is_few = [query.bound, eager.bound].into_iter().flatten().any(|bound| bound < FEW);
    if eager.is_awaited && !relations.waits(entity) || is_few || relations::has_own_queries(program, class) {
        return None;
    }
    let mut walk = Walk {
        tracker,
        relations,
        fetched,
        query,
        number,
        eager,
        off: Vec::new(),
        found: Vec::new(),
        called: Vec::new(),
        loaded: Vec::new(),
        steps: 0,
    };
    let parent = relations.owner_of(program, query.at, entity);
    let held = Held { entity, is_rows, parent, is_own: true, is_shared: false, visited: None };
    // `none()` gives no row.
    let gives_rows = |at: &ExprRef| program.called_name(*at).is_none_or(|name| name != "none");
    for at in fetches(program, query.at).into_iter().filter(gives_rows) {
        walk.visit(at, held, 0);
    }
    let Walk { mut found, called, loaded, eager, .. } = walk;
    found.retain(|read| !eager.has(read.relation));
    Some((found, called, loaded))
}

/// Rows of an entity, or one of them.
#[derive(Clone, Copy)]
struct Held {
    entity: Symbol,
    is_rows: bool,
    /// The entity by whose relation these rows came.
    parent: Option<Symbol>,
    /// The query's own rows, on which its conditions are.
    is_own: bool,
    /// Reached through an object that several rows may share.
    is_shared: bool,
    /// Where each of many is visited.
    visited: Option<Visited>,
}

#[derive(Clone, Copy)]
struct Visited {
    function: FnRef,
    place: (FileId, Span),
}

struct Walk<'a> {
    tracker: &'a Tracker<'a>,
    relations: &'a Relations,
    fetched: &'a Fetched,
    query: &'a QueryUse,
    number: usize,
    eager: Eager,
    /// Parts of functions that the calls on the way switch off.
    off: Vec<(FileId, Span)>,
    found: Vec<LazyRead>,
    called: Vec<RowMethod>,
    loaded: Vec<Loaded>,
    steps: u32,
}

impl<'a> Walk<'a> {
    fn program(&self) -> &'a Program<'a> {
        self.tracker.program
    }

    /// Follows rows from an expression that gives them.
    fn visit(&mut self, expr: ExprRef, held: Held, depth: u32) {
        self.steps += 1;
        if depth > MAX_DEPTH || self.steps > MAX_STEPS {
            return;
        }
        let program = self.program();
        let index = program.listing(expr.file);
        let span = program.expr_span(expr);
        if self.off.iter().any(|(file, off)| *file == expr.file && off.contains(span)) {
            return;
        }
        if let Some(visited) = self.tracker.layout(expr.file).loops.get(&expr.id) {
            if held.is_rows {
                let (pattern, control, tail) = (visited.pattern, visited.control, visited.body.tail);
                // Another loop may give the same name to other rows.
                if let (Some(name), Some(region)) = (pattern.as_binding(), visited.region(program.file(expr.file))) {
                    self.named_in(expr.file, name, self.row(held, expr), depth + 1, |place| region.contains(place));
                }
                let is_row = tail.is_some_and(|tail| match program.kind(ExprRef { file: expr.file, id: tail }) {
                    ExprKind::Local(name) => pattern.as_binding() == Some(*name),
                    _ => false,
                });
                if let (true, Some(control)) = (is_row, control) {
                    self.visit(ExprRef { file: expr.file, id: control }, held, depth + 1);
                }
            }
            return;
        }
        if let Some(parent) = index.parent(expr.id) {
            self.taken(expr, ExprRef { file: expr.file, id: parent }, held, depth + 1);
        } else if let Some(name) = index.assigned.get(&expr.id) {
            let (layout, file) = (self.tracker.layout(expr.file), program.file(expr.file));
            let is_there = |place: Span| place.start >= span.start && !layout.is_named_anew(file, *name, span, place);
            self.named_in(expr.file, *name, held, depth + 1, is_there);
        } else if let Some(parts) = self.tracker.layout(expr.file).parts.get(&expr.id) {
            // `row, is_new = …get_or_create(…)`
            for (name, _) in parts.iter().filter(|(_, parts)| !held.is_rows && *parts == [Part::Item(0)]) {
                self.named(expr.file, *name, held, depth + 1);
            }
        } else if let Some(function) = index.returned_in.get(&expr.id) {
            let function = FnRef { file: expr.file, id: *function };
            for call in self.tracker.callers(function).into_iter().take(16) {
                self.visit(call, held, depth + 1);
            }
            self.answered(expr, function, held, depth + 1);
        }
    }

    /// One of the rows that are visited at a place.
    fn row(&self, held: Held, at: ExprRef) -> Held {
        let (function, _) = self.tracker.layout(at.file).place(at.id);
        let function = FnRef { file: at.file, id: function };
        let visited = Visited { function, place: (at.file, self.program().expr_span(at)) };
        Held { is_rows: false, visited: held.visited.or(Some(visited)), ..held }
    }

    fn names(&mut self, at: ExprRef, pattern: &Pattern, held: Held, depth: u32) {
        if let Some(name) = pattern.as_binding() {
            self.named(at.file, name, held, depth + 1);
        }
    }

    fn named(&mut self, file: FileId, name: BindingId, held: Held, depth: u32) {
        self.named_in(file, name, held, depth, |_| true);
    }

    fn named_in(&mut self, file: FileId, name: BindingId, held: Held, depth: u32, is_there: impl Fn(Span) -> bool) {
        if self.program().file(file).binding(name).function == ir::FnId::MODULE {
            return;
        }
        for use_ in self.program().listing(file).uses_of(name) {
            let at = ExprRef { file, id: *use_ };
            if is_there(self.program().expr_span(at)) {
                self.visit(at, held, depth + 1);
            }
        }
    }

    fn taken(&mut self, at: ExprRef, parent: ExprRef, held: Held, depth: u32) {
        let program = self.program();
        match program.kind(parent) {
            ExprKind::Member { name, .. } => self.member(at, parent, *name, held, depth),
            ExprKind::Index { base, indices } if *base == at.id && held.is_rows && indices.len() == 1 => {
                self.visit(parent, Held { is_rows: false, ..held }, depth);
            }
            ExprKind::Slice { base, to, .. } if *base == at.id => {
                // `rows[:10]`, `rows[:SHOWN]`.
                let end = to.map(|to| ExprRef { file: at.file, id: to });
                match end.map(|end| program.kind(program.definition(end).unwrap_or(end))) {
                    Some(ExprKind::Number(number)) if (*number as u32) < FEW => {}
                    _ => self.visit(parent, held, depth),
                }
            }
            ExprKind::Binary { op: BinaryOp::And, left, .. } if *left == at.id => {}
            ExprKind::Binary { op, .. } if op.is_lazy() => self.visit(parent, held, depth),
            ExprKind::Conditional { test, .. } if *test != at.id => self.visit(parent, held, depth),
            ExprKind::Await(_) => self.visit(parent, held, depth),
            ExprKind::Call { callee, .. } if *callee != at.id => self.argument(at, parent, held, depth),
            ExprKind::List(_) | ExprKind::Record(_) => {
                if let Some(part) = self.part_of(at, parent) {
                    self.packed(parent, part, held, depth);
                }
            }
            _ => {}
        }
    }

    fn member(&mut self, at: ExprRef, member: ExprRef, name: Symbol, held: Held, depth: u32) {
        let program = self.program();
        let index = program.listing(at.file);
        if index.members.iter().any(|(object, ..)| *object == at.id) {
            return;
        }
        let call = self.call_of(member);
        match (held.is_rows, call) {
            (true, None) if words::holds_rows(name.as_str()) => self.visit(member, held, depth),
            (true, None) => {}
            (true, Some(call)) => self.step(call, name, held, depth),
            (false, _) => match self.relations.get(held.entity, name) {
                Some(relation) => self.relation(member, relation, held, depth),
                None => self.own_method(call, name, held, depth),
            },
        }
    }

    /// The call of an expression.
    fn call_of(&self, callee: ExprRef) -> Option<ExprRef> {
        let parent = self.program().listing(callee.file).parent(callee.id)?;
        let call = ExprRef { file: callee.file, id: parent };
        let is_callee = matches!(self.program().kind(call), ExprKind::Call { callee: id, .. } if *id == callee.id);
        is_callee.then_some(call)
    }

    fn relation(&mut self, member: ExprRef, relation: &'a Relation, held: Held, depth: u32) {
        let is_back = !relation.is_many && relation.target.is_some() && relation.target == held.parent;
        let is_read = match relation.loading {
            Loading::Read => true,
            Loading::Called => self.runs(member),
            Loading::Awaited => self.runs(member) || self.is_awaited(member),
            Loading::Along => false,
        };
        let is_shared = held.is_shared || !relation.keys.is_empty();
        let is_one = held.is_own && self.is_of_one(relation);
        if is_read && relation.is_many {
            let is_each = held.visited.is_some() || self.eager.has(relation.name);
            self.loaded.push(Loaded { relation: relation.clone(), at: member, is_each });
        }
        if is_read && !is_back && !is_one {
            self.found(member, relation, held, is_shared);
        }
        let Some(target) = relation.target else { return };
        // What points at one object knows it, as each of several does.
        let parent = (relation.is_many || relation.keys.is_empty()).then_some(held.entity);
        let next = Held { entity: target, is_rows: relation.is_many, parent, is_own: false, is_shared, ..held };
        self.visit(member, next, depth);
    }

    /// A row's own method, or property.
    fn own_method(&mut self, call: Option<ExprRef>, name: Symbol, held: Held, depth: u32) {
        let Some(method) = self.method_of(held, name) else { return };
        let kind = self.program().file(method.file).function(method.id).kind;
        if call.is_some() || kind == FunctionKind::Getter {
            self.within_method(method, call, held, depth);
        }
    }

    fn method_of(&self, held: Held, name: Symbol) -> Option<FnRef> {
        relations::method(self.program(), self.relations.class(held.entity)?, name.as_str())
    }

    /// Follows a row in its own method.
    fn within_method(&mut self, method: FnRef, call: Option<ExprRef>, held: Held, depth: u32) {
        let program = self.program();
        let file = program.file(method.file);
        let index = program.listing(method.file);
        let is_this =
            |id: &ExprId| matches!(file.expr(*id).kind, ExprKind::This) && index.this_in.get(id) == Some(&method.id);
        let within = index.within(file, file.function(method.id).span);
        let mut uses: Vec<ExprId> = within.map(|(id, _)| id).filter(is_this).collect();
        uses.sort_unstable();
        let follow = |walk: &mut Self| {
            uses.into_iter().for_each(|id| walk.visit(ExprRef { file: method.file, id }, held, depth + 1));
        };
        match call {
            Some(call) => self.called(method, call, follow),
            None => follow(self),
        }
    }

    /// Follows rows in a function that is called there.
    fn called(&mut self, function: FnRef, call: ExprRef, follow: impl FnOnce(&mut Self)) {
        let around = self.off.len();
        let off = switched_off(self.program(), function, call);
        self.off.extend(off.into_iter().map(|span| (function.file, span)));
        follow(self);
        self.off.truncate(around);
    }

    /// A member of a list of rows is called.
    fn step(&mut self, call: ExprRef, name: Symbol, held: Held, depth: u32) {
        let program = self.program();
        let is_fetch = program.model(call).is_some_and(|model| model.query.contains(&Query::Rows));
        // A further step makes a query of its own.
        if !is_fetch && is_query_value(program, call) {
            return;
        }
        match words::of_member(name.as_str()) {
            Some(Verb::Same | Verb::Sort | Verb::Filter) => self.visit(call, held, depth),
            Some(Verb::First) => self.visit(call, Held { is_rows: false, ..held }, depth),
            _ => {}
        }
    }

    /// Rows, or one, are handed to a function.
    fn argument(&mut self, at: ExprRef, call: ExprRef, held: Held, depth: u32) {
        let program = self.program();
        let ExprKind::Call { callee, args, .. } = program.kind(call) else { return };
        let Some(position) = args.iter().position(|arg| arg.value == at.id) else { return };
        self.eager.add_call(program, call, at.id);
        if let Some(name) = args[position].name {
            self.given_to_template(at, call, name, held);
        }
        let functions = program.called_functions(call);
        for function in functions.iter().take(2) {
            let params = &program.file(function.file).function(function.id).params;
            let position = match args[position].name {
                Some(name) => params.iter().position(|param| param.name == name),
                None => Some(position),
            };
            let name = position.and_then(|number| params.get(number)?.pattern.as_binding());
            if let Some(name) = name {
                self.called(*function, call, |walk| walk.named(function.file, name, held, depth));
            }
        }
        self.given_to_class(at, call, held, depth);
        let ExprKind::Global(name) = program.kind(ExprRef { file: at.file, id: *callee }) else { return };
        if !functions.is_empty() || !held.is_rows {
            return;
        }
        match (name.as_str(), words::of_function(name.as_str())) {
            ("enumerate" | "zip", _) => self.numbered(call, name.as_str() == "enumerate", position, held, depth),
            (_, Some(Verb::Same | Verb::Sort)) => self.visit(call, held, depth),
            (_, Some(Verb::Map)) => {
                for function in program.functions_given(call) {
                    let first = program.file(function.file).function(function.id).params.first();
                    if let Some(name) = first.and_then(|param| param.pattern.as_binding()) {
                        self.named(function.file, name, self.row(held, call), depth);
                    }
                }
            }
            _ => {}
        }
    }

    /// `for number, row in enumerate(rows)`, `for row, other in zip(rows, others)`.
    fn numbered(&mut self, call: ExprRef, is_counted: bool, position: usize, held: Held, depth: u32) {
        let Some(visited) = self.tracker.layout(call.file).loops.get(&call.id) else { return };
        let Pattern::Tuple(parts) = visited.pattern else { return };
        if let Some(part) = parts.get(if is_counted { 1 } else { position }) {
            self.names(call, part, self.row(held, call), depth);
        }
    }
}
