//! Stretches of time in the filter of a query. They bound what one person has; what all have of a month is still any number.

use ir::{Entry, ExprKind, PredicateOp, Symbol, words_of};

use super::Condition;
use crate::ids::ExprRef;
use crate::program::Program;

/// Words, in lower case, for the beginning of the month, the week or the day that it is.
const BEGINNINGS: &[&str] = &["startofmonth", "startofweek", "startofday", "startoftoday", "getmonth", "sethours"];

const PERSONS: &[&str] =
    &["user", "employee", "owner", "member", "author", "patient", "student", "driver", "teacher", "person"];

/// Whether bounds have an end on both sides, or begin lately: `{ $gte: month.start, $lte: month.end }`.
pub(super) fn is_window(program: &Program<'_>, record: ExprRef, bounds: &[Entry]) -> bool {
    let bound = |names: &[&str]| {
        let named = bounds.iter().filter_map(|entry| operator(program, record, entry));
        let mut found = named.filter(|(name, _)| names.contains(&name.as_str())).map(|(_, value)| value);
        found.next()
    };
    let is_recent = |from: ExprRef| {
        let value = program.definition(from).unwrap_or(from);
        program.mentions(value, BEGINNINGS)
    };
    let lower = bound(&["gt", "gte", "$gt", "$gte"]);
    let upper = bound(&["lt", "lte", "$lt", "$lte"]);
    bound(&["between"]).is_some() || lower.is_some_and(|from| upper.is_some() || is_recent(from))
}

/// `gte`, `$gte`, and `gte` of `[Op.gte]`, with the value that is compared.
fn operator(program: &Program<'_>, record: ExprRef, entry: &Entry) -> Option<(Symbol, ExprRef)> {
    let at = |id| ExprRef { file: record.file, id };
    if let Some(key) = entry.key {
        return Some((key, at(entry.value)));
    }
    let ExprKind::Other(parts) = program.kind(at(entry.value)) else { return None };
    match (parts.as_slice(), program.kind(at(*parts.first()?))) {
        ([_, value], ExprKind::Member { name, .. }) => Some((*name, at(*value))),
        _ => None,
    }
}

/// Whether a condition holds for what belongs to one person.
pub(super) fn is_of_person(condition: &Condition) -> bool {
    let words = words_of(&condition.column);
    let of_person = match words.as_slice() {
        [only] => Some(only),
        [.., owner, id] if id == "id" => Some(owner),
        _ => None,
    };
    condition.op == PredicateOp::Equal && of_person.is_some_and(|word| PERSONS.contains(&word.as_str()))
}
