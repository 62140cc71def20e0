use crate::Catalog;
use crate::access::{Dialect, Plan, Planner, Reads, Reason};

const SHOP: &str = "
    CREATE TABLE users (id SERIAL PRIMARY KEY, email TEXT UNIQUE NOT NULL, username TEXT NOT NULL, phone TEXT,
      status VARCHAR(20), is_active BOOLEAN, bio TEXT, avatar TEXT, created_at TIMESTAMP NOT NULL, deleted_at TIMESTAMP);
    CREATE TABLE orders (id SERIAL PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id), status VARCHAR(20),
      total NUMERIC, note TEXT, a TEXT, b TEXT, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP);
    CREATE TABLE items (id SERIAL PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
      sku TEXT NOT NULL, attributes JSONB, tags TEXT[]);
    CREATE TABLE roles (id SERIAL PRIMARY KEY, name TEXT UNIQUE);
    CREATE TABLE tree (id SERIAL PRIMARY KEY, parent_id INTEGER REFERENCES tree (id), title TEXT);
    CREATE INDEX orders_user ON orders (user_id, created_at DESC);
    CREATE INDEX orders_created ON orders (created_at);
    CREATE INDEX orders_status ON orders (status);
    CREATE INDEX orders_updated ON orders (updated_at DESC NULLS LAST);
    CREATE INDEX orders_open ON orders (total) WHERE status = 'open';
    CREATE INDEX users_lower ON users (lower(email));
    CREATE INDEX users_gone ON users (deleted_at) WHERE deleted_at IS NOT NULL;
    CREATE INDEX users_phone ON users (phone) WHERE avatar IS NOT NULL;
    CREATE INDEX users_prefix ON users (username text_pattern_ops);
    CREATE INDEX items_tags ON items USING gin (tags);
    CREATE INDEX items_trgm ON items USING gin (sku gin_trgm_ops);
    CREATE VIEW open_orders AS SELECT o.id AS order_id, o.user_id AS customer FROM orders o WHERE o.status = 'open';
    CREATE MATERIALIZED VIEW daily AS SELECT 1;";

fn plans(text: &str, dialect: Dialect) -> Vec<Plan> {
    let mut catalog = Catalog::new();
    crate::changes_in(SHOP, dialect).iter().for_each(|change| catalog.apply(change));
    let schema = catalog.into_schema();
    Planner::new(&schema, dialect, |_| false).plan(text)
}

fn shown(text: &str, dialect: Dialect) -> String {
    let accesses = plans(text, dialect).into_iter().flat_map(|plan| plan.accesses);
    let lines = accesses.map(|access| {
        let reads = match access.reads {
            Reads::Unique => "unique",
            Reads::Range => "range",
            Reads::EarlyStop => "early",
            Reads::IndexOnly => "index-only",
            Reads::WholeIndex => "whole-index",
            Reads::WholeTable => "whole",
        };
        let index = access.index.map_or(String::new(), |index| format!(" {index}"));
        format!("{} {reads}{index}", access.table)
    });
    lines.collect::<Vec<_>>().join(", ")
}

#[track_caller]
fn reads(text: &str, expected: &str) {
    assert_eq!(shown(text, Dialect::Postgres), expected, "{text}");
}

#[test]
fn keys_and_indexes_lead_to_rows() {
    reads("SELECT * FROM users WHERE id = $1", "users unique users_pkey");
    reads("SELECT * FROM users WHERE email = %s LIMIT 1", "users unique users_email_key");
    reads("SELECT * FROM orders WHERE user_id IN ($1, $2)", "orders range orders_user");
    reads("SELECT * FROM orders WHERE (user_id, id) = ($1, $2)", "orders unique orders_pkey");
    reads("SELECT * FROM users WHERE lower(email) = lower($1)", "users range users_lower");
    reads("SELECT * FROM users WHERE username LIKE 'ab%'", "users range users_prefix");
    reads("SELECT * FROM items WHERE tags @> ARRAY['x']", "items range items_tags");
    reads("SELECT * FROM items WHERE sku ILIKE '%x%'", "items range items_trgm");
    reads("SELECT * FROM orders WHERE created_at > now() - interval '1 day'", "orders range orders_created");
    reads("SELECT * FROM users WHERE email = $1 OR id = $2", "users range users_email_key");
}

#[test]
fn what_no_index_serves_reads_the_table() {
    reads("SELECT * FROM users WHERE phone = $1", "users whole");
    reads("SELECT * FROM users WHERE upper(email) = $1", "users whole");
    reads("SELECT * FROM users WHERE email LIKE 'ab%'", "users whole");
    reads("SELECT * FROM users WHERE email = $1 OR phone = $2", "users whole");
    reads("SELECT * FROM orders WHERE id::text = $1", "orders whole");
    reads("SELECT * FROM orders WHERE status <> 'done'", "orders whole");
    reads("SELECT * FROM items ORDER BY random() LIMIT 5", "items whole");
    reads("UPDATE orders SET total = 0 WHERE note = $1", "orders whole");
    reads("SELECT * FROM items WHERE $1 = ANY(tags)", "items whole");
}

