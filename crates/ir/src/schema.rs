//! What the database holds: DDL, migrations and models become one [`Schema`], by way of the [`Change`]s that they make.

use crate::{Span, Symbol};

/// Tables, in order of their declaration.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Schema {
    pub tables: Vec<Table>,
    pub views: Vec<View>,
    /// Enumerated types: few values.
    pub enums: Vec<Symbol>,
    /// Tables that the statements insert into (seeds and migrations).
    pub seeded: Vec<Symbol>,
    /// Tables of which something could not be read, so that absence proves nothing.
    pub incomplete: Vec<Symbol>,
    /// Something could not be read, whichever table it is about.
    pub is_incomplete: bool,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Table {
    /// Lower case, without schema and quotes.
    pub name: Symbol,
    /// The number of the file that declares it, as its reader counts files.
    pub file: u32,
    pub span: Span,
    pub columns: Vec<Column>,
    pub indexes: Vec<Index>,
    pub foreign_keys: Vec<ForeignKey>,
}

/// A table as a program's code declares it: an entity class, a schema, a model.
#[derive(Clone, PartialEq, Debug)]
pub struct Entity {
    /// What queries in code call it, as written: `User`.
    pub name: Symbol,
    /// Keys refer to tables by the names that the declaration uses: those of entities or of tables.
    pub table: Table,
    /// Columns by the names that code gives them, as written.
    pub attributes: Vec<(Symbol, Symbol)>,
    /// Fields that stand for rows of other entities, where the declaration says so in a field of each side.
    pub relations: Vec<Relation>,
    /// How its rows are ordered where a query says nothing of an order.
    pub default_order: Option<DefaultOrder>,
    /// Its indexes and keys are declared elsewhere too, or not at all.
    pub is_incomplete: bool,
}

/// A field of an entity that stands for rows of another one.
#[derive(Clone, PartialEq, Debug)]
pub struct Relation {
    /// The field, as written.
    pub name: Symbol,
    /// The other entity, as written.
    pub entity: Symbol,
    /// What both sides call the relation, where the two entities have several.
    pub label: Option<Symbol>,
    pub is_list: bool,
    /// The entity's own columns that hold the other one's key; none where the other one holds its.
    pub columns: Vec<Symbol>,
}

/// The first column of an order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DefaultOrder {
    /// As code names it.
    pub column: Symbol,
    pub is_descending: bool,
}

