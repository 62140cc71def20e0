//! When something begins and ends to be held: sessions by their first query and their commit, what dependencies give.

use ir::{BindingId, BindingKind, ExprId, ExprKind, File, Symbol};
use rustc_hash::FxHashSet;

use super::walk::{Held, Name, Walk, name_of};
use super::{Holder, is_session, member_name, taken_by};
use crate::calls::Edge;
use crate::ids::{ExprRef, FnRef};
use crate::index::Part;
use crate::models::{Resource, Runs};
use crate::program::Program;
use crate::values::Atom;

/// Members that begin a session's transaction, which takes a connection.
const BEGINS: &[&str] = &[
    "execute",
    "scalar",
    "scalars",
    "query",
    "get",
    "get_one",
    "exec",
    "startTransaction",
    "start_transaction",
    "begin",
    "flush",
    "refresh",
    "merge",
    "stream",
    "stream_scalars",
];

/// Members that give the connection back.
const ENDS: &[&str] = &[
    "commit",
    "rollback",
    "close",
    "aclose",
    "release",
    "end",
    "commitTransaction",
    "abortTransaction",
    "endSession",
    "destroy",
    "detach",
    "putconn",
    "releaseConnection",
];

/// Functions that give back what they are passed.
const TAKES_BACK: &[&str] = &["drop", "putconn", "commit", "releaseConnection", "release", "close_all"];

/// Functions that make a session hold a connection, or that give connections back.
#[derive(Debug)]
pub(super) struct Sessions {
    begin: FxHashSet<FnRef>,
    end: FxHashSet<FnRef>,
    /// Functions that begin with a session which outlives them: neither what they are given, nor what a block of theirs ends.
    kept: FxHashSet<FnRef>,
}

impl Sessions {
    pub(super) fn solve(program: &Program<'_>) -> Self {
        let calling = |is_one: &(dyn Fn(ExprRef, Symbol) -> bool + Sync)| {
            let functions = program.each_site(|site, at| {
                let ExprKind::Call { callee, .. } = *program.kind(at) else { return None };
                let ExprKind::Member { base, name, .. } = *program.kind(ExprRef { file: at.file, id: callee }) else {
                    return None;
                };
                let is_one = is_one(ExprRef { file: at.file, id: base }, name);
                is_one.then_some(FnRef { file: at.file, id: site.function })
            });
            functions.into_iter().collect()
        };
        let begins = |base: ExprRef, name: Symbol| BEGINS.contains(&name.as_str()) && is_session(program, base);
        let of_session = |base: ExprRef, name: Symbol| ENDS.contains(&name.as_str()) && is_session(program, base);
        let end = calling(&|_, name| ENDS.contains(&name.as_str()));
        // Helpers of helpers: only where none of them ends what another has begun.
        let ending = callers(program, calling(&of_session), |_| true);
        let mut begin: FxHashSet<FnRef> = calling(&begins);
        let deeper = callers(program, begin.clone(), |call| gives_session(program, call));
        begin.extend(deeper.difference(&ending).copied());
        let keeps = |base: ExprRef, name: Symbol| begins(base, name) && !is_lent(program, base);
        let mut kept: FxHashSet<FnRef> = calling(&keeps);
        let hands_on = |edge: &&Edge| gives(program, edge.at, |given| !is_lent(program, given));
        let edges = begin.iter().flat_map(|function| program.calls_into(*function));
        kept.extend(edges.filter(hands_on).map(|edge| edge.from));
        Self { begin, end, kept }
    }
}

/// The functions, and those that run them by a call that is followed.
fn callers(program: &Program<'_>, functions: FxHashSet<FnRef>, follows: impl Fn(ExprRef) -> bool) -> FxHashSet<FnRef> {
    const MAX_HOPS: usize = 3;
    let (mut all, mut open) = (functions.clone(), functions);
    for _ in 0..MAX_HOPS {
        let edges = open.iter().flat_map(|function| program.calls_into(*function));
        let waited = edges.filter(|edge| matches!(edge.how, Runs::Inline | Runs::Each) && follows(edge.at));
        open = waited.map(|edge| edge.from).filter(|from| !all.contains(from)).collect();
        all.extend(open.iter().copied());
    }
    all
}

/// Whether a call is given a session.
fn gives_session(program: &Program<'_>, call: ExprRef) -> bool {
    gives(program, call, |_| true)
}

