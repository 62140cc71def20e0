//! Helpers of the project that send the SQL text they are given: `execute_query(sql, params)`, `query<T>(text, values)`.

use ir::{BindingKind, ExprKind, FnId};
use rustc_hash::FxHashMap;

use super::Shape;
use super::shape::shape_of_fetches;
use crate::ids::{ExprRef, FileId, FnRef};
use crate::models::Query;
use crate::program::Program;

/// What a helper does with one of its parameters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Wrapper {
    /// The parameter that is the SQL text.
    pub(super) parameter: usize,
    pub(super) shape: Shape,
}

pub(super) type Wrappers = FxHashMap<FnRef, Wrapper>;

const MAX_HOPS: usize = 3;

pub(super) fn find(program: &Program<'_>) -> Wrappers {
    let mut wrappers = Wrappers::default();
    for call in program.calls() {
        if call.model.query.contains(&Query::Sql) {
            let shape = shape_of_fetches(program, call.at, call.model);
            note(program, &mut wrappers, call.at, call.function, call.model.sql_argument, shape);
        }
    }
    for _ in 1..MAX_HOPS {
        let before = wrappers.len();
        for (number, index) in program.indexes.iter().enumerate() {
            let file = FileId(number as u32);
            for site in index.sites.iter().flatten() {
                let call = ExprRef { file, id: site.call };
                for function in program.called_functions(call) {
                    if let Some(wrapper) = wrappers.get(&function).copied() {
                        note(
                            program,
                            &mut wrappers,
                            call,
                            FnRef { file, id: site.function },
                            wrapper.parameter,
                            wrapper.shape,
                        );
                    }
                }
            }
        }
        if wrappers.len() == before {
            break;
        }
    }
    wrappers
}

/// Notes the function around a call as a wrapper if the call's SQL argument is one of its parameters.
fn note(program: &Program<'_>, wrappers: &mut Wrappers, call: ExprRef, around: FnRef, argument: usize, shape: Shape) {
    let file = program.file(call.file);
    let ExprKind::Call { args, .. } = &file.expr(call.id).kind else { return };
    let Some(arg) = args.get(argument) else { return };
    let ExprKind::Local(binding) = file.expr(arg.value).kind else { return };
    if file.binding(binding).kind != BindingKind::Param {
        return;
    }
    let Some(param) = program.listing(call.file).params.get(&binding) else { return };
    if !param.parts.is_empty() {
        return;
    }
    // The parameter may belong to a function around the closure that sends the text.
    let mut owner = Some(around.id);
    while let Some(id) = owner.filter(|id| *id != param.function && *id != FnId::MODULE) {
        owner = file.function(id).parent;
    }
    if owner == Some(param.function) {
        let wrapper = Wrapper { parameter: param.index, shape };
        wrappers.entry(FnRef { file: call.file, id: param.function }).or_insert(wrapper);
    }
}
