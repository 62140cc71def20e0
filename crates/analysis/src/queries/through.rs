//! Steps that stand apart from their chain: in a helper that hands back the query that it is given
//! (`qs = apply_filters(qs, params)`), and on the name that holds the query.

use ir::{BindingId, ExprId, ExprKind};

use super::chain::{Chain, add_expr};
use super::place::{refers_to, strip};
use super::shape::member_call;
use super::{Certainty, Condition, is_query_value};
use crate::ids::{ExprRef, FnRef};
use crate::index::Site;
use crate::models::Query;
use crate::program::Program;

const MAX_DEPTH: u32 = 12;

/// A query that is handed through a function.
#[derive(Clone, Copy)]
pub(super) struct Handed {
    pub(super) function: FnRef,
    /// The parameter, in the function's file.
    pub(super) param: BindingId,
    /// What the call gives for it.
    pub(super) argument: ExprRef,
}

/// The query among the arguments of a call that a function of the project hands back, with steps of its own or without.
pub(super) fn handed(program: &Program<'_>, call: ExprRef) -> Option<Handed> {
    let ExprKind::Call { args, .. } = program.kind(call) else { return None };
    let at = |id: ExprId| ExprRef { file: call.file, id };
    if !args.iter().any(|arg| is_query_value(program, at(arg.value))) {
        return None;
    }
    let functions = program.called_functions(call);
    let [function] = functions.as_slice() else { return None };
    let listing = program.listing(function.file);
    let mut params = listing.returns[function.id.0 as usize]
        .iter()
        .map(|returned| root(program, *function, ExprRef { file: function.file, id: *returned }, &mut Vec::new()));
    let param = params.next()??;
    if params.any(|other| other != Some(param)) {
        return None;
    }
    let position = listing.params.get(&param)?.index;
    let name = program.file(function.file).function(function.id).params.get(position)?.name;
    let by_name = args.iter().find(|arg| arg.name == Some(name));
    let argument = by_name.or_else(|| args.get(position).filter(|arg| arg.name.is_none()))?;
    let argument_value = at(argument.value);
    (is_query_value(program, argument_value) && !holds_rows(program, argument_value)).then_some(Handed {
        function: *function,
        param,
        argument: argument_value,
    })
}

/// Whether a call that hands a query through gives it to another one at once: what becomes of it there is not seen.
pub(super) fn is_given_on(program: &Program<'_>, call: ExprRef) -> bool {
    let parent = program.listing(call.file).parent(call.id);
    parent.is_some_and(|parent| match program.kind(ExprRef { id: parent, ..call }) {
        ExprKind::Call { args, .. } => args.iter().any(|arg| arg.value == call.id),
        _ => false,
    })
}

/// Rows that were waited for, and no query any more.
fn holds_rows(program: &Program<'_>, value: ExprRef) -> bool {
    let is_awaited = |at: ExprRef| strip(program, at) != at;
    match *program.kind(value) {
        ExprKind::Local(binding) => {
            let defs = program.listing(value.file).defs.get(&binding);
            defs.into_iter().flatten().any(|def| is_awaited(ExprRef { id: def.value, ..value }))
        }
        _ => is_awaited(value),
    }
}

/// The parameter of a function that a chain of steps begins with.
fn root(program: &Program<'_>, function: FnRef, expr: ExprRef, open: &mut Vec<BindingId>) -> Option<BindingId> {
    let mut at = strip(program, expr);
    for _ in 0..MAX_DEPTH {
        let next = match *program.kind(at) {
            ExprKind::Call { callee, .. } if program.model(at).is_some() => {
                match *program.kind(ExprRef { id: callee, ..at }) {
                    ExprKind::Member { base, .. } => base,
                    _ => return None,
                }
            }
            ExprKind::Local(binding) => return root_of_name(program, function, binding, open),
            _ => return None,
        };
        at = strip(program, ExprRef { id: next, ..at });
    }
    None
}

