//! Rows of other tables that come with a query's rows: `include: { orders: true }` of Prisma, `relations: ["orders"]` of TypeORM, `with: { orders: true }` of Drizzle,
//! `include: [Order]` of Sequelize, `select("*, orders(*)")` of PostgREST; and what a filter asks of other tables.

use ir::{Entry, ExprKind, PredicateOp, Span, Symbol, Table, TextPart};

use super::chain::Chain;
use super::conditions::add_options;
use super::entity::add_entity;
use super::records::conditions_of_filter;
use super::{Certainty, Condition, QueryUse, Shape, access};
use crate::ids::{ExprRef, FileId, FnRef};
use crate::models::Query;
use crate::program::Program;
use crate::schema::Related;
use crate::values::Atom;

/// Relations of relations are followed so deep.
const MAX_DEPTH: u32 = 6;
/// The steps of a chain that are looked at.
const MAX_STEPS: u32 = 40;

/// The nested queries of all queries, in their order. Each has the call and the site of the one that it belongs to.
pub(crate) fn solve(program: &Program<'_>) -> Vec<QueryUse> {
    let mut found = Vec::new();
    for query in program.queries().iter().filter(|query| query.sql.is_none()) {
        let Some(entity) = query.entity else { continue };
        let mut nested = Nested { program, query, found: &mut found };
        if let Some(options) = nested.options() {
            nested.options_of(entity, options, 0);
        }
        nested.embedded(entity);
    }
    access::solve(program, &mut found);
    found
}

/// The entities to which queries add rows along with their own, `data: { items: { create: [ … ] } }`, and the functions that do.
pub(super) fn created(program: &Program<'_>) -> Vec<(Symbol, FnRef)> {
    let mut created = Vec::new();
    for query in program.queries().iter().filter(|query| query.sql.is_none() && query.shape == Shape::Write) {
        let Some(entity) = query.entity else { continue };
        let nested = Nested { program, query, found: &mut Vec::new() };
        let Some(options) = nested.options() else { continue };
        let mut entities = Vec::new();
        for (record, entries) in nested.records(options) {
            let is_data = |entry: &&Entry| entry.key.is_some_and(|key| matches!(&*key, "data" | "create" | "update"));
            for entry in entries.iter().filter(is_data) {
                nested.created(entity, ExprRef { file: record.file, id: entry.value }, &mut entities, 0);
            }
        }
        created.extend(entities.into_iter().map(|entity| (entity, query.function)));
    }
    created
}

struct Nested<'a, 'f> {
    program: &'a Program<'a>,
    query: &'a QueryUse,
    found: &'f mut Vec<QueryUse>,
}

