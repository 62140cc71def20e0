//! Sequelize's models: `define` and `init`, their attributes and associations.

use ir::{Entity, OnDelete, Symbol, Uniqueness};

use super::calls_of;
use super::members::{class_name, plural, snake_case};
use super::node::{Call, Node, lower};
use super::parts::{ColumnParts, entity, on_delete, table};
use super::query_interface::index_from;
use crate::models::Declares;
use crate::program::Program;

/// An attribute: a type, or a record of what is known of the column. Also for migrations.
pub(super) fn column_of(name: Symbol, attribute: Node<'_>) -> ColumnParts {
    let option = |key: &str| attribute.entry(key);
    let column = option("field").and_then(Node::name).unwrap_or_else(|| lower(&name));
    let mut parts = ColumnParts::new(column, attribute.expr.file, attribute.span());
    let ty = option("type").unwrap_or(attribute);
    parts.column.ty = type_text(ty);
    let is_key = option("primaryKey").is_some_and(Node::is_on) || parts.column.ty == "id";
    let is_required = option("notNull").is_some_and(Node::is_on);
    parts.column.is_nullable = !is_key && !is_required && option("allowNull").and_then(Node::bool).unwrap_or(true);
    if is_key {
        parts.index(Uniqueness::Primary);
    }
    if option("unique").is_some_and(|unique| unique.bool() == Some(true)) {
        parts.index(Uniqueness::Unique);
    }
    if let Some(target) = option("references") {
        let action = option("onDelete").and_then(Node::text).map_or(OnDelete::Refuse, |action| on_delete(&action));
        if let Some(target) = target_of(target) {
            parts.refer(target, action);
        }
    }
    parts
}

/// `DataTypes.STRING(64)`, `"VARCHAR(64)"`, `'id'`.
fn type_text(ty: Node<'_>) -> String {
    if let Some(text) = ty.text() {
        return text.to_lowercase();
    }
    let source = ty.source();
    let name = source.split('(').next().unwrap_or("");
    name.rsplit('.').next().unwrap_or("").to_lowercase()
}

/// `{ model: "users", key: "id" }`, with a class or a text; node-pg-migrate's `'users(id)'`.
fn target_of(references: Node<'_>) -> Option<Symbol> {
    let model = references.entry("model").unwrap_or(references);
    let model = model.entry("tableName").unwrap_or(model);
    if let Some(text) = model.text() {
        let name = text.split('(').next()?.trim().rsplit('.').next()?.trim_matches('"');
        return Some(lower(name));
    }
    model_name(model)
}

/// What a model is called, by its class or by its definition.
fn model_name(node: Node<'_>) -> Option<Symbol> {
    if let Some(class) = node.class() {
        return Some(class_name(node.program, class));
    }
    let defined = node.call().filter(|call| call.declares() == Some(Declares::Table));
    defined.and_then(|call| call.arg(0)?.text()).map(|name| Symbol::new(&name)).or_else(|| node.written_name())
}

pub(super) fn collect(program: &Program<'_>) -> Vec<Entity> {
    let mut found: Vec<Entity> = calls_of(program, Declares::Table).filter_map(model).collect();
    for call in calls_of(program, Declares::Reference) {
        add_association(&mut found, call);
    }
    found
}

/// `sequelize.define("User", { … }, { … })`, `User.init({ … }, { … })`.
fn model(call: Call<'_>) -> Option<Entity> {
    let (name, attributes, options) = match call.name() {
        "define" => (call.arg(0)?.text()?, call.arg(1)?, call.arg(2)),
        "init" => {
            let class = call.receiver()?.class()?;
            let options = call.arg(1);
            let named = options.and_then(|options| options.entry("modelName")).and_then(Node::text);
            (named.unwrap_or_else(|| class_name(call.node.program, class).to_string()), call.arg(0)?, options)
        }
        _ => return None,
    };
    let option = |key: &str| options.and_then(|options| options.entry(key));
    let is_underscored = option("underscored").is_some_and(Node::is_on);
    let style = |name: &str| if is_underscored { lower(&snake_case(name)) } else { lower(name) };
    let is_frozen = option("freezeTableName").is_some_and(Node::is_on);
    let table_name = option("tableName").and_then(Node::name);
    let table_name = table_name.unwrap_or_else(|| if is_frozen { style(&name) } else { style(&plural(&name)) });
    let mut found = entity(Symbol::new(&name), table(table_name, call.node.expr.file, call.node.span()));
    let attributes_of = attributes.entries()?;
    let has_key = attributes_of.iter().any(|(_, value)| value.entry("primaryKey").is_some_and(Node::is_on));
    let mut columns: Vec<(Symbol, ColumnParts)> = Vec::new();
    for (name, value) in attributes_of {
        let mut parts = column_of(name, value);
        if value.entry("field").is_none() {
            rename(&mut parts, style(&name));
        }
        columns.push((name, parts));
    }
    let implied = |name: &str| {
        let parts = ColumnParts::new(style(name), call.node.expr.file, call.node.span());
        (Symbol::new(name), parts)
    };
    if !has_key && columns.iter().all(|(name, _)| *name != "id") {
        let (name, mut key) = implied("id");
        key.index(Uniqueness::Primary);
        columns.push((name, key));
    }
    if option("timestamps").is_none_or(Node::is_on) {
        for name in ["createdAt", "updatedAt"] {
            let setting = option(name);
            if setting.is_none_or(Node::is_on) {
                columns.push(implied(&setting.and_then(Node::text).unwrap_or_else(|| name.to_owned())));
            }
        }
        if option("paranoid").is_some_and(Node::is_on) {
            columns.push(implied(&option("deletedAt").and_then(Node::text).unwrap_or_else(|| "deletedAt".to_owned())));
        }
    }
    for (name, parts) in columns {
        found.attributes.push((name, parts.column.name));
        parts.add_to(&mut found.table);
    }
    add_named_uniques(&mut found, attributes);
    for listed in option("indexes").map_or_else(Vec::new, Node::one_or_items) {
        let Some(mut index) = index_from(listed, Some(listed)) else { continue };
        for part in index.parts.iter_mut().filter(|part| !part.is_expression) {
            let known = found.attributes.iter().find(|(name, _)| lower(name) == part.key);
            part.key = known.map_or(part.key, |(_, column)| *column);
        }
        found.table.indexes.push(index);
    }
    Some(found)
}

