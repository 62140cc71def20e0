//! Models that a framework reads the request into: `body: SearchBody` of a FastAPI handler.

use ir::{Arg, BindingId, ExprKind, Symbol, TextPart};

use super::request::{is_bounding, is_decorated_handler, last_name, names_int};
use crate::ids::{ClassRef, ExprRef, FnRef};
use crate::models::Outputs;
use crate::program::Program;
use crate::schema::outputs;
use crate::values::Atom;

/// A plain number of a model that FastAPI reads the request into: `limit: int = 50` without `le`, and no validator for it.
pub(super) fn is_unbounded(program: &Program<'_>, value: ExprRef, binding: BindingId, name: Symbol) -> bool {
    let Some(param) = program.listing(value.file).params.get(&binding) else { return false };
    let function = FnRef { file: value.file, id: param.function };
    if !param.parts.is_empty() || !is_decorated_handler(program, function) {
        return false;
    }
    let models = program.value(value).iter().filter_map(|atom| match atom {
        Atom::Object(class) => Some(*class),
        _ => None,
    });
    models.filter(|class| outputs::kind_of(program, *class) == Some(Outputs::Annotated)).any(|class| {
        let lineage = program.world().classes.lineage(class);
        let declaring = lineage.iter().find_map(|class| {
            let file = program.file(class.file);
            let field = file.class(class.id).fields.iter().find(|field| field.name == name)?;
            Some((class.file, field))
        });
        let is_plain = declaring.is_some_and(|(file, field)| {
            let at = |id| ExprRef { file, id };
            let mut parts = [field.annotation, field.value].into_iter().flatten();
            field.annotation.is_some_and(|annotation| names_int(program, at(annotation), 0))
                && !parts.any(|part| is_bounding(program, at(part), 0))
        });
        is_plain && !lineage.iter().any(|class| has_validator(program, *class, name))
    })
}

/// `@field_validator("limit")`, or one for the whole.
fn has_validator(program: &Program<'_>, class: ClassRef, name: Symbol) -> bool {
    let file = program.file(class.file);
    let methods = file.class(class.id).methods.iter().flat_map(|(_, method)| &file.function(*method).decorators);
    methods.into_iter().any(|decorator| {
        let ExprKind::Call { callee, args, .. } = &file.expr(*decorator).kind else { return false };
        let called = last_name(program, ExprRef { file: class.file, id: *callee });
        let is_named = |arg: &Arg| match &file.expr(arg.value).kind {
            ExprKind::Text(parts) => {
                matches!(parts.as_slice(), [TextPart::Literal { value, .. }] if **value == *name || &**value == "*")
            }
            _ => false,
        };
        called.is_some_and(|called| called.contains("model_validator") || called.contains("root_validator"))
            || args.iter().any(is_named)
    })
}
