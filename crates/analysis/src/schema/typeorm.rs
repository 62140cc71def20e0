//! TypeORM's and MikroORM's entities: decorated classes.

use ir::{Entity, Index, OnDelete, Relation, Symbol, Uniqueness};

use super::members::{Member, class_name, classes, members, snake_case, tables_of};
use super::node::{Call, Node, lower};
use super::parts::{ColumnParts, entity, index_of, method, name_span, on_delete, pairs, table};
use crate::ids::{ClassRef, ExprRef};
use crate::models::Declares;
use crate::program::Program;

pub(super) fn collect(program: &Program<'_>) -> Vec<Entity> {
    let is_snake = uses_snake_names(program);
    let mut found = Vec::new();
    // Sequelize decorates its models as well.
    for class in classes(program).filter(|class| tables_of(program, *class).is_none()) {
        let is_snake = is_snake || is_named_in_snake_case(program, class);
        let reader = Reader { program, class, is_snake };
        found.extend(reader.entities());
    }
    found
}

/// Whether `SnakeNamingStrategy` is used.
fn uses_snake_names(program: &Program<'_>) -> bool {
    program
        .schema_files()
        .any(|file| program.file(file).bindings.iter().any(|binding| binding.name.as_str() == "SnakeNamingStrategy"))
}

/// MikroORM's naming strategy, unless it is told another one.
fn is_named_in_snake_case(program: &Program<'_>, class: ClassRef) -> bool {
    program.file(class.file).bindings.iter().any(|binding| match &binding.kind {
        ir::BindingKind::Import(import) => import.module.starts_with("@mikro-orm/"),
        _ => false,
    })
}

struct Reader<'a> {
    program: &'a Program<'a>,
    class: ClassRef,
    is_snake: bool,
}

