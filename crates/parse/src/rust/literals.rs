//! Literals, and the text in them as it stands in the source.

use std::str::Chars;

use ir::{ExprId, ExprKind, Span};
use syn::Lit;

use super::Lowering;

/// What stands between the quotes of a literal.
#[derive(Clone, Copy)]
pub(super) struct Content {
    pub(super) span: Span,
    pub(super) is_raw: bool,
}

impl Lowering<'_> {
    pub(super) fn literal(&mut self, lit: &Lit) -> ExprId {
        let span = self.span(lit.span());
        match lit {
            Lit::Str(_) | Lit::ByteStr(_) | Lit::CStr(_) | Lit::Char(_) => match self.content(span) {
                Some(content) => {
                    let text = content.span.text(self.source);
                    let exact = content.is_raw || !text.contains('\\');
                    if exact {
                        self.builder.text(span, text, content.span, true)
                    } else {
                        self.builder.text(span, &unescape(text), content.span, false)
                    }
                }
                None => self.builder.other(span, Vec::new()),
            },
            Lit::Bool(lit) => self.builder.expr(span, ExprKind::Bool(lit.value)),
            Lit::Int(lit) => self.number(span, lit.base10_digits()),
            Lit::Float(lit) => self.number(span, lit.base10_digits()),
            Lit::Byte(lit) => self.builder.expr(span, ExprKind::Number(f64::from(lit.value()))),
            _ => self.builder.other(span, Vec::new()),
        }
    }

    fn number(&mut self, span: Span, digits: &str) -> ExprId {
        match digits.parse() {
            Ok(value) => self.builder.expr(span, ExprKind::Number(value)),
            Err(_) => self.builder.other(span, Vec::new()),
        }
    }

    pub(super) fn content(&self, literal: Span) -> Option<Content> {
        let text = literal.text(self.source);
        let open = text.find(['"', '\''])?;
        let prefix = &text[..open];
        let quote = char::from(text.as_bytes()[open]);
        let close = text.rfind(quote).filter(|close| *close > open)?;
        let span = Span::new(literal.start + open as u32 + 1, literal.start + close as u32);
        Some(Content { span, is_raw: prefix.contains('r') })
    }
}

/// Resolves the escapes of a string that is not raw.
pub(super) fn unescape(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => value.extend(escape(&mut chars)),
            _ => value.push(char),
        }
    }
    value
}

/// Reads what follows a backslash.
fn escape(chars: &mut Chars<'_>) -> Option<char> {
    match chars.next()? {
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        '0' => Some('\0'),
        'x' => {
            let digits: String = chars.by_ref().take(2).collect();
            u8::from_str_radix(&digits, 16).ok().map(char::from)
        }
        'u' => {
            let digits: String =
                chars.by_ref().skip(1).take_while(|char| *char != '}').filter(|char| *char != '_').collect();
            u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)
        }
        '\n' | '\r' => {
            let rest = chars.as_str();
            *chars = rest.trim_start().chars();
            None
        }
        other => Some(other),
    }
}
