//! What a file takes from others and gives to them, as an ES module or as a CommonJS one. Namespaces.

use ir::{BindingKind, Block, Entry, Export, ExprId, ExprKind, Import, ImportItem, Pattern, Stmt, StmtKind, Symbol};
use oxc_ast::ast::{
    self, AssignmentTarget, Declaration, ExportDefaultDeclarationKind, Expression, ImportDeclarationSpecifier,
    ModuleDeclaration, TSModuleReference, TSNamespaceDeclarationBody,
};
use oxc_span::GetSpan as _;

use super::call::item;
use super::hoist::each_identifier;
use super::{Lowering, at};

impl Lowering<'_> {
    pub(super) fn module_directives(&mut self, program: &ast::Program<'_>) {
        let directives = &mut self.builder.file_mut().directives;
        if let Some(hashbang) = &program.hashbang {
            directives.push(Symbol::new(&format!("#!{}", hashbang.value.trim())));
        }
        directives.extend(program.directives.iter().map(|directive| Symbol::new(&directive.directive)));
    }

    /// Declares what an `import` statement imports.
    pub(super) fn import_declaration(&mut self, declaration: &ast::ImportDeclaration<'_>) {
        let module = Symbol::new(&declaration.source.value);
        let specifiers = declaration.specifiers.as_ref().map_or(&[][..], |specifiers| specifiers.as_slice());
        for specifier in specifiers {
            let (local, item) = match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(named) => (&named.local, item(&named.imported.name())),
                ImportDeclarationSpecifier::ImportDefaultSpecifier(default) => (&default.local, ImportItem::Default),
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(all) => (&all.local, ImportItem::Module),
            };
            self.builder.import(Symbol::new(&local.name), Import { module, item }, at(local.span));
        }
        if specifiers.is_empty() {
            let import = Import { module, item: ImportItem::Module };
            self.builder.anonymous(module, BindingKind::Import(import), at(declaration.source.span));
        }
    }

    pub(super) fn import_equals(&mut self, import: &ast::TSImportEqualsDeclaration<'_>, out: &mut Vec<Stmt>) {
        let value = match &import.module_reference {
            TSModuleReference::ExternalModuleReference(module) => {
                let module = Symbol::new(&module.expression.value);
                return self.turn_into_import(&import.id, module, ImportItem::Module);
            }
            TSModuleReference::IdentifierReference(id) => self.name(id.span, &id.name),
            TSModuleReference::QualifiedName(name) => self.qualified_name(name),
        };
        let binding = self.define(Symbol::new(&import.id.name), import.id.span, BindingKind::Constant);
        let kind = StmtKind::Let { pattern: Pattern::Bind(binding), annotation: None, value: Some(value) };
        out.push(Stmt { span: at(import.span), kind });
    }

    pub(super) fn module_declaration(&mut self, declaration: &ModuleDeclaration<'_>, out: &mut Vec<Stmt>) {
        match declaration {
            ModuleDeclaration::ExportDeclaration(export) => {
                self.declaration(&export.declaration, out);
                self.export_declared(&export.declaration);
            }
            ModuleDeclaration::ExportDefaultDeclaration(export) => self.export_default(export, out),
            ModuleDeclaration::ExportNamedDeclaration(export) => {
                for specifier in &export.specifiers {
                    let local = Symbol::new(&specifier.local.name());
                    self.export(Symbol::new(&specifier.exported.name()), local, specifier.span);
                }
            }
            ModuleDeclaration::ExportFromDeclaration(export) => {
                let module = Symbol::new(&export.source.value);
                for specifier in &export.specifiers {
                    let import = Import { module, item: item(&specifier.local.name()) };
                    self.builder.export(Export::From { name: Symbol::new(&specifier.exported.name()), import });
                }
            }
            ModuleDeclaration::ExportAllDeclaration(export) => {
                let module = Symbol::new(&export.source.value);
                self.builder.export(match &export.exported {
                    Some(name) => {
                        let import = Import { module, item: ImportItem::Module };
                        Export::From { name: Symbol::new(&name.name()), import }
                    }
                    None => Export::All { module },
                });
            }
            ModuleDeclaration::TSExportAssignment(export) => {
                let value = self.expr(&export.expression);
                out.push(Stmt { span: at(export.span), kind: StmtKind::Expr(value) });
                self.export_whole(value);
            }
            ModuleDeclaration::ImportDeclaration(_) | ModuleDeclaration::TSNamespaceExportDeclaration(_) => {}
        }
    }

    fn export_default(&mut self, export: &ast::ExportDefaultDeclaration<'_>, out: &mut Vec<Stmt>) {
        let name = Symbol::new("default");
        let span = export.declaration.span();
        let (id, kind) = match &export.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                let Some(made) = self.function_declaration(function) else { return };
                (function.id.as_ref(), ExprKind::Function(made))
            }
            ExportDefaultDeclarationKind::ClassDeclaration(class) => {
                let Some(made) = self.class_declaration(class) else { return };
                (class.id.as_ref(), ExprKind::Class(made))
            }
            ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => return,
            ExportDefaultDeclarationKind::Identifier(id) => return self.export(name, Symbol::new(&id.name), span),
            value => {
                if let Some(value) = value.as_expression() {
                    let value = self.expr_named(value, Some(name));
                    out.push(Stmt { span: at(export.span), kind: StmtKind::Expr(value) });
                    self.builder.export(Export::Value { name, value });
                }
                return;
            }
        };
        match id {
            Some(id) => self.export(name, Symbol::new(&id.name), span),
            None => {
                let value = self.builder.expr(at(span), kind);
                self.builder.export(Export::Value { name, value });
            }
        }
    }

    fn export_declared(&mut self, declaration: &Declaration<'_>) {
        let mut export = |id: &ast::BindingIdentifier<'_>| {
            let name = Symbol::new(&id.name);
            self.export(name, name, id.span);
        };
        match declaration {
            Declaration::VariableDeclaration(variables) => {
                for declarator in &variables.declarations {
                    each_identifier(&declarator.id, &mut export);
                }
            }
            _ => {
                if let Some(id) = declaration.id() {
                    export(id);
                }
            }
        }
    }

    /// Exports what `local` means here; a name that means nothing (a dropped type) is not exported.
    fn export(&mut self, name: Symbol, local: Symbol, span: oxc_span::Span) {
        let Some(binding) = self.builder.lookup(local) else { return };
        let value = self.namespace.is_some().then(|| self.builder.expr(at(span), ExprKind::Local(binding)));
        match (&mut self.namespace, value) {
            (Some(entries), Some(value)) => entries.push(Entry { key: Some(name), value }),
            _ => self.builder.export(Export::Binding { name, binding }),
        }
    }

    /// `module.exports = …`, `module.exports.name = …`, `exports.name = …`.
    pub(super) fn commonjs_export(&mut self, target: &AssignmentTarget<'_>, value: ExprId) {
        let Some(member) = target.as_member_expression() else { return };
        let Some((_, name)) = member.static_property_info() else { return };
        let object = member.object();
        if name == "exports" && self.is_global(object, "module") {
            self.export_whole(value);
        } else if self.is_global(object, "exports") || self.is_module_exports(object) {
            let value = self.assigned_value(value);
            let name = Symbol::new(name);
            match self.builder.file().expr(value).kind {
                // What compilers write before the real value.
                ExprKind::Null => {}
                ExprKind::Local(binding) => self.builder.export(Export::Binding { name, binding }),
                _ => self.builder.export(Export::Value { name, value }),
            }
        }
    }

    /// A module that is one value: its default export, and each of a record's entries under its own name.
    fn export_whole(&mut self, value: ExprId) {
        let value = self.assigned_value(value);
        self.builder.export(Export::Value { name: Symbol::new("default"), value });
        let file = self.builder.file();
        let entries = match &file.expr(value).kind {
            ExprKind::Record(entries) => entries.clone(),
            _ => vec![Entry { key: None, value }],
        };
        for Entry { key, value } in entries {
            let kind = &self.builder.file().expr(value).kind;
            let export = match (key, kind) {
                (Some(name), ExprKind::Local(binding)) => Export::Binding { name, binding: *binding },
                (Some(name), _) => Export::Value { name, value },
                (None, ExprKind::Spread(value)) => match self.module_of(*value) {
                    Some(module) => Export::All { module },
                    None => continue,
                },
                (None, _) => match self.module_of(value) {
                    Some(module) => Export::All { module },
                    None => continue,
                },
            };
            self.builder.export(export);
        }
    }

    /// The module that an expression is as a whole.
    fn module_of(&self, value: ExprId) -> Option<Symbol> {
        let ExprKind::Local(binding) = self.builder.file().expr(value).kind else { return None };
        match &self.builder.file().binding(binding).kind {
            BindingKind::Import(Import { module, item: ImportItem::Module }) => Some(*module),
            _ => None,
        }
    }

    /// The value at the end of `a = b = value`.
    fn assigned_value(&self, mut value: ExprId) -> ExprId {
        while let ExprKind::Assign { value: inner, op: None, .. } = &self.builder.file().expr(value).kind {
            value = *inner;
        }
        value
    }

    fn is_module_exports(&self, expr: &Expression<'_>) -> bool {
        match expr {
            Expression::StaticMemberExpression(member) => {
                member.property.name == "exports" && self.is_global(&member.object, "module")
            }
            _ => false,
        }
    }

    fn is_global(&self, expr: &Expression<'_>, name: &str) -> bool {
        matches!(expr, Expression::Identifier(id) if id.name == name) && self.is_free(name)
    }

    /// A block whose exports become a constant record.
    pub(super) fn namespace(&mut self, namespace: &ast::TSNamespaceDeclaration<'_>, out: &mut Vec<Stmt>) {
        if namespace.declare {
            return;
        }
        let span = at(namespace.span);
        let name = Symbol::new(&namespace.id.name);
        let outer = self.namespace.replace(Vec::new());
        let mut block = self.scoped(|l| {
            let mut block = Block::default();
            match &namespace.body {
                TSNamespaceDeclarationBody::TSModuleBlock(body) => {
                    l.hoist_vars(&body.body, 0);
                    l.hoist(&body.body);
                    l.stmts(&body.body, &mut block.stmts);
                }
                TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) => {
                    l.nested(inner.span, |l| l.namespace(inner, &mut block.stmts));
                    let inner_name = Symbol::new(&inner.id.name);
                    l.export(inner_name, inner_name, inner.id.span);
                }
            }
            block
        });
        let entries = std::mem::replace(&mut self.namespace, outer).unwrap_or_default();
        let binding = self.define(name, namespace.id.span, BindingKind::Constant);
        let value = Some(self.builder.expr(span, ExprKind::Record(entries)));
        let pattern = Pattern::Bind(binding);
        block.stmts.push(Stmt { span, kind: StmtKind::Let { pattern, annotation: None, value } });
        out.push(Stmt { span, kind: StmtKind::Block(block) });
    }
}
