//! Attributes: calls of macros, and what they say about tests.

use ir::{Arg, CallKind, ExprId};
use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Expr, ExprLit, Lit, Meta, MetaNameValue};

use super::Lowering;
use super::macro_syntax::{MacroArg, arguments, arguments_that_parse};
use super::paths::Space;

pub(super) fn is_doc(attr: &Attribute) -> bool {
    attr.path().is_ident("doc")
}

/// Whether these attributes keep something out of the program that serves: to the test build, or to builds for debugging.
pub(super) fn is_test(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| match &attr.meta {
        Meta::List(list) if list.path.is_ident("cfg") => requires_test(list.tokens.clone()),
        meta => meta.path().segments.last().is_some_and(|last| last.ident == "test" || last.ident == "bench"),
    })
}

/// Whether a `cfg` predicate names `test`, `debug_assertions` or a feature for tests, other than in `not(…)`.
fn requires_test(predicate: TokenStream) -> bool {
    let mut is_negated = false;
    for token in predicate {
        match token {
            TokenTree::Ident(ident) if ident == "test" || ident == "debug_assertions" => return true,
            TokenTree::Literal(feature) if is_for_tests(&feature.to_string()) => return true,
            TokenTree::Ident(ident) => is_negated = ident == "not",
            TokenTree::Group(group) if !is_negated && requires_test(group.stream()) => return true,
            _ => {}
        }
    }
    false
}

/// A feature that puts something else in the place of what serves: `"mock-stripe"`, `"test-utils"`.
fn is_for_tests(feature: &str) -> bool {
    let known =
        |word: &str| matches!(word, "mock" | "mocks" | "test" | "tests" | "testing" | "fake" | "stub" | "stubs");
    feature.trim_matches('"').split(['-', '_']).any(known)
}

/// Where a module's file lies: `#[path = "other/mod.rs"]`.
pub(super) fn declared_path(attrs: &[Attribute]) -> Option<String> {
    attrs.iter().find_map(|attr| match &attr.meta {
        Meta::NameValue(MetaNameValue { path, value: Expr::Lit(ExprLit { lit: Lit::Str(text), .. }), .. })
            if path.is_ident("path") =>
        {
            Some(text.value())
        }
        _ => None,
    })
}

impl Lowering<'_> {
    /// Enters an item with these attributes; returns what `in_test` was outside.
    pub(super) fn enter_test(&mut self, attrs: &[Attribute]) -> bool {
        let outer = self.in_test;
        self.in_test |= is_test(attrs);
        outer
    }

    pub(super) fn decorators(&mut self, attrs: &[Attribute]) -> Vec<ExprId> {
        attrs.iter().filter(|attr| !is_doc(attr)).map(|attr| self.decorator(attr)).collect()
    }

    fn decorator(&mut self, attr: &Attribute) -> ExprId {
        let span = self.span(attr.pound_token.span).to(self.span(attr.bracket_token.span.close()));
        let callee = self.path(None, attr.path(), Space::Macro);
        let args = match &attr.meta {
            Meta::Path(_) => Vec::new(),
            Meta::NameValue(meta) => vec![Arg { name: None, value: self.expr(&meta.value) }],
            Meta::List(meta) => {
                let parsed = meta.parse_args_with(arguments);
                self.macro_args(&parsed.unwrap_or_else(|_| arguments_that_parse(meta.tokens.clone())))
            }
        };
        self.builder.call(span, callee, args, CallKind::Macro)
    }

    pub(super) fn macro_args(&mut self, args: &[MacroArg]) -> Vec<Arg> {
        args.iter()
            .map(|arg| {
                let name = arg.name.as_ref().map(|name| self.ident(name).0);
                Arg { name, value: self.expr(&arg.value) }
            })
            .collect()
    }
}
