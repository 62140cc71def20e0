//! Expressions.

use ir::{BinaryOp, Entry, ExprId, ExprKind, Symbol, UnaryOp};
use oxc_ast::ast::{
    self, ArrayExpressionElement, BinaryOperator, ChainElement, Expression, LogicalOperator, MemberExpression,
    ObjectPropertyKind, PropertyKind, UnaryOperator, UpdateOperator,
};
use oxc_span::GetSpan as _;

use super::pattern::{assignment_op, private_name};
use super::{Lowering, at};

impl Lowering<'_> {
    pub(super) fn expr(&mut self, expr: &Expression<'_>) -> ExprId {
        let hint = self.hint.take();
        match self.nested(expr.span(), |l| l.expr_here(expr, hint)) {
            Some(id) => id,
            None => self.other(expr.span(), Vec::new()),
        }
    }

    /// An expression that, if it is a closure or a class without a name, is called `name`.
    pub(super) fn expr_named(&mut self, expr: &Expression<'_>, name: Option<Symbol>) -> ExprId {
        self.hint = name;
        self.expr(expr)
    }

    fn exprs<'t, 'a: 't>(&mut self, exprs: impl IntoIterator<Item = &'t Expression<'a>>) -> Vec<ExprId> {
        exprs.into_iter().map(|expr| self.expr(expr)).collect()
    }

    fn expr_here(&mut self, expr: &Expression<'_>, hint: Option<Symbol>) -> ExprId {
        let span = expr.span();
        let kind = match expr {
            Expression::BooleanLiteral(literal) => ExprKind::Bool(literal.value),
            Expression::NullLiteral(_) => ExprKind::Null,
            Expression::NumericLiteral(literal) => ExprKind::Number(literal.value),
            Expression::BigIntLiteral(literal) => {
                literal.value.parse().map_or(ExprKind::Other(Vec::new()), ExprKind::Number)
            }
            Expression::StringLiteral(literal) => return self.string(literal),
            Expression::TemplateLiteral(template) => ExprKind::Text(self.template(template)),
            Expression::Identifier(id) => match &*id.name {
                "undefined" if self.is_free("undefined") => ExprKind::Null,
                name => return self.name(span, name),
            },
            Expression::ThisExpression(_) => ExprKind::This,
            Expression::Super(_) => ExprKind::Super,
            Expression::ArrayExpression(array) => ExprKind::List(self.elements(&array.elements)),
            Expression::ObjectExpression(object) => {
                ExprKind::Record(object.properties.iter().map(|property| self.entry(property)).collect())
            }
            Expression::ArrowFunctionExpression(arrow) => ExprKind::Function(self.arrow(arrow, hint)),
            Expression::FunctionExpression(function) => ExprKind::Function(self.function_expression(function, hint)),
            Expression::ClassExpression(class) => ExprKind::Class(self.class_expression(class, hint)),
            Expression::AssignmentExpression(assignment) => {
                let (pattern, value) = self.assigned(assignment);
                ExprKind::Assign { pattern: Box::new(pattern), op: assignment_op(assignment.operator), value }
            }
            Expression::UpdateExpression(update) => self.update(update),
            Expression::AwaitExpression(wait) => ExprKind::Await(self.expr_named(&wait.argument, hint)),
            Expression::YieldExpression(give) => self.yielded(give),
            Expression::UnaryExpression(unary) => self.unary(unary),
            Expression::BinaryExpression(binary) => {
                let (left, right) = (self.expr(&binary.left), self.expr(&binary.right));
                ExprKind::Binary { op: binary_op(binary.operator), left, right }
            }
            Expression::LogicalExpression(logical) => {
                let left = self.expr_named(&logical.left, hint);
                let right = self.expr_named(&logical.right, hint);
                ExprKind::Binary { op: logical_op(logical.operator), left, right }
            }
            Expression::PrivateInExpression(test) => {
                let left = self.other(test.left.span, Vec::new());
                ExprKind::Binary { op: BinaryOp::In, left, right: self.expr(&test.right) }
            }
            Expression::ConditionalExpression(conditional) => ExprKind::Conditional {
                test: self.expr(&conditional.test),
                then: self.expr_named(&conditional.consequent, hint),
                otherwise: self.expr_named(&conditional.alternate, hint),
            },
            Expression::CallExpression(call) => return self.call(call),
            Expression::NewExpression(new) => return self.new_call(new),
            Expression::ImportExpression(import) => return self.dynamic_import(import),
            Expression::TaggedTemplateExpression(tagged) => return self.tagged(tagged),
            Expression::ChainExpression(chain) => return self.chain(&chain.expression),
            Expression::SequenceExpression(sequence) => ExprKind::Other(self.exprs(&sequence.expressions)),
            Expression::ImportMeta(_) => {
                let base = self.builder.expr(at(span), ExprKind::Global(Symbol::new("import")));
                let name_span = at(oxc_span::Span::new(span.end.saturating_sub(4).max(span.start), span.end));
                ExprKind::Member { base, name: Symbol::new("meta"), name_span }
            }
            Expression::RegExpLiteral(_) | Expression::NewTarget(_) => ExprKind::Other(Vec::new()),
            Expression::V8IntrinsicExpression(_) => ExprKind::Other(Vec::new()),
            Expression::JSXElement(element) => return self.element(element),
            Expression::JSXFragment(fragment) => return self.fragment(fragment),
            Expression::ParenthesizedExpression(inner) => return self.expr_named(&inner.expression, hint),
            Expression::TSAsExpression(cast) => return self.expr_named(&cast.expression, hint),
            Expression::TSSatisfiesExpression(cast) => return self.expr_named(&cast.expression, hint),
            Expression::TSTypeAssertion(cast) => return self.expr_named(&cast.expression, hint),
            Expression::TSNonNullExpression(cast) => return self.expr_named(&cast.expression, hint),
            Expression::TSInstantiationExpression(cast) => return self.expr_named(&cast.expression, hint),
            Expression::ComputedMemberExpression(member) => return self.computed_member(member),
            Expression::StaticMemberExpression(member) => return self.static_member(member),
            Expression::PrivateFieldExpression(member) => return self.private_member(member),
        };
        self.builder.expr(at(span), kind)
    }

    fn elements(&mut self, elements: &[ArrayExpressionElement<'_>]) -> Vec<ExprId> {
        let mut ids = Vec::with_capacity(elements.len());
        for element in elements {
            ids.push(match element {
                ArrayExpressionElement::SpreadElement(spread) => self.spread(spread),
                ArrayExpressionElement::Elision(hole) => self.builder.expr(at(hole.span), ExprKind::Null),
                _ => match element.as_expression() {
                    Some(element) => self.expr(element),
                    None => continue,
                },
            });
        }
        ids
    }

    pub(super) fn spread(&mut self, spread: &ast::SpreadElement<'_>) -> ExprId {
        let operand = self.expr(&spread.argument);
        self.builder.expr(at(spread.span), ExprKind::Spread(operand))
    }

    fn entry(&mut self, property: &ObjectPropertyKind<'_>) -> Entry {
        let property = match property {
            ObjectPropertyKind::SpreadProperty(spread) => return Entry { key: None, value: self.spread(spread) },
            ObjectPropertyKind::ObjectProperty(property) => property,
        };
        let key = self.constant_key(&property.key);
        let computed = match key {
            None => property.key.as_expression().map(|key| self.expr(key)),
            Some(_) => None,
        };
        let (key, value) = match &property.value {
            Expression::FunctionExpression(function) if property.method || property.kind != PropertyKind::Init => {
                let name = self.key_name(&property.key);
                let (name, id) = self.object_method(property, function, name);
                (key.map(|_| name), self.builder.expr(at(property.span), ExprKind::Function(id)))
            }
            value => (key, self.expr_named(value, key)),
        };
        match computed {
            Some(computed) => Entry { key: None, value: self.other(property.span, vec![computed, value]) },
            None => Entry { key, value },
        }
    }

    fn update(&mut self, update: &ast::UpdateExpression<'_>) -> ExprKind {
        let pattern = Box::new(self.simple_target(&update.argument));
        let op = if update.operator == UpdateOperator::Increment { BinaryOp::Add } else { BinaryOp::Sub };
        let value = self.builder.expr(at(update.span), ExprKind::Number(1.0));
        ExprKind::Assign { pattern, op: Some(op), value }
    }

    fn yielded(&mut self, give: &ast::YieldExpression<'_>) -> ExprKind {
        let operand = give.argument.as_ref().map(|argument| {
            let value = self.expr(argument);
            if give.delegate { self.builder.expr(at(give.span), ExprKind::Spread(value)) } else { value }
        });
        ExprKind::Yield(operand)
    }

    fn unary(&mut self, unary: &ast::UnaryExpression<'_>) -> ExprKind {
        match (unary.operator, &unary.argument) {
            (UnaryOperator::UnaryNegation, Expression::NumericLiteral(literal)) => {
                return ExprKind::Number(-literal.value);
            }
            (UnaryOperator::Void, Expression::NumericLiteral(_)) => return ExprKind::Null,
            _ => {}
        }
        let op = match unary.operator {
            UnaryOperator::LogicalNot => UnaryOp::Not,
            UnaryOperator::Delete => UnaryOp::Delete,
            _ => UnaryOp::Other,
        };
        ExprKind::Unary { op, operand: self.expr(&unary.argument) }
    }

    fn chain(&mut self, element: &ChainElement<'_>) -> ExprId {
        match element {
            ChainElement::CallExpression(call) => self.call(call),
            ChainElement::TSNonNullExpression(cast) => self.expr(&cast.expression),
            ChainElement::ComputedMemberExpression(member) => self.computed_member(member),
            ChainElement::StaticMemberExpression(member) => self.static_member(member),
            ChainElement::PrivateFieldExpression(member) => self.private_member(member),
        }
    }

    pub(super) fn member_expression(&mut self, member: &MemberExpression<'_>) -> ExprId {
        match member {
            MemberExpression::ComputedMemberExpression(member) => self.computed_member(member),
            MemberExpression::StaticMemberExpression(member) => self.static_member(member),
            MemberExpression::PrivateFieldExpression(member) => self.private_member(member),
        }
    }

    fn static_member(&mut self, member: &ast::StaticMemberExpression<'_>) -> ExprId {
        let name = Symbol::new(&member.property.name);
        self.member_of(&member.object, name, member.property.span, member.span)
    }

    fn private_member(&mut self, member: &ast::PrivateFieldExpression<'_>) -> ExprId {
        self.member_of(&member.object, private_name(&member.field.name), member.field.span, member.span)
    }

    fn computed_member(&mut self, member: &ast::ComputedMemberExpression<'_>) -> ExprId {
        if let Expression::StringLiteral(literal) = &member.expression {
            return self.member_of(&member.object, Symbol::new(&literal.value), literal.span, member.span);
        }
        let base = self.expr(&member.object);
        let indices = vec![self.expr(&member.expression)];
        self.builder.expr(at(member.span), ExprKind::Index { base, indices })
    }

    fn member_of(
        &mut self,
        object: &Expression<'_>,
        name: Symbol,
        name_span: oxc_span::Span,
        span: oxc_span::Span,
    ) -> ExprId {
        let base = self.expr(object);
        self.builder.expr(at(span), ExprKind::Member { base, name, name_span: at(name_span) })
    }
}

