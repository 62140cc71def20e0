//! Conditions that are put into a list first: `conditions.push(eq(orders.userId, id))`, then `where(and(...conditions))`.
//! Each may be there or not.

use ir::{BindingKind, Block, CallKind, ExprId, ExprKind, File, Stmt, StmtKind, Visit};

use super::chain::Chain;
use super::conditions::column_conditions;
use crate::ids::{ExprRef, FnRef};
use crate::program::Program;

/// Takes in the conditions of a list that is spread among the arguments of a filter.
pub(super) fn add(program: &Program<'_>, chain: &mut Chain, list: ExprRef, depth: u32) {
    for (condition, is_certain) in elements(program, list) {
        let before = chain.conditions.len();
        column_conditions(program, chain, condition, depth + 1);
        if !is_certain {
            chain.gathered.extend(chain.conditions.split_off(before));
        }
    }
}

/// What a name's list is written with, and what is added to it later; and whether that is done in any case.
pub(super) fn elements(program: &Program<'_>, list: ExprRef) -> Vec<(ExprRef, bool)> {
    let at = |id| ExprRef { file: list.file, id };
    let ExprKind::Local(binding) = *program.kind(list) else { return Vec::new() };
    let file = program.file(list.file);
    if !matches!(file.binding(binding).kind, BindingKind::Variable | BindingKind::Constant) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let made = program.definition(list);
    match made.map(|made| program.kind(made)) {
        Some(ExprKind::List(items)) => found.extend(items.iter().map(|item| (at(*item), true))),
        // `vec!["tenant_id = $1".to_string()]`.
        Some(ExprKind::Call { args, kind: CallKind::Macro, .. }) if is_vec(program, made) => {
            found.extend(args.iter().map(|arg| (at(arg.value), true)));
        }
        _ => {}
    }
    let index = program.listing(list.file);
    for use_ in index.uses_of(binding) {
        let Some(member) = index.parent(*use_) else { continue };
        let ExprKind::Member { name, .. } = file.expr(member).kind else { continue };
        let Some(call) = index.parent(member).filter(|_| matches!(name.as_str(), "push" | "append")) else { continue };
        if let ExprKind::Call { callee, args, .. } = &file.expr(call).kind
            && *callee == member
        {
            let is_certain = index.site(call).is_some_and(|site| !site.is_conditional)
                || is_asked_of_given(program, ExprRef { file: list.file, id: call });
            found.extend(args.iter().map(|arg| (at(arg.value), is_certain)));
        }
    }
    found
}

fn is_vec(program: &Program<'_>, made: Option<ExprRef>) -> bool {
    made.and_then(|made| program.called_name(made)).is_some_and(|name| name == "vec")
}

/// Whether a filter that is set only if its list holds something is always set, since the list does: `if (conditions.length > 0)
/// query = query.where(and(...conditions))`.
pub(super) fn surely_filters(program: &Program<'_>, call: ExprRef) -> bool {
    let (file, index) = (program.file(call.file), program.listing(call.file));
    let Some(site) = index.site(call.id) else { return false };
    let mut tests = Tests { of: file.expr(call.id).span, found: Some(Vec::new()) };
    tests.block(file, &file.function(site.function).body);
    let Some([test]) = tests.found.as_deref() else { return false };
    let lists = index.within(file, file.expr(call.id).span).filter_map(|(_, part)| match part.kind {
        ExprKind::Spread(list) => Some(list),
        _ => None,
    });
    let is_named = |list: ExprId| {
        let ExprKind::Local(name) = file.expr(list).kind else { return false };
        let test = file.expr(*test).span;
        index.uses_of(name).iter().any(|use_| test.contains(file.expr(*use_).span))
    };
    lists.into_iter().filter(|list| is_named(*list)).any(|list| {
        elements(program, ExprRef { file: call.file, id: list }).into_iter().any(|(_, is_certain)| is_certain)
    })
}

/// Whether a step depends on one parameter only, for which every caller gives something: `if (userId) conditions.push(…)`.
fn is_asked_of_given(program: &Program<'_>, step: ExprRef) -> bool {
    let (file, index) = (program.file(step.file), program.listing(step.file));
    let Some(site) = index.site(step.id) else { return false };
    let mut tests = Tests { of: file.expr(step.id).span, found: Some(Vec::new()) };
    tests.block(file, &file.function(site.function).body);
    let Some([test]) = tests.found.as_deref() else { return false };
    let ExprKind::Local(name) = file.expr(*test).kind else { return false };
    let Some(param) = index.params.get(&name).filter(|param| param.parts.is_empty()) else { return false };
    let function = FnRef { file: step.file, id: param.function };
    let callers = program.calls_into(function);
    let gives = |at: ExprRef| {
        program.argument(at, function, param.index).is_some_and(|given| match program.kind(given) {
            ExprKind::Null | ExprKind::Bool(false) => false,
            ExprKind::Global(name) => name != "undefined",
            _ => !program.is_from_request(given),
        })
    };
    param.function == site.function && !callers.is_empty() && callers.iter().all(|edge| gives(edge.at))
}

/// The tests that have to hold for something to run; none if anything else decides it too.
struct Tests {
    of: ir::Span,
    found: Option<Vec<ExprId>>,
}

impl Visit for Tests {
    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        if !stmt.span.contains(self.of) {
            return;
        }
        match &stmt.kind {
            StmtKind::If { test, then, .. } if spans(then, self.of) => {
                if let Some(found) = &mut self.found {
                    found.push(*test);
                }
            }
            StmtKind::If { .. } | StmtKind::Loop { .. } | StmtKind::Match { .. } => self.found = None,
            _ => {}
        }
        ir::walk_stmt(self, file, stmt);
    }
}

fn spans(block: &Block, place: ir::Span) -> bool {
    block.stmts.iter().any(|stmt| stmt.span.contains(place))
}
