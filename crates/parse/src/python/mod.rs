//! Python, read by ruff's parser.
//!
//! Names follow Python's rules: what a function assigns anywhere is its local everywhere, so each function's names are
//! declared ([`hoist`]) before its body is lowered.

mod annotation;
mod binding;
mod class;
mod comprehension;
mod expr;
mod function;
mod hoist;
mod import;
mod nesting;
mod pattern;
mod stmt;
#[cfg(test)]
mod tests;
mod text;
mod views;

use ir::{Block, ClassId, ExprId, File, FileBuilder, Language, Skipped, Span, Symbol};
use ruff_python_ast::{Expr, ModModule, PySourceType};
use ruff_python_parser::parse_unchecked_source;
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::FxHashSet;

use crate::salvage::{Refusal, with_salvage};

/// How deep lowered code nests at most. What is deeper is left out, so that every later recursion fits its stack.
const MAX_DEPTH: u32 = 1_500;

pub(crate) fn lower(path: &str, source: &str) -> File {
    let (module, skipped) = with_salvage(source, || tree_sitter_python::LANGUAGE.into(), parse);
    let mut lowering = Lowering {
        source,
        builder: FileBuilder::new(path, Language::Python, source),
        skipped,
        depth: 0,
        offset: 0,
        class: None,
        listed: None,
        in_place_of: None,
        receivers: FxHashSet::default(),
        has_walrus: source.contains(":="),
    };
    if let Some(interpreter) = source.lines().next().filter(|line| line.starts_with("#!")) {
        lowering.builder.file_mut().directives.push(Symbol::new(interpreter.trim_end()));
    }
    let body = module.map_or_else(Block::default, |module| lowering.module(&module));
    lowering.builder.finish(body, lowering.skipped)
}

fn parse(source: &str) -> Result<ModModule, Refusal> {
    if !nesting::is_bounded(source) {
        return Err(Refusal { offset: None, reason: "nested too deeply".to_owned() });
    }
    let parsed = parse_unchecked_source(source, PySourceType::Python);
    match parsed.errors().first() {
        None => Ok(parsed.into_syntax()),
        Some(error) => {
            let mut reason = error.error.to_string();
            if let Some(first) = reason.get_mut(..1) {
                first.make_ascii_lowercase();
            }
            reason.truncate(reason.trim_end_matches('.').len());
            Err(Refusal { offset: Some(error.location.start().to_usize()), reason })
        }
    }
}

/// The state of one file's lowering.
struct Lowering<'s> {
    source: &'s str,
    builder: FileBuilder,
    skipped: Vec<Skipped>,
    depth: u32,
    /// Where the text begins whose tree is being lowered: not zero inside a quoted annotation.
    offset: u32,
    /// The class whose body's statements are being lowered.
    class: Option<ClassId>,
    /// What the view around says that it lists, where it has a method of its own that asks for it.
    listed: Option<Box<Expr>>,
    /// What is lowered stands for an expression at this place.
    in_place_of: Option<Span>,
    /// First parameters of methods.
    receivers: FxHashSet<ir::BindingId>,
    /// Assignments may stand inside expressions.
    has_walrus: bool,
}

impl Lowering<'_> {
    fn module(&mut self, module: &ModModule) -> Block {
        self.hoist(&module.body);
        if self.source.contains("global") {
            hoist::declare_globals(&mut self.builder, &module.body);
        }
        self.block(&module.body)
    }

    fn span(&self, node: &impl Ranged) -> Span {
        self.span_of(node.range())
    }

    fn span_of(&self, range: TextRange) -> Span {
        let written = || Span::new(range.start().to_u32() + self.offset, range.end().to_u32() + self.offset);
        self.in_place_of.unwrap_or_else(written)
    }

    /// Lowers one level deeper, or gives none and notes what is left out.
    fn nested<T>(&mut self, node: &impl Ranged, lower: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            self.skip(node);
            return None;
        }
        self.depth += 1;
        let lowered = lower(self);
        self.depth -= 1;
        Some(lowered)
    }

    /// Lowers what will stand under a chain of so many levels, or gives none where that is too deep.
    fn under_chain<T>(&mut self, levels: usize, lower: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let levels = u32::try_from(levels).ok().filter(|levels| self.depth.saturating_add(*levels) <= MAX_DEPTH)?;
        self.depth += levels;
        let lowered = lower(self);
        self.depth -= levels;
        Some(lowered)
    }

    fn skip(&mut self, node: &impl Ranged) {
        let span = self.span(node);
        self.skipped.push(Skipped { span, reason: "nested too deeply".to_owned() });
    }

    fn nothing(&mut self, span: Span) -> ExprId {
        self.builder.other(span, Vec::new())
    }
}
