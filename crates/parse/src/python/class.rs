//! Classes.

use ir::{BindingKind, Block, ClassId, ExprId, ExprKind, Field, FunctionKind, Span, Stmt, StmtKind, Symbol};
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
        for stmt in &def.body {
            self.class_stmt(stmt, id, &mut stmts);
        }
        if let Some(assign) = views_queryset(def) {
            self.queryset_getter(assign, id);
        }
        self.builder.pop_scope();
        if !stmts.is_empty() {
            self.builder.class_mut(id).body = Some(function);
            self.builder.function_mut(function).body = Block { stmts, tail: None };
        }
    }

    /// A view of Django that names a `queryset` has a method that gives it, anew for each request.
    fn queryset_getter(&mut self, assign: &StmtAssign, class: ClassId) {
        let name = Symbol::new("get_queryset");
        let span = self.span(assign);
        let kind = FunctionKind::Method { is_static: false };
        let id = self.builder.function(name, kind, span, self.span(&assign.targets[0]));
        self.builder.push_scope(id, false);
        let value = self.expr(&assign.value);
        self.builder.pop_scope();
        let parent = self.builder.file().class(class).parent;
        let function = self.builder.function_mut(id);
        function.parent = parent;
        function.class = Some(class);
        function.body = Block { stmts: vec![Stmt { kind: StmtKind::Return(Some(value)), span }], tail: None };
        self.builder.class_mut(class).methods.push((name, id));
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

/// `queryset = Order.objects.all()`, where the class does not say itself how it comes to be.
fn views_queryset(def: &StmtClassDef) -> Option<&StmtAssign> {
    let is_own = |stmt: &ast::Stmt| matches!(stmt, ast::Stmt::FunctionDef(own) if &*own.name == "get_queryset");
    if def.bases().is_empty() || def.body.iter().any(is_own) {
        return None;
    }
    def.body.iter().find_map(|stmt| match stmt {
        ast::Stmt::Assign(assign) => {
            let is_it = |target: &Expr| matches!(target, Expr::Name(name) if name.id == "queryset");
            (assign.targets.len() == 1 && is_it(&assign.targets[0]) && assign.value.is_call_expr()).then_some(assign)
        }
        _ => None,
    })
}

fn is_inert_stmt(stmt: &ast::Stmt) -> bool {
    match stmt {
        ast::Stmt::Pass(_) => true,
        ast::Stmt::Expr(stmt) => is_inert(&stmt.value),
        _ => false,
    }
}
