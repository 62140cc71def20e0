//! What a handler takes from the request, and whether a cache stands before it.

use std::iter;

use ir::{BindingId, BindingKind, ExprId, ExprKind, FnId, ImportItem, Param, Pattern, Symbol, TextPart};

use super::decorated::never_caches;
use super::name_of;
use crate::entries::EntryPoint;
use crate::ids::{ExprRef, FnRef};
use crate::program::Program;

/// What answers, and what hands out shared things: using it takes nothing from the request.
const GIVEN: &[&str] = &[
    "json",
    "text",
    "html",
    "send",
    "status",
    "sendStatus",
    "header",
    "headers_out",
    "set",
    "setHeader",
    "render",
    "end",
    "type",
    "body",
    "app",
    "log",
    "server",
    "env",
    "code",
    "reply",
    "view",
    "state",
    "jsonp",
];

/// Names of parameters that a container fills.
const SHARED: &[&str] = &[
    "db",
    "session",
    "conn",
    "connection",
    "pool",
    "repo",
    "repository",
    "service",
    "settings",
    "config",
    "engine",
    "client",
    "response",
    "background_tasks",
    "cache",
    "uow",
];

/// Words that tell of the one who asks.
const USER: &[&str] = &[
    "user",
    "auth",
    "token",
    "tenant",
    "current",
    "permission",
    "account",
    "member",
    "admin",
    "identity",
    "principal",
    "login",
];

/// Whether nothing of what a handler is given is the request's.
pub(super) fn takes_nothing(program: &Program<'_>, handler: FnRef) -> bool {
    let function = program.file(handler.file).function(handler.id);
    function.params.iter().enumerate().all(|(number, param)| is_shared(program, handler, param, number))
}

fn is_shared(program: &Program<'_>, handler: FnRef, param: &Param, number: usize) -> bool {
    let file = program.file(handler.file);
    let at = |id| ExprRef { file: handler.file, id };
    if !param.decorators.is_empty() {
        return false;
    }
    // `State(pool)`, `pool: web::Data<Pool>`.
    if !file.has_exceptions() {
        let heads = [
            head_of_pattern(program, handler, &param.pattern),
            param.annotation.and_then(|ty| head_of_type(program, at(ty))),
        ];
        // `Extension(auth): Extension<AuthUser>`, which a middleware made of the request.
        let ty = param.annotation.map_or(String::new(), |ty| file.dump_expr(ty)).to_lowercase();
        let is_of_user = ["claims", "session"].iter().chain(USER).any(|word| ty.contains(word));
        return heads.iter().flatten().any(|name| match name.as_str() {
            "State" | "Data" | "PgPool" => true,
            "Extension" => !is_of_user,
            _ => false,
        });
    }
    let name = param.name.to_lowercase();
    let injected =
        [param.default, param.annotation].into_iter().flatten().find_map(|expr| provider(program, at(expr), 0));
    if let Some(provider) = injected {
        let provider = provider.to_lowercase();
        let is_of_user = USER.iter().any(|word| provider.contains(word) || name.contains(word));
        let is_told = || param.pattern.as_binding().is_some_and(|binding| is_read_from(program, handler, binding));
        return !is_of_user && (is_named_shared(&name) || !is_told());
    }
    let Some(binding) = param.pattern.as_binding() else { return false };
    is_only_answering(program, handler, binding) && (number < 3 || is_named_shared(&name))
        || is_named_shared(&name) && param.annotation.is_some()
}

pub(super) fn is_named_shared(name: &str) -> bool {
    SHARED.iter().any(|known| name == *known || name.ends_with(&format!("_{known}")))
}

/// Whether something of a parameter is read, and not only its methods called: `approver.id`.
fn is_read_from(program: &Program<'_>, handler: FnRef, binding: BindingId) -> bool {
    let (file, index) = (program.file(handler.file), program.listing(handler.file));
    index.uses_of(binding).iter().filter_map(|use_| index.parent(*use_)).any(|member| {
        let is_called =
            |call: ExprId| matches!(file.expr(call).kind, ExprKind::Call { callee, .. } if callee == member);
        matches!(file.expr(member).kind, ExprKind::Member { .. }) && !index.parent(member).is_some_and(is_called)
    })
}

