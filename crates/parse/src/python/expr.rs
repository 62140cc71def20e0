//! Expressions.

use ir::{Arg, BinaryOp, CallKind, Entry, ExprId, ExprKind, Symbol, UnaryOp};
use ruff_python_ast::{
    self as ast, ArgOrKeyword, BoolOp, CmpOp, Expr, ExprBoolOp, ExprCall, ExprCompare, ExprDict, ExprSlice,
    ExprSubscript, ExprUnaryOp, ExprYield, Keyword, Number, Operator,
};

use super::Lowering;
use super::comprehension::Element;

impl Lowering<'_> {
    pub(super) fn expr(&mut self, expr: &Expr) -> ExprId {
        match self.nested(expr, |lowering| lowering.expr_inner(expr)) {
            Some(id) => id,
            None => self.nothing(self.span(expr)),
        }
    }

    /// A function takes the name of what it is assigned to.
    pub(super) fn named_expr(&mut self, expr: &Expr, name: Option<&str>) -> ExprId {
        match (expr, name) {
            (Expr::Lambda(lambda), Some(name)) => self
                .nested(expr, |lowering| lowering.lambda(lambda, Symbol::new(name)))
                .unwrap_or_else(|| self.nothing(self.span(expr))),
            _ => self.expr(expr),
        }
    }

    pub(super) fn exprs(&mut self, exprs: &[Expr]) -> Vec<ExprId> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    fn expr_inner(&mut self, expr: &Expr) -> ExprId {
        let kind = match expr {
            Expr::Name(name) => return self.name(self.span(name), &name.id),
            Expr::Call(call) => return self.call(call),
            Expr::StringLiteral(string) => return self.string(string),
            Expr::BytesLiteral(bytes) => return self.bytes(bytes),
            Expr::FString(string) => return self.f_string(string),
            Expr::TString(string) => return self.t_string(string),
            Expr::Lambda(lambda) => return self.lambda(lambda, Symbol::new("anonymous")),
            Expr::Subscript(subscript) => return self.subscript(subscript),
            Expr::Compare(compare) => return self.compare(compare),
            Expr::BoolOp(operation) => return self.bool_op(operation),
            Expr::UnaryOp(operation) => return self.unary(operation),
            Expr::ListComp(c) => return self.comprehension(c.range, &c.generators, Element::One(&c.elt)),
            Expr::SetComp(c) => return self.comprehension(c.range, &c.generators, Element::One(&c.elt)),
            Expr::Generator(c) => return self.comprehension(c.range, &c.generators, Element::One(&c.elt)),
            Expr::DictComp(c) => {
                return self.comprehension(c.range, &c.generators, Element::Pair(c.key.as_deref(), &c.value));
            }
            Expr::Slice(slice) => self.bare_slice(slice),
            Expr::Attribute(attribute) => {
                let base = self.expr(&attribute.value);
                let name_span = self.span_of(attribute.attr.range);
                ExprKind::Member { base, name: Symbol::new(&attribute.attr), name_span }
            }
            Expr::BinOp(operation) => {
                let left = self.expr(&operation.left);
                let right = self.expr(&operation.right);
                ExprKind::Binary { op: binary_op(operation.op), left, right }
            }
            Expr::Named(named) => {
                let value = self.expr(&named.value);
                ExprKind::Assign { pattern: Box::new(self.walrus_target(&named.target)), op: None, value }
            }
            Expr::If(conditional) => ExprKind::Conditional {
                test: self.expr(&conditional.test),
                then: self.expr(&conditional.body),
                otherwise: self.expr(&conditional.orelse),
            },
            Expr::Dict(dict) => self.dict(dict),
            Expr::Set(set) => ExprKind::List(self.exprs(&set.elts)),
            Expr::List(list) => ExprKind::List(self.exprs(&list.elts)),
            Expr::Tuple(tuple) => ExprKind::List(self.exprs(&tuple.elts)),
            Expr::Starred(starred) => ExprKind::Spread(self.expr(&starred.value)),
            Expr::Await(operand) => ExprKind::Await(self.expr(&operand.value)),
            Expr::Yield(operand) => self.yielded(operand),
            Expr::YieldFrom(operand) => {
                self.mark_generator();
                let all = self.expr(&operand.value);
                let span = self.builder.file().expr(all).span;
                ExprKind::Yield(Some(self.builder.expr(span, ExprKind::Spread(all))))
            }
            Expr::NumberLiteral(literal) => number(&literal.value),
            Expr::BooleanLiteral(literal) => ExprKind::Bool(literal.value),
            Expr::NoneLiteral(_) => ExprKind::Null,
            Expr::EllipsisLiteral(_) | Expr::IpyEscapeCommand(_) => ExprKind::Other(Vec::new()),
        };
        self.builder.expr(self.span(expr), kind)
    }

    fn call(&mut self, call: &ExprCall) -> ExprId {
        let span = self.span(call);
        if matches!(&*call.func, Expr::Name(name) if name.id == "super") {
            return self.builder.expr(span, ExprKind::Super);
        }
        if let Some(listed) = self.taken_over(call) {
            return listed;
        }
        let callee = self.expr(&call.func);
        let mut args = Vec::with_capacity(call.arguments.len());
        for argument in call.arguments.iter_source_order() {
            let lambda_name = match argument.value() {
                Expr::Lambda(_) => callee_name(&call.func).map(|name| format!("{name} callback")),
                _ => None,
            };
            args.push(match argument {
                ArgOrKeyword::Arg(value) => Arg { name: None, value: self.named_expr(value, lambda_name.as_deref()) },
                ArgOrKeyword::Keyword(keyword) => self.keyword(keyword, lambda_name.as_deref()),
            });
        }
        self.builder.call(span, callee, args, CallKind::Call)
    }

    /// `name=value`, or `**value`.
    pub(super) fn keyword(&mut self, keyword: &Keyword, lambda_name: Option<&str>) -> Arg {
        let value = self.named_expr(&keyword.value, lambda_name);
        match &keyword.arg {
            Some(name) => Arg { name: Some(Symbol::new(name)), value },
            None => Arg { name: None, value: self.builder.expr(self.span(keyword), ExprKind::Spread(value)) },
        }
    }

    fn subscript(&mut self, subscript: &ExprSubscript) -> ExprId {
        let base = self.expr(&subscript.value);
        let kind = match &*subscript.slice {
            Expr::Slice(slice) => ExprKind::Slice {
                base,
                from: slice.lower.as_deref().map(|from| self.expr(from)),
                to: slice.upper.as_deref().map(|to| self.expr(to)),
            },
            Expr::Tuple(tuple) => ExprKind::Index { base, indices: self.exprs(&tuple.elts) },
            index => ExprKind::Index { base, indices: vec![self.expr(index)] },
        };
        self.builder.expr(self.span(subscript), kind)
    }

    /// One of several slices: `matrix[1:, ::2]`.
    fn bare_slice(&mut self, slice: &ExprSlice) -> ExprKind {
        let bounds = [&slice.lower, &slice.upper, &slice.step];
        ExprKind::Other(bounds.into_iter().flatten().map(|bound| self.expr(bound)).collect())
    }

    fn compare(&mut self, compare: &ExprCompare) -> ExprId {
        let span = self.span(compare);
        let links = compare.ops.len();
        if let Some(Some(chain)) = self.under_chain(links, |lowering| lowering.comparisons(compare)) {
            return chain;
        }
        let mut operands = vec![self.expr(&compare.left)];
        operands.extend(compare.comparators.iter().map(|operand| self.expr(operand)));
        self.builder.other(span, operands)
    }

    /// `a < b < c` is a conjunction, if `b` may be read twice.
    fn comparisons(&mut self, compare: &ExprCompare) -> Option<ExprId> {
        let (_, inner) = compare.comparators.split_last()?;
        if !inner.iter().all(is_repeatable) {
            return None;
        }
        let mut left = &*compare.left;
        let mut chain = None;
        for (op, right) in compare.ops.iter().zip(&compare.comparators) {
            let link = self.comparison(*op, left, right);
            chain = Some(match chain {
                None => link,
                Some(chain) => {
                    let kind = ExprKind::Binary { op: BinaryOp::And, left: chain, right: link };
                    self.builder.expr(self.span(compare), kind)
                }
            });
            left = right;
        }
        chain
    }

    fn comparison(&mut self, op: CmpOp, left: &Expr, right: &Expr) -> ExprId {
        let span = self.span(left).to(self.span(right));
        let left = self.expr(left);
        let right = self.expr(right);
        let (op, is_negated) = match op {
            CmpOp::Eq | CmpOp::Is => (BinaryOp::Equal, false),
            CmpOp::NotEq | CmpOp::IsNot => (BinaryOp::NotEqual, false),
            CmpOp::Lt => (BinaryOp::Less, false),
            CmpOp::LtE => (BinaryOp::LessEqual, false),
            CmpOp::Gt => (BinaryOp::Greater, false),
            CmpOp::GtE => (BinaryOp::GreaterEqual, false),
            CmpOp::In => (BinaryOp::In, false),
            CmpOp::NotIn => (BinaryOp::In, true),
        };
        let comparison = self.builder.expr(span, ExprKind::Binary { op, left, right });
        if is_negated { self.not(comparison) } else { comparison }
    }

    fn bool_op(&mut self, operation: &ExprBoolOp) -> ExprId {
        let span = self.span(operation);
        let values = &operation.values;
        let Some(operands) = self.under_chain(values.len(), |lowering| lowering.exprs(values)) else {
            let operands = self.exprs(values);
            return self.builder.other(span, operands);
        };
        let op = match operation.op {
            BoolOp::And => BinaryOp::And,
            BoolOp::Or => BinaryOp::Or,
        };
        let mut operands = operands.into_iter();
        let Some(first) = operands.next() else { return self.nothing(span) };
        operands.fold(first, |left, right| {
            let spans = [left, right].map(|side| self.builder.file().expr(side).span);
            self.builder.expr(spans[0].to(spans[1]), ExprKind::Binary { op, left, right })
        })
    }

    fn unary(&mut self, operation: &ExprUnaryOp) -> ExprId {
        let span = self.span(operation);
        let kind = match (operation.op, &*operation.operand) {
            (ast::UnaryOp::USub, Expr::NumberLiteral(literal)) => match number(&literal.value) {
                ExprKind::Number(value) => ExprKind::Number(-value),
                other => other,
            },
            (ast::UnaryOp::Not, operand) => ExprKind::Unary { op: UnaryOp::Not, operand: self.expr(operand) },
            (_, operand) => ExprKind::Unary { op: UnaryOp::Other, operand: self.expr(operand) },
        };
        self.builder.expr(span, kind)
    }

    fn dict(&mut self, dict: &ExprDict) -> ExprKind {
        let mut entries = Vec::with_capacity(dict.items.len());
        for item in &dict.items {
            entries.push(match &item.key {
                Some(Expr::StringLiteral(key)) => {
                    let key = key.value.to_str();
                    Entry { key: Some(Symbol::new(key)), value: self.named_expr(&item.value, Some(key)) }
                }
                Some(key) => {
                    let span = self.span(key).to(self.span(&item.value));
                    let pair = vec![self.expr(key), self.expr(&item.value)];
                    Entry { key: None, value: self.builder.other(span, pair) }
                }
                None => {
                    let all = self.expr(&item.value);
                    Entry { key: None, value: self.builder.expr(self.span(&item.value), ExprKind::Spread(all)) }
                }
            });
        }
        ExprKind::Record(entries)
    }

    fn yielded(&mut self, operand: &ExprYield) -> ExprKind {
        self.mark_generator();
        ExprKind::Yield(operand.value.as_deref().map(|value| self.expr(value)))
    }
}

