//! Peewee's and Tortoise's models: fields in classes, settings in an inner class `Meta`.

use ir::{Entity, Index, OnDelete, Symbol, Uniqueness};

use super::members::{Member, class_name, classes, members, meta, meta_order, tables_of};
use super::node::{Call, Node, lower};
use super::parts::{ColumnParts, entity, name_span, on_delete, pairs, table};
use super::sqlalchemy::type_text;
use crate::ids::ClassRef;
use crate::models::{Declares, Tables};
use crate::program::Program;

pub(super) fn collect(program: &Program<'_>) -> Vec<Entity> {
    let models = classes(program).filter_map(|class| Reader::new(program, class));
    models.flat_map(|model| model.entities()).collect()
}

struct Reader<'a> {
    program: &'a Program<'a>,
    class: ClassRef,
    lineage: Vec<ClassRef>,
    is_peewee: bool,
}

impl<'a> Reader<'a> {
    fn new(program: &'a Program<'a>, class: ClassRef) -> Option<Self> {
        let tables = tables_of(program, class)?;
        let is_ours = matches!(tables, Tables::Peewee | Tables::Tortoise);
        let lineage = program.world().classes.lineage(class);
        let is_abstract = meta(program, &[class], "abstract").is_some_and(Node::is_on);
        (is_ours && !is_abstract).then_some(Self { program, class, lineage, is_peewee: tables == Tables::Peewee })
    }

    fn table_name(&self) -> Symbol {
        let settings = ["table_name", "db_table", "table"];
        let own = settings.iter().find_map(|name| meta(self.program, &[self.class], name)).and_then(Node::name);
        own.unwrap_or_else(|| lower(&class_name(self.program, self.class)))
    }

    fn entities(&self) -> Vec<Entity> {
        let declared = self.program.file(self.class.file).class(self.class.id);
        let mut found = entity(declared.name, table(self.table_name(), self.class.file, declared.name_span));
        let mut more = Vec::new();
        for member in members(self.program, &self.lineage) {
            let Some(call) = member.value.and_then(Node::call) else { continue };
            match call.declares() {
                Some(Declares::ManyToMany) => more.extend(self.pairs(&member, call)),
                Some(declares) => {
                    if let Some(parts) = self.column(&member, call, declares) {
                        found.attributes.push((member.name, parts.column.name));
                        parts.add_to(&mut found.table);
                    }
                }
                None => {}
            }
        }
        if found.table.columns.is_empty() {
            return Vec::new();
        }
        self.add_meta(&mut found);
        // Peewee knows no default order.
        found.default_order = meta_order(self.program, &self.lineage).filter(|_| !self.is_peewee);
        if found.table.indexes.iter().all(|index| index.uniqueness != Uniqueness::Primary) {
            let id = Symbol::new("id");
            let mut parts = ColumnParts::new(id, self.class.file, declared.name_span);
            parts.index(Uniqueness::Primary);
            found.attributes.push((id, id));
            parts.add_to(&mut found.table);
        }
        more.insert(0, found);
        more
    }

    fn column(&self, member: &Member<'a>, call: Call<'a>, declares: Declares) -> Option<ColumnParts> {
        let is_reference = matches!(declares, Declares::Reference | Declares::OneToOne);
        let own = ["column_name", "db_column", "source_field"]
            .iter()
            .find_map(|name| call.keyword(name))
            .and_then(Node::name);
        let default = if is_reference { format!("{}_id", member.name) } else { member.name.to_string() };
        let mut parts =
            ColumnParts::new(own.unwrap_or_else(|| lower(&default)), member.file, name_span(member.span, &member.name));
        parts.column.ty = type_text(call.callee);
        parts.column.is_nullable = call.is_on("null");
        if is_reference {
            let action = call.keyword("on_delete").map(|action| action.text().unwrap_or_else(|| action.source()));
            let default = if self.is_peewee { OnDelete::Refuse } else { OnDelete::Cascade };
            let target = call.arg(0).or_else(|| call.keyword("model")).or_else(|| call.keyword("model_name"));
            parts.refer(self.target(target?)?, action.map_or(default, |action| on_delete(&action)));
        }
        let is_on = |names: &[&str]| names.iter().any(|name| call.is_on(name));
        if declares == Declares::KeyColumn || is_on(&["primary_key", "pk"]) {
            parts.column.is_nullable = false;
            parts.index(Uniqueness::Primary);
        } else if is_on(&["unique"]) || declares == Declares::OneToOne {
            parts.index(Uniqueness::Unique);
        } else if is_on(&["index", "db_index"])
            || declares == Declares::IndexedColumn
            || self.is_peewee && is_reference && call.keyword("index").is_none()
        {
            parts.index(Uniqueness::Plain);
        }
        Some(parts)
    }

