//! Collections of MongoDB, whose indexes code makes: `db.users.create_index([("email", 1)], unique=True)`, at start-up or in
//! a script, also through a helper that is given the collection and the keys.
//!
//! A collection has no columns but those that its indexes and the filters of queries name. Where the indexes of one cannot be
//! read, its indexes are not known; where it is not known of which collection some are, none are. In a project that speaks of
//! no index anywhere no collection has any but that of its key.

use ir::{Entity, ExprKind, Index, IndexPart, Span, Symbol, Uniqueness};
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

use super::mongoose::add_id;
use super::node::{Call, Node, lower};
use super::parts::{ColumnParts, entity, method, table};
use crate::ids::{ExprRef, FnRef};
use crate::index::Part;
use crate::models::{Context, Declares};
use crate::program::Program;
use crate::queries::{collection_at, conditions_of_filter};
use crate::roles::Role;

pub(super) fn collect(program: &Program<'_>) -> Vec<Entity> {
    let made: Vec<Call<'_>> = super::calls_of(program, Declares::CollectionIndex).collect();
    let first = made.first().map(|call| call.node).or_else(|| first_unindexed(program));
    let Some(first) = first else { return Vec::new() };
    let mut schema = Collections { program, first, found: BTreeMap::new(), unread: FxHashSet::default() };
    if !made.into_iter().all(|call| schema.add_call(call)) || !schema.add_unknown() {
        return Vec::new();
    }
    schema.add_filters();
    let Collections { found, unread, .. } = schema;
    let complete = |(name, mut new): (Symbol, Entity)| {
        new.is_incomplete = unread.contains(&name);
        new
    };
    found.into_iter().map(complete).collect()
}

/// The first query of documents, in a project where nothing makes an index of them and nothing else describes them.
fn first_unindexed<'a>(program: &'a Program<'a>) -> Option<Node<'a>> {
    const MAKERS: &[&str] =
        &["create_index", "createindex", "ensure_index", "ensureindex", "indexmodel", "index_model", "cosmos"];
    const MAPPERS: &[&str] = &["mongoose", "mongoengine", "beanie", "odmantic", "typegoose", "prisma", "mikro-orm"];
    if program.names_with(MAKERS).next().is_some() || program.names_with(MAPPERS).next().is_some() {
        return None;
    }
    let ask =
        asks(program).find(|(call, _)| call.receiver().is_some_and(|of| collection_at(program, of.expr).is_some()));
    ask.filter(|_| !program.says(MAKERS)).map(|(call, _)| call.node)
}

/// The queries that are given a filter of documents, with it.
fn asks<'a>(program: &'a Program<'a>) -> impl Iterator<Item = (Call<'a>, Node<'a>)> {
    let mut asks: Vec<_> = program.calls().iter().filter(|call| call.model.filter_argument.is_some()).collect();
    // Those of requests first: that is where an index is missed.
    asks.sort_by_key(|call| !program.runs(call.function, |state| state.context == Context::Request));
    asks.into_iter().filter_map(|ask| {
        let call = Node::new(program, ask.at).call()?;
        Some((call, call.arg(ask.model.filter_argument?).or_else(|| call.keyword("filter"))?))
    })
}

struct Collections<'a> {
    program: &'a Program<'a>,
    /// The first call that makes an index, or else the first query: what has none of its own is missed there.
    first: Node<'a>,
    found: BTreeMap<Symbol, Entity>,
    unread: FxHashSet<Symbol>,
}

impl<'a> Collections<'a> {
    /// False if it is not known of which collection an index is made.
    fn add_call(&mut self, call: Call<'a>) -> bool {
        let (Some(receiver), Some(keys)) = (call.receiver(), keys_of(call)) else { return false };
        let given = self.given(receiver, keys);
        let names = |collection| names_of(self.program, collection);
        let named: Vec<_> = given.into_iter().map(|(collection, keys)| (names(collection), keys)).collect();
        let is_known = !named.is_empty() && named.iter().all(|(names, _)| !names.is_empty());
        for (names, keys) in named {
            let indexes = indexes_of(keys, call);
            names.into_iter().for_each(|name| self.add(name, indexes.as_deref(), call.node));
        }
        is_known
    }

