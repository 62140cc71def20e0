//! A rule's page, written in Markdown, as text for a terminal and for consumers that know no Markdown.

use crate::TextOptions;
use crate::wrap::wrap;

/// What the line of languages below a page's title begins with.
const LANGUAGES: &str = "Languages: ";

/// The page with its prose broken at the width, headings and code set off.
pub fn render_page(page: &str, options: TextOptions) -> String {
    let mut out = String::new();
    for block in blocks(page) {
        if !out.is_empty() {
            out.push('\n');
        }
        push_block(&mut out, &block, options);
    }
    out
}

/// The page without markup, one line a paragraph.
pub(crate) fn plain(page: &str) -> String {
    render_page(page, TextOptions { color: false, width: usize::MAX, verbose: false })
}

/// The first block of prose, in one line. The line of languages below the title is none.
pub(crate) fn first_paragraph(page: &str) -> Option<String> {
    blocks(page).into_iter().find_map(|block| match block {
        Block::Paragraph(text) if !text.starts_with(LANGUAGES) => Some(inline(&text)),
        _ => None,
    })
}

/// The languages that the line below the title lists.
pub(crate) fn languages(page: &str) -> Vec<&str> {
    let line = page.lines().find_map(|line| line.strip_prefix(LANGUAGES));
    line.map_or_else(Vec::new, |line| line.split(", ").collect())
}

/// The paragraphs below the heading.
pub(crate) fn section(page: &str, title: &str) -> Vec<String> {
    let blocks = blocks(page).into_iter();
    let below = blocks.skip_while(|block| !matches!(block, Block::Heading(text) if *text == title)).skip(1);
    let prose = below.map_while(|block| match block {
        Block::Paragraph(text) => Some(inline(&text)),
        Block::List(items) => Some(items.iter().map(|(_, text)| inline(text)).collect::<Vec<_>>().join("; ")),
        _ => None,
    });
    prose.collect()
}

/// The paragraph that says how to see that what the rule reports is gone, without its first words.
pub(crate) fn done_when(page: &str) -> Option<String> {
    blocks(page).into_iter().find_map(|block| match block {
        Block::Paragraph(text) => text.strip_prefix("Done when ").map(inline),
        _ => None,
    })
}

enum Block<'a> {
    Heading(&'a str),
    /// Its lines joined by spaces.
    Paragraph(String),
    /// Marker and text of each item.
    List(Vec<(String, String)>),
    Code(Vec<&'a str>),
    /// A table.
    Verbatim(Vec<&'a str>),
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut is_new = true;
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let text = line.trim();
        if let Some(fence) = fence(text) {
            let code = lines.by_ref().take_while(|line| !line.trim().starts_with(fence));
            blocks.push(Block::Code(code.collect()));
            is_new = true;
            continue;
        }
        if text.is_empty() {
            is_new = true;
            continue;
        }
        if let Some(heading) = text.strip_prefix('#') {
            blocks.push(Block::Heading(heading.trim_start_matches('#').trim()));
            is_new = true;
            continue;
        }
        match (blocks.last_mut(), item(text)) {
            (Some(Block::List(items)), Some(item)) => items.push(item),
            (_, Some(item)) => blocks.push(Block::List(vec![item])),
            (Some(Block::Verbatim(rows)), None) if text.starts_with('|') && !is_new => rows.push(line),
            (_, None) if text.starts_with('|') => blocks.push(Block::Verbatim(vec![line])),
            (Some(Block::Paragraph(paragraph)), None) if !is_new => {
                paragraph.push(' ');
                paragraph.push_str(text);
            }
            (Some(Block::List(items)), None) if !is_new || line.starts_with("  ") => {
                if let Some((_, last)) = items.last_mut() {
                    last.push(' ');
                    last.push_str(text);
                }
            }
            _ => blocks.push(Block::Paragraph(text.to_owned())),
        }
        is_new = false;
    }
    blocks
}

/// The marks that end the code block which this line opens.
fn fence(line: &str) -> Option<&str> {
    let mark = line.chars().next().filter(|mark| *mark == '`' || *mark == '~')?;
    let length = line.len() - line.trim_start_matches(mark).len();
    (length >= 3).then(|| &line[..length])
}

/// Marker and text of a list item.
fn item(line: &str) -> Option<(String, String)> {
    let (marker, text) = line.split_once(' ')?;
    let is_bullet = matches!(marker, "-" | "*" | "+");
    let is_number = marker.strip_suffix('.').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    (is_bullet || is_number && marker.len() > 1)
        .then(|| (if is_bullet { "-".to_owned() } else { marker.to_owned() }, text.trim().to_owned()))
}

fn push_block(out: &mut String, block: &Block<'_>, options: TextOptions) {
    match block {
        Block::Heading(text) => out.push_str(&options.bold(&inline(text))),
        Block::Paragraph(text) => out.push_str(&colored(&wrap(&inline(text), options.width, 0), options)),
        Block::List(items) => {
            for (index, (marker, text)) in items.iter().enumerate() {
                out.push_str(if index > 0 { "\n" } else { "" });
                let item = format!("{marker} {}", inline(text));
                out.push_str(&colored(&wrap(&item, options.width, marker.len() + 1), options));
            }
        }
        Block::Code(lines) => {
            let lines: Vec<String> =
                lines.iter().map(|line| options.accent(&format!("    {line}")).trim_end().to_owned()).collect();
            out.push_str(&lines.join("\n"));
        }
        Block::Verbatim(lines) => out.push_str(&lines.join("\n")),
    }
    out.push('\n');
}

/// Without emphasis, and with the address of a link behind its text. Backticks stay.
fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, part) in text.split('`').enumerate() {
        let is_code = index % 2 == 1;
        out.push_str(if index > 0 { "`" } else { "" });
        if is_code {
            out.push_str(part);
        } else {
            out.push_str(&links(&part.replace("**", "")));
        }
    }
    out
}

