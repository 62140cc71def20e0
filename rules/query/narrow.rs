//! Conditions of which it is known how many rows meet them.

use analysis::{Condition, Program, QueryUse};
use ir::{PredicateOp, Symbol, words_of};

/// Whether the conditions hold for one row at most, since they name all columns of a unique key.
pub(super) fn is_pinned(program: &Program<'_>, query: &QueryUse) -> bool {
    let keys = query.entity.and_then(|entity| program.table(entity)).map_or(&[][..], |table| &table.indexes);
    let is_named = |column: Symbol| {
        let of_column = |condition: &&Condition| condition.column.eq_ignore_ascii_case(&column);
        query.conditions.iter().filter(of_column).any(|condition| condition.op == PredicateOp::Equal)
    };
    keys.iter().any(|key| {
        key.is_unique() && key.parts.len() > 1 && key.parts.iter().all(|part| !part.is_expression && is_named(part.key))
    })
}

/// Whether rows are asked for by two keys of other tables, neither of which is the tenant's.
pub(super) fn has_two_parents(query: &QueryUse) -> bool {
    let is_parent = |condition: &&Condition| {
        let words = words_of(condition.column.as_str());
        condition.op == PredicateOp::Equal
            && words.len() > 1
            && words.last().is_some_and(|last| last == "id")
            && !is_of_tenant(condition)
    };
    let mut columns: Vec<Symbol> =
        query.conditions.iter().filter(is_parent).map(|condition| condition.column).collect();
    columns.sort_unstable();
    columns.dedup();
    columns.len() > 1
}

/// Words for one affair of a business: what belongs to it comes to an end with it.
const AFFAIRS: &[&str] =
    &["order", "booking", "reservation", "trip", "appointment", "assessment", "experiment", "invoice", "shipment"];

/// Words for what devices write, which even one affair has much of.
const MEASURED: &[&str] = &["gps", "tracking", "location", "locations", "position", "positions", "telemetry", "sensor"];

/// Whether rows are asked for that belong to one affair: the steps of an order, the notes of an appointment.
pub(super) fn is_of_affair(query: &QueryUse) -> bool {
    let is_measured = |entity: Symbol| words_of(entity.as_str()).iter().any(|word| MEASURED.contains(&word.as_str()));
    !query.entity.is_some_and(is_measured)
        && query.conditions.iter().any(|condition| {
            let words = words_of(condition.column.as_str());
            let names_one =
                matches!(words.as_slice(), [.., owner, id] if id == "id" && AFFAIRS.contains(&owner.as_str()));
            condition.op == PredicateOp::Equal && names_one
        })
}

/// Whether a table is one of affairs.
pub(super) fn is_affair(entity: Symbol) -> bool {
    let words = words_of(entity.as_str());
    words.last().is_some_and(|last| AFFAIRS.contains(&last.strip_suffix('s').unwrap_or(last)))
}

/// Words in columns of which one value is that of many rows.
const COARSE: &[&str] = &[
    "status",
    "state",
    "visibility",
    "type",
    "kind",
    "role",
    "verified",
    "approved",
    "featured",
    "tipo",
    "estado",
    "statut",
];

/// Words of flags that few rows have.
const CHOSEN: &[&str] = &["default", "superuser", "staff"];

/// A condition that leaves few rows: a key, a list of keys, a stretch of time, a flag that few have.
pub(super) fn is_narrow(condition: &Condition) -> bool {
    match condition.op {
        PredicateOp::In => {
            let is_key = condition.column.to_lowercase().ends_with("id");
            !names_tenant(condition) && (is_key || !has_word(condition, COARSE))
        }
        // The first of each group, numbered by a window.
        PredicateOp::Equal => {
            is_key(condition.column.as_str())
                || has_word(condition, CHOSEN)
                || matches!(condition.column.as_str(), "rn" | "rnk" | "row_num" | "row_number" | "rownum")
        }
        PredicateOp::Range => is_time_or_key(condition.column.as_str()),
        _ => false,
    }
}

/// Whether a condition leaves few of the rows: an equality of something else than of a flag, a state or a tenant.
pub(crate) fn narrows(condition: &Condition) -> bool {
    let is_coarse = has_word(condition, COARSE) || is_usual(condition) || is_of_tenant(condition);
    matches!(condition.op, PredicateOp::Equal | PredicateOp::In) && !is_coarse
}

/// A condition that most rows meet: not deleted, active, with a value that few leave out.
pub(crate) fn is_usual(condition: &Condition) -> bool {
    const USUAL: &[&str] = &["active", "enabled", "deleted", "archived", "hidden", "visible", "published", "public"];
    match condition.op {
        PredicateOp::Equal | PredicateOp::NotEqual | PredicateOp::IsNull => has_word(condition, USUAL),
        PredicateOp::IsNotNull => !has_word(condition, USUAL),
        _ => false,
    }
}

/// A condition that all rows of one customer meet, who has ever more of them.
pub(super) fn is_of_tenant(condition: &Condition) -> bool {
    matches!(condition.op, PredicateOp::Equal | PredicateOp::In) && names_tenant(condition)
}

fn names_tenant(condition: &Condition) -> bool {
    const TENANTS: &[&str] = &[
        "tenant",
        "organization",
        "organisation",
        "org",
        "workspace",
        "company",
        "business",
        "store",
        "shop",
        "school",
        "clinic",
        "hospital",
        "restaurant",
        "institution",
        "agency",
        "firm",
    ];
    words_of(condition.column.as_str()).len() <= 2 && has_word(condition, TENANTS)
}

fn has_word(condition: &Condition, known: &[&str]) -> bool {
    words_of(condition.column.as_str()).iter().any(|word| known.contains(&word.as_str()))
}

fn is_time_or_key(column: &str) -> bool {
    let column = column.to_lowercase();
    is_key(&column)
        || ["date", "time", "_at", "created", "updated", "day", "month", "year"]
            .iter()
            .any(|part| column.contains(part))
}

fn is_key(column: &str) -> bool {
    matches!(column, "id" | "_id" | "pk" | "uuid" | "email" | "username" | "slug" | "token" | "key" | "login" | "sku")
}
