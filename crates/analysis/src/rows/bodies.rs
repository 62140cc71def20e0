//! What a loop's body or a function per element does with the element.

use ir::{Arg, BinaryOp, BindingId, Block, ExprId, ExprKind, FnId, Pattern, Stmt, StmtKind, TextPart, UnaryOp};

use super::words::{is_plain, is_plain_function};
use crate::ids::{ExprRef, FileId};
use crate::program::Program;

/// What becomes of the elements that a body visits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// Added up, counted, compared with the greatest so far.
    Aggregated,
    /// Some are kept, by a test that a database could make.
    Filtered,
    /// One is looked for.
    Searched,
    /// Anything else: all of them may be needed.
    Needed,
}

pub(super) struct Body<'a> {
    program: &'a Program<'a>,
    file: FileId,
    /// Names of the element, or of parts of it where `is_whole` is false.
    elements: Vec<BindingId>,
    /// The element is one name, through whose members it is read.
    is_whole: bool,
    /// Names of what is computed in the body from the element.
    derived: Vec<BindingId>,
    /// What a fold hands from round to round.
    accumulator: Option<BindingId>,
    /// Where the body begins.
    start: u32,
    /// Tests of the element around the statement.
    tests: u32,
    sums: bool,
    kept: Option<ExprId>,
    finds: bool,
    is_needed: bool,
}

impl<'a> Body<'a> {
    pub(super) fn new(program: &'a Program<'a>, file: FileId, pattern: &Pattern) -> Self {
        let mut elements = Vec::new();
        pattern.each_binding(&mut |binding| elements.push(binding));
        Self {
            program,
            file,
            elements,
            is_whole: pattern.as_binding().is_some(),
            derived: Vec::new(),
            accumulator: None,
            start: 0,
            tests: 0,
            sums: false,
            kept: None,
            finds: false,
            is_needed: false,
        }
    }

    pub(super) fn fate(mut self, block: &Block) -> Fate {
        self.start = block.stmts.first().map_or(0, |first| first.span.start);
        self.block(block);
        match self {
            Self { is_needed: true, .. } => Fate::Needed,
            Self { kept: Some(_), .. } => Fate::Filtered,
            Self { sums: true, .. } => Fate::Aggregated,
            Self { finds: true, .. } => Fate::Searched,
            _ => Fate::Needed,
        }
    }

    fn at(&self, id: ExprId) -> ExprRef {
        ExprRef { file: self.file, id }
    }

