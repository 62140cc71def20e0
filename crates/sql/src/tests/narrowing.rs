//! What leaves few rows of one table for the others, and what does not let a limit end the reading.

use super::accesses;
use crate::access::Reads::{self, Range, Unique, WholeTable};

const SCHEMA: &str = "
    CREATE TABLE goals (id UUID PRIMARY KEY, board_id UUID, title TEXT);
    CREATE INDEX goals_board ON goals (board_id);
    CREATE TABLE cards (id UUID PRIMARY KEY, goal_id UUID, other_id UUID, body TEXT);
    CREATE INDEX cards_goal ON cards (goal_id);
    CREATE INDEX cards_other ON cards (other_id);
    CREATE TABLE notes (id UUID PRIMARY KEY, card_id UUID, body TEXT);
    CREATE INDEX notes_card ON notes (card_id);
    CREATE TABLE keys (id UUID PRIMARY KEY, user_id UUID, label TEXT);
    CREATE TABLE grants (id UUID PRIMARY KEY, key_id UUID, a UUID, b UUID, body TEXT);
    CREATE INDEX grants_a ON grants (a);";

#[track_caller]
fn reads(text: &str, expected: &[Reads]) {
    let found: Vec<Reads> = accesses(SCHEMA, text).into_iter().map(|access| access.reads).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn each_branch_of_a_joins_alternatives_finds_its_rows() {
    let from = "FROM goals g LEFT JOIN keys k ON k.id = g.board_id LEFT JOIN cards c ON";
    reads(
        &format!("SELECT * {from} (g.id = c.goal_id OR k.id = c.other_id) WHERE g.id = $1"),
        &[Unique, Unique, Range],
    );
    reads(
        "SELECT * FROM goals g, cards c WHERE (g.id = c.goal_id OR g.id = c.other_id) AND g.id = $1",
        &[Unique, Range],
    );
    reads(
        &format!("SELECT * {from} (g.id = c.goal_id OR k.label = c.body) WHERE g.id = $1"),
        &[Unique, Unique, WholeTable],
    );
}

#[test]
fn a_constant_goes_through_a_join_into_groups() {
    for inner in [
        "SELECT c.goal_id, count(c.body) AS n FROM cards c GROUP BY c.goal_id",
        "SELECT DISTINCT c.goal_id, c.body FROM cards c",
        "SELECT c.*, array_agg(c.body) FROM cards c GROUP BY c.id",
    ] {
        reads(
            &format!("SELECT * FROM goals g LEFT JOIN ({inner}) x ON x.goal_id = g.id WHERE g.id = $1"),
            &[Unique, Range],
        );
        reads(&format!("SELECT * FROM goals g JOIN ({inner}) x ON x.goal_id = g.id WHERE g.id = $1"), &[Unique, Range]);
        // No constant, but the rows of a range.
        reads(
            &format!("SELECT * FROM goals g JOIN ({inner}) x ON x.goal_id = g.id WHERE g.board_id = $1"),
            &[Range, WholeTable],
        );
    }
}

#[test]
fn a_constant_does_not_reach_what_is_computed_once() {
    let inner = "SELECT c.goal_id, count(c.body) AS n FROM cards c GROUP BY c.goal_id";
    let outer = "SELECT * FROM goals g JOIN x ON x.goal_id = g.id";
    reads(&format!("WITH x AS ({inner}) {outer} WHERE g.id = $1"), &[Unique, Range]);
    reads(&format!("WITH x AS MATERIALIZED ({inner}) {outer} WHERE g.id = $1"), &[Unique, WholeTable]);
    reads(&format!("WITH x AS MATERIALIZED ({inner}) SELECT * FROM x WHERE x.goal_id = $1"), &[WholeTable]);
    // The greatest of each group is not known before the groups are.
    reads(
        "SELECT * FROM goals g JOIN (SELECT max(c.goal_id) AS top FROM cards c GROUP BY c.body) x ON x.top = g.id WHERE g.id = $1",
        &[Unique, WholeTable],
    );
    reads(
        "SELECT * FROM goals g JOIN (SELECT DISTINCT ON (c.body) c.body, c.goal_id FROM cards c) x ON x.goal_id = g.id
         WHERE g.id = $1",
        &[Unique, WholeTable],
    );
}

#[test]
fn what_leaves_few_rows_lets_no_limit_end_the_reading() {
    reads("SELECT 1 FROM grants WHERE a = $1 OR b = $1 LIMIT 1", &[WholeTable]);
    reads("SELECT EXISTS (SELECT 1 FROM grants WHERE a = $1 OR b = $1)", &[WholeTable]);
    reads("SELECT 1 FROM grants WHERE a = $1 OR body IS NOT NULL LIMIT 1", &[Reads::EarlyStop]);
    reads("SELECT 1 FROM grants ORDER BY id LIMIT 1", &[Reads::EarlyStop]);
    reads("SELECT 1 FROM grants WHERE key_id = $1 OR b = $1 ORDER BY id LIMIT 1", &[WholeTable]);
}

#[test]
fn few_rows_of_a_partner_let_no_limit_end_the_reading() {
    let from = "FROM grants g JOIN keys k ON k.id = g.key_id";
    reads(&format!("SELECT g.* {from} WHERE k.user_id = $1 LIMIT 1"), &[WholeTable, WholeTable]);
    reads(&format!("SELECT EXISTS (SELECT 1 {from} WHERE k.user_id = $1)"), &[WholeTable, WholeTable]);
    reads(&format!("SELECT g.* {from} LIMIT 1"), &[Reads::EarlyStop, Unique]);
    reads("SELECT n.* FROM notes n JOIN cards c ON c.id = n.card_id WHERE c.body = $1 LIMIT 1", &[Range, WholeTable]);
}

#[test]
fn few_rows_by_alternatives_lead_to_others() {
    reads(
        "SELECT n.* FROM notes n JOIN cards c ON c.id = n.card_id WHERE c.body = $1 OR c.goal_id = $2",
        &[Range, WholeTable],
    );
}

#[test]
fn a_conflict_asks_before_it_updates() {
    reads(
        "INSERT INTO goals (id, title) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET title = $2
         WHERE EXISTS (SELECT 1 FROM cards c WHERE c.goal_id = $3)",
        &[Unique, Range],
    );
}

#[test]
fn the_names_of_what_there_are_few_of_are_few() {
    let tables = "
        CREATE TABLE coupons (id UUID PRIMARY KEY, provider_name TEXT, channel_name TEXT, code TEXT, note TEXT,
          UNIQUE (provider_name, code), UNIQUE (channel_name, code));";
    let read = |text: &str| accesses(tables, text)[0].reads;
    assert_eq!(read("SELECT * FROM coupons WHERE provider_name = $1"), Reads::WholeIndex);
    assert_eq!(read("SELECT * FROM coupons WHERE provider_name = $1 AND code = $2"), Unique);
    assert_eq!(read("SELECT * FROM coupons WHERE channel_name = $1"), Range);
}

#[test]
fn a_parameter_that_tells_to_take_all_rows_leaves_no_index() {
    let read = |text: &str| {
        let access = accesses(SCHEMA, text).remove(0);
        (access.reads, access.confidence)
    };
    let low = ir::finding::Confidence::Low;
    assert_eq!(read("SELECT * FROM goals WHERE id = ANY($1) OR $2"), (WholeTable, low));
    assert_eq!(read("SELECT * FROM goals WHERE ($1::bool OR board_id = $2) AND title <> $3"), (WholeTable, low));
    assert_eq!(read("SELECT * FROM goals WHERE board_id = $1 AND ($2 OR title = $3)"), (Range, low));
    // Most often it is given.
    assert_eq!(read("SELECT * FROM goals WHERE $1 IS NULL OR board_id = $1"), (Range, low));
}
