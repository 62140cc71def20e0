//! Drizzle's tables: `pgTable("users", { … }, (table) => [ … ])`.

use ir::{Entity, ExprKind, ForeignKey, Index, IndexMethod, OnDelete, Relation, Symbol, TextPart, Uniqueness};

use super::members::snake_case;
use super::node::{Call, Node, lower};
use super::parts::{ColumnParts, entity, fragment, index_of, key, method, on_delete, table};
use crate::ids::ExprRef;
use crate::models::Declares;
use crate::program::Program;
use crate::roles::Role;

pub(super) fn collect(program: &Program<'_>) -> Vec<Entity> {
    let is_snake = has_snake_casing(program);
    let calls = |at: ExprRef| Node::new(program, at).call().filter(|_| program.role(at.file) != Role::Test);
    let mut entities: Vec<Entity> = program.each_site(|_, at| {
        let call = calls(at)?;
        Reader { name: table_name(call)?, is_snake }.table(call)
    });
    let relations = if entities.is_empty() { Vec::new() } else { program.each_site(|_, at| relations(calls(at)?)) };
    for (owner, relations) in relations {
        for entity in entities.iter_mut().filter(|entity| entity.name == owner) {
            let found = relations.iter().map(|(relation, fields)| Relation {
                columns: fields.iter().filter_map(|field| column_of(entity, *field)).collect(),
                ..relation.clone()
            });
            let found: Vec<Relation> = found.collect();
            entity.relations.extend(found);
        }
    }
    entities
}

/// A field that stands for rows of another table, and what of the table's own columns it names.
type Field<'a> = (Relation, Vec<Node<'a>>);

/// `relations(users, ({ many }) => ({ posts: many(posts) }))`: the table's name in code, and its fields.
fn relations(call: Call<'_>) -> Option<(Symbol, Vec<Field<'_>>)> {
    if call.name() != "relations" {
        return None;
    }
    let owner = name_in_code(call.arg(0)?)?;
    let listed = call.arg(1)?.results().first().copied()?.entries()?;
    let found = listed.into_iter().filter_map(|(name, value)| {
        let field = value.call().filter(|field| matches!(field.name(), "one" | "many"))?;
        let relation = Relation {
            name,
            entity: name_in_code(field.arg(0)?)?,
            label: field.option("relationName").and_then(Node::name),
            is_list: field.name() == "many",
            columns: Vec::new(),
        };
        Some((relation, field.option("fields").and_then(Node::items).unwrap_or_default()))
    });
    Some((owner, found.collect()))
}

/// `casing: "snake_case"`, in a configuration or as a constant of such a name.
fn has_snake_casing(program: &Program<'_>) -> bool {
    program.schema_files().any(|file| {
        let is_casing = |name: &Symbol| name.to_ascii_lowercase().ends_with("casing");
        let source = program.file(file);
        let says = |id| Node::new(program, ExprRef { file, id }).text().is_some_and(|text| text == "snake_case");
        let in_records = source.exprs.iter().any(|expr| match &expr.kind {
            ExprKind::Record(entries) => {
                entries.iter().any(|entry| entry.key.is_some_and(|key| is_casing(&key)) && says(entry.value))
            }
            _ => false,
        });
        in_records || {
            let bindings = source.bindings.iter().enumerate().filter(|(_, binding)| is_casing(&binding.name));
            let defs = bindings.filter_map(|(id, _)| program.listing(file).defs.get(&ir::BindingId(id as u32)));
            defs.flatten().any(|def| def.parts.is_empty() && says(def.value))
        }
    })
}

