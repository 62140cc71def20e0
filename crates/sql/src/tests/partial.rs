//! Which conditions prove that of a partial index.

use ir::finding::Confidence;

use super::accesses;
use crate::access::{Access, Reads};

const SCHEMA: &str = "
    CREATE TABLE invites (id UUID PRIMARY KEY, member_id UUID, status TEXT, note TEXT);
    CREATE UNIQUE INDEX invites_taken ON invites (member_id, status) WHERE status IN ('accepted', 'self');
    CREATE TABLE jobs (id UUID PRIMARY KEY, owner_id UUID, status VARCHAR(20), at TIMESTAMPTZ);
    CREATE INDEX jobs_open ON public.jobs USING btree (owner_id)
      WHERE ((status)::text = ANY ((ARRAY['new'::character varying, 'held'::character varying])::text[]));
    CREATE TABLE tasks (id UUID PRIMARY KEY, owner_id UUID, status TEXT, at TIMESTAMPTZ);
    CREATE INDEX tasks_unfinished ON tasks (owner_id) WHERE status NOT IN ('done', 'failed');
    CREATE INDEX tasks_soon ON tasks (at) WHERE status = 'new' OR status = 'held';
    CREATE TABLE flags (id UUID PRIMARY KEY, name TEXT, value TEXT, note TEXT);
    CREATE UNIQUE INDEX flags_domain ON flags (value) WHERE name = 'domain';";

fn read(text: &str) -> Access {
    accesses(SCHEMA, text).remove(0)
}

#[test]
fn some_of_the_values_of_its_list_prove_it() {
    let by = |condition: &str| read(&format!("SELECT * FROM invites WHERE member_id = $1 AND {condition}")).reads;
    for condition in [
        "status = 'self'",
        "status IN ('self', 'accepted')",
        "status = ANY(ARRAY['self'])",
        "(status = 'self' OR status = 'accepted')",
    ] {
        assert_eq!(by(condition), Reads::Unique, "{condition}");
    }
    for condition in ["status = 'sent'", "status IN ('self', 'sent')", "(status = 'self' OR status = 'sent')"] {
        assert_eq!(by(condition), Reads::WholeTable, "{condition}");
    }
}

#[test]
fn it_is_read_as_the_database_prints_it() {
    let by = |condition: &str| read(&format!("SELECT * FROM jobs WHERE owner_id = $1 AND {condition}")).reads;
    assert_eq!(by("status = 'new'"), Reads::Range);
    assert_eq!(by("status IN ('held', 'new')"), Reads::Range);
    assert_eq!(by("status IN ('held', 'done')"), Reads::WholeTable);
}

#[test]
fn values_beside_those_that_it_leaves_out_prove_it() {
    let by = |condition: &str| read(&format!("SELECT * FROM tasks WHERE owner_id = $1 AND {condition}")).reads;
    assert_eq!(by("status IN ('new', 'held')"), Reads::Range);
    assert_eq!(by("status NOT IN ('done', 'failed')"), Reads::Range);
    assert_eq!(by("status IN ('new', 'done')"), Reads::WholeTable);
    assert_eq!(by("status NOT IN ('done')"), Reads::WholeTable);
}

#[test]
fn alternatives_are_a_list() {
    let first = |condition: &str| read(&format!("SELECT * FROM tasks WHERE {condition} ORDER BY at LIMIT 1")).reads;
    assert_eq!(first("status = 'held'"), Reads::EarlyStop);
    assert_eq!(first("(status = 'held' OR status = 'new')"), Reads::EarlyStop);
    assert_eq!(first("(status = 'held' OR status = 'done')"), Reads::WholeTable);
}

#[test]
fn a_parameter_may_be_the_value_that_it_is_for() {
    let access = read("SELECT * FROM flags WHERE name = $1 AND value = $2");
    assert_eq!((access.reads, access.confidence), (Reads::WholeTable, Confidence::Medium));
    assert_eq!(access.suggestion, None);
    let other = read("SELECT * FROM flags WHERE name = 'colour' AND value = $2");
    assert_eq!((other.reads, other.confidence), (Reads::WholeTable, Confidence::High));
    let unrelated = read("SELECT * FROM flags WHERE name = $1 AND note = $2");
    assert_eq!(unrelated.confidence, Confidence::High);
}
