//! Parameters for which every caller gives nothing, and what such a call therefore never comes to: what stands behind
//! `if not name: return None` of a helper that is always asked without a name.

use std::collections::{BTreeMap, BTreeSet};

use ir::{
    BinaryOp, BindingId, Block, ExprId, ExprKind, File, FnId, FunctionKind, Span, Stmt, StmtKind, UnaryOp, Visit,
};

use crate::growth::leaves;
use crate::ids::{ExprRef, FileId, FnRef};
use crate::index::FileIndex;
use crate::program::Callees;
use crate::values::{Atom, FileValues};

/// A function's parameter, by its number.
type Param = (FnRef, usize);

/// Takes the calls out of the indexes that no call of their functions comes to.
pub(crate) fn drop_unreached(files: &[File], indexes: &mut [FileIndex], values: &[FileValues], callees: &Callees) {
    let mut absent = never_given(files, indexes, callees);
    let functions: BTreeSet<FnRef> = absent.iter().map(|(function, _)| *function).collect();
    if functions.is_empty() {
        return;
    }
    let handed = handed_on(files, indexes, values, &functions);
    absent.retain(|(function, _)| !handed.contains(function));
    let mut of_function: BTreeMap<FnRef, Vec<BindingId>> = BTreeMap::default();
    for (function, index) in absent {
        let param = &files[function.file.0 as usize].function(function.id).params[index];
        of_function.entry(function).or_default().extend(param.pattern.as_binding());
    }
    let mut unreached: Vec<(FileId, Vec<Span>)> = Vec::new();
    for (function, bindings) in of_function {
        let file = &files[function.file.0 as usize];
        let mut walk = Walk { absent: bindings, unreached: Vec::new() };
        walk.block(file, &file.function(function.id).body);
        unreached.push((function.file, walk.unreached));
    }
    for (id, spans) in unreached {
        let (file, index) = (&files[id.0 as usize], &mut indexes[id.0 as usize]);
        let is_reached = |call: ExprId| !spans.iter().any(|span| span.contains(file.expr(call).span));
        index.sites.iter_mut().for_each(|sites| sites.retain(|site| is_reached(site.call)));
    }
}

/// The parameters whose argument is nothing in every call, or a parameter for which that holds.
fn never_given(files: &[File], indexes: &[FileIndex], callees: &Callees) -> BTreeSet<Param> {
    let mut passed: BTreeMap<Param, Vec<Param>> = BTreeMap::default();
    for (file, number) in files.iter().zip(0..) {
        for (function, id) in file.functions.iter().zip(0..) {
            let own = FnRef { file: FileId(number), id: FnId(id) };
            let callers = callees.callers(own);
            let is_called = matches!(function.kind, FunctionKind::Named | FunctionKind::Method { .. });
            if !is_called || callers.is_empty() || function.is_test || !function.decorators.is_empty() {
                continue;
            }
            for (index, param) in function.params.iter().enumerate() {
                let defs = &indexes[number as usize].defs;
                let is_kept = param.pattern.as_binding().is_some_and(|binding| !defs.contains_key(&binding));
                let given = || callers.iter().map(|(_, call)| given(files, indexes, *call, (own, index)));
                if is_kept && let Some(from) = given().collect::<Option<Vec<Option<Param>>>>() {
                    passed.insert((own, index), from.into_iter().flatten().collect());
                }
            }
        }
    }
    without_given(&passed)
}

/// Those parameters that get nothing from any other: each that gets something takes those along that get it from there.
fn without_given(passed: &BTreeMap<Param, Vec<Param>>) -> BTreeSet<Param> {
    let mut handed_to: BTreeMap<Param, Vec<Param>> = BTreeMap::default();
    for (param, from) in passed {
        from.iter().for_each(|from| handed_to.entry(*from).or_default().push(*param));
    }
    let mut absent: BTreeSet<Param> = passed.keys().copied().collect();
    let mut given: Vec<Param> = handed_to.keys().filter(|from| !passed.contains_key(from)).copied().collect();
    while let Some(from) = given.pop() {
        let taken = handed_to.get(&from).into_iter().flatten();
        given.extend(taken.filter(|param| absent.remove(param)));
    }
    absent
}

