//! What is assigned to, and the patterns of `match`.

use ir::{BindingId, BindingKind, ExprKind, Pattern, Symbol};
use ruff_python_ast::{
    self as ast, Expr, Identifier, PatternArguments, PatternMatchAs, PatternMatchMapping, Singleton,
};

use super::Lowering;

impl Lowering<'_> {
    pub(super) fn target(&mut self, target: &Expr) -> Pattern {
        let lowered = self.nested(target, |lowering| match target {
            Expr::Name(name) => {
                let span = lowering.span(name);
                Pattern::Bind(lowering.assigned(Symbol::new(&name.id), BindingKind::Variable, span))
            }
            Expr::Tuple(tuple) => Pattern::Tuple(tuple.elts.iter().map(|part| lowering.target(part)).collect()),
            Expr::List(list) => Pattern::Tuple(list.elts.iter().map(|part| lowering.target(part)).collect()),
            Expr::Starred(starred) => lowering.target(&starred.value),
            place => Pattern::Place(lowering.expr(place)),
        });
        lowered.unwrap_or(Pattern::Ignore)
    }

    /// `name := …` binds in the function around the comprehensions that it stands in.
    pub(super) fn walrus_target(&mut self, target: &Expr) -> Pattern {
        let declared = match target {
            Expr::Name(name) => self.builder.lookup(Symbol::new(&name.id)),
            _ => None,
        };
        declared.map_or_else(|| self.target(target), Pattern::Bind)
    }

    pub(super) fn match_pattern(&mut self, pattern: &ast::Pattern) -> Pattern {
        self.nested(pattern, |lowering| lowering.match_pattern_inner(pattern)).unwrap_or(Pattern::Ignore)
    }

    fn match_pattern_inner(&mut self, pattern: &ast::Pattern) -> Pattern {
        match pattern {
            ast::Pattern::MatchValue(value) => {
                Pattern::Variant { path: Some(self.expr(&value.value)), args: Vec::new() }
            }
            ast::Pattern::MatchSingleton(singleton) => {
                let kind = match singleton.value {
                    Singleton::None => ExprKind::Null,
                    Singleton::True => ExprKind::Bool(true),
                    Singleton::False => ExprKind::Bool(false),
                };
                let span = self.span(singleton);
                Pattern::Variant { path: Some(self.builder.expr(span, kind)), args: Vec::new() }
            }
            ast::Pattern::MatchSequence(sequence) => Pattern::Tuple(self.match_patterns(&sequence.patterns)),
            ast::Pattern::MatchMapping(mapping) => self.mapping(mapping),
            ast::Pattern::MatchClass(class) => {
                let path = Some(self.expr(&class.cls));
                Pattern::Variant { path, args: self.class_arguments(&class.arguments) }
            }
            ast::Pattern::MatchStar(star) => self.capture(star.name.as_ref()),
            ast::Pattern::MatchAs(pattern) => self.match_as(pattern),
            ast::Pattern::MatchOr(alternatives) => {
                Pattern::Variant { path: None, args: self.match_patterns(&alternatives.patterns) }
            }
        }
    }

    fn match_patterns(&mut self, patterns: &[ast::Pattern]) -> Vec<Pattern> {
        patterns.iter().map(|pattern| self.match_pattern(pattern)).collect()
    }

    /// Keys that are not strings go by their source text.
    fn mapping(&mut self, mapping: &PatternMatchMapping) -> Pattern {
        let mut fields = Vec::with_capacity(mapping.keys.len());
        for (key, pattern) in mapping.keys.iter().zip(&mapping.patterns) {
            let name = match key {
                Expr::StringLiteral(literal) => Symbol::new(literal.value.to_str()),
                other => Symbol::new(self.span(other).text(self.source)),
            };
            fields.push((name, self.match_pattern(pattern)));
        }
        if let Some(rest) = &mapping.rest {
            fields.push((Symbol::new("**"), Pattern::Bind(self.captured(rest))));
        }
        Pattern::Record(fields)
    }

    /// Positional ones, then one record of those by name.
    fn class_arguments(&mut self, arguments: &PatternArguments) -> Vec<Pattern> {
        let mut args = self.match_patterns(&arguments.patterns);
        if !arguments.keywords.is_empty() {
            let fields = arguments
                .keywords
                .iter()
                .map(|keyword| (Symbol::new(&keyword.attr), self.match_pattern(&keyword.pattern)))
                .collect();
            args.push(Pattern::Record(fields));
        }
        args
    }

    fn match_as(&mut self, pattern: &PatternMatchAs) -> Pattern {
        let Some(inner) = &pattern.pattern else { return self.capture(pattern.name.as_ref()) };
        let inner = self.match_pattern(inner);
        match &pattern.name {
            Some(name) => Pattern::Variant { path: None, args: vec![Pattern::Bind(self.captured(name)), inner] },
            None => inner,
        }
    }

    fn capture(&mut self, name: Option<&Identifier>) -> Pattern {
        name.map_or(Pattern::Ignore, |name| Pattern::Bind(self.captured(name)))
    }

    fn captured(&mut self, name: &Identifier) -> BindingId {
        let span = self.span_of(name.range);
        self.assigned(Symbol::new(name), BindingKind::Variable, span)
    }
}