    /// A class, `"self"`, `"models.User"`.
    fn target(&self, node: Node<'a>) -> Option<Symbol> {
        if let Some(class) = node.class() {
            return Some(class_name(self.program, class));
        }
        let text = node.text()?;
        let name = text.rsplit('.').next()?;
        Some(if name == "self" { class_name(self.program, self.class) } else { Symbol::new(name) })
    }

    fn pairs(&self, member: &Member<'a>, call: Call<'a>) -> Option<Entity> {
        let target = self.target(call.arg(0)?)?;
        let other = classes(self.program).find(|class| class_name(self.program, *class) == target);
        let other = other
            .and_then(|class| Self::new(self.program, class))
            .map_or_else(|| lower(&target), |model| model.table_name());
        let own = self.table_name();
        let keyword = |name: &str| call.keyword(name).and_then(Node::name);
        let name = keyword("through").unwrap_or_else(|| {
            lower(&format!("{own}_{}", if self.is_peewee { lower(&format!("{other}_through")) } else { other }))
        });
        let halves = [
            (
                keyword("backward_key").unwrap_or_else(|| lower(&format!("{own}_id"))),
                class_name(self.program, self.class),
            ),
            (keyword("forward_key").unwrap_or_else(|| lower(&format!("{other}_id"))), target),
        ];
        let mut table = pairs(name, member.file, name_span(member.span, &member.name), halves);
        table.indexes.push(Index::new(halves.map(|(column, _)| column), Uniqueness::Unique));
        if self.is_peewee {
            table.indexes.extend(halves.map(|(column, _)| Index::new([column], Uniqueness::Plain)));
        }
        Some(entity(table.name, table))
    }

    fn add_meta(&self, found: &mut Entity) {
        let column = |name: Symbol| {
            let known = found.attributes.iter().find(|(own, _)| lower(own) == name);
            known.map_or(name, |(_, column)| *column)
        };
        let mut indexes = Vec::new();
        let mut add = |names: Vec<Symbol>, uniqueness| {
            indexes.push(Index::new(names.into_iter().map(column), uniqueness));
        };
        if let Some(key) = meta(self.program, &self.lineage, "primary_key").and_then(Node::call) {
            add(key.unnamed().filter_map(Node::name).collect(), Uniqueness::Primary);
        }
        for (setting, uniqueness) in [("unique_together", Uniqueness::Unique), ("indexes", Uniqueness::Plain)] {
            let Some(value) = meta(self.program, &self.lineage, setting) else { continue };
            let sets = match value.names() {
                Some(names) if value.items().is_some() => vec![(names, uniqueness)],
                _ => value.one_or_items().into_iter().filter_map(|set| set_of(set, uniqueness)).collect(),
            };
            sets.into_iter()
                .filter(|(names, _)| !names.is_empty())
                .for_each(|(names, uniqueness)| add(names, uniqueness));
        }
        found.table.indexes.extend(indexes);
    }
}

/// `("a", "b")`, Peewee's `(("a", "b"), True)`, Tortoise's `Index(fields=("a", "b"))`.
fn set_of(node: Node<'_>, uniqueness: Uniqueness) -> Option<(Vec<Symbol>, Uniqueness)> {
    if let Some(call) = node.call() {
        return Some((call.keyword("fields")?.names()?, uniqueness));
    }
    if let Some(names) = node.names() {
        return Some((names, uniqueness));
    }
    let parts = node.items()?;
    let names = parts.first()?.names()?;
    let is_unique = parts.get(1).and_then(|flag| flag.bool()) == Some(true);
    Some((names, if is_unique { Uniqueness::Unique } else { uniqueness }))
}
