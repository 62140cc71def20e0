//! CREATE TABLE and ALTER TABLE into changes of the schema.

use ir::{Change, Column, ForeignKey, Index, IndexMethod, IndexPart, OnDelete, Symbol, Table, Uniqueness};
use sqlparser::ast::{
    AlterColumnOperation, AlterTableOperation, ColumnDef, ColumnOption, CreateIndex, CreateTable, CreateTableLikeKind,
    DataType, Expr, Function, FunctionArguments, Ident, IndexColumn, IndexType, OrderBySort, ReferentialAction,
    RenameTableNameKind, TableConstraint, Value,
};

use crate::catalog::part_name;
use crate::expr::{argument, function_name, strip};
use crate::key;
use crate::query::last_ident;
use crate::schema::Reader;
use crate::scope::symbol;

pub(crate) fn create_table(tree: &CreateTable, reader: &mut Reader) {
    let Some(ident) = last_ident(&tree.name) else { return };
    if tree.temporary || tree.partition_of.is_some() {
        return;
    }
    let name = symbol(ident);
    let mut table = Table {
        name,
        file: 0,
        span: reader.span(ident),
        columns: Vec::new(),
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
    };
    for column in &tree.columns {
        if let Some(index) = index_as_column(column) {
            table.indexes.push(index);
            continue;
        }
        let (column, indexes, keys) = read_column(column, reader);
        table.columns.push(column);
        table.indexes.extend(indexes);
        table.foreign_keys.extend(keys);
    }
    for constraint in &tree.constraints {
        match read_constraint(constraint, reader) {
            Some(Constraint::Index(index)) => table.indexes.push(index),
            Some(Constraint::ForeignKey(key)) => table.foreign_keys.push(key),
            Some(Constraint::UsingIndex(..)) | None => {}
        }
    }
    reader.changes.push(Change::CreateTable { table, if_absent: tree.if_not_exists });
    let like = match &tree.like {
        Some(CreateTableLikeKind::Parenthesized(like) | CreateTableLikeKind::Plain(like)) => Some(&like.name),
        None => None,
    };
    for parent in like.into_iter().chain(tree.inherits.iter().flatten()) {
        if let Some(from) = last_ident(parent).map(symbol) {
            reader.changes.push(Change::CopyColumns { table: name, from });
        }
    }
    // The columns of a query's result are not worked out.
    if tree.query.is_some() {
        reader.changes.push(Change::Unread { table: Some(name) });
    }
}

pub(crate) fn alter_table(ident: &Ident, operations: &[AlterTableOperation], reader: &mut Reader) {
    use AlterTableOperation as Op;
    let table = symbol(ident);
    let table_span = reader.span(ident);
    for operation in operations {
        match operation {
            Op::RenameTable { table_name: RenameTableNameKind::As(to) | RenameTableNameKind::To(to) } => {
                let to = last_ident(to).map(symbol);
                reader.changes.extend(to.map(|to| Change::RenameTable { from: table, to }));
            }
            Op::AddColumn { column_def, .. } => add_column(table, table_span, column_def, reader),
            Op::AddConstraint { constraint, .. } => {
                let constraint = read_constraint(constraint, reader);
                reader.changes.extend(constraint.map(|constraint| match constraint {
                    Constraint::Index(index) => Change::AddIndex { table, index, if_absent: false, table_span },
                    Constraint::ForeignKey(key) => Change::AddForeignKey { table, key, table_span },
                    Constraint::UsingIndex(name, uniqueness) => Change::SetUniqueness { table, name, uniqueness },
                }));
            }
            Op::DropColumn { column_names, .. } => {
                let columns = column_names.iter().map(symbol);
                reader.changes.extend(columns.map(|column| Change::DropColumn { table, column }));
            }
            Op::RenameColumn { old_column_name, new_column_name } => {
                let (from, to) = (symbol(old_column_name), symbol(new_column_name));
                reader.changes.push(Change::RenameColumn { table, from, to });
            }
            Op::ChangeColumn { old_name, new_name, data_type, .. } => {
                let (from, to) = (symbol(old_name), symbol(new_name));
                if from != to {
                    reader.changes.push(Change::RenameColumn { table, from, to });
                }
                reader.changes.push(Change::SetType { table, column: to, ty: type_text(data_type) });
            }
            Op::ModifyColumn { col_name: column, data_type, .. }
            | Op::AlterColumn { column_name: column, op: AlterColumnOperation::SetDataType { data_type, .. } } => {
                reader.changes.push(Change::SetType { table, column: symbol(column), ty: type_text(data_type) });
            }
            Op::AlterColumn { column_name, op: AlterColumnOperation::SetNotNull } => {
                reader.changes.push(Change::SetNullable { table, column: symbol(column_name), is_nullable: false });
            }
            Op::AlterColumn { column_name, op: AlterColumnOperation::DropNotNull } => {
                reader.changes.push(Change::SetNullable { table, column: symbol(column_name), is_nullable: true });
            }
            Op::DropConstraint { name, .. } | Op::DropIndex { name } | Op::DropForeignKey { name, .. } => {
                reader.changes.push(Change::DropConstraint { table, name: symbol(name) });
            }
            Op::DropPrimaryKey { .. } => reader.changes.push(Change::DropPrimaryKey { table }),
            Op::RenameConstraint { old_name, new_name } => {
                reader.changes.push(Change::RenameIndex { from: symbol(old_name), to: symbol(new_name) });
            }
            _ => {}
        }
    }
}

