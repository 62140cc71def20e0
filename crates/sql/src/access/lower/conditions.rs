//! WHERE and ON into conjuncts.

use ir::Span;
use sqlparser::ast::{self, BinaryOperator, Expr, InTarget, SetExpr, UnaryOperator};

use super::super::Dialect;
use super::super::block::{Atom, Conjunct, Group, GroupKind, Key, Op, Source, Test};
use super::Lowering;
use super::columns::Term;
use super::shape::{bare, is_simple};
use super::values::{self, Pattern};
use crate::expr::{function_name, strip};
use crate::key;
use crate::predicate::span_of;

impl<'a> Lowering<'a> {
    pub(super) fn condition(&mut self, expr: Option<&'a Expr>, scope: usize) {
        if let Some(expr) = expr {
            self.conjuncts(expr, scope, None);
        }
    }

    /// Adds the conjuncts of a condition to the scope's block.
    pub(super) fn conjuncts(&mut self, expr: &'a Expr, scope: usize, group: Option<usize>) {
        let mut stack = vec![expr];
        while let Some(expr) = stack.pop() {
            match strip(expr) {
                Expr::BinaryOp { left, op: BinaryOperator::And, right } => stack.extend([&**right, &**left]),
                conjunct if self.join_subquery(conjunct, scope, group) => {}
                conjunct => {
                    let tests = self.tests(conjunct, scope);
                    let block = self.scopes[scope].block;
                    self.blocks[block].tests.extend(tests.into_iter().map(|test| Conjunct { group, test }));
                }
            }
        }
        self.pair_ranges(scope);
    }

    /// `x >= a AND x < b` is one range with both ends.
    fn pair_ranges(&mut self, scope: usize) {
        let block = self.scopes[scope].block;
        let tests = &mut self.blocks[block].tests;
        let is_end = |op: Op| matches!(op, Op::Above | Op::Wide);
        for at in 0..tests.len() {
            let Test::Atom(atom) = &tests[at].test else { continue };
            let (relation, key, op, days) = (atom.relation, atom.key, atom.op, atom.day);
            let other = tests.iter().enumerate().find_map(|(other, conjunct)| match &conjunct.test {
                Test::Atom(second)
                    if other > at && second.relation == relation && second.key == key && is_end(second.op) =>
                {
                    Some((other, second.day))
                }
                _ => None,
            });
            let Some((other, other_day)) = other.filter(|_| is_end(op)) else { continue };
            let width = days.zip(other_day).map(|(first, second)| (first - second).abs());
            let paired = if width.is_some_and(values::is_narrow) { Op::Recent } else { Op::Between };
            for place in [at, other] {
                if let Test::Atom(atom) = &mut tests[place].test {
                    atom.op = paired;
                }
            }
        }
    }

