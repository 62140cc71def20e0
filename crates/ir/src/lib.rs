//! What a rule may see of a program.
//!
//! One small language into which every front end lowers: files with functions, classes, bindings and an arena of
//! expressions. Control flow stays a tree of regions (loops, `try`, scoped releases), because the questions of a scaling
//! rule are about regions: how often, on which paths, under which guard. Nothing here knows a language or a library.

mod build;
mod dump;
mod expr;
mod file;
pub mod finding;
mod names;
mod query;
mod schema;
mod span;
mod stmt;
mod symbol;
mod walk;

pub use build::{FileBuilder, Scope};
pub use expr::{Arg, BinaryOp, CallKind, Entry, Expr, ExprId, ExprKind, TextPart, UnaryOp};
pub use file::{
    Binding, BindingId, BindingKind, Class, ClassId, Export, Field, File, FnId, Function, FunctionKind, Impl, Import,
    ImportItem, Language, Param, Skipped,
};
pub use names::{final_segment, join, words_of};
pub use query::{Predicate, PredicateOp, Query, QueryKind, TableUse};
pub use schema::{
    Change, Column, DefaultOrder, Entity, ForeignKey, Index, IndexMethod, IndexPart, OnDelete, Relation, Schema, Table,
    Uniqueness, View,
};
pub use span::Span;
pub use stmt::{Arm, Block, Handler, LoopKind, Pattern, Stmt, StmtKind, WithItem};
pub use symbol::Symbol;
pub use walk::{Visit, walk_block, walk_expr, walk_pattern, walk_stmt};
