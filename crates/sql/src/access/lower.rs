//! sqlparser's tree into [`Block`]s.

mod cases;
mod columns;
mod conditions;
mod fold;
mod from;
mod given;
mod shape;
mod values;

use ir::{Symbol, View};
use rustc_hash::FxHashMap;
use sqlparser::ast::{
    self, AssignmentTarget, Expr, FromTable, Select, SelectItem, SetExpr, SetOperator, SetQuantifier, Statement,
    TableObject, UpdateTableFromKind,
};

use super::Dialect;
use super::block::{Block, Fold, Group, GroupKind, Key, Relation, Source};
use crate::expr::{lower, walk};
use crate::mask::Masked;
use crate::predicate::span_at;
use crate::query::has_limit;
use crate::scope::symbol;

/// What names in FROM may mean besides tables.
pub(super) type Views = FxHashMap<Symbol, Box<ast::Query>>;

/// The type of a table's column, where the table has it; none where the table's columns are not known.
pub(super) type ColumnType<'a> = &'a dyn Fn(Symbol, Symbol) -> Option<Option<&'a str>>;

/// Deeper nesting of views, subqueries and common table expressions is not followed.
const MAX_DEPTH: u32 = 24;
const MAX_BLOCKS: usize = 400;

/// The blocks of a statement; the first is the outermost one.
pub(super) fn lower_statement<'a>(
    tree: &'a Statement,
    masked: &'a Masked,
    views: &'a Views,
    column_type: ColumnType<'a>,
    dialect: Dialect,
) -> Vec<Block> {
    let mut lowering = Lowering {
        masked,
        views,
        column_type,
        dialect,
        blocks: Vec::new(),
        given: FxHashMap::default(),
        renamed: FxHashMap::default(),
        scopes: Vec::new(),
        groups: 0,
        semi: Vec::new(),
        view: None,
        depth: 0,
        ctes: Vec::new(),
        last_merged: None,
    };
    lowering.statement(tree);
    lowering.blocks
}

/// The parsed query of a view.
pub(super) fn parse_view(view: &View) -> Option<Box<ast::Query>> {
    let masked = crate::mask::mask(&view.query);
    match crate::syntax::parse(&masked)? {
        Statement::Query(query) => Some(query),
        _ => None,
    }
}

pub(super) struct Lowering<'a> {
    masked: &'a Masked,
    views: &'a Views,
    column_type: ColumnType<'a>,
    dialect: Dialect,
    blocks: Vec<Block>,
    /// What the rows of blocks are called, by block.
    given: FxHashMap<usize, given::Given>,
    /// The columns of relations whose alias names them, by block and relation.
    renamed: FxHashMap<(usize, usize), Vec<Symbol>>,
    scopes: Vec<Scope>,
    groups: usize,
    /// Those of semi-joins.
    semi: Vec<usize>,
    /// Where the statement names the view that is being read: what stands in a view has no place in the statement.
    view: Option<ir::Span>,
    depth: u32,
    ctes: Vec<Cte<'a>>,
    /// The scope of the subquery that was last made part of a block.
    last_merged: Option<usize>,
}

/// The names that one FROM clause gives.
#[derive(Default)]
struct Scope {
    block: usize,
    parent: Option<usize>,
    labels: Vec<(String, Target)>,
    /// Some name in it was of a scope around.
    is_correlated: bool,
}

/// What a label in FROM stands for.
#[derive(Clone)]
enum Target {
    Relation(usize),
    /// A subquery that became part of the block: its columns by name, and relations all of whose columns it gives.
    Merged {
        columns: Vec<(Symbol, Column)>,
        all_of: Vec<usize>,
    },
}

/// What a column's name stands for.
#[derive(Clone, Debug, PartialEq)]
enum Column {
    Of(usize, Key),
    /// Computed from several columns, or by an aggregate.
    Computed,
}

struct Cte<'a> {
    name: Symbol,
    alias: &'a ast::TableAlias,
    query: &'a ast::Query,
    /// Used more than once, or told to be materialised: computed by itself.
    is_shared: bool,
    /// Its own name inside it means itself, not a table.
    is_recursive: bool,
    block: Option<Vec<usize>>,
    /// It is being read: what names it now is its recursion.
    is_open: bool,
    /// What is being read stands before it.
    is_hidden: bool,
}

