//! Handlers that only those who run the service come to: what they do, few do.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use ir::finding::{Location, Step};
use ir::{BinaryOp, ExprId, ExprKind, File, FnId, Stmt, StmtKind, Symbol, TextPart, UnaryOp, Visit, words_of};
use rustc_hash::FxHashSet;

use super::Program;
use super::mentions::Parts;
use crate::contexts::State;
use crate::entries::EntryPoint;
use crate::growth::leaves;
use crate::ids::{ExprRef, FileId, FnRef};
use crate::models::Context;

/// Words for those who run a service.
const STAFF: &[&str] =
    &["admin", "admins", "administrator", "superadmin", "superuser", "staff", "backoffice", "sysadmin"];

/// Words with which the names of checks begin.
const CHECKS: &[&str] =
    &["require", "requires", "ensure", "check", "verify", "assert", "validate", "authorize", "must", "enforce"];

/// Words for people of a business who are few.
const FEW: &[&str] =
    &["manager", "owner", "finance", "support", "moderator", "operator", "supervisor", "super", "ceo", "root"];

impl Program<'_> {
    /// Where handlers are registered that let only staff through: by a decorator, a dependency, a middleware, a type among the
    /// parameters, or a check in the handler itself.
    pub fn entries_for_staff(&self) -> BTreeSet<Location> {
        guarded(self, |entry| is_for_staff(self, entry) || wants_permissions(self, entry))
    }
}

fn guarded(program: &Program<'_>, is_guarded: impl Fn(&EntryPoint) -> bool) -> BTreeSet<Location> {
    let mut guards: BTreeMap<FileId, Option<u32>> = BTreeMap::new();
    let requests = program.entries.iter().filter(|entry| entry.context == Context::Request);
    let guarded = requests.filter(|entry| {
        let guard = *guards.entry(entry.file).or_insert_with(|| first_guard(program, entry.file));
        guard.is_some_and(|guard| guard < entry.span.start) || is_guarded(entry)
    });
    guarded.map(|entry| program.location(entry.file, entry.span)).collect()
}

/// So many tables must be filled by other requests before it is telling that only staff fills one.
const FILLED_BY_USERS: usize = 4;

/// Tables to which requests add rows, and those of nobody but staff. None where too few others are seen to be filled.
pub(super) fn tables_filled(program: &Program<'_>) -> FxHashSet<Symbol> {
    // Rights are given to users as well.
    let guarded = guarded(program, |entry| is_for_staff(program, entry));
    let is_of_staff = |entry: &Step| {
        guarded.contains(&entry.location) || has(&entry.message, STAFF) || has(&entry.location.path, STAFF)
    };
    let handlers = |function: &FnRef| program.handlers(*function, &[Context::Request, Context::Connection]);
    let works = |state: State| state.context == Context::Job;
    let is_of_others = |function: &FnRef| program.runs(*function, works) || !handlers(function).iter().all(is_of_staff);
    let (by_users, others): (Vec<_>, Vec<_>) =
        program.insertions.iter().partition(|(_, functions)| functions.iter().any(is_of_others));
    if by_users.len() < FILLED_BY_USERS {
        return FxHashSet::default();
    }
    let is_reached = |functions: &[FnRef]| functions.iter().any(|function| !handlers(function).is_empty());
    others.into_iter().filter(|(_, functions)| is_reached(functions)).map(|(table, _)| *table).collect()
}

fn is_for_staff(program: &Program<'_>, entry: &EntryPoint) -> bool {
    let handler = entry.function;
    let file = program.file(handler.file);
    let function = file.function(handler.id);
    let guards = |id: ExprId| is_guard(file, id);
    let class = function.class.map_or(&[][..], |class| &file.class(class).decorators);
    let given = function.params.iter().flat_map(|param| [param.annotation, param.default].into_iter().flatten());
    let decorators = || function.decorators.iter().chain(class).copied();
    decorators().chain(given).any(guards)
        || decorators().any(|id| is_of_guarded_router(program, ExprRef { file: handler.file, id }))
        || is_registered_with_guard(program, entry)
        || checks(program, handler)
}

