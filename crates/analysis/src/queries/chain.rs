//! One query at one call: its chain unrolled through names and helper functions, or its SQL text parsed.

use ir::{BindingId, ExprId, ExprKind, Symbol};

use super::aggregates;
use super::aliases::{self, Aliases};
use super::conditions::{add_columns, add_conditions, add_options, filters, is_random};
use super::entity::{add_entity, collection_at, is_managed};
use super::joins;
use super::ordering::{self, Ordered};
use super::place::{chain_span, is_fetch_of_name, refers_to, strip};
use super::records::add_filter_record;
use super::shape::{Run, is_of_rows, is_sent_by_another, own_shape, run_of, shape_of_fetches};
use super::statement::{sent_text, sql_query};
use super::text::limit_pushed;
use super::through;
use super::{Certainty, Condition, Join, Known, Offset, QueryUse, Shape, gathered, is_lazy_value, is_query_value};
use crate::ids::{ExprRef, FileId, FnRef};
use crate::index::Site;
use crate::models::Query;
use crate::program::Program;

/// What a chain was found to hold.
#[derive(Default)]
pub(super) struct Chain {
    /// The name whose last step is only sometimes taken.
    renewed: Option<BindingId>,
    pub(super) filter: Certainty,
    pub(super) limit: Certainty,
    bound: Option<u32>,
    pub(super) offset: Option<Offset>,
    pub(super) order: Certainty,
    pub(super) ordered: Ordered,
    is_started: bool,
    /// Some step gives a query that runs when it is awaited or iterated.
    is_lazy: bool,
    pub(super) is_grouped: bool,
    /// What it selects are aggregates: one row, if it is not grouped.
    pub(super) aggregates: bool,
    pub(super) order_by_random: bool,
    pub(super) entity: Option<Symbol>,
    /// About one entity of several, as the callers say.
    pub(super) is_of_any: bool,
    pub(super) conditions: Vec<Condition>,
    pub(super) columns: Vec<Symbol>,
    pub(super) gathered: Vec<Condition>,
    /// Stretches of time, which bound the rows of one person.
    pub(super) windows: Vec<Condition>,
    /// Entities that `join` steps name.
    pub(super) joined: Vec<Join>,
    pub(super) aliases: Aliases,
    /// The call that is given SQL text, and the argument's number.
    sql: Option<(ExprRef, usize)>,
    shape: Option<Shape>,
    /// A step adds rows.
    inserts: bool,
    pub(super) steps: u32,
    /// How many loops it is in by whose rows the entity is asked for.
    pub(super) nested: u32,
    /// Parameters of helpers whose arguments are followed.
    pub(super) handed: Vec<(FileId, BindingId)>,
}

const MAX_STEPS: u32 = 200;

impl Chain {
    /// One that is asked for in so many loops.
    pub(super) fn within(nested: u32) -> Self {
        Self { nested, ..Self::default() }
    }

    /// Takes in a number of rows to skip, if it is not a constant.
    pub(super) fn skip(&mut self, program: &Program<'_>, file: FileId, value: Option<ExprId>) {
        let value = value.map(|id| ExprRef { file, id });
        let is_constant = |at: &ExprRef| matches!(program.kind(*at), ExprKind::Number(_) | ExprKind::Null);
        if let Some(value) = value.filter(|at| !is_constant(at)) {
            self.offset = Some(Offset::Value(value));
        }
    }

    /// Takes in a bound on the number of rows, if it is a constant.
    fn bind(&mut self, program: &Program<'_>, file: FileId, bound: Option<&ir::Arg>) {
        if let Some(ExprKind::Number(number)) = bound.map(|arg| program.kind(ExprRef { file, id: arg.value })) {
            let bound = *number as u32;
            self.bound = Some(self.bound.map_or(bound, |known| known.min(bound)));
        }
    }
}

pub(super) fn query_at(program: &Program<'_>, known: &Known, file: FileId, site: Site) -> Option<QueryUse> {
    let at = ExprRef { file, id: site.call };
    let function = FnRef { file, id: site.function };
    let called = program.called_functions(at);
    if called.is_empty() || through::handed(program, at).is_some() && !through::is_given_on(program, at) {
        return library_query(program, known, at, function, site);
    }
    let wrapper = called.into_iter().find_map(|function| known.wrappers.get(&function).copied())?;
    let ExprKind::Call { args, .. } = &program.file(file).expr(site.call).kind else { return None };
    let arg = args.get(wrapper.parameter)?;
    if !matches!(
        program.kind(ExprRef { file, id: arg.value }),
        ExprKind::Text(_) | ExprKind::Local(_) | ExprKind::Binary { .. } | ExprKind::Member { .. }
    ) {
        return None;
    }
    sql_query(program, at, function, site, ExprRef { file, id: arg.value }, wrapper.shape)
}

