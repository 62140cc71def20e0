//! Blocks, statements and control flow.

use ir::{Arm, BindingId, BindingKind, Block, ExprKind, LoopKind, Pattern, Span, Stmt, StmtKind};
use syn::{BinOp, Expr, ExprIf, Item, Local, Pat, Type};

use super::attributes::is_test;
use super::macros::declared_statics;
use super::{Hint, Lowering};

impl Lowering<'_> {
    /// A scope of the function around, to be closed with `pop_scope`.
    pub(super) fn open_block(&mut self) {
        let function = self.builder.current_function();
        self.builder.push_scope(function, false);
    }

    pub(super) fn block(&mut self, block: &syn::Block) -> Block {
        self.stmts(&block.stmts)
    }

    /// Statements that nothing gets to are left out.
    pub(super) fn stmts(&mut self, stmts: &[syn::Stmt]) -> Block {
        self.open_block();
        let items: Vec<&Item> = stmts
            .iter()
            .filter_map(|stmt| match stmt {
                syn::Stmt::Item(item) => Some(item),
                _ => None,
            })
            .collect();
        let mut hoisted = self.hoist(&items).into_iter();
        let mut block = Block::default();
        let mut has_left = false;
        for (index, stmt) in stmts.iter().enumerate() {
            let is_last = index + 1 == stmts.len();
            if is_test(attributes_of(stmt)) || has_left && !matches!(stmt, syn::Stmt::Item(_)) {
                continue;
            }
            has_left |= leaves(stmt);
            match stmt {
                syn::Stmt::Local(local) => self.local(local, &mut block.stmts),
                syn::Stmt::Item(item) => {
                    if let Some(hoisted) = hoisted.next() {
                        self.item(item, hoisted, &mut block.stmts);
                    }
                }
                syn::Stmt::Expr(expr, None) if is_last => self.last(expr, &mut block),
                syn::Stmt::Expr(expr, _) => block.stmts.push(self.statement(expr)),
                syn::Stmt::Macro(stmt) => self.macro_stmt(stmt, is_last, &mut block),
            }
        }
        self.builder.pop_scope();
        block
    }

    fn macro_stmt(&mut self, stmt: &syn::StmtMacro, is_last: bool, block: &mut Block) {
        if let Some(statics) = declared_statics(&stmt.mac) {
            let bindings = self.declare_statics(&statics);
            return self.statics(&statics, &bindings, &mut block.stmts);
        }
        let value = self.macro_call(&stmt.mac);
        if is_last && stmt.semi_token.is_none() {
            block.tail = Some(value);
        } else {
            block.stmts.push(Stmt { span: self.span_of(value), kind: StmtKind::Expr(value) });
        }
    }

    /// What an expression in the place of a block does: an arm's body, a closure's.
    pub(super) fn body(&mut self, expr: &Expr) -> Block {
        match expr {
            Expr::Block(block) => self.block(&block.block),
            _ => {
                let mut block = Block::default();
                self.last(expr, &mut block);
                block
            }
        }
    }

    /// The end of a block: its value, or a statement where there can be none.
    fn last(&mut self, expr: &Expr, block: &mut Block) {
        if has_no_value(expr) {
            block.stmts.push(self.statement(expr));
        } else {
            block.tail = Some(self.expr(expr));
        }
    }

    /// An expression whose value nobody takes.
    fn statement(&mut self, expr: &Expr) -> Stmt {
        let mut stmt = match self.control(expr) {
            Some(stmt) => stmt,
            None => {
                let (value, span) = self.placed(expr);
                match self.take_control(value) {
                    Some(stmt) => stmt,
                    None => Stmt { span, kind: StmtKind::Expr(value) },
                }
            }
        };
        self.discard_value(&mut stmt);
        stmt
    }

    fn take_control(&mut self, id: ir::ExprId) -> Option<Stmt> {
        let kind = &mut self.builder.file_mut().exprs[id.0 as usize].kind;
        match std::mem::replace(kind, ExprKind::Null) {
            ExprKind::Control(stmt) => Some(*stmt),
            other => {
                *kind = other;
                None
            }
        }
    }

    /// Control flow at the end of a block whose value nobody takes is a statement of it.
    pub(super) fn discard_tail(&mut self, block: &mut Block) {
        let Some(mut stmt) = block.tail.and_then(|tail| self.take_control(tail)) else { return };
        block.tail = None;
        self.discard_value(&mut stmt);
        block.stmts.push(stmt);
    }

    fn discard_value(&mut self, stmt: &mut Stmt) {
        match &mut stmt.kind {
            StmtKind::If { then, otherwise, .. } => {
                self.discard_tail(then);
                self.discard_tail(otherwise);
            }
            StmtKind::Match { arms, .. } => arms.iter_mut().for_each(|arm| self.discard_tail(&mut arm.body)),
            StmtKind::Block(block) => self.discard_tail(block),
            _ => {}
        }
    }

    fn loop_body(&mut self, body: &syn::Block) -> Block {
        let mut body = self.block(body);
        self.discard_tail(&mut body);
        body
    }

    /// A declaration takes effect behind its initialiser, and behind the block that leaves if the pattern does not match.
    fn local(&mut self, local: &Local, stmts: &mut Vec<Stmt>) {
        let (pat, ty) = match &local.pat {
            Pat::Type(typed) => (&*typed.pat, Some(&*typed.ty)),
            pat => (pat, None),
        };
        let annotation = ty.map(|ty| self.ty(ty));
        let hint = match pat {
            Pat::Ident(name) => Some(Hint::Holder(self.ident(&name.ident).0)),
            _ => None,
        };
        let value = local.init.as_ref().map(|init| {
            let (id, span) = self.with_hint(&init.expr, hint);
            if copies_out(&init.expr) { self.builder.other(span, vec![id]) } else { id }
        });
        let otherwise = local.init.as_ref().and_then(|init| init.diverge.as_ref()).map(|(token, diverge)| {
            let span = self.span(token.span);
            let test = self.builder.other(span, Vec::new());
            let then = self.body(diverge);
            Stmt { span, kind: StmtKind::If { test, then, otherwise: Block::default() } }
        });
        let pattern = self.pattern(pat, BindingKind::Variable);
        let span = self.span(local.let_token.span).to(self.span(local.semi_token.span));
        stmts.push(Stmt { span, kind: StmtKind::Let { pattern, annotation, value } });
        stmts.extend(otherwise);
    }

    /// The declaration of a hoisted constant.
    pub(super) fn constant(&mut self, binding: BindingId, ty: &Type, value: Option<&Expr>) -> Stmt {
        let declared = self.builder.file().binding(binding);
        let (name, span) = (declared.name, declared.span);
        let annotation = Some(self.ty(ty));
        let value = value.map(|value| self.with_hint(value, Some(Hint::Holder(name))));
        let span = value.map_or(span, |(_, end)| span.to(end));
        let pattern = Pattern::Bind(binding);
        Stmt { span, kind: StmtKind::Let { pattern, annotation, value: value.map(|(id, _)| id) } }
    }

    /// The statement that an expression is, if it is one.
    pub(super) fn control(&mut self, expr: &Expr) -> Option<Stmt> {
        if !is_control(expr) {
            return None;
        }
        let lowered = self.descend(|this| this.control_within(expr));
        Some(lowered.flatten().unwrap_or_else(|| {
            let id = self.unread();
            Stmt { span: self.span_of(id), kind: StmtKind::Expr(id) }
        }))
    }

    fn control_within(&mut self, expr: &Expr) -> Option<Stmt> {
        let (span, kind) = match expr {
            Expr::If(branch) => (self.if_span(branch), self.if_kind(branch)),
            Expr::Match(branch) => {
                let subject = self.expr(&branch.expr);
                let arms = branch.arms.iter().map(|arm| self.arm(arm)).collect();
                let span = self.region(branch.match_token.span, &branch.brace_token);
                (span, StmtKind::Match { subject, arms })
            }
            Expr::ForLoop(repeat) => {
                let iter = self.expr(&repeat.expr);
                self.open_block();
                let pattern = self.pattern(&repeat.pat, BindingKind::Variable);
                let body = self.loop_body(&repeat.body);
                self.builder.pop_scope();
                let span = self.region(repeat.for_token.span, &repeat.body.brace_token);
                (span, StmtKind::Loop { kind: LoopKind::For { pattern, iter }, body, is_async: false })
            }
            Expr::While(repeat) => {
                self.open_block();
                let test = self.expr(&repeat.cond);
                let body = self.loop_body(&repeat.body);
                self.builder.pop_scope();
                let span = self.region(repeat.while_token.span, &repeat.body.brace_token);
                (span, StmtKind::Loop { kind: LoopKind::While { test }, body, is_async: false })
            }
            Expr::Loop(repeat) => {
                let body = self.loop_body(&repeat.body);
                let span = self.region(repeat.loop_token.span, &repeat.body.brace_token);
                (span, StmtKind::Loop { kind: LoopKind::Forever, body, is_async: false })
            }
            Expr::Block(block) => self.plain(&block.block, block.block.brace_token.span.open()),
            Expr::Unsafe(block) => self.plain(&block.block, block.unsafe_token.span),
            Expr::Const(block) => self.plain(&block.block, block.const_token.span),
            Expr::TryBlock(block) => self.plain(&block.block, block.try_token.span),
            Expr::Return(leave) => self.leave(leave.return_token.span, leave.expr.as_deref(), StmtKind::Return),
            Expr::Break(leave) => self.leave(leave.break_token.span, leave.expr.as_deref(), StmtKind::Break),
            Expr::Continue(leave) => (self.span(leave.continue_token.span), StmtKind::Continue),
            _ => return None,
        };
        Some(Stmt { span, kind })
    }

    fn region(&self, head: proc_macro2::Span, braces: &syn::token::Brace) -> Span {
        self.span(head).to(self.span(braces.span.close()))
    }

    fn plain(&mut self, block: &syn::Block, head: proc_macro2::Span) -> (Span, StmtKind) {
        let span = self.region(head, &block.brace_token);
        (span, StmtKind::Block(self.block(block)))
    }

    fn leave(
        &mut self,
        keyword: proc_macro2::Span,
        value: Option<&Expr>,
        kind: fn(Option<ir::ExprId>) -> StmtKind,
    ) -> (Span, StmtKind) {
        let keyword = self.span(keyword);
        let value = value.map(|value| self.placed(value));
        let span = value.map_or(keyword, |(_, span)| keyword.to(span));
        (span, kind(value.map(|(id, _)| id)))
    }

    fn if_span(&self, branch: &ExprIf) -> Span {
        let mut last = branch;
        let close = loop {
            match last.else_branch.as_ref().map(|(_, otherwise)| &**otherwise) {
                Some(Expr::If(next)) => last = next,
                Some(Expr::Block(block)) => break &block.block.brace_token,
                _ => break &last.then_branch.brace_token,
            }
        };
        self.region(branch.if_token.span, close)
    }

    /// `if let` is a match. In a chain of conditions `let` is an assignment that may fail.
    fn if_kind(&mut self, branch: &ExprIf) -> StmtKind {
        self.open_block();
        let matched = match &*branch.cond {
            Expr::Let(condition) => {
                let subject = self.expr(&condition.expr);
                Ok((subject, self.pattern(&condition.pat, BindingKind::Variable)))
            }
            test => Err(self.expr(test)),
        };
        let then = self.block(&branch.then_branch);
        self.builder.pop_scope();
        let otherwise = match &branch.else_branch {
            Some((_, otherwise)) => self.body(otherwise),
            None => Block::default(),
        };
        match matched {
            Err(test) => StmtKind::If { test, then, otherwise },
            Ok((subject, pattern)) => StmtKind::Match {
                subject,
                arms: vec![
                    Arm { pattern, guard: None, body: then },
                    Arm { pattern: Pattern::Ignore, guard: None, body: otherwise },
                ],
            },
        }
    }

    fn arm(&mut self, arm: &syn::Arm) -> Arm {
        self.open_block();
        let pattern = self.pattern(&arm.pat, BindingKind::Variable);
        let guard = match &arm.pat {
            Pat::Guard(guarded) => Some(self.expr(&guarded.guard)),
            _ => None,
        };
        let body = self.body(&arm.body);
        self.builder.pop_scope();
        Arm { pattern, guard, body }
    }
}

