//! `use` and `extern crate`.

use ir::{BindingKind, Export, Import, ImportItem, Span, Symbol};
use syn::{ItemExternCrate, ItemUse, UseTree, Visibility};

use super::Lowering;
use super::paths::join;

/// One name that a `use` brings in.
struct Leaf {
    name: Symbol,
    alias: Symbol,
    span: Span,
    is_public: bool,
}

impl Lowering<'_> {
    pub(super) fn use_item(&mut self, item: &ItemUse) {
        let is_public = !matches!(item.vis, Visibility::Inherited);
        self.use_tree(&mut Vec::new(), &item.tree, is_public);
    }

    pub(super) fn extern_crate(&mut self, item: &ItemExternCrate) {
        let (name, span) = self.ident(&item.ident);
        let alias = item.rename.as_ref().map_or(name, |(_, rename)| self.ident(rename).0);
        let import = Import { module: name, item: ImportItem::Module };
        self.declare_item(alias, BindingKind::Import(import), span);
    }

    fn use_tree(&mut self, prefix: &mut Vec<Symbol>, mut tree: &UseTree, is_public: bool) {
        let outer = prefix.len();
        while let UseTree::Path(path) = tree {
            prefix.push(self.ident(&path.ident).0);
            tree = &path.tree;
        }
        match tree {
            UseTree::Path(_) => {}
            UseTree::Name(leaf) => {
                let (name, span) = self.ident(&leaf.ident);
                self.use_leaf(prefix, Leaf { name, alias: name, span, is_public });
            }
            UseTree::Rename(leaf) => {
                let (name, span) = self.ident(&leaf.ident);
                let alias = self.ident(&leaf.rename).0;
                self.use_leaf(prefix, Leaf { name, alias, span, is_public });
            }
            UseTree::Glob(glob) => {
                let span = self.span(glob.star_token.span);
                self.use_all(prefix, span, is_public);
            }
            UseTree::Group(group) => {
                for part in &group.items {
                    self.use_tree(prefix, part, is_public);
                }
            }
        }
        prefix.truncate(outer);
    }

    fn use_leaf(&mut self, prefix: &[Symbol], mut leaf: Leaf) {
        let mut full = prefix.to_vec();
        if leaf.name != "self" {
            full.push(leaf.name);
        } else if let Some(module) = prefix.last() {
            leaf.alias = if leaf.alias == "self" { *module } else { leaf.alias };
        }
        let full = self.normalize(&full);
        if let Some(found) = self.find_in_file(&full) {
            self.bind_item(leaf.alias, found);
            if leaf.is_public {
                self.builder.export(Export::Binding { name: leaf.alias, binding: found });
            }
            return;
        }
        let full = self.below_table(&full).unwrap_or(full);
        let import = match full.split_last() {
            None => return,
            Some((module, [])) => Import { module: *module, item: ImportItem::Module },
            Some((item, module)) => Import { module: join(module), item: ImportItem::Named(*item) },
        };
        if leaf.is_public {
            self.builder.export(Export::From { name: leaf.alias, import: import.clone() });
        }
        if leaf.alias == "_" {
            self.builder.anonymous(leaf.name, BindingKind::Import(import), leaf.span);
        } else {
            self.declare_item(leaf.alias, BindingKind::Import(import), leaf.span);
        }
    }

    fn use_all(&mut self, prefix: &[Symbol], span: Span, is_public: bool) {
        let full = self.normalize(prefix);
        let within: &[Symbol] = match full.as_slice() {
            [] => return,
            // What the file declares is in scope anyway.
            [root] if self.is_file_root(*root) => return,
            [root, inner @ ..] if self.is_file_root(*root) => inner,
            whole => whole,
        };
        if let Some(names) = self.module_names.get(&join(within)).cloned() {
            for (name, binding) in names {
                self.bind_item(name, binding);
            }
            return;
        }
        let module = join(&self.below_table(&full).unwrap_or(full));
        if is_public {
            self.builder.export(Export::All { module });
        }
        let import = Import { module, item: ImportItem::All };
        self.builder.anonymous(Symbol::new("*"), BindingKind::Import(import), span);
    }
}
