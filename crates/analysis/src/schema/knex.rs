//! Knex's schema builder: `schema.createTable("users", (table) => { … })`.

use ir::{Change, ExprKind, ForeignKey, Index, OnDelete, Symbol, Uniqueness};

use super::node::{Call, Node, lower};
use super::parts::{ColumnParts, index_of, method, named_text, on_delete, table};
use crate::ids::{ExprRef, FnRef};

/// The changes that a call on a schema makes.
pub(super) fn changes(call: Call<'_>) -> Option<Vec<Change>> {
    let table = || call.arg(0).map(Node::texts).filter(|names| !names.is_empty());
    let with_body = |is_new: bool, if_absent: bool| {
        let body = *call.arg(1)?.functions().first()?;
        let tables = table()?;
        Some(
            tables.iter().flat_map(|name| Body { call, table: lower(name), is_new }.changes(body, if_absent)).collect(),
        )
    };
    match call.name() {
        "createTable" => with_body(true, false),
        "createTableIfNotExists" => with_body(true, true),
        "alterTable" | "table" => with_body(false, false),
        "dropTable" | "dropTableIfExists" | "dropSchema" if call.args.len() == 1 => {
            let if_exists = call.name() != "dropTable";
            let tables = table()?.into_iter();
            Some(tables.map(|name| Change::DropTable { table: lower(&name), if_exists }).collect())
        }
        "renameTable" => {
            let (from, to) = (call.arg(0)?.name()?, call.arg(1)?.name()?);
            Some(vec![Change::RenameTable { from, to }])
        }
        _ => None,
    }
}

struct Body<'a> {
    call: Call<'a>,
    table: Symbol,
    is_new: bool,
}

/// What a statement of the body does.
enum Step {
    Column(ColumnParts),
    Index(Index),
    Key(ForeignKey),
    Change(Change),
    Other,
}

