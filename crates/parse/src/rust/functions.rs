//! Functions, methods, closures and `async` blocks.

use ir::{Arg, BindingKind, Block, CallKind, ClassId, ExprId, ExprKind, FnId, FunctionKind, Param, Span, Symbol};
use syn::spanned::Spanned as _;
use syn::{Attribute, ExprAsync, ExprClosure, FnArg, Pat, Signature, Type};

use super::paths::Space;
use super::patterns::first_binding;
use super::{Hint, Lowering};

/// A parameter before its pattern is lowered: annotations belong to the scope around the function, names to its own.
struct Head<'p> {
    pat: &'p Pat,
    annotation: Option<ExprId>,
    decorators: Vec<ExprId>,
    span: Span,
}

impl Lowering<'_> {
    /// Makes room for a function, so that its name can be used before its text.
    pub(super) fn declare_function(&mut self, sig: &Signature, kind: FunctionKind, end: proc_macro2::Span) -> FnId {
        let (name, name_span) = self.ident(&sig.ident);
        let start = sig
            .constness
            .map(|token| token.span)
            .or(sig.asyncness.map(|token| token.span))
            .or(match sig.safety {
                syn::Safety::Unsafe(token) => Some(token.span),
                _ => None,
            })
            .or(sig.abi.as_ref().map(|abi| abi.extern_token.span))
            .unwrap_or(sig.fn_token.span);
        let span = self.span(start).to(self.span(end));
        self.builder.function(name, kind, span, name_span)
    }

    pub(super) fn complete_function(
        &mut self,
        id: FnId,
        attrs: &[Attribute],
        sig: &Signature,
        block: Option<&syn::Block>,
    ) {
        let decorators = self.decorators(attrs);
        let returns = self.returns(&sig.output);
        let mut heads = Vec::with_capacity(sig.inputs.len());
        for input in &sig.inputs {
            let FnArg::Typed(typed) = input else { continue };
            heads.push(self.param_head(&typed.pat, Some(&typed.ty), &typed.attrs, typed.span()));
        }
        let outer_test = self.enter_test(attrs);
        self.builder.push_scope(id, false);
        let params = heads.into_iter().map(|head| self.param(head)).collect();
        let mut body = block.map_or_else(Block::default, |block| self.block(block));
        if returns.is_none() {
            self.discard_tail(&mut body);
        }
        self.builder.pop_scope();
        let is_test = std::mem::replace(&mut self.in_test, outer_test);
        let function = self.builder.function_mut(id);
        function.is_async = sig.asyncness.is_some();
        function.params = params;
        function.returns = returns;
        function.decorators = decorators;
        function.body = body;
        function.is_test = is_test;
    }

    pub(super) fn method(
        &mut self,
        class: Option<ClassId>,
        attrs: &[Attribute],
        sig: &Signature,
        block: Option<&syn::Block>,
    ) -> (Symbol, FnId) {
        let kind = FunctionKind::Method { is_static: sig.receiver().is_none() };
        let end = block.map_or_else(|| sig.paren_token.span.close(), |block| block.brace_token.span.close());
        let id = self.declare_function(sig, kind, end);
        self.builder.function_mut(id).class = class;
        self.complete_function(id, attrs, sig, block);
        (self.builder.file().function(id).name, id)
    }

    fn param_head<'p>(
        &mut self,
        pat: &'p Pat,
        ty: Option<&Type>,
        attrs: &[Attribute],
        span: proc_macro2::Span,
    ) -> Head<'p> {
        let annotation = ty.map(|ty| self.ty(ty));
        Head { pat, annotation, decorators: self.decorators(attrs), span: self.span(span) }
    }

    fn param(&mut self, head: Head<'_>) -> Param {
        let pattern = self.pattern(head.pat, BindingKind::Param);
        let name = match first_binding(&pattern) {
            Some(binding) => self.builder.file().binding(binding).name,
            None => Symbol::new("_"),
        };
        Param {
            name,
            pattern,
            annotation: head.annotation,
            default: None,
            decorators: head.decorators,
            is_rest: false,
            span: head.span,
        }
    }

    pub(super) fn closure(&mut self, closure: &ExprClosure, hint: Option<Hint>) -> ExprId {
        let start = closure
            .asyncness
            .map(|token| token.span)
            .or(closure.capture.map(|token| token.span))
            .unwrap_or(closure.inputs_begin.span);
        let head = self.span(start).to(self.span(closure.inputs_end.span));
        let name = self.closure_name(hint);
        let id = self.builder.function(name, FunctionKind::Closure, head, head);
        let returns = self.returns(&closure.output);
        let mut heads = Vec::with_capacity(closure.inputs.len());
        for input in &closure.inputs {
            let (pat, ty) = match input {
                Pat::Type(typed) => (&*typed.pat, Some(&*typed.ty)),
                pat => (pat, None),
            };
            heads.push(self.param_head(pat, ty, &[], input.span()));
        }
        self.builder.push_scope(id, false);
        let params = heads.into_iter().map(|head| self.param(head)).collect();
        // An `async` block that is all of the closure bears its name.
        self.hint = Some(Hint::Holder(name));
        let body = self.body(&closure.body);
        self.hint = None;
        self.builder.pop_scope();
        let span = head.to(self.end_of(&body, &closure.body).unwrap_or(head));
        let is_test = self.in_test;
        let function = self.builder.function_mut(id);
        function.span = span;
        function.is_async = closure.asyncness.is_some();
        function.params = params;
        function.returns = returns;
        function.body = body;
        function.is_test = is_test;
        self.builder.expr(span, ExprKind::Function(id))
    }

    /// `|| path()`.
    pub(super) fn calling(&mut self, path: &syn::Path, hint: Option<Hint>) -> ExprId {
        let name = self.closure_name(hint);
        let span = self.span(path.span());
        let id = self.builder.function(name, FunctionKind::Closure, span, Span::new(span.start, span.start));
        self.builder.push_scope(id, false);
        let callee = self.path(None, path, Space::Value);
        let call = self.builder.call(span, callee, Vec::<Arg>::new(), CallKind::Call);
        self.builder.pop_scope();
        let is_test = self.in_test;
        let function = self.builder.function_mut(id);
        function.body.tail = Some(call);
        function.is_test = is_test;
        self.builder.expr(span, ExprKind::Function(id))
    }

    fn end_of(&self, lowered: &Block, body: &syn::Expr) -> Option<Span> {
        match (body, lowered.tail, lowered.stmts.last()) {
            (syn::Expr::Block(block), ..) => Some(self.span(block.block.brace_token.span.close())),
            (_, Some(tail), _) => Some(self.span_of(tail)),
            (_, None, last) => last.map(|stmt| stmt.span),
        }
    }

    pub(super) fn async_block(&mut self, block: &ExprAsync, hint: Option<Hint>) -> ExprId {
        let head = self.span(block.async_token.span);
        let head = block.capture.map_or(head, |token| head.to(self.span(token.span)));
        let span = head.to(self.span(block.block.brace_token.span.close()));
        let name = self.closure_name(hint);
        let id = self.builder.function(name, FunctionKind::AsyncBlock, span, head);
        self.builder.push_scope(id, false);
        let body = self.block(&block.block);
        self.builder.pop_scope();
        let is_test = self.in_test;
        let function = self.builder.function_mut(id);
        function.is_async = true;
        function.body = body;
        function.is_test = is_test;
        let callee = self.builder.expr(span, ExprKind::Function(id));
        self.builder.call(span, callee, Vec::<Arg>::new(), CallKind::Call)
    }

    pub(super) fn closure_name(&self, hint: Option<Hint>) -> Symbol {
        match hint {
            Some(Hint::Holder(name)) => name,
            Some(Hint::Callee(name)) => Symbol::new(&format!("{name} callback")),
            None => Symbol::new("anonymous"),
        }
    }
}
