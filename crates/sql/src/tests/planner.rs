//! What PostgreSQL's planner makes of joins, views, alternatives and partial indexes.

use crate::Catalog;
use crate::access::{Dialect, Planner, Reads};

const SCHEMA: &str = "
    CREATE TABLE accounts (id UUID PRIMARY KEY, email TEXT NOT NULL, tenant_id UUID NOT NULL, plan_note TEXT);
    CREATE TABLE chats (id UUID PRIMARY KEY, account_id UUID, tenant_id UUID NOT NULL, title TEXT);
    CREATE TABLE messages (id UUID PRIMARY KEY, chat_id UUID NOT NULL, account_id UUID, body TEXT);
    CREATE INDEX messages_chat ON messages (chat_id);
    CREATE TABLE members (id UUID PRIMARY KEY, group_id UUID NOT NULL, account_id UUID NOT NULL,
      UNIQUE (account_id, group_id));
    CREATE TABLE groups (id UUID PRIMARY KEY, tenant_id UUID NOT NULL, title TEXT);
    CREATE TABLE deploys (id UUID PRIMARY KEY, tenant_id UUID NOT NULL);
    CREATE INDEX deploys_tenant ON deploys (tenant_id);
    CREATE TABLE deploy_statuses (id UUID PRIMARY KEY, deploy_id UUID NOT NULL, status TEXT NOT NULL);
    CREATE INDEX deploy_statuses_deploy ON deploy_statuses (deploy_id, id DESC);
    CREATE TABLE jobs (id UUID PRIMARY KEY, tenant_id UUID, state_name TEXT, ran BOOLEAN NOT NULL, at TIMESTAMPTZ NOT NULL);
    CREATE INDEX jobs_open ON jobs (at) WHERE state_name IN ('queued', 'running');
    CREATE INDEX jobs_waiting ON jobs (tenant_id) WHERE ran IS FALSE;
    CREATE VIEW chat_messages AS (SELECT m.*, c.id AS of_chat FROM chats c LEFT JOIN messages m ON m.chat_id = c.id);
    CREATE VIEW numbered AS SELECT c.id AS chat, gen_random_uuid() AS number FROM chats c;";

fn read(text: &str) -> Vec<(String, Reads)> {
    let accesses = super::accesses(SCHEMA, text).into_iter();
    accesses.map(|access| (access.table.as_str().to_owned(), access.reads)).collect()
}

#[track_caller]
fn reads(text: &str, expected: &[(&str, Reads)]) {
    let expected: Vec<_> = expected.iter().map(|(table, reads)| ((*table).to_owned(), *reads)).collect();
    assert_eq!(read(text), expected, "{text}");
}

#[test]
fn a_value_computed_from_bounded_rows_leads_to_others() {
    let leads = [("messages", Reads::Unique), ("chats", Reads::Unique), ("accounts", Reads::Unique)];
    let from = "FROM messages m LEFT JOIN chats c ON c.id = m.chat_id LEFT JOIN accounts a ON";
    reads(&format!("SELECT a.email {from} a.id = COALESCE(m.account_id, c.account_id) WHERE m.id = $1"), &leads);
    reads(
        &format!("SELECT a.email {from} a.id = m.account_id OR a.id = c.account_id WHERE m.id = $1"),
        &[leads[0], leads[1], ("accounts", Reads::Range)],
    );
    reads(
        "SELECT a.email FROM messages m JOIN chats c ON c.id = m.chat_id JOIN accounts a ON a.id = COALESCE(m.account_id, c.account_id)",
        &[("messages", Reads::WholeTable), ("chats", Reads::WholeTable), ("accounts", Reads::WholeTable)],
    );
    // One branch has no index.
    reads(
        "SELECT a.email FROM messages m JOIN accounts a ON a.id = m.account_id OR a.plan_note = m.body WHERE m.id = $1",
        &[("messages", Reads::Unique), ("accounts", Reads::WholeTable)],
    );
    reads(
        "SELECT 1 FROM messages m JOIN chats c ON (c.id, c.account_id) = (m.chat_id, m.account_id) WHERE m.id = $1",
        &[("messages", Reads::Unique), ("chats", Reads::Unique)],
    );
}