fn add_column(table: Symbol, table_span: ir::Span, column: &ColumnDef, reader: &mut Reader) {
    if let Some(index) = index_as_column(column) {
        reader.changes.push(Change::AddIndex { table, index, if_absent: false, table_span });
        return;
    }
    let (column, indexes, keys) = read_column(column, reader);
    reader.changes.push(Change::AddColumn { table, column, table_span });
    let indexes = indexes.into_iter().map(|index| Change::AddIndex { table, index, if_absent: false, table_span });
    reader.changes.extend(indexes);
    reader.changes.extend(keys.into_iter().map(|key| Change::AddForeignKey { table, key, table_span }));
}

pub(crate) fn create_index(tree: &CreateIndex, reader: &mut Reader) {
    let Some(ident) = last_ident(&tree.table_name) else { return };
    let uniqueness = if tree.unique { Uniqueness::Unique } else { Uniqueness::Plain };
    let keys = read_index(&tree.columns, uniqueness, tree.using.as_ref());
    let name = tree.name.as_ref().and_then(last_ident).map(symbol);
    let name = name.unwrap_or_else(|| {
        // As PostgreSQL names it, unique or not.
        let columns: Vec<&str> = keys.parts.iter().map(part_name).collect();
        Symbol::new(&format!("{}_{}_idx", symbol(ident), columns.join("_")))
    });
    let index = Index {
        name: Some(name),
        predicate: tree.predicate.as_ref().map(key::conjuncts).unwrap_or_default(),
        include: tree.include.iter().map(symbol).collect(),
        ..keys
    };
    let table_span = reader.span(ident);
    reader.changes.push(Change::AddIndex { table: symbol(ident), index, if_absent: tree.if_not_exists, table_span });
}

fn type_text(data_type: &DataType) -> String {
    match data_type {
        DataType::Unspecified => String::new(),
        data_type => data_type.to_string().to_lowercase(),
    }
}

fn read_column(tree: &ColumnDef, reader: &Reader) -> (Column, Vec<Index>, Vec<ForeignKey>) {
    let name = symbol(&tree.name);
    let mut column = Column {
        name,
        ty: type_text(&tree.data_type),
        is_nullable: true,
        file: 0,
        span: reader.span(&tree.name),
        references: None,
    };
    let (mut indexes, mut keys) = (Vec::new(), Vec::new());
    for option in &tree.options {
        let constraint = option.name.as_ref().map(symbol);
        let mut add = |uniqueness| indexes.push(Index { name: constraint, ..Index::new([name], uniqueness) });
        match &option.option {
            ColumnOption::PrimaryKey(_) => add(Uniqueness::Primary),
            ColumnOption::Unique(_) => add(Uniqueness::Unique),
            ColumnOption::NotNull => column.is_nullable = false,
            ColumnOption::ForeignKey(key) => {
                let Some(table) = last_ident(&key.foreign_table).map(symbol) else { continue };
                column.references = Some(table);
                keys.push(ForeignKey {
                    name: constraint,
                    columns: vec![name],
                    table,
                    on_delete: on_delete(key.on_delete),
                    // MySQL before 9 ignores a reference beside a column.
                    is_indexed: false,
                });
            }
            _ => {}
        }
    }
    (column, indexes, keys)
}

/// MySQL's `INDEX by_bank (bank, code)`, which other dialects read as a column `index` of a type `by_bank`.
fn index_as_column(column: &ColumnDef) -> Option<Index> {
    let DataType::Custom(name, columns) = &column.data_type else { return None };
    let is_keyword = ["index", "key"].iter().any(|word| column.name.value.eq_ignore_ascii_case(word));
    if !is_keyword || column.name.quote_style.is_some() || columns.is_empty() {
        return None;
    }
    let columns = columns.iter().map(|column| Symbol::new(&column.to_string().to_lowercase()));
    Some(Index { name: last_ident(name).map(symbol), ..Index::new(columns, Uniqueness::Plain) })
}

