//! Which functions a registration hands over.

use ir::{ExprId, ExprKind};

use super::Collector;
use crate::calls::{called_path, definition, definition_of};
use crate::ids::{ExprRef, FnRef};
use crate::link::Target;
use crate::values::Atom;

impl Collector<'_> {
    /// Functions that an argument hands over: itself, elements of a list, members of a record, or what a wrapper such as
    /// `asyncHandler(f)` is given.
    pub(super) fn handlers(&self, value: ExprId, depth: u32) -> Vec<FnRef> {
        self.handlers_at(ExprRef { file: self.file_id, id: value }, depth)
    }

    pub(super) fn handlers_at(&self, value: ExprRef, depth: u32) -> Vec<FnRef> {
        let file = &self.world.files[value.file.0 as usize];
        let values = &self.world.values[value.file.0 as usize];
        let mut found: Vec<FnRef> = Vec::new();
        for atom in values.expr(value.id) {
            match atom {
                Atom::Function(function) => found.push(*function),
                Atom::Record(record) if record.file != value.file => found.extend(self.record_functions(*record)),
                _ => {}
            }
        }
        if depth > 4 {
            return found;
        }
        let inner = |id: ExprId| self.handlers_at(ExprRef { file: value.file, id }, depth + 1);
        match &file.expr(value.id).kind {
            ExprKind::List(items) => found.extend(items.iter().flat_map(|item| inner(*item))),
            ExprKind::Record(entries) => found.extend(entries.iter().flat_map(|entry| inner(entry.value))),
            ExprKind::Spread(operand) => found.extend(inner(*operand)),
            // A wrapper around the handler: `asyncHandler(f)`.
            ExprKind::Call { callee, args, .. } => {
                let paths = values.expr(*callee).iter().filter_map(|atom| called_path(*atom));
                let is_entry = paths.into_iter().any(|path| self.library().entry_call(path).is_some());
                // What a function makes of its arguments is a router, and no wrapper around them.
                let is_router = values.expr(value.id).iter().any(|atom| matches!(atom, Atom::Instance(_)));
                if !is_entry && !is_router {
                    found.extend(args.iter().flat_map(|arg| inner(arg.value)));
                }
            }
            ExprKind::Local(_) | ExprKind::Member { .. } => {
                let wrapped = self.declared_as(value).filter(|declared| {
                    matches!(self.world.files[declared.file.0 as usize].expr(declared.id).kind, ExprKind::Call { .. })
                });
                found.extend(wrapped.into_iter().flat_map(|declared| self.handlers_at(declared, depth + 1)));
            }
            _ => {}
        }
        found
    }

    /// What a name, or a module's export, was assigned once.
    fn declared_as(&self, name: ExprRef) -> Option<ExprRef> {
        match self.world.files[name.file.0 as usize].expr(name.id).kind {
            ExprKind::Member { base, name: member, .. } => {
                let modules = self.world.values[name.file.0 as usize].expr(base);
                let target = modules.iter().find_map(|atom| match atom {
                    Atom::Module(module) => self.world.links.exported(self.world.files, *module, member),
                    _ => None,
                })?;
                match target {
                    Target::Value(value) => Some(value),
                    Target::Binding(binding) => definition_of(self.world, binding),
                    _ => None,
                }
            }
            _ => definition(self.world, name),
        }
    }

    fn record_functions(&self, record: ExprRef) -> Vec<FnRef> {
        let ExprKind::Record(entries) = &self.world.files[record.file.0 as usize].expr(record.id).kind else {
            return Vec::new();
        };
        let values = &self.world.values[record.file.0 as usize];
        let functions = entries.iter().flat_map(|entry| values.expr(entry.value)).filter_map(|atom| match atom {
            Atom::Function(function) => Some(*function),
            _ => None,
        });
        functions.collect()
    }
}