/// `unique: "pair"` on several attributes: one index over them.
fn add_named_uniques(found: &mut Entity, attributes: Node<'_>) {
    let mut named: Vec<(String, Vec<Symbol>)> = Vec::new();
    for (name, value) in attributes.entries().unwrap_or_default() {
        let Some(unique) = value.entry("unique") else { continue };
        let Some(group) = unique.text().or_else(|| unique.entry("name")?.text()) else { continue };
        let column = found.attributes.iter().find(|(own, _)| *own == name).map_or(lower(&name), |(_, column)| *column);
        match named.iter_mut().find(|(own, _)| *own == group) {
            Some((_, columns)) => columns.push(column),
            None => named.push((group, vec![column])),
        }
    }
    found.table.indexes.extend(named.into_iter().map(|(_, columns)| ir::Index::new(columns, Uniqueness::Unique)));
}

fn rename(parts: &mut ColumnParts, name: Symbol) {
    let old = std::mem::replace(&mut parts.column.name, name);
    let keys = parts.indexes.iter_mut().flat_map(|index| &mut index.parts).map(|part| &mut part.key);
    let columns = parts.keys.iter_mut().flat_map(|key| &mut key.columns);
    keys.chain(columns).filter(|column| **column == old).for_each(|column| *column = name);
}

/// `Post.belongsTo(User, { foreignKey: "userId" })`, `User.hasMany(Post)`: a column of the one that belongs.
fn add_association(found: &mut [Entity], call: Call<'_>) {
    let (Some(own), Some(other)) = (call.receiver().and_then(model_name), call.arg(0).and_then(model_name)) else {
        return;
    };
    let belongs = call.name() == "belongsTo";
    let (child, parent) = if belongs { (own, other) } else { (other, own) };
    let alias = call.option("as").and_then(Node::text).filter(|_| belongs);
    let key = call.option("foreignKey");
    let key = key.and_then(|key| key.text().or_else(|| key.entry("name")?.text()));
    let key = key.unwrap_or_else(|| {
        let base = alias.unwrap_or_else(|| parent.to_string());
        let mut chars = base.chars();
        let first: String = chars.next().map(|first| first.to_lowercase().collect()).unwrap_or_default();
        format!("{first}{}Id", chars.as_str())
    });
    let Some(entity) = found.iter_mut().find(|entity| entity.name == child) else { return };
    let name = Symbol::new(&key);
    let known = entity.attributes.iter().find(|(own, _)| *own == name).map(|(_, column)| *column);
    let is_underscored = entity.attributes.iter().any(|(own, column)| own != column && lower(own) != *column);
    let column = known.unwrap_or_else(|| if is_underscored { lower(&snake_case(&key)) } else { lower(&key) });
    if entity.table.foreign_keys.iter().any(|key| key.columns == [column]) {
        return;
    }
    let mut parts = ColumnParts::new(column, call.node.expr.file, call.node.span());
    let action = call.option("onDelete").and_then(Node::text).map_or(OnDelete::SetNull, |action| on_delete(&action));
    if call.option("constraints").is_none_or(Node::is_on) {
        parts.refer(parent, action);
    }
    if known.is_some() {
        entity.table.foreign_keys.extend(parts.keys);
    } else {
        entity.attributes.push((name, column));
        parts.add_to(&mut entity.table);
    }
}
