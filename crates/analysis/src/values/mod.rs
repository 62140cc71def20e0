//! What an expression can be: which function, class, module, object of the project, or which thing of a library.
//!
//! Flow-insensitive: a name is the union of all that is assigned to it. Each round evaluates every file in parallel
//! against what the round before knew of the other files, so that a value travels one file further a round; a handful of
//! rounds reaches through any wrapper that people write.

mod asked;
mod classes;
mod eval;
mod flow;

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

use asked::Asked;
pub(crate) use classes::Classes;
use classes::Declared;
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
    /// By binding, like `exprs`.
    bindings: Vec<u32>,
    returns: Vec<Value>,
    fields: FxHashMap<(ThisType, Symbol), Value>,
}

impl FileValues {
    pub(crate) fn expr(&self, id: ExprId) -> &[Atom] {
        self.pooled(&self.exprs, id.0)
    }

    fn pooled(&self, numbers: &[u32], at: u32) -> &[Atom] {
        match numbers.get(at as usize) {
            Some(0) | None => &[],
            Some(number) => &self.pool[*number as usize],
        }
    }

    pub(crate) fn returned(&self, function: FnId) -> &[Atom] {
        self.returns.get(function.0 as usize).map_or(&[], Vec::as_slice)
    }

    fn binding(&self, id: BindingId) -> &[Atom] {
        self.pooled(&self.bindings, id.0)
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
    /// Empty until all values are known.
    pub(crate) calls: &'a [CallModels<'a>],
}

/// The fixed point: values of all files, the class hierarchy, and what flows into parameters.
///
/// After the first rounds most files have found all that they can: a file is evaluated again only if something that it
/// asked for has changed.
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
    let mut asked: Vec<Asked> = files.iter().map(|_| Asked::default()).collect();
    let mut is_stale = vec![true; files.len()];
    for round in 0..MAX_ROUNDS {
        let world =
            World { files, indexes, links, models, values: &values, classes: &classes, flows: &flows, calls: &[] };
        let evaluate = |(number, is_stale): (usize, &bool)| {
            let (new, asked) = is_stale.then(|| Evaluator::run(world, FileId(number as u32)))?;
            let is_changed = new != world.values[number];
            Some((new, asked, is_changed))
        };
        let next: Vec<_> = is_stale.par_iter().enumerate().map(evaluate).collect();
        let mut before: Vec<Option<FileValues>> = files.iter().map(|_| None).collect();
        for (number, evaluated) in next.into_iter().enumerate() {
            let Some((new, now_asked, is_changed)) = evaluated else { continue };
            asked[number] = now_asked;
            if is_changed {
                before[number] = Some(std::mem::replace(&mut values[number], new));
            }
        }
        if round > 1 && before.iter().all(Option::is_none) {
            break;
        }
        let old_classes = std::mem::replace(&mut classes, Classes::collect(files, &values, &declared));
        let is_new_hierarchy = classes != old_classes;
        let world =
            World { files, indexes, links, models, values: &values, classes: &classes, flows: &flows, calls: &[] };
        parts
            .par_iter_mut()
            .enumerate()
            .filter(|(number, _)| is_new_hierarchy || before[*number].is_some())
            .for_each(|(number, part)| *part = Flows::of_file(world, roles, FileId(number as u32)));
        let old_flows = std::mem::replace(&mut flows, Flows::join(&parts));
        let mut changes = flows.changes(&old_flows);
        if is_new_hierarchy {
            changes.told_otherwise = classes.told_otherwise(&old_classes);
        }
        let concerns =
            |(number, asked): (usize, &Asked)| changes.concern(FileId(number as u32), asked, &before, &values);
        is_stale = asked.par_iter().enumerate().map(concerns).collect();
        before.into_par_iter().for_each(drop);
    }
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