/// What a call gives for a parameter: nothing (`Some(None)`), or what its function was given (`Some(Some(…))`).
fn given(
    files: &[File],
    indexes: &[FileIndex],
    call: ExprRef,
    (function, index): (FnRef, usize),
) -> Option<Option<Param>> {
    let file = &files[call.file.0 as usize];
    let ExprKind::Call { args, .. } = &file.expr(call.id).kind else { return None };
    if args.iter().any(|arg| matches!(file.expr(arg.value).kind, ExprKind::Spread(_))) {
        return None;
    }
    let called = &files[function.file.0 as usize];
    let param = called.function(function.id).params.get(index)?;
    let by_name = args.iter().find(|arg| arg.name == Some(param.name));
    let Some(arg) = by_name.or_else(|| args.get(index).filter(|arg| arg.name.is_none())) else {
        return matches!(called.expr(param.default?).kind, ExprKind::Null).then_some(None);
    };
    match &file.expr(arg.value).kind {
        ExprKind::Null => Some(None),
        ExprKind::Local(binding) => {
            let own = indexes[call.file.0 as usize].params.get(binding).filter(|own| own.parts.is_empty())?;
            Some(Some((FnRef { file: call.file, id: own.function }, own.index)))
        }
        _ => None,
    }
}

/// Those functions that stand anywhere else than where they are called: who calls them then gives what it wants.
fn handed_on(
    files: &[File],
    indexes: &[FileIndex],
    values: &[FileValues],
    functions: &BTreeSet<FnRef>,
) -> BTreeSet<FnRef> {
    let mut found = BTreeSet::default();
    for ((file, index), values) in files.iter().zip(indexes).zip(values) {
        for id in (0..file.exprs.len() as u32).map(ExprId) {
            let named = values.expr(id).iter().filter_map(|atom| match atom {
                Atom::Function(function) => functions.get(function),
                _ => None,
            });
            let mut named = named.peekable();
            if named.peek().is_none() {
                continue;
            }
            let is_callee = index
                .parent(id)
                .is_some_and(|parent| matches!(file.expr(parent).kind, ExprKind::Call { callee, .. } if callee == id));
            if !is_callee {
                found.extend(named.copied());
            }
        }
    }
    found
}

struct Walk {
    absent: Vec<BindingId>,
    unreached: Vec<Span>,
}

impl Walk {
    /// What a test comes to where the parameters are nothing.
    fn truth(&self, file: &File, test: ExprId) -> Option<bool> {
        let is_absent =
            |id: ExprId| matches!(&file.expr(id).kind, ExprKind::Local(binding) if self.absent.contains(binding));
        let is_null = |id: ExprId| matches!(file.expr(id).kind, ExprKind::Null);
        match file.expr(test).kind {
            ExprKind::Local(_) => is_absent(test).then_some(false),
            ExprKind::Unary { op: UnaryOp::Not, operand } => self.truth(file, operand).map(|holds| !holds),
            ExprKind::Binary { op: op @ (BinaryOp::Equal | BinaryOp::NotEqual), left, right } => {
                let is_asked = is_absent(left) && is_null(right) || is_absent(right) && is_null(left);
                is_asked.then_some(op == BinaryOp::Equal)
            }
            ExprKind::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), left, right } => {
                let decides = op == BinaryOp::Or;
                match (self.truth(file, left), self.truth(file, right)) {
                    (Some(holds), _) | (_, Some(holds)) if holds == decides => Some(decides),
                    (Some(_), Some(_)) => Some(!decides),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn skip<'s>(&mut self, file: &File, stmts: impl IntoIterator<Item = &'s Stmt>, tail: Option<ExprId>) {
        self.unreached.extend(stmts.into_iter().map(|stmt| stmt.span));
        self.unreached.extend(tail.map(|tail| file.expr(tail).span));
    }
}

impl Visit for Walk {
    fn block(&mut self, file: &File, block: &Block) {
        for (number, stmt) in block.stmts.iter().enumerate() {
            let StmtKind::If { test, then, otherwise } = &stmt.kind else {
                self.stmt(file, stmt);
                continue;
            };
            match self.truth(file, *test) {
                Some(true) => {
                    self.block(file, then);
                    self.skip(file, &otherwise.stmts, otherwise.tail);
                    if leaves(file, then) {
                        return self.skip(file, &block.stmts[number + 1..], block.tail);
                    }
                }
                Some(false) => {
                    self.skip(file, &then.stmts, then.tail);
                    self.block(file, otherwise);
                }
                None => self.stmt(file, stmt),
            }
        }
    }

    fn expr(&mut self, _: &File, _: ExprId) {}
}
