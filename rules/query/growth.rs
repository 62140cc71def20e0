//! Whether a table grows with use.

use analysis::{Certainty, Program, QueryUse, Shape};
use ir::finding::Confidence;
use ir::{PredicateOp, Symbol};

use super::narrow::{has_two_parents, is_narrow, is_of_tenant, is_pinned, is_usual};
use crate::common::recurs;

/// Names of tables that stay small: people fill them, not requests.
const LOOKUPS: &[&str] = &[
    "role",
    "permission",
    "country",
    "currency",
    "language",
    "locale",
    "setting",
    "config",
    "configuration",
    "category",
    "status",
    "type",
    "unit",
    "plan",
    "feature",
    "flag",
    "tier",
    "region",
    "state",
    "timezone",
    "department",
    "team",
    "level",
    "migration",
    "option",
    "preference",
    "template",
    "color",
    "size",
    "brand",
    "warehouse",
    "method",
    "group",
    "tag",
    "genre",
    "version",
    "platform",
    "workflow",
    "tenant",
    "prompt",
    "holiday",
    "provider",
    "integration",
    "connector",
    "policy",
    "registry",
    "allowlist",
    "blocklist",
    "denylist",
    "blacklist",
    "whitelist",
    "rule",
    "alias",
    "rate",
    "zone",
    "banner",
    "coupon",
    "gateway",
    "admin",
    "teacher",
    "waiter",
    "toolchain",
    "box",
    "campaign",
    "form",
];

/// Names of tables that gain rows with every use.
const GROWING: &[&str] = &[
    "order",
    "transaction",
    "event",
    "log",
    "message",
    "comment",
    "post",
    "notification",
    "payment",
    "invoice",
    "item",
    "user",
    "customer",
    "session",
    "activity",
    "history",
    "audit",
    "review",
    "entry",
    "record",
    "metric",
    "visit",
    "view",
    "click",
    "booking",
    "ticket",
    "task",
    "job",
    "product",
    "file",
    "upload",
    "document",
    "photo",
    "image",
    "expense",
    "trip",
    "article",
    "like",
    "follow",
    "chat",
    "conversation",
    "reading",
    "measurement",
    "movement",
    "subscription",
    "subscriber",
    "token",
    "request",
    "report",
    "score",
    "submission",
    "timesheet",
    "shift",
    "reservation",
    "appointment",
    "shipment",
    "delivery",
    "attendance",
    "purchase",
    "sale",
    "refund",
    "donation",
    "deposit",
    "withdrawal",
    "payout",
    "claim",
    "incident",
    "inspection",
    "consultation",
    "prescription",
];

/// Names of what a business has ever more of, and its settings not.
fn is_of_business(word: &str) -> bool {
    const MORE: &[&str] = &[
        "asset",
        "contact",
        "deal",
        "employee",
        "inventory",
        "investment",
        "lead",
        "member",
        "patient",
        "property",
        "stock",
        "student",
        "supplier",
        "vendor",
    ];
    GROWING.contains(&word) || MORE.contains(&word) || LOG_LIKE.contains(&word)
}

/// From so many tables that requests insert into, it is telling that they do not insert into another.
const MANY: usize = 4;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Growth {
    Small,
    Unknown,
    Grows,
}

/// By the name, and by whether requests insert into it.
pub(crate) fn of_entity(program: &Program<'_>, entity: Option<Symbol>) -> Growth {
    let Some(entity) = entity else { return Growth::Unknown };
    if program.is_said_to_be_small(entity) {
        return Growth::Small;
    }
    let words = singular_words(entity.as_str());
    let last = words.last().map_or("", String::as_str);
    // What those who run the service enter does not grow with use, or else by its nature.
    let is_inserted = program.is_inserted_per_request(entity, recurs)
        && (is_of_business(last) || has_column_of(program, entity, USERS) || !program.is_filled_by_staff(entity));
    if LOOKUPS.contains(&last) && !(is_inserted && has_column_of(program, entity, OWNERS)) {
        return Growth::Small;
    }
    if program.is_seeded(entity) && !is_inserted {
        return Growth::Small;
    }
    if GROWING.contains(&last) || is_inserted && !program.is_catalogue(entity) {
        return Growth::Grows;
    }
    // Where inserts of requests are seen at all, a table without them is filled by hand.
    if program.is_catalogue(entity) || program.inserted_entities() >= MANY { Growth::Small } else { Growth::Unknown }
}

