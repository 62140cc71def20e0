//! Django's models.

use ir::{Entity, ExprKind, Index, OnDelete, Symbol, Uniqueness};

use super::members::{Member, class_name, classes, members, meta, meta_order, parents, tables_of};
use super::node::{Call, Node, lower};
use super::parts::{ColumnParts, entity, index_of, method, name_span, on_delete, pairs, table};
use super::sqlalchemy::type_text;
use crate::ids::ClassRef;
use crate::models::{Declares, Tables};
use crate::program::Program;

pub(super) fn collect(program: &Program<'_>) -> Vec<Entity> {
    let users = user_model(program);
    let mut found = Vec::new();
    for class in classes(program).filter(|class| is_model(program, *class)) {
        let model = Model { program, class, lineage: fields_from(program, class), users: &users };
        found.extend(model.tables());
    }
    found
}

fn is_model(program: &Program<'_>, class: ClassRef) -> bool {
    tables_of(program, class) == Some(Tables::Django) && !is_abstract(program, class)
}

fn own_flag(program: &Program<'_>, class: ClassRef, name: &str) -> bool {
    meta(program, &[class], name).is_some_and(Node::is_on)
}

fn is_abstract(program: &Program<'_>, class: ClassRef) -> bool {
    // `class Meta(Base.Meta)` does not inherit this one.
    let declared = program.file(class.file).class(class.id);
    let meta = declared.fields.iter().find(|field| field.name.as_str() == "Meta").and_then(|field| field.value);
    let is_class = meta.and_then(|meta| match program.file(class.file).expr(meta).kind {
        ExprKind::Class(id) => Some(id),
        _ => None,
    });
    is_class.is_some_and(|id| {
        let own = members(program, &[ClassRef { file: class.file, id }]);
        own.iter().any(|member| member.name.as_str() == "abstract" && member.value.is_some_and(Node::is_on))
    })
}

/// The class and the abstract ones whose fields it takes over.
fn fields_from(program: &Program<'_>, class: ClassRef) -> Vec<ClassRef> {
    let lineage = program.world().classes.lineage(class);
    let others: Vec<ClassRef> = lineage.iter().skip(1).filter(|other| is_model(program, **other)).copied().collect();
    let theirs: Vec<ClassRef> = others.iter().flat_map(|other| program.world().classes.lineage(*other)).collect();
    lineage.into_iter().filter(|class| !theirs.contains(class)).collect()
}

/// The entity that `settings.AUTH_USER_MODEL` names.
pub(super) fn user_model(program: &Program<'_>) -> Symbol {
    let mut named = program.schema_files().filter_map(|file| {
        let binding =
            program.file(file).bindings.iter().position(|binding| binding.name.as_str() == "AUTH_USER_MODEL")?;
        let defs = program.listing(file).defs.get(&ir::BindingId(binding as u32))?;
        let text = Node::new(program, crate::ids::ExprRef { file, id: defs.first()?.value }).text()?;
        text.rsplit('.').next().map(Symbol::new)
    });
    named.next().unwrap_or_else(|| Symbol::new("auth_user"))
}

struct Model<'a> {
    program: &'a Program<'a>,
    class: ClassRef,
    lineage: Vec<ClassRef>,
    users: &'a Symbol,
}

impl<'a> Model<'a> {
    fn name(&self) -> Symbol {
        class_name(self.program, self.class)
    }