/// Whether a parameter is only used to answer, or not at all.
fn is_only_answering(program: &Program<'_>, handler: FnRef, binding: BindingId) -> bool {
    let (file, index) = (program.file(handler.file), program.listing(handler.file));
    index.uses_of(binding).iter().all(|use_| {
        index.parent(*use_).is_some_and(|parent| match file.expr(parent).kind {
            ExprKind::Member { name, .. } => GIVEN.contains(&name.as_str()),
            // `next(error)`.
            ExprKind::Call { callee, .. } => {
                callee == *use_ || is_rendering(program, ExprRef { file: handler.file, id: parent })
            }
            _ => false,
        })
    })
}

/// `render(request, "page.html", …)`.
fn is_rendering(program: &Program<'_>, call: ExprRef) -> bool {
    name_of(program, call).is_some_and(|name| name == "render" || name == "TemplateResponse")
}

/// The function that `Depends(f)` names, behind aliases.
fn provider(program: &Program<'_>, expr: ExprRef, depth: u32) -> Option<Symbol> {
    let at = |id: ExprId| ExprRef { file: expr.file, id };
    match program.kind(expr) {
        ExprKind::Call { callee, args, .. } => {
            let name = name_of(program, at(*callee))?;
            (name == "Depends" || name == "Security")
                .then(|| args.first().and_then(|arg| name_of(program, at(arg.value))).unwrap_or(name))
        }
        ExprKind::Index { indices, .. } => indices.iter().find_map(|inner| provider(program, at(*inner), depth + 1)),
        ExprKind::List(items) => items.iter().find_map(|inner| provider(program, at(*inner), depth + 1)),
        ExprKind::Local(_) if depth < 4 => provider(program, program.definition(expr)?, depth + 1),
        _ => None,
    }
}

fn head_of_pattern(program: &Program<'_>, handler: FnRef, pattern: &Pattern) -> Option<Symbol> {
    match pattern {
        Pattern::Variant { path: Some(path), .. } => name_of(program, ExprRef { file: handler.file, id: *path }),
        _ => None,
    }
}

fn head_of_type(program: &Program<'_>, ty: ExprRef) -> Option<Symbol> {
    match *program.kind(ty) {
        ExprKind::Index { base, .. } => name_of(program, ExprRef { file: ty.file, id: base }),
        _ => name_of(program, ty),
    }
}

/// `@app.route("/x", methods=["POST"])`.
pub(super) fn names_other_verbs(program: &Program<'_>, handler: FnRef) -> bool {
    let function = program.file(handler.file).function(handler.id);
    function.decorators.iter().any(|decorator| {
        let decorator = ExprRef { file: handler.file, id: *decorator };
        program.mentions(decorator, &["methods"]) && program.mentions(decorator, &["post", "put", "patch", "delete"])
    })
}

/// Whether a function reads what belongs to one request: Flask's `request`, `session`, `g`, `current_user`; headers and cookies.
pub(super) fn reads_request(program: &Program<'_>, function: FnRef) -> bool {
    let (file, index) = (program.file(function.file), program.listing(function.file));
    let span = file.function(function.id).span;
    let is_ambient = |binding: &ir::Binding| match &binding.kind {
        BindingKind::Import(import) => {
            let ambient =
                ["request", "session", "g", "current_user", "get_jwt_identity", "cookies", "headers", "connections"];
            let is_one = matches!(import.item, ImportItem::Named(name) if ambient.contains(&name.as_str()));
            is_one && ["flask", "quart", "next", "jwt"].iter().any(|package| import.module.contains(package))
        }
        _ => false,
    };
    index.within(file, span).any(|(_, expr)| match &expr.kind {
        // What a base class keeps of the request: `self.current_user`.
        ExprKind::Member { base, name, .. } => {
            matches!(file.expr(*base).kind, ExprKind::This)
                && matches!(
                    name.as_str(),
                    "request" | "session" | "user" | "current_user" | "current_org" | "current_account"
                )
        }
        ExprKind::Local(binding) => is_ambient(file.binding(*binding)),
        _ => false,
    })
}