/// Whether an entity grows, and is by its name one of those of which a business has ever more: so does what pairs it with another.
pub(crate) fn is_of_growing_business(program: &Program<'_>, entity: Symbol) -> bool {
    let words = singular_words(entity.as_str());
    words.last().is_some_and(|last| is_of_business(last)) && of_entity(program, Some(entity)) == Growth::Grows
}

/// Whether a table's name says that people fill it, and that it has a few rows for each of them.
pub(crate) fn is_lookup(entity: Symbol) -> bool {
    singular_words(entity.as_str()).last().is_some_and(|last| LOOKUPS.contains(&last.as_str()))
}

/// Columns that say whose a row is: the table grows with its users, whatever it is called.
const OWNERS: &[&str] = &[
    "user_id",
    "userid",
    "user",
    "owner_id",
    "ownerid",
    "owner",
    "account_id",
    "accountid",
    "customer_id",
    "tenant_id",
    "created_by",
    "author_id",
    "member_id",
];

/// Those of them that do not name who entered the row.
const USERS: &[&str] = &["user_id", "userid", "user", "account_id", "accountid", "customer_id", "member_id"];

/// Whether a query asks for the rows of one user.
pub(crate) fn is_of_one_user(query: &QueryUse) -> bool {
    let is_user = |column: &str| {
        let column = column.to_lowercase();
        USERS.contains(&column.as_str()) || column.ends_with("user_id") || column.ends_with("userid")
    };
    query.conditions.iter().any(|condition| condition.op == PredicateOp::Equal && is_user(&condition.column))
}

fn has_column_of(program: &Program<'_>, entity: Symbol, names: &[&str]) -> bool {
    let columns = program.table(entity).map_or(&[][..], |table| &table.columns);
    columns.iter().any(|column| names.contains(&column.name.to_lowercase().as_str()))
}

/// Names of tables to which one parent gets ever more rows.
const LOG_LIKE: &[&str] = &[
    "transaction",
    "event",
    "log",
    "message",
    "comment",
    "notification",
    "activity",
    "history",
    "audit",
    "review",
    "entry",
    "record",
    "metric",
    "visit",
    "view",
    "click",
    "reading",
    "measurement",
    "movement",
    "expense",
    "post",
    "order",
    "payment",
    "note",
    "enrolment",
    "enrollment",
    "booking",
    "appointment",
    "telemetry",
    "charge",
    "conversation",
    "ticket",
    "alert",
    "feedback",
    "sample",
    "attempt",
    "download",
    "invoice",
    "transfer",
    "posting",
    "login",
    "delivery",
    "purchase",
    "sale",
    "deposit",
];

/// Whether rows of one parent keep coming (the messages of a chat), so that a filter on the parent bounds nothing.
pub(crate) fn is_log_like(entity: Option<Symbol>) -> bool {
    entity.is_some_and(|entity| {
        singular_words(entity.as_str()).last().is_some_and(|last| LOG_LIKE.contains(&last.as_str()))
    })
}

/// `order_items`, `orderItem`, `OrderItems` as `order`, `item`.
fn singular_words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for part in name.split(['_', '.', '-', ' ']).filter(|part| !part.is_empty()) {
        words.push(singular(&part.to_lowercase()));
    }
    // `OrderEntity`.
    let stem = words.last().and_then(|last| last.strip_suffix("entity")).filter(|stem| !stem.is_empty()).map(singular);
    words.extend(stem);
    if let Some(last) = words.last().cloned() {
        let known = GROWING.iter().chain(LOOKUPS).filter(|word| last.len() > word.len() && last.ends_with(*word));
        if let Some(word) = known.max_by_key(|word| word.len()) {
            words.push((*word).to_owned());
        }
    }
    words
}

fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for ending in ["sses", "xes", "ches", "shes", "tuses"] {
        if word.ends_with(ending) {
            return word[..word.len() - 2].to_owned();
        }
    }
    match word.strip_suffix('s') {
        Some(stem) if !word.ends_with("ss") && !word.ends_with("us") => stem.to_owned(),
        _ => word.to_owned(),
    }
}

/// A query that fetches every row that matches, with nothing that bounds their number. A summary by group counts only
/// if it lists things with many columns (a join's rows folded by key).
pub(crate) fn is_unbounded(query: &QueryUse) -> bool {
    let is_summary = query.is_grouped && query.columns.len() <= 3;
    query.shape == Shape::Rows && query.limit == Certainty::Absent && !is_summary
}

/// Whether nothing narrows a query, at least if its caller does not ask for it.
pub(crate) fn may_be_unfiltered(query: &QueryUse) -> bool {
    query.filter == Certainty::Absent || query.conditions.is_empty() && !query.gathered.is_empty()
}

pub(crate) fn confidence(growth: Growth) -> Confidence {
    match growth {
        Growth::Grows => Confidence::High,
        Growth::Unknown => Confidence::Medium,
        Growth::Small => Confidence::Low,
    }
}

/// How likely the rows that a query fetches are many; none: they are not.
pub(crate) fn of_rows(program: &Program<'_>, query: &QueryUse) -> Option<Confidence> {
    // A table whose name is not known may be of any size.
    if query.entity.is_none() {
        return Some(Confidence::Low);
    }
    let growth = of_entity(program, query.entity);
    if growth == Growth::Small {
        return None;
    }
    if query.filter == Certainty::Absent {
        return Some(confidence(growth));
    }
    // What may be asked for without any condition will be.
    if may_be_unfiltered(query) {
        return Some(confidence(growth).min(Confidence::Medium));
    }
    if query.conditions.iter().any(is_narrow) || is_pinned(program, query) {
        return None;
    }
    if !query.conditions.is_empty()
        && query.conditions.iter().all(|condition| is_usual(condition) || is_of_tenant(condition))
    {
        let is_business = singular_words(query.entity?.as_str()).last().is_some_and(|last| is_of_business(last));
        return Some(if is_business { Confidence::Medium } else { Confidence::Low });
    }
    // Filtered by a parent or a state: only where such rows keep coming, and not a few for each pair of them.
    let keeps_coming = is_log_like(query.entity) && !(has_two_parents(query) && is_of_pairs(query.entity));
    if keeps_coming { Some(Confidence::Medium) } else { Some(Confidence::Low) }
}

/// Whether a pair of parents has a few of these rows: what one customer thinks of one product.
fn is_of_pairs(entity: Option<Symbol>) -> bool {
    const OF_PAIRS: &[&str] = &["review", "enrolment", "enrollment", "booking", "appointment", "feedback", "attempt"];
    entity.is_some_and(|entity| {
        singular_words(entity.as_str()).last().is_some_and(|last| OF_PAIRS.contains(&last.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::singular_words;

    #[test]
    fn words_are_found_in_names() {
        assert_eq!(singular_words("order_items"), ["order", "item"]);
        assert_eq!(singular_words("categories"), ["category"]);
        assert_eq!(singular_words("newsflashes"), ["newsflash"]);
        assert_eq!(singular_words("statuses"), ["status"]);
        assert_eq!(singular_words("userroles"), ["userrole", "role"]);
        assert_eq!(singular_words("orderentity"), ["orderentity", "order"]);
    }
}
