//! What a handler's extractor reads of the request: axum's `Query(page): Query<Page>`, actix's `page: web::Query<Page>`.

use ir::{BinaryOp, ExprId, ExprKind, Symbol};

use super::keeps_receiver;
use super::request::{is_handler, last_name, may_be_capped};
use crate::ids::{ClassRef, ExprRef, FileId, FnRef};
use crate::program::Program;
use crate::values::Atom;

/// Extractors that take whatever can be read.
const EXTRACTORS: &[&str] = &["Query", "Json", "Form"];

/// What an attribute says where it bounds a field, or has a function of the project read it.
const BOUNDS: &[&str] = &["max", "custom", "try_from", "deserialize_with", "equal", "length"];

/// The same of an attribute of the whole.
const WHOLE: &[&str] = &["try_from", "schema", "custom"];

/// Attributes that only describe.
const DESCRIBING: &[&str] = &["schema", "param", "schemars", "derive", "into_params"];

const NUMBERS: &[&str] = &[
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "f32",
    "f64",
    "String",
    "NonZeroU32",
    "NonZeroU64",
    "NonZeroUsize",
];

/// Whether a member of something is a plain field that an extractor reads, and nothing declares a bound of it.
pub(super) fn is_field(program: &Program<'_>, holder: ExprRef, name: Symbol) -> bool {
    let Some(ty) = extracted(program, holder, 0) else { return false };
    let class = program.value(ty).iter().find_map(|atom| match atom {
        Atom::Class(class) | Atom::Object(class) => Some(*class),
        _ => None,
    });
    match class {
        Some(class) => is_unbounded_in(program, class, name),
        None => !program.has_name_with(&["validat", "garde"]),
    }
}

/// The type that an extractor's value has.
fn extracted(program: &Program<'_>, holder: ExprRef, depth: u32) -> Option<ExprRef> {
    let at = |id: ExprId| ExprRef { file: holder.file, id };
    match program.kind(holder) {
        ExprKind::Local(binding) => match program.listing(holder.file).params.get(binding) {
            Some(param) => of_parameter(program, FnRef { file: holder.file, id: param.function }, param.index),
            None => {
                let is_capped = may_be_capped(program, holder, *binding);
                extracted(program, program.definition(holder).filter(|_| depth < 4 && !is_capped)?, depth + 1)
            }
        },
        ExprKind::Call { callee, .. } => match program.kind(at(*callee)) {
            ExprKind::Member { base, name, .. } if name == "into_inner" => extracted(program, at(*base), depth + 1),
            _ => None,
        },
        ExprKind::Member { base, name, .. } if name == "0" => extracted(program, at(*base), depth + 1),
        _ => None,
    }
}

fn of_parameter(program: &Program<'_>, function: FnRef, index: usize) -> Option<ExprRef> {
    let file = program.file(function.file);
    let at = |id: ExprId| ExprRef { file: function.file, id };
    let ty = file.function(function.id).params[index].annotation?;
    let ExprKind::Index { base, indices } = &file.expr(ty).kind else { return None };
    let is_read = last_name(program, at(*base)).is_some_and(|name| EXTRACTORS.contains(&name.as_str()));
    (is_read && !file.has_exceptions() && is_handler(program, function)).then(|| indices.first().map(|ty| at(*ty)))?
}

fn is_unbounded_in(program: &Program<'_>, class: ClassRef, name: Symbol) -> bool {
    let file = program.file(class.file);
    let declared = file.class(class.id);
    let bounds = |attribute: &ExprId, words: &[&str]| {
        let attribute = ExprRef { file: class.file, id: *attribute };
        let is_enforced = !program.called_name(attribute).is_some_and(|name| DESCRIBING.contains(&name.as_str()));
        is_enforced && program.mentions(attribute, words)
    };
    declared.fields.iter().find(|field| field.name == name).is_some_and(|field| {
        field.annotation.is_some_and(|ty| is_plain(program, class.file, ty))
            && !field.decorators.iter().any(|attribute| bounds(attribute, BOUNDS))
            && !declared.decorators.iter().any(|attribute| bounds(attribute, WHOLE))
    })
}

/// `i64`, `Option<u32>`: a type that takes every number, and no one of the project.
fn is_plain(program: &Program<'_>, file: FileId, ty: ExprId) -> bool {
    match program.kind(ExprRef { file, id: ty }) {
        ExprKind::Global(name) => NUMBERS.contains(&name.as_str()),
        ExprKind::Index { base, indices } => {
            last_name(program, ExprRef { file, id: *base }).is_some_and(|name| name == "Option")
                && indices.iter().all(|index| is_plain(program, file, *index))
        }
        _ => false,
    }
}

/// The member of its receiver that a method gives back as it is: `fn limit(&self) -> i64 { self.limit.unwrap_or(20) }`.
pub(super) fn given_by(program: &Program<'_>, call: ExprRef) -> Option<Symbol> {
    let [method] = program.called_functions(call)[..] else { return None };
    let [result] = program.listing(method.file).returns[method.id.0 as usize][..] else { return None };
    own_member(program, ExprRef { file: method.file, id: result })
}

fn own_member(program: &Program<'_>, value: ExprRef) -> Option<Symbol> {
    let of = |id: ExprId| own_member(program, ExprRef { file: value.file, id });
    let kind = |id: ExprId| program.kind(ExprRef { file: value.file, id });
    match program.kind(value) {
        ExprKind::Member { base, name, .. } => matches!(kind(*base), ExprKind::This).then_some(*name),
        ExprKind::Call { callee, .. } => match kind(*callee) {
            ExprKind::Member { base, name, .. } if keeps_receiver(*name) => of(*base),
            _ => None,
        },
        ExprKind::Binary { op: BinaryOp::Or | BinaryOp::Coalesce, left, .. } => of(*left),
        ExprKind::Other(parts) => match parts.as_slice() {
            [only] => of(*only),
            _ => None,
        },
        _ => None,
    }
}
