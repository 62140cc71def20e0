//! What narrows an ORM's query: keyword arguments, records with operators, expressions on columns, conditions as text.

use ir::{Arg, BinaryOp, CallKind, ExprId, ExprKind, PredicateOp, Symbol, TextPart};

use sql::access::Dialect;

use super::aliases;
use super::alternatives;
use super::chain::Chain;
use super::entity::columns_of;
use super::operators::{add_operator_call, operator};
use super::records::{add_filter_record, record_conditions};
use super::{Certainty, Condition, gathered, ordering};
use crate::ids::ExprRef;
use crate::program::Program;
use crate::values::Atom;

/// Whether a filter call is given any condition.
pub(super) fn filters(program: &Program<'_>, call: ExprRef, args: &[Arg]) -> bool {
    !args.is_empty()
        && args.iter().any(|arg| match program.kind(ExprRef { file: call.file, id: arg.value }) {
            ExprKind::Record(entries) => !entries.is_empty(),
            ExprKind::Bool(_) => arg.name.is_some(),
            _ => true,
        })
}

pub(super) fn is_random(program: &Program<'_>, arg: ExprRef) -> bool {
    match program.kind(arg) {
        ExprKind::Text(parts) => matches!(parts.as_slice(), [TextPart::Literal { value, .. }]
            if matches!(value.to_ascii_lowercase().as_str(), "?" | "random()" | "rand()" | "rand" | "random")),
        ExprKind::Call { callee, args, .. } => {
            let is_named = match program.kind(ExprRef { file: arg.file, id: *callee }) {
                ExprKind::Member { name, .. } => matches!(name.as_str(), "random" | "rand"),
                _ => false,
            };
            is_named
                || args.first().is_some_and(|inner| is_random(program, ExprRef { file: arg.file, id: inner.value }))
        }
        ExprKind::List(items) => {
            items.first().is_some_and(|item| is_random(program, ExprRef { file: arg.file, id: *item }))
        }
        _ => false,
    }
}

/// Conditions of a filter call: keyword arguments (`status="open"`, `name__icontains=q`), and expressions on columns
/// (`User.name.ilike("%x%")`, `func.lower(User.email) == x`).
pub(super) fn add_conditions(program: &Program<'_>, chain: &mut Chain, call: ExprRef, args: &[Arg]) {
    let before = chain.conditions.len();
    add_arguments(program, chain, call, args);
    if program.called_name(call).is_some_and(|name| name == "exclude") {
        alternatives::negate(&mut chain.conditions[before..]);
    }
}

fn add_arguments(program: &Program<'_>, chain: &mut Chain, call: ExprRef, args: &[Arg]) {
    for arg in args {
        let value = ExprRef { file: call.file, id: arg.value };
        let span = program.expr_span(value);
        match arg.name {
            Some(name) => {
                let (column, op) = match name.rsplit_once("__") {
                    Some((column, "icontains" | "contains" | "iregex" | "regex" | "endswith" | "iendswith")) => {
                        (Symbol::new(column), PredicateOp::ContainsLike)
                    }
                    // Django compares `UPPER(column)`, and the day of a time; MySQL's texts are compared in any case.
                    Some((column, "iexact")) if program.dialect() != Dialect::MySql => {
                        (Symbol::new(column), PredicateOp::Wrapped)
                    }
                    Some((column, "iexact")) => (Symbol::new(column), PredicateOp::Equal),
                    Some((column, "date")) => (Symbol::new(column), PredicateOp::Wrapped),
                    Some((column, "in")) => (Symbol::new(column), PredicateOp::In),
                    Some((column, "gt" | "gte" | "lt" | "lte" | "range")) => (Symbol::new(column), PredicateOp::Range),
                    Some((column, "isnull")) if matches!(program.kind(value), ExprKind::Bool(true)) => {
                        (Symbol::new(column), PredicateOp::IsNull)
                    }
                    _ if matches!(program.kind(value), ExprKind::Null) => (name, PredicateOp::IsNull),
                    _ => (name, PredicateOp::Equal),
                };
                chain.conditions.push(Condition { entity: None, column, op, span });
            }
            None => match program.kind(value) {
                ExprKind::Record(_) => {
                    let mut budget = 64;
                    record_conditions(program, chain, value, value, &mut budget);
                }
                ExprKind::Text(_) => {
                    text_conditions(program, chain, call, args);
                    return;
                }
                _ => column_conditions(program, chain, value, 0),
            },
        }
    }
}