impl Body<'_> {
    fn changes(&self, body: FnRef, if_absent: bool) -> Vec<Change> {
        let program = self.call.node.program;
        let file = body.file;
        let listing = program.listing(file);
        let steps = listing.sites_of(body.id).iter().filter(|site| {
            // Only whole chains: a call that another one is called on is a part of it.
            let parent = listing.parent(site.call).map(|parent| &program.file(file).expr(parent).kind);
            !matches!(parent, Some(ExprKind::Member { base, .. }) if *base == site.call)
        });
        let steps = steps.flat_map(|site| self.steps(Node::new(program, ExprRef { file, id: site.call })));
        let span = self.call.arg(0).map_or(self.call.node.span(), Node::span);
        let mut new = table(self.table, self.call.node.expr.file, span);
        let mut changes = Vec::new();
        for step in steps {
            match step {
                Step::Column(parts) if self.is_new => parts.add_to(&mut new),
                Step::Column(parts) => changes.extend(parts.changes(self.table)),
                Step::Index(index) if self.is_new => new.indexes.push(index),
                Step::Index(index) => {
                    changes.push(Change::AddIndex { table: self.table, index, if_absent: false, table_span: span });
                }
                Step::Key(key) if self.is_new => new.foreign_keys.push(key),
                Step::Key(key) => changes.push(Change::AddForeignKey { table: self.table, key, table_span: span }),
                Step::Change(change) => changes.push(change),
                Step::Other => {}
            }
        }
        if self.is_new {
            changes.insert(0, Change::CreateTable { table: new, if_absent });
        }
        changes
    }

    fn steps(&self, node: Node<'_>) -> Vec<Step> {
        let (_, links) = node.chain();
        let Some((first, marks)) = links.split_first() else { return Vec::new() };
        let name = |number: usize| first.arg(number).and_then(Node::name);
        let listed = || first.arg(0).and_then(Node::names);
        let index_name =
            |number: usize| name(number).or_else(|| named_text(*first, "indexName").map(|name| lower(&name)));
        let default_name = |columns: &[Symbol], end: &str| {
            let columns: Vec<&str> = columns.iter().map(|column| column.as_str()).collect();
            lower(&format!("{}_{}_{end}", self.table, columns.join("_")))
        };
        let drop_named = |number: usize, end: &str| {
            let name = name(number).or_else(|| Some(default_name(&listed()?, end)));
            name.map_or(Step::Other, |name| Step::Change(Change::DropConstraint { table: self.table, name }))
        };
        match first.name() {
            "timestamps" => {
                let is_camel =
                    first.arg(2).is_some_and(Node::is_on) || first.option("useCamelCase").is_some_and(Node::is_on);
                let names = if is_camel { ["createdat", "updatedat"] } else { ["created_at", "updated_at"] };
                let column = |name| {
                    let mut parts = ColumnParts::new(Symbol::new(name), node.expr.file, first.node.span());
                    parts.column.ty = "timestamp".to_owned();
                    Step::Column(parts)
                };
                names.into_iter().map(column).collect()
            }
            "index" | "unique" | "primary" => {
                let Some(columns) = listed() else { return vec![Step::Other] };
                let uniqueness = match first.name() {
                    "unique" => Uniqueness::Unique,
                    "primary" => Uniqueness::Primary,
                    _ => Uniqueness::Plain,
                };
                let end = if uniqueness == Uniqueness::Plain { "index" } else { "unique" };
                let mut index = Index::new(columns.iter().copied(), uniqueness);
                if uniqueness != Uniqueness::Primary {
                    index.name = Some(index_name(1).unwrap_or_else(|| default_name(&columns, end)));
                }
                let kind = named_text(*first, "indexType").or_else(|| first.arg(2).and_then(Node::text));
                index.method = method(&kind.unwrap_or_default());
                if let Some(condition) = first.option("predicate") {
                    index.predicate.push(condition.source());
                }
                vec![Step::Index(index)]
            }
            "foreign" => {
                let Some(columns) = listed() else { return vec![Step::Other] };
                let name = index_name(1).unwrap_or_else(|| default_name(&columns, "foreign"));
                let key = reference(marks, columns).map(|key| ForeignKey { name: Some(name), ..key });
                vec![key.map_or(Step::Other, Step::Key)]
            }
            "dropColumn" | "dropColumns" => {
                let columns = first.unnamed().flat_map(Node::one_or_items).filter_map(Node::name);
                columns.map(|column| Step::Change(Change::DropColumn { table: self.table, column })).collect()
            }
            "dropTimestamps" => ["created_at", "updated_at"]
                .map(|column| Step::Change(Change::DropColumn { table: self.table, column: Symbol::new(column) }))
                .into(),
            "renameColumn" => match (name(0), name(1)) {
                (Some(from), Some(to)) => vec![Step::Change(Change::RenameColumn { table: self.table, from, to })],
                _ => vec![Step::Other],
            },
            "dropPrimary" => vec![Step::Change(Change::DropPrimaryKey { table: self.table })],
            "dropIndex" => vec![drop_named(1, "index")],
            "dropUnique" => vec![drop_named(1, "unique")],
            "dropForeign" => vec![drop_named(1, "foreign")],
            "setNullable" | "dropNullable" => {
                let is_nullable = first.name() == "setNullable";
                let column = name(0);
                vec![column.map_or(Step::Other, |column| {
                    Step::Change(Change::SetNullable { table: self.table, column, is_nullable })
                })]
            }
            "raw" | "comment" | "charset" | "collate" | "engine" | "inherits" | "check" | "queryContext" => {
                vec![Step::Other]
            }
            _ => self.column(*first, marks),
        }
    }

    /// `table.integer("user_id").notNullable().references("id").inTable("users").onDelete("CASCADE").index()`.
    fn column(&self, first: Call<'_>, marks: &[Call<'_>]) -> Vec<Step> {
        let is_key = matches!(first.name(), "increments" | "bigIncrements" | "bigincrements" | "smallIncrements");
        let named = first.arg(0).and_then(|name| Some((name.name()?, name.span())));
        let Some((name, span)) = named.or_else(|| is_key.then(|| (Symbol::new("id"), first.node.span()))) else {
            return vec![Step::Other];
        };
        // Other things are called in the body as well.
        let is_on_table =
            first.receiver().is_some_and(|receiver| matches!(receiver.kind(), ExprKind::Local(_) | ExprKind::This));
        if !is_on_table {
            return vec![Step::Other];
        }
        let has = |mark: &str| marks.iter().any(|call| call.name() == mark);
        let mut parts = ColumnParts::new(name, first.node.expr.file, span);
        let is_specific = first.name() == "specificType";
        parts.column.ty = first
            .arg(1)
            .filter(|_| is_specific)
            .and_then(Node::text)
            .unwrap_or_else(|| first.name().to_owned())
            .to_lowercase();
        parts.column.is_nullable = !has("notNullable") && !is_key && !has("primary");
        if has("alter") {
            let table = self.table;
            let ty = parts.column.ty;
            return vec![
                Step::Change(Change::SetType { table, column: name, ty }),
                Step::Change(Change::SetNullable { table, column: name, is_nullable: parts.column.is_nullable }),
            ];
        }
        let is_key = is_key && first.option("primaryKey").is_none_or(Node::is_on);
        if is_key || has("primary") {
            parts.index(Uniqueness::Primary);
        }
        for mark in marks {
            let (uniqueness, end) = match mark.name() {
                "unique" => (Uniqueness::Unique, "unique"),
                "index" => (Uniqueness::Plain, "index"),
                _ => continue,
            };
            let own = mark.arg(0).and_then(Node::name);
            let name = own.unwrap_or_else(|| lower(&format!("{}_{name}_{end}", self.table)));
            let index = index_of(&[parts.column.name.to_string()], None, uniqueness);
            parts.indexes.push(Index { name: Some(name), ..index });
        }
        if let Some(key) = reference(marks, vec![name]) {
            let own = lower(&format!("{}_{name}_foreign", self.table));
            parts.keys.push(ForeignKey { name: Some(own), ..key });
        }
        vec![Step::Column(parts)]
    }
}

/// What `references`, `inTable` and `onDelete` say.
fn reference(marks: &[Call<'_>], columns: Vec<Symbol>) -> Option<ForeignKey> {
    let text = |name: &str| marks.iter().find(|call| call.name() == name)?.arg(0).and_then(Node::text);
    let target = marks.iter().find(|call| call.name() == "references")?.arg(0)?;
    let target = target.text().or_else(|| target.items()?.first()?.text())?;
    let table = text("inTable")
        .or_else(|| text("on"))
        .or_else(|| target.rsplit_once('.').map(|(table, _)| table.to_owned()))?;
    let table = table.rsplit('.').next().map(lower)?;
    let action = text("onDelete").map_or(OnDelete::Refuse, |action| on_delete(&action));
    let is_indexed = false;
    Some(ForeignKey { name: None, columns, table, on_delete: action, is_indexed })
}
