//! How a database will read each table of a statement: EXPLAIN without a database.
//!
//! The model knows definitions only, no statistics: which indexes lead with a compared column, what bounds a relation (a
//! key, a selective column, another relation that is bounded), what stops early, and what must therefore be read whole.
//! Where planners decide by the distribution of values, the answer has a low confidence.

mod advice;
mod block;
mod cardinality;
mod decide;
mod equal;
mod lower;
mod partial;
mod paths;
mod pushdown;
mod width;

use ir::finding::Confidence;
use ir::{Index, Schema, Span, Symbol, Table, Uniqueness};
use rustc_hash::FxHashMap;

pub use advice::Suggestion;
pub use block::{Atom, Block, Conjunct, Fold, Group, GroupKind, Key, Op, Relation, Sort, Source, Test};
pub use cardinality::is_lookup_name;

use crate::{mask, statements, syntax};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Dialect {
    Postgres,
    MySql,
    Sqlite,
}

/// How much of a table is read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Reads {
    /// A row for each value of a unique key.
    Unique,
    /// The part of it that an index leads to.
    Range,
    /// From one end until enough rows are found.
    EarlyStop,
    /// One index from end to end, which has all that is asked for and is much smaller than the table.
    IndexOnly,
    /// A share of an index, or all of it, that grows with the table.
    WholeIndex,
    WholeTable,
}

/// Why a table is read like this.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reason {
    /// An index serves the conditions.
    Indexed,
    /// An index gives the order, and the limit ends the reading.
    Ordered,
    /// Rows are added.
    Inserted,
    /// Any rows will do.
    FirstRows,
    /// Nothing narrows it.
    Unfiltered,
    /// A condition that leaves few rows, and no index for it.
    NoIndex,
    /// The column stands inside a function or arithmetic.
    Wrapped,
    /// `LIKE '%…'`, `ILIKE`, or a prefix that the index's collation does not serve.
    Pattern,
    /// Branches of an OR that no index serves together.
    Alternatives,
    /// The conditions leave too many rows: a flag, a state, a wide range.
    Unselective,
    /// It is joined to much, or by a column without an index.
    Joined,
    /// The order needs all rows, since no index gives it.
    Sorted,
    /// ORDER BY puts nulls elsewhere than the index does.
    NullsOrder,
}

/// How a statement reads one table.
#[derive(Clone, PartialEq, Debug)]
pub struct Access {
    pub table: Symbol,
    /// Where the statement names the table.
    pub span: Span,
    pub reads: Reads,
    pub index: Option<Symbol>,
    pub confidence: Confidence,
    pub reason: Reason,
    /// The condition that decides, where there is one.
    pub condition: Option<Span>,
    /// The block runs once for each row of the one around it.
    pub is_repeated: bool,
    pub suggestion: Option<Suggestion>,
}

impl Access {
    /// Whether the work grows with the table.
    pub fn is_whole(&self) -> bool {
        matches!(self.reads, Reads::WholeTable | Reads::WholeIndex)
    }
}

/// A table that deleting a row of another makes the database search.
#[derive(Clone, PartialEq, Debug)]
pub struct Child {
    pub table: Symbol,
    pub columns: Vec<Symbol>,
    pub is_indexed: bool,
}

/// What a statement does. Spans are offsets into the text.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan {
    pub span: Span,
    pub accesses: Vec<Access>,
    /// Of a DELETE: the tables that refer to the one it deletes from.
    pub children: Vec<Child>,
}

/// Knows a schema, and answers for any number of statements.
pub struct Planner<'s> {
    schema: &'s Schema,
    tables: FxHashMap<Symbol, Known<'s>>,
    views: lower::Views,
    dialect: Dialect,
}

struct Known<'s> {
    table: &'s Table,
    /// With those that the database makes by itself.
    indexes: Vec<std::borrow::Cow<'s, Index>>,
    is_small: bool,
}

