use ir::Schema;

use crate::schema;

/// One line a table: columns (`name type > table`), then indexes (`u` unique, `?` partial).
fn show(schema: &Schema) -> String {
    let mut lines = Vec::new();
    for table in &schema.tables {
        let columns = table.columns.iter().map(|column| {
            let references = column.references.map_or_else(String::new, |table| format!(" > {table}"));
            format!("{} {}{references}", column.name, column.ty)
        });
        let indexes = table.indexes.iter().map(|index| {
            let columns: Vec<_> = index.parts.iter().map(|part| part.key.as_str()).collect();
            let unique = if index.is_unique() { "u" } else { "" };
            let partial = if index.is_partial() { "?" } else { "" };
            format!("{unique}{partial}({})", columns.join(" "))
        });
        let parts: Vec<_> = columns.chain(indexes).collect();
        lines.push(format!("{}: {}", table.name, parts.join(", ")));
    }
    if schema.is_incomplete || !schema.incomplete.is_empty() {
        lines.push("incomplete".to_owned());
    }
    lines.join("\n")
}

#[track_caller]
fn has(text: &str, expected: &str) {
    assert_eq!(show(&schema(text)), expected, "{text}");
}

#[test]
fn indexes_that_look_like_columns() {
    has(
        "CREATE TABLE banks (id INT PRIMARY KEY, name VARCHAR(50), INDEX by_name (name));
         ALTER TABLE banks ADD COLUMN account VARCHAR(20), ADD COLUMN code VARCHAR(9), ADD KEY by_account (account, code);
         CREATE TABLE settings (key VARCHAR(20), index INT)",
        "banks: id int, name varchar(50), account varchar(20), code varchar(9), u(id), (name), (account code)\n\
         settings: key varchar(20), index int",
    );
}

#[test]
fn keys_and_references() {
    has(
        "CREATE TABLE IF NOT EXISTS public.\"Users\" (id SERIAL PRIMARY KEY, email VARCHAR(255) UNIQUE NOT NULL);
         CREATE TABLE items (order_id INT, pos INT, sku TEXT REFERENCES products(sku) ON DELETE CASCADE,
           PRIMARY KEY (order_id, pos), CONSTRAINT one UNIQUE (sku, pos), FOREIGN KEY (order_id) REFERENCES orders (id), CHECK (pos > 0));",
        "users: id serial, email varchar(255), u(id), u(email)\n\
         items: order_id int > orders, pos int, sku text > products, u(order_id pos), u(sku pos)",
    );
}

#[test]
fn indexes() {
    has(
        "CREATE TABLE t (a INT, b TEXT, c JSONB);
         CREATE INDEX ON t (a, b DESC NULLS LAST);
         CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_b ON public.t USING btree (b text_pattern_ops) INCLUDE (a);
         CREATE INDEX t_part ON t (a) WHERE b IS NOT NULL;
         CREATE INDEX t_low ON t (lower(b), a);
         CREATE INDEX t_gin ON t USING gin (c);",
        "t: a int, b text, c jsonb, (a b), u(b), ?(a), (lower(b) a), (c)",
    );
}

#[test]
fn changes_are_replayed_in_order() {
    has(
        "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, CONSTRAINT t_a UNIQUE (a));
         CREATE INDEX t_b ON t (b);
         ALTER TABLE t ADD COLUMN c BIGINT REFERENCES u(id), DROP COLUMN a;
         ALTER TABLE t RENAME COLUMN b TO bb;
         ALTER TABLE t ALTER COLUMN c TYPE TEXT;
         ALTER TABLE ONLY t ADD CONSTRAINT t_c UNIQUE (c);
         ALTER TABLE t RENAME TO tt;
         CREATE TABLE gone (id INT);
         DROP TABLE gone;
         DROP TABLE IF EXISTS never;",
        "tt: id int, bb int, c text > u, u(id), (bb), u(c)",
    );
    has(
        "CREATE TABLE t (a INT UNIQUE, b INT); ALTER TABLE t DROP CONSTRAINT t_a_key; CREATE INDEX i ON t (b); DROP INDEX i;",
        "t: a int, b int",
    );
    has(
        "CREATE TABLE t (a INT); CREATE TABLE new_t (a INT, b INT); INSERT INTO new_t SELECT a, 1 FROM t; DROP TABLE t; ALTER TABLE new_t RENAME TO t;",
        "t: a int, b int",
    );
}