#[test]
fn a_share_of_an_index_grows_with_the_table() {
    reads("SELECT * FROM orders WHERE status = $1", "orders whole-index orders_status");
    reads("SELECT * FROM orders WHERE created_at BETWEEN $1 AND $2", "orders whole-index orders_created");
    reads("SELECT * FROM users WHERE deleted_at IS NOT NULL", "users whole-index users_gone");
    reads("SELECT count(*) FROM orders", "orders index-only orders_pkey");
}

#[test]
fn an_index_sorts_out_rows_behind_a_range() {
    let schema = "CREATE TABLE visits (id SERIAL PRIMARY KEY, room_id INT, day DATE, note TEXT);
        CREATE INDEX visits_day ON visits (day, room_id);
        CREATE TABLE scopes (scope TEXT PRIMARY KEY);
        CREATE TABLE members (id SERIAL PRIMARY KEY, scope TEXT REFERENCES scopes (scope), note TEXT);
        CREATE INDEX members_scope ON members (scope)";
    let mut catalog = Catalog::new();
    crate::changes_in(schema, Dialect::Postgres).iter().for_each(|change| catalog.apply(change));
    let schema = catalog.into_schema();
    let planner = Planner::new(&schema, Dialect::Postgres, |_| false);
    let reads = |text: &str| planner.plan(text)[0].accesses[0].reads;
    assert_eq!(reads("SELECT * FROM visits WHERE room_id = $1 AND day >= $2"), Reads::WholeIndex);
    assert_eq!(reads("SELECT * FROM visits WHERE note = $1 AND day >= '2020-01-01'"), Reads::WholeTable);
    // A key of another table has many values, whatever it is called.
    assert_eq!(reads("SELECT * FROM members WHERE scope = $1"), Reads::Range);
}

#[test]
fn partial_indexes_need_their_condition() {
    reads("SELECT * FROM orders WHERE status = 'open' AND total > $1 LIMIT 5", "orders range orders_open");
    reads("SELECT * FROM orders WHERE total = $1", "orders whole");
    // An inner join finds nothing for null.
    reads(
        "SELECT u.email FROM users u JOIN orders o ON o.note = u.avatar WHERE u.phone = $1",
        "users range users_phone, orders whole",
    );
}

#[test]
fn limits_stop_early_where_the_order_is_at_hand() {
    reads("SELECT * FROM orders ORDER BY created_at DESC LIMIT 10", "orders early orders_created");
    reads("SELECT * FROM orders ORDER BY total LIMIT 10", "orders whole");
    reads("SELECT * FROM orders ORDER BY updated_at DESC LIMIT 10", "orders whole");
    reads("SELECT * FROM orders ORDER BY updated_at DESC NULLS LAST LIMIT 10", "orders early orders_updated");
    reads("SELECT * FROM orders LIMIT 10", "orders early");
    reads("SELECT * FROM users WHERE phone = $1 LIMIT 1", "users whole");
    reads("SELECT user_id, sum(total) FROM orders GROUP BY user_id LIMIT 10", "orders whole");
    reads("SELECT max(created_at) FROM orders", "orders early orders_created");
    reads("SELECT max(total) FROM orders", "orders whole");
    // What a function hides is tested row by row, from the first one on.
    reads(
        "SELECT * FROM orders WHERE COALESCE(created_at > $1, true) ORDER BY created_at LIMIT 10",
        "orders whole-index orders_created",
    );
    reads(
        "SELECT * FROM orders WHERE COALESCE((created_at, id) < ($1, $2), true) ORDER BY created_at DESC LIMIT 10",
        "orders whole-index orders_created",
    );
    reads("SELECT * FROM orders WHERE COALESCE(user_id = $1, $1 IS NULL) ORDER BY created_at LIMIT 10", "orders whole");
    reads("SELECT * FROM orders WHERE created_at > $1 ORDER BY created_at LIMIT 10", "orders range orders_created");
    let plan = plans("SELECT * FROM orders ORDER BY updated_at DESC LIMIT 10", Dialect::Postgres);
    assert_eq!(plan[0].accesses[0].reason, Reason::NullsOrder);
}

