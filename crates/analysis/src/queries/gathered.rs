//! Conditions that are put into a list first: `conditions.push(eq(orders.userId, id))`, then `where(and(...conditions))`.
//! Each may be there or not.

use ir::{BindingKind, CallKind, ExprKind};

use super::chain::Chain;
use super::conditions::column_conditions;
use crate::ids::ExprRef;
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
            let is_certain = index.site(call).is_some_and(|site| !site.is_conditional);
            found.extend(args.iter().map(|arg| (at(arg.value), is_certain)));
        }
    }
    found
}

fn is_vec(program: &Program<'_>, made: Option<ExprRef>) -> bool {
    made.and_then(|made| program.called_name(made)).is_some_and(|name| name == "vec")
}
