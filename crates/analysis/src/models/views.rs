//! What views do by themselves that extend a framework's.

use ir::Symbol;

use super::Library;

impl Library {
    /// Whether views that extend a type answer with a list; none if the type is not known.
    pub(crate) fn lists(&self, ty: Symbol) -> Option<bool> {
        let known = self.ancestry(ty);
        (!known.is_empty()).then(|| known.iter().any(|ty| ty.lists))
    }

    /// Whether views that extend a type add rows to what they list.
    pub(crate) fn creates(&self, ty: Symbol) -> bool {
        self.ancestry(ty).into_iter().any(|ty| ty.creates)
    }
}
