//! Registrations: who adds a listener or a socket has to reach something that removes it.

use ir::{BindingKind, ExprId, ExprKind, FnId, FunctionKind, Symbol};
use rustc_hash::FxHashSet;

use super::touches::{Act, Touch};
use super::{Growth, Stored};
use crate::ids::{ExprRef, FileId, FnRef};
use crate::lifecycle::{self, Exit};
use crate::models::{Context, Runs};
use crate::places::{self, Place};
use crate::program::Program;
use crate::roles::Role;

/// Names that are used anywhere but in a definition: what is not among them is never called.
pub(crate) fn mentioned_names(program: &Program<'_>) -> FxHashSet<Symbol> {
    let mut names = FxHashSet::default();
    for (number, file) in program.files.iter().enumerate() {
        // What only tests call does nothing while the program serves.
        if program.role(FileId(number as u32)) == Role::Test {
            continue;
        }
        for expr in &file.exprs {
            match expr.kind {
                ExprKind::Member { name, .. } | ExprKind::Global(name) => {
                    names.insert(name);
                }
                ExprKind::Local(binding) => {
                    names.insert(file.binding(binding).name);
                }
                _ => {}
            }
        }
        // A library may call what it finds by name.
        names.extend(
            file.bindings
                .iter()
                .filter(|binding| matches!(binding.kind, BindingKind::Import(_)))
                .map(|binding| binding.name),
        );
    }
    names
}

/// Whether the function is ever run, as far as names tell.
pub(crate) fn is_live(program: &Program<'_>, names: &FxHashSet<Symbol>, function: FnRef) -> bool {
    let data = program.file(function.file).function(function.id);
    match data.kind {
        FunctionKind::Named | FunctionKind::Method { .. } => {
            names.contains(&data.name)
                || program.states(function).next().is_some()
                || data.name.starts_with("__") && data.name.ends_with("__")
                || data.name == "drop"
        }
        _ => true,
    }
}

/// The places that register something and cannot reach what removes it.
pub(super) fn unpaired(
    program: &Program<'_>,
    place: Place,
    stores: Stored,
    adds: &[&Touch],
    removals: &[&Touch],
) -> Vec<Growth> {
    let growth = |site: &RegisteredAt, is_removed_elsewhere| Growth {
        file: site.function.file,
        span: site.span,
        function: site.function,
        name: places::name_of(program, place),
        stores,
        is_keyed: false,
        also: Vec::new(),
        is_removed_elsewhere,
        exit: None,
        expires: None,
    };
    if removals.is_empty() {
        let site = |touch: &&Touch| RegisteredAt { function: touch.function, span: touch.span, call: None };
        let first = adds.first().map(|touch| growth(&site(touch), false));
        return first.into_iter().collect();
    }
    // Swept by a timer: for all of them. What a shutdown takes off an emitter is its own listener.
    let is_collection = adds.iter().any(|touch| matches!(touch.act, Act::Adds { .. }));
    let is_sweep = |touch: &&Touch| {
        let is_timed =
            !program.recurs(touch.function) && program.runs(touch.function, |state| state.context == Context::Job);
        is_timed || touch.act == Act::Empties && !touch.found.is_element
    };
    if is_collection && removals.iter().any(is_sweep) {
        return Vec::new();
    }
    let undoing = undoing(program, removals);
    let mut found = Vec::new();
    for touch in adds {
        if sees_to_it(program, touch, &undoing) {
            let own = RegisteredAt { function: touch.function, span: touch.span, call: None };
            if stores == Stored::Socket
                && let Some(exit) = exit_of(program, touch, &own, removals, &undoing)
            {
                found.push(Growth { exit: Some(exit), ..growth(&own, true) });
            }
            continue;
        }
        for site in registered_at(program, touch) {
            if !is_undone(program, &site, removals, &undoing) {
                found.push(growth(&site, true));
            } else if stores == Stored::Socket
                && let Some(exit) = exit_of(program, touch, &site, removals, &undoing)
            {
                found.push(Growth { exit: Some(exit), ..growth(&site, true) });
            }
        }
    }
    found.dedup_by_key(|growth| (growth.file, growth.span));
    found
}

