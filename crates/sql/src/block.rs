//! One SELECT block: its relations, what narrows them, and what the outermost one returns.

use ir::{Symbol, TableUse};
use sqlparser::ast::{
    self, Expr, GroupByExpr, Ident, JoinConstraint, JoinOperator, LimitClause, ObjectName, OrderByExpr, OrderByKind,
    Select, SelectItem, TableAlias, TableFactor, TableWithJoins, Value,
};

use crate::expr::{argument, is_aggregate, is_random, lower, strip};
use crate::predicate::{Condition, span_at, span_of};
use crate::query::{Block, Pending, Reader, has_limit, last_ident};
use crate::scope::{Relation, symbol};

/// Which side of a join keeps its rows without a match.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Join {
    Inner,
    Left,
    Right,
    Full,
}

impl<'a> Reader<'a> {
    pub(crate) fn joined(&mut self, tables: &'a TableWithJoins, scope: usize, block: Block) {
        let first = self.names.scopes[scope].relations.len();
        self.factor(&tables.relation, scope, block);
        for join in &tables.joins {
            let right = self.names.scopes[scope].relations.len();
            self.factor(&join.relation, scope, block);
            use JoinOperator as Op;
            let (kind, constraint) = match &join.join_operator {
                Op::Join(on) | Op::Inner(on) | Op::CrossJoin(on) | Op::StraightJoin(on) => (Join::Inner, on),
                Op::Semi(on) | Op::LeftSemi(on) | Op::RightSemi(on) => (Join::Inner, on),
                Op::Left(on) | Op::LeftOuter(on) | Op::Anti(on) | Op::LeftAnti(on) => (Join::Left, on),
                Op::AsOf { constraint, .. } => (Join::Left, constraint),
                Op::Right(on) | Op::RightOuter(on) | Op::RightAnti(on) => (Join::Right, on),
                Op::FullOuter(on) => (Join::Full, on),
                Op::CrossApply | Op::OuterApply | Op::ArrayJoin | Op::LeftArrayJoin | Op::InnerArrayJoin => continue,
            };
            match constraint {
                JoinConstraint::On(on) => {
                    self.subqueries(on, Some(scope));
                    let condition = self.names.condition(on, scope);
                    self.apply(condition, scope, kind, right);
                }
                JoinConstraint::Using(columns) | JoinConstraint::UsingAlias(columns, _) => {
                    self.using(columns, scope, kind, first, right);
                }
                JoinConstraint::Natural => self.link(scope, kind, first, right),
                JoinConstraint::None => {}
            }
        }
    }

