//! The class hierarchy: bases, subclasses, methods that `impl` blocks add.

use std::sync::Arc;

use ir::{ClassId, File, FunctionKind, Symbol};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Atom, FileValues, differing};
use crate::ids::{ClassRef, FileId, FnRef};
use crate::index::ThisType;

#[derive(Debug, Default)]
pub(crate) struct Classes {
    bases: FxHashMap<ClassRef, Vec<Atom>>,
    subclasses: FxHashMap<ClassRef, Vec<ClassRef>>,
    impls: FxHashMap<(ClassRef, Symbol), Vec<FnRef>>,
    implemented: FxHashMap<ClassRef, Vec<(Symbol, FnRef)>>,
    declared: Arc<Declared>,
    /// The class of an `impl` block's subject.
    subjects: FxHashMap<(FileId, ThisType), ClassRef>,
}

/// The members that classes declare in their own bodies, by class and name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Declared {
    /// Numbers of the fields.
    fields: FxHashMap<(ClassRef, Symbol), u32>,
    methods: FxHashMap<(ClassRef, Symbol), Vec<FnRef>>,
}

impl Declared {
    pub(super) fn collect(files: &[File]) -> Self {
        let mut declared = Self::default();
        for (number, file) in files.iter().enumerate() {
            let file_id = FileId(number as u32);
            for (number, class) in file.classes.iter().enumerate() {
                let this = ClassRef { file: file_id, id: ClassId(number as u32) };
                for (number, field) in class.fields.iter().enumerate() {
                    declared.fields.entry((this, field.name)).or_insert(number as u32);
                }
                for (name, method) in &class.methods {
                    let methods = declared.methods.entry((this, *name)).or_default();
                    methods.push(FnRef { file: file_id, id: *method });
                }
            }
        }
        declared
    }
}

const MAX_DEPTH: usize = 12;
const MAX_OVERRIDES: usize = 8;

/// `Base` of `Base<T>`.
fn without_arguments(file: &File, ty: ir::ExprId) -> ir::ExprId {
    match file.expr(ty).kind {
        ir::ExprKind::Index { base, .. } => base,
        _ => ty,
    }
}

/// The classes themselves and all that steps lead to.
fn closure(from: &[ClassRef], step: impl Fn(ClassRef) -> Vec<ClassRef>) -> FxHashSet<ClassRef> {
    let mut found: FxHashSet<ClassRef> = from.iter().copied().collect();
    let mut open = from.to_vec();
    while let Some(class) = open.pop() {
        open.extend(step(class).into_iter().filter(|next| found.insert(*next)));
    }
    found
}

impl Classes {
    /// Classes of which nothing is known but what they declare.
    pub(super) fn new(declared: &Arc<Declared>) -> Self {
        Self { declared: Arc::clone(declared), ..Self::default() }
    }

    pub(super) fn collect(files: &[File], values: &[FileValues], declared: &Arc<Declared>) -> Self {
        let mut classes = Self::new(declared);
        for (number, file) in files.iter().enumerate() {
            let file_id = FileId(number as u32);
            for (number, class) in file.classes.iter().enumerate() {
                let this = ClassRef { file: file_id, id: ClassId(number as u32) };
                for base in &class.bases {
                    classes.extend(this, values[file_id.0 as usize].expr(without_arguments(file, *base)));
                }
            }
            for an_impl in &file.impls {
                let subjects = values[file_id.0 as usize].expr(an_impl.ty);
                for atom in subjects {
                    let Atom::Class(class) = *atom else { continue };
                    classes.subjects.insert((file_id, ThisType::Impl(an_impl.ty)), class);
                    for (name, method) in &an_impl.methods {
                        let method = FnRef { file: file_id, id: *method };
                        classes.impls.entry((class, *name)).or_default().push(method);
                        classes.implemented.entry(class).or_default().push((*name, method));
                    }
                    if let Some(interface) = an_impl.interface {
                        let interface = without_arguments(file, interface);
                        classes.extend(class, values[file_id.0 as usize].expr(interface));
                    }
                }
            }
        }
        classes
    }

    /// The files of classes of which something else is said than before: of themselves, or of those that they extend or
    /// that extend them.
    pub(super) fn told_otherwise(&self, before: &Self) -> FxHashSet<FileId> {
        let of_bases = differing(&self.bases, &before.bases);
        let of_subclasses = differing(&self.subclasses, &before.subclasses);
        let of_impls = differing(&self.impls, &before.impls).map(|(class, _)| class);
        let changed: Vec<ClassRef> = of_bases.chain(of_subclasses).chain(of_impls).collect();
        let mut files: FxHashSet<FileId> = differing(&self.subjects, &before.subjects).map(|(file, _)| file).collect();
        for hierarchy in [self, before] {
            let up = |class: ClassRef| -> Vec<ClassRef> { hierarchy.parents(class).collect() };
            let down = |class: ClassRef| hierarchy.subclasses.get(&class).cloned().unwrap_or_default();
            files.extend(closure(&changed, up).iter().map(|class| class.file));
            files.extend(closure(&changed, down).iter().map(|class| class.file));
        }
        files
    }

    fn parents(&self, class: ClassRef) -> impl Iterator<Item = ClassRef> {
        self.bases(class).iter().filter_map(|base| match base {
            Atom::Class(parent) => Some(*parent),
            _ => None,
        })
    }

    fn extend(&mut self, class: ClassRef, bases: &[Atom]) {
        for base in bases {
            let known = self.bases.entry(class).or_default();
            if !known.contains(base) {
                known.push(*base);
                if let Atom::Class(parent) = *base {
                    self.subclasses.entry(parent).or_default().push(class);
                }
            }
        }
    }

