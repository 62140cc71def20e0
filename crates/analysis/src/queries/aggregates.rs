//! What stands in a query's arguments besides conditions: the stages of an aggregation pipeline, and what is selected.

use ir::{ExprId, ExprKind, TextPart};

use super::Certainty;
use super::chain::Chain;
use super::conditions::add_columns;
use super::records::add_filter_record;
use crate::ids::{ExprRef, FileId};
use crate::models::Query;
use crate::program::Program;

/// Takes in what the arguments of a call say in this role.
pub(super) fn add(program: &Program<'_>, chain: &mut Chain, call: ExprRef, role: Query, certainty: Certainty) {
    let ExprKind::Call { args, .. } = program.kind(call) else { return };
    let Some(first) = args.first().map(|arg| ExprRef { file: call.file, id: arg.value }) else { return };
    if role == Query::Pipeline {
        add_pipeline(program, chain, first, certainty);
        return;
    }
    match program.kind(first) {
        ExprKind::Record(entries) => {
            chain.aggregates |= entries.iter().any(|entry| is_aggregate(program, first.file, entry.value));
            add_columns(program, chain, first);
        }
        ExprKind::List(items) => chain.aggregates |= items.iter().all(|item| is_aggregate(program, first.file, *item)),
        _ => chain.aggregates |= is_aggregate(program, first.file, first.id),
    }
}

/// `[{ $match: … }, { $limit: 20 }]`.
fn add_pipeline(program: &Program<'_>, chain: &mut Chain, stages: ExprRef, certainty: Certainty) {
    let written = match program.kind(stages) {
        ExprKind::Local(_) => program.definition(stages),
        _ => Some(stages),
    };
    let Some((list, ExprKind::List(items))) = written.map(|list| (list, program.kind(list))) else {
        add_unknown(chain);
        return;
    };
    for item in items {
        match program.kind(ExprRef { file: list.file, id: *item }) {
            ExprKind::Record(stage) => {
                for entry in stage {
                    let Some(name) = entry.key else { continue };
                    let value = ExprRef { file: list.file, id: entry.value };
                    add_stage(program, chain, name.as_str(), value, certainty);
                }
            }
            _ => add_unknown(chain),
        }
    }
}

/// Stages from elsewhere may hold anything.
fn add_unknown(chain: &mut Chain) {
    chain.filter = chain.filter.max(Certainty::Sometimes);
    chain.limit = chain.limit.max(Certainty::Sometimes);
}

fn add_stage(program: &Program<'_>, chain: &mut Chain, name: &str, value: ExprRef, certainty: Certainty) {
    match name {
        "$match" | "$geoNear" => add_filter_record(program, chain, value, certainty),
        "$limit" | "$sample" => chain.limit = chain.limit.max(certainty),
        "$skip" => chain.skip(program, value.file, Some(value.id)),
        "$sort" => chain.order = chain.order.max(certainty),
        "$count" => chain.aggregates = true,
        "$facet" => add_unknown(chain),
        "$group" => {
            let groups_all = matches!(program.kind(value), ExprKind::Record(entries) if entries.iter().any(|entry| {
                let is_null = matches!(program.kind(ExprRef { file: value.file, id: entry.value }), ExprKind::Null);
                entry.key.is_some_and(|key| key == "_id") && is_null
            }));
            chain.aggregates |= groups_all;
            chain.is_grouped |= !groups_all;
        }
        _ => {}
    }
}

const FUNCTIONS: &[&str] = &[
    "count",
    "count_star",
    "count_distinct",
    "countDistinct",
    "sum",
    "sumDistinct",
    "avg",
    "avgDistinct",
    "min",
    "max",
];

/// `count()`, `` sql`COUNT(*)` ``, `` sql`COALESCE(SUM(total), 0)`.mapWith(Number) ``.
fn is_aggregate(program: &Program<'_>, file: FileId, value: ExprId) -> bool {
    let ExprKind::Call { callee, args, .. } = program.kind(ExprRef { file, id: value }) else { return false };
    let names_one = |name: &str| FUNCTIONS.contains(&name);
    match program.kind(ExprRef { file, id: *callee }) {
        ExprKind::Member { base, name, .. } => {
            is_aggregate(program, file, *base) || names_one(name.as_str()) && args.len() <= 1
        }
        ExprKind::Local(binding) if names_one(program.file(file).binding(*binding).name.as_str()) => true,
        ExprKind::Global(name) if names_one(name) => true,
        _ => args.first().is_some_and(|text| is_aggregate_text(program, ExprRef { file, id: text.value })),
    }
}

fn is_aggregate_text(program: &Program<'_>, text: ExprRef) -> bool {
    let ExprKind::Text(parts) = program.kind(text) else { return false };
    let Some(TextPart::Literal { value, .. }) = parts.first() else { return false };
    let mut rest = value.trim_start().to_lowercase();
    for around in ["cast(", "coalesce(", "round("] {
        rest = rest.strip_prefix(around).map_or(rest.clone(), |inner| inner.trim_start().to_owned());
    }
    ["count(", "sum(", "avg(", "min(", "max(", "array_agg(", "json_agg(", "jsonb_agg(", "string_agg("]
        .iter()
        .any(|function| rest.starts_with(function))
}
