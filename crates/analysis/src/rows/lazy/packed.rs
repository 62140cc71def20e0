//! Rows that a function gives together with something else: `return rows, total`, `return { items, total }`.

use ir::ExprKind;

use super::{Held, MAX_DEPTH, MAX_STEPS, Walk};
use crate::ids::{ExprRef, FnRef};
use crate::index::Part;

impl Walk<'_> {
    /// The part of a list or record that is written there, if one of its elements is the expression.
    pub(super) fn part_of(&self, at: ExprRef, container: ExprRef) -> Option<Part> {
        match self.program().kind(container) {
            ExprKind::List(items) => {
                let position = items.iter().position(|item| *item == at.id)?;
                Some(Part::Item(u32::try_from(position).ok()?))
            }
            ExprKind::Record(entries) => {
                entries.iter().find(|entry| entry.value == at.id).and_then(|entry| entry.key).map(Part::Field)
            }
            _ => None,
        }
    }

    /// Follows one part of a container to where it is taken out again.
    pub(super) fn packed(&mut self, container: ExprRef, part: Part, held: Held, depth: u32) {
        self.steps += 1;
        if depth > MAX_DEPTH || self.steps > MAX_STEPS {
            return;
        }
        let program = self.program();
        let index = program.listing(container.file);
        let at = |id| ExprRef { file: container.file, id };
        if let Some(parts) = self.tracker.layout(container.file).parts.get(&container.id) {
            for (name, _) in parts.iter().filter(|(_, taken)| *taken == [part]) {
                self.named(container.file, *name, held, depth + 1);
            }
        } else if let Some(name) = index.assigned.get(&container.id) {
            for use_ in index.uses_of(*name) {
                if let Some(parent) = index.parent(*use_) {
                    self.unpacked(at(*use_), at(parent), part, held, depth + 1);
                }
            }
        } else if let Some(function) = index.returned_in.get(&container.id) {
            let function = FnRef { file: container.file, id: *function };
            for call in self.tracker.callers(function).into_iter().take(16) {
                self.packed(call, part, held, depth + 1);
            }
            self.answered_in(container, function, part, held, depth + 1);
        } else if let Some(parent) = index.parent(container.id) {
            self.unpacked(container, at(parent), part, held, depth + 1);
        }
    }

    /// `page.items`, `page[0]`.
    fn unpacked(&mut self, container: ExprRef, parent: ExprRef, part: Part, held: Held, depth: u32) {
        let program = self.program();
        if let (ExprKind::Call { .. }, Part::Field(name)) = (program.kind(parent), part) {
            return self.given_to_template(container, parent, name, held);
        }
        let is_it = match (program.kind(parent), part) {
            (ExprKind::Member { base, name, .. }, Part::Field(field)) => *base == container.id && *name == field,
            (ExprKind::Index { base, indices }, _) if *base == container.id => match indices.as_slice() {
                [index] => self.is_part(ExprRef { file: parent.file, id: *index }, part),
                _ => false,
            },
            _ => false,
        };
        if is_it {
            self.visit(parent, held, depth);
        }
    }

    fn is_part(&self, index: ExprRef, part: Part) -> bool {
        match (self.program().kind(index), part) {
            (ExprKind::Number(number), Part::Item(item)) => *number == f64::from(item),
            (ExprKind::Text(parts), Part::Field(field)) => {
                matches!(parts.as_slice(), [ir::TextPart::Literal { value, .. }] if field == **value)
            }
            _ => false,
        }
    }
}