    pub(crate) fn factor(&mut self, factor: &'a TableFactor, scope: usize, block: Block) {
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => self.table(name, alias.as_ref(), scope, block),
            TableFactor::Table { alias, args: Some(args), .. } => {
                args.args.iter().filter_map(argument).for_each(|expr| self.subqueries(expr, Some(scope)));
                self.relation(alias.as_ref(), scope);
            }
            TableFactor::Derived { subquery, alias, .. } => {
                self.pending.push_back((Pending::Query(subquery), Some(scope)));
                self.relation(alias.as_ref(), scope);
            }
            TableFactor::NestedJoin { table_with_joins, .. } => self.joined(table_with_joins, scope, block),
            TableFactor::Pivot { table, .. }
            | TableFactor::Unpivot { table, .. }
            | TableFactor::MatchRecognize { table, .. } => self.factor(table, scope, block),
            TableFactor::TableFunction { alias, .. }
            | TableFactor::Function { alias, .. }
            | TableFactor::UNNEST { alias, .. }
            | TableFactor::JsonTable { alias, .. }
            | TableFactor::OpenJsonTable { alias, .. }
            | TableFactor::XmlTable { alias, .. }
            | TableFactor::SemanticView { alias, .. } => self.relation(alias.as_ref(), scope),
            TableFactor::UnpivotExpr { .. } => self.relation(None, scope),
        }
    }

    /// A relation that is no table: its rows count as bounded.
    fn relation(&mut self, alias: Option<&TableAlias>, scope: usize) {
        let label = alias.map_or_else(String::new, |alias| lower(&alias.name));
        self.names.scopes[scope].relations.push(Relation { label, table: None, table_use: None, is_narrowed: false });
    }

    pub(crate) fn table(&mut self, name: &'a ObjectName, alias: Option<&TableAlias>, scope: usize, block: Block) {
        let Some(ident) = last_ident(name) else { return self.relation(alias, scope) };
        let is_hole =
            name.0.iter().filter_map(|part| part.as_ident()).next_back().is_some_and(|last| self.names.is_hole(last));
        self.query.is_partial |= is_hole;
        let table = lower(ident);
        let label = alias.map_or_else(|| table.clone(), |alias| lower(&alias.name));
        if is_hole || is_catalog(name) || name.0.len() == 1 && self.ctes.contains(&table) {
            return self.names.scopes[scope].relations.push(Relation {
                label,
                table: None,
                table_use: None,
                is_narrowed: false,
            });
        }
        let table = Symbol::new(&table);
        self.query.tables.push(TableUse {
            name: table,
            alias: alias.map(|alias| symbol(&alias.name)),
            span: span_at(ident.span),
            is_nested: block.is_nested,
            is_filtered: false,
            is_limited: block.is_limited,
            is_joined: false,
        });
        self.names.scopes[scope].relations.push(Relation {
            label,
            table: Some(table),
            table_use: Some(self.query.tables.len() - 1),
            is_narrowed: false,
        });
    }

    /// WHERE.
    pub(crate) fn narrow(&mut self, selection: Option<&Expr>, scope: usize) {
        if let Some(selection) = selection {
            let condition = self.names.condition(selection, scope);
            self.apply(condition, scope, Join::Inner, 0);
        }
    }

    /// Takes over a condition of WHERE or of a join; `right` is the first relation on the join's right.
    fn apply(&mut self, condition: Condition, scope: usize, join: Join, right: usize) {
        self.query.is_partial |= condition.has_hole;
        let relations = &mut self.names.scopes[scope];
        let may_narrow = |relation: usize| match join {
            Join::Inner => true,
            Join::Left => relation >= right,
            Join::Right => relation < right,
            Join::Full => false,
        };
        if condition.is_opaque {
            relations
                .relations
                .iter_mut()
                .enumerate()
                .filter(|(at, _)| may_narrow(*at))
                .for_each(|(_, r)| r.is_narrowed = true);
        }
        for found in condition.found {
            let known = found.column.relation;
            match (known, found.other) {
                (Some(relation), Some(other)) if may_narrow(relation) => relations.edges.push((other, relation)),
                (Some(relation), None) if may_narrow(relation) => relations.relations[relation].is_narrowed = true,
                (None, _) => {
                    let bounded = relations.relations.iter_mut().enumerate().filter(|(at, _)| may_narrow(*at));
                    bounded.for_each(|(_, relation)| relation.is_narrowed = true);
                }
                _ => continue,
            }
            self.query.filters.push(ir::Predicate {
                table: found.column.table,
                column: found.column.column,
                op: found.op,
                span: found.span,
            });
        }
    }

    fn using(&mut self, columns: &[ObjectName], scope: usize, join: Join, first: usize, right: usize) {
        self.link(scope, join, first, right);
        let sides: &[usize] = match join {
            Join::Inner => &[first, right],
            Join::Left => &[right],
            Join::Right => &[first],
            Join::Full => &[],
        };
        for column in columns.iter().filter_map(last_ident) {
            for table in sides.iter().filter_map(|side| self.names.scopes[scope].relations.get(*side)?.table) {
                self.query.filters.push(ir::Predicate {
                    table: Some(table),
                    column: symbol(column),
                    op: ir::PredicateOp::Join,
                    span: span_at(column.span),
                });
            }
        }
    }

    fn link(&mut self, scope: usize, join: Join, first: usize, right: usize) {
        let relations = &mut self.names.scopes[scope];
        if right >= relations.relations.len() || first == right {
            return;
        }
        if matches!(join, Join::Inner | Join::Left) {
            relations.edges.push((first, right));
        }
        if matches!(join, Join::Inner | Join::Right) {
            relations.edges.push((right, first));
        }
    }

    /// LIMIT, OFFSET and ORDER BY of the whole.
    pub(crate) fn top_bounds(&mut self, query: &'a ast::Query) {
        self.query.has_limit |= has_limit(query);
        let offset = match &query.limit_clause {
            Some(LimitClause::LimitOffset { offset, .. }) => offset.as_ref().map(|offset| &offset.value),
            Some(LimitClause::OffsetCommaLimit { offset, .. }) => Some(offset),
            None => None,
        };
        self.query.has_offset |= offset.is_some_and(|offset| !is_zero(offset));
        if let Some(order) = &query.order_by
            && let OrderByKind::Expressions(list) = &order.kind
        {
            list.iter().for_each(|order| self.order(order, top_select(query)));
        }
    }

    fn order(&mut self, order: &'a OrderByExpr, select: Option<&'a Select>) {
        self.query.order_by_random |= is_random(order);
        let items = select.map_or(&[][..], |select| &select.projection);
        let expr = match strip(&order.expr) {
            Expr::Value(value) => match &value.value {
                Value::Number(position, _) => {
                    position.parse::<usize>().ok().and_then(|at| items.get(at.checked_sub(1)?)).and_then(plain_item)
                }
                _ => None,
            },
            Expr::Identifier(ident) if self.names.is_hole(ident) => {
                self.query.is_partial = true;
                return;
            }
            Expr::Identifier(ident) => aliased(items, ident).or(Some(&order.expr)),
            other => Some(other),
        };
        let Some(expr) = expr else { return };
        let span = span_of(&order.expr);
        let name = match strip(expr) {
            Expr::Identifier(ident) => symbol(ident),
            Expr::CompoundIdentifier(path) => match path.last() {
                Some(ident) if !self.names.is_hole(ident) => symbol(ident),
                _ => return,
            },
            // An expression matches no column, and says so.
            other => Symbol::new(&span_of(other).text(self.source).to_lowercase()),
        };
        self.query.order.push((name, span));
    }

    /// What the outermost block returns.
    pub(crate) fn projection(&mut self, select: &'a Select, scope: usize) {
        self.query.is_grouped = match &select.group_by {
            GroupByExpr::All(_) => true,
            GroupByExpr::Expressions(list, _) => !list.is_empty(),
        };
        let is_value = |ident: &Ident| self.names.is_hole(ident);
        let aggregates =
            select.projection.iter().all(|item| plain_item(item).is_some_and(|expr| is_aggregate(expr, is_value)));
        self.query.is_aggregate = aggregates && !self.query.is_grouped;
        for item in &select.projection {
            match item {
                SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => self.query.selects_all_columns = true,
                _ => match plain_item(item) {
                    Some(Expr::Identifier(ident)) if self.names.is_hole(ident) => self.query.is_partial = true,
                    Some(expr) => self.query.columns.extend(self.names.column(expr, scope).map(|column| column.column)),
                    None => {}
                },
            }
        }
    }
}