/// A call of a library that runs or begins a query.
fn library_query(program: &Program<'_>, known: &Known, at: ExprRef, function: FnRef, site: Site) -> Option<QueryUse> {
    let model = program.model(at);
    let roles = model.map_or(&[] as &[Query], |model| &model.query);
    // A lazy count takes further steps.
    let is_open = roles.contains(&Query::Lazy) && roles.contains(&Query::Scalar);
    let is_terminal = !is_open
        && roles.iter().any(|role| {
            use Query::{Delete, Insert, One, Page, Rows, Scalar, Sql, Stream, Update};
            matches!(role, Rows | One | Scalar | Page | Stream | Insert | Update | Delete | Sql)
        });
    if is_terminal && is_sent_by_another(program, at) {
        return None;
    }
    let run = if is_terminal {
        None
    } else {
        let is_lazy = roles.contains(&Query::Lazy) || is_query_value(program, at);
        Some(run_of(program, at, 0).filter(|_| is_lazy && !is_of_rows(program, at))?)
    };
    let renewed = through::renewed_sometimes(program, at, site);
    let mut chain = Chain { renewed, ..Chain::default() };
    let certainty = if renewed.is_some() { Certainty::Sometimes } else { Certainty::Always };
    add_call(program, &mut chain, at, certainty);
    if let (Some((call, argument)), Some(model)) = (chain.sql, model) {
        let text = sent_text(program, at, model, call, argument)?;
        let shape = chain.shape.unwrap_or_else(|| shape_of_fetches(program, at, model));
        // `fetchall()` reports the statement, `execute()` only what nobody fetches.
        let is_reported_there = call != at
            && shape_of_fetches(program, call, program.model(call)?) == shape
            && is_fetch_of_name(program, at);
        let mut query = sql_query(program, at, function, site, text, shape).filter(|_| !is_reported_there)?;
        query.limit = query.limit.max(chain.limit).max(limit_pushed(program, &known.pushed, at));
        query.bound = chain.bound;
        return Some(query);
    }
    chain.is_lazy |= is_lazy_value(program, at);
    through::add_later(program, &mut chain, at);
    aliases::resolve(program, &mut chain);
    if run == Some(Run::Part) {
        chain.skip(program, at.file, super::shape::part_start(program, at));
    }
    let is_query = chain.is_started && (is_terminal || chain.is_lazy) && chain.sql.is_none();
    if !is_query {
        return None;
    }
    let shape = match (chain.shape, run) {
        _ if chain.aggregates && !chain.is_grouped => Shape::Scalar,
        (Some(shape), _) => shape,
        (None, Some(run)) => run.shape(),
        (None, None) => Shape::Unknown,
    };
    Some(QueryUse {
        at,
        function,
        site,
        file: at.file,
        span: chain_span(program, at),
        sent: chain_span(program, at),
        entity: chain.entity,
        shape,
        inserts: chain.inserts,
        filter: chain.filter,
        limit: chain.limit,
        bound: chain.bound,
        offset: chain.offset,
        order: chain.order,
        ordering: chain.ordered.known().filter(|_| chain.order == Certainty::Always),
        is_grouped: chain.is_grouped,
        has_window: false,
        is_joined: false,
        order_by_random: chain.order_by_random,
        conditions: chain.conditions,
        columns: chain.columns,
        gathered: chain.gathered,
        sql: None,
        nested_scan: None,
        accesses: Vec::new(),
        joined: chain.joined,
        text: None,
        is_unread: false,
    })
}

