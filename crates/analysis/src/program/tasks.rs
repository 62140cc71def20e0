//! What is started on the side: how long it runs, and what bounds it.

use ir::{Block, ExprId, ExprKind, File, LoopKind, Stmt, StmtKind, Visit, walk_expr, walk_stmt};

use super::Program;
use crate::ids::{ExprRef, FileId, FnRef};
use crate::index::FileIndex;
use crate::models::Runs;
use crate::values::Atom;

const MAX_HOPS: usize = 3;
const MAX_FUNCTIONS: usize = 64;

impl Program<'_> {
    /// The project functions among a call's arguments, and those that are called there: `spawn(work)`, `spawn(work())`.
    pub fn given_functions(&self, call: ExprRef) -> Vec<FnRef> {
        let ExprKind::Call { args, .. } = self.kind(call) else { return Vec::new() };
        let mut functions = Vec::new();
        for arg in args {
            let arg = ExprRef { file: call.file, id: self.start_of_chain(call.file, arg.value) };
            functions.extend(self.called_functions(arg));
            functions.extend(self.value(arg).iter().filter_map(|atom| match atom {
                Atom::Function(function) => Some(*function),
                _ => None,
            }));
        }
        functions
    }

    /// `work()` of `work().instrument(span)`.
    fn start_of_chain(&self, file: FileId, mut expr: ExprId) -> ExprId {
        while let ExprKind::Call { callee, .. } = *self.kind(ExprRef { file, id: expr })
            && self.called_functions(ExprRef { file, id: expr }).is_empty()
            && let ExprKind::Member { base, .. } = *self.kind(ExprRef { file, id: callee })
        {
            expr = base;
        }
        expr
    }

    /// Whether what a call is given to run does something once a process: `spawn(|| CELL.get_or_init(load))`.
    pub fn gives_once(&self, call: ExprRef) -> bool {
        self.given_functions(call).into_iter().any(|function| {
            let sites = self.listing(function.file).sites_of(function.id);
            let mut models = sites.iter().filter_map(|site| self.model(ExprRef { file: function.file, id: site.call }));
            models.any(|model| model.runs == Some(Runs::Once))
        })
    }

    /// Whether a function, or one that it runs in line, loops without any way out.
    pub fn never_ends(&self, function: FnRef) -> bool {
        self.runs_in_line(function, &|function| {
            let file = self.file(function.file);
            let mut search = EndlessLoop { index: self.listing(function.file), found: false };
            search.block(file, &file.function(function.id).body);
            search.found
        })
    }

    /// Whether a function, or one that it runs in line, does what takes longer than computing: queries, requests, sleep.
    pub fn takes_time(&self, function: FnRef) -> bool {
        self.runs_in_line(function, &|function| {
            let sites = self.listing(function.file).sites_of(function.id);
            sites.iter().any(|site| {
                let model = self.model(ExprRef { file: function.file, id: site.call });
                model.is_some_and(|model| model.does.is_some())
            })
        })
    }

    /// Whether a function, or one that it runs in line, calls something (that no model describes) by one of these names.
    pub fn calls_member(&self, function: FnRef, names: &[&str]) -> bool {
        self.runs_in_line(function, &|function| {
            let file = self.file(function.file);
            self.listing(function.file).sites_of(function.id).iter().any(|site| {
                let ExprKind::Call { callee, .. } = file.expr(site.call).kind else { return false };
                let is_named =
                    matches!(file.expr(callee).kind, ExprKind::Member { name, .. } if names.contains(&name.as_str()));
                is_named && self.model(ExprRef { file: function.file, id: site.call }).is_none()
            })
        })
    }

    fn runs_in_line(&self, function: FnRef, holds: &impl Fn(FnRef) -> bool) -> bool {
        let mut seen = vec![function];
        let mut next = 0;
        for _ in 0..=MAX_HOPS {
            let end = seen.len();
            if seen[next..end].iter().any(|function| holds(*function)) {
                return true;
            }
            for at in next..end {
                for edge in self.calls_from(seen[at]) {
                    if edge.how == Runs::Inline && seen.len() < MAX_FUNCTIONS && !seen.contains(&edge.to) {
                        seen.push(edge.to);
                    }
                }
            }
            next = end;
        }
        false
    }
}

struct EndlessLoop<'a> {
    index: &'a FileIndex,
    found: bool,
}

impl Visit for EndlessLoop<'_> {
    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        if let StmtKind::Loop { kind, body, .. } = &stmt.kind {
            let goes_on = match kind {
                LoopKind::Forever => true,
                LoopKind::While { test } => {
                    matches!(file.expr(*test).kind, ExprKind::Bool(true)) || waits_on_broadcast(file, self.index, *test)
                }
                LoopKind::For { .. } => false,
            };
            self.found |= goes_on && !is_left(file, body);
        }
        walk_stmt(self, file, stmt);
    }
}

/// Whether a loop's test receives from a subscription to something shared, which ends with the process.
fn waits_on_broadcast(file: &File, index: &FileIndex, test: ExprId) -> bool {
    struct Search<'a>(&'a FileIndex, bool);
    impl Visit for Search<'_> {
        fn expr(&mut self, file: &File, id: ExprId) {
            if let ExprKind::Member { base, name, .. } = file.expr(id).kind
                && name == "recv"
                && let ExprKind::Local(binding) = file.expr(base).kind
            {
                let defs = self.0.defs.get(&binding).into_iter().flatten();
                self.1 |= defs.map(|def| &file.expr(def.value).kind).any(|kind| match kind {
                    ExprKind::Call { callee, .. } => {
                        matches!(file.expr(*callee).kind, ExprKind::Member { name, .. } if name == "subscribe")
                    }
                    _ => false,
                });
            }
            walk_expr(self, file, id);
        }
    }
    let mut search = Search(index, false);
    search.expr(file, test);
    search.1
}

/// Whether something in a loop's body can end it: a way out, or an operation that panics where it fails.
fn is_left(file: &File, body: &Block) -> bool {
    struct Search(bool);
    impl Visit for Search {
        fn stmt(&mut self, file: &File, stmt: &Stmt) {
            self.0 |= matches!(stmt.kind, StmtKind::Return(_) | StmtKind::Throw(_) | StmtKind::Break(_));
            walk_stmt(self, file, stmt);
        }

        fn expr(&mut self, file: &File, id: ExprId) {
            self.0 |= match file.expr(id).kind {
                ExprKind::Propagate(_) => true,
                ExprKind::Member { name, .. } => name == "expect",
                _ => false,
            };
            walk_expr(self, file, id);
        }
    }
    let mut search = Search(false);
    search.block(file, body);
    search.0
}
