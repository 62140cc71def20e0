//! FROM clauses: tables, joins, and subqueries that become part of the block.

use std::ops::Range;

use ir::{Span, Symbol};
use sqlparser::ast::{
    self, Expr, JoinConstraint, JoinOperator, Select, SelectItem, SelectItemQualifiedWildcardKind, TableAlias,
    TableFactor, TableWithJoins,
};

use super::super::block::{Conjunct, Group, GroupKind, Key, Source, Test};
use super::shape::is_simple;
use super::{Column, Lowering, MAX_DEPTH, Scope, Target};
use crate::expr::{argument, function_name, lower, strip};
use crate::predicate::span_at;
use crate::query::last_ident;
use crate::scope::symbol;

#[derive(Clone, Copy)]
enum Kind {
    Inner,
    Left,
    Right,
    Full,
}

impl<'a> Lowering<'a> {
    pub(super) fn from(&mut self, from: &'a [TableWithJoins], scope: usize) {
        for tables in from {
            self.joined(tables, scope, None);
        }
    }

    fn joined(&mut self, tables: &'a TableWithJoins, scope: usize, group: Option<Group>) {
        let block = self.scopes[scope].block;
        let start = self.blocks[block].relations.len();
        self.factor(&tables.relation, scope, group);
        for join in &tables.joins {
            use JoinOperator as Op;
            let middle = self.blocks[block].relations.len();
            let (kind, constraint) = match &join.join_operator {
                Op::Join(on) | Op::Inner(on) | Op::CrossJoin(on) | Op::StraightJoin(on) => (Kind::Inner, Some(on)),
                Op::Semi(on) | Op::LeftSemi(on) | Op::RightSemi(on) => (Kind::Inner, Some(on)),
                Op::Left(on) | Op::LeftOuter(on) | Op::Anti(on) | Op::LeftAnti(on) => (Kind::Left, Some(on)),
                Op::AsOf { constraint, .. } => (Kind::Left, Some(constraint)),
                Op::Right(on) | Op::RightOuter(on) | Op::RightAnti(on) => (Kind::Right, Some(on)),
                Op::FullOuter(on) => (Kind::Full, Some(on)),
                _ => (Kind::Inner, None),
            };
            let own = match kind {
                Kind::Left | Kind::Full => Some(self.next_group(GroupKind::Nullable)),
                Kind::Inner | Kind::Right => group,
            };
            self.factor(&join.relation, scope, own);
            let mut condition_of = own;
            if matches!(kind, Kind::Right | Kind::Full) {
                let left = self.next_group(GroupKind::Nullable);
                self.blocks[block].relations[start..middle].iter_mut().for_each(|other| other.group = Some(left));
                condition_of = if matches!(kind, Kind::Right) { Some(left) } else { own };
            }
            if let Some(constraint) = constraint {
                self.constraint(constraint, scope, start..middle, condition_of.map(|group| group.number));
            }
        }
    }

    fn constraint(&mut self, constraint: &'a JoinConstraint, scope: usize, left: Range<usize>, group: Option<usize>) {
        match constraint {
            JoinConstraint::On(on) => self.conjuncts(on, scope, group),
            JoinConstraint::Using(columns) | JoinConstraint::UsingAlias(columns, _) => {
                let block = self.scopes[scope].block;
                let right = self.blocks[block].relations.len().saturating_sub(1);
                for column in columns.iter().filter_map(last_ident) {
                    let key = Key::column(symbol(column));
                    let owner = left.clone().rev().find(|relation| self.may_have(block, *relation, key.name));
                    let test = Test::Join((owner.unwrap_or(left.start), key), (right, key));
                    self.blocks[block].tests.push(Conjunct { group, test });
                }
            }
            JoinConstraint::Natural | JoinConstraint::None => {}
        }
    }

    fn may_have(&self, block: usize, relation: usize, column: Symbol) -> bool {
        match &self.blocks[block].relations[relation].source {
            Source::Table(_) => self.relation_has(block, relation, column) != Some(false),
            _ => true,
        }
    }