/// Whether an expression names staff, and lets no one else through: `requireRole("admin", "user")` does.
fn is_guard(file: &File, expr: ExprId) -> bool {
    let mut parts = Parts::default();
    parts.expr(file, expr);
    let mut is_named = false;
    for part in parts.found {
        match &file.expr(part).kind {
            ExprKind::Local(binding) => is_named |= has(&file.binding(*binding).name, STAFF),
            // `Role.USER`.
            ExprKind::Member { base, name, .. } if is_list_of_roles(file, *base) => {
                is_named |= has(name, STAFF);
                if !has(name, STAFF) && !has(name, FEW) {
                    return false;
                }
            }
            ExprKind::Global(name) | ExprKind::Member { name, .. } => is_named |= has(name, STAFF),
            ExprKind::Text(texts) => {
                for text in texts {
                    let TextPart::Literal { value, .. } = text else { continue };
                    // The path of a route says nothing of who may ask for it.
                    if value.starts_with('/') || value.contains(' ') {
                        continue;
                    }
                    is_named |= has(value, STAFF);
                    if !has(value, STAFF) && !has(value, FEW) {
                        return false;
                    }
                }
            }
            _ => {}
        }
    }
    is_named
}

fn is_list_of_roles(file: &File, base: ExprId) -> bool {
    let name = match file.expr(base).kind {
        ExprKind::Local(binding) => file.binding(binding).name,
        ExprKind::Global(name) | ExprKind::Member { name, .. } => name,
        _ => return false,
    };
    has(&name, &["role", "roles"])
}

/// Whether a handler, or the class around it, names a permission that its callers need.
fn wants_permissions(program: &Program<'_>, entry: &EntryPoint) -> bool {
    let handler = entry.function;
    let file = program.file(handler.file);
    let function = file.function(handler.id);
    let class = function.class.map_or(&[][..], |class| &file.class(class).decorators);
    let mut decorators = function.decorators.iter().chain(class);
    decorators.any(|id| asks_for_permissions(program, ExprRef { file: handler.file, id: *id }))
}

/// `@RequirePermissions("users:read")`: what only those do who were given the right to.
fn asks_for_permissions(program: &Program<'_>, decorator: ExprRef) -> bool {
    const OTHERS: &[&str] = &["has", "permissions"];
    let is_call = matches!(program.kind(decorator), ExprKind::Call { args, .. } if !args.is_empty());
    program
        .called_name(decorator)
        .filter(|_| is_call)
        .is_some_and(|name| has(&name, &["permission", "permissions"]) && (has(&name, CHECKS) || has(&name, OTHERS)))
}

fn has(text: &str, known: &[&str]) -> bool {
    words_of(text).iter().any(|word| known.contains(&word.as_str()))
}

/// `@router.get(…)` of `router = APIRouter(dependencies=[Depends(require_admin)])`.
fn is_of_guarded_router(program: &Program<'_>, decorator: ExprRef) -> bool {
    let at = |id| ExprRef { file: decorator.file, id };
    let ExprKind::Call { callee, .. } = *program.kind(decorator) else { return false };
    let ExprKind::Member { base, .. } = *program.kind(at(callee)) else { return false };
    let Some(made) = program.definition(at(base)) else { return false };
    let ExprKind::Call { args, .. } = program.kind(made) else { return false };
    let file = program.file(made.file);
    args.iter().any(|arg| arg.name.is_some_and(|name| name == "dependencies") && is_guard(file, arg.value))
}

/// `app.get("/users", requireAdmin, handler)`.
fn is_registered_with_guard(program: &Program<'_>, entry: &EntryPoint) -> bool {
    let (file, index) = (program.file(entry.file), program.listing(entry.file));
    // The registration is around what the entry points at, or is that itself.
    let head = index.within(file, entry.span).next().map(|(id, _)| id);
    iter::successors(head, |at| index.parent(*at)).take(4).any(|at| {
        let ExprKind::Call { callee, args, .. } = &file.expr(at).kind else { return false };
        let is_it = file.expr(*callee).span.end >= entry.span.start && file.expr(at).span.contains(entry.span);
        let is_handler = |arg: &ir::Arg| matches!(file.expr(arg.value).kind, ExprKind::Function(_));
        is_it && args.iter().skip(1).any(|arg| !is_handler(arg) && is_guard(file, arg.value) && !is_last(args, arg))
    })
}

