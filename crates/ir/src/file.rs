use crate::{Block, Expr, ExprId, Pattern, Span, Symbol};

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Language {
    Python,
    /// JavaScript and TypeScript: one language to the analysis.
    JavaScript,
    Rust,
    Sql,
}

/// One source file, lowered. [`FnId`] 0 is the module body.
#[derive(Clone, Debug)]
pub struct File {
    /// As given by the caller: relative to the root of the run, with `/`.
    pub path: Symbol,
    pub language: Language,
    pub exprs: Vec<Expr>,
    pub functions: Vec<Function>,
    pub classes: Vec<Class>,
    pub impls: Vec<Impl>,
    pub bindings: Vec<Binding>,
    pub exports: Vec<Export>,
    /// Modules that the file declares as its children (`mod db;`).
    pub submodules: Vec<Symbol>,
    /// Those of them that say where their file lies, relative to the folder of this one (`#[path = "db/mod.rs"]`).
    pub placed_modules: Vec<(Symbol, Symbol)>,
    /// Directive prologues (`"use server"`), a shebang's interpreter (`#!`), inner attributes.
    pub directives: Vec<Symbol>,
    /// Parts that no parser could read. Everything outside them was lowered.
    pub skipped: Vec<Skipped>,
    /// The types that calls of methods are given in angle brackets, by what is called.
    pub type_arguments: Vec<(ExprId, Vec<ExprId>)>,
    /// Statements that no parser takes, only known by their keywords (SQL files).
    pub unread: Vec<Span>,
    /// Stretches of text of which a comment says that a failure there may be passed over, in order.
    pub remarks: Vec<Span>,
    /// What the file's DDL does to the schema, in order (SQL files).
    pub changes: Vec<crate::Change>,
    /// The tables that a schema in a language of its own declares.
    pub entities: Vec<crate::Entity>,
}

impl File {
    pub fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.0 as usize]
    }

    /// What is inside `await`, `?` and spreads around an expression.
    pub fn awaited(&self, mut id: ExprId) -> ExprId {
        use crate::ExprKind::{Await, Propagate, Spread};
        while let Await(inner) | Propagate(inner) | Spread(inner) = self.expr(id).kind {
            id = inner;
        }
        id
    }

    /// Whether any call may leave the function that makes it; else only [`Propagate`](crate::ExprKind::Propagate) does.
    pub fn has_exceptions(&self) -> bool {
        matches!(self.language, Language::Python | Language::JavaScript)
    }

    pub fn function(&self, id: FnId) -> &Function {
        &self.functions[id.0 as usize]
    }

    pub fn class(&self, id: ClassId) -> &Class {
        &self.classes[id.0 as usize]
    }

    pub fn binding(&self, id: BindingId) -> &Binding {
        &self.bindings[id.0 as usize]
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Skipped {
    pub span: Span,
    /// What the parser said of it, in lower case, without a full stop.
    pub reason: String,
}

/// A function of one file: an index into [`File::functions`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FnId(pub u32);

impl FnId {
    /// The module body.
    pub const MODULE: Self = Self(0);
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ClassId(pub u32);

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct BindingId(pub u32);

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FunctionKind {
    Module,
    /// Declared by name.
    Named,
    /// A member of a class. Static ones have no receiver.
    Method {
        is_static: bool,
    },
    /// `get x()`, `@property`: reading the member runs it.
    Getter,
    Constructor,
    /// A lambda, arrow function, function expression, or closure.
    Closure,
    /// An `async` block: called where it stands.
    AsyncBlock,
    /// A class body's own statements (field initialisers, decorators' effects).
    ClassBody,
}

#[derive(Clone, Debug)]
pub struct Function {
    /// Closures are named after what they are assigned to or passed to, where that is known.
    pub name: Symbol,
    pub kind: FunctionKind,
    pub is_async: bool,
    pub is_generator: bool,
    /// The whole function.
    pub span: Span,
    /// Its name, or for a closure its head.
    pub name_span: Span,
    /// The function in which it is written. None only for the module body.
    pub parent: Option<FnId>,
    pub class: Option<ClassId>,
    /// Without the receiver.
    pub params: Vec<Param>,
    /// The declared type of the result.
    pub returns: Option<ExprId>,
    /// Decorators, attributes: expressions in the surrounding scope, the outermost first. Rust attributes are macro calls.
    pub decorators: Vec<ExprId>,
    pub body: Block,
    /// Compiled or run by the test runner only (`#[test]`, `#[cfg(test)]` around it).
    pub is_test: bool,
}

#[derive(Clone, Debug)]
pub struct Param {
    pub name: Symbol,
    pub pattern: Pattern,
    pub annotation: Option<ExprId>,
    pub default: Option<ExprId>,
    pub decorators: Vec<ExprId>,
    /// `*args`, `...rest`, `**kwargs`.
    pub is_rest: bool,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Class {
    pub name: Symbol,
    pub span: Span,
    pub name_span: Span,
    /// Types it extends or implements, expressions in the surrounding scope.
    pub bases: Vec<ExprId>,
    /// Keyword arguments of the class statement: `metaclass=Meta`, `table=True`.
    pub keywords: Vec<crate::Arg>,
    pub decorators: Vec<ExprId>,
    pub fields: Vec<Field>,
    pub methods: Vec<(Symbol, FnId)>,
    /// Statements of the class body, if there are any.
    pub body: Option<FnId>,
    pub parent: Option<FnId>,
}

/// A declared member that is not a method. Fields that only assignments to the receiver make are not listed.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: Symbol,
    pub annotation: Option<ExprId>,
    pub value: Option<ExprId>,
    pub is_static: bool,
    pub decorators: Vec<ExprId>,
    pub span: Span,
}

/// Methods given to a type outside its declaration (`impl T`, `impl Trait for T`).
#[derive(Clone, Debug)]
pub struct Impl {
    pub ty: ExprId,
    pub interface: Option<ExprId>,
    pub decorators: Vec<ExprId>,
    pub methods: Vec<(Symbol, FnId)>,
    pub is_test: bool,
}

#[derive(Clone, Debug)]
pub struct Binding {
    pub name: Symbol,
    pub kind: BindingKind,
    pub span: Span,
    /// The function whose local it is; [`FnId::MODULE`] for module-level names.
    pub function: FnId,
}

#[derive(Clone, PartialEq, Debug)]
pub enum BindingKind {
    Variable,
    Constant,
    Param,
    Function(FnId),
    Class(ClassId),
    Import(Import),
    /// A catch clause's error.
    Error,
}

/// Where an imported name comes from: the specifier as the language writes it, without quotes (`./db`, `..models`,
/// `crate::db`, `express`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Import {
    pub module: Symbol,
    pub item: ImportItem,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ImportItem {
    /// The module itself: `import x`, `import * as x`, `require("x")`.
    Module,
    Named(Symbol),
    /// A module's default export; of CommonJS modules, the module itself.
    Default,
    /// Everything (`from x import *`, `use x::*`): the binding has no name of its own.
    All,
}

/// A name under which other files reach something of this one. Python and Rust files export each module-level binding
/// and list only what differs.
#[derive(Clone, PartialEq, Debug)]
pub enum Export {
    Binding {
        name: Symbol,
        binding: BindingId,
    },
    /// `export default …`, `module.exports = …`, `exports.name = …`.
    Value {
        name: Symbol,
        value: ExprId,
    },
    /// `export { x as name } from "module"`, `pub use`.
    From {
        name: Symbol,
        import: Import,
    },
    /// `export * from "module"`.
    All {
        module: Symbol,
    },
}
