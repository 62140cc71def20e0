//! Whether a query runs where it stands, and how much of its rows it fetches.

use ir::{ExprId, ExprKind};

use super::Shape;
use crate::ids::{ClassRef, ExprRef, FileId, FnRef};
use crate::models::{Call, Query};
use crate::program::Program;
use crate::schema::relations::method;
use crate::values::Atom;

/// Whether a value is a query under construction: of a type with fluent members.
pub(crate) fn is_query_value(program: &Program<'_>, expr: ExprRef) -> bool {
    let library = program.world().models.of(program.file(expr.file).language);
    program.value(expr).iter().any(|atom| match atom {
        Atom::Instance(ty) => library.ty(*ty).is_some_and(|model| !model.fluent.is_empty()),
        _ => false,
    })
}

/// Whether a value is a query that runs when it is awaited, iterated or listed.
pub(crate) fn is_lazy_value(program: &Program<'_>, expr: ExprRef) -> bool {
    let library = program.world().models.of(program.file(expr.file).language);
    program.value(expr).iter().any(|atom| match atom {
        Atom::Instance(ty) => library.ty(*ty).is_some_and(|model| model.is_lazy),
        _ => false,
    })
}

/// How a lazy chain is run: whole, a part of it, or one element.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Run {
    Whole,
    Part,
    One,
}

impl Run {
    pub(super) fn shape(self) -> Shape {
        match self {
            Self::One => Shape::One,
            Self::Part => Shape::Bounded,
            Self::Whole => Shape::Rows,
        }
    }
}

/// How a lazy chain is run that ends with this expression: awaited, iterated, listed, or handed to someone who does. None
/// where a further step of the chain, or a later value of the same name, decides.
pub(super) fn run_of(program: &Program<'_>, expr: ExprRef, depth: u32) -> Option<Run> {
    if depth > 6 {
        return None;
    }
    let file = program.file(expr.file);
    let index = program.listing(expr.file);
    let outer = index.unwrapped_parent(file, expr.id);
    if index.iterated.contains(&outer) {
        return Some(Run::Whole);
    }
    let Some(parent) = index.parent(outer) else {
        return match index.assigned.get(&outer) {
            Some(binding) => run_of_name(program, ExprRef { file: expr.file, id: outer }, *binding, depth),
            None if outer != expr.id => Some(Run::Whole),
            None => run_of_result(program, ExprRef { file: expr.file, id: outer }, depth),
        };
    };
    let at = |id: ExprId| ExprRef { file: expr.file, id };
    match &file.expr(parent).kind {
        // Awaited here: whatever follows works on the rows.
        ExprKind::Member { .. } if outer != expr.id => Some(Run::Whole),
        ExprKind::Member { name, .. } => {
            let call = index.parent(parent)?;
            let is_called = matches!(file.expr(call).kind, ExprKind::Call { callee, .. } if callee == parent);
            let runs = is_called && program.model(at(call)).is_none() && !is_query_value(program, at(call));
            (runs && matches!(name.as_str(), "then" | "catch" | "finally")).then_some(Run::Whole)
        }
        ExprKind::Call { callee, args, .. } if args.iter().any(|arg| arg.value == outer) => {
            // A part of another query, or what a paginator cuts; what else has a part in queries sends this one itself.
            let is_part = is_query_value(program, at(parent)) || is_paginator(program, at(*callee));
            match program.model(at(parent)) {
                Some(model) => (model.query.is_empty() && !is_part).then_some(Run::Whole),
                None => (!is_part && program.called_functions(at(parent)).is_empty()).then_some(Run::Whole),
            }
        }
        ExprKind::Call { .. } => None,
        ExprKind::Slice { to, .. } => Some(if to.is_some() { Run::Part } else { Run::Whole }),
        ExprKind::Index { .. } => Some(Run::One),
        ExprKind::Conditional { .. } => run_of(program, at(parent), depth + 1),
        _ => Some(Run::Whole),
    }
}

/// `Pagination(iterable=rows, page=2)`, `paginate(query)`: whatever library it is of.
fn is_paginator(program: &Program<'_>, callee: ExprRef) -> bool {
    let name = match *program.kind(callee) {
        ExprKind::Member { name, .. } | ExprKind::Global(name) => name,
        ExprKind::Local(binding) => program.file(callee.file).binding(binding).name,
        _ => return false,
    };
    name.to_lowercase().contains("paginat")
}

/// A name that gets other values over and over (a text that was pasted again and again) is no longer about this one behind
/// so many of them.
const MAX_LATER_VALUES: usize = 16;

