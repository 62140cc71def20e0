//! SQLAlchemy's vocabulary of columns, constraints and indexes: in classes, in `Table`, in migrations.

use ir::{BinaryOp, ExprKind, ForeignKey, Index, OnDelete, Span, Symbol, Uniqueness};

use super::node::{Call, Node, lower};
use super::parts::{ColumnParts, index_of, method, name_span, on_delete, table_of_column};
use crate::models::Declares;

pub(super) enum Constraint {
    Index(Index),
    Key(ForeignKey),
}

/// A column, and by default its name and place: those of the attribute.
pub(super) fn column_of(call: Call<'_>, attribute: Option<(Symbol, Span)>) -> Option<ColumnParts> {
    if call.declares() != Some(Declares::Column) {
        return None;
    }
    if let Some(inner) = call.keyword("sa_column").and_then(Node::call) {
        return column_of(inner, attribute);
    }
    let literal = call.unnamed().next().filter(|arg| matches!(arg.kind(), ExprKind::Text(_)));
    let own = literal.or_else(|| call.keyword("name")).and_then(|name| Some((name.name()?, name.span())));
    let (name, span) = match (own, attribute) {
        (Some((name, span)), None) => (name, span),
        (Some((name, _)), Some((_, span))) => (name, span),
        (None, attribute) => attribute.map(|(name, span)| (lower(&name), span))?,
    };
    let mut parts = ColumnParts::new(name, call.node.expr.file, span);
    parts.column.is_nullable = call.keyword("nullable").and_then(Node::bool).unwrap_or(true);
    for arg in call.unnamed().skip(usize::from(literal.is_some())) {
        add_argument(&mut parts, arg);
    }
    if let Some(path) = call.keyword("foreign_key").and_then(Node::text) {
        let action = call.keyword("ondelete").and_then(Node::text);
        parts.refer(lower(table_of_column(&path)?), action.map_or(OnDelete::Refuse, |action| on_delete(&action)));
    }
    if call.is_on("primary_key") {
        parts.column.is_nullable = false;
        parts.index(Uniqueness::Primary);
    }
    match (call.is_on("index"), call.is_on("unique")) {
        (_, true) => parts.index(Uniqueness::Unique),
        (true, false) => parts.index(Uniqueness::Plain),
        (false, false) => {}
    }
    Some(parts)
}

/// A type, or a reference.
fn add_argument(parts: &mut ColumnParts, arg: Node<'_>) {
    if let Some(reference) = arg.call().filter(|call| call.declares() == Some(Declares::ForeignKey)) {
        let action = reference.keyword("ondelete").and_then(Node::text);
        let action = action.map_or(OnDelete::Refuse, |action| on_delete(&action));
        if let Some(table) = reference.argument(0, "column").and_then(target) {
            parts.refer(table, action);
        }
    } else if parts.column.ty.is_empty() {
        parts.column.ty = type_text(arg);
    }
}

pub(super) fn type_text(ty: Node<'_>) -> String {
    let text = ty.source();
    let name = text.split('(').next().unwrap_or("").rsplit('.').next().unwrap_or("").trim_start_matches('@');
    name.to_lowercase()
}

/// The table of `"users.id"`, the entity of `User.id`.
fn target(column: Node<'_>) -> Option<Symbol> {
    if let Some(path) = column.text() {
        return table_of_column(&path).map(lower);
    }
    let ExprKind::Member { base, .. } = column.kind() else { return None };
    let owner = column.at(*base);
    // `users.c.id`
    if let ExprKind::Member { base: table, name, .. } = owner.kind()
        && name.as_str() == "c"
    {
        return owner.at(*table).call()?.arg(0)?.name();
    }
    owner.class().map(|class| owner.program.file(class.file).class(class.id).name)
}

/// A constraint or an index among the parts of a table.
pub(super) fn constraint_of(call: Call<'_>) -> Option<Constraint> {
    let name = call.keyword("name").and_then(Node::name);
    let columns = || -> Vec<String> { call.unnamed().flat_map(Node::one_or_items).filter_map(index_key).collect() };
    Some(match call.declares()? {
        Declares::Unique => Constraint::Index(Index { name, ..index_of(&columns(), None, Uniqueness::Unique) }),
        Declares::PrimaryKey => Constraint::Index(Index { name, ..index_of(&columns(), None, Uniqueness::Primary) }),
        Declares::Index => Constraint::Index(index_of_call(call, 1)),
        Declares::ForeignKey => {
            let columns: Vec<Symbol> = call
                .argument(0, "columns")?
                .items()?
                .into_iter()
                .filter_map(index_key)
                .map(|key| lower(&key))
                .collect();
            let target = target(*call.argument(1, "refcolumns")?.items()?.first()?)?;
            let action = call.keyword("ondelete").and_then(Node::text);
            let on_delete = action.map_or(OnDelete::Refuse, |action| on_delete(&action));
            Constraint::Key(ForeignKey { name, columns, table: target, on_delete, is_indexed: false })
        }
        _ => return None,
    })
}

