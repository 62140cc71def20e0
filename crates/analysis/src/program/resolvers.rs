//! Queries of resolvers, which a framework runs for each object of a list.

use ir::{BindingId, ExprId, ExprKind, File, Visit, walk_expr};

use super::Program;
use crate::ids::FnRef;
use crate::models::PerItem;
use crate::queries::QueryUse;

impl Program<'_> {
    /// Queries that a field's resolver makes by the object whose field it is.
    pub fn queries_of_resolvers(&self) -> Vec<&QueryUse> {
        let resolvers: Vec<(FnRef, PerItem)> =
            self.entries().iter().filter_map(|entry| Some((entry.function, entry.per_item?))).collect();
        let of_one = |query: &&QueryUse| {
            let mut own = resolvers.iter().filter(|(function, _)| *function == query.function);
            own.any(|(_, per_item)| !self.is_batched(query) && self.names_object(query, *per_item))
        };
        self.queries().iter().filter(of_one).collect()
    }

    /// The library collects what is asked in one turn of the loop, and asks once.
    fn is_batched(&self, query: &QueryUse) -> bool {
        self.model(query.at).is_some_and(|model| model.is_batched)
    }

    /// Whether the object is read in the query.
    fn names_object(&self, query: &QueryUse, per_item: PerItem) -> bool {
        let file = self.file(query.at.file);
        let mut names = Names { object: Vec::new(), per_item, is_found: false };
        if let Some(param) = file.function(query.function.id).params.first() {
            param.pattern.each_binding(&mut |binding| names.object.push(binding));
        }
        names.expr(file, query.at.id);
        names.is_found
    }
}

struct Names {
    object: Vec<BindingId>,
    per_item: PerItem,
    is_found: bool,
}

impl Visit for Names {
    fn expr(&mut self, file: &File, id: ExprId) {
        self.is_found |= match &file.expr(id).kind {
            ExprKind::Local(binding) => self.per_item == PerItem::Parameter && self.object.contains(binding),
            ExprKind::This => self.per_item == PerItem::Receiver,
            _ => false,
        };
        walk_expr(self, file, id);
    }
}
