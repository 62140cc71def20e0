//! When something begins and ends to be held: sessions by their first query and their commit, what dependencies give.

use ir::{ExprId, ExprKind, File, Symbol};
use rustc_hash::FxHashSet;

use super::walk::{Held, Name, Walk, name_of};
use super::{Holder, is_session, member_name, taken_by};
use crate::ids::{ExprRef, FnRef};
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
        Self { begin, end }
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
    let ExprKind::Call { args, .. } = program.kind(call) else { return false };
    args.iter().any(|arg| is_session(program, ExprRef { file: call.file, id: arg.value }))
}

impl Walk<'_, '_> {
    /// What dependencies give a handler: a connection, or a session that they have already used.
    pub(super) fn depend(&mut self) {
        let program = self.program;
        let file = program.file(self.function.file);
        let edges = program.calls_from(self.function).iter().filter(|edge| edge.how == Runs::Dependency);
        for edge in edges {
            let provider = program.file(edge.to.file);
            let index = program.listing(edge.to.file);
            let at = |id| ExprRef { file: edge.to.file, id };
            let sites = index.sites_of(edge.to.id);
            if provider.function(edge.to.id).is_generator {
                let taken = sites.iter().find_map(|site| {
                    taken_by(program, at(site.call), 1)
                        .filter(|(_, model)| model.acquires == Some(Resource::PooledConnection))
                });
                self.held.extend(taken.map(|(taken, model)| Held::new(taken, model.noun)));
            } else if let Some(query) = sites.iter().find(|site| self.begins_session(at(site.call))) {
                let ends = sites
                    .iter()
                    .any(|site| member_name(program, at(site.call)).is_some_and(|name| ENDS.contains(&name.as_str())));
                let params = &file.function(self.function.id).params;
                let name = params.iter().find_map(|param| {
                    let binding = param.pattern.as_binding()?;
                    let mut uses = program.listing(self.function.file).uses_of(binding).iter();
                    uses.any(|use_| is_session(program, self.at(*use_))).then_some(binding)
                });
                if !ends {
                    let mut held = Held::new(at(query.call), "session's connection");
                    (held.name, held.is_session) = (name.map(Name::Binding), true);
                    self.held.push(held);
                }
            }
        }
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
                    (None, None, ExprKind::Member { base, .. }) => name_of(file, *base),
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
            let holder = Holder { taken: held.taken, noun: held.noun, pool: held.pool };
            self.holders.push(((self.function, param.index), holder));
        }
    }
}
