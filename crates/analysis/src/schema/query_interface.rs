//! Operations that describe tables by records: Sequelize's `queryInterface`, node-pg-migrate's `pgm`.

use ir::{Change, ExprKind, ForeignKey, Index, OnDelete, Symbol, Uniqueness};

use super::members::snake_case;
use super::node::{Call, Node, lower};
use super::parts::{index_of, key, method, on_delete, table};
use super::sequelize::column_of;

/// The changes that a call makes, if it is one of these operations.
pub(super) fn changes(call: Call<'_>) -> Option<Vec<Change>> {
    const NAMES: &[&str] = &[
        "createTable",
        "dropTable",
        "addColumn",
        "addColumns",
        "removeColumn",
        "dropColumn",
        "dropColumns",
        "renameColumn",
        "changeColumn",
        "alterColumn",
        "addIndex",
        "createIndex",
        "removeIndex",
        "dropIndex",
        "addConstraint",
        "createConstraint",
        "removeConstraint",
        "dropConstraint",
    ];
    let is_chained = call.receiver().is_some_and(|receiver| matches!(receiver.kind(), ExprKind::Call { .. }));
    if is_chained || !NAMES.contains(&call.name()) {
        return None;
    }
    let tables = table_names(call.arg(0)?);
    if tables.is_empty() {
        return None;
    }
    // Other builders go on from here: `createTable("x").addColumn(…)`.
    if call.args.len() == 1 && call.name() != "dropTable" {
        return None;
    }
    let is_lost = !call.name().starts_with("remove") && !call.name().starts_with("drop");
    let lost = |table| if is_lost { vec![Change::Unread { table: Some(table) }] } else { Vec::new() };
    Some(tables.into_iter().flat_map(|table| of_table(call, table).unwrap_or_else(|| lost(table))).collect())
}

/// `"users"`, `{ tableName: "users" }`.
fn table_names(node: Node<'_>) -> Vec<Symbol> {
    let named = node.entry("tableName").or_else(|| node.entry("name")).unwrap_or(node);
    named.texts().iter().map(|text| lower(text)).collect()
}

fn of_table(call: Call<'_>, table: Symbol) -> Option<Vec<Change>> {
    let table_span = call.node.span();
    let name = |number: usize| call.arg(number).and_then(Node::name);
    let add = |index| Some(vec![Change::AddIndex { table, index, if_absent: false, table_span }]);
    match call.name() {
        "createTable" => create_table(call, table),
        "dropTable" => Some(vec![Change::DropTable { table, if_exists: true }]),
        "addColumn" | "addColumns" => {
            // node-pg-migrate names several by a record.
            let Some(names) = call.arg(1).map(Node::texts).filter(|names| !names.is_empty()) else {
                let columns = call.arg(1)?.entries()?.into_iter();
                return Some(columns.flat_map(|(name, value)| column_of(name, value).changes(table)).collect());
            };
            let attribute = call.arg(2)?;
            Some(names.iter().flat_map(|name| column_of(Symbol::new(name), attribute).changes(table)).collect())
        }
        "removeColumn" | "dropColumn" | "dropColumns" => {
            let columns = call.arg(1)?.one_or_items().into_iter().flat_map(Node::texts);
            Some(columns.map(|column| Change::DropColumn { table, column: lower(&column) }).collect())
        }
        "renameColumn" => Some(vec![Change::RenameColumn { table, from: name(1)?, to: name(2)? }]),
        "changeColumn" | "alterColumn" => change_column(call, table),
        "addIndex" | "createIndex" => {
            let listed = call.arg(1)?;
            let options = if listed.items().is_some() || listed.text().is_some() { call.arg(2) } else { Some(listed) };
            let mut index = index_from(listed, options)?;
            let keys: Vec<&str> = index.parts.iter().map(|part| part.key.as_str()).collect();
            let written = written_keys(listed).unwrap_or_else(|| keys.join("_"));
            let default = default_name(call, &written);
            index.name = Some(index.name.unwrap_or(default));
            add(index)
        }
        "removeIndex" | "dropIndex" => {
            let option = call.option("name").and_then(Node::name);
            let listed = call.arg(1).filter(|arg| !matches!(arg.resolved().kind(), ExprKind::Record(_)));
            let name = match listed.and_then(Node::items) {
                Some(_) => option.or_else(|| Some(default_name(call, &written_keys(listed?)?))),
                None => option.or_else(|| listed?.name()),
            };
            Some(vec![Change::DropIndex { table: Some(table), name: name?, if_exists: true }])
        }
        "addConstraint" | "createConstraint" => constraint(call, table),
        "removeConstraint" | "dropConstraint" => Some(vec![Change::DropConstraint { table, name: name(1)? }]),
        _ => None,
    }
}

