//! What one round of a loop does: its calls, what it takes over from the round before, and how it can end the loop.

use ir::{BindingId, Block, ExprId, ExprKind, File, LoopKind, Pattern, Span, Stmt, StmtKind, Symbol, Visit};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::index::FileIndex;

/// What happens to names of outside the loop.
#[derive(Clone, Copy, Default)]
struct Touched {
    is_read: bool,
    is_changed: bool,
    /// Each round gives it a value before anything reads it.
    is_fresh: bool,
}

pub(super) struct Body<'a> {
    index: &'a FileIndex,
    span: Span,
    /// In evaluation order, without those of loops inside.
    pub(super) calls: Vec<ExprId>,
    /// Names that stand for the element itself.
    own: FxHashSet<BindingId>,
    /// Names that the element decides.
    elements: FxHashSet<BindingId>,
    touched: FxHashMap<BindingId, Touched>,
    is_left: bool,
    takes_turns: bool,
    branches: u32,
    loops: u32,
}

/// Members that hand something to a reader in order.
const IN_ORDER: &[&str] = &["write", "writeln", "flush", "send_text", "send_json", "send_bytes", "emit"];

/// Parts of names that tell of pauses, retries and limits.
const TURNS: &[&str] = &[
    "sleep",
    "delay",
    "throttl",
    "backoff",
    "retr",
    "pause",
    "ratelimit",
    "rate_limit",
    "limiter",
    "semaphore",
    "cooldown",
    "acquire",
    "attempt",
    "cursor",
    "nextpage",
    "next_page",
    "next_token",
    "nexttoken",
    "transaction",
];

impl<'a> Body<'a> {
    pub(super) fn read(
        file: &File,
        index: &'a FileIndex,
        span: Span,
        block: &Block,
        elements: FxHashSet<BindingId>,
    ) -> Self {
        let mut body = Self {
            index,
            span,
            calls: Vec::new(),
            own: elements.clone(),
            elements,
            touched: FxHashMap::default(),
            is_left: false,
            takes_turns: false,
            branches: 0,
            loops: 0,
        };
        body.block(file, block);
        body
    }

    pub(super) fn must_stay_in_order(&self) -> bool {
        let is_carried = |touched: &Touched| touched.is_read && touched.is_changed && !touched.is_fresh;
        let carries = self.touched.values().any(is_carried);
        self.is_left || self.takes_turns || carries
    }

    /// Whether the element decides what is called.
    pub(super) fn is_for_element(&self, file: &File, call: ExprId) -> bool {
        self.has_element(file, call)
    }

    fn has_element(&self, file: &File, value: ExprId) -> bool {
        let mut search = Search { elements: &self.elements, is_found: false };
        search.expr(file, value);
        search.is_found
    }

    fn derive(&mut self, file: &File, pattern: &Pattern, value: ExprId) {
        if self.has_element(file, value) {
            pattern.each_binding(&mut |binding| _ = self.elements.insert(binding));
        }
    }

    fn is_outer(&self, file: &File, binding: BindingId) -> bool {
        !self.span.contains(file.binding(binding).span) && !self.own.contains(&binding)
    }

    fn assigned(&mut self, file: &File, pattern: &Pattern, updates: bool) {
        let is_sure = self.branches == 0 && !updates;
        let mut names = Vec::new();
        pattern.each_binding(&mut |binding| names.push(binding));
        for binding in names {
            if self.is_outer(file, binding) {
                let touched = self.touched.entry(binding).or_default();
                touched.is_fresh |= is_sure && !touched.is_read;
                touched.is_changed = true;
            }
        }
        if let Pattern::Place(place) = pattern {
            self.changed(file, *place);
        }
    }

    /// A member or element of something is changed.
    fn changed(&mut self, file: &File, place: ExprId) {
        match &file.expr(place).kind {
            ExprKind::Local(binding) if self.is_outer(file, *binding) => {
                self.touched.entry(*binding).or_default().is_changed = true;
            }
            ExprKind::Member { base, .. } => self.changed(file, *base),
            ExprKind::Index { base, indices } => {
                self.changed(file, *base);
                indices.iter().for_each(|index| self.expr(file, *index));
            }
            ExprKind::Local(_) => {}
            _ => self.expr(file, place),
        }
    }

