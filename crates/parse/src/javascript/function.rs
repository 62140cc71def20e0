//! Functions, arrow functions and methods: parameters, `var`s and body in a scope of their own.

use ir::{BindingKind, ClassId, ExprId, ExprKind, FnId, FunctionKind, Param, Pattern, Span, Stmt, StmtKind, Symbol};
use oxc_ast::ast::{self, ArrowFunctionBody, BindingPattern, PropertyKind};
use oxc_span::GetSpan as _;

use super::hoist::each_identifier;
use super::{Lowering, at};

/// What a function is, apart from its text.
pub(super) struct Head<'t, 'a> {
    pub(super) name: Symbol,
    pub(super) kind: FunctionKind,
    pub(super) span: Span,
    pub(super) name_span: Span,
    pub(super) class: Option<ClassId>,
    /// The name by which a function expression knows itself.
    pub(super) own_name: Option<&'t ast::BindingIdentifier<'a>>,
}

impl Lowering<'_> {
    /// None for an overload or an ambient declaration.
    pub(super) fn function_declaration(&mut self, function: &ast::Function<'_>) -> Option<FnId> {
        function.body.as_ref()?;
        let (name, name_span) = match &function.id {
            Some(id) => (Symbol::new(&id.name), at(id.span)),
            None => (Symbol::new("default"), self.head_span(function.span, &function.params)),
        };
        let kind = FunctionKind::Named;
        let head = Head { name, kind, span: at(function.span), name_span, class: None, own_name: None };
        let id = self.function(head, function);
        if let Some(declared) = &function.id {
            self.define(name, declared.span, BindingKind::Function(id));
        }
        Some(id)
    }

    pub(super) fn function_expression(&mut self, function: &ast::Function<'_>, hint: Option<Symbol>) -> FnId {
        let own_name = function.id.as_ref();
        let name = own_name.map(|id| Symbol::new(&id.name)).or(hint).unwrap_or_else(|| Symbol::new("anonymous"));
        let name_span = match own_name {
            Some(id) => at(id.span),
            None => self.head_span(function.span, &function.params),
        };
        let kind = FunctionKind::Closure;
        self.function(Head { name, kind, span: at(function.span), name_span, class: None, own_name }, function)
    }

    /// A method, getter or setter of an object literal, and the name under which it is an entry.
    pub(super) fn object_method(
        &mut self,
        property: &ast::ObjectProperty<'_>,
        function: &ast::Function<'_>,
        name: Symbol,
    ) -> (Symbol, FnId) {
        let (name, kind) = match property.kind {
            PropertyKind::Init => (name, FunctionKind::Closure),
            PropertyKind::Get => (name, FunctionKind::Getter),
            PropertyKind::Set => (setter_name(name), FunctionKind::Closure),
        };
        let (span, name_span) = (at(property.span), at(property.key.span()));
        (name, self.function(Head { name, kind, span, name_span, class: None, own_name: None }, function))
    }

    pub(super) fn function(&mut self, head: Head<'_, '_>, function: &ast::Function<'_>) -> FnId {
        let id = self.callable(head, &function.params, function.return_type.as_deref(), |l, id, out| {
            if let Some(body) = &function.body {
                l.function_body(id, body, out);
            }
        });
        let made = self.builder.function_mut(id);
        made.is_async = function.r#async;
        made.is_generator = function.generator;
        id
    }

    pub(super) fn arrow(&mut self, arrow: &ast::ArrowFunctionExpression<'_>, hint: Option<Symbol>) -> FnId {
        let name = hint.unwrap_or_else(|| Symbol::new("anonymous"));
        let name_span = self.head_span(arrow.span, &arrow.params);
        let kind = FunctionKind::Closure;
        let head = Head { name, kind, span: at(arrow.span), name_span, class: None, own_name: None };
        let id = self.callable(head, &arrow.params, arrow.return_type.as_deref(), |l, id, out| match &arrow.body {
            ArrowFunctionBody::FunctionBody(body) => l.function_body(id, body, out),
            body => {
                if let Some(value) = body.as_expression() {
                    let span = at(value.span());
                    let value = l.expr(value);
                    out.push(Stmt { span, kind: StmtKind::Return(Some(value)) });
                }
            }
        });
        self.builder.function_mut(id).is_async = arrow.r#async;
        id
    }

    fn callable(
        &mut self,
        head: Head<'_, '_>,
        params: &ast::FormalParameters<'_>,
        returns: Option<&ast::TSTypeAnnotation<'_>>,
        body: impl FnOnce(&mut Self, FnId, &mut Vec<Stmt>),
    ) -> FnId {
        let id = self.builder.function(head.name, head.kind, head.span, head.name_span);
        let returns = self.annotation(returns);
        let mut lowered = self.param_heads(params);
        let outer_field = self.field_of.take();
        let class = head.class.or(outer_field);
        let outer_break = std::mem::replace(&mut self.break_leaves_switch, false);
        self.builder.push_scope(id, false);
        if let Some(own) = head.own_name {
            self.builder.declare(Symbol::new(&own.name), BindingKind::Function(id), at(own.span));
        }
        let mut stmts = Vec::new();
        self.param_patterns(params, &mut lowered);
        self.parameter_properties(params, &mut stmts);
        body(self, id, &mut stmts);
        self.builder.pop_scope();
        self.field_of = outer_field;
        self.break_leaves_switch = outer_break;
        let made = self.builder.function_mut(id);
        made.class = class;
        made.params = lowered;
        made.returns = returns;
        made.body.stmts = stmts;
        id
    }

    fn function_body(&mut self, id: FnId, body: &ast::FunctionBody<'_>, out: &mut Vec<Stmt>) {
        for directive in &body.directives {
            if directive.directive == "use server" {
                let text = self.string(&directive.expression);
                self.builder.function_mut(id).decorators.push(text);
            }
        }
        self.hoist_vars(&body.statements, 0);
        self.hoist(&body.statements);
        self.stmts(&body.statements, out);
    }

    /// Parameters as far as the surrounding scope has a say: annotations and decorators.
    fn param_heads(&mut self, params: &ast::FormalParameters<'_>) -> Vec<Param> {
        let mut heads = Vec::with_capacity(params.items.len());
        for param in &params.items {
            heads.push(Param {
                name: param_name(&param.pattern),
                pattern: Pattern::Ignore,
                annotation: self.annotation(param.type_annotation.as_deref()),
                default: None,
                decorators: self.decorators(&param.decorators),
                is_rest: false,
                span: at(param.span),
            });
        }
        if let Some(rest) = &params.rest {
            heads.push(Param {
                name: param_name(&rest.rest.argument),
                pattern: Pattern::Ignore,
                annotation: self.annotation(rest.type_annotation.as_deref()),
                default: None,
                decorators: self.decorators(&rest.decorators),
                is_rest: true,
                span: at(rest.span),
            });
        }
        heads
    }

    /// Names and default values: a default is evaluated at each call and sees the parameters.
    fn param_patterns(&mut self, params: &ast::FormalParameters<'_>, lowered: &mut [Param]) {
        let rest = params.rest.iter().map(|rest| &rest.rest.argument);
        for pattern in params.items.iter().map(|param| &param.pattern).chain(rest.clone()) {
            each_identifier(pattern, &mut |id| {
                self.builder.declare(Symbol::new(&id.name), BindingKind::Param, at(id.span));
            });
        }
        let defaults = params.items.iter().map(|param| (&param.pattern, param.initializer.as_deref()));
        for (param, (pattern, default)) in lowered.iter_mut().zip(defaults.chain(rest.map(|rest| (rest, None)))) {
            param.pattern = self.pattern(pattern);
            param.default = default.map(|default| self.expr_named(default, Some(param.name)));
        }
    }

    /// `constructor(private pool: Pool)` also assigns `this.pool`.
    fn parameter_properties(&mut self, params: &ast::FormalParameters<'_>, out: &mut Vec<Stmt>) {
        for param in params.items.iter().filter(|param| param.has_modifier()) {
            if let BindingPattern::BindingIdentifier(id) = &param.pattern {
                let span = at(param.span);
                let this = self.builder.expr(span, ExprKind::This);
                let (base, name, name_span) = (this, Symbol::new(&id.name), at(id.span));
                let place = self.builder.expr(span, ExprKind::Member { base, name, name_span });
                let value = Some(self.name(id.span, &id.name));
                let pattern = Pattern::Place(place);
                out.push(Stmt { span, kind: StmtKind::Let { pattern, annotation: None, value } });
            }
        }
    }

    pub(super) fn decorators(&mut self, decorators: &[ast::Decorator<'_>]) -> Vec<ExprId> {
        decorators.iter().map(|decorator| self.expr(&decorator.expression)).collect()
    }

    /// From a function's first word to the end of its parameters.
    fn head_span(&self, span: oxc_span::Span, params: &ast::FormalParameters<'_>) -> Span {
        at(oxc_span::Span::new(span.start, params.span.end.clamp(span.start, span.end)))
    }
}

/// A setter is called apart from the getter of the same property.
pub(super) fn setter_name(name: Symbol) -> Symbol {
    Symbol::new(&format!("set {name}"))
}

/// Empty for a parameter that is taken apart.
fn param_name(pattern: &BindingPattern<'_>) -> Symbol {
    super::stmt::binding_name(pattern).unwrap_or_else(|| Symbol::new(""))
}
