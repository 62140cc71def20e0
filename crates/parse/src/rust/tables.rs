//! Diesel's `table!`, a language of its own that declares a table and how code calls it and its columns.
//!
//! A table is a class whose members are its columns. The modules that the macro makes of it (`users`, `users::dsl`,
//! `users::columns`) and the type in them (`users::table`) all stand for the class, so that each path to a column is a member of it;
//! other files reach them by whole paths, for every table has an `id`.

use ir::{
    BindingKind, ClassId, Column, Entity, Export, ExprId, ExprKind, Field, ForeignKey, Index, OnDelete, Span, Symbol,
    Table, Uniqueness,
};
use proc_macro2::Ident;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, ExprLit, ItemUse, Lit, Macro, Meta, Result, Token, Type, braced, parenthesized, token};

use super::Lowering;
use super::derives::derives;
use super::macro_syntax::arguments;
use super::macros::parse;
use super::paths::join;

/// The modules within a table's module that bring its names too.
const INNER_MODULES: &[&str] = &["dsl", "columns"];

struct MacroTable {
    name: Ident,
    sql_name: Option<String>,
    keys: Vec<Ident>,
    columns: Vec<MacroColumn>,
}

struct MacroColumn {
    name: Ident,
    sql_name: Option<String>,
    ty: Type,
}

/// `posts -> users (user_id)`.
struct Joinable {
    child: Ident,
    parent: Ident,
    column: Ident,
}

fn is_named(mac: &Macro, name: &str) -> bool {
    mac.path.segments.last().is_some_and(|last| last.ident == name)
}

fn tables(input: ParseStream<'_>) -> Result<Vec<MacroTable>> {
    let mut tables = Vec::new();
    while !input.is_empty() {
        while input.peek(Token![use]) {
            input.parse::<ItemUse>()?;
        }
        tables.push(table(input)?);
    }
    Ok(tables)
}

fn table(input: ParseStream<'_>) -> Result<MacroTable> {
    let attrs = input.call(Attribute::parse_outer)?;
    let mut name = input.call(Ident::parse_any)?;
    if input.peek(Token![.]) {
        input.parse::<Token![.]>()?;
        name = input.call(Ident::parse_any)?;
    }
    let mut keys = Vec::new();
    if input.peek(token::Paren) {
        let content;
        parenthesized!(content in input);
        keys = content.parse_terminated(Ident::parse_any, Token![,])?.into_iter().collect();
    }
    let content;
    braced!(content in input);
    let columns = content.parse_terminated(column, Token![,])?.into_iter().collect();
    Ok(MacroTable { name, sql_name: sql_name(&attrs), keys, columns })
}

fn column(input: ParseStream<'_>) -> Result<MacroColumn> {
    let attrs = input.call(Attribute::parse_outer)?;
    let name = input.call(Ident::parse_any)?;
    input.parse::<Token![->]>()?;
    Ok(MacroColumn { name, sql_name: sql_name(&attrs), ty: input.parse()? })
}

fn sql_name(attrs: &[Attribute]) -> Option<String> {
    attrs.iter().find_map(|attr| match &attr.meta {
        Meta::NameValue(said) if said.path.is_ident("sql_name") => last_name(&said.value),
        _ => None,
    })
}

fn joinable(input: ParseStream<'_>) -> Result<Joinable> {
    let child = input.parse()?;
    input.parse::<Token![->]>()?;
    let parent = input.parse()?;
    let content;
    parenthesized!(content in input);
    Ok(Joinable { child, parent, column: content.parse()? })
}

/// `#[diesel(table_name = crate::schema::posts)]`, and `#[table_name = "posts"]` of old.
fn table_of_rows(attrs: &[Attribute]) -> Option<String> {
    attrs.iter().find_map(|attr| match &attr.meta {
        Meta::NameValue(said) if said.path.is_ident("table_name") => last_name(&said.value),
        Meta::List(list) if list.path.is_ident("diesel") => {
            let mut args = list.parse_args_with(arguments).ok()?.into_iter();
            let said = args.find(|arg| arg.name.as_ref().is_some_and(|name| name == "table_name"))?;
            last_name(&said.value)
        }
        _ => None,
    })
}