/// `[text](address)` as `text (address)`.
fn links(text: &str) -> String {
    let Some((before, rest)) = text.split_once('[') else { return text.to_owned() };
    let link = rest.split_once("](").and_then(|(name, rest)| Some((name, rest.split_once(')')?)));
    match link {
        Some((name, (address, after))) => format!("{before}{name} ({address}){}", links(after)),
        None => text.to_owned(),
    }
}

/// With code between backticks in colour.
fn colored(text: &str, options: TextOptions) -> String {
    if !options.color {
        return text.to_owned();
    }
    let parts = text.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 1 { options.accent(part) } else { part.to_owned() }).collect()
}

#[cfg(test)]
mod tests {
    use super::{done_when, first_paragraph, languages, plain, render_page, section};
    use crate::TextOptions;

    const PAGE: &str = "# connection-per-request\n\nA **new** connection\nfor `every` request. See [the manual](https://x.y).\n\n\
        ## Bad\n\n```python file=db.py\nconn = connect()  # error\n```\n\n- one\n  more\n- two\n\n| a | b |\n|---|---|\n";

    #[test]
    fn plain_text_keeps_everything_but_markup() {
        assert_eq!(
            plain(PAGE),
            "connection-per-request\n\nA new connection for `every` request. See the manual (https://x.y).\n\nBad\n\n    \
             conn = connect()  # error\n\n- one more\n- two\n\n| a | b |\n|---|---|\n"
        );
    }

    #[test]
    fn prose_is_wrapped_and_code_is_not() {
        let text = render_page(PAGE, TextOptions { color: false, width: 20, verbose: false });
        assert!(text.contains("A new connection for\n`every` request. See\n"), "{text}");
        assert!(text.contains("\n    conn = connect()  # error\n"), "{text}");
    }

    #[test]
    fn sections_are_found_by_their_heading() {
        let page = "# x\n\n## Why\n\nOne\ntwo.\n\n- three\n\n## Bad\n\nfour\n";
        assert_eq!(section(page, "Why"), ["One two.", "three"]);
        assert!(section(page, "Good").is_empty());
    }

    #[test]
    fn the_end_of_the_work_is_found() {
        let page = "# x\n\n## Why\n\nSlow.\n\nDone when `x` is\ngone.\n\n## Bad\n";
        assert_eq!(done_when(page).as_deref(), Some("`x` is gone."));
        assert_eq!(done_when(PAGE), None);
    }

    #[test]
    fn the_first_paragraph_is_found() {
        let expected = "A new connection for `every` request. See the manual (https://x.y).";
        assert_eq!(first_paragraph(PAGE).as_deref(), Some(expected));
        let tagged = PAGE.replacen("\n\n", "\n\nLanguages: Python, Rust\n\n", 1);
        assert_eq!(first_paragraph(&tagged).as_deref(), Some(expected));
        assert_eq!(languages(&tagged), ["Python", "Rust"]);
        assert_eq!(first_paragraph("# only\n"), None);
    }
}
