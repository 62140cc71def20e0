//! What the database is asked.

use ir::{ExprId, ExprKind, QueryKind, Span, Symbol};

use super::Program;
use crate::ids::ExprRef;
use crate::queries::{self, QueryUse, Shape};
use crate::rows::ProcessedRows;

impl Program<'_> {
    /// Whether a count is compared with a number that the function keeps the table at: where there are more rows, it deletes
    /// some.
    pub fn is_trimmed_after(&self, count: &QueryUse) -> bool {
        let (file, index) = (self.file(count.at.file), self.listing(count.at.file));
        let around = std::iter::successors(index.parent(count.at.id), |at| index.parent(*at));
        let is_order = |at: ExprId| matches!(file.expr(at).kind, ExprKind::Binary { op, .. } if op.is_order());
        let named = index.bound_to(file, count.at.id).map_or(&[][..], |name| index.uses_of(name));
        let is_compared =
            around.into_iter().any(is_order) || named.iter().filter_map(|use_| index.parent(*use_)).any(is_order);
        let deletes = |other: &&QueryUse| {
            let name = self.called_name(other.at);
            other.function == count.function
                && other.entity == count.entity
                && other.shape == Shape::Write
                && (name
                    .is_some_and(|name| matches!(name.as_str(), "delete" | "deleteMany" | "delete_many" | "destroy"))
                    || other.sql.as_ref().is_some_and(|sql| sql.kind == QueryKind::Delete))
        };
        is_compared && count.entity.is_some() && self.queries().iter().any(|other| deletes(&other))
    }

    /// Every query that the program sends, by file and position.
    pub fn queries(&self) -> &[QueryUse] {
        &self.queries
    }

    /// What queries fetch, count or ask of related tables along with their own rows, each as a query with the call of the one
    /// that it belongs to.
    pub fn nested_queries(&self) -> &[QueryUse] {
        &self.nested
    }

    /// Rows that are fetched only to be counted, summed, filtered, searched or cut in memory.
    pub fn processed_rows(&self) -> &[ProcessedRows] {
        &self.rows.processed
    }

    /// The place of a call, where its chain begins.
    pub fn chain_span(&self, call: ExprRef) -> Span {
        queries::chain_span(self, call)
    }

    /// Whether all rows of a query may be needed somewhere, by its number among [`queries`](Self::queries).
    pub fn needs_rows(&self, query: usize) -> bool {
        self.rows.needed.get(query).is_none_or(|is_needed| *is_needed)
    }

    /// The columns that are read of a query's rows, if no row goes anywhere whole: by its number among
    /// [`queries`](Self::queries).
    pub fn columns_read(&self, query: usize) -> Option<&[Symbol]> {
        self.rows.columns.get(query)?.as_deref()
    }
}

/// Finds the loop over an expression, and whether it collects anything.
struct Walked {
    over: ExprId,
    is_found: bool,
    collects: bool,
    depth: u32,
}

impl ir::Visit for Walked {
    fn stmt(&mut self, file: &ir::File, stmt: &ir::Stmt) {
        let is_it = matches!(&stmt.kind, ir::StmtKind::Loop { kind: ir::LoopKind::For { iter, .. }, body, .. }
            if *iter == self.over && body.tail.is_none());
        self.is_found |= is_it;
        self.depth += u32::from(is_it);
        ir::walk_stmt(self, file, stmt);
        self.depth -= u32::from(is_it);
    }

    fn expr(&mut self, file: &ir::File, id: ExprId) {
        if self.depth > 0 {
            self.collects |= match &file.expr(id).kind {
                ExprKind::Yield(_) => true,
                ExprKind::Assign { pattern, op, .. } => op.is_some() || matches!(**pattern, ir::Pattern::Place(_)),
                ExprKind::Call { callee, .. } => match file.expr(*callee).kind {
                    ExprKind::Member { name, .. } => matches!(
                        name.as_str(),
                        "append" | "extend" | "push" | "insert" | "write" | "setdefault" | "send" | "unshift" | "set"
                    ),
                    _ => false,
                },
                _ => false,
            };
        }
        ir::walk_expr(self, file, id);
    }
}

impl Program<'_> {
    /// Whether a query's rows are only walked where they are fetched, by a loop that collects nothing of them: whatever the
    /// loop does, the rows are no answer.
    pub fn is_only_walked(&self, query: &QueryUse) -> bool {
        let (file, index) = (self.file(query.at.file), self.listing(query.at.file));
        let outer = index.unwrapped_parent(file, query.at.id);
        let places = match index.bound_to(file, query.at.id) {
            Some(name) => index.uses_of(name).to_vec(),
            None => vec![outer],
        };
        let body = &file.function(query.function.id).body;
        !places.is_empty()
            && places.into_iter().all(|over| {
                let mut walked = Walked { over, is_found: false, collects: false, depth: 0 };
                ir::Visit::block(&mut walked, file, body);
                walked.is_found && !walked.collects
            })
    }
}
