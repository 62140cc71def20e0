//! Objects that own what their constructors open: who makes one has to close it.

use ir::{ExprId, ExprKind, File, FunctionKind, Symbol};
use rustc_hash::FxHashMap;

use super::{Exit, Leak};
use crate::ids::{ClassRef, ExprRef, FileId, FnRef};
use crate::index::Site;
use crate::models::Call;
use crate::program::Program;
use crate::values::Atom;

/// A class whose constructor opens something, and the methods that close it.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    pub(super) opened: ExprRef,
    /// The model of what is opened, released by the class's own methods.
    pub(super) model: Call,
}

pub(crate) type Owners = FxHashMap<ClassRef, Owner>;

/// Classes that can be closed, and the leaks of those that cannot though requests make them.
pub(super) fn solve(program: &Program<'_>) -> (Owners, Vec<Leak>) {
    let mut owners = Owners::default();
    let mut leaks = Vec::new();
    let calls = member_calls(program);
    for (number, file) in program.files.iter().enumerate() {
        let file_id = FileId(number as u32);
        let fields = file.classes.iter().enumerate().flat_map(|(number, class)| {
            let class_ref = ClassRef { file: file_id, id: ir::ClassId(number as u32) };
            let constructor = class
                .methods
                .iter()
                .find(|(_, method)| file.function(*method).kind == FunctionKind::Constructor)
                .map(|(_, method)| *method);
            constructor.into_iter().map(move |constructor| (class_ref, FnRef { file: file_id, id: constructor }))
        });
        for (class, constructor) in fields {
            for (field, opened, model) in opened_fields(program, class, constructor) {
                let releases = releases_of_field(program, &calls, class, field, model);
                match releases {
                    // Someone outside closes the field: not the class's own business.
                    None => {}
                    Some(closers) if closers.is_empty() && !is_family_made_per_request(program, class) => {}
                    Some(closers) if closers.is_empty() => {
                        leaks.push(Leak {
                            at: opened,
                            function: constructor,
                            opened,
                            exit: Exit::Always,
                            release: model.released_by.first().or(model.cleared_by.first()).copied(),
                            is_unnamed: false,
                        });
                    }
                    Some(closers) => {
                        let model = Call { released_by: closers, released_through: Vec::new(), ..model.clone() };
                        owners.entry(class).or_insert(Owner { opened, model });
                    }
                }
            }
        }
    }
    (owners, leaks)
}

/// The fields to which a constructor assigns something that must be released.
fn opened_fields<'p>(
    program: &'p Program<'_>,
    class: ClassRef,
    constructor: FnRef,
) -> Vec<(Symbol, ExprRef, &'p Call)> {
    let file = program.file(class.file);
    let index = program.listing(class.file);
    let mut found: Vec<(Symbol, ExprRef, &Call)> = Vec::new();
    for site in index.sites_of(constructor.id) {
        let call = ExprRef { file: class.file, id: site.call };
        let Some(model) = program.model(call) else { continue };
        let opens = model.acquires.is_some() && !model.released_by.is_empty() || model.repeats;
        if !opens || site.is_once {
            continue;
        }
        let outer = index.unwrapped_parent(file, site.call);
        if let Some(field) = field_assigned(program, class, outer) {
            found.push((field, call, model));
        }
    }
    found
}

fn field_assigned(program: &Program<'_>, class: ClassRef, value: ExprId) -> Option<Symbol> {
    let declared = || {
        let fields = &program.file(class.file).class(class.id).fields;
        fields.iter().find(|field| field.value == Some(value) && !field.is_static).map(|field| field.name)
    };
    program.listing(class.file).field_of.get(&value).copied().or_else(declared)
}

/// Calls on members and calls that are given members, by the member's name.
type MemberCalls = FxHashMap<Symbol, Vec<(FileId, Site)>>;

