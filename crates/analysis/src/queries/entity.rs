//! The table or entity that a chain is about.

use ir::{BindingId, ExprId, ExprKind, Symbol};

use super::Certainty;
use super::chain::{Chain, add_expr};
use crate::ids::{ClassRef, ExprRef, FileId, FnRef};
use crate::index::Part;
use crate::models::{Declares, Runs};
use crate::program::Program;
use crate::values::Atom;

/// Rows of which others are gone over in turn.
const MAX_NESTED: u32 = 4;

/// The entity that an expression names: a class, a table's text, the member of a client (`prisma.user`).
pub(super) fn add_entity(program: &Program<'_>, chain: &mut Chain, expr: ExprRef) {
    if chain.entity.is_some() || chain.is_of_any {
        return;
    }
    // `Order.objects` is about orders, whatever its manager is.
    let of_owner = match program.kind(expr) {
        ExprKind::Member { base, .. } => named_by(program, ExprRef { file: expr.file, id: *base }),
        _ => None,
    };
    chain.is_of_any = is_any_of_several(program, expr);
    if chain.is_of_any {
        return;
    }
    let by_value = program.value(expr).iter().find_map(|atom| match atom {
        Atom::Class(class) => entity_of(program, *class),
        Atom::Object(class) => program.managed_by(*class).unwrap_or_else(|| entity_of(program, *class)),
        Atom::Text(text) => program.written_text(*text).map(Symbol::new),
        _ => None,
    });
    let found = of_owner.or(by_value).or_else(|| collection_at(program, expr)).or_else(|| match program.kind(expr) {
        ExprKind::Member { base, name, .. } => {
            // A class's member (`User.id`), or a delegate of a client (`prisma.user`, `db.collection`).
            let base_values = program.value(ExprRef { file: expr.file, id: *base });
            let is_client = base_values.iter().any(|atom| match atom {
                Atom::Instance(_) => true,
                Atom::Object(class) => program.is_client_class(*class),
                _ => false,
            });
            // `db.session` is what it is called, no table.
            let is_itself =
                |ty: &Symbol| ir::final_segment(ty).eq_ignore_ascii_case(name) || ty.to_lowercase().ends_with(&**name);
            let own = program.value(expr).iter().any(|atom| matches!(atom, Atom::Instance(ty) if !is_itself(ty)));
            // A field that stands for a table: a repository, an injected model.
            let is_table = program.value(expr).iter().any(|atom| match atom {
                // `Order.scope` is a step, no table.
                Atom::Instance(ty) => {
                    program.library(expr.file).ty(*ty).is_some_and(|ty| ty.is_entity && !ty.fluent.contains(name))
                }
                _ => false,
            });
            // `prisma.userCollection` is called so: each member of such a client is a table.
            let has_tables = base_values.iter().any(|atom| match atom {
                Atom::Instance(ty) => program.library(expr.file).ty(*ty).is_some_and(|ty| ty.members.is_some()),
                Atom::Object(class) => program.is_client_class(*class),
                _ => false,
            });
            let annotated =
                || is_table.then(|| annotated_entity(program, ExprRef { file: expr.file, id: *base }, *name));
            let plain = || if has_tables { *name } else { without_suffix(*name) };
            (is_client && own || is_table).then(|| annotated().flatten().unwrap_or_else(plain))
        }
        ExprKind::Local(binding) => {
            let file = program.file(expr.file);
            if let Some(entity) = visited_entity(program, chain.nested, expr, *binding) {
                return Some(entity);
            }
            let is_model = program.value(expr).iter().any(|atom| match atom {
                Atom::Instance(ty) => program.world().models.of(file.language).ty(*ty).is_some_and(|ty| ty.is_entity),
                _ => false,
            });
            is_model.then(|| named_by(program, expr).unwrap_or(without_suffix(file.binding(*binding).name)))
        }
        _ => None,
    });
    chain.entity = found.map(|name| Symbol::new(&name.to_lowercase()));
    // `orders.join(customers, …)` is about orders; `func.count(User.id)` about what the function is given.
    if let (None, ExprKind::Call { callee, args, .. }) = (chain.entity, program.kind(expr)) {
        if let ExprKind::Member { base, .. } = *program.kind(ExprRef { file: expr.file, id: *callee }) {
            let base = ExprRef { file: expr.file, id: base };
            let base = table_name(program, base, MAX_STEPS).or_else(|| entity_class(program, base));
            chain.entity = base.map(|name| Symbol::new(&name.to_lowercase()));
        }
        for arg in args {
            add_entity(program, chain, ExprRef { file: expr.file, id: arg.value });
        }
    }
}

