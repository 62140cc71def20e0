//! What flows between functions: arguments into parameters, and assignments to members of other objects.

use ir::{ExprKind, FnId, Symbol};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Atom, Value, World, join};
use crate::calls::model_of;
use crate::ids::{ClassRef, ExprRef, FileId, FnRef};
use crate::roles::{Role, role_of};

#[derive(Debug, Default)]
pub(crate) struct Flows {
    params: FxHashMap<(FnRef, usize), Value>,
    /// Fields that code outside the class assigns.
    fields: FxHashMap<(ClassRef, Symbol), Value>,
    /// Members that are added to object literals, modules' objects and library objects (`app.db = …`).
    records: FxHashMap<(ExprRef, Symbol), Value>,
    grown: FxHashSet<ExprRef>,
    /// Members that the program adds to objects of library types (`app.state.db = …`), by type.
    additions: FxHashMap<(Symbol, Symbol), Value>,
}

impl Flows {
    pub(crate) fn param(&self, function: FnRef, index: usize) -> &[Atom] {
        self.params.get(&(function, index)).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn field(&self, class: ClassRef, name: Symbol) -> &[Atom] {
        self.fields.get(&(class, name)).map_or(&[], Vec::as_slice)
    }

    /// Whether members are added to the object literal after it was made.
    pub(crate) fn grows(&self, record: ExprRef) -> bool {
        self.grown.contains(&record)
    }

    /// What the program added to objects of a library's type under that name.
    pub(crate) fn addition(&self, ty: Symbol, name: Symbol) -> &[Atom] {
        self.additions.get(&(ty, name)).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn record(&self, record: ExprRef, name: Symbol) -> &[Atom] {
        self.records.get(&(record, name)).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn collect(world: World<'_>) -> Self {
        // What tests pass are fakes as often as not: of them only the types of libraries say what the program passes.
        let is_test: Vec<bool> = world.files.iter().map(|file| role_of(file.path.as_str()) == Role::Test).collect();
        let parts: Vec<Self> = (0..world.files.len())
            .into_par_iter()
            .map(|number| Self::of_file(world, FileId(number as u32), &is_test))
            .collect();
        let mut flows = Self::default();
        for part in parts {
            merge(&mut flows.params, part.params);
            merge(&mut flows.fields, part.fields);
            merge(&mut flows.records, part.records);
            flows.grown.extend(part.grown);
            merge(&mut flows.additions, part.additions);
        }
        flows
    }

    fn of_file(world: World<'_>, file_id: FileId, is_test: &[bool]) -> Self {
        let mut flows = Self::default();
        let reaches = |file: FileId| !is_test[file_id.0 as usize] || is_test[file.0 as usize];
        let file = &world.files[file_id.0 as usize];
        let index = &world.indexes[file_id.0 as usize];
        let values = &world.values[file_id.0 as usize];
        let library = world.models.of(file.language);
        for number in 0..file.functions.len() {
            for site in index.sites_of(FnId(number as u32)) {
                let ExprKind::Call { callee, args, .. } = &file.expr(site.call).kind else { continue };
                let call = ExprRef { file: file_id, id: site.call };
                if let Some(model) = model_of(world, call).filter(|model| !model.passes.is_empty()) {
                    flows.pass_types(values, *callee, args, &model.passes);
                }
                for atom in values.expr(*callee) {
                    if let Atom::Path(path) = atom
                        && let Some(entry) = library.entry_call(*path)
                    {
                        flows.pass_types(values, *callee, args, &entry.passes);
                    }
                    let target = match atom {
                        Atom::Function(function) => Some(*function),
                        Atom::Class(class) => world.classes.constructor(world.files, *class),
                        _ => None,
                    };
                    if let Some(target) = target {
                        flows.pass_arguments(world, values, target, args, reaches(target.file));
                    }
                }
            }
        }
        for (object, name, value) in &index.members {
            let given = values.expr(*value);
            for atom in values.expr(*object) {
                if let Atom::Record(record) = atom
                    && reaches(record.file)
                {
                    flows.grown.insert(*record);
                }
            }
            if given.is_empty() {
                continue;
            }
            for atom in values.expr(*object) {
                match atom {
                    Atom::Object(class) | Atom::Class(class) if reaches(class.file) => {
                        join(flows.fields.entry((*class, *name)).or_default(), given);
                    }
                    Atom::Record(record) if reaches(record.file) => {
                        join(flows.records.entry((*record, *name)).or_default(), given)
                    }
                    Atom::Instance(ty) if !is_test[file_id.0 as usize] => {
                        join(flows.additions.entry((*ty, *name)).or_default(), given)
                    }
                    _ => {}
                }
            }
        }
        flows
    }

    /// What a library hands to the functions that it is given (`self`: what the method was called on).
    fn pass_types(&mut self, values: &super::FileValues, callee: ir::ExprId, args: &[ir::Arg], types: &[Symbol]) {
        for arg in args {
            for atom in values.expr(arg.value) {
                let Atom::Function(function) = atom else { continue };
                for (index, ty) in types.iter().enumerate() {
                    if *ty == "self" {
                        let owners = values.expr(callee).iter().filter_map(|atom| match atom {
                            Atom::Path(path) => {
                                path.as_str().rsplit_once('#').map(|(ty, _)| Atom::Instance(Symbol::new(ty)))
                            }
                            _ => None,
                        });
                        let owners: Value = owners.collect();
                        join(self.params.entry((*function, index)).or_default(), &owners);
                    } else {
                        join(self.params.entry((*function, index)).or_default(), &[Atom::Instance(*ty)]);
                    }
                }
            }
        }
    }

    fn pass_arguments(
        &mut self,
        world: World<'_>,
        values: &super::FileValues,
        target: FnRef,
        args: &[ir::Arg],
        are_real: bool,
    ) {
        let function = world.files[target.file.0 as usize].function(target.id);
        for (position, arg) in args.iter().enumerate() {
            let is_said = |atom: &&Atom| are_real || matches!(atom, Atom::Instance(_));
            let given: Value = values.expr(arg.value).iter().filter(is_said).copied().collect();
            if given.is_empty() {
                continue;
            }
            let index = match arg.name {
                Some(name) => function.params.iter().position(|param| param.name == name),
                None => (position < function.params.len()).then_some(position),
            };
            if let Some(index) = index {
                join(self.params.entry((target, index)).or_default(), &given);
            }
        }
    }
}

#[expect(clippy::iter_over_hash_type, reason = "joining is commutative up to the limit, and parts come in file order")]
fn merge<K: std::hash::Hash + Eq>(into: &mut FxHashMap<K, Value>, from: FxHashMap<K, Value>) {
    for (key, value) in from {
        join(into.entry(key).or_default(), &value);
    }
}
