//! SQL text that a call sends.

use ir::{CallKind, ExprKind, PredicateOp, QueryKind, Span};

use super::conditions::passes_wildcard;
use super::place::chain_span;
use super::text::{add_pushed, text_of};
use super::{Certainty, Condition, Offset, QueryUse, Shape, joined};
use crate::ids::{ExprRef, FnRef};
use crate::index::Site;
use crate::models::{Call, Query};
use crate::program::Program;

/// The first statement of a text that is sent, if it is SQL about a table.
pub(super) fn sql_query(
    program: &Program<'_>,
    at: ExprRef,
    function: FnRef,
    site: Site,
    argument: ExprRef,
    shape: Shape,
) -> Option<QueryUse> {
    // `new QueryStream(…)`: the text of something that does not fetch its rows at once.
    if matches!(program.kind(argument), ExprKind::Call { kind: CallKind::New, .. }) {
        return None;
    }
    let mut text = text_of(program, argument)?;
    if let Some(call) = program.listing(argument.file).parent(argument.id) {
        add_pushed(program, ExprRef { file: argument.file, id: call }, &mut text);
    }
    if !sql::looks_like_sql(&text.text) {
        return None;
    }
    let statement = sql::queries(&text.text).into_iter().next()?;
    let sometimes = text.sometimes.to_ascii_lowercase();
    let certain = |is_there: bool, word: &str| match is_there {
        true => Certainty::Always,
        false if sometimes.contains(word) => Certainty::Sometimes,
        false => Certainty::Absent,
    };
    if statement.tables.is_empty() {
        return None;
    }
    let (file, span) = text.place(statement.span).unwrap_or((argument.file, program.expr_span(argument)));
    let table = statement.tables.iter().find(|table| !table.is_nested).or(statement.tables.first());
    let shape = match statement.kind {
        QueryKind::Insert | QueryKind::Update | QueryKind::Delete => Shape::Write,
        QueryKind::Other => return None,
        // `SELECT EXISTS (SELECT …)`: one row.
        QueryKind::Select if statement.tables.iter().all(|table| table.is_nested) && !names_columns(&statement) => {
            Shape::Scalar
        }
        QueryKind::Select if statement.is_aggregate && !statement.is_grouped => Shape::Scalar,
        QueryKind::Select => shape,
    };
    let place = |span: Span| text.place(span).map_or(span, |(_, span)| span);
    let has_wildcard = is_given_wildcard(program, at);
    let entity = table.map(|table| table.name);
    // Conditions have their places in the statement's file.
    let listed = entity.filter(|_| file == argument.file);
    let listed = listed.map_or_else(Vec::new, |table| joined::conditions(program, argument, table, has_wildcard));
    let (always, sometimes): (Vec<_>, Vec<_>) = listed.into_iter().partition(|(_, is_certain)| *is_certain);
    let conditions = statement
        .filters
        .iter()
        .map(|predicate| Condition {
            entity: predicate.table,
            column: predicate.column,
            op: if predicate.op == PredicateOp::UnknownLike && has_wildcard {
                PredicateOp::ContainsLike
            } else {
                predicate.op
            },
            span: place(predicate.span),
        })
        .chain(always.into_iter().map(|(condition, _)| condition))
        .collect();
    let narrows = |predicate: &&ir::Predicate| !matches!(predicate.op, PredicateOp::Join | PredicateOp::IsNotNull);
    let has_filter = statement.filters.iter().any(|predicate| narrows(&predicate));
    let is_narrowed = |table: &ir::TableUse| {
        let is_only = statement.tables.len() == 1;
        statement
            .filters
            .iter()
            .filter(narrows)
            .any(|predicate| predicate.table.map_or(is_only, |name| name == table.name))
    };
    let nested_scan = statement
        .tables
        .iter()
        .find(|table| table.is_nested && !table.is_limited && !is_narrowed(table))
        .map(|table| (table.name, place(table.span)));
    Some(QueryUse {
        at,
        function,
        site,
        file,
        span,
        sent: chain_span(program, at),
        entity,
        shape,
        inserts: statement.kind == QueryKind::Insert,
        filter: certain(has_filter, "where").max(certain(false, " and ")).max(if statement.is_partial {
            Certainty::Sometimes
        } else {
            Certainty::Absent
        }),
        limit: certain(statement.has_limit, "limit"),
        bound: None,
        offset: statement.has_offset.then_some(Offset::Text),
        order: certain(!statement.order.is_empty(), "order by"),
        is_grouped: statement.is_grouped,
        has_window: statement.has_window,
        is_joined: statement.tables.iter().any(|table| table.is_joined),
        order_by_random: statement.order_by_random,
        conditions,
        columns: statement.columns.clone(),
        gathered: sometimes.into_iter().map(|(condition, _)| condition).collect(),
        nested_scan,
        accesses: Vec::new(),
        joined: Vec::new(),
        text: Some(text),
        ordering: None,
        is_unread: false,
        sql: Some(statement),
    })
}

/// The SQL argument of `call`, which `at` sends or fetches from.
pub(super) fn sent_text(
    program: &Program<'_>,
    at: ExprRef,
    model: &Call,
    call: ExprRef,
    argument: usize,
) -> Option<ExprRef> {
    if call != at && model.query.contains(&Query::Sql) {
        return None;
    }
    let ExprKind::Call { args, .. } = program.kind(call) else { return None };
    Some(ExprRef { file: call.file, id: args.get(argument)?.value })
}

/// Whether the outermost block reads columns of something (also of a common table expression).
fn names_columns(statement: &ir::Query) -> bool {
    statement.selects_all_columns || !statement.columns.is_empty()
}

/// Whether a call that sends a statement, or one of the chain before it, is given a text that begins with a wildcard.
fn is_given_wildcard(program: &Program<'_>, mut at: ExprRef) -> bool {
    loop {
        let ExprKind::Call { callee, args, .. } = program.kind(at) else { return false };
        if passes_wildcard(program, at, args) {
            return true;
        }
        let ExprKind::Member { base, .. } = *program.kind(ExprRef { id: *callee, ..at }) else { return false };
        at.id = program.file(at.file).awaited(base);
    }
}
