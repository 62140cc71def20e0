//! Which entry of the models a call is of.

use ir::{Arg, BindingKind, CallKind, ExprId, ExprKind, File, Symbol};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{called_path, option_is};
use crate::ids::ExprRef;
use crate::models::{Call, Library, Models};
use crate::values::{FileValues, World};

/// The models of a file's calls, those that have one.
pub(crate) type CallModels<'m> = FxHashMap<ExprId, &'m Call>;

/// The model of what a call calls.
pub(crate) fn model_of<'a>(world: World<'a>, call: ExprRef) -> Option<&'a Call> {
    world.calls.get(call.file.0 as usize)?.get(&call.id).copied()
}

/// What [`model_of`] looks up, as soon as the values are known.
pub(crate) fn models_of_calls<'m>(files: &[File], values: &[FileValues], models: &'m Models) -> Vec<CallModels<'m>> {
    let of_file = |(file, values): (&File, &FileValues)| {
        let library = models.of(file.language);
        let calls = (0..file.exprs.len() as u32).map(ExprId);
        calls.filter_map(|call| Some((call, find_model(library, file, values, call)?))).collect()
    };
    files.par_iter().zip(values).map(of_file).collect()
}

/// Of the variants of what a call calls the first whose conditions hold.
pub(crate) fn find_model<'m>(library: &'m Library, file: &File, values: &FileValues, call: ExprId) -> Option<&'m Call> {
    let ExprKind::Call { callee, args, kind } = &file.expr(call).kind else { return None };
    values.expr(*callee).iter().find_map(|atom| {
        let path = macro_path(library, called_path(*atom)?, *kind);
        choose(library, file, path, args)
    })
}

/// Of the variants of a path the first whose conditions the arguments meet.
pub(crate) fn choose<'a>(library: &'a Library, file: &File, path: Symbol, args: &[Arg]) -> Option<&'a Call> {
    let holds = |(name, text): &(Symbol, String)| option_is(file, args, *name, text);
    let is_parameter = |number: usize| match args.get(number).map(|arg| &file.expr(arg.value).kind) {
        Some(ExprKind::Local(binding)) => file.binding(*binding).kind == BindingKind::Param,
        _ => false,
    };
    library.variants(path).iter().find(|model| {
        model.only_if.iter().all(holds)
            && !model.unless.iter().any(holds)
            && model.if_parameter.is_none_or(is_parameter)
    })
}

/// A macro is modelled as `path!`, or as the function of its name.
pub(crate) fn macro_path(library: &Library, path: Symbol, kind: CallKind) -> Symbol {
    if kind == CallKind::Macro {
        let macro_path = Symbol::new(&format!("{path}!"));
        if library.call(macro_path).is_some() {
            return macro_path;
        }
    }
    path
}
