//! Documents of MongoEngine and Beanie: fields in classes, indexes at the fields and in `meta` or an inner class `Settings`.

use ir::{Entity, ExprKind, Index, IndexPart, Symbol, Uniqueness};

use super::members::{Member, class_name, classes, members, snake_case, tables_of};
use super::mongoose::add_id;
use super::node::{Call, Node, lower};
use super::parts::{ColumnParts, entity, method, name_span, table};
use crate::ids::ClassRef;
use crate::models::Tables;
use crate::program::Program;

pub(super) fn collect(program: &Program<'_>) -> Vec<Entity> {
    let is_ours = |class: &ClassRef| matches!(tables_of(program, *class), Some(Tables::Mongoengine | Tables::Beanie));
    classes(program).filter(is_ours).filter_map(|class| of_class(program, class)).collect()
}

/// None for what only others extend.
fn of_class(program: &Program<'_>, class: ClassRef) -> Option<Entity> {
    let declared = program.file(class.file).class(class.id);
    let lineage = program.world().classes.lineage(class);
    let members = members(program, &lineage);
    let settings = Settings::of(program, class, &members);
    if settings.get("abstract").is_some_and(Node::is_on)
        || settings.is_inner && settings.get("is_root").is_some_and(Node::is_on)
    {
        return None;
    }
    let name = settings.get("collection").or_else(|| settings.get("name")).and_then(Node::name);
    let by_convention = || {
        let own = class_name(program, class);
        if settings.is_inner { own } else { Symbol::new(&snake_case(&own)) }
    };
    let mut found = entity(declared.name, table(name.unwrap_or_else(by_convention), class.file, declared.name_span));
    for member in &members {
        let parts =
            if tables_of(program, class) == Some(Tables::Beanie) { annotated(member) } else { assigned(member) };
        if let Some(parts) = parts {
            found.attributes.push((member.name, parts.column.name));
            parts.add_to(&mut found.table);
        }
    }
    for index in settings.get("indexes").and_then(Node::items).unwrap_or_default() {
        match index_of(index) {
            Some(index) => found.table.indexes.push(index),
            None => found.is_incomplete = true,
        }
    }
    // What is put together elsewhere is not known.
    found.is_incomplete |= settings.get("indexes").is_some_and(|indexes| indexes.items().is_none());
    let declares_any = !found.attributes.is_empty();
    add_id(&mut found);
    let (id, stored) = (Symbol::new("id"), Symbol::new("_id"));
    if found.attributes.iter().all(|(name, _)| *name != id) {
        found.attributes.extend([(id, stored), (Symbol::new("pk"), stored)]);
    }
    declares_any.then_some(found)
}

/// `meta = {…}`, or the attributes of an inner class `Settings` or (of older releases) `Collection`.
struct Settings<'a> {
    entries: Vec<(Symbol, Node<'a>)>,
    is_inner: bool,
}

impl<'a> Settings<'a> {
    fn of(program: &'a Program<'a>, class: ClassRef, found: &[Member<'a>]) -> Self {
        let is_inner = tables_of(program, class) == Some(Tables::Beanie);
        let named = |names: &[&str]| {
            let own = found.iter().find(|member| names.contains(&member.name.as_str()));
            own.and_then(|member| member.value)
        };
        let entries = if is_inner {
            let inner = named(&["Settings", "Collection"]).and_then(Node::class);
            let lineage = inner.map_or_else(Vec::new, |inner| program.world().classes.lineage(inner));
            let attributes = members(program, &lineage).into_iter();
            attributes.filter_map(|member| Some((member.name, member.value?))).collect()
        } else {
            named(&["meta"]).and_then(Node::entries).unwrap_or_default()
        };
        Self { entries, is_inner }
    }

    fn get(&self, name: &str) -> Option<Node<'a>> {
        self.entries.iter().rfind(|(key, _)| key.as_str() == name).map(|(_, value)| *value)
    }
}