/// `Index("name", "a", "b", unique=True)`, `op.create_index("name", "table", ["a"])`: keys from an argument on.
pub(super) fn index_of_call(call: Call<'_>, from: usize) -> Index {
    let listed = call.keyword("columns").into_iter().chain(call.unnamed().skip(from));
    let keys: Vec<String> = listed.flat_map(Node::one_or_items).filter_map(index_key).collect();
    let condition = ["postgresql_where", "sqlite_where"].iter().find_map(|name| call.keyword(name)).map(condition);
    let uniqueness = if call.is_on("unique") { Uniqueness::Unique } else { Uniqueness::Plain };
    let mut index = index_of(&keys, condition.as_deref(), uniqueness);
    index.name = call.argument(0, "name").and_then(Node::name);
    index.method = method(&call.keyword("postgresql_using").and_then(Node::text).unwrap_or_default());
    if call.keyword("mysql_prefix").and_then(Node::text).is_some_and(|prefix| prefix.eq_ignore_ascii_case("fulltext")) {
        index.method = method("fulltext");
    }
    for (column, operators) in call.keyword("postgresql_ops").and_then(Node::entries).unwrap_or_default() {
        let parts = index.parts.iter_mut().filter(|part| part.key == lower(&column));
        parts.for_each(|part| part.operators = operators.name());
    }
    index.include = call.keyword("postgresql_include").and_then(Node::names).unwrap_or_default();
    index
}

/// A key of an index as SQL: a column's name, or an expression.
pub(super) fn index_key(key: Node<'_>) -> Option<String> {
    if let ExprKind::Text(_) = key.kind() {
        return key.text();
    }
    let ExprKind::Call { callee, args, .. } = key.kind() else {
        return key.written_name().map(|name| name.to_string()).filter(|_| key.text().is_none()).or_else(|| key.text());
    };
    let call = Call { node: key, callee: key.at(*callee), args };
    let first = || call.arg(0).and_then(index_key);
    match call.name() {
        "text" | "literal_column" => call.arg(0).and_then(Node::text),
        "desc" => first().or_else(|| call.receiver().and_then(index_key)).map(|key| format!("{key} DESC")),
        "asc" => first().or_else(|| call.receiver().and_then(index_key)),
        // `op.f("ix_…")`
        "f" => first(),
        name => {
            let args: Vec<String> = call.unnamed().map(|arg| index_key(arg).unwrap_or_else(|| arg.source())).collect();
            Some(format!("{name}({})", args.join(", ")))
        }
    }
}

/// A condition in SQL, as far as it is simple.
pub(super) fn condition(node: Node<'_>) -> String {
    if let Some(text) = node.text() {
        return text;
    }
    let operand = |node: Node<'_>| match node.kind() {
        ExprKind::Bool(value) => Some(value.to_string()),
        ExprKind::Text(_) => node.text().map(|text| format!("'{text}'")),
        ExprKind::Number(number) => Some(number.to_string()),
        _ => index_key(node),
    };
    let text = match node.kind() {
        ExprKind::Binary { op, left, right } => {
            let sign = match op {
                BinaryOp::Equal => "=",
                BinaryOp::NotEqual => "<>",
                BinaryOp::Less => "<",
                BinaryOp::LessEqual => "<=",
                BinaryOp::Greater => ">",
                BinaryOp::GreaterEqual => ">=",
                _ => return node.source(),
            };
            operand(node.at(*left)).zip(operand(node.at(*right))).map(|(left, right)| format!("{left} {sign} {right}"))
        }
        ExprKind::Call { .. } => node.call().and_then(|call| {
            let column = operand(call.receiver()?)?;
            let is_null = call.arg(0).is_some_and(|arg| matches!(arg.kind(), ExprKind::Null));
            match call.name() {
                "is_" if is_null => Some(format!("{column} IS NULL")),
                "isnot" | "is_not" if is_null => Some(format!("{column} IS NOT NULL")),
                "is_" => Some(format!("{column} = {}", operand(call.arg(0)?)?)),
                _ => None,
            }
        }),
        _ => None,
    };
    text.unwrap_or_else(|| node.source())
}

/// The place of an attribute's name.
pub(super) fn attribute(name: Symbol, span: Span) -> (Symbol, Span) {
    (name, name_span(span, &name))
}