    fn meta(&self, name: &str) -> Option<Node<'a>> {
        meta(self.program, &self.lineage, name)
    }

    fn tables(&self) -> Vec<Entity> {
        let program = self.program;
        let declared = program.file(self.class.file).class(self.class.id);
        let parent = parents(program, self.class).find(|parent| is_model(program, *parent));
        if own_flag(program, self.class, "proxy") {
            let Some(parent) = parent else { return Vec::new() };
            let model = Self { program, class: parent, lineage: fields_from(program, parent), users: self.users };
            let mut found = model.tables();
            found.truncate(1);
            found.iter_mut().for_each(|entity| entity.name = self.name());
            return found;
        }
        let name = self.table_name();
        let mut found = entity(self.name(), table(name, self.class.file, declared.name_span));
        let mut more = Vec::new();
        let members = members(program, &self.lineage);
        for member in &members {
            let Some((call, declares)) = field(member) else { continue };
            if declares == Declares::ManyToMany {
                more.extend(self.pairs_of(member, call, name));
                continue;
            }
            let parts = self.column(member, call, declares);
            found.attributes.push((member.name, parts.column.name));
            if parts.column.name != lower(&member.name) {
                found.attributes.push((parts.column.name, parts.column.name));
            }
            parts.add_to(&mut found.table);
        }
        self.add_builtin(&mut found);
        if !found.table.indexes.iter().any(|index| index.uniqueness == Uniqueness::Primary) {
            let key = match parent {
                Some(parent) => {
                    let parent = class_name(program, parent);
                    let name = lower(&format!("{parent}_ptr_id"));
                    let mut key = ColumnParts::new(name, self.class.file, declared.name_span);
                    key.refer(parent, OnDelete::Cascade);
                    key
                }
                None => ColumnParts::new(Symbol::new("id"), self.class.file, declared.name_span),
            };
            add_key(&mut found, key);
        }
        self.add_meta(&mut found);
        found.default_order = meta_order(program, &self.lineage);
        // Someone else makes such a table.
        found.is_incomplete = self.meta("managed").is_some_and(|managed| !managed.is_on());
        let mut all = vec![found];
        all.extend(more);
        all
    }

    fn table_name(&self) -> Symbol {
        if let Some(name) = self.meta("db_table").and_then(Node::name) {
            return name;
        }
        let label = meta(self.program, &[self.class], "app_label").and_then(Node::text);
        let label = label.unwrap_or_else(|| app_of(self.program.file(self.class.file).path.as_str()).to_owned());
        lower(&format!("{label}_{}", self.name()))
    }

    fn column(&self, member: &Member<'_>, call: Call<'_>, declares: Declares) -> ColumnParts {
        let is_reference = matches!(declares, Declares::Reference | Declares::OneToOne);
        let default = if is_reference { format!("{}_id", member.name) } else { member.name.to_string() };
        let name = call.keyword("db_column").and_then(Node::name).unwrap_or_else(|| lower(&default));
        let mut parts = ColumnParts::new(name, member.file, name_span(member.span, &member.name));
        parts.column.ty = column_type(call);
        parts.column.is_nullable = call.is_on("null");
        if is_reference && call.keyword("db_constraint").is_none_or(Node::is_on) {
            let action = call.argument(1, "on_delete").map(Node::source);
            let target = call.argument(0, "to").map(|to| self.target(to));
            parts.keys = Vec::new();
            if let Some(target) = target {
                parts.refer(target, action.map_or(OnDelete::Cascade, |action| on_delete(&action)));
            }
        }
        let is_indexed_itself = matches!(declares, Declares::Reference | Declares::IndexedColumn);
        let is_indexed = call.keyword("db_index").map_or(is_indexed_itself, Node::is_on);
        if call.is_on("primary_key") || declares == Declares::KeyColumn {
            parts.column.is_nullable = false;
            parts.index(Uniqueness::Primary);
        } else if call.is_on("unique") || declares == Declares::OneToOne {
            parts.index(Uniqueness::Unique);
        } else if is_indexed {
            parts.index(Uniqueness::Plain);
        }
        if !parts.indexes.is_empty() && is_text(&parts.column.ty) {
            parts.indexes.push(for_prefixes(name, &parts.column.ty));
        }
        parts
    }

    /// The entity that a relation leads to.
    fn target(&self, to: Node<'_>) -> Symbol {
        if let Some(class) = to.class() {
            return class_name(self.program, class);
        }
        let text = to.text().unwrap_or_else(|| to.source().trim_start_matches('@').to_owned());
        match text.as_str() {
            "self" => self.name(),
            text if text.contains("AUTH_USER_MODEL") || text.contains("get_user_model") => *self.users,
            text if text.ends_with("User") && *self.users == "auth_user" => *self.users,
            text => {
                let class = text.rsplit('.').next().unwrap_or(text);
                let is_ours = classes(self.program).any(|other| class_name(self.program, other).as_str() == class);
                if is_ours { Symbol::new(class) } else { lower(&text.replace('.', "_")) }
            }
        }
    }

    /// The table of a relation from many to many, with its own key and three indexes.
    fn pairs_of(&self, member: &Member<'_>, call: Call<'_>, table: Symbol) -> Option<Entity> {
        if call.keyword("through").is_some() {
            return None;
        }
        let target = self.target(call.argument(0, "to")?);
        let name = call.keyword("db_table").and_then(Node::name);
        let name = name.unwrap_or_else(|| lower(&format!("{table}_{}", member.name)));
        let model = |name: Symbol| name.as_str().rsplit('_').next().unwrap_or("").to_lowercase();
        let (own, other) = (model(self.name()), model(target));
        let columns = if own == other {
            [format!("from_{own}_id"), format!("to_{own}_id")]
        } else {
            [format!("{own}_id"), format!("{other}_id")]
        };
        let columns = columns.map(|column| Symbol::new(&column));
        let span = name_span(member.span, &member.name);
        let halves = [(columns[0], self.name()), (columns[1], target)];
        let mut table = pairs(name, member.file, span, halves);
        let mut key = ColumnParts::new(Symbol::new("id"), member.file, span);
        key.index(Uniqueness::Primary);
        key.add_to(&mut table);
        table.indexes.push(Index::new(columns, Uniqueness::Unique));
        table.indexes.extend(columns.map(|column| Index::new([column], Uniqueness::Plain)));
        Some(entity(table.name, table))
    }

    /// The columns of the library's own abstract models.
    fn add_builtin(&self, found: &mut Entity) {
        let library = self.program.library(self.class.file);
        for base in self.program.world().classes.library_bases(self.class) {
            for (column, is_unique) in library.columns(base) {
                let span = found.table.span;
                let mut parts = ColumnParts::new(column, self.class.file, span);
                if is_unique {
                    parts.index(Uniqueness::Unique);
                    parts.indexes.push(for_prefixes(column, "charfield"));
                }
                if found.table.columns.iter().all(|own| own.name != column) {
                    parts.add_to(&mut found.table);
                }
            }
        }
    }

    fn add_meta(&self, found: &mut Entity) {
        for (setting, uniqueness) in [("unique_together", Uniqueness::Unique), ("index_together", Uniqueness::Plain)] {
            let Some(value) = self.meta(setting) else { continue };
            let sets = match value.names() {
                Some(names) => vec![names],
                None => value.one_or_items().into_iter().filter_map(Node::names).collect(),
            };
            for set in sets.into_iter().filter(|set| !set.is_empty()) {
                let columns: Vec<Symbol> = set.into_iter().map(|name| column_of(found, name)).collect();
                found.table.indexes.push(Index::new(columns, uniqueness));
            }
        }
        let listed = ["indexes", "constraints"].iter().filter_map(|setting| self.meta(setting));
        let calls: Vec<Call<'_>> = listed.flat_map(Node::one_or_items).filter_map(Node::call).collect();
        for call in calls {
            let uniqueness = match call.declares() {
                Some(Declares::Index) => Uniqueness::Plain,
                Some(Declares::Unique) => Uniqueness::Unique,
                _ => continue,
            };
            let index = index(found, call, uniqueness);
            found.table.indexes.push(index);
        }
    }
}