/// `email = StringField(unique=True)`.
fn assigned(member: &Member<'_>) -> Option<ColumnParts> {
    let call = member.value?.call()?;
    let field = call.callee.written_name()?;
    if !field.ends_with("Field") {
        return None;
    }
    let column = call.keyword("db_field").and_then(Node::name).unwrap_or_else(|| lower(&member.name));
    let mut parts = ColumnParts::new(column, member.file, name_span(member.span, &member.name));
    parts.column.ty = type_of(&field);
    // What is the key is stored under another name, with an index of its own.
    if call.is_on("primary_key") || call.is_on("unique") || call.is_on("unique_with") {
        parts.index(Uniqueness::Unique);
    }
    Some(parts)
}

/// `StringField` as `string`.
fn type_of(field: &str) -> String {
    field.strip_suffix("Field").unwrap_or(field).to_lowercase()
}

/// `email: Indexed(str, unique=True)`, `email: Annotated[str, Indexed(unique=True)]`.
fn annotated(member: &Member<'_>) -> Option<ColumnParts> {
    let annotation = member.annotation?;
    let mut parts = ColumnParts::new(lower(&member.name), member.file, name_span(member.span, &member.name));
    parts.column.ty = annotation.source().to_lowercase();
    if let Some(call) = indexed(annotation, 0) {
        parts.index(if call.is_on("unique") { Uniqueness::Unique } else { Uniqueness::Plain });
        let kind = call.args.iter().filter(|arg| arg.name.is_none()).find_map(|arg| annotation.at(arg.value).text());
        if let (Some(kind), Some(index)) = (kind, parts.indexes.last_mut()) {
            index.method = method(&kind);
        }
    }
    Some(parts)
}

fn indexed(annotation: Node<'_>, depth: u32) -> Option<Call<'_>> {
    if let Some(call) = annotation.call() {
        return call.callee.written_name().filter(|name| name.as_str() == "Indexed").map(|_| call);
    }
    let within = |ids: &[ir::ExprId]| ids.iter().find_map(|id| indexed(annotation.at(*id), depth + 1));
    match annotation.kind() {
        _ if depth > 3 => None,
        ExprKind::Index { indices, .. } => within(indices),
        ExprKind::List(items) => within(items),
        ExprKind::Binary { left, right, .. } => within(&[*left, *right]),
        _ => None,
    }
}

/// `"email"`, `("author", "-date")`, `[("author", 1), ("date", -1)]`, `{"fields": […], "unique": True}`, `IndexModel([…], unique=True)`.
fn index_of(node: Node<'_>) -> Option<Index> {
    if let Some(call) = node.call() {
        return keys_of(call.argument(0, "keys")?, call.is_on("unique"));
    }
    if let Some(fields) = node.entry("fields") {
        return keys_of(fields, node.entry("unique").is_some_and(Node::is_on));
    }
    keys_of(node, false)
}

fn keys_of(keys: Node<'_>, is_unique: bool) -> Option<Index> {
    let mut index = Index::new([], if is_unique { Uniqueness::Unique } else { Uniqueness::Plain });
    for key in keys.one_or_items() {
        let pair = key.items().unwrap_or_default();
        let (name, direction) = match pair.as_slice() {
            [name, direction, ..] => (name.text()?, direction.source()),
            _ => (key.text()?, String::new()),
        };
        // The marks of MongoEngine before a name: an order, a text index, a hashed one, a place.
        let column = name.trim_start_matches(['-', '+', '$', '#', '*', ')', '(']);
        match name.chars().next() {
            Some('$') => index.method = method("text"),
            Some('#') => index.method = method("hash"),
            Some('*' | '(' | ')') => index.method = method("2dsphere"),
            _ if direction.to_lowercase().contains("text") => index.method = method("text"),
            _ => {}
        }
        let is_descending = name.starts_with('-') || direction.contains("-1") || direction.contains("DESC");
        index.parts.push(IndexPart { is_descending, ..IndexPart::column(lower(column)) });
    }
    (!index.parts.is_empty()).then_some(index)
}
