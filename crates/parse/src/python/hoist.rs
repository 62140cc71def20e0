//! The names that a scope assigns, declared before its code is lowered.

use ir::{BindingKind, FileBuilder, Span, Symbol};
use ruff_python_ast::visitor::source_order::{
    SourceOrderVisitor, walk_except_handler, walk_expr, walk_pattern, walk_stmt, walk_with_item,
};
use ruff_python_ast::{ExceptHandler, Expr, Identifier, Pattern, Stmt, WithItem};
use ruff_text_size::TextRange;

use super::{MAX_DEPTH, import};

/// Declares in the module what functions write to by `global` statements, also where the module itself does not.
pub(super) fn declare_globals(builder: &mut FileBuilder, body: &[Stmt]) {
    GlobalStatements { builder, depth: 0 }.visit_body(body);
}

struct GlobalStatements<'b> {
    builder: &'b mut FileBuilder,
    depth: u32,
}

impl<'a> SourceOrderVisitor<'a> for GlobalStatements<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if let Stmt::Global(global) = stmt {
            for name in &global.names {
                self.builder.declare_once(Symbol::new(name), BindingKind::Variable, span(name.range));
            }
        } else if self.depth < MAX_DEPTH {
            self.depth += 1;
            walk_stmt(self, stmt);
            self.depth -= 1;
        }
    }

    fn visit_expr(&mut self, _: &'a Expr) {}
}

/// Visits a scope's own code, not that of the functions and classes in it.
pub(super) struct Hoist<'b> {
    builder: &'b mut FileBuilder,
    in_expressions: bool,
    depth: u32,
}

impl<'b> Hoist<'b> {
    pub(super) fn new(builder: &'b mut FileBuilder, in_expressions: bool) -> Self {
        Self { builder, in_expressions, depth: 0 }
    }

    pub(super) fn body(&mut self, body: &[Stmt]) {
        self.visit_body(body);
    }

    pub(super) fn expr(&mut self, expr: &Expr) {
        self.visit_expr(expr);
    }

    fn declare(&mut self, name: &str, kind: BindingKind, range: TextRange) {
        self.builder.declare_once(Symbol::new(name), kind, span(range));
    }

    fn variable(&mut self, name: &Identifier) {
        self.declare(name, BindingKind::Variable, name.range);
    }

    fn target(&mut self, target: &Expr) {
        self.nested(|hoist| match target {
            Expr::Name(name) => hoist.declare(&name.id, BindingKind::Variable, name.range),
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|part| hoist.target(part)),
            Expr::List(list) => list.elts.iter().for_each(|part| hoist.target(part)),
            Expr::Starred(starred) => hoist.target(&starred.value),
            _ => {}
        });
    }

    fn nested(&mut self, visit: impl FnOnce(&mut Self)) {
        if self.depth < MAX_DEPTH {
            self.depth += 1;
            visit(self);
            self.depth -= 1;
        }
    }

    /// Lets the scope's name mean a binding further out.
    fn outer(&mut self, name: &Identifier, is_global: bool) {
        let symbol = Symbol::new(name);
        let found = if is_global { self.builder.lookup_module(symbol) } else { self.builder.lookup(symbol) };
        let binding =
            found.unwrap_or_else(|| self.builder.declare_in_module(symbol, BindingKind::Variable, span(name.range)));
        self.builder.bind(symbol, binding);
    }
}

impl<'a> SourceOrderVisitor<'a> for Hoist<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => return self.variable(&def.name),
            Stmt::ClassDef(def) => return self.variable(&def.name),
            Stmt::Import(import) => {
                for alias in &import.names {
                    let (name, range) = import::bound_name(alias);
                    self.declare(name, BindingKind::Variable, range);
                }
                return;
            }
            Stmt::ImportFrom(import) => {
                for alias in import.names.iter().filter(|alias| alias.name.as_str() != "*") {
                    self.variable(alias.asname.as_ref().unwrap_or(&alias.name));
                }
                return;
            }
            Stmt::Global(global) => return global.names.iter().for_each(|name| self.outer(name, true)),
            Stmt::Nonlocal(nonlocal) => return nonlocal.names.iter().for_each(|name| self.outer(name, false)),
            Stmt::Assign(assign) => assign.targets.iter().for_each(|target| self.target(target)),
            Stmt::AugAssign(assign) => self.target(&assign.target),
            Stmt::AnnAssign(assign) => self.target(&assign.target),
            Stmt::For(stmt) => self.target(&stmt.target),
            Stmt::Delete(delete) => delete.targets.iter().for_each(|target| self.target(target)),
            Stmt::TypeAlias(alias) => self.target(&alias.name),
            _ => {}
        }
        self.nested(|hoist| walk_stmt(hoist, stmt));
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if !self.in_expressions || matches!(expr, Expr::Lambda(_)) {
            return;
        }
        if let Expr::Named(named) = expr {
            self.target(&named.target);
        }
        self.nested(|hoist| walk_expr(hoist, expr));
    }

    fn visit_with_item(&mut self, item: &'a WithItem) {
        if let Some(target) = &item.optional_vars {
            self.target(target);
        }
        walk_with_item(self, item);
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(inner) = handler;
        if let Some(name) = &inner.name {
            self.declare(name, BindingKind::Error, name.range);
        }
        walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let captured = match pattern {
            Pattern::MatchAs(pattern) => &pattern.name,
            Pattern::MatchStar(pattern) => &pattern.name,
            Pattern::MatchMapping(pattern) => &pattern.rest,
            _ => &None,
        };
        if let Some(name) = captured {
            self.variable(name);
        }
        self.nested(|hoist| walk_pattern(hoist, pattern));
    }
}

fn span(range: TextRange) -> Span {
    Span::new(range.start().to_u32(), range.end().to_u32())
}
