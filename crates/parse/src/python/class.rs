//! Classes.

use ir::{BindingKind, Block, ClassId, ExprId, ExprKind, Field, FunctionKind, Span, Stmt, Symbol};
use ruff_python_ast::{self as ast, Expr, ExprName, StmtAssign, StmtClassDef};

use super::Lowering;
use super::stmt::is_inert;

impl Lowering<'_> {
    pub(super) fn class_def(&mut self, def: &StmtClassDef) {
        let outer = self.class.take();
        let name = Symbol::new(&def.name);
        let span = self.span(def);
        let name_span = self.span_of(def.name.range);
        let id = self.builder.class(name, span, name_span);
        let decorators = self.decorators(&def.decorator_list);
        let bases = def.bases().iter().map(|base| self.expr(base)).collect();
        let keywords = def.keywords().iter().map(|keyword| self.keyword(keyword, None)).collect();
        let class = self.builder.class_mut(id);
        class.decorators = decorators;
        class.bases = bases;
        class.keywords = keywords;
        match outer {
            Some(outer) => {
                self.builder.declare(name, BindingKind::Class(id), name_span);
                let value = self.builder.expr(span, ExprKind::Class(id));
                self.field(outer, name, None, Some(value), span);
            }
            None => {
                self.define(name, BindingKind::Class(id), name_span);
            }
        }
        if !def.body.iter().all(is_inert_stmt) {
            self.class_body(def, id);
        }
        self.class = outer;
    }

    /// The body's names are local to a function of its own, so that none of them passes for a module's name.
    fn class_body(&mut self, def: &StmtClassDef, id: ClassId) {
        let name_span = self.span_of(def.name.range);
        let function =
            self.builder.function(Symbol::new(&def.name), FunctionKind::ClassBody, self.span(def), name_span);
        self.builder.function_mut(function).class = Some(id);
        self.builder.push_scope(function, true);
        self.class = Some(id);
        let mut stmts = Vec::new();
        let outer = self.enter_view(def, id);
        for stmt in &def.body {
            self.class_stmt(stmt, id, &mut stmts);
        }
        self.listed = outer;
        self.builder.pop_scope();
        if !stmts.is_empty() {
            self.builder.class_mut(id).body = Some(function);
            self.builder.function_mut(function).body = Block { stmts, tail: None };
        }
    }

    fn class_stmt(&mut self, stmt: &ast::Stmt, class: ClassId, out: &mut Vec<Stmt>) {
        match stmt {
            ast::Stmt::Assign(assign) if assign.targets.iter().all(Expr::is_name_expr) => {
                self.assigned_fields(assign, class);
            }
            ast::Stmt::AnnAssign(assign) => match &*assign.target {
                Expr::Name(name) => {
                    let value = assign.value.as_deref().map(|value| self.named_expr(value, Some(&name.id)));
                    let annotation = Some(self.annotation(&assign.annotation));
                    self.named_field(class, name, annotation, value, self.span(assign));
                }
                _ => self.stmt(stmt, out),
            },
            _ => self.stmt(stmt, out),
        }
    }

    /// `a = b = value`: the last has the value, the others have that one's.
    fn assigned_fields(&mut self, assign: &StmtAssign, class: ClassId) {
        let mut previous = None;
        for target in assign.targets.iter().rev() {
            let Expr::Name(name) = target else { continue };
            let value = match previous {
                None => self.named_expr(&assign.value, Some(&name.id)),
                Some(binding) => self.builder.expr(self.span(target), ExprKind::Local(binding)),
            };
            let binding = self.named_field(class, name, None, Some(value), self.span(assign));
            previous = Some(binding);
        }
    }

    fn named_field(
        &mut self,
        class: ClassId,
        name: &ExprName,
        annotation: Option<ExprId>,
        value: Option<ExprId>,
        span: Span,
    ) -> ir::BindingId {
        let symbol = Symbol::new(&name.id);
        self.field(class, symbol, annotation, value, span);
        let name_span = self.span(name);
        self.assigned(symbol, BindingKind::Variable, name_span)
    }

    fn field(&mut self, class: ClassId, name: Symbol, annotation: Option<ExprId>, value: Option<ExprId>, span: Span) {
        let field = Field { name, annotation, value, is_static: true, decorators: Vec::new(), span };
        self.builder.class_mut(class).fields.push(field);
    }
}

fn is_inert_stmt(stmt: &ast::Stmt) -> bool {
    match stmt {
        ast::Stmt::Pass(_) => true,
        ast::Stmt::Expr(stmt) => is_inert(&stmt.value),
        _ => false,
    }
}
