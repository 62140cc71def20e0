//! Statements.

use ir::{Block, ExprId, ExprKind, Handler, LoopKind, Stmt, StmtKind, Symbol, UnaryOp, WithItem};
use ruff_python_ast::helpers::any_over_body;
use ruff_python_ast::{
    self as ast, ElifElseClause, ExceptHandler, Expr, StmtAssign, StmtFor, StmtIf, StmtMatch, StmtRaise, StmtTry,
    StmtWhile, StmtWith,
};

use super::Lowering;
use super::expr::binary_op;

impl Lowering<'_> {
    pub(super) fn block(&mut self, body: &[ast::Stmt]) -> Block {
        let mut stmts = Vec::with_capacity(body.len());
        for stmt in live(body) {
            self.stmt(stmt, &mut stmts);
        }
        Block { stmts, tail: None }
    }

    /// Appends what a statement comes to: nothing for a declaration, several for a loop with `else`.
    pub(super) fn stmt(&mut self, stmt: &ast::Stmt, out: &mut Vec<Stmt>) {
        self.nested(stmt, |lowering| lowering.stmt_inner(stmt, out));
    }

    fn stmt_inner(&mut self, stmt: &ast::Stmt, out: &mut Vec<Stmt>) {
        let kind = match stmt {
            ast::Stmt::FunctionDef(def) => return self.function_def(def),
            ast::Stmt::ClassDef(def) => return self.class_def(def),
            ast::Stmt::Import(import) => return self.import(import),
            ast::Stmt::ImportFrom(import) => return self.import_from(import),
            ast::Stmt::Global(_) | ast::Stmt::Nonlocal(_) | ast::Stmt::Pass(_) | ast::Stmt::IpyEscapeCommand(_) => {
                return;
            }
            ast::Stmt::Expr(stmt) if is_inert(&stmt.value) => return,
            ast::Stmt::Expr(stmt) => StmtKind::Expr(self.expr(&stmt.value)),
            ast::Stmt::Delete(delete) => return delete.targets.iter().for_each(|target| self.delete(target, out)),
            ast::Stmt::For(stmt) => return self.for_stmt(stmt, out),
            ast::Stmt::While(stmt) => return self.while_stmt(stmt, out),
            ast::Stmt::Raise(raise) => return self.raise(raise, out),
            ast::Stmt::Assign(assign) => self.assign(assign),
            ast::Stmt::AugAssign(assign) => {
                let value = self.expr(&assign.value);
                let pattern = Box::new(self.target(&assign.target));
                let op = Some(binary_op(assign.op));
                let span = self.span(assign);
                StmtKind::Expr(self.builder.expr(span, ExprKind::Assign { pattern, op, value }))
            }
            ast::Stmt::AnnAssign(assign) => {
                let value = assign.value.as_deref().map(|value| self.named_expr(value, target_name(&assign.target)));
                let annotation = Some(self.annotation(&assign.annotation));
                StmtKind::Let { pattern: self.target(&assign.target), annotation, value }
            }
            ast::Stmt::TypeAlias(alias) => {
                let value = Some(self.expr(&alias.value));
                StmtKind::Let { pattern: self.target(&alias.name), annotation: None, value }
            }
            ast::Stmt::Return(stmt) => StmtKind::Return(stmt.value.as_deref().map(|value| self.expr(value))),
            ast::Stmt::If(stmt) => self.if_stmt(stmt),
            ast::Stmt::With(with) => self.with(with),
            ast::Stmt::Match(stmt) => self.match_stmt(stmt),
            ast::Stmt::Try(stmt) => self.try_stmt(stmt),
            ast::Stmt::Assert(assert) => {
                let test = self.expr(&assert.test);
                let test = self.not(test);
                let error = assert.msg.as_deref().map(|message| self.expr(message));
                let throw = Stmt { span: self.span(assert), kind: StmtKind::Throw(error) };
                StmtKind::If { test, then: Block { stmts: vec![throw], tail: None }, otherwise: Block::default() }
            }
            ast::Stmt::Break(_) => StmtKind::Break(None),
            ast::Stmt::Continue(_) => StmtKind::Continue,
        };
        out.push(Stmt { span: self.span(stmt), kind });
    }

    /// `a = b = value` assigns to `a` what an assignment to `b` gives.
    fn assign(&mut self, assign: &StmtAssign) -> StmtKind {
        let Some((first, others)) = assign.targets.split_first() else { return StmtKind::Continue };
        let chain = self.under_chain(others.len(), |lowering| {
            let mut value = lowering.named_expr(&assign.value, target_name(first));
            for target in others.iter().rev() {
                let pattern = Box::new(lowering.target(target));
                let span = lowering.span(target).to(lowering.span(&*assign.value));
                value = lowering.builder.expr(span, ExprKind::Assign { pattern, op: None, value });
            }
            value
        });
        let value = chain.unwrap_or_else(|| {
            self.skip(assign);
            self.nothing(self.span(&*assign.value))
        });
        StmtKind::Let { pattern: self.target(first), annotation: None, value: Some(value) }
    }

    fn delete(&mut self, target: &Expr, out: &mut Vec<Stmt>) {
        if let Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) = target {
            self.nested(target, |lowering| elts.iter().for_each(|part| lowering.delete(part, out)));
            return;
        }
        let operand = self.expr(target);
        let span = self.span(target);
        let delete = self.builder.expr(span, ExprKind::Unary { op: UnaryOp::Delete, operand });
        out.push(Stmt { span, kind: StmtKind::Expr(delete) });
    }

    fn for_stmt(&mut self, stmt: &StmtFor, out: &mut Vec<Stmt>) {
        let iter = self.expr(&stmt.iter);
        let pattern = self.target(&stmt.target);
        let kind = LoopKind::For { pattern, iter };
        let body = self.block(&stmt.body);
        out.push(Stmt { span: self.span(stmt), kind: StmtKind::Loop { kind, body, is_async: stmt.is_async } });
        stmt.orelse.iter().for_each(|stmt| self.stmt(stmt, out));
    }

    fn while_stmt(&mut self, stmt: &StmtWhile, out: &mut Vec<Stmt>) {
        let kind =
            if is_true(&stmt.test) { LoopKind::Forever } else { LoopKind::While { test: self.expr(&stmt.test) } };
        let body = self.block(&stmt.body);
        out.push(Stmt { span: self.span(stmt), kind: StmtKind::Loop { kind, body, is_async: false } });
        stmt.orelse.iter().for_each(|stmt| self.stmt(stmt, out));
    }

    fn if_stmt(&mut self, stmt: &StmtIf) -> StmtKind {
        let test = self.expr(&stmt.test);
        let then = self.block(&stmt.body);
        StmtKind::If { test, then, otherwise: self.otherwise(&stmt.elif_else_clauses) }
    }

    fn otherwise(&mut self, clauses: &[ElifElseClause]) -> Block {
        let Some((clause, rest)) = clauses.split_first() else { return Block::default() };
        let Some(test) = &clause.test else { return self.block(&clause.body) };
        let kind = self.nested(clause, |lowering| {
            let test = lowering.expr(test);
            let then = lowering.block(&clause.body);
            StmtKind::If { test, then, otherwise: lowering.otherwise(rest) }
        });
        let span = rest.last().map_or(self.span(clause), |last| self.span(clause).to(self.span(last)));
        Block { stmts: kind.map(|kind| Stmt { span, kind }).into_iter().collect(), tail: None }
    }

    fn with(&mut self, with: &StmtWith) -> StmtKind {
        let mut items = Vec::with_capacity(with.items.len());
        for item in &with.items {
            let value = self.expr(&item.context_expr);
            let pattern = item.optional_vars.as_deref().map(|target| self.target(target));
            items.push(WithItem { value, pattern });
        }
        StmtKind::With { items, body: self.block(&with.body), is_async: with.is_async }
    }

    fn match_stmt(&mut self, stmt: &StmtMatch) -> StmtKind {
        let subject = self.expr(&stmt.subject);
        let mut arms = Vec::with_capacity(stmt.cases.len());
        for case in &stmt.cases {
            let pattern = self.match_pattern(&case.pattern);
            let guard = case.guard.as_deref().map(|guard| self.expr(guard));
            arms.push(ir::Arm { pattern, guard, body: self.block(&case.body) });
        }
        StmtKind::Match { subject, arms }
    }

    fn raise(&mut self, raise: &StmtRaise, out: &mut Vec<Stmt>) {
        let error = raise.exc.as_deref().map(|error| self.expr(error));
        let cause = raise.cause.as_deref().filter(|cause| !matches!(cause, Expr::Name(_) | Expr::NoneLiteral(_)));
        if let Some(cause) = cause {
            out.push(Stmt { span: self.span(cause), kind: StmtKind::Expr(self.expr(cause)) });
        }
        out.push(Stmt { span: self.span(raise), kind: StmtKind::Throw(error) });
    }

    fn try_stmt(&mut self, stmt: &StmtTry) -> StmtKind {
        let body = self.block(&stmt.body);
        let mut handlers = Vec::with_capacity(stmt.handlers.len());
        for ExceptHandler::ExceptHandler(handler) in &stmt.handlers {
            let types = handler.type_.as_deref().map(|types| self.expr(types));
            let binding = handler.name.as_ref().map(|name| {
                let span = self.span_of(name.range);
                self.assigned(Symbol::new(name), ir::BindingKind::Error, span)
            });
            handlers.push(Handler { span: self.span(handler), types, binding, body: self.block(&handler.body) });
        }
        let otherwise = self.block(&stmt.orelse);
        StmtKind::Try { body, handlers, otherwise, finally: self.block(&stmt.finalbody) }
    }

    pub(super) fn not(&mut self, operand: ExprId) -> ExprId {
        let span = self.builder.file().expr(operand).span;
        self.builder.expr(span, ExprKind::Unary { op: UnaryOp::Not, operand })
    }
}