fn is_control(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::If(_)
            | Expr::Match(_)
            | Expr::ForLoop(_)
            | Expr::While(_)
            | Expr::Loop(_)
            | Expr::Block(_)
            | Expr::Unsafe(_)
            | Expr::Const(_)
            | Expr::TryBlock(_)
            | Expr::Return(_)
            | Expr::Break(_)
            | Expr::Continue(_)
    )
}

fn has_no_value(expr: &Expr) -> bool {
    match expr {
        Expr::If(branch) => branch.else_branch.is_none(),
        Expr::Binary(binary) => matches!(
            binary.op,
            BinOp::AddAssign(_) | BinOp::SubAssign(_) | BinOp::MulAssign(_) | BinOp::DivAssign(_) | BinOp::RemAssign(_)
        ),
        Expr::ForLoop(_) | Expr::While(_) | Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) | Expr::Assign(_) => {
            true
        }
        _ => false,
    }
}

/// `*counts.lock()`: what the call gives is looked into, and gone when the statement ends.
fn copies_out(expr: &Expr) -> bool {
    match expr {
        Expr::Unary(syn::ExprUnary { op: syn::UnOp::Deref(_), expr, .. }) => {
            matches!(**expr, Expr::MethodCall(_) | Expr::Try(_) | Expr::Await(_))
        }
        _ => false,
    }
}

