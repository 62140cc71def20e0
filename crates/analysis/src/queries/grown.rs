//! What is put into a record of conditions after it is made: `filter.status = status`, `where.OR = […]`,
//! `filter.$and.push({ … })`, also by a helper that is given the record. Each may be there or not.

use ir::{BindingId, ExprId, ExprKind, Symbol};

use crate::ids::{ExprRef, FileId};
use crate::program::Program;

/// One such addition.
pub(super) struct Member {
    /// None: what it is called is only known at run time.
    pub(super) key: Option<Symbol>,
    pub(super) value: ExprRef,
    /// It is done in any case.
    pub(super) is_certain: bool,
}

/// How many helpers deep a record is followed.
const MAX_HELPERS: u32 = 2;

/// What is put into a record before it is used.
pub(super) fn members(program: &Program<'_>, record: ExprRef, used: ExprRef) -> Vec<Member> {
    let Some(binding) = program.listing(record.file).bound_to(program.file(record.file), record.id) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    of_name(program, record.file, binding, 0, &mut found);
    // What is done after the use, where the record keeps its name.
    if matches!(program.kind(used), ExprKind::Local(name) if used.file == record.file && *name == binding) {
        let end = program.expr_span(used).start;
        found.retain(|member| member.value.file != used.file || program.expr_span(member.value).start < end);
    }
    found
}

fn of_name(program: &Program<'_>, file_id: FileId, binding: BindingId, depth: u32, found: &mut Vec<Member>) {
    let (file, index) = (program.file(file_id), program.listing(file_id));
    let at = |id: ExprId| ExprRef { file: file_id, id };
    let uses = index.uses_of(binding);
    for (_, name, value) in index.members.iter().chain(&index.entries).filter(|(object, ..)| uses.contains(object)) {
        let is_certain = !index.placed_sometimes.contains(value);
        found.push(Member { key: Some(*name), value: at(*value), is_certain });
    }
    for use_ in uses {
        let Some(outer) = index.parent(*use_) else { continue };
        match &file.expr(outer).kind {
            ExprKind::Member { base, name, .. } if base == use_ => {
                let pushed = pushed_to(program, at(outer)).into_iter();
                found.extend(pushed.map(|(value, is_certain)| Member { key: Some(*name), value, is_certain }));
            }
            // `filter[column] = value`, under a name that is known at run time.
            ExprKind::Index { base, indices } if base == use_ && is_computed(program, file_id, indices) => {
                found.push(Member { key: None, value: at(outer), is_certain: true });
            }
            ExprKind::Call { args, .. } if depth < MAX_HELPERS => {
                let Some(position) = args.iter().position(|arg| arg.value == *use_) else { continue };
                by_helper(program, at(outer), position, depth, found);
            }
            _ => {}
        }
    }
}

/// What a helper puts into the record that it is given.
fn by_helper(program: &Program<'_>, call: ExprRef, position: usize, depth: u32, found: &mut Vec<Member>) {
    let is_sure = program.listing(call.file).site(call.id).is_some_and(|site| !site.is_conditional);
    for function in program.called_functions(call) {
        let params = &program.file(function.file).function(function.id).params;
        let Some(param) = params.get(position).and_then(|param| param.pattern.as_binding()) else { continue };
        let before = found.len();
        of_name(program, function.file, param, depth + 1, found);
        found[before..].iter_mut().for_each(|member| member.is_certain &= is_sure);
    }
}

fn is_computed(program: &Program<'_>, file: FileId, indices: &[ExprId]) -> bool {
    !indices.iter().any(|id| matches!(program.kind(ExprRef { file, id: *id }), ExprKind::Text(_)))
}

/// What is pushed onto a list, and whether in any case.
/// What is added to the list of a name: `const all = []; all.push({ … })`.
pub(super) fn pushed(program: &Program<'_>, name: ExprRef) -> Vec<ExprRef> {
    let ExprKind::Local(binding) = *program.kind(name) else { return Vec::new() };
    let uses = program.listing(name.file).uses_of(binding).iter();
    uses.flat_map(|use_| pushed_to(program, ExprRef { id: *use_, ..name })).map(|(value, _)| value).collect()
}

fn pushed_to(program: &Program<'_>, list: ExprRef) -> Vec<(ExprRef, bool)> {
    let (file, index) = (program.file(list.file), program.listing(list.file));
    let call = index.parent(list.id).filter(
        |member| matches!(file.expr(*member).kind, ExprKind::Member { base, name, .. } if base == list.id && name == "push"),
    );
    let Some(call) = call.and_then(|member| index.parent(member)) else { return Vec::new() };
    let ExprKind::Call { args, .. } = &file.expr(call).kind else { return Vec::new() };
    let is_certain = index.site(call).is_some_and(|site| !site.is_conditional);
    args.iter().map(|arg| (ExprRef { file: list.file, id: arg.value }, is_certain)).collect()
}
