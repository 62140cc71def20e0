//! How much a query counts or skips.

use ir::{BinaryOp, BindingId, ExprId, ExprKind, TextPart, Visit};

use super::Program;
use super::mentions::Parts;
use crate::ids::{ExprRef, FnRef};
use crate::index::Adds;
use crate::models::Query;
use crate::queries::QueryUse;
use crate::values::Atom;

const MAX_DEPTH: u32 = 8;

impl Program<'_> {
    /// Whether a query counts rows (and does not estimate their number, or only test for one).
    pub fn counts_rows(&self, query: &QueryUse) -> bool {
        match &query.sql {
            Some(statement) => statement.is_aggregate,
            None => self.calls_count(query.at, 0),
        }
    }

    /// Whether a query writes any number of rows at once.
    pub fn writes_many(&self, query: &QueryUse) -> bool {
        self.model(query.at).is_some_and(|model| model.query.contains(&Query::Many)) || self.is_given_rows(query.at)
    }

    /// Whether the builder of a statement is given a list of rows: `builder.push_values(rows, …)`.
    fn is_given_rows(&self, built: ExprRef) -> bool {
        let index = self.listing(built.file);
        let name = index.bound_to(self.file(built.file), built.id);
        let additions = name.and_then(|name| index.additions.get(&name));
        additions.is_some_and(|all| all.iter().any(|addition| addition.adds == Adds::Rows))
    }

    /// Whether a chain, or the statement that it is given, counts.
    fn calls_count(&self, expr: ExprRef, depth: u32) -> bool {
        let file = self.file(expr.file);
        let mut parts = Parts::default();
        parts.expr(file, expr.id);
        parts.found.iter().any(|id| {
            let part = ExprRef { file: expr.file, id: *id };
            match self.kind(part) {
                ExprKind::Call { .. } => self.called_name(part).is_some_and(|name| {
                    let counts = ["count", "count_documents", "countDocuments", "findAndCountAll", "findAndCount"];
                    counts.contains(&name.as_str())
                }),
                // `` sql<number>`count(*)` ``
                ExprKind::Text(parts) => {
                    let first = parts.first().map(|part| match part {
                        TextPart::Literal { value, .. } => value.trim_start().to_lowercase(),
                        TextPart::Hole(_) => String::new(),
                    });
                    first.is_some_and(|text| text.strip_prefix("cast(").unwrap_or(&text).starts_with("count("))
                }
                ExprKind::Local(_) if depth < 2 => {
                    self.definition(part).is_some_and(|definition| self.calls_count(definition, depth + 1))
                }
                _ => false,
            }
        })
    }

    /// Whether the program keeps a number below some bound: `min(page, 100)`, `Query(le=1000)`.
    pub fn is_capped(&self, number: ExprRef) -> bool {
        self.is_capped_at(number, 0)
    }

    fn is_capped_at(&self, expr: ExprRef, depth: u32) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        let capped = |id: ExprId| self.is_capped_at(ExprRef { file: expr.file, id }, depth + 1);
        match self.kind(expr) {
            ExprKind::Number(_) | ExprKind::Null => true,
            ExprKind::Binary { op, left, right } if *op != BinaryOp::Other => capped(*left) && capped(*right),
            ExprKind::Conditional { then, otherwise, .. } => capped(*then) && capped(*otherwise),
            ExprKind::Unary { operand, .. } | ExprKind::Propagate(operand) | ExprKind::Await(operand) => {
                capped(*operand)
            }
            ExprKind::Call { callee, args, .. } => {
                let name = self.called_name(expr);
                if name.is_some_and(|name| matches!(name.as_str(), "min" | "clamp")) {
                    return true;
                }
                let base = match *self.kind(ExprRef { file: expr.file, id: *callee }) {
                    ExprKind::Member { base, .. }
                        if !matches!(self.kind(ExprRef { file: expr.file, id: base }), ExprKind::Global(_)) =>
                    {
                        Some(base)
                    }
                    _ => None,
                };
                (base.is_some() || !args.is_empty())
                    && base.is_none_or(capped)
                    && args.iter().all(|arg| capped(arg.value))
            }
            ExprKind::Local(binding) => self.is_name_capped(expr, *binding, depth),
            // `params.page`, whose class says what it accepts.
            ExprKind::Member { base, name, .. } => {
                self.value(ExprRef { file: expr.file, id: *base }).iter().any(|atom| match atom {
                    Atom::Object(class) => self.classes.field(&self.files, *class, *name).is_some_and(|field| {
                        field
                            .value
                            .iter()
                            .chain(&field.annotation)
                            .any(|id| self.accepts_at_most(ExprRef { file: class.file, id: *id }))
                    }),
                    _ => false,
                })
            }
            _ => false,
        }
    }

    fn is_name_capped(&self, expr: ExprRef, binding: BindingId, depth: u32) -> bool {
        let index = self.listing(expr.file);
        let mut defs = index.defs.get(&binding).into_iter().flatten();
        if defs
            .any(|def| def.parts.is_empty() && self.is_capped_at(ExprRef { file: expr.file, id: def.value }, depth + 1))
        {
            return true;
        }
        let Some(param) = index.params.get(&binding).filter(|param| param.parts.is_empty()) else { return false };
        let function = FnRef { file: expr.file, id: param.function };
        let data = &self.file(expr.file).function(param.function).params[param.index];
        let at = |id: &ExprId| ExprRef { file: expr.file, id: *id };
        if data.default.iter().chain(&data.annotation).any(|id| self.accepts_at_most(at(id))) {
            return true;
        }
        let mut given = self.graph.calls_into(function).iter().filter_map(|edge| {
            let ExprKind::Call { args, .. } = self.kind(edge.at) else { return None };
            let named = args.iter().find(|arg| arg.name == Some(data.name));
            let arg = named.or_else(|| args.get(param.index).filter(|arg| arg.name.is_none()))?;
            Some(ExprRef { file: edge.at.file, id: arg.value })
        });
        let mut is_given = false;
        given.all(|arg| {
            is_given = true;
            self.is_capped_at(arg, depth + 1)
        }) && is_given
    }

    /// `Query(0, le=1000)`, `Annotated[int, Query(lt=100)]`.
    fn accepts_at_most(&self, expr: ExprRef) -> bool {
        let mut parts = Parts::default();
        parts.expr(self.file(expr.file), expr.id);
        parts.found.iter().any(|id| match self.kind(ExprRef { file: expr.file, id: *id }) {
            ExprKind::Call { args, .. } => {
                args.iter().filter_map(|arg| arg.name).any(|name| matches!(name.as_str(), "le" | "lt" | "max_value"))
            }
            _ => false,
        })
    }
}