fn last_name(value: &Expr) -> Option<String> {
    match value {
        Expr::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for (at, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && at > 0 {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

impl Lowering<'_> {
    /// Declares the tables of a macro; false where it is another one.
    pub(super) fn declare_tables(&mut self, mac: &Macro) -> bool {
        if is_named(mac, "joinable")
            && let Some(pair) = parse(mac, joinable)
        {
            self.add_key(&pair);
            return true;
        }
        let Some(tables) = is_named(mac, "table").then(|| parse(mac, tables)).flatten() else { return false };
        let base = self.table_type(mac);
        for table in &tables {
            self.declare_table(table, base);
        }
        true
    }

    /// `diesel::table`, however the macro came into scope.
    fn table_type(&mut self, mac: &Macro) -> ExprId {
        let last = mac.path.segments.last().map_or(mac.bang_token.span, |last| last.ident.span());
        let span = self.span(last);
        let root = self.builder.expr(span, ExprKind::Global(Symbol::new("diesel")));
        self.builder.member(root, Symbol::new("table"), span)
    }

    fn declare_table(&mut self, table: &MacroTable, base: ExprId) {
        let (name, span) = self.ident(&table.name);
        let stored = table.sql_name.as_deref().map_or(name, Symbol::new);
        let class = self.builder.class(stored, span, span);
        let binding = self.declare_item(name, BindingKind::Class(class), span);
        let itself = self.builder.expr(span, ExprKind::Local(binding));
        let own = INNER_MODULES.iter().copied().map(Symbol::new).chain([Symbol::new("table"), name]);
        let own = own.map(|name| Field { value: Some(itself), ..field(name, span) });
        let columns: Vec<(Symbol, Span)> = table.columns.iter().map(|column| self.ident(&column.name)).collect();
        let fields = own.chain(columns.iter().map(|(name, span)| field(*name, *span))).collect();
        let declared = self.builder.class_mut(class);
        (declared.bases, declared.fields) = (vec![base], fields);
        self.add_entity(table, stored, span);
        self.export_table(name, itself, &columns);
    }

    /// Everything by its path from the file on: `users::table`, `users::dsl::users`, `users::dsl::email`.
    fn export_table(&mut self, name: Symbol, itself: ExprId, columns: &[(Symbol, Span)]) {
        let path: Vec<Symbol> = self.module_path.iter().copied().chain([name]).collect();
        self.table_modules.insert(join(&path));
        let mut modules = vec![path.clone()];
        modules.extend(INNER_MODULES.iter().map(|inner| [path.as_slice(), &[Symbol::new(inner)]].concat()));
        let mut named = vec![(Symbol::new("table"), itself), (name, itself)];
        named.extend(INNER_MODULES.iter().map(|inner| (Symbol::new(inner), itself)));
        for (column, span) in columns {
            named.push((*column, self.builder.member(itself, *column, *span)));
        }
        for module in modules {
            for (name, value) in &named {
                let name = join(&[module.as_slice(), &[*name]].concat());
                self.builder.export(Export::Value { name, value: *value });
            }
        }
    }

    fn add_entity(&mut self, table: &MacroTable, stored: Symbol, span: Span) {
        let lower = |name: &str| Symbol::new(&name.to_ascii_lowercase());
        let mut attributes = Vec::new();
        let mut columns = Vec::new();
        for column in &table.columns {
            let (name, span) = self.ident(&column.name);
            let stored = lower(column.sql_name.as_deref().unwrap_or(&name));
            attributes.push((name, stored));
            let ty = self.span(column.ty.span()).text(self.source).to_ascii_lowercase();
            let inner = ty.strip_prefix("nullable<").map(|rest| rest.trim_end_matches('>'));
            let (is_nullable, ty) = (inner.is_some(), inner.unwrap_or(&ty).to_owned());
            columns.push(Column { name: stored, ty, is_nullable, file: 0, span, references: None });
        }
        let keys: Vec<Symbol> = match table.keys.as_slice() {
            [] => vec![Symbol::new("id")],
            keys => keys.iter().map(|key| self.ident(key).0).collect(),
        };
        let stored_of = |name: &Symbol| attributes.iter().find(|(own, _)| own == name).map(|(_, stored)| *stored);
        let indexes = vec![Index::new(keys.iter().filter_map(stored_of), Uniqueness::Primary)];
        let table = Table { name: lower(&stored), file: 0, span, columns, indexes, foreign_keys: Vec::new() };
        // What else the migrations make is not said here.
        let entity =
            Entity { name: stored, table, attributes, relations: Vec::new(), default_order: None, is_incomplete: true };
        self.builder.file_mut().entities.push(entity);
    }

    fn add_key(&mut self, pair: &Joinable) {
        let [child, parent, column] = [&pair.child, &pair.parent, &pair.column].map(|name| self.ident(name).0);
        let entities = &mut self.builder.file_mut().entities;
        let Some(entity) = entities.iter_mut().find(|entity| entity.name == child) else { return };
        let Some((_, column)) = entity.attributes.iter().find(|(name, _)| *name == column).copied() else { return };
        for own in entity.table.columns.iter_mut().filter(|own| own.name == column) {
            own.references = Some(parent);
        }
        let on_delete = OnDelete::Refuse;
        entity.table.foreign_keys.push(ForeignKey {
            name: None,
            columns: vec![column],
            table: parent,
            on_delete,
            is_indexed: false,
        });
    }

    /// A struct of the rows of a table that has parents stands for the table: `Post::belonging_to(&user)`.
    pub(super) fn add_row_entity(&mut self, class: ClassId, attrs: &[Attribute]) {
        if !derives(attrs).any(|path| path.segments.last().is_some_and(|last| last.ident == "Associations")) {
            return;
        }
        let class = self.builder.file().class(class);
        let (name, span) = (class.name, class.name_span);
        let table = table_of_rows(attrs).unwrap_or_else(|| format!("{}s", snake_case(&name)));
        let table = Table {
            name: Symbol::new(&table),
            file: 0,
            span,
            columns: Vec::new(),
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
        };
        let attributes = Vec::new();
        let entity =
            Entity { name, table, attributes, relations: Vec::new(), default_order: None, is_incomplete: true };
        self.builder.file_mut().entities.push(entity);
    }

    /// A path into a table's modules as other files would begin it, if it is one.
    pub(super) fn below_table(&self, full: &[Symbol]) -> Option<Vec<Symbol>> {
        let is_table = |length: usize| self.table_modules.contains(&join(&full[..length]));
        let is_ours = (1..=full.len()).any(is_table);
        is_ours.then(|| [&[Symbol::new("self")], full].concat())
    }
}

fn field(name: Symbol, span: Span) -> Field {
    Field { name, annotation: None, value: None, is_static: true, decorators: Vec::new(), span }
}
