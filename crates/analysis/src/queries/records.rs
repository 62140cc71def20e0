//! Conditions in a record: `{ status: "open", name: { $regex: q } }`; with operators of MongoDB, Prisma, Sequelize, TypeORM.

use ir::{BinaryOp, CallKind, Entry, ExprId, ExprKind, PredicateOp, Symbol, TextPart};

use super::chain::Chain;
use super::conditions::starts_with_wildcard;
use super::grown::{self, Member};
use super::{Certainty, Condition, windows};
use crate::ids::ExprRef;
use crate::program::Program;
use crate::values::Atom;

/// So many conditions of one record are taken in.
const BUDGET: u32 = 64;

/// Takes in the conditions of a record, also what is put into it between its making and the query.
pub(super) fn add_filter_record(program: &Program<'_>, chain: &mut Chain, record: ExprRef, certainty: Certainty) {
    let mut records: Vec<ExprRef> = Vec::new();
    match program.kind(record) {
        ExprKind::Record(_) => records.push(record),
        ExprKind::Local(_) => {
            records.extend(records_of(program, record));
            if records.is_empty() {
                chain.filter = chain.filter.max(Certainty::Sometimes.min(certainty));
            }
        }
        ExprKind::Null => {}
        // `doc! {}`: no condition.
        ExprKind::Call { args, kind: CallKind::Macro, .. } if args.is_empty() => {}
        _ => chain.filter = chain.filter.max(certainty),
    }
    // `q ? { name: q } : {}`: there may be no condition at all.
    let is_empty = |found: &ExprRef| {
        matches!(program.kind(*found), ExprKind::Record(entries) if entries.is_empty())
            && grown::members(program, *found, record).is_empty()
            && !program.world().flows.grows(*found)
    };
    let may_be_empty = records.len() > 1 && records.iter().any(is_empty);
    let certainty = if may_be_empty { Certainty::Sometimes.min(certainty) } else { certainty };
    for found in records {
        let before = chain.conditions.len();
        let ExprKind::Record(entries) = program.kind(found) else { continue };
        let later = grown::members(program, found, record);
        if !entries.is_empty() || later.iter().any(|member| member.is_certain) {
            chain.filter = chain.filter.max(certainty);
        } else if !later.is_empty() || program.world().flows.grows(found) {
            // An empty object that members are added to later.
            chain.filter = chain.filter.max(Certainty::Sometimes.min(certainty));
        }
        let mut budget = BUDGET;
        record_conditions(program, chain, found, record, &mut budget);
        let windows = std::mem::take(&mut chain.windows);
        if chain.conditions[before..].iter().any(windows::is_of_person) {
            chain.conditions.extend(windows);
        }
        if may_be_empty {
            chain.gathered.extend(chain.conditions.split_off(before));
        }
    }
}

/// The conditions of a record that a call is given as its filter, those that may be there or not too.
pub(crate) fn conditions_of_filter(program: &Program<'_>, record: ExprRef) -> Vec<Condition> {
    let mut chain = Chain::default();
    add_filter_record(program, &mut chain, record, Certainty::Always);
    chain.conditions.append(&mut chain.gathered);
    chain.conditions
}

fn records_of<'p>(program: &'p Program<'_>, name: ExprRef) -> impl Iterator<Item = ExprRef> + 'p {
    program.value(name).iter().filter_map(|atom| match atom {
        Atom::Record(record) => Some(*record),
        _ => None,
    })
}

/// The conditions of a record that is used at `used`.
pub(super) fn record_conditions(
    program: &Program<'_>,
    chain: &mut Chain,
    record: ExprRef,
    used: ExprRef,
    budget: &mut u32,
) {
    entries(program, chain, record, None, budget);
    let later = grown::members(program, record, used);
    // What is always there narrows the query, though nobody knows by which column: no word on the others alone.
    if later.iter().any(|member| member.is_certain && member.key.is_none()) {
        return;
    }
    for Member { key, value, is_certain } in later {
        let (Some(key), before) = (key, chain.conditions.len()) else { continue };
        entry(program, chain, key, value, None, budget);
        if !is_certain {
            chain.gathered.extend(chain.conditions.split_off(before));
        }
    }
}

fn entries(program: &Program<'_>, chain: &mut Chain, record: ExprRef, column: Option<Symbol>, budget: &mut u32) {
    let ExprKind::Record(entries) = program.kind(record) else { return };
    for Entry { key, value } in entries {
        let value = ExprRef { file: record.file, id: *value };
        match (key, program.kind(value)) {
            (Some(key), _) => entry(program, chain, *key, value, column, budget),
            // `{ ...filter, deletedAt: null }`.
            (None, ExprKind::Spread(other)) if *budget > 0 && column.is_none() => {
                *budget -= 1;
                let other = ExprRef { file: record.file, id: *other };
                if matches!(program.kind(other), ExprKind::Local(_)) {
                    for found in records_of(program, other).collect::<Vec<_>>() {
                        record_conditions(program, chain, found, other, budget);
                    }
                }
                for part in parts_that_may_be(program, other) {
                    let before = chain.conditions.len();
                    self::entries(program, chain, part, None, budget);
                    chain.gathered.extend(chain.conditions.split_off(before));
                }
            }
            _ => {}
        }
    }
}

/// The records of `...(city && { city })` and of `...(open ? { closedAt: null } : {})`.
fn parts_that_may_be(program: &Program<'_>, spread: ExprRef) -> Vec<ExprRef> {
    let parts = match *program.kind(spread) {
        ExprKind::Binary { op: BinaryOp::And, right, .. } => vec![right],
        ExprKind::Conditional { then, otherwise, .. } => vec![then, otherwise],
        _ => Vec::new(),
    };
    let at = |id| ExprRef { file: spread.file, id };
    parts.into_iter().map(at).filter(|part| matches!(program.kind(*part), ExprKind::Record(_))).collect()
}

