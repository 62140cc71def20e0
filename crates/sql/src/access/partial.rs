//! Whether the conditions of a statement prove that of a partial index.

use ir::Index;

use super::block::{Atom, Op};
use super::paths::Bound;

/// Whether every condition of a partial index follows from the comparisons, or also from joins.
pub(super) fn implies(bound: &Bound<'_>, index: &Index, with_joins: bool) -> bool {
    index.predicate.iter().all(|wanted| is_implied(bound, wanted, with_joins))
}

/// Whether every condition of a partial index follows for some values of the statement's parameters.
pub(super) fn may_imply(bound: &Bound<'_>, index: &Index) -> bool {
    index.predicate.iter().all(|wanted| {
        let is_given = |atom: &&Atom| {
            atom.op.is_equality()
                && names(wanted, atom)
                && !wanted.ends_with(" is null")
                && listed(&atom.text).is_none()
        };
        is_implied(bound, wanted, true) || bound.atoms.iter().any(is_given)
    })
}

fn is_implied(bound: &Bound<'_>, wanted: &str, with_joins: bool) -> bool {
    let not_null = wanted.strip_suffix(" is not null");
    let is_compared = |column: &str| {
        let is_strict = |atom: &&Atom| column == atom.key.name.as_str() && !matches!(atom.op, Op::IsNull | Op::Other);
        let mut joined = bound.joined.iter().chain(bound.present.iter().filter(|_| with_joins));
        bound.atoms.iter().any(is_strict) || joined.any(|key| column == key.name.as_str())
    };
    // Of a chain of calls it is not known with which value the column is compared.
    let may_be = |atom: &Atom| atom.text.is_empty() && names(wanted, atom);
    // What holds on some runs only does not prove anything.
    let proves = |atom: &&&Atom| !atom.is_optional && is_part(&atom.text, wanted) || may_be(atom);
    bound.atoms.iter().any(|atom| proves(&atom)) || not_null.is_some_and(is_compared)
}

/// Whether a condition of an index begins with the column of a comparison.
fn names(wanted: &str, atom: &Atom) -> bool {
    wanted.split(' ').next() == Some(atom.key.name.as_str())
}

/// Whether a condition is the other one, or allows only values that it allows: `x = 'a'` of `x IN ('a', 'b')`, and of
/// `x <> 'c'`.
fn is_part(condition: &str, wanted: &str) -> bool {
    if condition == wanted {
        return true;
    }
    let Some((column, own)) = listed(condition) else { return false };
    let is_of = |other: &(&str, Vec<&str>)| other.0 == column;
    listed(wanted).filter(is_of).is_some_and(|(_, all)| own.iter().all(|value| all.contains(value)))
        || excluded(wanted).filter(is_of).is_some_and(|(_, none)| !own.iter().any(|value| none.contains(value)))
}

/// The column and the literals of `x = 'a'`, `x IN ('a', 'b')`, `x = ANY(ARRAY['a', 'b'])` and `x = 'a' OR x = 'b'`.
fn listed(condition: &str) -> Option<(&str, Vec<&str>)> {
    let forms = [(" = any(array[", "])"), (" in (", ")"), (" = ", "")];
    let mut found: Option<(&str, Vec<&str>)> = None;
    for branch in condition.split(" or ") {
        let branch = branch.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(branch);
        let (column, values) = forms.into_iter().find_map(|(start, end)| literals(branch, start, end))?;
        match &mut found {
            Some((own, all)) if *own == column => all.extend(values),
            Some(_) => return None,
            None => found = Some((column, values)),
        }
    }
    found
}

/// The column and the literals of `x <> 'a'`, `x NOT IN ('a', 'b')` and `x <> ALL(ARRAY['a', 'b'])`.
fn excluded(condition: &str) -> Option<(&str, Vec<&str>)> {
    let forms = [(" <> all(array[", "])"), (" not in (", ")"), (" <> ", "")];
    forms.into_iter().find_map(|(start, end)| literals(condition, start, end))
}

fn literals<'c>(condition: &'c str, start: &str, end: &str) -> Option<(&'c str, Vec<&'c str>)> {
    let (column, values) = condition.split_once(start)?;
    let values: Vec<&str> = values.strip_suffix(end)?.split(", ").collect();
    let is_quoted = |value: &str| value.strip_prefix('\'').is_some_and(|rest| rest.find('\'') == Some(rest.len() - 1));
    let is_number = |value: &str| {
        let digits = value.strip_prefix('-').unwrap_or(value);
        !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    let is_word = |value: &str| matches!(value, "true" | "false");
    let is_literal = |value: &&str| is_quoted(value) || is_number(value) || is_word(value);
    (is_name(column) && values.iter().all(is_literal)).then_some((column, values))
}

fn is_name(column: &str) -> bool {
    column.chars().all(|c| c.is_alphanumeric() || c == '_')
}