enum Constraint {
    Index(Index),
    ForeignKey(ForeignKey),
    /// An index that exists becomes a constraint.
    UsingIndex(Symbol, Uniqueness),
}

fn read_constraint(tree: &TableConstraint, reader: &Reader) -> Option<Constraint> {
    let named = |name: &Option<Ident>| name.as_ref().map(symbol);
    Some(match tree {
        TableConstraint::PrimaryKey(key) => Constraint::Index(Index {
            name: named(&key.name),
            ..read_index(&key.columns, Uniqueness::Primary, key.index_type.as_ref())
        }),
        TableConstraint::Unique(key) => Constraint::Index(Index {
            name: named(&key.name).or_else(|| named(&key.index_name)),
            ..read_index(&key.columns, Uniqueness::Unique, key.index_type.as_ref())
        }),
        TableConstraint::Index(key) => Constraint::Index(Index {
            name: named(&key.name),
            ..read_index(&key.columns, Uniqueness::Plain, key.index_type.as_ref())
        }),
        TableConstraint::FulltextOrSpatial(key) => Constraint::Index(Index {
            name: named(&key.opt_index_name),
            method: if key.fulltext { IndexMethod::Inverted } else { IndexMethod::Spatial },
            ..read_index(&key.columns, Uniqueness::Plain, None)
        }),
        TableConstraint::ForeignKey(key) => Constraint::ForeignKey(ForeignKey {
            name: named(&key.name),
            columns: key.columns.iter().map(symbol).collect(),
            table: last_ident(&key.foreign_table).map(symbol)?,
            on_delete: on_delete(key.on_delete),
            is_indexed: reader.indexes_foreign_keys,
        }),
        TableConstraint::PrimaryKeyUsingIndex(key) => {
            Constraint::UsingIndex(symbol(&key.index_name), Uniqueness::Primary)
        }
        TableConstraint::UniqueUsingIndex(key) => Constraint::UsingIndex(symbol(&key.index_name), Uniqueness::Unique),
        TableConstraint::Check(_) | TableConstraint::Exclude(_) => return None,
    })
}

fn on_delete(action: Option<ReferentialAction>) -> OnDelete {
    match action {
        Some(ReferentialAction::Cascade) => OnDelete::Cascade,
        Some(ReferentialAction::SetNull | ReferentialAction::SetDefault) => OnDelete::SetNull,
        Some(ReferentialAction::Restrict | ReferentialAction::NoAction) | None => OnDelete::Refuse,
    }
}

fn read_index(columns: &[IndexColumn], uniqueness: Uniqueness, kind: Option<&IndexType>) -> Index {
    let method = match kind {
        None | Some(IndexType::BTree) => IndexMethod::Ordered,
        Some(IndexType::Hash) => IndexMethod::Hash,
        Some(IndexType::GIN) => IndexMethod::Inverted,
        Some(IndexType::GiST | IndexType::SPGiST) => IndexMethod::Spatial,
        Some(IndexType::BRIN) => IndexMethod::Block,
        Some(IndexType::Custom(name)) => match name.value.to_lowercase().as_str() {
            "btree" => IndexMethod::Ordered,
            "hash" => IndexMethod::Hash,
            _ => IndexMethod::Other,
        },
        Some(_) => IndexMethod::Other,
    };
    Index { parts: columns.iter().map(part).collect(), method, ..Index::new([], uniqueness) }
}

fn part(column: &IndexColumn) -> IndexPart {
    let order = &column.column.options;
    let (key, is_expression, collation) = match strip(&column.column.expr) {
        Expr::Identifier(ident) => (symbol(ident), false, None),
        Expr::Collate { expr, collation } => match strip(expr) {
            Expr::Identifier(ident) => (symbol(ident), false, last_ident(collation).map(symbol)),
            expr => (Symbol::new(&key::of(expr)), true, None),
        },
        Expr::Function(function) if is_prefix(function) => (Symbol::new(&function_name(function)), false, None),
        expr => (Symbol::new(&key::of(expr)), true, None),
    };
    IndexPart {
        key,
        is_expression,
        is_descending: matches!(order.sort, Some(OrderBySort::Desc)),
        nulls_first: order.nulls_first,
        operators: column.operator_class.as_ref().and_then(last_ident).map(symbol).or(collation),
    }
}

/// MySQL's `name(10)`: the first characters of a column.
fn is_prefix(function: &Function) -> bool {
    let FunctionArguments::List(list) = &function.args else { return false };
    let is_number = |expr: &Expr| matches!(expr, Expr::Value(value) if matches!(value.value, Value::Number(..)));
    list.args.len() == 1 && list.args.first().and_then(argument).is_some_and(is_number)
}