impl<'a> Nested<'a, '_> {
    fn options(&self) -> Option<ExprRef> {
        let argument = self.program.model(self.query.at)?.options_argument?;
        let ExprKind::Call { args, .. } = self.program.kind(self.query.at) else { return None };
        Some(ExprRef { file: self.query.at.file, id: args.get(argument)?.value })
    }

    /// The records that an expression is, or that its name stands for.
    fn records(&self, expr: ExprRef) -> Vec<(ExprRef, &'a [Entry])> {
        let record = |at: ExprRef| match self.program.kind(at) {
            ExprKind::Record(entries) => Some((at, entries.as_slice())),
            _ => None,
        };
        let named = || {
            self.program.value(expr).iter().filter_map(|atom| match atom {
                Atom::Record(found) => record(*found),
                _ => None,
            })
        };
        record(expr).map_or_else(|| named().collect(), |own| vec![own])
    }

    fn related(&self, entity: Symbol, name: Symbol) -> Option<Related> {
        self.program.related(entity, name)
    }

    /// What the record of a row says of rows that are made with it.
    fn created(&self, entity: Symbol, row: ExprRef, entities: &mut Vec<Symbol>, depth: u32) {
        if depth > MAX_DEPTH {
            return;
        }
        let fields = self.records(row).into_iter().flat_map(|(record, entries)| {
            entries.iter().map(move |entry| (entry.key, ExprRef { file: record.file, id: entry.value }))
        });
        for (key, value) in fields {
            let Some(related) = key.and_then(|key| self.related(entity, key)) else { continue };
            for (record, entries) in self.records(value) {
                let is_made = |entry: &&Entry| {
                    entry.key.is_some_and(|key| matches!(&*key, "create" | "createMany" | "connectOrCreate" | "upsert"))
                };
                for entry in entries.iter().filter(is_made) {
                    entities.push(related.target);
                    let made = ExprRef { file: record.file, id: entry.value };
                    self.created(related.target, made, entities, depth + 1);
                }
            }
        }
    }

    fn options_of(&mut self, entity: Symbol, options: ExprRef, depth: u32) {
        if depth > MAX_DEPTH {
            return;
        }
        for (record, entries) in self.records(options) {
            for entry in entries {
                let value = ExprRef { file: record.file, id: entry.value };
                match entry.key.map(Symbol::as_str) {
                    Some("include" | "select" | "relations" | "with") => match self.program.kind(value) {
                        ExprKind::List(items) => {
                            let listed = items.iter().map(|id| ExprRef { file: value.file, id: *id });
                            listed.for_each(|item| self.listed(entity, item, depth));
                        }
                        _ => self.relations(entity, value, depth),
                    },
                    Some("where") if depth == 0 => self.asked(entity, value),
                    _ => {}
                }
            }
        }
    }

    /// `{ orders: true, author: { select: { … } }, _count: { select: { comments: true } } }`.
    fn relations(&mut self, entity: Symbol, selected: ExprRef, depth: u32) {
        for (record, entries) in self.records(selected) {
            for Entry { key, value } in entries {
                let (Some(key), value) = (*key, ExprRef { file: record.file, id: *value }) else { continue };
                if key == "_count" {
                    self.counts(entity, value);
                } else if let Some(related) = self.related(entity, key) {
                    self.relation(&related, value, depth);
                }
            }
        }
    }

    /// `"items.product"`; `Item`, `{ model: Item, include: [Product] }`.
    fn listed(&mut self, entity: Symbol, item: ExprRef, depth: u32) {
        if let ExprKind::Text(parts) = self.program.kind(item) {
            let [TextPart::Literal { value, .. }] = parts.as_slice() else { return };
            let mut last = None;
            let mut owner = entity;
            for name in value.split('.') {
                last = self.related(owner, Symbol::new(name));
                let Some(Related { target, .. }) = last else { return };
                owner = target;
            }
            if let Some(Related { target, is_list, column: Some(column) }) = last {
                let shape = if is_list { Shape::Rows } else { Shape::One };
                self.add(target, column, item, shape);
            }
            return;
        }
        let model = self.records(item).into_iter().find_map(|(record, entries)| {
            let model = entries.iter().find(|entry| entry.key.is_some_and(|key| key == "model"))?;
            Some(ExprRef { file: record.file, id: model.value })
        });
        let mut named = Chain::default();
        add_entity(self.program, &mut named, model.unwrap_or(item));
        let Some(target) = named.entity else { return };
        let tables = self.program.table(target).zip(self.program.table(entity));
        if let Some(column) = tables.and_then(|(child, parent)| refers(child, parent)) {
            self.add(target, column, item, Shape::Rows);
        }
        if model.is_some() {
            self.options_of(target, item, depth + 1);
        }
    }

    fn relation(&mut self, related: &Related, options: ExprRef, depth: u32) {
        let is_whole = matches!(self.program.kind(options), ExprKind::Bool(true));
        if !is_whole && self.records(options).is_empty() {
            return;
        }
        if let Some(column) = related.column {
            let shape = if related.is_list { Shape::Rows } else { Shape::One };
            self.add(related.target, column, options, shape);
        }
        self.options_of(related.target, options, depth + 1);
    }

    fn counts(&mut self, entity: Symbol, counted: ExprRef) {
        let selections = self.records(counted).into_iter().flat_map(|(record, entries)| {
            let selection = entries.iter().find(|entry| entry.key.is_some_and(|key| key == "select"));
            selection.map(|entry| ExprRef { file: record.file, id: entry.value })
        });
        for (record, entries) in selections.flat_map(|selection| self.records(selection)).collect::<Vec<_>>() {
            for Entry { key, value } in entries {
                let related = key.and_then(|key| self.related(entity, key));
                if let Some((Related { target, column: Some(column), .. }, id)) = related.zip(Some(*value)) {
                    self.add(target, column, ExprRef { file: record.file, id }, Shape::Scalar);
                }
            }
        }
    }

    /// Adds the query for the rows whose column holds the key of the row that they belong to.
    fn add(&mut self, entity: Symbol, column: Symbol, options: ExprRef, shape: Shape) {
        let mut chain = Chain::default();
        if !self.records(options).is_empty() {
            add_options(self.program, &mut chain, options, Certainty::Always);
        }
        let span = self.program.expr_span(options);
        let mut conditions = chain.conditions;
        conditions.insert(0, Condition { entity: None, column, op: PredicateOp::Equal, span });
        let place = (options.file, span);
        self.push(entity, place, shape, chain.limit, conditions);
    }

    fn push(
        &mut self,
        entity: Symbol,
        (file, span): (FileId, Span),
        shape: Shape,
        limit: Certainty,
        conditions: Vec<Condition>,
    ) {
        let of = self.query;
        self.found.push(QueryUse {
            file,
            span,
            sent: if file == of.at.file { span } else { of.sent },
            entity: Some(entity),
            shape,
            inserts: false,
            filter: Certainty::Always,
            limit,
            bound: None,
            offset: None,
            order: Certainty::Absent,
            ordering: None,
            is_grouped: false,
            order_by_random: false,
            conditions,
            gathered: Vec::new(),
            columns: Vec::new(),
            accesses: Vec::new(),
            joined: Vec::new(),
            ..of.clone()
        });
    }

    /// `where: { client: { officeId } }`: the query joined to what it asks of the other table.
    fn asked(&mut self, entity: Symbol, filter: ExprRef) {
        let of = self.query;
        for (record, entries) in self.records(filter).into_iter().filter(|(record, _)| record.file == of.at.file) {
            for Entry { key, value } in entries {
                let value = ExprRef { file: record.file, id: *value };
                let related = key.and_then(|key| self.related(entity, key)).filter(|related| !related.is_list);
                let Some(related) = related.filter(|_| matches!(self.program.kind(value), ExprKind::Record(_))) else {
                    continue;
                };
                let on_other = |condition| Condition { entity: Some(related.target), ..condition };
                let asked = conditions_of_filter(self.program, value).into_iter().map(on_other);
                let mut conditions = of.conditions.clone();
                conditions.extend(asked);
                if conditions.len() > of.conditions.len() {
                    self.push(entity, (of.at.file, of.sent), Shape::Scalar, of.limit, conditions);
                }
            }
        }
    }

    /// The tables that the text of a chain's `select` embeds: `"*, messages(id, body), author:users(name)"`.
    fn embedded(&mut self, entity: Symbol) {
        let mut at = self.query.at;
        let mut texts: Vec<ExprRef> = Vec::new();
        for _ in 0..MAX_STEPS {
            match self.program.kind(at) {
                ExprKind::Call { callee, args, .. } => {
                    let roles = self.program.model(at).map_or(&[][..], |model| &model.query);
                    let text = args.first().map(|arg| ExprRef { file: at.file, id: arg.value });
                    texts.extend(text.filter(|_| roles.contains(&Query::Lazy) && roles.contains(&Query::Eager)));
                    at.id = *callee;
                }
                ExprKind::Member { base, .. } => at.id = *base,
                _ => break,
            }
        }
        // `.limit(10, { foreignTable: "messages" })`.
        let limits = ["foreigntable", "referencedtable"];
        if texts.is_empty() || self.program.mentions(self.query.at, &limits) {
            return;
        }
        for text in texts {
            let text = self.program.definition(text).unwrap_or(text);
            let ExprKind::Text(parts) = self.program.kind(text) else { continue };
            if let [TextPart::Literal { value, .. }] = parts.as_slice() {
                self.embeds(entity, &embeds(value), (text.file, self.program.expr_span(text)), 0);
            }
        }
    }

    fn embeds(&mut self, entity: Symbol, embeds: &[Embed<'_>], place: (FileId, Span), depth: u32) {
        let Some(parent) = self.program.table(entity).filter(|_| depth < MAX_DEPTH) else { return };
        for embed in embeds {
            let name = Symbol::new(&embed.table.to_lowercase());
            let Some(child) = self.program.table(name) else { continue };
            if let (Some(column), None) = (refers(child, parent), refers(parent, child)) {
                let shape = if embed.is_counted { Shape::Scalar } else { Shape::Rows };
                let condition = Condition { entity: None, column, op: PredicateOp::Equal, span: place.1 };
                self.push(name, place, shape, Certainty::Absent, vec![condition]);
            }
            self.embeds(name, &embed.inner, place, depth + 1);
        }
    }
}

