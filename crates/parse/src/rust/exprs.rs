//! Expressions. Lowering one gives its place too, since parentheses and references leave no node.

use ir::{Arg, BinaryOp, CallKind, Entry, ExprId, ExprKind, Pattern, Span, Stmt, Symbol, UnaryOp};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{BinOp, Expr, Token, UnOp};

use super::paths::Space;
use super::{Hint, Lowering};

/// An expression, and the text that it takes.
pub(super) type Placed = (ExprId, Span);

impl Lowering<'_> {
    pub(super) fn expr(&mut self, expr: &Expr) -> ExprId {
        self.placed(expr).0
    }

    pub(super) fn placed(&mut self, expr: &Expr) -> Placed {
        let hint = self.hint.take();
        match self.descend(|this| this.dispatch(expr, hint)) {
            Some(placed) => placed,
            None => {
                let id = self.unread();
                (id, self.span_of(id))
            }
        }
    }

    pub(super) fn with_hint(&mut self, expr: &Expr, hint: Option<Hint>) -> Placed {
        self.hint = hint;
        self.placed(expr)
    }

    fn own(&self, id: ExprId) -> Placed {
        (id, self.span_of(id))
    }

    fn dispatch(&mut self, expr: &Expr, hint: Option<Hint>) -> Placed {
        match expr {
            Expr::Paren(inner) => {
                let (id, _) = self.with_hint(&inner.expr, hint);
                (id, self.span(inner.paren_token.span.join()))
            }
            Expr::Group(inner) => self.with_hint(&inner.expr, hint),
            Expr::Reference(inner) => {
                let (id, span) = self.with_hint(&inner.expr, hint);
                (id, self.span(inner.and_token.span).to(span))
            }
            Expr::Unary(syn::ExprUnary { op: UnOp::Deref(star), expr, .. }) => {
                let (id, span) = self.placed(expr);
                (id, self.span(star.span).to(span))
            }
            Expr::RawAddr(inner) => {
                let (id, span) = self.placed(&inner.expr);
                (id, self.span(inner.and_token.span).to(span))
            }
            Expr::Cast(cast) => {
                let (id, span) = self.placed(&cast.expr);
                let ty = self.ty(&cast.ty);
                (id, span.to(self.span_of(ty)))
            }
            _ => {
                let id = self.node(expr, hint);
                self.own(id)
            }
        }
    }

    /// The expressions that are a node of their own.
    fn node(&mut self, expr: &Expr, hint: Option<Hint>) -> ExprId {
        match expr {
            Expr::Lit(literal) => self.literal(&literal.lit),
            Expr::Path(path) => self.path(path.qself.as_ref(), &path.path, Space::Value),
            Expr::MethodCall(call) => self.method_call(call),
            Expr::Call(call) => self.call(call),
            Expr::Macro(call) => self.macro_call(&call.mac),
            Expr::Field(field) => {
                let (base, span) = self.placed(&field.base);
                let (name, name_span) = self.member_name(&field.member);
                self.builder.expr(span.to(name_span), ExprKind::Member { base, name, name_span })
            }
            Expr::Await(awaited) => self.suffix(&awaited.base, awaited.await_token.span, ExprKind::Await),
            Expr::Try(tried) => self.suffix(&tried.expr, tried.question_token.span, ExprKind::Propagate),
            Expr::Unary(unary) => self.unary(unary),
            Expr::Binary(binary) => self.binary(binary),
            Expr::Assign(assign) => {
                let (pattern, place) = self.place(&assign.left);
                let (value, span) = self.with_hint(&assign.right, self.holder(&pattern));
                self.builder.expr(place.to(span), ExprKind::Assign { pattern: Box::new(pattern), op: None, value })
            }
            Expr::Let(condition) => {
                let (value, span) = self.placed(&condition.expr);
                let pattern = Box::new(self.pattern(&condition.pat, ir::BindingKind::Variable));
                let span = self.span(condition.let_token.span).to(span);
                self.builder.expr(span, ExprKind::Assign { pattern, op: None, value })
            }
            Expr::Closure(closure) => self.closure(closure, hint),
            Expr::Async(block) => self.async_block(block, hint),
            Expr::Struct(literal) => self.struct_literal(literal),
            Expr::Index(index) => self.index(index),
            Expr::Array(array) => self.list(&array.elems, array.bracket_token.span.join()),
            Expr::Tuple(tuple) => self.list(&tuple.elems, tuple.paren_token.span.join()),
            _ => match self.control(expr) {
                Some(stmt) => self.control_expr(stmt),
                None => self.rare(expr),
            },
        }
    }

    fn rare(&mut self, expr: &Expr) -> ExprId {
        match expr {
            Expr::Repeat(repeat) => {
                let parts = vec![self.expr(&repeat.expr), self.expr(&repeat.len)];
                let span = self.span(repeat.bracket_token.span.join());
                self.builder.other(span, parts)
            }
            Expr::Range(range) => {
                let from = range.start.as_ref().map(|start| self.placed(start));
                let to = range.end.as_ref().map(|end| self.placed(end));
                let dots = self.span(match &range.limits {
                    syn::RangeLimits::HalfOpen(dots) => dots.spans[0],
                    syn::RangeLimits::Closed(dots) => dots.spans[0],
                });
                let bounds = [from, to].into_iter().flatten();
                let span = bounds.clone().fold(dots, |span, (_, bound)| span.to(bound));
                self.builder.other(span, bounds.map(|(id, _)| id).collect())
            }
            Expr::Yield(value) => {
                let operand = value.expr.as_ref().map(|operand| self.placed(operand));
                let keyword = self.span(value.yield_token.span);
                let span = operand.map_or(keyword, |(_, span)| keyword.to(span));
                self.builder.expr(span, ExprKind::Yield(operand.map(|(id, _)| id)))
            }
            Expr::Verbatim(tokens) => {
                let span = self.span(tokens.span());
                self.builder.other(span, Vec::new())
            }
            _ => self.unread_form(expr),
        }
    }

    fn unread_form(&mut self, expr: &Expr) -> ExprId {
        let span = self.span(expr.span());
        self.builder.other(span, Vec::new())
    }

    pub(super) fn control_expr(&mut self, stmt: Stmt) -> ExprId {
        let span = stmt.span;
        self.builder.expr(span, ExprKind::Control(Box::new(stmt)))
    }

    fn suffix(&mut self, base: &Expr, end: proc_macro2::Span, kind: fn(ExprId) -> ExprKind) -> ExprId {
        let (operand, span) = self.placed(base);
        let span = span.to(self.span(end));
        self.builder.expr(span, kind(operand))
    }

    fn method_call(&mut self, call: &syn::ExprMethodCall) -> ExprId {
        if takes_value_out(call) {
            return self.suffix(&call.receiver, call.paren_token.span.close(), ExprKind::Propagate);
        }
        let (base, base_span) = self.placed(&call.receiver);
        let (name, name_span) = self.ident(&call.method);
        let callee = self.builder.expr(base_span.to(name_span), ExprKind::Member { base, name, name_span });
        let args = self.args(&call.args, Some(name));
        let span = base_span.to(self.span(call.paren_token.span.close()));
        if let Some(given) = &call.turbofish {
            let types = self.types_of(given);
            self.builder.file_mut().type_arguments.push((callee, types));
        }
        self.builder.call(span, callee, args, CallKind::Call)
    }

    fn call(&mut self, call: &syn::ExprCall) -> ExprId {
        let (callee, callee_span) = self.placed(&call.func);
        let name = self.name_of(callee);
        let args = self.args(&call.args, name);
        let span = callee_span.to(self.span(call.paren_token.span.close()));
        self.builder.call(span, callee, args, CallKind::Call)
    }

    fn args(&mut self, args: &Punctuated<Expr, Token![,]>, callee: Option<Symbol>) -> Vec<Arg> {
        let hint = callee.map(Hint::Callee);
        let value = |arg: &Expr| {
            let made = callee.filter(|callee| runs_later(*callee)).and_then(|_| self.constructor(arg, hint));
            made.unwrap_or_else(|| self.with_hint(arg, hint).0)
        };
        args.iter().map(value).map(|value| Arg { name: None, value }).collect()
    }

    /// `Client::new`, given to what calls it without arguments, as `|| Client::new()`.
    fn constructor(&mut self, arg: &Expr, hint: Option<Hint>) -> Option<ExprId> {
        let Expr::Path(syn::ExprPath { qself: None, path, .. }) = arg else { return None };
        let mut segments = path.segments.iter().rev().map(|segment| &segment.ident);
        let makes = segments.next().is_some_and(|last| last == "new" || last == "default");
        let of_type = |ident: &syn::Ident| ident.to_string().starts_with(|first: char| first.is_ascii_uppercase());
        (makes && segments.next().is_some_and(of_type)).then(|| self.calling(path, hint))
    }

    fn list(&mut self, parts: &Punctuated<Expr, Token![,]>, span: proc_macro2::Span) -> ExprId {
        let parts = parts.iter().map(|part| self.expr(part)).collect();
        let span = self.span(span);
        self.builder.expr(span, ExprKind::List(parts))
    }

    fn struct_literal(&mut self, literal: &syn::ExprStruct) -> ExprId {
        let callee = self.path(literal.qself.as_ref(), &literal.path, Space::Value);
        let mut entries: Vec<Entry> = Vec::with_capacity(literal.fields.len());
        for field in &literal.fields {
            let name = self.member_name(&field.member).0;
            let value = self.with_hint(&field.expr, Some(Hint::Holder(name))).0;
            entries.push(Entry { key: Some(name), value });
        }
        if let Some(rest) = &literal.rest {
            entries.push(Entry { key: None, value: self.expr(rest) });
        }
        let record_span = self.span(literal.brace_token.span.join());
        let record = self.builder.expr(record_span, ExprKind::Record(entries));
        let span = self.span_of(callee).to(record_span);
        self.builder.call(span, callee, vec![Arg { name: None, value: record }], CallKind::New)
    }

    fn index(&mut self, index: &syn::ExprIndex) -> ExprId {
        let (base, base_span) = self.placed(&index.expr);
        let span = base_span.to(self.span(index.bracket_token.span.close()));
        let kind = match &*index.index {
            Expr::Range(range) => ExprKind::Slice {
                base,
                from: range.start.as_ref().map(|start| self.expr(start)),
                to: range.end.as_ref().map(|end| self.expr(end)),
            },
            at => ExprKind::Index { base, indices: vec![self.expr(at)] },
        };
        self.builder.expr(span, kind)
    }

    fn unary(&mut self, unary: &syn::ExprUnary) -> ExprId {
        let (operand, operand_span) = self.placed(&unary.expr);
        let (op, span) = match &unary.op {
            UnOp::Not(token) => (UnaryOp::Not, self.span(token.span).to(operand_span)),
            UnOp::Neg(token) => (UnaryOp::Other, self.span(token.span).to(operand_span)),
            _ => (UnaryOp::Other, operand_span),
        };
        self.builder.expr(span, ExprKind::Unary { op, operand })
    }

    fn binary(&mut self, binary: &syn::ExprBinary) -> ExprId {
        if let Some(op) = assigning_op(&binary.op) {
            let (pattern, place) = self.place(&binary.left);
            let (value, span) = self.placed(&binary.right);
            return self
                .builder
                .expr(place.to(span), ExprKind::Assign { pattern: Box::new(pattern), op: Some(op), value });
        }
        let (left, left_span) = self.placed(&binary.left);
        let (right, right_span) = self.placed(&binary.right);
        let op = binary_op(&binary.op);
        self.builder.expr(left_span.to(right_span), ExprKind::Binary { op, left, right })
    }

    /// What a closure is called that is assigned to this.
    pub(super) fn holder(&self, pattern: &Pattern) -> Option<Hint> {
        let name = match pattern {
            Pattern::Place(place) => self.name_of(*place)?,
            _ => self.builder.file().binding(pattern.as_binding()?).name,
        };
        Some(Hint::Holder(name))
    }
}

