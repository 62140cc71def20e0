//! Tables that programs declare in code: entity classes with columns, schemas of documents.
//!
//! Named after the entity, in lower case, as chains name it; a class that also says its table's name is known by both.

use ir::{Arg, ClassId, Column, ExprId, ExprKind, Index, Span, Symbol, Table, TextPart, Uniqueness};

use crate::ids::{ClassRef, ExprRef, FileId};
use crate::models::Declares;
use crate::program::Program;
use crate::values::Atom;

pub(crate) fn collect(program: &Program<'_>) -> Vec<Table> {
    let mut tables = Vec::new();
    for number in 0..program.files.len() {
        let file = FileId(number as u32);
        for class in 0..program.files[number].classes.len() {
            let class = ClassRef { file, id: ClassId(class as u32) };
            let table = of_class(program, class);
            if !table.columns.is_empty() {
                if let Some(name) = own_name(program, class) {
                    tables.push(Table { name, ..table.clone() });
                }
                tables.push(table);
            }
        }
        tables.extend(documents(program, file));
    }
    tables
}

fn of_class(program: &Program<'_>, class: ClassRef) -> Table {
    let file = program.file(class.file);
    let declared = file.class(class.id);
    let name = Symbol::new(&declared.name.to_lowercase());
    let mut table = empty(name, class.file, declared.name_span);
    for decorator in &declared.decorators {
        add_index(program, &mut table, ExprRef { file: class.file, id: *decorator });
    }
    for field in &declared.fields {
        // `__table_args__`, and what a nested `Meta` says.
        let texts = field.value.iter().chain(&field.decorators);
        for expr in texts {
            add_field(program, &mut table, field.name, field.span, ExprRef { file: class.file, id: *expr });
        }
        if let Some(ExprKind::Class(meta)) = field.value.map(|value| &file.expr(value).kind) {
            for setting in file.class(*meta).fields.iter().filter_map(|field| field.value) {
                add_index(program, &mut table, ExprRef { file: class.file, id: setting });
            }
        }
    }
    if !table.columns.is_empty() {
        table.indexes.push(index_of(vec![Symbol::new("id")]));
    }
    table
}

/// A field: a column by its value or a decorator, or a list of indexes.
fn add_field(program: &Program<'_>, table: &mut Table, name: Symbol, span: Span, expr: ExprRef) {
    match program.model(expr).and_then(|model| model.declares) {
        Some(declares @ (Declares::Column | Declares::IndexedColumn)) => {
            let ExprKind::Call { args, .. } = program.kind(expr) else { return };
            let ty =
                args.first().map_or(String::new(), |arg| program.file(expr.file).dump_expr(arg.value).to_lowercase());
            let name_end = span.start + u32::try_from(name.len()).unwrap_or(0);
            let span = Span::new(span.start, name_end.min(span.end));
            for name in [name, Symbol::new(&format!("{name}_id"))] {
                let is_reference = declares == Declares::IndexedColumn || !name.ends_with("_id_id");
                let is_extra = name.len() > (span.end - span.start) as usize;
                if is_extra && declares != Declares::IndexedColumn || !is_reference {
                    continue;
                }
                table.columns.push(column(name, ty.clone(), table.file, span));
                if declares == Declares::IndexedColumn || is_marked(program, expr.file, args) {
                    table.indexes.push(index_of(vec![name]));
                }
            }
        }
        Some(Declares::Index) if program.model(expr).is_some() => {
            add_index(program, table, expr);
            // `@Index()` on a field.
            let ExprKind::Call { args, .. } = program.kind(expr) else { return };
            if args.is_empty()
                || !matches!(program.kind(ExprRef { file: expr.file, id: args[0].value }), ExprKind::List(_))
            {
                table.indexes.push(index_of(vec![name]));
            }
        }
        _ => add_index(program, table, expr),
    }
}

/// `index=True`, `unique: true` and their like.
fn is_marked(program: &Program<'_>, file: FileId, args: &[Arg]) -> bool {
    let is_mark =
        |name: &str| matches!(name, "index" | "db_index" | "unique" | "primary_key" | "primary" | "primaryKey");
    let is_true = |id: ExprId| !matches!(program.kind(ExprRef { file, id }), ExprKind::Bool(false) | ExprKind::Null);
    args.iter().any(|arg| match (arg.name, program.kind(ExprRef { file, id: arg.value })) {
        (Some(name), _) => is_mark(name.as_str()) && is_true(arg.value),
        (None, ExprKind::Record(entries)) => {
            entries.iter().any(|entry| entry.key.is_some_and(|key| is_mark(key.as_str())) && is_true(entry.value))
        }
        _ => false,
    })
}

