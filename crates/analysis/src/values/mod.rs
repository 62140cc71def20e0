//! What an expression can be: which function, class, module, object of the project, or which thing of a library.
//!
//! Flow-insensitive: a name is the union of all that is assigned to it. Each round evaluates every file in parallel
//! against what the round before knew of the other files, so that a value travels one file further a round; a handful of
//! rounds reaches through any wrapper that people write.

mod asked;
mod classes;
mod eval;
mod flow;
mod pool;
mod trail;

use std::sync::Arc;

use ir::{BindingId, ExprId, File, FnId, Symbol};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::calls::CallModels;
use crate::ids::{ClassRef, ExprRef, FileId, FnRef};
use crate::index::{FileIndex, ThisType};
use crate::link::Links;
use crate::models::Models;
use crate::roles::Role;

pub(crate) use classes::Classes;
use classes::Declared;
use eval::{Evaluator, Known};
pub(crate) use flow::Flows;
use pool::Pool;

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
#[derive(Debug, Default)]
pub(crate) struct FileValues {
    /// By expression: an index into `pool`; 0 stands for unknown.
    exprs: Vec<u32>,
    pool: Pool,
    /// By binding, like `exprs`.
    bindings: Vec<u32>,
    /// By function, like `exprs`.
    returns: Vec<u32>,
    /// Likewise.
    fields: FxHashMap<(ThisType, Symbol), u32>,
}

impl FileValues {
    /// Whether the same is known, by an evaluation that went on with the pool of the other.
    fn is_as(&self, before: &Self) -> bool {
        self.exprs == before.exprs
            && self.bindings == before.bindings
            && self.returns == before.returns
            && self.fields == before.fields
    }

    pub(crate) fn expr(&self, id: ExprId) -> &[Atom] {
        self.pooled(&self.exprs, id.0)
    }

    fn pooled(&self, numbers: &[u32], at: u32) -> &[Atom] {
        numbers.get(at as usize).map_or(&[], |number| self.pool.get(*number))
    }

    pub(crate) fn returned(&self, function: FnId) -> &[Atom] {
        self.pooled(&self.returns, function.0)
    }

    fn binding(&self, id: BindingId) -> &[Atom] {
        self.pooled(&self.bindings, id.0)
    }

    fn field(&self, this: ThisType, name: Symbol) -> &[Atom] {
        self.fields.get(&(this, name)).map_or(&[], |number| self.pool.get(*number))
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
    /// Empty until all values are known.
    pub(crate) calls: &'a [CallModels<'a>],
}

/// The fixed point: values of all files, the class hierarchy, and what flows into parameters.
///
/// After the first rounds most files have found all that they can: of an evaluation is repeated only what hangs on answers
/// that have changed.
pub(crate) fn solve(
    files: &[File],
    indexes: &[FileIndex],
    links: &Links,
    models: &Models,
    roles: &[Role],
) -> (Vec<FileValues>, Classes, Flows) {
    let mut values: Vec<FileValues> = files.iter().map(|_| FileValues::default()).collect();
    let declared = Arc::new(Declared::collect(files));
    let mut classes = Classes::new(&declared);
    let mut flows = Flows::default();
    let mut parts: Vec<Flows> = files.iter().map(|_| Flows::default()).collect();
    let mut known: Vec<Known> = files.iter().map(|_| Known::default()).collect();
    // By file: which steps of its evaluation are stale. At first there are none yet.
    let mut stale: Vec<Option<Vec<bool>>> = files.iter().map(|_| Some(Vec::new())).collect();
    for round in 0..MAX_ROUNDS {
        let world =
            World { files, indexes, links, models, values: &values, classes: &classes, flows: &flows, calls: &[] };
        let evaluate = |(number, (known, stale)): (usize, (&mut Known, &Option<Vec<bool>>))| {
            let stale = stale.as_ref()?;
            let new;
            (new, *known) = Evaluator::run(world, FileId(number as u32), std::mem::take(known), stale);
            (!new.is_as(&world.values[number])).then_some(new)
        };
        let next: Vec<Option<FileValues>> = known.par_iter_mut().zip(&stale).enumerate().map(evaluate).collect();
        let replace = |(number, new): (usize, Option<FileValues>)| Some(std::mem::replace(&mut values[number], new?));
        let before: Vec<Option<FileValues>> = next.into_iter().enumerate().map(replace).collect();
        if round > 1 && before.iter().all(Option::is_none) {
            break;
        }
        let old_classes = std::mem::replace(&mut classes, Classes::collect(files, &values, &declared));
        let told_otherwise = classes.told_otherwise(&old_classes);
        let world =
            World { files, indexes, links, models, values: &values, classes: &classes, flows: &flows, calls: &[] };
        parts
            .par_iter_mut()
            .enumerate()
            .filter(|(number, part)| before[*number].is_some() || part.hangs_on_any(&told_otherwise))
            .for_each(|(number, part)| *part = Flows::of_file(world, roles, FileId(number as u32)));
        let old_flows = std::mem::replace(&mut flows, Flows::join(&parts));
        let changes = flows.changes(&old_flows, told_otherwise);
        stale = known.par_iter().map(|known| known.stale(|asked| changes.concern(asked, &before, &values))).collect();
        before.into_par_iter().for_each(drop);
    }
    known.into_par_iter().for_each(drop);
    (values, classes, flows)
}

/// Keys that have another value than before, in no order.
fn differing<'a, K: Copy + std::hash::Hash + Eq, V: PartialEq>(
    now: &'a FxHashMap<K, V>,
    before: &'a FxHashMap<K, V>,
) -> impl Iterator<Item = K> + 'a {
    let new = now.iter().filter(|(key, value)| before.get(key) != Some(value)).map(|(key, _)| *key);
    new.chain(before.keys().filter(|key| !now.contains_key(key)).copied())
}
