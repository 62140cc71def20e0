//! The pass itself.

mod additions;
mod depths;
mod ends;

use ir::{
    BinaryOp, BindingId, BindingKind, Block, ExprId, ExprKind, File, FnId, FunctionKind, LoopKind, Pattern, Stmt,
    StmtKind, Visit, walk_expr, walk_stmt,
};

use super::guards::{self, Guard};
use super::lengths::{self, Place};
use super::loops::{self, Rounds};
use super::memoised;
use super::parts::each_part;
use super::pushes::pushed;
use super::{Adds, Def, FileIndex, ParamDef, Parents, Part, Site, ThisType};
use additions::Additions;
pub(super) use ends::innermost_last;

pub(crate) fn index_file(file: &File) -> FileIndex {
    let mut index = FileIndex {
        sites: vec![Vec::new(); file.functions.len()],
        has_loops: vec![false; file.functions.len()],
        returns: vec![Vec::new(); file.functions.len()],
        yields: vec![Vec::new(); file.functions.len()],
        this: receivers(file),
        parents: Parents::of_count(file.exprs.len()),
        ..FileIndex::default()
    };
    let flags = guards::flags(file);
    for (number, function) in file.functions.iter().enumerate() {
        let id = FnId(number as u32);
        for (position, param) in function.params.iter().enumerate() {
            param_parts(&mut index, &param.pattern, id, position, &mut Vec::new());
            if let (Some(binding), Some(annotation)) = (param.pattern.as_binding(), param.annotation) {
                index.annotations.insert(binding, annotation);
            }
        }
        let mut pass = Pass {
            index: &mut index,
            function: id,
            loops: 0,
            bounded_loops: 0,
            batches: 0,
            elements: Vec::new(),
            over: Vec::new(),
            once: 0,
            failures: 0,
            branches: 0,
            tests: Vec::new(),
            guards: guards::of_function(file, id, &flags),
            short: Vec::new(),
            added: Additions::default(),
            parent: None,
        };
        pass.function_parts(file, id);
    }
    fields_of_classes(file, &mut index);
    index
}

/// The receiver's type of each function: its own class, else the one around it (closures keep `this`).
fn receivers(file: &File) -> Vec<Option<ThisType>> {
    let mut this: Vec<Option<ThisType>> =
        file.functions.iter().map(|function| function.class.map(ThisType::Class)).collect();
    for an_impl in &file.impls {
        for (_, method) in &an_impl.methods {
            this[method.0 as usize] = Some(ThisType::Impl(an_impl.ty));
        }
    }
    for number in 0..file.functions.len() {
        let function = &file.functions[number];
        let inherits = matches!(function.kind, FunctionKind::Closure | FunctionKind::AsyncBlock | FunctionKind::Named);
        if this[number].is_none()
            && inherits
            && let Some(parent) = function.parent
        {
            this[number] = this[parent.0 as usize];
        }
    }
    this
}

fn fields_of_classes(file: &File, index: &mut FileIndex) {
    for (number, class) in file.classes.iter().enumerate() {
        let this = ThisType::Class(ir::ClassId(number as u32));
        for field in &class.fields {
            if let Some(value) = field.value {
                index.fields.entry((this, field.name)).or_default().push(Def { value, parts: Vec::new() });
            }
        }
    }
}

fn param_parts(index: &mut FileIndex, pattern: &Pattern, function: FnId, position: usize, parts: &mut Vec<Part>) {
    each_part(pattern, parts, &mut |binding, parts| {
        index.params.insert(binding, ParamDef { function, index: position, parts: parts.to_vec() });
    });
}