/// Index declarations anywhere in an expression, and tuples of columns (`unique_together`).
fn add_index(program: &Program<'_>, table: &mut Table, expr: ExprRef) {
    let at = |id: ExprId| ExprRef { file: expr.file, id };
    match program.kind(expr) {
        ExprKind::List(items) => {
            let names: Vec<Symbol> = items.iter().filter_map(|item| plain_text(program, at(*item))).collect();
            if names.len() == items.len() && !names.is_empty() {
                table.indexes.push(index_of(names));
            } else {
                items.iter().for_each(|item| add_index(program, table, at(*item)));
            }
        }
        ExprKind::Call { args, .. }
            if program.model(expr).is_some_and(|model| model.declares == Some(Declares::Index)) =>
        {
            let mut names: Vec<Symbol> = Vec::new();
            for arg in args.iter().filter(|arg| arg.name.is_none_or(|name| name == "fields")) {
                match program.kind(at(arg.value)) {
                    ExprKind::List(items) => {
                        names.extend(items.iter().filter_map(|item| plain_text(program, at(*item))))
                    }
                    ExprKind::Record(entries) => names.extend(entries.iter().filter_map(|entry| entry.key)),
                    _ => names.extend(plain_text(program, at(arg.value))),
                }
            }
            // The first text of SQLAlchemy's `Index` is its name; no column is called like it.
            for start in 0..names.len().min(2) {
                table.indexes.push(index_of(names[start..].to_vec()));
            }
        }
        _ => {}
    }
}

/// `mongoose.model("User", userSchema)`: the schema's record, and the indexes that are added to it.
fn documents(program: &Program<'_>, file: FileId) -> Vec<Table> {
    let mut found = Vec::new();
    for call in program.calls().iter().filter(|call| call.at.file == file) {
        let ExprKind::Call { args, .. } = program.kind(call.at) else { continue };
        let Some([name, schema]) = args.first_chunk::<2>() else { continue };
        let schema_at = ExprRef { file, id: schema.value };
        let Some(declared) = program.definition(schema_at) else { continue };
        let is_schema = program.model(declared).is_some_and(|model| model.declares == Some(Declares::Schema));
        let Some(name) = plain_text(program, ExprRef { file, id: name.value }).filter(|_| is_schema) else { continue };
        let ExprKind::Call { args: schema_args, .. } = program.kind(declared) else { continue };
        let Some(record) = schema_args.first() else { continue };
        let span = program.expr_span(call.at);
        let mut table = empty(Symbol::new(&name.to_lowercase()), declared.file, span);
        add_document_fields(program, &mut table, ExprRef { file: declared.file, id: record.value });
        table.indexes.push(index_of(vec![Symbol::new("_id")]));
        add_schema_indexes(program, &mut table, declared.file);
        found.push(table);
    }
    found
}

fn add_document_fields(program: &Program<'_>, table: &mut Table, record: ExprRef) {
    let ExprKind::Record(entries) = program.kind(record) else { return };
    for entry in entries {
        let Some(name) = entry.key else { continue };
        let value = ExprRef { file: record.file, id: entry.value };
        let span = program.expr_span(value);
        let is_marked = match program.kind(value) {
            ExprKind::Record(options) => options.iter().any(|option| {
                let is_true = !matches!(
                    program.kind(ExprRef { file: record.file, id: option.value }),
                    ExprKind::Bool(false) | ExprKind::Null
                );
                option.key.is_some_and(|key| key == "index" || key == "unique") && is_true
            }),
            _ => false,
        };
        let start = Span::new(span.start, span.start + 1);
        table.columns.push(column(name, String::new(), table.file, start));
        if is_marked {
            table.indexes.push(index_of(vec![name]));
        }
    }
}

/// `schema.index({ … })` in the schema's file. Of several schemas in a file each gets the indexes of all: too many silence.
fn add_schema_indexes(program: &Program<'_>, table: &mut Table, file: FileId) {
    for call in program.calls().iter().filter(|call| call.at.file == file) {
        if call.model.declares == Some(Declares::Index) {
            add_index(program, table, call.at);
        }
    }
}

fn own_name(program: &Program<'_>, class: ClassRef) -> Option<Symbol> {
    let file = program.file(class.file);
    let field = file.class(class.id).fields.iter().find(|field| field.name == "__tablename__")?;
    plain_text(program, ExprRef { file: class.file, id: field.value? })
}

fn plain_text(program: &Program<'_>, expr: ExprRef) -> Option<Symbol> {
    match program.kind(expr) {
        ExprKind::Text(parts) => match parts.as_slice() {
            [TextPart::Literal { value, .. }] => Some(Symbol::new(value)),
            _ => None,
        },
        ExprKind::Local(_) => program.value(expr).iter().find_map(|atom| match atom {
            Atom::Text(text) if *text != expr => plain_text(program, *text),
            _ => None,
        }),
        _ => None,
    }
}

fn index_of(columns: Vec<Symbol>) -> Index {
    Index::new(columns, Uniqueness::Plain)
}

fn empty(name: Symbol, file: FileId, span: Span) -> Table {
    Table { name, file: file.0, span, columns: Vec::new(), indexes: Vec::new(), foreign_keys: Vec::new() }
}

fn column(name: Symbol, ty: String, file: u32, span: Span) -> Column {
    Column { name, ty, is_nullable: true, file, span, references: None }
}
