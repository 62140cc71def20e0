//! Keeps the healthy parts of a file that its typed parser refuses.
//!
//! Saved answers of a model end in the middle of a statement, keep the Markdown around them, or carry the marks of an
//! unfinished merge; editors hold half-typed lines. The ladder of [`Step`]s blanks ever larger parts until the parser
//! takes the rest.

mod items;
mod lines;
mod marks;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::rc::Rc;

use ir::{Skipped, Span};
use tree_sitter::Language;

use items::Items;

/// What a typed parser says of a text that it refuses.
pub(crate) struct Refusal {
    /// Byte offset, where the parser tells one.
    pub(crate) offset: Option<usize>,
    /// In lower case, without a full stop.
    pub(crate) reason: String,
}

/// Calls `parse` with the source; if it refuses, blanks out what tree-sitter finds broken (spaces for every byte but line
/// ends, so that offsets hold) and calls it again, each time with larger parts blanked. Returns what the first success
/// gives, or none where not even the text without its broken top-level items parses, and the parts left out.
///
/// So that a function keeps the statements before the place where its text ends, a blanked tail may hold the missing
/// closing brackets, and a blanked Python block a statement that does nothing.
pub(crate) fn with_salvage<T>(
    source: &str,
    grammar: impl FnOnce() -> Language,
    mut parse: impl FnMut(&str) -> Result<T, Refusal>,
) -> (Option<T>, Vec<Skipped>) {
    let first = if marks::is_fenced(source) {
        Err(Refusal { offset: None, reason: "a code fence around the code".to_owned() })
    } else {
        parse(source)
    };
    let Refusal { mut offset, reason } = match first {
        Ok(tree) => return (Some(tree), Vec::new()),
        Err(refusal) => refusal,
    };
    let mut draft = Draft::new(source, grammar());
    let mut attempts = MAX_ATTEMPTS.min(MAX_BYTES / source.len().max(1)).max(3);
    for step in LADDER {
        let before = step.is_tentative().then(|| {
            draft.items();
            (draft.clone(), offset)
        });
        let mut has_advanced = true;
        while has_advanced && attempts > 0 && draft.apply(*step, offset) {
            attempts -= 1;
            match parse(&draft.text) {
                Ok(tree) => return (Some(tree), draft.skipped(&reason)),
                Err(refusal) => {
                    has_advanced = refusal.offset > offset;
                    offset = refusal.offset;
                }
            }
        }
        if let Some((draft_before, offset_before)) = before {
            (draft, offset) = (draft_before, offset_before);
        }
    }
    let end = u32::try_from(source.len()).unwrap_or(u32::MAX);
    (None, vec![Skipped { span: Span::new(0, end), reason }])
}

const MAX_ATTEMPTS: usize = 20;

/// Text read again and again, over all attempts.
const MAX_BYTES: usize = 8 << 20;

/// A way of blanking. It is repeated for as long as the parser then gets further.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Merge markers and code fences.
    Marks,
    /// The unfinished end of the text, with closing brackets for what was open.
    Close,
    /// A line where the parser gave up.
    Line(At),
    /// That line with the lines that are indented below it.
    Region(At),
    /// The innermost items that tree-sitter cannot read.
    Broken,
    /// The innermost item where the parser gave up, or one that many levels around it.
    Enclosing(usize),
    /// Whole top-level items.
    TopLevel,
    /// What stands outside the code fences.
    Prose,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// The offset's line, or where only blanks stand before it there, the line before: parsers stumble over what follows.
    Likely,
    /// The other one of the two.
    Other,
}

const LADDER: &[Step] = &[
    Step::Marks,
    Step::Close,
    Step::Line(At::Likely),
    Step::Line(At::Other),
    Step::Region(At::Likely),
    Step::Region(At::Other),
    Step::Broken,
    Step::Enclosing(0),
    Step::Enclosing(1),
    Step::TopLevel,
    Step::Prose,
];

impl Step {
    /// Taken back unless it heals the text.
    fn is_tentative(self) -> bool {
        matches!(self, Self::Close | Self::Line(_) | Self::Region(_))
    }
}

/// What stands in a blanked part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Filler<'a> {
    Nothing,
    /// A statement that may stand for any other: a number, which is as long as the character that it takes the place of.
    Statement,
    /// Brackets, the first ones of the part's ASCII characters.
    Closers(&'a str),
}

/// The text with its blanked parts.
#[derive(Clone)]
struct Draft<'a> {
    source: &'a str,
    grammar: Language,
    text: String,
    /// Of the text as it is, once they are asked for.
    items: Option<Rc<Items>>,
    blanked: Vec<Range<usize>>,
}

impl<'a> Draft<'a> {
    fn new(source: &'a str, grammar: Language) -> Self {
        Self { source, grammar, text: source.to_owned(), items: None, blanked: Vec::new() }
    }

