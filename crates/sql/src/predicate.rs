//! Conditions into predicates on columns.

use ir::{PredicateOp, Span};
use sqlparser::ast::{BinaryOperator, Expr, Function, FunctionArguments, InTarget, Spanned, UnaryOperator, Value};

use crate::expr::{argument, function_name, string_value, strip, walk};
use crate::scope::{ColumnRef, Names};
use crate::syntax::offsets;

/// A condition on one column.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) column: ColumnRef,
    pub(crate) op: PredicateOp,
    pub(crate) span: Span,
    /// For a join within the block: the relation of the other side.
    pub(crate) other: Option<usize>,
}

/// What a condition says.
#[derive(Debug, Default)]
pub(crate) struct Condition {
    pub(crate) found: Vec<Found>,
    /// It bounds rows in a way that no column shows: EXISTS, a hole.
    pub(crate) is_opaque: bool,
    pub(crate) has_hole: bool,
}

impl Names<'_> {
    /// The conjuncts of a condition.
    pub(crate) fn condition(&self, expr: &Expr, scope: usize) -> Condition {
        let mut condition = Condition::default();
        let mut stack = vec![expr];
        while let Some(expr) = stack.pop() {
            match strip(expr) {
                Expr::BinaryOp { left, op: BinaryOperator::And, right } => stack.extend([&**right, &**left]),
                conjunct => self.conjunct(conjunct, scope, &mut condition),
            }
        }
        condition
    }

    fn conjunct(&self, expr: &Expr, scope: usize, condition: &mut Condition) {
        let span = span_of(expr);
        match expr {
            Expr::Value(_) => {}
            Expr::Identifier(ident) if self.is_hole(ident) => {
                condition.is_opaque = true;
                condition.has_hole = true;
            }
            Expr::BinaryOp { op: BinaryOperator::Or, .. } => self.alternatives(expr, scope, condition),
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right, scope, span, condition),
            Expr::Like { negated, expr, pattern, .. } => {
                let op = if *negated { PredicateOp::Other } else { like(pattern) };
                self.pattern(expr, op, scope, span, condition);
            }
            Expr::ILike { negated, expr, .. } => {
                self.pattern(expr, unless(*negated, PredicateOp::ContainsLike), scope, span, condition);
            }
            Expr::RLike { negated, expr, pattern, .. } | Expr::SimilarTo { negated, expr, pattern, .. } => {
                self.pattern(expr, unless(*negated, regex(pattern)), scope, span, condition);
            }
            Expr::Between { expr, negated, .. } => {
                let op = if *negated { PredicateOp::NotEqual } else { PredicateOp::Range };
                self.one_sided(expr, op, scope, span, condition);
            }
            Expr::In { expr, target, negated, .. } => {
                let is_single =
                    matches!(target, InTarget::List(list) if list.len() == 1 && !self.is_filled_in(&list[0]));
                let op = match (negated, is_single) {
                    (true, _) => PredicateOp::NotEqual,
                    (false, true) => PredicateOp::Equal,
                    (false, false) => PredicateOp::In,
                };
                self.one_sided(expr, op, scope, span, condition);
            }
            Expr::AnyOp { left, compare_op, right, .. } => match (compare_op, self.column(left, scope)) {
                (BinaryOperator::Eq, Some(_)) => self.one_sided(left, PredicateOp::In, scope, span, condition),
                (_, Some(_)) => self.one_sided(left, PredicateOp::Other, scope, span, condition),
                // `id::text = ANY($1)`.
                (BinaryOperator::Eq, None) if !self.columns_in(left, scope).is_empty() => {
                    self.wrapped(left, PredicateOp::Wrapped, scope, span, condition);
                }
                (_, None) => self.one_sided(right, PredicateOp::Other, scope, span, condition),
            },
            Expr::IsNull(inner) => self.one_sided(inner, PredicateOp::IsNull, scope, span, condition),
            Expr::IsNotNull(inner) => self.one_sided(inner, PredicateOp::IsNotNull, scope, span, condition),
            Expr::IsTrue(inner) | Expr::IsFalse(inner) => {
                self.one_sided(inner, PredicateOp::Equal, scope, span, condition);
            }
            Expr::IsDistinctFrom(left, right) => {
                self.compare(left, right, PredicateOp::NotEqual, scope, span, condition);
            }
            Expr::IsNotDistinctFrom(left, right) => {
                self.compare(left, right, PredicateOp::Equal, scope, span, condition);
            }
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                self.one_sided(expr, PredicateOp::Equal, scope, span, condition);
            }
            Expr::UnaryOp { op: UnaryOperator::Not, expr: inner } => self.negated(inner, scope, span, condition),
            _ => self.wrapped(expr, PredicateOp::Other, scope, span, condition),
        }
    }

    fn negated(&self, inner: &Expr, scope: usize, span: Span, condition: &mut Condition) {
        match strip(inner) {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                self.one_sided(inner, PredicateOp::Equal, scope, span, condition);
            }
            Expr::IsNull(inner) => self.one_sided(inner, PredicateOp::IsNotNull, scope, span, condition),
            inner => self.wrapped(inner, PredicateOp::Other, scope, span, condition),
        }
    }

    fn binary(
        &self,
        left: &Expr,
        op: &BinaryOperator,
        right: &Expr,
        scope: usize,
        span: Span,
        condition: &mut Condition,
    ) {
        use BinaryOperator as Op;
        match op {
            Op::Eq | Op::Spaceship | Op::Is => self.compare(left, right, PredicateOp::Equal, scope, span, condition),
            Op::NotEq | Op::IsNot => self.compare(left, right, PredicateOp::NotEqual, scope, span, condition),
            Op::Lt | Op::LtEq | Op::Gt | Op::GtEq => {
                self.compare(left, right, PredicateOp::Range, scope, span, condition);
            }
            Op::PGLikeMatch => self.pattern(left, like(right), scope, span, condition),
            Op::PGILikeMatch | Op::PGRegexIMatch => {
                self.pattern(left, PredicateOp::ContainsLike, scope, span, condition);
            }
            Op::PGRegexMatch | Op::Regexp => self.pattern(left, regex(right), scope, span, condition),
            Op::PGStartsWith => self.pattern(left, PredicateOp::PrefixLike, scope, span, condition),
            Op::Glob => self.pattern(left, glob(right), scope, span, condition),
            _ => {
                let before = condition.found.len();
                self.one_sided(left, PredicateOp::Other, scope, span, condition);
                if condition.found.len() == before {
                    self.one_sided(right, PredicateOp::Other, scope, span, condition);
                }
            }
        }
    }

    /// `left op right` where either side may be the column.
    fn compare(&self, left: &Expr, right: &Expr, op: PredicateOp, scope: usize, span: Span, condition: &mut Condition) {
        if let (Expr::Tuple(columns), Expr::Tuple(_) | Expr::Identifier(_) | Expr::Subquery(_)) =
            (strip(left), strip(right))
        {
            return self.rows(columns, op, scope, span, condition);
        }
        let own = |expr: &Expr| self.column(expr, scope).filter(|_| !self.is_quoted_value(expr, left));
        match (own(left), own(right)) {
            (Some(left), Some(right)) => join(left, right, op, span, condition),
            (Some(_), None) if self.is_quoted_value(right, left) => self.one_sided(left, op, scope, span, condition),
            (Some(_), None) => self.column_and_value(left, right, op, scope, span, condition),
            (None, Some(_)) => self.column_and_value(right, left, op, scope, span, condition),
            (None, None) => {
                if [left, right].iter().any(|side| self.is_hole_name(side)) {
                    condition.has_hole |=
                        self.columns_in(left, scope).is_empty() && self.columns_in(right, scope).is_empty();
                }
                self.wrapped(left, inside(op), scope, span, condition);
                self.wrapped(right, inside(op), scope, span, condition);
            }
        }
    }

    fn column_and_value(
        &self,
        column: &Expr,
        value: &Expr,
        op: PredicateOp,
        scope: usize,
        span: Span,
        condition: &mut Condition,
    ) {
        let others = self.columns_in(value, scope);
        let own: Vec<_> = others.into_iter().filter(|other| !other.is_outer).collect();
        let op = if own.is_empty() { op } else { PredicateOp::Other };
        self.one_sided(column, op, scope, span, condition);
        condition.found.extend(own.into_iter().take(1).map(|column| Found {
            column,
            op: PredicateOp::Wrapped,
            span,
            other: None,
        }));
    }

    /// `(a, b) = (1, 2)`, `(a, b) > (1, 2)`: of an inequality, only the first column is a bound.
    fn rows(&self, columns: &[Expr], op: PredicateOp, scope: usize, span: Span, condition: &mut Condition) {
        let count = if op == PredicateOp::Range { 1 } else { columns.len() };
        for column in columns.iter().take(count) {
            self.one_sided(column, op, scope, span, condition);
        }
    }

    /// A test of the one expression: of a column, or of what stands around one.
    fn one_sided(&self, expr: &Expr, op: PredicateOp, scope: usize, span: Span, condition: &mut Condition) {
        if let Expr::Tuple(columns) = strip(expr) {
            return self.rows(columns, op, scope, span, condition);
        }
        match self.column(expr, scope) {
            Some(column) if column.is_outer => {}
            Some(column) => condition.found.push(Found { column, op, span, other: None }),
            None if self.is_hole_name(expr) => {
                // A column that is chosen at run time; a mere parameter is compared with null.
                let is_parameter = matches!(op, PredicateOp::IsNull | PredicateOp::IsNotNull);
                condition.has_hole |= !is_parameter;
                condition.is_opaque |= !is_parameter;
            }
            None => self.wrapped(expr, inside(op), scope, span, condition),
        }
    }

    fn pattern(&self, expr: &Expr, op: PredicateOp, scope: usize, span: Span, condition: &mut Condition) {
        if self.column(expr, scope).is_some() || op == PredicateOp::ContainsLike {
            match self.column(expr, scope).or_else(|| self.columns_in(expr, scope).into_iter().next()) {
                Some(column) if !column.is_outer => condition.found.push(Found { column, op, span, other: None }),
                _ => {}
            }
        } else {
            self.one_sided(expr, op, scope, span, condition);
        }
    }

    /// The first column inside an expression, if there is one.
    fn wrapped(&self, expr: &Expr, op: PredicateOp, scope: usize, span: Span, condition: &mut Condition) {
        let mut queries = Vec::new();
        walk(expr, &mut queries, |_| true);
        match self.columns_in(expr, scope).into_iter().find(|column| !column.is_outer) {
            Some(column) => condition.found.push(Found { column, op, span, other: None }),
            None => condition.is_opaque |= !queries.is_empty(),
        }
    }

    /// `a OR b`: one predicate where it comes to one, else each column with an operator that promises nothing.
    fn alternatives(&self, expr: &Expr, scope: usize, condition: &mut Condition) {
        let span = span_of(expr);
        let mut branches = Vec::new();
        let mut stack = vec![expr];
        while let Some(expr) = stack.pop() {
            match strip(expr) {
                Expr::BinaryOp { left, op: BinaryOperator::Or, right } => stack.extend([&**right, &**left]),
                branch => branches.push(self.condition(branch, scope)),
            }
        }
        condition.has_hole |= branches.iter().any(|branch| branch.has_hole);
        condition.is_opaque |= branches.iter().any(|branch| branch.is_opaque);
        branches.retain(|branch| !branch.found.is_empty());
        let is_alone = branches.len() == 1;
        let found: Vec<Found> = branches.into_iter().flat_map(|branch| branch.found).collect();
        let is_one_column = found.windows(2).all(|pair| {
            pair[0].column.column == pair[1].column.column
                && pair[0].column.table == pair[1].column.table
                && matches!(
                    (pair[0].op, pair[1].op),
                    (PredicateOp::Equal | PredicateOp::In, PredicateOp::Equal | PredicateOp::In)
                )
        });
        if is_one_column && !is_alone {
            condition.found.extend(found.into_iter().take(1).map(|found| Found { op: PredicateOp::In, span, ..found }));
            return;
        }
        condition.found.extend(found.into_iter().map(|found| match found.op {
            _ if is_alone => found,
            PredicateOp::ContainsLike | PredicateOp::UnknownLike => found,
            _ => Found { op: PredicateOp::Other, other: None, ..found },
        }));
    }

    fn columns_in(&self, expr: &Expr, scope: usize) -> Vec<ColumnRef> {
        let mut columns = Vec::new();
        walk(expr, &mut Vec::new(), |part| {
            if let Expr::Identifier(_) | Expr::CompoundIdentifier(_) = part {
                columns.extend(self.column(part, scope));
            }
            true
        });
        columns
    }

    fn is_hole_name(&self, expr: &Expr) -> bool {
        match strip(expr) {
            Expr::Identifier(ident) => self.is_hole(ident),
            Expr::CompoundIdentifier(path) => path.last().is_some_and(|ident| self.is_hole(ident)),
            _ => false,
        }
    }

    fn is_filled_in(&self, expr: &Expr) -> bool {
        self.is_hole_name(expr)
            || matches!(strip(expr), Expr::Value(value) if matches!(value.value, Value::Placeholder(_)))
    }

    /// `status = "active"`: in SQLite and MySQL a string. Names that need quotes come with their table's name.
    fn is_quoted_value(&self, expr: &Expr, left: &Expr) -> bool {
        let is_right = !std::ptr::eq(expr, left);
        is_right && matches!(strip(expr), Expr::Identifier(ident) if ident.quote_style == Some('"'))
    }
}

