//! What assignments do to shared collections.

use ir::{BinaryOp, ExprId, ExprKind, File, FunctionKind, Pattern, Span};

use super::touches::{Act, Scan, Touch};
use crate::ids::BindingRef;
use crate::models::Context;
use crate::places::{self, Found, Place};

impl Scan<'_, '_> {
    /// `place = value`, outside the place's first definition.
    pub(super) fn assigned(&mut self, file: &File, pattern: &Pattern, op: Option<BinaryOp>, value: ExprId) {
        match pattern {
            Pattern::Place(place) => match file.expr(*place).kind {
                // `hits[key] += 1` makes the key where the collection fills in what is missing.
                ExprKind::Index { base, ref indices } if op.is_none_or(BinaryOp::is_lazy) || self.fills_in(base) => {
                    let act = Act::Adds { key: indices.first().copied(), element: Some(value) };
                    self.touch_element(base, *place, value, act);
                }
                ExprKind::Slice { base, .. } => self.touch(base, value, Act::Removes),
                ExprKind::Member { base, name, .. } if name == "length" => self.touch(base, value, Act::Removes),
                ExprKind::Member { .. } => self.replaced(file, *place, op, value),
                _ => {}
            },
            Pattern::Bind(binding) if file.binding(*binding).function != self.function.id => {
                let found = Found {
                    place: Place::Binding(BindingRef { file: self.function.file, id: *binding }),
                    is_element: false,
                };
                self.replace(file, found, op, value);
            }
            Pattern::Tuple(parts) => {
                if let ExprKind::List(values) = &file.expr(value).kind
                    && values.len() == parts.len()
                {
                    parts.iter().zip(values).for_each(|(part, value)| self.assigned(file, part, op, *value));
                }
            }
            _ => {}
        }
    }

    /// Whether a collection is made by a call: a `Counter`, a `defaultdict`.
    fn fills_in(&self, base: ExprId) -> bool {
        let Some(found) = self.place(base) else { return false };
        let (values, _) = places::definitions(self.program, found.place);
        values.iter().any(|value| matches!(self.program.kind(*value), ExprKind::Call { .. }))
    }

    /// `hits[key].append(x)` makes the key where the collection fills in what is missing, and so does `own = hits[key]` before
    /// `own.append(x)`.
    pub(super) fn filled_in(&mut self, file: &File, element: ExprId, at: ExprId) {
        let named = match file.expr(element).kind {
            ExprKind::Local(_) => self.program.definition(self.at(element)),
            _ => None,
        };
        let element = named.filter(|named| named.file == self.function.file).map_or(element, |named| named.id);
        let ExprKind::Index { base, ref indices } = file.expr(element).kind else { return };
        if matches!(file.expr(base).kind, ExprKind::Index { .. }) {
            self.filled_in(file, base, at);
        } else if self.fills_in(base) {
            self.touch(base, at, Act::Adds { key: indices.first().copied(), element: None });
        }
    }

    fn replaced(&mut self, file: &File, place: ExprId, op: Option<BinaryOp>, value: ExprId) {
        if let Some(found) = self.place(place).filter(|found| !found.is_element) {
            if op.is_none() {
                self.alias(found.place, value);
            }
            self.replace(file, found, op, value);
        }
    }

    /// `items = [...items, x]` grows it, `items = items.filter(…)` and `items = []` do not.
    fn replace(&mut self, file: &File, found: Found, op: Option<BinaryOp>, value: ExprId) {
        let mut states = self.program.states(self.function).peekable();
        let is_started =
            states.peek().is_some() && states.all(|state| matches!(state.context, Context::Startup | Context::Script));
        // `for (const line of buffer) write(line); buffer = []`: what start-up gathered is handed on.
        let is_first = is_started && !self.hands_on(file, found, value)
            || matches!(
                file.function(self.function.id).kind,
                FunctionKind::Constructor | FunctionKind::ClassBody | FunctionKind::Module
            );
        let itself = |id: ExprId| self.place(id).is_some_and(|other| other.place == found.place && !other.is_element);
        let element = match &file.expr(value).kind {
            _ if op == Some(BinaryOp::Add) => Some(value),
            ExprKind::List(items) if items.iter().any(|item| self.spreads(file, *item, found)) => {
                items.iter().copied().find(|item| !self.spreads(file, *item, found))
            }
            ExprKind::Binary { op: BinaryOp::Add, left, right } if itself(*left) || itself(*right) => Some(value),
            ExprKind::Call { callee, args, .. } => match file.expr(*callee).kind {
                ExprKind::Member { base, name, .. } if name == "concat" && itself(base) => {
                    args.first().map(|arg| arg.value)
                }
                _ => None,
            },
            _ => None,
        };
        let act = match element {
            Some(element) => Act::Adds { key: None, element: Some(element) },
            None if is_first || op.is_some_and(BinaryOp::is_lazy) => return,
            None if is_empty(file, value) => Act::Empties,
            None => Act::Removes,
        };
        let span = self.program.expr_span(self.at(value));
        self.touches.push(Touch { found, at: self.at(value), span, function: self.function, via: self.function, act });
    }

    /// Whether the function passes the place on, goes through it or asks it for something before it assigns `value` to it.
    fn hands_on(&self, file: &File, found: Found, value: ExprId) -> bool {
        let index = self.program.listing(self.function.file);
        let before = Span::new(file.function(self.function.id).span.start, file.expr(value).span.start);
        let is_taken = |id: ExprId| match index.parent(id).map(|parent| &file.expr(parent).kind) {
            Some(ExprKind::Call { args, .. }) => args.iter().any(|arg| arg.value == id),
            Some(ExprKind::Spread(_)) => true,
            Some(ExprKind::Member { .. }) => {
                let member = index.parent(id).and_then(|member| index.parent(member));
                member.is_some_and(|call| matches!(file.expr(call).kind, ExprKind::Call { .. }))
            }
            _ => index.iterated.contains(&id),
        };
        index.within(file, before).any(|(id, _)| {
            is_taken(id) && self.place(id).is_some_and(|other| other.place == found.place && !other.is_element)
        })
    }

    fn spreads(&self, file: &File, item: ExprId, found: Found) -> bool {
        match file.expr(item).kind {
            ExprKind::Spread(inner) => self.place(inner).is_some_and(|other| other.place == found.place),
            _ => false,
        }
    }
}

/// `[]`, `{}`, `new Map()`.
fn is_empty(file: &File, value: ExprId) -> bool {
    match &file.expr(value).kind {
        ExprKind::List(items) => items.is_empty(),
        ExprKind::Record(entries) => entries.is_empty(),
        ExprKind::Call { args, .. } => args.is_empty(),
        _ => false,
    }
}
