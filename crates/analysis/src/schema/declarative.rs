//! Tables of SQLAlchemy, SQLModel and Flask-SQLAlchemy: mapped classes, and `Table` objects.

use ir::{Entity, ExprKind, Symbol, Table, TextPart};

use super::calls_of;
use super::members::{Member, class_name, classes, members, snake_case, tables_of};
use super::node::{Call, Node, lower, results};
use super::parts::{ColumnParts, entity, key, name_span, table};
use super::sqlalchemy::{Constraint, attribute, column_of, constraint_of, type_text};
use crate::ids::{ClassRef, ExprRef, FnRef};
use crate::models::{Declares, Tables};
use crate::program::Program;
use crate::values::Atom;

pub(super) fn collect(program: &Program<'_>) -> Vec<Entity> {
    let mapped = classes(program).filter_map(|class| mapped_class(program, class));
    let mut found: Vec<Entity> = mapped.collect();
    found.extend(calls_of(program, Declares::Table).filter_map(core_table));
    for call in calls_of(program, Declares::Index) {
        add_index_beside(&mut found, call);
    }
    found
}

fn convention(program: &Program<'_>, class: ClassRef) -> Option<Tables> {
    let tables = tables_of(program, class)?;
    matches!(tables, Tables::Sqlalchemy | Tables::FlaskSqlalchemy | Tables::Sqlmodel).then_some(tables)
}

fn mapped_class(program: &Program<'_>, class: ClassRef) -> Option<Entity> {
    let convention = convention(program, class)?;
    let (name, is_own) = table_name(program, class, convention)?;
    let world = program.world();
    let lineage = world.classes.lineage(class);
    // Of a class that another table's class extends only what is its own counts.
    let is_other = |other: &ClassRef| *other != class && is_mapped(program, *other, convention);
    let others: Vec<ClassRef> =
        lineage.iter().filter(|other| is_other(other)).flat_map(|other| world.classes.lineage(*other)).collect();
    let own: Vec<ClassRef> = lineage.iter().filter(|class| !others.contains(class)).copied().collect();
    let declared = program.file(class.file).class(class.id);
    let mut found = entity(declared.name, table(name, class.file, declared.name_span));
    let members = members(program, &own);
    for member in &members {
        if let Some(parts) = column(member, convention) {
            found.attributes.push((member.name, parts.column.name));
            parts.add_to(&mut found.table);
        }
    }
    if is_own && let Some(args) = members.iter().find(|member| member.name.as_str() == "__table_args__") {
        add_constraints(&mut found, args.value);
    }
    found.is_incomplete = members.iter().any(|member| member.name.as_str() == "__table__");
    (!found.table.columns.is_empty() || !is_own).then_some(found)
}

/// The name, and whether the class has the table for its own: else it is that of the class that it extends.
fn table_name(program: &Program<'_>, class: ClassRef, convention: Tables) -> Option<(Symbol, bool)> {
    if is_abstract(program, class, convention) {
        return None;
    }
    if let Some(name) = own_name(program, class, convention) {
        return Some((name, true));
    }
    let world = program.world();
    let lineage = world.classes.lineage(class).into_iter().skip(1);
    let mut parents = lineage.filter(|parent| is_mapped(program, *parent, convention));
    Some((parents.find_map(|parent| own_name(program, parent, convention))?, false))
}

fn is_mapped(program: &Program<'_>, class: ClassRef, convention: Tables) -> bool {
    self::convention(program, class).is_some() && table_name(program, class, convention).is_some()
}

fn is_abstract(program: &Program<'_>, class: ClassRef, convention: Tables) -> bool {
    let declared = program.file(class.file).class(class.id);
    let flag = declared.fields.iter().find(|field| field.name.as_str() == "__abstract__");
    let is_marked = flag
        .and_then(|field| field.value)
        .is_some_and(|value| Node::new(program, ExprRef { file: class.file, id: value }).is_on());
    let is_table = || declared.keywords.iter().any(|keyword| keyword.name.is_some_and(|name| name.as_str() == "table"));
    is_marked || convention == Tables::Sqlmodel && !is_table()
}