/// Where the function that registers is the one that removes: a way out of it that does not.
fn exit_of(
    program: &Program<'_>,
    touch: &Touch,
    site: &RegisteredAt,
    removals: &[&Touch],
    undoing: &FxHashSet<FnRef>,
) -> Option<Exit> {
    let registers = site.call.map_or(touch.at.id, |call| call.id);
    let index = program.listing(site.function.file);
    index.site(registers)?;
    let mut calls: Vec<ExprId> = removals
        .iter()
        .filter(|removal| removal.function == site.function && index.site(removal.at.id).is_some())
        .map(|removal| removal.at.id)
        .collect();
    let edges = program.calls_from(site.function).iter();
    let leads = edges.filter(|edge| undoing.contains(&edge.to) && edge.how == Runs::Inline && edge.at.id != registers);
    calls.extend(leads.filter(|edge| !is_closure(program, edge.to)).map(|edge| edge.at.id));
    // What ends this very registration names what it was made with.
    let file = program.file(site.function.file);
    calls.retain(|call| share_argument(file, registers, *call));
    let exit = if calls.is_empty() {
        exit_of_task(program, site.function, registers, removals, undoing)?
    } else {
        lifecycle::exit_of_registration(program, site.function, Some(registers), &calls, None)?
    };
    matches!(exit, Exit::Throw(_) | Exit::Return(_)).then_some(exit)
}

/// Where one closure of the function, a task for the connection, is what removes: a way out of it that does not.
fn exit_of_task(
    program: &Program<'_>,
    function: FnRef,
    registers: ExprId,
    removals: &[&Touch],
    undoing: &FxHashSet<FnRef>,
) -> Option<Exit> {
    let file = program.file(function.file);
    let mut found: Option<(FnRef, Vec<ExprId>)> = None;
    for number in 0..file.functions.len() {
        let closure = FnRef { file: function.file, id: FnId(number as u32) };
        let is_inside = std::iter::successors(file.function(closure.id).parent, |outer| file.function(*outer).parent)
            .any(|outer| outer == function.id);
        if !is_inside {
            continue;
        }
        let touched = removals.iter().filter(|removal| removal.function == closure).map(|removal| removal.at.id);
        let edges = program.calls_from(closure).iter();
        let led = edges
            .filter(|edge| undoing.contains(&edge.to) && edge.how == Runs::Inline && !is_closure(program, edge.to));
        let calls: Vec<ExprId> =
            touched.chain(led.map(|edge| edge.at.id)).filter(|call| share_argument(file, registers, *call)).collect();
        if !calls.is_empty() && found.replace((closure, calls)).is_some() {
            return None;
        }
    }
    let (closure, calls) = found?;
    // Only a task that waits for the client has several ways out.
    file.function(closure.id)
        .is_async
        .then(|| lifecycle::exit_of_registration(program, closure, None, &calls, None))
        .flatten()
}

fn share_argument(file: &ir::File, one: ExprId, other: ExprId) -> bool {
    let args = |call: ExprId| match &file.expr(call).kind {
        ExprKind::Call { args, .. } => args.iter().map(|arg| bare(file, arg.value)).collect(),
        _ => Vec::new(),
    };
    let known: Vec<String> = args(one);
    args(other).iter().any(|arg| known.contains(arg))
}

/// The text of an argument without `&` and the like.
fn bare(file: &ir::File, expr: ExprId) -> String {
    match &file.expr(expr).kind {
        ExprKind::Other(parts) if parts.len() == 1 => bare(file, parts[0]),
        _ => file.dump_expr(expr),
    }
}

fn is_closure(program: &Program<'_>, function: FnRef) -> bool {
    program.file(function.file).function(function.id).kind == FunctionKind::Closure
}

/// Whether the function that adds also sees to the removal: itself, or in a closure that it registers and does not give back.
fn sees_to_it(program: &Program<'_>, touch: &Touch, undoing: &FxHashSet<FnRef>) -> bool {
    if undoing.contains(&touch.function) {
        return true;
    }
    let file = program.file(touch.function.file);
    let adder = touch.function.id;
    let returned: Vec<ir::Span> = program.listing(touch.function.file).returns[adder.0 as usize]
        .iter()
        .map(|returned| file.expr(*returned).span)
        .collect();
    (0..file.functions.len()).map(|number| FnId(number as u32)).any(|closure| {
        let around = std::iter::successors(file.function(closure).parent, |outer| file.function(*outer).parent);
        let span = file.function(closure).span;
        undoing.contains(&FnRef { file: touch.function.file, id: closure })
            && around.into_iter().any(|outer| outer == adder)
            && !returned.iter().any(|value| value.contains(span))
    })
}

struct RegisteredAt {
    function: FnRef,
    span: ir::Span,
    /// The call of a helper that registers what it is given.
    call: Option<ExprRef>,
}

