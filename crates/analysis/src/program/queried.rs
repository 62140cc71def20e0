//! What the database is asked.

use ir::{ExprKind, Span, Symbol};

use super::Program;
use crate::ids::ExprRef;
use crate::queries::{self, QueryUse};
use crate::rows::ProcessedRows;

impl Program<'_> {
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
    over: ir::ExprId,
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

    fn expr(&mut self, file: &ir::File, id: ir::ExprId) {
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
