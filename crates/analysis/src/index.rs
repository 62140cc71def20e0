//! One pass over each file that gathers what the later stages look up: what defines a name, which calls a function
//! makes and in which regions, what it returns.

mod guards;
mod lengths;
mod loops;
mod memoised;
mod numbered;
mod pages;
mod parts;
mod pass;
mod pushes;

use std::cmp::Reverse;
use std::sync::OnceLock;

use ir::{BindingId, ClassId, Expr, ExprId, ExprKind, File, FnId, Span, Symbol, TextPart};
use rustc_hash::{FxHashMap, FxHashSet};

use numbered::Numbered;
pub(crate) use pass::index_file;

/// A step from a value to a part of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Part {
    /// An element of a collection.
    Element,
    Item(u32),
    Field(Symbol),
    /// What a wrapper holds: `Ok(x)`, `State(x)`.
    Inner,
    /// What a context manager hands out.
    Entered,
}

/// One place that gives a binding or field its value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Def {
    pub(crate) value: ExprId,
    pub(crate) parts: Vec<Part>,
}

/// A parameter's place in its function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ParamDef {
    pub(crate) function: FnId,
    pub(crate) index: usize,
    pub(crate) parts: Vec<Part>,
}

/// A call, where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Site {
    pub call: ExprId,
    /// The function whose execution makes the call.
    pub function: FnId,
    /// Inside a loop of that function (or a callback per element) whose number of rounds the code does not bound.
    pub in_loop: bool,
    /// Inside a loop each of whose rounds is for many items.
    pub in_batches: bool,
    /// Inside any loop.
    pub in_any_loop: bool,
    /// Behind a test that lets it run once per process (or per key).
    pub is_once: bool,
    pub is_awaited: bool,
    /// Some paths through the function do not reach it.
    pub is_conditional: bool,
    /// It runs where something was thrown, or on the way to throwing.
    pub is_exceptional: bool,
    /// What the innermost loop around whose rounds the code does not bound goes over.
    pub loops_over: Option<ExprId>,
}

/// The expression around each expression. Nearly all have one, so that a list by number is smaller and faster than a map.
#[derive(Debug, Default)]
struct Parents(Vec<u32>);

impl Parents {
    const NONE: u32 = u32::MAX;

    fn of_count(exprs: usize) -> Self {
        Self(vec![Self::NONE; exprs])
    }

    fn of(&self, expr: ExprId) -> Option<ExprId> {
        self.0.get(expr.0 as usize).copied().filter(|parent| *parent != Self::NONE).map(ExprId)
    }

    fn set(&mut self, expr: ExprId, parent: ExprId) {
        self.0[expr.0 as usize] = parent.0;
    }
}

/// A listing of one file.
#[derive(Debug, Default)]
pub struct FileIndex {
    pub(crate) defs: Numbered<BindingId, Vec<Def>>,
    pub(crate) params: Numbered<BindingId, ParamDef>,
    pub(crate) annotations: Numbered<BindingId, ExprId>,
    /// Assignments to members of the receiver.
    pub(crate) fields: FxHashMap<(ThisType, Symbol), Vec<Def>>,
    /// The receiver's field that an expression is assigned to whole.
    pub(crate) field_of: FxHashMap<ExprId, Symbol>,
    /// Assignments to members of something else, by the member's name and the object's expression.
    pub(crate) members: Vec<(ExprId, Symbol, ExprId)>,
    /// What is assigned to members and elements.
    pub(crate) placed: FxHashSet<ExprId>,
    /// Of that, what is assigned to members and elements of a name on some paths only.
    pub(crate) placed_sometimes: FxHashSet<ExprId>,
    /// Assignments to entries of something that have a constant key, like `members`.
    pub(crate) entries: Vec<(ExprId, Symbol, ExprId)>,
    /// What `+=` appends to a name.
    pub(crate) additions: FxHashMap<BindingId, Vec<Addition>>,
    /// Expressions whose elements a loop, a comprehension or a spread visits.
    pub(crate) iterated: FxHashSet<ExprId>,
    /// Lists that the code leaves alone where they are long, where a call is made for each element.
    pub(crate) short: FxHashSet<ExprId>,
    /// Calls whose results a `with` enters.
    pub(crate) entered: FxHashSet<ExprId>,
    /// By function, in evaluation order.
    pub(crate) sites: Vec<Vec<Site>>,
    pub(crate) site_of: Numbered<ExprId, Site>,
    /// By function: whether a loop stands in it.
    has_loops: Vec<bool>,
    /// Expressions that are whole statements.
    pub(crate) discarded: FxHashSet<ExprId>,
    pub(crate) returns: Vec<Vec<ExprId>>,
    /// The function that an expression is a result of.
    pub(crate) returned_in: FxHashMap<ExprId, FnId>,
    pub(crate) yields: Vec<Vec<ExprId>>,
    /// The function around each `this` and `super`.
    pub(crate) this_in: FxHashMap<ExprId, FnId>,
    /// What `this` is in each function.
    pub(crate) this: Vec<Option<ThisType>>,
    /// Local uses of each binding.
    pub(crate) uses: Numbered<BindingId, Vec<ExprId>>,
    /// Bindings by the expression that is assigned to them whole.
    pub(crate) assigned: FxHashMap<ExprId, BindingId>,
    /// The expressions that closures are written as.
    pub(crate) closures: FxHashMap<FnId, ExprId>,
    /// The expression around an expression.
    parents: Parents,
    /// All expressions in the order in which they begin, the outer before the inner. Made when it is first asked for.
    by_place: OnceLock<Vec<ExprId>>,
}

