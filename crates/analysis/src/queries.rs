//! Every query that the program sends, from SQL text and from ORM chains alike: what it reads, what bounds it, and what
//! becomes of the rows.

mod access;
mod aggregates;
mod aliases;
mod alternatives;
mod chain;
mod conditions;
pub(crate) mod eager;
mod entity;
mod gathered;
mod grown;
mod joined;
mod joins;
pub(crate) mod nested;
mod operators;
mod ordering;
mod place;
mod records;
mod shape;
mod statement;
pub(crate) mod text;
mod through;
mod windows;
mod wrappers;

pub(crate) use entity::collection_at;
pub(crate) use place::chain_span;
pub(crate) use records::conditions_of_filter;
pub(crate) use shape::fetches;
pub(crate) use shape::{is_lazy_value, is_query_value};

pub use access::TableAccess;
use ir::{CallKind, ExprKind, PredicateOp, Span, Symbol};
pub use ordering::Ordering;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use text::PushedLimits;
use wrappers::Wrappers;

use crate::ids::{ClassRef, ExprRef, FileId, FnRef};
use crate::index::Site;
use crate::program::Program;
use crate::roles::Role;
use crate::values::Atom;

/// How much of a query's rows come to the program.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Shape {
    /// All rows that match.
    Rows,
    One,
    /// A count, a sum, a yes or no.
    Scalar,
    /// A page or a stream of bounded batches.
    Bounded,
    Write,
    /// Sent, but what is fetched is not seen here.
    Unknown,
}

/// Whether a part of a query is there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub enum Certainty {
    #[default]
    Absent,
    /// On some paths.
    Sometimes,
    Always,
}

/// A number of rows that is skipped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Offset {
    /// A value in the statement's text.
    Text,
    Value(ExprRef),
}

/// A condition of a query on one column.
#[derive(Clone, PartialEq, Debug)]
pub struct Condition {
    /// The entity whose column it is, where a chain says so.
    pub entity: Option<Symbol>,
    pub column: Symbol,
    pub op: PredicateOp,
    /// In the file of the query's text or chain.
    pub span: Span,
}

/// An entity that a chain names besides its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Join {
    pub entity: Symbol,
    /// Rows without a partner stay.
    pub is_outer: bool,
    /// The columns that are said to be equal, each with its entity; none where the foreign keys decide.
    pub on: Vec<[(Symbol, Symbol); 2]>,
}

/// One query, where it is sent.
#[derive(Clone, Debug)]
pub struct QueryUse {
    /// The call that sends it or fetches its rows.
    pub at: ExprRef,
    pub function: FnRef,
    pub site: Site,
    /// The place to point at: the text, or the part of the chain that fetches.
    pub file: FileId,
    pub span: Span,
    /// The call that sends it, where its chain begins; in the file of `at`.
    pub sent: Span,
    /// Table or entity, lower case, as the program names it.
    pub entity: Option<Symbol>,
    pub shape: Shape,
    /// It adds rows.
    pub inserts: bool,
    pub filter: Certainty,
    pub limit: Certainty,
    /// The number of rows to which a step of a chain limits it, if that is a constant.
    pub bound: Option<u32>,
    pub order: Certainty,
    /// The first column by which a chain orders, where that is known.
    pub ordering: Option<Ordering>,
    /// How many rows are skipped, if that is not a constant.
    pub offset: Option<Offset>,
    pub is_grouped: bool,
    pub has_window: bool,
    pub is_joined: bool,
    pub order_by_random: bool,
    pub conditions: Vec<Condition>,
    /// Further ones that may be there or not, each by itself.
    pub gathered: Vec<Condition>,
    /// Columns that it selects, if it names them.
    pub columns: Vec<Symbol>,
    /// The statement, where it is SQL text.
    pub sql: Option<ir::Query>,
    /// How it reads the tables that the project declares.
    pub accesses: Vec<TableAccess>,
    /// Further entities that a chain names.
    pub joined: Vec<Join>,
    pub(crate) text: Option<text::SqlText>,
    /// No parser could read the whole statement: it was read by its keywords.
    pub is_unread: bool,
    /// A whole table is read inside (a common table expression, a subquery) though the outermost block is bounded.
    pub nested_scan: Option<(Symbol, Span)>,
}