fn add_key(found: &mut Entity, mut key: ColumnParts) {
    key.column.is_nullable = false;
    key.column.ty = "bigint".to_owned();
    key.index(Uniqueness::Primary);
    found.attributes.push((key.column.name, key.column.name));
    if key.column.name.as_str() == "id" {
        found.attributes.push((Symbol::new("pk"), key.column.name));
    }
    key.add_to(&mut found.table);
}

/// What a field's value declares, also where its class is the project's or an unknown package's.
fn field<'a>(member: &Member<'a>) -> Option<(Call<'a>, Declares)> {
    let call = member.value?.call()?;
    if let Some(declares) = call.declares() {
        return Some((call, declares));
    }
    let program = call.node.program;
    let library = program.library(call.node.expr.file);
    let of_class = call.callee.class().and_then(|class| {
        let bases = program.world().classes.library_bases(class);
        bases.into_iter().find_map(|base| library.call(base)?.declares)
    });
    let is_unknown = || call.callee.class().is_none() && call.name().ends_with("Field");
    let declares = of_class.or_else(|| is_unknown().then_some(Declares::Column))?;
    Some((call, declares))
}

fn column_type(call: Call<'_>) -> String {
    let own = type_text(call.callee);
    let program = call.node.program;
    let base = call.callee.class().and_then(|class| program.world().classes.library_bases(class).into_iter().next());
    base.map_or(own, |base| ir::final_segment(&base).to_lowercase())
}

