//! What a query is made of, as far as it decides whether its rows can be joined one by one.

use sqlparser::ast::{self, Expr, GroupByExpr, LimitClause, Select, SelectItem, SetExpr};

use crate::expr::{function_name, has_window, is_aggregate_name, walk};

pub(super) fn outputs(select: &Select) -> impl Iterator<Item = &Expr> {
    select.projection.iter().filter_map(|item| match item {
        SelectItem::UnnamedExpr(expr)
        | SelectItem::ExprWithAlias { expr, .. }
        | SelectItem::ExprWithAliases { expr, .. } => Some(expr),
        SelectItem::QualifiedWildcard(..) | SelectItem::Wildcard(_) => None,
    })
}

pub(super) fn holds_aggregate(expr: &Expr) -> bool {
    let mut found = false;
    walk(expr, &mut Vec::new(), |part| {
        found |= matches!(part, Expr::Function(function)
            if function.over.is_none() && is_aggregate_name(&function_name(function)));
        !found
    });
    found
}

/// Whether an output is computed anew each time, or is several rows: such a subquery stays by itself.
fn is_unsteady(expr: &Expr) -> bool {
    const NAMES: &[&str] = &[
        "random",
        "gen_random_uuid",
        "uuid_generate_v4",
        "uuidv7",
        "nextval",
        "clock_timestamp",
        "timeofday",
        "unnest",
        "generate_series",
        "generate_subscripts",
        "json_array_elements",
        "json_array_elements_text",
        "jsonb_array_elements",
        "jsonb_array_elements_text",
        "json_each",
        "jsonb_each",
        "json_object_keys",
        "jsonb_object_keys",
        "regexp_matches",
        "regexp_split_to_table",
        "string_to_table",
    ];
    let mut found = false;
    walk(expr, &mut Vec::new(), |part| {
        found |= matches!(part, Expr::Function(function) if NAMES.contains(&function_name(function).as_str()));
        !found
    });
    found
}

/// A query without the parentheses around it.
pub(super) fn bare(mut query: &ast::Query) -> &ast::Query {
    while let SetExpr::Query(inner) = &*query.body
        && query.with.is_none()
        && query.order_by.is_none()
        && query.limit_clause.is_none()
        && query.fetch.is_none()
    {
        query = inner;
    }
    query
}

/// Whether rows of a query can be joined one by one: nothing folds, orders or bounds them.
pub(super) fn is_simple(query: &ast::Query) -> Option<&Select> {
    let query = bare(query);
    let SetExpr::Select(select) = &*query.body else { return None };
    let folds = select.distinct.is_some()
        || select.having.is_some()
        || select.top.is_some()
        || !matches!(&select.group_by, GroupByExpr::Expressions(group, _) if group.is_empty())
        || outputs(select).any(|expr| has_window(expr) || holds_aggregate(expr) || is_unsteady(expr));
    let is_bounded = query.with.is_some() || query.limit_clause.as_ref().is_some_and(is_bound) || query.fetch.is_some();
    (!folds && !is_bounded && !select.from.is_empty()).then_some(select)
}

fn is_bound(clause: &LimitClause) -> bool {
    match clause {
        LimitClause::LimitOffset { limit, offset, .. } => limit.is_some() || offset.is_some(),
        LimitClause::OffsetCommaLimit { .. } => true,
    }
}
