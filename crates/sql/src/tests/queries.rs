use ir::{Query, QueryKind};

use super::one;
use crate::{HOLE, queries};

/// The tables as `name`, with what holds of them: `n`ested, `f`iltered, `l`imited, `j`oined.
fn tables(query: &Query) -> Vec<String> {
    let flag = |is_set: bool, letter: &str| if is_set { letter.to_owned() } else { String::new() };
    query
        .tables
        .iter()
        .map(|table| {
            let flags = flag(table.is_nested, "n")
                + &flag(table.is_filtered, "f")
                + &flag(table.is_limited, "l")
                + &flag(table.is_joined, "j");
            if flags.is_empty() { table.name.to_string() } else { format!("{} {flags}", table.name) }
        })
        .collect()
}

#[track_caller]
fn has_tables(text: &str, expected: &[&str]) {
    assert_eq!(tables(&one(text)), expected, "{text}");
}

fn names(symbols: &[ir::Symbol]) -> Vec<&str> {
    symbols.iter().map(|symbol| symbol.as_str()).collect()
}

#[test]
fn every_table_of_a_block_is_found() {
    has_tables("SELECT 1", &[]);
    has_tables("SELECT now()", &[]);
    has_tables("SELECT * FROM users", &["users"]);
    has_tables("SELECT * FROM public.\"Users\" AS u WHERE u.id = $1", &["users f"]);
    has_tables("select * from `shop`.`orders` where `id` = ?", &["orders f"]);
    has_tables("SELECT TOP 5 * FROM [dbo].[Orders] WITH (NOLOCK)", &["orders l"]);
    has_tables("SELECT * FROM a CROSS JOIN b", &["a j", "b j"]);
    has_tables("SELECT * FROM generate_series(1, 5) AS g", &[]);
    has_tables("SELECT * FROM information_schema.tables", &[]);
}

#[test]
fn a_condition_narrows_along_inner_joins() {
    has_tables("SELECT * FROM u JOIN o ON o.user_id = u.id WHERE u.id = $1", &["u fj", "o fj"]);
    has_tables("SELECT * FROM u JOIN o ON o.user_id = u.id", &["u j", "o j"]);
    has_tables("SELECT * FROM u LEFT JOIN o ON o.user_id = u.id WHERE u.id = $1", &["u fj", "o fj"]);
    has_tables("SELECT * FROM u LEFT JOIN o ON o.user_id = u.id AND o.paid", &["u j", "o fj"]);
    has_tables("SELECT * FROM u JOIN o USING (user_id) WHERE o.total > 5", &["u fj", "o fj"]);
    has_tables("SELECT * FROM u, o WHERE u.id = o.user_id AND u.id = 1", &["u fj", "o fj"]);
    has_tables("SELECT * FROM u WHERE 1=1 AND TRUE", &["u"]);
    has_tables("SELECT * FROM u WHERE EXISTS (SELECT 1 FROM o WHERE o.user_id = u.id)", &["u f", "o nf"]);
}

#[test]
fn inner_blocks_follow_the_outer_one() {
    has_tables(
        "WITH r AS (SELECT * FROM o WHERE x = 1 LIMIT 5) SELECT * FROM r JOIN u ON u.id = r.uid",
        &["u j", "o nfl"],
    );
    has_tables("SELECT * FROM (SELECT * FROM o LIMIT 3) d", &["o nl"]);
    has_tables("SELECT (SELECT count(*) FROM o WHERE o.uid = u.id) FROM u LIMIT 9", &["u l", "o nf"]);
    has_tables("SELECT a FROM x UNION ALL SELECT a FROM y WHERE b = 1 LIMIT 5", &["x", "y nf"]);
    has_tables("SELECT * FROM u WHERE id IN (SELECT uid FROM o)", &["u f", "o n"]);
    has_tables(
        "WITH RECURSIVE t AS (SELECT id FROM n WHERE p IS NULL UNION ALL SELECT n.id FROM n JOIN t ON n.p = t.id) \
                SELECT * FROM t",
        &["n nf", "n nj"],
    );
}