/// Through the uses of the name that holds the chain.
fn run_of_name(program: &Program<'_>, value: ExprRef, binding: ir::BindingId, depth: u32) -> Option<Run> {
    let file = program.file(value.file);
    let index = program.listing(value.file);
    // `let rows = await query` holds rows.
    if file.awaited(value.id) != value.id {
        return Some(Run::Whole);
    }
    let start = |id: ExprId| file.expr(id).span.start;
    let here = start(value.id);
    let defs = index.defs.get(&binding).into_iter().flatten().map(|def| def.value);
    let mut later: Vec<ExprId> = defs.filter(|def| start(*def) > here).collect();
    let mut end = u32::MAX;
    if later.len() > MAX_LATER_VALUES {
        end = start(*later.select_nth_unstable_by_key(MAX_LATER_VALUES, |def| start(*def)).1);
        later.truncate(MAX_LATER_VALUES);
    }
    let uses = index.uses_of(binding).iter().copied();
    let uses: Vec<ExprId> = uses.filter(|use_| start(*use_) > here && start(*use_) < end).collect();
    // A later step that starts from the same name (`query = query.filter(…)`) has the last word.
    let goes_on = later.iter().any(|def| {
        let span = file.expr(*def).span;
        uses.iter().any(|use_| span.contains(file.expr(*use_).span))
    });
    if goes_on {
        return None;
    }
    uses.iter().filter_map(|use_| run_of(program, ExprRef { file: value.file, id: *use_ }, depth + 1)).min()
}

/// Whether a statement is built that another call sends: `session.execute(insert(User).values(…))`.
pub(super) fn is_sent_by_another(program: &Program<'_>, at: ExprRef) -> bool {
    let (file, index) = (program.file(at.file), program.listing(at.file));
    if !is_query_value(program, at) {
        return false;
    }
    let mut last = at.id;
    while let Some(call) = member_call(program, at.file, last).filter(|_| index.unwrapped_parent(file, last) == last) {
        last = call;
    }
    let is_argument = |id: ExprId| {
        index.parent(id).is_some_and(|parent| {
            let sends = program.model(ExprRef { file: at.file, id: parent });
            matches!(&file.expr(parent).kind, ExprKind::Call { args, .. } if args.iter().any(|arg| arg.value == id))
                && sends.is_some_and(|model| model.query.contains(&Query::Sql))
        })
    };
    let names = index.assigned.get(&last).into_iter().flat_map(|binding| index.uses_of(*binding));
    is_argument(last) || names.copied().any(is_argument)
}

/// Where the part begins that is taken of a lazy chain: `query[start:end]`, also of its name.
pub(super) fn part_start(program: &Program<'_>, at: ExprRef) -> Option<ExprId> {
    let (file, index) = (program.file(at.file), program.listing(at.file));
    let names = index.bound_to(file, at.id).into_iter().flat_map(|binding| index.uses_of(binding));
    std::iter::once(&at.id).chain(names).find_map(|id| match file.expr(index.parent(*id)?).kind {
        ExprKind::Slice { base, from, .. } if base == *id => from,
        _ => None,
    })
}

/// Whether what is called is a member of rows that are there already: `(await Post.find()).slice(0, 10)`, also of their name.
pub(super) fn is_of_rows(program: &Program<'_>, call: ExprRef) -> bool {
    let at = |id: ExprId| ExprRef { file: call.file, id };
    let ExprKind::Call { callee, .. } = *program.kind(call) else { return false };
    let ExprKind::Member { base, .. } = *program.kind(at(callee)) else { return false };
    let is_fetched = |value: ExprId| match *program.kind(at(value)) {
        ExprKind::Await(inner) => {
            let awaited = at(program.file(call.file).awaited(inner));
            // `await Post.find().populate('author')`: a step that is known by what it gives alone.
            let is_step = || {
                matches!(program.kind(awaited), ExprKind::Call { .. })
                    && program.called_functions(awaited).is_empty()
                    && is_query_value(program, awaited)
            };
            program.model(awaited).is_some() || is_step()
        }
        _ => false,
    };
    match *program.kind(at(base)) {
        ExprKind::Local(binding) => program.listing(call.file).defs.get(&binding).is_some_and(|defs| {
            !defs.is_empty() && defs.iter().all(|def| def.parts.is_empty() && is_fetched(def.value))
        }),
        _ => is_fetched(base),
    }
}

/// As the result of a function: where its callers run it, or where none is known.
fn run_of_result(program: &Program<'_>, value: ExprRef, depth: u32) -> Option<Run> {
    let index = program.listing(value.file);
    let function = FnRef { file: value.file, id: *index.returned_in.get(&value.id)? };
    if is_listed_by_framework(program, function) {
        return Some(Run::Whole);
    }
    let callers = program.calls_into(function);
    let direct = callers.iter().take(8).filter(|edge| program.called_functions(edge.at).contains(&function));
    let mut runs = direct.map(|edge| run_of(program, edge.at, depth + 1)).peekable();
    if runs.peek().is_none() { Some(Run::Whole) } else { runs.flatten().min() }
}

