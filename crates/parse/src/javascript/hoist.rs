//! Declares names before anything that uses them is lowered: `var` and parameters for a whole function, everything else
//! for its block.

use ir::{BindingKind, Symbol};
use oxc_ast::ast::{self, BindingPattern, Declaration, ForStatementInit, ForStatementLeft, Statement};

use super::{Lowering, MAX_DEPTH, at};

impl Lowering<'_> {
    /// Declares in the innermost scope what stands directly in a list of statements, `var` excepted.
    pub(super) fn hoist(&mut self, stmts: &[Statement<'_>]) {
        for stmt in stmts {
            match stmt {
                Statement::ImportDeclaration(import) => self.import_declaration(import),
                Statement::ExportDeclaration(export) => self.hoist_declaration(&export.declaration),
                Statement::ExportDefaultDeclaration(export) => match &export.declaration {
                    ast::ExportDefaultDeclarationKind::FunctionDeclaration(function) => self.hoist_function(function),
                    ast::ExportDefaultDeclarationKind::ClassDeclaration(class) => self.hoist_class(class),
                    _ => {}
                },
                _ => {
                    if let Some(declaration) = stmt.as_declaration() {
                        self.hoist_declaration(declaration);
                    }
                }
            }
        }
        // A value and a type may share a name; the value is what programs ask about.
        for stmt in stmts {
            match stmt {
                Statement::ExportDeclaration(export) => self.hoist_type(&export.declaration),
                _ => {
                    if let Some(declaration) = stmt.as_declaration() {
                        self.hoist_type(declaration);
                    }
                }
            }
        }
    }

    fn hoist_declaration(&mut self, declaration: &Declaration<'_>) {
        match declaration {
            Declaration::VariableDeclaration(variables) if !variables.declare && !variables.kind.is_var() => {
                for declarator in &variables.declarations {
                    self.hoist_pattern(&declarator.id, variables.kind != ast::VariableDeclarationKind::Let);
                }
            }
            Declaration::FunctionDeclaration(function) => self.hoist_function(function),
            Declaration::ClassDeclaration(class) => self.hoist_class(class),
            Declaration::TSEnumDeclaration(declared) if !declared.declare => self.hoist_name(&declared.id, true),
            Declaration::TSNamespaceDeclaration(namespace) if !namespace.declare => {
                self.hoist_name(&namespace.id, true);
            }
            Declaration::TSImportEqualsDeclaration(import) => self.hoist_name(&import.id, true),
            _ => {}
        }
    }

    fn hoist_function(&mut self, function: &ast::Function<'_>) {
        if let (Some(id), Some(_)) = (&function.id, &function.body) {
            self.hoist_name(id, false);
        }
    }

    fn hoist_class(&mut self, class: &ast::Class<'_>) {
        if let Some(id) = class.id.as_ref().filter(|_| !class.declare) {
            self.hoist_name(id, false);
        }
    }

    /// Makes the class of an interface, unless a value has its name. The class is filled in where it stands.
    fn hoist_type(&mut self, declaration: &Declaration<'_>) {
        let (id, span) = match declaration {
            Declaration::TSInterfaceDeclaration(interface) => (&interface.id, interface.span),
            Declaration::TSTypeAliasDeclaration(alias)
                if matches!(alias.type_annotation, ast::TSType::TSTypeLiteral(_)) =>
            {
                (&alias.id, alias.span)
            }
            _ => return,
        };
        let name = Symbol::new(&id.name);
        let class = self.builder.file().classes.len();
        let kind = BindingKind::Class(ir::ClassId(u32::try_from(class).unwrap_or(u32::MAX)));
        let bindings = self.builder.file().bindings.len();
        self.builder.declare_once(name, kind, at(id.span));
        if self.builder.file().bindings.len() > bindings {
            self.builder.class(name, at(span), at(id.span));
        }
    }

    fn hoist_name(&mut self, id: &ast::BindingIdentifier<'_>, is_constant: bool) {
        let kind = if is_constant { BindingKind::Constant } else { BindingKind::Variable };
        self.builder.declare_once(Symbol::new(&id.name), kind, at(id.span));
    }

    pub(super) fn hoist_pattern(&mut self, pattern: &BindingPattern<'_>, is_constant: bool) {
        each_identifier(pattern, &mut |id| self.hoist_name(id, is_constant));
    }

    /// Declares each `var` of a function in its scope, which must be the innermost.
    pub(super) fn hoist_vars(&mut self, stmts: &[Statement<'_>], depth: usize) {
        for stmt in stmts {
            self.hoist_vars_of(stmt, depth);
        }
    }

    fn hoist_vars_of(&mut self, stmt: &Statement<'_>, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let depth = depth + 1;
        match stmt {
            Statement::VariableDeclaration(variables) => self.hoist_var(variables),
            Statement::ExportDeclaration(export) => {
                if let Declaration::VariableDeclaration(variables) = &export.declaration {
                    self.hoist_var(variables);
                }
            }
            Statement::BlockStatement(block) => self.hoist_vars(&block.body, depth),
            Statement::IfStatement(branch) => {
                self.hoist_vars_of(&branch.consequent, depth);
                if let Some(alternate) = &branch.alternate {
                    self.hoist_vars_of(alternate, depth);
                }
            }
            Statement::ForStatement(each) => {
                if let Some(ForStatementInit::VariableDeclaration(variables)) = &each.init {
                    self.hoist_var(variables);
                }
                self.hoist_vars_of(&each.body, depth);
            }
            Statement::ForInStatement(each) => {
                self.hoist_head(&each.left);
                self.hoist_vars_of(&each.body, depth);
            }
            Statement::ForOfStatement(each) => {
                self.hoist_head(&each.left);
                self.hoist_vars_of(&each.body, depth);
            }
            Statement::WhileStatement(each) => self.hoist_vars_of(&each.body, depth),
            Statement::DoWhileStatement(each) => self.hoist_vars_of(&each.body, depth),
            Statement::LabeledStatement(labeled) => self.hoist_vars_of(&labeled.body, depth),
            Statement::WithStatement(with) => self.hoist_vars_of(&with.body, depth),
            Statement::SwitchStatement(switch) => {
                for case in &switch.cases {
                    self.hoist_vars(&case.consequent, depth);
                }
            }
            Statement::TryStatement(attempt) => {
                self.hoist_vars(&attempt.block.body, depth);
                if let Some(handler) = &attempt.handler {
                    self.hoist_vars(&handler.body.body, depth);
                }
                if let Some(finalizer) = &attempt.finalizer {
                    self.hoist_vars(&finalizer.body, depth);
                }
            }
            _ => {}
        }
    }

    fn hoist_head(&mut self, left: &ForStatementLeft<'_>) {
        if let ForStatementLeft::VariableDeclaration(variables) = left {
            self.hoist_var(variables);
        }
    }

    fn hoist_var(&mut self, variables: &ast::VariableDeclaration<'_>) {
        if variables.kind.is_var() && !variables.declare {
            for declarator in &variables.declarations {
                self.hoist_pattern(&declarator.id, false);
            }
        }
    }
}

/// Calls `f` for each name that a pattern declares, in order.
pub(super) fn each_identifier(pattern: &BindingPattern<'_>, f: &mut impl FnMut(&ast::BindingIdentifier<'_>)) {
    match pattern {
        BindingPattern::BindingIdentifier(id) => f(id),
        BindingPattern::AssignmentPattern(with_default) => each_identifier(&with_default.left, f),
        BindingPattern::ObjectPattern(object) => {
            for property in &object.properties {
                each_identifier(&property.value, f);
            }
            if let Some(rest) = &object.rest {
                each_identifier(&rest.argument, f);
            }
        }
        BindingPattern::ArrayPattern(array) => {
            for element in array.elements.iter().flatten() {
                each_identifier(element, f);
            }
            if let Some(rest) = &array.rest {
                each_identifier(&rest.argument, f);
            }
        }
    }
}