#[test]
fn statements_that_write_name_their_target_first() {
    let query = one("INSERT INTO log (a, b) SELECT a, b FROM src WHERE a > 1");
    assert_eq!((query.kind, tables(&query)), (QueryKind::Insert, vec!["log".to_owned(), "src nf".to_owned()]));
    assert_eq!(names(&query.columns), ["a", "b"]);
    let query = one("UPDATE a SET x = b.x FROM b WHERE a.id = b.id AND b.y = $1");
    assert_eq!((query.kind, tables(&query)), (QueryKind::Update, vec!["a fj".to_owned(), "b fj".to_owned()]));
    assert_eq!(names(&query.columns), ["x"]);
    let query = one("DELETE FROM sessions WHERE expires < now()");
    assert_eq!((query.kind, tables(&query)), (QueryKind::Delete, vec!["sessions f".to_owned()]));
    let query = one("WITH old AS (SELECT id FROM a) DELETE FROM b USING old WHERE b.id = old.id");
    assert_eq!(query.kind, QueryKind::Delete);
    assert_eq!(one("REPLACE INTO t (a) VALUES (?)").kind, QueryKind::Insert);
    assert_eq!(one("INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET a = excluded.a").kind, QueryKind::Insert);
    for other in ["CREATE TABLE t (id INT)", "BEGIN", "PRAGMA foreign_keys = ON", "SET x = 1", "TRUNCATE t"] {
        let query = one(other);
        assert_eq!((query.kind, query.tables.len(), query.is_partial), (QueryKind::Other, 0, false), "{other}");
    }
}

#[test]
fn bounds_of_the_result() {
    let bounds = |text: &str| {
        let query = one(text);
        (query.has_limit, query.has_offset)
    };
    assert_eq!(bounds("SELECT * FROM t"), (false, false));
    assert_eq!(bounds("SELECT * FROM t LIMIT 5 OFFSET 0"), (true, false));
    assert_eq!(bounds("SELECT * FROM t LIMIT $1 OFFSET $2"), (true, true));
    assert_eq!(bounds("SELECT * FROM t LIMIT ?, ?"), (true, true));
    assert_eq!(bounds("SELECT * FROM t LIMIT ALL"), (false, false));
    assert_eq!(bounds("SELECT * FROM t FETCH FIRST 5 ROWS ONLY"), (true, false));
    assert_eq!(bounds("SELECT * FROM t ORDER BY id OFFSET 5 ROWS FETCH NEXT 5 ROWS ONLY"), (true, true));
    assert_eq!(bounds("SELECT TOP (10) * FROM t"), (true, false));
    assert_eq!(bounds("SELECT * FROM (SELECT * FROM t LIMIT 1) x ORDER BY a"), (true, false));
    assert_eq!(bounds("SELECT * FROM (SELECT * FROM t LIMIT 1) x JOIN u ON u.id = x.id"), (true, false));
    assert_eq!(bounds("SELECT * FROM (SELECT * FROM t LIMIT 1) x, u"), (false, false));
    assert_eq!(bounds("SELECT * FROM u JOIN (SELECT * FROM t LIMIT 1) x ON x.id = u.id"), (false, false));
    assert_eq!(bounds("(SELECT * FROM t) LIMIT 1"), (true, false));
    assert_eq!(bounds("DELETE FROM t LIMIT 10"), (true, false));
}

#[test]
fn shape_of_the_result() {
    let query = one("SELECT count(*), coalesce(sum(x), 0) / 2 AS half FROM t");
    assert!(query.is_aggregate && !query.is_grouped && !query.has_window);
    assert!(!one("SELECT user_id, count(*) FROM t").is_aggregate);
    let query = one("SELECT count(*) FROM t GROUP BY user_id");
    assert!(query.is_grouped && !query.is_aggregate);
    let query = one("SELECT row_number() OVER (PARTITION BY a ORDER BY b), sum(c) OVER () FROM t");
    assert!(query.has_window && !query.is_aggregate);
    let query = one("SELECT u.*, o.total AS t, lower(x) FROM u JOIN o ON true");
    assert!(query.selects_all_columns);
    assert_eq!(names(&query.columns), ["total"]);
    assert!(!one("SELECT count(*) FROM t").selects_all_columns);
}

#[test]
fn order_names_columns_and_tells_randomness() {
    let order = |text: &str| one(text).order.iter().map(|(name, _)| name.to_string()).collect::<Vec<_>>();
    assert_eq!(order("SELECT a, b AS c FROM t ORDER BY t.d DESC NULLS LAST, 1, c"), ["d", "a", "b"]);
    assert_eq!(order("SELECT count(*) AS n FROM t GROUP BY x ORDER BY n DESC"), ["n"]);
    assert_eq!(order("SELECT * FROM t ORDER BY Lower(name"), Vec::<String>::new());
    assert_eq!(order("SELECT * FROM t ORDER BY Lower(name)").len(), 1);
    for random in ["random()", "RAND()", "newid()"] {
        assert!(one(&format!("SELECT * FROM t ORDER BY {random} LIMIT 1")).order_by_random, "{random}");
    }
    assert!(!one("SELECT random() FROM t ORDER BY id").order_by_random);
}

