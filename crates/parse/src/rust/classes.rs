//! Types: structs, enums, traits, and the methods that `impl` blocks give them.

use ir::{BindingKind, ClassId, ExprId, ExprKind, Field, Impl, Pattern, Stmt, StmtKind, Symbol};
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, Fields, ImplItem, ImplItemFn, ItemEnum, ItemImpl, ItemTrait, ItemType, TraitItem, Type};

use super::Lowering;
use super::attributes::is_test;
use super::derives::table_name;
use super::paths::Space;

impl Lowering<'_> {
    pub(super) fn complete_struct<'f>(
        &mut self,
        id: ClassId,
        attrs: &[Attribute],
        fields: impl Iterator<Item = &'f syn::Field>,
    ) {
        let decorators = self.decorators(attrs);
        let fields = fields
            .enumerate()
            .map(|(index, field)| {
                let name = match &field.ident {
                    Some(ident) => self.ident(ident).0,
                    None => Symbol::new(&index.to_string()),
                };
                Field {
                    name,
                    annotation: Some(self.ty(&field.ty)),
                    value: None,
                    is_static: false,
                    decorators: self.decorators(&field.attrs),
                    span: self.span(field.span()),
                }
            })
            .collect();
        let bases = self.declaring_derives(attrs);
        let table = table_name(attrs).filter(|_| !bases.is_empty());
        self.add_row_entity(id, attrs);
        let class = self.builder.class_mut(id);
        class.decorators = decorators;
        class.fields = fields;
        class.bases = bases;
        if let Some(table) = table {
            class.name = Symbol::new(&table);
        }
    }

    /// A variant that holds just one value has its type.
    pub(super) fn complete_enum(&mut self, id: ClassId, item: &ItemEnum) {
        let decorators = self.decorators(&item.attrs);
        let fields = item
            .variants
            .iter()
            .map(|variant| {
                let (name, span) = self.ident(&variant.ident);
                let annotation = match &variant.fields {
                    Fields::Unnamed(fields) if fields.unnamed.len() == 1 => Some(self.ty(&fields.unnamed[0].ty)),
                    _ => None,
                };
                let value = variant.discriminant.as_ref().map(|(_, value)| self.expr(value));
                let decorators = self.decorators(&variant.attrs);
                Field { name, annotation, value, is_static: true, decorators, span }
            })
            .collect();
        let class = self.builder.class_mut(id);
        class.decorators = decorators;
        class.fields = fields;
    }

    pub(super) fn complete_trait(&mut self, id: ClassId, item: &ItemTrait) {
        let decorators = self.decorators(&item.attrs);
        let bases = self.traits(&item.supertraits);
        let (name, span) = self.ident(&item.ident);
        let own = self.builder.name(span, name);
        let outer_type = self.self_type.replace(own);
        let outer_test = self.enter_test(&item.attrs);
        let mut methods = Vec::new();
        let mut fields = Vec::new();
        for item in &item.items {
            match item {
                TraitItem::Fn(item) => {
                    methods.push(self.method(Some(id), &item.attrs, &item.sig, item.default.as_ref()));
                }
                TraitItem::Const(item) => {
                    let value = item.default.as_ref().map(|(_, value)| value);
                    fields.push(self.associated_const(&item.ident, &item.ty, value, &item.attrs));
                }
                _ => {}
            }
        }
        self.in_test = outer_test;
        self.self_type = outer_type;
        let class = self.builder.class_mut(id);
        class.decorators = decorators;
        class.bases = bases;
        class.methods = methods;
        class.fields = fields;
    }

    fn associated_const(
        &mut self,
        name: &proc_macro2::Ident,
        ty: &Type,
        value: Option<&Expr>,
        attrs: &[Attribute],
    ) -> Field {
        let (name, span) = self.ident(name);
        Field {
            name,
            annotation: Some(self.ty(ty)),
            value: value.map(|value| self.expr(value)),
            is_static: true,
            decorators: self.decorators(attrs),
            span,
        }
    }

    pub(super) fn impl_item(&mut self, all: &ItemImpl) {
        let ty = self.ty(&all.self_ty);
        let decorators = self.decorators(&all.attrs);
        let interface = all.trait_.as_ref().map(|(path, _)| self.path(None, path, Space::Type));
        let class = self.class_of(ty);
        let outer_type = self.self_type.replace(ty);
        let outer_test = self.enter_test(&all.attrs);
        let mut methods = Vec::new();
        for item in &all.items {
            match item {
                ImplItem::Fn(method) if is_stand_in(method, &all.items) => {}
                ImplItem::Fn(item) => {
                    methods.push(self.method(class, &item.attrs, &item.sig, Some(&item.block)));
                }
                ImplItem::Const(item) => {
                    let field = self.associated_const(&item.ident, &item.ty, Some(&item.expr), &item.attrs);
                    if let Some(class) = class {
                        self.builder.class_mut(class).fields.push(field);
                    }
                }
                _ => {}
            }
        }
        let is_test = std::mem::replace(&mut self.in_test, outer_test);
        self.self_type = outer_type;
        self.builder.file_mut().impls.push(Impl { ty, interface, decorators, methods, is_test });
    }

    /// The class of a type that this file declares.
    fn class_of(&self, ty: ExprId) -> Option<ClassId> {
        let file = self.builder.file();
        match file.expr(ty).kind {
            ExprKind::Index { base, .. } => self.class_of(base),
            ExprKind::Local(binding) => match file.binding(binding).kind {
                BindingKind::Class(class) => Some(class),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn alias(&mut self, binding: ir::BindingId, item: &ItemType) -> Stmt {
        let value = self.ty(&item.ty);
        let span = self.span(item.type_token.span).to(self.span(item.semi_token.span));
        Stmt { span, kind: StmtKind::Let { pattern: Pattern::Bind(binding), annotation: None, value: Some(value) } }
    }
}

/// Whether a method of tests has one of the same name beside it that serves: `#[cfg(feature = "mock")]`.
fn is_stand_in(method: &ImplItemFn, beside: &[ImplItem]) -> bool {
    let serves = |item: &ImplItem| matches!(item, ImplItem::Fn(other) if other.sig.ident == method.sig.ident && !is_test(&other.attrs));
    is_test(&method.attrs) && beside.iter().any(serves)
}
