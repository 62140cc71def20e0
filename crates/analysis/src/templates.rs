//! What templates of Jinja and Django show of the values that they are given: which names they go over, and what they read.
//!
//! A template is scanned, not parsed: tags and expressions between their marks, chains of members within. What it does not
//! see: macros, values that a tag of the project's own makes, blocks that another template fills, includes by a name that a value says.

use std::collections::BTreeMap;

use ir::{Span, Symbol};

/// Of a longer template the rest is not looked at.
const MAX_LOOPS: usize = 200;
const MAX_READS: usize = 4_000;

/// A loop: `{% for item in order.items %} … {% endfor %}`.
#[derive(Clone, Debug)]
pub(crate) struct Loop {
    pub(crate) name: Symbol,
    /// What it goes over: a name, and members that lead from it.
    pub(crate) over: Vec<Symbol>,
    /// From the tag that begins it to the one that ends it.
    pub(crate) span: Span,
}

/// A chain of members that is read: `order.user.name`.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) path: Vec<Symbol>,
    pub(crate) span: Span,
}

/// Another template that is filled with the same names: `{% include "row.html" with item=order %}`.
#[derive(Clone, Debug)]
pub(crate) struct Include {
    /// The other template, by name.
    pub(crate) name: String,
    /// Names that it gets for something else here.
    pub(crate) given: Vec<(Symbol, Vec<Symbol>)>,
    pub(crate) span: Span,
}

#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) path: Symbol,
    pub(crate) loops: Vec<Loop>,
    pub(crate) reads: Vec<Read>,
    pub(crate) includes: Vec<Include>,
}

/// Whether a file may be a template, by its name.
pub fn is_named_like_template(path: &str) -> bool {
    [".html", ".htm", ".jinja", ".jinja2", ".j2"].iter().any(|end| path.ends_with(end))
}

/// Whether a file is a template, by its name and folder.
pub(crate) fn is_template(path: &str) -> bool {
    is_named_like_template(path) && path.split('/').any(|folder| matches!(folder, "templates" | "jinja2"))
}

/// Takes the templates out of a project's other files.
pub(crate) fn take(manifests: &mut BTreeMap<String, String>) -> Vec<Template> {
    let paths: Vec<String> = manifests.keys().filter(|path| is_template(path)).cloned().collect();
    let texts = paths.into_iter().filter_map(|path| manifests.remove_entry(&path));
    texts.map(|(path, text)| scan(&path, &text)).collect()
}

/// The template of that name: the path behind a folder for templates.
pub(crate) fn named<'t>(templates: &'t [Template], name: &str) -> Option<&'t Template> {
    let is_it = |template: &&Template| {
        template.path.as_str().strip_suffix(name).is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
    };
    templates.iter().find(is_it)
}

fn scan(path: &str, text: &str) -> Template {
    let mut template = Template { path: Symbol::new(path), loops: Vec::new(), reads: Vec::new(), includes: Vec::new() };
    // Loops that no tag has ended; none where the tag that begins one is not understood.
    let mut open: Vec<Option<usize>> = Vec::new();
    let mut at = 0;
    while template.loops.len() < MAX_LOOPS
        && template.reads.len() < MAX_READS
        && let Some(offset) = text[at..].find('{')
    {
        let start = at + offset;
        at = start + 1;
        let ending = match text[at..].chars().next() {
            Some('%') => "%}",
            Some('{') => "}}",
            Some('#') => "#}",
            _ => continue,
        };
        let inner = start + 2;
        let Some(length) = text[inner..].find(ending) else { break };
        at = inner + length + 2;
        if ending == "#}" {
            continue;
        }
        let words = &text[inner..inner + length];
        let is_tag = ending == "%}";
        match words.trim_start_matches('-').split_whitespace().next() {
            Some("for") if is_tag => {
                let found = begun(words, Span::new(start as u32, text.len() as u32));
                open.push(found.is_some().then_some(template.loops.len()));
                template.loops.extend(found);
            }
            Some("endfor") if is_tag => {
                if let Some(Some(number)) = open.pop() {
                    template.loops[number].span.end = at as u32;
                }
            }
            Some("include") if is_tag => {
                template.includes.extend(included(words, Span::new(start as u32, at as u32)));
            }
            _ => add_chains(words, inner, &mut template.reads),
        }
    }
    template
}