/// `name += value`, `name.push_str(value)`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Addition {
    pub(crate) value: ExprId,
    pub(crate) function: FnId,
    /// Tests that must hold for it to happen; empty where it always happens.
    pub(crate) tests: Vec<ExprId>,
    pub(crate) is_conditional: bool,
    pub(crate) adds: Adds,
}

/// What the value of an addition is to the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Adds {
    /// A part of it.
    Text,
    /// What stands in its place in the text (`name.push_bind(value)`).
    Value,
    /// As many rows as a list has, with the `VALUES` before them (`name.push_values(list, …)`).
    Rows,
}

/// The type of a receiver: a class of the file, or the subject of an `impl`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum ThisType {
    Class(ClassId),
    Impl(ExprId),
}

impl FileIndex {
    /// Whether the code says how few elements a list has.
    pub(crate) fn is_of_few(&self, file: &File, list: ExprId) -> bool {
        self.short.contains(&list) || loops::is_bounded_range(file, &self.defs, list)
    }

    pub fn site(&self, call: ExprId) -> Option<Site> {
        self.site_of.get(&call).copied()
    }

    pub fn sites_of(&self, function: FnId) -> &[Site] {
        self.sites.get(function.0 as usize).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn has_loops(&self, function: FnId) -> bool {
        self.has_loops[function.0 as usize]
    }

    pub fn parent(&self, expr: ExprId) -> Option<ExprId> {
        self.parents.of(expr)
    }

    /// The expressions inside a place, the outer before the inner, without a look at the rest of the file.
    pub(crate) fn within<'f>(&self, file: &'f File, span: Span) -> impl Iterator<Item = (ExprId, &'f Expr)> {
        let by_place = self.by_place.get_or_init(|| {
            let mut all: Vec<ExprId> = (0..file.exprs.len() as u32).map(ExprId).collect();
            all.sort_by_key(|id| (file.expr(*id).span.start, Reverse(file.expr(*id).span.end)));
            all
        });
        let first = by_place.partition_point(|id| file.expr(*id).span.start < span.start);
        let inside = by_place[first..].iter().map(|id| (*id, file.expr(*id)));
        inside
            .take_while(move |(_, expr)| expr.span.start <= span.end)
            .filter(move |(_, expr)| span.contains(expr.span))
    }

    pub fn uses_of(&self, binding: BindingId) -> &[ExprId] {
        self.uses.get(&binding).map_or(&[], Vec::as_slice)
    }

    /// The parameters that a function hands back as they are.
    pub(crate) fn given_back(&self, file: &File, function: FnId) -> Vec<usize> {
        let mut found: Vec<usize> =
            self.results(file, function).iter().filter_map(|expr| self.own_parameter(file, function, *expr)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// What else a function returns.
    pub(crate) fn other_returns(&self, file: &File, function: FnId) -> Vec<ExprId> {
        let mut results = self.results(file, function);
        results.retain(|expr| self.own_parameter(file, function, *expr).is_none());
        results.extend(&self.yields[function.0 as usize]);
        results
    }

    /// What a function returns, each branch of a choice by itself.
    fn results(&self, file: &File, function: FnId) -> Vec<ExprId> {
        let mut results = Vec::new();
        let mut open = self.returns[function.0 as usize].clone();
        while let Some(expr) = open.pop() {
            match &file.expr(expr).kind {
                ExprKind::Conditional { then, otherwise, .. } => open.extend([*then, *otherwise]),
                ExprKind::Binary { op, left, right } if op.is_lazy() => open.extend([*left, *right]),
                _ => results.push(expr),
            }
        }
        results
    }

    /// The parameter of the function that an expression names, if nothing else is ever assigned to it.
    fn own_parameter(&self, file: &File, function: FnId, expr: ExprId) -> Option<usize> {
        let ExprKind::Local(binding) = file.expr(expr).kind else { return None };
        let param = self.params.get(&binding)?;
        let is_whole = param.function == function && param.parts.is_empty() && !self.defs.contains_key(&binding);
        (is_whole && !file.function(function).params[param.index].is_rest).then_some(param.index)
    }

    /// The binding that takes the value of `expr`, seen through `await`, `?` and the like, if it is just assigned.
    pub fn bound_to(&self, file: &File, expr: ExprId) -> Option<BindingId> {
        let outer = self.unwrapped_parent(file, expr);
        self.assigned.get(&outer).copied()
    }

    /// Climbs over `await`, `?` and parenthesis-like expressions around `expr`.
    pub fn unwrapped_parent(&self, file: &File, mut expr: ExprId) -> ExprId {
        while let Some(parent) = self.parent(expr) {
            match file.expr(parent).kind {
                ExprKind::Await(_) | ExprKind::Propagate(_) | ExprKind::Spread(_) => expr = parent,
                _ => break,
            }
        }
        expr
    }
}

/// `base["key"]`.
fn entry_of(file: &File, place: ExprId) -> Option<(ExprId, Symbol)> {
    let ExprKind::Index { base, indices } = &file.expr(place).kind else { return None };
    let [index] = indices.as_slice() else { return None };
    match &file.expr(*index).kind {
        ExprKind::Text(parts) => match parts.as_slice() {
            [TextPart::Literal { value, .. }] => Some((*base, Symbol::new(value))),
            _ => None,
        },
        _ => None,
    }
}
