//! Which table each query reads whole, by the schema of the project: the planner's model over SQL text and chains alike.

use ir::{PredicateOp, Schema, Span, Symbol, Table};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use sql::access::{
    Access, Atom, Block, Conjunct, Dialect, Fold, Group, GroupKind, Key, Op, Plan, Planner, Relation, Sort, Source,
    Test,
};

use super::{Certainty, Condition, Ordering, QueryUse, Shape, ordering};
use crate::ids::FileId;
use crate::models::Query;
use crate::program::Program;

/// How a query reads one table that the project declares.
#[derive(Clone, Debug)]
pub struct TableAccess {
    /// Its spans are none of a file.
    pub access: Access,
    /// The condition or order that decides, else the table's name, else the query.
    pub file: FileId,
    pub span: Span,
}

/// The tables by every name that code or database has for them.
struct Named {
    schema: Schema,
    /// The database's name for each.
    stored: FxHashMap<Symbol, Symbol>,
}

pub(crate) fn solve(program: &Program<'_>, queries: &mut [QueryUse]) {
    let named = program.tables_by_every_name();
    // Foreign keys lead to what a table is called in the schema made here: any of its names will do.
    let stored: FxHashMap<Symbol, Symbol> = named.iter().map(|(name, table)| (*name, table.name)).collect();
    let tables = named.into_iter().map(|(name, table)| Table { name, ..table.clone() }).collect();
    let schema = Schema {
        tables,
        views: program.schema().views.clone(),
        enums: program.schema().enums.clone(),
        ..Schema::default()
    };
    let schema = Named { schema, stored };
    let planner = Planner::new(&schema.schema, program.dialect(), |_| false);
    queries.par_iter_mut().for_each(|query| {
        add_default_order(program, query);
        let Some(text) = query.text.take() else {
            query.accesses = of_chain(&planner, query, &schema, None);
            let each = query.gathered.iter().take(MAX_GATHERED);
            let further: Vec<TableAccess> =
                each.flat_map(|found| of_chain(&planner, query, &schema, Some(found))).collect();
            query.accesses.extend(further);
            return;
        };
        let Some(plan) = planner.plan(&text.text).into_iter().next() else {
            query.is_unread = !text.text.contains(sql::HOLE);
            return;
        };
        if !query.is_partial() {
            query.accesses = of_plan(plan, query, &text);
        }
    });
}

/// A chain without an order has the one that its entity declares. Who gets one row by a condition asks for no order.
fn add_default_order(program: &Program<'_>, query: &mut QueryUse) {
    let is_get = |roles: &[Query]| roles.contains(&Query::One) && roles.contains(&Query::Filter);
    let is_ordered = match query.shape {
        Shape::Rows | Shape::Bounded => true,
        Shape::One => program.model(query.at).is_none_or(|model| !is_get(&model.query)),
        Shape::Scalar | Shape::Write | Shape::Unknown => false,
    };
    // `none()` asks for nothing: it bounds the rows by itself, without a number.
    let is_nothing =
        query.bound.is_none() && program.model(query.at).is_some_and(|model| model.query.contains(&Query::Limit));
    if !is_ordered || is_nothing || query.is_grouped || query.order != Certainty::Absent || query.text.is_some() {
        return;
    }
    if let Some(order) = query.entity.and_then(|entity| program.default_order(entity)) {
        query.order = Certainty::Always;
        query.ordering = Some(ordering::of_declaration(order, query.span));
    }
}

fn of_plan(plan: Plan, query: &QueryUse, text: &super::text::SqlText) -> Vec<TableAccess> {
    let place = |access: Access| {
        let span = access.condition.unwrap_or(access.span);
        let (file, span) = text.place(span).unwrap_or((query.file, query.span));
        TableAccess { access, file, span }
    };
    plan.accesses.into_iter().map(place).collect()
}

/// So many of the conditions that may be there or not are looked at, each by itself.
const MAX_GATHERED: usize = 8;

