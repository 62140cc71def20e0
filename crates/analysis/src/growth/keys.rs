//! What is added: under which keys, and of what kind.

use ir::{ExprId, ExprKind, Symbol, words_of};

use super::Stored;
use super::touches::{Act, Touch};
use crate::ids::{BindingRef, ExprRef, FnRef};
use crate::index::Part;
use crate::link::Target;
use crate::models::{Context, Grows, Resource};
use crate::program::Program;
use crate::values::Atom;

/// Words with which names end whose values are few by nature: `event_type`, `statusCode` (without its `code`).
const FEW: &[&str] = &[
    "method",
    "status",
    "level",
    "type",
    "kind",
    "endpoint",
    "constructor",
    "role",
    "severity",
    "category",
    "provider",
    "currency",
    "locale",
    "lang",
    "language",
    "mode",
    "format",
    "preset",
    "theme",
    "environment",
    "platform",
    "region",
    "hostname",
];

/// What a program has so many of as its authors wrote: `package_name`, `moduleName`.
const WRITTEN: &[&str] =
    &["package", "module", "class", "plugin", "function", "model", "template", "event", "queue", "table", "type"];

/// Whether the values of a name are few by nature.
fn is_few(name: Symbol) -> bool {
    let words = words_of(&name);
    let is_one = |word: Option<&String>, known: &[&str]| word.is_some_and(|word| known.contains(&word.as_str()));
    match words.as_slice() {
        [.., before, last] if last == "code" => before == "status",
        [.., before, last] if last == "name" => is_one(Some(before), WRITTEN),
        [only] if only == "name" => false,
        words => is_one(words.last(), FEW),
    }
}

/// Whether the code itself limits which keys there are: constants, members of an enumeration, what every caller writes out.
pub(super) fn is_bounded(program: &Program<'_>, key: ExprRef, depth: u32) -> bool {
    if depth > 4 {
        return false;
    }
    let file = program.file(key.file);
    let at = |id| ExprRef { file: key.file, id };
    match &file.expr(key.id).kind {
        ExprKind::Text(parts) => parts.iter().all(|part| match part {
            ir::TextPart::Literal { .. } => true,
            ir::TextPart::Hole(hole) => is_bounded(program, at(*hole), depth + 1),
        }),
        ExprKind::Number(_) | ExprKind::Bool(_) | ExprKind::Null => true,
        ExprKind::Member { base, name, .. } => {
            is_few(*name)
                || is_settings(program, at(*base))
                || every_caller_writes(program, at(*base), *name, depth)
                || program.value(key).iter().any(|atom| matches!(atom, Atom::Text(_)))
                || program
                    .value(at(*base))
                    .iter()
                    .any(|atom| matches!(atom, Atom::Class(_)) || is_enumeration(program, *atom))
        }
        ExprKind::Local(binding) if is_few(file.binding(*binding).name) || is_written_once(program, key, *binding) => {
            true
        }
        ExprKind::Local(binding) => {
            let index = program.listing(key.file);
            if let Some(value) = assigned_before(program, key, *binding) {
                return is_bounded(program, value, depth + 1);
            }
            if let Some(param) = index.params.get(binding) {
                let function = FnRef { file: key.file, id: param.function };
                let annotation = file.function(param.function).params[param.index].annotation;
                if annotation.is_some_and(|annotation| names_few(program, at(annotation))) {
                    return true;
                }
                return param.parts.is_empty() && every_caller_is_bounded(program, function, param.index, depth);
            }
            match index.defs.get(binding).map(Vec::as_slice) {
                Some([def]) if def.parts.is_empty() => is_bounded(program, at(def.value), depth + 1),
                Some([def]) if def.parts == [Part::Element] => lists_bounded(program, at(def.value), depth + 1),
                _ => false,
            }
        }
        // `key.clone()`, `str(key)`, `key.to_string()`.
        ExprKind::Call { callee, args, .. } => match (&file.expr(*callee).kind, args.as_slice()) {
            (ExprKind::Member { base, name, .. }, []) if is_copy(*name) => is_bounded(program, at(*base), depth + 1),
            (ExprKind::Global(name), [only]) if is_conversion(*name) => is_bounded(program, at(only.value), depth + 1),
            _ => false,
        },
        ExprKind::Binary { op, left, right } if op.is_lazy() => {
            is_bounded(program, at(*left), depth + 1) && is_bounded(program, at(*right), depth + 1)
        }
        ExprKind::Conditional { test, then, otherwise } => {
            let is_known = is_tested(file, *test, *then) || is_bounded(program, at(*then), depth + 1);
            is_known && is_bounded(program, at(*otherwise), depth + 1)
        }
        // `ENCODING_OF[model]`: what a table of constants holds.
        ExprKind::Index { base, .. } => program.value(at(*base)).iter().any(|atom| is_enumeration(program, *atom)),
        ExprKind::Other(parts) if parts.len() == 1 => is_bounded(program, at(parts[0]), depth + 1),
        _ => false,
    }
}