    fn factor(&mut self, factor: &'a TableFactor, scope: usize, group: Option<Group>) {
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let Some(ident) = last_ident(name) else { return };
                let label = alias.as_ref().map_or_else(|| lower(ident), |alias| lower(&alias.name));
                self.named_relation(symbol(ident), label, span_at(ident.span), scope, group);
            }
            TableFactor::Table { alias, args: Some(args), .. } => {
                for expr in args.args.iter().filter_map(argument) {
                    self.subqueries(expr, scope);
                }
                self.few(alias.as_ref(), scope, group);
            }
            TableFactor::Derived { subquery, alias, lateral, .. } => {
                self.subquery(subquery, label_of(alias.as_ref()), alias.as_ref(), *lateral, scope, group);
            }
            TableFactor::NestedJoin { table_with_joins, .. } => self.joined(table_with_joins, scope, group),
            TableFactor::UNNEST { alias, .. }
            | TableFactor::Function { alias, .. }
            | TableFactor::TableFunction { alias, .. } => self.few(alias.as_ref(), scope, group),
            _ => self.few(None, scope, group),
        }
    }

    fn few(&mut self, alias: Option<&TableAlias>, scope: usize, group: Option<Group>) {
        self.relation(Source::Few, label_of(alias), Span::new(0, 0), scope, group);
        self.note_alias(alias, scope);
    }

    fn relation(&mut self, source: Source, label: String, span: Span, scope: usize, group: Option<Group>) {
        let block = self.scopes[scope].block;
        let span = self.view.unwrap_or(span);
        let relations = &mut self.blocks[block].relations;
        relations.push(super::super::block::Relation { source, span, group, used: Some(Vec::new()) });
        let target = Target::Relation(relations.len() - 1);
        self.scopes[scope].labels.push((label, target));
    }

    /// A table, a view, or a common table expression.
    fn named_relation(&mut self, name: Symbol, label: String, span: Span, scope: usize, group: Option<Group>) {
        if let Some(at) =
            self.ctes.iter().rposition(|cte| cte.name == name && !cte.is_hidden && (!cte.is_open || cte.is_recursive))
        {
            let (query, alias, is_open) = (self.ctes[at].query, self.ctes[at].alias, self.ctes[at].is_open);
            if is_open {
                // The working table of a recursion.
                self.relation(Source::Few, label, span, scope, group);
                return self.note_alias(Some(alias), scope);
            }
            if self.ctes[at].is_shared || self.ctes[at].block.is_some() {
                let blocks = self.shared(at);
                self.relation(Source::Blocks(blocks), label, span, scope, group);
                return self.note_alias(Some(alias), scope);
            }
            self.ctes[at].is_open = true;
            self.subquery(query, label, Some(alias), false, scope, group);
            self.ctes[at].is_open = false;
            return;
        }
        let views = self.views;
        match views.get(&name).filter(|_| self.depth < MAX_DEPTH) {
            Some(query) => {
                let around = self.view.replace(self.view.unwrap_or(span));
                self.subquery(query, label, None, false, scope, group);
                self.view = around;
            }
            None => self.relation(Source::Table(name), label, span, scope, group),
        }
    }

    /// The blocks of a common table expression that is computed by itself.
    fn shared(&mut self, at: usize) -> Vec<usize> {
        if let Some(blocks) = &self.ctes[at].block {
            return blocks.clone();
        }
        self.ctes[at].is_open = true;
        // Later ones of its name are not meant inside it.
        let later: Vec<usize> = (at + 1..self.ctes.len()).filter(|other| !self.ctes[*other].is_hidden).collect();
        later.iter().for_each(|other| self.ctes[*other].is_hidden = true);
        let query = self.ctes[at].query;
        let blocks = self.query(query, None, false);
        self.keep(&blocks);
        later.iter().for_each(|other| self.ctes[*other].is_hidden = false);
        self.ctes[at].is_open = false;
        self.ctes[at].block = Some(blocks.clone());
        blocks
    }

    /// A subquery in FROM: part of the block where its rows can be joined one by one, else a block of its own.
    fn subquery(
        &mut self,
        query: &'a ast::Query,
        label: String,
        alias: Option<&TableAlias>,
        is_lateral: bool,
        scope: usize,
        group: Option<Group>,
    ) {
        if let Some(select) = is_simple(query).filter(|_| self.depth < MAX_DEPTH) {
            self.depth += 1;
            let mut target = self.merge(select, scope, group);
            self.depth -= 1;
            rename(&mut target, alias);
            self.scopes[scope].labels.push((label, target));
            return;
        }
        let parent = if is_lateral { Some(scope) } else { self.scopes[scope].parent };
        let blocks = self.query(query, parent, is_lateral);
        let source = if blocks.is_empty() { Source::Few } else { Source::Blocks(blocks) };
        self.relation(source, label, Span::new(0, 0), scope, group);
        self.note_alias(alias, scope);
    }

    /// The relations and conditions of a select, added to the block of a scope; what its columns are.
    pub(super) fn merge(&mut self, select: &'a Select, scope: usize, group: Option<Group>) -> Target {
        let block = self.scopes[scope].block;
        self.scopes.push(Scope { block, parent: Some(scope), ..Scope::default() });
        let inner = self.scopes.len() - 1;
        let first = self.blocks[block].relations.len();
        for tables in &select.from {
            self.joined(tables, inner, group);
        }
        if let Some(selection) = &select.selection {
            self.conjuncts(selection, inner, group.map(|group| group.number));
        }
        let last = self.blocks[block].relations.len();
        let target = self.projection(select, inner, first..last);
        self.scopes[scope].is_correlated |= self.scopes[inner].is_correlated;
        self.note_columns(select, None, inner, true);
        target
    }

    pub(super) fn projection(&mut self, select: &'a Select, scope: usize, own: Range<usize>) -> Target {
        let mut columns = Vec::new();
        let mut all_of = Vec::new();
        for item in &select.projection {
            let (expr, name) = match item {
                SelectItem::UnnamedExpr(expr) => (expr, output_name(expr)),
                SelectItem::ExprWithAlias { expr, alias } => (expr, Some(symbol(alias))),
                SelectItem::Wildcard(_) => {
                    all_of.extend(own.clone());
                    continue;
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                    let label = last_ident(name).map(lower);
                    match self.scopes[scope].labels.iter().find(|(own, _)| Some(own) == label.as_ref()) {
                        Some((_, Target::Relation(relation))) => all_of.push(*relation),
                        Some((_, Target::Merged { columns: inner, all_of: relations })) => {
                            columns.extend(inner.clone());
                            all_of.extend(relations);
                        }
                        None => {}
                    }
                    continue;
                }
                SelectItem::ExprWithAliases { .. } | SelectItem::QualifiedWildcard(..) => continue,
            };
            let column = self.column(expr, scope).map_or(Column::Computed, |(relation, key)| Column::Of(relation, key));
            columns.extend(name.map(|name| (name, column)));
            self.subqueries(expr, scope);
        }
        Target::Merged { columns, all_of }
    }
}

fn label_of(alias: Option<&TableAlias>) -> String {
    alias.map_or_else(String::new, |alias| lower(&alias.name))
}

/// `AS x (a, b)` names the columns anew.
fn rename(target: &mut Target, alias: Option<&TableAlias>) {
    let names = alias.map_or(&[][..], |alias| &alias.columns);
    if let Target::Merged { columns, .. } = target {
        for (column, name) in columns.iter_mut().zip(names) {
            column.0 = symbol(&name.name);
        }
    }
}

pub(super) fn output_name(expr: &Expr) -> Option<Symbol> {
    match strip(expr) {
        Expr::Identifier(ident) => Some(symbol(ident)),
        Expr::CompoundIdentifier(path) => path.last().map(symbol),
        Expr::Function(function) => Some(Symbol::new(&function_name(function))),
        _ => None,
    }
}
