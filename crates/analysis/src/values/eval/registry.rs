//! Modules that one beside them loads by their file names, and keeps by the names of what they make:
//! `db[model.name] = require(path.join(__dirname, file))(sequelize)`.

use ir::{BindingKind, ExprId, ExprKind, File, Symbol, TextPart};

use super::Evaluator;
use crate::ids::{ExprRef, FileId, FnRef};
use crate::index::FileIndex;
use crate::link::{Target, are_of_one_language};
use crate::values::{Atom, Value, World, join};

impl Evaluator<'_> {
    /// What a module beside the registry's makes under this name.
    pub(super) fn registered(&mut self, registry: ExprRef, name: Symbol) -> Value {
        let number = registry.file.0 as usize;
        let (file, index) = (&self.world.files[number], &self.world.indexes[number]);
        let mut result = Value::new();
        if !is_filled_by_name(file, index, registry.id) || !file.exprs.iter().any(|expr| loads(file, &expr.kind)) {
            return result;
        }
        for maker in makers_beside(self.world, registry.file) {
            let beside = &self.world.files[maker.file.0 as usize];
            for atom in self.returned_by(maker) {
                let is_it = match atom {
                    Atom::Class(class) => self.world.files[class.file.0 as usize].class(class.id).name == name,
                    Atom::Instance(_) => defines(beside, name),
                    _ => false,
                };
                if is_it {
                    join(&mut result, &[atom]);
                }
            }
        }
        result
    }
}

/// `db[model.name]`, of the name that the record is given.
fn is_filled_by_name(file: &File, index: &FileIndex, record: ExprId) -> bool {
    index.bound_to(file, record).is_some_and(|binding| {
        index.uses_of(binding).iter().filter_map(|use_| index.parent(*use_)).any(|parent| {
            match &file.expr(parent).kind {
                ExprKind::Index { indices, .. } => indices
                    .iter()
                    .any(|key| matches!(file.expr(*key).kind, ExprKind::Member { name, .. } if name == "name")),
                _ => false,
            }
        })
    })
}

/// `require(path.join(__dirname, file))(…)`.
pub(in crate::values) fn loads(file: &File, call: &ExprKind) -> bool {
    let ExprKind::Call { callee, .. } = call else { return false };
    let ExprKind::Call { callee, args, .. } = &file.expr(*callee).kind else { return false };
    matches!(file.expr(*callee).kind, ExprKind::Global(name) if name == "require")
        && args.first().is_some_and(|arg| !matches!(file.expr(arg.value).kind, ExprKind::Text(_)))
}

/// The functions that the other modules of a folder are.
pub(in crate::values) fn makers_beside(world: World<'_>, registry: FileId) -> Vec<FnRef> {
    let folder_of = |file: &File| file.path.as_str().rsplit_once('/').map_or("", |(folder, _)| folder);
    let own = &world.files[registry.0 as usize];
    let beside = world.files.iter().zip(0..).filter(|(file, number)| {
        *number != registry.0 && are_of_one_language(file, own) && folder_of(file) == folder_of(own)
    });
    beside.filter_map(|(_, number)| maker(world, FileId(number))).collect()
}

fn maker(world: World<'_>, module: FileId) -> Option<FnRef> {
    match world.links.exported(world.files, module, Symbol::new("default"))? {
        Target::Value(value) => match world.files[value.file.0 as usize].expr(value.id).kind {
            ExprKind::Function(id) => Some(FnRef { file: value.file, id }),
            _ => None,
        },
        Target::Binding(binding) => match world.files[binding.file.0 as usize].binding(binding.id).kind {
            BindingKind::Function(id) => Some(FnRef { file: binding.file, id }),
            _ => None,
        },
        _ => None,
    }
}

/// `sequelize.define("Order", …)`.
fn defines(file: &File, wanted: Symbol) -> bool {
    file.exprs.iter().any(|expr| {
        let ExprKind::Call { callee, args, .. } = &expr.kind else { return false };
        let text = args.first().map(|arg| &file.expr(arg.value).kind);
        let is_named = matches!(text, Some(ExprKind::Text(parts)) if matches!(parts.as_slice(), [TextPart::Literal { value, .. }] if **value == *wanted));
        is_named && matches!(file.expr(*callee).kind, ExprKind::Member { name, .. } if name == "define")
    })
}
