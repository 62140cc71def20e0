//! Other entities that the steps of a chain join to its own.

use ir::{Arg, ExprKind};

use super::chain::Chain;
use super::conditions::column_conditions;
use super::entity::add_entity;
use super::ordering::Ordered;
use super::{Join, aliases};
use crate::ids::ExprRef;
use crate::program::Program;

/// Takes in what a step joins: entities, with names or without, and what their rows have to be.
pub(super) fn add(program: &Program<'_>, chain: &mut Chain, call: ExprRef, args: &[Arg]) {
    let is_outer = program.called_name(call).is_some_and(|name| name.starts_with("left"));
    // Few of its rows may have partners.
    if !is_outer {
        chain.ordered = Ordered::Unknown;
    }
    if aliases::add_join(program, chain, call, args, is_outer) {
        return;
    }
    for arg in args {
        let joined = ExprRef { file: call.file, id: arg.value };
        let mut other = Chain::default();
        add_entity(program, &mut other, joined);
        chain.joined.extend(other.entity.map(|entity| Join { entity, is_outer }));
        add_conditions(program, chain, joined);
    }
}

/// `posts.on(posts::user_id.eq(users::id).and(posts::state.eq(state)))`.
fn add_conditions(program: &Program<'_>, chain: &mut Chain, joined: ExprRef) {
    if let ExprKind::Call { args, .. } = program.kind(joined)
        && program.called_name(joined).is_some_and(|name| name == "on")
    {
        args.iter().for_each(|arg| column_conditions(program, chain, ExprRef { file: joined.file, id: arg.value }, 0));
    }
}
