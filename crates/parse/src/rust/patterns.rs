//! Patterns, whose names are declared as they are met.

use ir::{BindingId, BindingKind, ExprKind, Pattern, Span, Symbol};
use syn::{Expr, Member, Pat, PatIdent};

use super::Lowering;
use super::paths::Space;

/// The pattern being lowered.
struct Names {
    kind: BindingKind,
    /// Those declared so far, kept where the pattern has alternatives: each of them declares the same names.
    declared: Vec<(Symbol, BindingId)>,
    in_alternatives: bool,
}

impl Lowering<'_> {
    pub(super) fn pattern(&mut self, pat: &Pat, kind: BindingKind) -> Pattern {
        self.pattern_part(pat, &mut Names { kind, declared: Vec::new(), in_alternatives: false })
    }

    fn pattern_part(&mut self, pat: &Pat, names: &mut Names) -> Pattern {
        match self.descend(|this| this.pattern_within(pat, names)) {
            Some(pattern) => pattern,
            None => {
                self.unread();
                Pattern::Ignore
            }
        }
    }

    fn pattern_within(&mut self, pat: &Pat, names: &mut Names) -> Pattern {
        match pat {
            Pat::Ident(pat) => self.ident_pattern(pat, names),
            Pat::Paren(pat) => self.pattern_part(&pat.pat, names),
            Pat::Reference(pat) => self.pattern_part(&pat.pat, names),
            Pat::Type(pat) => self.pattern_part(&pat.pat, names),
            Pat::Guard(pat) => self.pattern_part(&pat.pat, names),
            Pat::Tuple(pat) => Pattern::Tuple(self.pattern_parts(&pat.elems, names)),
            Pat::Slice(pat) => Pattern::Tuple(self.pattern_parts(&pat.elems, names)),
            Pat::TupleStruct(pat) => {
                let path = Some(self.path(pat.qself.as_ref(), &pat.path, Space::Value));
                Pattern::Variant { path, args: self.pattern_parts(&pat.elems, names) }
            }
            Pat::Struct(pat) => {
                let path = Some(self.path(pat.qself.as_ref(), &pat.path, Space::Value));
                let fields = pat.fields.iter().map(|field| {
                    let name = self.member_name(&field.member).0;
                    (name, self.pattern_part(&field.pat, names))
                });
                let fields = fields.collect();
                Pattern::Variant { path, args: vec![Pattern::Record(fields)] }
            }
            Pat::Path(pat) => {
                let path = Some(self.path(pat.qself.as_ref(), &pat.path, Space::Value));
                Pattern::Variant { path, args: Vec::new() }
            }
            Pat::Lit(pat) => {
                let path = Some(self.literal(&pat.lit));
                Pattern::Variant { path, args: Vec::new() }
            }
            Pat::Or(pat) => {
                let outer = std::mem::replace(&mut names.in_alternatives, true);
                let args = self.pattern_parts(&pat.cases, names);
                names.in_alternatives = outer;
                Pattern::Variant { path: None, args }
            }
            Pat::Range(_) | Pat::Const(_) => Pattern::Variant { path: None, args: Vec::new() },
            _ => Pattern::Ignore,
        }
    }

    fn pattern_parts<'p>(&mut self, parts: impl IntoIterator<Item = &'p Pat>, names: &mut Names) -> Vec<Pattern> {
        parts.into_iter().map(|part| self.pattern_part(part, names)).collect()
    }

    fn ident_pattern(&mut self, pat: &PatIdent, names: &mut Names) -> Pattern {
        let (name, span) = self.ident(&pat.ident);
        if pat.subpat.is_none() && pat.by_ref.is_none() && pat.mutability.is_none() && self.is_constant(name) {
            return Pattern::Variant { path: Some(self.builder.name(span, name)), args: Vec::new() };
        }
        let known = names.declared.iter().find(|(known, _)| *known == name).map(|(_, binding)| *binding);
        let binding = known.unwrap_or_else(|| self.builder.declare(name, names.kind.clone(), span));
        if known.is_none() && names.in_alternatives {
            names.declared.push((name, binding));
        }
        match &pat.subpat {
            Some((_, part)) if !matches!(**part, Pat::Rest(_)) => {
                let part = self.pattern_part(part, names);
                Pattern::Variant { path: None, args: vec![Pattern::Bind(binding), part] }
            }
            _ => Pattern::Bind(binding),
        }
    }

    /// `None` and `MAX` are not new names.
    fn is_constant(&self, name: Symbol) -> bool {
        let declared = self.builder.lookup(name).map(|found| &self.builder.file().binding(found).kind);
        matches!(declared, Some(BindingKind::Constant | BindingKind::Class(_))) || name.starts_with(char::is_uppercase)
    }

    /// What the left side of an assignment takes apart, and its text.
    pub(super) fn place(&mut self, place: &Expr) -> (Pattern, Span) {
        match place {
            Expr::Infer(infer) => (Pattern::Ignore, self.span(infer.underscore_token.span)),
            Expr::Tuple(tuple) => {
                let parts = tuple.elems.iter().map(|part| self.place(part).0).collect();
                (Pattern::Tuple(parts), self.span(tuple.paren_token.span.join()))
            }
            Expr::Array(array) => {
                let parts = array.elems.iter().map(|part| self.place(part).0).collect();
                (Pattern::Tuple(parts), self.span(array.bracket_token.span.join()))
            }
            _ => {
                let (id, span) = self.placed(place);
                let pattern = match self.builder.file().expr(id).kind {
                    ExprKind::Local(binding) => Pattern::Bind(binding),
                    _ => Pattern::Place(id),
                };
                (pattern, span)
            }
        }
    }

    pub(super) fn member_name(&mut self, member: &Member) -> (Symbol, Span) {
        match member {
            Member::Named(ident) => self.ident(ident),
            Member::Unnamed(index) => (Symbol::new(&index.index.to_string()), self.span(index.span)),
        }
    }
}

/// The name that stands for a parameter: the first one that its pattern declares.
pub(super) fn first_binding(pattern: &Pattern) -> Option<BindingId> {
    let mut first = None;
    pattern.each_binding(&mut |binding| {
        first.get_or_insert(binding);
    });
    first
}