#[derive(Clone, PartialEq, Debug)]
pub struct View {
    pub name: Symbol,
    /// The text of its query.
    pub query: String,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Column {
    pub name: Symbol,
    /// Lower case, as written: `varchar(255)`, `boolean`.
    pub ty: String,
    pub is_nullable: bool,
    /// As in [`Table::file`].
    pub file: u32,
    pub span: Span,
    /// The table that it refers to.
    pub references: Option<Symbol>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct ForeignKey {
    pub name: Option<Symbol>,
    pub columns: Vec<Symbol>,
    pub table: Symbol,
    /// Deleting a parent looks for its children: every rule but none at all does, also `NO ACTION`.
    pub on_delete: OnDelete,
    /// The tool or the database makes an index for it, where none serves already.
    pub is_indexed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OnDelete {
    Refuse,
    Cascade,
    SetNull,
}

/// An index, a primary key, or a unique constraint.
#[derive(Clone, PartialEq, Debug)]
pub struct Index {
    pub name: Option<Symbol>,
    pub parts: Vec<IndexPart>,
    pub uniqueness: Uniqueness,
    pub method: IndexMethod,
    /// The conjuncts of a partial index's condition, normalised as [expressions](IndexPart::key) are.
    pub predicate: Vec<String>,
    /// Further columns that it carries.
    pub include: Vec<Symbol>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct IndexPart {
    /// A column; or an expression in lower case, without the table's name and without needless parentheses.
    pub key: Symbol,
    pub is_expression: bool,
    pub is_descending: bool,
    /// None where the direction decides: last if ascending, first if descending.
    pub nulls_first: Option<bool>,
    /// `text_pattern_ops`, `gin_trgm_ops`, a collation.
    pub operators: Option<Symbol>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Uniqueness {
    Plain,
    Unique,
    Primary,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum IndexMethod {
    /// A B-tree: equality, ranges, order.
    Ordered,
    Hash,
    /// GIN, or MySQL's FULLTEXT: elements, trigrams, words.
    Inverted,
    /// GiST, SP-GiST, SPATIAL.
    Spatial,
    /// BRIN: ranges of blocks.
    Block,
    /// Of an extension: vectors, Bloom filters.
    Other,
}

impl Index {
    pub fn new(columns: impl IntoIterator<Item = Symbol>, uniqueness: Uniqueness) -> Self {
        Self {
            name: None,
            parts: columns.into_iter().map(IndexPart::column).collect(),
            uniqueness,
            method: IndexMethod::Ordered,
            predicate: Vec::new(),
            include: Vec::new(),
        }
    }

    pub fn is_unique(&self) -> bool {
        self.uniqueness != Uniqueness::Plain
    }

    /// It leaves rows out.
    pub fn is_partial(&self) -> bool {
        !self.predicate.is_empty()
    }

    /// Whether comparing this column with a value can use the index.
    pub fn leads_with(&self, column: &str) -> bool {
        let is_ordered = matches!(self.method, IndexMethod::Ordered | IndexMethod::Hash);
        is_ordered && self.parts.first().is_some_and(|part| !part.is_expression && part.key.as_str() == column)
    }

    /// The columns of its keys, expressions left out.
    pub fn columns(&self) -> impl Iterator<Item = Symbol> {
        self.parts.iter().filter(|part| !part.is_expression).map(|part| part.key)
    }

    /// Whether it leads to the rows that have given values in these columns, whichever they are.
    pub fn serves(&self, columns: &[Symbol]) -> bool {
        !self.is_partial()
            && self.parts.len() >= columns.len()
            && self.columns().zip(columns).all(|(own, column)| own == *column)
    }

    pub fn holds(&self, column: Symbol) -> bool {
        self.columns().any(|own| own == column)
    }
}

impl IndexPart {
    pub fn column(column: Symbol) -> Self {
        Self { key: column, is_expression: false, is_descending: false, nulls_first: None, operators: None }
    }

    /// Where nulls stand in it.
    pub fn has_nulls_first(&self) -> bool {
        self.nulls_first.unwrap_or(self.is_descending)
    }
}

/// What one statement or call of a migration does to the schema.
#[derive(Clone, PartialEq, Debug)]
pub enum Change {
    CreateTable {
        table: Table,
        if_absent: bool,
    },
    /// `LIKE`, `INHERITS`.
    CopyColumns {
        table: Symbol,
        from: Symbol,
    },
    DropTable {
        table: Symbol,
        if_exists: bool,
    },
    RenameTable {
        from: Symbol,
        to: Symbol,
    },
    AddColumn {
        table: Symbol,
        column: Column,
        table_span: Span,
    },
    DropColumn {
        table: Symbol,
        column: Symbol,
    },
    RenameColumn {
        table: Symbol,
        from: Symbol,
        to: Symbol,
    },
    SetType {
        table: Symbol,
        column: Symbol,
        ty: String,
    },
    SetNullable {
        table: Symbol,
        column: Symbol,
        is_nullable: bool,
    },
    /// Of a table that other files may declare.
    AddIndex {
        table: Symbol,
        index: Index,
        if_absent: bool,
        table_span: Span,
    },
    AddForeignKey {
        table: Symbol,
        key: ForeignKey,
        table_span: Span,
    },
    DropIndex {
        table: Option<Symbol>,
        name: Symbol,
        if_exists: bool,
    },
    DropConstraint {
        table: Symbol,
        name: Symbol,
    },
    DropPrimaryKey {
        table: Symbol,
    },
    RenameIndex {
        from: Symbol,
        to: Symbol,
    },
    /// An index becomes a constraint.
    SetUniqueness {
        table: Symbol,
        name: Symbol,
        uniqueness: Uniqueness,
    },
    CreateView {
        view: View,
    },
    DropView {
        view: Symbol,
    },
    CreateEnum {
        name: Symbol,
    },
    /// Rows are inserted.
    Seed {
        table: Symbol,
    },
    /// A definition that could not be read, of this table if that is known.
    Unread {
        table: Option<Symbol>,
    },
}
