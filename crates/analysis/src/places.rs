//! Places that outlive a call and can hold things: module variables, fields, members of shared objects.

use ir::{BindingKind, ExprId, ExprKind, FnId, Symbol};

use crate::contexts::State;
use crate::ids::{BindingRef, ClassRef, ExprRef, FnRef};
use crate::index::{Def, Part, ThisType};
use crate::link::Target;
use crate::models::{Context, Grows, Runs};
use crate::program::Program;
use crate::values::Atom;

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Place {
    Binding(BindingRef),
    Field(ClassRef, Symbol),
    /// A member of an object literal.
    Member(ExprRef, Symbol),
    /// A member that the program adds to an object of a library's type (`app.state.jobs`).
    Added(Symbol, Symbol),
    /// A member of an ambient global (`globalThis.cache`).
    Ambient(Symbol),
    /// The application's state, by its type as written: what handlers are given as `State<T>`.
    State(Symbol),
    /// Whatever callers pass for a parameter.
    Param(FnRef, usize),
}

/// A place, or something that it holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) place: Place,
    /// An element of it: `rooms[id]`, `rooms.get(id)`.
    pub(crate) is_element: bool,
}

const MAX_DEPTH: u32 = 12;

/// Members that give the same collection, or what a guard protects.
const SEEN_THROUGH: &[&str] = &[
    "lock",
    "read",
    "write",
    "try_lock",
    "try_read",
    "try_write",
    "unwrap",
    "expect",
    "unwrap_or_else",
    "borrow",
    "borrow_mut",
    "get_mut_ref",
    "as_mut",
    "as_ref",
    "as_deref",
    "as_deref_mut",
    "clone",
    "to_owned",
    "deref",
    "force",
    "get_or_init",
    "lock_arc",
    "upgrade",
    "blocking_lock",
    "iter",
    "iter_mut",
    "into_inner",
    "value",
    "value_mut",
    "unwrap_or_default",
    "load",
];

/// Members that give one of the elements.
const ELEMENTS: &[&str] = &[
    "get",
    "get_mut",
    "entry",
    "setdefault",
    "or_insert",
    "or_insert_with",
    "or_insert_with_key",
    "or_default",
    "at",
    "values",
    "items",
    "values_mut",
    "first",
    "last",
    "get_or_insert_with",
    "find",
];

/// What an expression is, where it is a place or held by one.
pub(crate) fn resolve(program: &Program<'_>, expr: ExprRef, depth: u32) -> Option<Found> {
    if depth > MAX_DEPTH {
        return None;
    }
    let file = program.file(expr.file);
    let at = |id: ExprId| ExprRef { file: expr.file, id };
    let within = |id: ExprId| resolve(program, at(id), depth + 1);
    let element = |found: Found| Found { is_element: true, ..found };
    match &file.expr(expr.id).kind {
        ExprKind::Local(_) => of_name(program, expr, depth),
        ExprKind::Member { base, name, .. } => of_member(program, at(*base), *name, depth),
        ExprKind::Index { base, .. } => within(*base).map(element),
        ExprKind::Await(inner) | ExprKind::Propagate(inner) => within(*inner),
        ExprKind::Other(parts) => match parts.as_slice() {
            [only] => within(*only),
            _ => None,
        },
        ExprKind::Binary { op, left, .. } if op.is_lazy() => within(*left),
        ExprKind::Assign { value, .. } => within(*value),
        ExprKind::Call { callee, args, .. } => match file.expr(*callee).kind {
            // `Arc::clone(&map)`, `Arc::downgrade(&map)`, `Mutex::new(map)`.
            ExprKind::Member { .. } if args.len() == 1 && program.wraps(expr) => within(args[0].value),
            ExprKind::Member { base, name, .. } if SEEN_THROUGH.contains(&name.as_str()) => within(base),
            ExprKind::Member { base, name, .. } if ELEMENTS.contains(&name.as_str()) => within(base).map(element),
            _ => of_getter(program, expr, depth),
        },
        _ => None,
    }
}

/// `get_store()`, where the function just returns the place.
fn of_getter(program: &Program<'_>, call: ExprRef, depth: u32) -> Option<Found> {
    let [function] = program.called_functions(call)[..] else { return None };
    match program.listing(function.file).returns.get(function.id.0 as usize)?.as_slice() {
        [returned] => {
            let found = resolve(program, ExprRef { file: function.file, id: *returned }, depth + 1)?;
            (!matches!(found.place, Place::Param(..)) && outlives(program, found.place)).then_some(found)
        }
        _ => None,
    }
}

