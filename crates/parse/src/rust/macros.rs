//! Macro calls, lowered as far as what stands in them can be read.

use ir::{
    Arg, Arm, BindingId, BindingKind, CallKind, Entry, ExprId, ExprKind, FunctionKind, Pattern, Span, Stmt, StmtKind,
    Symbol,
};
use syn::parse::{ParseStream, Parser as _};
use syn::spanned::Spanned as _;
use syn::{Block, Macro};

use super::format::arguments_before_format;
use super::macro_syntax::{
    Json, MacroArg, MacroStatic, SelectArm, arguments, arguments_that_parse, first_argument, json_root, select_arms,
    statics,
};
use super::paths::Space;
use super::{Hint, Lowering};

/// Macros inside macros that are read. Each level goes over the tokens of all levels inside it.
const MAX_MACRO_DEPTH: u32 = 16;

/// What stands in a macro's delimiters.
enum Body {
    Args(Vec<MacroArg>),
    Json(Box<Json>),
    Select(Vec<SelectArm>),
    Stmts(Vec<syn::Stmt>),
    Unknown,
}

pub(super) fn name(mac: &Macro) -> String {
    mac.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default()
}

/// The statics that the macro declares, if it is one that does.
pub(super) fn declared_statics(mac: &Macro) -> Option<Vec<MacroStatic>> {
    let last = &mac.path.segments.last()?.ident;
    if last == "lazy_static" || last == "thread_local" { parse(mac, statics) } else { None }
}

pub(super) fn parse<T>(mac: &Macro, parser: impl FnOnce(ParseStream<'_>) -> syn::Result<T>) -> Option<T> {
    parser.parse2(mac.tokens.clone()).ok()
}

fn read(mac: &Macro, name: &str) -> Body {
    let args = || parse(mac, arguments).map(Body::Args);
    let json = || parse(mac, json_root).map(|json| Body::Json(Box::new(json)));
    let found = match name {
        "json" | "doc" | "bson" => json().or_else(args),
        "select" | "select_biased" => parse(mac, select_arms).map(Body::Select),
        "matches" | "assert_matches" => parse(mac, first_argument).map(Body::Args),
        "stream" | "try_stream" => parse(mac, Block::parse_within).map(Body::Stmts),
        "trace" | "debug" | "info" | "warn" | "error" | "event" | "span" => {
            args().or_else(|| Some(Body::Args(arguments_that_parse(mac.tokens.clone()))))
        }
        _ => args().or_else(json).or_else(|| {
            let is_block = matches!(mac.delimiter, syn::MacroDelimiter::Brace(_));
            is_block.then(|| parse(mac, Block::parse_within).map(Body::Stmts)).flatten()
        }),
    };
    found.unwrap_or(Body::Unknown)
}

impl Lowering<'_> {
    pub(super) fn macro_span(&self, mac: &Macro) -> Span {
        let start = mac.path.segments.first().map_or(mac.bang_token.span, |first| first.ident.span());
        self.span(start).to(self.span(mac.delimiter.span().close()))
    }

    pub(super) fn macro_call(&mut self, mac: &Macro) -> ExprId {
        let span = self.macro_span(mac);
        let callee = self.path(None, &mac.path, Space::Macro);
        if self.macro_depth >= MAX_MACRO_DEPTH {
            return self.builder.call(span, callee, Vec::new(), CallKind::Macro);
        }
        self.macro_depth += 1;
        let name = name(mac);
        let args = match read(mac, &name) {
            Body::Unknown => Vec::new(),
            Body::Select(arms) => {
                let id = self.select(span, callee, &arms);
                self.macro_depth -= 1;
                return id;
            }
            Body::Args(args) => match arguments_before_format(&name) {
                Some(before) => self.format_args(&args, before),
                None => self.macro_args(&args),
            },
            Body::Json(json) => vec![Arg { name: None, value: self.json(&json) }],
            Body::Stmts(stmts) => vec![Arg { name: None, value: self.macro_block(span, &name, &stmts) }],
        };
        self.macro_depth -= 1;
        self.builder.call(span, callee, args, CallKind::Macro)
    }

    /// `stream!` makes a generator of its statements; other macros are taken to run them where they stand.
    fn macro_block(&mut self, span: Span, name: &str, stmts: &[syn::Stmt]) -> ExprId {
        if !matches!(name, "stream" | "try_stream") {
            let block = self.stmts(stmts);
            return self.builder.expr(span, ExprKind::Control(Box::new(Stmt { span, kind: StmtKind::Block(block) })));
        }
        let function_name = self.closure_name(Some(Hint::Callee(Symbol::new(name))));
        let head = Span::new(span.start, span.start);
        let function = self.builder.function(function_name, FunctionKind::Closure, span, head);
        self.builder.push_scope(function, false);
        let body = self.stmts(stmts);
        self.builder.pop_scope();
        let is_test = self.in_test;
        let lowered = self.builder.function_mut(function);
        (lowered.is_async, lowered.is_generator, lowered.is_test) = (true, true, is_test);
        lowered.body = body;
        self.builder.expr(span, ExprKind::Function(function))
    }

    /// `select!` waits for one of its futures and goes on in the arm of the one that was first.
    fn select(&mut self, span: Span, callee: ExprId, arms: &[SelectArm]) -> ExprId {
        let futures = arms.iter().filter_map(|arm| arm.branch.as_ref());
        let args = futures.map(|(_, future)| Arg { name: None, value: self.expr(future) }).collect();
        let subject = self.builder.call(span, callee, args, CallKind::Macro);
        let arms = arms.iter().map(|arm| self.select_arm(arm)).collect();
        let kind = StmtKind::Match { subject, arms };
        self.builder.expr(span, ExprKind::Control(Box::new(Stmt { span, kind })))
    }

    fn select_arm(&mut self, arm: &SelectArm) -> Arm {
        self.open_block();
        let pattern = match &arm.branch {
            Some((pattern, _)) => self.pattern(pattern, BindingKind::Variable),
            None => Pattern::Ignore,
        };
        let guard = arm.guard.as_ref().map(|guard| self.expr(guard));
        let body = self.body(&arm.handler);
        self.builder.pop_scope();
        Arm { pattern, guard, body }
    }

    fn json(&mut self, json: &Json) -> ExprId {
        match json {
            Json::Value(syn::Expr::Path(path)) if path.path.is_ident("null") => {
                let span = self.span(path.path.span());
                self.builder.expr(span, ExprKind::Null)
            }
            Json::Value(value) => self.expr(value),
            Json::Array(parts, span) => {
                let parts = parts.iter().map(|part| self.json(part)).collect();
                let span = self.span(*span);
                self.builder.expr(span, ExprKind::List(parts))
            }
            Json::Object(entries, span) => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| Entry {
                        key: key.as_ref().map(|key| Symbol::new(&key.value())),
                        value: self.json(value),
                    })
                    .collect();
                let span = self.span(*span);
                self.builder.expr(span, ExprKind::Record(entries))
            }
        }
    }

    pub(super) fn declare_statics(&mut self, statics: &[MacroStatic]) -> Vec<BindingId> {
        statics
            .iter()
            .map(|declared| {
                let (name, span) = self.ident(&declared.name);
                self.declare_item(name, BindingKind::Constant, span)
            })
            .collect()
    }

    pub(super) fn statics(&mut self, statics: &[MacroStatic], bindings: &[BindingId], stmts: &mut Vec<Stmt>) {
        for (declared, binding) in statics.iter().zip(bindings) {
            stmts.push(self.constant(*binding, &declared.ty, Some(&declared.value)));
        }
    }
}
