//! Items: declared first in their module or block, then lowered in the order of the text.

use ir::{
    BindingId, BindingKind, ClassId, FnId, FunctionKind, Import, ImportItem, Skipped, Span, Stmt, StmtKind, Symbol,
};
use proc_macro2::Ident;
use syn::spanned::Spanned as _;
use syn::{Fields, Item, ItemMod};

use super::Lowering;
use super::attributes::{declared_path, is_test};
use super::macro_syntax::MacroStatic;
use super::macros::declared_statics;
use super::paths::join;

/// What was made of an item when it was declared.
pub(super) enum Hoisted {
    Nothing,
    Function(FnId),
    Class(ClassId),
    Constant(BindingId),
    Statics(Vec<MacroStatic>, Vec<BindingId>),
    /// Complete already.
    Tables,
    Module {
        names: Vec<(Symbol, BindingId)>,
        items: Vec<Hoisted>,
    },
}

impl Lowering<'_> {
    pub(super) fn items(&mut self, items: &[Item], stmts: &mut Vec<Stmt>) {
        let items: Vec<&Item> = items.iter().collect();
        let hoisted = self.hoist(&items);
        for (item, hoisted) in items.into_iter().zip(hoisted) {
            self.item(item, hoisted, stmts);
        }
    }

    /// Declares what the items name, imports last, since they may name items of inline modules.
    pub(super) fn hoist(&mut self, items: &[&Item]) -> Vec<Hoisted> {
        let hoisted = items.iter().map(|item| self.hoist_item(item)).collect();
        self.imports(items.iter().copied());
        hoisted
    }

    fn imports<'i>(&mut self, items: impl IntoIterator<Item = &'i Item>) {
        for item in items {
            match item {
                Item::Use(item) => self.use_item(item),
                Item::ExternCrate(item) => self.extern_crate(item),
                _ => {}
            }
        }
    }

    fn hoist_item(&mut self, item: &Item) -> Hoisted {
        match item {
            Item::Fn(item) => {
                let end = item.block.brace_token.span.close();
                let id = self.declare_function(&item.sig, FunctionKind::Named, end);
                let function = self.builder.file().function(id);
                let (name, span) = (function.name, function.name_span);
                self.declare_item(name, BindingKind::Function(id), span);
                Hoisted::Function(id)
            }
            Item::Struct(item) => {
                let end = match (&item.fields, item.semi_token) {
                    (_, Some(semi)) => semi.span,
                    (Fields::Named(fields), None) => fields.brace_token.span.close(),
                    (_, None) => item.ident.span(),
                };
                let declared = self.declare_class(&item.ident, item.struct_token.span, end);
                self.declare_derived(&item.attrs);
                declared
            }
            Item::Enum(item) => self.declare_class(&item.ident, item.enum_token.span, item.brace_token.span.close()),
            Item::Union(item) => {
                self.declare_class(&item.ident, item.union_token.span, item.fields.brace_token.span.close())
            }
            Item::Trait(item) => self.declare_class(&item.ident, item.trait_token.span, item.brace_token.span.close()),
            Item::Const(item) => self.declare_constant(&item.ident),
            Item::Static(item) => self.declare_constant(&item.ident),
            Item::Type(item) => self.declare_constant(&item.ident),
            Item::Macro(item) => match declared_statics(&item.mac) {
                Some(statics) => {
                    let bindings = self.declare_statics(&statics);
                    Hoisted::Statics(statics, bindings)
                }
                None if self.declare_tables(&item.mac) => Hoisted::Tables,
                None => Hoisted::Nothing,
            },
            Item::Mod(item) => self.hoist_module(item),
            _ => Hoisted::Nothing,
        }
    }

    fn declare_class(&mut self, ident: &Ident, start: proc_macro2::Span, end: proc_macro2::Span) -> Hoisted {
        let (name, name_span) = self.ident(ident);
        let span = self.span(start).to(self.span(end));
        let id = self.builder.class(name, span, name_span);
        self.declare_item(name, BindingKind::Class(id), name_span);
        Hoisted::Class(id)
    }

    fn declare_constant(&mut self, ident: &Ident) -> Hoisted {
        let (name, span) = self.ident(ident);
        // `const _: () = …` binds nothing.
        Hoisted::Constant(match name.as_str() {
            "_" => self.builder.anonymous(name, BindingKind::Constant, span),
            _ => self.declare_item(name, BindingKind::Constant, span),
        })
    }

    /// A module in a file of its own is an import of it. The names of an inline one are also declared in the scope
    /// around it, where they are free: other files reach them by a path that ends in this file. Its imports wait until
    /// all items of the file are declared, since it may name those around it.
    fn hoist_module(&mut self, item: &ItemMod) -> Hoisted {
        let (name, span) = self.ident(&item.ident);
        let Some((_, items)) = &item.content else {
            self.builder.file_mut().submodules.push(name);
            if let Some(place) = declared_path(&item.attrs).filter(|_| self.module_path.is_empty()) {
                self.builder.file_mut().placed_modules.push((name, Symbol::new(&place)));
            }
            let mut path = vec![Symbol::new("self")];
            path.extend(&self.module_path);
            path.push(name);
            let import = Import { module: join(&path), item: ImportItem::Module };
            self.declare_item(name, BindingKind::Import(import), span);
            return Hoisted::Nothing;
        };
        let outer_names = self.names.len();
        self.module_path.push(name);
        let function = self.builder.current_function();
        self.builder.push_scope(function, false);
        let hoisted = items.iter().map(|item| self.hoist_item(item)).collect();
        let names = self.names.split_off(outer_names);
        self.builder.pop_scope();
        let path = join(&self.module_path);
        self.module_path.pop();
        for (name, binding) in &names {
            self.module_items.insert((path, *name), *binding);
            if !is_test(&item.attrs) && self.builder.lookup(*name).is_none() {
                self.bind_item(*name, *binding);
            }
        }
        self.module_names.insert(path, names.clone());
        Hoisted::Module { names, items: hoisted }
    }

    pub(super) fn declare_item(&mut self, name: Symbol, kind: BindingKind, span: Span) -> BindingId {
        let binding = self.builder.declare(name, kind, span);
        self.names.push((name, binding));
        binding
    }

    pub(super) fn bind_item(&mut self, name: Symbol, binding: BindingId) {
        self.builder.bind(name, binding);
        self.names.push((name, binding));
    }

    pub(super) fn item(&mut self, item: &Item, hoisted: Hoisted, stmts: &mut Vec<Stmt>) {
        match (item, hoisted) {
            (Item::Fn(item), Hoisted::Function(id)) => {
                self.complete_function(id, &item.attrs, &item.sig, Some(&item.block));
            }
            (Item::Struct(item), Hoisted::Class(id)) => self.complete_struct(id, &item.attrs, item.fields.iter()),
            (Item::Union(item), Hoisted::Class(id)) => {
                self.complete_struct(id, &item.attrs, item.fields.named.iter());
            }
            (Item::Enum(item), Hoisted::Class(id)) => self.complete_enum(id, item),
            (Item::Trait(item), Hoisted::Class(id)) => self.complete_trait(id, item),
            (Item::Const(item), Hoisted::Constant(binding)) => {
                stmts.push(self.constant(binding, &item.ty, Some(&item.expr)));
            }
            (Item::Static(item), Hoisted::Constant(binding)) => {
                stmts.push(self.constant(binding, &item.ty, Some(&item.expr)));
            }
            (Item::Type(item), Hoisted::Constant(binding)) => stmts.push(self.alias(binding, item)),
            (Item::Macro(_), Hoisted::Statics(statics, bindings)) => self.statics(&statics, &bindings, stmts),
            (_, Hoisted::Tables) => {}
            (Item::Macro(item), _) if item.ident.is_none() => {
                let value = self.macro_call(&item.mac);
                stmts.push(Stmt { span: self.span_of(value), kind: StmtKind::Expr(value) });
            }
            (Item::Macro(item), _) => self.macro_rules(item),
            (Item::Impl(item), _) => self.impl_item(item),
            (Item::Mod(item), Hoisted::Module { names, items }) => self.module(item, &names, items, stmts),
            (Item::Verbatim(tokens), _) => {
                let span = self.span(tokens.span());
                self.skip(span, "syntax that the parser does not know");
            }
            _ => {}
        }
    }

    fn skip(&mut self, span: Span, reason: &str) {
        self.skipped.push(Skipped { span, reason: reason.to_owned() });
    }

    fn module(&mut self, item: &ItemMod, names: &[(Symbol, BindingId)], hoisted: Vec<Hoisted>, stmts: &mut Vec<Stmt>) {
        let Some((_, items)) = &item.content else { return };
        let outer_test = self.enter_test(&item.attrs);
        let name = self.ident(&item.ident).0;
        self.module_path.push(name);
        self.open_block();
        for (name, binding) in names {
            self.builder.bind(*name, *binding);
        }
        self.imports(items);
        for (item, hoisted) in items.iter().zip(hoisted) {
            self.item(item, hoisted, stmts);
        }
        self.builder.pop_scope();
        self.module_path.pop();
        self.in_test = outer_test;
    }
}
