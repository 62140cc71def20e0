//! JavaScript and TypeScript, over `oxc_parser`: one language, whose dialect the file's name suggests and the text decides.
//!
//! Lowering is one walk with the scopes of the language: what a block declares is hoisted before its statements are
//! lowered, so that each name resolves where it stands.

mod call;
mod class;
mod expr;
mod function;
mod hoist;
mod jsx;
mod literal;
mod module;
mod nesting;
mod pattern;
mod stmt;
#[cfg(test)]
mod tests;
mod types;

use ir::{Block, ClassId, Entry, ExprId, File, FileBuilder, Language, Skipped, Span, Symbol};
use oxc_allocator::Allocator;
use oxc_ast::ast;
use oxc_parser::{ParseOptions, Parser, ParserReturn};
use oxc_span::SourceType;

use crate::salvage::{self, Refusal};

/// Levels of the tree below which nothing is lowered: what walks the IR recurses too.
const MAX_DEPTH: usize = 1_500;

pub(crate) fn lower(path: &str, source: &str) -> File {
    let dialects = dialects(path);
    let (file, skipped) =
        salvage::with_salvage(source, || grammar(&dialects), |text| lower_text(path, text, &dialects));
    let mut file = file
        .unwrap_or_else(|| FileBuilder::new(path, Language::JavaScript, source).finish(Block::default(), Vec::new()));
    file.skipped.extend(skipped);
    file
}

/// How a file of that name may be meant, the likeliest first.
fn dialects(path: &str) -> Vec<SourceType> {
    let module = SourceType::mjs().with_jsx(true);
    let script = SourceType::cjs().with_jsx(true);
    let ts = SourceType::ts().with_module(true);
    let tsx = SourceType::tsx().with_module(true);
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "cjs" => vec![script, module, tsx],
        "ts" | "mts" | "cts" if path.rsplit('.').nth(1) == Some("d") => vec![SourceType::d_ts()],
        "ts" | "mts" | "cts" => vec![ts, tsx],
        "tsx" => vec![tsx, ts],
        _ => vec![module, script, tsx],
    }
}

fn grammar(dialects: &[SourceType]) -> tree_sitter::Language {
    match dialects.first() {
        Some(dialect) if !dialect.is_typescript() => tree_sitter_javascript::LANGUAGE.into(),
        Some(dialect) if dialect.is_jsx() => tree_sitter_typescript::LANGUAGE_TSX.into(),
        _ => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
    }
}

/// Lowers the text as the first dialect that fits without a complaint, else as the first whose parser gives a tree in
/// spite of its complaints (early errors, such as a name declared twice, cost nothing).
fn lower_text(path: &str, text: &str, dialects: &[SourceType]) -> Result<File, Refusal> {
    if let Some(offset) = nesting::too_deep(text) {
        return Err(Refusal { offset: Some(offset), reason: "nested too deeply".into() });
    }
    let mut flawed = None;
    let mut refusal = None;
    for dialect in dialects {
        let allocator = Allocator::default();
        let parsed = parse(&allocator, text, *dialect);
        if parsed.panicked {
            if refusal.as_ref().is_none_or(|refusal: &Refusal| refusal.offset.is_none()) {
                refusal = Some(refusal_of(&parsed));
            }
        } else if parsed.diagnostics.is_empty() {
            return Ok(lower_program(path, &parsed.program));
        } else if flawed.is_none() {
            flawed = Some(lower_program(path, &parsed.program));
        }
    }
    match (flawed, refusal) {
        (Some(file), _) => Ok(file),
        (None, Some(refusal)) => Err(refusal),
        (None, None) => Err(Refusal { offset: None, reason: "not readable".into() }),
    }
}

fn parse<'a>(allocator: &'a Allocator, text: &'a str, dialect: SourceType) -> ParserReturn<'a> {
    let options = ParseOptions {
        allow_return_outside_function: true,
        preserve_parens: false,
        enable_ident_hashes: false,
        ..ParseOptions::default()
    };
    Parser::new(allocator, text, dialect).with_options(options).parse()
}

fn refusal_of(parsed: &ParserReturn<'_>) -> Refusal {
    let Some(error) = parsed.diagnostics.first() else {
        return Refusal { offset: None, reason: "not readable".into() };
    };
    // Of a file marked `@flow` the parser complains that it is so, and not where it failed.
    let offset = error.labels.first().filter(|_| !parsed.is_flow_language).map(|label| label.offset() as usize);
    Refusal { offset, reason: error.message.trim_end_matches('.').to_lowercase() }
}

fn lower_program(path: &str, program: &ast::Program<'_>) -> File {
    let mut lowering = Lowering {
        builder: FileBuilder::new(path, Language::JavaScript, program.source_text),
        source: program.source_text,
        depth: 0,
        skipped: Vec::new(),
        hint: None,
        field_of: None,
        break_leaves_switch: false,
        namespace: None,
    };
    lowering.module_directives(program);
    lowering.hoist_vars(&program.body, 0);
    lowering.hoist(&program.body);
    let mut body = Block::default();
    lowering.stmts(&program.body, &mut body.stmts);
    lowering.builder.finish(body, lowering.skipped)
}

/// The walk's state.
struct Lowering<'s> {
    builder: FileBuilder,
    source: &'s str,
    depth: usize,
    skipped: Vec<Skipped>,
    /// What the closure that comes next is to be called. Taken by the next expression, whatever it is.
    hint: Option<Symbol>,
    /// The class whose field's initial value is being lowered: a closure in it has that class's `this`.
    field_of: Option<ClassId>,
    /// Whether `break` without a label would leave a `switch` and no loop.
    break_leaves_switch: bool,
    /// What the innermost TypeScript namespace has exported so far.
    namespace: Option<Vec<Entry>>,
}

impl Lowering<'_> {
    /// Runs `lower` one level down; none, and a note of it, where that is too deep.
    fn nested<T>(&mut self, span: oxc_span::Span, lower: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            self.skipped.push(Skipped { span: at(span), reason: "nested too deeply".into() });
            return None;
        }
        self.depth += 1;
        let lowered = lower(self);
        self.depth -= 1;
        Some(lowered)
    }

    fn other(&mut self, span: oxc_span::Span, operands: Vec<ExprId>) -> ExprId {
        self.builder.other(at(span), operands)
    }

    /// The binding that `name` means here, as an expression.
    fn name(&mut self, span: oxc_span::Span, name: &str) -> ExprId {
        self.builder.name(at(span), Symbol::new(name))
    }

    fn is_free(&self, name: &str) -> bool {
        self.builder.lookup(Symbol::new(name)).is_none()
    }
}

fn at(span: oxc_span::Span) -> Span {
    Span::new(span.start.min(span.end), span.end)
}