fn binary_op(op: &BinOp) -> BinaryOp {
    match op {
        BinOp::Add(_) => BinaryOp::Add,
        BinOp::Sub(_) => BinaryOp::Sub,
        BinOp::Mul(_) => BinaryOp::Mul,
        BinOp::Div(_) => BinaryOp::Div,
        BinOp::Rem(_) => BinaryOp::Rem,
        BinOp::Eq(_) => BinaryOp::Equal,
        BinOp::Ne(_) => BinaryOp::NotEqual,
        BinOp::Lt(_) => BinaryOp::Less,
        BinOp::Le(_) => BinaryOp::LessEqual,
        BinOp::Gt(_) => BinaryOp::Greater,
        BinOp::Ge(_) => BinaryOp::GreaterEqual,
        BinOp::And(_) => BinaryOp::And,
        BinOp::Or(_) => BinaryOp::Or,
        _ => BinaryOp::Other,
    }
}

fn assigning_op(op: &BinOp) -> Option<BinaryOp> {
    match op {
        BinOp::AddAssign(_) => Some(BinaryOp::Add),
        BinOp::SubAssign(_) => Some(BinaryOp::Sub),
        BinOp::MulAssign(_) => Some(BinaryOp::Mul),
        BinOp::DivAssign(_) => Some(BinaryOp::Div),
        BinOp::RemAssign(_) => Some(BinaryOp::Rem),
        BinOp::BitXorAssign(_)
        | BinOp::BitAndAssign(_)
        | BinOp::BitOrAssign(_)
        | BinOp::ShlAssign(_)
        | BinOp::ShrAssign(_) => Some(BinaryOp::Other),
        _ => None,
    }
}

/// `.unwrap()` and `.expect("…")`: what is inside, or the function's end.
fn takes_value_out(call: &syn::ExprMethodCall) -> bool {
    let is_message = |arg: &Expr| matches!(arg, Expr::Lit(literal) if matches!(literal.lit, syn::Lit::Str(_)));
    match call.args.first() {
        None => call.method == "unwrap",
        Some(arg) => call.method == "expect" && call.args.len() == 1 && is_message(arg),
    }
}

/// Whether a function of this name runs what it is given, without arguments: `LazyLock::new`, `get_or_init`, `or_insert_with`,
/// `unwrap_or_else`.
fn runs_later(callee: Symbol) -> bool {
    ["new", "_init", "_with", "_else"].iter().any(|ending| callee.ends_with(ending))
}