fn create_table(call: Call<'_>, name: Symbol) -> Option<Vec<Change>> {
    let columns = call.arg(1)?.entries()?;
    let mut new = table(name, call.node.expr.file, call.arg(0)?.span());
    for (column, value) in columns {
        column_of(column, value).add_to(&mut new);
    }
    let unique = call.arg(2).and_then(|options| options.entry("uniqueKeys")).and_then(Node::entries);
    for (_, unique) in unique.unwrap_or_default() {
        let fields = unique.entry("fields").and_then(Node::names);
        new.indexes.extend(fields.map(|fields| Index::new(fields, Uniqueness::Unique)));
    }
    if let Some(constraints) = call.arg(2).and_then(|options| options.entry("constraints")) {
        for (kind, uniqueness) in [("unique", Uniqueness::Unique), ("primaryKey", Uniqueness::Primary)] {
            let Some(value) = constraints.entry(kind) else { continue };
            let sets = match value.names() {
                Some(names) => vec![names],
                None => value.one_or_items().into_iter().filter_map(Node::names).collect(),
            };
            new.indexes.extend(sets.into_iter().map(|set| Index::new(set, uniqueness)));
        }
    }
    let if_absent = call.arg(2).and_then(|options| options.entry("ifNotExists")).is_some_and(Node::is_on);
    Some(vec![Change::CreateTable { table: new, if_absent }])
}

fn change_column(call: Call<'_>, table: Symbol) -> Option<Vec<Change>> {
    let mut changes = Vec::new();
    for written in call.arg(1)?.texts() {
        let parts = column_of(Symbol::new(&written), call.arg(2)?);
        let (column, ty) = (parts.column.name, parts.column.ty.clone());
        if !ty.is_empty() {
            changes.push(Change::SetType { table, column, ty });
        }
        let attribute = call.arg(2)?;
        if attribute.entry("allowNull").or_else(|| attribute.entry("notNull")).is_some() {
            changes.push(Change::SetNullable { table, column, is_nullable: parts.column.is_nullable });
        }
        let more = parts.changes(table).into_iter().filter(|change| !matches!(change, Change::AddColumn { .. }));
        changes.extend(more);
    }
    Some(changes)
}

/// The name that Sequelize makes, of names as written.
fn default_name(call: Call<'_>, end: &str) -> Symbol {
    let table =
        call.arg(0).map(|table| table.entry("tableName").unwrap_or(table)).and_then(Node::text).unwrap_or_default();
    lower(&snake_case(&format!("{table}_{end}")))
}

/// The columns' names as written, joined: the default name of an index is made of them.
fn written_keys(listed: Node<'_>) -> Option<String> {
    let fields = listed.entry("fields").unwrap_or(listed);
    let names: Option<Vec<String>> = fields.one_or_items().into_iter().map(Node::text).collect();
    names.map(|names| names.join("_"))
}

/// An index by its columns and a record of options, which may list the columns as `fields`.
pub(super) fn index_from(listed: Node<'_>, options: Option<Node<'_>>) -> Option<Index> {
    let option = |name: &str| options.and_then(|options| options.entry(name));
    let fields = option("fields").unwrap_or(listed);
    let keys: Vec<String> = fields.one_or_items().into_iter().filter_map(index_key).collect();
    if keys.is_empty() {
        return None;
    }
    let is_unique = option("unique").is_some_and(Node::is_on)
        || option("type").and_then(Node::text).is_some_and(|ty| ty.eq_ignore_ascii_case("unique"));
    let uniqueness = if is_unique { Uniqueness::Unique } else { Uniqueness::Plain };
    let condition = option("where").map(condition);
    let mut index = index_of(&keys, condition.as_deref(), uniqueness);
    let kind = option("using").or_else(|| option("method")).or_else(|| option("type")).and_then(Node::text);
    index.method = method(&kind.filter(|kind| !kind.eq_ignore_ascii_case("unique")).unwrap_or_default());
    index.name = option("name").or_else(|| option("indexName")).and_then(Node::name);
    if let Some(operators) = option("operator").and_then(Node::name) {
        index.parts.iter_mut().for_each(|part| part.operators = Some(operators));
    }
    index.include = option("include").and_then(Node::names).unwrap_or_default();
    Some(index)
}