    /// Python: blocks are lines, and none may be empty.
    fn is_indented(&self) -> bool {
        self.grammar.name() == Some("python")
    }

    /// Whether the step changed anything.
    fn apply(&mut self, step: Step, offset: Option<usize>) -> bool {
        let count = self.blanked.len();
        match (step, offset) {
            (Step::Marks, _) => {
                marks::marks(self.source).into_iter().for_each(|range| self.blank(range, Filler::Nothing))
            }
            (Step::Prose, _) => {
                marks::prose(self.source).into_iter().for_each(|range| self.blank(range, Filler::Nothing))
            }
            (Step::Close, _) => self.close(),
            (Step::Line(at), Some(offset)) => {
                let line = lines::at(&self.text, offset, at);
                if self.items().starts_statement(line.start, self.is_indented()) {
                    self.blank_item(lines::with_decorators(&self.text, line), self.filler());
                }
            }
            (Step::Region(at), Some(offset)) => self.blank_item(lines::region(&self.text, offset, at), self.filler()),
            (Step::Broken, _) => self.blank_items(None, 0),
            (Step::Enclosing(levels), _) => self.blank_items(offset, levels),
            (Step::TopLevel, _) => {
                let items = self.items();
                let chosen = items.broken().into_iter().chain(items.enclosing(offset, 0));
                chosen.for_each(|item| self.blank_item(items.whole(items.top(item)), Filler::Nothing));
            }
            (Step::Line(_) | Step::Region(_), None) => {}
        }
        self.blanked.len() > count
    }

    fn filler(&self) -> Filler<'static> {
        if self.is_indented() { Filler::Statement } else { Filler::Nothing }
    }

    fn items(&mut self) -> Rc<Items> {
        let (text, grammar) = (&self.text, &self.grammar);
        Rc::clone(self.items.get_or_insert_with(|| Rc::new(Items::read(text, grammar))))
    }

    fn close(&mut self) {
        let items = self.items();
        if self.is_indented() {
            if let Some(opener) = items.unfinished_bracket(&self.text) {
                let start = lines::line_at(&self.text, opener).start;
                self.blank(start..self.text.len(), self.filler());
            }
        } else if let Some((range, closers)) = items.unfinished_tail(&self.text) {
            self.blank(range, Filler::Closers(&closers));
        }
    }

    /// Blanks what is broken and what is at an offset.
    fn blank_items(&mut self, offset: Option<usize>, levels: usize) {
        let items = self.items();
        for item in items.broken().into_iter().chain(items.enclosing(offset, levels)) {
            if items.top(item) == item {
                items.without_margin_items(item).into_iter().for_each(|range| self.blank_item(range, Filler::Nothing));
            } else {
                self.blank_item(items.whole(item), self.filler());
            }
        }
    }

    fn blank_item(&mut self, range: Range<usize>, filler: Filler<'_>) {
        if self.text.get(range.clone()).is_some_and(|text| text.trim().is_empty()) {
            return;
        }
        let range = if self.is_indented() { lines::to_whole(&self.text, range) } else { range };
        self.blank(range, filler);
    }

    /// Blanks the range, but for what the filler puts there. No token of a filler ends inside a character of the source, so
    /// that the spans of what is parsed lie on its boundaries.
    fn blank(&mut self, range: Range<usize>, filler: Filler<'_>) {
        let start = self.text.floor_char_boundary(range.start);
        let end = self.text.ceil_char_boundary(range.end);
        let old = &self.text[start..end];
        let indent = old.len() - old.trim_start().len();
        if indent == old.len() {
            return;
        }
        let mut closers = if let Filler::Closers(closers) = filler { closers } else { "" }.chars();
        let mut new = String::with_capacity(old.len());
        for (at, char) in old.char_indices() {
            let byte = match char {
                '\n' | '\r' => char,
                '\t' if at < indent => char,
                _ if at == indent && filler == Filler::Statement => '0',
                _ if at >= indent && char.is_ascii() => closers.next().unwrap_or(' '),
                _ => ' ',
            };
            new.extend(std::iter::repeat_n(byte, char.len_utf8()));
        }
        self.text.replace_range(start..end, &new);
        self.items = None;
        self.blanked.push(start..end);
    }

    fn skipped(&self, reason: &str) -> Vec<Skipped> {
        let mut ranges = self.blanked.clone();
        ranges.sort_by_key(|range| (range.start, range.end));
        let mut merged: Vec<Range<usize>> = Vec::new();
        for range in ranges {
            match merged.last_mut() {
                Some(last) if self.source[last.end.min(range.start)..range.start].trim().is_empty() => {
                    last.end = last.end.max(range.end);
                }
                _ => merged.push(range),
            }
        }
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        merged
            .into_iter()
            .map(|range| Skipped { span: Span::new(offset(range.start), offset(range.end)), reason: reason.to_owned() })
            .collect()
    }
}