/// The entity of a model that objects are made of: `Order` of `new Order({ … })`, where `Order` is `mongoose.model("Order", …)`.
pub(super) fn of_model(program: &Program<'_>, expr: ExprRef) -> Option<Symbol> {
    let library = program.library(expr.file);
    let is_model = program.value(expr).iter().any(|atom| match atom {
        Atom::Instance(ty) => library.ty(*ty).is_some_and(|ty| ty.is_entity),
        _ => false,
    });
    let mut chain = Chain::default();
    if is_model {
        add_entity(program, &mut chain, expr);
    }
    chain.entity
}

/// The collection of documents that an expression stands for, by the name under which the database gives it: `db.users`,
/// `db["users"]`, `db.collection("users")`, and what has one of these as its definition.
pub(crate) fn collection_at(program: &Program<'_>, expr: ExprRef) -> Option<Symbol> {
    const MAX_NAMES: usize = 4;
    let library = program.library(expr.file);
    let is_collection = |at: ExprRef| {
        program.value(at).iter().any(|atom| match atom {
            Atom::Instance(ty) => library.ty(*ty).is_some_and(|ty| ty.holds_documents),
            _ => false,
        })
    };
    let mut at = expr;
    for _ in 0..MAX_NAMES {
        at.id = program.file(at.file).awaited(at.id);
        if !is_collection(at) {
            return None;
        }
        if let Some(defined) = program.definition(at).filter(|defined| *defined != at) {
            at = defined;
            continue;
        }
        let named = |id: ExprId| text_of(program, ExprRef { file: at.file, id });
        return match program.kind(at) {
            ExprKind::Member { base, name, .. } => {
                is_handle(program, ExprRef { file: at.file, id: *base }).then_some(*name)
            }
            ExprKind::Index { indices, .. } => indices.first().and_then(|name| named(*name)),
            ExprKind::Call { args, .. } => match program.called_functions(at).first() {
                Some(function) => {
                    let returns = program.listing(function.file).returns.get(function.id.0 as usize)?;
                    let [returned] = returns.as_slice() else { return None };
                    at = ExprRef { file: function.file, id: *returned };
                    continue;
                }
                None => args.first().and_then(|name| named(name.value)),
            },
            _ => None,
        };
    }
    None
}

/// Whether a value is a library's: a database, not an object of the project that has a collection as a field.
fn is_handle(program: &Program<'_>, expr: ExprRef) -> bool {
    program.value(expr).iter().any(|atom| matches!(atom, Atom::Instance(_)))
}

/// A text that is known as a whole.
fn text_of(program: &Program<'_>, expr: ExprRef) -> Option<Symbol> {
    let texts = program.value(expr).iter().filter_map(|atom| match atom {
        Atom::Text(text) => Some(*text),
        _ => None,
    });
    let mut texts = texts.chain(Some(expr)).filter_map(|text| program.written_text(text).map(Symbol::new));
    let first = texts.next()?;
    texts.all(|other| other == first).then_some(first)
}

/// What a field's type says that it stands for: `private repo: Repository<Order>`.
fn annotated_entity(program: &Program<'_>, object: ExprRef, name: Symbol) -> Option<Symbol> {
    program.value(object).iter().find_map(|atom| {
        let Atom::Object(class) = atom else { return None };
        let fields = &program.file(class.file).class(class.id).fields;
        let annotation = fields.iter().find(|field| field.name == name)?.annotation?;
        let ExprKind::Index { indices, .. } = program.kind(ExprRef { file: class.file, id: annotation }) else {
            return None;
        };
        let name = entity_class(program, ExprRef { file: class.file, id: *indices.first()? })?;
        // `OrderEntity` is as well called after its table.
        let table = || program.table(Symbol::new(&name.to_lowercase())).map(|table| table.name);
        Some(if name.ends_with("Entity") { table().unwrap_or(name) } else { name })
    })
}

/// A class that is decorated as a table.
fn is_declared(program: &Program<'_>, class: ClassRef) -> bool {
    let decorators = program.file(class.file).class(class.id).decorators.iter();
    let mut models = decorators.filter_map(|id| program.model(ExprRef { file: class.file, id: *id }));
    models.any(|model| model.declares == Some(Declares::Table))
}

/// The name of a class that extends what a library declares entities with, or something of which nothing is known: a client,
/// a manager or a query set of the project is none.
fn entity_of(program: &Program<'_>, class: ClassRef) -> Option<Symbol> {
    let library = program.library(class.file);
    let bases = program.world().classes.library_bases(class);
    let is_known = |base: &Symbol| library.ty(library.canonical(*base)).is_some();
    let is_entity = !bases.is_empty()
        && (bases.iter().any(|base| library.declares_entities(library.canonical(*base)))
            || !bases.iter().any(is_known));
    (is_entity || is_declared(program, class)).then(|| program.file(class.file).class(class.id).name)
}

