//! Calls, and the calls that are imports: `require("m")` and `import("m")`.

use ir::{Arg, BindingKind, CallKind, ExprId, ExprKind, Import, ImportItem, Symbol};
use oxc_ast::ast::{self, Argument, BindingPattern, ChainElement, Expression};

use super::{Lowering, at};

impl Lowering<'_> {
    pub(super) fn call(&mut self, call: &ast::CallExpression<'_>) -> ExprId {
        if let Some(module) = required_module(call) {
            return self.module(call.span, module);
        }
        let callee = self.expr(&call.callee);
        let args = self.args(&call.callee, &call.arguments);
        self.builder.call(at(call.span), callee, args, CallKind::Call)
    }

    pub(super) fn new_call(&mut self, new: &ast::NewExpression<'_>) -> ExprId {
        let callee = self.expr(&new.callee);
        let args = self.args(&new.callee, &new.arguments);
        self.builder.call(at(new.span), callee, args, CallKind::New)
    }

    pub(super) fn tagged(&mut self, tagged: &ast::TaggedTemplateExpression<'_>) -> ExprId {
        let callee = self.expr(&tagged.tag);
        let parts = self.template(&tagged.quasi);
        let value = self.builder.expr(at(tagged.quasi.span), ExprKind::Text(parts));
        self.builder.call(at(tagged.span), callee, vec![Arg { name: None, value }], CallKind::Tag)
    }

    fn args(&mut self, callee: &Expression<'_>, arguments: &[Argument<'_>]) -> Vec<Arg> {
        let mut args = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let value = match argument {
                Argument::SpreadElement(spread) => self.spread(spread),
                Argument::ArrowFunctionExpression(_) | Argument::FunctionExpression(_) => {
                    self.hint = callee_name(callee).map(|name| Symbol::new(&format!("{name} callback")));
                    self.expr(argument.to_expression())
                }
                _ => match argument.as_expression() {
                    Some(argument) => self.expr(argument),
                    None => continue,
                },
            };
            args.push(Arg { name: None, value });
        }
        args
    }

    pub(super) fn dynamic_import(&mut self, import: &ast::ImportExpression<'_>) -> ExprId {
        if let Some(module) = constant_text(&import.source) {
            return self.module(import.span, module);
        }
        let callee = self.builder.expr(at(import.span), ExprKind::Global(Symbol::new("import")));
        let args = vec![Arg { name: None, value: self.expr(&import.source) }];
        self.builder.call(at(import.span), callee, args, CallKind::Call)
    }

    /// A module as a value: a binding of it that has no name of its own.
    pub(super) fn module(&mut self, span: oxc_span::Span, module: &str) -> ExprId {
        let module = Symbol::new(module);
        let import = Import { module, item: ImportItem::Module };
        let binding = self.builder.anonymous(module, BindingKind::Import(import), at(span));
        self.builder.expr(at(span), ExprKind::Local(binding))
    }

    /// Makes imports of what is declared as (a part of) a required module; whether it was such a declaration.
    pub(super) fn required(&mut self, declarator: &ast::VariableDeclarator<'_>) -> bool {
        let Some((module, member)) = declarator.init.as_ref().and_then(required_value) else { return false };
        let module = Symbol::new(module);
        match (&declarator.id, member) {
            (BindingPattern::BindingIdentifier(id), None) => self.turn_into_import(id, module, ImportItem::Module),
            (BindingPattern::BindingIdentifier(id), Some(name)) => self.turn_into_import(id, module, item(name)),
            (BindingPattern::ObjectPattern(object), None) if object.rest.is_none() && !object.properties.is_empty() => {
                let mut names = Vec::with_capacity(object.properties.len());
                for property in &object.properties {
                    let BindingPattern::BindingIdentifier(id) = &property.value else { return false };
                    let Some(name) = property.key.static_name() else { return false };
                    names.push((id, name));
                }
                for (id, name) in names {
                    self.turn_into_import(id, module, item(&name));
                }
            }
            _ => return false,
        }
        true
    }

    pub(super) fn turn_into_import(&mut self, id: &ast::BindingIdentifier<'_>, module: Symbol, item: ImportItem) {
        self.define(Symbol::new(&id.name), id.span, BindingKind::Import(Import { module, item }));
    }

    /// Says what a hoisted name is.
    pub(super) fn define(&mut self, name: Symbol, span: oxc_span::Span, kind: BindingKind) -> ir::BindingId {
        let binding = match self.builder.lookup(name) {
            Some(found) if self.builder.file().binding(found).function == self.builder.current_function() => found,
            _ => self.builder.declare(name, BindingKind::Variable, at(span)),
        };
        self.builder.file_mut().bindings[binding.0 as usize].kind = kind;
        binding
    }
}

pub(super) fn item(name: &str) -> ImportItem {
    if name == "default" { ImportItem::Default } else { ImportItem::Named(Symbol::new(name)) }
}

fn required_module<'t>(call: &'t ast::CallExpression<'_>) -> Option<&'t str> {
    match (&call.callee, call.arguments.as_slice()) {
        (Expression::Identifier(id), [argument]) if id.name == "require" => constant_text(argument.as_expression()?),
        _ => None,
    }
}

/// The module of `require("m")`, or the module and member of `require("m").member`.
fn required_value<'t>(init: &'t Expression<'_>) -> Option<(&'t str, Option<&'t str>)> {
    match init {
        Expression::CallExpression(call) => Some((required_module(call)?, None)),
        Expression::StaticMemberExpression(member) => match &member.object {
            Expression::CallExpression(call) => Some((required_module(call)?, Some(&member.property.name))),
            _ => None,
        },
        _ => None,
    }
}

/// The text of a string literal or of a template without holes.
fn constant_text<'t>(expr: &'t Expression<'_>) -> Option<&'t str> {
    match expr {
        Expression::StringLiteral(literal) => Some(&literal.value),
        Expression::TemplateLiteral(template) => match template.quasis.as_slice() {
            [only] => only.value.cooked.as_ref().map(|text| text.as_str()),
            _ => None,
        },
        _ => None,
    }
}

/// The last name of what is called.
fn callee_name<'t>(callee: &'t Expression<'_>) -> Option<&'t str> {
    let mut callee = callee;
    loop {
        callee = match callee {
            Expression::Identifier(id) => return Some(&id.name),
            Expression::StaticMemberExpression(member) => return Some(&member.property.name),
            Expression::PrivateFieldExpression(member) => return Some(&member.field.name),
            Expression::ComputedMemberExpression(member) => return constant_text(&member.expression),
            Expression::Super(_) => return Some("super"),
            Expression::CallExpression(call) => &call.callee,
            Expression::ChainExpression(chain) => match &chain.expression {
                ChainElement::CallExpression(call) => &call.callee,
                ChainElement::TSNonNullExpression(cast) => &cast.expression,
                ChainElement::StaticMemberExpression(member) => return Some(&member.property.name),
                _ => return None,
            },
            Expression::TSNonNullExpression(cast) => &cast.expression,
            _ => return None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::item;
    use ir::ImportItem;

    #[test]
    fn the_name_default_is_the_default_export() {
        assert_eq!(item("default"), ImportItem::Default);
        assert_ne!(item("defaults"), ImportItem::Default);
    }
}