fn member_calls(program: &Program<'_>) -> MemberCalls {
    let mut calls = MemberCalls::default();
    for (number, file) in program.files.iter().enumerate() {
        let file_id = FileId(number as u32);
        let member = |id: ExprId| match file.expr(file.awaited(id)).kind {
            ExprKind::Member { name, .. } => Some(name),
            _ => None,
        };
        for site in program.listing(file_id).sites.iter().flatten() {
            let ExprKind::Call { callee, args, .. } = &file.expr(site.call).kind else { continue };
            let base = match file.expr(*callee).kind {
                ExprKind::Member { base, .. } => member(base),
                _ => None,
            };
            for name in base.into_iter().chain(args.iter().filter_map(|arg| member(arg.value))) {
                calls.entry(name).or_default().push((file_id, *site));
            }
        }
    }
    calls
}

/// The class's methods that release the field, themselves or through one another. None if other code releases it.
fn releases_of_field(
    program: &Program<'_>,
    calls: &MemberCalls,
    class: ClassRef,
    field: Symbol,
    model: &Call,
) -> Option<Vec<Symbol>> {
    let family = [program.world().classes.lineage(class), program.world().classes.family(class)].concat();
    let mut closers: Vec<Symbol> = Vec::new();
    for (file_id, site) in calls.get(&field).into_iter().flatten() {
        let file = program.file(*file_id);
        if !releases(file, site.call, field, model) {
            continue;
        }
        let method = around(file, site.function).map(|(class, name)| (ClassRef { file: *file_id, id: class }, name));
        match method {
            Some((own, name)) if family.contains(&own) => closers.push(name),
            _ => return None,
        }
    }
    // `close() { this.stop(); }`.
    for class in &family {
        let file = program.file(class.file);
        for (name, method) in &file.class(class.id).methods {
            let calls_closer = program.listing(class.file).sites_of(*method).iter().any(|site| {
                let ExprKind::Call { callee, .. } = file.expr(site.call).kind else { return false };
                match file.expr(callee).kind {
                    ExprKind::Member { base, name, .. } => {
                        matches!(file.expr(base).kind, ExprKind::This) && closers.contains(&name)
                    }
                    _ => false,
                }
            });
            if calls_closer && !closers.contains(name) && file.function(*method).kind != FunctionKind::Constructor {
                closers.push(*name);
            }
        }
    }
    closers.sort_unstable();
    closers.dedup();
    Some(closers)
}

/// `this.field.close()`, `clearInterval(this.field)`.
fn releases(file: &File, call: ExprId, field: Symbol, model: &Call) -> bool {
    let ExprKind::Call { callee, args, .. } = &file.expr(call).kind else { return false };
    let is_field =
        |id: ExprId| matches!(file.expr(file.awaited(id)).kind, ExprKind::Member { name, .. } if name == field);
    let (base, name) = match file.expr(*callee).kind {
        ExprKind::Member { base, name, .. } => (Some(base), name),
        ExprKind::Global(name) => (None, name),
        ExprKind::Local(binding) => (None, file.binding(binding).name),
        _ => return false,
    };
    let passes_it = args.iter().any(|arg| is_field(arg.value));
    base.is_some_and(is_field) && (model.released_by.contains(&name) || model.cleared_by.contains(&name))
        || passes_it && (model.released_through.contains(&name) || model.cleared_by.contains(&name))
}

/// The class and name of the method in which a function is written.
fn around(file: &File, function: ir::FnId) -> Option<(ir::ClassId, Symbol)> {
    let mut at = function;
    loop {
        let data = file.function(at);
        if let Some(class) = data.class {
            let method = file.class(class).methods.iter().find(|(_, method)| *method == at);
            return method.map(|(name, _)| (class, *name));
        }
        at = data.parent?;
    }
}

/// What a call that makes an object of such a class opens.
pub(super) fn made_by<'o>(program: &Program<'_>, owners: &'o Owners, call: ExprRef) -> Option<&'o Owner> {
    if owners.is_empty() {
        return None;
    }
    let ExprKind::Call { callee, .. } = *program.kind(call) else { return None };
    program.value(ExprRef { file: call.file, id: callee }).iter().find_map(|atom| match atom {
        Atom::Class(class) => program.world().classes.lineage(*class).into_iter().find_map(|class| owners.get(&class)),
        _ => None,
    })
}

/// Whether requests make objects of the class or of one that inherits its constructor.
fn is_family_made_per_request(program: &Program<'_>, class: ClassRef) -> bool {
    program.world().classes.family(class).into_iter().any(|class| program.is_made_per_request(class))
}
