//! What names mean.

use ir::{BindingId, BindingKind, ExprId, ExprKind, Span, Symbol};
use ruff_python_ast::{Expr, Stmt};

use super::Lowering;
use super::hoist::Hoist;

impl Lowering<'_> {
    /// Declares in the innermost scope what the statements assign anywhere.
    pub(super) fn hoist(&mut self, body: &[Stmt]) {
        Hoist::new(&mut self.builder, self.has_walrus).body(body);
    }

    /// The same for a lambda's body.
    pub(super) fn hoist_expr(&mut self, body: &Expr) {
        if self.has_walrus {
            Hoist::new(&mut self.builder, true).expr(body);
        }
    }

    pub(super) fn name(&mut self, span: Span, name: &str) -> ExprId {
        let name = Symbol::new(name);
        let kind = match self.builder.lookup(name) {
            Some(binding) if self.receivers.contains(&binding) => ExprKind::This,
            Some(binding) => ExprKind::Local(binding),
            None => ExprKind::Global(name),
        };
        self.builder.expr(span, kind)
    }

    /// The binding that an assignment in the innermost scope writes to.
    pub(super) fn assigned(&mut self, name: Symbol, kind: BindingKind, span: Span) -> BindingId {
        self.builder.declare_once(name, kind, span)
    }

    /// Gives the innermost scope's binding of that name its meaning. Of two imports the first counts (the second is a
    /// fallback), as does an import before a substitute for it; of two definitions the last.
    pub(super) fn define(&mut self, name: Symbol, kind: BindingKind, span: Span) -> BindingId {
        let id = self.builder.declare_once(name, BindingKind::Variable, span);
        let binding = &mut self.builder.file_mut().bindings[id.0 as usize];
        let is_import = matches!(kind, BindingKind::Import(_));
        match binding.kind {
            BindingKind::Variable | BindingKind::Constant => {}
            BindingKind::Function(_) | BindingKind::Class(_) if !is_import => {}
            _ if binding.kind == kind => return id,
            _ => return self.builder.anonymous(name, kind, span),
        }
        binding.kind = kind;
        binding.span = span;
        id
    }
}