    fn branch(&mut self, file: &File, block: &Block) {
        self.branches += 1;
        self.block(file, block);
        self.branches -= 1;
    }

    fn named(&mut self, name: Symbol) {
        let name = name.to_lowercase();
        self.takes_turns |= TURNS.iter().any(|word| name.contains(word));
    }

    /// `results.append(answer)`: a statement that changes its receiver, as far as can be told.
    fn is_change(&self, file: &File, call: ExprId) -> Option<ExprId> {
        let ExprKind::Call { callee, .. } = file.expr(call).kind else { return None };
        match file.expr(callee).kind {
            ExprKind::Member { base, name, .. } if self.index.discarded.contains(&call) => {
                (!IN_ORDER.contains(&name.as_str())).then_some(base)
            }
            _ => None,
        }
    }
}

impl Visit for Body<'_> {
    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Return(_) => self.is_left = true,
            StmtKind::Break(_) => self.is_left |= self.loops == 0,
            StmtKind::Let { pattern, value: Some(value), .. } => {
                self.expr(file, *value);
                self.derive(file, pattern, *value);
                self.assigned(file, pattern, false);
            }
            StmtKind::If { test, then, otherwise } => {
                self.expr(file, *test);
                self.branch(file, then);
                self.branch(file, otherwise);
            }
            StmtKind::Match { subject, arms } => {
                self.expr(file, *subject);
                for arm in arms {
                    self.derive(file, &arm.pattern, *subject);
                    self.branch(file, &arm.body);
                }
            }
            StmtKind::Loop { kind, body, .. } => {
                self.loops += 1;
                if let LoopKind::For { pattern, iter } = kind {
                    self.expr(file, *iter);
                    self.derive(file, pattern, *iter);
                }
                self.branch(file, body);
                self.loops -= 1;
            }
            StmtKind::With { items, .. } => {
                for item in items {
                    if let Some(pattern) = &item.pattern {
                        self.derive(file, pattern, item.value);
                    }
                }
                ir::walk_stmt(self, file, stmt);
            }
            _ => ir::walk_stmt(self, file, stmt),
        }
    }

    fn expr(&mut self, file: &File, id: ExprId) {
        match &file.expr(id).kind {
            ExprKind::Local(binding) => {
                self.named(file.binding(*binding).name);
                if self.is_outer(file, *binding) {
                    self.touched.entry(*binding).or_default().is_read = true;
                }
            }
            ExprKind::Global(name) => self.named(*name),
            ExprKind::Yield(_) => self.is_left = true,
            ExprKind::Member { name, .. } => {
                self.named(*name);
                self.is_left |= IN_ORDER.contains(&name.as_str());
                ir::walk_expr(self, file, id);
            }
            ExprKind::Assign { pattern, op, value } => {
                self.expr(file, *value);
                self.derive(file, pattern, *value);
                self.assigned(file, pattern, op.is_some());
            }
            ExprKind::Call { args, .. } => {
                if let Some(receiver) = self.is_change(file, id) {
                    self.changed(file, receiver);
                    args.iter().for_each(|arg| self.expr(file, arg.value));
                } else {
                    ir::walk_expr(self, file, id);
                }
                if self.loops == 0 {
                    self.calls.push(id);
                }
            }
            _ => ir::walk_expr(self, file, id),
        }
    }
}

struct Search<'a> {
    elements: &'a FxHashSet<BindingId>,
    is_found: bool,
}

impl Visit for Search<'_> {
    fn expr(&mut self, file: &File, id: ExprId) {
        if let ExprKind::Local(binding) = file.expr(id).kind {
            self.is_found |= self.elements.contains(&binding);
        }
        ir::walk_expr(self, file, id);
    }
}
