//! SeaORM: models derived from structs, and migrations that build statements.

use ir::{Change, ClassId, Entity, ExprKind, ForeignKey, Index, OnDelete, Symbol, Uniqueness};

use super::members::{classes, snake_case};
use super::node::{Call, Node, lower};
use super::parts::{ColumnParts, entity, key, name_span, on_delete, table};
use crate::ids::ExprRef;
use crate::program::Program;

pub(super) fn collect(program: &Program<'_>) -> Vec<Entity> {
    let mut found = Vec::new();
    for class in classes(program) {
        let file = program.file(class.file);
        let declared = file.class(class.id);
        let marks = |ids: &[ir::ExprId]| -> Vec<Call<'_>> {
            let nodes = ids.iter().map(|id| Node::new(program, ExprRef { file: class.file, id: *id }));
            nodes.filter_map(Node::call).filter(|call| call.name() == "sea_orm").collect()
        };
        let own = marks(&declared.decorators);
        let Some(name) = own.iter().find_map(|call| call.keyword("table_name")).and_then(Node::name) else { continue };
        let mut new = entity(name, table(name, class.file, declared.name_span));
        for field in &declared.fields {
            let marks = marks(&field.decorators);
            let says = |word: &str| {
                marks
                    .iter()
                    .any(|call| call.unnamed().any(|arg| arg.written_name().is_some_and(|name| name.as_str() == word)))
            };
            if says("ignore") {
                continue;
            }
            let column = marks.iter().find_map(|call| call.keyword("column_name")).and_then(Node::name);
            let column = column.unwrap_or_else(|| lower(&field.name));
            let mut parts = ColumnParts::new(column, class.file, name_span(field.span, &field.name));
            let ty = field.annotation.map(|id| file.dump_expr(id).replace('@', "").to_lowercase()).unwrap_or_default();
            parts.column.is_nullable = ty.starts_with("option[");
            parts.column.ty = ty.trim_start_matches("option[").trim_end_matches(']').to_owned();
            if says("primary_key") {
                parts.index(Uniqueness::Primary);
            }
            if says("unique") {
                parts.index(Uniqueness::Unique);
            } else if says("indexed") {
                parts.index(Uniqueness::Plain);
            }
            new.attributes.push((field.name, column));
            parts.add_to(&mut new.table);
        }
        // Its keys are relations, and its indexes are made by migrations.
        new.is_incomplete = true;
        found.push(new);
    }
    found
}

/// The changes that a call of a schema manager makes: `manager.create_table(Table::create()…)`.
pub(super) fn changes(call: Call<'_>) -> Option<Vec<Change>> {
    let (first, links) = call.arg(0)?.chain();
    let start = links.first()?;
    let kind = start.receiver().or(Some(first))?.written_name()?;
    let find = |name: &str| links.iter().find(|link| link.name() == name).copied();
    let table_span = call.node.span();
    let target = || find("table").and_then(|link| link.arg(0)).and_then(ident);
    match (call.name(), kind.as_str()) {
        ("create_table", "Table") => {
            let table = target()?;
            let mut new = super::parts::table(table, call.node.expr.file, find("table")?.node.span());
            for link in &links {
                match link.name() {
                    "col" => {
                        if let Some(parts) = link.arg(0).and_then(column) {
                            parts.add_to(&mut new);
                        }
                    }
                    "index" => new.indexes.extend(link.arg(0).and_then(|arg| index(&arg.chain().1))),
                    "primary_key" => {
                        let index = link.arg(0).and_then(|arg| index(&arg.chain().1));
                        new.indexes.extend(index.map(|index| Index { uniqueness: Uniqueness::Primary, ..index }));
                    }
                    "foreign_key" => new
                        .foreign_keys
                        .extend(link.arg(0).and_then(|arg| foreign_key(&arg.chain().1)).map(|(_, key)| key)),
                    _ => {}
                }
            }
            Some(vec![Change::CreateTable { table: new, if_absent: find("if_not_exists").is_some() }])
        }
        ("alter_table", "Table") => {
            let table = target()?;
            let mut changes = Vec::new();
            for link in &links {
                match link.name() {
                    "add_column" | "add_column_if_not_exists" => {
                        changes.extend(link.arg(0).and_then(column).into_iter().flat_map(|parts| parts.changes(table)));
                    }
                    "drop_column" => {
                        let column = link.arg(0).and_then(ident);
                        changes.extend(column.map(|column| Change::DropColumn { table, column }));
                    }
                    "rename_column" => {
                        if let (Some(from), Some(to)) = (link.arg(0).and_then(ident), link.arg(1).and_then(ident)) {
                            changes.push(Change::RenameColumn { table, from, to });
                        }
                    }
                    "add_foreign_key" => {
                        let key = link.arg(0).and_then(|arg| foreign_key(&arg.chain().1));
                        changes.extend(key.map(|(_, key)| Change::AddForeignKey { table, key, table_span }));
                    }
                    _ => {}
                }
            }
            Some(changes)
        }
        ("drop_table", "Table") => Some(vec![Change::DropTable { table: target()?, if_exists: true }]),
        ("create_index", "Index") => {
            let index = index(&links)?;
            let if_absent = find("if_not_exists").is_some();
            Some(vec![Change::AddIndex { table: target()?, index, if_absent, table_span }])
        }
        ("drop_index", "Index") => {
            let name = find("name")?.arg(0)?.name()?;
            Some(vec![Change::DropIndex { table: None, name, if_exists: true }])
        }
        ("create_foreign_key", "ForeignKey") => {
            let (table, key) = foreign_key(&links)?;
            Some(vec![Change::AddForeignKey { table: table?, key, table_span }])
        }
        _ => None,
    }
}