    fn kind(&self, id: ExprId) -> &'a ExprKind {
        self.program.kind(self.at(id))
    }

    fn block(&mut self, block: &Block) {
        let tests = self.tests;
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
        if let Some(tail) = block.tail {
            self.effect(tail);
        }
        self.tests = tests;
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Expr(expr) => self.effect(*expr),
            StmtKind::Let { pattern, value: Some(value), .. } => self.assign(pattern, *value),
            StmtKind::Let { value: None, .. } | StmtKind::Continue => {}
            StmtKind::If { test, then, otherwise } => self.branch(*test, then, otherwise),
            StmtKind::Match { subject, arms } => {
                self.is_needed |= !self.is_plain(*subject);
                self.tests += 1;
                for arm in arms {
                    arm.pattern.each_binding(&mut |binding| self.derived.push(binding));
                    self.block(&arm.body);
                }
                self.tests -= 1;
                self.is_needed |= self.kept.is_some();
            }
            // A value that cannot be read is left out.
            StmtKind::Try { body, otherwise, finally, .. } => {
                [body, otherwise, finally].into_iter().for_each(|block| self.block(block));
            }
            StmtKind::Block(block) => self.block(block),
            StmtKind::Return(Some(value)) if self.accumulator.is_some() => self.hand_on(*value),
            StmtKind::Return(_) | StmtKind::Break(_) | StmtKind::Throw(_) if self.tests > 0 => self.finds = true,
            _ => self.is_needed = true,
        }
    }

    /// What a fold gives to its next round.
    fn hand_on(&mut self, value: ExprId) {
        if !matches!(self.kind(value), ExprKind::Local(binding) if self.accumulator == Some(*binding)) {
            self.sums = true;
            self.is_needed |= self.is_text_or_list(value) || !self.is_plain(value);
        }
    }

    fn branch(&mut self, test: ExprId, then: &Block, otherwise: &Block) {
        self.is_needed |= !self.is_plain(test);
        self.tests += 1;
        self.block(then);
        let kept = self.kept;
        self.block(otherwise);
        // Some here, the others there: all are needed.
        self.is_needed |= self.kept != kept || kept.is_some() && !otherwise.stmts.is_empty();
        let ends = |block: &Block| block.stmts.last().is_some_and(|last| matches!(last.kind, StmtKind::Continue));
        if !ends(then) {
            self.tests -= 1;
        }
    }

    /// An expression that is evaluated for what it does.
    fn effect(&mut self, expr: ExprId) {
        match self.kind(expr) {
            ExprKind::Assign { pattern, op: Some(op), value } if !op.is_lazy() => {
                let is_number = matches!(op, BinaryOp::Add | BinaryOp::Sub) && !self.is_text_or_list(*value);
                self.sums |= is_number;
                self.is_needed |= !is_number || !self.is_plain(*value) || self.place_is_element(pattern);
            }
            ExprKind::Assign { pattern, value, .. } => self.assign(pattern, *value),
            ExprKind::Control(stmt) => self.stmt(stmt),
            // `n++`.
            ExprKind::Unary { op: UnaryOp::Other, .. } => {}
            ExprKind::Call { callee, args, .. } => self.call(*callee, args),
            ExprKind::Await(_) | ExprKind::Propagate(_) | ExprKind::Yield(_) => self.is_needed = true,
            _ => self.is_needed |= !self.is_plain(expr),
        }
    }

    fn call(&mut self, callee: ExprId, args: &[Arg]) {
        let ExprKind::Member { base, name, .. } = *self.kind(callee) else {
            self.is_needed = true;
            return;
        };
        match name.as_str() {
            "append" | "push" | "add" if self.tests > 0 && args.len() == 1 => {
                let is_other = self.kept.is_some_and(|kept| !self.is_same_name(kept, base));
                self.is_needed |= is_other || !matches!(self.kind(base), ExprKind::Local(_));
                self.kept = Some(base);
            }
            "setdefault" => {}
            _ => self.is_needed = true,
        }
    }

    fn is_same_name(&self, one: ExprId, other: ExprId) -> bool {
        matches!((self.kind(one), self.kind(other)), (ExprKind::Local(one), ExprKind::Local(other)) if one == other)
    }

    fn assign(&mut self, pattern: &Pattern, value: ExprId) {
        match pattern {
            Pattern::Place(place) => self.fill(*place, value),
            _ => match pattern.as_binding().filter(|binding| self.is_outer(*binding)) {
                Some(binding) => self.assign_outer(binding, value),
                None => {
                    // `low, high = high, row.value`: a round depends on those before it.
                    pattern.each_binding(&mut |binding| self.is_needed |= self.is_outer(binding));
                    let is_element = self.is_element(value);
                    let names = if is_element { &mut self.elements } else { &mut self.derived };
                    pattern.each_binding(&mut |binding| names.push(binding));
                    self.is_needed |= !is_element && !self.is_plain(value);
                }
            },
        }
    }

    /// A name that lives longer than the round: `total = total + x`, `best = row`.
    fn assign_outer(&mut self, binding: BindingId, value: ExprId) {
        if self.mentions(value, &|kind| matches!(kind, ExprKind::Local(found) if *found == binding)) {
            self.sums = true;
            self.is_needed |= self.is_text_or_list(value) || !self.is_plain(value);
        } else {
            self.finds = true;
            self.is_needed |= self.tests == 0 || !self.is_element(value) && !self.is_plain(value);
        }
    }

    /// `totals[key] = totals.get(key, 0) + row.amount`, `totals[key] = 0`.
    fn fill(&mut self, place: ExprId, value: ExprId) {
        let root = self.root(place);
        let is_element = matches!(self.kind(root), ExprKind::Local(binding) if self.elements.contains(binding));
        let is_same = |kind: &ExprKind| match (kind, self.kind(root)) {
            (ExprKind::Local(one), ExprKind::Local(other)) => one == other,
            (ExprKind::Global(one), ExprKind::Global(other)) => one == other,
            _ => false,
        };
        if self.mentions(value, &is_same) {
            self.sums = true;
            self.is_needed |= is_element || self.is_text_or_list(value) || !self.is_plain(value);
        } else {
            self.is_needed |= is_element || !self.is_start(value);
        }
    }

    /// What sums begin with: nothing, or a record of nothings.
    fn is_start(&self, value: ExprId) -> bool {
        match self.kind(value) {
            ExprKind::Number(_) | ExprKind::Null | ExprKind::Bool(_) => true,
            ExprKind::Record(entries) => entries.iter().all(|entry| self.is_start(entry.value)),
            _ => false,
        }
    }

    fn root(&self, mut place: ExprId) -> ExprId {
        while let ExprKind::Member { base, .. } | ExprKind::Index { base, .. } = *self.kind(place) {
            place = base;
        }
        place
    }

    fn place_is_element(&self, pattern: &Pattern) -> bool {
        match pattern {
            Pattern::Place(place) => {
                matches!(self.kind(self.root(*place)), ExprKind::Local(binding) if self.elements.contains(binding))
            }
            _ => false,
        }
    }

    /// Whether the name is given a value before the body too.
    fn is_outer(&self, binding: BindingId) -> bool {
        if self.elements.contains(&binding) || self.derived.contains(&binding) {
            return false;
        }
        let file = self.program.file(self.file);
        let mut defs = self.program.listing(self.file).defs.get(&binding).into_iter().flatten();
        defs.any(|def| file.expr(def.value).span.start < self.start)
    }

    fn is_element(&self, expr: ExprId) -> bool {
        self.is_whole && matches!(self.kind(expr), ExprKind::Local(binding) if self.elements.contains(binding))
    }

    fn is_text_or_list(&self, expr: ExprId) -> bool {
        self.mentions(expr, &|kind| matches!(kind, ExprKind::List(_)))
            || match self.kind(expr) {
                ExprKind::Text(_) => true,
                ExprKind::Binary { left, right, .. } => self.is_text_or_list(*left) || self.is_text_or_list(*right),
                _ => false,
            }
    }

    fn mentions(&self, expr: ExprId, wanted: &dyn Fn(&ExprKind) -> bool) -> bool {
        let kind = self.kind(expr);
        wanted(kind) || parts(kind).into_iter().any(|part| self.mentions(part, wanted))
    }

    /// Whether a database could compute the expression: members of the element, constants, comparisons, arithmetic.
    fn is_plain(&self, expr: ExprId) -> bool {
        let kind = self.kind(expr);
        match kind {
            // The element as a whole goes somewhere.
            ExprKind::Local(binding) => !(self.is_whole && self.elements.contains(binding)),
            ExprKind::Member { base, .. } | ExprKind::Index { base, .. } if self.is_element(*base) => {
                parts(kind).into_iter().skip(1).all(|part| self.is_plain(part))
            }
            ExprKind::Call { callee, args, .. } => {
                let is_callee_plain = match *self.kind(*callee) {
                    ExprKind::Member { base, name, .. } if self.is_element(base) => {
                        matches!(name.as_str(), "get" | "try_get")
                    }
                    ExprKind::Member { base, name, .. } => {
                        let is_function = self.path_of(*callee).is_some_and(|path| is_plain_function(&path));
                        is_function || is_plain(name.as_str()) && self.is_plain(base)
                    }
                    ExprKind::Global(name) => is_plain_function(name.as_str()),
                    ExprKind::Local(_) => self.path_of(*callee).is_some_and(|path| is_plain_function(&path)),
                    _ => false,
                };
                is_callee_plain && args.iter().all(|arg| self.is_plain(arg.value))
            }
            ExprKind::Await(_) | ExprKind::Yield(_) | ExprKind::Class(_) | ExprKind::Assign { .. } => false,
            ExprKind::Control(_) | ExprKind::Function(_) => false,
            _ => parts(kind).into_iter().all(|part| self.is_plain(part)),
        }
    }

    fn path_of(&self, callee: ExprId) -> Option<String> {
        if let ExprKind::Member { base, name, .. } = *self.kind(callee)
            && let ExprKind::Global(module) = self.kind(base)
        {
            return Some(format!("{module}.{name}"));
        }
        self.program.value(self.at(callee)).iter().find_map(|atom| match atom {
            crate::values::Atom::Path(path) => Some(path.to_string()),
            _ => None,
        })
    }
}