fn join(left: ColumnRef, right: ColumnRef, op: PredicateOp, span: Span, condition: &mut Condition) {
    let is_within_one = left.relation.is_some() && left.relation == right.relation;
    let op = if op == PredicateOp::Equal && !is_within_one { PredicateOp::Join } else { PredicateOp::Other };
    let (left_relation, right_relation) = (left.relation, right.relation);
    let is_link = !left.is_outer && !right.is_outer && !is_within_one;
    for (column, other) in [(left, right_relation), (right, left_relation)] {
        if !column.is_outer {
            condition.found.push(Found { column, op, span, other: other.filter(|_| is_link) });
        }
    }
}

/// What a test of an expression around a column is. No index serves what is unlike a value, whether the column stands bare or not.
fn inside(op: PredicateOp) -> PredicateOp {
    match op {
        PredicateOp::NotEqual => PredicateOp::NotEqual,
        _ => PredicateOp::Wrapped,
    }
}

fn unless(negated: bool, op: PredicateOp) -> PredicateOp {
    if negated { PredicateOp::Other } else { op }
}

/// What is known of a pattern's start: `LIKE '%' || $1`, `LIKE CONCAT('%', ?)`, `LIKE 'a%'`.
fn like(pattern: &Expr) -> PredicateOp {
    match first_text(pattern) {
        Some(text) if text.starts_with(['%', '_']) => PredicateOp::ContainsLike,
        Some(text) if text.chars().all(|c| crate::HOLE.starts_with(c)) => PredicateOp::UnknownLike,
        Some(text) if !text.contains(['%', '_']) && string_value(pattern).is_some() && !is_template(text) => {
            PredicateOp::Equal
        }
        Some(text) if is_template(text) => PredicateOp::UnknownLike,
        Some(_) => PredicateOp::PrefixLike,
        None => PredicateOp::UnknownLike,
    }
}