/// Not for one configuration only.
fn leaves(stmt: &syn::Stmt) -> bool {
    match stmt {
        syn::Stmt::Expr(Expr::Return(leave), _) => leave.attrs.is_empty(),
        syn::Stmt::Expr(Expr::Break(leave), _) => leave.attrs.is_empty(),
        syn::Stmt::Expr(Expr::Continue(leave), _) => leave.attrs.is_empty(),
        syn::Stmt::Macro(stmt) => {
            let panics =
                ["panic", "todo", "unimplemented", "unreachable"].iter().any(|name| stmt.mac.path.is_ident(name));
            panics && stmt.attrs.is_empty()
        }
        _ => false,
    }
}

/// The attributes of a statement that is no item: an item keeps its own.
fn attributes_of(stmt: &syn::Stmt) -> &[syn::Attribute] {
    match stmt {
        syn::Stmt::Local(local) => &local.attrs,
        syn::Stmt::Macro(stmt) => &stmt.attrs,
        syn::Stmt::Expr(Expr::Block(block), _) => &block.attrs,
        syn::Stmt::Expr(Expr::If(branch), _) => &branch.attrs,
        syn::Stmt::Expr(Expr::Call(call), _) => &call.attrs,
        syn::Stmt::Expr(Expr::MethodCall(call), _) => &call.attrs,
        syn::Stmt::Expr(Expr::Return(leave), _) => &leave.attrs,
        _ => &[],
    }
}
