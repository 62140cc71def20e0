//! Patterns: of declarations, whose names are hoisted already, and of assignments.

use ir::{BinaryOp, ExprId, ExprKind, Pattern, Symbol};
use oxc_ast::ast::{
    self, AssignmentOperator, AssignmentTarget, AssignmentTargetMaybeDefault, AssignmentTargetProperty, BindingPattern,
    Expression, PropertyKey, SimpleAssignmentTarget,
};
use oxc_span::GetSpan as _;

use super::{Lowering, at};

/// The field name under which a record pattern keeps the fields that it does not name.
const REST: &str = "...";

impl Lowering<'_> {
    pub(super) fn pattern(&mut self, pattern: &BindingPattern<'_>) -> Pattern {
        self.nested(pattern.span(), |l| l.pattern_here(pattern)).unwrap_or(Pattern::Ignore)
    }

    fn pattern_here(&mut self, pattern: &BindingPattern<'_>) -> Pattern {
        match pattern {
            BindingPattern::BindingIdentifier(id) => self.identifier(id.span, &id.name),
            BindingPattern::AssignmentPattern(with_default) => {
                let pattern = self.pattern(&with_default.left);
                self.defaulted(pattern, &with_default.right)
            }
            BindingPattern::ObjectPattern(object) => {
                let mut fields: Vec<_> = object
                    .properties
                    .iter()
                    .map(|property| (self.key_name(&property.key), self.pattern(&property.value)))
                    .collect();
                if let Some(rest) = &object.rest {
                    fields.push((Symbol::new(REST), self.pattern(&rest.argument)));
                }
                Pattern::Record(fields)
            }
            BindingPattern::ArrayPattern(array) => {
                let mut parts: Vec<_> = array
                    .elements
                    .iter()
                    .map(|element| element.as_ref().map_or(Pattern::Ignore, |element| self.pattern(element)))
                    .collect();
                if let Some(rest) = &array.rest {
                    parts.push(Pattern::Variant { path: None, args: vec![self.pattern(&rest.argument)] });
                }
                Pattern::Tuple(parts)
            }
        }
    }

    fn identifier(&mut self, span: oxc_span::Span, name: &str) -> Pattern {
        let symbol = Symbol::new(name);
        match self.builder.lookup(symbol) {
            Some(binding) => Pattern::Bind(binding),
            None => Pattern::Place(self.builder.expr(at(span), ExprKind::Global(symbol))),
        }
    }

    fn defaulted(&mut self, pattern: Pattern, value: &Expression<'_>) -> Pattern {
        let name = pattern.as_binding().map(|binding| self.builder.file().binding(binding).name);
        let value = self.expr_named(value, name);
        Pattern::Default { pattern: Box::new(pattern), value }
    }

    /// The name of a property; the source text in brackets for a computed one.
    pub(super) fn key_name(&mut self, key: &PropertyKey<'_>) -> Symbol {
        match self.constant_key(key) {
            Some(name) => name,
            None => {
                let span = at(key.span());
                Symbol::new(&format!("[{}]", span.text(self.source)))
            }
        }
    }

    pub(super) fn constant_key(&self, key: &PropertyKey<'_>) -> Option<Symbol> {
        match key {
            PropertyKey::PrivateIdentifier(id) => Some(private_name(&id.name)),
            _ => key.static_name().map(|name| Symbol::new(&name)),
        }
    }

    /// Pattern and value of an assignment; notes what it exports.
    pub(super) fn assigned(&mut self, assignment: &ast::AssignmentExpression<'_>) -> (Pattern, ExprId) {
        let name = match &assignment.left {
            AssignmentTarget::AssignmentTargetIdentifier(id) => Some(Symbol::new(&id.name)),
            AssignmentTarget::StaticMemberExpression(member) => Some(Symbol::new(&member.property.name)),
            AssignmentTarget::PrivateFieldExpression(member) => Some(private_name(&member.field.name)),
            _ => None,
        };
        let value = self.expr_named(&assignment.right, name);
        let pattern = self.target(&assignment.left);
        if assignment.operator.is_assign() {
            self.commonjs_export(&assignment.left, value);
        }
        (pattern, value)
    }

    pub(super) fn target(&mut self, target: &AssignmentTarget<'_>) -> Pattern {
        self.nested(target.span(), |l| l.target_here(target)).unwrap_or(Pattern::Ignore)
    }

    fn target_here(&mut self, target: &AssignmentTarget<'_>) -> Pattern {
        match target {
            AssignmentTarget::ArrayAssignmentTarget(array) => {
                let mut parts: Vec<_> = array
                    .elements
                    .iter()
                    .map(|element| element.as_ref().map_or(Pattern::Ignore, |element| self.target_or_default(element)))
                    .collect();
                if let Some(rest) = &array.rest {
                    parts.push(Pattern::Variant { path: None, args: vec![self.target(&rest.target)] });
                }
                Pattern::Tuple(parts)
            }
            AssignmentTarget::ObjectAssignmentTarget(object) => {
                let mut fields: Vec<_> =
                    object.properties.iter().map(|property| self.target_property(property)).collect();
                if let Some(rest) = &object.rest {
                    fields.push((Symbol::new(REST), self.target(&rest.target)));
                }
                Pattern::Record(fields)
            }
            _ => target.as_simple_assignment_target().map_or(Pattern::Ignore, |target| self.simple_target(target)),
        }
    }

    pub(super) fn simple_target(&mut self, target: &SimpleAssignmentTarget<'_>) -> Pattern {
        if let SimpleAssignmentTarget::AssignmentTargetIdentifier(id) = target {
            return self.identifier(id.span, &id.name);
        }
        let place = match (target.get_expression(), target.as_member_expression()) {
            (Some(Expression::Identifier(id)), _) => return self.identifier(id.span, &id.name),
            (Some(cast), _) => self.expr(cast),
            (None, Some(member)) => self.member_expression(member),
            (None, None) => return Pattern::Ignore,
        };
        Pattern::Place(place)
    }

    fn target_or_default(&mut self, target: &AssignmentTargetMaybeDefault<'_>) -> Pattern {
        match target {
            AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(with_default) => {
                let pattern = self.target(&with_default.binding);
                self.defaulted(pattern, &with_default.init)
            }
            _ => target.as_assignment_target().map_or(Pattern::Ignore, |target| self.target(target)),
        }
    }

    fn target_property(&mut self, property: &AssignmentTargetProperty<'_>) -> (Symbol, Pattern) {
        match property {
            AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(shorthand) => {
                let id = &shorthand.binding;
                let mut pattern = self.identifier(id.span, &id.name);
                if let Some(init) = &shorthand.init {
                    pattern = self.defaulted(pattern, init);
                }
                (Symbol::new(&id.name), pattern)
            }
            AssignmentTargetProperty::AssignmentTargetPropertyProperty(property) => {
                (self.key_name(&property.name), self.target_or_default(&property.binding))
            }
        }
    }
}

/// `#name`, under which a private member is declared and read.
pub(super) fn private_name(name: &str) -> Symbol {
    Symbol::new(&format!("#{name}"))
}

/// None for a plain `=`.
pub(super) fn assignment_op(operator: AssignmentOperator) -> Option<BinaryOp> {
    Some(match operator {
        AssignmentOperator::Assign => return None,
        AssignmentOperator::Addition => BinaryOp::Add,
        AssignmentOperator::Subtraction => BinaryOp::Sub,
        AssignmentOperator::Multiplication => BinaryOp::Mul,
        AssignmentOperator::Division => BinaryOp::Div,
        AssignmentOperator::Remainder => BinaryOp::Rem,
        AssignmentOperator::LogicalOr => BinaryOp::Or,
        AssignmentOperator::LogicalAnd => BinaryOp::And,
        AssignmentOperator::LogicalNullish => BinaryOp::Coalesce,
        _ => BinaryOp::Other,
    })
}