#[test]
fn few_rows_elsewhere_lead_to_what_a_range_leaves() {
    reads(
        "SELECT * FROM groups g WHERE g.tenant_id = $1 AND g.id >= $2
         AND EXISTS (SELECT 1 FROM members m WHERE m.account_id = $3 AND m.group_id = g.id) ORDER BY g.id LIMIT 20",
        &[("groups", Reads::Unique), ("members", Reads::Range)],
    );
}

#[test]
fn parentheses_around_a_view_do_not_matter_but_what_it_computes_anew_does() {
    reads(
        "SELECT * FROM chats c JOIN chat_messages v ON v.of_chat = c.id WHERE c.id = $1",
        &[("chats", Reads::Unique), ("chats", Reads::Unique), ("messages", Reads::Range)],
    );
    reads(
        "SELECT * FROM messages m JOIN numbered n ON n.chat = m.chat_id WHERE m.id = $1",
        &[("messages", Reads::Unique), ("chats", Reads::WholeTable)],
    );
}

#[test]
fn rows_of_each_parent_are_no_lookup() {
    reads(
        "SELECT d.id FROM deploys d JOIN deploy_statuses s ON s.deploy_id = d.id WHERE d.tenant_id = $1 AND s.status = 'done'",
        &[("deploys", Reads::Range), ("deploy_statuses", Reads::Range)],
    );
}

#[test]
fn a_partial_index_takes_some_of_its_values_and_no_doubtful_ones() {
    reads("SELECT * FROM jobs WHERE state_name = 'queued' ORDER BY at LIMIT 1", &[("jobs", Reads::EarlyStop)]);
    reads("SELECT * FROM jobs WHERE state_name = 'done' ORDER BY at LIMIT 1", &[("jobs", Reads::WholeTable)]);
    reads("SELECT * FROM jobs WHERE tenant_id = $1 AND ran IS FALSE", &[("jobs", Reads::Range)]);
    reads("SELECT * FROM jobs WHERE tenant_id = $1 AND ($2 OR ran IS FALSE)", &[("jobs", Reads::WholeTable)]);
}

#[test]
fn a_semi_join_inside_of_an_outer_join_is_led_to() {
    reads(
        "SELECT c.title FROM chats c LEFT JOIN (SELECT m.chat_id FROM messages m WHERE m.account_id IN (SELECT a.id FROM accounts a)) v
         ON v.chat_id = c.id WHERE c.id = $1",
        &[("chats", Reads::Unique), ("messages", Reads::Range), ("accounts", Reads::Unique)],
    );
    reads(
        "SELECT c.title FROM chats c LEFT JOIN accounts a ON a.id = c.account_id
         AND EXISTS (SELECT 1 FROM members m WHERE m.account_id = a.id) WHERE c.id = $1",
        &[("chats", Reads::Unique), ("accounts", Reads::Unique), ("members", Reads::Range)],
    );
}

#[test]
fn an_order_that_a_value_chooses_may_be_that_of_an_index() {
    let order = "CASE WHEN $1 = 0 THEN c.id END ASC, CASE WHEN $1 = 1 THEN c.id END DESC";
    reads(&format!("SELECT * FROM chats c ORDER BY {order} LIMIT 20"), &[("chats", Reads::EarlyStop)]);
    reads("SELECT * FROM chats ORDER BY CASE WHEN $1 THEN title END LIMIT 20", &[("chats", Reads::WholeTable)]);
    reads("SELECT * FROM chats ORDER BY CASE WHEN title = 'a' THEN id END LIMIT 20", &[("chats", Reads::WholeTable)]);
}