fn binary_op(operator: BinaryOperator) -> BinaryOp {
    match operator {
        BinaryOperator::Addition => BinaryOp::Add,
        BinaryOperator::Subtraction => BinaryOp::Sub,
        BinaryOperator::Multiplication => BinaryOp::Mul,
        BinaryOperator::Division => BinaryOp::Div,
        BinaryOperator::Remainder => BinaryOp::Rem,
        BinaryOperator::Equality | BinaryOperator::StrictEquality => BinaryOp::Equal,
        BinaryOperator::Inequality | BinaryOperator::StrictInequality => BinaryOp::NotEqual,
        BinaryOperator::LessThan => BinaryOp::Less,
        BinaryOperator::LessEqualThan => BinaryOp::LessEqual,
        BinaryOperator::GreaterThan => BinaryOp::Greater,
        BinaryOperator::GreaterEqualThan => BinaryOp::GreaterEqual,
        BinaryOperator::In => BinaryOp::In,
        _ => BinaryOp::Other,
    }
}

fn logical_op(operator: LogicalOperator) -> BinaryOp {
    match operator {
        LogicalOperator::Or => BinaryOp::Or,
        LogicalOperator::And => BinaryOp::And,
        LogicalOperator::Coalesce => BinaryOp::Coalesce,
    }
}
