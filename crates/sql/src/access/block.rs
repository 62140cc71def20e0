//! A statement as its planner sees it: blocks of relations, with conditions that are conjuncts.

use ir::{IndexPart, Span, Symbol};

/// One FROM clause and what narrows it. Subqueries that can be joined are part of it; others are blocks of their own.
#[derive(Clone, Debug, Default)]
pub struct Block {
    pub relations: Vec<Relation>,
    /// All of them hold for each row that comes back.
    pub tests: Vec<Conjunct>,
    pub order: Vec<Sort>,
    pub has_limit: bool,
    pub fold: Fold,
    /// Of groups: what it gives without an aggregate depends on their keys, as the database demands.
    pub gives_keys: bool,
    /// Only MIN and MAX of these columns are selected.
    pub extremes: Vec<(usize, Key)>,
    /// Its columns that are plain columns of its relations, and relations all of whose columns it gives.
    pub outputs: Vec<(Symbol, (usize, Key))>,
    pub outputs_all: Vec<usize>,
    /// The block in whose expressions it stands.
    pub around: Option<usize>,
    /// It runs once for each row of the block around it.
    pub is_correlated: bool,
    /// Computed once, as a whole: several read it, or it changes rows.
    pub is_kept: bool,
    /// Changes or deletes rows of its first relation.
    pub is_write: bool,
}

impl Block {
    /// The table whose rows it changes or deletes.
    pub(super) fn changes(&self) -> Option<Symbol> {
        match self.relations.first().filter(|_| self.is_write)?.source {
            Source::Table(table) => Some(table),
            _ => None,
        }
    }
}

/// What becomes of a block's rows before any of them comes back.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Fold {
    #[default]
    None,
    /// Into one row.
    Aggregate,
    /// By keys: GROUP BY, DISTINCT, a window's partitions. Conditions on these from outside reach inside.
    Grouped(Vec<(usize, Key)>),
    /// Windows over everything, set operations.
    Whole,
}

#[derive(Clone, Debug)]
pub struct Relation {
    pub source: Source,
    pub span: Span,
    /// The outer join, semi-join or anti-join that it belongs to; joins are numbered through the statement.
    pub group: Option<Group>,
    /// Columns that the block names; None where it reads all.
    pub used: Option<Vec<Symbol>>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    Table(Symbol),
    /// A table that rows are added to.
    Target(Symbol),
    /// The rows of other blocks (of several, their union), by number.
    Blocks(Vec<usize>),
    /// A list of values, a set-returning function, the working table of a recursion: few rows.
    Few,
    /// Something unknown.
    Unknown,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Group {
    pub number: usize,
    pub kind: GroupKind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GroupKind {
    /// The side of an outer join that may lack a match.
    Nullable,
    Semi,
    Anti,
}

#[derive(Clone, Debug)]
pub struct Conjunct {
    /// Of which outer, semi- or anti-join it is the condition; none for WHERE and inner joins.
    pub group: Option<usize>,
    pub test: Test,
}

#[derive(Clone, Debug)]
pub enum Test {
    /// `column op value`, where the value does not depend on the block's rows.
    Atom(Atom),
    /// `a.x = b.y`.
    Join((usize, Key), (usize, Key)),
    /// `a.x = COALESCE(b.y, c.z)`: a column, and the relations whose rows its value is computed from.
    Computed((usize, Key), Vec<usize>),
    /// OR: branches of conjuncts.
    Any(Vec<Vec<Test>>),
    /// As `Atom`, inside what no index sees through: `COALESCE(column > $1, true)`.
    Hidden(Atom),
    /// A condition that no index serves, on these relations.
    Opaque(Vec<usize>, Span),
}

impl Test {
    /// The column of a relation that it compares with the rows of others, and these.
    pub(super) fn leads_to(&self, number: usize) -> Option<(Key, &[usize])> {
        match self {
            Self::Join(left, right) if left.0 == number => Some((left.1, std::slice::from_ref(&right.0))),
            Self::Join(left, right) if right.0 == number => Some((right.1, std::slice::from_ref(&left.0))),
            Self::Computed(own, others) if own.0 == number => Some((own.1, others)),
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Atom {
    pub relation: usize,
    pub key: Key,
    pub op: Op,
    pub span: Span,
    /// Not on all runs: `$1 IS NULL OR x = $1`.
    pub is_optional: bool,
    /// The date that the column is compared with, in days.
    pub day: Option<f64>,
    /// The statement itself writes the words that the column is compared with.
    pub is_word: bool,
    /// The condition as a text that partial indexes are compared with.
    pub text: String,
}

/// A column, or an expression on the columns of one relation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Key {
    pub name: Symbol,
    pub is_expression: bool,
}

impl Key {
    pub fn column(name: Symbol) -> Self {
        Self { name, is_expression: false }
    }

    /// Whether this part of an index is on it.
    pub fn is(self, part: &IndexPart) -> bool {
        self.name == part.key && self.is_expression == part.is_expression
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Op {
    Equal,
    /// `IN`, `= ANY`.
    In,
    /// With both ends, or narrow by its literals.
    Between,
    /// With one end.
    Above,
    /// With one end that says nothing: a year, "before now".
    Wide,
    /// Within the last days.
    Recent,
    IsNull,
    IsNotNull,
    IsTrue,
    IsFalse,
    NotEqual,
    /// `LIKE 'abc%'`.
    Prefix,
    /// `LIKE '%abc%'`, `ILIKE`, regular expressions.
    Match,
    /// `@>`, `&&`, `?`.
    Contains,
    /// `@@`: words of a text.
    Words,
    /// Anything else about this column alone.
    Other,
}

impl Op {
    pub fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::In | Self::IsTrue | Self::IsFalse)
    }

    pub fn is_range(self) -> bool {
        matches!(self, Self::Between | Self::Above | Self::Wide | Self::Recent)
    }

    /// It is false for null.
    pub fn is_strict(self) -> bool {
        !matches!(self, Self::IsNull)
    }
}

#[derive(Clone, Debug)]
pub struct Sort {
    /// None for an expression over several relations, an aggregate or `random()`.
    pub target: Option<(usize, Key)>,
    pub is_descending: bool,
    pub nulls_first: Option<bool>,
    pub span: Span,
}