/// Reading it twice is reading it once.
fn is_repeatable(expr: &Expr) -> bool {
    match expr {
        Expr::Attribute(attribute) => attribute.value.is_name_expr(),
        Expr::Name(_) | Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::NoneLiteral(_) => true,
        _ => false,
    }
}

fn callee_name(callee: &Expr) -> Option<&str> {
    match callee {
        Expr::Name(name) => Some(&name.id),
        Expr::Attribute(attribute) => Some(&attribute.attr),
        _ => None,
    }
}

fn number(number: &Number) -> ExprKind {
    match number {
        Number::Int(value) => match value.as_u64() {
            Some(value) => ExprKind::Number(value as f64),
            None => ExprKind::Number(value.to_string().parse().unwrap_or(f64::INFINITY)),
        },
        Number::Float(value) => ExprKind::Number(*value),
        Number::Complex { .. } => ExprKind::Other(Vec::new()),
    }
}

pub(super) fn binary_op(op: Operator) -> BinaryOp {
    match op {
        Operator::Add => BinaryOp::Add,
        Operator::Sub => BinaryOp::Sub,
        Operator::Mult => BinaryOp::Mul,
        Operator::Div | Operator::FloorDiv => BinaryOp::Div,
        Operator::Mod => BinaryOp::Rem,
        Operator::MatMult
        | Operator::Pow
        | Operator::LShift
        | Operator::RShift
        | Operator::BitXor
        | Operator::BitAnd => BinaryOp::Other,
        Operator::BitOr => BinaryOp::Either,
    }
}