/// `key.version` of a parameter for which every caller makes an object with a constant: `register(Key(version="v1"))`.
fn every_caller_writes(program: &Program<'_>, object: ExprRef, name: Symbol, depth: u32) -> bool {
    let ExprKind::Local(binding) = *program.kind(object) else { return false };
    let Some(param) = program.listing(object.file).params.get(&binding).filter(|param| param.parts.is_empty()) else {
        return false;
    };
    let function = FnRef { file: object.file, id: param.function };
    let callers = program.calls_into(function);
    let writes = |given: ExprRef| {
        let made = program.definition(given).unwrap_or(given);
        match program.kind(made) {
            ExprKind::Call { args, .. } => args.iter().any(|arg| {
                arg.name == Some(name) && is_bounded(program, ExprRef { file: made.file, id: arg.value }, depth + 1)
            }),
            _ => false,
        }
    };
    !callers.is_empty()
        && callers.iter().all(|edge| program.argument(edge.at, function, param.index).is_some_and(writes))
}

/// What a name was given by a statement before, in the same block, where it is given several things.
fn assigned_before(program: &Program<'_>, name: ExprRef, binding: ir::BindingId) -> Option<ExprRef> {
    let (file, index) = (program.file(name.file), program.listing(name.file));
    let defs = index.defs.get(&binding).map_or(&[][..], Vec::as_slice);
    let is_given = index.params.contains_key(&binding);
    if defs.len() + usize::from(is_given) < 2 {
        return None;
    }
    let mut finder = Before { binding, name: file.expr(name.id).span, found: None };
    ir::Visit::block(&mut finder, file, &file.function(file.binding(binding).function).body);
    finder.found.map(|id| ExprRef { file: name.file, id })
}

struct Before {
    binding: ir::BindingId,
    name: ir::Span,
    found: Option<ExprId>,
}

impl ir::Visit for Before {
    fn block(&mut self, file: &ir::File, block: &ir::Block) {
        let Some(place) = block.stmts.iter().position(|stmt| stmt.span.contains(self.name)) else { return };
        let assigned = |stmt: &ir::Stmt| match &stmt.kind {
            ir::StmtKind::Let { pattern, value, .. } => value.filter(|_| pattern.as_binding() == Some(self.binding)),
            ir::StmtKind::Expr(expr) => match &file.expr(*expr).kind {
                ExprKind::Assign { pattern, op: None, value } => {
                    (pattern.as_binding() == Some(self.binding)).then_some(*value)
                }
                _ => None,
            },
            _ => None,
        };
        self.found = block.stmts[..place].iter().rev().find_map(assigned);
        ir::walk_stmt(self, file, &block.stmts[place]);
    }
}

/// A list that is written out, here or under a name.
fn lists_bounded(program: &Program<'_>, list: ExprRef, depth: u32) -> bool {
    let list = program.definition(list).unwrap_or(list);
    match program.kind(list) {
        ExprKind::List(items) => {
            items.iter().all(|item| is_bounded(program, ExprRef { file: list.file, id: *item }, depth + 1))
        }
        _ => false,
    }
}