/// The one column of a table that refers to another one, by whichever of its names.
fn refers(table: &Table, to: &Table) -> Option<Symbol> {
    let place = |column: &Symbol| {
        let declared = table.columns.iter().find(|own| own.name == *column);
        declared.map(|own| (own.file, own.span))
    };
    let mut keys = table.foreign_keys.iter().filter(|key| key.table == to.name).map(|key| key.columns.as_slice());
    let first = keys.next()?;
    let is_same = |other: &[Symbol]| matches!((first, other), ([one], [two]) if place(one) == place(two));
    keys.all(is_same).then_some(first)?.first().copied().filter(|_| first.len() == 1)
}

struct Embed<'t> {
    table: &'t str,
    is_counted: bool,
    inner: Vec<Embed<'t>>,
}

/// What a list of columns embeds.
fn embeds(text: &str) -> Vec<Embed<'_>> {
    let mut found = Vec::new();
    let (mut depth, mut start, mut opened) = (0u32, 0, 0);
    for (at, char) in text.char_indices() {
        match char {
            '(' => {
                opened = if depth == 0 { at } else { opened };
                depth += 1;
            }
            ')' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    let name = text[start..opened].rsplit([':', '.']).next().unwrap_or_default();
                    let inner = &text[opened + 1..at];
                    found.push(Embed {
                        table: name.split('!').next().unwrap_or_default().trim(),
                        is_counted: inner.trim() == "count",
                        inner: embeds(inner),
                    });
                }
            }
            ',' if depth == 0 => start = at + 1,
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::embeds;

    #[test]
    fn embedded_tables_are_found() {
        let found = embeds("*, author:users!posts_author_fkey(name), comments(count), ...parts!inner(id, items(*))");
        let names: Vec<(&str, bool)> = found.iter().map(|embed| (embed.table, embed.is_counted)).collect();
        assert_eq!(names, [("users", false), ("comments", true), ("parts", false)]);
        assert_eq!(found[2].inner[0].table, "items");
        assert!(embeds("count(, a)b), (").len() < 3);
    }
}
