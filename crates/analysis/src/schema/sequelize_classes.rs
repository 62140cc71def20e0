//! sequelize-typescript: decorated classes that extend `Model`.

use ir::{Entity, OnDelete, Symbol, Uniqueness};

use super::members::{Member, class_name, classes, members, plural, snake_case, tables_of};
use super::node::{Call, Node, lower};
use super::parts::{ColumnParts, entity, name_span, on_delete, table};
use super::query_interface::index_from;
use super::sequelize::column_of;
use crate::ids::{ClassRef, ExprRef};
use crate::models::{Declares, Tables};
use crate::program::Program;

pub(super) fn collect(program: &Program<'_>) -> Vec<Entity> {
    let models = classes(program).filter(|class| tables_of(program, *class) == Some(Tables::Sequelize));
    models.filter_map(|class| model(program, class)).collect()
}

fn model(program: &Program<'_>, class: ClassRef) -> Option<Entity> {
    let declared = program.file(class.file).class(class.id);
    let decorators = declared.decorators.iter();
    let node = |id| Node::new(program, ExprRef { file: class.file, id });
    // `@Table` stands with and without a call.
    let table_decorator = decorators.map(|id| node(*id)).find_map(|decorator| of_kind(decorator, Declares::Table))?;
    let option = |key: &str| table_decorator.call().and_then(|call| call.option(key));
    let is_underscored = option("underscored").is_some_and(Node::is_on);
    let style = |name: &str| if is_underscored { lower(&snake_case(name)) } else { lower(name) };
    let name = option("tableName").and_then(Node::name).unwrap_or_else(|| style(&plural(&class_name(program, class))));
    let mut found = entity(declared.name, table(name, class.file, declared.name_span));
    for member in members(program, &program.world().classes.lineage(class)) {
        if let Some(parts) = column(&member, &style) {
            found.attributes.push((member.name, parts.column.name));
            parts.add_to(&mut found.table);
        }
    }
    let implied = |found: &mut Entity, name: &str, is_key: bool| {
        let column = style(name);
        if found.table.columns.iter().all(|own| own.name != column) {
            let mut parts = ColumnParts::new(column, class.file, declared.name_span);
            if is_key {
                parts.index(Uniqueness::Primary);
            }
            found.attributes.push((Symbol::new(name), column));
            parts.add_to(&mut found.table);
        }
    };
    if found.table.indexes.iter().all(|index| index.uniqueness != Uniqueness::Primary) {
        implied(&mut found, "id", true);
    }
    if option("timestamps").is_none_or(Node::is_on) {
        implied(&mut found, "createdAt", false);
        implied(&mut found, "updatedAt", false);
    }
    if option("paranoid").is_some_and(Node::is_on) {
        implied(&mut found, "deletedAt", false);
    }
    let listed = option("indexes").map_or_else(Vec::new, Node::one_or_items);
    found.table.indexes.extend(listed.into_iter().filter_map(|listed| index_from(listed, Some(listed))));
    Some(found)
}

/// A decorator of a kind, as a call or as it is.
fn of_kind(decorator: Node<'_>, wanted: Declares) -> Option<Node<'_>> {
    let library = decorator.program.library(decorator.expr.file);
    let named = |atom: &crate::values::Atom| match atom {
        crate::values::Atom::Path(path) => library.call(*path).is_some_and(|call| call.declares == Some(wanted)),
        _ => false,
    };
    let is_called = decorator.call().is_some_and(|call| call.declares() == Some(wanted));
    (is_called || decorator.values().iter().any(named)).then_some(decorator)
}

fn column(member: &Member<'_>, style: &impl Fn(&str) -> Symbol) -> Option<ColumnParts> {
    let find = |wanted| member.decorators.iter().find_map(|decorator| of_kind(*decorator, wanted));
    let decorator = find(Declares::Column)?;
    let call = decorator.call();
    let options = call.and_then(|call| call.arg(0));
    let mut parts = match options {
        Some(options) => column_of(member.name, options),
        None => ColumnParts::new(lower(&member.name), member.file, member.span),
    };
    parts.column.span = name_span(member.span, &member.name);
    if options.is_none_or(|options| options.entry("field").is_none()) {
        let own = std::mem::replace(&mut parts.column.name, style(&member.name));
        let keys = parts.indexes.iter_mut().flat_map(|index| &mut index.parts).map(|part| &mut part.key);
        keys.filter(|key| **key == own).for_each(|key| *key = parts.column.name);
    }
    for (wanted, uniqueness) in [
        (Declares::PrimaryKey, Uniqueness::Primary),
        (Declares::Unique, Uniqueness::Unique),
        (Declares::Index, Uniqueness::Plain),
    ] {
        if find(wanted).is_some() {
            parts.index(uniqueness);
        }
    }
    let target = find(Declares::ForeignKey)
        .and_then(Node::call)
        .and_then(|call: Call<'_>| call.arg(0)?.results().first().copied());
    if let Some(target) = target {
        let action = call.and_then(|call| call.option("onDelete")).and_then(Node::text);
        let name = target.class().map(|class| class_name(target.program, class)).or_else(|| target.written_name());
        if let Some(name) = name {
            parts.refer(name, action.map_or(OnDelete::Refuse, |action| on_delete(&action)));
        }
    }
    Some(parts)
}
