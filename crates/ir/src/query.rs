//! What the database is asked: SQL and ORM chains become one [`Query`].

use crate::{Span, Symbol};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum QueryKind {
    Select,
    Insert,
    Update,
    Delete,
    /// DDL, transaction control, settings.
    Other,
}

/// One statement, as far as its cost depends on it. Spans are offsets into the text that it was read from.
#[derive(Clone, PartialEq, Debug)]
pub struct Query {
    pub kind: QueryKind,
    /// Tables of the outermost block first; those of subqueries and common table expressions follow.
    pub tables: Vec<TableUse>,
    /// Conjuncts of WHERE and inner joins.
    pub filters: Vec<Predicate>,
    /// A bound on the number of rows that come back: LIMIT, TOP, FETCH FIRST.
    pub has_limit: bool,
    pub has_offset: bool,
    /// GROUP BY columns are there.
    pub is_grouped: bool,
    /// Only aggregates are selected, so one row a group comes back.
    pub is_aggregate: bool,
    pub has_window: bool,
    pub order_by_random: bool,
    pub order: Vec<(Symbol, Span)>,
    /// `*` or `t.*` at the top.
    pub selects_all_columns: bool,
    pub columns: Vec<Symbol>,
    /// The statement is built at run time and parts of it are unknown.
    pub is_partial: bool,
    /// No parser takes it: it was read by its keywords.
    pub is_unread: bool,
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub struct TableUse {
    /// Lower case, without schema and quotes.
    pub name: Symbol,
    pub alias: Option<Symbol>,
    pub span: Span,
    /// Inside a subquery, a common table expression, or behind a set operation.
    pub is_nested: bool,
    /// In this use's own block: whether a WHERE (or inner join) narrows it, and whether the block has its own LIMIT.
    pub is_filtered: bool,
    pub is_limited: bool,
    /// The block that reads it joins it to others.
    pub is_joined: bool,
}

/// One condition on a column.
#[derive(Clone, PartialEq, Debug)]
pub struct Predicate {
    /// The table's name (not its alias) where it is known.
    pub table: Option<Symbol>,
    pub column: Symbol,
    pub op: PredicateOp,
    pub span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PredicateOp {
    Equal,
    In,
    Range,
    IsNull,
    IsNotNull,
    NotEqual,
    /// `LIKE 'abc%'`.
    PrefixLike,
    /// `LIKE '%abc%'`, `ILIKE`, an unanchored regular expression: no ordinary index serves it.
    ContainsLike,
    /// A `LIKE` whose pattern is not known here.
    UnknownLike,
    /// The column stands inside a function or arithmetic, so that an index on the column does not help.
    Wrapped,
    /// `column = other.column`.
    Join,
    Other,
}