/// A template's placeholder stands first in the text.
fn is_template(text: &str) -> bool {
    text.starts_with(['{', '$', ':']) && !text.contains('%')
}

fn regex(pattern: &Expr) -> PredicateOp {
    match first_text(pattern) {
        Some(text) if text.starts_with('^') => PredicateOp::PrefixLike,
        _ => PredicateOp::ContainsLike,
    }
}

fn glob(pattern: &Expr) -> PredicateOp {
    match first_text(pattern) {
        Some(text) if text.starts_with(['*', '?']) => PredicateOp::ContainsLike,
        Some(_) => PredicateOp::PrefixLike,
        None => PredicateOp::UnknownLike,
    }
}

/// The text with which a concatenation starts, if it is a literal.
fn first_text(pattern: &Expr) -> Option<&str> {
    let mut expr = strip(pattern);
    loop {
        expr = strip(match expr {
            Expr::BinaryOp { left, op: BinaryOperator::StringConcat | BinaryOperator::Plus, .. } => left,
            Expr::Function(function) if function_name(function) == "concat" => first_argument(function)?,
            Expr::Function(function) if ["lower", "upper"].contains(&function_name(function).as_str()) => {
                first_argument(function)?
            }
            _ => return string_value(expr),
        });
    }
}

fn first_argument(function: &Function) -> Option<&Expr> {
    match &function.args {
        FunctionArguments::List(list) => list.args.first().and_then(argument),
        _ => None,
    }
}

pub(crate) fn span_of(tree: &impl Spanned) -> Span {
    span_at(tree.span())
}

pub(crate) fn span_at(span: sqlparser::tokenizer::Span) -> Span {
    let (start, end) = offsets(span).unwrap_or_default();
    Span { start: u32::try_from(start).unwrap_or(u32::MAX), end: u32::try_from(end).unwrap_or(u32::MAX) }
}
