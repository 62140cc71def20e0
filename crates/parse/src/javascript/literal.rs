//! Texts: string literals, templates, and the texts between JSX tags.

use ir::{ExprId, Span, TextPart};
use oxc_ast::ast;

use super::{Lowering, at};

impl Lowering<'_> {
    pub(super) fn string(&mut self, literal: &ast::StringLiteral<'_>) -> ExprId {
        let span = at(literal.span);
        let content = if span.end - span.start >= 2 { Span::new(span.start + 1, span.end - 1) } else { span };
        let value = &*literal.value;
        self.builder.text(span, value, content, content.text(self.source) == value)
    }

    /// Runs of text without anything in them are left out.
    pub(super) fn template(&mut self, template: &ast::TemplateLiteral<'_>) -> Vec<TextPart> {
        let mut parts = Vec::with_capacity(template.quasis.len() + template.expressions.len());
        let mut holes = template.expressions.iter();
        for quasi in &template.quasis {
            let span = at(quasi.span);
            let value = quasi.value.cooked.as_ref().unwrap_or(&quasi.value.raw).as_str();
            if !value.is_empty() {
                let exact = span.text(self.source) == value;
                parts.push(TextPart::Literal { value: value.into(), span, exact });
            }
            if let Some(hole) = holes.next() {
                parts.push(TextPart::Hole(self.expr(hole)));
            }
        }
        parts
    }

    pub(super) fn jsx_text(&mut self, text: &ast::JSXText<'_>) -> ExprId {
        let span = at(text.span);
        self.builder.text(span, &text.value, span, span.text(self.source) == &*text.value)
    }
}
