//! Annotations: expressions in which a string stands for the expression written in it.

use ir::{ExprId, ExprKind};
use ruff_python_ast::{Expr, ExprStringLiteral, ExprSubscript, Operator};
use ruff_python_parser::parse_parenthesized_expression_range;
use ruff_text_size::{TextRange, TextSize};

use super::Lowering;

/// Bytes of a quoted annotation. Longer strings are texts.
const MAX_QUOTED: usize = 300;

impl Lowering<'_> {
    pub(super) fn annotation(&mut self, annotation: &Expr) -> ExprId {
        let lowered = self.nested(annotation, |lowering| match annotation {
            Expr::StringLiteral(quoted) => lowering.quoted(quoted),
            Expr::Subscript(subscript) => lowering.generic(subscript),
            Expr::BinOp(operation) if operation.op == Operator::BitOr => {
                let left = lowering.annotation(&operation.left);
                let right = lowering.annotation(&operation.right);
                let span = lowering.span(operation);
                lowering.builder.expr(span, ExprKind::Binary { op: ir::BinaryOp::Other, left, right })
            }
            Expr::List(list) => {
                let parts = list.elts.iter().map(|part| lowering.annotation(part)).collect();
                lowering.builder.expr(lowering.span(list), ExprKind::List(parts))
            }
            other => lowering.expr(other),
        });
        lowered.unwrap_or_else(|| self.nothing(self.span(annotation)))
    }

    /// `Literal` takes texts, and `Annotated` a type with anything behind it.
    fn generic(&mut self, subscript: &ExprSubscript) -> ExprId {
        let name = match &*subscript.value {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => "",
        };
        let base = self.expr(&subscript.value);
        let arguments = match &*subscript.slice {
            Expr::Tuple(tuple) => &tuple.elts[..],
            one => std::slice::from_ref(one),
        };
        let types = match name {
            "Literal" => 0,
            "Annotated" => 1,
            _ => arguments.len(),
        };
        let mut indices = Vec::with_capacity(arguments.len());
        for (position, argument) in arguments.iter().enumerate() {
            indices.push(if position < types { self.annotation(argument) } else { self.expr(argument) });
        }
        self.builder.expr(self.span(subscript), ExprKind::Index { base, indices })
    }

    fn quoted(&mut self, quoted: &ExprStringLiteral) -> ExprId {
        let Some(literal) = quoted.as_single_part_string() else { return self.string(quoted) };
        let content = self.span_of(literal.content_range());
        let text = content.text(self.source);
        if text.len() > MAX_QUOTED || text != &*literal.value {
            return self.string(quoted);
        }
        let whole = TextRange::up_to(TextSize::of(text));
        let Ok(parsed) = parse_parenthesized_expression_range(text, whole) else { return self.string(quoted) };
        let outer = std::mem::replace(&mut self.offset, content.start);
        let lowered = self.annotation(&parsed.syntax().body);
        self.offset = outer;
        lowered
    }
}