pub(super) fn add_expr(program: &Program<'_>, chain: &mut Chain, expr: ExprRef, certainty: Certainty) {
    chain.steps += 1;
    if chain.steps > MAX_STEPS {
        return;
    }
    let at = |id: ExprId| ExprRef { file: expr.file, id };
    match program.kind(expr) {
        ExprKind::Await(inner) | ExprKind::Propagate(inner) | ExprKind::Spread(inner) => {
            add_expr(program, chain, at(*inner), certainty);
        }
        ExprKind::Call { .. } => add_call(program, chain, expr, certainty),
        ExprKind::Member { base, .. } => {
            add_entity(program, chain, expr);
            if is_query_value(program, expr) || is_managed(program, expr) {
                chain.is_started = true;
            }
            add_expr(program, chain, at(*base), certainty);
        }
        ExprKind::Slice { base, from, to } => {
            if to.is_some() {
                chain.limit = chain.limit.max(certainty);
                chain.skip(program, expr.file, *from);
            }
            add_expr(program, chain, at(*base), certainty);
        }
        ExprKind::Index { base, indices } => {
            // `db["events"]`.
            if let ([name], true) = (indices.as_slice(), chain.entity.is_none())
                && matches!(program.kind(at(*name)), ExprKind::Text(_))
                && !program.value(expr).is_empty()
            {
                add_entity(program, chain, at(*name));
            } else if chain.entity.is_none() {
                chain.entity = collection_at(program, expr).map(|name| Symbol::new(&name.to_lowercase()));
            }
            if is_query_value(program, at(*base)) {
                chain.limit = chain.limit.max(certainty);
            }
            add_expr(program, chain, at(*base), certainty);
        }
        ExprKind::Conditional { then, otherwise, .. } => {
            add_expr(program, chain, at(*then), Certainty::Sometimes.min(certainty));
            add_expr(program, chain, at(*otherwise), Certainty::Sometimes.min(certainty));
        }
        ExprKind::Local(binding) => {
            add_entity(program, chain, expr);
            let certainty = if chain.renewed == Some(*binding) { Certainty::Always } else { certainty };
            add_name(program, chain, expr, *binding, certainty);
        }
        _ => add_entity(program, chain, expr),
    }
}

/// A name that holds a part of a chain: every value it was given, those behind conditions as such.
fn add_name(program: &Program<'_>, chain: &mut Chain, expr: ExprRef, binding: BindingId, certainty: Certainty) {
    let index = program.listing(expr.file);
    let here = program.expr_span(expr).start;
    let file = program.file(expr.file);
    for def in index.defs.get(&binding).into_iter().flatten() {
        if !def.parts.is_empty() || file.expr(def.value).span.start >= here {
            continue;
        }
        let site = index.site(strip(program, ExprRef { file: expr.file, id: def.value }).id);
        let is_conditional =
            site.is_some_and(|site| site.is_conditional) && refers_to(program, expr.file, def.value, binding);
        let certainty = if is_conditional { Certainty::Sometimes.min(certainty) } else { certainty };
        // Only the step itself: the name inside it stands for the values that are visited anyway.
        add_until(program, chain, ExprRef { file: expr.file, id: def.value }, binding, certainty);
    }
    if let Some(param) = index.params.get(&binding)
        && param.parts.is_empty()
    {
        add_entity(program, chain, expr);
        if is_query_value(program, expr) && !chain.handed.contains(&(expr.file, binding)) {
            chain.is_started = true;
            // What the caller filtered is not followed: it may well be bounded there.
            chain.limit = chain.limit.max(Certainty::Sometimes);
            chain.filter = chain.filter.max(Certainty::Sometimes);
        }
    }
}

/// As [`add_expr`], but stops at `binding`.
fn add_until(program: &Program<'_>, chain: &mut Chain, expr: ExprRef, binding: BindingId, certainty: Certainty) {
    let mut at = expr;
    loop {
        chain.steps += 1;
        if chain.steps > MAX_STEPS {
            return;
        }
        at = strip(program, at);
        match program.kind(at) {
            ExprKind::Local(found) if *found == binding => return,
            ExprKind::Call { callee, .. } if refers_to(program, at.file, at.id, binding) => {
                add_roles(program, chain, at, certainty);
                if let Some(handed) = through::handed(program, at) {
                    through::add_steps(program, chain, handed, certainty);
                } else if program.model(at).is_none() && !program.called_functions(at).is_empty() {
                    // A helper that is given the query may bound it.
                    chain.limit = chain.limit.max(Certainty::Sometimes);
                    chain.filter = chain.filter.max(Certainty::Sometimes);
                }
                match program.kind(ExprRef { file: at.file, id: *callee }) {
                    ExprKind::Member { base, .. } => at.id = *base,
                    _ => return,
                }
            }
            _ => {
                add_expr(program, chain, at, certainty);
                return;
            }
        }
    }
}

fn add_call(program: &Program<'_>, chain: &mut Chain, call: ExprRef, certainty: Certainty) {
    let ExprKind::Call { callee, args, .. } = program.kind(call) else { return };
    let at = |id: ExprId| ExprRef { file: call.file, id };
    add_roles(program, chain, call, certainty);
    if chain.sql.is_some() {
        return;
    }
    if let Some(handed) = through::handed(program, call) {
        through::add_steps(program, chain, handed, certainty);
        return add_expr(program, chain, handed.argument, certainty);
    }
    if program.model(call).is_none() {
        // A helper of the project that builds a part of the chain.
        for function in program.called_functions(call).into_iter().take(2) {
            through::add_returned(program, chain, function, certainty);
        }
    }
    match program.kind(at(*callee)) {
        ExprKind::Member { base, .. } => add_expr(program, chain, at(*base), certainty),
        _ => add_entity(program, chain, at(*callee)),
    }
    // `session.execute(select(User))`, `session.scalars(statement)`: the statement is an argument.
    if !chain.is_started
        && let Some(arg) = args.first()
        && is_query_value(program, at(arg.value))
    {
        add_expr(program, chain, at(arg.value), certainty);
    }
}