pub(super) fn column_conditions(program: &Program<'_>, chain: &mut Chain, expr: ExprRef, depth: u32) {
    if depth > 6 {
        return;
    }
    let at = |id: ExprId| ExprRef { file: expr.file, id };
    match program.kind(expr) {
        // `Q(name__icontains=term)`.
        ExprKind::Call { args, .. } if program.called_name(expr).is_some_and(|name| name == "Q") => {
            add_arguments(program, chain, expr, args);
        }
        ExprKind::Unary { operand, .. } => {
            let before = chain.conditions.len();
            column_conditions(program, chain, at(*operand), depth + 1);
            alternatives::negate(&mut chain.conditions[before..]);
        }
        ExprKind::Binary { left, right, op: BinaryOp::Either } => {
            alternatives::add(program, chain, expr, [at(*left), at(*right)], depth);
        }
        ExprKind::Call { callee, args, .. } => {
            if let ExprKind::Member { base, name, .. } = program.kind(at(*callee)) {
                let named = column_at(program, at(*base));
                let (column, entity) = named.map_or((None, None), |named| (Some(named.column), named.entity));
                let leads_with_wildcard = args.first().is_some_and(|arg| starts_with_wildcard(program, at(arg.value)));
                match (name.as_str(), column) {
                    ("in_" | "is_" | "is_not" | "isnot", Some(column)) => {
                        let op = match name.as_str() {
                            "in_" => PredicateOp::In,
                            "is_" => PredicateOp::IsNull,
                            _ => PredicateOp::IsNotNull,
                        };
                        let span = program.expr_span(expr);
                        chain.conditions.push(Condition { entity, column, op, span });
                    }
                    ("ilike" | "contains" | "icontains" | "like" | "endswith", Some(column))
                        if *name == "contains" || *name == "endswith" || leads_with_wildcard =>
                    {
                        let span = program.expr_span(expr);
                        chain.conditions.push(Condition { entity: None, column, op: PredicateOp::ContainsLike, span });
                    }
                    (name, Some(column)) if named.is_some_and(|named| named.is_declared) => {
                        let is_join = args.first().is_some_and(|arg| is_of_another(program, entity, at(arg.value)));
                        let op = operator(name).filter(|_| !is_join);
                        let span = program.expr_span(expr);
                        chain.conditions.extend(op.map(|op| Condition { entity, column, op, span }));
                    }
                    (name, None) if operator(name).is_some() => {
                        let span = program.expr_span(at(*base));
                        let wrapped = wrapped_column(program, at(*base));
                        let condition = |named: NamedColumn| Condition {
                            entity: named.entity,
                            column: named.column,
                            op: PredicateOp::Wrapped,
                            span,
                        };
                        chain.conditions.extend(wrapped.map(condition));
                    }
                    _ => {}
                }
                // `a.eq(x).and(b.eq(y))`, `Condition::any().add(…).add(…)`.
                if matches!(program.kind(at(*base)), ExprKind::Call { .. }) {
                    column_conditions(program, chain, at(*base), depth + 1);
                }
            }
            add_operator_call(program, chain, expr, *callee, args);
            for arg in args {
                column_conditions(program, chain, at(arg.value), depth + 1);
            }
        }
        ExprKind::Binary { left, right, op } => {
            if let Some(named) = wrapped_column(program, at(*left)) {
                chain.conditions.push(Condition {
                    entity: None,
                    column: named.column,
                    // No index serves what is unlike a value.
                    op: if *op == BinaryOp::NotEqual { PredicateOp::NotEqual } else { PredicateOp::Wrapped },
                    span: program.expr_span(at(*left)),
                });
                return;
            }
            if let ExprKind::Member { base, name, .. } = program.kind(at(*left)) {
                let op = match op {
                    BinaryOp::Equal if matches!(program.kind(at(*right)), ExprKind::Null) => Some(PredicateOp::IsNull),
                    BinaryOp::Equal => Some(PredicateOp::Equal),
                    BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
                        Some(PredicateOp::Range)
                    }
                    BinaryOp::NotEqual => Some(PredicateOp::NotEqual),
                    _ => None,
                };
                let entity = entity_of(program, at(*base));
                let is_join = is_of_another(program, entity, at(*right));
                let span = program.expr_span(expr);
                chain.conditions.extend(op.filter(|_| !is_join).map(|op| Condition {
                    entity,
                    column: *name,
                    op,
                    span,
                }));
            }
            column_conditions(program, chain, at(*left), depth + 1);
            column_conditions(program, chain, at(*right), depth + 1);
        }
        ExprKind::Spread(list) => gathered::add(program, chain, at(*list), depth),
        // `by_name = Q(name__icontains=term)`.
        ExprKind::Local(_) => {
            if let Some(value) = program.definition(expr).filter(|value| alternatives::is_of_q(program, *value)) {
                column_conditions(program, chain, value, depth + 1);
            }
        }
        _ => {}
    }
}

