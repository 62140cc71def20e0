//! What derive macros declare beside the type that they stand on.

use ir::{Export, ExprId, Symbol};
use syn::{Attribute, Expr, Lit, Meta, Path};

use super::Lowering;
use super::macro_syntax::arguments;
use super::paths::Space;

/// Macros that declare types, and how these are called in the module of the one that they stand on. Theirs are its fields and
/// its table, so that it stands for them all.
const DECLARING: &[(&str, &[&str])] =
    &[("DeriveEntityModel", &["Entity", "ActiveModel", "Column", "PrimaryKey"]), ("Associations", &[])];

pub(super) fn derives(attrs: &[Attribute]) -> impl Iterator<Item = Path> {
    let lists = attrs.iter().filter(|attr| attr.path().is_ident("derive"));
    lists
        .filter_map(|attr| {
            attr.parse_args_with(syn::punctuated::Punctuated::<Path, syn::Token![,]>::parse_terminated).ok()
        })
        .flatten()
}

fn declared_by(path: &Path) -> Option<&'static [&'static str]> {
    let last = path.segments.last()?;
    DECLARING.iter().find(|(name, _)| last.ident == name).map(|(_, declared)| *declared)
}

impl Lowering<'_> {
    /// Declares what the macros on the type that was declared last bring with it.
    pub(super) fn declare_derived(&mut self, attrs: &[Attribute]) {
        let Some((_, binding)) = self.names.last().copied() else { return };
        for name in derives(attrs).filter_map(|path| declared_by(&path)).flatten() {
            let name = Symbol::new(name);
            self.bind_item(name, binding);
            if self.module_path.is_empty() {
                self.builder.export(Export::Binding { name, binding });
            }
        }
    }

    /// The macros that declare types, as what the type is by them.
    pub(super) fn declaring_derives(&mut self, attrs: &[Attribute]) -> Vec<ExprId> {
        let paths = derives(attrs).filter(|path| declared_by(path).is_some());
        paths.map(|path| self.path(None, &path, Space::Type)).collect()
    }
}

/// `#[sea_orm(table_name = "orders")]`: every module calls its own `Model`, and the table's name tells them apart.
pub(super) fn table_name(attrs: &[Attribute]) -> Option<String> {
    let lists = attrs.iter().filter_map(|attr| match &attr.meta {
        Meta::List(list) if list.path.is_ident("sea_orm") => list.parse_args_with(arguments).ok(),
        _ => None,
    });
    lists.flatten().find_map(|arg| match arg.value {
        Expr::Lit(literal) if arg.name.as_ref().is_some_and(|name| name == "table_name") => match literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}
