//! What a use of a resource's name does to it: releases it, hands it on, or merely uses it.

use ir::{BindingId, ExprId, ExprKind, FnId};

use crate::ids::{ExprRef, FileId, FnRef};
use crate::models::Call;
use crate::program::Program;
use crate::values::Atom;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Effect {
    Nothing,
    Releases,
    /// Someone else owns it now: returned, stored, captured, passed to code that is not known.
    HandsOver,
}

/// Builtins that read a value and keep nothing.
const READERS: &[&str] = &[
    "len",
    "print",
    "str",
    "repr",
    "list",
    "iter",
    "next",
    "bool",
    "type",
    "isinstance",
    "id",
    "enumerate",
    "sum",
    "dict",
    "tuple",
    "console.log",
    "console.error",
    "console.warn",
    "console.info",
    "String",
    "Boolean",
    "JSON.stringify",
    "json.load",
    "json.dump",
    "csv.reader",
    "csv.writer",
    "csv.DictReader",
    "csv.DictWriter",
    "pickle.load",
    "pickle.dump",
    "yaml.safe_load",
    "yaml.load",
    "yaml.dump",
    "Array.from",
    "Object.keys",
    "pandas.read_csv",
    "pandas.read_sql",
    "pandas.read_sql_query",
    "tomllib.load",
];

/// Functions that do not fail, whatever they are given.
const HARMLESS: &[&str] = &[
    "Date.now",
    "performance.now",
    "time.time",
    "time.monotonic",
    "time.perf_counter",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "uuid.uuid4",
    "crypto.randomUUID",
    "console.log",
    "console.error",
    "console.warn",
    "console.info",
    "console.debug",
    "print",
    "len",
    "str",
    "repr",
    "bool",
    "isinstance",
    "String",
    "Boolean",
];

/// Whether a call of it is not expected to fail.
pub(super) fn is_harmless(program: &Program<'_>, callee: ExprRef) -> bool {
    let by_path = program.value(callee).iter().any(|atom| match atom {
        Atom::Path(path) => {
            HARMLESS.contains(&path.as_str()) || path.starts_with("Math.") || path.starts_with("logging.")
        }
        _ => false,
    });
    // A logger of any kind.
    let is_logged = match *program.kind(callee) {
        ExprKind::Member { base, name, .. } => {
            let base = ExprRef { file: callee.file, id: base };
            let logger = match *program.kind(base) {
                ExprKind::Local(binding) => Some(program.file(callee.file).binding(binding).name),
                ExprKind::Member { name, .. } | ExprKind::Global(name) => Some(name),
                _ => None,
            };
            matches!(name.as_str(), "debug" | "info" | "warn" | "warning" | "error" | "exception" | "log" | "trace")
                && logger.is_some_and(|logger| {
                    matches!(logger.as_str(), "logger" | "log" | "logging" | "console" | "_logger" | "LOGGER" | "LOG")
                })
        }
        _ => false,
    };
    // `response.headers.get("content-type")`, `session.headers.update(…)`.
    let is_header = match *program.kind(callee) {
        ExprKind::Member { base, name, .. } if matches!(name.as_str(), "get" | "update" | "set" | "append") => {
            let base = ExprRef { file: callee.file, id: base };
            matches!(*program.kind(base), ExprKind::Member { name, .. } if name == "headers")
        }
        _ => false,
    };
    by_path || is_logged || is_header
}