    fn add(&mut self, name: Symbol, indexes: Option<&[Made<'a>]>, maker: Node<'a>) {
        let Some(indexes) = indexes else {
            self.unread.insert(name);
            return;
        };
        let new = self.entity(name, maker);
        for made in indexes {
            for (part, place) in made.index.parts.iter().zip(&made.places) {
                add_column(new, part.key.as_str(), *place, place.span());
            }
            new.table.indexes.push(made.index.clone());
        }
    }

    /// Calls by the name of one that makes an index, on something of which nothing is known but how it is called: a migration is
    /// handed its database without a type. False if there is no name for the collection.
    fn add_unknown(&mut self) -> bool {
        const NAMES: &[&str] =
            &["create_index", "create_indexes", "ensure_index", "createIndex", "createIndexes", "ensureIndex"];
        // What other libraries call so.
        const OTHERS: &[&str] =
            &["op", "schema", "table", "queryInterface", "knex", "manager", "client", "connection", "indices", "pc"];
        let program = self.program;
        let calls = program.each_site(|_, at| {
            let call = Node::new(program, at).call().filter(|call| NAMES.contains(&call.name()))?;
            let receiver = call.receiver()?;
            let is_unknown = program.model(at).is_none()
                && program.role(at.file) != Role::Test
                && receiver.values().is_empty()
                && program.called_functions(at).is_empty();
            let name = receiver.written_name()?;
            (is_unknown && !OTHERS.contains(&name.as_str())).then_some(at)
        });
        calls.into_iter().filter_map(|at| Node::new(program, at).call()).all(|call| {
            let Some(receiver) = call.receiver() else { return false };
            let names = match receiver.kind() {
                ExprKind::Member { name, .. } => vec![lower(name)],
                ExprKind::Index { .. } => named(receiver).texts().iter().map(|name| lower(name)).collect(),
                _ => Vec::new(),
            };
            let indexes = keys_of(call).and_then(|keys| indexes_of(keys, call));
            let first = self.first;
            names.iter().for_each(|name| self.add(*name, indexes.as_deref(), first));
            !names.is_empty()
        })
    }

    /// What stands for a collection and its keys: themselves, what each caller gives for them where they are parameters, or the
    /// parts of each element where a loop goes over both.
    fn given(&self, collection: Node<'a>, keys: Node<'a>) -> Vec<(Node<'a>, Node<'a>)> {
        if let Some((function, index)) = parameter(collection) {
            let callers = calls_of(self.program, function);
            let pair = |caller: Node<'a>| {
                let caller = caller.call()?;
                let keys = match parameter(keys) {
                    Some((of, index)) if of == function => argument(caller, function, index)?,
                    _ => keys,
                };
                Some((argument(caller, function, index)?, keys))
            };
            return callers.into_iter().filter_map(pair).collect();
        }
        match (element(named(collection)), element(keys)) {
            (Some((list, first)), Some((other, second))) if list.expr == other.expr => {
                let items = list.items().unwrap_or_default().into_iter().filter_map(Node::items);
                let pairs = items.filter_map(|item| Some((*item.get(first as usize)?, *item.get(second as usize)?)));
                pairs.collect()
            }
            _ => vec![(collection, keys)],
        }
    }

    fn entity(&mut self, name: Symbol, maker: Node<'a>) -> &mut Entity {
        self.found.entry(name).or_insert_with(|| {
            let mut new = entity(name, table(name, maker.expr.file, maker.span()));
            add_id(&mut new);
            new
        })
    }

    /// The fields that queries ask by.
    fn add_filters(&mut self) {
        let program = self.program;
        for (call, filter) in asks(program) {
            let Some(name) = call.receiver().and_then(|receiver| collection_at(program, receiver.expr)) else {
                continue;
            };
            let first = self.first;
            let new = self.entity(lower(&name), first);
            for condition in conditions_of_filter(program, filter.expr) {
                add_column(new, condition.column.as_str(), filter, condition.span);
            }
        }
    }
}

/// An index with the places of its keys.
struct Made<'a> {
    index: Index,
    places: Vec<Node<'a>>,
}

/// The field is declared where it is named first.
fn add_column(new: &mut Entity, name: &str, at: Node<'_>, span: Span) {
    let column = lower(name);
    if new.table.columns.iter().all(|known| known.name != column) {
        new.attributes.push((Symbol::new(name), column));
        ColumnParts::new(column, at.expr.file, span).add_to(&mut new.table);
    }
}

/// The names of the collections that an expression is, in lower case: of one that a loop goes over, each.
fn names_of(program: &Program<'_>, collection: Node<'_>) -> Vec<Symbol> {
    if let Some(name) = collection_at(program, collection.expr) {
        return vec![lower(&name)];
    }
    let texts = named(collection).texts();
    texts.iter().map(|name| lower(name)).collect()
}

