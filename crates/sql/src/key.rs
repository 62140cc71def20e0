//! Expressions as texts that are equal where a database takes them for the same: what an index on an expression and the
//! condition of a partial index are compared by.

use std::ops::ControlFlow;

use sqlparser::ast::{BinaryOperator, DataType, Expr, Ident, Value, visit_expressions_mut};

use crate::expr::{lower, strip};

/// In lower case, without qualifiers, needless parentheses and casts of literals.
pub(crate) fn of(expr: &Expr) -> String {
    let mut copy = strip(expr).clone();
    let _ = visit_expressions_mut(&mut copy, |part| {
        normalise(part);
        ControlFlow::<()>::Continue(())
    });
    normalise(&mut copy);
    let text = copy.to_string().to_lowercase();
    match text.strip_suffix("::date") {
        // `x::date` and `date(x)` are the same function.
        Some(inner) => format!("date({inner})"),
        None => text,
    }
}

/// The conjuncts of a condition, each as [`of`] writes it, a plain column as `column = true`.
pub(crate) fn conjuncts(expr: &Expr) -> Vec<String> {
    let mut found = Vec::new();
    let mut stack = vec![expr];
    while let Some(expr) = stack.pop() {
        match strip(expr) {
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => stack.extend([&**right, &**left]),
            conjunct => found.push(truth(conjunct)),
        }
    }
    found
}

/// A condition as a text, in which a flag is compared with a value.
pub(crate) fn truth(expr: &Expr) -> String {
    use sqlparser::ast::UnaryOperator::Not;
    let flag = |expr: &Expr, value: bool| format!("{} = {value}", of(expr));
    match strip(expr) {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => flag(expr, true),
        Expr::UnaryOp { op: Not, expr } if matches!(strip(expr), Expr::Identifier(_) | Expr::CompoundIdentifier(_)) => {
            flag(expr, false)
        }
        Expr::IsTrue(inner) => flag(inner, true),
        Expr::IsFalse(inner) => flag(inner, false),
        other => of(other),
    }
}

fn normalise(expr: &mut Expr) {
    loop {
        let inner = match expr {
            Expr::Nested(inner) if is_atomic(inner) => std::mem::replace(&mut **inner, nothing()),
            Expr::Cast { expr: inner, .. } if matches!(strip(inner), Expr::Value(_) | Expr::Array(_)) => {
                std::mem::replace(&mut **inner, nothing())
            }
            Expr::Cast { expr: inner, data_type: DataType::Text | DataType::Varchar(_), .. }
                if matches!(strip(inner), Expr::Identifier(_) | Expr::CompoundIdentifier(_)) =>
            {
                std::mem::replace(&mut **inner, nothing())
            }
            Expr::CompoundIdentifier(path) => match path.pop() {
                Some(last) => Expr::Identifier(Ident::new(lower(&last))),
                None => return,
            },
            Expr::Identifier(ident) if ident.quote_style.is_some() => Expr::Identifier(Ident::new(lower(ident))),
            _ => return,
        };
        *expr = inner;
    }
}

fn is_atomic(expr: &Expr) -> bool {
    matches!(
        strip(expr),
        Expr::Identifier(_)
            | Expr::CompoundIdentifier(_)
            | Expr::Value(_)
            | Expr::Function(_)
            | Expr::Array(_)
            | Expr::Cast { .. }
    )
}

fn nothing() -> Expr {
    Expr::Value(Value::Null.into())
}
