//! Prisma schemas: the tables that their models stand for, by the names that code and database give them.

mod syntax;
#[cfg(test)]
mod tests;

use ir::{
    Block, Column, Entity, File, FileBuilder, ForeignKey, Index, IndexMethod, IndexPart, Language, OnDelete, Relation,
    Symbol, Table, Uniqueness,
};
use syntax::{Attribute, Line, Value, Word, blocks};

const SCALARS: &[&str] =
    &["String", "Boolean", "Int", "BigInt", "Float", "Decimal", "DateTime", "Json", "Bytes", "Unsupported"];

pub(crate) fn lower(path: &str, source: &str) -> File {
    let mut builder = FileBuilder::new(path, Language::Sql, source);
    let blocks = blocks(source);
    let names = |keyword: &'static str| {
        blocks.iter().filter(move |block| block.keyword == keyword).map(|block| block.name.text)
    };
    let source = blocks.iter().find(|block| block.keyword == "datasource");
    let is_set = |name: &str, value: &str| {
        let mut lines = source.iter().flat_map(|source| &source.lines);
        lines.any(|line| {
            let words: Vec<&str> = line.words.iter().map(|word| word.text).collect();
            matches!(words.as_slice(), [key, "=", text] if *key == name && text.trim_matches('"') == value)
        })
    };
    let context = Context {
        models: names("model").chain(names("view")).collect(),
        enums: names("enum").collect(),
        indexes_foreign_keys: is_set("provider", "mysql"),
        has_foreign_keys: !is_set("relationMode", "prisma") && !is_set("provider", "mongodb"),
    };
    // Which database it is, for who looks into the texts of a program.
    for line in source.iter().flat_map(|source| &source.lines) {
        if let [key, _, value] = line.words.as_slice()
            && key.text == "provider"
        {
            let said = format!("provider = {}", value.text.trim_matches('"'));
            builder.text(value.span, &said, value.span, false);
        }
    }
    let models = blocks.iter().filter(|block| block.keyword == "model");
    let entities = models.map(|model| context.entity(model.name, &model.lines)).collect();
    builder.file_mut().entities = entities;
    builder.finish(Block::default(), Vec::new())
}

/// What the file says beside its models.
struct Context<'a> {
    models: Vec<&'a str>,
    enums: Vec<&'a str>,
    indexes_foreign_keys: bool,
    has_foreign_keys: bool,
}

/// How a field's value is stored.
enum Storage {
    Column,
    /// Rows of another table, or of a file that is not this one.
    List,
    /// Another model's row.
    Row,
}

impl Context<'_> {
    fn storage(&self, ty: &str, is_list: bool) -> Storage {
        if SCALARS.contains(&ty) || self.enums.contains(&ty) {
            Storage::Column
        } else if is_list {
            Storage::List
        } else if self.models.contains(&ty) {
            Storage::Row
        } else {
            Storage::Column
        }
    }

    fn entity(&self, name: Word<'_>, lines: &[Line<'_>]) -> Entity {
        let blocks = || lines.iter().filter(|line| line.words.is_empty()).flat_map(|line| &line.attributes);
        let mapped = blocks().find(|attribute| attribute.name == "map").and_then(mapped_name);
        let table = Table {
            name: lower_case(mapped.unwrap_or(name.text)),
            file: 0,
            span: name.span,
            columns: Vec::new(),
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
        };
        let mut entity = Entity {
            name: Symbol::new(name.text),
            table,
            attributes: Vec::new(),
            relations: Vec::new(),
            default_order: None,
            is_incomplete: false,
        };
        for line in lines {
            self.add_field(&mut entity, line);
        }
        for line in lines {
            self.add_keys(&mut entity, line);
        }
        for attribute in blocks() {
            let uniqueness = match attribute.name.as_str() {
                "id" => Uniqueness::Primary,
                "unique" => Uniqueness::Unique,
                "index" | "fulltext" => Uniqueness::Plain,
                _ => continue,
            };
            let index = index(&entity, attribute, uniqueness);
            entity.table.indexes.push(index);
        }
        entity
    }

    fn add_field(&self, entity: &mut Entity, line: &Line<'_>) {
        let [name, ty, marks @ ..] = line.words.as_slice() else { return };
        let has_mark = |mark: &str| marks.iter().any(|word| word.text == mark);
        let relation = line.attributes.iter().find(|attribute| attribute.name == "relation");
        let is_ignored = line.attributes.iter().any(|attribute| attribute.name == "ignore");
        match self.storage(ty.text, has_mark("[")) {
            Storage::Column if relation.is_none() && !is_ignored => {
                let mapped = line.attributes.iter().find(|attribute| attribute.name == "map").and_then(mapped_name);
                let column = lower_case(mapped.unwrap_or(name.text));
                entity.attributes.push((Symbol::new(name.text), column));
                entity.table.columns.push(Column {
                    name: column,
                    ty: type_text(ty.text, line),
                    is_nullable: has_mark("?"),
                    file: 0,
                    span: name.span,
                    references: None,
                });
            }
            Storage::Column if relation.is_none() => {}
            storage => entity.relations.push(Relation {
                name: Symbol::new(name.text),
                entity: Symbol::new(ty.text),
                label: relation
                    .and_then(|relation| relation.argument("name", Some(0)))
                    .and_then(Value::text)
                    .map(Symbol::new),
                is_list: matches!(storage, Storage::List),
                columns: Vec::new(),
            }),
        }
    }

    /// What the attributes of a field say: keys need all columns to be known.
    fn add_keys(&self, entity: &mut Entity, line: &Line<'_>) {
        let [name, ty, ..] = line.words.as_slice() else { return };
        for attribute in &line.attributes {
            let mut add = |uniqueness| {
                let column = column_of(entity, name.text);
                entity.table.indexes.push(Index::new([column], uniqueness));
            };
            match attribute.name.as_str() {
                "id" => add(Uniqueness::Primary),
                "unique" => add(Uniqueness::Unique),
                "relation" => {
                    let Some(fields) = attribute.argument("fields", None) else { continue };
                    let columns: Vec<Symbol> =
                        fields.items().iter().filter_map(Value::name).map(|field| column_of(entity, field)).collect();
                    if let Some(relation) = entity.relations.iter_mut().find(|own| own.name == *name.text) {
                        relation.columns.clone_from(&columns);
                    }
                    if !self.has_foreign_keys {
                        continue;
                    }
                    let is_nullable = |column: &Column| columns.contains(&column.name) && column.is_nullable;
                    let can_be_null = entity.table.columns.iter().any(is_nullable);
                    entity.table.foreign_keys.push(ForeignKey {
                        name: None,
                        columns,
                        table: Symbol::new(ty.text),
                        on_delete: on_delete(attribute, can_be_null),
                        is_indexed: self.indexes_foreign_keys,
                    });
                }
                _ => {}
            }
        }
    }
}

