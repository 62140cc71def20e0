//! Conditions that are put into a list first: `conditions.push(eq(orders.userId, id))`, then `where(and(...conditions))`.
//! Each may be there or not.

use ir::{BindingKind, ExprKind};

use super::chain::Chain;
use super::conditions::column_conditions;
use crate::ids::ExprRef;
use crate::program::Program;

/// Takes in the conditions of a list that is spread among the arguments of a filter.
pub(super) fn add(program: &Program<'_>, chain: &mut Chain, list: ExprRef, depth: u32) {
    let before = chain.conditions.len();
    for condition in elements(program, list) {
        column_conditions(program, chain, condition, depth + 1);
    }
    let found = chain.conditions.split_off(before);
    chain.gathered.extend(found);
}

/// What a name's list is written with, and what is added to it later.
fn elements(program: &Program<'_>, list: ExprRef) -> Vec<ExprRef> {
    let at = |id| ExprRef { file: list.file, id };
    let ExprKind::Local(binding) = *program.kind(list) else { return Vec::new() };
    let file = program.file(list.file);
    if !matches!(file.binding(binding).kind, BindingKind::Variable | BindingKind::Constant) {
        return Vec::new();
    }
    let mut found = Vec::new();
    if let Some(ExprKind::List(items)) = program.definition(list).map(|list| program.kind(list)) {
        found.extend(items.iter().copied().map(at));
    }
    let index = program.listing(list.file);
    for use_ in index.uses_of(binding) {
        let Some(member) = index.parent(*use_) else { continue };
        let ExprKind::Member { name, .. } = file.expr(member).kind else { continue };
        let Some(call) = index.parent(member).filter(|_| matches!(name.as_str(), "push" | "append")) else { continue };
        if let ExprKind::Call { callee, args, .. } = &file.expr(call).kind
            && *callee == member
        {
            found.extend(args.iter().map(|arg| at(arg.value)));
        }
    }
    found
}
