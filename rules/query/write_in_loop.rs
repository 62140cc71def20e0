//! Rows are written one by one.

use std::collections::BTreeSet;

use analysis::{Effect, FnRef, LibraryCall, Program, QueryUse, Shape};
use ir::finding::{Family, Finding, RuleInfo, Severity};
use ir::{PredicateOp, QueryKind};

use super::repeated::Repeated;
use crate::Rule;
use crate::common::Words;

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "write-in-loop",
        family: Family::Query,
        severity: Severity::Warning,
        summary: "rows are written one by one in a loop",
        cwe: &[1073],
        page: include_str!("write_in_loop.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    let mut repeated = Repeated::default();
    for query in program.queries().iter().filter(|query| query.shape == Shape::Write) {
        // A list of rows, or all rows of a list of keys, is the cure.
        let is_bulk = takes_batches(query) || program.writes_many(query) || is_of_list(program, query);
        if is_bulk {
            continue;
        }
        let entity = super::entity_of(query, "the table");
        let words = Words {
            message: format!("rows of {entity} are written one by one, a round trip each"),
            label: "one statement an item".to_owned(),
            runs_out: "time and pooled connections: 1,000 rows are 1,000 round trips, and outside a transaction as many disk flushes"
                .to_owned(),
            instead: super::advice(
                program,
                RULE.info.slug,
                query,
                "write all rows with one statement (several VALUES, `UPDATE … FROM`, the ORM's bulk call), in one transaction",
            ),
        };
        repeated.add(program, &RULE.info, query, words);
    }
    // Where statements are sent as well, those are told.
    let writes = program.queries().iter().filter(|query| query.shape == Shape::Write);
    let writing: BTreeSet<FnRef> = writes.map(|query| query.function).collect();
    let is_alone = |call: &&LibraryCall<'_>| !writing.contains(&call.function);
    for call in program.calls().iter().filter(is_alone) {
        let name = program.called_name(call.at).filter(|_| call.model.does == Some(Effect::Database));
        let words = match name.as_deref() {
            Some("commit") => of_commit(),
            Some("flush") => of_flush(),
            _ => continue,
        };
        repeated.add_commit(program, &RULE.info, call, words);
    }
    findings.extend(repeated.into_findings());
}

fn of_commit() -> Words {
    Words {
        message: "each item is committed by itself".to_owned(),
        label: "one commit an item".to_owned(),
        runs_out:
            "the disk: each commit waits until it has written, a millisecond to ten, and 1,000 items wait 1,000 times"
                .to_owned(),
        instead: "one commit after the loop, or one for some hundred items: what fails is then undone together"
            .to_owned(),
    }
}

/// What a unit of work has gathered is sent.
fn of_flush() -> Words {
    Words {
        message: "each item is flushed by itself: a round trip each".to_owned(),
        label: "one flush an item".to_owned(),
        runs_out: "time, with the session's connection held: 1,000 items are 1,000 round trips, where one flush sends them together"
            .to_owned(),
        instead: "add all items and flush once after the loop: the keys are there for all of them then".to_owned(),
    }
}

/// Whether it is of all rows of a list of keys, and not of one of them that is in a list as well.
fn is_of_list(program: &Program<'_>, query: &QueryUse) -> bool {
    let mut own = query.conditions.iter();
    let is_one = own.any(|condition| {
        condition.op == PredicateOp::Equal && matches!(condition.column.as_str(), "id" | "_id" | "uuid")
    });
    !is_one
        && query
            .conditions
            .iter()
            .any(|condition| condition.op == PredicateOp::In && !program.is_on_written_list(query, condition))
}

/// `DELETE … LIMIT 5000`: as many rows as it says.
fn takes_batches(query: &QueryUse) -> bool {
    let changes = |kind: QueryKind| matches!(kind, QueryKind::Delete | QueryKind::Update);
    query.sql.as_ref().is_some_and(|statement| changes(statement.kind) && statement.has_limit)
}