/// `Post::AuthorId` as `author_id`, `Post::Table` as `post`, or a text.
fn ident(node: Node<'_>) -> Option<Symbol> {
    if let Some(name) = node.name() {
        return Some(name);
    }
    let ExprKind::Member { base, name, .. } = node.kind() else { return None };
    let owner = node.at(*base);
    if let Some(own) = renamed(owner, *name) {
        return Some(own);
    }
    let name = if *name == "Table" { owner.written_name()? } else { *name };
    Some(lower(&snake_case(&name)))
}

/// `#[sea_orm(iden = "users")]` on the variant.
fn renamed(owner: Node<'_>, variant: Symbol) -> Option<Symbol> {
    let class = owner.class()?;
    let file = owner.program.file(class.file);
    let field = file.class(ClassId(class.id.0)).fields.iter().find(|field| field.name == variant)?;
    let marks = field.decorators.iter().map(|id| Node::new(owner.program, ExprRef { file: class.file, id: *id }));
    marks.filter_map(Node::call).find_map(|call| call.keyword("iden").and_then(Node::name))
}

/// `ColumnDef::new(Post::Id).integer().not_null().primary_key()`, and the short forms `string_uniq(Post::Slug)`.
fn column(node: Node<'_>) -> Option<ColumnParts> {
    let (_, links) = node.chain();
    let (first, marks) = links.split_first()?;
    let name = ident(first.arg(0)?)?;
    let mut parts = ColumnParts::new(name, node.expr.file, first.arg(0)?.span());
    let has = |mark: &str| marks.iter().any(|link| link.name() == mark);
    let short = first.name();
    parts.column.ty = if short == "new" { marks.first().map_or("", |link| link.name()) } else { short }.to_owned();
    parts.column.is_nullable = short == "new" && !has("not_null") || short.ends_with("_null") || has("null");
    if has("primary_key") || short.starts_with("pk_") {
        parts.column.is_nullable = false;
        parts.index(Uniqueness::Primary);
    }
    if has("unique_key") || short.ends_with("_uniq") {
        parts.index(Uniqueness::Unique);
    }
    Some(parts)
}

fn index(links: &[Call<'_>]) -> Option<Index> {
    let find = |name: &str| links.iter().find(|link| link.name() == name);
    let uniqueness = match (find("primary"), find("unique")) {
        (Some(_), _) => Uniqueness::Primary,
        (_, Some(_)) => Uniqueness::Unique,
        _ => Uniqueness::Plain,
    };
    let columns = links.iter().filter(|link| link.name() == "col").filter_map(|link| {
        let arg = link.arg(0)?;
        let first = arg.items().and_then(|items| items.first().copied()).unwrap_or(arg);
        ident(first)
    });
    let index = Index::new(columns, uniqueness);
    let name = find("name").and_then(|link| link.arg(0)?.name());
    (!index.parts.is_empty()).then_some(Index { name, ..index })
}

/// The table and the key of `ForeignKey::create().from(Post::Table, Post::AuthorId).to(User::Table, User::Id)`.
fn foreign_key(links: &[Call<'_>]) -> Option<(Option<Symbol>, ForeignKey)> {
    let find = |name: &str| links.iter().find(|link| link.name() == name);
    let (from, to) = (find("from")?, find("to")?);
    let columns = from.arg(1)?.one_or_items().into_iter().filter_map(ident).collect();
    let action = find("on_delete").and_then(|link| link.arg(0)).map(Node::source);
    let action = action.map_or(OnDelete::Refuse, |action| on_delete(&action));
    let name = find("name").and_then(|link| link.arg(0)?.name());
    Some((from.arg(0).and_then(ident), ForeignKey { name, ..key(columns, ident(to.arg(0)?)?, action) }))
}
