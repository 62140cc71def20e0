//! Lists that the program makes of what it is given: the lines of an upload, what a remote service answers, lists that a loop
//! fills.

use ir::{BindingId, ExprId, ExprKind, Symbol};

use super::{ADDERS, is_empty_list, is_unbounded};
use crate::ids::{ExprRef, FileId};
use crate::models::Effect;
use crate::program::Program;

const MAX_NAMES: u32 = 4;

/// Members of a text, or of the bytes of an upload, whose result is as long as it is.
pub(super) fn keeps_length(name: &str, args: usize) -> bool {
    matches!(name, "split" | "splitlines" | "toString" | "trim" | "decode" | "lines" | "flatMap" | "flat")
        || name == "slice" && args == 1
}

/// `parseCsv(text)`, `sheet_to_json(sheet)`: by its name it makes rows of a file.
pub(super) fn reads_rows(name: &str) -> bool {
    let name = name.to_lowercase();
    name.contains("csv") || name == "sheet_to_json" || name == "parse"
}

/// A list that is empty when it is made, and to which a loop over such a collection adds.
pub(super) fn is_filled(program: &Program<'_>, file: FileId, list: BindingId, made: ExprRef, depth: u32) -> bool {
    if !is_empty_list(program, made) {
        return false;
    }
    let (data, index) = (program.file(file), program.listing(file));
    index.uses_of(list).iter().any(|use_| {
        let Some(member) = index.parent(*use_) else { return false };
        let ExprKind::Member { name, .. } = data.expr(member).kind else { return false };
        let call = index.parent(member).filter(|_| ADDERS.contains(&name.as_str()));
        let over = call.and_then(|call| index.site(call)).and_then(|site| site.loops_over);
        over.is_some_and(|over| over != *use_ && is_unbounded(program, ExprRef { file, id: over }, depth + 1))
    })
}

/// Whether a value is a part of what a remote service answers.
pub(super) fn is_of_remote(program: &Program<'_>, value: ExprRef, names: u32) -> bool {
    let at = |id: ExprId| ExprRef { file: value.file, id };
    match program.kind(value) {
        ExprKind::Await(inner) | ExprKind::Propagate(inner) => is_of_remote(program, at(*inner), names),
        ExprKind::Member { base, .. } => is_of_remote(program, at(*base), names),
        ExprKind::Binary { left, .. } => is_of_remote(program, at(*left), names),
        ExprKind::Call { callee, .. } => {
            let answers = program.model(value).is_some_and(|model| model.does == Some(Effect::Http));
            answers
                || match *program.kind(at(*callee)) {
                    // `response.json()`.
                    ExprKind::Member { base, name, .. } if name == "json" => is_of_remote(program, at(base), names),
                    _ => false,
                }
        }
        ExprKind::Local(_) if names < MAX_NAMES => {
            program.definition(value).is_some_and(|made| is_of_remote(program, made, names + 1))
        }
        _ => false,
    }
}

/// `club.memberIds`: keys that a document holds of others, however many there are.
pub(super) fn lists_keys(program: &Program<'_>, name: Symbol, document: ExprRef) -> bool {
    let names_keys = ["Ids", "_ids", "IDs"].iter().any(|end| name.ends_with(end));
    names_keys
        && program.definition(document).is_some_and(|made| {
            let fetch = ExprRef { id: program.file(made.file).awaited(made.id), ..made };
            !program.queries_at(fetch).is_empty()
        })
}
