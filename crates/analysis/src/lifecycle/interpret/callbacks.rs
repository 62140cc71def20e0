//! Resources that callbacks are given, and callbacks that are to release what the function around them opened.

use ir::{BindingId, ExprKind, FnId};
use rustc_hash::FxHashMap;

use super::{Exits, Interpreter, OPEN, Resource};
use crate::ids::{ExprRef, FnRef};
use crate::lifecycle::{Exit, Leak};
use crate::models::Call;
use crate::program::Program;

/// What a callback is given open: `pool.connect((error, client, done) => …)`.
pub(super) struct Given<'p> {
    pub(super) call: ExprRef,
    pub(super) model: &'p Call,
    pub(super) name: BindingId,
    /// A function among the parameters that releases it.
    pub(super) release: Option<BindingId>,
    /// Where this is set, nothing was opened.
    pub(super) error: Option<BindingId>,
}

pub(super) fn given<'p>(program: &'p Program<'_>, function: FnRef) -> Option<Given<'p>> {
    let file = program.file(function.file);
    let index = program.listing(function.file);
    let closure = *index.closures.get(&function.id)?;
    let call = ExprRef { file: function.file, id: index.parent(closure)? };
    let ExprKind::Call { args, .. } = program.kind(call) else { return None };
    let model = program.model(call).filter(|model| model.acquires.is_some() && !model.holds)?;
    let position = model.passes.iter().position(|ty| Some(*ty) == model.returns)?;
    if !args.iter().any(|arg| arg.value == closure) {
        return None;
    }
    let params = &file.function(function.id).params;
    let name = params.get(position)?.pattern.as_binding()?;
    let release = params.get(position + 1).and_then(|param| param.pattern.as_binding());
    let error = position.checked_sub(1).and_then(|before| params.get(before)?.pattern.as_binding());
    Some(Given { call, model, name, release, error })
}

impl<'p> Interpreter<'p, '_> {
    /// Whether calling the name releases something.
    pub(super) fn released_by_calling(&self, name: BindingId) -> Option<usize> {
        self.releases.get(&name).copied()
    }

    /// A closure that alone is to release a resource, and on some way does not.
    pub(super) fn check_closure(&mut self, closure: FnId, number: usize) {
        if !self.is_only_releaser(closure, number) {
            return;
        }
        let exit = self.unheard(closure).or_else(|| self.exit_of_closure(closure, number));
        if let Some(exit) = exit {
            let resource = &self.resources[number];
            self.of_closures.push(Leak {
                at: ExprRef { file: self.function.file, id: resource.call },
                function: self.function,
                opened: resource.opened,
                exit,
                release: resource.model.released_by.first().copied(),
                is_unnamed: false,
            });
        }
    }

    /// Whether the closure is the only function that releases the resource.
    fn is_only_releaser(&self, closure: FnId, number: usize) -> bool {
        let span = self.file.function(closure).span;
        let mut names: Vec<BindingId> =
            self.names.iter().filter(|(_, numbers)| numbers.contains(&number)).map(|(name, _)| *name).collect();
        names.extend(self.releases.iter().filter(|(_, released)| **released == number).map(|(name, _)| *name));
        let releases = names.iter().flat_map(|name| self.index.uses_of(*name)).filter(|use_| {
            let Some(parent) = self.index.parent(**use_) else { return false };
            match self.file.expr(parent).kind {
                ExprKind::Member { name, .. } => self.resources[number].model.released_by.contains(&name),
                // `done()`, `pool.releaseConnection(client)`.
                ExprKind::Call { callee, .. } => callee == **use_ || self.is_released_through(parent, number),
                _ => false,
            }
        });
        let mut count = 0;
        for use_ in releases {
            if !span.contains(self.file.expr(*use_).span) {
                return false;
            }
            count += 1;
        }
        count > 0
    }

    fn is_released_through(&self, call: ir::ExprId, number: usize) -> bool {
        let ExprKind::Call { callee, .. } = self.file.expr(call).kind else { return false };
        match self.file.expr(callee).kind {
            ExprKind::Member { name, .. } | ExprKind::Global(name) => {
                self.resources[number].model.released_through.contains(&name)
            }
            _ => false,
        }
    }

    /// `.then(() => client.release())`, `stream.on("end", () => client.release())`: not run when it fails.
    fn unheard(&self, closure: FnId) -> Option<Exit> {
        let expr = *self.index.closures.get(&closure)?;
        let call = self.index.parent(expr)?;
        let ExprKind::Call { callee, args, .. } = &self.file.expr(call).kind else { return None };
        let ExprKind::Member { name, name_span, .. } = self.file.expr(*callee).kind else { return None };
        let is_first = args.first().is_some_and(|arg| arg.value == expr);
        let event = self.program.event(ExprRef { file: self.function.file, id: call });
        let hears_success_only = match name.as_str() {
            "then" => is_first && args.len() == 1,
            "on" | "once" => event.is_some_and(|event| matches!(event, "end" | "finish")),
            _ => false,
        };
        hears_success_only.then_some(Exit::Throw(name_span))
    }

    /// How the closure leaves the resource open, run by itself.
    fn exit_of_closure(&self, closure: FnId, number: usize) -> Option<Exit> {
        let resource = &self.resources[number];
        let own = Resource {
            call: resource.call,
            opened: resource.opened,
            model: resource.model,
            is_unnamed: false,
            is_ever_done: false,
            misuse: None,
        };
        let names: FxHashMap<BindingId, Vec<usize>> = self
            .names
            .iter()
            .filter(|(_, numbers)| numbers.contains(&number))
            .map(|(name, _)| (*name, vec![0]))
            .collect();
        let releases = self.releases.iter().filter(|(_, released)| **released == number);
        let mut inner = Interpreter {
            program: self.program,
            function: FnRef { file: self.function.file, id: closure },
            file: self.file,
            index: self.index,
            resources: vec![own],
            calls: FxHashMap::default(),
            names,
            releases: releases.map(|(name, _)| (*name, 0)).collect(),
            errors: FxHashMap::default(),
            subjects: FxHashMap::default(),
            of_closures: Vec::new(),
            state: vec![OPEN],
            exits: Exits { thrown_at: vec![None], ..Exits::default() },
            undoing: FxHashMap::default(),
            is_releasing: false,
            finally_depth: 0,
        };
        let leaks = inner.run();
        let by_return = leaks.into_iter().find(|leak| matches!(leak.exit, Exit::Return(_)));
        by_return.or_else(|| inner.of_closures.pop()).map(|leak| leak.exit)
    }
}
