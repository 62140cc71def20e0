//! Memos without a bound: `@functools.cache`, `lru_cache(maxsize=None)`, `memoize(f)`.

use ir::{ExprKind, FnId, FunctionKind, Span};

use super::keys;
use crate::calls::choose;
use crate::ids::{ExprRef, FileId, FnRef};
use crate::models::{Call, Grows};
use crate::program::Program;
use crate::values::Atom;

/// A function whose results are all kept, and that requests call with arguments that the code does not limit.
#[derive(Clone, Copy, Debug)]
pub struct Memo {
    /// The decorator, or the call that wraps the function.
    pub file: FileId,
    pub span: Span,
    pub function: FnRef,
    /// It keeps the object that the method is called on as well.
    pub is_method: bool,
}

pub(crate) fn solve(program: &Program<'_>) -> Vec<Memo> {
    let mut memos = Vec::new();
    for (number, file) in program.files.iter().enumerate() {
        let file_id = FileId(number as u32);
        for (number, function) in file.functions.iter().enumerate() {
            let target = FnRef { file: file_id, id: FnId(number as u32) };
            for decorator in &function.decorators {
                if decorates_without_bound(program, ExprRef { file: file_id, id: *decorator }) {
                    memos.extend(memo(program, file_id, file.expr(*decorator).span, target));
                }
            }
        }
    }
    for call in program.calls().iter().filter(|call| call.model.grows == Some(Grows::Cache)) {
        let ExprKind::Call { args, .. } = program.kind(call.at) else { continue };
        let given = args.iter().flat_map(|arg| program.value(ExprRef { file: call.at.file, id: arg.value }));
        let functions = given.filter_map(|atom| match atom {
            Atom::Function(function) => Some(*function),
            _ => None,
        });
        memos.extend(functions.filter_map(|target| memo(program, call.at.file, program.call_span(call.at), target)));
    }
    memos.sort_by_key(|memo| (memo.file, memo.span.start));
    memos.dedup_by_key(|memo| (memo.file, memo.span.start));
    memos
}

fn decorates_without_bound(program: &Program<'_>, decorator: ExprRef) -> bool {
    let (callee, args) = match program.kind(decorator) {
        ExprKind::Call { callee, args, .. } => (*callee, args.as_slice()),
        _ => (decorator.id, [].as_slice()),
    };
    let file = program.file(decorator.file);
    let library = program.library(decorator.file);
    program.value(ExprRef { file: decorator.file, id: callee }).iter().any(|atom| match atom {
        Atom::Path(path) => {
            choose(library, file, *path, args).is_some_and(|model: &Call| model.grows == Some(Grows::Cache))
        }
        _ => false,
    })
}

fn memo(program: &Program<'_>, file: FileId, span: Span, target: FnRef) -> Option<Memo> {
    let function = program.file(target.file).function(target.id);
    let is_method = matches!(function.kind, FunctionKind::Method { is_static: false });
    let keeps_object = is_method
        && function
            .class
            .is_some_and(|class| !program.object_outlives(crate::ids::ClassRef { file: target.file, id: class }));
    let callers = program.calls_into(target);
    let is_varied = callers.iter().any(|edge| {
        program.recurs(edge.from)
            && (keeps_object
                || (0..function.params.len()).any(|index| {
                    let given = program.argument(edge.at, target, index);
                    given.is_some_and(|given| !keys::is_bounded(program, given, 0))
                }))
    });
    let is_handler = !function.params.is_empty() && program.is_entry(target);
    (is_varied || is_handler).then_some(Memo { file, span, function: target, is_method: keeps_object })
}