/// Whether a test or value of an element is one that a database could compute.
pub(super) fn is_plain_of(program: &Program<'_>, file: FileId, pattern: &Pattern, expr: ExprId) -> bool {
    Body::new(program, file, pattern).is_plain(expr)
}

/// Whether a function per element computes only what a database could, from one expression.
pub(super) fn is_plain_function_of(program: &Program<'_>, file: FileId, function: FnId, element: usize) -> bool {
    let data = program.file(file).function(function);
    let Some(param) = data.params.get(element) else { return false };
    let mut body = Body::new(program, file, &param.pattern);
    let mut is_plain = true;
    for stmt in &data.body.stmts {
        match &stmt.kind {
            StmtKind::Return(Some(value)) => is_plain &= body.is_plain(*value),
            StmtKind::Let { pattern, value: Some(value), .. } => {
                is_plain &= body.is_plain(*value);
                pattern.each_binding(&mut |binding| body.derived.push(binding));
            }
            _ => is_plain = false,
        }
    }
    is_plain && data.body.tail.is_none_or(|tail| body.is_plain(tail))
}

/// Whether a function of a fold (`(sum, row) => sum + row.amount`) computes what a database could.
pub(super) fn is_plain_fold(program: &Program<'_>, file: FileId, function: FnId) -> bool {
    let data = program.file(file).function(function);
    let [accumulator, element, ..] = data.params.as_slice() else { return false };
    let mut body = Body::new(program, file, &element.pattern);
    body.accumulator = accumulator.pattern.as_binding();
    if let (Some(tail), true) = (data.body.tail, data.body.stmts.is_empty()) {
        return body.is_plain(tail);
    }
    body.fate(&data.body) == Fate::Aggregated
}