/// What the deployment says once, by its name: `settings.APP_ID`, `process.env.REGION`. What is passed may be anybody's.
fn is_settings(program: &Program<'_>, holder: ExprRef) -> bool {
    let name = match program.kind(holder) {
        ExprKind::Local(binding) if program.listing(holder.file).params.contains_key(binding) => return false,
        ExprKind::Local(binding) => program.file(holder.file).binding(*binding).name,
        ExprKind::Global(name) | ExprKind::Member { name, .. } => *name,
        _ => return false,
    };
    let words = words_of(&name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(words.as_slice(), [.., "settings" | "env" | "environ"] | ["config" | "cfg" | "conf"] | ["app", "config"])
}

/// `KNOWN.includes(key) ? key : …`.
fn is_tested(file: &ir::File, test: ExprId, key: ExprId) -> bool {
    match &file.expr(test).kind {
        ExprKind::Call { callee, args, .. } => {
            matches!(file.expr(*callee).kind, ExprKind::Member { name, .. } if matches!(name.as_str(), "includes" | "has" | "contains"))
                && args.first().is_some_and(|arg| file.dump_expr(arg.value) == file.dump_expr(key))
        }
        ExprKind::Binary { op: ir::BinaryOp::In, left, .. } => file.dump_expr(*left) == file.dump_expr(key),
        _ => false,
    }
}

/// `mpsc::channel(…)`, `socket.split()`: a pair, of which the first half sends.
fn is_split(file: &ir::File, value: ExprId) -> bool {
    let ExprKind::Call { callee, .. } = file.expr(file.awaited(value)).kind else { return false };
    let name = match file.expr(callee).kind {
        ExprKind::Member { name, .. } | ExprKind::Global(name) => name,
        ExprKind::Local(binding) => file.binding(binding).name,
        _ => return false,
    };
    matches!(name.as_str(), "channel" | "unbounded_channel" | "split" | "unbounded")
}

fn is_queue(program: &Program<'_>, call: ExprRef) -> bool {
    program.model(call).is_some_and(|model| model.grows == Some(Grows::Queue))
}

/// `"eu" | "us"`, `Literal["a", "b"]`, `bool`.
fn names_few(program: &Program<'_>, annotation: ExprRef) -> bool {
    let within = |id| names_few(program, ExprRef { file: annotation.file, id });
    match &program.file(annotation.file).expr(annotation.id).kind {
        ExprKind::Text(_) | ExprKind::Null | ExprKind::Bool(_) => true,
        // Of classes there are as many as were written.
        ExprKind::Global(name) if matches!(name.as_str(), "bool" | "boolean" | "type") => true,
        ExprKind::Local(_) => {
            program.value(annotation).iter().any(|atom| is_enumeration(program, *atom))
                || program.definition(annotation).is_some_and(|alias| alias != annotation && names_few(program, alias))
        }
        ExprKind::Binary { left, right, .. } => within(*left) && within(*right),
        ExprKind::Other(parts) | ExprKind::List(parts) => !parts.is_empty() && parts.iter().all(|part| within(*part)),
        ExprKind::Index { base, indices } => {
            is_class_of(program.file(annotation.file), *base) || indices.iter().all(|index| within(*index))
        }
        _ => false,
    }
}

/// `type` of `type[Model]`, `Type` of `Type[Model]`.
fn is_class_of(file: &ir::File, base: ExprId) -> bool {
    match file.expr(base).kind {
        ExprKind::Global(name) => name == "type",
        ExprKind::Local(binding) => {
            let binding = file.binding(binding);
            binding.name == "Type" && matches!(binding.kind, ir::BindingKind::Import(_))
        }
        _ => false,
    }
}

/// A class, a function, or what a module makes once: `settings` of `settings = Settings()`.
fn is_written_once(program: &Program<'_>, key: ExprRef, binding: ir::BindingId) -> bool {
    let target = BindingRef { file: key.file, id: binding };
    let at = match program.world().links.imported(target) {
        Some(Target::Binding(at)) => at,
        Some(_) => return false,
        None => target,
    };
    let file = program.file(at.file);
    match file.binding(at.id).kind {
        ir::BindingKind::Class(_) | ir::BindingKind::Function(_) => true,
        ir::BindingKind::Variable | ir::BindingKind::Constant => {
            let defs = program.listing(at.file).defs.get(&at.id).map_or(&[][..], Vec::as_slice);
            file.binding(at.id).function == ir::FnId::MODULE && matches!(defs, [only] if only.parts.is_empty())
        }
        _ => false,
    }
}

/// A class of Python's `enum`, an `enum` of TypeScript, or one of Rust without contents.
fn is_enumeration(program: &Program<'_>, atom: Atom) -> bool {
    match atom {
        Atom::Class(class) => {
            let fields = &program.file(class.file).class(class.id).fields;
            let is_bare = !fields.is_empty()
                && fields.iter().all(|field| field.is_static && field.value.is_none() && field.annotation.is_none());
            let bases = program.world().classes.library_bases(class);
            is_bare || bases.iter().any(|base| base.starts_with("enum."))
        }
        Atom::Record(record) => match program.kind(record) {
            ExprKind::Record(entries) => {
                let constant = |id| {
                    matches!(program.kind(ExprRef { file: record.file, id }), ExprKind::Text(_) | ExprKind::Number(_))
                };
                !entries.is_empty() && entries.iter().all(|entry| constant(entry.value))
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether what is stored is a client or pool: one a tenant or region, of which there are few.
pub(super) fn stores_client(program: &Program<'_>, touch: &Touch) -> bool {
    let Act::Adds { element: Some(element), .. } = touch.act else { return false };
    let file = program.file(touch.at.file);
    let mut value = file.awaited(element);
    if let ExprKind::Local(binding) = file.expr(value).kind
        && let Some(def) = program.listing(touch.at.file).defs.get(&binding).and_then(|defs| defs.last())
    {
        value = file.awaited(def.value);
    }
    // `new DataSource(…).initialize()`: the client stands inside.
    loop {
        let acquired = program.model(ExprRef { file: touch.at.file, id: value }).and_then(|model| model.acquires);
        if matches!(
            acquired,
            Some(
                Resource::Pool | Resource::Connection | Resource::HttpClient | Resource::SdkClient | Resource::Executor
            )
        ) {
            return true;
        }
        value = match file.expr(value).kind {
            ExprKind::Call { callee, .. } => callee,
            ExprKind::Member { base, .. } => base,
            ExprKind::Await(inner) => inner,
            _ => return false,
        };
    }
}

fn is_conversion(name: Symbol) -> bool {
    matches!(name.as_str(), "str" | "int" | "float" | "bool" | "repr" | "String" | "Number" | "String.from")
}

fn is_copy(name: Symbol) -> bool {
    matches!(
        name.as_str(),
        "clone" | "to_string" | "to_owned" | "into" | "toString" | "lower" | "toLowerCase" | "upper" | "strip"
    )
}

fn every_caller_is_bounded(program: &Program<'_>, function: FnRef, index: usize, depth: u32) -> bool {
    let callers = program.calls_into(function);
    !callers.is_empty()
        && callers.len() <= 64
        && callers.iter().all(|edge| {
            let given = program.argument(edge.at, function, index);
            given.is_some_and(|given| is_bounded(program, given, depth + 1))
        })
}

/// What a touch adds to the collection.
pub(super) fn stored(program: &Program<'_>, touch: &Touch) -> Stored {
    let Act::Adds { key, element } = touch.act else { return Stored::Data };
    // `clients[request.sid] = …`: an entry for each client that is connected.
    let is_client = |key: ExprId| match program.file(touch.at.file).expr(key).kind {
        ExprKind::Member { name, .. } => matches!(name.as_str(), "sid" | "channel_name"),
        _ => false,
    };
    if key.is_some_and(is_client) && program.runs(touch.function, |state| state.context == Context::Connection) {
        return Stored::Socket;
    }
    let parts = [key, element].into_iter().flatten();
    let kind = parts.map(|id| of_value(program, ExprRef { file: touch.at.file, id }, 0)).max().unwrap_or(Stored::Data);
    // The way to one client: as good as its socket, and in a request a subscription.
    match kind {
        Stored::Sender if program.runs(touch.function, |state| state.context == Context::Connection) => Stored::Socket,
        Stored::Sender => Stored::Listener,
        kind => kind,
    }
}

fn of_value(program: &Program<'_>, value: ExprRef, depth: u32) -> Stored {
    if depth > 3 {
        return Stored::Data;
    }
    let file = program.file(value.file);
    let library = program.library(value.file);
    let own = program.value(value).iter().map(|atom| match atom {
        Atom::Function(_) => Stored::Listener,
        Atom::Instance(ty) if library.ty(*ty).is_some_and(|ty| ty.is_socket) => Stored::Socket,
        Atom::Instance(ty) if library.ty(*ty).is_some_and(|ty| ty.is_sender) => Stored::Sender,
        Atom::Object(class) => {
            let bases = program.world().classes.library_bases(*class);
            let is_socket = bases.iter().any(|base| library.ty(*base).is_some_and(|ty| ty.is_socket));
            if is_socket { Stored::Socket } else { Stored::Data }
        }
        _ => Stored::Data,
    });
    let own = own.max().unwrap_or(Stored::Data);
    let part = |id| of_value(program, ExprRef { file: value.file, id }, depth + 1);
    let inner = match &file.expr(value.id).kind {
        // A value that was worked out with a function is not one.
        ExprKind::Record(entries) => {
            let is_function = |id| matches!(file.expr(id).kind, ExprKind::Function(_));
            let kinds = entries.iter().map(|entry| (part(entry.value), is_function(entry.value)));
            let counts = |(kind, is_function): &(Stored, bool)| {
                *kind != Stored::Listener || *is_function || file.has_exceptions()
            };
            kinds.filter(counts).map(|(kind, _)| kind).max()
        }
        ExprKind::List(items) => items.iter().map(|item| part(*item)).max(),
        ExprKind::Function(_) => Some(Stored::Listener),
        ExprKind::Local(binding) => match program.listing(value.file).defs.get(binding).map(Vec::as_slice) {
            Some([def]) if def.parts.is_empty() => Some(part(def.value)),
            // The sending half of a channel or of a socket, kept for one client.
            Some([def]) if def.parts == [Part::Item(0)] => is_split(file, def.value).then_some(Stored::Sender),
            _ => None,
        },
        ExprKind::Call { .. } if is_queue(program, value) => Some(Stored::Sender),
        ExprKind::Call { args, .. } if program.wraps(value) => args.first().map(|arg| part(arg.value)),
        // A struct or class around it: `new Client(socket)`, `Peer { tx }`.
        ExprKind::Call { args, .. } => {
            args.iter().map(|arg| part(arg.value)).filter(|kind| *kind >= Stored::Sender).max()
        }
        _ => None,
    };
    own.max(inner.unwrap_or(Stored::Data))
}