/// The name that the class says, or that the convention gives it.
fn own_name(program: &Program<'_>, class: ClassRef, convention: Tables) -> Option<Symbol> {
    let world = program.world();
    let lineage = world.classes.lineage(class);
    let says = |owner: &ClassRef| {
        let declared = program.file(owner.file).class(owner.id);
        let field = declared.fields.iter().find(|field| field.name.as_str() == "__tablename__");
        if let Some(value) = field.and_then(|field| field.value) {
            return Node::new(program, ExprRef { file: owner.file, id: value }).name();
        }
        let (_, method) = declared.methods.iter().find(|(name, _)| name.as_str() == "__tablename__")?;
        let result = results(program, FnRef { file: owner.file, id: *method }).first().copied()?;
        derived_name(result, class_name(program, class))
    };
    // A text is its class's own; a method of a mixin serves all.
    let is_method = |owner: &ClassRef| {
        let declared = program.file(owner.file).class(owner.id);
        declared.methods.iter().any(|(name, _)| name.as_str() == "__tablename__")
    };
    let said = lineage.first().and_then(says);
    let said = said.or_else(|| lineage.iter().skip(1).find(|owner| is_method(owner)).and_then(says));
    let is_base = world.classes.bases(class).iter().any(|base| matches!(base, Atom::Path(_)));
    said.or_else(|| match convention {
        Tables::Sqlmodel => Some(lower(&class_name(program, class))),
        Tables::FlaskSqlalchemy => {
            let own = members(program, &[class]);
            let has_key = own.iter().filter_map(|member| column(member, convention)).any(|parts| parts.is_primary());
            let has_inherited_key = || {
                let mixins: Vec<ClassRef> = lineage.iter().skip(1).copied().collect();
                let inherited = members(program, &mixins);
                let is_key =
                    inherited.iter().filter_map(|member| column(member, convention)).any(|parts| parts.is_primary());
                is_key && !mixins.iter().any(|mixin| own_name(program, *mixin, convention).is_some())
            };
            let has_columns = own.iter().any(|member| column(member, convention).is_some());
            let is_named = has_key || (is_base || has_columns) && has_inherited_key();
            is_named.then(|| lower(&snake_case(&class_name(program, class))))
        }
        _ => None,
    })
}

/// What a method makes of the class's name: `cls.__name__.lower() + "s"`.
fn derived_name(result: Node<'_>, class: Symbol) -> Option<Symbol> {
    let text = derived_text(result, &class, 0)?;
    Some(lower(&text))
}

fn derived_text(node: Node<'_>, class: &str, depth: u32) -> Option<String> {
    if depth > 8 {
        return None;
    }
    let go = |id| derived_text(node.at(id), class, depth + 1);
    match node.kind() {
        ExprKind::Text(parts) => parts
            .iter()
            .map(|part| match part {
                TextPart::Literal { value, .. } => Some(value.to_string()),
                TextPart::Hole(hole) => go(*hole),
            })
            .collect(),
        ExprKind::Member { name, .. } if name.as_str() == "__name__" => Some(class.to_owned()),
        ExprKind::Binary { left, right, .. } => Some(go(*left)? + &go(*right)?),
        ExprKind::Call { callee, args, .. } => {
            let call = Call { node, callee: node.at(*callee), args };
            if call.name() == "lower" {
                return derived_text(call.receiver()?, class, depth + 1).map(|text| text.to_lowercase());
            }
            // A helper that turns camels into snakes, whatever it is called.
            args.iter().find_map(|arg| go(arg.value)).map(|text| snake_case(&text))
        }
        _ => None,
    }
}

