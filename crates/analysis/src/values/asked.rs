//! What the evaluation of a file asked of the rest of the program, so that the file is evaluated again only if an answer
//! has changed.

use ir::{BindingId, ExprId, FnId, Symbol};
use rustc_hash::FxHashSet;

use super::{Atom, FileValues};
use crate::ids::{ClassRef, ExprRef, FileId};
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

/// All that one evaluation hangs on, besides the file itself.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) facts: FxHashSet<(FileId, Fact)>,
    /// Files of classes of whose place among others something was asked.
    pub(super) files: FxHashSet<FileId>,
    /// Members of classes and records that code elsewhere may assign.
    pub(super) fields: FxHashSet<(ClassRef, Symbol)>,
    pub(super) records: FxHashSet<(ExprRef, Symbol)>,
    /// Members of library types, which the program may add to.
    pub(super) members: FxHashSet<(Symbol, Symbol)>,
}

/// What has changed since the round before.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Files of which something else is said than before by the class hierarchy.
    pub(super) told_otherwise: FxHashSet<FileId>,
    /// Files to whose functions something else is passed.
    pub(super) passed: FxHashSet<FileId>,
    /// Members to which something else is assigned.
    pub(super) fields: FxHashSet<(ClassRef, Symbol)>,
    pub(super) records: FxHashSet<(ExprRef, Symbol)>,
    /// Members of library types to which something else is added.
    pub(super) members: FxHashSet<(Symbol, Symbol)>,
}

impl Changes {
    /// Whether an evaluation of the file would find something else. `before` has what was known of the files that are known
    /// otherwise now.
    pub(super) fn concern(
        &self,
        file: FileId,
        asked: &Asked,
        before: &[Option<FileValues>],
        now: &[FileValues],
    ) -> bool {
        let is_other = |(file, fact): &(FileId, Fact)| {
            let number = file.0 as usize;
            before[number].as_ref().is_some_and(|before| before.fact(*fact) != now[number].fact(*fact))
        };
        self.told_otherwise.contains(&file)
            || self.passed.contains(&file)
            || asked.files.iter().any(|file| self.told_otherwise.contains(file))
            || !self.fields.is_disjoint(&asked.fields)
            || !self.records.is_disjoint(&asked.records)
            || !self.members.is_disjoint(&asked.members)
            || asked.facts.iter().any(is_other)
    }
}
