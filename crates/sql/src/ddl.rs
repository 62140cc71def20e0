//! CREATE TABLE and ALTER TABLE into the catalog.

use ir::{Column, Index, Symbol};
use sqlparser::ast::{
    AlterColumnOperation, AlterTableOperation, ColumnDef, ColumnOption, CreateTable, CreateTableLikeKind, DataType,
    Expr, Function, FunctionArguments, Ident, IndexColumn, IndexType, RenameTableNameKind, TableConstraint, Value,
};

use crate::catalog::{Catalog, IndexName};
use crate::expr::{argument, function_name, strip};
use crate::query::last_ident;
use crate::scope::symbol;

pub(crate) fn create_table(table: &CreateTable, catalog: &mut Catalog) {
    let Some(ident) = last_ident(&table.name) else { return };
    let is_repeated = table.if_not_exists && catalog.has_table(symbol(ident));
    if table.temporary || table.partition_of.is_some() || is_repeated {
        return;
    }
    let at = catalog.create_table(ident);
    if let Some(CreateTableLikeKind::Parenthesized(like) | CreateTableLikeKind::Plain(like)) = &table.like {
        catalog.copy_columns(at, &like.name);
    }
    for parent in table.inherits.iter().flatten() {
        catalog.copy_columns(at, parent);
    }
    // The columns of a query's result are not worked out.
    catalog.is_incomplete |= table.query.is_some();
    for column in &table.columns {
        add_column(at, column, catalog);
    }
    // Indexes first: of a foreign key it matters whether one serves it already.
    let (foreign, own): (Vec<_>, Vec<_>) =
        table.constraints.iter().partition(|constraint| matches!(constraint, TableConstraint::ForeignKey(_)));
    for constraint in own.into_iter().chain(foreign) {
        add_constraint(at, constraint, catalog);
    }
}

pub(crate) fn alter_table(ident: &Ident, operations: &[AlterTableOperation], catalog: &mut Catalog) {
    use AlterTableOperation as Op;
    if let [Op::RenameTable { table_name: RenameTableNameKind::As(to) | RenameTableNameKind::To(to) }] = operations {
        if let Some(to) = last_ident(to) {
            catalog.rename_table(symbol(ident), symbol(to));
        }
        return;
    }
    for operation in operations {
        match operation {
            Op::AddColumn { column_def, .. } => {
                let table = catalog.table(ident);
                add_column(table, column_def, catalog);
            }
            Op::AddConstraint { constraint, .. } => {
                let table = catalog.table(ident);
                add_constraint(table, constraint, catalog);
            }
            Op::DropColumn { column_names, .. } => {
                let table = catalog.table(ident);
                column_names.iter().for_each(|column| catalog.drop_column(table, symbol(column)));
            }
            Op::RenameColumn { old_column_name, new_column_name } => {
                let table = catalog.table(ident);
                catalog.rename_column(table, symbol(old_column_name), symbol(new_column_name));
            }
            Op::ChangeColumn { old_name, new_name, data_type, .. } => {
                let table = catalog.table(ident);
                catalog.rename_column(table, symbol(old_name), symbol(new_name));
                set_type(table, new_name, data_type, catalog);
            }
            Op::ModifyColumn { col_name, data_type, .. } => {
                let table = catalog.table(ident);
                set_type(table, col_name, data_type, catalog);
            }
            Op::AlterColumn { column_name, op: AlterColumnOperation::SetDataType { data_type, .. } } => {
                let table = catalog.table(ident);
                set_type(table, column_name, data_type, catalog);
            }
            Op::DropConstraint { name, .. } | Op::DropIndex { name } => {
                let table = catalog.table(ident);
                catalog.drop_constraint(table, symbol(name));
            }
            Op::DropPrimaryKey { .. } => {
                let table = catalog.table(ident);
                let IndexName(name) = catalog.primary_key_name(table);
                catalog.drop_constraint(table, name);
            }
            Op::RenameConstraint { old_name, new_name } => {
                catalog.rename_index(Some(IndexName(symbol(old_name))), Some(IndexName(symbol(new_name))));
            }
            _ => {}
        }
    }
}

fn set_type(table: usize, column: &Ident, data_type: &DataType, catalog: &mut Catalog) {
    if let Some(column) = catalog.column_mut(table, symbol(column)) {
        column.ty = data_type.to_string().to_lowercase();
    }
}