fn parts(kind: &ExprKind) -> Vec<ExprId> {
    match kind {
        ExprKind::Other(parts) | ExprKind::List(parts) => parts.clone(),
        ExprKind::Text(parts) => parts
            .iter()
            .filter_map(|part| match part {
                TextPart::Hole(hole) => Some(*hole),
                TextPart::Literal { .. } => None,
            })
            .collect(),
        ExprKind::Member { base, .. } => vec![*base],
        ExprKind::Index { base, indices } => std::iter::once(*base).chain(indices.iter().copied()).collect(),
        ExprKind::Slice { base, from, to } => std::iter::once(*base).chain(*from).chain(*to).collect(),
        ExprKind::Call { callee, args, .. } => {
            std::iter::once(*callee).chain(args.iter().map(|arg| arg.value)).collect()
        }
        ExprKind::Await(operand)
        | ExprKind::Propagate(operand)
        | ExprKind::Spread(operand)
        | ExprKind::Unary { operand, .. } => vec![*operand],
        ExprKind::Binary { left, right, .. } => vec![*left, *right],
        ExprKind::Record(entries) => entries.iter().map(|entry| entry.value).collect(),
        ExprKind::Conditional { test, then, otherwise } => vec![*test, *then, *otherwise],
        _ => Vec::new(),
    }
}