/// A chain as one block: its entity, what it is joined to by foreign keys, and its conditions, one of those that may be
/// there or not among them.
fn of_chain(planner: &Planner<'_>, query: &QueryUse, schema: &Named, gathered: Option<&Condition>) -> Vec<TableAccess> {
    let Some(entity) = query.entity else { return Vec::new() };
    let mut tables = vec![entity];
    let mentioned = query.conditions.iter().chain(gathered).filter_map(|condition| condition.entity);
    let joined = || query.joined.iter().map(|join| join.entity);
    for table in joined().chain(mentioned) {
        if !tables.contains(&table) && schema.schema.tables.iter().any(|known| known.name == table) {
            tables.push(table);
        }
    }
    let is_outer =
        |name: &Symbol| query.joined.iter().any(|join| join.entity == *name && join.is_outer) && *name != entity;
    let relation = |(number, name): (usize, &Symbol)| Relation {
        source: Source::Table(*name),
        span: Span::new(0, 0),
        group: is_outer(name).then_some(Group { number, kind: GroupKind::Nullable }),
        used: None,
    };
    let is_sometimes = query.filter != Certainty::Always;
    let conditions = query.conditions.iter().map(|condition| test_of(condition, &tables, schema, is_sometimes));
    let conditions = conditions.chain(gathered.map(|condition| test_of(condition, &tables, schema, false)));
    let of_outer = |(one, other): (usize, usize)| Some(one.max(other)).filter(|last| is_outer(&tables[*last]));
    let joins = joins(&tables, query, schema).into_iter().map(|test| match test {
        Test::Join((one, _), (other, _)) => Conjunct { group: of_outer((one, other)), test },
        _ => Conjunct { group: None, test },
    });
    let conditions = conditions.map(|test| Conjunct { group: None, test });
    let order = query.ordering.and_then(|ordering| sort_of(&ordering, &tables, schema));
    let is_ordered = order.is_some();
    let is_one = matches!(query.shape, Shape::One | Shape::Bounded) && is_ordered;
    let block = Block {
        relations: tables.iter().enumerate().map(relation).collect(),
        tests: conditions.chain(joins).collect(),
        // An order by something unknown may need all rows.
        has_limit: (query.limit == Certainty::Always || is_one) && (is_ordered || query.order == Certainty::Absent),
        order: order.into_iter().collect(),
        fold: if query.is_grouped { Fold::Whole } else { Fold::None },
        ..Block::default()
    };
    let is_certain = is_ordered || query.order == Certainty::Absent || query.limit == Certainty::Absent;
    let place = |access: Access| {
        let span = access.condition.unwrap_or(query.span);
        TableAccess { access, file: query.file, span }
    };
    let accesses = planner.plan_blocks(vec![block]).into_iter();
    accesses.filter(|access| is_certain || access.condition.is_some()).map(place).collect()
}

fn test_of(condition: &Condition, tables: &[Symbol], schema: &Named, is_optional: bool) -> Test {
    let owner = condition.entity.and_then(|entity| tables.iter().position(|table| *table == entity));
    let found = column_of(owner, &condition.column, tables, schema);
    let (relation, column) = found.unwrap_or((owner.unwrap_or(0), condition.column));
    let op = match condition.op {
        PredicateOp::Equal => Op::Equal,
        PredicateOp::In => Op::In,
        PredicateOp::Range => Op::Above,
        PredicateOp::IsNull => Op::IsNull,
        PredicateOp::IsNotNull => Op::IsNotNull,
        PredicateOp::NotEqual => Op::NotEqual,
        PredicateOp::PrefixLike => Op::Prefix,
        PredicateOp::ContainsLike | PredicateOp::UnknownLike => Op::Match,
        PredicateOp::Wrapped | PredicateOp::Join | PredicateOp::Other => {
            return Test::Opaque(vec![relation], condition.span);
        }
    };
    Test::Atom(Atom {
        relation,
        key: Key::column(column),
        op,
        span: condition.span,
        is_optional,
        day: None,
        is_word: false,
        text: String::new(),
    })
}

/// The column of a table that a chain names: of the entity that it says, or of the first that has it.
fn column_of(owner: Option<usize>, column: &str, tables: &[Symbol], schema: &Named) -> Option<(usize, Symbol)> {
    let has = |table: &Symbol| {
        let known = schema.schema.tables.iter().find(|known| known.name == *table)?;
        let named = |name: &str| known.columns.iter().map(|own| own.name).find(|own| own.eq_ignore_ascii_case(name));
        // A relation, or a condition on what it leads to, is found by the relation's column.
        let relation = column.split("__").next().unwrap_or(column);
        let written = ordering::column_name(Symbol::new(column));
        named(column)
            .or_else(|| named(&written))
            .or_else(|| named(&format!("{relation}_id")))
            .or_else(|| named(&format!("{relation}Id")))
    };
    let own = owner.and_then(|owner| Some((owner, has(&tables[owner])?)));
    own.or_else(|| tables.iter().enumerate().find_map(|(at, table)| Some((at, has(table)?))))
}

