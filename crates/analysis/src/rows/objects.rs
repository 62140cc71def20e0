//! Relations that are read of objects whose class is known, wherever they came from.

use ir::{ExprKind, Symbol};

use super::lazy::Loaded;
use crate::ids::{ClassRef, ExprRef, FileId};
use crate::program::Program;
use crate::roles::Role;
use crate::schema::relations::{Loading, Relations};
use crate::values::Atom;

/// The relations for many rows that the program reads so.
pub(super) fn reads(program: &Program<'_>, relations: &Relations) -> Vec<Loaded> {
    let files = (0..program.files.len() as u32).map(FileId);
    files.filter(|file| program.role(*file) == Role::App).flat_map(|file| of_file(program, relations, file)).collect()
}

fn of_file(program: &Program<'_>, relations: &Relations, id: FileId) -> Vec<Loaded> {
    let sites = program.file(id).exprs.iter().zip(0..).filter_map(|(expr, number)| match expr.kind {
        ExprKind::Member { base, name, .. } if relations.has_name(name) => Some((number, base, name)),
        _ => None,
    });
    let loads = sites.filter_map(|(number, base, name)| {
        let at = ExprRef { file: id, id: ir::ExprId(number) };
        let owner = entity_of(program, relations, ExprRef { id: base, ..at })?;
        let relation = relations.get(owner, name);
        let relation = relation.filter(|relation| relation.is_many && relation.loading != Loading::Along)?;
        Some(Loaded { relation: relation.clone(), at, is_each: false })
    });
    loads.collect()
}

/// The entity of which an expression is an object.
fn entity_of(program: &Program<'_>, relations: &Relations, object: ExprRef) -> Option<Symbol> {
    let name = |class: &ClassRef| Symbol::new(&program.file(class.file).class(class.id).name.to_lowercase());
    program.value(object).iter().find_map(|atom| match atom {
        Atom::Object(class) => Some(name(class)).filter(|name| relations.class(*name) == Some(*class)),
        _ => None,
    })
}
