//! What `macro_rules!` declares: the body of each rule is read as a function of the rule's variables, once through whatever
//! it repeats. What is no sequence of statements then is left out.

use ir::{BindingKind, FunctionKind, Param, Pattern};
use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use syn::parse::Parser as _;
use syn::{Block, ItemMacro};

use super::Lowering;

/// One rule: the variables of its pattern, and its body with their names in place of them.
struct Rule {
    variables: Vec<Ident>,
    body: Group,
}

impl Lowering<'_> {
    pub(super) fn macro_rules(&mut self, item: &ItemMacro) {
        let Some(ident) = item.ident.as_ref().filter(|_| item.mac.path.is_ident("macro_rules")) else { return };
        for rule in rules(item.mac.tokens.clone()) {
            let Ok(stmts) = Block::parse_within.parse2(rule.body.stream()) else { continue };
            let (name, name_span) = self.ident(ident);
            let span = name_span.to(self.span(rule.body.span_close()));
            let id = self.builder.function(name, FunctionKind::Named, span, name_span);
            let outer_test = self.enter_test(&item.attrs);
            self.builder.push_scope(id, false);
            let params = rule.variables.iter().map(|variable| self.variable(variable)).collect();
            let body = self.stmts(&stmts);
            self.builder.pop_scope();
            let is_test = std::mem::replace(&mut self.in_test, outer_test);
            let function = self.builder.function_mut(id);
            (function.params, function.body, function.is_test) = (params, body, is_test);
        }
    }

    fn variable(&mut self, variable: &Ident) -> Param {
        let (name, span) = self.ident(variable);
        let pattern = Pattern::Bind(self.builder.declare(name, BindingKind::Param, span));
        Param { name, pattern, annotation: None, default: None, decorators: Vec::new(), is_rest: false, span }
    }
}

/// `(pattern) => { body }`, separated by semicolons.
fn rules(tokens: TokenStream) -> Vec<Rule> {
    let mut groups = tokens.into_iter().filter_map(|token| match token {
        TokenTree::Group(group) => Some(group),
        _ => None,
    });
    let mut rules = Vec::new();
    while let (Some(pattern), Some(body)) = (groups.next(), groups.next()) {
        let mut variables = Vec::new();
        declared(pattern.stream(), &mut variables);
        rules.push(Rule { variables, body: regrouped(&body) });
    }
    rules
}

/// `$name:fragment`, also inside what is repeated.
fn declared(pattern: TokenStream, variables: &mut Vec<Ident>) {
    let mut is_variable = false;
    for token in pattern {
        match token {
            TokenTree::Punct(punct) => is_variable = punct.as_char() == '$',
            TokenTree::Ident(ident) => {
                variables.extend(is_variable.then_some(ident));
                is_variable = false;
            }
            TokenTree::Group(group) => declared(group.stream(), variables),
            TokenTree::Literal(_) => is_variable = false,
        }
    }
}

fn regrouped(group: &Group) -> Group {
    let mut tokens = Vec::new();
    transcribe(group.stream(), &mut tokens);
    let mut regrouped = Group::new(group.delimiter(), tokens.into_iter().collect());
    regrouped.set_span(group.span());
    regrouped
}

/// `$name` as `name`, and `$( … ),*` as what it holds.
fn transcribe(body: TokenStream, tokens: &mut Vec<TokenTree>) {
    let mut body = body.into_iter().peekable();
    while let Some(token) = body.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '$' => {
                if let Some(TokenTree::Group(group)) = body.next_if(|next| matches!(next, TokenTree::Group(_))) {
                    transcribe(group.stream(), tokens);
                    // The separator, if there is one, and how often.
                    let is_count = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if matches!(punct.as_char(), '*' | '+' | '?'));
                    if body.next().is_some_and(|next| !is_count(&next)) {
                        body.next_if(is_count);
                    }
                }
            }
            TokenTree::Group(group) => tokens.push(TokenTree::Group(regrouped(&group))),
            token => tokens.push(token),
        }
    }
}