fn of_name(program: &Program<'_>, expr: ExprRef, depth: u32) -> Option<Found> {
    let file = program.file(expr.file);
    let ExprKind::Local(binding) = file.expr(expr.id).kind else { return None };
    let whole = |place| Some(Found { place, is_element: false });
    let mut at = BindingRef { file: expr.file, id: binding };
    match program.world().links.imported(at) {
        Some(Target::Binding(binding)) => at = binding,
        Some(_) => return None,
        None => {}
    }
    let index = program.listing(at.file);
    if let Some(param) = index.params.get(&at.id) {
        let function = FnRef { file: at.file, id: param.function };
        if let Some(state) = state_type(program, function, param.index) {
            return whole(Place::State(state));
        }
        return if param.parts.is_empty() { whole(Place::Param(function, param.index)) } else { None };
    }
    if !matches!(program.file(at.file).binding(at.id).kind, BindingKind::Variable | BindingKind::Constant) {
        return None;
    }
    // Another name for a place: `const list = this.items`, `let mut guard = state.map.lock()`.
    if let Some([def]) = index.defs.get(&at.id).map(Vec::as_slice)
        && let Some(found) = of_def(program, at, def, depth)
    {
        return Some(found);
    }
    whole(Place::Binding(at))
}

/// The type of the application's state that a parameter takes: `T` of `State<T>`.
fn state_type(program: &Program<'_>, function: FnRef, index: usize) -> Option<Symbol> {
    let file = program.file(function.file);
    let annotation = file.function(function.id).params.get(index)?.annotation?;
    let ExprKind::Index { base, indices } = &file.expr(annotation).kind else { return None };
    let library = program.library(function.file);
    let mut atoms = program.value(ExprRef { file: function.file, id: *base }).iter();
    let is_state = atoms.any(|atom| match atom {
        Atom::Path(path) => library.ty(*path).is_some_and(|ty| ty.is_state),
        _ => false,
    });
    let inner = ExprRef { file: function.file, id: *indices.first()? };
    (is_state && names_collection(program, inner, 0)).then(|| Symbol::new(&file.dump_expr(inner.id)))
}

fn of_def(program: &Program<'_>, at: BindingRef, def: &Def, depth: u32) -> Option<Found> {
    let value = ExprRef { file: at.file, id: def.value };
    let mut found = None;
    for part in &def.parts {
        match part {
            Part::Field(name) => found = Some(of_member(program, value, *name, depth + 1)?),
            Part::Element | Part::Item(_) => {
                let holder = found.or_else(|| resolve(program, value, depth + 1))?;
                found = Some(Found { is_element: true, ..holder });
            }
            Part::Inner | Part::Entered => found = Some(found.or_else(|| resolve(program, value, depth + 1))?),
        }
    }
    if def.parts.is_empty() { resolve(program, value, depth + 1) } else { found }
}

fn of_member(program: &Program<'_>, base: ExprRef, name: Symbol, depth: u32) -> Option<Found> {
    let whole = |place| Some(Found { place, is_element: false });
    for atom in program.value(base) {
        match atom {
            Atom::Object(class) | Atom::Class(class) => {
                if let Some(declaring) = declaring_class(program, *class, name) {
                    return whole(Place::Field(declaring, name));
                }
            }
            Atom::Record(record) if matches!(program.kind(*record), ExprKind::Record(entries) if entries.iter().any(|entry| entry.key == Some(name))) =>
            {
                return whole(Place::Member(*record, name));
            }
            Atom::Module(file) => {
                return match program.world().links.exported(&program.files, *file, name) {
                    Some(Target::Binding(binding)) => whole(Place::Binding(binding)),
                    _ => None,
                };
            }
            Atom::Instance(ty) if !program.world().flows.addition(*ty, name).is_empty() => {
                return whole(Place::Added(*ty, name));
            }
            _ => {}
        }
    }
    match program.kind(base) {
        ExprKind::Global(_) => return whole(Place::Ambient(name)),
        ExprKind::This | ExprKind::Super => return None,
        _ => {}
    }
    // A member of something that is held (`sessions[id].messages`), or of a guard (`guard.0`).
    let holder = resolve(program, base, depth + 1)?;
    let is_tuple_part = name.as_str().bytes().all(|byte| byte.is_ascii_digit());
    (holder.is_element || is_tuple_part).then_some(holder)
}

/// The class up the lineage that gives the field its value.
fn declaring_class(program: &Program<'_>, class: ClassRef, name: Symbol) -> Option<ClassRef> {
    let lineage = program.world().classes.lineage(class);
    lineage
        .into_iter()
        .rev()
        .find(|class| !defs_of_field(program, *class, name).is_empty() || is_declared(program, *class, name))
}

