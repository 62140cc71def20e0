//! Methods of `impl` blocks that a macro on the block makes handlers: the fields of GraphQL's objects.

use ir::{ExprId, ExprKind, File, FnId, Impl, Visit, walk_expr};
use rustc_hash::FxHashSet;

use super::Collector;
use crate::ids::{ClassRef, FileId, FnRef};
use crate::index::ThisType;
use crate::models::{Entry, PerItem};
use crate::values::{Atom, World};

impl Collector<'_> {
    pub(super) fn implemented(&mut self) {
        for an_impl in self.file.impls.iter().filter(|an_impl| !an_impl.decorators.is_empty()) {
            let Some(entry) = entry_of(self.world, self.file_id, an_impl) else { continue };
            let class = self.world.classes.of_this(self.file_id, ThisType::Impl(an_impl.ty));
            let owner = class.map_or("", |class| &self.world.files[class.file.0 as usize].class(class.id).name);
            let is_listed = class.is_some_and(|class| self.listed.contains(&class));
            for (name, method) in an_impl.methods.iter().filter(|(_, method)| !is_left_out(self.file, *method)) {
                let label = format!("{owner}.{name} ({})", entry.noun);
                let span = self.file.function(*method).name_span;
                self.push(FnRef { file: self.file_id, id: *method }, entry, label, span);
                if let Some(last) = self.found.last_mut() {
                    last.per_item = entry.per_item.filter(|_| is_listed);
                    last.is_listed = is_listed;
                }
            }
        }
    }
}

/// What the macros on a block make of its methods.
fn entry_of<'a>(world: World<'a>, file: FileId, an_impl: &Impl) -> Option<&'a Entry> {
    let data = &world.files[file.0 as usize];
    let library = world.models.of(data.language);
    an_impl.decorators.iter().find_map(|decorator| {
        let ExprKind::Call { callee, .. } = data.expr(*decorator).kind else { return None };
        world.values[file.0 as usize].expr(callee).iter().find_map(|atom| match atom {
            Atom::Path(path) => library.entry_decorator(*path),
            _ => None,
        })
    })
}

/// `#[graphql(skip)]`.
fn is_left_out(file: &File, method: FnId) -> bool {
    file.function(method).decorators.iter().any(|decorator| match &file.expr(*decorator).kind {
        ExprKind::Call { args, .. } => {
            args.iter().any(|arg| matches!(file.expr(arg.value).kind, ExprKind::Global(name) if name == "skip"))
        }
        _ => false,
    })
}

/// The classes of which clients are given several objects: what lists among the fields and results of such blocks hold, and
/// what objects of theirs have in turn.
pub(super) fn listed(world: World<'_>) -> FxHashSet<ClassRef> {
    let is_per_item = |entry: &Entry| entry.per_item == Some(PerItem::Receiver);
    let mut results: Vec<(ClassRef, FileId, ExprId)> = Vec::new();
    for (file, number) in world.files.iter().zip(0..) {
        let file_id = FileId(number);
        for an_impl in file.impls.iter().filter(|an_impl| !an_impl.decorators.is_empty()) {
            let Some(class) = world.classes.of_this(file_id, ThisType::Impl(an_impl.ty)) else { continue };
            if entry_of(world, file_id, an_impl).is_some_and(is_per_item) {
                let returned = an_impl.methods.iter().filter_map(|(_, method)| file.function(*method).returns);
                results.extend(returned.map(|returned| (class, file_id, returned)));
            }
        }
    }
    if results.is_empty() {
        return FxHashSet::default();
    }
    for (file, number) in world.files.iter().zip(0..) {
        for (class, id) in file.classes.iter().zip(0..) {
            let owner = ClassRef { file: FileId(number), id: ir::ClassId(id) };
            let fields = class.fields.iter().filter_map(|field| field.annotation);
            results.extend(fields.map(|annotation| (owner, owner.file, annotation)));
        }
    }
    let named: Vec<(ClassRef, Named<'_>)> = results
        .into_iter()
        .map(|(owner, file, annotation)| {
            let mut named = Named { world, file, in_list: 0, listed: Vec::new(), all: Vec::new() };
            named.expr(&world.files[file.0 as usize], annotation);
            (owner, named)
        })
        .collect();
    let mut found: FxHashSet<ClassRef> = named.iter().flat_map(|(_, named)| named.listed.iter().copied()).collect();
    // Each round goes one object deeper.
    for _ in 0..MAX_DEPTH {
        let of_listed = named.iter().filter(|(owner, _)| found.contains(owner));
        let more: Vec<ClassRef> = of_listed.flat_map(|(_, named)| named.all.iter().copied()).collect();
        let known = found.len();
        found.extend(more);
        if found.len() == known {
            break;
        }
    }
    found
}

const MAX_DEPTH: u32 = 6;

/// The classes that an annotation names.
struct Named<'a> {
    world: World<'a>,
    file: FileId,
    in_list: u32,
    listed: Vec<ClassRef>,
    all: Vec<ClassRef>,
}

impl Visit for Named<'_> {
    fn expr(&mut self, file: &File, id: ExprId) {
        for atom in self.world.values[self.file.0 as usize].expr(id) {
            if let Atom::Class(class) = *atom {
                self.all.push(class);
                self.listed.extend((self.in_list > 0).then_some(class));
            }
        }
        let is_list = match &file.expr(id).kind {
            ExprKind::Index { base, .. } => is_list(file, *base),
            _ => false,
        };
        self.in_list += u32::from(is_list);
        walk_expr(self, file, id);
        self.in_list -= u32::from(is_list);
    }
}

fn is_list(file: &File, ty: ExprId) -> bool {
    let name = match file.expr(ty).kind {
        ExprKind::Global(name) | ExprKind::Member { name, .. } => name,
        ExprKind::Local(binding) => file.binding(binding).name,
        _ => return false,
    };
    matches!(name.as_str(), "Vec" | "VecDeque" | "HashSet" | "BTreeSet" | "Connection")
}