#[test]
fn mysql_indexes_foreign_keys() {
    has(
        "CREATE TABLE `p` (`id` int NOT NULL AUTO_INCREMENT, `u` int, `v` int, `t` varchar(9), PRIMARY KEY (`id`), KEY `k` (`t`(4)),
         UNIQUE KEY `uk` (`v`,`t`), CONSTRAINT `f` FOREIGN KEY (`u`) REFERENCES `us` (`id`), CONSTRAINT `g` FOREIGN KEY (`v`) REFERENCES `vs` (`id`)
         ) ENGINE=InnoDB; ALTER TABLE `p` DROP INDEX `k`;",
        "p: id int, u int > us, v int > vs, t varchar(9), u(id), u(v t), (u)",
    );
}

#[test]
fn sqlite_is_loose() {
    has(
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a, b TEXT DEFAULT (datetime('now')), c DATETIME(3)) WITHOUT ROWID;
         CREATE TABLE s (id INTEGER PRIMARY KEY, at DATETIME DEFAULT CURRENT_TIMESTAMP) STRICT;",
        "t: id integer, a , b text, c datetime(3), u(id)\ns: id integer, at datetime, u(id)",
    );
}

#[test]
fn migrations_end_where_they_are_undone() {
    has("-- migrate:up\nCREATE TABLE t (a INT);\n-- migrate:down\nDROP TABLE t;", "t: a int");
    has("-- +goose Up\nCREATE TABLE t (a INT);\n-- +goose Down\nDROP TABLE t;", "t: a int");
}

#[test]
fn dumps_are_read_past_their_data() {
    let text = "CREATE TABLE t (a INT);\nCOPY public.t (a) FROM stdin;\n1; DROP TABLE t;\n'\n\\.\n\nALTER TABLE t ADD b INT;\nINSERT INTO u VALUES (1);";
    let read = schema(text);
    assert_eq!(show(&read), "t: a int, b int");
    assert_eq!(read.seeded, ["t", "u"].map(ir::Symbol::new));
}

#[test]
fn blocks_and_routines() {
    has(
        "CREATE TABLE t (a INT);
         DO $x$ BEGIN ALTER TABLE t ADD COLUMN b INT; EXCEPTION WHEN others THEN NULL; END $x$;
         CREATE FUNCTION f() RETURNS void AS $$ BEGIN DROP TABLE t; END $$ LANGUAGE plpgsql;
         CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t; DELETE FROM t; END;
         CREATE VIEW v AS SELECT * FROM t;",
        "t: a int, b int",
    );
}

#[test]
fn what_cannot_be_read_makes_it_incomplete() {
    has("CREATE TABLE t (a INT); CREATE TABLE (((;", "t: a int\nincomplete");
    has("DROP TABLE unknown;", "");
    has(
        "CREATE TABLE t (a INT); CREATE INDEX i ON t (a); ALTER INDEX IF EXISTS i RENAME TO j; DROP INDEX CONCURRENTLY j;",
        "t: a int",
    );
    has("CREATE TABLE t (a INT); ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u !!;", "t: a int");
    has("CREATE TABLE t (a INT); ALTER TABLE t ADD !!;", "t: a int\nincomplete");
    has(
        "CREATE TABLE t (a INT); ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t OWNER TO x; CREATE EXTENSION y;",
        "t: a int",
    );
    has("CREATE INDEX i ON elsewhere (a);", "elsewhere: (a)");
}

#[test]
fn spans_are_those_of_the_names() {
    let text = "-- é\nCREATE TABLE \"tâble\" (\n  id INT,\n  näme TEXT\n);\nDO $$ BEGIN ALTER TABLE \"tâble\" ADD COLUMN zz INT; END $$;";
    let read = schema(text);
    let table = &read.tables[0];
    assert_eq!(table.span.text(text), "\"tâble\"");
    let spans: Vec<_> = table.columns.iter().map(|column| column.span.text(text)).collect();
    assert_eq!(spans, ["id", "näme", "zz"]);
}