fn gives(program: &Program<'_>, call: ExprRef, is_one: impl Fn(ExprRef) -> bool) -> bool {
    let ExprKind::Call { args, .. } = program.kind(call) else { return false };
    let mut given = args.iter().map(|arg| ExprRef { file: call.file, id: arg.value });
    given.any(|given| is_session(program, given) && is_one(given))
}

/// Whether an expression names what somebody else ends: a parameter, or what a block around was entered with.
fn is_lent(program: &Program<'_>, expr: ExprRef) -> bool {
    let ExprKind::Local(binding) = *program.kind(expr) else { return false };
    let defs = program.listing(expr.file).defs.get(&binding).into_iter().flatten();
    program.file(expr.file).binding(binding).kind == BindingKind::Param
        || defs.into_iter().any(|def| def.parts.contains(&Part::Entered))
}

/// The session among a function's own parameters, by its number and name.
fn session_among(program: &Program<'_>, function: FnRef) -> Option<(usize, BindingId)> {
    let params = program.file(function.file).function(function.id).params.iter().enumerate();
    let mut bindings = params.filter_map(|(number, param)| Some((number, param.pattern.as_binding()?)));
    bindings.find(|(_, binding)| {
        let mut uses = program.listing(function.file).uses_of(*binding).iter();
        uses.any(|use_| is_session(program, ExprRef { file: function.file, id: *use_ }))
    })
}

/// Whether a call gives one of its functions something for the session among their parameters.
fn fills_session(program: &Program<'_>, call: ExprRef) -> bool {
    program.called_functions(call).into_iter().any(|function| {
        let session = session_among(program, function);
        session.is_some_and(|(number, _)| program.argument(call, function, number).is_some())
    })
}

impl Walk<'_, '_> {
    /// What dependencies give a handler: a connection, or a session that they have already used.
    pub(super) fn depend(&mut self) {
        let program = self.program;
        for (to, is_ended) in self.dependencies() {
            let provider = program.file(to.file);
            let at = |id| ExprRef { file: to.file, id };
            let sites = program.listing(to.file).sites_of(to.id);
            if provider.function(to.id).is_generator {
                let taken = sites.iter().find_map(|site| {
                    taken_by(program, at(site.call), 1)
                        .filter(|(_, model)| model.acquires == Some(Resource::PooledConnection))
                });
                self.held.extend(taken.map(|(taken, model)| Held::new(taken, model.noun)));
            } else if let Some(query) = sites.iter().find(|site| self.begins_session(at(site.call)))
                && !is_ended
            {
                let mut held = Held::new(at(query.call), "session's connection");
                (held.name, held.is_session) = (self.own_session(), true);
                self.held.push(held);
            }
        }
    }

    /// The function's dependencies and what these depend on, each with whether one on the way ends a session.
    fn dependencies(&self) -> Vec<(FnRef, bool)> {
        const MAX: usize = 16;
        let of = |function: FnRef| {
            let edges = self.program.calls_from(function).iter();
            edges.filter(|edge| edge.how == Runs::Dependency).map(|edge| edge.to)
        };
        let ends = |function: FnRef| {
            let mut sites = self.program.listing(function.file).sites_of(function.id).iter();
            sites.any(|site| {
                let name = member_name(self.program, ExprRef { file: function.file, id: site.call });
                name.is_some_and(|name| ENDS.contains(&name.as_str()))
            })
        };
        let mut found: Vec<(FnRef, bool)> = of(self.function).map(|to| (to, ends(to))).collect();
        let mut at = 0;
        while at < found.len() && found.len() < MAX {
            let (function, is_ended) = found[at];
            for to in of(function) {
                if found.iter().all(|(known, _)| *known != to) {
                    found.push((to, is_ended || ends(to)));
                }
            }
            at += 1;
        }
        found
    }

    fn own_session(&self) -> Option<Name> {
        session_among(self.program, self.function).map(|(_, binding)| Name::Binding(binding))
    }

    /// Whether a call queries a session, itself or through a helper that is given it.
    fn begins_session(&self, call: ExprRef) -> bool {
        let ExprKind::Call { callee, .. } = *self.program.kind(call) else { return false };
        let sessions = &self.known.sessions;
        let is_of = |known: &FxHashSet<FnRef>| {
            self.program.called_functions(call).iter().any(|function| known.contains(function))
        };
        if is_of(&sessions.begin) && !is_of(&sessions.end) && gives_session(self.program, call) {
            return true;
        }
        match *self.program.kind(ExprRef { file: call.file, id: callee }) {
            ExprKind::Member { base, name, .. } => {
                BEGINS.contains(&name.as_str()) && is_session(self.program, ExprRef { file: call.file, id: base })
            }
            _ => false,
        }
    }

