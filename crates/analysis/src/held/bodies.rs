//! Functions that run while a connection is held: what `transaction(async (tx) => …)` is given, and what a helper of the
//! project calls while it holds one.

use ir::{BindingId, BindingKind, ExprKind, FnId, Pattern};

use super::{During, Hold, Holder, Known, is_session, pools};
use crate::ids::{ExprRef, FnRef};
use crate::models::{Effect, Query};
use crate::program::Program;

/// What the functions that a call is given make wait.
pub(super) fn of_call(known: &Known<'_, '_>, call: ExprRef) -> Vec<Hold> {
    let program = known.program;
    let mut holds = Vec::new();
    if let Some(model) = program.model(call).filter(|model| model.holds) {
        let ExprKind::Call { callee, .. } = *program.kind(call) else { return holds };
        let pool = pools::root(program, ExprRef { file: call.file, id: callee });
        // A session's transaction is that of whatever names the session.
        let is_of_session = match *program.kind(ExprRef { file: call.file, id: callee }) {
            ExprKind::Member { base, .. } => is_session(program, ExprRef { file: call.file, id: base }),
            _ => false,
        };
        let passes_client = !model.passes.is_empty() && !is_of_session;
        let noun = if model.noun.is_empty() { "transaction" } else { model.noun };
        let holder = Holder { taken: call, noun, pool, passes_client };
        for body in program.functions_given(call) {
            holds.extend(of_body(known, &holder, body));
        }
        return holds;
    }
    if known.holders.is_empty() {
        return holds;
    }
    for function in program.called_functions(call) {
        for index in 0..program.file(function.file).function(function.id).params.len() {
            let Some(holder) = known.holders.get(&(function, index)) else { continue };
            let Some(given) = program.argument(call, function, index) else { continue };
            for atom in program.value(given) {
                if let crate::values::Atom::Function(body) = atom {
                    holds.extend(of_body(known, holder, *body));
                }
            }
        }
    }
    holds
}

/// The first call of a body for which the connection waits.
fn of_body(known: &Known<'_, '_>, holder: &Holder, body: FnRef) -> Option<Hold> {
    let program = known.program;
    let file = program.file(body.file);
    let first = file.function(body.id).params.first();
    let given = first.and_then(|param| param.pattern.as_binding());
    let ignores_client = first.is_none() && holder.passes_client;
    let found = program.listing(body.file).sites_of(body.id).iter().find_map(|site| {
        let call = ExprRef { file: body.file, id: site.call };
        if let Some((effect, way)) = known.slow.of_call(program, body, call) {
            return Some((During::Slow(effect), way));
        }
        let is_outside = ignores_client || given.is_some() && !mentions(known, call, given);
        let through_pool = holder.pool.and_then(|pool| known.pools.way(program, body, call, pool));
        let outside = through_pool.or_else(|| is_of_same_library(program, holder, body, call).then(|| vec![call]))?;
        (is_outside && !finds_transaction(known, call)).then_some((During::Outside, outside))
    });
    found.map(|(during, way)| Hold {
        function: body,
        taken: holder.taken,
        noun: holder.noun,
        is_session: false,
        is_endless: false,
        during,
        way: without_wrappers(known, way),
        others: Vec::new(),
    })
}

/// Whether a call queries through something else of the library whose transaction is held: an injected repository, a model.
fn is_of_same_library(program: &Program<'_>, holder: &Holder, body: FnRef, call: ExprRef) -> bool {
    let package = |call: ExprRef| {
        let path = program.model(call)?.path?.as_str();
        path.split(['.', '#']).next()
    };
    let is_query = program.model(call).is_some_and(|model| {
        let reads_or_writes = |query: &Query| !matches!(query, Query::Other | Query::Start | Query::Filter);
        model.query.iter().any(reads_or_writes) && model.does == Some(Effect::Database)
    });
    // What the function makes for itself, it makes of what it was given.
    let is_own = program.root_name(call).is_some_and(|name| {
        let file = program.file(call.file);
        let owner = file.binding(name).function;
        file.binding(name).kind != BindingKind::Param && owner != FnId::MODULE && owner == body.id
    });
    is_query && !is_own && package(call).is_some() && package(call) == package(holder.taken)
}

/// Whether the library finds a transaction by itself, in a context of the asynchronous call.
fn finds_transaction(known: &Known<'_, '_>, call: ExprRef) -> bool {
    let program = known.program;
    // All texts of the program are searched for it: once, and not for each query.
    let is_ambient =
        || program.says(&["transactionasynclocalstorage"]) || program.has_name("initializeTransactionalContext");
    program.names_member(call.file, &["useCLS"]) || *known.has_ambient_transactions.get_or_init(is_ambient)
}

/// Parameters of the function around that a transaction's function calls.
pub(super) fn runs_parameters(program: &Program<'_>, function: FnRef, call: ExprRef) -> Vec<usize> {
    if !program.model(call).is_some_and(|model| model.holds) {
        return Vec::new();
    }
    let index = program.listing(function.file);
    let sites = program.functions_given(call).into_iter().filter(|body| body.file == function.file);
    let callees = sites.flat_map(|body| index.sites_of(body.id)).filter_map(|site| {
        let ExprKind::Call { callee, .. } = *program.kind(ExprRef { file: function.file, id: site.call }) else {
            return None;
        };
        match *program.kind(ExprRef { file: function.file, id: callee }) {
            ExprKind::Local(name) => index.params.get(&name),
            _ => None,
        }
    });
    callees.filter(|param| param.function == function.id && param.parts.is_empty()).map(|param| param.index).collect()
}

/// Whether the statement around a call mentions the name.
fn mentions(known: &Known<'_, '_>, call: ExprRef, name: Option<BindingId>) -> bool {
    let file = known.program.file(call.file);
    let index = known.program.listing(call.file);
    let mut outermost = call.id;
    while let Some(parent) = index.parent(outermost) {
        match file.expr(parent).kind {
            ExprKind::Member { .. } | ExprKind::Call { .. } | ExprKind::Await(_) => outermost = parent,
            _ => break,
        }
    }
    let span = file.expr(outermost).span;
    let uses = name.map_or(&[][..], |name| index.uses_of(name));
    uses.iter().any(|use_| span.contains(file.expr(*use_).span))
}

/// `Box::pin(async move { … })` is no step of its own.
pub(super) fn without_wrappers(known: &Known<'_, '_>, mut way: Vec<ExprRef>) -> Vec<ExprRef> {
    let span = |call: &ExprRef| known.program.expr_span(*call);
    while let [first, second, ..] = way.as_slice()
        && first.file == second.file
        && span(first).contains(span(second))
    {
        way.remove(0);
    }
    way
}

/// The name that takes the whole value, or what a wrapper around it holds (`Ok(tx)`).
pub(super) fn name_in(pattern: &Pattern) -> Option<BindingId> {
    match pattern {
        Pattern::Variant { args, .. } => match args.as_slice() {
            [only] => name_in(only),
            _ => None,
        },
        _ => pattern.as_binding(),
    }
}
