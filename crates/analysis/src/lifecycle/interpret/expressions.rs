//! What expressions do to resources.

use ir::{BindingId, BindingKind, ExprId, ExprKind, File, Pattern, Stmt, Visit};

use super::{Interpreter, OPEN};
use crate::ids::ExprRef;
use crate::lifecycle::owners::{self, Effect};
use crate::models::{Call, Runs, Scoped};

impl<'p> Interpreter<'p, '_> {
    // Expressions.

    pub(super) fn assign(&mut self, pattern: &Pattern, value: ExprId) {
        let numbers = self.held_by(value);
        if numbers.is_empty() {
            return;
        }
        if let Pattern::Tuple(parts) = pattern {
            for number in numbers {
                let part = self.resources[number].model.acquires_item.and_then(|item| parts.get(item));
                match part.and_then(Pattern::as_binding) {
                    Some(binding) => self.names.entry(binding).or_default().push(number),
                    None => self.finish(number),
                }
            }
            return;
        }
        if let Pattern::Record(fields) = pattern {
            for number in numbers {
                let member = self.resources[number].model.acquires_member;
                let part = fields.iter().find(|(name, _)| Some(*name) == member).map(|(_, part)| part);
                match part.and_then(Pattern::as_binding) {
                    Some(binding) => self.names.entry(binding).or_default().push(number),
                    None => self.finish(number),
                }
            }
            return;
        }
        match pattern.as_binding() {
            Some(binding) if self.file.binding(binding).function == self.function.id => {
                let known = self.names.entry(binding).or_default();
                known.extend(numbers.into_iter().filter(|number| !known.contains(number)).collect::<Vec<_>>());
            }
            _ => numbers.into_iter().for_each(|number| self.finish(number)),
        }
    }

    /// The resources that an expression simply is.
    pub(super) fn held_by(&self, value: ExprId) -> Vec<usize> {
        let value = self.file.awaited(value);
        if let Some(number) = self.calls.get(&value) {
            return vec![*number];
        }
        match &self.file.expr(value).kind {
            ExprKind::Local(binding) => self.names.get(binding).cloned().unwrap_or_default(),
            ExprKind::Conditional { then, otherwise, .. } => [self.held_by(*then), self.held_by(*otherwise)].concat(),
            ExprKind::List(items) => items.iter().flat_map(|item| self.held_by(*item)).collect(),
            ExprKind::Record(entries) => entries.iter().flat_map(|entry| self.held_by(entry.value)).collect(),
            ExprKind::Call { args, .. } if !args.is_empty() && self.model_of(value).is_none() => {
                args.iter().flat_map(|arg| self.held_by(arg.value)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What a name that had several holds by now: what is open of them, if anything is.
    fn current(&self, held: Vec<usize>) -> Vec<usize> {
        let is_open = |number: &usize| self.state.get(*number).is_some_and(|bits| bits & OPEN != 0);
        let open: Vec<usize> = held.iter().copied().filter(is_open).collect();
        if open.is_empty() { held } else { open }
    }

    pub(super) fn hand_over_value(&mut self, value: ExprId) {
        for number in self.held_by(value) {
            self.finish(number);
        }
    }

    pub(super) fn model_of(&self, call: ExprId) -> Option<&'p Call> {
        self.program.model(ExprRef { file: self.function.file, id: call })
    }

    pub(super) fn enter(&mut self, value: ExprId, pattern: Option<&Pattern>) {
        let inner = self.file.awaited(value);
        for number in self.held_by(inner) {
            match self.resources[number].model.scoped {
                Scoped::Releases => self.finish(number),
                Scoped::Commits => {
                    if let Some(binding) = pattern.and_then(Pattern::as_binding) {
                        self.names.entry(binding).or_default().push(number);
                    }
                }
            }
        }
        // A context manager of the project around the resource takes it over.
        if let ExprKind::Call { args, .. } = &self.file.expr(inner).kind {
            let held: Vec<usize> = args.iter().flat_map(|arg| self.held_by(arg.value)).collect();
            held.into_iter().for_each(|number| self.finish(number));
        }
    }

    pub(super) fn called(&mut self, id: ExprId, callee: ExprId) {
        if let ExprKind::Member { base, name, name_span } = self.file.expr(callee).kind {
            let held = self.current(self.held_by(base));
            let is_released = |number: &usize| self.resources[*number].model.released_by.contains(&name);
            let released: Vec<usize> = held.iter().copied().filter(is_released).collect();
            if !released.is_empty() {
                // `communicate(timeout=10)` may give up.
                if self.has_deadline(id) {
                    self.may_throw(self.file.expr(id).span);
                }
                let span = self.file.expr(id).span;
                released.into_iter().for_each(|number| self.release(number, span));
                return;
            }
            let asks = [
                "closed",
                "isClosed",
                "is_closed",
                "connect",
                "open",
                "reconnect",
                "removeListener",
                "removeAllListeners",
            ];
            if !asks.contains(&name.as_str()) {
                for number in held {
                    self.used(number, name_span);
                }
            }
        }
        if let ExprKind::Local(name) = self.file.expr(callee).kind
            && let Some(number) = self.released_by_calling(name)
        {
            self.finish(number);
        }
        if let Some(number) = self.undoing.get(&id).copied() {
            return self.finish(number);
        }
        let ExprKind::Call { args, .. } = &self.file.expr(id).kind else { return };
        for arg in args {
            for number in self.held_by(arg.value) {
                let call = ExprRef { file: self.function.file, id };
                let model = self.resources[number].model;
                match owners::of_argument(self.program, call, self.file.awaited(arg.value), model, 0) {
                    Effect::Releases | Effect::HandsOver => self.finish(number),
                    Effect::Nothing => {}
                }
            }
        }
        match self.calls.get(&id).copied() {
            None if self.opens(callee) || self.begins_chain(id) => {}
            Some(number) => {
                self.may_throw(self.file.expr(id).span);
                if let Some(bits) = self.state.get_mut(number) {
                    *bits = OPEN;
                }
            }
            // Registering a function for later does not fail.
            None if self.model_of(id).is_some_and(|model| model.runs == Some(Runs::Later)) => {}
            // Receiving fails only as the socket closes, which is what the code waits for.
            None if !self.undoing.is_empty()
                && self.model_of(id).is_some_and(|model| model.does == Some(crate::models::Effect::Client)) => {}
            // `process.kill()` ends it, if not yet for good.
            None if self.is_ending(callee) => {}
            None if owners::is_harmless(self.program, ExprRef { file: self.function.file, id: callee }) => {}
            // It is the `?` behind it that leaves.
            None if !self.file.has_exceptions() => {}
            None => self.may_throw(self.file.expr(id).span),
        }
    }

    fn is_ending(&self, callee: ExprId) -> bool {
        match self.file.expr(callee).kind {
            ExprKind::Member { base, name, .. } => {
                // Setters come before it is in use.
                let is_setter = name.starts_with("set") || name.starts_with("load_");
                (is_setter || matches!(name.as_str(), "kill" | "terminate" | "abort" | "cancel" | "destroy"))
                    && !self.held_by(base).is_empty()
            }
            _ => false,
        }
    }

    fn has_deadline(&self, call: ExprId) -> bool {
        let ExprKind::Call { args, .. } = &self.file.expr(call).kind else { return false };
        // `wait_for(process.communicate(), 10)`.
        let around = self.index.parent(call).and_then(|parent| match self.file.expr(parent).kind {
            ExprKind::Call { callee, .. } => match self.file.expr(callee).kind {
                ExprKind::Member { name, .. } | ExprKind::Global(name) => Some(name),
                ExprKind::Local(binding) => Some(self.file.binding(binding).name),
                _ => None,
            },
            _ => None,
        });
        around.is_some_and(|name| matches!(name.as_str(), "wait_for" | "timeout" | "fail_after"))
            || args.iter().any(|arg| arg.name.is_some_and(|name| name == "timeout"))
    }

    /// `connection.close()`, `get_pool().putconn(connection)`.
    fn releases(&self, call: ExprId, callee: ExprId, args: &[ir::Arg]) -> bool {
        let ExprKind::Member { base, name, .. } = self.file.expr(callee).kind else { return false };
        let releases = |number: &usize| {
            let model = self.resources[*number].model;
            model.released_by.contains(&name)
        };
        let is_passed = args
            .iter()
            .flat_map(|arg| self.held_by(arg.value))
            .any(|number| self.resources[number].model.released_through.contains(&name));
        !self.has_deadline(call) && (is_passed || self.held_by(base).iter().any(releases))
    }

    /// `query().then(…)`: what fails is the promise, and the chain hears of it.
    fn begins_chain(&self, call: ExprId) -> bool {
        let Some(parent) = self.index.parent(call) else { return false };
        match self.file.expr(parent).kind {
            ExprKind::Member { base, name, .. } => {
                base == call && matches!(name.as_str(), "then" | "catch" | "finally")
            }
            _ => false,
        }
    }

    /// `client.connect()`: if that throws, there is nothing to release yet.
    pub(super) fn opens(&self, callee: ExprId) -> bool {
        match self.file.expr(callee).kind {
            ExprKind::Member { base, name, .. } => {
                matches!(name.as_str(), "connect" | "open" | "start" | "initialize") && !self.held_by(base).is_empty()
            }
            _ => false,
        }
    }

    pub(super) fn captured(&mut self, closure: ir::FnId) {
        let span = self.file.function(closure).span;
        let names: Vec<(BindingId, Vec<usize>)> = {
            let mut names: Vec<_> = self.names.iter().map(|(name, numbers)| (*name, numbers.clone())).collect();
            names.sort_unstable_by_key(|(name, _)| *name);
            names
        };
        for (binding, numbers) in names {
            let is_used = self.index.uses_of(binding).iter().any(|use_| span.contains(self.file.expr(*use_).span));
            if !is_used {
                continue;
            }
            for number in numbers {
                let model = self.resources[number].model;
                match owners::of_capture(self.program, self.function.file, closure, binding, model) {
                    Effect::Nothing => {}
                    Effect::HandsOver => self.finish(number),
                    Effect::Releases => {
                        self.check_closure(closure, number);
                        self.finish(number);
                    }
                }
            }
        }
        let mut called: Vec<(BindingId, usize)> = self.releases.iter().map(|(name, number)| (*name, *number)).collect();
        called.sort_unstable();
        for (name, number) in called {
            let is_used = self.index.uses_of(name).iter().any(|use_| span.contains(self.file.expr(*use_).span));
            if is_used {
                self.check_closure(closure, number);
                self.finish(number);
            }
        }
    }
}

impl Visit for Interpreter<'_, '_> {
    fn stmt(&mut self, _: &File, stmt: &Stmt) {
        Interpreter::stmt(self, stmt);
    }

    fn expr(&mut self, file: &File, id: ExprId) {
        match &file.expr(id).kind {
            ExprKind::Call { callee, args, .. } => {
                // A chain on the resource (`open(p).read()`) is visited from its inside out.
                let before = self.is_releasing;
                self.is_releasing |= self.releases(id, *callee, args);
                self.expr(file, *callee);
                for arg in args {
                    self.expr(file, arg.value);
                }
                self.is_releasing = before;
                self.called(id, *callee);
            }
            ExprKind::Assign { pattern, value, .. } => {
                self.expr(file, *value);
                self.assign(pattern, *value);
            }
            ExprKind::Function(closure) => self.captured(*closure),
            // A function of this one by its name: what it captures goes with it.
            ExprKind::Local(name) => {
                if let BindingKind::Function(inner) = file.binding(*name).kind
                    && file.function(inner).parent == Some(self.function.id)
                {
                    self.captured(inner);
                }
            }
            ExprKind::List(_) | ExprKind::Record(_) => {
                ir::walk_expr(self, file, id);
                self.hand_over_value(id);
            }
            ExprKind::Yield(_) => {
                ir::walk_expr(self, file, id);
                self.may_throw(file.expr(id).span);
            }
            ExprKind::Propagate(inner) => {
                ir::walk_expr(self, file, id);
                // Where opening it fails, nothing is open.
                if !self.calls.contains_key(&file.awaited(*inner)) {
                    self.may_throw(file.expr(id).span);
                }
            }
            _ => ir::walk_expr(self, file, id),
        }
    }
}
