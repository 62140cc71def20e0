//! What an expression can be: which function, class, module, object of the project, or which thing of a library.
//!
//! Flow-insensitive: a name is the union of all that is assigned to it. Each round evaluates every file in parallel
//! against what the round before knew of the other files, so that a value travels one file further a round; a handful of
//! rounds reaches through any wrapper that people write.

mod classes;
mod eval;
mod flow;

use ir::{BindingId, ExprId, File, FnId, Symbol};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::ids::{ClassRef, ExprRef, FileId, FnRef};
use crate::index::{FileIndex, ThisType};
use crate::link::Links;
use crate::models::Models;

pub(crate) use classes::Classes;
use eval::Evaluator;
pub(crate) use flow::Flows;

/// One thing that a value can be.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Atom {
    /// A module, function, class or constant of a library, by canonical path.
    Path(Symbol),
    /// An instance of a library's type.
    Instance(Symbol),
    Function(FnRef),
    Class(ClassRef),
    /// An instance of a class of the project.
    Object(ClassRef),
    Module(FileId),
    /// An object literal of the project.
    Record(ExprRef),
    /// A string literal of the project.
    Text(ExprRef),
}

/// Sorted, without duplicates, at most [`MAX_ATOMS`]. Empty: unknown.
pub type Value = Vec<Atom>;

const MAX_ATOMS: usize = 8;
const MAX_ROUNDS: usize = 6;

/// Adds `more` to `value`; what goes beyond the limit is dropped.
pub(crate) fn join(value: &mut Value, more: &[Atom]) {
    for atom in more {
        if let Err(at) = value.binary_search(atom)
            && value.len() < MAX_ATOMS
        {
            value.insert(at, *atom);
        }
    }
}

/// What was found out about one file.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct FileValues {
    /// By expression: an index into `pool`; 0 stands for unknown.
    exprs: Vec<u32>,
    pool: Vec<Value>,
    bindings: FxHashMap<BindingId, Value>,
    returns: Vec<Value>,
    fields: FxHashMap<(ThisType, Symbol), Value>,
}

impl FileValues {
    pub(crate) fn expr(&self, id: ExprId) -> &[Atom] {
        match self.exprs.get(id.0 as usize) {
            Some(0) | None => &[],
            Some(number) => &self.pool[*number as usize],
        }
    }

    pub(crate) fn returned(&self, function: FnId) -> &[Atom] {
        self.returns.get(function.0 as usize).map_or(&[], Vec::as_slice)
    }

    fn binding(&self, id: BindingId) -> &[Atom] {
        self.bindings.get(&id).map_or(&[], Vec::as_slice)
    }

    fn field(&self, this: ThisType, name: Symbol) -> &[Atom] {
        self.fields.get(&(this, name)).map_or(&[], Vec::as_slice)
    }
}

/// What an evaluation looks at.
#[derive(Clone, Copy)]
pub(crate) struct World<'a> {
    pub(crate) files: &'a [File],
    pub(crate) indexes: &'a [FileIndex],
    pub(crate) links: &'a Links,
    pub(crate) models: &'a Models,
    pub(crate) values: &'a [FileValues],
    pub(crate) classes: &'a Classes,
    pub(crate) flows: &'a Flows,
}

/// The fixed point: values of all files, the class hierarchy, and what flows into parameters.
pub(crate) fn solve(
    files: &[File],
    indexes: &[FileIndex],
    links: &Links,
    models: &Models,
) -> (Vec<FileValues>, Classes, Flows) {
    let mut values: Vec<FileValues> = files.iter().map(|_| FileValues::default()).collect();
    let mut classes = Classes::default();
    let mut flows = Flows::default();
    for round in 0..MAX_ROUNDS {
        let world = World { files, indexes, links, models, values: &values, classes: &classes, flows: &flows };
        let next: Vec<FileValues> =
            (0..files.len()).into_par_iter().map(|number| Evaluator::run(world, FileId(number as u32))).collect();
        let is_stable = round > 1 && next == values;
        values = next;
        if is_stable {
            break;
        }
        classes = Classes::collect(files, &values);
        let world = World { files, indexes, links, models, values: &values, classes: &classes, flows: &flows };
        flows = Flows::collect(world);
    }
    (values, classes, flows)
}