/// `"email"`, `{ name: "createdAt", order: "DESC" }`, `Sequelize.fn("lower", Sequelize.col("email"))`.
fn index_key(node: Node<'_>) -> Option<String> {
    if let Some(text) = node.text().filter(|_| node.call().is_none()) {
        return Some(text);
    }
    if let Some(name) = node.entry("name").or_else(|| node.entry("attribute")) {
        let order = node.entry("order").or_else(|| node.entry("sort")).and_then(Node::text).unwrap_or_default();
        return index_key(name).map(|name| format!("{} {order}", quoted(&name)));
    }
    if let Some([name, order]) = node.items().and_then(|items| <[Node<'_>; 2]>::try_from(items).ok()) {
        return Some(format!("{} {}", quoted(&index_key(name)?), order.text()?));
    }
    let call = node.call()?;
    match call.name() {
        "literal" | "col" | "json" => call.arg(0)?.text(),
        "fn" => {
            let args: Vec<String> = call.unnamed().skip(1).filter_map(index_key).collect();
            Some(format!("{}({})", call.arg(0)?.text()?, args.join(", ")))
        }
        "cast" => index_key(call.arg(0)?),
        _ => None,
    }
}

fn quoted(name: &str) -> String {
    let is_plain = name.chars().all(|char| char.is_alphanumeric() || char == '_');
    if is_plain { format!("\"{name}\"") } else { name.to_owned() }
}

/// A condition in SQL, as far as it is simple: `{ deletedAt: null, status: "new" }`.
fn condition(node: Node<'_>) -> String {
    if let Some(text) = node.text() {
        return text;
    }
    let entries = node.entries().unwrap_or_default();
    let conjuncts: Option<Vec<String>> = entries
        .iter()
        .map(|(name, value)| match value.kind() {
            ExprKind::Null => Some(format!("{name} IS NULL")),
            ExprKind::Bool(is_true) => Some(format!("{name} = {is_true}")),
            ExprKind::Number(number) => Some(format!("{name} = {number}")),
            ExprKind::Text(_) => value.text().map(|text| format!("{name} = '{text}'")),
            _ => None,
        })
        .collect();
    conjuncts
        .filter(|conjuncts| !conjuncts.is_empty())
        .map_or_else(|| node.source(), |conjuncts| conjuncts.join(" AND "))
}

fn constraint(call: Call<'_>, table: Symbol) -> Option<Vec<Change>> {
    let table_span = call.node.span();
    // Old releases name the columns before the options.
    let (fields, options) = match call.arg(1)?.items() {
        Some(_) => (call.arg(1), call.arg(2)?),
        None if call.arg(1)?.text().is_some() => return named_constraint(call, table),
        None => (call.arg(1)?.entry("fields"), call.arg(1)?),
    };
    let columns = fields?.names()?;
    let kind = options.entry("type")?.text()?.to_lowercase();
    let end = match kind.as_str() {
        "unique" => "uk",
        "primary key" => "pk",
        "foreign key" => "fk",
        _ => return Some(Vec::new()),
    };
    let written: Vec<String> = fields?.one_or_items().into_iter().filter_map(Node::text).collect();
    // Constraints keep the case of what they are made of, indexes do not.
    let target = options.entry("references").and_then(|target| target.entry("table")).map(table_names);
    let target =
        target.and_then(|tables| tables.first().copied()).map_or_else(String::new, |table| format!("{table}_"));
    let default = || lower(&format!("{table}_{}_{target}{end}", written.join("_")));
    let name = Some(options.entry("name").and_then(Node::name).unwrap_or_else(default));
    if kind == "foreign key" {
        let target = options.entry("references")?;
        let target = target.entry("table").or_else(|| target.entry("model")).map(table_names)?.first().copied()?;
        let action =
            options.entry("onDelete").and_then(Node::text).map_or(OnDelete::Refuse, |action| on_delete(&action));
        let key = ForeignKey { name, ..key(columns, target, action) };
        return Some(vec![Change::AddForeignKey { table, key, table_span }]);
    }
    let uniqueness = if kind == "unique" { Uniqueness::Unique } else { Uniqueness::Primary };
    let index = Index { name, ..Index::new(columns, uniqueness) };
    Some(vec![Change::AddIndex { table, index, if_absent: false, table_span }])
}

/// node-pg-migrate: `addConstraint("users", "one", { unique: ["a", "b"] })`, or its text in SQL.
fn named_constraint(call: Call<'_>, table: Symbol) -> Option<Vec<Change>> {
    let name = call.arg(1)?.name();
    let options = call.arg(2)?;
    if let Some(text) = options.text() {
        return Some(sql::changes(&format!("ALTER TABLE \"{table}\" ADD CONSTRAINT \"{}\" {text}", name?)));
    }
    let table_span = call.node.span();
    for (kind, uniqueness) in [("unique", Uniqueness::Unique), ("primaryKey", Uniqueness::Primary)] {
        if let Some(columns) = options.entry(kind).and_then(Node::names) {
            let index = Index { name, ..Index::new(columns, uniqueness) };
            return Some(vec![Change::AddIndex { table, index, if_absent: false, table_span }]);
        }
    }
    let foreign = options.entry("foreignKeys")?;
    let columns = foreign.entry("columns")?.names()?;
    let target = foreign.entry("references")?.text()?;
    let target = lower(target.split('(').next()?.trim().trim_matches('"'));
    let action = foreign.entry("onDelete").and_then(Node::text).map_or(OnDelete::Refuse, |action| on_delete(&action));
    let key = ForeignKey { name, ..key(columns, target, action) };
    Some(vec![Change::AddForeignKey { table, key, table_span }])
}
