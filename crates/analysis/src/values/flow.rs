//! What flows between functions: arguments into parameters, and assignments to members of other objects.

use ir::{ExprId, ExprKind, File, FnId, Symbol};
use rustc_hash::{FxHashMap, FxHashSet};

use super::asked::Changes;
use super::eval::registry;
use super::{Atom, Value, World, differing, join};
use crate::calls::find_model;
use crate::ids::{ClassRef, ExprRef, FileId, FnRef};
use crate::models::Library;
use crate::roles::{Role, is_tool};

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
    /// Of what one file passes: the files of the classes of which it makes objects.
    made: FxHashSet<FileId>,
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

    /// What all files pass, their parts in their order.
    pub(super) fn join(parts: &[Self]) -> Self {
        let mut flows = Self::default();
        for part in parts {
            merge(&mut flows.params, &part.params);
            merge(&mut flows.fields, &part.fields);
            merge(&mut flows.records, &part.records);
            flows.grown.extend(&part.grown);
            merge(&mut flows.additions, &part.additions);
        }
        flows
    }

    /// What flows otherwise than before.
    pub(super) fn changes(&self, before: &Self, told_otherwise: FxHashSet<FileId>) -> Changes {
        Changes {
            told_otherwise,
            passed: differing(&self.params, &before.params).map(|(function, _)| function).collect(),
            fields: differing(&self.fields, &before.fields).collect(),
            records: differing(&self.records, &before.records).collect(),
            members: differing(&self.additions, &before.additions).collect(),
        }
    }

    /// Whether what a file passes hangs on classes of these files.
    pub(super) fn hangs_on_any(&self, files: &FxHashSet<FileId>) -> bool {
        !self.made.is_disjoint(files)
    }

    /// What one file passes, which hangs on its own values and the class hierarchy.
    pub(super) fn of_file(world: World<'_>, roles: &[Role], file_id: FileId) -> Self {
        let mut flows = Self::default();
        // What tests pass are fakes, and says nothing of the program.
        let is_test = |file: FileId| roles[file.0 as usize] == Role::Test;
        let is_of_test = is_test(file_id);
        let reaches = |file: FileId| !is_of_test || is_test(file);
        let file = &world.files[file_id.0 as usize];
        let index = &world.indexes[file_id.0 as usize];
        let values = &world.values[file_id.0 as usize];
        let library = world.models.of(file.language);
        for number in 0..file.functions.len() {
            for site in index.sites_of(FnId(number as u32)) {
                let ExprKind::Call { callee, args, .. } = &file.expr(site.call).kind else { continue };
                let callees = values.expr(*callee);
                let given = || args.iter().flat_map(|arg| values.expr(arg.value));
                if registry::loads(file, &file.expr(site.call).kind) {
                    for maker in registry::makers_beside(world, file_id).into_iter().filter(|maker| reaches(maker.file))
                    {
                        flows.pass_arguments(world, values, maker, args);
                    }
                }
                if callees.is_empty() || given().next().is_none() {
                    continue;
                }
                let hands_functions = given().any(|atom| matches!(atom, Atom::Function(_)));
                if hands_functions
                    && let Some(model) = find_model(library, file, values, site.call)
                    && !model.passes.is_empty()
                {
                    flows.pass_types(values, *callee, args, &model.passes, reaches);
                }
                if hands_functions {
                    flows.pass_elements(library, file, values, (*callee, args), reaches);
                }
                for atom in callees {
                    if let Atom::Path(path) = atom
                        && hands_functions
                        && let Some(entry) = library.entry_call(*path)
                    {
                        flows.pass_types(values, *callee, args, &entry.passes, reaches);
                    }
                    let target = match atom {
                        Atom::Function(function) => Some(*function),
                        Atom::Class(class) => {
                            flows.made.insert(class.file);
                            world.classes.constructor(world.files, *class)
                        }
                        _ => None,
                    };
                    if let Some(target) = target.filter(|target| reaches(target.file)) {
                        flows.pass_arguments(world, values, target, args);
                    }
                }
            }
        }
        if !is_of_test {
            flows.register_classes(world, library, file_id);
        }
        // What a tool puts into the place of the program's own functions is there for its own run.
        let is_of_tool = is_tool(file.path.as_str());
        let reaches =
            |target: FileId| reaches(target) && (!is_of_tool || is_tool(world.files[target.0 as usize].path.as_str()));
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
                    Atom::Instance(ty) if !is_of_test => join(flows.additions.entry((*ty, *name)).or_default(), given),
                    _ => {}
                }
            }
        }
        flows
    }

    /// The classes of a file that a library's registry has as members, by their names.
    fn register_classes(&mut self, world: World<'_>, library: &Library, file_id: FileId) {
        for (class, number) in world.files[file_id.0 as usize].classes.iter().zip(0..) {
            let this = ClassRef { file: file_id, id: ir::ClassId(number) };
            if class.bases.is_empty() {
                continue;
            }
            self.made.insert(file_id);
            let bases = world.classes.library_bases(this).into_iter();
            for registry in bases.filter_map(|base| library.ty(base)?.registry) {
                let lowered = class.name.char_indices().map(|(at, letter)| match at {
                    0 => letter.to_ascii_lowercase(),
                    _ => letter,
                });
                for name in [class.name, Symbol::new(&lowered.collect::<String>())] {
                    join(self.additions.entry((registry, name)).or_default(), &[Atom::Class(this)]);
                }
            }
        }
    }

    /// What a call for each element hands to its function: `orders.map((order) => …)`. A library's list that tells no type of its
    /// elements stands for them, as in a loop.
    fn pass_elements(
        &mut self,
        library: &Library,
        file: &File,
        values: &super::FileValues,
        (callee, args): (ExprId, &[ir::Arg]),
        reaches: impl Fn(FileId) -> bool,
    ) {
        const EACH: &[&str] = &["map", "forEach", "flatMap", "for_each", "flat_map"];
        let ExprKind::Member { base, name, .. } = file.expr(callee).kind else { return };
        if !EACH.contains(&name.as_str()) {
            return;
        }
        let elements: Value = values
            .expr(base)
            .iter()
            .filter_map(|atom| match atom {
                Atom::Instance(ty) => {
                    let element = library.ty(*ty).and_then(|known| known.element);
                    Some(Atom::Instance(element.unwrap_or(*ty)))
                }
                _ => None,
            })
            .collect();
        let functions = args.first().map_or(&[][..], |arg| values.expr(arg.value));
        for atom in functions.iter().filter(|_| !elements.is_empty()) {
            if let Atom::Function(function) = atom
                && reaches(function.file)
            {
                join(self.params.entry((*function, 0)).or_default(), &elements);
            }
        }
    }

    /// What a library hands to the functions that it is given (`self`: what the method was called on).
    fn pass_types(
        &mut self,
        values: &super::FileValues,
        callee: ExprId,
        args: &[ir::Arg],
        types: &[Symbol],
        reaches: impl Fn(FileId) -> bool,
    ) {
        for arg in args {
            for atom in values.expr(arg.value) {
                let Atom::Function(function) = atom else { continue };
                if !reaches(function.file) {
                    continue;
                }
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

    fn pass_arguments(&mut self, world: World<'_>, values: &super::FileValues, target: FnRef, args: &[ir::Arg]) {
        let function = world.files[target.file.0 as usize].function(target.id);
        for (position, arg) in args.iter().enumerate() {
            let given = values.expr(arg.value);
            if given.is_empty() {
                continue;
            }
            let index = match arg.name {
                Some(name) => function.params.iter().position(|param| param.name == name),
                None => (position < function.params.len()).then_some(position),
            };
            if let Some(index) = index {
                join(self.params.entry((target, index)).or_default(), given);
            }
        }
    }
}

#[expect(clippy::iter_over_hash_type, reason = "joining is commutative up to the limit, and parts come in file order")]
fn merge<K: Copy + std::hash::Hash + Eq>(into: &mut FxHashMap<K, Value>, from: &FxHashMap<K, Value>) {
    for (key, value) in from {
        join(into.entry(*key).or_default(), value);
    }
}