fn is_text(ty: &str) -> bool {
    matches!(
        ty,
        "charfield"
            | "textfield"
            | "slugfield"
            | "emailfield"
            | "urlfield"
            | "filefield"
            | "imagefield"
            | "filepathfield"
            | "commaseparatedintegerfield"
    )
}

/// PostgreSQL gets a second index on texts, for searches by a prefix.
fn for_prefixes(column: Symbol, ty: &str) -> Index {
    let mut index = Index::new([column], Uniqueness::Plain);
    let operators = if ty == "textfield" { "text_pattern_ops" } else { "varchar_pattern_ops" };
    index.parts.iter_mut().for_each(|part| part.operators = Some(Symbol::new(operators)));
    index
}

fn column_of(found: &Entity, name: Symbol) -> Symbol {
    let known = found.attributes.iter().find(|(own, _)| lower(own) == name);
    known.map_or(name, |(_, column)| *column)
}

fn index(found: &Entity, call: Call<'_>, uniqueness: Uniqueness) -> Index {
    let fields = call.keyword("fields").map_or_else(Vec::new, Node::one_or_items);
    let mut keys: Vec<String> = fields.into_iter().filter_map(Node::text).collect();
    keys.extend(call.unnamed().filter_map(expression));
    let keys: Vec<String> = keys
        .iter()
        .map(|key| match key.strip_prefix('-') {
            Some(name) => format!("{} DESC", column_of(found, lower(name))),
            None => column_of(found, Symbol::new(key)).to_string(),
        })
        .collect();
    let condition =
        call.keyword("condition").map(|condition| q_text(found, condition).unwrap_or_else(|| condition.source()));
    let mut index = index_of(&keys, condition.as_deref(), uniqueness);
    let kind = call.name();
    index.method = method(kind.strip_suffix("Index").filter(|kind| *kind != "BTree").unwrap_or(""));
    index.name = call.keyword("name").and_then(Node::name);
    index.include = call.keyword("include").and_then(Node::names).unwrap_or_default();
    for (part, operators) in
        index.parts.iter_mut().zip(call.keyword("opclasses").and_then(Node::names).unwrap_or_default())
    {
        part.operators = Some(operators);
    }
    index
}

/// `Lower("name")`, `F("created").desc()`.
fn expression(node: Node<'_>) -> Option<String> {
    if let Some(text) = node.text().filter(|_| matches!(node.kind(), ExprKind::Text(_))) {
        return Some(text);
    }
    let call = node.call()?;
    match call.name() {
        "desc" => Some(format!("{} DESC", expression(call.receiver()?)?)),
        "asc" => expression(call.receiver()?),
        "F" | "Collate" => call.arg(0)?.text(),
        "OpClass" => expression(call.arg(0)?),
        name => {
            let args: Vec<String> = call.unnamed().filter_map(expression).collect();
            Some(format!("{}({})", name.to_lowercase(), args.join(", ")))
        }
    }
}

/// `Q(deleted_at__isnull=True, status="new")` in SQL.
fn q_text(found: &Entity, node: Node<'_>) -> Option<String> {
    let call = node.call().filter(|call| call.name() == "Q")?;
    let conjuncts: Option<Vec<String>> = call
        .args
        .iter()
        .map(|arg| {
            let (path, value) = (arg.name?, node.at(arg.value));
            let (field, lookup) = path.as_str().rsplit_once("__").unwrap_or((path.as_str(), "exact"));
            let column = column_of(found, lower(field));
            match (lookup, value.kind()) {
                ("isnull", ExprKind::Bool(true)) => Some(format!("{column} IS NULL")),
                ("isnull", ExprKind::Bool(false)) => Some(format!("{column} IS NOT NULL")),
                ("exact", ExprKind::Bool(is_true)) => Some(format!("{column} = {is_true}")),
                ("exact", ExprKind::Number(number)) => Some(format!("{column} = {number}")),
                ("exact", _) => Some(format!("{column} = '{}'", value.text()?)),
                _ => None,
            }
        })
        .collect();
    conjuncts.map(|conjuncts| conjuncts.join(" AND "))
}

/// The application that a file belongs to: the folder of its `models`.
fn app_of(path: &str) -> &str {
    let mut folders: Vec<&str> = path.split('/').collect();
    folders.pop();
    let at = folders.iter().rposition(|folder| *folder == "models");
    let at = at.unwrap_or(folders.len());
    at.checked_sub(1).and_then(|at| folders.get(at)).copied().unwrap_or("")
}
