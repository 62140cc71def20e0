//! Schemas of documents: Mongoose's `new Schema({ … })` with the indexes that are added to it, and classes whose fields
//! are decorated.

use ir::{Entity, ExprKind, Index, IndexPart, Symbol, Uniqueness};

use super::calls_of;
use super::members::{class_name, classes, members, plural};
use super::node::{Call, Node, lower};
use super::parts::{ColumnParts, entity, method, name_span, table};
use crate::models::Declares;
use crate::program::Program;

/// Documents in documents.
const MAX_DEPTH: u32 = 6;

pub(super) fn collect(program: &Program<'_>) -> Vec<Entity> {
    let of = |wanted| calls_of(program, wanted);
    let indexes: Vec<(Node<'_>, Call<'_>)> =
        of(Declares::Index).filter_map(|call| Some((call.receiver()?.resolved(), call))).collect();
    let mut found: Vec<Entity> = Vec::new();
    for call in of(Declares::Documents) {
        let Some(name) = call.arg(0).and_then(Node::text) else { continue };
        let Some(schema) = call.arg(1).and_then(Node::call) else { continue };
        let of_class = || schema.arg(0).and_then(Node::class).and_then(|class| of_class(program, class));
        let new = match schema.declares() {
            Some(Declares::Schema) => of_schema(&name, call, schema),
            _ => of_class(),
        };
        let Some(mut new) = new else { continue };
        for (_, index) in indexes.iter().filter(|(receiver, _)| receiver.expr == schema.node.expr) {
            new.table.indexes.extend(index_of(*index));
        }
        found.push(new);
    }
    for class in classes(program) {
        let is_new = found.iter().all(|entity| entity.name != class_name(program, class));
        let Some(mut new) = of_class(program, class).filter(|_| is_new) else { continue };
        // `SchemaFactory.createForClass(User)` is what indexes are added to.
        let made_for = |receiver: &Node<'_>| receiver.call().and_then(|made| made.arg(0)?.class()) == Some(class);
        let own = indexes.iter().filter(|(receiver, _)| made_for(receiver));
        new.table.indexes.extend(own.filter_map(|(_, index)| index_of(*index)));
        found.push(new);
    }
    found
}

fn of_schema(name: &str, call: Call<'_>, schema: Call<'_>) -> Option<Entity> {
    let option = |key: &str| schema.arg(1).and_then(|options| options.entry(key));
    let collection = option("collection").or_else(|| call.arg(2)).and_then(Node::name);
    let collection = collection.unwrap_or_else(|| lower(&plural(&name.to_lowercase())));
    let mut new = entity(Symbol::new(name), table(collection, schema.node.expr.file, call.node.span()));
    add_fields(&mut new, schema.arg(0)?, "", 0);
    if let Some(timestamps) = option("timestamps").filter(|timestamps| timestamps.is_on()) {
        for name in ["createdAt", "updatedAt"] {
            let own = timestamps.entry(name).and_then(Node::text).unwrap_or_else(|| name.to_owned());
            add_field(&mut new, &own, schema.node, None);
        }
    }
    add_id(&mut new);
    Some(new)
}

pub(super) fn add_id(new: &mut Entity) {
    let id = Symbol::new("_id");
    if new.table.columns.iter().all(|column| column.name != id) {
        let mut parts = ColumnParts::new(id, crate::ids::FileId(new.table.file), new.table.span);
        parts.column.is_nullable = false;
        parts.index(Uniqueness::Primary);
        parts.add_to(&mut new.table);
    }
}

fn add_fields(new: &mut Entity, record: Node<'_>, path: &str, depth: u32) {
    for (key, value) in record.entries().unwrap_or_default() {
        let name = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
        // An array holds what is in it.
        let value = value.items().and_then(|items| items.first().copied()).unwrap_or(value);
        let is_described = value.entry("type").is_some();
        if let Some(inner) = value.call().filter(|call| call.declares() == Some(Declares::Schema)) {
            if let Some(fields) = inner.arg(0).filter(|_| depth < MAX_DEPTH) {
                add_fields(new, fields, &name, depth + 1);
            }
        } else if !is_described && matches!(value.resolved().kind(), ExprKind::Record(_)) && depth < MAX_DEPTH {
            add_fields(new, value, &name, depth + 1);
        } else {
            add_field(new, &name, value, Some(value));
        }
    }
}

