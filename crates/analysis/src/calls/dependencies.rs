//! What runs around a function without being called in it: dependencies that a framework resolves, and the wrappers of
//! decorators.

use ir::{ExprId, ExprKind, File, FnId, Symbol, Visit};

use super::{Edge, FileEdges, definition, model_of};
use crate::ids::{ExprRef, FnRef};
use crate::models::Runs;
use crate::values::Atom;

impl FileEdges<'_> {
    /// `Depends(get_db)` in a parameter's default or annotation, in a decorator.
    pub(super) fn dependencies(&mut self, id: FnId) {
        let function = self.file.function(id);
        let mut roots: Vec<ExprRef> = Vec::new();
        for param in &function.params {
            roots.extend(
                param.default.iter().chain(&param.annotation).map(|expr| ExprRef { file: self.file_id, id: *expr }),
            );
        }
        roots.extend(function.decorators.iter().map(|expr| ExprRef { file: self.file_id, id: *expr }));
        let from = FnRef { file: self.file_id, id };
        self.wrappers(from);
        let mut at = 0;
        while at < roots.len() && at < 64 {
            let root = roots[at];
            at += 1;
            let file = &self.world.files[root.file.0 as usize];
            let mut finder = DependencyFinder { calls: Vec::new(), names: Vec::new() };
            finder.expr(file, root.id);
            for call in finder.calls {
                self.dependency(from, ExprRef { file: root.file, id: call });
            }
            if at <= function.params.len() * 2 {
                roots.extend(
                    finder
                        .names
                        .iter()
                        .filter_map(|name| definition(self.world, ExprRef { file: root.file, id: *name })),
                );
            }
        }
    }

    /// A decorator of the project puts a function of its own around the decorated one: whoever calls that runs it.
    pub(super) fn wrappers(&mut self, from: FnRef) {
        for decorator in &self.file.function(from.id).decorators {
            for atom in self.value(*decorator) {
                let Atom::Function(decorator_function) = atom else { continue };
                let returned = self.world.values[decorator_function.file.0 as usize].returned(decorator_function.id);
                for wrapper in returned {
                    if let Atom::Function(wrapper) = wrapper
                        && *wrapper != from
                    {
                        let at = ExprRef { file: self.file_id, id: *decorator };
                        self.edges.push(Edge {
                            from,
                            to: *wrapper,
                            at,
                            how: Runs::Inline,
                            in_loop: false,
                            is_exceptional: false,
                        });
                    }
                }
            }
        }
    }

    pub(super) fn dependency(&mut self, from: FnRef, call: ExprRef) {
        let file = &self.world.files[call.file.0 as usize];
        let ExprKind::Call { args, .. } = &file.expr(call.id).kind else { return };
        if model_of(self.world, call).and_then(|call| call.runs) != Some(Runs::Dependency) {
            return;
        }
        let Some(arg) = args.first() else { return };
        for atom in self.world.values[call.file.0 as usize].expr(arg.value) {
            let to = match atom {
                Atom::Function(function) => Some(*function),
                Atom::Class(class) => self.world.classes.constructor(self.world.files, *class),
                Atom::Object(class) => {
                    self.world.classes.methods(self.world.files, *class, Symbol::new("__call__")).first().copied()
                }
                _ => None,
            };
            if let Some(to) = to {
                let how = if self.is_memoized(to) { Runs::Once } else { Runs::Dependency };
                self.edges.push(Edge { from, to, at: call, how, in_loop: false, is_exceptional: false });
            }
        }
    }
}

struct DependencyFinder {
    calls: Vec<ExprId>,
    names: Vec<ExprId>,
}

impl Visit for DependencyFinder {
    fn expr(&mut self, file: &File, id: ExprId) {
        match file.expr(id).kind {
            ExprKind::Call { .. } => self.calls.push(id),
            ExprKind::Local(_) => self.names.push(id),
            _ => {}
        }
        ir::walk_expr(self, file, id);
    }
}