/// Whether a function gives what a view of a list answers with, whoever else asks it.
fn is_listed_by_framework(program: &Program<'_>, function: FnRef) -> bool {
    let data = program.file(function.file).function(function.id);
    let Some(class) = data.class.filter(|_| data.name == "get_queryset") else { return false };
    let view = ClassRef { file: function.file, id: class };
    let library = program.library(view.file);
    let lists = program.world().classes.library_bases(view).into_iter().any(|base| library.lists(base) == Some(true));
    lists && ["list", "get", "paginate_queryset"].iter().all(|name| method(program, view, name).is_none())
}

/// What a call that sends SQL text fetches: by its own roles, or by what is called on its result or on the same cursor.
pub(super) fn shape_of_fetches(program: &Program<'_>, at: ExprRef, model: &Call) -> Shape {
    if let Some(shape) = own_shape(model) {
        return shape;
    }
    fetched(program, at).map_or(Shape::Unknown, |(shape, _)| shape)
}

/// The expressions that give a query's rows: the call itself, or what fetches from what it gives.
pub(crate) fn fetches(program: &Program<'_>, at: ExprRef) -> Vec<ExprRef> {
    let Some(model) = program.model(at) else { return vec![at] };
    if own_shape(model).is_some() || !model.query.contains(&Query::Sql) {
        return vec![at];
    }
    fetched(program, at)
        .map_or(Vec::new(), |(_, ids)| ids.into_iter().map(|id| ExprRef { file: at.file, id }).collect())
}

/// What is fetched from what a call gives that sends SQL text, and where.
fn fetched(program: &Program<'_>, at: ExprRef) -> Option<(Shape, Vec<ExprId>)> {
    let file = program.file(at.file);
    let index = program.listing(at.file);
    let mut places = vec![at.id];
    if let Some(binding) = index.bound_to(file, at.id) {
        places.extend(index.uses_of(binding));
    }
    let fetched = |places: &[ExprId]| {
        let all = || places.iter().filter_map(|place| fetch_on(program, at.file, *place));
        let shape = all().map(|(shape, _)| shape).min()?;
        Some((shape, all().filter(|(other, _)| *other == shape).map(|(_, id)| id).collect()))
    };
    if let Some(found) = fetched(&places) {
        return Some(found);
    }
    let ExprKind::Call { callee, .. } = file.expr(at.id).kind else { return None };
    let ExprKind::Member { base, .. } = file.expr(callee).kind else { return None };
    let ExprKind::Local(cursor) = file.expr(base).kind else { return None };
    // Only fetches behind this call, and before the cursor's next statement.
    let here = file.expr(at.id).span.start;
    let start_of = |use_: &ExprId| file.expr(*use_).span.start;
    let later = || index.uses_of(cursor).iter().filter(|use_| start_of(use_) > here);
    let next = later().filter(|use_| sends_sql(program, at.file, **use_)).map(start_of).min().unwrap_or(u32::MAX);
    let places: Vec<ExprId> = later().filter(|use_| start_of(use_) < next).copied().collect();
    fetched(&places)
}

fn sends_sql(program: &Program<'_>, file: FileId, use_: ExprId) -> bool {
    member_call(program, file, use_)
        .and_then(|call| program.model(ExprRef { file, id: call }))
        .is_some_and(|model| model.query.contains(&Query::Sql))
}

/// The call of a member of an expression.
pub(super) fn member_call(program: &Program<'_>, file: FileId, base: ExprId) -> Option<ExprId> {
    let index = program.listing(file);
    let outer = index.unwrapped_parent(program.file(file), base);
    let member = index.parent(outer)?;
    let call = index.parent(member)?;
    matches!(program.kind(ExprRef { file, id: call }), ExprKind::Call { callee, .. } if *callee == member)
        .then_some(call)
}

/// The fetch that is called on an expression, also further along a chain (`.mappings().all()`); iterating it fetches all.
fn fetch_on(program: &Program<'_>, file: FileId, mut use_: ExprId) -> Option<(Shape, ExprId)> {
    for _ in 0..4 {
        let Some(call) = member_call(program, file, use_) else {
            let index = program.listing(file);
            let outer = index.unwrapped_parent(program.file(file), use_);
            let is_iterated = index.iterated.contains(&outer);
            return is_iterated.then_some((Shape::Rows, use_));
        };
        let model = program.model(ExprRef { file, id: call })?;
        if model.query.contains(&Query::Sql) {
            return None;
        }
        if let Some(shape) = own_shape(model) {
            return Some((shape, call));
        }
        use_ = call;
    }
    None
}

pub(super) fn own_shape(model: &Call) -> Option<Shape> {
    model.query.iter().find_map(|role| match role {
        Query::Rows => Some(Shape::Rows),
        Query::One => Some(Shape::One),
        Query::Scalar => Some(Shape::Scalar),
        Query::Page | Query::Stream => Some(Shape::Bounded),
        Query::Insert | Query::Update | Query::Delete => Some(Shape::Write),
        _ => None,
    })
}