    pub(super) fn ended(&mut self, file: &File, callee: ExprId, name: &str, args: &[ir::Arg]) {
        if self.held.is_empty() {
            return;
        }
        if let ExprKind::Member { base, .. } = file.expr(callee).kind
            && (ENDS.contains(&name) || self.calls_any(callee, &self.known.sessions.end))
        {
            let name = name_of(file, base);
            self.held.retain(|held| held.name.as_ref() != Some(&name));
        }
        // `release()`, which acquiring the lock gave.
        let itself = name_of(file, callee);
        self.held.retain(|held| held.lock.is_none() || held.name.as_ref() != Some(&itself));
        let given: Vec<Name> = args.iter().map(|arg| name_of(file, arg.value)).collect();
        let is_given = |held: &Held| held.name.as_ref().is_some_and(|name| given.contains(name));
        if self.held.iter().any(is_given)
            && (TAKES_BACK.contains(&name) || self.calls_any(callee, &self.known.sessions.end))
        {
            self.held.retain(|held| !is_given(held));
        }
    }

    /// Whether a project function that is called is one of these.
    fn calls_any(&self, callee: ExprId, functions: &FxHashSet<FnRef>) -> bool {
        self.program.value(self.at(callee)).iter().any(|atom| match atom {
            Atom::Function(function) => functions.contains(function),
            _ => false,
        })
    }

    /// A session's first query takes its connection: sent here, or by a helper that is given the session.
    pub(super) fn begun(&mut self, file: &File, id: ExprId, callee: ExprId, name: &str, args: &[ir::Arg]) {
        let sessions = &self.known.sessions;
        let name = match file.expr(callee).kind {
            ExprKind::Member { base, .. } if BEGINS.contains(&name) && is_session(self.program, self.at(base)) => {
                name_of(file, base)
            }
            _ if self.calls_any(callee, &sessions.begin) && !self.calls_any(callee, &sessions.end) => {
                let given = args.iter().find(|arg| is_session(self.program, self.at(arg.value)));
                match (given, self.shared_session(callee), &file.expr(callee).kind) {
                    (Some(session), ..) => name_of(file, session.value),
                    (None, Some(shared), _) => shared,
                    // A repository that keeps the session: it is held as long as nothing commits through it.
                    (None, None, ExprKind::Member { base, .. })
                        if self.calls_any(callee, &sessions.kept) || fills_session(self.program, self.at(id)) =>
                    {
                        name_of(file, *base)
                    }
                    _ => return,
                }
            }
            _ => return,
        };
        if self.held.iter().any(|held| held.name.as_ref() == Some(&name)) {
            return;
        }
        self.held.push(Held { name: Some(name), is_session: true, ..Held::new(self.at(id), "session's connection") });
    }

    /// The session of the application that a helper queries: `db.session`.
    fn shared_session(&self, callee: ExprId) -> Option<Name> {
        let functions = self.program.value(self.at(callee)).iter().filter_map(|atom| match atom {
            Atom::Function(function) => Some(*function),
            _ => None,
        });
        functions.into_iter().find_map(|function| {
            let file = self.program.file(function.file);
            self.program.listing(function.file).sites_of(function.id).iter().find_map(|site| {
                let ExprKind::Call { callee, .. } = file.expr(site.call).kind else { return None };
                let ExprKind::Member { base, name, .. } = file.expr(callee).kind else { return None };
                let ExprKind::Member { base: owner, .. } = file.expr(base).kind else { return None };
                let is_shared = BEGINS.contains(&name.as_str())
                    && !matches!(file.expr(owner).kind, ExprKind::This)
                    && is_session(self.program, ExprRef { file: function.file, id: base });
                is_shared.then(|| name_of(file, base))
            })
        })
    }

    /// `callback(client)` while something is held: the callers' functions run meanwhile.
    pub(super) fn runs_parameter(&mut self, file: &File, callee: ExprId) {
        let ExprKind::Local(binding) = file.expr(callee).kind else { return };
        let param = self.program.listing(self.function.file).params.get(&binding);
        let param = param.filter(|param| param.function == self.function.id && param.parts.is_empty());
        if let (Some(param), Some(held)) =
            (param, self.held.iter().rev().find(|held| !held.is_session && held.lock.is_none()))
        {
            let (taken, noun, pool) = (held.taken, held.noun, held.pool);
            let holder = Holder { taken, noun, pool, passes_client: false };
            self.holders.push(((self.function, param.index), holder));
        }
    }
}
