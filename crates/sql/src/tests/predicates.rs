use ir::PredicateOp::{self, *};

use super::one;
use crate::HOLE;

/// The conditions of `SELECT … FROM t WHERE …` as `column`, `operator`.
#[track_caller]
fn has(condition: &str, expected: &[(&str, PredicateOp)]) {
    let condition = condition.replace('␁', HOLE);
    let query = one(&format!("SELECT id FROM t WHERE {condition}"));
    let found: Vec<_> = query.filters.iter().map(|filter| (filter.column.as_str(), filter.op)).collect();
    assert_eq!(found, expected, "{condition}");
    assert!(query.filters.iter().all(|filter| filter.table.is_some_and(|table| table == "t")));
}

#[test]
fn comparisons() {
    has("a = $1", &[("a", Equal)]);
    has("5 = a AND b <> 2", &[("a", Equal), ("b", NotEqual)]);
    has("(a = 1) AND (b > 2 AND c <= 3)", &[("a", Equal), ("b", Range), ("c", Range)]);
    has("a BETWEEN 1 AND 2 AND b NOT BETWEEN 1 AND 2", &[("a", Range), ("b", NotEqual)]);
    has("a IN (1, 2) AND b NOT IN (3) AND c IN (1)", &[("a", In), ("b", NotEqual), ("c", Equal)]);
    has("a = ANY($1)", &[("a", In)]);
    has("$1 = ANY(tags) AND id::text = ANY($1)", &[("tags", Other), ("id", Wrapped)]);
    has("a ISNULL AND (b + 1) NOTNULL AND isnull(c, 1) = 2", &[("a", IsNull), ("b", Wrapped), ("c", Wrapped)]);
    has("a IS NULL AND b IS NOT NULL AND NOT (c IS NULL)", &[("a", IsNull), ("b", IsNotNull), ("c", IsNotNull)]);
    has("active AND NOT banned AND ok IS TRUE", &[("active", Equal), ("banned", Equal), ("ok", Equal)]);
    has("a IS NOT DISTINCT FROM 1", &[("a", Equal)]);
    has("(a, b) = (1, 2) AND (c, d) > (1, 2)", &[("a", Equal), ("b", Equal), ("c", Range)]);
    has("a > now() - interval '1 day' AND b = lower($1)", &[("a", Range), ("b", Equal)]);
    has("a = \"x\"", &[("a", Equal)]);
}

#[test]
fn constants_are_no_conditions() {
    has("1=1 AND TRUE AND $1 = $2 AND now() > $3", &[]);
    has("1=1 AND a = 1", &[("a", Equal)]);
}

#[test]
fn patterns() {
    for contains in [
        "a LIKE '%x'",
        "a LIKE '%' || $1 || '%'",
        "a LIKE CONCAT('%', ?)",
        "a ILIKE $1",
        "a ~* 'x'",
        "a ~ 'x'",
        "a LIKE '%␁%'",
        "lower(a) LIKE '%x%'",
        "a LIKE '%' + @q",
        "a REGEXP 'x'",
        "a ILIKE 'x%'",
        "a ~~* 'x'",
    ] {
        has(contains, &[("a", ContainsLike)]);
    }
    for prefix in ["a LIKE 'x%'", "a LIKE 'x' || $1", "a LIKE '␁%'", "a ~ '^x'", "a LIKE CONCAT('x', ?)", "a GLOB 'x*'"]
    {
        has(prefix, &[("a", PrefixLike)]);
    }
    for unknown in ["a LIKE $1", "a LIKE ?", "a LIKE %s", "a LIKE '␁'", "a LIKE CONCAT(?, '%')", "a LIKE lower($1)"] {
        has(unknown, &[("a", UnknownLike)]);
    }
    has("a LIKE 'x'", &[("a", Equal)]);
    has("a NOT LIKE '%x'", &[("a", Other)]);
    has("lower(a) LIKE 'x%'", &[("a", Wrapped)]);
}

#[test]
fn what_stands_around_a_column_hides_it_from_an_index() {
    for wrapped in [
        "lower(a) = $1",
        "a::date = $1",
        "CAST(a AS DATE) = $1",
        "date(a) = current_date",
        "a + 1 > 5",
        "a->>'k' = 'v'",
        "extract(year FROM a) = 2024",
        "coalesce(a, 0) = 1",
        "$1 = trim(a)",
        "a || 'x' = 'y'",
        "date_trunc('day', a) >= $1",
    ] {
        has(wrapped, &[("a", Wrapped)]);
    }
    has("a @> $1", &[("a", Other)]);
}

#[test]
fn alternatives() {
    has("($1 IS NULL OR a = $1)", &[("a", Equal)]);
    has("($1::int IS NULL OR a = $1) AND (b = 1 OR b = 2)", &[("a", Equal), ("b", In)]);
    has("(a = 1 OR b = 2)", &[("a", Other), ("b", Other)]);
    has("(a ILIKE $1 OR b ILIKE $1)", &[("a", ContainsLike), ("b", ContainsLike)]);
    has("a IS NULL OR a > now()", &[("a", Other), ("a", Other)]);
}

#[test]
fn columns_belong_to_the_table_that_they_name() {
    let filters = |text: &str| {
        let query = one(text);
        let show = |filter: &ir::Predicate| {
            format!("{}.{} {:?}", filter.table.map_or("?", |table| table.as_str()), filter.column, filter.op)
        };
        query.filters.iter().map(show).collect::<Vec<_>>()
    };
    assert_eq!(
        filters("SELECT * FROM users u JOIN orders o ON o.user_id = u.id AND o.paid WHERE u.email = ? AND total > 5"),
        ["orders.user_id Join", "users.id Join", "orders.paid Equal", "users.email Equal", "?.total Range"]
    );
    assert_eq!(filters("SELECT * FROM a LEFT JOIN b ON b.aid = a.id WHERE a.x = 1"), ["b.aid Join", "a.x Equal"]);
    assert_eq!(filters("SELECT * FROM a JOIN b USING (k)"), ["a.k Join", "b.k Join"]);
    assert_eq!(
        filters("SELECT * FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.aid = a.id AND c = 1)"),
        ["b.aid Join", "b.c Equal"]
    );
    assert_eq!(
        filters("WITH c AS (SELECT * FROM a WHERE x = 1) SELECT * FROM c WHERE y = 2"),
        ["?.y Equal", "a.x Equal"]
    );
    assert_eq!(
        filters("SELECT * FROM a x, a y WHERE x.p = y.q AND x.r < y.s"),
        ["a.p Join", "a.q Join", "a.r Other", "a.s Other"]
    );
    assert_eq!(filters("SELECT * FROM a WHERE a.p = a.q"), ["a.p Other", "a.q Other"]);
    assert_eq!(filters("UPDATE a SET x = 1 WHERE id = 5"), ["a.id Equal"]);
}
