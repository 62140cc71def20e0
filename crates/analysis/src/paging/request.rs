//! What is a part of the request, and what may cap it.

use ir::{BindingId, ExprId, ExprKind, Param, Pattern, Symbol, words_of};

use crate::ids::{ExprRef, FnRef};
use crate::index::Part;
use crate::models::Context;
use crate::program::Program;
use crate::values::Atom;

/// Members of a request that hold what a client sends by name.
const CONTAINERS: &[&str] =
    &["query", "body", "args", "GET", "POST", "query_params", "values", "form", "searchParams", "json", "params"];

/// Names of what a request is called.
const REQUESTS: &[&str] = &["req", "request", "ctx", "context", "c", "event", "url", "nextUrl"];

/// `req.query.limit`, `request.args.get("limit", 20, type=int)`, `searchParams.get("limit")`, a handler's own parameter.
pub(super) fn is_part(program: &Program<'_>, value: ExprRef) -> bool {
    let at = |id| ExprRef { file: value.file, id };
    match program.kind(value) {
        ExprKind::Member { base, .. } => is_container(program, at(*base)),
        ExprKind::Index { base, .. } => is_container(program, at(*base)),
        ExprKind::Call { callee, .. } => match *program.kind(at(*callee)) {
            ExprKind::Member { base, name, .. } if name == "get" => is_container(program, at(base)),
            // Hono's `c.req.query("limit")`.
            ExprKind::Member { base, name, .. } if name == "query" => is_request(program, at(base)),
            _ => false,
        },
        ExprKind::Local(binding) => is_parameter(program, value, *binding),
        _ => false,
    }
}

/// `req.query`, `request.args`, unless a middleware has validated it.
pub(super) fn is_container(program: &Program<'_>, value: ExprRef) -> bool {
    let (base, name) = match *program.kind(value) {
        ExprKind::Member { base, name, .. } => (ExprRef { file: value.file, id: base }, name),
        ExprKind::Local(binding) => match program.listing(value.file).defs.get(&binding).map(Vec::as_slice) {
            // `const { searchParams } = new URL(request.url)`.
            Some([def]) => match (def.parts.as_slice(), ExprRef { file: value.file, id: def.value }) {
                ([Part::Field(name)], whole) => (whole, *name),
                ([], whole) if matches!(program.kind(whole), ExprKind::Member { .. }) => {
                    return is_container(program, whole);
                }
                ([], whole) => return is_read_body(program, whole),
                _ => return false,
            },
            _ => return false,
        },
        _ => return false,
    };
    CONTAINERS.contains(&name.as_str()) && is_request(program, base) && !is_validated(program, value)
}

/// `await req.json()`, `request.get_json()`.
fn is_read_body(program: &Program<'_>, value: ExprRef) -> bool {
    let at = |id| ExprRef { file: value.file, id };
    let call = at(program.file(value.file).awaited(value.id));
    let ExprKind::Call { callee, .. } = *program.kind(call) else { return false };
    match *program.kind(at(callee)) {
        ExprKind::Member { base, name, .. } => {
            matches!(name.as_str(), "json" | "get_json")
                && is_request(program, at(base))
                && !is_validated(program, call)
        }
        _ => false,
    }
}

fn is_request(program: &Program<'_>, value: ExprRef) -> bool {
    // `new URL(request.url)`.
    if let ExprKind::Call { callee, args, .. } = program.kind(value)
        && matches!(*program.kind(ExprRef { file: value.file, id: *callee }), ExprKind::Global(name) if name == "URL")
    {
        return args.first().is_some_and(|arg| match *program.kind(ExprRef { file: value.file, id: arg.value }) {
            ExprKind::Member { base, name, .. } => {
                name == "url" && is_request(program, ExprRef { file: value.file, id: base })
            }
            _ => false,
        });
    }
    let name = match *program.kind(value) {
        ExprKind::Local(binding) => program.file(value.file).binding(binding).name,
        ExprKind::Member { name, .. } | ExprKind::Global(name) => name,
        _ => return false,
    };
    REQUESTS.contains(&name.as_str())
}

pub(super) fn last_name(program: &Program<'_>, value: ExprRef) -> Option<Symbol> {
    match *program.kind(value) {
        ExprKind::Local(binding) => Some(program.file(value.file).binding(binding).name),
        ExprKind::Member { name, .. } | ExprKind::Global(name) => Some(name),
        _ => None,
    }
}

/// A plain number that FastAPI reads from the query: `limit: int = 100`, `limit: int = Query(100)` without `le`.
fn is_parameter(program: &Program<'_>, name: ExprRef, binding: BindingId) -> bool {
    let Some(param) = program.listing(name.file).params.get(&binding) else { return false };
    let function = FnRef { file: name.file, id: param.function };
    let file = program.file(name.file);
    let declared = &file.function(param.function).params[param.index];
    param.parts.is_empty() && is_decorated_handler(program, function) && is_plain_number(program, function, declared)
}

