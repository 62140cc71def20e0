//! Comprehensions and generator expressions: loops whose value is the list of their tails.

use ir::{Block, ExprId, ExprKind, LoopKind, Stmt, StmtKind};
use ruff_python_ast::{Comprehension, Expr};
use ruff_text_size::{Ranged, TextRange};

use super::Lowering;

/// What a comprehension collects.
#[derive(Clone, Copy)]
pub(super) enum Element<'a> {
    One(&'a Expr),
    /// A dictionary's key (none: all of a mapping) and value.
    Pair(Option<&'a Expr>, &'a Expr),
}

impl Lowering<'_> {
    pub(super) fn comprehension(&mut self, range: TextRange, clauses: &[Comprehension], element: Element) -> ExprId {
        let Some((first, rest)) = clauses.split_first() else { return self.element(range, element) };
        // Only the first iterable is evaluated outside the comprehension's own scope.
        let iter = self.expr(&first.iter);
        self.builder.push_scope(self.builder.current_function(), false);
        let value = self.clause(range, first, iter, rest, element);
        self.builder.pop_scope();
        value
    }

    fn clause(
        &mut self,
        range: TextRange,
        clause: &Comprehension,
        iter: ExprId,
        rest: &[Comprehension],
        element: Element,
    ) -> ExprId {
        let pattern = self.target(&clause.target);
        let stmts = clause.ifs.iter().map(|test| self.skip_unless(test)).collect();
        let tail = match rest.split_first() {
            None => self.element(range, element),
            Some((inner, rest)) => {
                let range = TextRange::new(inner.start(), rest.last().unwrap_or(inner).end());
                let lowered = self.nested(inner, |lowering| {
                    let iter = lowering.expr(&inner.iter);
                    lowering.clause(range, inner, iter, rest, element)
                });
                lowered.unwrap_or_else(|| self.nothing(self.span_of(range)))
            }
        };
        let span = self.span_of(range);
        let kind = StmtKind::Loop {
            kind: LoopKind::For { pattern, iter },
            body: Block { stmts, tail: Some(tail) },
            is_async: clause.is_async,
        };
        self.builder.expr(span, ExprKind::Control(Box::new(Stmt { span, kind })))
    }

    fn skip_unless(&mut self, test: &Expr) -> Stmt {
        let span = self.span(test);
        let holds = self.expr(test);
        let test = self.not(holds);
        let then = Block { stmts: vec![Stmt { span, kind: StmtKind::Continue }], tail: None };
        Stmt { span, kind: StmtKind::If { test, then, otherwise: Block::default() } }
    }

    fn element(&mut self, range: TextRange, element: Element) -> ExprId {
        match element {
            Element::One(value) => self.expr(value),
            Element::Pair(None, value) => {
                let value = self.expr(value);
                self.builder.expr(self.span_of(range), ExprKind::Spread(value))
            }
            Element::Pair(Some(key), value) => {
                let span = self.span(key).to(self.span(value));
                let pair = vec![self.expr(key), self.expr(value)];
                self.builder.expr(span, ExprKind::List(pair))
            }
        }
    }
}
