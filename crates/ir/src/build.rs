//! What the front ends share: making expressions, functions and bindings, and resolving names by lexical scope.

use rustc_hash::FxHashMap;

use crate::{
    Arg, Binding, BindingId, BindingKind, Block, CallKind, Class, ClassId, Export, Expr, ExprId, ExprKind, File, FnId,
    Function, FunctionKind, Import, Language, Skipped, Span, Symbol, TextPart,
};

/// A lexical scope. Names are looked up from the innermost outwards.
#[derive(Debug)]
pub struct Scope {
    names: FxHashMap<Symbol, BindingId>,
    pub function: FnId,
    /// Names of a class body are invisible in the functions inside it (Python).
    pub is_class: bool,
}

/// A [`File`] in the making. Starts with the module function and the module scope open.
#[derive(Debug)]
pub struct FileBuilder {
    file: File,
    scopes: Vec<Scope>,
}

impl FileBuilder {
    pub fn new(path: &str, language: Language, source: &str) -> Self {
        let span = Span::new(0, u32::try_from(source.len()).unwrap_or(u32::MAX));
        let mut builder = Self {
            file: File {
                path: Symbol::new(path),
                language,
                exprs: Vec::with_capacity(source.len() / 8),
                functions: Vec::new(),
                classes: Vec::new(),
                impls: Vec::new(),
                bindings: Vec::new(),
                exports: Vec::new(),
                submodules: Vec::new(),
                placed_modules: Vec::new(),
                directives: Vec::new(),
                skipped: Vec::new(),
                type_arguments: Vec::new(),
                unread: Vec::new(),
                remarks: Vec::new(),
                changes: Vec::new(),
                entities: Vec::new(),
            },
            scopes: Vec::new(),
        };
        builder.file.functions.push(Function {
            name: Symbol::new("module"),
            kind: FunctionKind::Module,
            is_async: false,
            is_generator: false,
            span,
            name_span: Span::new(0, 0),
            parent: None,
            class: None,
            params: Vec::new(),
            returns: None,
            decorators: Vec::new(),
            body: Block::default(),
            is_test: false,
        });
        builder.push_scope(FnId::MODULE, false);
        builder
    }

    pub fn file(&self) -> &File {
        &self.file
    }

    /// Direct access for what has no method of its own.
    pub fn file_mut(&mut self) -> &mut File {
        &mut self.file
    }

    pub fn finish(mut self, module_body: Block, skipped: Vec<Skipped>) -> File {
        self.file.functions[0].body = module_body;
        self.file.skipped = skipped;
        self.file.exprs.shrink_to_fit();
        self.file
    }

    pub fn expr(&mut self, span: Span, kind: ExprKind) -> ExprId {
        let id = ExprId(u32::try_from(self.file.exprs.len()).expect("fewer than 2^32 expressions a file"));
        self.file.exprs.push(Expr { span, kind });
        id
    }

    pub fn other(&mut self, span: Span, operands: Vec<ExprId>) -> ExprId {
        self.expr(span, ExprKind::Other(operands))
    }

    pub fn member(&mut self, base: ExprId, name: Symbol, name_span: Span) -> ExprId {
        let span = self.file.expr(base).span.to(name_span);
        self.expr(span, ExprKind::Member { base, name, name_span })
    }

    pub fn call(&mut self, span: Span, callee: ExprId, args: Vec<Arg>, kind: CallKind) -> ExprId {
        self.expr(span, ExprKind::Call { callee, args, kind })
    }

    /// A string without holes. `content` is the place of the text between the quotes; `exact` as in [`TextPart`].
    pub fn text(&mut self, span: Span, value: &str, content: Span, exact: bool) -> ExprId {
        self.expr(span, ExprKind::Text(vec![TextPart::Literal { value: value.into(), span: content, exact }]))
    }

    /// The name as it is seen from the innermost scope.
    pub fn name(&mut self, span: Span, name: Symbol) -> ExprId {
        let kind = match self.lookup(name) {
            Some(binding) => ExprKind::Local(binding),
            None => ExprKind::Global(name),
        };
        self.expr(span, kind)
    }

