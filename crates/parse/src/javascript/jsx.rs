//! JSX: each element is a call of its component.

use ir::{Arg, CallKind, Entry, ExprId, ExprKind, Symbol};
use oxc_ast::ast::{
    self, JSXAttributeItem, JSXAttributeName, JSXAttributeValue, JSXChild, JSXElementName, JSXMemberExpressionObject,
};

use super::{Lowering, at};

impl Lowering<'_> {
    pub(super) fn element(&mut self, element: &ast::JSXElement<'_>) -> ExprId {
        let opening = &element.opening_element;
        let callee = self.element_name(&opening.name);
        let entries = opening.attributes.iter().map(|attribute| self.attribute(attribute)).collect();
        let attributes = self.builder.expr(at(opening.span), ExprKind::Record(entries));
        self.element_call(element.span, callee, attributes, &element.children)
    }

    pub(super) fn fragment(&mut self, fragment: &ast::JSXFragment<'_>) -> ExprId {
        let span = at(fragment.opening_fragment.span);
        let callee = self.builder.expr(span, ExprKind::Global(Symbol::new("Fragment")));
        let attributes = self.builder.expr(span, ExprKind::Record(Vec::new()));
        self.element_call(fragment.span, callee, attributes, &fragment.children)
    }

    fn element_call(
        &mut self,
        span: oxc_span::Span,
        callee: ExprId,
        attributes: ExprId,
        children: &[JSXChild<'_>],
    ) -> ExprId {
        let mut args = vec![Arg { name: None, value: attributes }];
        for child in children {
            if let Some(Some(value)) = self.nested(oxc_span::GetSpan::span(child), |l| l.child(child)) {
                args.push(Arg { name: None, value });
            }
        }
        self.builder.call(at(span), callee, args, CallKind::Element)
    }

    fn child(&mut self, child: &JSXChild<'_>) -> Option<ExprId> {
        match child {
            JSXChild::Text(text) if text.value.trim().is_empty() => None,
            JSXChild::Text(text) => Some(self.jsx_text(text)),
            JSXChild::Element(element) => Some(self.element(element)),
            JSXChild::Fragment(fragment) => Some(self.fragment(fragment)),
            JSXChild::ExpressionContainer(container) => self.container(container, None),
            JSXChild::Spread(spread) => {
                let operand = self.expr(&spread.expression);
                Some(self.builder.expr(at(spread.span), ExprKind::Spread(operand)))
            }
        }
    }

    fn container(&mut self, container: &ast::JSXExpressionContainer<'_>, name: Option<Symbol>) -> Option<ExprId> {
        container.expression.as_expression().map(|expression| self.expr_named(expression, name))
    }

    fn attribute(&mut self, attribute: &JSXAttributeItem<'_>) -> Entry {
        let attribute = match attribute {
            JSXAttributeItem::SpreadAttribute(spread) => {
                let operand = self.expr(&spread.argument);
                return Entry { key: None, value: self.builder.expr(at(spread.span), ExprKind::Spread(operand)) };
            }
            JSXAttributeItem::Attribute(attribute) => attribute,
        };
        let key = match &attribute.name {
            JSXAttributeName::Identifier(id) => Symbol::new(&id.name),
            JSXAttributeName::NamespacedName(name) => namespaced(name),
        };
        let value = match &attribute.value {
            None => Some(self.builder.expr(at(attribute.span), ExprKind::Bool(true))),
            Some(JSXAttributeValue::StringLiteral(literal)) => Some(self.string(literal)),
            Some(JSXAttributeValue::ExpressionContainer(container)) => self.container(container, Some(key)),
            Some(JSXAttributeValue::Element(element)) => self.nested(element.span, |l| l.element(element)),
            Some(JSXAttributeValue::Fragment(fragment)) => self.nested(fragment.span, |l| l.fragment(fragment)),
        };
        let value = value.unwrap_or_else(|| self.other(attribute.span, Vec::new()));
        Entry { key: Some(key), value }
    }

    fn element_name(&mut self, name: &JSXElementName<'_>) -> ExprId {
        match name {
            JSXElementName::Identifier(id) => self.builder.expr(at(id.span), ExprKind::Global(Symbol::new(&id.name))),
            JSXElementName::IdentifierReference(id) => self.name(id.span, &id.name),
            JSXElementName::NamespacedName(name) => {
                self.builder.expr(at(name.span), ExprKind::Global(namespaced(name)))
            }
            JSXElementName::MemberExpression(member) => self.element_member(member),
            JSXElementName::ThisExpression(this) => self.builder.expr(at(this.span), ExprKind::This),
        }
    }

    fn element_member(&mut self, member: &ast::JSXMemberExpression<'_>) -> ExprId {
        let base = match &member.object {
            JSXMemberExpressionObject::IdentifierReference(id) => self.name(id.span, &id.name),
            JSXMemberExpressionObject::ThisExpression(this) => self.builder.expr(at(this.span), ExprKind::This),
            JSXMemberExpressionObject::MemberExpression(inner) => {
                match self.nested(inner.span, |l| l.element_member(inner)) {
                    Some(base) => base,
                    None => self.other(inner.span, Vec::new()),
                }
            }
        };
        self.builder.member(base, Symbol::new(&member.property.name), at(member.property.span))
    }
}

fn namespaced(name: &ast::JSXNamespacedName<'_>) -> Symbol {
    Symbol::new(&format!("{}:{}", name.namespace.name, name.name.name))
}
