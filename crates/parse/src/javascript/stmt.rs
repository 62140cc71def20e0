//! Statements and blocks.

use ir::{
    Arm, BinaryOp, BindingKind, Block, ExprId, ExprKind, Handler, LoopKind, Pattern, Stmt, StmtKind, Symbol, WithItem,
};
use oxc_ast::ast::{self, BindingPattern, Declaration, Expression, ForStatementInit, ForStatementLeft, Statement};
use oxc_span::GetSpan as _;

use super::{Lowering, at};

impl Lowering<'_> {
    /// Lowers a list of statements in the scope that is open, those that nothing gets to excepted.
    pub(super) fn stmts(&mut self, stmts: &[Statement<'_>], out: &mut Vec<Stmt>) {
        let mut has_left = false;
        for (index, stmt) in stmts.iter().enumerate() {
            if has_left && !is_hoisted(stmt) {
                continue;
            }
            has_left |= leaves(stmt);
            if let Statement::VariableDeclaration(variables) = stmt
                && variables.kind.is_using()
            {
                let rest = &stmts[index + 1..];
                let end = rest.last().map_or(stmt.span(), Statement::span);
                self.nested(stmt.span().merge(end), |l| l.using(variables, rest, out));
                return;
            }
            self.stmt(stmt, out);
        }
    }

    /// The rest of the block is the body of what releases at its end.
    fn using(&mut self, variables: &ast::VariableDeclaration<'_>, rest: &[Statement<'_>], out: &mut Vec<Stmt>) {
        let mut items = Vec::with_capacity(variables.declarations.len());
        for declarator in &variables.declarations {
            if let Some(init) = &declarator.init {
                let value = self.expr_named(init, binding_name(&declarator.id));
                items.push(WithItem { value, pattern: Some(self.pattern(&declarator.id)) });
            }
        }
        let mut body = Block::default();
        self.stmts(rest, &mut body.stmts);
        let end = rest.last().map_or(variables.span, Statement::span);
        let kind = StmtKind::With { items, body, is_async: variables.kind.is_await() };
        out.push(Stmt { span: at(variables.span.merge(end)), kind });
    }

    /// A block of its own scope.
    pub(super) fn block(&mut self, stmts: &[Statement<'_>]) -> Block {
        self.scoped(|l| {
            l.hoist(stmts);
            let mut block = Block::default();
            l.stmts(stmts, &mut block.stmts);
            block
        })
    }

    pub(super) fn scoped<T>(&mut self, lower: impl FnOnce(&mut Self) -> T) -> T {
        self.builder.push_scope(self.builder.current_function(), false);
        let lowered = lower(self);
        self.builder.pop_scope();
        lowered
    }

    /// The one statement that a branch or loop governs.
    fn body(&mut self, stmt: &Statement<'_>) -> Block {
        match stmt {
            Statement::BlockStatement(block) => self.block(&block.body),
            _ => {
                let mut block = Block::default();
                self.stmt(stmt, &mut block.stmts);
                block
            }
        }
    }

    fn loop_body(&mut self, stmt: &Statement<'_>) -> Block {
        let outer = std::mem::replace(&mut self.break_leaves_switch, false);
        let block = self.body(stmt);
        self.break_leaves_switch = outer;
        block
    }

    fn stmt(&mut self, stmt: &Statement<'_>, out: &mut Vec<Stmt>) {
        self.nested(stmt.span(), |l| l.stmt_here(stmt, out));
    }

    fn stmt_here(&mut self, stmt: &Statement<'_>, out: &mut Vec<Stmt>) {
        let kind = match stmt {
            Statement::ExpressionStatement(expression) => return self.expression(&expression.expression, out),
            Statement::ReturnStatement(leave) => {
                StmtKind::Return(leave.argument.as_ref().map(|argument| self.expr(argument)))
            }
            Statement::ThrowStatement(leave) => StmtKind::Throw(Some(self.expr(&leave.argument))),
            Statement::BreakStatement(leave) if self.break_leaves_switch && leave.label.is_none() => return,
            Statement::BreakStatement(_) => StmtKind::Break(None),
            Statement::ContinueStatement(_) => StmtKind::Continue,
            Statement::BlockStatement(block) => StmtKind::Block(self.block(&block.body)),
            Statement::IfStatement(branch) => {
                let test = self.expr(&branch.test);
                let then = self.body(&branch.consequent);
                let otherwise = branch.alternate.as_ref().map(|alternate| self.body(alternate)).unwrap_or_default();
                StmtKind::If { test, then, otherwise }
            }
            Statement::WhileStatement(each) => {
                let kind = self.loop_kind(Some(&each.test));
                StmtKind::Loop { kind, body: self.loop_body(&each.body), is_async: false }
            }
            Statement::DoWhileStatement(each) => {
                let body = self.loop_body(&each.body);
                StmtKind::Loop { kind: self.loop_kind(Some(&each.test)), body, is_async: false }
            }
            Statement::ForStatement(each) => return self.scoped(|l| l.for_loop(each, out)),
            Statement::ForInStatement(each) => self.for_each(&each.left, &each.right, &each.body, false),
            Statement::ForOfStatement(each) => self.for_each(&each.left, &each.right, &each.body, each.r#await),
            Statement::TryStatement(attempt) => self.try_stmt(attempt),
            Statement::SwitchStatement(switch) => self.switch(switch),
            Statement::LabeledStatement(labeled) => return self.stmt(&labeled.body, out),
            Statement::WithStatement(with) => {
                let object = self.expr(&with.object);
                out.push(Stmt { span: at(with.object.span()), kind: StmtKind::Expr(object) });
                StmtKind::Block(self.body(&with.body))
            }
            Statement::DebuggerStatement(_) | Statement::EmptyStatement(_) => return,
            _ => {
                return match (stmt.as_declaration(), stmt.as_module_declaration()) {
                    (Some(declaration), _) => self.declaration(declaration, out),
                    (_, Some(declaration)) => self.module_declaration(declaration, out),
                    (None, None) => {}
                };
            }
        };
        out.push(Stmt { span: at(stmt.span()), kind });
    }

    fn expression(&mut self, expression: &Expression<'_>, out: &mut Vec<Stmt>) {
        let span = at(expression.span());
        match expression {
            Expression::SequenceExpression(sequence) => {
                for part in &sequence.expressions {
                    self.expression(part, out);
                }
            }
            Expression::AssignmentExpression(assignment) if assignment.operator.is_assign() => {
                let (pattern, value) = self.assigned(assignment);
                out.push(Stmt { span, kind: StmtKind::Let { pattern, annotation: None, value: Some(value) } });
            }
            _ => {
                let value = self.expr(expression);
                out.push(Stmt { span, kind: StmtKind::Expr(value) });
            }
        }
    }

    pub(super) fn declaration(&mut self, declaration: &Declaration<'_>, out: &mut Vec<Stmt>) {
        match declaration {
            Declaration::VariableDeclaration(variables) => self.variables(variables, out),
            Declaration::FunctionDeclaration(function) => {
                self.function_declaration(function);
            }
            Declaration::ClassDeclaration(class) => {
                self.class_declaration(class);
            }
            Declaration::TSEnumDeclaration(declared) => self.enumeration(declared, out),
            Declaration::TSInterfaceDeclaration(interface) => self.interface(interface),
            Declaration::TSTypeAliasDeclaration(alias) => self.type_alias(alias),
            Declaration::TSNamespaceDeclaration(namespace) => self.namespace(namespace, out),
            Declaration::TSImportEqualsDeclaration(import) => self.import_equals(import, out),
            Declaration::TSExternalModuleDeclaration(_) | Declaration::TSGlobalDeclaration(_) => {}
        }
    }

    fn variables(&mut self, variables: &ast::VariableDeclaration<'_>, out: &mut Vec<Stmt>) {
        if variables.declare {
            return;
        }
        let is_alone = variables.declarations.len() == 1;
        for declarator in &variables.declarations {
            if self.required(declarator) {
                continue;
            }
            let annotation = self.annotation(declarator.type_annotation.as_deref());
            let value = declarator.init.as_ref().map(|init| self.expr_named(init, binding_name(&declarator.id)));
            let pattern = self.pattern(&declarator.id);
            let span = at(if is_alone { variables.span } else { declarator.span });
            out.push(Stmt { span, kind: StmtKind::Let { pattern, annotation, value } });
        }
    }

    fn for_loop(&mut self, each: &ast::ForStatement<'_>, out: &mut Vec<Stmt>) {
        match &each.init {
            Some(ForStatementInit::VariableDeclaration(variables)) => {
                self.hoist_head_scope(variables);
                self.variables(variables, out);
            }
            Some(init) => {
                if let Some(init) = init.as_expression() {
                    self.expression(init, out);
                }
            }
            None => {}
        }
        let kind = self.loop_kind(each.test.as_ref());
        let mut body = self.loop_body(&each.body);
        if let Some(update) = &each.update {
            self.expression(update, &mut body.stmts);
        }
        out.push(Stmt { span: at(each.span), kind: StmtKind::Loop { kind, body, is_async: false } });
    }

    fn hoist_head_scope(&mut self, variables: &ast::VariableDeclaration<'_>) {
        if !variables.kind.is_var() {
            for declarator in &variables.declarations {
                self.hoist_pattern(&declarator.id, variables.kind != ast::VariableDeclarationKind::Let);
            }
        }
    }

    fn loop_kind(&mut self, test: Option<&Expression<'_>>) -> LoopKind {
        match test {
            None => LoopKind::Forever,
            Some(Expression::BooleanLiteral(literal)) if literal.value => LoopKind::Forever,
            Some(Expression::NumericLiteral(literal)) if literal.value != 0.0 => LoopKind::Forever,
            Some(test) => LoopKind::While { test: self.expr(test) },
        }
    }

    fn for_each(
        &mut self,
        left: &ForStatementLeft<'_>,
        right: &Expression<'_>,
        body: &Statement<'_>,
        is_async: bool,
    ) -> StmtKind {
        let iter = self.expr(right);
        self.scoped(|l| {
            let pattern = match left {
                ForStatementLeft::VariableDeclaration(variables) => {
                    l.hoist_head_scope(variables);
                    variables.declarations.first().map_or(Pattern::Ignore, |declarator| l.pattern(&declarator.id))
                }
                _ => left.as_assignment_target().map_or(Pattern::Ignore, |target| l.target(target)),
            };
            StmtKind::Loop { kind: LoopKind::For { pattern, iter }, body: l.loop_body(body), is_async }
        })
    }

    fn try_stmt(&mut self, attempt: &ast::TryStatement<'_>) -> StmtKind {
        let body = self.block(&attempt.block.body);
        let handlers = attempt.handler.iter().map(|clause| self.catch_clause(clause)).collect();
        let finally = attempt.finalizer.as_ref().map(|block| self.block(&block.body)).unwrap_or_default();
        StmtKind::Try { body, handlers, otherwise: Block::default(), finally }
    }

    fn catch_clause(&mut self, clause: &ast::CatchClause<'_>) -> Handler {
        self.scoped(|l| {
            let mut body = Block::default();
            let binding = clause.param.as_ref().map(|param| match &param.pattern {
                BindingPattern::BindingIdentifier(id) => {
                    l.builder.declare(Symbol::new(&id.name), BindingKind::Error, at(id.span))
                }
                pattern => {
                    let span = at(pattern.span());
                    let error = l.builder.anonymous(Symbol::new("error"), BindingKind::Error, span);
                    l.hoist_pattern(pattern, false);
                    let value = Some(l.builder.expr(span, ExprKind::Local(error)));
                    let pattern = l.pattern(pattern);
                    body.stmts.push(Stmt { span, kind: StmtKind::Let { pattern, annotation: None, value } });
                    error
                }
            });
            l.hoist(&clause.body.body);
            l.stmts(&clause.body.body, &mut body.stmts);
            Handler { span: at(clause.span), types: None, binding, body }
        })
    }

    fn switch(&mut self, switch: &ast::SwitchStatement<'_>) -> StmtKind {
        let subject = self.expr(&switch.discriminant);
        let outer = std::mem::replace(&mut self.break_leaves_switch, true);
        let arms = self.scoped(|l| {
            for case in &switch.cases {
                l.hoist(&case.consequent);
            }
            l.arms(&switch.cases)
        });
        self.break_leaves_switch = outer;
        StmtKind::Match { subject, arms }
    }

    /// Labels that share one body become one arm with either test.
    fn arms(&mut self, cases: &[ast::SwitchCase<'_>]) -> Vec<Arm> {
        let mut arms = Vec::with_capacity(cases.len());
        let mut earlier: Option<ExprId> = None;
        let mut is_default = false;
        for (index, case) in cases.iter().enumerate() {
            let test = case.test.as_ref().map(|test| self.expr(test));
            is_default |= test.is_none();
            let guard = match (earlier, test) {
                (Some(left), Some(right)) => {
                    let span = at(case.span);
                    Some(self.builder.expr(span, ExprKind::Binary { op: BinaryOp::Or, left, right }))
                }
                (left, right) => left.or(right),
            };
            if case.consequent.is_empty() && index + 1 < cases.len() {
                earlier = guard;
                continue;
            }
            let mut body = Block::default();
            self.stmts(&case.consequent, &mut body.stmts);
            arms.push(Arm { pattern: Pattern::Ignore, guard: guard.filter(|_| !is_default), body });
            earlier = None;
            is_default = false;
        }
        arms
    }
}

/// What a closure that is assigned to the pattern is called.
fn leaves(stmt: &Statement<'_>) -> bool {
    matches!(
        stmt,
        Statement::ReturnStatement(_)
            | Statement::ThrowStatement(_)
            | Statement::BreakStatement(_)
            | Statement::ContinueStatement(_)
    )
}

/// Whether it declares something before any statement of its block runs.
fn is_hoisted(stmt: &Statement<'_>) -> bool {
    match stmt.as_declaration() {
        Some(declaration) => !matches!(declaration, Declaration::VariableDeclaration(_)),
        None => stmt.as_module_declaration().is_some(),
    }
}

pub(super) fn binding_name(pattern: &BindingPattern<'_>) -> Option<Symbol> {
    match pattern {
        BindingPattern::BindingIdentifier(id) => Some(Symbol::new(&id.name)),
        _ => None,
    }
}
