//! Where the expressions of a file stand: in which function, inside which loops and tests.

use ir::{
    BindingId, Block, ExprId, ExprKind, File, FnId, LoopKind, Pattern, Span, Stmt, StmtKind, Visit, walk_expr,
    walk_stmt,
};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::index::{FileIndex, Part};

/// A loop over the elements of something.
#[derive(Clone, Copy, Debug)]
pub(super) struct LoopAt<'a> {
    pub(super) pattern: &'a Pattern,
    pub(super) body: &'a Block,
    /// The expression that the loop is, if it gives a list (a comprehension).
    pub(super) control: Option<ExprId>,
}

impl LoopAt<'_> {
    /// Where each element has its name.
    pub(super) fn region(&self, file: &File) -> Option<Span> {
        let first = self.body.stmts.first().map(|stmt| stmt.span);
        let last = self.body.stmts.last().map(|stmt| stmt.span);
        let tail = self.body.tail.map(|tail| file.expr(tail).span);
        Some(first.or(tail)?.to(tail.or(last)?))
    }
}

#[derive(Debug)]
pub(super) struct Layout<'a> {
    /// By expression: the function and the number of loops around it.
    places: Vec<(FnId, u32)>,
    /// Tests of `if` and `while`.
    pub(super) tests: FxHashSet<ExprId>,
    /// Loops by what they visit.
    pub(super) loops: FxHashMap<ExprId, LoopAt<'a>>,
    /// Names of whole parameters.
    pub(super) params: FxHashMap<(FnId, usize), BindingId>,
    /// Names that take parts of an expression.
    pub(super) parts: FxHashMap<ExprId, Vec<(BindingId, Vec<Part>)>>,
}

impl<'a> Layout<'a> {
    /// Whether a loop around a place gives a name to its elements, which was given to something else before that loop.
    pub(super) fn is_named_anew(&self, file: &File, name: BindingId, given: Span, place: Span) -> bool {
        self.loops
            .values()
            .filter(|other| other.pattern.as_binding() == Some(name))
            .any(|other| other.region(file).is_some_and(|region| region.contains(place) && !region.contains(given)))
    }

    pub(super) fn of(file: &'a File, index: &FileIndex) -> Self {
        let layout = Self {
            places: vec![(FnId::MODULE, 0); file.exprs.len()],
            tests: FxHashSet::default(),
            loops: FxHashMap::default(),
            params: FxHashMap::default(),
            parts: FxHashMap::default(),
        };
        let mut pass = Pass { layout, file, function: FnId::MODULE, depth: 0, control: None };
        for (number, function) in file.functions.iter().enumerate() {
            pass.function = FnId(number as u32);
            for (position, param) in function.params.iter().enumerate() {
                if let Some(binding) = param.pattern.as_binding() {
                    pass.layout.params.insert((pass.function, position), binding);
                }
            }
            pass.own_block(&function.body);
        }
        let mut layout = pass.layout;
        for number in 0..file.bindings.len() {
            let binding = BindingId(number as u32);
            for def in index.defs.get(&binding).into_iter().flatten().filter(|def| !def.parts.is_empty()) {
                layout.parts.entry(def.value).or_default().push((binding, def.parts.clone()));
            }
        }
        layout
    }

    pub(super) fn place(&self, expr: ExprId) -> (FnId, u32) {
        self.places[expr.0 as usize]
    }
}

struct Pass<'a> {
    layout: Layout<'a>,
    file: &'a File,
    function: FnId,
    depth: u32,
    control: Option<ExprId>,
}

impl<'a> Pass<'a> {
    fn own_block(&mut self, block: &'a Block) {
        for stmt in &block.stmts {
            self.own_stmt(stmt);
        }
        if let Some(tail) = block.tail {
            self.own_expr(tail);
        }
    }

    /// Statements keep their lifetime here, which [`Visit`] would lose.
    fn own_stmt(&mut self, stmt: &'a Stmt) {
        let control = self.control.take();
        match &stmt.kind {
            StmtKind::Loop { kind, body, .. } => {
                match kind {
                    LoopKind::For { pattern, iter } => {
                        self.own_expr(*iter);
                        self.layout.loops.insert(*iter, LoopAt { pattern, body, control });
                    }
                    LoopKind::While { test } => self.own_expr(*test),
                    LoopKind::Forever => {}
                }
                self.depth += 1;
                self.own_block(body);
                self.depth -= 1;
            }
            StmtKind::If { test, then, otherwise } => {
                self.layout.tests.insert(*test);
                self.own_expr(*test);
                self.own_block(then);
                self.own_block(otherwise);
            }
            StmtKind::Try { body, handlers, otherwise, finally } => {
                self.own_block(body);
                handlers.iter().for_each(|handler| self.own_block(&handler.body));
                self.own_block(otherwise);
                self.own_block(finally);
            }
            StmtKind::With { items, body, .. } => {
                items.iter().for_each(|item| self.own_expr(item.value));
                self.own_block(body);
            }
            StmtKind::Match { subject, arms } => {
                self.own_expr(*subject);
                for arm in arms {
                    if let Some(guard) = arm.guard {
                        self.own_expr(guard);
                    }
                    self.own_block(&arm.body);
                }
            }
            StmtKind::Block(block) => self.own_block(block),
            _ => walk_stmt(self, self.file, stmt),
        }
    }

    fn own_expr(&mut self, id: ExprId) {
        let file = self.file;
        self.layout.places[id.0 as usize] = (self.function, self.depth);
        if let ExprKind::Control(stmt) = &file.expr(id).kind {
            self.control = Some(id);
            self.own_stmt(stmt);
        } else {
            walk_expr(self, file, id);
        }
    }
}

impl Visit for Pass<'_> {
    fn expr(&mut self, _: &File, id: ExprId) {
        self.own_expr(id);
    }
}