impl<'a> Reader<'a> {
    fn decorators(&self, class: ClassRef) -> impl Iterator<Item = Call<'a>> {
        let program = self.program;
        let decorators = program.file(class.file).class(class.id).decorators.iter();
        decorators.filter_map(move |id| Node::new(program, ExprRef { file: class.file, id: *id }).call())
    }

    fn style(&self, name: &str) -> Symbol {
        if self.is_snake { lower(&snake_case(name)) } else { lower(name) }
    }

    fn table_name(&self, class: ClassRef) -> Option<Symbol> {
        let decorator = self.decorators(class).find(|call| call.declares() == Some(Declares::Table))?;
        let option = || decorator.option("name").or_else(|| decorator.option("tableName"));
        let own = decorator.arg(0).and_then(Node::name).or_else(|| option().and_then(Node::name));
        Some(own.unwrap_or_else(|| lower(&snake_case(&class_name(self.program, class)))))
    }

    fn entities(&self) -> Vec<Entity> {
        let Some(mut name) = self.table_name(self.class) else { return Vec::new() };
        let lineage = self.program.world().classes.lineage(self.class);
        let is_child = |class: &ClassRef| self.decorators(*class).any(|call| call.name() == "ChildEntity");
        if is_child(&self.class)
            && let Some(parent) = lineage.iter().skip(1).find_map(|class| self.table_name(*class))
        {
            name = parent;
        }
        let declared = self.program.file(self.class.file).class(self.class.id);
        let mut found = entity(declared.name, table(name, self.class.file, declared.name_span));
        let mut more = Vec::new();
        let members = members(self.program, &lineage);
        for member in &members {
            if let Some(pair) = self.pairs(member, name) {
                more.push(pair);
            } else if let Some(parts) = self.column(member) {
                found.attributes.push((member.name, parts.column.name));
                parts.add_to(&mut found.table);
            }
        }
        for member in &members {
            self.add_marks(&mut found, member);
        }
        found.relations = members.iter().filter_map(|member| self.relation(member, &found)).collect();
        for call in lineage.iter().flat_map(|class| self.decorators(*class)) {
            let uniqueness = match call.declares() {
                Some(Declares::Index) => Uniqueness::Plain,
                Some(Declares::Unique) => Uniqueness::Unique,
                _ => continue,
            };
            let index = index(&found, call, uniqueness);
            found.table.indexes.extend(index);
        }
        more.insert(0, found);
        more
    }

    fn column(&self, member: &Member<'a>) -> Option<ColumnParts> {
        let calls: Vec<Call<'a>> = member.decorators.iter().filter_map(|decorator| decorator.call()).collect();
        let find = |wanted: &[Declares]| {
            calls.iter().find(|call| call.declares().is_some_and(|own| wanted.contains(&own))).copied()
        };
        if let Some(relation) = find(&[Declares::Reference, Declares::OneToOne]) {
            return self.reference(member, relation, find(&[Declares::Join]));
        }
        let call = find(&[Declares::Column, Declares::KeyColumn])?;
        let own = call.option("name").or_else(|| call.option("fieldName")).and_then(Node::name);
        let name = own.unwrap_or_else(|| self.style(&member.name));
        let mut parts = ColumnParts::new(name, member.file, name_span(member.span, &member.name));
        let ty = call.arg(0).and_then(Node::text).or_else(|| call.option("type").and_then(Node::text));
        let ty =
            ty.or_else(|| member.annotation.map(|annotation| annotation.source().trim_start_matches('@').to_owned()));
        parts.column.ty = ty.unwrap_or_default().to_lowercase();
        parts.column.is_nullable = call.option("nullable").is_some_and(Node::is_on);
        if call.declares() == Some(Declares::KeyColumn) || call.option("primary").is_some_and(Node::is_on) {
            parts.index(Uniqueness::Primary);
        }
        mark(&mut parts, call);
        Some(parts)
    }

    /// The column of a relation: `userId`, unless it is named.
    fn reference(&self, member: &Member<'a>, relation: Call<'a>, join: Option<Call<'a>>) -> Option<ColumnParts> {
        let is_one = relation.declares() == Some(Declares::OneToOne);
        if is_one && join.is_none() && !relation.option("owner").is_some_and(Node::is_on) {
            return None;
        }
        let written =
            || member.annotation.and_then(|annotation| annotation.class().map(|class| class_name(self.program, class)));
        let target = self.target(relation).or_else(written)?;
        let own = join.and_then(|join| join.option("name")).or_else(|| relation.option("fieldName"));
        let own = own.and_then(Node::name);
        let name = own.unwrap_or_else(|| self.style(&format!("{}Id", member.name)));
        let mut parts = ColumnParts::new(name, member.file, name_span(member.span, &member.name));
        let is_key = relation.option("primary").is_some_and(Node::is_on)
            || member
                .decorators
                .iter()
                .filter_map(|decorator| decorator.call())
                .any(|call| call.declares() == Some(Declares::KeyColumn));
        let action = relation.option("onDelete").and_then(Node::text);
        if relation.option("createForeignKeyConstraints").is_none_or(Node::is_on) {
            parts.refer(target, action.map_or(OnDelete::Refuse, |action| on_delete(&action)));
        }
        if is_one {
            parts.index(Uniqueness::Unique);
        }
        mark(&mut parts, relation);
        if is_key {
            parts.index(Uniqueness::Primary);
        }
        Some(parts)
    }

    /// `@OneToMany(() => Item, (item) => item.order) items`, and the other side of it.
    fn relation(&self, member: &Member<'a>, found: &Entity) -> Option<Relation> {
        let mut calls = member.decorators.iter().filter_map(|decorator| decorator.call());
        let relation = calls.find(|call| matches!(call.declares(), Some(Declares::Reference | Declares::Relation)))?;
        let is_list = relation.declares() == Some(Declares::Relation);
        let column = found.attributes.iter().find(|(name, _)| *name == member.name).map(|(_, column)| *column);
        Some(Relation {
            name: member.name,
            entity: self.target(relation)?,
            label: None,
            is_list,
            columns: column.filter(|_| !is_list).into_iter().collect(),
        })
    }

    fn target(&self, relation: Call<'a>) -> Option<Symbol> {
        let first = relation.option("entity").or_else(|| relation.arg(0))?;
        if let Some(name) = first.text() {
            return Some(Symbol::new(&name));
        }
        let target = first.results().first().copied()?;
        target.class().map(|class| class_name(self.program, class)).or_else(|| target.written_name())
    }

    /// `@ManyToMany(…) @JoinTable()`: a table of pairs with an index on each half.
    fn pairs(&self, member: &Member<'a>, own: Symbol) -> Option<Entity> {
        let calls: Vec<Call<'a>> = member.decorators.iter().filter_map(|decorator| decorator.call()).collect();
        let relation = calls.iter().find(|call| call.declares() == Some(Declares::ManyToMany))?;
        let join = calls.iter().find(|call| call.declares() == Some(Declares::Join))?;
        let target_class = relation.arg(0)?.results().first()?.class()?;
        let target = self.table_name(target_class)?;
        let name = join.arg(0).and_then(Node::name).or_else(|| join.option("name").and_then(Node::name));
        let name = name.unwrap_or_else(|| lower(&format!("{own}_{}_{target}", snake_case(&member.name))));
        let column = |option: &str, table: Symbol| {
            let named = join.option(option).and_then(|option| option.entry("name")).and_then(Node::name);
            named.unwrap_or_else(|| lower(&format!("{}Id", camel_case(&table))))
        };
        let mut halves = [(column("joinColumn", own), own), (column("inverseJoinColumn", target), target)];
        if halves[0].0 == halves[1].0 {
            halves = [(lower(&format!("{}_1", halves[0].0)), own), (lower(&format!("{}_2", halves[1].0)), target)];
        }
        let mut table = pairs(name, member.file, name_span(member.span, &member.name), halves);
        table.indexes.push(Index::new(halves.map(|(column, _)| column), Uniqueness::Primary));
        table.indexes.extend(halves.map(|(column, _)| Index::new([column], Uniqueness::Plain)));
        Some(entity(table.name, table))
    }

    /// `@Index()` and `@Unique()` on a field.
    fn add_marks(&self, found: &mut Entity, member: &Member<'a>) {
        for call in member.decorators.iter().filter_map(|decorator| decorator.call()) {
            let is_unique = match call.declares() {
                Some(Declares::Index) => call.option("unique").is_some_and(Node::is_on),
                Some(Declares::Unique) => true,
                _ => continue,
            };
            let Some((_, column)) = found.attributes.iter().find(|(name, _)| *name == member.name) else { continue };
            let uniqueness = if is_unique { Uniqueness::Unique } else { Uniqueness::Plain };
            let condition = call.option("where").and_then(Node::text);
            let mut index = index_of(&[column.to_string()], condition.as_deref(), uniqueness);
            index.name = call.arg(0).and_then(Node::name);
            index.method = kind(call);
            found.table.indexes.push(index);
        }
    }
}

