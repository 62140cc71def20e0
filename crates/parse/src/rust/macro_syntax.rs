//! The syntax of what macros take, where it is not an expression: parsed by `syn`, lowered elsewhere.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Expr, LitStr, Pat, Result, Token, Type, Visibility, braced, bracketed, token};

/// One of the expressions in a macro's parentheses.
pub(super) struct MacroArg {
    pub(super) name: Option<Ident>,
    pub(super) value: Expr,
}

/// Expressions between commas, also `name = value`, the `%value` and `?value` of `tracing`, `value; count` and
/// `key => value`.
pub(super) fn arguments(input: ParseStream<'_>) -> Result<Vec<MacroArg>> {
    let mut args = Vec::new();
    while !input.is_empty() {
        args.push(argument(input)?);
        if input.is_empty() {
            break;
        }
        if input.peek(Token![;]) {
            input.parse::<Token![;]>()?;
        } else if input.peek(Token![=>]) {
            input.parse::<Token![=>]>()?;
        } else {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(args)
}

fn argument(input: ParseStream<'_>) -> Result<MacroArg> {
    let is_equals = input.peek2(Token![=]) && !input.peek2(Token![==]) && !input.peek2(Token![=>]);
    let is_colon = input.peek2(Token![:]) && !input.peek2(Token![::]);
    let name = if input.peek(Ident::peek_any) && (is_equals || is_colon) {
        let name = input.call(Ident::parse_any)?;
        input.parse::<TokenTree>()?;
        Some(name)
    } else {
        None
    };
    if input.peek(Token![%]) || input.peek(Token![?]) {
        input.parse::<TokenTree>()?;
    }
    let value = match input.parse()? {
        // `user.id = 5` names a field of a span.
        Expr::Assign(assign) => *assign.right,
        value => value,
    };
    Ok(MacroArg { name, value })
}

/// Those of the arguments that are expressions.
pub(super) fn arguments_that_parse(tokens: TokenStream) -> Vec<MacroArg> {
    let mut chunks = vec![TokenStream::new()];
    for token in tokens {
        match (&token, chunks.last_mut()) {
            (TokenTree::Punct(punct), _) if punct.as_char() == ',' => chunks.push(TokenStream::new()),
            (_, Some(chunk)) => chunk.extend([token]),
            _ => {}
        }
    }
    chunks.into_iter().filter_map(|chunk| argument.parse2(chunk).ok()).collect()
}

/// The first expression, whatever follows it.
pub(super) fn first_argument(input: ParseStream<'_>) -> Result<Vec<MacroArg>> {
    let first = argument(input)?;
    input.parse::<TokenStream>()?;
    Ok(vec![first])
}

/// The JSON-like content of `json!` and `doc!`.
pub(super) enum Json {
    Object(Vec<(Option<LitStr>, Json)>, Span),
    Array(Vec<Json>, Span),
    Value(Expr),
}

/// One value, or the entries of an object without its braces.
pub(super) fn json_root(input: ParseStream<'_>) -> Result<Json> {
    if input.peek(LitStr) && input.peek2(Token![:]) {
        let span = input.span();
        return Ok(Json::Object(json_entries(input)?, span));
    }
    json(input)
}

fn json(input: ParseStream<'_>) -> Result<Json> {
    let content;
    if input.peek(token::Brace) {
        let brace = braced!(content in input);
        return Ok(Json::Object(json_entries(&content)?, brace.span.join()));
    }
    if input.peek(token::Bracket) {
        let bracket = bracketed!(content in input);
        let parts = content.parse_terminated(json, Token![,])?;
        return Ok(Json::Array(parts.into_iter().collect(), bracket.span.join()));
    }
    Ok(Json::Value(input.parse()?))
}

fn json_entries(input: ParseStream<'_>) -> Result<Vec<(Option<LitStr>, Json)>> {
    let mut entries = Vec::new();
    while !input.is_empty() {
        let key = if input.peek(LitStr) {
            Some(input.parse()?)
        } else {
            input.parse::<TokenTree>()?;
            None
        };
        input.parse::<Token![:]>()?;
        entries.push((key, json(input)?));
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(entries)
}

/// One arm of `select!`.
pub(super) struct SelectArm {
    /// None for `else`, `default` and `complete`.
    pub(super) branch: Option<(Pat, Expr)>,
    pub(super) guard: Option<Expr>,
    pub(super) handler: Expr,
}

pub(super) fn select_arms(input: ParseStream<'_>) -> Result<Vec<SelectArm>> {
    if input.peek(Ident::peek_any) && input.peek2(Token![;]) {
        input.call(Ident::parse_any)?;
        input.parse::<Token![;]>()?;
    }
    let mut arms = Vec::new();
    while !input.is_empty() {
        let (branch, guard) = if input.peek(Ident::peek_any) && input.peek2(Token![=>]) {
            input.call(Ident::parse_any)?;
            (None, None)
        } else {
            let pattern = Pat::parse_multi_with_leading_vert(input)?;
            input.parse::<Token![=]>()?;
            let future = input.parse()?;
            let guard = if input.peek(Token![,]) {
                input.parse::<Token![,]>()?;
                input.parse::<Token![if]>()?;
                Some(input.parse()?)
            } else {
                None
            };
            (Some((pattern, future)), guard)
        };
        input.parse::<Token![=>]>()?;
        let handler = Expr::parse_with_earlier_boundary_rule(input)?;
        if input.peek(Token![,]) {
            input.parse::<Token![,]>()?;
        }
        arms.push(SelectArm { branch, guard, handler });
    }
    Ok(arms)
}

/// One of the statics that `lazy_static!` and `thread_local!` declare.
pub(super) struct MacroStatic {
    pub(super) name: Ident,
    pub(super) ty: Type,
    pub(super) value: Expr,
}

pub(super) fn statics(input: ParseStream<'_>) -> Result<Vec<MacroStatic>> {
    let mut statics = Vec::new();
    while !input.is_empty() {
        input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        input.parse::<Token![static]>()?;
        input.parse::<Option<Token![ref]>>()?;
        let name = input.parse()?;
        input.parse::<Token![:]>()?;
        let ty = input.parse()?;
        input.parse::<Token![=]>()?;
        let value = input.parse()?;
        input.parse::<Option<Token![;]>>()?;
        statics.push(MacroStatic { name, ty, value });
    }
    Ok(statics)
}