/// The column that an attribute stands for.
fn column(member: &Member<'_>, convention: Tables) -> Option<ColumnParts> {
    if member.name.as_str().starts_with("__") {
        return None;
    }
    let at = attribute(member.name, member.span);
    let annotation = member.annotation.map(|annotation| annotation.source());
    let is_optional = annotation
        .as_deref()
        .is_some_and(|text| text.contains("Optional") || text.contains("op null") || text.contains("None"));
    let call = member.value.and_then(Node::call);
    // `column_property(Column(…))`, `deferred(Column(…))`
    let wrapped = || call?.arg(0)?.call();
    let named = call.and_then(|call| column_of(call, Some(at))).or_else(|| column_of(wrapped()?, Some(at)));
    if let Some(mut parts) = named {
        if annotation.is_some() && !is_optional && member.value?.call()?.keyword("nullable").is_none() {
            parts.column.is_nullable = false;
        }
        if parts.column.ty.is_empty()
            && let Some(annotation) = member.annotation
        {
            parts.column.ty = inner_type(annotation);
        }
        return Some(parts);
    }
    // Without a call the annotation alone declares it.
    let annotation_text = annotation?;
    let is_plain = match convention {
        Tables::Sqlmodel => member.value.is_none_or(|value| value.call().is_none()),
        _ => member.value.is_none() && annotation_text.starts_with("Mapped["),
    };
    let is_relation =
        ["List[", "list[", "Set[", "set[", "ClassVar", "Dynamic"].iter().any(|mark| annotation_text.contains(mark));
    let is_config = convention == Tables::Sqlmodel && member.name.as_str() == "model_config";
    if !is_plain || is_relation || is_config {
        return None;
    }
    let mut parts = ColumnParts::new(lower(&member.name), member.file, name_span(member.span, &member.name));
    parts.column.is_nullable = is_optional;
    parts.column.ty = inner_type(member.annotation?);
    Some(parts)
}

/// `int` of `Mapped[int | None]`.
fn inner_type(annotation: Node<'_>) -> String {
    match annotation.kind() {
        ExprKind::Index { indices, .. } => {
            indices.first().map_or_else(String::new, |inner| inner_type(annotation.at(*inner)))
        }
        ExprKind::Binary { left, .. } => inner_type(annotation.at(*left)),
        ExprKind::Other(operands) => {
            operands.first().map_or_else(String::new, |inner| inner_type(annotation.at(*inner)))
        }
        _ => type_text(annotation),
    }
}

fn add_constraints(found: &mut Entity, args: Option<Node<'_>>) {
    let Some(args) = args else { return };
    let calls = args.one_or_items().into_iter().filter_map(|part| {
        let part = part.resolved();
        part.call()
    });
    for call in calls {
        add_constraint(found, call);
    }
}

fn add_constraint(found: &mut Entity, call: Call<'_>) {
    let renamed = |name: Symbol| {
        found.attributes.iter().find(|(own, _)| *own == name || lower(own) == name).map_or(name, |(_, column)| *column)
    };
    match constraint_of(call) {
        Some(Constraint::Index(mut index)) => {
            let keys = index.parts.iter_mut().filter(|part| !part.is_expression);
            keys.for_each(|part| part.key = renamed(part.key));
            found.table.indexes.push(index);
        }
        Some(Constraint::Key(mut foreign)) => {
            let columns = foreign.columns.iter().map(|column| renamed(*column)).collect();
            foreign = ir::ForeignKey { name: foreign.name, ..key(columns, foreign.table, foreign.on_delete) };
            found.table.foreign_keys.push(foreign);
        }
        None => {}
    }
}

/// `Table("users", metadata, Column(…), …)`, under the name of its variable.
fn core_table(call: Call<'_>) -> Option<Entity> {
    let name = call.arg(0)?;
    let parts: Vec<Call<'_>> = call.unnamed().skip(1).flat_map(Node::one_or_items).filter_map(Node::call).collect();
    let mut new: Table = table(name.name()?, call.node.expr.file, name.span());
    parts.iter().filter_map(|part| column_of(*part, None)).for_each(|column| column.add_to(&mut new));
    if new.columns.is_empty() {
        return None;
    }
    let file = call.node.program.file(call.node.expr.file);
    let bound = call.node.program.listing(call.node.expr.file).bound_to(file, call.node.expr.id);
    let mut found = entity(bound.map_or(new.name, |binding| file.binding(binding).name), new);
    parts.iter().for_each(|part| add_constraint(&mut found, *part));
    Some(found)
}

/// `Index("name", User.email)` that stands beside the class.
fn add_index_beside(found: &mut [Entity], call: Call<'_>) {
    let owner = call.unnamed().skip(1).find_map(|key| {
        let (first, _) = key.chain();
        let ExprKind::Member { base, .. } = first.kind() else { return None };
        let owner = first.at(*base);
        let class = owner.class()?;
        Some(class_name(owner.program, class))
    });
    if let Some(entity) = found.iter_mut().find(|entity| Some(entity.name) == owner) {
        add_constraint(entity, call);
    }
}