/// The statements up to the first that leaves the block. A `yield` behind it never runs, and makes a generator all the
/// same.
fn live(body: &[ast::Stmt]) -> &[ast::Stmt] {
    let leaves = |stmt: &ast::Stmt| {
        matches!(stmt, ast::Stmt::Return(_) | ast::Stmt::Raise(_) | ast::Stmt::Break(_) | ast::Stmt::Continue(_))
    };
    match body.iter().position(leaves) {
        Some(last) if !any_over_body(&body[last + 1..], |expr| expr.is_yield_expr() || expr.is_yield_from_expr()) => {
            &body[..=last]
        }
        _ => body,
    }
}

/// Docstrings, other strings that stand as comments, and `...`.
pub(super) fn is_inert(expr: &Expr) -> bool {
    matches!(expr, Expr::StringLiteral(_) | Expr::EllipsisLiteral(_))
}

fn is_true(test: &Expr) -> bool {
    match test {
        Expr::BooleanLiteral(literal) => literal.value,
        Expr::NumberLiteral(literal) => matches!(&literal.value, ast::Number::Int(value) if *value == 1),
        _ => false,
    }
}

/// What a function is called that is assigned to the target.
fn target_name(target: &Expr) -> Option<&str> {
    match target {
        Expr::Name(name) => Some(&name.id),
        Expr::Attribute(attribute) => Some(&attribute.attr),
        _ => None,
    }
}
