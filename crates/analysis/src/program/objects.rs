//! How long objects of the program's classes live.

use ir::{ExprKind, Symbol};
use rustc_hash::{FxHashMap, FxHashSet};

use super::Program;
use crate::calls::option_is;
use crate::contexts::State;
use crate::ids::{ClassRef, ExprRef, FileId, FnRef};
use crate::models::{Context, Entry};
use crate::values::Atom;

impl Program<'_> {
    /// Functions that make objects of a class.
    pub(super) fn collect_constructions(&self) -> FxHashMap<ClassRef, Vec<FnRef>> {
        let mut constructions: FxHashMap<ClassRef, Vec<FnRef>> = FxHashMap::default();
        for (number, index) in self.indexes.iter().enumerate() {
            let file = FileId(number as u32);
            for site in index.sites.iter().flatten() {
                let ExprKind::Call { callee, .. } = self.files[number].expr(site.call).kind else { continue };
                for atom in self.value(ExprRef { file, id: callee }) {
                    if let Atom::Class(class) = atom {
                        let id = if site.is_once { ir::FnId::MODULE } else { site.function };
                        constructions.entry(*class).or_default().push(FnRef { file, id });
                    }
                }
            }
        }
        constructions
    }

    /// A method that runs in a wanted way on what a constructor makes, where nothing in the program calls the constructor: a
    /// container does.
    pub fn method_of_injected(&self, constructor: FnRef, wanted: impl Fn(State) -> bool) -> Option<FnRef> {
        let class = self.file(constructor.file).function(constructor.id).class?;
        if !self.is_constructor(constructor) || self.states(constructor).next().is_some() {
            return None;
        }
        let methods = self.file(constructor.file).class(class).methods.iter();
        methods.map(|(_, id)| FnRef { id: *id, ..constructor }).find(|method| self.runs(*method, &wanted))
    }

    /// Whether what a view's method gives is asked for one object only: nothing but the framework calls the method, and none of
    /// the classes that the view extends answers with a list.
    pub fn gives_one_object(&self, method: FnRef) -> bool {
        let data = self.file(method.file).function(method.id);
        let Some(class) = data.class.filter(|_| data.name == "get_queryset") else { return false };
        let library = self.library(method.file);
        let bases = self.classes.library_bases(ClassRef { file: method.file, id: class });
        let known: Vec<bool> = bases.into_iter().filter_map(|base| library.lists(base)).collect();
        !known.is_empty() && !known.contains(&true) && self.calls_into(method).is_empty()
    }

    /// `class PrismaService extends PrismaClient`.
    pub(crate) fn is_client_class(&self, class: ClassRef) -> bool {
        let library = self.library(class.file);
        let bases = self.classes.library_bases(class);
        bases.into_iter().any(|base| library.lends(library.canonical(base)))
    }

    /// Whether a request makes an object of the class. What nothing in the program makes, a container makes once.
    pub(crate) fn is_made_per_request(&self, class: ClassRef) -> bool {
        let serves = |state: State| matches!(state.context, Context::Request | Context::Connection | Context::Job);
        // A container may make one for each request.
        let constructor = self.classes.constructor(&self.files, class);
        let is_scoped = constructor
            .is_some_and(|constructor| self.entries_of.contains_key(&constructor) && self.runs(constructor, serves));
        is_scoped
            || self
                .constructions
                .get(&class)
                .is_some_and(|functions| functions.iter().any(|function| self.runs(*function, serves)))
    }

    /// Whether an object of the class is there for many requests: start-up code makes it, or a container does.
    pub(crate) fn object_outlives(&self, class: ClassRef) -> bool {
        let family = self.classes.family(class);
        let mut makers = family.iter().filter_map(|class| self.constructions.get(class)).flatten().peekable();
        if makers.peek().is_some() {
            // When what nothing is known to run makes one, nobody knows.
            let is_at_start = |maker: &FnRef| maker.id == ir::FnId::MODULE || self.states(*maker).next().is_some();
            return makers.any(is_at_start) && !family.iter().any(|class| self.is_made_per_request(*class));
        }
        self.is_kept_by_framework(class) || self.state_classes.contains(&class)
    }

    /// Classes of the application's state: what handlers are given as `State<T>`, and what its fields are.
    pub(super) fn find_state_classes(&self) -> FxHashSet<ClassRef> {
        let mut found = FxHashSet::default();
        let mut open: Vec<ClassRef> = Vec::new();
        for (number, file) in self.files.iter().enumerate() {
            let file_id = FileId(number as u32);
            let library = self.library(file_id);
            for annotation in
                file.functions.iter().flat_map(|function| &function.params).filter_map(|param| param.annotation)
            {
                let ExprKind::Index { base, .. } = file.expr(annotation).kind else { continue };
                let is_state = self.value(ExprRef { file: file_id, id: base }).iter().any(|atom| match atom {
                    Atom::Path(path) => library.ty(*path).is_some_and(|ty| ty.is_state),
                    _ => false,
                });
                if is_state {
                    self.classes_named(ExprRef { file: file_id, id: annotation }, 0, &mut open);
                }
            }
        }
        while let Some(class) = open.pop() {
            if found.insert(class) {
                for annotation in
                    self.file(class.file).class(class.id).fields.iter().filter_map(|field| field.annotation)
                {
                    self.classes_named(ExprRef { file: class.file, id: annotation }, 0, &mut open);
                }
            }
        }
        found
    }

    /// The classes of the project that a type is made of.
    fn classes_named(&self, annotation: ExprRef, depth: u32, found: &mut Vec<ClassRef>) {
        if depth > 8 {
            return;
        }
        if let ExprKind::Index { base, indices } = self.kind(annotation) {
            for part in indices.iter().chain([base]) {
                self.classes_named(ExprRef { file: annotation.file, id: *part }, depth + 1, found);
            }
            return;
        }
        found.extend(self.value(annotation).iter().filter_map(|atom| match atom {
            Atom::Class(class) => Some(*class),
            _ => None,
        }));
        if let Some(alias) = self.definition(annotation).filter(|alias| *alias != annotation) {
            self.classes_named(alias, depth + 1, found);
        }
    }

    /// Whether a framework makes one object of the class and keeps it: providers, controllers, middleware.
    fn is_kept_by_framework(&self, class: ClassRef) -> bool {
        let library = self.library(class.file);
        let file = self.file(class.file);
        let bases = self.classes.library_bases(class);
        let decorators = file.class(class.id).decorators.iter().map(|decorator| match file.expr(*decorator).kind {
            ExprKind::Call { callee, .. } => callee,
            _ => *decorator,
        });
        let paths: Vec<Symbol> = decorators
            .flat_map(|decorator| self.value(ExprRef { file: class.file, id: decorator }))
            .filter_map(|atom| match atom {
                Atom::Path(path) => Some(*path),
                _ => None,
            })
            .collect();
        let decorated = |entry: &&Entry| entry.class_decorators.iter().any(|decorator| paths.contains(decorator));
        let is_decorated = library.entries.iter().any(|entry| decorated(&entry));
        let is_single = library.entries.iter().any(|entry| {
            entry.is_single && entry.classes.iter().any(|known| bases.iter().any(|base| library.is_a(*base, *known)))
        });
        // A provider of each request: its decorator says so.
        let is_scoped = library.entries.iter().filter(decorated).any(|entry| {
            !entry.only_if.is_empty()
                && file.class(class.id).decorators.iter().any(|decorator| match &file.expr(*decorator).kind {
                    ExprKind::Call { args, .. } => {
                        entry.only_if.iter().all(|(name, text)| option_is(file, args, *name, text))
                    }
                    _ => false,
                })
        });
        (is_decorated || is_single) && !is_scoped && !self.is_made_per_request(class)
    }

    /// Whether the framework calls the methods of the class.
    pub(crate) fn is_entry_class(&self, class: ClassRef) -> bool {
        let library = self.library(class.file);
        let bases = self.classes.library_bases(class);
        library
            .entries
            .iter()
            .any(|entry| entry.classes.iter().any(|known| bases.iter().any(|base| library.is_a(*base, *known))))
    }

    /// The functions that make objects of the class around a method.
    pub(crate) fn makers_of_class_of(&self, method: FnRef) -> Vec<FnRef> {
        let index = self.listing(method.file);
        let this = index.this.get(method.id.0 as usize).copied().flatten();
        let class = this.and_then(|this| self.classes.of_this(method.file, this));
        class.and_then(|class| self.constructions.get(&class)).cloned().unwrap_or_default()
    }

    /// Whether the class around a method sets one of the fields, itself or in a class it extends: to something
    /// (`Some(true)`) or to nothing (`Some(false)`).
    pub fn class_sets(&self, method: FnRef, fields: &[&str]) -> Option<bool> {
        let class = self.file(method.file).function(method.id).class?;
        self.classes.lineage(ClassRef { file: method.file, id: class }).into_iter().find_map(|class| {
            let file = self.file(class.file);
            let field = file.class(class.id).fields.iter().find(|field| fields.contains(&field.name.as_str()))?;
            Some(field.value.is_none_or(|value| !matches!(file.expr(value).kind, ExprKind::Null)))
        })
    }
}