fn is_plain_number(program: &Program<'_>, function: FnRef, param: &Param) -> bool {
    let at = |id: ExprId| ExprRef { file: function.file, id };
    let Some(annotation) = param.annotation else { return false };
    let is_number = names_int(program, at(annotation), 0);
    let is_bounded =
        [Some(annotation), param.default].into_iter().flatten().any(|expr| is_bounding(program, at(expr), 0));
    let has_default = param.default.is_some_and(|default| {
        matches!(program.kind(at(default)), ExprKind::Number(_) | ExprKind::Null | ExprKind::Call { .. })
    });
    is_number && has_default && !is_bounded
}

/// `int`, `int | None`, `Optional[int]`, `Annotated[int, …]`.
pub(super) fn names_int(program: &Program<'_>, ty: ExprRef, depth: u32) -> bool {
    let within = |id: ExprId| depth < 4 && names_int(program, ExprRef { file: ty.file, id }, depth + 1);
    match program.kind(ty) {
        ExprKind::Global(name) => name == "int",
        ExprKind::Binary { left, right, .. } => within(*left) || within(*right),
        ExprKind::Index { indices, .. } => indices.iter().any(|index| within(*index)),
        ExprKind::List(items) => items.iter().any(|item| within(*item)),
        _ => false,
    }
}

/// `Query(20, le=100)`, `conint(lt=101)`, `Depends(…)`.
pub(super) fn is_bounding(program: &Program<'_>, expr: ExprRef, depth: u32) -> bool {
    let within = |id: ExprId| depth < 4 && is_bounding(program, ExprRef { file: expr.file, id }, depth + 1);
    match program.kind(expr) {
        ExprKind::Call { callee, args, .. } => {
            let name = last_name(program, ExprRef { file: expr.file, id: *callee });
            name.is_none_or(|name| name != "Query" && name != "Field")
                || args.iter().any(|arg| arg.name.is_some_and(|name| name == "le" || name == "lt"))
        }
        ExprKind::Index { indices, .. } => indices.iter().any(|index| within(*index)),
        ExprKind::List(items) => items.iter().any(|item| within(*item)),
        ExprKind::Local(_) => {
            program.definition(expr).is_some_and(|alias| depth < 4 && is_bounding(program, alias, depth + 1))
        }
        _ => false,
    }
}

/// A handler whose parameters a framework fills from the request by name, as decorators of Python's frameworks do.
pub(super) fn is_decorated_handler(program: &Program<'_>, function: FnRef) -> bool {
    let data = program.file(function.file).function(function.id);
    is_handler(program, function) && !data.decorators.is_empty() && program.file(function.file).has_exceptions()
}

pub(super) fn is_handler(program: &Program<'_>, function: FnRef) -> bool {
    program.entries_of(function).any(|entry| entry.context == Context::Request)
}

/// Whether a validator stands before the handler: a middleware among the arguments of its registration, or on its class.
fn is_validated(program: &Program<'_>, value: ExprRef) -> bool {
    let file = program.file(value.file);
    let span = file.expr(value.id).span;
    let is_validator = |name: &str| {
        let name = name.to_lowercase();
        ["valid", "schema", "celebrate", "check", "joi", "zod", "sanitize", "dto", "clamp", "paginat", "pipe"]
            .iter()
            .any(|word| name.contains(word))
    };
    // The registrations of the file, also of handlers that stand apart: one validator there is enough to be silent.
    let names =
        program.listing(value.file).sites.iter().flatten().filter_map(|site| match &file.expr(site.call).kind {
            ExprKind::Call { callee, args, .. } => {
                let contains = file.expr(site.call).span.contains(span);
                let among = args.iter().filter_map(|arg| match file.expr(arg.value).kind {
                    ExprKind::Call { callee, .. } => last_name(program, ExprRef { file: value.file, id: callee }),
                    _ => last_name(program, ExprRef { file: value.file, id: arg.value }),
                });
                let own = last_name(program, ExprRef { file: value.file, id: *callee });
                let is_declared =
                    || args.iter().any(|arg| bounds_in_schema(program, ExprRef { file: value.file, id: arg.value }));
                Some(contains && (among.chain(own).any(|name| is_validator(&name)) || is_declared()))
            }
            _ => None,
        });
    names.into_iter().any(|is_one| is_one) || is_validated_elsewhere(program, value)
}

