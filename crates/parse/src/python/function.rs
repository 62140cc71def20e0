//! Functions, methods, lambdas and their parameters.

use ir::{BindingKind, Block, ExprId, ExprKind, FnId, FunctionKind, Param, Pattern, Span, Symbol};
use ruff_python_ast::{AnyParameterRef, Decorator, Expr, ExprLambda, Parameters, StmtFunctionDef};
use ruff_text_size::{Ranged, TextSize};

use super::Lowering;

impl Lowering<'_> {
    pub(super) fn function_def(&mut self, def: &StmtFunctionDef) {
        let class = self.class.take();
        let name = Symbol::new(&def.name);
        let name_span = self.span_of(def.name.range);
        let (kind, has_receiver) = match class {
            Some(_) => method_kind(def),
            None => (FunctionKind::Named, false),
        };
        let id = self.builder.function(name, kind, self.span(def), name_span);
        let decorators = self.decorators(&def.decorator_list);
        let mut params = self.params(&def.parameters, has_receiver);
        let returns = def.returns.as_deref().map(|returns| self.annotation(returns));
        match class {
            Some(class_id) => {
                self.builder.declare(name, BindingKind::Function(id), name_span);
                let class = self.builder.class_mut(class_id);
                class.methods.push((name, id));
                self.builder.function_mut(id).parent = self.builder.file().class(class_id).parent;
            }
            None => {
                self.define(name, BindingKind::Function(id), name_span);
            }
        }

        self.builder.push_scope(id, false);
        if has_receiver {
            self.declare_receiver(&def.parameters);
        }
        self.declare_params(&mut params);
        self.hoist(&def.body);
        let body = self.block(&def.body);
        self.builder.pop_scope();

        let function = self.builder.function_mut(id);
        function.is_async = def.is_async;
        function.class = class;
        function.params = params;
        function.returns = returns;
        function.decorators = decorators;
        function.body = body;
        self.class = class;
    }

    pub(super) fn lambda(&mut self, lambda: &ExprLambda, name: Symbol) -> ExprId {
        let span = self.span(lambda);
        let head_end = match &lambda.parameters {
            Some(parameters) => parameters.end(),
            None => lambda.start() + TextSize::of("lambda"),
        };
        let head = Span::new(span.start, head_end.to_u32() + self.offset);
        let id = self.builder.function(name, FunctionKind::Closure, span, head);
        let mut params = lambda.parameters.as_deref().map_or_else(Vec::new, |params| self.params(params, false));

        self.builder.push_scope(id, false);
        self.declare_params(&mut params);
        self.hoist_expr(&lambda.body);
        let tail = Some(self.expr(&lambda.body));
        self.builder.pop_scope();

        let function = self.builder.function_mut(id);
        function.params = params;
        function.body = Block { stmts: Vec::new(), tail };
        self.builder.expr(span, ExprKind::Function(id))
    }

    pub(super) fn decorators(&mut self, decorators: &[Decorator]) -> Vec<ExprId> {
        decorators.iter().map(|decorator| self.expr(&decorator.expression)).collect()
    }

    /// Annotations and default values, which belong to the scope around; the names are declared later.
    fn params(&mut self, parameters: &Parameters, has_receiver: bool) -> Vec<Param> {
        let mut params = Vec::with_capacity(parameters.len());
        for parameter in parameters.iter_source_order().skip(usize::from(has_receiver)) {
            let annotation = parameter.annotation().map(|annotation| self.annotation(annotation));
            let default = parameter.default().map(|default| self.named_expr(default, Some(parameter.name())));
            params.push(Param {
                name: Symbol::new(parameter.name()),
                pattern: Pattern::Ignore,
                annotation,
                default,
                decorators: Vec::new(),
                is_rest: matches!(parameter, AnyParameterRef::Variadic(_)),
                span: self.span_of(parameter.name().range),
            });
        }
        params
    }

    fn declare_params(&mut self, params: &mut [Param]) {
        for param in params {
            param.pattern = Pattern::Bind(self.builder.declare(param.name, BindingKind::Param, param.span));
        }
    }

    fn declare_receiver(&mut self, parameters: &Parameters) {
        if let Some(receiver) = parameters.iter_source_order().next() {
            let span = self.span_of(receiver.name().range);
            let binding = self.builder.declare(Symbol::new(receiver.name()), BindingKind::Param, span);
            self.receivers.insert(binding);
        }
    }

    pub(super) fn mark_generator(&mut self) {
        let function: FnId = self.builder.current_function();
        self.builder.function_mut(function).is_generator = true;
    }
}

/// What a function in a class body is, and whether its first parameter stands for the receiver or the class.
fn method_kind(def: &StmtFunctionDef) -> (FunctionKind, bool) {
    let has_decorator = |names: &[&str]| {
        def.decorator_list.iter().any(|decorator| {
            let name = match &decorator.expression {
                Expr::Name(name) => name.id.as_str(),
                Expr::Attribute(attribute) => attribute.attr.as_str(),
                _ => return false,
            };
            names.contains(&name)
        })
    };
    let has_positional = !def.parameters.posonlyargs.is_empty() || !def.parameters.args.is_empty();
    let name = def.name.as_str();
    if has_decorator(&["staticmethod"]) {
        (FunctionKind::Method { is_static: true }, false)
    } else if has_decorator(&["classmethod"]) || matches!(name, "__new__" | "__init_subclass__" | "__class_getitem__") {
        (FunctionKind::Method { is_static: true }, has_positional)
    } else if name == "__init__" {
        (FunctionKind::Constructor, has_positional)
    } else if has_decorator(&["property", "cached_property"]) {
        (FunctionKind::Getter, has_positional)
    } else {
        (FunctionKind::Method { is_static: false }, has_positional)
    }
}