#[test]
fn joins_carry_boundedness() {
    reads(
        "SELECT * FROM users u JOIN orders o ON o.user_id = u.id WHERE u.id = $1",
        "users unique users_pkey, orders range orders_user",
    );
    reads(
        "SELECT * FROM orders o JOIN items i ON i.order_id = o.id WHERE o.id = $1",
        "orders unique orders_pkey, items whole",
    );
    reads("SELECT * FROM orders o JOIN users u ON u.id = o.user_id", "orders whole, users whole");
    reads(
        "SELECT * FROM orders o JOIN users u ON u.id = o.user_id ORDER BY o.created_at DESC LIMIT 9",
        "orders early orders_created, users unique users_pkey",
    );
    reads(
        "SELECT * FROM orders o LEFT JOIN users u ON u.id = o.user_id WHERE u.email = $1",
        "orders range orders_user, users unique users_email_key",
    );
    reads(
        "SELECT u.* FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE o.id IS NULL",
        "users whole, orders whole",
    );
}

#[test]
fn subqueries_become_joins_or_run_for_each_row() {
    reads(
        "SELECT * FROM orders WHERE user_id IN (SELECT id FROM users WHERE email = $1)",
        "orders range orders_user, users unique users_email_key",
    );
    reads(
        "SELECT * FROM users u WHERE u.id = $1 AND EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id)",
        "users unique users_pkey, orders range orders_user",
    );
    let text = "SELECT u.*, (SELECT count(*) FROM items i WHERE i.sku = u.phone) FROM users u";
    let plan = plans(text, Dialect::Postgres);
    let inner = &plan[0].accesses[1];
    assert_eq!((inner.table.as_str(), inner.reads, inner.is_repeated), ("items", Reads::WholeTable, true));
    reads(
        "INSERT INTO orders (user_id) VALUES ((SELECT id FROM users WHERE phone = $1))",
        "orders unique, users whole",
    );
    reads(
        "UPDATE orders SET note = $1 WHERE id = $2 RETURNING id, (SELECT count(*) FROM items WHERE sku = note)",
        "orders unique orders_pkey, items whole",
    );
}

#[test]
fn views_and_common_table_expressions_are_seen_through() {
    reads("SELECT * FROM open_orders WHERE customer = $1", "orders range orders_user");
    reads("WITH x AS (SELECT * FROM orders) SELECT * FROM x WHERE user_id = $1", "orders range orders_user");
    reads(
        "WITH t AS (SELECT user_id, sum(total) s FROM orders GROUP BY user_id) SELECT * FROM t WHERE user_id = $1",
        "orders range orders_user",
    );
    reads(
        "WITH RECURSIVE t AS (SELECT id FROM tree WHERE id = $1 UNION ALL SELECT c.id FROM tree c JOIN t ON c.parent_id = t.id) SELECT * FROM t",
        "tree unique tree_pkey, tree whole",
    );
    reads("WITH orders AS (SELECT * FROM orders WHERE id = $1) SELECT * FROM orders", "orders unique orders_pkey");
    reads("SELECT * FROM daily", "daily whole");
}

#[test]
fn names_in_a_subquery_mean_its_own_rows_first() {
    reads(
        "WITH gone AS (DELETE FROM users WHERE id = $1 RETURNING id) DELETE FROM orders WHERE user_id IN (SELECT id FROM gone)",
        "users unique users_pkey, orders range orders_user",
    );
    reads(
        "WITH RECURSIVE t (user_id) AS (SELECT x FROM unnest($1::int[]) AS x UNION SELECT t.user_id FROM t) SELECT * FROM orders WHERE user_id IN (SELECT user_id FROM t)",
        "orders range orders_user",
    );
    reads(
        "SELECT * FROM orders WHERE (user_id, status) IN (SELECT * FROM unnest($1::int[], $2::text[]))",
        "orders range orders_user",
    );
}

#[test]
fn what_stands_alone_is_read_by_its_own_conditions() {
    reads(
        "INSERT INTO roles (name) SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM orders WHERE user_id = $2)",
        "roles unique, orders range orders_user",
    );
    reads(
        "SELECT * FROM users u LEFT JOIN orders o ON o.user_id = $2 WHERE u.id = $1",
        "users unique users_pkey, orders range orders_user",
    );
}

#[test]
fn a_case_over_parameters_is_one_of_its_branches() {
    let text = "SELECT * FROM users WHERE CASE WHEN $1 > 0 THEN id = $1 ELSE email = $2 END";
    reads(text, "users range users_pkey");
    let access = plans(text, Dialect::Postgres).remove(0).accesses.remove(0);
    assert_eq!(access.confidence, ir::finding::Confidence::Low);
    reads("SELECT * FROM users WHERE CASE WHEN is_active THEN id = $1 ELSE email = $2 END", "users whole");
}

#[test]
fn a_cast_to_its_own_type_is_the_column() {
    reads("SELECT * FROM users WHERE email::text = $1", "users unique users_email_key");
    reads("SELECT * FROM users WHERE email::varchar(3) = $1", "users whole");
}