/// The place that adds, or where its element is a parameter, the places that pass one.
fn registered_at(program: &Program<'_>, touch: &Touch) -> Vec<RegisteredAt> {
    let own = RegisteredAt { function: touch.function, span: touch.span, call: None };
    let (key, element) = match touch.act {
        Act::Adds { key, element } => (key, element),
        Act::Listens { element } => (None, element),
        _ => return Vec::new(),
    };
    let index = program.listing(touch.at.file);
    let file = program.file(touch.at.file);
    // Itself, or something made of it: `Box::new(listener)`, `{ socket, since }`.
    let is_param = |id: ExprId| {
        let span = file.expr(id).span;
        let params = file.function(touch.function.id).params.iter().filter_map(|param| param.pattern.as_binding());
        params.flat_map(|param| index.uses_of(param)).any(|use_| span.contains(file.expr(*use_).span))
    };
    let is_given = key.into_iter().chain(element).any(is_param);
    let is_entry = program.is_entry(touch.function);
    let callers: Vec<RegisteredAt> = program
        .calls_into(touch.function)
        .iter()
        .filter(|edge| program.recurs(edge.from) && program.called_functions(edge.at).contains(&touch.function))
        .map(|edge| RegisteredAt { function: edge.from, span: program.call_span(edge.at), call: Some(edge.at) })
        .collect();
    if !is_given || is_entry || callers.is_empty() { vec![own] } else { callers }
}

/// Functions that remove, and those that call them.
fn undoing(program: &Program<'_>, removals: &[&Touch]) -> FxHashSet<FnRef> {
    const MAX_HOPS: usize = 3;
    let mut undoing: FxHashSet<FnRef> = removals.iter().map(|touch| touch.function).collect();
    let mut open: Vec<FnRef> = removals.iter().map(|touch| touch.function).collect();
    for _ in 0..MAX_HOPS {
        let mut next = Vec::new();
        for function in open {
            for edge in program.calls_into(function) {
                if undoing.insert(edge.from) {
                    next.push(edge.from);
                }
            }
        }
        open = next;
    }
    // `Drop`, `__exit__` and their like run where an object of the class ends.
    let ended: Vec<FnRef> = undoing.iter().copied().filter(|function| ends_object(program, *function)).collect();
    for function in ended {
        let makers = program.makers_of_class_of(function);
        undoing.extend(makers);
    }
    undoing
}

fn ends_object(program: &Program<'_>, function: FnRef) -> bool {
    let data = program.file(function.file).function(function.id);
    matches!(data.name.as_str(), "drop" | "__exit__" | "__aexit__" | "__del__")
}

fn is_undone(program: &Program<'_>, site: &RegisteredAt, removals: &[&Touch], undoing: &FxHashSet<FnRef>) -> bool {
    let scope = scope_of(program, site.function);
    if undoing.iter_in_scope(program, &scope) {
        return true;
    }
    // The helper gives back the way to undo it, and that is kept.
    site.call.is_some_and(|call| {
        let gives_undo = removals.iter().any(|touch| gives_back(program, call, touch.function));
        gives_undo && program.keeps_result(call)
    })
}

/// The outermost function around, or the class of a method.
struct Scope {
    root: FnRef,
    class: Option<ir::ClassId>,
}

fn scope_of(program: &Program<'_>, function: FnRef) -> Scope {
    let file = program.file(function.file);
    let mut root = function.id;
    while let Some(parent) = file.function(root).parent.filter(|parent| *parent != FnId::MODULE) {
        root = parent;
    }
    Scope { root: FnRef { file: function.file, id: root }, class: file.function(root).class }
}

trait InScope {
    fn iter_in_scope(&self, program: &Program<'_>, scope: &Scope) -> bool;
}

impl InScope for FxHashSet<FnRef> {
    /// Whether one of the functions stands in the scope.
    fn iter_in_scope(&self, program: &Program<'_>, scope: &Scope) -> bool {
        let file = program.file(scope.root.file);
        (0..file.functions.len()).any(|number| {
            let function = FnRef { file: scope.root.file, id: FnId(number as u32) };
            if !self.contains(&function) {
                return false;
            }
            let of_function = scope_of(program, function);
            of_function.root == scope.root || scope.class.is_some() && of_function.class == scope.class
        })
    }
}

/// Whether the called function returns the closure (or an object with it) that removes.
fn gives_back(program: &Program<'_>, call: ExprRef, closure: FnRef) -> bool {
    program.called_functions(call).into_iter().any(|function| {
        let file = program.file(function.file);
        let is_inside = |mut at: FnId| {
            while let Some(parent) = file.function(at).parent {
                if parent == function.id {
                    return true;
                }
                at = parent;
            }
            false
        };
        closure.file == function.file
            && is_inside(closure.id)
            && !program.listing(function.file).returns[function.id.0 as usize].is_empty()
    })
}
