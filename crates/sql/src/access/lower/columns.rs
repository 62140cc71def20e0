//! Which column of which relation a name means, and which columns a block needs.

use std::ops::ControlFlow;

use ir::Symbol;
use sqlparser::ast::{self, Expr, Ident, Select, SelectItem, SelectItemQualifiedWildcardKind};

use super::super::block::{GroupKind, Key};
use super::{Column, Lowering, Target};
use crate::expr::{lower, strip, walk};
use crate::key;
use crate::scope::symbol;
use crate::syntax::offsets;

/// What an expression depends on.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Term {
    /// Nothing of the block.
    Known,
    Column(usize, Key),
    /// Something of these relations.
    Rows(Vec<usize>),
}

impl<'a> Lowering<'a> {
    /// The column, or the expression on columns of a single relation, that an expression is.
    pub(super) fn column(&mut self, expr: &Expr, scope: usize) -> Option<(usize, Key)> {
        match self.term(expr, scope) {
            Term::Column(relation, key) => Some((relation, key)),
            _ => None,
        }
    }

    pub(super) fn term(&mut self, expr: &Expr, scope: usize) -> Term {
        let expr = strip(expr);
        if let Some(name) = self.named(expr, scope) {
            return match name {
                Some(Column::Of(relation, key)) => Term::Column(relation, key),
                Some(Column::Computed) => Term::Rows(self.all(scope)),
                None => Term::Known,
            };
        }
        if let Some(column) = self.same_by_cast(expr, scope) {
            return column;
        }
        let mut parts = Vec::new();
        let mut queries = Vec::new();
        walk(expr, &mut queries, |part| {
            let is_name = matches!(part, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
            if is_name {
                parts.push(part);
            }
            !is_name
        });
        let mut relations = Vec::new();
        for part in parts {
            match self.named(part, scope) {
                Some(Some(Column::Of(relation, _))) => relations.push(relation),
                Some(Some(Column::Computed)) => relations.extend(self.all(scope)),
                Some(None) | None => {}
            }
        }
        for query in queries {
            relations.extend(self.correlated(query, scope));
        }
        relations.sort_unstable();
        relations.dedup();
        match relations.as_slice() {
            [] => Term::Known,
            [one] => Term::Column(*one, Key { name: Symbol::new(&key::of(expr)), is_expression: true }),
            _ => Term::Rows(relations),
        }
    }

    /// The relations of the block that a subquery names by their labels.
    fn correlated(&self, query: &ast::Query, scope: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let _ = ast::visit_expressions(query, |expr| {
            if let Expr::CompoundIdentifier(path) = expr
                && let [.., qualifier, _] = path.as_slice()
            {
                let label = lower(qualifier);
                let labels = &self.scopes[scope].labels;
                match labels.iter().find(|(own, _)| *own == label).map(|(_, target)| target) {
                    Some(Target::Relation(relation)) => found.push(*relation),
                    Some(Target::Merged { all_of, .. }) => found.extend(all_of),
                    None => {}
                }
            }
            ControlFlow::<()>::Continue(())
        });
        found
    }

    fn all(&self, scope: usize) -> Vec<usize> {
        (0..self.blocks[self.scopes[scope].block].relations.len()).collect()
    }

    /// For a name: what it means in the block, or none where a scope around gives it or it is a placeholder.
    pub(super) fn named(&mut self, expr: &Expr, scope: usize) -> Option<Option<Column>> {
        match expr {
            Expr::Identifier(ident) => Some(if self.is_hole(ident) { None } else { self.unqualified(ident, scope) }),
            Expr::CompoundIdentifier(path) => {
                let (column, qualifiers) = path.split_last()?;
                let Some(qualifier) = qualifiers.last() else { return Some(self.unqualified(column, scope)) };
                Some(if self.is_hole(column) { None } else { self.qualified(qualifier, column, scope) })
            }
            _ => None,
        }
    }

    pub(super) fn is_hole(&self, ident: &Ident) -> bool {
        self.view.is_none()
            && offsets(ident.span).is_some_and(|(start, end)| start < end && self.masked.is_hole(start, end))
    }

    fn qualified(&mut self, qualifier: &Ident, column: &Ident, scope: usize) -> Option<Column> {
        let label = lower(qualifier);
        let mut next = Some(scope);
        while let Some(at) = next {
            let target = self.scopes[at].labels.iter().rev().find(|(own, _)| *own == label);
            if let Some((_, target)) = target {
                let found = self.column_of(target, symbol(column), at);
                return self.seen_from(found, at, scope);
            }
            next = self.scopes[at].parent;
        }
        None
    }

    /// A column of a scope around is a known value, unless that scope is of the same block.
    fn seen_from(&mut self, column: Column, at: usize, scope: usize) -> Option<Column> {
        if self.scopes[at].block == self.scopes[scope].block {
            return Some(column);
        }
        self.scopes[scope].is_correlated = true;
        None
    }

    fn unqualified(&mut self, column: &Ident, scope: usize) -> Option<Column> {
        let name = symbol(column);
        let mut next = Some(scope);
        let mut guess = None;
        while let Some(at) = next {
            let labels = &self.scopes[at].labels;
            let known = labels.iter().find(|(_, target)| self.target_has(target, name, at) == Some(true));
            if let Some((_, target)) = known {
                let found = self.column_of(target, name, at);
                return self.seen_from(found, at, scope);
            }
            let mut unsure = labels.iter().filter(|(_, target)| self.target_has(target, name, at).is_none());
            if let (Some((_, only)), None) = (unsure.next(), unsure.next()) {
                guess = guess.or_else(|| Some((at, self.column_of(only, name, at))));
            }
            next = self.scopes[at].parent;
        }
        let (at, found) = guess?;
        self.seen_from(found, at, scope)
    }

    /// None where that is not known.
    fn target_has(&self, target: &Target, name: Symbol, scope: usize) -> Option<bool> {
        match target {
            Target::Relation(relation) => self.relation_has(self.scopes[scope].block, *relation, name),
            Target::Merged { columns, .. } if columns.iter().any(|(own, _)| *own == name) => Some(true),
            Target::Merged { all_of, .. } => {
                let inside: Vec<_> = all_of
                    .iter()
                    .map(|relation| self.relation_has(self.scopes[scope].block, *relation, name))
                    .collect();
                if inside.contains(&Some(true)) {
                    return Some(true);
                }
                (!inside.contains(&None)).then_some(false)
            }
        }
    }

    fn column_of(&self, target: &Target, name: Symbol, scope: usize) -> Column {
        match target {
            Target::Relation(relation) => Column::Of(*relation, Key::column(name)),
            Target::Merged { columns, all_of } => {
                if let Some((_, column)) = columns.iter().find(|(own, _)| *own == name) {
                    return column.clone();
                }
                let owner = all_of
                    .iter()
                    .find(|relation| self.relation_has(self.scopes[scope].block, **relation, name) != Some(false));
                owner.map_or(Column::Computed, |relation| Column::Of(*relation, Key::column(name)))
            }
        }
    }

    /// The columns that a select reads of each relation. Of one that became part of a block around, the outputs are left
    /// to that.
    pub(super) fn note_columns(&mut self, select: &Select, query: Option<&ast::Query>, scope: usize, is_merged: bool) {
        let block = self.scopes[scope].block;
        let mut whole: Vec<usize> = Vec::new();
        for item in select.projection.iter().filter(|_| !is_merged) {
            match item {
                SelectItem::Wildcard(_) => {
                    let relations = &self.blocks[block].relations;
                    let is_output = |relation: &usize| {
                        let kind = relations[*relation].group.map(|group| group.kind);
                        !matches!(kind, Some(GroupKind::Semi | GroupKind::Anti))
                    };
                    whole.extend((0..relations.len()).filter(is_output));
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                    let label = crate::query::last_ident(name).map(lower);
                    let labels = &self.scopes[scope].labels;
                    match labels.iter().find(|(own, _)| Some(own) == label.as_ref()).map(|(_, target)| target) {
                        Some(Target::Relation(relation)) => whole.push(*relation),
                        Some(Target::Merged { all_of, .. }) => whole.extend(all_of),
                        None => {}
                    }
                }
                _ => {}
            }
        }
        let mut exprs: Vec<Expr> = Vec::new();
        let mut collect = |expr: &Expr| {
            if matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_)) {
                exprs.push(expr.clone());
            }
            ControlFlow::<()>::Continue(())
        };
        let _ = ast::visit_expressions(select, &mut collect);
        if let Some(order) = query.and_then(|query| query.order_by.as_ref()) {
            let _ = ast::visit_expressions(order, &mut collect);
        }
        let mut names: Vec<(usize, Symbol)> = Vec::new();
        for expr in &exprs {
            if let Some(Some(Column::Of(relation, key))) = self.named(expr, scope) {
                names.push((relation, key.name));
            }
        }
        let relations = &mut self.blocks[block].relations;
        for (relation, name) in names {
            if let Some(used) = relations.get_mut(relation).and_then(|relation| relation.used.as_mut()) {
                used.push(name);
            }
        }
        for relation in whole {
            if let Some(relation) = relations.get_mut(relation) {
                relation.used = None;
            }
        }
    }
}
