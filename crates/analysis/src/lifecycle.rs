//! Life cycles: is what a function opens released, or handed to another owner, on every path?
//!
//! An abstract interpretation of the statement tree, one pass a function: for each resource the set of conditions it can
//! be in (not yet opened, open, done), at each exit of the function. A `finally` is run for each way that leads into it, one
//! inside another `finally` for all ways together: the cost is linear in the function's size.
//!
//! What it does not see: resources that callbacks receive, aliases through collections, releases by reflection.

mod classes;
mod interpret;
mod owners;
mod transactions;

use ir::{BindingId, ExprId, ExprKind, Span, Symbol};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::ids::{ExprRef, FnRef};
use crate::index::Part;
use crate::models::{Call, Resource, Runs};
use crate::program::Program;
use crate::roles::Role;
use crate::values::Atom;
use classes::Owners;
pub use transactions::OpenTransaction;
pub(crate) use transactions::{begins_transaction, solve as open_transactions};

/// How a resource gets away.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Exit {
    /// No path releases it.
    Always,
    /// At this `return`, or at the end of the function.
    Return(Span),
    /// If this call throws.
    Throw(Span),
    /// At this `continue` or `break`.
    Loop(Span),
    /// Not at all: it is released here, and was before.
    Twice(Span),
    /// Not at all: it is used here, and was released before.
    Used(Span),
}

/// A resource that some path does not release.
#[derive(Clone, Debug)]
pub struct Leak {
    /// The call that opens it.
    pub at: ExprRef,
    pub function: FnRef,
    /// The library call behind it (that of the helper which returns it, where there is one).
    pub opened: ExprRef,
    pub exit: Exit,
    /// What would release it.
    pub release: Option<Symbol>,
    /// It is used where it is opened and not even given a name.
    pub is_unnamed: bool,
}

/// Who opens what for others: functions that return it, and classes whose constructors keep it.
#[derive(Debug, Default)]
pub(crate) struct Openers {
    /// The call whose result the function returns still open.
    functions: FxHashMap<FnRef, ExprRef>,
    owners: Owners,
}

const MAX_HOPS: usize = 3;

pub(crate) fn solve(program: &Program<'_>) -> Vec<Leak> {
    let (owners, mut leaks) = classes::solve(program);
    let mut openers = Openers { functions: FxHashMap::default(), owners };
    // Few functions open anything: themselves, or by what they call.
    let direct =
        program.each_function(|function| interpret::has_resources(program, &openers, function).then_some(function));
    for _ in 0..MAX_HOPS {
        let opened =
            |function: &FnRef| interpret::opener(program, &openers, *function).map(|opened| (*function, opened));
        let more: Vec<(FnRef, ExprRef)> =
            with_callers(program, &direct, &openers).par_iter().filter_map(opened).collect();
        let before = openers.functions.len();
        openers.functions.extend(more);
        if openers.functions.len() == before {
            break;
        }
    }
    leaks.extend(handed_to_handlers(program, &openers));
    let of_function = |function: &FnRef| interpret::leaks(program, &openers, *function);
    leaks.par_extend(with_callers(program, &direct, &openers).par_iter().flat_map_iter(of_function));
    leaks.sort_by_key(|leak| (leak.at, leak.exit));
    leaks
}

