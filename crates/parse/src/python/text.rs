//! String literals.

use ir::{ExprId, ExprKind, TextPart};
use ruff_python_ast::{
    BytesLiteral, ExprBytesLiteral, ExprFString, ExprStringLiteral, ExprTString, FStringPart,
    InterpolatedStringElement, InterpolatedStringElements, StringLiteral,
};
use ruff_text_size::TextRange;

use super::Lowering;

impl Lowering<'_> {
    pub(super) fn string(&mut self, string: &ExprStringLiteral) -> ExprId {
        let parts = string.value.iter().map(|part| self.string_part(part)).collect();
        self.builder.expr(self.span(string), ExprKind::Text(parts))
    }

    pub(super) fn bytes(&mut self, bytes: &ExprBytesLiteral) -> ExprId {
        let part = |part: &BytesLiteral| self.literal(&String::from_utf8_lossy(&part.value), part.content_range());
        let parts = bytes.value.iter().map(part).collect();
        self.builder.expr(self.span(bytes), ExprKind::Text(parts))
    }

    pub(super) fn f_string(&mut self, string: &ExprFString) -> ExprId {
        let mut parts = Vec::new();
        for part in &string.value {
            match part {
                FStringPart::Literal(literal) => parts.push(self.string_part(literal)),
                FStringPart::FString(f_string) => self.elements(&f_string.elements, &mut parts),
            }
        }
        self.builder.expr(self.span(string), ExprKind::Text(parts))
    }

    pub(super) fn t_string(&mut self, string: &ExprTString) -> ExprId {
        let mut parts = Vec::new();
        for part in &string.value {
            self.elements(&part.elements, &mut parts);
        }
        self.builder.expr(self.span(string), ExprKind::Text(parts))
    }

    fn elements(&mut self, elements: &InterpolatedStringElements, parts: &mut Vec<TextPart>) {
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(literal) => parts.push(self.literal(&literal.value, literal.range)),
                InterpolatedStringElement::Interpolation(hole) => {
                    let mut value = self.expr(&hole.expression);
                    if let Some(format) = &hole.format_spec {
                        value = self.formatted(value, &format.elements);
                    }
                    parts.push(TextPart::Hole(value));
                }
            }
        }
    }

    /// `{price:{width}}` evaluates also `width`.
    fn formatted(&mut self, value: ExprId, format: &InterpolatedStringElements) -> ExprId {
        let mut operands = vec![value];
        for hole in format.interpolations() {
            operands.push(self.expr(&hole.expression));
        }
        match operands.len() {
            1 => value,
            _ => self.builder.other(self.builder.file().expr(value).span, operands),
        }
    }

    fn string_part(&self, literal: &StringLiteral) -> TextPart {
        self.literal(&literal.value, literal.content_range())
    }

    fn literal(&self, value: &str, content: TextRange) -> TextPart {
        let span = self.span_of(content);
        TextPart::Literal { value: value.into(), span, exact: span.text(self.source) == value }
    }
}