/// Handlers that are registered in another file: whether a validator is used there.
fn is_validated_elsewhere(program: &Program<'_>, value: ExprRef) -> bool {
    let file = program.file(value.file);
    let span = file.expr(value.id).span;
    let around = file.functions.iter().enumerate().filter(|(_, function)| function.span.contains(span));
    let functions: Vec<FnRef> = around.map(|(id, _)| FnRef { file: value.file, id: ir::FnId(id as u32) }).collect();
    program.entries().iter().filter(|entry| functions.contains(&entry.function)).any(|entry| {
        let there = program.file(entry.file);
        program.listing(entry.file).sites.iter().flatten().any(|site| {
            let ExprKind::Call { args, .. } = &there.expr(site.call).kind else { return false };
            let is_it = there.expr(site.call).span.contains(entry.span) && args.len() > 1;
            is_it
                && args.iter().any(|arg| {
                    let callee = match there.expr(arg.value).kind {
                        ExprKind::Call { callee, .. } => callee,
                        _ => arg.value,
                    };
                    let name = last_name(program, ExprRef { file: entry.file, id: callee });
                    name.is_some_and(|name| name.to_lowercase().contains("valid") || name == "celebrate")
                        || bounds_in_schema(program, ExprRef { file: entry.file, id: arg.value })
                })
        })
    })
}

/// `{ schema: { querystring: ListSchema } }` among the options of a route: what the framework checks before the handler runs. A
/// schema that is not seen may bound anything.
fn bounds_in_schema(program: &Program<'_>, options: ExprRef) -> bool {
    const SENT: &[&str] = &["querystring", "query", "body"];
    let at = |id: ExprId| ExprRef { file: options.file, id };
    let ExprKind::Record(entries) = program.kind(options) else { return false };
    let Some(schema) = entries.iter().find(|entry| entry.key.is_some_and(|key| key == "schema")) else { return false };
    match program.kind(at(schema.value)) {
        ExprKind::Record(parts) => {
            parts.iter().filter(|part| part.key.is_some_and(|key| SENT.contains(&key.as_str()))).any(|part| {
                let part = at(part.value);
                program.mentions(part, &["max", "lte"]) || is_unknown(program, part)
            })
        }
        _ => true,
    }
}

fn is_unknown(program: &Program<'_>, schema: ExprRef) -> bool {
    match program.kind(schema) {
        ExprKind::Local(_) => program.definition(schema).is_none(),
        ExprKind::Record(_) | ExprKind::Call { .. } => false,
        _ => true,
    }
}

/// Whether a name is compared or handed to something that checks it, or is given another value.
pub(super) fn may_be_capped(program: &Program<'_>, name: ExprRef, binding: BindingId) -> bool {
    let index = program.listing(name.file);
    let first = usize::from(!index.params.contains_key(&binding));
    if index.defs.get(&binding).is_some_and(|defs| defs.len() > first) {
        return true;
    }
    index.uses_of(binding).iter().any(|use_| is_tested(program, ExprRef { file: name.file, id: *use_ }))
}

/// Whether that member of what a name holds is compared or checked, or given another value.
pub(super) fn member_may_be_capped(program: &Program<'_>, name: ExprRef, binding: BindingId, member: Symbol) -> bool {
    let (file, index) = (program.file(name.file), program.listing(name.file));
    index.uses_of(binding).iter().any(|use_| {
        let Some(outer) = index.parent(*use_) else { return false };
        let is_it = matches!(file.expr(outer).kind, ExprKind::Member { name, .. } if name == member);
        is_it && (is_tested(program, ExprRef { file: name.file, id: outer }) || is_assigned(program, name, outer))
    })
}

fn is_assigned(program: &Program<'_>, name: ExprRef, place: ExprId) -> bool {
    let assignment = program.listing(name.file).parent(place).map(|outer| &program.file(name.file).expr(outer).kind);
    matches!(assignment, Some(ExprKind::Assign { pattern, .. }) if matches!(**pattern, Pattern::Place(at) if at == place))
}

/// Whether a value is compared, or handed to something that checks it by its name.
fn is_tested(program: &Program<'_>, value: ExprRef) -> bool {
    let Some(parent) = program.listing(value.file).parent(value.id) else { return false };
    match &program.file(value.file).expr(parent).kind {
        ExprKind::Binary { op, .. } => op.is_order(),
        ExprKind::Call { callee, .. } => {
            let callee = ExprRef { file: value.file, id: *callee };
            last_name(program, callee).is_some_and(|name| checks(&name))
                || program.value(callee).iter().any(|atom| matches!(atom, Atom::Class(_)))
        }
        _ => false,
    }
}

fn checks(name: &str) -> bool {
    const CHECKS: &[&str] = &["valid", "check", "clamp", "assert", "ensure", "sanitize", "normalize"];
    let lower = name.to_lowercase();
    // `min`, and not `listAdmins`.
    CHECKS.iter().any(|word| lower.contains(word))
        || words_of(name).iter().any(|word| word.starts_with("min") || word.starts_with("cap"))
}