fn add_column(table: usize, column: &ColumnDef, catalog: &mut Catalog) {
    let name = symbol(&column.name);
    let ty = match &column.data_type {
        DataType::Unspecified => String::new(),
        data_type => data_type.to_string().to_lowercase(),
    };
    let mut references = None;
    let only = || vec![name];
    for option in &column.options {
        let constraint_name = option.name.as_ref().map(|name| IndexName(symbol(name)));
        match &option.option {
            ColumnOption::PrimaryKey(_) => {
                let key = constraint_name.unwrap_or_else(|| catalog.primary_key_name(table));
                catalog.add_index_at(table, Some(key), unique(only()));
            }
            ColumnOption::Unique(_) => catalog.add_index_at(table, constraint_name, unique(only())),
            ColumnOption::ForeignKey(key) => references = last_ident(&key.foreign_table).map(symbol),
            _ => {}
        }
    }
    let span = catalog.span(&column.name);
    catalog.add_column(table, Column { name, ty, span, references });
}

fn add_constraint(table: usize, constraint: &TableConstraint, catalog: &mut Catalog) {
    let named = |name: &Option<Ident>| name.as_ref().map(|name| IndexName(symbol(name)));
    match constraint {
        TableConstraint::PrimaryKey(key) => {
            let name = named(&key.name).unwrap_or_else(|| catalog.primary_key_name(table));
            catalog.add_index_at(table, Some(name), index(&key.columns, true, key.index_type.as_ref()));
        }
        TableConstraint::Unique(key) => {
            let name = named(&key.name).or_else(|| named(&key.index_name));
            catalog.add_index_at(table, name, index(&key.columns, true, key.index_type.as_ref()));
        }
        TableConstraint::Index(key) => {
            catalog.add_index_at(table, named(&key.name), index(&key.columns, false, key.index_type.as_ref()));
        }
        TableConstraint::FulltextOrSpatial(key) => {
            let text: Vec<String> = key.columns.iter().map(ToString::to_string).collect();
            let special = Some(text.join(", ").to_lowercase());
            let read = Index { is_partial: true, special, ..index(&key.columns, false, None) };
            catalog.add_index_at(table, named(&key.opt_index_name), read);
        }
        TableConstraint::ForeignKey(key) => {
            let foreign = last_ident(&key.foreign_table).map(symbol);
            let columns: Vec<Symbol> = key.columns.iter().map(symbol).collect();
            for column in &columns {
                if let Some(column) = catalog.column_mut(table, *column) {
                    column.references = foreign;
                }
            }
            catalog.add_foreign_key_index(table, named(&key.name), columns);
        }
        TableConstraint::PrimaryKeyUsingIndex(key) | TableConstraint::UniqueUsingIndex(key) => {
            catalog.make_unique(table, symbol(&key.index_name));
        }
        TableConstraint::Check(_) | TableConstraint::Exclude(_) => {}
    }
}

fn unique(columns: Vec<Symbol>) -> Index {
    Index { columns, is_unique: true, is_partial: false, special: None }
}

/// An index by its columns. One of a kind that serves no comparison counts as partial.
pub(crate) fn index(columns: &[IndexColumn], is_unique: bool, kind: Option<&IndexType>) -> Index {
    let is_ordered = match kind {
        None | Some(IndexType::BTree | IndexType::Hash) => true,
        Some(IndexType::Custom(name)) => ["btree", "hash"].contains(&name.value.to_lowercase().as_str()),
        Some(_) => false,
    };
    let mut read = Index { columns: Vec::new(), is_unique, is_partial: !is_ordered, special: None };
    for column in columns {
        match strip(&column.column.expr) {
            Expr::Identifier(ident) => read.columns.push(symbol(ident)),
            Expr::Collate { expr, .. } if matches!(**expr, Expr::Identifier(_)) => {
                if let Expr::Identifier(ident) = &**expr {
                    read.columns.push(symbol(ident));
                }
            }
            Expr::Function(function) if is_prefix(function) => read.columns.push(Symbol::new(&function_name(function))),
            _ => read.is_partial = true,
        }
    }
    if read.is_partial {
        let text: Vec<String> = columns.iter().map(ToString::to_string).collect();
        read.special = Some(text.join(", ").to_lowercase());
    }
    read
}

/// MySQL's `name(10)`: the first characters of a column.
fn is_prefix(function: &Function) -> bool {
    let FunctionArguments::List(list) = &function.args else { return false };
    let is_number = |expr: &Expr| matches!(expr, Expr::Value(value) if matches!(value.value, Value::Number(..)));
    list.args.len() == 1 && list.args.first().and_then(argument).is_some_and(is_number)
}