fn keys_of(call: Call<'_>) -> Option<Node<'_>> {
    call.argument(0, "keys").or_else(|| call.keyword("indexes"))
}

/// What names a collection: `name` of `db[name]` and `db.get_collection(name)`.
fn named(collection: Node<'_>) -> Node<'_> {
    let resolved = collection.resolved();
    match resolved.kind() {
        ExprKind::Index { indices, .. } => indices.first().map_or(resolved, |name| resolved.at(*name)),
        ExprKind::Call { args, .. } => args.first().map_or(resolved, |name| resolved.at(name.value)),
        _ => resolved,
    }
}

/// The function whose parameter an expression is, and which one.
fn parameter(node: Node<'_>) -> Option<(FnRef, usize)> {
    let ExprKind::Local(binding) = node.kind() else { return None };
    let param = node.program.listing(node.expr.file).params.get(binding).filter(|param| param.parts.is_empty())?;
    Some((FnRef { file: node.expr.file, id: param.function }, param.index))
}

/// The calls of a function, those of one caller each.
fn calls_of<'a>(program: &'a Program<'a>, function: FnRef) -> Vec<Node<'a>> {
    let mut callers: Vec<FnRef> = program.calls_into(function).iter().map(|edge| edge.from).collect();
    callers.sort_unstable();
    callers.dedup();
    let calls = callers.into_iter().flat_map(|caller| {
        let sites = program.listing(caller.file).sites_of(caller.id).iter();
        sites.map(move |site| ExprRef { file: caller.file, id: site.call })
    });
    let to_it = calls.filter(|call| program.called_functions(*call).contains(&function));
    to_it.map(|call| Node::new(program, call)).collect()
}

/// What a call gives for a parameter.
fn argument<'a>(call: Call<'a>, function: FnRef, index: usize) -> Option<Node<'a>> {
    let name = call.node.program.file(function.file).function(function.id).params.get(index)?.name;
    call.keyword(name.as_str()).or_else(|| call.arg(index))
}

/// `name` of `for name, keys in LIST`: the list, and the number of the part.
fn element(node: Node<'_>) -> Option<(Node<'_>, u32)> {
    let ExprKind::Local(binding) = node.kind() else { return None };
    let defs = node.program.listing(node.expr.file).defs.get(binding)?;
    defs.iter().find_map(|def| match def.parts.as_slice() {
        [Part::Element, Part::Item(number)] => Some((node.at(def.value), *number)),
        _ => None,
    })
}

/// The indexes that a call makes, if all of them can be read: one of keys and options, or a list of models.
fn indexes_of<'a>(keys: Node<'a>, call: Call<'a>) -> Option<Vec<Made<'a>>> {
    let is_on = |key: &str| {
        call.keyword(key).is_some_and(Node::is_on)
            || call.arg(1).and_then(|options| options.entry(key)).is_some_and(Node::is_on)
    };
    match Made::read(keys, is_on) {
        Some(made) => Some(vec![made]),
        None => keys.items()?.into_iter().map(of_model).collect(),
    }
}

/// `IndexModel([("author", 1)], unique=True)`, `{ key: { author: 1 }, unique: true }`.
fn of_model(model: Node<'_>) -> Option<Made<'_>> {
    match model.call() {
        Some(call) => Made::read(call.argument(0, "keys")?, |key| call.is_on(key)),
        None => Made::read(model.entry("key")?, |key| model.entry(key).is_some_and(Node::is_on)),
    }
}

impl<'a> Made<'a> {
    /// An index of keys, taken for one of all documents: those that a partial one leaves out are mostly those without the key.
    /// `"email"`, `["author", "date"]`, `[("author", 1), ("date", -1)]`, `{ author: 1, date: -1 }`.
    fn read(keys: Node<'a>, is_on: impl Fn(&str) -> bool) -> Option<Self> {
        let uniqueness = if is_on("unique") { Uniqueness::Unique } else { Uniqueness::Plain };
        let mut made = Self { index: Index::new([], uniqueness), places: Vec::new() };
        if let Some(name) = keys.text() {
            made.add(&name, keys, None);
        } else if let Some(entries) = keys.entries() {
            entries.iter().for_each(|(name, direction)| made.add(name, *direction, Some(*direction)));
        } else {
            for item in keys.items()? {
                match (item.text(), item.items()) {
                    (Some(name), _) => made.add(&name, item, None),
                    (None, Some(pair)) => made.add(&pair.first()?.text()?, *pair.first()?, pair.get(1).copied()),
                    (None, None) => return None,
                }
            }
        }
        (!made.places.is_empty()).then_some(made)
    }

    fn add(&mut self, name: &str, place: Node<'a>, direction: Option<Node<'a>>) {
        let source = direction.map_or_else(String::new, Node::source);
        let kind = direction.and_then(Node::text);
        if let Some(kind) = kind.or_else(|| source.to_lowercase().contains("text").then(|| "text".to_owned())) {
            self.index.method = method(&kind);
        }
        let is_descending = source.starts_with('-') || source.contains("-1") || source.contains("DESCENDING");
        self.index.parts.push(IndexPart { is_descending, ..IndexPart::column(lower(name)) });
        self.places.push(place);
    }
}
