//! What a shared collection holds.

use ir::{ExprKind, Symbol};

use super::touches::{Act, Touch};
use crate::ids::{ExprRef, FileId};
use crate::places::{self, Place};
use crate::program::Program;
use crate::values::Atom;

/// Whether the elements are known to be objects of a library that are no collections themselves, such as the queues of a job
/// server: what their `add` adds to does not lie in the memory of this process.
pub(super) fn are_objects(program: &Program<'_>, group: &[Place], touches: &[Touch]) -> bool {
    let declared = group.iter().any(|place| {
        let (_, annotation) = places::definitions(program, *place);
        annotation.and_then(|annotation| last_argument(program, annotation)).is_some_and(|element| {
            program.value(element).iter().any(|atom| match atom {
                Atom::Path(path) => is_object(program, element.file, *path),
                _ => false,
            })
        })
    });
    let is_put = |touch: &Touch| match touch.act {
        Act::Adds { element: Some(element), .. } if !touch.found.is_element => {
            let element = ExprRef { file: touch.at.file, id: element };
            program.value(element).iter().any(|atom| match atom {
                Atom::Instance(ty) => is_object(program, element.file, *ty),
                _ => false,
            })
        }
        _ => false,
    };
    declared || touches.iter().any(is_put)
}

/// `Queue` of `Map<string, Queue>`.
fn last_argument(program: &Program<'_>, annotation: ExprRef) -> Option<ExprRef> {
    let ExprKind::Index { indices, .. } = program.kind(annotation) else { return None };
    indices.last().map(|id| ExprRef { file: annotation.file, id: *id })
}

fn is_object(program: &Program<'_>, file: FileId, path: Symbol) -> bool {
    let library = program.library(file);
    let holds = |path: &Symbol| {
        library.ty(*path).is_some_and(|ty| ty.is_collection || ty.is_sender || ty.is_socket || ty.wraps.is_some())
    };
    library.ty(path).is_some() && !library.lineage(path).iter().any(holds)
}