/// What passing the resource as argument number `position` (or by name) of a call does.
pub(super) fn of_argument(program: &Program<'_>, call: ExprRef, value: ExprId, model: &Call, depth: u32) -> Effect {
    let file = program.file(call.file);
    let ExprKind::Call { callee, args, .. } = &file.expr(call.id).kind else { return Effect::HandsOver };
    let name = match &file.expr(*callee).kind {
        ExprKind::Member { name, .. } | ExprKind::Global(name) => Some(*name),
        ExprKind::Local(binding) => Some(file.binding(*binding).name),
        _ => None,
    };
    if name.is_some_and(|name| model.released_through.contains(&name)) {
        return Effect::Releases;
    }
    let atoms = program.value(ExprRef { file: call.file, id: *callee });
    let mut known = None;
    for atom in atoms {
        let effect = match atom {
            Atom::Function(function) => {
                let position = args.iter().position(|arg| arg.value == value).unwrap_or(usize::MAX);
                let keyword = args.get(position).and_then(|arg| arg.name);
                let params = &program.file(function.file).function(function.id).params;
                let position = match keyword {
                    Some(keyword) => params.iter().position(|param| param.name == keyword),
                    None => Some(position),
                };
                of_parameter(program, *function, position, model, depth + 1)
            }
            Atom::Path(path) => {
                let is_reader = READERS.contains(&path.as_str());
                let is_modelled = program
                    .model(call)
                    .is_some_and(|call| call.acquires.is_none() || call.borrows || !call.query.is_empty());
                if is_reader || is_modelled { Effect::Nothing } else { Effect::HandsOver }
            }
            _ => Effect::HandsOver,
        };
        known = Some(match (known, effect) {
            (None, effect) => effect,
            (Some(Effect::HandsOver), _) | (_, Effect::HandsOver) => Effect::HandsOver,
            (Some(Effect::Releases), _) | (_, Effect::Releases) => Effect::Releases,
            _ => Effect::Nothing,
        });
    }
    known.unwrap_or(Effect::HandsOver)
}

/// What a function does to what it is given as a parameter.
fn of_parameter(program: &Program<'_>, function: FnRef, position: Option<usize>, model: &Call, depth: u32) -> Effect {
    let params = &program.file(function.file).function(function.id).params;
    let binding = position.and_then(|position| params.get(position)?.pattern.as_binding());
    match binding {
        Some(binding) if depth <= 3 => of_binding(program, function.file, binding, model, depth),
        _ => Effect::HandsOver,
    }
}

/// The strongest effect among all uses of a name.
pub(super) fn of_binding(program: &Program<'_>, file: FileId, binding: BindingId, model: &Call, depth: u32) -> Effect {
    let mut strongest = Effect::Nothing;
    for use_ in program.listing(file).uses_of(binding) {
        match of_use(program, file, *use_, model, depth) {
            Effect::Releases => return Effect::Releases,
            Effect::HandsOver => strongest = Effect::HandsOver,
            Effect::Nothing => {}
        }
    }
    strongest
}

/// What stands around one use of the name.
fn of_use(program: &Program<'_>, file_id: FileId, use_: ExprId, model: &Call, depth: u32) -> Effect {
    let file = program.file(file_id);
    let index = program.listing(file_id);
    let Some(parent) = index.parent(use_) else {
        return if index.returned_in.contains_key(&use_) { Effect::HandsOver } else { Effect::Nothing };
    };
    match &file.expr(parent).kind {
        ExprKind::Member { base, name, .. } if *base == use_ && model.released_by.contains(name) => Effect::Releases,
        ExprKind::Call { args, .. } if args.iter().any(|arg| arg.value == use_) => {
            of_argument(program, ExprRef { file: file_id, id: parent }, use_, model, depth)
        }
        ExprKind::List(_) | ExprKind::Record(_) => Effect::HandsOver,
        ExprKind::Assign { value, .. } if *value == use_ => Effect::HandsOver,
        _ => Effect::Nothing,
    }
}

/// What a closure does to a name of the function around it.
pub(super) fn of_capture(
    program: &Program<'_>,
    file_id: FileId,
    closure: FnId,
    binding: BindingId,
    model: &Call,
) -> Effect {
    let file = program.file(file_id);
    let span = file.function(closure).span;
    let mut strongest = Effect::Nothing;
    for use_ in program.listing(file_id).uses_of(binding) {
        if span.contains(file.expr(*use_).span) {
            match of_use(program, file_id, *use_, model, 1) {
                Effect::Releases => return Effect::Releases,
                Effect::HandsOver => strongest = Effect::HandsOver,
                Effect::Nothing => {}
            }
        }
    }
    strongest
}
