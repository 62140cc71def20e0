//! Parameters that a decorator fills from the request: Nest's `@Query('limit') limit`, `@Query() query: ListDto`.

use ir::{BindingId, ExprId, ExprKind, Param, Symbol};

use super::request::{is_handler, last_name};
use crate::ids::{ClassRef, ExprRef, FnRef};
use crate::program::Program;
use crate::values::Atom;

/// Decorators of parameters that take what the client sends.
const SOURCES: &[&str] = &["Query", "Body", "Args", "Arg"];

/// Pipes that read a number and bound nothing.
const PIPES: &[&str] = &["ParseIntPipe", "ParseFloatPipe", "DefaultValuePipe"];

/// Decorators of a field that leave a number as large as it is.
const HARMLESS: &[&str] = &[
    "IsOptional",
    "IsInt",
    "IsNumber",
    "IsNumberString",
    "IsString",
    "IsNotEmpty",
    "IsDefined",
    "IsPositive",
    "Min",
    "Type",
    "Expose",
    "Allow",
    "ApiProperty",
    "ApiPropertyOptional",
    "Field",
];

/// Whether a name is a parameter of a handler that is one value of the request, and nothing bounds it there.
pub(super) fn is_value(program: &Program<'_>, name: ExprRef, binding: BindingId) -> bool {
    filled(program, name, binding).is_some_and(|(_, args)| {
        let is_pipe = |arg: &ExprId| {
            let arg = ExprRef { file: name.file, id: *arg };
            let made = match program.kind(arg) {
                ExprKind::Call { callee, .. } => ExprRef { file: name.file, id: *callee },
                _ => arg,
            };
            last_name(program, made).is_some_and(|name| PIPES.contains(&name.as_str()))
        };
        args.split_first().is_some_and(|(first, pipes)| {
            matches!(program.kind(ExprRef { file: name.file, id: *first }), ExprKind::Text(_))
                && pipes.iter().all(is_pipe)
        })
    })
}

/// Whether a name is a parameter of a handler that holds all of them, and its class does not bound the member.
pub(super) fn is_holder(program: &Program<'_>, name: ExprRef, binding: BindingId, member: Symbol) -> bool {
    let Some((param, _)) = filled(program, name, binding).filter(|(_, args)| args.is_empty()) else { return false };
    let Some(ty) = param.annotation else { return true };
    let ty = ExprRef { file: name.file, id: ty };
    match program.kind(ty) {
        ExprKind::Global(_) | ExprKind::Index { .. } => true,
        // A record's type says nothing at run time, which only a class does.
        ExprKind::Record(_) | ExprKind::Other(_) => true,
        _ => program.value(ty).iter().any(|atom| match atom {
            Atom::Class(class) | Atom::Object(class) => is_unbounded_in(program, *class, member),
            _ => false,
        }),
    }
}

/// The parameter that a name is, with the arguments of the decorator that fills it.
fn filled<'p>(program: &'p Program<'_>, name: ExprRef, binding: BindingId) -> Option<(&'p Param, Vec<ExprId>)> {
    let found = program.listing(name.file).params.get(&binding).filter(|param| param.parts.is_empty())?;
    let function = FnRef { file: name.file, id: found.function };
    let param = &program.file(name.file).function(function.id).params[found.index];
    let [decorator] = param.decorators.as_slice() else { return None };
    let ExprKind::Call { callee, args, .. } = program.kind(ExprRef { file: name.file, id: *decorator }) else {
        return None;
    };
    let source = last_name(program, ExprRef { file: name.file, id: *callee })?;
    let is_filled = SOURCES.contains(&source.as_str()) && is_handler(program, function);
    is_filled.then(|| (param, args.iter().map(|arg| arg.value).collect()))
}

/// Whether a class declares the field, and no decorator of it bounds it.
fn is_unbounded_in(program: &Program<'_>, class: ClassRef, member: Symbol) -> bool {
    let lineage = program.world().classes.lineage(class);
    let is_own = lineage.len() > 1 || program.file(class.file).class(class.id).bases.is_empty();
    let declared = lineage.iter().find_map(|class| {
        let fields = &program.file(class.file).class(class.id).fields;
        Some((class.file, fields.iter().find(|field| field.name == member)?))
    });
    declared.is_some_and(|(file, field)| {
        is_own
            && field.decorators.iter().all(|decorator| {
                let made = match program.kind(ExprRef { file, id: *decorator }) {
                    ExprKind::Call { callee, .. } => *callee,
                    _ => *decorator,
                };
                last_name(program, ExprRef { file, id: made }).is_some_and(|name| {
                    HARMLESS.contains(&name.as_str())
                        || name == "Transform" && only_converts(program, ExprRef { file, id: *decorator })
                })
            })
    })
}

/// `@Transform(({ value }) => parseInt(value, 10))`: it compares with no bound.
fn only_converts(program: &Program<'_>, decorator: ExprRef) -> bool {
    let file = program.file(decorator.file);
    program.listing(decorator.file).within(file, program.expr_span(decorator)).all(|(id, expr)| match expr.kind {
        ExprKind::Binary { op, .. } => !op.is_order(),
        ExprKind::Call { .. } => {
            let name = program.called_name(ExprRef { id, ..decorator });
            name.is_some_and(|name| !matches!(name.as_str(), "min" | "clamp"))
        }
        _ => true,
    })
}
