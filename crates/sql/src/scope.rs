//! Which table a name means in which block of a statement.

use ir::Symbol;
use sqlparser::ast::{Expr, Ident};

use crate::expr::{lower, strip};
use crate::mask::Masked;
use crate::syntax::offsets;

/// One table, subquery or function of a FROM clause.
#[derive(Debug)]
pub(crate) struct Relation {
    /// Its alias, or else its name.
    pub(crate) label: String,
    /// None for what is not a table of the database.
    pub(crate) table: Option<Symbol>,
    /// Its place in [`ir::Query::tables`].
    pub(crate) table_use: Option<usize>,
    /// A condition bounds its rows, be it by way of a join.
    pub(crate) is_narrowed: bool,
}

/// The names of one block.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    pub(crate) parent: Option<usize>,
    pub(crate) relations: Vec<Relation>,
    /// Conditions that bound the second relation as soon as the first is bounded.
    pub(crate) edges: Vec<(usize, usize)>,
}

/// A column as a condition names it.
#[derive(Clone, Debug)]
pub(crate) struct ColumnRef {
    pub(crate) table: Option<Symbol>,
    /// Which relation of the block, where that is known.
    pub(crate) relation: Option<usize>,
    /// Of a block around.
    pub(crate) is_outer: bool,
    pub(crate) column: Symbol,
}

impl Scope {
    /// Spreads boundedness along the joins.
    pub(crate) fn spread(&mut self) {
        for _ in 0..self.relations.len() {
            let mut has_changed = false;
            for (from, to) in &self.edges {
                if self.relations[*from].is_narrowed && !self.relations[*to].is_narrowed {
                    self.relations[*to].is_narrowed = true;
                    has_changed = true;
                }
            }
            if !has_changed {
                return;
            }
        }
    }

    pub(crate) fn labelled(&self, label: &str) -> Option<usize> {
        self.relations.iter().position(|relation| relation.label == label)
    }
}

/// The scopes of a statement, and where in it something is filled in at run time.
pub(crate) struct Names<'a> {
    pub(crate) scopes: Vec<Scope>,
    pub(crate) masked: &'a Masked,
}

impl Names<'_> {
    pub(crate) fn is_hole(&self, ident: &Ident) -> bool {
        offsets(ident.span).is_some_and(|(start, end)| self.masked.is_hole(start, end))
    }

    /// The column that the expression is, with nothing around it.
    pub(crate) fn column(&self, expr: &Expr, scope: usize) -> Option<ColumnRef> {
        match strip(expr) {
            Expr::Identifier(ident) if !self.is_hole(ident) => Some(self.unqualified(ident, scope)),
            Expr::CompoundIdentifier(path) => {
                let (column, qualifiers) = path.split_last()?;
                if self.is_hole(column) {
                    return None;
                }
                match qualifiers.last() {
                    Some(qualifier) if !self.is_hole(qualifier) => Some(self.qualified(qualifier, column, scope)),
                    _ => Some(ColumnRef { table: None, relation: None, is_outer: false, column: symbol(column) }),
                }
            }
            _ => None,
        }
    }

    fn unqualified(&self, column: &Ident, scope: usize) -> ColumnRef {
        let relations = &self.scopes[scope].relations;
        let only = (relations.len() == 1).then_some(0);
        ColumnRef {
            table: only.and_then(|relation| relations[relation].table),
            relation: only,
            is_outer: relations.is_empty(),
            column: symbol(column),
        }
    }

    fn qualified(&self, qualifier: &Ident, column: &Ident, scope: usize) -> ColumnRef {
        let label = lower(qualifier);
        let mut next = Some(scope);
        while let Some(index) = next {
            let Scope { relations, parent, .. } = &self.scopes[index];
            if let Some(found) = self.scopes[index].labelled(&label) {
                return ColumnRef {
                    table: relations[found].table,
                    relation: (index == scope).then_some(found),
                    is_outer: index != scope,
                    column: symbol(column),
                };
            }
            next = *parent;
        }
        ColumnRef { table: None, relation: None, is_outer: true, column: symbol(column) }
    }
}

pub(crate) fn symbol(ident: &Ident) -> Symbol {
    Symbol::new(&lower(ident))
}
