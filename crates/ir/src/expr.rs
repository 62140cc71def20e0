use crate::{BindingId, FnId, Pattern, Span, Stmt, Symbol};

/// An expression of one file: an index into [`File::exprs`](crate::File::exprs).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ExprId(pub u32);

#[derive(Clone, Debug)]
pub struct Expr {
    pub span: Span,
    pub kind: ExprKind,
}

/// Operands stand in evaluation order.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A form that no rule asks about. Its operands are evaluated, so they are kept.
    Other(Vec<ExprId>),
    Null,
    Bool(bool),
    Number(f64),
    /// A string literal, template, f-string or `format!`.
    Text(Vec<TextPart>),
    /// A name that the file declares or imports.
    Local(BindingId),
    /// A name that nothing in the file declares: a builtin, an ambient global, a prelude item.
    Global(Symbol),
    /// The receiver of the method around: `self`, `this`, Python's first parameter.
    This,
    /// The parent class's view of the receiver: `super`, `super()`.
    Super,
    /// `base.name`, also `base::name`, `base?.name` and `base["name"]` with a constant.
    Member {
        base: ExprId,
        name: Symbol,
        name_span: Span,
    },
    /// `base[indices]`. In type position: a generic type applied to its arguments.
    Index {
        base: ExprId,
        indices: Vec<ExprId>,
    },
    /// `base[from:to]` on a sequence: a part of it.
    Slice {
        base: ExprId,
        from: Option<ExprId>,
        to: Option<ExprId>,
    },
    Call {
        callee: ExprId,
        args: Vec<Arg>,
        kind: CallKind,
    },
    Await(ExprId),
    Yield(Option<ExprId>),
    /// Leaves the function early with an error, if its operand is one: Rust's `?`, `.unwrap()` and `.expect("…")`.
    Propagate(ExprId),
    Spread(ExprId),
    Unary {
        op: UnaryOp,
        operand: ExprId,
    },
    Binary {
        op: BinaryOp,
        left: ExprId,
        right: ExprId,
    },
    /// A list, tuple, set or array.
    List(Vec<ExprId>),
    /// An object literal, a dictionary, a struct literal's fields.
    Record(Vec<Entry>),
    /// `test ? then : otherwise`.
    Conditional {
        test: ExprId,
        then: ExprId,
        otherwise: ExprId,
    },
    /// A lambda, closure or function expression. Evaluating it does not run it.
    /// An `async` block is a call of such a function.
    Function(FnId),
    /// A class expression.
    Class(crate::ClassId),
    /// An assignment; its value is the assigned one. `op` for `+=` and its like; `??=`, `||=` and `&&=` evaluate
    /// `value` only when they assign.
    Assign {
        pattern: Box<Pattern>,
        op: Option<BinaryOp>,
        value: ExprId,
    },
    /// A statement in expression position (Rust's `if`, `match`, loops and blocks; a comprehension is a loop). Its value
    /// is the tail of the blocks; for a loop, the list of what its tail gives.
    Control(Box<Stmt>),
}

#[derive(Clone, Debug)]
pub enum TextPart {
    /// A run of literal text. `exact` says that `value` is the source text of `span`, byte for byte, so that an offset
    /// into one is an offset into the other; not so where there are escapes.
    Literal {
        value: Box<str>,
        span: Span,
        exact: bool,
    },
    Hole(ExprId),
}

/// One argument of a call. `name` for keyword arguments; a `Spread` value for `*args` and `...args`.
#[derive(Clone, Copy, Debug)]
pub struct Arg {
    pub name: Option<Symbol>,
    pub value: ExprId,
}

/// One field of a record. No key: a spread (`...rest`, `**rest`, `..base`) or a computed key.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub key: Option<Symbol>,
    pub value: ExprId,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CallKind {
    Call,
    /// `new X(…)`, and a struct literal: `X { .. }` is `X` made of one record.
    New,
    /// A Rust macro, its arguments lowered where they are expressions. The callee is the macro's path.
    Macro,
    /// A tagged template: the only argument is the template's text.
    Tag,
    /// A JSX element: component and its attributes as one record.
    Element,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum UnaryOp {
    Not,
    /// `del x[k]`, `delete x.k`.
    Delete,
    Other,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    /// Evaluates its right side only if the left is true.
    And,
    /// Evaluates its right side only if the left is false.
    Or,
    /// `??`: evaluates its right side only if the left is null.
    Coalesce,
    /// Python's `|`: of conditions, sets and types one or the other.
    Either,
    Other,
}

impl BinaryOp {
    /// Whether the right side may stay unevaluated.
    pub fn is_lazy(self) -> bool {
        matches!(self, Self::And | Self::Or | Self::Coalesce)
    }

    /// Whether it asks which side is greater.
    pub fn is_order(self) -> bool {
        matches!(self, Self::Less | Self::LessEqual | Self::Greater | Self::GreaterEqual)
    }
}