#[test]
fn spans_count_bytes_in_the_whole_text() {
    let text = "SELECT 'é\r\n', 1;\n  SELECT * FROM 用户 u WHERE \"näme\" = 'x' AND u.b > 1 ORDER BY b;";
    let found = queries(text);
    assert_eq!(found[0].span.text(text), "SELECT 'é\r\n', 1");
    let query = &found[1];
    assert!(query.span.text(text).starts_with("SELECT * FROM 用户") && query.span.text(text).ends_with("ORDER BY b"));
    assert_eq!(query.tables[0].span.text(text), "用户");
    assert_eq!(query.filters[0].span.text(text), "\"näme\" = 'x'");
    assert_eq!(query.filters[1].span.text(text), "u.b > 1");
    assert_eq!(query.order[0].1.text(text), "b");
}

#[test]
fn one_bad_statement_loses_only_itself() {
    let text = "SELECT 1 FROM a; FOO BAR; SELECT ';' -- ; no\n, $$;$$ FROM b; /* ; */ SELECT 'it''s;' FROM c; SELECT '\\';'; x";
    let found: Vec<_> = queries(text).iter().filter_map(|query| query.tables.first().map(|table| table.name)).collect();
    assert_eq!(names(&found), ["a", "b", "c"]);
    assert_eq!(queries("SELECT 1\nGO\nSELECT 2\nGO\n").len(), 2);
}

#[test]
fn placeholders_of_all_drivers_are_values() {
    for value in ["?", "?1", "$1", ":id", "@id", "%s", "%(id)s", "$id", "{}", "{id}", "${id}", "#{id}", HOLE] {
        let query = one(&format!("SELECT * FROM t WHERE a = {value} AND b > {value} LIMIT {value}"));
        assert!(!query.is_partial, "{value}: {query:?}");
        assert_eq!((query.filters.len(), query.has_limit), (2, true), "{value}");
    }
    for list in ["IN ?", "IN %s", "IN (?)", "IN (:ids)", "= ANY($1)", "IN (%s, %s)"] {
        let query = one(&format!("SELECT * FROM t WHERE a {list}"));
        assert_eq!(query.filters[0].op, ir::PredicateOp::In, "{list}");
    }
    assert!(!one("SELECT a::text, b[1:2], data ? 'k', 5 %% 2 FROM t").is_partial);
    assert!(!one("INSERT INTO t (a) VALUES %s").is_partial);
}

#[test]
fn a_row_lock_ends_with_its_query() {
    let query = one(
        "WITH a AS (SELECT id FROM t WHERE id = $1 FOR NO KEY UPDATE OF t), b AS (SELECT id FROM u) SELECT * FROM a, b",
    );
    assert!(!query.is_partial);
    assert!(!one("SELECT * FROM t, u WHERE t.id = $1 FOR UPDATE OF t, u SKIP LOCKED").is_partial);
}

#[test]
fn holes_elsewhere_make_a_query_partial() {
    let texts = [
        "SELECT * FROM ␁",
        "SELECT * FROM t WHERE ␁",
        "SELECT * FROM t ␁",
        "SELECT * FROM t WHERE a = 1 ␁",
        "SELECT * FROM t WHERE a = 1 AND ␁ LIMIT 5",
        "SELECT * FROM t ORDER BY ␁",
        "SELECT * FROM t ORDER BY a ␁",
        "SELECT ␁ FROM t",
        "SELECT * FROM t WHERE ␁ = 5",
        "UPDATE t SET ␁ WHERE id = 1",
        "INSERT INTO t (␁) VALUES (␁)",
        "SELECT * FROM t_␁ WHERE a = 1",
        "SELECT * FROM ␁_t WHERE a = 1",
        "␁ SELECT * FROM t",
        "SELECT * FROM t GROUP ␁ (",
    ];
    for text in texts {
        assert!(one(&text.replace('␁', HOLE)).is_partial, "{text}");
    }
    assert_eq!(tables(&one(&"SELECT * FROM ␁ JOIN u ON u.id = 1".replace('␁', HOLE))), ["u fj"]);
    assert_eq!(tables(&one(&"SELECT * FROM log_␁".replace('␁', HOLE))), Vec::<String>::new());
}

#[test]
fn what_no_dialect_reads_still_shows_its_tables() {
    let query = one("SELECT * FROM users WHERE (((a = ) ORDER BY LIMIT 5");
    assert!(query.is_partial);
    assert_eq!(tables(&query), ["users f"]);
    let query = one("UPDATE users SET ==");
    assert_eq!((query.kind, query.is_partial, tables(&query)), (QueryKind::Update, true, vec!["users".to_owned()]));
}
