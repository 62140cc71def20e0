//! Walking sqlparser's expressions without recursion: chains of operators nest as deep as they are long.

use sqlparser::ast::{
    AccessExpr, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments, Ident,
    InTarget, OrderByExpr, Query, Subscript, Value, WindowType,
};

/// Calls `visit` for the expression and, where it answers true, for those inside it; subqueries are collected, not
/// entered.
pub(crate) fn walk<'a>(root: &'a Expr, queries: &mut Vec<&'a Query>, mut visit: impl FnMut(&'a Expr) -> bool) {
    let mut stack = vec![root];
    while let Some(expr) = stack.pop() {
        if visit(expr) {
            let from = stack.len();
            children(expr, &mut stack, queries);
            stack[from..].reverse();
        }
    }
}

fn children<'a>(expr: &'a Expr, parts: &mut Vec<&'a Expr>, queries: &mut Vec<&'a Query>) {
    match expr {
        Expr::IsFalse(inner)
        | Expr::IsNotFalse(inner)
        | Expr::IsTrue(inner)
        | Expr::IsNotTrue(inner)
        | Expr::IsNull(inner)
        | Expr::IsNotNull(inner)
        | Expr::IsUnknown(inner)
        | Expr::IsNotUnknown(inner)
        | Expr::Nested(inner)
        | Expr::OuterJoin(inner)
        | Expr::Prior(inner)
        | Expr::IsJson { expr: inner, .. }
        | Expr::IsNormalized { expr: inner, .. }
        | Expr::JsonAccess { value: inner, .. }
        | Expr::UnaryOp { expr: inner, .. }
        | Expr::Convert { expr: inner, .. }
        | Expr::Cast { expr: inner, .. }
        | Expr::Extract { expr: inner, .. }
        | Expr::Ceil { expr: inner, .. }
        | Expr::Floor { expr: inner, .. }
        | Expr::Collate { expr: inner, .. }
        | Expr::Prefixed { value: inner, .. }
        | Expr::Named { expr: inner, .. } => parts.push(inner),
        Expr::IsDistinctFrom(left, right)
        | Expr::IsNotDistinctFrom(left, right)
        | Expr::BinaryOp { left, right, .. }
        | Expr::AnyOp { left, right, .. }
        | Expr::AllOp { left, right, .. }
        | Expr::Like { expr: left, pattern: right, .. }
        | Expr::ILike { expr: left, pattern: right, .. }
        | Expr::SimilarTo { expr: left, pattern: right, .. }
        | Expr::RLike { expr: left, pattern: right, .. }
        | Expr::Position { expr: left, r#in: right }
        | Expr::AtTimeZone { timestamp: left, time_zone: right } => parts.extend([&**left, &**right]),
        Expr::In { expr, target, .. } => {
            parts.push(expr);
            match target {
                InTarget::List(list) => parts.extend(list),
                InTarget::Subquery(query) => queries.push(query),
                InTarget::Unnest(array) => parts.push(array),
                InTarget::Table { .. } => {}
            }
        }
        Expr::Between { expr, low, high, .. } => parts.extend([&**expr, &**low, &**high]),
        Expr::Substring { expr, substring_from, substring_for, .. } => {
            parts.push(expr);
            parts.extend([substring_from, substring_for].into_iter().flatten().map(|part| &**part));
        }
        Expr::Trim { expr, trim_what, .. } => {
            parts.push(expr);
            parts.extend(trim_what.as_deref());
        }
        Expr::Overlay { expr, overlay_what, .. } => parts.extend([&**expr, &**overlay_what]),
        Expr::CompoundFieldAccess { root, access_chain } => {
            parts.push(root);
            for access in access_chain {
                if let AccessExpr::Subscript(Subscript::Index { index }) = access {
                    parts.push(index);
                }
            }
        }
        Expr::Function(function) => function_parts(function, parts, queries),
        Expr::Case { operand, conditions, else_result, .. } => {
            parts.extend(operand.as_deref());
            parts.extend(conditions.iter().flat_map(|when| [&when.condition, &when.result]));
            parts.extend(else_result.as_deref());
        }
        Expr::Exists { subquery, .. } | Expr::Subquery(subquery) => queries.push(subquery),
        Expr::GroupingSets(sets) | Expr::Cube(sets) | Expr::Rollup(sets) => parts.extend(sets.iter().flatten()),
        Expr::Tuple(list) | Expr::Struct { values: list, .. } => parts.extend(list),
        Expr::Array(array) => parts.extend(&array.elem),
        Expr::Interval(interval) => parts.push(&interval.value),
        Expr::MemberOf(member) => parts.extend([&*member.value, &*member.array]),
        _ => {}
    }
}

fn function_parts<'a>(function: &'a Function, parts: &mut Vec<&'a Expr>, queries: &mut Vec<&'a Query>) {
    match &function.args {
        FunctionArguments::None => {}
        FunctionArguments::Subquery(query) => queries.push(query),
        FunctionArguments::List(list) => {
            parts.extend(list.args.iter().filter_map(argument));
            for clause in &list.clauses {
                if let FunctionArgumentClause::OrderBy(order) = clause {
                    parts.extend(order.iter().map(|order| &order.expr));
                }
            }
        }
    }
    parts.extend(function.filter.as_deref());
    if let Some(WindowType::WindowSpec(window)) = &function.over {
        parts.extend(&window.partition_by);
        parts.extend(window.order_by.iter().map(|order| &order.expr));
    }
}