/// The name in the database, if the call makes a table.
fn table_name(call: Call<'_>) -> Option<Symbol> {
    let is_declared = call.declares() == Some(Declares::Table);
    let maker = || {
        let maker = if call.name() == "table" { call.receiver()? } else { call.callee };
        maker.call().filter(|maker| maker.declares() == Some(Declares::TableMaker))
    };
    // What other tools declare has other arguments.
    let is_built = |node: Node<'_>| matches!(node.resolved().kind(), ExprKind::Record(_) | ExprKind::Function(_));
    let maker = if is_declared { None } else { Some(maker()?) };
    let name = call.arg(0)?.text()?;
    call.arg(1).filter(|columns| is_built(*columns))?;
    if is_declared && call.receiver().is_none_or(|receiver| receiver.class().is_none()) && call.name() != "define" {
        return Some(lower(&name));
    }
    let maker = maker?;
    let prefixed = maker.arg(0).and_then(|style| style.results().first().copied()).and_then(|text| match text.kind() {
        ExprKind::Text(parts) => Some(
            parts
                .iter()
                .map(|part| match part {
                    TextPart::Literal { value, .. } => value.to_string(),
                    TextPart::Hole(_) => name.clone(),
                })
                .collect::<String>(),
        ),
        _ => None,
    });
    Some(lower(&prefixed.unwrap_or(name)))
}

struct Reader {
    name: Symbol,
    is_snake: bool,
}

impl Reader {
    fn table(&self, call: Call<'_>) -> Option<Entity> {
        let program = call.node.program;
        let source = program.file(call.node.expr.file);
        let listing = program.listing(call.node.expr.file);
        let mut whole = call.node.expr.id;
        // `pgTable(…).enableRLS()`
        while let Some(outer) = listing.parent(whole).filter(|outer| match &source.expr(*outer).kind {
            ExprKind::Member { base, .. } => *base == whole,
            ExprKind::Call { callee, .. } => *callee == whole,
            _ => false,
        }) {
            whole = outer;
        }
        let bound = listing.bound_to(source, whole);
        let name = bound.map_or(self.name, |binding| source.binding(binding).name);
        let mut found = entity(name, table(self.name, call.node.expr.file, call.arg(0)?.span()));
        for (name, value) in call.arg(1)?.entries()? {
            if let Some(parts) = self.column(name, value) {
                found.attributes.push((name, parts.column.name));
                parts.add_to(&mut found.table);
            }
        }
        let extras = call.arg(2).map_or_else(Vec::new, Node::results);
        for extra in extras {
            let listed = extra.items().or_else(|| Some(extra.entries()?.into_iter().map(|(_, value)| value).collect()));
            listed.unwrap_or_default().into_iter().for_each(|part| self.add_extra(&mut found, part));
        }
        (!found.table.columns.is_empty()).then_some(found)
    }

    /// `uuid("user_id").notNull().references(() => users.id, { onDelete: "cascade" })`.
    fn column(&self, name: Symbol, value: Node<'_>) -> Option<ColumnParts> {
        let (_, links) = whole_chain(value);
        let (kind, marks) = links.split_first()?;
        let own = kind.arg(0).and_then(Node::text);
        let default = || if self.is_snake { snake_case(&name) } else { name.to_string() };
        let named = own.is_some();
        let column = lower(&own.unwrap_or_else(default));
        let span = if named { kind.arg(0)?.span() } else { kind.node.span() };
        let mut parts = ColumnParts::new(column, kind.node.expr.file, span);
        parts.column.ty = kind.name().to_lowercase();
        for mark in marks {
            match mark.name() {
                "primaryKey" => {
                    parts.column.is_nullable = false;
                    parts.index(Uniqueness::Primary);
                }
                "unique" => {
                    let name = mark.arg(0).and_then(Node::name);
                    parts.indexes.push(Index { name, ..Index::new([column], Uniqueness::Unique) });
                }
                "notNull" => parts.column.is_nullable = false,
                "references" => {
                    let Some(target) = mark.arg(0).and_then(|target| target.results().first().copied()) else {
                        continue;
                    };
                    let action = mark.option("onDelete").and_then(Node::text);
                    let action = action.map_or(OnDelete::Refuse, |action| on_delete(&action));
                    if let Some(table) = owner(target).or_else(|| self_owner(target, self.name)) {
                        parts.refer(table, action);
                    }
                }
                _ => {}
            }
        }
        Some(parts)
    }