/// `{ unique: true }`, `{ index: true }`.
fn mark(parts: &mut ColumnParts, call: Call<'_>) {
    let is_on = |name: &str| call.option(name).is_some_and(Node::is_on);
    if is_on("unique") {
        parts.index(Uniqueness::Unique);
    } else if is_on("index") {
        parts.index(Uniqueness::Plain);
    }
}

fn kind(call: Call<'_>) -> ir::IndexMethod {
    let is_on = |name: &str| call.option(name).is_some_and(Node::is_on);
    let name = if is_on("fulltext") {
        "fulltext"
    } else if is_on("spatial") {
        "spatial"
    } else {
        ""
    };
    method(name)
}

/// `@Index(["a", "b"], { unique: true })`, `@Index("name", (user) => [user.a])`, `@Unique("name", ["a"])`.
fn index(found: &Entity, call: Call<'_>, uniqueness: Uniqueness) -> Option<Index> {
    let properties = call.option("properties").map(Node::one_or_items);
    let listed = properties.or_else(|| {
        call.unnamed().find_map(|arg| {
            let arg = arg.results().first().copied().unwrap_or(arg);
            arg.items()
        })
    });
    let listed = listed.or_else(|| {
        let names: Vec<Node<'_>> = call.unnamed().filter(|arg| arg.text().is_some()).collect();
        (!names.is_empty() && uniqueness == Uniqueness::Unique).then_some(names)
    })?;
    let keys: Vec<String> = listed
        .into_iter()
        .filter_map(|key| {
            let name = key.name().or_else(|| key.written_name())?;
            let known = found.attributes.iter().find(|(own, _)| *own == name || lower(own) == name);
            Some(known.map_or_else(|| name.to_string(), |(_, column)| column.to_string()))
        })
        .collect();
    let is_unique = uniqueness == Uniqueness::Unique || call.option("unique").is_some_and(Node::is_on);
    let uniqueness = if is_unique { Uniqueness::Unique } else { Uniqueness::Plain };
    let condition = call.option("where").and_then(Node::text);
    let mut index = index_of(&keys, condition.as_deref(), uniqueness);
    index.name = call.arg(0).and_then(Node::name);
    index.method = kind(call);
    Some(index)
}

fn camel_case(name: &str) -> String {
    let mut out = String::new();
    for (number, word) in name.split('_').enumerate() {
        let mut chars = word.chars();
        match chars.next().filter(|_| number > 0) {
            Some(first) => out.extend(first.to_uppercase().chain(chars)),
            None => out.push_str(word),
        }
    }
    out
}