struct Pass<'a> {
    index: &'a mut FileIndex,
    function: FnId,
    /// Depth of loops whose rounds the code does not bound.
    loops: u32,
    bounded_loops: u32,
    /// Depth of loops over batches.
    batches: u32,
    /// What the loops around run over, one name an element.
    elements: Vec<BindingId>,
    /// What those loops go over whose rounds the code does not bound.
    over: Vec<ExprId>,
    once: u32,
    /// Depth of handlers of what was thrown, and of branches that end by throwing.
    failures: u32,
    branches: u32,
    /// Tests of the `if`s around that must hold.
    tests: Vec<ExprId>,
    guards: Vec<Guard>,
    /// Lists that the statements before keep short.
    short: Vec<Place>,
    added: Additions,
    parent: Option<ExprId>,
}

impl Pass<'_> {
    fn is_short(&self, file: &File, list: ExprId) -> bool {
        !self.short.is_empty() && lengths::place(file, list).is_some_and(|place| self.short.contains(&place))
    }

    fn function_parts(&mut self, file: &File, id: FnId) {
        let function = file.function(id);
        let outer = function.parent.unwrap_or(FnId::MODULE);
        // Defaults, annotations and decorators run where the function is defined.
        self.function = outer;
        let definition = function
            .params
            .iter()
            .flat_map(|param| param.annotation.into_iter().chain(param.default).chain(param.decorators.iter().copied()))
            .chain(function.returns)
            .chain(function.decorators.iter().copied());
        for expr in definition {
            self.expr(file, expr);
        }
        self.function = id;
        self.block(file, &function.body);
        if let Some(tail) = function.body.tail {
            self.index.returns[id.0 as usize].push(tail);
            self.index.returned_in.insert(tail, id);
        }
        if id == FnId::MODULE {
            self.class_parts(file);
        }
    }

    fn class_parts(&mut self, file: &File) {
        for export in &file.exports {
            if let ir::Export::Value { value, .. } = export
                && self.index.parent(*value).is_none()
            {
                self.expr(file, *value);
            }
        }
        for an_impl in &file.impls {
            self.expr(file, an_impl.ty);
            an_impl.decorators.iter().for_each(|decorator| self.expr(file, *decorator));
        }
        for class in &file.classes {
            let constructor = class
                .methods
                .iter()
                .find(|(_, method)| file.function(*method).kind == FunctionKind::Constructor)
                .map(|(_, method)| *method);
            self.function = class.parent.unwrap_or(FnId::MODULE);
            for expr in class.bases.iter().chain(&class.decorators) {
                self.expr(file, *expr);
            }
            for field in &class.fields {
                let definition = self.function;
                for expr in field.annotation.iter().chain(&field.decorators) {
                    self.expr(file, *expr);
                }
                if let (false, Some(constructor)) = (field.is_static, constructor) {
                    self.function = constructor;
                }
                if let Some(value) = field.value {
                    self.expr(file, value);
                }
                self.function = definition;
            }
        }
    }
}