    /// Adds a function, to be completed with [`function_mut`](Self::function_mut) once its body is lowered.
    pub fn function(&mut self, name: Symbol, kind: FunctionKind, span: Span, name_span: Span) -> FnId {
        let id = FnId(u32::try_from(self.file.functions.len()).expect("fewer than 2^32 functions a file"));
        let parent = self.current_function();
        self.file.functions.push(Function {
            name,
            kind,
            is_async: false,
            is_generator: false,
            span,
            name_span,
            parent: Some(parent),
            class: None,
            params: Vec::new(),
            returns: None,
            decorators: Vec::new(),
            body: Block::default(),
            is_test: false,
        });
        id
    }

    pub fn function_mut(&mut self, id: FnId) -> &mut Function {
        &mut self.file.functions[id.0 as usize]
    }

    pub fn class(&mut self, name: Symbol, span: Span, name_span: Span) -> ClassId {
        let id = ClassId(u32::try_from(self.file.classes.len()).expect("fewer than 2^32 classes a file"));
        let parent = Some(self.current_function());
        self.file.classes.push(Class {
            name,
            span,
            name_span,
            bases: Vec::new(),
            keywords: Vec::new(),
            decorators: Vec::new(),
            fields: Vec::new(),
            methods: Vec::new(),
            body: None,
            parent,
        });
        id
    }

    pub fn class_mut(&mut self, id: ClassId) -> &mut Class {
        &mut self.file.classes[id.0 as usize]
    }

    pub fn export(&mut self, export: Export) {
        self.file.exports.push(export);
    }

    pub fn push_scope(&mut self, function: FnId, is_class: bool) {
        self.scopes.push(Scope { names: FxHashMap::default(), function, is_class });
    }

    pub fn pop_scope(&mut self) {
        self.scopes.pop();
    }

    /// The function whose body is being lowered.
    pub fn current_function(&self) -> FnId {
        self.scopes.last().map_or(FnId::MODULE, |scope| scope.function)
    }

    /// Makes a new binding in the innermost scope; an earlier one of that name is shadowed.
    pub fn declare(&mut self, name: Symbol, kind: BindingKind, span: Span) -> BindingId {
        let id = self.anonymous(name, kind, span);
        self.bind(name, id);
        id
    }

    /// A binding that no name reaches (`from x import *`).
    pub fn anonymous(&mut self, name: Symbol, kind: BindingKind, span: Span) -> BindingId {
        let id = BindingId(u32::try_from(self.file.bindings.len()).expect("fewer than 2^32 bindings a file"));
        let function = self.current_function();
        self.file.bindings.push(Binding { name, kind, span, function });
        id
    }

    /// The binding of that name in the innermost scope itself, or a new one: for languages whose functions declare by
    /// assigning, and for hoisting.
    pub fn declare_once(&mut self, name: Symbol, kind: BindingKind, span: Span) -> BindingId {
        match self.scopes.last().and_then(|scope| scope.names.get(&name)) {
            Some(found) => *found,
            None => self.declare(name, kind, span),
        }
    }

    pub fn import(&mut self, name: Symbol, import: Import, span: Span) -> BindingId {
        self.declare(name, BindingKind::Import(import), span)
    }

    /// Lets `name` mean `binding` in the innermost scope (`global x`).
    pub fn bind(&mut self, name: Symbol, binding: BindingId) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.names.insert(name, binding);
        }
    }

    pub fn lookup(&self, name: Symbol) -> Option<BindingId> {
        let innermost = self.current_function();
        self.scopes
            .iter()
            .rev()
            .filter(|scope| !scope.is_class || scope.function == innermost)
            .find_map(|scope| scope.names.get(&name).copied())
    }

    /// The binding of that name at module level.
    pub fn lookup_module(&self, name: Symbol) -> Option<BindingId> {
        self.scopes.first().and_then(|scope| scope.names.get(&name).copied())
    }

    /// Declares in the module scope, whatever scope is open.
    pub fn declare_in_module(&mut self, name: Symbol, kind: BindingKind, span: Span) -> BindingId {
        let id = BindingId(u32::try_from(self.file.bindings.len()).expect("fewer than 2^32 bindings a file"));
        self.file.bindings.push(Binding { name, kind, span, function: FnId::MODULE });
        if let Some(scope) = self.scopes.first_mut() {
            scope.names.insert(name, id);
        }
        id
    }
}
