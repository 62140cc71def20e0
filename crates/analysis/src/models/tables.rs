//! What calls say of queries and of tables.

use serde::Deserialize;

/// What a call contributes to a query.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Query {
    /// One argument is SQL text.
    Sql,
    /// Begins a chain over an entity.
    Start,
    Filter,
    /// Bounds the number of rows.
    Limit,
    Offset,
    Order,
    Group,
    /// Its arguments name further entities.
    Join,
    /// Its arguments name relations that are fetched with the rows.
    Eager,
    /// Awaiting, iterating or listing the chain fetches every row.
    Lazy,
    /// Fetches every row.
    Rows,
    /// Fetches one row.
    One,
    /// Fetches a number, a boolean or an aggregate.
    Scalar,
    /// Streams rows, or fetches them by a bounded batch.
    Stream,
    /// Fetches a page of bounded size.
    Page,
    /// Holds a query as a part of another.
    Part,
    Insert,
    Update,
    Delete,
    /// Writes any number of rows at once.
    Many,
    /// Makes the rows into values of a declared type, which takes its columns from them.
    Typed,
    /// Its first argument lists the stages of an aggregation pipeline.
    Pipeline,
    /// Its first argument says what is selected.
    Columns,
    /// What is fetched behind it is one number made of the rows.
    Aggregate,
    /// That nothing is found is an error.
    Strict,
    /// It never throws: what it answers holds the error.
    Unthrown,
    /// Opens, commits or otherwise does not read rows.
    Other,
}

/// What a call says of a table.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Declares {
    Column,
    /// A column that is the primary key.
    KeyColumn,
    /// A column that has an index by itself.
    IndexedColumn,
    /// A column that refers to another table, or the relation that such a column stands for.
    Reference,
    /// An attribute that stands for the rows of another table, loaded as its options say.
    Relation,
    /// A reference that is unique.
    OneToOne,
    /// A table of pairs.
    ManyToMany,
    /// A constraint of a column or a table.
    ForeignKey,
    PrimaryKey,
    Unique,
    /// An index over the columns that its arguments name.
    Index,
    /// How a relation is stored: the name of its column or table.
    Join,
    /// A table, or the class that is decorated.
    Table,
    /// What makes tables with names of its own: its result, and that one's `table`.
    TableMaker,
    /// A table whose columns a record lists: a schema of documents.
    Schema,
    /// A schema gets its name.
    Documents,
    /// An index of the collection that it is called on.
    CollectionIndex,
    /// A field of a serialiser that shows more of another object than its key.
    Shown,
    /// One that shows another object as its text.
    ShownAsText,
}

/// How classes that extend a type say what an answer shows of an object.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outputs {
    /// By fields that the class makes.
    Declared,
    /// By fields that it annotates.
    Annotated,
}

/// How classes that extend a type let clients choose the size of a page.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Pages {
    /// The attribute that names the parameter for it. Without one every client may choose, also where the type is used as it is.
    pub(crate) size: Option<String>,
    /// The attribute that bounds it, and is nothing by default.
    pub(crate) maximum: String,
    /// Attributes and settings that say which of these is used.
    pub(crate) used_by: Vec<String>,
    /// Methods that may bound it in another way.
    pub(crate) unless: Vec<String>,
}

/// How classes that extend a type declare tables.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Tables {
    Sqlalchemy,
    FlaskSqlalchemy,
    Sqlmodel,
    Django,
    Peewee,
    Tortoise,
    Sequelize,
    Mongoengine,
    Beanie,
}
