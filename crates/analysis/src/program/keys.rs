//! Lists of keys that queries ask by: a chunk of many items, which is the cure of a query for each, or the keys of one item.

use ir::{BindingId, ExprId, ExprKind, FnId, PredicateOp, Span, Symbol};

use super::Program;
use crate::ids::{FileId, FnRef};
use crate::index::Part;
use crate::queries::{Condition, QueryUse};

/// Names of names, calls of calls.
const MAX_DEPTH: u32 = 4;

/// Words for what is no item but many of them, or what a client sends.
const MANY: &[&str] =
    &["chunk", "batch", "page", "request", "payload", "body", "params", "filter", "query", "data", "ctx"];

/// A condition on a list, in the function that sends the query.
struct List {
    file: FileId,
    function: FnRef,
    span: Span,
    column: Symbol,
}

impl Program<'_> {
    /// Whether a condition on a list is on the list of one item: an attribute of what a loop visits, or of what the function is
    /// given (`for digest in digests: … Item.id.in_(digest.item_ids)`), or what was looked up by one; and no part of a list of
    /// items.
    pub fn is_on_list_of_item(&self, query: &QueryUse, condition: &Condition) -> bool {
        let list = List { file: query.file, function: query.function, span: condition.span, column: condition.column };
        let file = self.file(list.file);
        condition.op == PredicateOp::In
            && query.file == query.function.file
            && self.listing(list.file).within(file, list.span).any(|(id, _)| self.is_of_item(&list, id, 0))
    }

    /// Whether a condition is on a list that is written out: `Order.state.in_(["open", "late"])`.
    pub fn is_on_written_list(&self, query: &QueryUse, condition: &Condition) -> bool {
        let file = self.file(query.file);
        let is_fixed = |id: &ExprId| match file.expr(*id).kind {
            ExprKind::Text(_) | ExprKind::Number(_) | ExprKind::Bool(_) => true,
            // `State.OPEN`
            ExprKind::Member { base, .. } => match file.expr(base).kind {
                ExprKind::Local(binding) => file.binding(binding).function == FnId::MODULE,
                ExprKind::Global(_) => true,
                _ => false,
            },
            _ => false,
        };
        let mut within = self.listing(query.file).within(file, condition.span);
        within.any(
            |(_, expr)| matches!(&expr.kind, ExprKind::List(items) if !items.is_empty() && items.iter().all(is_fixed)),
        )
    }

    fn is_of_item(&self, list: &List, id: ExprId, depth: u32) -> bool {
        let source = self.file(list.file);
        let again = |id: ExprId| depth < MAX_DEPTH && self.is_of_item(list, id, depth + 1);
        match &source.expr(id).kind {
            // Not the column itself, and not a method.
            ExprKind::Member { base, name, .. } => {
                *name != list.column && *name != "c" && !self.is_called(list.file, id) && self.names_item(list, *base)
            }
            ExprKind::Call { callee, args, .. } => {
                // `item.get("ids", [])`, `ids_of(item)`, `rows.filter(User.id == item.user_id)`.
                let is_got = match source.expr(*callee).kind {
                    ExprKind::Member { base, name, .. } => {
                        matches!(name.as_str(), "get" | "split" | "getlist") && self.names_item(list, base)
                    }
                    _ => false,
                };
                is_got || depth > 0 && args.iter().any(|arg| again(arg.value))
            }
            ExprKind::Await(inner) | ExprKind::Propagate(inner) => again(*inner),
            ExprKind::Binary { op, left, .. } if op.is_lazy() => again(*left),
            ExprKind::Local(binding) => match self.listing(list.file).defs.get(binding).map(Vec::as_slice) {
                Some([def]) if def.parts.is_empty() => again(def.value),
                _ => false,
            },
            _ => false,
        }
    }

    fn is_called(&self, file: FileId, id: ExprId) -> bool {
        self.listing(file).parent(id).is_some_and(
            |parent| matches!(self.file(file).expr(parent).kind, ExprKind::Call { callee, .. } if callee == id),
        )
    }

    fn names_item(&self, list: &List, id: ExprId) -> bool {
        matches!(self.file(list.file).expr(id).kind, ExprKind::Local(binding) if self.is_item(list, binding))
    }

    /// Whether a name is the element that a loop around the query visits, or an object that the function is given.
    fn is_item(&self, list: &List, binding: BindingId) -> bool {
        let (file, index) = (self.file(list.file), self.listing(list.file));
        let name = file.binding(binding).name.to_lowercase();
        let is_element = || {
            let defs = index.defs.get(&binding).into_iter().flatten();
            let mut outside = defs.filter(|def| !list.span.contains(file.expr(def.value).span));
            outside.any(|def| matches!(def.parts.as_slice(), [Part::Element] | [Part::Element, Part::Item(_)]))
        };
        let is_given = || {
            index.params.get(&binding).is_some_and(|param| param.parts.is_empty() && param.function == list.function.id)
        };
        !MANY.iter().any(|word| name.contains(word)) && (is_element() || is_given())
    }
}
