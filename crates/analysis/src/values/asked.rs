//! What the evaluation of a file asks of the rest of the program, and which answers have changed.

use ir::{BindingId, ExprId, FnId, Symbol};
use rustc_hash::FxHashSet;

use super::{Atom, FileValues};
use crate::ids::{ClassRef, ExprRef, FileId, FnRef};
use crate::index::ThisType;

/// One thing that is known of a file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Fact {
    Expr(ExprId),
    Binding(BindingId),
    Returned(FnId),
    Field(ThisType, Symbol),
}

impl FileValues {
    pub(super) fn fact(&self, fact: Fact) -> &[Atom] {
        match fact {
            Fact::Expr(id) => self.expr(id),
            Fact::Binding(id) => self.binding(id),
            Fact::Returned(id) => self.returned(id),
            Fact::Field(this, name) => self.field(this, name),
        }
    }
}

/// One thing that an evaluation asks of the rest of the program.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Question {
    Fact(FileId, Fact),
    /// Something about the place of this file's classes among others.
    Hierarchy(FileId),
    /// What is passed to a function.
    Passed(FnRef),
    /// What code elsewhere assigns to members of classes and records.
    Field(ClassRef, Symbol),
    Record(ExprRef, Symbol),
    /// What the program adds to members of library types.
    Member(Symbol, Symbol),
}

/// What has changed since the round before.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Files of which something else is said than before by the class hierarchy.
    pub(super) told_otherwise: FxHashSet<FileId>,
    /// Functions to which something else is passed.
    pub(super) passed: FxHashSet<FnRef>,
    /// Members to which something else is assigned.
    pub(super) fields: FxHashSet<(ClassRef, Symbol)>,
    pub(super) records: FxHashSet<(ExprRef, Symbol)>,
    /// Members of library types to which something else is added.
    pub(super) members: FxHashSet<(Symbol, Symbol)>,
}

impl Changes {
    /// Whether a question has another answer now. `before` has what was known of the files that are known otherwise now.
    pub(super) fn concern(&self, question: Question, before: &[Option<FileValues>], now: &[FileValues]) -> bool {
        match question {
            Question::Fact(file, fact) => {
                let number = file.0 as usize;
                before[number].as_ref().is_some_and(|before| before.fact(fact) != now[number].fact(fact))
            }
            Question::Hierarchy(file) => self.told_otherwise.contains(&file),
            Question::Passed(function) => self.passed.contains(&function),
            Question::Field(class, name) => self.fields.contains(&(class, name)),
            Question::Record(record, name) => self.records.contains(&(record, name)),
            Question::Member(ty, name) => self.members.contains(&(ty, name)),
        }
    }
}