fn top_select(query: &ast::Query) -> Option<&Select> {
    match &*query.body {
        ast::SetExpr::Select(select) => Some(select),
        _ => None,
    }
}

fn plain_item(item: &SelectItem) -> Option<&Expr> {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    }
}

/// The column behind an alias of the projection.
fn aliased<'a>(items: &'a [SelectItem], name: &Ident) -> Option<&'a Expr> {
    items.iter().find_map(|item| match item {
        SelectItem::ExprWithAlias { expr, alias } if alias.value.eq_ignore_ascii_case(&name.value) => {
            matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_)).then_some(expr)
        }
        _ => None,
    })
}

fn is_zero(expr: &Expr) -> bool {
    matches!(strip(expr), Expr::Value(value) if matches!(&value.value, Value::Number(number, _) if number == "0"))
}

fn is_catalog(name: &ObjectName) -> bool {
    const SCHEMAS: &[&str] = &["information_schema", "pg_catalog", "sys", "performance_schema", "mysql"];
    const TABLES: &[&str] = &["sqlite_master", "sqlite_schema", "sqlite_sequence", "dual"];
    let mut idents = name.0.iter().filter_map(|part| part.as_ident()).map(lower).rev();
    let is_system_table = idents.next().is_some_and(|table| TABLES.contains(&table.as_str()));
    is_system_table || idents.next().is_some_and(|schema| SCHEMAS.contains(&schema.as_str()))
}