fn is_declared(program: &Program<'_>, class: ClassRef, name: Symbol) -> bool {
    program.world().classes.field(&program.files, class, name).is_some()
}

fn defs_of_field(program: &Program<'_>, class: ClassRef, name: Symbol) -> Vec<ExprRef> {
    let fields = &program.listing(class.file).fields;
    let defs = fields.get(&(ThisType::Class(class.id), name)).into_iter().flatten();
    defs.map(|def| ExprRef { file: class.file, id: def.value }).collect()
}

/// The values that a place is given, and its declared type.
pub(crate) fn definitions(program: &Program<'_>, place: Place) -> (Vec<ExprRef>, Option<ExprRef>) {
    match place {
        Place::Binding(at) => {
            let index = program.listing(at.file);
            let defs = index.defs.get(&at.id).into_iter().flatten().filter(|def| def.parts.is_empty());
            let values = defs.map(|def| ExprRef { file: at.file, id: def.value }).collect();
            let annotation = index.annotations.get(&at.id).map(|id| ExprRef { file: at.file, id: *id });
            (values, annotation)
        }
        Place::Field(class, name) => {
            let declared = program.world().classes.field(&program.files, class, name);
            let annotation = declared.and_then(|field| field.annotation);
            (defs_of_field(program, class, name), annotation.map(|id| ExprRef { file: class.file, id }))
        }
        Place::Member(record, name) => {
            let ExprKind::Record(entries) = program.kind(record) else { return (Vec::new(), None) };
            let values = entries.iter().filter(|entry| entry.key == Some(name));
            (values.map(|entry| ExprRef { file: record.file, id: entry.value }).collect(), None)
        }
        Place::Added(_, name) | Place::Ambient(name) => (program.member_values(name), None),
        Place::State(_) | Place::Param(..) => (Vec::new(), None),
    }
}

/// Whether the place is there for many requests.
pub(crate) fn outlives(program: &Program<'_>, place: Place) -> bool {
    match place {
        Place::Binding(at) => binding_outlives(program, at),
        Place::Field(class, name) => {
            let field = program.world().classes.field(&program.files, class, name);
            let is_static = field.is_some_and(|field| field.is_static && field.value.is_some());
            // Others copy what stands in the class into each object.
            let is_plain = program.is_entry_class(class)
                || program.file(class.file).class(class.id).decorators.is_empty()
                    && program.world().classes.library_bases(class).is_empty();
            is_static && is_plain && !is_given_in_constructor(program, class, name) || program.object_outlives(class)
        }
        Place::Member(record, _) => {
            let binding = program.listing(record.file).assigned.get(&record.id);
            binding.is_some_and(|id| binding_outlives(program, BindingRef { file: record.file, id: *id }))
        }
        Place::Added(_, name) => program.member_outlives(name),
        Place::Ambient(_) | Place::State(_) => true,
        Place::Param(..) => false,
    }
}

fn binding_outlives(program: &Program<'_>, at: BindingRef) -> bool {
    let owner = FnRef { file: at.file, id: program.file(at.file).binding(at.id).function };
    let serves = |state: State| matches!(state.context, Context::Request | Context::Connection | Context::Job);
    owner.id == FnId::MODULE || !program.runs(owner, serves) && program.states(owner).next().is_some()
}

/// Whether code in `function` that names the place runs again and again while the place lives: a local of a function is
/// shared only by the closures in it.
pub(crate) fn is_reached_from(program: &Program<'_>, place: Place, function: FnRef) -> bool {
    let Place::Binding(at) = place else { return true };
    let owner = program.file(at.file).binding(at.id).function;
    let file = program.file(function.file);
    let around = std::iter::successors(file.function(function.id).parent, |outer| file.function(*outer).parent);
    owner == FnId::MODULE || function.file == at.file && around.into_iter().any(|outer| outer == owner)
}

/// The place's name as people would say it.
pub(crate) fn name_of(program: &Program<'_>, place: Place) -> Symbol {
    match place {
        Place::Binding(at) => program.file(at.file).binding(at.id).name,
        Place::Field(_, name) | Place::Member(_, name) | Place::Added(_, name) | Place::Ambient(name) => name,
        Place::State(ty) => ty,
        Place::Param(function, index) => program.file(function.file).function(function.id).params[index].name,
    }
}

