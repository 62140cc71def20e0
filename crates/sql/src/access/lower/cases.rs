//! OR and CASE: conditions of which only some hold.

use sqlparser::ast::{BinaryOperator, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments};

use super::super::Dialect;
use super::super::block::{Atom, Op, Source, Test};
use super::columns::Term;
use super::{Column, Lowering};
use crate::expr::strip;
use crate::key;
use crate::predicate::span_of;

impl<'a> Lowering<'a> {
    pub(super) fn alternatives(&mut self, expr: &'a Expr, scope: usize) -> Vec<Test> {
        let mut branches: Vec<Vec<Test>> = Vec::new();
        let (mut is_optional, mut is_switched) = (false, false);
        let mut stack = vec![expr];
        while let Some(expr) = stack.pop() {
            match strip(expr) {
                Expr::BinaryOp { left, op: BinaryOperator::Or, right } => stack.extend([&**right, &**left]),
                branch => {
                    let tests = self.tests(branch, scope);
                    // Nothing of the rows: `$1 IS NULL OR …`.
                    is_optional |= tests.is_empty();
                    is_switched |= self.is_switch(branch);
                    if !tests.is_empty() {
                        branches.push(tests);
                    }
                }
            }
        }
        if is_optional {
            let tests = optional(branches);
            return if is_switched { tests.into_iter().map(conceal).collect() } else { tests };
        }
        vec![one_of(&branches, expr).unwrap_or(Test::Any(branches))]
    }

    /// `$1 OR …`: a parameter that tells to take all rows.
    fn is_switch(&self, expr: &Expr) -> bool {
        match strip(expr) {
            Expr::Identifier(ident) => self.is_hole(ident),
            Expr::Cast { expr: inner, .. } => self.is_switch(inner),
            _ => false,
        }
    }

    /// `CASE WHEN $1 > 0 THEN id = $1 ELSE key = $2 END`: a plan for given values holds one branch only.
    pub(super) fn case(&mut self, expr: &'a Expr, scope: usize) -> Vec<Test> {
        let Expr::Case { operand, conditions, else_result, .. } = expr else { return Vec::new() };
        let mut tested = operand.as_deref().into_iter().chain(conditions.iter().map(|when| &when.condition));
        if !tested.all(|expr| self.term(expr, scope) == Term::Known) {
            return self.opaque(expr, scope);
        }
        let results = conditions.iter().map(|when| &when.result).chain(else_result.as_deref());
        let branches: Vec<Vec<Test>> = results.map(|result| self.tests(result, scope)).collect();
        optional(branches.into_iter().filter(|tests| !tests.is_empty()).collect())
    }

    /// `COALESCE(column = $1, $1 IS NULL)`, where planners do not look inside.
    pub(super) fn hidden(&mut self, function: &'a Function, expr: &'a Expr, scope: usize) -> Vec<Test> {
        let FunctionArguments::List(list) = &function.args else { return self.opaque(expr, scope) };
        let [FunctionArg::Unnamed(FunctionArgExpr::Expr(first)), others @ ..] = list.args.as_slice() else {
            return self.opaque(expr, scope);
        };
        let is_known = others.iter().all(|other| match other {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(other)) => self.term(other, scope) == Term::Known,
            _ => false,
        });
        let is_comparison = matches!(strip(first), Expr::BinaryOp { .. } | Expr::AnyOp { .. } | Expr::In { .. });
        if !is_known || !is_comparison {
            return self.opaque(expr, scope);
        }
        self.tests(first, scope).into_iter().map(conceal).collect()
    }

    /// A column cast to the type that it has is the column.
    pub(super) fn same_by_cast(&mut self, expr: &Expr, scope: usize) -> Option<Term> {
        let Expr::Cast { expr: inner, data_type, .. } = expr else { return None };
        let Some(Some(Column::Of(relation, key))) = self.named(strip(inner), scope) else { return None };
        let Source::Table(table) = self.blocks[self.scopes[scope].block].relations.get(relation)?.source else {
            return None;
        };
        let own = family((self.column_type)(table, key.name)??)?;
        let is_same = self.dialect == Dialect::Postgres && !key.is_expression && family_of(data_type)? == own;
        is_same.then_some(Term::Column(relation, key))
    }
}

/// A condition that no index can apply.
fn conceal(test: Test) -> Test {
    match test {
        Test::Atom(atom) => Test::Hidden(Atom { is_optional: true, ..atom }),
        test => test,
    }
}

/// `x = 'a' OR x = 'b'` is `x IN ('a', 'b')`.
fn one_of(branches: &[Vec<Test>], expr: &Expr) -> Option<Test> {
    let atoms = branches.iter().map(|branch| match branch.as_slice() {
        [Test::Atom(atom)] if matches!(atom.op, Op::Equal | Op::In) && !atom.is_optional => Some(atom),
        _ => None,
    });
    let atoms: Vec<&Atom> = atoms.collect::<Option<_>>()?;
    let (first, others) = atoms.split_first()?;
    let is_same = others.iter().all(|atom| (atom.relation, atom.key) == (first.relation, first.key));
    let is_word = atoms.iter().all(|atom| atom.is_word);
    let (span, text) = (span_of(expr), key::truth(expr));
    is_same.then(|| Test::Atom(Atom { op: Op::In, span, text, is_word, day: None, ..(*first).clone() }))
}

/// Branches of which a run takes one, or none.
fn optional(mut branches: Vec<Vec<Test>>) -> Vec<Test> {
    branches.iter_mut().flatten().for_each(|test| mark(test, 0));
    match branches.len() {
        0 => Vec::new(),
        1 => branches.pop().unwrap_or_default(),
        _ => vec![Test::Any(branches)],
    }
}

fn mark(test: &mut Test, depth: u32) {
    match test {
        Test::Atom(atom) => atom.is_optional = true,
        Test::Any(branches) if depth < 64 => branches.iter_mut().flatten().for_each(|test| mark(test, depth + 1)),
        _ => {}
    }
}

fn family_of(ty: &DataType) -> Option<&'static str> {
    let text = ty.to_string().to_lowercase();
    // A length cuts values.
    if text.contains('(') { None } else { family(&text) }
}

/// Types between which PostgreSQL casts without changing a value, so that an index on the column serves.
fn family(ty: &str) -> Option<&'static str> {
    let same = [
        ("text", &["text", "varchar", "character varying"][..]),
        ("uuid", &["uuid"]),
        ("int4", &["integer", "int", "int4", "serial", "serial4"]),
        ("int8", &["bigint", "int8", "bigserial", "serial8"]),
        ("bool", &["boolean", "bool"]),
        ("timestamptz", &["timestamptz", "timestamp with time zone"]),
        ("timestamp", &["timestamp", "timestamp without time zone"]),
        ("date", &["date"]),
    ];
    let ty = ty.split('(').next()?.trim();
    same.iter().find(|(_, names)| names.contains(&ty)).map(|(family, _)| *family)
}