#[test]
fn an_index_stands_for_a_table_of_wider_rows() {
    let tables =
        "CREATE TABLE entries (id BIGSERIAL PRIMARY KEY, kind TEXT NOT NULL, body TEXT, data JSONB, at TIMESTAMPTZ);
        CREATE TABLE slugs (slug TEXT PRIMARY KEY, a INT, b INT, c INT, d INT, at TIMESTAMPTZ);";
    let mut catalog = Catalog::new();
    crate::changes_in(tables, Dialect::Postgres).iter().for_each(|change| catalog.apply(change));
    let schema = catalog.into_schema();
    let planner = Planner::new(&schema, Dialect::Postgres, |_| false);
    let reads = |text: &str| planner.plan(text)[0].accesses[0].reads;
    assert_eq!(reads("SELECT count(*) FROM entries"), Reads::IndexOnly);
    assert_eq!(reads("SELECT count(*) FROM slugs"), Reads::WholeTable);
}

#[test]
fn a_word_that_the_statement_writes_is_one_of_few() {
    let words = "CREATE TABLE runs (id UUID PRIMARY KEY, state_group TEXT NOT NULL, owner UUID, note TEXT);
        CREATE INDEX runs_group ON runs (state_group);";
    let mut catalog = Catalog::new();
    crate::changes_in(words, Dialect::Postgres).iter().for_each(|change| catalog.apply(change));
    let schema = catalog.into_schema();
    let planner = Planner::new(&schema, Dialect::Postgres, |_| false);
    let reads = |text: &str| planner.plan(text)[0].accesses[0].reads;
    assert_eq!(reads("SELECT * FROM runs WHERE state_group IN ('pending', 'in_progress')"), Reads::WholeIndex);
    assert_eq!(reads("SELECT * FROM runs WHERE state_group = $1"), Reads::Range);
    assert_eq!(reads("SELECT * FROM runs WHERE state_group = 'room-17'"), Reads::Range);
}

#[test]
fn a_list_that_a_subquery_gives_is_joined_or_kept_aside() {
    reads(
        "SELECT * FROM groups WHERE id = ANY (SELECT group_id FROM members WHERE account_id = $1)",
        &[("groups", Reads::Unique), ("members", Reads::Range)],
    );
    reads(
        "SELECT * FROM groups WHERE id = $1 OR id = ANY (SELECT group_id FROM members WHERE account_id = $2)",
        &[("groups", Reads::WholeTable), ("members", Reads::Range)],
    );
}

#[test]
fn what_an_aggregate_takes_in_makes_a_condition_run() {
    reads(
        "SELECT count(*) FROM chats c WHERE c.title ILIKE $1 OR EXISTS (
           SELECT 1 FROM messages m WHERE m.chat_id = c.id AND m.body ILIKE $1)",
        &[("chats", Reads::WholeTable), ("messages", Reads::WholeIndex)],
    );
}

#[test]
fn statements_that_the_parser_misses_a_part_of_are_read() {
    reads(
        "SELECT * FROM chats WHERE id IN (SELECT x.id FROM jsonb_to_recordset($1::jsonb) AS (id uuid, title text))",
        &[("chats", Reads::WholeTable)],
    );
    reads(
        "INSERT INTO accounts (email) VALUES ($1) ON CONFLICT (lower(email)) WHERE plan_note IS NULL DO NOTHING",
        &[("accounts", Reads::Unique)],
    );
    reads(
        "INSERT INTO accounts (tenant_id, email) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING",
        &[("accounts", Reads::Unique)],
    );
    reads("SELECT * FROM chats -- as `id` is\n WHERE id = $1::uuid AND title::text ~ 'x'", &[("chats", Reads::Unique)]);
    reads("SELECT * FROM chats WHERE id = $1 AND $2 <<= title", &[("chats", Reads::Unique)]);
    reads(
        "SELECT * FROM chats output JOIN groups settings ON settings.id = output.id WHERE output.id = $1",
        &[("chats", Reads::Unique), ("groups", Reads::Unique)],
    );
    reads(
        "SELECT jsonb_agg(c.id ORDER BY (SELECT max(m.body) FROM messages m WHERE m.chat_id = c.id)) FROM chats c WHERE c.id = $1",
        &[("chats", Reads::Unique), ("messages", Reads::Range)],
    );
}