fn entry(
    program: &Program<'_>,
    chain: &mut Chain,
    key: Symbol,
    value: ExprRef,
    column: Option<Symbol>,
    budget: &mut u32,
) {
    if *budget == 0 {
        return;
    }
    *budget -= 1;
    let span = program.expr_span(value);
    let mut push = |column, op| chain.conditions.push(Condition { entity: None, column, op, span });
    match (key.as_str(), column) {
        ("$or" | "$and" | "OR" | "AND" | "$nor" | "NOT", _) => {
            for part in parts_of(program, value) {
                entries(program, chain, part, None, budget);
            }
            for part in grown::pushed(program, value) {
                let before = chain.conditions.len();
                entries(program, chain, part, None, budget);
                chain.gathered.extend(chain.conditions.split_off(before));
            }
        }
        (
            "$regex" | "contains" | "endsWith" | "[Op.iLike]" | "[Op.like]" | "[Op.substring]" | "[Op.endsWith]",
            Some(column),
        ) if !key.contains("ike") || starts_with_wildcard(program, value) => {
            let pattern = pattern_of(program, value, 0).unwrap_or(value);
            if !is_anchored(program, pattern, 0) {
                push(column, PredicateOp::ContainsLike);
            }
        }
        ("in" | "$in" | "[Op.in]", Some(column)) => {
            let is_search = |part| pattern_of(program, part, 0).is_some_and(|text| !is_anchored(program, text, 0));
            let is_one = parts_of(program, value).into_iter().any(is_search);
            push(column, if is_one { PredicateOp::ContainsLike } else { PredicateOp::In });
        }
        (key_text, _) if key_text.starts_with('$') => {}
        (_, None) => match program.kind(value) {
            ExprKind::Record(bounds) => {
                entries(program, chain, value, Some(key), budget);
                if windows::is_window(program, value, bounds) {
                    chain.windows.push(Condition { entity: None, column: key, op: PredicateOp::Range, span });
                }
            }
            ExprKind::Null => push(key, PredicateOp::IsNull),
            ExprKind::Call { args, .. } if program.called_name(value).is_some_and(|name| is_operator(&name)) => {
                let first = args.first().map(|arg| ExprRef { file: value.file, id: arg.value });
                let op = match program.called_name(value).as_deref() {
                    Some("In") => PredicateOp::In,
                    Some("IsNull") => PredicateOp::IsNull,
                    Some("Not") => PredicateOp::NotEqual,
                    Some("Like" | "ILike") => match first {
                        Some(pattern) if starts_with_wildcard(program, pattern) => PredicateOp::ContainsLike,
                        _ => PredicateOp::UnknownLike,
                    },
                    _ => PredicateOp::Range,
                };
                push(key, op);
            }
            _ => {
                let pattern = pattern_of(program, value, 0);
                let is_search = pattern.is_some_and(|pattern| !is_anchored(program, pattern, 0));
                push(key, if is_search { PredicateOp::ContainsLike } else { PredicateOp::Equal });
            }
        },
        _ => {}
    }
}

/// A function of TypeORM that makes a condition of a value: `{ name: ILike(`%${q}%`) }`.
fn is_operator(name: &str) -> bool {
    const OPERATORS: &[&str] = &[
        "In",
        "IsNull",
        "Not",
        "Like",
        "ILike",
        "MoreThan",
        "MoreThanOrEqual",
        "LessThan",
        "LessThanOrEqual",
        "Between",
    ];
    OPERATORS.contains(&name)
}

/// The records of a list, or the one that stands in its place: `OR: [{ … }, { … }]`, `NOT: { … }`.
fn parts_of(program: &Program<'_>, value: ExprRef) -> Vec<ExprRef> {
    let list = match program.kind(value) {
        ExprKind::Local(_) => program.definition(value).unwrap_or(value),
        _ => value,
    };
    match program.kind(list) {
        ExprKind::List(items) => items.iter().map(|item| ExprRef { file: list.file, id: *item }).collect(),
        ExprKind::Record(_) => vec![list],
        _ => Vec::new(),
    }
}

/// The text of a regular expression that is made here or is what a name stands for: `new RegExp(text, "i")`.
fn pattern_of(program: &Program<'_>, value: ExprRef, depth: u32) -> Option<ExprRef> {
    let within = |id: ExprId| pattern_of(program, ExprRef { file: value.file, id }, depth + 1);
    match program.kind(value) {
        _ if depth > 4 => None,
        ExprKind::Call { callee, args, .. } => {
            let is_made = matches!(program.kind(ExprRef { file: value.file, id: *callee }),
                ExprKind::Global(name) if name == "RegExp");
            Some(ExprRef { file: value.file, id: args.first().filter(|_| is_made)?.value })
        }
        ExprKind::Conditional { then, otherwise, .. } => within(*then).or_else(|| within(*otherwise)),
        ExprKind::Local(_) => pattern_of(program, program.definition(value)?, depth + 1),
        _ => None,
    }
}

/// Whether a pattern begins with the beginning of the text.
fn is_anchored(program: &Program<'_>, pattern: ExprRef, depth: u32) -> bool {
    match program.kind(pattern) {
        _ if depth > 4 => false,
        ExprKind::Text(parts) => {
            matches!(parts.first(), Some(TextPart::Literal { value, .. }) if value.starts_with('^'))
        }
        ExprKind::Binary { left, .. } => is_anchored(program, ExprRef { file: pattern.file, id: *left }, depth + 1),
        ExprKind::Local(_) => program.definition(pattern).is_some_and(|text| is_anchored(program, text, depth + 1)),
        _ => false,
    }
}