/// The entity whose columns are members of an expression, in lower case: a class, or the columns of a table (`orders.c`).
pub(super) fn entity_of(program: &Program<'_>, expr: ExprRef) -> Option<Symbol> {
    let class = program.value(expr).iter().find_map(|atom| match atom {
        Atom::Class(class) => Some(program.file(class.file).class(class.id).name),
        _ => None,
    });
    class.or_else(|| columns_of(program, expr)).map(|name| Symbol::new(&name.to_lowercase()))
}

#[derive(Clone, Copy)]
pub(super) struct NamedColumn {
    pub(super) column: Symbol,
    /// None where a name was imported for it: it may be another table's, which has the same.
    pub(super) entity: Option<Symbol>,
    /// It is a member of an entity, and not only looks like one.
    is_declared: bool,
}

/// The column that an expression stands for: `User.email`, or `email` where that was imported.
pub(super) fn column_at(program: &Program<'_>, expr: ExprRef) -> Option<NamedColumn> {
    if let ExprKind::Member { base, name, .. } = *program.kind(expr) {
        let entity = entity_of(program, ExprRef { file: expr.file, id: base });
        return Some(NamedColumn { column: name, entity, is_declared: entity.is_some() });
    }
    let declared = program.definition(expr)?;
    let ExprKind::Member { base, name, .. } = *program.kind(declared) else { return None };
    let is_column = entity_of(program, ExprRef { file: declared.file, id: base }).is_some();
    is_column.then_some(NamedColumn { column: name, entity: None, is_declared: true })
}

/// Whether an expression is a column of another entity than this one.
fn is_of_another(program: &Program<'_>, entity: Option<Symbol>, expr: ExprRef) -> bool {
    let other = column_at(program, expr).and_then(|other| other.entity);
    entity.is_some() && other.is_some() && other != entity
}

/// `func.lower(User.email)`: the column inside.
fn wrapped_column(program: &Program<'_>, expr: ExprRef) -> Option<NamedColumn> {
    let ExprKind::Call { args, .. } = program.kind(expr) else { return None };
    let name = program.called_name(expr)?;
    let wraps = [
        "lower",
        "upper",
        "trim",
        "date",
        "extract",
        "coalesce",
        "substr",
        "substring",
        "strftime",
        "to_char",
        "date_trunc",
    ];
    let is_wrapper = wraps.contains(&name.as_str());
    let mut args = args.iter().filter(|_| is_wrapper);
    args.find_map(|arg| column_at(program, ExprRef { file: expr.file, id: arg.value }))
}

