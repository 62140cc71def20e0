//! Classes, and the types that are described like one: interfaces and aliases of object types. Enumerations.

use ir::{
    BindingKind, Block, ClassId, Entry, ExprId, ExprKind, Field, FnId, FunctionKind, Pattern, Stmt, StmtKind, Symbol,
};
use oxc_ast::ast::{self, ClassElement, MethodDefinitionKind, TSSignature};
use oxc_span::GetSpan as _;

use super::function::{Head, setter_name};
use super::{Lowering, at};

impl Lowering<'_> {
    /// None for an ambient declaration.
    pub(super) fn class_declaration(&mut self, class: &ast::Class<'_>) -> Option<ClassId> {
        if class.declare {
            return None;
        }
        let name = class.id.as_ref().map_or_else(|| Symbol::new("default"), |id| Symbol::new(&id.name));
        let made = self.new_class(class, name);
        if let Some(id) = &class.id {
            self.define(name, id.span, BindingKind::Class(made));
        }
        self.class_members(made, class);
        Some(made)
    }

    pub(super) fn class_expression(&mut self, class: &ast::Class<'_>, hint: Option<Symbol>) -> ClassId {
        let own = class.id.as_ref();
        let name = own.map(|id| Symbol::new(&id.name)).or(hint).unwrap_or_else(|| Symbol::new("anonymous"));
        let made = self.new_class(class, name);
        self.scoped(|l| {
            if let Some(id) = own {
                l.builder.declare(name, BindingKind::Class(made), at(id.span));
            }
            l.class_members(made, class);
        });
        made
    }

    fn new_class(&mut self, class: &ast::Class<'_>, name: Symbol) -> ClassId {
        let name_span = match &class.id {
            Some(id) => at(id.span),
            None => at(oxc_span::Span::new(class.span.start, class.body.span.start.max(class.span.start))),
        };
        let id = self.builder.class(name, at(class.span), name_span);
        let decorators = self.decorators(&class.decorators);
        let mut bases = Vec::with_capacity(class.implements.len() + 1);
        if let Some(heritage) = &class.heritage {
            let base = self.expr(&heritage.expression);
            bases.push(self.applied(base, heritage.expression.span(), heritage.type_arguments.as_deref()));
        }
        for interface in &class.implements {
            let base = self.type_name(&interface.expression);
            bases.push(self.applied(base, interface.span, interface.type_arguments.as_deref()));
        }
        let made = self.builder.class_mut(id);
        made.decorators = decorators;
        made.bases = bases;
        id
    }

    fn class_members(&mut self, class: ClassId, source: &ast::Class<'_>) {
        for element in &source.body.body {
            match element {
                ClassElement::MethodDefinition(method) => self.method(class, method),
                ClassElement::PropertyDefinition(property) => self.field(
                    class,
                    FieldSource {
                        span: property.span,
                        key: &property.key,
                        annotation: property.type_annotation.as_deref(),
                        value: property.value.as_ref(),
                        is_static: property.r#static,
                        decorators: &property.decorators,
                    },
                ),
                ClassElement::AccessorProperty(property) => self.field(
                    class,
                    FieldSource {
                        span: property.span,
                        key: &property.key,
                        annotation: property.type_annotation.as_deref(),
                        value: property.value.as_ref(),
                        is_static: property.r#static,
                        decorators: &property.decorators,
                    },
                ),
                ClassElement::StaticBlock(_) | ClassElement::TSIndexSignature(_) => {}
            }
        }
        self.static_blocks(class, source);
    }

    fn method(&mut self, class: ClassId, method: &ast::MethodDefinition<'_>) {
        if method.value.body.is_none() {
            return;
        }
        let is_static = method.r#static;
        let name = self.key_name(&method.key);
        let (name, kind) = match method.kind {
            MethodDefinitionKind::Constructor => (name, FunctionKind::Constructor),
            MethodDefinitionKind::Method => (name, FunctionKind::Method { is_static }),
            MethodDefinitionKind::Get => (name, FunctionKind::Getter),
            MethodDefinitionKind::Set => (setter_name(name), FunctionKind::Method { is_static }),
        };
        let decorators = self.decorators(&method.decorators);
        let (span, name_span) = (at(method.span), at(method.key.span()));
        let head = Head { name, kind, span, name_span, class: Some(class), own_name: None };
        let id = self.function(head, &method.value);
        let earlier = std::mem::take(&mut self.builder.function_mut(id).decorators);
        self.builder.function_mut(id).decorators = decorators.into_iter().chain(earlier).collect();
        self.builder.class_mut(class).methods.push((name, id));
        if method.kind == MethodDefinitionKind::Constructor {
            self.parameter_fields(class, id, &method.value.params);
        }
    }

    /// The fields that `constructor(private pool: Pool)` declares.
    fn parameter_fields(&mut self, class: ClassId, constructor: FnId, params: &ast::FormalParameters<'_>) {
        for (index, param) in params.items.iter().enumerate().filter(|(_, param)| param.has_modifier()) {
            let lowered = &self.builder.file().function(constructor).params[index];
            let field = Field {
                name: lowered.name,
                annotation: lowered.annotation,
                value: None,
                is_static: false,
                decorators: Vec::new(),
                span: at(param.span),
            };
            self.builder.class_mut(class).fields.push(field);
        }
    }

    fn field(&mut self, class: ClassId, source: FieldSource<'_, '_>) {
        let name = self.key_name(source.key);
        let decorators = self.decorators(source.decorators);
        let annotation = self.annotation(source.annotation);
        let value = source.value.map(|value| {
            let outer = self.field_of.replace(class);
            let value = self.expr_named(value, Some(name));
            self.field_of = outer;
            value
        });
        let (span, is_static) = (at(source.span), source.is_static);
        self.builder.class_mut(class).fields.push(Field { name, annotation, value, is_static, decorators, span });
    }

    /// All static blocks of a class run as one function, when the class is defined.
    fn static_blocks(&mut self, class: ClassId, source: &ast::Class<'_>) {
        let blocks = || {
            source.body.body.iter().filter_map(|element| match element {
                ClassElement::StaticBlock(block) => Some(block),
                _ => None,
            })
        };
        let Some(first) = blocks().next() else { return };
        let name = self.builder.file().class(class).name;
        let id = self.builder.function(name, FunctionKind::ClassBody, at(source.span), at(first.span));
        self.builder.push_scope(id, false);
        let outer_field = self.field_of.take();
        let outer_break = std::mem::replace(&mut self.break_leaves_switch, false);
        let mut stmts = Vec::new();
        for block in blocks() {
            let body = self.scoped(|l| {
                l.hoist_vars(&block.body, 0);
                l.hoist(&block.body);
                let mut body = Block::default();
                l.stmts(&block.body, &mut body.stmts);
                body
            });
            stmts.push(Stmt { span: at(block.span), kind: StmtKind::Block(body) });
        }
        self.builder.pop_scope();
        self.field_of = outer_field;
        self.break_leaves_switch = outer_break;
        let body = self.builder.function_mut(id);
        body.class = Some(class);
        body.body.stmts = stmts;
        self.builder.class_mut(class).body = Some(id);
    }

    pub(super) fn interface(&mut self, interface: &ast::TSInterfaceDeclaration<'_>) {
        let Some(class) = self.type_class(&interface.id, interface.span) else { return };
        let mut bases = Vec::with_capacity(interface.extends.len());
        for heritage in &interface.extends {
            let base = self.type_name(&heritage.type_name);
            bases.push(self.applied(base, heritage.span, heritage.type_arguments.as_deref()));
        }
        self.builder.class_mut(class).bases = bases;
        self.type_fields(class, &interface.body.body);
    }

    pub(super) fn type_alias(&mut self, alias: &ast::TSTypeAliasDeclaration<'_>) {
        if let ast::TSType::TSTypeLiteral(literal) = &alias.type_annotation
            && let Some(class) = self.type_class(&alias.id, alias.span)
        {
            self.type_fields(class, &literal.members);
        }
    }

    /// The class that was hoisted for a type, unless a value took its name.
    fn type_class(&self, id: &ast::BindingIdentifier<'_>, span: oxc_span::Span) -> Option<ClassId> {
        let binding = self.builder.lookup(Symbol::new(&id.name))?;
        match self.builder.file().binding(binding).kind {
            BindingKind::Class(class) if self.builder.file().class(class).span == at(span) => Some(class),
            _ => None,
        }
    }

    fn type_fields(&mut self, class: ClassId, members: &[TSSignature<'_>]) {
        for member in members {
            if let TSSignature::TSPropertySignature(property) = member {
                let field = Field {
                    name: self.key_name(&property.key),
                    annotation: self.annotation(property.type_annotation.as_deref()),
                    value: None,
                    is_static: false,
                    decorators: Vec::new(),
                    span: at(property.span),
                };
                self.builder.class_mut(class).fields.push(field);
            }
        }
    }

    /// A constant record of the members.
    pub(super) fn enumeration(&mut self, declared: &ast::TSEnumDeclaration<'_>, out: &mut Vec<Stmt>) {
        if declared.declare {
            return;
        }
        let mut next = 0.0;
        let mut entries = Vec::with_capacity(declared.body.members.len());
        for member in &declared.body.members {
            let value = self.member_value(member, next);
            if let ExprKind::Number(number) = self.builder.file().expr(value).kind {
                next = number + 1.0;
            }
            entries.push(Entry { key: Some(Symbol::new(&member.id.static_name())), value });
        }
        let binding = self.define(Symbol::new(&declared.id.name), declared.id.span, BindingKind::Constant);
        let span = at(declared.span);
        let value = Some(self.builder.expr(span, ExprKind::Record(entries)));
        out.push(Stmt { span, kind: StmtKind::Let { pattern: Pattern::Bind(binding), annotation: None, value } });
    }

    fn member_value(&mut self, member: &ast::TSEnumMember<'_>, next: f64) -> ExprId {
        match &member.initializer {
            Some(value) => self.expr(value),
            None => self.builder.expr(at(member.span), ExprKind::Number(next)),
        }
    }
}

/// What the two kinds of field have in common.
struct FieldSource<'t, 'a> {
    span: oxc_span::Span,
    key: &'t ast::PropertyKey<'a>,
    annotation: Option<&'t ast::TSTypeAnnotation<'a>>,
    value: Option<&'t ast::Expression<'a>>,
    is_static: bool,
    decorators: &'t [ast::Decorator<'a>],
}
