//! What expressions do to resources.

use ir::{BindingId, ExprId, ExprKind, File, Pattern, Stmt, Visit};

use super::{Interpreter, OPEN};
use crate::ids::ExprRef;
use crate::lifecycle::owners::{self, Effect};
use crate::models::{Call, Scoped};

impl<'p> Interpreter<'p, '_> {
    // Expressions.

    pub(super) fn assign(&mut self, pattern: &Pattern, value: ExprId) {
        let numbers = self.held_by(value);
        if numbers.is_empty() {
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
        if let ExprKind::Member { base, name, .. } = self.file.expr(callee).kind {
            let numbers = self.held_by(base);
            for number in numbers {
                if self.resources[number].model.released_by.contains(&name) {
                    self.finish(number);
                    return;
                }
            }
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
            None if self.opens(callee) => {}
            Some(number) => {
                self.may_throw(self.file.expr(id).span);
                if let Some(bits) = self.state.get_mut(number) {
                    *bits = OPEN;
                }
            }
            None => self.may_throw(self.file.expr(id).span),
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
                if owners::of_capture(self.program, self.function.file, closure, binding, model) != Effect::Nothing {
                    self.finish(number);
                }
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
                self.expr(file, *callee);
                for arg in args {
                    self.expr(file, arg.value);
                }
                self.called(id, *callee);
            }
            ExprKind::Assign { pattern, value, .. } => {
                self.expr(file, *value);
                self.assign(pattern, *value);
            }
            ExprKind::Function(closure) => self.captured(*closure),
            ExprKind::List(_) | ExprKind::Record(_) => {
                ir::walk_expr(self, file, id);
                self.hand_over_value(id);
            }
            ExprKind::Yield(_) => {
                ir::walk_expr(self, file, id);
                self.may_throw(file.expr(id).span);
            }
            ExprKind::Propagate(_) => {
                ir::walk_expr(self, file, id);
                self.may_throw(file.expr(id).span);
            }
            _ => ir::walk_expr(self, file, id),
        }
    }
}
