//! Rust, read by `syn`.
//!
//! `syn` keeps no text: names and literals are cut out of the source by their spans, which also spares an allocation for
//! each of them. Spans are taken from tokens and joined on the way up, because asking a node for its span prints it.

mod attributes;
mod classes;
mod control;
mod derives;
mod exprs;
mod format;
mod functions;
mod imports;
mod items;
mod literals;
mod macro_rules;
mod macro_syntax;
mod macros;
mod nesting;
mod offsets;
mod paths;
mod patterns;
mod tables;
mod test_modules;
mod types;

#[cfg(test)]
mod tests;

use ir::{BindingId, ExprId, ExprKind, File, FileBuilder, FunctionKind, Language, Skipped, Span, Symbol};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::salvage::{Refusal, with_salvage};
use offsets::Offsets;

/// Levels of nesting that are lowered.
const MAX_DEPTH: u32 = 1_500;
const TOO_DEEP: &str = "nested too deeply";

pub(crate) fn lower(path: &str, source: &str) -> File {
    let (parsed, skipped) = with_salvage(source, || tree_sitter_rust::LANGUAGE.into(), parse);
    let mut lowering = Lowering::new(path, source, skipped);
    let mut body = ir::Block::default();
    if let Some(Parsed { tree, base }) = parsed {
        lowering.offsets = Offsets::new(source, base);
        lowering.directives(&tree.attrs);
        lowering.items(&tree.items, &mut body.stmts);
    }
    // The parser keeps the text of every file for its spans, for ever if it is not told otherwise.
    proc_macro2::extra::invalidate_current_thread_spans();
    lowering.builder.finish(body, lowering.skipped)
}

/// Without what only the test build compiles, as far as it stands in modules of its own.
pub(crate) fn lower_without_tests(path: &str, source: &str) -> File {
    let Some(text) = test_modules::blanked(source) else { return lower(path, source) };
    let file = lower(path, &text);
    if file.skipped.is_empty() { file } else { lower(path, source) }
}

struct Parsed {
    tree: syn::File,
    /// Where the text that spans count from begins.
    base: usize,
}

fn parse(text: &str) -> Result<Parsed, Refusal> {
    if let Some(offset) = nesting::too_deep(text) {
        return Err(Refusal { offset: Some(offset), reason: TOO_DEEP.to_owned() });
    }
    let base = prologue(text);
    match syn::parse_str(&text[base..]) {
        Ok(tree) => Ok(Parsed { tree, base }),
        Err(error) => {
            let start = error.span().byte_range().start;
            Err(Refusal { offset: (start > 0).then_some(base + start), reason: reason(&error) })
        }
    }
}

/// Length of what precedes the program: a byte-order mark and a shebang.
fn prologue(text: &str) -> usize {
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    mark + shebang(&text[mark..]).map_or(0, str::len)
}

fn shebang(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("#!")?;
    let is_attribute = rest.trim_start().starts_with('[');
    (!is_attribute).then(|| text.split('\n').next().unwrap_or(text))
}

fn reason(error: &syn::Error) -> String {
    let message = error.to_string();
    let line = message.lines().next().unwrap_or_default().trim_end_matches('.');
    let mut chars = line.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::from("not a program"),
    }
}

/// What a closure is called after.
#[derive(Clone, Copy)]
enum Hint {
    /// The variable or field that holds it.
    Holder(Symbol),
    /// The function that takes it.
    Callee(Symbol),
}

struct Lowering<'a> {
    builder: FileBuilder,
    source: &'a str,
    offsets: Offsets,
    skipped: Vec<Skipped>,
    depth: u32,
    macro_depth: u32,
    hint: Option<Hint>,
    /// Inside something that only the test build compiles.
    in_test: bool,
    /// The type of the `impl` or trait around.
    self_type: Option<ExprId>,
    /// The file is the root of its crate, so that `crate::` means this file.
    is_crate_root: bool,
    /// Inline modules around, the outermost first.
    module_path: Vec<Symbol>,
    /// What the items of the modules around have declared so far.
    names: Vec<(Symbol, BindingId)>,
    /// What each inline module declares, by its path within the file (`a::b`).
    module_names: FxHashMap<Symbol, Vec<(Symbol, BindingId)>>,
    module_items: FxHashMap<(Symbol, Symbol), BindingId>,
    /// One binding for each item that is reached by its whole path (`crate::db::connect()`).
    path_imports: FxHashMap<(Symbol, Symbol), BindingId>,
    /// The modules that `table!` makes, by their paths within the file.
    table_modules: FxHashSet<Symbol>,
}

impl<'a> Lowering<'a> {
    fn new(path: &str, source: &'a str, skipped: Vec<Skipped>) -> Self {
        Self {
            builder: FileBuilder::new(path, Language::Rust, source),
            source,
            offsets: Offsets::new("", 0),
            skipped,
            depth: 0,
            macro_depth: 0,
            hint: None,
            in_test: false,
            self_type: None,
            is_crate_root: matches!(path.rsplit('/').next(), Some("main.rs" | "lib.rs")),
            module_path: Vec::new(),
            names: Vec::new(),
            module_names: FxHashMap::default(),
            module_items: FxHashMap::default(),
            path_imports: FxHashMap::default(),
            table_modules: FxHashSet::default(),
        }
    }

    fn directives(&mut self, attrs: &[syn::Attribute]) {
        let text = self.source.trim_start_matches('\u{feff}');
        let shebang = shebang(text).map(|line| Symbol::new(shorten(line.trim_end())));
        self.builder.file_mut().directives.extend(shebang);
        for attr in attrs.iter().filter(|attr| !attributes::is_doc(attr)) {
            let content = self.span(attr.bracket_token.span.join()).text(self.source);
            let content = content.trim_start_matches('[').trim_end_matches(']').trim();
            self.builder.file_mut().directives.push(Symbol::new(shorten(content)));
        }
    }

    fn span(&self, span: proc_macro2::Span) -> Span {
        let range = self.offsets.byte_range(span);
        Span::new(range.start as u32, range.end as u32)
    }

    fn span_of(&self, id: ExprId) -> Span {
        self.builder.file().expr(id).span
    }

    /// The identifier as it is meant: `type` for `r#type`.
    fn ident(&self, ident: &proc_macro2::Ident) -> (Symbol, Span) {
        let span = self.span(ident.span());
        let text = span.text(self.source);
        (Symbol::new(text.strip_prefix("r#").unwrap_or(text)), span)
    }

    /// Runs `inner` one level deeper, or not at all where that is too deep.
    fn descend<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        Some(result)
    }

    /// Stands for what is nested too deeply. Finding its own place would take as much descent as reading it, so the
    /// function around is said to be incomplete.
    fn unread(&mut self) -> ExprId {
        let file = self.builder.file();
        let mut function = file.function(self.builder.current_function());
        while let (FunctionKind::Closure | FunctionKind::AsyncBlock, Some(parent)) = (function.kind, function.parent) {
            function = file.function(parent);
        }
        let span = function.span;
        if self.skipped.last().is_none_or(|last| last.span != span) {
            self.skipped.push(Skipped { span, reason: TOO_DEEP.to_owned() });
        }
        self.builder.other(Span::new(span.end, span.end), Vec::new())
    }

    /// The name under which an expression is known: its last segment.
    fn name_of(&self, id: ExprId) -> Option<Symbol> {
        match self.builder.file().expr(id).kind {
            ExprKind::Member { name, .. } | ExprKind::Global(name) => Some(name),
            ExprKind::Local(binding) => Some(self.builder.file().binding(binding).name),
            _ => None,
        }
    }
}

fn shorten(text: &str) -> &str {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}