fn add_roles(program: &Program<'_>, chain: &mut Chain, call: ExprRef, certainty: Certainty) {
    let Some(model) = program.model(call) else { return };
    let ExprKind::Call { args, .. } = program.kind(call) else { return };
    if chain.shape.is_none() {
        chain.shape = own_shape(model);
    }
    for role in &model.query {
        match role {
            Query::Sql => {
                let first = args.get(model.sql_argument).map(|arg| ExprRef { file: call.file, id: arg.value });
                if let Some(first) = first {
                    if is_query_value(program, first) {
                        add_expr(program, chain, first, certainty);
                    } else {
                        chain.sql = Some((call, model.sql_argument));
                    }
                }
            }
            Query::Start => {
                chain.is_started = true;
                aliases::add_own(program, chain, call, args.get(model.entity_argument.map_or(0, |entity| entity + 1)));
            }
            Query::Lazy => {
                chain.is_started = true;
                chain.is_lazy = true;
                if program.called_name(call).is_some_and(|name| name == "select") {
                    args.iter().for_each(|arg| add_columns(program, chain, ExprRef { file: call.file, id: arg.value }));
                }
            }
            Query::Filter if model.filter_argument.is_none() && filters(program, call, args) => {
                let is_sure = certainty == Certainty::Sometimes && gathered::surely_filters(program, call);
                let certainty = if is_sure { Certainty::Always } else { certainty };
                chain.filter = chain.filter.max(certainty);
                let before = chain.conditions.len();
                add_conditions(program, chain, call, args);
                if certainty != Certainty::Always {
                    chain.gathered.extend(chain.conditions.split_off(before));
                }
            }
            Query::Limit | Query::Page => {
                chain.limit = chain.limit.max(certainty);
                chain.bind(program, call.file, args.first());
            }
            // `to_list(100)`: at most so many rows.
            Query::Rows => {
                let first = args.first().map(|arg| program.kind(ExprRef { file: call.file, id: arg.value }));
                if matches!(first, Some(ExprKind::Number(_))) {
                    chain.limit = chain.limit.max(certainty);
                    chain.bind(program, call.file, args.first());
                }
            }
            Query::Offset => chain.skip(program, call.file, args.first().map(|arg| arg.value)),
            Query::Order => {
                chain.order = chain.order.max(certainty);
                chain.ordered.add(ordering::of_call(program, call, args).filter(|_| certainty == Certainty::Always));
                chain.order_by_random |=
                    args.iter().any(|arg| is_random(program, ExprRef { file: call.file, id: arg.value }));
            }
            Query::Group => chain.is_grouped = true,
            Query::Aggregate => chain.aggregates = true,
            Query::Pipeline | Query::Columns => aggregates::add(program, chain, call, *role, certainty),
            Query::Join => joins::add(program, chain, call, args),
            // What a write returns are the rows that it wrote.
            Query::Insert | Query::Update | Query::Delete => {
                chain.shape = Some(Shape::Write);
                chain.inserts |= *role == Query::Insert;
            }
            _ => {}
        }
    }
    if let Some(argument) = model.entity_argument
        && let Some(arg) = args.get(argument)
    {
        chain.is_started = true;
        let named = ExprRef { file: call.file, id: arg.value };
        // `update(users.filter(…))` is about what the steps narrow.
        if chain.shape == Some(Shape::Write) && is_query_value(program, named) {
            add_expr(program, chain, named, certainty);
        }
        add_entity(program, chain, named);
    }
    if let Some(arg) = model.filter_argument.and_then(|argument| args.get(argument)) {
        add_filter_record(program, chain, ExprRef { file: call.file, id: arg.value }, certainty);
    }
    if let Some(arg) = model.options_argument.and_then(|argument| args.get(argument)) {
        add_options(program, chain, ExprRef { file: call.file, id: arg.value }, certainty);
    }
    // Keyword options (`find(limit=10)`).
    for arg in args {
        match arg.name.map(Symbol::as_str) {
            Some("limit" | "length" | "max_results" | "page_size")
                if !matches!(program.kind(ExprRef { file: call.file, id: arg.value }), ExprKind::Null) =>
            {
                chain.limit = chain.limit.max(certainty);
                chain.bind(program, call.file, Some(arg));
            }
            Some("skip" | "offset") => chain.skip(program, call.file, Some(arg.value)),
            _ => {}
        }
    }
}