impl<'a> Lowering<'a> {
    fn statement(&mut self, tree: &'a Statement) {
        match tree {
            Statement::Query(query) => {
                self.query(query, None, false);
            }
            Statement::Insert(insert) => {
                if let TableObject::TableName(name) = &insert.table
                    && let Some(ident) = crate::query::last_ident(name)
                {
                    let relation = Relation {
                        source: Source::Target(symbol(ident)),
                        span: span_at(ident.span),
                        group: None,
                        used: None,
                    };
                    let scope = self.open(None, true);
                    let block = self.scopes[scope].block;
                    self.blocks[block].relations.push(relation);
                    self.returned(insert.returning.as_deref().unwrap_or_default(), scope);
                }
                if let Some(source) = &insert.source {
                    match &*source.body {
                        SetExpr::Values(values) => {
                            let scope = self.open(None, true);
                            values
                                .rows
                                .iter()
                                .flat_map(|row| &row.content)
                                .for_each(|expr| self.subqueries(expr, scope));
                        }
                        _ => {
                            self.query(source, None, false);
                        }
                    }
                }
                if let Some(ast::OnInsert::OnConflict(conflict)) = &insert.on
                    && let ast::OnConflictAction::DoUpdate(update) = &conflict.action
                {
                    let scope = self.open(None, true);
                    let values = update.assignments.iter().map(|assignment| &assignment.value);
                    values.chain(&update.selection).for_each(|expr| self.subqueries(expr, scope));
                }
            }
            Statement::Update(update) => {
                let scope = self.open(None, true);
                self.from(std::slice::from_ref(&update.table), scope);
                match &update.from {
                    Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) => {
                        self.from(from, scope);
                    }
                    None => {}
                }
                self.condition(update.selection.as_ref(), scope);
                for assignment in &update.assignments {
                    if let AssignmentTarget::ColumnName(_) = &assignment.target {
                        self.subqueries(&assignment.value, scope);
                    }
                }
                self.returned(update.returning.as_deref().unwrap_or_default(), scope);
            }
            Statement::Delete(delete) => {
                let scope = self.open(None, true);
                let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
                self.from(from, scope);
                self.from(delete.using.as_deref().unwrap_or_default(), scope);
                self.condition(delete.selection.as_ref(), scope);
                self.returned(delete.returning.as_deref().unwrap_or_default(), scope);
            }
            _ => {}
        }
    }

    /// What a change gives back, and what it asks for that.
    fn returned(&mut self, items: &'a [SelectItem], scope: usize) {
        self.note_given(items, scope);
        for item in items {
            if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
                self.subqueries(expr, scope);
            }
        }
    }

    /// Lowers a query that stands by itself; the blocks whose rows are its result.
    fn query(&mut self, query: &'a ast::Query, parent: Option<usize>, is_lateral: bool) -> Vec<usize> {
        if self.depth >= MAX_DEPTH || self.blocks.len() >= MAX_BLOCKS {
            return Vec::new();
        }
        self.depth += 1;
        let kept = self.ctes.len();
        self.with(query);
        let blocks = self.body(&query.body, Some(query), parent);
        if is_lateral {
            blocks.iter().for_each(|block| self.blocks[*block].is_correlated = true);
        }
        self.ctes.truncate(kept);
        self.depth -= 1;
        blocks
    }

    fn with(&mut self, query: &'a ast::Query) {
        let Some(with) = &query.with else { return };
        for cte in &with.cte_tables {
            let name = Symbol::new(&lower(&cte.alias.name));
            let is_told = matches!(cte.materialized, Some(ast::CteAsMaterialized::Materialized));
            let is_recursive = with.recursive && uses(&cte.query, name) > 0;
            let is_shared = is_told || is_recursive || uses(query, name) > 1;
            self.ctes.push(Cte {
                name,
                alias: &cte.alias,
                query: &cte.query,
                is_shared,
                is_recursive,
                block: None,
                is_open: false,
                is_hidden: false,
            });
            // Changes are made also where nothing reads their result.
            if matches!(*cte.query.body, SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_)) {
                let blocks = self.query(&cte.query, None, false);
                self.keep(&blocks);
                if let Some(last) = self.ctes.last_mut() {
                    last.block = Some(blocks);
                }
            }
        }
    }

    fn keep(&mut self, blocks: &[usize]) {
        blocks.iter().for_each(|block| self.blocks[*block].is_kept = true);
    }

    fn body(&mut self, body: &'a SetExpr, query: Option<&'a ast::Query>, parent: Option<usize>) -> Vec<usize> {
        let mut blocks = Vec::new();
        let mut stack = vec![body];
        let is_union = matches!(body, SetExpr::SetOperation { .. });
        let mut is_whole = false;
        while let Some(part) = stack.pop() {
            match part {
                SetExpr::SetOperation { left, right, op, set_quantifier } => {
                    is_whole |= *op != SetOperator::Union || *set_quantifier != SetQuantifier::All;
                    stack.extend([&**right, &**left]);
                }
                SetExpr::Select(select) => blocks.push(self.select(select, query.filter(|_| !is_union), parent)),
                SetExpr::Query(inner) => blocks.extend(self.query(inner, parent, false)),
                SetExpr::Insert(tree) | SetExpr::Update(tree) | SetExpr::Delete(tree) => {
                    let first = self.blocks.len();
                    self.statement(tree);
                    blocks.extend((first..self.blocks.len()).take(1));
                }
                SetExpr::Values(_) | SetExpr::Merge(_) | SetExpr::Table(_) => {}
            }
        }
        if is_union && is_whole {
            for block in &blocks {
                let fold = &mut self.blocks[*block].fold;
                if *fold == Fold::None {
                    *fold = Fold::Whole;
                }
            }
        }
        blocks
    }

    fn open(&mut self, parent: Option<usize>, is_write: bool) -> usize {
        self.blocks.push(Block { is_write, ..Block::default() });
        self.scopes.push(Scope { block: self.blocks.len() - 1, parent, ..Scope::default() });
        self.scopes.len() - 1
    }

    fn select(&mut self, select: &'a Select, query: Option<&'a ast::Query>, parent: Option<usize>) -> usize {
        let scope = self.open(parent, false);
        let block = self.scopes[scope].block;
        self.from(&select.from, scope);
        self.condition(select.selection.as_ref(), scope);
        self.fold(select, scope);
        self.extremes(select, scope);
        self.blocks[block].has_limit = select.top.is_some() || query.is_some_and(has_limit);
        if let Some(query) = query {
            self.order(query, select, scope);
        }
        let count = self.blocks[block].relations.len();
        if let Target::Merged { columns, all_of } = self.projection(select, scope, 0..count) {
            let plain = columns.into_iter().filter_map(|(name, column)| match column {
                Column::Of(relation, key) => Some((name, (relation, key))),
                Column::Computed => None,
            });
            self.blocks[block].outputs = plain.collect();
            self.blocks[block].outputs_all = all_of;
        }
        if let Some(having) = &select.having {
            self.subqueries(having, scope);
        }
        self.note_select(select, scope);
        self.note_columns(select, query, scope, false);
        self.blocks[block].is_correlated = self.scopes[scope].is_correlated;
        self.blocks[block].around = parent.map(|parent| self.scopes[parent].block);
        block
    }

    fn next_group(&mut self, kind: GroupKind) -> Group {
        self.groups += 1;
        if kind == GroupKind::Semi {
            self.semi.push(self.groups);
        }
        Group { number: self.groups, kind }
    }

    /// Lowers the subqueries of an expression as blocks of their own.
    fn subqueries(&mut self, expr: &'a Expr, scope: usize) {
        let mut queries = Vec::new();
        let mut tested: Vec<&ast::Query> = Vec::new();
        walk(expr, &mut queries, |part| {
            if let Expr::Exists { subquery, .. } = part {
                tested.push(subquery);
            }
            true
        });
        for query in queries {
            let blocks = self.query(query, Some(scope), false);
            // EXISTS ends with the first row.
            if tested.iter().any(|tested| std::ptr::eq(*tested, query)) {
                blocks.iter().for_each(|block| self.blocks[*block].has_limit = true);
            }
        }
    }
}

/// How often a query reads a relation of this name.
fn uses(query: &ast::Query, name: Symbol) -> usize {
    let mut found = 0;
    let _ = ast::visit_relations(query, |relation| {
        found += usize::from(crate::query::last_ident(relation).is_some_and(|ident| lower(ident) == name.as_str()));
        std::ops::ControlFlow::<()>::Continue(())
    });
    found
}