    fn add_extra(&self, found: &mut Entity, part: Node<'_>) {
        let (_, links) = whole_chain(part);
        let Some((first, marks)) = links.split_first() else { return };
        let name = first.arg(0).and_then(Node::name);
        match first.name() {
            "index" | "uniqueIndex" | "unique" | "uniqueKey" => {
                let uniqueness = if first.name() == "index" { Uniqueness::Plain } else { Uniqueness::Unique };
                let index = index(found, marks, uniqueness);
                found.table.indexes.extend(index.map(|index| Index { name, ..index }));
            }
            "primaryKey" => {
                let listed = first.option("columns");
                let columns = listed.map_or_else(|| first.unnamed().collect(), Node::one_or_items);
                let columns: Vec<Symbol> = columns.into_iter().filter_map(|column| column_of(found, column)).collect();
                found.table.indexes.push(Index::new(columns, Uniqueness::Primary));
            }
            "foreignKey" => {
                let list = |name: &str| first.option(name).and_then(Node::items).unwrap_or_default();
                let columns: Vec<Symbol> =
                    list("columns").into_iter().filter_map(|column| column_of(found, column)).collect();
                let target = list("foreignColumns")
                    .first()
                    .and_then(|column| owner(*column).or_else(|| self_owner(*column, self.name)));
                let action = marks.iter().find(|mark| mark.name() == "onDelete").and_then(|mark| mark.arg(0)?.text());
                let action = action.map_or(OnDelete::Refuse, |action| on_delete(&action));
                let name = first.option("name").and_then(Node::name);
                found
                    .table
                    .foreign_keys
                    .extend(target.map(|target| ForeignKey { name, ..key(columns, target, action) }));
            }
            _ => {}
        }
    }
}

/// The calls of a chain, also where a name stands for its beginning.
fn whole_chain(node: Node<'_>) -> (Node<'_>, Vec<Call<'_>>) {
    let (mut first, mut links) = node.resolved().chain();
    // `id: baseId().unique()` with a helper of the project.
    if let Some(call) = links.first().filter(|call| call.receiver().is_none()).copied()
        && let Some(result) =
            call.node.results().first().filter(|result| matches!(result.kind(), ExprKind::Call { .. }))
    {
        let (base, mut inner) = result.chain();
        inner.extend(links.drain(1..));
        (first, links) = (base, inner);
    }
    // `t.text("name")` begins with the builder, which is no call.
    (first, links)
}

/// The table that a column object belongs to, by its name in code, or else in the database.
fn owner(column: Node<'_>) -> Option<Symbol> {
    let ExprKind::Member { base, .. } = column.kind() else { return None };
    let base = column.at(*base);
    if is_parameter(base) {
        return None;
    }
    name_in_code(base)
}

/// What code calls a table.
fn name_in_code(table: Node<'_>) -> Option<Symbol> {
    // `pgTable(…).enableRLS()` is still that table.
    let made = table.resolved();
    let bound = made.program.listing(made.expr.file).bound_to(made.program.file(made.expr.file), made.expr.id);
    let name = bound.map(|binding| made.program.file(made.expr.file).binding(binding).name);
    name.or_else(|| table.written_name())
}

/// The callback's own parameter stands for the table itself.
fn self_owner(column: Node<'_>, own: Symbol) -> Option<Symbol> {
    let ExprKind::Member { base, .. } = column.kind() else { return None };
    is_parameter(column.at(*base)).then_some(own)
}

fn is_parameter(node: Node<'_>) -> bool {
    match node.kind() {
        ExprKind::Local(binding) => node.program.file(node.expr.file).binding(*binding).kind == ir::BindingKind::Param,
        _ => false,
    }
}

