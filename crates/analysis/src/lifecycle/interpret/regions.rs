//! Loops and `try`: which ways lead out of them.

use ir::{Block, ExprId, ExprKind, File, LoopKind, Visit};

use super::{DONE, Exits, Interpreter, OPEN, State, merge};

impl Interpreter<'_, '_> {
    pub(super) fn looped(&mut self, kind: &LoopKind, body: &Block) {
        match kind {
            LoopKind::For { iter, .. } => self.expr(self.file, *iter),
            LoopKind::While { test } => self.expr(self.file, *test),
            LoopKind::Forever => {}
        }
        let before = self.state.clone();
        let outer = std::mem::take(&mut self.exits.loops);
        self.block(body);
        let mut after = std::mem::take(&mut self.state);
        let left = std::mem::replace(&mut self.exits.loops, outer);
        for (state, span) in left {
            // What the body opened and a `continue` leaves open is lost in the next round.
            let opened_inside: State = state
                .iter()
                .zip(&before)
                .map(|(now, then)| if then & OPEN == 0 && now & OPEN != 0 { OPEN } else { DONE })
                .collect();
            if opened_inside.contains(&OPEN) {
                self.exits.loops.push((opened_inside, span));
            }
            merge(&mut after, &state);
        }
        if !matches!(kind, LoopKind::Forever) {
            merge(&mut after, &before);
        }
        self.state = after;
    }

    pub(super) fn tried(&mut self, body: &Block, handlers: &[ir::Handler], otherwise: &Block, finally: &Block) {
        let outer = std::mem::replace(
            &mut self.exits,
            Exits { thrown_at: vec![None; self.resources.len()], ..Exits::default() },
        );
        self.block(body);
        self.block(otherwise);
        let mut after = std::mem::take(&mut self.state);
        let has_handlers = !handlers.is_empty();
        if has_handlers {
            // What the body throws is caught; what a handler throws is not. Of a registration every other error counts.
            let thrown = std::mem::take(&mut self.exits.throws);
            let is_caught = self.undoing.is_empty() || handlers.iter().any(|handler| catches_all(self.file, handler));
            if !is_caught {
                self.exits.throws = thrown.clone();
            } else {
                self.exits.thrown_at = vec![None; self.resources.len()];
            }
            for handler in handlers {
                let behind = self.branch(&handler.body, thrown.clone());
                merge(&mut after, &behind);
            }
        }
        let inner = std::mem::replace(&mut self.exits, outer);
        if finally.stmts.is_empty() && finally.tail.is_none() {
            self.adopt(inner);
            self.state = after;
            return;
        }
        self.finally_depth += 1;
        if self.finally_depth == 1 {
            self.finish_each(finally, inner, after);
        } else {
            self.finish_all(finally, inner, after);
        }
        self.finally_depth -= 1;
    }

    /// Runs `finally` once for each way that leads into it.
    fn finish_each(&mut self, finally: &Block, inner: Exits, after: State) {
        let mut finished = Exits { thrown_at: inner.thrown_at, ..Exits::default() };
        for (state, span) in inner.returns {
            let state = self.branch(finally, state);
            finished.returns.push((state, span));
        }
        for (state, span) in inner.loops {
            let state = self.branch(finally, state);
            finished.loops.push((state, span));
        }
        finished.throws = self.branch(finally, inner.throws);
        self.adopt(finished);
        self.state = self.branch(finally, after);
    }

    /// Runs a `finally` inside a `finally` once for all ways together, so that nesting does not multiply.
    fn finish_all(&mut self, finally: &Block, inner: Exits, after: State) {
        let mut joined = after.clone();
        let ways = inner.returns.iter().chain(&inner.loops).map(|(state, _)| state);
        ways.chain([&inner.throws]).for_each(|state| merge(&mut joined, state));
        let behind = self.branch(finally, joined);
        let or_nothing = |state: State| if state.is_empty() { state } else { behind.clone() };
        self.adopt(Exits {
            returns: inner.returns.into_iter().map(|(state, span)| (or_nothing(state), span)).collect(),
            loops: inner.loops.into_iter().map(|(state, span)| (or_nothing(state), span)).collect(),
            throws: or_nothing(inner.throws),
            thrown_at: inner.thrown_at,
        });
        self.state = or_nothing(after);
    }

    fn adopt(&mut self, inner: Exits) {
        const MAX_RETURNS: usize = 16;
        for (state, span) in inner.returns {
            let is_full = self.exits.returns.len() >= MAX_RETURNS;
            match self.exits.returns.last_mut() {
                Some((last, _)) if is_full => merge(last, &state),
                _ => self.exits.returns.push((state, span)),
            }
        }
        self.exits.loops.extend(inner.loops.into_iter().filter(|(state, _)| !state.is_empty()));
        merge(&mut self.exits.throws, &inner.throws);
        for (mine, theirs) in self.exits.thrown_at.iter_mut().zip(inner.thrown_at) {
            *mine = mine.or(theirs);
        }
    }
}

/// `except:`, `except Exception`, `catch (error)`.
fn catches_all(file: &File, handler: &ir::Handler) -> bool {
    let is_wide = |id: ExprId| match file.expr(id).kind {
        ExprKind::Global(name) => matches!(name.as_str(), "Exception" | "BaseException"),
        _ => false,
    };
    match handler.types.map(|types| (types, &file.expr(types).kind)) {
        None => true,
        Some((_, ExprKind::List(types))) => types.iter().any(|ty| is_wide(*ty)),
        Some((types, _)) => is_wide(types),
    }
}
