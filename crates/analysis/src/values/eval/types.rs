//! What annotations name.

use ir::{ExprId, ExprKind};

use crate::calls::{definition, definition_of};
use crate::ids::ExprRef;
use crate::link::Target;

use super::{Evaluator, instances};
use crate::values::{Atom, Value, join};

impl Evaluator<'_> {
    // Types.

    /// An instance of the type that an annotation names.
    pub(super) fn instance_of(&mut self, annotation: ExprId) -> Value {
        let mut value = Value::new();
        match &self.file.expr(annotation).kind {
            // A union.
            ExprKind::Other(parts) | ExprKind::List(parts)
                if matches!(self.file.expr(annotation).kind, ExprKind::Other(_)) =>
            {
                for part in parts {
                    let more = self.instance_of(*part);
                    join(&mut value, &more);
                }
            }
            ExprKind::Binary { left, right, .. } => {
                for part in [left, right] {
                    let more = self.instance_of(*part);
                    join(&mut value, &more);
                }
            }
            ExprKind::Index { base, indices } => {
                let wrapped = self.wrapped(*base, indices);
                for index in indices {
                    // `Annotated[T, Depends(f)]`.
                    if matches!(self.file.expr(*index).kind, ExprKind::Call { .. }) {
                        let more = self.expr(*index);
                        join(&mut value, &more);
                    }
                }
                if let Some(inner) = wrapped {
                    let more = self.instance_of(inner);
                    join(&mut value, &more);
                }
                // A wrapper has members of its own too (`OnceCell::get_or_init`).
                let library = self.library;
                let has_members = |atom: &Atom| matches!(atom, Atom::Path(path) if library.has_members(*path));
                let base_value = self.expr(*base);
                if wrapped.is_none() || base_value.iter().any(has_members) {
                    let more = self.instance_of(*base);
                    join(&mut value, &more);
                }
            }
            _ => value = instances(&self.expr(annotation)),
        }
        value
    }

    /// The argument that a transparent generic type holds.
    pub(super) fn wrapped(&mut self, base: ExprId, indices: &[ExprId]) -> Option<ExprId> {
        self.expr(base).iter().find_map(|atom| match atom {
            Atom::Path(path) => indices.get(self.library.ty(*path)?.wraps?).copied(),
            _ => None,
        })
    }

    /// `T<X>` as a value: the wrapped type, or the generic type itself. An element of a collection is unknown.
    pub(super) fn type_application(&mut self, base: ExprId, indices: &[ExprId]) -> Value {
        if let Some(inner) = self.wrapped(base, indices) {
            return self.expr(inner);
        }
        if let [key] = indices
            && let Some(ty) = self.typed_key(*key)
        {
            return instances(&self.anywhere(ty));
        }
        self.expr(base)
            .into_iter()
            .filter_map(|atom| match atom {
                Atom::Class(_) => Some(atom),
                Atom::Path(path) => self.library.ty(path).is_some().then_some(atom),
                Atom::Instance(ty) => self.special(ty, "__getitem__").map(Atom::Instance),
                _ => None,
            })
            .collect()
    }

    /// The type that a key was declared with: `T` of `KEY = AppKey("name", T)`, where an object is asked for `[KEY]`.
    fn typed_key(&mut self, key: ExprId) -> Option<ExprRef> {
        let is_key = |atom: &Atom| match atom {
            Atom::Instance(ty) => self.library.ty(*ty).is_some_and(|ty| ty.is_key),
            _ => false,
        };
        if !self.expr(key).iter().any(is_key) {
            return None;
        }
        let mut at = ExprRef { file: self.file_id, id: key };
        for _ in 0..3 {
            let file = &self.world.files[at.file.0 as usize];
            match &file.expr(at.id).kind {
                ExprKind::Call { args, .. } => return Some(ExprRef { file: at.file, id: args.get(1)?.value }),
                // `keys.DB` of a module.
                ExprKind::Member { base, name, .. } => {
                    let module = self.anywhere(ExprRef { file: at.file, id: *base });
                    let binding = module.iter().find_map(|atom| match atom {
                        Atom::Module(module) => match self.world.links.exported(self.world.files, *module, *name)? {
                            Target::Binding(binding) => Some(binding),
                            _ => None,
                        },
                        _ => None,
                    })?;
                    at = definition_of(self.world, binding)?;
                }
                ExprKind::Local(_) => at = definition(self.world, at)?,
                _ => return None,
            }
        }
        None
    }
}