fn column_of(found: &Entity, node: Node<'_>) -> Option<Symbol> {
    let name = node.written_name()?;
    let known = found.attributes.iter().find(|(own, _)| *own == name);
    Some(known.map_or_else(|| lower(&name), |(_, column)| *column))
}

fn index(found: &Entity, marks: &[Call<'_>], uniqueness: Uniqueness) -> Option<Index> {
    let mut keys = Vec::new();
    let mut condition = None;
    let mut kind = IndexMethod::Ordered;
    let mut operators = Vec::new();
    for mark in marks {
        match mark.name() {
            "on" | "onOnly" => keys.extend(mark.unnamed()),
            "using" => {
                kind = method(&mark.arg(0)?.text().unwrap_or_default());
                keys.extend(mark.unnamed().skip(1));
            }
            "where" => condition = mark.arg(0).map(|condition| sql_text(found, condition)),
            _ => {}
        }
    }
    let texts: Vec<String> = keys
        .into_iter()
        .map(|key| {
            let (first, links) = key.chain();
            let is_column =
                matches!(first.kind(), ExprKind::Member { .. } | ExprKind::Local(_)) && fragment(key).is_none();
            operators.push(links.iter().find(|link| link.name() == "op").and_then(|link| link.arg(0)?.name()));
            if !is_column {
                return sql_text(found, key);
            }
            let has = |name: &str| links.iter().any(|link| link.name() == name);
            let column = match first.kind() {
                // The first link's receiver is the column.
                ExprKind::Member { .. } | ExprKind::Local(_) => column_of(found, first),
                _ => None,
            };
            let column = column.map_or_else(|| first.source(), |column| column.to_string());
            let nulls = match (has("nullsFirst"), has("nullsLast"), has("desc")) {
                (true, ..) => " NULLS FIRST",
                // The order that Drizzle writes where nothing is said.
                (_, true, _) | (_, _, true) => " NULLS LAST",
                _ => "",
            };
            if has("desc") { format!("{column} DESC{nulls}") } else { format!("{column}{nulls}") }
        })
        .collect();
    let mut index = index_of(&texts, condition.as_deref(), uniqueness);
    index.method = kind;
    for (part, operators) in index.parts.iter_mut().zip(operators) {
        part.operators = part.operators.or(operators);
    }
    (!index.parts.is_empty()).then_some(index)
}

/// SQL with columns filled in, by their names in the database; or a condition as code has it.
fn sql_text(found: &Entity, node: Node<'_>) -> String {
    if let Some(mut text) = fragment(node) {
        for (name, column) in &found.attributes {
            if name != column {
                text = replace_word(&text, name, column);
            }
        }
        return text;
    }
    let Some(call) = node.call() else { return node.source() };
    let operand = |number: usize| {
        call.arg(number).map(|arg| match arg.text() {
            Some(text) => format!("'{text}'"),
            None => column_of(found, arg).map_or_else(|| arg.source(), |column| column.to_string()),
        })
    };
    let both = |sign: &str| Some(format!("{} {sign} {}", operand(0)?, operand(1)?));
    let text = match call.name() {
        "isNull" => operand(0).map(|column| format!("{column} IS NULL")),
        "isNotNull" => operand(0).map(|column| format!("{column} IS NOT NULL")),
        "eq" => both("="),
        "ne" => both("<>"),
        "lt" => both("<"),
        "gt" => both(">"),
        "and" => Some(call.unnamed().map(|part| sql_text(found, part)).collect::<Vec<_>>().join(" AND ")),
        _ => None,
    };
    text.unwrap_or_else(|| node.source())
}

fn replace_word(text: &str, word: &str, by: &str) -> String {
    let is_part = |char: char| char.is_alphanumeric() || char == '_';
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        let is_whole = !before.ends_with(is_part) && !after.starts_with(is_part);
        out.push_str(before);
        out.push_str(if is_whole { by } else { word });
        rest = after;
    }
    out + rest
}