fn add_field(new: &mut Entity, name: &str, at: Node<'_>, options: Option<Node<'_>>) {
    let span = at.span();
    let column = lower(name);
    let mut parts = ColumnParts::new(column, at.expr.file, ir::Span::new(span.start, span.start + 1));
    let option = |key: &str| options.and_then(|options| options.entry(key));
    let ty = option("type").or(options).map_or_else(String::new, Node::source);
    parts.column.ty = ty.rsplit(['.', '@']).next().unwrap_or("").to_lowercase();
    add_marks(&mut parts, &option);
    new.attributes.push((Symbol::new(name), column));
    parts.add_to(&mut new.table);
}

fn add_marks<'a>(parts: &mut ColumnParts, option: &impl Fn(&str) -> Option<Node<'a>>) {
    if option("enum").is_some() {
        parts.column.ty = "enum".to_owned();
    }
    let is_on = |key: &str| option(key).is_some_and(Node::is_on);
    let kind = option("index").and_then(Node::text).or_else(|| is_on("text").then(|| "text".to_owned()));
    if is_on("unique") {
        parts.index(Uniqueness::Unique);
    } else if is_on("index") || is_on("sparse") || option("expires").is_some() || kind.is_some() {
        parts.index(Uniqueness::Plain);
    }
    if let (Some(kind), Some(index)) = (kind, parts.indexes.last_mut()) {
        index.method = method(&kind);
    }
}

/// `schema.index({ author: 1, createdAt: -1 }, { unique: true })`.
fn index_of(call: Call<'_>) -> Option<Index> {
    let keys = call.arg(0)?.entries()?;
    let option = |key: &str| call.arg(1).and_then(|options| options.entry(key));
    let is_unique = option("unique").is_some_and(Node::is_on);
    let mut index = Index::new([], if is_unique { Uniqueness::Unique } else { Uniqueness::Plain });
    for (key, direction) in keys {
        let source = direction.source();
        if let Some(kind) = direction.text() {
            index.method = method(&kind);
        }
        index.parts.push(IndexPart {
            is_descending: source.starts_with('-') || source.contains("-1"),
            ..IndexPart::column(lower(&key))
        });
    }
    if let Some(filter) = option("partialFilterExpression") {
        index.predicate.push(filter.source());
    }
    (!index.parts.is_empty()).then_some(index)
}

/// A class whose fields are decorated, as NestJS declares documents.
fn of_class(program: &Program<'_>, class: crate::ids::ClassRef) -> Option<Entity> {
    let declared = program.file(class.file).class(class.id);
    let decorated = declared.decorators.iter().find_map(|id| {
        let node = Node::new(program, crate::ids::ExprRef { file: class.file, id: *id });
        node.call().filter(|call| call.declares() == Some(Declares::Schema))
    })?;
    let collection = decorated.option("collection").and_then(Node::name);
    let collection = collection.unwrap_or_else(|| lower(&plural(&declared.name.to_lowercase())));
    let mut new = entity(declared.name, table(collection, class.file, declared.name_span));
    for member in members(program, &program.world().classes.lineage(class)) {
        let calls = member.decorators.iter().filter_map(|decorator| decorator.call());
        let Some(call) = { calls }.find(|call| call.declares() == Some(Declares::Column)) else { continue };
        let column = lower(&member.name);
        let mut parts = ColumnParts::new(column, member.file, name_span(member.span, &member.name));
        add_marks(&mut parts, &|key| call.option(key));
        new.attributes.push((member.name, column));
        parts.add_to(&mut new.table);
    }
    if decorated.option("timestamps").is_some_and(Node::is_on) {
        for name in ["createdAt", "updatedAt"] {
            add_field(&mut new, name, decorated.node, None);
        }
    }
    add_id(&mut new);
    Some(new)
}