/// As its documentation says: where nothing is said, null if that is possible.
fn on_delete(relation: &Attribute<'_>, can_be_null: bool) -> OnDelete {
    match relation.argument("onDelete", None).and_then(Value::name) {
        Some("Cascade") => OnDelete::Cascade,
        Some("SetNull" | "SetDefault") => OnDelete::SetNull,
        None if can_be_null => OnDelete::SetNull,
        _ => OnDelete::Refuse,
    }
}

fn index(entity: &Entity, attribute: &Attribute<'_>, uniqueness: Uniqueness) -> Index {
    let fields = attribute.argument("fields", Some(0)).map_or(&[][..], Value::items);
    let parts = fields.iter().filter_map(|field| {
        let options = match field {
            Value::Call(_, options) => options.as_slice(),
            _ => &[],
        };
        let option = |key: &str| options.iter().find(|option| option.key == Some(key)).map(|option| &option.value);
        Some(IndexPart {
            is_descending: option("sort").and_then(Value::name) == Some("Desc"),
            operators: option("ops").and_then(operators),
            ..IndexPart::column(column_of(entity, field.name()?))
        })
    });
    let method = match attribute.argument("type", None).and_then(Value::name) {
        _ if attribute.name == "fulltext" => IndexMethod::Inverted,
        Some("Hash") => IndexMethod::Hash,
        Some("Gin") => IndexMethod::Inverted,
        Some("Gist" | "SpGist") => IndexMethod::Spatial,
        Some("Brin") => IndexMethod::Block,
        _ => IndexMethod::Ordered,
    };
    let name = attribute.argument("map", None).and_then(Value::text).map(lower_case);
    Index { name, parts: parts.collect(), method, ..Index::new([], uniqueness) }
}

/// `raw("gin_trgm_ops")`, `JsonbPathOps`.
fn operators(value: &Value<'_>) -> Option<Symbol> {
    match value {
        Value::Call("raw", arguments) => arguments.first()?.value.text().map(Symbol::new),
        value => {
            let mut name = String::new();
            for char in value.name()?.chars() {
                if char.is_uppercase() && !name.is_empty() {
                    name.push('_');
                }
                name.extend(char.to_lowercase());
            }
            Some(Symbol::new(&name))
        }
    }
}

fn column_of(entity: &Entity, field: &str) -> Symbol {
    let known = entity.attributes.iter().find(|(name, _)| name.as_str() == field);
    known.map_or_else(|| lower_case(field), |(_, column)| *column)
}

fn mapped_name<'a>(attribute: &Attribute<'a>) -> Option<&'a str> {
    attribute.argument("name", Some(0))?.text()
}

/// The database's type where one is said, else the schema's.
fn type_text(ty: &str, line: &Line<'_>) -> String {
    let native = line.attributes.iter().find_map(|attribute| attribute.name.strip_prefix("db."));
    native.unwrap_or(ty).to_lowercase()
}

fn lower_case(name: &str) -> Symbol {
    Symbol::new(&name.to_lowercase())
}