/// `@cache_response(60)`, `@cached`, whoever wrote it, unless it can be seen to cache nothing.
pub(super) fn has_cache_decorator(program: &Program<'_>, function: FnRef) -> bool {
    let decorators = program.file(function.file).function(function.id).decorators.iter();
    decorators
        .map(|id| ExprRef { file: function.file, id: *id })
        .filter(|decorator| {
            name_of(program, *decorator).is_some_and(is_cache) || program.mentions(*decorator, &["cache"])
        })
        .any(|decorator| !never_caches(program, decorator, function))
}

/// Whether a function, or what decorates it, looks into a cache or lets others keep its answer.
pub(super) fn mentions_cache(program: &Program<'_>, function: FnRef) -> bool {
    if has_cache_decorator(program, function) {
        return true;
    }
    let file = program.file(function.file);
    let span = file.function(function.id).span;
    program.listing(function.file).within(file, span).any(|(_, expr)| match &expr.kind {
        ExprKind::Text(parts) => parts.iter().any(|part| match part {
            TextPart::Literal { value, .. } => is_cache_header(value),
            TextPart::Hole(_) => false,
        }),
        ExprKind::Member { base, name, .. } => {
            let asks =
                ["get", "set", "has", "wrap", "fetch", "remember", "get_or_set", "getOrSet", "get_with", "getOrFetch"];
            asks.contains(&name.as_str())
                && name_of(program, ExprRef { file: function.file, id: *base }).is_some_and(is_cache)
        }
        ExprKind::Local(binding) => {
            let binding = file.binding(*binding);
            let is_variable = matches!(binding.kind, BindingKind::Variable | BindingKind::Constant);
            is_variable && binding.function == FnId::MODULE && is_cache(binding.name)
        }
        _ => false,
    })
}

pub(super) fn is_cache(name: Symbol) -> bool {
    let name = name.to_lowercase();
    name.contains("cache") || name.contains("memo") || name.contains("redis")
}

fn is_cache_header(text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains("cache-control") || text.contains("max-age")
}

/// Whether a name among the arguments is wanted: `app.get("/stats", cache("5 minutes"), handler)`.
pub(super) fn is_registered_with(
    program: &Program<'_>,
    entry: &EntryPoint,
    is_wanted: impl Fn(Symbol) -> bool,
) -> bool {
    let (file, index) = (program.file(entry.file), program.listing(entry.file));
    // The registration is around what the entry points at, or is that itself.
    let head = index.within(file, entry.span).next().map(|(id, _)| id);
    iter::successors(head, |at| index.parent(*at)).any(|at| {
        let ExprKind::Call { callee, args, .. } = &file.expr(at).kind else { return false };
        let is_it = file.expr(*callee).span.end >= entry.span.start && file.expr(at).span.contains(entry.span);
        is_it
            && args
                .iter()
                .any(|arg| name_of(program, ExprRef { file: entry.file, id: arg.value }).is_some_and(&is_wanted))
    })
}

/// Whether a decorator or a middleware lets only some users through.
pub(super) fn is_guarded(program: &Program<'_>, entry: &EntryPoint) -> bool {
    let handler = entry.function;
    let decorators = &program.file(handler.file).function(handler.id).decorators;
    decorators.iter().any(|decorator| {
        let decorator = ExprRef { file: handler.file, id: *decorator };
        name_of(program, decorator).is_some_and(is_guard) || program.mentions(decorator, &["depends"])
    }) || is_registered_with(program, entry, is_guard)
}

fn is_guard(name: Symbol) -> bool {
    let name = name.to_lowercase();
    USER.iter().chain(&["guard", "role", "staff", "protect"]).any(|word| name.contains(word))
}