/// What is known of all calls before the queries themselves.
struct Known {
    wrappers: Wrappers,
    pushed: PushedLimits,
}

pub(crate) fn solve(program: &Program<'_>) -> Vec<QueryUse> {
    let known = Known { wrappers: wrappers::find(program), pushed: PushedLimits::none_yet(program) };
    let parts: Vec<Vec<QueryUse>> = (0..program.files.len())
        .into_par_iter()
        .map(|number| {
            let file = FileId(number as u32);
            if program.role(file) == Role::Test {
                return Vec::new();
            }
            let sites = program.indexes[number].sites.iter().flatten();
            sites.filter_map(|site| chain::query_at(program, &known, file, *site)).collect()
        })
        .collect();
    let mut queries: Vec<QueryUse> = parts.into_iter().flatten().collect();
    // A statement that one call builds and another runs is one query.
    queries.sort_by_key(|query| (query.function, query.file, query.span, query.shape, query.at));
    queries.dedup_by_key(|query| (query.function, query.file, query.span));
    queries.sort_by_key(|query| (query.at, query.span));
    access::solve(program, &mut queries);
    queries
}

impl QueryUse {
    /// Parts of the statement are only known at run time.
    fn is_partial(&self) -> bool {
        self.sql.as_ref().is_some_and(|statement| statement.is_partial)
    }
}

/// Whether a query is that of a view which adds rows by itself: `queryset` of Django REST framework's `ModelViewSet`.
fn is_of_creating_view(program: &Program<'_>, query: &QueryUse) -> bool {
    let file = program.file(query.function.file);
    let method = file.function(query.function.id);
    let Some(class) = method.class.filter(|_| matches!(method.name.as_str(), "queryset" | "get_queryset")) else {
        return false;
    };
    let library = program.library(query.function.file);
    let bases = program.world().classes.library_bases(ClassRef { file: query.function.file, id: class });
    bases.into_iter().any(|base| library.creates(library.canonical(base)))
}

/// Functions that add rows, by table, or by entity where no table is known for it: INSERT statements, insert steps of ORM chains, objects of entity classes made.
pub(crate) fn insertions(program: &Program<'_>) -> FxHashMap<Symbol, Vec<FnRef>> {
    let mut insertions: FxHashMap<Symbol, Vec<FnRef>> = FxHashMap::default();
    let mut add = |entity: Symbol, function: FnRef| {
        let table = program.table(entity).map_or(entity, |table| table.name);
        insertions.entry(table).or_default().push(function);
    };
    for query in program.queries() {
        let inserts = query.inserts || is_of_creating_view(program, query);
        if let (true, Some(entity)) = (inserts, query.entity) {
            add(entity, query.function);
        }
    }
    for (entity, function) in nested::created(program) {
        add(entity, function);
    }
    for (number, index) in program.indexes.iter().enumerate() {
        let file_id = FileId(number as u32);
        let file = program.file(file_id);
        for site in index.sites.iter().flatten() {
            let ExprKind::Call { callee, kind, .. } = file.expr(site.call).kind else { continue };
            let function = FnRef { file: file_id, id: site.function };
            if kind == CallKind::New
                && let Some(entity) = entity::of_model(program, ExprRef { file: file_id, id: callee })
            {
                add(entity, function);
            }
            for atom in program.value(ExprRef { file: file_id, id: callee }) {
                let name = match atom {
                    Atom::Class(class) => {
                        let bases = program.world().classes.library_bases(*class);
                        let library = program.world().models.of(file.language);
                        let is_entity = bases.iter().any(|base| library.ty(*base).is_some_and(|ty| ty.is_entity));
                        is_entity.then(|| program.file(class.file).class(class.id).name)
                    }
                    _ => None,
                };
                if let Some(name) = name {
                    add(Symbol::new(&name.to_lowercase()), function);
                }
            }
        }
    }
    insertions
}
