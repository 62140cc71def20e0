//! Types, as expressions.

use ir::{ExprId, ExprKind, Symbol};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{GenericArgument, PathArguments, ReturnType, Type, TypeParamBound};

use super::Lowering;
use super::paths::Space;

impl Lowering<'_> {
    /// References and pointers are dropped to what they point to.
    pub(super) fn ty(&mut self, ty: &Type) -> ExprId {
        self.descend(|this| this.ty_within(ty)).unwrap_or_else(|| self.unread())
    }

    fn ty_within(&mut self, ty: &Type) -> ExprId {
        match ty {
            Type::Path(ty) => match boxed_trait(&ty.path) {
                Some(inner) if ty.qself.is_none() => self.ty(inner),
                _ => self.path(ty.qself.as_ref(), &ty.path, Space::Type),
            },
            Type::Reference(ty) => self.ty(&ty.elem),
            Type::Ptr(ty) => self.ty(&ty.elem),
            Type::Paren(ty) => self.ty(&ty.elem),
            Type::Group(ty) => self.ty(&ty.elem),
            Type::ImplTrait(ty) => self.first_trait(&ty.bounds, ty.impl_token.span),
            Type::TraitObject(ty) => {
                self.first_trait(&ty.bounds, ty.dyn_token.map_or_else(proc_macro2::Span::call_site, |token| token.span))
            }
            Type::Slice(ty) => self.sequence(&ty.elem, ty.bracket_token.span.join()),
            Type::Array(ty) => self.sequence(&ty.elem, ty.bracket_token.span.join()),
            Type::Tuple(ty) => {
                let parts = ty.elems.iter().map(|part| self.ty(part)).collect();
                let span = self.span(ty.paren_token.span.join());
                self.builder.expr(span, ExprKind::List(parts))
            }
            Type::FnPtr(ty) => {
                let mut parts: Vec<_> = ty.inputs.iter().map(|input| self.ty(&input.ty)).collect();
                parts.extend(self.returns(&ty.output));
                let span = self.span(ty.fn_token.span);
                self.builder.other(span, parts)
            }
            _ => {
                let span = self.span(ty.span());
                self.builder.other(span, Vec::new())
            }
        }
    }

    fn sequence(&mut self, element: &Type, span: proc_macro2::Span) -> ExprId {
        let span = self.span(span);
        let base = self.builder.expr(span, ExprKind::Global(Symbol::new("Vec")));
        let indices = vec![self.ty(element)];
        self.builder.expr(span, ExprKind::Index { base, indices })
    }

    fn first_trait<P>(&mut self, bounds: &Punctuated<TypeParamBound, P>, head: proc_macro2::Span) -> ExprId {
        match self.traits(bounds).first() {
            Some(found) => *found,
            None => {
                let span = self.span(head);
                self.builder.other(span, Vec::new())
            }
        }
    }

    pub(super) fn traits<P>(&mut self, bounds: &Punctuated<TypeParamBound, P>) -> Vec<ExprId> {
        bounds
            .iter()
            .filter_map(|bound| match bound {
                TypeParamBound::Trait(bound) => Some(self.path(None, &bound.path, Space::Type)),
                _ => None,
            })
            .collect()
    }

    pub(super) fn returns(&mut self, output: &ReturnType) -> Option<ExprId> {
        match output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(self.ty(ty)),
        }
    }

    /// The generic arguments of a path's segment. Lifetimes are dropped.
    pub(super) fn types_of(&mut self, list: &syn::AngleBracketedGenericArguments) -> Vec<ExprId> {
        let types = list.args.iter().filter_map(|arg| match arg {
            GenericArgument::Type(ty) => Some(self.ty(ty)),
            GenericArgument::AssocType(assoc) => Some(self.ty(&assoc.ty)),
            GenericArgument::Const(value) => Some(self.expr(value)),
            _ => None,
        });
        types.collect()
    }

    pub(super) fn generic_args(&mut self, arguments: &PathArguments) -> Vec<ExprId> {
        match arguments {
            PathArguments::None => Vec::new(),
            PathArguments::AngleBracketed(list) => self.types_of(list),
            PathArguments::Parenthesized(list) => {
                let mut parts: Vec<_> = list.inputs.iter().map(|input| self.ty(&input.ty)).collect();
                parts.extend(self.returns(&list.output));
                parts
            }
        }
    }
}

/// The trait object of a `Box<dyn Trait>`, which is as good as the trait itself.
fn boxed_trait(path: &syn::Path) -> Option<&Type> {
    let last = path.segments.last()?;
    let PathArguments::AngleBracketed(list) = &last.arguments else { return None };
    match list.args.first()? {
        GenericArgument::Type(inner @ Type::TraitObject(_)) if last.ident == "Box" => Some(inner),
        _ => None,
    }
}
