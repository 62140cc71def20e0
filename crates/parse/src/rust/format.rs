//! The arguments of `format!` and its like: the format string becomes a text with the values in its holes.

use std::ops::Range;

use ir::{Arg, ExprId, ExprKind, Span, Symbol, TextPart};
use syn::{Expr, Lit};

use super::Lowering;
use super::literals::{Content, unescape};
use super::macro_syntax::MacroArg;

/// How many arguments stand at least before the format string; none for a macro that formats nothing.
pub(super) fn arguments_before_format(name: &str) -> Option<usize> {
    match name {
        "format" | "format_args" | "print" | "println" | "eprint" | "eprintln" | "panic" | "todo" | "unimplemented"
        | "unreachable" | "trace" | "debug" | "info" | "warn" | "error" | "log" | "event" | "span" | "anyhow"
        | "bail" | "eyre" => Some(0),
        "write" | "writeln" | "assert" | "debug_assert" | "ensure" => Some(1),
        "assert_eq" | "assert_ne" | "debug_assert_eq" | "debug_assert_ne" => Some(2),
        _ => None,
    }
}

impl Lowering<'_> {
    /// Values that a hole takes are not repeated as arguments.
    pub(super) fn format_args(&mut self, args: &[MacroArg], before: usize) -> Vec<Arg> {
        let template = args.iter().enumerate().skip(before).find_map(|(index, arg)| match &arg.value {
            Expr::Lit(literal) if arg.name.is_none() && matches!(literal.lit, Lit::Str(_)) => {
                let span = self.span(literal.lit.span());
                Some((index, span, self.content(span)?))
            }
            _ => None,
        });
        let Some((index, span, content)) = template else {
            return self.macro_args(args);
        };
        let mut lowered = self.macro_args(&args[..index]);
        let mut values = Values { args: self.macro_args(&args[index + 1..]), is_taken: Vec::new(), next: 0 };
        values.is_taken.resize(values.args.len(), false);
        let parts = self.template(content, &mut values);
        let text = self.builder.expr(span, ExprKind::Text(parts));
        lowered.push(Arg { name: None, value: text });
        let rest = values.args.iter().zip(&values.is_taken).filter(|(_, is_taken)| !**is_taken).map(|(arg, _)| *arg);
        lowered.extend(rest);
        lowered
    }

    fn template(&mut self, content: Content, values: &mut Values) -> Vec<TextPart> {
        let text = content.span.text(self.source);
        let at = |range: &Range<usize>| {
            Span::new(content.span.start + range.start as u32, content.span.start + range.end as u32)
        };
        let mut parts = Vec::new();
        for piece in pieces(text, content.is_raw) {
            match piece {
                Piece::Literal { range, is_exact } => {
                    let source = &text[range.clone()];
                    let span = at(&range);
                    let value = if is_exact { source.into() } else { literal_text(source, content.is_raw).into() };
                    parts.push(TextPart::Literal { value, span, exact: is_exact });
                }
                Piece::Placeholder { range } => {
                    let inside = &text[range.clone()];
                    let name = inside.split(':').next().unwrap_or_default().trim();
                    if inside.contains(".*") {
                        values.next += 1;
                    }
                    let span = at(&range);
                    parts.push(TextPart::Hole(self.hole(name, span, values)));
                }
            }
        }
        parts
    }

    fn hole(&mut self, name: &str, span: Span, values: &mut Values) -> ExprId {
        let index = if name.is_empty() {
            values.next += 1;
            Some(values.next - 1)
        } else if let Ok(index) = name.parse() {
            Some(index)
        } else {
            values.args.iter().position(|arg| arg.name.is_some_and(|known| known == *name))
        };
        match index {
            None => {
                let name_span = Span::new(span.start, span.start + name.len() as u32);
                self.builder.name(name_span, Symbol::new(name))
            }
            Some(index) => match values.args.get(index).map(|arg| arg.value) {
                None => self.builder.other(span, Vec::new()),
                Some(value) if !std::mem::replace(&mut values.is_taken[index], true) => value,
                Some(value) => self.again(value, span),
            },
        }
    }

    /// A value that is printed twice is evaluated once.
    fn again(&mut self, value: ExprId, span: Span) -> ExprId {
        let kind = match &self.builder.file().expr(value).kind {
            kind @ (ExprKind::Local(_) | ExprKind::Global(_) | ExprKind::This | ExprKind::Number(_)) => kind.clone(),
            _ => ExprKind::Other(Vec::new()),
        };
        self.builder.expr(span, kind)
    }
}

/// The arguments behind the format string.
struct Values {
    args: Vec<Arg>,
    is_taken: Vec<bool>,
    /// Index of the one that the next `{}` takes.
    next: usize,
}

enum Piece {
    Literal { range: Range<usize>, is_exact: bool },
    Placeholder { range: Range<usize> },
}

fn literal_text(source: &str, is_raw: bool) -> String {
    let text = if is_raw { source.to_owned() } else { unescape(source) };
    text.replace("{{", "{").replace("}}", "}")
}

/// Splits a format string into text and placeholders (without their braces).
fn pieces(text: &str, is_raw: bool) -> Vec<Piece> {
    let bytes = text.as_bytes();
    let mut pieces = Vec::new();
    let mut run = Run { start: 0, is_exact: true };
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'\\', Some(next)) if !is_raw => {
                run.is_exact = false;
                let is_unicode = *next == b'u';
                at += 2;
                if is_unicode {
                    at += text[at..].find('}').map_or(0, |end| end + 1);
                } else {
                    at = ceil_char_boundary(text, at);
                }
            }
            (b'{', Some(b'{')) | (b'}', Some(b'}')) => {
                run.is_exact = false;
                at += 2;
            }
            (b'{', _) => {
                let Some(length) = text[at..].find('}') else { break };
                run.end(at, &mut pieces);
                pieces.push(Piece::Placeholder { range: at + 1..at + length });
                at += length + 1;
                run = Run { start: at, is_exact: true };
            }
            _ => at += 1,
        }
    }
    run.end(text.len(), &mut pieces);
    pieces
}

/// Literal text that is being read.
struct Run {
    start: usize,
    is_exact: bool,
}

impl Run {
    fn end(&self, end: usize, pieces: &mut Vec<Piece>) {
        if end > self.start {
            pieces.push(Piece::Literal { range: self.start..end, is_exact: self.is_exact });
        }
    }
}

fn ceil_char_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}
