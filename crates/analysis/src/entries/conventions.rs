//! Entries by convention: what files of a name export, functions of a name, directives.

use ir::{ExprKind, FnId, FunctionKind, Span, Symbol, TextPart};

use super::Collector;
use super::labels::route_of_path;
use crate::ids::{BindingRef, ExprRef, FnRef};
use crate::link::Target;
use crate::models::{Entry, Prerendered, path_parts};
use crate::values::Atom;

impl Collector<'_> {
    pub(super) fn by_convention(&mut self) {
        // What a page of the browser's own does happens there.
        if self.file.directives.iter().any(|directive| *directive == "use client") {
            return;
        }
        let library = self.library();
        let path = path_parts(self.file.path.as_str());
        for entry in &library.entries {
            if entry.files.iter().any(|pattern| pattern.matches(&path)) {
                for name in &entry.exports {
                    self.exported(entry, *name);
                }
            }
            if let Some(directive) = entry.directive {
                self.directed(entry, directive);
            }
            for name in &entry.functions {
                self.named(entry, *name);
            }
        }
    }

    /// `name` is an export, or a member of one (`default.fetch`).
    fn exported(&mut self, entry: &Entry, name: Symbol) {
        if let Some((object, member)) = name.as_str().split_once('.') {
            self.exported_member(entry, Symbol::new(object), Symbol::new(member));
            return;
        }
        if entry.prerendered.is_some_and(|prerendered| self.is_prerendered(prerendered)) {
            return;
        }
        let target = self.world.links.exported(self.world.files, self.file_id, name);
        let functions: Vec<FnRef> = match target {
            Some(Target::Binding(BindingRef { file, id })) => match &self.world.files[file.0 as usize].binding(id).kind
            {
                ir::BindingKind::Function(function) => vec![FnRef { file, id: *function }],
                _ => {
                    let defs = self.world.indexes[file.0 as usize].defs.get(&id);
                    let values = defs.into_iter().flatten().map(|def| ExprRef { file, id: def.value });
                    values.flat_map(|value| self.functions_at(value)).collect()
                }
            },
            Some(Target::Value(value)) => self.functions_at(value),
            _ => Vec::new(),
        };
        for function in functions {
            let verb = if name == "default" { String::new() } else { format!("{name} ") };
            let label = format!("{verb}{}", route_of_path(self.file.path.as_str()));
            let span = self.world.files[function.file.0 as usize].function(function.id).name_span;
            let span = if function.file == self.file_id { span } else { Span::default() };
            self.push(function, entry, label, span);
        }
    }

    fn is_prerendered(&self, prerendered: Prerendered) -> bool {
        let exports =
            |name: &str| self.world.links.exported(self.world.files, self.file_id, Symbol::new(name)).is_some();
        let is_one = prerendered == Prerendered::Always && !self.file.path.contains('[');
        !exports("dynamic") && (is_one || exports("generateStaticParams"))
    }

    fn exported_member(&mut self, entry: &Entry, object: Symbol, member: Symbol) {
        let target = self.world.links.exported(self.world.files, self.file_id, object);
        let Some(Target::Value(value)) =
            target.filter(|target| matches!(target, Target::Value(value) if value.file == self.file_id))
        else {
            return;
        };
        let ExprKind::Record(entries) = &self.file.expr(value.id).kind else { return };
        for field in entries.iter().filter(|field| field.key == Some(member)) {
            for function in self.handlers(field.value, 0) {
                let span = self.world.files[function.file.0 as usize].function(function.id).name_span;
                let label = format!("{member} ({})", entry.noun);
                self.push(function, entry, label, span);
            }
        }
    }

    fn functions_at(&self, value: ExprRef) -> Vec<FnRef> {
        if value.file == self.file_id {
            return self.handlers(value.id, 0);
        }
        let atoms = self.world.values[value.file.0 as usize].expr(value.id);
        let functions = atoms.iter().filter_map(|atom| match atom {
            Atom::Function(function) => Some(*function),
            _ => None,
        });
        functions.collect()
    }

    fn directed(&mut self, entry: &Entry, directive: Symbol) {
        let of_file = self.file.directives.contains(&directive);
        for (number, function) in self.file.functions.iter().enumerate() {
            let id = FnId(number as u32);
            let has_own = function.decorators.iter().any(|decorator| {
                matches!(&self.file.expr(*decorator).kind, ExprKind::Text(parts)
                    if matches!(parts.as_slice(), [TextPart::Literal { value, .. }] if **value == *directive.as_str()))
            });
            let is_top = of_file
                && function.is_async
                && function.parent == Some(FnId::MODULE)
                && function.class.is_none()
                && !function.name.ends_with(" callback");
            if has_own || is_top {
                let label = format!("{} ({})", function.name, entry.noun);
                let span = function.name_span;
                self.push(FnRef { file: self.file_id, id }, entry, label, span);
            }
        }
    }

    fn named(&mut self, entry: &Entry, name: Symbol) {
        for (number, function) in self.file.functions.iter().enumerate() {
            if function.name == name && function.kind == FunctionKind::Named && function.parent == Some(FnId::MODULE) {
                let label = format!("{name} ({})", entry.noun);
                self.push(FnRef { file: self.file_id, id: FnId(number as u32) }, entry, label, function.name_span);
            }
        }
    }
}
