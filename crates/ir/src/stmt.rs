use crate::{BindingId, ExprId, Span, Symbol};

/// A sequence of statements, with the value of its last expression where the language gives blocks a value.
#[derive(Clone, Debug, Default)]
pub struct Block {
    pub stmts: Vec<Stmt>,
    pub tail: Option<ExprId>,
}

#[derive(Clone, Debug)]
pub struct Stmt {
    pub span: Span,
    pub kind: StmtKind,
}

#[derive(Clone, Debug)]
pub enum StmtKind {
    Expr(ExprId),
    /// A declaration or a plain assignment statement.
    Let {
        pattern: Pattern,
        annotation: Option<ExprId>,
        value: Option<ExprId>,
    },
    Return(Option<ExprId>),
    Throw(Option<ExprId>),
    Break(Option<ExprId>),
    Continue,
    If {
        test: ExprId,
        then: Block,
        otherwise: Block,
    },
    /// `else` of a Python loop follows the loop as plain statements.
    Loop {
        kind: LoopKind,
        body: Block,
        is_async: bool,
    },
    /// `otherwise` runs when the body ended without an error (Python's `else`).
    Try {
        body: Block,
        handlers: Vec<Handler>,
        otherwise: Block,
        finally: Block,
    },
    /// `with`, `async with`, `using`, and forms that release at the end of a block. Items are entered in order.
    With {
        items: Vec<WithItem>,
        body: Block,
        is_async: bool,
    },
    /// `match`, `switch`. Arms that fall through are lowered as if they did not.
    Match {
        subject: ExprId,
        arms: Vec<Arm>,
    },
    Block(Block),
}

#[derive(Clone, Debug)]
pub enum LoopKind {
    /// Once per element.
    For { pattern: Pattern, iter: ExprId },
    /// While the test holds; for a C-style loop the initialisation stands before it and the update ends the body.
    While { test: ExprId },
    /// Until it is left.
    Forever,
}

#[derive(Clone, Debug)]
pub struct Handler {
    pub span: Span,
    /// What it catches; none: everything.
    pub types: Option<ExprId>,
    pub binding: Option<BindingId>,
    pub body: Block,
}

#[derive(Clone, Debug)]
pub struct WithItem {
    pub value: ExprId,
    pub pattern: Option<Pattern>,
}

#[derive(Clone, Debug)]
pub struct Arm {
    pub pattern: Pattern,
    pub guard: Option<ExprId>,
    pub body: Block,
}

/// What a value is taken apart into.
#[derive(Clone, Debug)]
pub enum Pattern {
    Bind(BindingId),
    /// A member or element that is assigned to.
    Place(ExprId),
    Tuple(Vec<Pattern>),
    Record(Vec<(Symbol, Pattern)>),
    /// A tuple-struct or enum pattern: `Ok(x)`, `State(pool)`, `case Point(x)`. `path` is an expression, or none where
    /// the name means nothing to the analysis.
    Variant {
        path: Option<ExprId>,
        args: Vec<Pattern>,
    },
    /// Either of several; also a pattern with a default value, as the default's expression beside it.
    Default {
        pattern: Box<Pattern>,
        value: ExprId,
    },
    Ignore,
}

impl Pattern {
    /// Calls `f` for each binding in it, in order.
    pub fn each_binding(&self, f: &mut impl FnMut(BindingId)) {
        match self {
            Self::Bind(binding) => f(*binding),
            Self::Tuple(parts) | Self::Variant { args: parts, .. } => {
                parts.iter().for_each(|part| part.each_binding(f))
            }
            Self::Record(fields) => fields.iter().for_each(|(_, part)| part.each_binding(f)),
            Self::Default { pattern, .. } => pattern.each_binding(f),
            Self::Place(_) | Self::Ignore => {}
        }
    }

    /// The one binding that takes the whole value, if the pattern is just that.
    pub fn as_binding(&self) -> Option<BindingId> {
        match self {
            Self::Bind(binding) => Some(*binding),
            Self::Default { pattern, .. } => pattern.as_binding(),
            _ => None,
        }
    }
}
