//! sqlparser's tree into [`ir::Query`].

use std::collections::VecDeque;

use ir::{Query, QueryKind, Span, Symbol};
use rustc_hash::FxHashSet;
use sqlparser::ast::{
    self, Assignment, AssignmentTarget, Expr, FromTable, GroupByExpr, Ident, ObjectName, Select, SetExpr, Statement,
    TableObject, TableWithJoins, UpdateTableFromKind,
};

use crate::expr::{has_window, lower, walk};
use crate::mask::Masked;
use crate::scope::{Names, Scope};

/// Spans in it are relative to the statement.
pub(crate) fn read(tree: &Statement, masked: &Masked, span: Span) -> Query {
    let mut reader = Reader {
        names: Names { scopes: Vec::new(), masked },
        query: empty(span),
        ctes: FxHashSet::default(),
        pending: VecDeque::new(),
        source: &masked.text,
    };
    reader.query.is_partial = masked.lacks_clause;
    reader.statement(tree, None);
    while let Some((pending, parent)) = reader.pending.pop_front() {
        match pending {
            Pending::Query(query) => reader.nested_query(query, parent),
            Pending::Body(body) => reader.body(body, Block { parent, is_nested: true, is_limited: false }),
        }
    }
    reader.query
}

pub(crate) fn empty(span: Span) -> Query {
    Query {
        kind: QueryKind::Other,
        tables: Vec::new(),
        filters: Vec::new(),
        has_limit: false,
        has_offset: false,
        is_grouped: false,
        is_aggregate: false,
        has_window: false,
        order_by_random: false,
        order: Vec::new(),
        selects_all_columns: false,
        columns: Vec::new(),
        is_partial: false,
        is_unread: false,
        span,
    }
}