#[test]
fn batches_are_found_by_their_place() {
    reads(
        "DELETE FROM orders WHERE ctid IN (SELECT ctid FROM orders WHERE created_at < $1 LIMIT 1000)",
        "orders unique, orders range orders_created",
    );
    // What matches was deleted before.
    reads(
        "DELETE FROM orders WHERE id IN (SELECT id FROM orders WHERE total < 0 LIMIT 1000)",
        "orders unique orders_pkey, orders whole",
    );
    reads("DELETE FROM orders WHERE created_at < $1", "orders range orders_created");
}

#[test]
fn extremes_stand_in_expressions() {
    reads("SELECT COALESCE(MAX(id), 0) + 1 FROM orders", "orders early orders_pkey");
    reads("SELECT COALESCE(MAX(id), 0) + count(*) FROM orders", "orders index-only orders_pkey");
}

#[test]
fn the_last_minutes_are_few_rows() {
    reads(
        "SELECT total FROM orders WHERE created_at > now() - make_interval(mins => $1)",
        "orders range orders_created",
    );
}

#[test]
fn few_rows_of_another_table_end_no_reading_in_order() {
    reads(
        "SELECT * FROM orders o JOIN users u ON u.id = o.user_id WHERE u.phone = $1 ORDER BY o.created_at DESC LIMIT 9",
        "orders range orders_user, users whole",
    );
}

#[test]
fn dialects_differ() {
    let both = |text: &str| (shown(text, Dialect::MySql), shown(text, Dialect::Sqlite));
    let (mysql, sqlite) = both("SELECT * FROM users WHERE email LIKE 'ab%'");
    assert_eq!((mysql.as_str(), sqlite.as_str()), ("users range users_email_key", "users whole"));
    let (mysql, sqlite) = both("SELECT * FROM orders WHERE status = 'open'");
    assert_eq!((mysql.as_str(), sqlite.as_str()), ("orders range orders_status", "orders range orders_status"));
    // InnoDB indexes foreign keys.
    let (mysql, sqlite) = both("SELECT * FROM items WHERE order_id = ?");
    assert_eq!((mysql.as_str(), sqlite.as_str()), ("items range items_order_id_fkey", "items whole"));
}

#[test]
fn an_index_is_suggested_where_it_helps() {
    let suggestion = |text: &str| {
        let accesses = plans(text, Dialect::Postgres).into_iter().flat_map(|plan| plan.accesses);
        accesses.filter_map(|access| access.suggestion).map(|suggestion| suggestion.statement()).collect::<Vec<_>>()
    };
    assert_eq!(suggestion("SELECT * FROM users WHERE phone = $1"), ["CREATE INDEX users_phone_idx ON users (phone)"]);
    assert_eq!(
        suggestion("SELECT * FROM users WHERE phone = $1 ORDER BY created_at LIMIT 5"),
        ["CREATE INDEX users_phone_created_at_idx ON users (phone, created_at)"]
    );
    assert_eq!(
        suggestion("SELECT * FROM users WHERE upper(email) = $1"),
        ["CREATE INDEX users_upper_email_idx ON users ((upper(email)))"]
    );
    assert_eq!(
        suggestion("SELECT * FROM users WHERE bio ILIKE '%x%'"),
        ["CREATE INDEX users_bio_trgm_idx ON users USING gin (bio gin_trgm_ops)"]
    );
    assert_eq!(suggestion("SELECT * FROM users WHERE is_active"), [] as [&str; 0]);
    assert_eq!(suggestion("SELECT * FROM users"), [] as [&str; 0]);
}

#[test]
fn deleting_a_parent_searches_its_children() {
    let plan = plans("DELETE FROM orders WHERE id = $1", Dialect::Postgres).remove(0);
    let children: Vec<_> = plan.children.iter().map(|child| (child.table.as_str(), child.is_indexed)).collect();
    assert_eq!(children, [("items", false)]);
}

#[test]
fn spans_are_those_of_the_text() {
    let text = "SELECT 1; SELECT * FROM \"users\" u WHERE u.phone = $1";
    let access = plans(text, Dialect::Postgres).into_iter().flat_map(|plan| plan.accesses).next();
    let access = access.expect("one table");
    assert_eq!(access.span.text(text), "\"users\"");
    assert_eq!(access.condition.map(|span| span.text(text)), Some("u.phone = $1"));
}

#[test]
fn long_and_deep_statements_end() {
    let ands = "id = 1 AND ".repeat(100_000);
    assert!(plans(&format!("SELECT * FROM users WHERE {ands} id = 2"), Dialect::Postgres).is_empty());
    let deep = format!("SELECT {}1{} FROM users", "(".repeat(10_000), ")".repeat(10_000));
    assert!(plans(&deep, Dialect::Postgres).is_empty());
    let nested = (0..20).fold("SELECT id FROM users".to_owned(), |inner, _| format!("SELECT id FROM ({inner}) x"));
    reads(&format!("{nested} WHERE id = $1"), "users unique users_pkey");
}