/// What a tag fills another template with.
fn included(words: &str, span: Span) -> Option<Include> {
    let rest = words.split_once("include")?.1.trim_start();
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let (name, rest) = rest[1..].split_once(quote)?;
    let given = rest.split_whitespace().filter_map(|part| {
        let (to, from) = part.split_once('=')?;
        let mut chains = Vec::new();
        add_chains(from, 0, &mut chains);
        Some((Symbol::new(to), chains.into_iter().next()?.path))
    });
    Some(Include { name: name.to_owned(), given: given.collect(), span })
}

/// The loop that a tag begins.
fn begun(words: &str, span: Span) -> Option<Loop> {
    let (names, over) = words.split_once("for")?.1.split_once(" in ")?;
    // Of `number, row` and `key, row` the last stands for the element.
    let name = names.rsplit(',').next()?.trim();
    let mut chains = Vec::new();
    add_chains(over, 0, &mut chains);
    Some(Loop { name: Symbol::new(name), over: chains.into_iter().next()?.path, span })
}

/// The chains of members in an expression, outside of texts.
fn add_chains(words: &str, offset: usize, found: &mut Vec<Read>) {
    let bytes = words.as_bytes();
    let is_start = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.';
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'"' | b'\'') => {
                let length = bytes[at + 1..].iter().position(|byte| *byte == quote);
                at = length.map_or(bytes.len(), |length| at + length + 2);
            }
            byte if is_start(byte) => {
                let end = bytes[at..].iter().position(|byte| !is_part(*byte)).map_or(bytes.len(), |length| at + length);
                let path = words[at..end].split('.').filter(|part| !part.is_empty()).map(Symbol::new).collect();
                found.push(Read { path, span: Span::new((offset + at) as u32, (offset + end) as u32) });
                at = end;
            }
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::scan;

    fn reads(text: &str) -> Vec<String> {
        let template = scan("templates/a.html", text);
        let text_of = |path: &[ir::Symbol]| path.iter().map(|part| part.as_str()).collect::<Vec<_>>().join(".");
        let loops = template.loops.iter().map(|found| {
            format!("{} in {} {}..{}", found.name, text_of(&found.over), found.span.start, found.span.end)
        });
        loops.chain(template.reads.iter().map(|read| text_of(&read.path))).collect()
    }

    #[test]
    fn loops_and_chains_are_found() {
        let text = "{% for order in orders %}{{ order.user.name|upper }}{# order.x #}{% endfor %}";
        assert_eq!(
            reads(text),
            [format!("order in orders 0..{}", text.len()), "order.user.name".into(), "upper".into()]
        );
        assert_eq!(reads("{%- for i, p in page.items() -%}"), ["p in page.items 0..32"]);
    }

    #[test]
    fn includes_are_found() {
        let template = scan("templates/a.html", "{% include 'b.html' with item=order.lines only %}{% include x %}");
        let found: Vec<String> = template.includes.iter().map(|include| format!("{include:?}")).collect();
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("b.html") && found[0].contains("item") && found[0].contains("lines"), "{found:?}");
    }

    #[test]
    fn texts_and_open_ends_say_nothing() {
        assert_eq!(reads("{{ 'order.user' }} { x } {{ a"), Vec::<String>::new());
        assert_eq!(reads("{% endfor %}{% for %}{% endfor %}"), Vec::<String>::new());
        assert_eq!(reads("{{ é.x }}{{ \"a"), ["x"]);
    }
}
