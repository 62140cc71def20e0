//! Operations whose arguments are built: TypeORM's `new Table({ … })`, Kysely's chains.

use ir::{Change, ExprKind, ForeignKey, Index, OnDelete, Symbol, Uniqueness};

use super::node::{Call, Node, lower};
use super::parts::{ColumnParts, fragment, index_of, key, method, on_delete, table};

pub(super) fn changes(call: Call<'_>) -> Option<Vec<Change>> {
    match call.name() {
        "execute" => kysely(call),
        _ => typeorm(call),
    }
}

// TypeORM

fn typeorm(call: Call<'_>) -> Option<Vec<Change>> {
    let record = |number: usize, class: &str| {
        let made = call.arg(number)?.call().filter(|made| made.name() == class)?;
        made.arg(0)
    };
    if call.name() == "createTable" {
        return create_table(record(0, "Table")?);
    }
    let name = call.arg(0)?.name()?;
    let (table_span, table) = (call.node.span(), name);
    let add = |index| Some(vec![Change::AddIndex { table, index, if_absent: false, table_span }]);
    match call.name() {
        "addColumn" => Some(column(record(1, "TableColumn")?)?.changes(table)),
        "addColumns" => {
            let columns = call.arg(1)?.items()?.into_iter();
            Some(
                columns
                    .filter_map(|made| column(made.call()?.arg(0)?))
                    .flat_map(|parts| parts.changes(table))
                    .collect(),
            )
        }
        "createIndex" => add(index(record(1, "TableIndex")?, Uniqueness::Plain)?),
        "createUniqueConstraint" => add(index(record(1, "TableUnique")?, Uniqueness::Unique)?),
        "createForeignKey" => {
            let key = foreign_key(record(1, "TableForeignKey")?)?;
            Some(vec![Change::AddForeignKey { table, key, table_span }])
        }
        _ => None,
    }
}

fn create_table(options: Node<'_>) -> Option<Vec<Change>> {
    let name = options.entry("name")?;
    let mut new = table(lower(name.text()?.rsplit('.').next()?), options.expr.file, name.span());
    let list = |key: &str| options.entry(key).and_then(Node::items).unwrap_or_default();
    list("columns").into_iter().filter_map(column).for_each(|parts| parts.add_to(&mut new));
    new.indexes.extend(list("indices").into_iter().filter_map(|made| index(record_of(made), Uniqueness::Plain)));
    new.indexes.extend(list("uniques").into_iter().filter_map(|made| index(record_of(made), Uniqueness::Unique)));
    new.foreign_keys.extend(list("foreignKeys").into_iter().filter_map(|made| foreign_key(record_of(made))));
    Some(vec![Change::CreateTable { table: new, if_absent: false }])
}

