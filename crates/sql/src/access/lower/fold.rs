//! What becomes of the rows of a select: groups, aggregates, windows, order.

use sqlparser::ast::{self, Distinct, Expr, GroupByExpr, OrderByKind, Select, SelectItem};

use super::super::Dialect;
use super::super::block::{Fold, Key, Sort};
use super::Lowering;
use super::columns::Term;
use super::shape::{holds_aggregate, outputs};
use crate::expr::{function_name, has_window, is_aggregate_name, lower, strip, walk};
use crate::predicate::span_of;

impl<'a> Lowering<'a> {
    pub(super) fn fold(&mut self, select: &Select, scope: usize) {
        let block = self.scopes[scope].block;
        let mut keys = Vec::new();
        let mut folds = false;
        match &select.distinct {
            Some(Distinct::Distinct) => {
                folds = true;
                keys.extend(outputs(select).filter_map(|expr| self.column(expr, scope)));
            }
            Some(Distinct::On(exprs)) => {
                folds = true;
                keys.extend(exprs.iter().filter_map(|expr| self.column(expr, scope)));
            }
            Some(Distinct::All) | None => {}
        }
        if let GroupByExpr::Expressions(group, _) = &select.group_by
            && !group.is_empty()
        {
            folds = true;
            keys = group.iter().filter_map(|expr| self.column(ordinal(expr, select), scope)).collect();
            self.blocks[block].gives_keys =
                self.dialect == Dialect::Postgres && !matches!(select.distinct, Some(Distinct::On(_)));
        } else if !matches!(&select.group_by, GroupByExpr::Expressions(..)) {
            folds = true;
        }
        let windows: Vec<&Expr> = outputs(select).filter(|expr| has_window(expr)).collect();
        if !windows.is_empty() {
            let shared = self.partition(&windows, scope);
            keys = if folds { keys.into_iter().filter(|key| shared.contains(key)).collect() } else { shared };
            folds = true;
            self.blocks[block].gives_keys = false;
        }
        let has_aggregate = || outputs(select).chain(&select.having).any(holds_aggregate);
        self.blocks[block].fold = if folds {
            Fold::Grouped(keys)
        } else if has_aggregate() {
            Fold::Aggregate
        } else {
            Fold::None
        };
    }

    /// The columns by which every window is partitioned.
    fn partition(&mut self, windows: &[&Expr], scope: usize) -> Vec<(usize, Key)> {
        let mut shared: Option<Vec<(usize, Key)>> = None;
        for expr in windows {
            let mut partitions: Vec<&Expr> = Vec::new();
            walk(expr, &mut Vec::new(), |part| {
                if let Expr::Function(function) = part
                    && let Some(ast::WindowType::WindowSpec(window)) = &function.over
                {
                    partitions.extend(&window.partition_by);
                }
                true
            });
            let own: Vec<_> = partitions.into_iter().filter_map(|expr| self.column(expr, scope)).collect();
            shared = Some(match shared {
                Some(shared) => shared.into_iter().filter(|key| own.contains(key)).collect(),
                None => own,
            });
        }
        shared.unwrap_or_default()
    }

    pub(super) fn extremes(&mut self, select: &Select, scope: usize) {
        let block = self.scopes[scope].block;
        if self.blocks[block].fold != Fold::Aggregate {
            return;
        }
        let mut found = Vec::new();
        for expr in outputs(select) {
            let Some(arguments) = extremes_in(expr) else { return };
            for argument in arguments {
                let Some(column) = self.column(argument, scope) else { return };
                found.push(column);
            }
        }
        self.blocks[block].extremes = found;
    }

    pub(super) fn order(&mut self, query: &'a ast::Query, select: &'a Select, scope: usize) {
        let Some(order) = &query.order_by else { return };
        let OrderByKind::Expressions(list) = &order.kind else { return };
        for item in list {
            let expr = self.aliased(ordinal(&item.expr, select), select);
            let target = self.chosen(expr, scope).and_then(|chosen| self.column(chosen, scope));
            let sort = Sort {
                target,
                is_descending: matches!(item.options.sort, Some(ast::OrderBySort::Desc)),
                nulls_first: item.options.nulls_first,
                span: span_of(&item.expr),
            };
            let block = self.scopes[scope].block;
            self.blocks[block].order.push(sort);
            self.subqueries(expr, scope);
        }
    }

    /// `CASE WHEN $1 = 'name' THEN name END`: a plan for given values orders by a column, or not at all.
    fn chosen<'e>(&mut self, expr: &'e Expr, scope: usize) -> Option<&'e Expr> {
        let Expr::Case { operand, conditions, .. } = strip(expr) else { return Some(expr) };
        let mut tested = operand.as_deref().into_iter().chain(conditions.iter().map(|when| &when.condition));
        let is_given = tested.all(|test| self.term(test, scope) == Term::Known);
        if is_given { conditions.first().map(|when| &when.result) } else { Some(expr) }
    }

    /// What a name in ORDER BY stands for, where it is the alias of an output.
    fn aliased(&self, expr: &'a Expr, select: &'a Select) -> &'a Expr {
        let Expr::Identifier(name) = strip(expr) else { return expr };
        let name = lower(name);
        let named = select.projection.iter().find_map(|item| match item {
            SelectItem::ExprWithAlias { expr, alias } if lower(alias) == name => Some(expr),
            _ => None,
        });
        named.unwrap_or(expr)
    }
}

/// What MIN and MAX are of in an expression that is made of nothing else of the rows: `COALESCE(MAX(id), 0) + 1`.
fn extremes_in(expr: &Expr) -> Option<Vec<&Expr>> {
    let mut found = Some(Vec::new());
    let mut queries = Vec::new();
    walk(expr, &mut queries, |part| {
        match part {
            Expr::Function(function) if matches!(function_name(function).as_str(), "min" | "max") => {
                let argument = match &function.args {
                    ast::FunctionArguments::List(list) => list.args.first().and_then(crate::expr::argument),
                    _ => None,
                };
                found = found.take().zip(argument).map(|(mut found, argument)| {
                    found.push(argument);
                    found
                });
                return false;
            }
            Expr::Function(function) if is_aggregate_name(&function_name(function)) => found = None,
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => found = None,
            _ => {}
        }
        true
    });
    found.filter(|found| !found.is_empty() && queries.is_empty())
}

/// `GROUP BY 1`, `ORDER BY 2`: the output that is meant.
fn ordinal<'e>(expr: &'e Expr, select: &'e Select) -> &'e Expr {
    let Expr::Value(value) = strip(expr) else { return expr };
    let ast::Value::Number(number, _) = &value.value else { return expr };
    let at = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    at.and_then(|at| outputs(select).nth(at)).unwrap_or(expr)
}
