use std::time::{Duration, Instant};

use crate::{HOLE, looks_like_sql, queries, schema};

/// Reads the text in every way, in the stack of a thread that tests get, and within reason.
fn read(text: &str) {
    let start = Instant::now();
    let found = queries(text);
    for query in &found {
        let spans = [query.span]
            .into_iter()
            .chain(query.tables.iter().map(|table| table.span))
            .chain(query.filters.iter().map(|filter| filter.span))
            .chain(query.order.iter().map(|(_, span)| *span));
        for span in spans {
            assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?} in {:.80}", text);
        }
    }
    for table in schema(text).tables {
        assert!(text.get(table.span.start as usize..table.span.end as usize).is_some());
    }
    looks_like_sql(text);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?} for {:.80}", start.elapsed(), text);
}

#[test]
fn long_chains() {
    let repeat = |part: &str| part.repeat(100_000);
    for text in [
        format!("SELECT * FROM t WHERE a = 1{}", repeat(" AND a = 1")),
        format!("SELECT * FROM t WHERE a = 1{}", repeat(" OR a = 1")),
        format!("SELECT 1{}", repeat(" + 1")),
        format!("SELECT 1{}", repeat(" UNION SELECT 1")),
        format!("SELECT a{} FROM t", repeat("::int")),
        format!("SELECT a{} FROM t", repeat("[1]")),
        format!("SELECT a{} FROM t", repeat(".b")),
        format!("SELECT {} 1", repeat("NOT ")),
        format!("SELECT {} 1", repeat("- ")),
        format!("SELECT * FROM t WHERE a IN ({}1)", repeat("1, ")),
        format!("INSERT INTO t (a) VALUES (1){}", repeat(", (1)")),
        format!("SELECT * FROM a{}", repeat(" JOIN a ON true")),
        format!("SELECT * FROM t ORDER BY a{}", repeat(", a")),
    ] {
        read(&text);
    }
    let just_below = format!("SELECT * FROM t WHERE a = 1{}", " AND a = 1".repeat(480));
    assert_eq!(queries(&just_below)[0].filters.len(), 481);
}

#[test]
fn deep_nesting() {
    for (open, close) in
        [("(", ")"), ("[", "]"), ("(SELECT ", ")"), ("CASE WHEN ", " END"), ("f(", ")"), ("/*", "*/"), ("{", "}")]
    {
        let text = format!("SELECT {}1{}", open.repeat(20_000), close.repeat(20_000));
        read(&text);
        read(&text[..text.len() / 2]);
    }
    let depth = 40;
    read(&format!("SELECT * FROM {}t{}", "(SELECT * FROM ".repeat(depth), ") x".repeat(depth)));
    read(&format!("{}t{}", "WITH a AS (".repeat(depth), ")".repeat(depth)));
}

#[test]
fn odd_bytes() {
    let line = format!("SELECT '{}' FROM t", "é".repeat(1_000_000));
    let seeds = "INSERT INTO t VALUES (1, 'x');\n".repeat(60_000);
    let quotes = "'".repeat(200_001);
    let comments = "--\n".repeat(200_000);
    for text in [
        "",
        ";",
        ";;;",
        "\u{feff}",
        "\0",
        "\u{feff}SELECT 1 FROM a",
        "SELECT \0 FROM t",
        "SELECT 'abc",
        "SELECT \"abc",
        "SELECT $$abc",
        "SELECT $a$b$c$",
        "/*",
        "--",
        "SELECT 1 --",
        "\\",
        "\\d t\nSELECT 1 FROM a",
        "COPY t FROM stdin;",
        "DELIMITER",
        "DELIMITER //\nx",
        "é",
        "SELECT é FROM é WHERE é = 'é' LIMIT 'é",
        "SELECT\r\n*\r\nFROM\r\nt\r\n",
        "E'",
        "N'é",
        "$",
        "$é$",
        "%(é",
        "{é",
        "@é",
        ":é",
        "#",
        "DO",
        "DO $$",
        "DO '$",
        "DO $$ BEGIN é ALTER TABLE é ADD é INT; END $$",
        "CREATE TABLE é (é é)",
        "GO",
        "SELECT 1 GO",
        &line,
        &seeds,
        &quotes,
        &comments,
        &HOLE.repeat(100_000),
        &"DELIMITER //\n".repeat(20_000),
        &"DO $$ $$;".repeat(20_000),
        &"COPY t FROM stdin;\n".repeat(5_000),
        &"$a$".repeat(50_001),
        &"/*".repeat(100_000),
        &"$".repeat(100_000),
        &"{".repeat(100_000),
        &"\"".repeat(100_001),
        &"x'".repeat(100_001),
    ] {
        read(text);
    }
}

#[test]
fn every_prefix_of_a_statement() {
    let text = "WITH a AS (SELECT é, count(*) FILTER (WHERE x > 1) FROM t GROUP BY 1) SELECT a.*, 'it''s' FROM a LEFT JOIN b ON b.id = a.id \
                WHERE a.x LIKE '%' || $1 AND b.y IN (SELECT z FROM c) OR NOT a.q ORDER BY random() LIMIT %s OFFSET {n}; \
                CREATE TABLE t (a INT PRIMARY KEY, b TEXT REFERENCES u (id), UNIQUE (a, b)); ALTER TABLE t ADD COLUMN c INT;";
    for (at, _) in text.char_indices() {
        read(&text[..at]);
        read(&text[at..]);
    }
}
