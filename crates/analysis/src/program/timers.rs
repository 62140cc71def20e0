//! Timers: what ends them.

use ir::{ExprId, ExprKind, File, FnId, Span};

use super::{LibraryCall, Program};
use crate::ids::{ExprRef, FileId, FnRef};
use crate::models::Runs;
use crate::values::Atom;

/// What ends a timer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    Never,
    /// Only its own callback, and only if what it looks for is there: no number of rounds, no deadline.
    OnSuccess,
    /// A function that this one gives back to its callers.
    ByCaller(FnRef),
    /// Something else, or it is not known.
    Elsewhere,
}

impl Program<'_> {
    /// Whether a single timeout starts the function that it stands in, each time it runs.
    pub fn restarts_itself(&self, call: &LibraryCall<'_>) -> bool {
        let returns = &self.listing(call.at.file).returns;
        let may_stop = call.site.is_conditional || !returns[call.function.id.0 as usize].is_empty();
        call.model.is_delay
            && !may_stop
            && !self.has_bare_return(call.function)
            && self.functions_given(call.at).into_iter().any(|callback| self.leads_to(callback, call.function))
    }

    /// Whether running one function always runs the other in line, over a few hops.
    fn leads_to(&self, from: FnRef, to: FnRef) -> bool {
        const MAX_HOPS: usize = 4;
        let mut seen = vec![from];
        let mut open = vec![from];
        for _ in 0..MAX_HOPS {
            if open.contains(&to) {
                return true;
            }
            let edges = open.iter().flat_map(|function| self.calls_from(*function));
            let is_sure = |at: ExprRef| self.listing(at.file).site(at.id).is_none_or(|site| !site.is_conditional);
            let inline = edges.filter(|edge| matches!(edge.how, Runs::Inline | Runs::Task) && is_sure(edge.at));
            let next: Vec<FnRef> = inline.map(|edge| edge.to).filter(|function| !seen.contains(function)).collect();
            seen.extend(next.iter().copied());
            open = next;
        }
        false
    }

    /// What ends the timer that a call starts.
    pub fn timer_end(&self, call: &LibraryCall<'_>) -> End {
        if !self.is_passed_to(call.at, &call.model.cleared_by) {
            return End::Never;
        }
        let file = self.file(call.at.file);
        let index = self.listing(call.at.file);
        let Some(binding) = index.bound_to(file, call.at.id) else { return End::Elsewhere };
        let mut enders: Vec<FnId> = Vec::new();
        for use_ in index.uses_of(binding) {
            let Some(parent) = index.parent(*use_) else { return End::Elsewhere };
            let site = match file.expr(parent).kind {
                ExprKind::Call { .. } => index.site(parent),
                ExprKind::Member { .. } => index.parent(parent).and_then(|call| index.site(call)),
                // Kept somewhere.
                _ => return End::Elsewhere,
            };
            let Some(site) = site else { return End::Elsewhere };
            if clears(file, site.call, call) {
                enders.push(site.function);
            } else if !matches!(file.expr(parent).kind, ExprKind::Member { .. }) {
                return End::Elsewhere;
            }
        }
        let callbacks = self.functions_given(call.at).into_iter().filter(|callback| callback.file == call.at.file);
        let own: Vec<FnId> = callbacks.map(|callback| callback.id).collect();
        if !enders.is_empty() && enders.iter().all(|ender| own.contains(ender)) {
            let is_bounded = own.iter().any(|callback| compares(file, file.function(*callback).span));
            return if is_bounded { End::Elsewhere } else { End::OnSuccess };
        }
        if !enders.is_empty() && enders.iter().all(|ender| self.is_given_back(call.at.file, *ender, call.function.id)) {
            return End::ByCaller(call.function);
        }
        End::Elsewhere
    }

    fn has_bare_return(&self, function: FnRef) -> bool {
        let mut finder = Returns { is_found: false };
        ir::Visit::block(&mut finder, self.file(function.file), &self.file(function.file).function(function.id).body);
        finder.is_found
    }

    /// Whether `function` returns the closure.
    fn is_given_back(&self, file_id: FileId, closure: FnId, function: FnId) -> bool {
        let file = self.file(file_id);
        self.listing(file_id).returns[function.0 as usize].iter().any(|returned| {
            let mut values = self.value(ExprRef { file: file_id, id: *returned }).iter();
            let is_it = |id: ExprId| matches!(file.expr(id).kind, ExprKind::Function(found) if found == closure);
            values.any(|atom| matches!(atom, Atom::Function(found) if found.file == file_id && found.id == closure))
                || match &file.expr(*returned).kind {
                    ExprKind::Record(entries) => entries.iter().any(|entry| is_it(entry.value)),
                    _ => is_it(*returned),
                }
        })
    }
}

fn clears(file: &File, site: ExprId, timer: &LibraryCall<'_>) -> bool {
    let ExprKind::Call { callee, .. } = file.expr(site).kind else { return false };
    let name = match file.expr(callee).kind {
        ExprKind::Member { name, .. } | ExprKind::Global(name) => name,
        ExprKind::Local(binding) => file.binding(binding).name,
        _ => return false,
    };
    timer.model.cleared_by.contains(&name)
}

/// Whether something in the place is compared by size: a number of rounds, a time.
fn compares(file: &File, within: Span) -> bool {
    file.exprs.iter().any(|expr| {
        let is_order = matches!(expr.kind, ExprKind::Binary { op, .. } if op.is_order());
        is_order && within.contains(expr.span)
    })
}

struct Returns {
    is_found: bool,
}

impl ir::Visit for Returns {
    fn stmt(&mut self, file: &File, stmt: &ir::Stmt) {
        self.is_found |= matches!(stmt.kind, ir::StmtKind::Return(_) | ir::StmtKind::Throw(_));
        ir::walk_stmt(self, file, stmt);
    }
}
