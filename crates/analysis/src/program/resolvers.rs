//! Queries of resolvers, which a framework runs for each object of a list.

use ir::{BindingId, ExprId, ExprKind, File, Visit, walk_expr};
use rustc_hash::FxHashSet;

use super::Program;
use crate::calls::Edge;
use crate::ids::{ExprRef, FnRef};
use crate::models::{PerItem, Runs};
use crate::queries::QueryUse;

/// Helpers of helpers of resolvers.
const MAX_HOPS: u32 = 3;

impl Program<'_> {
    /// Queries that a field's resolver makes by the object whose field it is, itself or, where such objects are seen to stand in
    /// lists, by what it calls.
    pub fn queries_of_resolvers(&self) -> Vec<&QueryUse> {
        let mut functions: FxHashSet<FnRef> = FxHashSet::default();
        let mut own: FxHashSet<ExprRef> = FxHashSet::default();
        for entry in self.entries() {
            let Some(per_item) = entry.per_item else { continue };
            let resolver = entry.function;
            let queries = self.queries().iter().filter(|query| query.function == resolver);
            own.extend(queries.map(|query| query.at).filter(|at| self.names_object(resolver, *at, per_item)));
            let helpers = self.calls_from(resolver).iter().filter(|edge| entry.is_listed && is_waited_for(edge));
            let helpers = helpers.filter(|edge| self.names_object(resolver, edge.at, per_item)).map(|edge| edge.to);
            let mut open: Vec<(FnRef, u32)> = helpers.map(|helper| (helper, 1)).collect();
            while let Some((helper, hops)) = open.pop() {
                if functions.insert(helper) && hops < MAX_HOPS {
                    let edges = self.calls_from(helper).iter().filter(|edge| is_waited_for(edge));
                    open.extend(edges.map(|edge| (edge.to, hops + 1)));
                }
            }
        }
        let is_one = |query: &&QueryUse| {
            (own.contains(&query.at) || functions.contains(&query.function)) && !self.is_batched(query)
        };
        self.queries().iter().filter(is_one).collect()
    }

    /// The library collects what is asked in one turn of the loop, and asks once.
    pub fn is_batched(&self, query: &QueryUse) -> bool {
        self.model(query.at).is_some_and(|model| model.is_batched)
    }

    /// The last call of a chain: arguments are bound to a statement after it is made.
    fn last_of_chain(&self, call: ExprRef) -> ExprId {
        let (file, index) = (self.file(call.file), self.listing(call.file));
        let mut last = call.id;
        loop {
            let Some(member) = index.parent(index.unwrapped_parent(file, last)) else { return last };
            let next = index.parent(member).filter(|_| matches!(file.expr(member).kind, ExprKind::Member { .. }));
            match next.map(|next| (next, &file.expr(next).kind)) {
                Some((next, ExprKind::Call { callee, .. })) if *callee == member => last = next,
                _ => return last,
            }
        }
    }

    /// Whether the object is read in a call of the resolver, or in what the names in it were made of.
    fn names_object(&self, resolver: FnRef, call: ExprRef, per_item: PerItem) -> bool {
        let file = self.file(resolver.file);
        let mut names = Names { program: self, of: resolver, object: Vec::new(), per_item, is_found: false, depth: 0 };
        if let Some(param) = file.function(resolver.id).params.first() {
            param.pattern.each_binding(&mut |binding| names.object.push(binding));
        }
        call.file == resolver.file && {
            names.expr(file, self.last_of_chain(call));
            names.is_found
        }
    }
}

fn is_waited_for(edge: &Edge) -> bool {
    edge.how == Runs::Inline && !edge.is_exceptional
}

struct Names<'p, 'm> {
    program: &'p Program<'m>,
    of: FnRef,
    object: Vec<BindingId>,
    per_item: PerItem,
    is_found: bool,
    depth: u32,
}

/// Names of names of the object.
const MAX_NAMES: u32 = 3;

impl Visit for Names<'_, '_> {
    fn expr(&mut self, file: &File, id: ExprId) {
        match &file.expr(id).kind {
            ExprKind::Local(binding) => {
                self.is_found |= self.per_item == PerItem::Parameter && self.object.contains(binding);
                let is_own = file.binding(*binding).function == self.of.id;
                if !self.is_found && is_own && self.depth < MAX_NAMES {
                    self.depth += 1;
                    let defs = self.program.listing(self.of.file).defs.get(binding);
                    let values: Vec<ExprId> = defs.into_iter().flatten().take(4).map(|def| def.value).collect();
                    values.into_iter().for_each(|value| self.expr(file, value));
                    self.depth -= 1;
                }
            }
            ExprKind::This => self.is_found |= self.per_item == PerItem::Receiver,
            _ => {}
        }
        if !self.is_found {
            walk_expr(self, file, id);
        }
    }
}