fn root_of_name(
    program: &Program<'_>,
    function: FnRef,
    binding: BindingId,
    open: &mut Vec<BindingId>,
) -> Option<BindingId> {
    let listing = program.listing(function.file);
    let own = listing.params.get(&binding).filter(|param| param.function == function.id && param.parts.is_empty());
    let defs = listing.defs.get(&binding).map_or(&[][..], Vec::as_slice);
    if open.contains(&binding) || open.len() > MAX_DEPTH as usize {
        return own.map(|_| binding);
    }
    open.push(binding);
    let mut found = own.map(|_| binding);
    for def in defs {
        let value = ExprRef { file: function.file, id: def.value };
        // The name itself, with a further step.
        let is_step = refers_to(program, function.file, def.value, binding);
        let root = def.parts.is_empty().then(|| root(program, function, value, open)).flatten();
        match (root, found) {
            (Some(root), Some(known)) if root != known => return None,
            (Some(root), _) => found = Some(root),
            (None, _) if is_step => {}
            (None, _) => return None,
        }
    }
    open.pop();
    found
}

/// The steps of a helper on the query that it is given.
pub(super) fn add_steps(program: &Program<'_>, chain: &mut Chain, handed: Handed, certainty: Certainty) {
    let returns = &program.listing(handed.function.file).returns[handed.function.id.0 as usize];
    let certainty = if returns.len() > 1 { Certainty::Sometimes.min(certainty) } else { certainty };
    chain.handed.push((handed.function.file, handed.param));
    for returned in returns.iter().take(4) {
        add_expr(program, chain, ExprRef { file: handed.function.file, id: *returned }, certainty);
    }
    chain.handed.pop();
}

/// What a helper gives back: a step of one of its ways is there sometimes, and a condition that each has is always there.
pub(super) fn add_returned(program: &Program<'_>, chain: &mut Chain, function: FnRef, certainty: Certainty) {
    const MAX_WAYS: usize = 4;
    let at = |id: &ExprId| ExprRef { file: function.file, id: *id };
    let returns = &program.listing(function.file).returns[function.id.0 as usize];
    let queries: Vec<ExprRef> =
        returns.iter().take(MAX_WAYS).map(at).filter(|way| is_query_value(program, *way)).collect();
    if returns.len() <= 1 {
        return queries.into_iter().for_each(|way| add_expr(program, chain, way, certainty));
    }
    if queries.len() == returns.len() {
        let ways: Vec<Chain> = queries.iter().map(|way| alone(program, chain, *way)).collect();
        if ways.iter().all(|way| way.filter == Certainty::Always) {
            chain.filter = chain.filter.max(certainty);
        }
        if ways.iter().all(|way| way.limit == Certainty::Always) {
            chain.limit = chain.limit.max(certainty);
        }
        let in_all = |condition: &Condition| {
            let is_it = |other: &Condition| other.column == condition.column && other.op == condition.op;
            ways[1..].iter().all(|way| way.conditions.iter().any(is_it))
        };
        if certainty == Certainty::Always {
            chain.conditions.extend(ways[0].conditions.iter().filter(|condition| in_all(condition)).cloned());
        }
    }
    let certainty = Certainty::Sometimes.min(certainty);
    queries.into_iter().for_each(|way| add_expr(program, chain, way, certainty));
}

/// One way of a helper by itself. Its steps are steps of the chain.
fn alone(program: &Program<'_>, chain: &mut Chain, way: ExprRef) -> Chain {
    let mut own = Chain::within(chain.nested);
    own.steps = chain.steps;
    add_expr(program, &mut own, way, Certainty::Always);
    chain.steps = own.steps;
    own
}

/// Steps that are taken on the name of a query, for their effect on it (`query.limit(10);`).
pub(super) fn add_later(program: &Program<'_>, chain: &mut Chain, at: ExprRef) {
    let index = program.listing(at.file);
    let Some(binding) = index.bound_to(program.file(at.file), at.id) else { return };
    for use_ in index.uses_of(binding) {
        let step = member_call(program, at.file, *use_).filter(|call| index.discarded.contains(call));
        let roles = step.and_then(|call| program.model(ExprRef { file: at.file, id: call })).map(|model| &model.query);
        for role in roles.into_iter().flatten() {
            match role {
                Query::Limit | Query::Page => chain.limit = chain.limit.max(Certainty::Sometimes),
                Query::Filter => chain.filter = chain.filter.max(Certainty::Sometimes),
                _ => {}
            }
        }
    }
}

/// The name that gets a further step on some paths only: the step is only sometimes there, what the name held before always.
pub(super) fn renewed_sometimes(program: &Program<'_>, at: ExprRef, site: Site) -> Option<BindingId> {
    let binding = program.listing(at.file).bound_to(program.file(at.file), at.id)?;
    (site.is_conditional && refers_to(program, at.file, at.id, binding)).then_some(binding)
}
