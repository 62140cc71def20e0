//! Which functions of the project each call runs directly, and the other way round. Nearly every question asks for it, so that
//! it is found out once.

use ir::{ExprId, ExprKind, File};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::ids::{ExprRef, FileId, FnRef};
use crate::index::FileIndex;
use crate::values::{Atom, Classes, FileValues};

#[derive(Debug, Default)]
pub(crate) struct Callees {
    /// By file. A call that runs none has no entry.
    of_calls: Vec<FxHashMap<ExprId, Vec<FnRef>>>,
    callers: FxHashMap<FnRef, Vec<(FnRef, ExprRef)>>,
}

impl Callees {
    pub(super) fn solve(files: &[File], indexes: &[FileIndex], values: &[FileValues], classes: &Classes) -> Self {
        let of_calls: Vec<FxHashMap<ExprId, Vec<FnRef>>> =
            files.par_iter().zip(values).map(|(file, values)| of_file(files, file, values, classes)).collect();
        let mut callers: FxHashMap<FnRef, Vec<(FnRef, ExprRef)>> = FxHashMap::default();
        for ((index, of_calls), number) in indexes.iter().zip(&of_calls).zip(0..) {
            let file = FileId(number);
            for site in index.sites.iter().flatten() {
                for function in of_calls.get(&site.call).into_iter().flatten() {
                    let call = (FnRef { file, id: site.function }, ExprRef { file, id: site.call });
                    callers.entry(*function).or_default().push(call);
                }
            }
        }
        Self { of_calls, callers }
    }

    pub(super) fn of_call(&self, call: ExprRef) -> &[FnRef] {
        self.of_calls[call.file.0 as usize].get(&call.id).map_or(&[], Vec::as_slice)
    }

    /// Every direct call of a function, with the function around it, in order of files.
    pub(crate) fn callers(&self, function: FnRef) -> &[(FnRef, ExprRef)] {
        self.callers.get(&function).map_or(&[], Vec::as_slice)
    }
}

fn of_file(files: &[File], file: &File, values: &FileValues, classes: &Classes) -> FxHashMap<ExprId, Vec<FnRef>> {
    let functions = |callee: ExprId| -> Vec<FnRef> {
        let functions = values.expr(callee).iter().filter_map(|atom| match atom {
            Atom::Function(function) => Some(*function),
            Atom::Class(class) => classes.constructor(files, *class),
            _ => None,
        });
        functions.collect()
    };
    let calls = file.exprs.iter().zip(0..).filter_map(|(expr, number)| match expr.kind {
        ExprKind::Call { callee, .. } => Some((ExprId(number), functions(callee))),
        _ => None,
    });
    calls.filter(|(_, functions)| !functions.is_empty()).collect()
}