/// What is read once the outer blocks are.
pub(crate) enum Pending<'a> {
    Query(&'a ast::Query),
    Body(&'a SetExpr),
}

/// Where a block stands.
#[derive(Clone, Copy)]
pub(crate) struct Block {
    /// The scope around it.
    pub(crate) parent: Option<usize>,
    pub(crate) is_nested: bool,
    pub(crate) is_limited: bool,
}

pub(crate) struct Reader<'a> {
    pub(crate) names: Names<'a>,
    pub(crate) query: Query,
    pub(crate) ctes: FxHashSet<String>,
    pub(crate) pending: VecDeque<(Pending<'a>, Option<usize>)>,
    pub(crate) source: &'a str,
}

impl<'a> Reader<'a> {
    fn statement(&mut self, tree: &'a Statement, parent: Option<usize>) {
        let block = Block { parent, is_nested: !self.names.scopes.is_empty(), is_limited: false };
        let kind = match tree {
            Statement::Query(query) => return self.top_query(query),
            Statement::Insert(_) => QueryKind::Insert,
            Statement::Update(_) | Statement::Merge(_) => QueryKind::Update,
            Statement::Delete(_) => QueryKind::Delete,
            _ => return,
        };
        if !block.is_nested {
            self.query.kind = kind;
        }
        self.write(tree, block);
    }

    fn top_query(&mut self, query: &'a ast::Query) {
        self.query.kind = QueryKind::Select;
        let mut query = query;
        loop {
            self.with(query, None);
            self.top_bounds(query);
            match &*query.body {
                SetExpr::Query(inner) => query = inner,
                body => {
                    let is_limited = self.query.has_limit;
                    return self.body(body, Block { parent: None, is_nested: false, is_limited });
                }
            }
        }
    }

    fn nested_query(&mut self, query: &'a ast::Query, parent: Option<usize>) {
        self.with(query, parent);
        let is_limited = has_limit(query);
        self.body(&query.body, Block { parent, is_nested: true, is_limited });
        if let Some(order) = &query.order_by
            && let ast::OrderByKind::Expressions(list) = &order.kind
        {
            let scope = self.names.scopes.len().checked_sub(1);
            list.iter().for_each(|order| self.subqueries(&order.expr, scope));
            self.query.order_by_random |= list.iter().any(crate::expr::is_random);
        }
    }

    fn with(&mut self, query: &'a ast::Query, parent: Option<usize>) {
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.ctes.insert(lower(&cte.alias.name));
            self.pending.push_back((Pending::Query(&cte.query), parent));
        }
    }

    fn body(&mut self, body: &'a SetExpr, mut block: Block) {
        let mut body = body;
        loop {
            match body {
                SetExpr::SetOperation { left, right, .. } => {
                    self.pending.push_front((Pending::Body(right), block.parent));
                    // The limit is that of the whole, not of its parts.
                    block.is_limited = false;
                    body = left;
                }
                SetExpr::Select(select) => return self.select(select, block),
                SetExpr::Query(query) => {
                    self.with(query, block.parent);
                    block.is_limited |= has_limit(query);
                    body = &query.body;
                }
                SetExpr::Values(values) => {
                    let exprs = values.rows.iter().flat_map(|row| &row.content);
                    return exprs.for_each(|expr| self.subqueries(expr, block.parent));
                }
                SetExpr::Insert(tree) | SetExpr::Update(tree) | SetExpr::Delete(tree) | SetExpr::Merge(tree) => {
                    return self.statement(tree, block.parent);
                }
                SetExpr::Table(_) => return,
            }
        }
    }

    fn select(&mut self, select: &'a Select, block: Block) {
        let block = Block { is_limited: block.is_limited || select.top.is_some(), ..block };
        let is_top = self.names.scopes.is_empty();
        let scope = self.open(block.parent);
        self.relations(&select.from, scope, block);
        if is_top {
            self.query.has_limit |= select.top.is_some() || is_from_limited(&select.from);
            self.projection(select, scope);
        }
        self.query.has_window |= select.projection.iter().filter_map(item_expr).any(has_window);
        self.narrow(select.selection.as_ref(), scope);
        self.close(scope);
        let GroupByExpr::Expressions(group, _) = &select.group_by else { return };
        let exprs =
            select.projection.iter().filter_map(item_expr).chain(&select.selection).chain(&select.having).chain(group);
        exprs.for_each(|expr| self.subqueries(expr, Some(scope)));
    }

    fn write(&mut self, tree: &'a Statement, block: Block) {
        let scope = self.open(block.parent);
        match tree {
            Statement::Insert(insert) => self.insert(insert, scope, block),
            Statement::Update(update) => {
                let block = Block { is_limited: update.limit.is_some(), ..block };
                self.relations(std::slice::from_ref(&update.table), scope, block);
                match &update.from {
                    Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) => {
                        self.relations(from, scope, block);
                    }
                    None => {}
                }
                self.query.has_limit |= update.limit.is_some() && !block.is_nested;
                self.assignments(&update.assignments, scope, block);
                self.narrow(update.selection.as_ref(), scope);
                self.subqueries_of(&update.selection, scope);
            }
            Statement::Delete(delete) => {
                let block = Block { is_limited: delete.limit.is_some(), ..block };
                let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
                self.relations(from, scope, block);
                self.relations(delete.using.as_deref().unwrap_or_default(), scope, block);
                self.query.has_limit |= delete.limit.is_some() && !block.is_nested;
                self.narrow(delete.selection.as_ref(), scope);
                self.subqueries_of(&delete.selection, scope);
            }
            Statement::Merge(merge) => {
                for factor in [&merge.table, &merge.source] {
                    self.factor(factor, scope, block);
                }
                self.narrow(Some(&merge.on), scope);
            }
            _ => {}
        }
        self.close(scope);
    }

    fn insert(&mut self, insert: &'a ast::Insert, scope: usize, block: Block) {
        if let TableObject::TableName(name) = &insert.table {
            self.table(name, None, scope, block);
        }
        for column in insert.columns.iter().filter_map(last_ident) {
            self.written_column(column, block);
        }
        self.assignments(&insert.assignments, scope, block);
        if let Some(source) = &insert.source {
            self.pending.push_back((Pending::Query(source), None));
        }
    }

    fn assignments(&mut self, assignments: &'a [Assignment], scope: usize, block: Block) {
        for assignment in assignments {
            let targets = match &assignment.target {
                AssignmentTarget::ColumnName(name) => std::slice::from_ref(name),
                AssignmentTarget::Tuple(names) => names,
            };
            for column in targets.iter().filter_map(last_ident) {
                self.written_column(column, block);
            }
            self.subqueries(&assignment.value, Some(scope));
        }
    }

    fn written_column(&mut self, column: &Ident, block: Block) {
        if self.names.is_hole(column) {
            self.query.is_partial = true;
        } else if !block.is_nested {
            self.query.columns.push(Symbol::new(&lower(column)));
        }
    }

    fn open(&mut self, parent: Option<usize>) -> usize {
        self.names.scopes.push(Scope { parent, ..Scope::default() });
        self.names.scopes.len() - 1
    }

    /// Records which of the block's tables are bounded.
    fn close(&mut self, scope: usize) {
        let scope = &mut self.names.scopes[scope];
        scope.spread();
        let is_joined = scope.relations.len() > 1;
        for relation in &scope.relations {
            if let Some(table_use) = relation.table_use {
                self.query.tables[table_use].is_filtered = relation.is_narrowed;
                self.query.tables[table_use].is_joined = is_joined;
            }
        }
    }

    fn subqueries_of(&mut self, selection: &'a Option<Expr>, scope: usize) {
        if let Some(selection) = selection {
            self.subqueries(selection, Some(scope));
        }
    }

    pub(crate) fn subqueries(&mut self, expr: &'a Expr, scope: Option<usize>) {
        let mut queries = Vec::new();
        walk(expr, &mut queries, |_| true);
        self.pending.extend(queries.into_iter().map(|query| (Pending::Query(query), scope)));
    }

    fn relations(&mut self, from: &'a [TableWithJoins], scope: usize, block: Block) {
        for tables in from {
            self.joined(tables, scope, block);
        }
    }
}

fn item_expr(item: &ast::SelectItem) -> Option<&Expr> {
    match item {
        ast::SelectItem::UnnamedExpr(expr)
        | ast::SelectItem::ExprWithAlias { expr, .. }
        | ast::SelectItem::ExprWithAliases { expr, .. } => Some(expr),
        ast::SelectItem::QualifiedWildcard(..) | ast::SelectItem::Wildcard(_) => None,
    }
}

pub(crate) fn last_ident(name: &ObjectName) -> Option<&Ident> {
    name.0.last().and_then(|part| part.as_ident())
}

/// Whether the only thing that is read is a subquery with a limit, joined with other tables or not.
fn is_from_limited(from: &[TableWithJoins]) -> bool {
    match from {
        [only] => matches!(&only.relation, ast::TableFactor::Derived { subquery, .. } if has_limit(subquery)),
        _ => false,
    }
}

pub(crate) fn has_limit(query: &ast::Query) -> bool {
    use ast::LimitClause::{LimitOffset, OffsetCommaLimit};
    let limit = match &query.limit_clause {
        Some(LimitOffset { limit, .. }) => limit.as_ref(),
        Some(OffsetCommaLimit { limit, .. }) => Some(limit),
        None => None,
    };
    let is_bound = limit.is_some_and(|limit| !matches!(limit, Expr::Value(value) if value.value == ast::Value::Null));
    is_bound || query.fetch.is_some()
}