impl Visit for Pass<'_> {
    fn block(&mut self, file: &File, block: &Block) {
        let (once, loops, short) = (self.once, self.loops, self.short.len());
        for stmt in &block.stmts {
            self.stmt(file, stmt);
            self.short.extend(lengths::shortened(file, &self.index.defs, stmt));
            // `if element.id != wanted: continue` leaves one round for the rest.
            if let StmtKind::If { test, then, .. } = &stmt.kind
                && then.stmts.last().is_some_and(|last| matches!(last.kind, StmtKind::Continue))
                && loops::picks_one(file, *test, &self.elements) == Some(false)
            {
                self.bounded_loops += self.loops;
                self.loops = 0;
            }
            // `if cached: return cached` lets the rest of the block run once, also where a block ends with it.
            let last = match &stmt.kind {
                StmtKind::Try { body, .. } => body.stmts.last().map_or(stmt, |last| innermost_last(file, last)),
                _ => innermost_last(file, stmt),
            };
            if guards::returns_when_set(file, &self.index.defs, last, &self.guards) || guards::takes_idle(file, last) {
                self.once += 1;
            }
        }
        if let Some(tail) = block.tail {
            self.expr(file, tail);
        }
        self.once = once;
        self.short.truncate(short);
        self.bounded_loops -= loops - self.loops;
        self.loops = loops;
    }

    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        let parent = self.parent.take();
        match &stmt.kind {
            StmtKind::Let { pattern, annotation, value } => {
                if let (Some(binding), Some(annotation)) = (pattern.as_binding(), annotation) {
                    self.index.annotations.insert(binding, *annotation);
                }
                if let Some(annotation) = annotation {
                    self.expr(file, *annotation);
                }
                if let Some(value) = value {
                    self.expr(file, *value);
                    self.define(pattern, *value, None);
                    self.assign_place(file, pattern, *value, None);
                    if matches!(pattern, Pattern::Ignore) {
                        self.index.discarded.insert(*value);
                    }
                }
                self.pattern(file, pattern);
            }
            StmtKind::Return(value) => {
                if let Some(value) = value {
                    self.index.returns[self.function.0 as usize].push(*value);
                    self.index.returned_in.insert(*value, self.function);
                    self.expr(file, *value);
                }
            }
            StmtKind::If { test, then, otherwise } => {
                self.expr(file, *test);
                let once = guards::tests_unset(file, &self.index.defs, *test, &self.guards);
                let picks = loops::picks_one(file, *test, &self.elements)
                    .or_else(|| memoised::fills(file, self.function, *test, then).then_some(true));
                self.tests.push(*test);
                let branches = self.added.begin();
                self.picked(file, then, once == Some(true), picks == Some(true));
                self.tests.pop();
                let branches = self.added.next(branches);
                self.picked(file, otherwise, once == Some(false), picks == Some(false));
                self.added_in_each(branches);
            }
            StmtKind::Loop { kind, body, .. } => match kind {
                LoopKind::For { pattern, iter } => {
                    self.expr(file, *iter);
                    self.index.iterated.insert(*iter);
                    self.define(pattern, *iter, Some(Part::Element));
                    self.pattern(file, pattern);
                    let outer = self.elements.len();
                    self.elements.extend(pattern.as_binding());
                    let mut rounds = Rounds::of_for(file, &self.index.defs, *iter, body);
                    rounds.are_few |= self.is_short(file, *iter);
                    let known = self.over.len();
                    self.over.extend((!rounds.are_few).then_some(*iter));
                    self.looped(file, body, rounds);
                    self.over.truncate(known);
                    self.elements.truncate(outer);
                }
                LoopKind::While { test } => {
                    let rounds = Rounds::of_while(file, &self.index.defs, *test, body);
                    self.loops += u32::from(!rounds.are_few);
                    self.expr(file, *test);
                    self.loops -= u32::from(!rounds.are_few);
                    let known = self.over.len();
                    self.over.extend(loops::counted(file, *test).filter(|_| !rounds.are_few));
                    self.looped(file, body, rounds);
                    self.over.truncate(known);
                }
                // A retry, a poll, a walk over pages or a background loop: not once per item of a collection.
                LoopKind::Forever => self.looped(file, body, Rounds::FEW),
            },
            StmtKind::Try { body, handlers, otherwise, finally } => {
                self.block(file, body);
                for handler in handlers {
                    if let Some(types) = handler.types {
                        self.expr(file, types);
                    }
                    self.failures += 1;
                    self.branch(file, &handler.body);
                    self.failures -= 1;
                }
                self.block(file, otherwise);
                self.block(file, finally);
            }
            StmtKind::With { items, body, .. } => {
                for item in items {
                    self.expr(file, item.value);
                    self.index.entered.insert(file.awaited(item.value));
                    if let Some(pattern) = &item.pattern {
                        self.define(pattern, item.value, Some(Part::Entered));
                        self.assign_place(file, pattern, item.value, Some(Part::Entered));
                        self.pattern(file, pattern);
                    }
                }
                self.block(file, body);
            }
            StmtKind::Match { subject, arms } => {
                self.expr(file, *subject);
                let is_kept =
                    guards::tests_unset(file, &self.index.defs, file.awaited(*subject), &self.guards) == Some(false);
                let mut branches = self.added.begin();
                for (number, arm) in arms.iter().enumerate() {
                    branches = if number > 0 { self.added.next(branches) } else { branches };
                    self.define(&arm.pattern, *subject, None);
                    self.pattern(file, &arm.pattern);
                    if let Some(guard) = arm.guard {
                        self.expr(file, guard);
                    }
                    self.guarded(file, &arm.body, is_kept && guards::is_for_nothing(arms, number));
                }
                self.added_in_each(branches);
            }
            StmtKind::Expr(expr) => {
                self.index.discarded.insert(*expr);
                self.expr(file, *expr);
            }
            _ => walk_stmt(self, file, stmt),
        }
        self.parent = parent;
    }

    fn expr(&mut self, file: &File, id: ExprId) {
        if let Some(parent) = self.parent {
            self.index.parents.set(id, parent);
        }
        let outer = self.parent.replace(id);
        match &file.expr(id).kind {
            ExprKind::Local(binding) => {
                if !matches!(file.binding(*binding).kind, BindingKind::Class(_) | BindingKind::Function(_)) {
                    self.index.uses.entry(*binding).push(id);
                }
            }
            ExprKind::Function(closure) => {
                self.index.closures.insert(*closure, id);
            }
            ExprKind::This | ExprKind::Super => {
                self.index.this_in.insert(id, self.function);
            }
            ExprKind::Call { callee, .. } => {
                walk_expr(self, file, id);
                if let ExprKind::Member { base, .. } = file.expr(*callee).kind
                    && self.is_short(file, base)
                {
                    self.index.short.insert(base);
                }
                let is_awaited =
                    outer.is_some_and(|outer| matches!(file.expr(outer).kind, ExprKind::Await(_) | ExprKind::Yield(_)));
                let site = Site {
                    call: id,
                    function: self.function,
                    in_loop: self.loops > 0,
                    in_batches: self.batches > 0,
                    in_any_loop: self.loops + self.bounded_loops > 0,
                    is_once: self.once > 0,
                    is_awaited,
                    is_conditional: self.branches > 0,
                    is_exceptional: self.failures > 0,
                    loops_over: self.over.last().copied(),
                };
                self.index.sites[self.function.0 as usize].push(site);
                self.index.site_of.insert(id, site);
                if let Some((binding, value, adds)) = pushed(file, id) {
                    self.add(binding, value, adds);
                }
            }
            ExprKind::Assign { pattern, op, value } => {
                let fills = op.is_some_and(BinaryOp::is_lazy);
                let once = fills && guards::is_shared_place(file, pattern, self.function);
                self.once += u32::from(once);
                self.expr(file, *value);
                self.once -= u32::from(once);
                if let (Some(BinaryOp::Add), Some(binding)) = (op, pattern.as_binding()) {
                    self.add(binding, *value, Adds::Text);
                }
                if op.is_none() || fills {
                    self.define(pattern, *value, None);
                    self.assign_place(file, pattern, *value, None);
                }
                self.pattern(file, pattern);
            }
            ExprKind::Spread(operand) => {
                self.index.iterated.insert(*operand);
                walk_expr(self, file, id);
            }
            ExprKind::Yield(value) => {
                if let Some(value) = value {
                    self.index.yields[self.function.0 as usize].push(*value);
                }
                walk_expr(self, file, id);
            }
            ExprKind::Binary { op, left, right } if op.is_lazy() => {
                self.expr(file, *left);
                self.branches += 1;
                self.expr(file, *right);
                self.branches -= 1;
            }
            ExprKind::Conditional { test, then, otherwise } => {
                self.expr(file, *test);
                let once = guards::tests_unset(file, &self.index.defs, *test, &self.guards);
                for (branch, is_once) in [(then, once == Some(true)), (otherwise, once == Some(false))] {
                    self.branches += 1;
                    self.once += u32::from(is_once);
                    self.expr(file, *branch);
                    self.once -= u32::from(is_once);
                    self.branches -= 1;
                }
            }
            _ => walk_expr(self, file, id),
        }
        self.parent = outer;
    }
}