/// The record of `new TableIndex({ … })`, or the record itself.
fn record_of(made: Node<'_>) -> Node<'_> {
    made.call().and_then(|call| call.arg(0)).unwrap_or(made)
}

fn column(options: Node<'_>) -> Option<ColumnParts> {
    let name = options.entry("name")?;
    let mut parts = ColumnParts::new(name.name()?, options.expr.file, name.span());
    let is_on = |key: &str| options.entry(key).is_some_and(Node::is_on);
    parts.column.ty = options.entry("type").and_then(Node::text).unwrap_or_default().to_lowercase();
    parts.column.is_nullable = is_on("isNullable");
    if is_on("isPrimary") {
        parts.index(Uniqueness::Primary);
    }
    if is_on("isUnique") {
        parts.index(Uniqueness::Unique);
    }
    Some(parts)
}

fn index(options: Node<'_>, uniqueness: Uniqueness) -> Option<Index> {
    let columns: Vec<String> =
        options.entry("columnNames")?.one_or_items().into_iter().filter_map(Node::text).collect();
    let is_unique = options.entry("isUnique").is_some_and(Node::is_on);
    let uniqueness = if is_unique { Uniqueness::Unique } else { uniqueness };
    let condition = options.entry("where").and_then(Node::text);
    let name = options.entry("name").and_then(Node::name);
    Some(Index { name, ..index_of(&columns, condition.as_deref(), uniqueness) })
}

fn foreign_key(options: Node<'_>) -> Option<ForeignKey> {
    let columns = options.entry("columnNames")?.names()?;
    let target = options.entry("referencedTableName")?.name()?;
    let action = options.entry("onDelete").and_then(Node::text).map_or(OnDelete::Refuse, |action| on_delete(&action));
    let name = options.entry("name").and_then(Node::name);
    Some(ForeignKey { name, ..key(columns, target, action) })
}

// Kysely

/// `db.schema.createTable("users").addColumn("id", "integer", (column) => column.primaryKey()).execute()`.
fn kysely(call: Call<'_>) -> Option<Vec<Change>> {
    let (_, links) = call.node.chain();
    let at = links.iter().position(|link| {
        matches!(link.name(), "createTable" | "alterTable" | "createIndex" | "dropTable" | "dropIndex")
    })?;
    let (first, rest) = links[at..].split_first()?;
    let name = first.arg(0)?.name()?;
    let has = |mark: &str| rest.iter().any(|link| link.name() == mark);
    match first.name() {
        "createTable" => {
            let mut new = table(name, call.node.expr.file, first.arg(0)?.span());
            for change in rest.iter().filter_map(|link| kysely_part(*link, name)).flatten() {
                match change {
                    Change::AddColumn { column, .. } => new.columns.push(column),
                    Change::AddIndex { index, .. } => new.indexes.push(index),
                    Change::AddForeignKey { key, .. } => new.foreign_keys.push(key),
                    _ => {}
                }
            }
            Some(vec![Change::CreateTable { table: new, if_absent: has("ifNotExists") }])
        }
        "alterTable" => Some(rest.iter().filter_map(|link| kysely_part(*link, name)).flatten().collect()),
        "dropTable" => Some(vec![Change::DropTable { table: name, if_exists: true }]),
        "dropIndex" => Some(vec![Change::DropIndex { table: None, name, if_exists: true }]),
        _ => kysely_index(*first, rest, name),
    }
}

fn kysely_part(link: Call<'_>, table: Symbol) -> Option<Vec<Change>> {
    let table_span = link.node.span();
    let name = |number: usize| link.arg(number).and_then(Node::name);
    let columns = || link.arg(1).and_then(Node::names);
    let add = |uniqueness| {
        let index = Index { name: name(0), ..Index::new(columns()?, uniqueness) };
        Some(vec![Change::AddIndex { table, index, if_absent: false, table_span }])
    };
    match link.name() {
        "addColumn" => {
            let mut parts = ColumnParts::new(name(0)?, link.node.expr.file, link.arg(0)?.span());
            parts.column.ty =
                link.arg(1).and_then(|ty| ty.text().or_else(|| fragment(ty))).unwrap_or_default().to_lowercase();
            let marks = link.arg(2).map_or_else(Vec::new, Node::results);
            for mark in marks.first().map_or_else(Vec::new, |chain| chain.chain().1) {
                match mark.name() {
                    "primaryKey" => parts.index(Uniqueness::Primary),
                    "unique" => parts.index(Uniqueness::Unique),
                    "notNull" => parts.column.is_nullable = false,
                    "references" => {
                        let target = mark.arg(0).and_then(Node::text)?;
                        let action = marks.first()?.chain().1.into_iter().find(|mark| mark.name() == "onDelete");
                        let action = action.and_then(|action| action.arg(0)?.text());
                        let action = action.map_or(OnDelete::Refuse, |action| on_delete(&action));
                        parts.refer(lower(target.rsplit_once('.')?.0), action);
                    }
                    _ => {}
                }
            }
            Some(parts.changes(table))
        }
        "addUniqueConstraint" => add(Uniqueness::Unique),
        "addPrimaryKeyConstraint" => add(Uniqueness::Primary),
        "addForeignKeyConstraint" => {
            let key = ForeignKey { name: name(0), ..key(columns()?, name(2)?, OnDelete::Refuse) };
            Some(vec![Change::AddForeignKey { table, key, table_span }])
        }
        "dropColumn" => Some(vec![Change::DropColumn { table, column: name(0)? }]),
        "renameColumn" => Some(vec![Change::RenameColumn { table, from: name(0)?, to: name(1)? }]),
        "renameTo" => Some(vec![Change::RenameTable { from: table, to: name(0)? }]),
        "dropConstraint" => Some(vec![Change::DropConstraint { table, name: name(0)? }]),
        _ => None,
    }
}

fn kysely_index(first: Call<'_>, rest: &[Call<'_>], name: Symbol) -> Option<Vec<Change>> {
    let find = |mark: &str| rest.iter().find(|link| link.name() == mark);
    let table = find("on")?.arg(0)?.name()?;
    let mut keys = Vec::new();
    for link in rest {
        match link.name() {
            "column" | "columns" => keys.extend(link.arg(0)?.one_or_items().into_iter().filter_map(Node::text)),
            "expression" => keys.extend(link.arg(0).and_then(fragment)),
            _ => {}
        }
    }
    let condition = find("where").map(|link| match link.arg(0).map(|arg| (arg, arg.kind())) {
        Some((arg, ExprKind::Call { .. })) => fragment(arg).unwrap_or_else(|| arg.source()),
        _ => link.unnamed().map(|arg| arg.text().unwrap_or_else(|| arg.source())).collect::<Vec<_>>().join(" "),
    });
    let uniqueness = if find("unique").is_some() { Uniqueness::Unique } else { Uniqueness::Plain };
    let mut index = index_of(&keys, condition.as_deref(), uniqueness);
    index.name = Some(name);
    index.method = method(&find("using").and_then(|link| link.arg(0)?.text()).unwrap_or_default());
    let table_span = first.node.span();
    Some(vec![Change::AddIndex { table, index, if_absent: find("ifNotExists").is_some(), table_span }])
}