/// Whether the place holds a collection that nothing bounds.
pub(crate) fn is_collection(program: &Program<'_>, place: Place) -> bool {
    if matches!(place, Place::State(_)) {
        return true;
    }
    let (values, annotation) = definitions(program, place);
    values.into_iter().any(|value| makes_collection(program, value, 0))
        || annotation.is_some_and(|annotation| names_collection(program, annotation, 0))
}

fn makes_collection(program: &Program<'_>, value: ExprRef, depth: u32) -> bool {
    let file = program.file(value.file);
    let within = |id: ExprId| depth < 4 && makes_collection(program, ExprRef { file: value.file, id }, depth + 1);
    match &file.expr(value.id).kind {
        ExprKind::List(_) | ExprKind::Record(_) => true,
        // `globalThis.cache ?? new Map()`.
        ExprKind::Binary { op, left, right } if op.is_lazy() => within(*left) || within(*right),
        ExprKind::Call { args, .. } => {
            let library = program.library(value.file);
            let is_one = |atom: &Atom| match atom {
                Atom::Instance(ty) => library.ty(*ty).is_some_and(|ty| ty.is_collection),
                _ => false,
            };
            // A lock or cell around it, made at once or by a function.
            program.value(value).iter().any(is_one)
                || (program.wraps(value) || program.model(value).is_some_and(|model| model.runs == Some(Runs::Once)))
                    && args.iter().any(|arg| match file.expr(arg.value).kind {
                        ExprKind::Function(function) => program
                            .listing(value.file)
                            .returns
                            .get(function.0 as usize)
                            .is_some_and(|returns| returns.iter().any(|returned| within(*returned))),
                        _ => within(arg.value),
                    })
        }
        _ => false,
    }
}

fn names_collection(program: &Program<'_>, annotation: ExprRef, depth: u32) -> bool {
    let library = program.library(annotation.file);
    let head = |id: ExprId| {
        let atoms = program.value(ExprRef { file: annotation.file, id }).iter();
        atoms.filter_map(|atom| match atom {
            Atom::Path(path) => library.ty(*path),
            _ => None,
        })
    };
    match &program.file(annotation.file).expr(annotation.id).kind {
        ExprKind::Index { base, indices } => {
            head(*base).any(|ty| ty.is_collection)
                || head(*base).filter_map(|ty| indices.get(ty.wraps?)).any(|inner| {
                    depth < 8 && names_collection(program, ExprRef { file: annotation.file, id: *inner }, depth + 1)
                })
        }
        // `type Db = Arc<Mutex<HashMap<…>>>`.
        ExprKind::Local(_) if depth < 8 => {
            head(annotation.id).any(|ty| ty.is_collection)
                || program.definition(annotation).is_some_and(|alias| names_collection(program, alias, depth + 1))
        }
        _ => head(annotation.id).any(|ty| ty.is_collection),
    }
}

/// The call that makes a queue without a bound, where the place holds it or its sending end.
pub(crate) fn queue_made(program: &Program<'_>, place: Place) -> Option<ExprRef> {
    let (mut values, _) = definitions(program, place);
    if let Place::Binding(at) = place {
        // `let (sender, receiver) = unbounded_channel()`.
        let defs = program.listing(at.file).defs.get(&at.id).into_iter().flatten();
        let firsts = defs.filter(|def| def.parts == [Part::Item(0)]);
        values.extend(firsts.map(|def| ExprRef { file: at.file, id: def.value }));
    }
    values.into_iter().find_map(|value| {
        let call = ExprRef { file: value.file, id: program.file(value.file).awaited(value.id) };
        let ExprKind::Call { args, .. } = program.kind(call) else { return None };
        let is_queue = program.model(call).is_some_and(|model| model.grows == Some(Grows::Queue));
        // A size of nothing means none.
        let is_unbounded = args.iter().all(|arg| {
            let value = program.kind(ExprRef { file: call.file, id: arg.value });
            matches!(value, ExprKind::Number(size) if *size <= 0.0)
        });
        (is_queue && is_unbounded).then_some(call)
    })
}

/// Whether the constructor gives each object a value of its own: the one of the class is a default that nobody sees.
fn is_given_in_constructor(program: &Program<'_>, class: ClassRef, name: Symbol) -> bool {
    let file = program.file(class.file);
    let methods = file.class(class.id).methods.iter().map(|(_, method)| file.function(*method));
    let constructors: Vec<ir::Span> =
        methods.filter(|method| method.kind == ir::FunctionKind::Constructor).map(|method| method.span).collect();
    let mut defs = defs_of_field(program, class, name).into_iter().map(|def| file.expr(def.id).span);
    defs.any(|def| constructors.iter().any(|constructor| constructor.contains(def)))
}