/// Conditions as text: `where("note", "like", "%x%")`, `where("c.name ILIKE :term", { term })`.
pub(super) fn text_conditions(program: &Program<'_>, chain: &mut Chain, call: ExprRef, args: &[Arg]) {
    let at = |arg: &Arg| ExprRef { file: call.file, id: arg.value };
    let plain = |arg: &Arg| match program.kind(at(arg)) {
        ExprKind::Text(parts) => match parts.as_slice() {
            [TextPart::Literal { value, .. }] => Some(&**value),
            _ => None,
        },
        _ => None,
    };
    let Some(first) = args.first().and_then(plain) else { return };
    let span = program.expr_span(at(&args[0]));
    if !first.contains(' ') {
        let column = Symbol::new(first.rsplit('.').next().unwrap_or(first));
        let is_pattern = match program.kind(call) {
            ExprKind::Call { callee, .. } => match program.kind(ExprRef { file: call.file, id: *callee }) {
                ExprKind::Member { name, .. } => matches!(name.as_str(), "like" | "ilike" | "whereLike" | "whereILike"),
                _ => false,
            },
            _ => false,
        };
        if is_pattern {
            if args.get(1).is_some_and(|arg| starts_with_wildcard(program, at(arg))) {
                chain.conditions.push(Condition { entity: None, column, op: PredicateOp::ContainsLike, span });
            }
            return;
        }
        let op = match (args.len(), args.get(1).and_then(plain)) {
            (3.., Some("like" | "ilike" | "LIKE" | "ILIKE")) if starts_with_wildcard(program, at(&args[2])) => {
                PredicateOp::ContainsLike
            }
            (3.., Some(">" | "<" | ">=" | "<=")) => PredicateOp::Range,
            (3.., Some("in" | "IN")) => PredicateOp::In,
            (2, _) | (3.., Some("=")) => PredicateOp::Equal,
            _ => PredicateOp::Other,
        };
        chain.conditions.push(Condition { entity: None, column, op, span });
        return;
    }
    let (bare, names) = aliases::with_numbers(first);
    let tables: Vec<String> = (0..names.len().max(1)).map(|number| format!("t{number}")).collect();
    let has_wildcard = passes_wildcard(program, call, &args[1..]);
    for statement in sql::queries(&format!("SELECT 1 FROM {} WHERE {bare}", tables.join(", "))) {
        for predicate in &statement.filters {
            let op = match predicate.op {
                PredicateOp::UnknownLike if has_wildcard => PredicateOp::ContainsLike,
                op => op,
            };
            let table = predicate.table.and_then(|table| tables.iter().position(|known| *table == **known));
            if let Some(alias) = table.and_then(|table| names.get(table)) {
                chain.aliases.note(span, predicate.column, alias);
            }
            chain.conditions.push(Condition { entity: None, column: predicate.column, op, span });
        }
    }
}

/// Whether an argument, or an element of one, is a text that begins with a wildcard: `[`%${name}%`]`, also where it is put
/// into the list before.
pub(super) fn passes_wildcard(program: &Program<'_>, call: ExprRef, args: &[Arg]) -> bool {
    let starts = |id: ExprId| starts_with_wildcard(program, ExprRef { file: call.file, id });
    let starts_element = |id: ExprId| {
        let listed = gathered::elements(program, ExprRef { file: call.file, id });
        listed.into_iter().any(|(element, _)| starts_with_wildcard(program, element))
    };
    args.iter().any(|arg| match program.kind(ExprRef { file: call.file, id: arg.value }) {
        ExprKind::Record(entries) => entries.iter().any(|entry| starts(entry.value)),
        ExprKind::List(items) => items.iter().any(|item| starts(*item)),
        ExprKind::Spread(list) => starts_element(*list),
        _ => starts(arg.value) || starts_element(arg.value),
    })
}