    /// `EXISTS (…)`, `x IN (SELECT …)`, `NOT EXISTS (…)` as joins, where the subquery's rows can be joined one by one.
    fn join_subquery(&mut self, expr: &'a Expr, scope: usize, group: Option<usize>) -> bool {
        let (expr, is_negated) = match expr {
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => (strip(expr), true),
            expr => (expr, false),
        };
        if self.dialect == Dialect::Sqlite {
            return false;
        }
        match expr {
            Expr::Exists { subquery, negated } => {
                let kind = if *negated != is_negated { GroupKind::Anti } else { GroupKind::Semi };
                // An anti-join inside of an outer join is left to run by itself.
                if kind == GroupKind::Anti && self.nests(group) {
                    return false;
                }
                let Some(select) = self.joinable(subquery) else { return false };
                let own = self.inner_group(kind, scope, group);
                self.merge_semi(select, scope, own);
                true
            }
            Expr::In { expr: value, target: InTarget::Subquery(subquery), negated, .. } => {
                *negated == is_negated && self.join_list(value, subquery, scope, group)
            }
            Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } if !is_negated => match strip(right) {
                Expr::Subquery(subquery) => self.join_list(left, subquery, scope, group),
                _ => false,
            },
            _ => false,
        }
    }

    /// `x IN (SELECT …)`, `x = ANY (SELECT …)`.
    fn join_list(&mut self, value: &'a Expr, subquery: &'a ast::Query, scope: usize, group: Option<usize>) -> bool {
        let values = match strip(value) {
            Expr::Tuple(values) => values.as_slice(),
            value => std::slice::from_ref(value),
        };
        let mut outer = Vec::new();
        for value in values {
            let Term::Column(relation, key) = self.term(value, scope) else { return false };
            outer.push((relation, key));
        }
        let own = self.inner_group(GroupKind::Semi, scope, group);
        match self.joinable(subquery) {
            Some(select) => self.join_select(select, &outer, scope, own),
            None => self.join_block(subquery, &outer, scope, own),
        }
        true
    }

    /// Whether a condition is of an outer or an anti-join.
    fn nests(&self, group: Option<usize>) -> bool {
        group.is_some_and(|group| !self.semi.contains(&group))
    }

    /// What the rows of a subquery in a condition belong to: inside of an outer join, to that.
    fn inner_group(&mut self, kind: GroupKind, scope: usize, group: Option<usize>) -> Group {
        let block = self.scopes[scope].block;
        let mut groups = self.blocks[block].relations.iter().filter_map(|relation| relation.group);
        let around = groups.find(|own| Some(own.number) == group).filter(|_| self.nests(group));
        around.unwrap_or_else(|| self.next_group(kind))
    }

    /// LIMIT and ORDER BY mean nothing inside EXISTS.
    fn joinable(&self, query: &'a ast::Query) -> Option<&'a ast::Select> {
        if let Some(select) = is_simple(query) {
            return Some(select);
        }
        let query = bare(query);
        let SetExpr::Select(select) = &*query.body else { return None };
        let is_plain = query.with.is_none() && select.distinct.is_some() && select.having.is_none();
        let has_limit = query.limit_clause.is_some() || query.fetch.is_some();
        (is_plain && !has_limit && !select.from.is_empty()).then_some(select)
    }

    fn merge_semi(&mut self, select: &'a ast::Select, scope: usize, group: Group) {
        let first = self.scopes.len();
        self.depth += 1;
        if self.depth < super::MAX_DEPTH {
            self.merge(select, scope, Some(group));
            self.last_merged = Some(first);
        }
        self.depth -= 1;
    }

    /// `(a, b) IN (SELECT x, y …)`: each column is joined with the output at its place.
    fn join_select(&mut self, select: &'a ast::Select, outer: &[(usize, Key)], scope: usize, own: Group) {
        let block = self.scopes[scope].block;
        let first = self.blocks[block].relations.len();
        self.merge_semi(select, scope, own);
        let inner = self.last_merged.unwrap_or(self.scopes.len() - 1);
        let is_few = matches!(&self.blocks[block].relations[first..], [only] if only.source == Source::Few);
        for (number, column) in outer.iter().enumerate() {
            let other = match select.projection.get(number) {
                Some(ast::SelectItem::UnnamedExpr(expr) | ast::SelectItem::ExprWithAlias { expr, .. }) => {
                    self.column(expr, inner)
                }
                // Which column it is does not matter where its relation is few rows.
                _ => is_few.then(|| (first, Key::column(ir::Symbol::new("")))),
            };
            if let Some(other) = other {
                let test = Test::Join(*column, other);
                self.blocks[block].tests.push(Conjunct { group: Some(own.number), test });
            }
        }
    }

    /// `x IN (SELECT … GROUP BY …)`: the subquery's rows, computed first, are joined.
    fn join_block(&mut self, query: &'a ast::Query, outer: &[(usize, Key)], scope: usize, group: Group) {
        let blocks = self.query(query, Some(scope), false);
        let block = self.scopes[scope].block;
        let source = if blocks.is_empty() { Source::Few } else { Source::Blocks(blocks) };
        let relations = &mut self.blocks[block].relations;
        relations.push(super::super::block::Relation {
            source,
            span: Span::new(0, 0),
            group: Some(group),
            used: Some(Vec::new()),
        });
        let inner = (relations.len() - 1, Key::column(ir::Symbol::new("")));
        for column in outer {
            let test = Test::Join(*column, inner);
            self.blocks[block].tests.push(Conjunct { group: Some(group.number), test });
        }
    }

    /// The tests that a conjunct comes to; all of them hold.
    pub(super) fn tests(&mut self, expr: &'a Expr, scope: usize) -> Vec<Test> {
        let expr = strip(expr);
        let dialect = self.dialect;
        match expr {
            Expr::BinaryOp { op: BinaryOperator::And, left, right } => {
                let mut tests = self.tests(left, scope);
                tests.extend(self.tests(right, scope));
                tests
            }
            Expr::BinaryOp { op: BinaryOperator::Or, .. } => self.alternatives(expr, scope),
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right, expr, scope),
            Expr::UnaryOp { op: UnaryOperator::Not, expr: inner } => match strip(inner) {
                Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                    let op = if self.dialect == Dialect::Postgres { Op::IsFalse } else { Op::Other };
                    self.unary(inner, op, expr, scope)
                }
                Expr::IsNull(inner) => self.unary(inner, Op::IsNotNull, expr, scope),
                Expr::IsNotNull(inner) => self.unary(inner, Op::IsNull, expr, scope),
                _ => self.opaque(expr, scope),
            },
            Expr::IsNull(inner) => self.unary(inner, Op::IsNull, expr, scope),
            Expr::IsNotNull(inner) => self.unary(inner, Op::IsNotNull, expr, scope),
            Expr::IsTrue(inner) => self.unary(inner, Op::IsTrue, expr, scope),
            Expr::IsFalse(inner) => self.unary(inner, Op::IsFalse, expr, scope),
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                let op = if self.dialect == Dialect::Sqlite { Op::Other } else { Op::IsTrue };
                self.unary(expr, op, expr, scope)
            }
            Expr::Between { expr: inner, negated, low, high } => {
                self.subqueries(low, scope);
                self.subqueries(high, scope);
                let is_fixed = self.term(low, scope) == Term::Known && self.term(high, scope) == Term::Known;
                match (negated, is_fixed) {
                    (false, true) => self.unary(inner, values::between(low, high), expr, scope),
                    _ => self.opaque(expr, scope),
                }
            }
            Expr::In { expr: inner, target, negated, .. } => self.membership(inner, target, *negated, expr, scope),
            // Computed first and kept, it is not what an index searches for.
            Expr::AnyOp { right, .. } if matches!(strip(right), Expr::Subquery(_)) => self.opaque(expr, scope),
            Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => {
                self.subqueries(right, scope);
                match self.term(right, scope) {
                    Term::Known => self.unary(left, Op::In, expr, scope),
                    _ => self.opaque(expr, scope),
                }
            }
            Expr::Like { expr: inner, pattern, negated: false, .. } => {
                self.unary(inner, like_op(dialect, values::like(pattern)), expr, scope)
            }
            Expr::ILike { expr: inner, negated: false, .. } => self.unary(inner, Op::Match, expr, scope),
            Expr::RLike { expr: inner, pattern, negated: false, .. }
            | Expr::SimilarTo { expr: inner, pattern, negated: false, .. } => {
                self.unary(inner, regex_op(dialect, values::regex(pattern)), expr, scope)
            }
            Expr::Case { .. } => self.case(expr, scope),
            Expr::Function(function) if matches!(function_name(function).as_str(), "coalesce" | "ifnull") => {
                self.hidden(function, expr, scope)
            }
            Expr::Value(_) => Vec::new(),
            _ => self.opaque(expr, scope),
        }
    }

    fn membership(
        &mut self,
        inner: &'a Expr,
        target: &'a InTarget,
        is_negated: bool,
        whole: &'a Expr,
        scope: usize,
    ) -> Vec<Test> {
        match target {
            InTarget::List(list) => {
                list.iter().for_each(|item| self.subqueries(item, scope));
                let is_fixed = list.iter().all(|item| self.term(item, scope) == Term::Known);
                let op = match (is_negated, is_fixed) {
                    (true, _) => Op::NotEqual,
                    (false, true) if list.len() == 1 => Op::Equal,
                    (false, true) => Op::In,
                    (false, false) => return self.opaque(whole, scope),
                };
                self.columns_or_row(inner, op, whole, scope)
            }
            InTarget::Unnest(_) | InTarget::Table { .. } if !is_negated => self.unary(inner, Op::In, whole, scope),
            // SQLite computes the list first and looks each element up.
            InTarget::Subquery(query) if !is_negated && self.dialect == Dialect::Sqlite => {
                let blocks = self.query(query, Some(scope), false);
                if blocks.iter().any(|block| self.blocks[*block].is_correlated) {
                    return self.relations_of(whole, scope);
                }
                self.unary(inner, Op::In, whole, scope)
            }
            _ => self.opaque(whole, scope),
        }
    }

    fn columns_or_row(&mut self, inner: &'a Expr, op: Op, whole: &'a Expr, scope: usize) -> Vec<Test> {
        match strip(inner) {
            Expr::Tuple(columns) => columns.iter().flat_map(|column| self.unary(column, op, whole, scope)).collect(),
            inner => self.unary(inner, op, whole, scope),
        }
    }

    /// A test of one expression against something known.
    fn unary(&mut self, inner: &'a Expr, op: Op, whole: &'a Expr, scope: usize) -> Vec<Test> {
        self.subqueries(inner, scope);
        match self.term(inner, scope) {
            Term::Known => Vec::new(),
            Term::Column(relation, key) => vec![Test::Atom(Atom {
                relation,
                key,
                op,
                span: span_of(whole),
                is_optional: false,
                day: None,
                is_word: values::are_words(whole),
                text: key::truth(whole),
            })],
            Term::Rows(relations) => vec![Test::Opaque(relations, span_of(whole))],
        }
    }

    pub(super) fn opaque(&mut self, expr: &'a Expr, scope: usize) -> Vec<Test> {
        self.subqueries(expr, scope);
        self.relations_of(expr, scope)
    }

    fn binary(
        &mut self,
        left: &'a Expr,
        op: &BinaryOperator,
        right: &'a Expr,
        whole: &'a Expr,
        scope: usize,
    ) -> Vec<Test> {
        use BinaryOperator as B;
        let dialect = self.dialect;
        let op_of = |value: &Expr, is_flipped: bool| match op {
            B::Eq | B::Spaceship | B::Is => values::equal(value),
            B::NotEq | B::IsNot => Op::NotEqual,
            B::Lt | B::LtEq | B::Gt | B::GtEq => {
                let is_lower_end = matches!(op, B::Gt | B::GtEq) != is_flipped;
                values::one_sided(value, is_lower_end)
            }
            B::PGLikeMatch => like_op(dialect, values::like(value)),
            B::PGRegexMatch | B::Regexp => regex_op(dialect, values::regex(value)),
            B::PGStartsWith => Op::Prefix,
            B::PGILikeMatch | B::PGRegexIMatch | B::Glob | B::Match => Op::Match,
            B::AtAt => Op::Words,
            B::AtArrow | B::PGOverlap | B::Question | B::QuestionAnd | B::QuestionPipe | B::AtQuestion | B::ArrowAt => {
                Op::Contains
            }
            _ => Op::Other,
        };
        if let (Expr::Tuple(columns), B::Eq | B::Lt | B::LtEq | B::Gt | B::GtEq) = (strip(left), op) {
            return self.row(columns, op, right, whole, scope);
        }
        self.subqueries(left, scope);
        self.subqueries(right, scope);
        match (self.term(left, scope), self.term(right, scope)) {
            (Term::Known, Term::Known) => Vec::new(),
            (Term::Column(relation, key), Term::Known) => {
                vec![self.atom(relation, key, op_of(strip(right), false), right, whole)]
            }
            (Term::Known, Term::Column(relation, key)) => {
                vec![self.atom(relation, key, op_of(strip(left), true), left, whole)]
            }
            (Term::Column(first, key), Term::Column(second, other)) if first != second && matches!(op, B::Eq) => {
                vec![Test::Join((first, key), (second, other))]
            }
            (Term::Column(relation, key), Term::Rows(others)) | (Term::Rows(others), Term::Column(relation, key))
                if matches!(op, B::Eq) && !others.contains(&relation) =>
            {
                vec![Test::Computed((relation, key), others)]
            }
            _ => self.relations_of(whole, scope),
        }
    }

    /// `(a, b) = ($1, $2)`: each column; of an inequality only the first is a bound.
    fn row(
        &mut self,
        columns: &'a [Expr],
        op: &BinaryOperator,
        right: &'a Expr,
        whole: &'a Expr,
        scope: usize,
    ) -> Vec<Test> {
        if let (BinaryOperator::Eq, Expr::Tuple(values)) = (op, strip(right))
            && values.len() == columns.len()
        {
            let pairs = columns.iter().zip(values);
            return pairs.flat_map(|(column, value)| self.binary(column, op, value, whole, scope)).collect();
        }
        self.subqueries(right, scope);
        if self.term(right, scope) != Term::Known {
            return self.opaque(whole, scope);
        }
        match op {
            BinaryOperator::Eq => {
                columns.iter().flat_map(|column| self.unary(column, Op::Equal, whole, scope)).collect()
            }
            _ => columns.first().map_or_else(Vec::new, |column| self.unary(column, Op::Above, whole, scope)),
        }
    }

    fn atom(&self, relation: usize, key: Key, op: Op, value: &Expr, whole: &Expr) -> Test {
        let (span, text) = (span_of(whole), key::truth(whole));
        let (day, is_word) = (values::day_of(value), values::is_word(value));
        Test::Atom(Atom { relation, key, op, span, is_optional: false, day, is_word, text })
    }

    fn relations_of(&mut self, expr: &'a Expr, scope: usize) -> Vec<Test> {
        match self.term(expr, scope) {
            Term::Known => Vec::new(),
            Term::Column(relation, _) => vec![Test::Opaque(vec![relation], span_of(expr))],
            Term::Rows(relations) => vec![Test::Opaque(relations, span_of(expr))],
        }
    }
}

fn like_op(dialect: Dialect, pattern: Pattern) -> Op {
    match pattern {
        // SQLite's LIKE ignores case, its indexes do not.
        Pattern::Whole if dialect == Dialect::Sqlite => Op::Prefix,
        Pattern::Whole => Op::Equal,
        Pattern::Prefix => Op::Prefix,
        Pattern::Anywhere => Op::Match,
    }
}

fn regex_op(dialect: Dialect, pattern: Pattern) -> Op {
    match pattern {
        Pattern::Prefix if dialect == Dialect::Postgres => Op::Prefix,
        _ => Op::Match,
    }
}