    /// The declaration of a field in the class itself.
    pub(crate) fn field<'f>(&self, files: &'f [File], class: ClassRef, name: Symbol) -> Option<&'f ir::Field> {
        let number = *self.declared.fields.get(&(class, name))?;
        files[class.file.0 as usize].class(class.id).fields.get(number as usize)
    }

    pub(crate) fn bases(&self, class: ClassRef) -> &[Atom] {
        self.bases.get(&class).map_or(&[], Vec::as_slice)
    }

    /// The class that `this` is in a file.
    pub(crate) fn of_this(&self, file: FileId, this: ThisType) -> Option<ClassRef> {
        match this {
            ThisType::Class(id) => Some(ClassRef { file, id }),
            ThisType::Impl(_) => self.subjects.get(&(file, this)).copied(),
        }
    }

    /// The class itself and the project classes that it extends, nearest first.
    pub(crate) fn lineage(&self, class: ClassRef) -> Vec<ClassRef> {
        let mut lineage = vec![class];
        let mut at = 0;
        while at < lineage.len() && lineage.len() < MAX_DEPTH {
            for base in self.bases(lineage[at]) {
                if let Atom::Class(base) = base
                    && !lineage.contains(base)
                {
                    lineage.push(*base);
                }
            }
            at += 1;
        }
        lineage
    }

    /// The class itself and the project classes that extend it.
    pub(crate) fn family(&self, class: ClassRef) -> Vec<ClassRef> {
        const MAX_FAMILY: usize = 64;
        let mut family = vec![class];
        let mut at = 0;
        while at < family.len() && family.len() < MAX_FAMILY {
            let more = self.subclasses.get(&family[at]).into_iter().flatten();
            let new: Vec<ClassRef> = more.filter(|class| !family.contains(class)).copied().collect();
            family.extend(new);
            at += 1;
        }
        family
    }

    /// Library types that the class or a class it extends derives from.
    pub(crate) fn library_bases(&self, class: ClassRef) -> Vec<Symbol> {
        let mut paths = Vec::new();
        if self.bases(class).is_empty() {
            return paths;
        }
        for class in self.lineage(class) {
            for base in self.bases(class) {
                if let Atom::Path(path) | Atom::Instance(path) = base
                    && !paths.contains(path)
                {
                    paths.push(*path);
                }
            }
        }
        paths
    }

    /// The nearest methods of that name up the lineage: what `super()` reaches.
    pub(crate) fn inherited(&self, class: ClassRef, name: Symbol) -> Vec<FnRef> {
        let own = self.own_methods(class, name);
        if !own.is_empty() || self.bases(class).is_empty() {
            return own;
        }
        let lineage = self.lineage(class).into_iter().skip(1);
        lineage.map(|class| self.own_methods(class, name)).find(|own| !own.is_empty()).unwrap_or_default()
    }

    /// The methods of that name that a call on an instance can reach: the nearest one up the lineage, and what
    /// subclasses put in its place where that one is only declared.
    pub(crate) fn methods(&self, files: &[File], class: ClassRef, name: Symbol) -> Vec<FnRef> {
        let mut found = self.inherited(class, name);
        let is_declared_only = found.iter().all(|method| {
            let body = &files[method.file.0 as usize].function(method.id).body;
            body.tail.is_none() && body.stmts.len() <= 1
        });
        if is_declared_only {
            let mut open = self.subclasses.get(&class).cloned().unwrap_or_default();
            let mut at = 0;
            while at < open.len() && found.len() < MAX_OVERRIDES && at < 64 {
                found.extend(self.own_methods(open[at], name));
                open.extend(self.subclasses.get(&open[at]).into_iter().flatten().copied());
                at += 1;
            }
        }
        found
    }

    pub(crate) fn constructor(&self, files: &[File], class: ClassRef) -> Option<FnRef> {
        self.lineage(class).into_iter().find_map(|class| {
            let file = &files[class.file.0 as usize];
            let methods = &file.class(class.id).methods;
            let constructor =
                methods.iter().find(|(_, method)| file.function(*method).kind == FunctionKind::Constructor);
            constructor.map(|(_, method)| FnRef { file: class.file, id: *method })
        })
    }

    /// All methods of a class itself: of its body and of `impl` blocks.
    pub(crate) fn all_methods(&self, files: &[File], class: ClassRef) -> Vec<(Symbol, FnRef)> {
        let body = files[class.file.0 as usize].class(class.id).methods.iter();
        let mut methods: Vec<(Symbol, FnRef)> =
            body.map(|(name, id)| (*name, FnRef { file: class.file, id: *id })).collect();
        methods.extend(self.implemented.get(&class).into_iter().flatten().copied());
        methods
    }

    /// Methods that a class has of those of the project which extend nothing of a library.
    pub(crate) fn methods_of_mixins(&self, files: &[File], class: ClassRef) -> Vec<(Symbol, FnRef)> {
        let mut seen: FxHashSet<Symbol> = FxHashSet::default();
        let mut found = Vec::new();
        for other in self.lineage(class) {
            let is_mixin = other != class && self.library_bases(other).is_empty();
            let methods = self.all_methods(files, other).into_iter();
            found.extend(methods.filter(|(name, _)| seen.insert(*name) && is_mixin));
        }
        found
    }

    /// In its body, and then in `impl` blocks.
    fn own_methods(&self, class: ClassRef, name: Symbol) -> Vec<FnRef> {
        let mut found = self.declared.methods.get(&(class, name)).cloned().unwrap_or_default();
        for method in self.impls.get(&(class, name)).into_iter().flatten() {
            if !found.contains(method) {
                found.push(*method);
            }
        }
        found
    }
}
