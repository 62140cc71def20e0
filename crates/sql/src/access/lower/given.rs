//! What the rows of subqueries are called: a name inside a subquery means its own FROM before it means the one around.

use ir::Symbol;
use sqlparser::ast::{Select, SelectItem, SelectItemQualifiedWildcardKind, TableAlias};

use super::super::block::Source;
use super::from::output_name;
use super::{Lowering, Target};
use crate::expr::lower;
use crate::query::last_ident;
use crate::scope::symbol;

/// The columns of a block's rows.
#[derive(Default)]
pub(super) struct Given {
    names: Vec<Symbol>,
    /// Relations of the block all of whose columns it gives.
    all_of: Vec<usize>,
    /// Some are not known.
    is_open: bool,
}

impl Lowering<'_> {
    /// Notes what a select, or the RETURNING of a change, gives.
    pub(super) fn note_given(&mut self, items: &[SelectItem], scope: usize) {
        let block = self.scopes[scope].block;
        let count = self.blocks[block].relations.len();
        let mut given = Given::default();
        for item in items {
            match item {
                SelectItem::UnnamedExpr(expr) => match output_name(expr) {
                    Some(name) => given.names.push(name),
                    None => given.is_open = true,
                },
                SelectItem::ExprWithAlias { alias, .. } => given.names.push(symbol(alias)),
                SelectItem::Wildcard(_) => given.all_of.extend(0..count),
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                    let label = last_ident(name).map(lower);
                    let labels = &self.scopes[scope].labels;
                    match labels.iter().find(|(own, _)| Some(own) == label.as_ref()).map(|(_, target)| target) {
                        Some(Target::Relation(relation)) => given.all_of.push(*relation),
                        _ => given.is_open = true,
                    }
                }
                SelectItem::ExprWithAliases { .. } | SelectItem::QualifiedWildcard(..) => given.is_open = true,
            }
        }
        self.given.insert(block, given);
    }

    pub(super) fn note_select(&mut self, select: &Select, scope: usize) {
        self.note_given(&select.projection, scope);
    }

    /// `AS x (a, b)`, and `unnest(…) AS x`, whose only column is `x`.
    pub(super) fn note_alias(&mut self, alias: Option<&TableAlias>, scope: usize) {
        let block = self.scopes[scope].block;
        let relation = self.blocks[block].relations.len().saturating_sub(1);
        let names: Vec<Symbol> =
            alias.map_or(&[][..], |alias| &alias.columns).iter().map(|own| symbol(&own.name)).collect();
        if !names.is_empty() {
            self.renamed.insert((block, relation), names);
        }
    }

    /// Whether a relation of a block has a column; none where that is not known.
    pub(super) fn relation_has(&self, block: usize, relation: usize, name: Symbol) -> Option<bool> {
        if let Some(names) = self.renamed.get(&(block, relation)) {
            return Some(names.contains(&name));
        }
        match &self.blocks[block].relations[relation].source {
            Source::Table(table) | Source::Target(table) => Some((self.column_type)(*table, name)?.is_some()),
            // All of a union's are called as the first one's.
            Source::Blocks(blocks) => self.gives(*blocks.first()?, name),
            Source::Few | Source::Unknown => None,
        }
    }

    fn gives(&self, block: usize, name: Symbol) -> Option<bool> {
        let given = self.given.get(&block)?;
        if given.names.contains(&name) {
            return Some(true);
        }
        let inside: Vec<_> = given.all_of.iter().map(|relation| self.relation_has(block, *relation, name)).collect();
        if inside.contains(&Some(true)) {
            return Some(true);
        }
        (!given.is_open && !inside.contains(&None)).then_some(false)
    }
}
