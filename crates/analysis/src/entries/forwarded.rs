//! Decorators of the project that hand the function on to a framework's: `@protected_route(router.get, "/orders")`.

use ir::{Arg, BindingKind, ExprId, ExprKind, File, FnId, Symbol};

use super::Collector;
use super::labels::{label_of, plain_text};
use crate::calls::called_path;
use crate::ids::FnRef;
use crate::index::{Def, FileIndex};
use crate::models::Entry;
use crate::values::Atom;

/// Functions in a decorator's function: what takes the decorated one, and what it puts around it.
const MAX_DEPTH: u32 = 2;

/// A decorator of the project, as it is used.
struct Used<'a> {
    made_by: FnRef,
    file: &'a File,
    args: &'a [Arg],
}

impl<'a> Collector<'a> {
    /// The entries that a project's function makes of what it decorates, each with its label.
    pub(super) fn forwarded(&mut self, made_by: FnRef, args: &[Arg]) -> Vec<(&'a Entry, String)> {
        let file = &self.world.files[made_by.file.0 as usize];
        let index = &self.world.indexes[made_by.file.0 as usize];
        let used = Used { made_by, file, args };
        let parts = self.parts.entry(made_by).or_insert_with(|| parts_of(file, made_by.id)).clone();
        let mut found = Vec::new();
        for part in &parts {
            for site in index.sites_of(*part) {
                let ExprKind::Call { callee, args, .. } = &file.expr(site.call).kind else { continue };
                let hands_on = args.iter().any(|arg| is_decorated(file, index, &parts, arg.value, 0));
                if !hands_on {
                    continue;
                }
                // `router.get(path)(f)`, `router.add_api_route(path, f)`.
                match file.expr(*callee).kind {
                    ExprKind::Call { .. } => self.hand_on(&used, *callee, &mut found),
                    _ => self.register(&used, *callee, args, &mut found),
                }
            }
            for returned in &index.returns[part.0 as usize] {
                self.hand_on(&used, *returned, &mut found);
            }
            if *part != made_by.id {
                file.function(*part).decorators.iter().for_each(|inner| self.hand_on(&used, *inner, &mut found));
            }
        }
        found
    }

    /// `router.get(path)` as a decorator, or among what a helper makes one of: `applyDecorators(Get(path), Roles(…))`.
    fn hand_on(&self, used: &Used<'_>, decorator: ExprId, found: &mut Vec<(&'a Entry, String)>) {
        let ExprKind::Call { callee, args, .. } = &used.file.expr(decorator).kind else { return };
        for path in self.paths(used, *callee) {
            if let Some(entry) = self.library().entry_decorator(path) {
                found.push((entry, self.forwarded_label(used, entry, path, args)));
            }
        }
        args.iter().for_each(|arg| self.hand_on(used, arg.value, found));
    }

    fn register(&self, used: &Used<'_>, callee: ExprId, args: &[Arg], found: &mut Vec<(&'a Entry, String)>) {
        for path in self.paths(used, callee) {
            if let Some(entry) = self.library().entry_call(path) {
                found.push((entry, self.forwarded_label(used, entry, path, args)));
            }
        }
    }

    /// What a callee in the decorator's function can be: of a parameter, what this use gives for it.
    fn paths(&self, used: &Used<'_>, callee: ExprId) -> Vec<Symbol> {
        let atoms: &[Atom] = match used.given(self, callee) {
            Some(given) => self.value(given),
            None => self.world.values[used.made_by.file.0 as usize].expr(callee),
        };
        atoms.iter().filter_map(|atom| called_path(*atom)).collect()
    }

    fn forwarded_label(&self, used: &Used<'_>, entry: &Entry, path: Symbol, args: &[Arg]) -> String {
        let route = entry.route_argument.and_then(|number| {
            let is_spread = |arg: &Arg| matches!(used.file.expr(arg.value).kind, ExprKind::Spread(_));
            if args.iter().take(number + 1).any(is_spread) {
                return self.plain_text(used.args.get(number)?.value);
            }
            let route = args.get(number)?.value;
            match used.given(self, route) {
                Some(given) => self.plain_text(given),
                None => plain_text(used.file, route),
            }
        });
        label_of(entry, path, route)
    }
}

impl Used<'_> {
    /// What this use gives for the parameter that an expression names.
    fn given(&self, collector: &Collector<'_>, expr: ExprId) -> Option<ExprId> {
        let ExprKind::Local(binding) = self.file.expr(expr).kind else { return None };
        let index = &collector.world.indexes[self.made_by.file.0 as usize];
        let param = index.params.get(&binding).filter(|param| param.function == self.made_by.id)?;
        let name = self.file.function(self.made_by.id).params[param.index].name;
        let named = self.args.iter().find(|arg| arg.name == Some(name));
        let placed = || self.args.get(param.index).filter(|arg| arg.name.is_none());
        named.or_else(placed).map(|arg| arg.value)
    }
}

/// The function and those that are written in it.
fn parts_of(file: &File, made_by: FnId) -> Vec<FnId> {
    let mut parts = vec![made_by];
    let mut around = parts.clone();
    for _ in 0..MAX_DEPTH {
        let is_inside = |id: &FnId| file.function(*id).parent.is_some_and(|parent| around.contains(&parent));
        around = (0..file.functions.len() as u32).map(FnId).filter(is_inside).collect();
        parts.extend(&around);
    }
    parts
}

/// Whether an argument is a parameter of one of the functions, one of them, or what a wrapper made of it.
fn is_decorated(file: &File, index: &FileIndex, parts: &[FnId], arg: ExprId, depth: u32) -> bool {
    let ExprKind::Local(binding) = file.expr(arg).kind else { return false };
    let data = file.binding(binding);
    let is_wrapped = |def: &Def| match &file.expr(def.value).kind {
        ExprKind::Call { args, .. } if depth < MAX_DEPTH => {
            args.iter().any(|arg| is_decorated(file, index, parts, arg.value, depth + 1))
        }
        _ => false,
    };
    parts.contains(&data.function)
        && match data.kind {
            BindingKind::Param => true,
            BindingKind::Function(function) => parts.contains(&function),
            BindingKind::Variable => index.defs.get(&binding).into_iter().flatten().any(is_wrapped),
            _ => false,
        }
}