fn sort_of(ordering: &Ordering, tables: &[Symbol], schema: &Named) -> Option<Sort> {
    let owner = ordering.entity.and_then(|entity| tables.iter().position(|table| *table == entity));
    let (relation, column) = column_of(owner, &ordering.column, tables, schema)?;
    Some(Sort {
        target: Some((relation, Key::column(column))),
        is_descending: ordering.is_descending,
        nulls_first: ordering.nulls_first,
        span: ordering.span,
    })
}

/// Entities of a chain are joined by what it says, or else by the foreign keys between them.
fn joins(tables: &[Symbol], query: &QueryUse, schema: &Named) -> Vec<Test> {
    let table = |name: Symbol| schema.schema.tables.iter().find(|known| known.name == name);
    let mut found = said_joins(tables, query, schema);
    let is_said = |name: &Symbol| query.joined.iter().any(|join| join.entity == *name && !join.on.is_empty());
    let is_named = |name: &Symbol, other: &Symbol| {
        let pairs = query.joined.iter().filter(|join| join.entity == *name).flat_map(|join| &join.on);
        pairs.flatten().any(|(entity, _)| entity == other)
    };
    let is_told = |one: &Symbol, other: &Symbol| {
        is_said(one) && (Some(*other) == query.entity || is_said(other) || is_named(one, other))
    };
    for (at, name) in tables.iter().enumerate() {
        let columns = table(*name).map_or(&[][..], |table| &table.columns);
        for column in columns {
            let Some(parent) = column.references else { continue };
            let stored = |name: &Symbol| schema.stored.get(name).copied().unwrap_or(*name);
            let is_parent = |(other, name): &(usize, &Symbol)| *other != at && stored(name) == stored(&parent);
            let Some((other, partner)) = tables.iter().enumerate().find(is_parent) else { continue };
            if is_told(name, partner) || is_told(partner, name) {
                continue;
            }
            let key = table(parent).and_then(|parent| {
                let mut primary = parent.indexes.iter().filter(|index| index.is_unique() && index.parts.len() == 1);
                primary.next().map(|index| index.parts[0].key)
            });
            let key = key.unwrap_or_else(|| Symbol::new("id"));
            found.push((at, other, Test::Join((at, Key::column(column.name)), (other, Key::column(key)))));
        }
    }
    from_first(found)
}

fn said_joins(tables: &[Symbol], query: &QueryUse, schema: &Named) -> Vec<(usize, usize, Test)> {
    let side = |(entity, column): (Symbol, Symbol)| {
        let owner = tables.iter().position(|table| *table == entity)?;
        column_of(Some(owner), &column, tables, schema).filter(|(found, _)| *found == owner)
    };
    let pairs = query.joined.iter().flat_map(|join| &join.on);
    let tests = pairs.filter_map(|[one, other]| {
        let ((at, column), (other, key)) = (side(*one)?, side(*other)?);
        (at != other).then(|| (at, other, Test::Join((at, Key::column(column)), (other, Key::column(key)))))
    });
    tests.collect()
}

/// Of the joins between tables those that lead from the first to the others by the fewest steps: what two of them also have to do
/// with each other says nothing of the query.
fn from_first(mut joins: Vec<(usize, usize, Test)>) -> Vec<Test> {
    let mut near = vec![0];
    let mut kept = Vec::new();
    loop {
        let is_next = |(one, other, _): &(usize, usize, Test)| near.contains(one) != near.contains(other);
        let (next, rest): (Vec<_>, Vec<_>) = joins.into_iter().partition(is_next);
        joins = rest;
        if next.is_empty() {
            break;
        }
        for (one, other, test) in next {
            near.extend([one, other]);
            kept.push(test);
        }
    }
    // What does not hang on the first.
    kept.extend(joins.into_iter().filter(|(one, _, _)| !near.contains(one)).map(|(.., test)| test));
    kept
}

impl Program<'_> {
    /// Whose planner: by the drivers that the program imports, PostgreSQL's where nothing tells.
    pub(crate) fn dialect(&self) -> Dialect {
        let (mut mysql, mut sqlite) = (false, false);
        for module in self.files.iter().flat_map(crate::provisions::imports) {
            if ["psycopg", "asyncpg", "postgres", "@neondatabase", "@vercel/postgres"]
                .iter()
                .any(|name| module.contains(name))
                || module == "pg"
                || module.starts_with("pg.")
            {
                return Dialect::Postgres;
            }
            mysql |= module.contains("mysql") || module.contains("mariadb");
            sqlite |= module.contains("sqlite") && !module.contains("drizzle");
        }
        match (mysql, sqlite) {
            (true, _) => Dialect::MySql,
            (false, true) => Dialect::Sqlite,
            (false, false) => Dialect::Postgres,
        }
    }
}