impl<'s> Planner<'s> {
    /// `is_small` tells tables that stay small whatever the load; a name that says so counts too.
    pub fn new(schema: &'s Schema, dialect: Dialect, is_small: impl Fn(Symbol) -> bool) -> Self {
        let known = |table: &'s Table| Known {
            table,
            indexes: indexes_of(table, dialect),
            is_small: is_small(table.name) || is_lookup(table, schema),
        };
        let tables = schema.tables.iter().map(|table| (table.name, known(table))).collect();
        let views = schema.views.iter().filter_map(|view| Some((view.name, lower::parse_view(view)?))).collect();
        Self { schema, tables, views, dialect }
    }

    /// The statements of a text. What cannot be read has no plan.
    pub fn plan(&self, text: &str) -> Vec<Plan> {
        statements::statements(text).filter_map(|statement| self.plan_statement(&statement)).collect()
    }

    fn plan_statement(&self, statement: &statements::Statement<'_>) -> Option<Plan> {
        let start = u32::try_from(statement.start).ok()?;
        let length = u32::try_from(statement.text.len()).ok()?;
        start.checked_add(length)?;
        if !syntax::is_tractable(statement) {
            return None;
        }
        let masked = mask::mask(statement.text);
        let tree = syntax::parse(&masked)?;
        let tree = match &tree {
            sqlparser::ast::Statement::Explain { statement, .. } => &**statement,
            tree => tree,
        };
        let column_type = |table: Symbol, name: Symbol| {
            let columns = &self.tables.get(&table)?.table.columns;
            let found = columns.iter().find(|column| column.name == name).map(|column| column.ty.as_str());
            let hidden = (self.dialect == Dialect::Postgres && name == ROW_ADDRESS).then_some("");
            (!columns.is_empty()).then(|| found.or(hidden))
        };
        let blocks = lower::lower_statement(tree, &masked, &self.views, &column_type, self.dialect);
        let mut accesses = self.plan_blocks(blocks);
        for access in &mut accesses {
            for span in [Some(&mut access.span), access.condition.as_mut()].into_iter().flatten() {
                *span = Span::new(span.start + start, span.end + start);
            }
        }
        let children = self.children(tree);
        Some(Plan { span: Span::new(start, start + length), accesses, children })
    }

    /// The tables of a statement that is already in blocks, such as a chain of an ORM.
    pub fn plan_blocks(&self, mut blocks: Vec<Block>) -> Vec<Access> {
        pushdown::push_down(&mut blocks);
        decide::decide(self, &blocks)
    }

    fn children(&self, tree: &sqlparser::ast::Statement) -> Vec<Child> {
        let sqlparser::ast::Statement::Delete(delete) = tree else { return Vec::new() };
        let (sqlparser::ast::FromTable::WithFromKeyword(from) | sqlparser::ast::FromTable::WithoutKeyword(from)) =
            &delete.from;
        let target = from.first().and_then(|tables| match &tables.relation {
            sqlparser::ast::TableFactor::Table { name, .. } => crate::query::last_ident(name).map(crate::scope::symbol),
            _ => None,
        });
        let mut children = Vec::new();
        for table in &self.schema.tables {
            for key in table.foreign_keys.iter().filter(|key| Some(key.table) == target) {
                let indexes = self.tables.get(&table.name).map_or(&[][..], |known| &known.indexes);
                let is_indexed = indexes.iter().any(|index| {
                    !index.is_partial() && key.columns.first().is_some_and(|column| index.leads_with(column))
                });
                children.push(Child { table: table.name, columns: key.columns.clone(), is_indexed });
            }
        }
        children
    }
}

/// A name that says so, and no row belongs to one of a table that grows.
fn is_lookup(table: &Table, schema: &Schema) -> bool {
    if !is_lookup_name(&table.name) {
        return false;
    }
    let declared = table.foreign_keys.iter().map(|key| key.table);
    // Without a constraint: `order_id`, where there are `orders`.
    let named = table.columns.iter().filter_map(|column| column.name.strip_suffix("_id")).filter_map(|owner| {
        let is_owner = |name: &str| name == owner || name.strip_suffix('s') == Some(owner);
        schema.tables.iter().map(|table| table.name).find(|name| is_owner(name))
    });
    declared.chain(named).filter(|owner| *owner != table.name).all(|owner| is_lookup_name(&owner))
}

/// PostgreSQL's hidden column for where a row lies: rows are found by it without an index.
const ROW_ADDRESS: &str = "ctid";

fn indexes_of(table: &Table, dialect: Dialect) -> Vec<std::borrow::Cow<'_, Index>> {
    use std::borrow::Cow;
    let mut indexes: Vec<Cow<'_, Index>> = table.indexes.iter().map(Cow::Borrowed).collect();
    if dialect == Dialect::Postgres {
        let address = Index::new([Symbol::new(ROW_ADDRESS)], Uniqueness::Unique);
        indexes.push(Cow::Owned(Index { method: ir::IndexMethod::Hash, ..address }));
    }
    if dialect == Dialect::MySql {
        for key in &table.foreign_keys {
            if !indexes.iter().any(|index| index.serves(&key.columns)) {
                let index = Index { name: key.name, ..Index::new(key.columns.iter().copied(), Uniqueness::Plain) };
                indexes.push(Cow::Owned(index));
            }
        }
    }
    indexes
}