/// `for user in users`: what the query is about whose rows are visited.
fn visited_entity(program: &Program<'_>, nested: u32, expr: ExprRef, name: BindingId) -> Option<Symbol> {
    if nested > MAX_NESTED {
        return None;
    }
    let defs = program.listing(expr.file).defs.get(&name).into_iter().flatten();
    let visited = defs.filter(|def| matches!(def.parts.as_slice(), [Part::Element])).map(|def| def.value);
    let mut visited = visited.chain(mapped(program, expr.file, name));
    visited.find_map(|id| {
        let mut chain = Chain::within(nested + 1);
        let rows = ExprRef { file: expr.file, id: program.file(expr.file).awaited(id) };
        add_expr(program, &mut chain, rows, Certainty::Always);
        chain.entity
    })
}

/// `users` of `users.map((user) => …)`, by the name of the parameter.
fn mapped(program: &Program<'_>, file: FileId, name: BindingId) -> Option<ExprId> {
    let param = program.listing(file).params.get(&name).filter(|param| param.index == 0 && param.parts.is_empty())?;
    let calls = program.calls_into(FnRef { file, id: param.function });
    let edge = calls.iter().find(|edge| edge.how == Runs::Each && edge.at.file == file)?;
    let ExprKind::Call { callee, .. } = *program.kind(edge.at) else { return None };
    match *program.kind(ExprRef { file, id: callee }) {
        ExprKind::Member { base, .. } => Some(base),
        _ => None,
    }
}

/// `usersRepository`, `userModel`: the name without what it is.
fn without_suffix(name: Symbol) -> Symbol {
    let stems = ["Repository", "Repo", "Model", "Collection", "_repository", "_repo", "_collection"];
    let stem = stems.iter().find_map(|suffix| name.as_str().strip_suffix(suffix)).filter(|stem| !stem.is_empty());
    stem.map_or(name, Symbol::new)
}

/// The class of the project that an expression is, or the table.
fn named_by(program: &Program<'_>, expr: ExprRef) -> Option<Symbol> {
    let table = || table_name(program, expr, MAX_STEPS).or_else(|| columns_of(program, expr));
    entity_class(program, expr).or_else(table)
}

/// So many names and steps lead from a table to its declaration.
const MAX_STEPS: u32 = 4;

/// The table of which an expression is the record of columns: `posts.c`.
pub(super) fn columns_of(program: &Program<'_>, expr: ExprRef) -> Option<Symbol> {
    match program.kind(expr) {
        ExprKind::Member { base, name, .. } if matches!(name.as_str(), "c" | "columns") => {
            table_name(program, ExprRef { file: expr.file, id: *base }, MAX_STEPS)
        }
        _ => None,
    }
}

/// The name that a table object was declared with (`pgTable("posts", …)`), also from what is made of it (`posts.alias()`).
fn table_name(program: &Program<'_>, expr: ExprRef, steps: u32) -> Option<Symbol> {
    let steps = steps.checked_sub(1)?;
    let library = program.library(expr.file);
    let is_table = program.value(expr).iter().any(|atom| match atom {
        Atom::Instance(ty) => library.ty(*ty).is_some_and(|ty| ty.is_entity),
        _ => false,
    });
    let declared = program.definition(expr).unwrap_or(expr);
    let ExprKind::Call { callee, args, .. } = Some(program.kind(declared)).filter(|_| is_table)? else { return None };
    let at = |id| ExprRef { file: declared.file, id };
    if let ExprKind::Member { base, .. } = program.kind(at(*callee))
        && let Some(name) = table_name(program, at(*base), steps)
    {
        return Some(name);
    }
    let first = at(args.first().filter(|_| declared != expr)?.value);
    match program.kind(first) {
        ExprKind::Text(_) => program.written_text(first).map(Symbol::new),
        // `source.getRepository(Order)`.
        _ => entity_class(program, first),
    }
}

/// Whether a value is an object of a class of the project that makes the queries of one entity: `Order.objects`.
pub(super) fn is_managed(program: &Program<'_>, expr: ExprRef) -> bool {
    program.value(expr).iter().any(|atom| matches!(atom, Atom::Object(class) if program.managed_by(*class).is_some()))
}

/// Whether an expression stands for one class of several, as its callers say: `db.query(model)`, `self.model`.
fn is_any_of_several(program: &Program<'_>, expr: ExprRef) -> bool {
    let mut classes = program.value(expr).iter().filter_map(|atom| match atom {
        Atom::Class(class) => entity_of(program, *class),
        _ => None,
    });
    let first = classes.next();
    classes.any(|other| Some(other) != first)
}

/// The name of the class that an expression is, if that is an entity.
fn entity_class(program: &Program<'_>, expr: ExprRef) -> Option<Symbol> {
    program.value(expr).iter().find_map(|atom| match atom {
        Atom::Class(class) => entity_of(program, *class),
        _ => None,
    })
}
