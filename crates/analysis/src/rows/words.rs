//! What the members of collections do, whatever the language.

/// What a member or function does with the elements of a collection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verb {
    /// Gives the same elements, all of them.
    Same,
    /// Gives the elements in another order.
    Sort,
    /// Gives one thing for each element.
    Map,
    /// Runs something for each element.
    Each,
    Filter,
    Search,
    Aggregate,
    Count,
    IsEmpty,
    Slice,
    First,
}

pub(super) fn of_member(name: &str) -> Option<Verb> {
    Some(match name {
        "all" | "scalars" | "mappings" | "unique" | "fetchall" | "toArray" | "to_list" | "iter" | "into_iter"
        | "iter_mut" | "to_vec" | "collect" | "cloned" | "copied" | "exec" | "lean" | "rev" | "reverse"
        | "as_slice" | "unwrap" | "expect" | "unwrap_or_default" | "toReversed" | "catch" | "finally" | "get_mut" => {
            Verb::Same
        }
        "sort"
        | "toSorted"
        | "sort_by"
        | "sort_by_key"
        | "sort_unstable"
        | "sort_unstable_by"
        | "sort_unstable_by_key" => Verb::Sort,
        "map" => Verb::Map,
        "forEach" | "for_each" => Verb::Each,
        "filter" => Verb::Filter,
        "find" | "some" | "every" | "findIndex" | "findLast" | "includes" | "any" | "position" | "contains" => {
            Verb::Search
        }
        "reduce" | "fold" | "sum" | "max" | "min" | "max_by" | "min_by" | "max_by_key" | "min_by_key" => {
            Verb::Aggregate
        }
        "count" | "len" => Verb::Count,
        "is_empty" => Verb::IsEmpty,
        "slice" | "take" | "truncate" => Verb::Slice,
        "first" | "last" | "next" | "at" | "pop" | "shift" => Verb::First,
        _ => return None,
    })
}

/// Functions of a language that take a collection, by name.
pub(super) fn of_function(name: &str) -> Option<Verb> {
    Some(match name {
        "list" | "tuple" | "iter" | "reversed" | "set" | "Array.from" | "Ok" | "Some" | "Promise.resolve" => Verb::Same,
        "sorted" => Verb::Sort,
        "map" => Verb::Map,
        "filter" => Verb::Filter,
        "any" | "all" | "next" => Verb::Search,
        "sum"
        | "max"
        | "min"
        | "Math.max"
        | "Math.min"
        | "statistics.mean"
        | "statistics.fmean"
        | "statistics.median"
        | "mean"
        | "collections.Counter" => Verb::Aggregate,
        "len" => Verb::Count,
        _ => return None,
    })
}

/// Members of what a driver gives that hold the rows.
pub(super) fn holds_rows(name: &str) -> bool {
    matches!(name, "rows" | "data" | "recordset" | "docs" | "items")
}

/// Members of an object's related rows that change them.
pub(super) fn changes_relation(name: &str) -> bool {
    matches!(
        name,
        "add"
            | "append"
            | "extend"
            | "remove"
            | "clear"
            | "set"
            | "create"
            | "bulk_create"
            | "update"
            | "delete"
            | "get_or_create"
            | "update_or_create"
    )
}

/// What a database can compute as well: conversions, comparisons of texts, parts of dates.
pub(super) fn is_plain(name: &str) -> bool {
    matches!(
        name,
        "get"
            | "lower"
            | "upper"
            | "strip"
            | "startswith"
            | "endswith"
            | "strftime"
            | "date"
            | "isoformat"
            | "to_dict"
            | "total_seconds"
            | "toLowerCase"
            | "toUpperCase"
            | "trim"
            | "substring"
            | "substr"
            | "charAt"
            | "startsWith"
            | "endsWith"
            | "includes"
            | "toString"
            | "toISOString"
            | "toFixed"
            | "getTime"
            | "getMonth"
            | "getFullYear"
            | "getDate"
            | "getDay"
            | "getHours"
            | "split"
            | "has"
            | "equals"
            | "valueOf"
            | "as_str"
            | "as_deref"
            | "as_ref"
            | "clone"
            | "to_lowercase"
            | "to_uppercase"
            | "to_string"
            | "to_owned"
            | "contains"
            | "starts_with"
            | "ends_with"
            | "unwrap_or"
            | "unwrap_or_default"
            | "unwrap_or_else"
            | "unwrap"
            | "is_some"
            | "is_none"
            | "is_empty"
            | "abs"
            | "year"
            | "month"
            | "day"
            | "hour"
            | "format"
            | "date_naive"
            | "eq_ignore_ascii_case"
            | "slice"
            | "try_get"
            | "cmp"
            | "partial_cmp"
            | "localeCompare"
            | "then_with"
            | "values"
            | "entry"
            | "or_insert"
            | "or_default"
            | "or_insert_with"
            | "getUTCDay"
            | "getUTCMonth"
            | "getUTCHours"
            | "getUTCFullYear"
            | "weekday"
            | "iso_week"
            | "into"
            | "replace"
    )
}

/// Functions of a language that a database has too.
pub(super) fn is_plain_function(name: &str) -> bool {
    matches!(
        name,
        "float"
            | "int"
            | "str"
            | "bool"
            | "len"
            | "abs"
            | "round"
            | "min"
            | "max"
            | "Number"
            | "String"
            | "Boolean"
            | "parseFloat"
            | "parseInt"
            | "Date"
            | "Decimal"
            | "decimal.Decimal"
            | "Some"
            | "Math.max"
            | "Math.min"
            | "Math.round"
            | "Math.abs"
            | "Math.floor"
            | "f64"
            | "i64"
            | "getattr"
    )
}
