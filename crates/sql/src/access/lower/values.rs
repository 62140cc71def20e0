//! What the value that a column is compared with says about how many rows match.

use sqlparser::ast::{BinaryOperator, Expr, Function, FunctionArg, FunctionArguments, InTarget, Interval, Value};

use super::super::block::Op;
use crate::expr::{argument, function_name, string_value, strip, walk};

/// "The last N days" is recent up to here.
const RECENT_DAYS: f64 = 14.0;

pub(super) enum Pattern {
    Whole,
    Prefix,
    Anywhere,
}

pub(super) fn equal(value: &Expr) -> Op {
    match value {
        Expr::Value(value) if value.value == Value::Boolean(true) => Op::IsTrue,
        Expr::Value(value) if value.value == Value::Boolean(false) => Op::IsFalse,
        _ => Op::Equal,
    }
}

/// A pattern's beginning: `'abc%'`, `$1 || '%'`, `CONCAT('%', $1)`.
pub(super) fn like(pattern: &Expr) -> Pattern {
    if let Some(text) = string_value(pattern) {
        return match text.find(['%', '_']) {
            None => Pattern::Whole,
            Some(0) => Pattern::Anywhere,
            Some(_) => Pattern::Prefix,
        };
    }
    let mut first = strip(pattern);
    let mut is_joined = false;
    loop {
        first = strip(match first {
            Expr::BinaryOp { left, op: BinaryOperator::StringConcat | BinaryOperator::Plus, .. } => left,
            Expr::Function(function) if function_name(function) == "concat" => match first_argument(first) {
                Some(argument) => argument,
                None => break,
            },
            _ => break,
        });
        is_joined = true;
    }
    match string_value(first) {
        Some(text) if text.starts_with(['%', '_']) => Pattern::Anywhere,
        Some(_) => Pattern::Prefix,
        None if is_joined => Pattern::Prefix,
        None => Pattern::Anywhere,
    }
}

pub(super) fn regex(pattern: &Expr) -> Pattern {
    match string_value(pattern) {
        Some(text) if text.starts_with('^') => Pattern::Prefix,
        _ => Pattern::Anywhere,
    }
}

fn first_argument(expr: &Expr) -> Option<&Expr> {
    let Expr::Function(function) = expr else { return None };
    match &function.args {
        FunctionArguments::List(list) => list.args.first().and_then(argument),
        _ => None,
    }
}

/// `x BETWEEN low AND high`.
pub(super) fn between(low: &Expr, high: &Expr) -> Op {
    match (day_of(low), day_of(high)) {
        (Some(low), Some(high)) if is_narrow(high - low) => Op::Recent,
        _ => Op::Between,
    }
}

/// Few of the days that a table collects.
pub(super) fn is_narrow(days: f64) -> bool {
    days <= RECENT_DAYS
}

/// The date that a literal is, in days; months count 31 days, which does for widths.
pub(super) fn day_of(value: &Expr) -> Option<f64> {
    let text = string_value(value)?;
    let mut parts = text.get(..10)?.split('-').map(str::parse::<u32>);
    match (parts.next()?, parts.next()?, parts.next()?) {
        (Ok(year), Ok(month), Ok(day)) => Some(f64::from(year) * 372.0 + f64::from(month) * 31.0 + f64::from(day)),
        _ => None,
    }
}

/// `x > value`, `x < value`.
pub(super) fn one_sided(value: &Expr, is_lower_end: bool) -> Op {
    match age_in_days(value) {
        Some(days) if is_lower_end && days > 0.0 && days <= RECENT_DAYS => Op::Recent,
        Some(_) => Op::Wide,
        None if is_literal(value) => Op::Wide,
        None => Op::Above,
    }
}

fn is_literal(value: &Expr) -> bool {
    match strip(value) {
        Expr::Value(value) => !matches!(value.value, Value::Placeholder(_)),
        Expr::TypedString(_) => true,
        Expr::UnaryOp { expr, .. } | Expr::Cast { expr, .. } => is_literal(expr),
        _ => false,
    }
}

/// How long before now a point in time is, where it is computed from now; zero is now itself.
fn age_in_days(value: &Expr) -> Option<f64> {
    let mut has_now = false;
    let mut days = None;
    walk(value, &mut Vec::new(), |part| {
        match part {
            Expr::Function(function) => {
                let name = function_name(function);
                has_now |= matches!(
                    name.as_str(),
                    "now"
                        | "current_timestamp"
                        | "current_date"
                        | "localtimestamp"
                        | "getdate"
                        | "curdate"
                        | "clock_timestamp"
                        | "transaction_timestamp"
                        | "statement_timestamp"
                        | "sysdate"
                        | "utc_timestamp"
                );
                if name == "make_interval" {
                    days = made_interval_days(function).or(days);
                }
                if let Some(text) = first_argument(part).and_then(string_value) {
                    has_now |= text == "now"
                        && matches!(name.as_str(), "datetime" | "date" | "strftime" | "unixepoch" | "julianday");
                }
            }
            Expr::Identifier(ident) => {
                has_now |= ["current_timestamp", "current_date", "localtimestamp"]
                    .iter()
                    .any(|name| ident.value.eq_ignore_ascii_case(name));
            }
            Expr::Interval(interval) => days = interval_days(interval).or(days),
            Expr::Value(_) => {
                if let Some(text) = string_value(part).filter(|text| text.starts_with(['-', '+'])) {
                    days = text_days(text).or(days);
                }
            }
            _ => {}
        }
        true
    });
    has_now.then(|| days.map_or(0.0, f64::abs))
}

/// `make_interval(mins => $1)`: however many minutes or hours are asked for, they are few days.
fn made_interval_days(function: &Function) -> Option<f64> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let is_short = |argument: &FunctionArg| match argument {
        FunctionArg::Named { name, .. } | FunctionArg::ExprNamed { name: Expr::Identifier(name), .. } => {
            ["secs", "mins", "hours"].iter().any(|unit| name.value.eq_ignore_ascii_case(unit))
        }
        _ => false,
    };
    (!list.args.is_empty() && list.args.iter().all(is_short)).then_some(1.0 / 24.0)
}

fn interval_days(interval: &Interval) -> Option<f64> {
    let text = match &*interval.value {
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => number.clone(),
            Value::SingleQuotedString(text) => text.clone(),
            _ => return None,
        },
        _ => return None,
    };
    match &interval.leading_field {
        Some(field) => text_days(&format!("{text} {field}")),
        None => text_days(&text),
    }
}

/// `7 days`, `-1 hour`.
fn text_days(text: &str) -> Option<f64> {
    let mut words = text.split_whitespace();
    let number: f64 = words.next()?.parse().ok()?;
    let unit = words.next().unwrap_or("day").to_ascii_lowercase();
    let days = match unit.trim_end_matches('s') {
        "second" | "sec" | "minute" | "min" | "hour" => 1.0 / 24.0,
        "day" => 1.0,
        "week" => 7.0,
        "month" | "mon" => 30.0,
        "year" => 365.0,
        _ => return None,
    };
    Some(number * days)
}

/// A word that the statement writes: of a column that is compared with one, few others are to be expected.
pub(super) fn is_word(value: &Expr) -> bool {
    let is_of_names = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '-');
    string_value(strip(value)).is_some_and(|text| !text.is_empty() && text.chars().all(is_of_names))
}

/// `x IN ('a', 'b')`.
pub(super) fn are_words(test: &Expr) -> bool {
    match test {
        Expr::In { target: InTarget::List(list), .. } => !list.is_empty() && list.iter().all(is_word),
        _ => false,
    }
}