/// The value of an argument.
pub(crate) fn argument(argument: &FunctionArg) -> Option<&Expr> {
    let (FunctionArg::Named { arg, .. } | FunctionArg::ExprNamed { arg, .. } | FunctionArg::Unnamed(arg)) = argument;
    match arg {
        FunctionArgExpr::Expr(expr) => Some(expr),
        _ => None,
    }
}

/// Without parentheses around it.
pub(crate) fn strip(mut expr: &Expr) -> &Expr {
    while let Expr::Nested(inner) = expr {
        expr = inner;
    }
    expr
}

pub(crate) fn function_name(function: &Function) -> String {
    function.name.0.last().and_then(|part| part.as_ident()).map_or_else(String::new, lower)
}

pub(crate) fn lower(ident: &Ident) -> String {
    ident.value.to_lowercase()
}

pub(crate) fn string_value(expr: &Expr) -> Option<&str> {
    match strip(expr) {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text)
            | Value::EscapedStringLiteral(text)
            | Value::NationalStringLiteral(text)
            | Value::UnicodeStringLiteral(text)
            | Value::DoubleQuotedString(text) => Some(text),
            Value::DollarQuotedString(text) => Some(&text.value),
            _ => None,
        },
        Expr::TypedString(typed) => match &typed.value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        Expr::Prefixed { value, .. } | Expr::Cast { expr: value, .. } | Expr::Collate { expr: value, .. } => {
            string_value(value)
        }
        _ => None,
    }
}

const AGGREGATES: &[&str] = &[
    "any_value",
    "approx_count_distinct",
    "array_agg",
    "avg",
    "bit_and",
    "bit_or",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "count_big",
    "every",
    "group_concat",
    "json_agg",
    "json_arrayagg",
    "json_group_array",
    "json_group_object",
    "json_object_agg",
    "json_objectagg",
    "jsonb_agg",
    "jsonb_object_agg",
    "listagg",
    "max",
    "median",
    "min",
    "mode",
    "percentile_cont",
    "percentile_disc",
    "std",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "sum",
    "total",
    "var_pop",
    "var_samp",
    "variance",
    "xmlagg",
];

pub(crate) fn is_aggregate_name(name: &str) -> bool {
    AGGREGATES.contains(&name)
}

/// Whether the expression is made of aggregates and constants only.
pub(crate) fn is_aggregate(expr: &Expr, is_value: impl Fn(&Ident) -> bool) -> bool {
    let (mut has_aggregate, mut has_other) = (false, false);
    walk(expr, &mut Vec::new(), |part| match part {
        Expr::Function(function) if function.over.is_none() && is_aggregate_name(&function_name(function)) => {
            has_aggregate = true;
            false
        }
        Expr::Identifier(ident) => {
            has_other |= !is_value(ident);
            false
        }
        Expr::CompoundIdentifier(_) | Expr::Wildcard(_) | Expr::QualifiedWildcard(..) => {
            has_other = true;
            false
        }
        _ => true,
    });
    has_aggregate && !has_other
}

pub(crate) fn has_window(expr: &Expr) -> bool {
    let mut found = false;
    walk(expr, &mut Vec::new(), |part| {
        found |= matches!(part, Expr::Function(function) if function.over.is_some());
        !found
    });
    found
}

pub(crate) fn is_random(order: &OrderByExpr) -> bool {
    const RANDOM: &[&str] = &["random", "rand", "newid", "gen_random_uuid", "uuid", "rand_cardinality", "randomblob"];
    let mut found = false;
    walk(&order.expr, &mut Vec::new(), |part| {
        found |= matches!(part, Expr::Function(function) if RANDOM.contains(&function_name(function).as_str()));
        !found
    });
    found
}
