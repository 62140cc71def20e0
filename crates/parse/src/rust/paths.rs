//! Paths: names, chains of members on them, and items reached from the root of the crate.

use ir::{BindingId, BindingKind, ExprId, ExprKind, FnId, Import, ImportItem, Span, Symbol};
use syn::{PathArguments, PathSegment, QSelf};

use super::Lowering;

/// What a path names decides how it is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    /// Generic arguments are dropped.
    Value,
    /// Generic arguments are kept as indices.
    Type,
    /// Variables and items of other kinds do not hide a macro.
    Macro,
}

impl Lowering<'_> {
    pub(super) fn path(&mut self, qself: Option<&QSelf>, path: &syn::Path, space: Space) -> ExprId {
        let segments: Vec<&PathSegment> = path.segments.iter().collect();
        let (mut base, read) = match qself {
            Some(qself) => (self.ty(&qself.ty), qself.position),
            None => self.head(&segments, space),
        };
        if let Some(last) = read.checked_sub(1).and_then(|last| segments.get(last)) {
            base = self.apply(base, &last.arguments, space);
        }
        for segment in segments.iter().skip(read) {
            let (name, span) = self.ident(&segment.ident);
            base = self.builder.member(base, name, span);
            base = self.apply(base, &segment.arguments, space);
        }
        base
    }

    fn apply(&mut self, base: ExprId, arguments: &PathArguments, space: Space) -> ExprId {
        if space != Space::Type || arguments.is_none() {
            return base;
        }
        let indices = self.generic_args(arguments);
        if indices.is_empty() {
            return base;
        }
        let close = match arguments {
            PathArguments::AngleBracketed(list) => self.span(list.gt_token.spans[0]),
            PathArguments::Parenthesized(list) => self.span(list.paren_token.span.close()),
            PathArguments::None => self.span_of(base),
        };
        let span = self.span_of(base).to(close);
        self.builder.expr(span, ExprKind::Index { base, indices })
    }

    /// What a path begins with, and how many segments that takes.
    fn head(&mut self, segments: &[&PathSegment], space: Space) -> (ExprId, usize) {
        let Some(first) = segments.first() else {
            return (self.unread(), 0);
        };
        let (name, span) = self.ident(&first.ident);
        match name.as_str() {
            "self" if segments.len() == 1 => (self.builder.expr(span, ExprKind::This), 1),
            "Self" => (self.self_type(span, space), 1),
            "crate" | "self" | "super" if segments.len() > 1 => self.rooted(segments),
            _ if segments.len() > 1 && self.module_or_type(name).is_none() => {
                self.in_inline_module(segments).unwrap_or_else(|| (self.builder.expr(span, ExprKind::Global(name)), 1))
            }
            _ if segments.len() > 1 && space == Space::Value => {
                let found = self.module_or_type(name).map_or(ExprKind::Global(name), ExprKind::Local);
                (self.builder.expr(span, found), 1)
            }
            _ => (self.resolve(name, span, space), 1),
        }
    }

    /// What a path can begin with: variables do not hide it.
    fn module_or_type(&self, name: Symbol) -> Option<BindingId> {
        let is_variable = |found: BindingId| {
            let kind = &self.builder.file().binding(found).kind;
            matches!(kind, BindingKind::Variable | BindingKind::Param | BindingKind::Error)
        };
        let found = self.builder.lookup(name)?;
        if is_variable(found) {
            self.builder.lookup_module(name).filter(|found| !is_variable(*found))
        } else {
            Some(found)
        }
    }

    fn resolve(&mut self, name: Symbol, span: Span, space: Space) -> ExprId {
        let is_import = |found: &BindingId| matches!(self.builder.file().binding(*found).kind, BindingKind::Import(_));
        let found = match space {
            Space::Macro => {
                [self.builder.lookup(name), self.builder.lookup_module(name)].into_iter().flatten().find(is_import)
            }
            _ => self.builder.lookup(name),
        };
        self.builder.expr(span, found.map_or(ExprKind::Global(name), ExprKind::Local))
    }

    fn self_type(&mut self, span: Span, space: Space) -> ExprId {
        let Some(ty) = self.self_type else {
            return self.builder.expr(span, ExprKind::Global(Symbol::new("Self")));
        };
        let file = self.builder.file();
        let kind = match &file.expr(ty).kind {
            ExprKind::Index { base, .. } if space != Space::Type => &file.expr(*base).kind,
            kind => kind,
        };
        let kind = kind.clone();
        self.builder.expr(span, kind)
    }

    /// `crate::db::connect`: the item is the first segment that is written as a type or constant, else the last.
    fn rooted(&mut self, segments: &[&PathSegment]) -> (ExprId, usize) {
        let names: Vec<_> = segments.iter().map(|segment| self.ident(&segment.ident)).collect();
        let item = names.iter().position(|(name, _)| name.starts_with(char::is_uppercase)).unwrap_or(names.len() - 1);
        let span = names[0].1.to(names[item].1);
        let full: Vec<Symbol> = names[..=item].iter().map(|(name, _)| *name).collect();
        let full = self.normalize(&full);
        let binding = self.find_in_file(&full).unwrap_or_else(|| self.path_import(&full, span));
        (self.builder.expr(span, ExprKind::Local(binding)), item + 1)
    }

    fn in_inline_module(&mut self, segments: &[&PathSegment]) -> Option<(ExprId, usize)> {
        if self.module_items.is_empty() {
            return None;
        }
        let names: Vec<_> = segments.iter().map(|segment| self.ident(&segment.ident)).collect();
        (2..=names.len()).find_map(|length| {
            let full: Vec<Symbol> = names[..length].iter().map(|(name, _)| *name).collect();
            let binding = self.find_in_file(&full)?;
            let span = names[0].1.to(names[length - 1].1);
            Some((self.builder.expr(span, ExprKind::Local(binding)), length))
        })
    }

    /// One binding a file, however often and wherever the path is written.
    fn path_import(&mut self, full: &[Symbol], span: Span) -> BindingId {
        let (item, module) = full.split_last().expect("a path has a segment");
        let module = join(module);
        if let Some(known) = self.path_imports.get(&(module, *item)) {
            return *known;
        }
        let import = Import { module, item: ImportItem::Named(*item) };
        let binding = self.builder.anonymous(*item, BindingKind::Import(import), span);
        self.builder.file_mut().bindings[binding.0 as usize].function = FnId::MODULE;
        self.path_imports.insert((module, *item), binding);
        binding
    }

    /// The path as it would be written at the top of the file: inside an inline module, `super` is the file itself.
    pub(super) fn normalize(&self, full: &[Symbol]) -> Vec<Symbol> {
        let (ups, rest) = match full.first().map(|first| first.as_str()) {
            Some("self") => (0, &full[1..]),
            Some("super") => {
                let ups = full.iter().take_while(|name| **name == "super").count();
                (ups, &full[ups..])
            }
            _ => return full.to_vec(),
        };
        let depth = self.module_path.len();
        let outside = ups.saturating_sub(depth);
        let root = if outside == 0 { vec![Symbol::new("self")] } else { vec![Symbol::new("super"); outside] };
        let inline = &self.module_path[..depth.saturating_sub(ups)];
        root.iter().chain(inline).chain(rest).copied().collect()
    }

    pub(super) fn is_file_root(&self, segment: Symbol) -> bool {
        segment == "self" || (segment == "crate" && self.is_crate_root)
    }

    /// The item that a normalized path names, if it stands in this file.
    pub(super) fn find_in_file(&self, full: &[Symbol]) -> Option<BindingId> {
        let (item, module) = full.split_last()?;
        match module {
            [] => None,
            [root] if self.is_file_root(*root) => self.builder.lookup_module(*item),
            [root, inner @ ..] if self.is_file_root(*root) => self.module_items.get(&(join(inner), *item)).copied(),
            _ => {
                let nested: Vec<_> = self.module_path.iter().chain(module).copied().collect();
                let found = self.module_items.get(&(join(&nested), *item));
                found.or_else(|| self.module_items.get(&(join(module), *item))).copied()
            }
        }
    }
}

pub(super) fn join(segments: &[Symbol]) -> Symbol {
    match segments {
        [only] => *only,
        _ => Symbol::new(&segments.iter().map(|segment| segment.as_str()).collect::<Vec<_>>().join("::")),
    }
}