pub(super) fn starts_with_wildcard(program: &Program<'_>, expr: ExprRef) -> bool {
    match program.kind(expr) {
        ExprKind::Text(parts) => {
            matches!(parts.first(), Some(TextPart::Literal { value, .. }) if value.starts_with('%'))
        }
        ExprKind::Binary { left, .. } => starts_with_wildcard(program, ExprRef { file: expr.file, id: *left }),
        ExprKind::Local(binding) => match program.listing(expr.file).defs.get(binding).map(Vec::as_slice) {
            Some([def]) if def.parts.is_empty() => {
                let value = ExprRef { file: expr.file, id: def.value };
                // `q = q + "%"` begins with what it was.
                let is_own = program.expr_span(value).contains(program.expr_span(expr));
                !is_own && !matches!(program.kind(value), ExprKind::Local(_)) && starts_with_wildcard(program, value)
            }
            _ => false,
        },
        // `format!("%{q}%")`.
        ExprKind::Call { args, kind: CallKind::Macro, .. } => {
            args.first().is_some_and(|arg| starts_with_wildcard(program, ExprRef { file: expr.file, id: arg.value }))
        }
        _ => false,
    }
}

/// Options in a record: `{ where: …, take: 10, orderBy: … }`.
pub(super) fn add_options(program: &Program<'_>, chain: &mut Chain, options: ExprRef, certainty: Certainty) {
    let records: Vec<ExprRef> = match program.kind(options) {
        ExprKind::Record(_) => vec![options],
        _ => program
            .value(options)
            .iter()
            .filter_map(|atom| match atom {
                Atom::Record(record) => Some(*record),
                _ => None,
            })
            .collect(),
    };
    if records.is_empty() {
        // Options that come from elsewhere may hold anything.
        chain.filter = chain.filter.max(Certainty::Sometimes);
        chain.limit = chain.limit.max(Certainty::Sometimes);
    }
    for record in records {
        let ExprKind::Record(entries) = program.kind(record) else { continue };
        for entry in entries {
            let value = ExprRef { file: record.file, id: entry.value };
            match entry.key.map(Symbol::as_str) {
                Some("where" | "filter") => add_filter_record(program, chain, value, certainty),
                Some("take" | "limit" | "first" | "last" | "top" | "pageSize" | "perPage") => {
                    chain.limit = chain.limit.max(certainty)
                }
                Some("skip" | "offset") => chain.skip(program, record.file, Some(entry.value)),
                Some("orderBy" | "order" | "sort") => {
                    chain.order = chain.order.max(certainty);
                    chain.ordered.add(ordering::of_option(program, value).filter(|_| certainty == Certainty::Always));
                    chain.order_by_random |= is_random(program, value);
                }
                Some("group" | "by" | "groupBy") => chain.is_grouped = true,
                Some("select" | "columns" | "attributes") => add_columns(program, chain, value),
                None => {
                    chain.filter = chain.filter.max(Certainty::Sometimes);
                    chain.limit = chain.limit.max(Certainty::Sometimes);
                }
                _ => {}
            }
        }
    }
}

/// `select: { id: true, email: true }`, `attributes: ["id"]`, `select("id, email")`.
pub(super) fn add_columns(program: &Program<'_>, chain: &mut Chain, named: ExprRef) {
    match program.kind(named) {
        ExprKind::Record(entries) => {
            let is_left_out =
                |id: ExprId| matches!(program.kind(ExprRef { file: named.file, id }), ExprKind::Bool(false));
            chain
                .columns
                .extend(entries.iter().filter(|entry| !is_left_out(entry.value)).filter_map(|entry| entry.key));
        }
        ExprKind::List(items) => {
            let text = |id: &ExprId| match program.kind(ExprRef { file: named.file, id: *id }) {
                ExprKind::Text(parts) => match parts.as_slice() {
                    [TextPart::Literal { value, .. }] => Some(Symbol::new(value)),
                    _ => None,
                },
                _ => None,
            };
            chain.columns.extend(items.iter().filter_map(text));
        }
        ExprKind::Text(parts) => {
            if let [TextPart::Literal { value, .. }] = parts.as_slice()
                && !value.contains(['*', '('])
            {
                chain.columns.extend(value.split(',').map(|name| Symbol::new(name.trim())));
            }
        }
        _ => {}
    }
}