/// These functions and the callers of openers, outside of tests, in their order.
fn with_callers(program: &Program<'_>, functions: &[FnRef], openers: &Openers) -> Vec<FnRef> {
    let callers = openers.functions.keys().flat_map(|function| program.callees.callers(*function));
    let callers = callers.map(|(caller, _)| *caller).filter(|caller| program.role(caller.file) != Role::Test);
    let mut all: Vec<FnRef> = functions.iter().copied().chain(callers).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// How a registration gets out of the function that makes it without being undone: `registers` is the call that makes it
/// (none: it was made before), `undoing` are the function's calls that undo it, and `subject` is the name of what it is
/// made on, which a test before undoing it may ask about.
pub(crate) fn exit_of_registration(
    program: &Program<'_>,
    function: FnRef,
    registers: Option<ExprId>,
    undoing: &[ExprId],
    subject: Option<BindingId>,
) -> Option<Exit> {
    let model = Call::default();
    interpret::exit_of_registration(program, function, registers, &model, undoing, subject)
}

/// What a dependency opens and returns, where no handler that is given it releases it.
fn handed_to_handlers(program: &Program<'_>, openers: &Openers) -> Vec<Leak> {
    let mut functions: Vec<(FnRef, ExprRef)> =
        openers.functions.iter().map(|(function, made)| (*function, *made)).collect();
    functions.sort_unstable();
    let mut leaks = Vec::new();
    for (function, made) in functions {
        let Some((opened, model)) = acquisition(program, openers, made, 0) else { continue };
        let mut handlers = program
            .calls_into(function)
            .iter()
            .filter(|edge| edge.how == Runs::Dependency)
            .map(|edge| edge.from)
            .peekable();
        let is_given = handlers.peek().is_some();
        let is_released = handlers.any(|handler| {
            let file = program.file(handler.file);
            program.listing(handler.file).sites_of(handler.id).iter().any(|site| {
                let ExprKind::Call { callee, .. } = file.expr(site.call).kind else { return false };
                match file.expr(callee).kind {
                    ExprKind::Member { name, .. } => {
                        model.released_by.contains(&name) || model.released_through.contains(&name)
                    }
                    _ => false,
                }
            })
        });
        if is_given && !is_released && program.role(function.file) != Role::Test {
            let release = model.released_by.first().copied();
            leaks.push(Leak { at: made, function, opened, exit: Exit::Always, release, is_unnamed: false });
        }
    }
    leaks
}

/// The cursor that is made for a call and that the call gives back, sent: `client.query(new Cursor(text))`.
fn cursor_given<'p>(program: &'p Program<'_>, call: ExprRef) -> Option<(ExprRef, &'p Call)> {
    let ExprKind::Call { args, .. } = program.kind(call) else { return None };
    args.iter().find_map(|arg| {
        let made = ExprRef { file: call.file, id: arg.value };
        let model = program.model(made)?;
        (model.acquires == Some(Resource::Cursor) && !model.released_by.is_empty()).then_some((made, model))
    })
}

/// Whether a file is read or written through something that is open already, or in memory: it owns no descriptor then. What
/// is not known to be a path may be such a thing.
fn lies_over_stream(program: &Program<'_>, call: ExprRef, model: &Call) -> bool {
    if model.acquires != Some(Resource::File) || !model.borrows {
        return false;
    }
    let ExprKind::Call { args, .. } = program.kind(call) else { return false };
    let Some(first) = args.first().map(|arg| ExprRef { file: call.file, id: arg.value }) else { return false };
    let is_path = |atom: &Atom| match atom {
        Atom::Text(_) => true,
        Atom::Instance(ty) => ty.contains("Path"),
        _ => false,
    };
    let named = match *program.kind(first) {
        ExprKind::Local(binding) => program.file(first.file).binding(binding).name,
        ExprKind::Member { name, .. } => name,
        ExprKind::Text(_) | ExprKind::Binary { .. } => return false,
        _ => Symbol::new(""),
    };
    let named = named.to_lowercase();
    let says_path = ["path", "name", "dir", "location"].iter().any(|word| named.contains(word));
    !says_path && !program.value(first).iter().any(is_path)
}

/// Whether a call begins with what a block gave: `with sync_playwright() as p: p.chromium.launch()`.
fn is_of_block(program: &Program<'_>, call: ExprRef) -> bool {
    let file = program.file(call.file);
    let mut at = file.awaited(call.id);
    loop {
        at = match file.expr(at).kind {
            ExprKind::Call { callee, .. } => callee,
            ExprKind::Member { base, .. } => base,
            ExprKind::Local(name) => {
                let defs = program.listing(call.file).defs.get(&name);
                return defs.into_iter().flatten().any(|def| def.parts.contains(&Part::Entered));
            }
            _ => return false,
        };
    }
}

/// The library call behind an acquiring call, and how what it gives is released: the call itself, what the project function
/// that it calls opens and returns, or what the constructor of the object that it makes opens.
pub(crate) fn acquisition<'p>(
    program: &'p Program<'_>,
    openers: &'p Openers,
    call: ExprRef,
    depth: usize,
) -> Option<(ExprRef, &'p Call)> {
    if let Some(model) = program.model(call) {
        // `sequelize.transaction(async (t) => …)` ends it by itself, and `pool.connect((error, client) => …)` gives it to
        // the callback.
        let gives = model.holds || model.returns.is_some_and(|ty| model.passes.contains(&ty));
        if gives && !program.functions_given(call).is_empty() {
            return None;
        }
        if model.acquires.is_none() {
            return cursor_given(program, call);
        }
        if lies_over_stream(program, call, model) || model.closes_with_receiver && is_of_block(program, call) {
            return None;
        }
        let must_release = !model.released_by.is_empty() || !model.released_through.is_empty();
        return must_release.then_some((call, model));
    }
    if let Some(owner) = classes::made_by(program, &openers.owners, call) {
        return Some((owner.opened, &owner.model));
    }
    let made =
        program.called_functions(call).into_iter().find_map(|function| openers.functions.get(&function).copied())?;
    if depth < MAX_HOPS { acquisition(program, openers, made, depth + 1) } else { None }
}