/// Where a file first says `router.use(requireAdmin)`: what its routers are given behind that lets only staff through.
fn first_guard(program: &Program<'_>, id: FileId) -> Option<u32> {
    let file = program.file(id);
    let keeps_out = |call: ExprId| {
        let ExprKind::Call { callee, args, .. } = &file.expr(call).kind else { return false };
        let ExprKind::Member { name, .. } = file.expr(*callee).kind else { return false };
        // `app.use("/admin", router)` stands before other routes too.
        let is_path = |arg: &ir::Arg| matches!(file.expr(arg.value).kind, ExprKind::Text(_));
        // `app.use(adminRouter)` is no guard.
        let guards = |arg: &ir::Arg| is_guard(file, arg.value) && is_named_like_check(program, id, arg.value);
        name == "use" && !args.iter().any(is_path) && args.iter().any(guards)
    };
    let sites = program.listing(id).sites_of(FnId::MODULE).iter();
    sites.filter(|site| keeps_out(site.call)).map(|site| file.expr(site.call).span.start).min()
}

/// `requireAdmin`, `isAdmin`, `adminOnly`, `requireRole("admin")`.
fn is_named_like_check(program: &Program<'_>, file: FileId, guard: ExprId) -> bool {
    const OTHERS: &[&str] = &["is", "only", "guard", "auth", "authenticate", "role", "roles", "permission"];
    let at = |id| ExprRef { file, id };
    let name = match *program.kind(at(guard)) {
        ExprKind::Call { .. } => program.called_name(at(guard)),
        ExprKind::Local(binding) => Some(program.file(file).binding(binding).name),
        ExprKind::Global(name) | ExprKind::Member { name, .. } => Some(name),
        _ => None,
    };
    name.is_some_and(|name| has(&name, CHECKS) || has(&name, OTHERS))
}

/// The last argument is the handler, whatever it is called.
fn is_last(args: &[ir::Arg], arg: &ir::Arg) -> bool {
    args.last().is_some_and(|last| last.value == arg.value)
}

/// Whether a handler begins with a check of its own: `if (!req.user.isAdmin) return …`, `require_admin(&user)?`.
fn checks(program: &Program<'_>, handler: FnRef) -> bool {
    let file = program.file(handler.file);
    let mut checks = Checks { is_found: false };
    checks.block(file, &file.function(handler.id).body);
    checks.is_found
}

struct Checks {
    is_found: bool,
}

impl Visit for Checks {
    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::If { test, then, .. } if leaves(file, then) => self.is_found |= keeps_others_out(file, *test),
            StmtKind::If { .. } | StmtKind::Loop { .. } | StmtKind::Match { .. } => {}
            _ => ir::walk_stmt(self, file, stmt),
        }
    }

    fn expr(&mut self, file: &File, id: ExprId) {
        if let ExprKind::Call { callee, .. } = file.expr(id).kind {
            let name = match file.expr(callee).kind {
                ExprKind::Member { name, .. } | ExprKind::Global(name) => name,
                ExprKind::Local(binding) => file.binding(binding).name,
                _ => return ir::walk_expr(self, file, id),
            };
            let words = words_of(&name);
            let is_check = words.iter().any(|word| CHECKS.contains(&word.as_str()));
            self.is_found |= is_check && words.iter().any(|word| STAFF.contains(&word.as_str()));
        }
        ir::walk_expr(self, file, id);
    }
}

/// A test that holds for everybody who is not staff.
fn keeps_others_out(file: &File, test: ExprId) -> bool {
    match file.expr(test).kind {
        ExprKind::Unary { op: UnaryOp::Not, operand } => is_guard(file, operand),
        ExprKind::Binary { op: BinaryOp::NotEqual, .. } => is_guard(file, test),
        ExprKind::Binary { op: BinaryOp::Or, left, right } => {
            keeps_others_out(file, left) || keeps_others_out(file, right)
        }
        ExprKind::Binary { op: BinaryOp::And, left, right } => {
            keeps_others_out(file, left) && keeps_others_out(file, right)
        }
        _ => false,
    }
}
