//! What tree-sitter sees of a text that its typed parser refuses: items, where they are broken, and open brackets.

use std::ops::{ControlFlow, Range};

use super::lines;
use tree_sitter::{Language, Node, ParseOptions, Parser, Tree, TreeCursor};

/// A statement, declaration or member: a child of a sequence.
struct Item {
    span: Range<usize>,
    /// Where its decorators and attributes start, if they are siblings of it.
    start: usize,
    parent: Option<usize>,
    /// Something that the grammar does not allow stands in it, and in no item inside it.
    is_broken: bool,
    has_error: bool,
    at_margin: bool,
}

/// Items in the order of their starts, parents first.
#[derive(Default)]
pub(super) struct Items {
    items: Vec<Item>,
    /// Positions of brackets outside strings and comments; `$` for a template's `${`.
    brackets: Vec<(usize, u8)>,
    /// Ends of complete statements, in whatever they stand.
    ends: Vec<usize>,
}

/// Kinds of nodes that hold items, over all grammars.
const SEQUENCES: &[&str] = &[
    "module",
    "program",
    "source_file",
    "block",
    "statement_block",
    "class_body",
    "declaration_list",
    "interface_body",
    "switch_body",
    "match_block",
];

/// Siblings that belong to the item after them.
const LEADING: &[&str] = &["decorator", "attribute_item", "line_comment", "block_comment"];

fn is_statement(kind: &str) -> bool {
    ["_statement", "_declaration", "_definition", "_item"].iter().any(|suffix| kind.ends_with(suffix))
}

impl Items {
    /// Empty where tree-sitter gives up.
    pub(super) fn read(text: &str, grammar: &Language) -> Self {
        let mut reader = Reader::default();
        if let Some(tree) = parse(text, grammar) {
            reader.walk(&mut tree.walk());
        }
        reader.found.ends.sort_unstable();
        reader.found
    }

    pub(super) fn broken(&self) -> Vec<usize> {
        (0..self.items.len()).filter(|item| self.items[*item].is_broken).collect()
    }

    /// The innermost item at the offset, or before it where none is; `levels` further out where there is one.
    pub(super) fn enclosing(&self, offset: Option<usize>, levels: usize) -> Option<usize> {
        let offset = offset?;
        let started = self.items.partition_point(|item| item.span.start <= offset);
        let mut item = started.checked_sub(1)?;
        while self.items[item].span.end < offset {
            match self.items[item].parent {
                Some(parent) => item = parent,
                None => break,
            }
        }
        if self.items[item].span.end < offset {
            item = started - 1;
        }
        for _ in 0..levels {
            item = self.items[item].parent.unwrap_or(item);
        }
        Some(item)
    }

    pub(super) fn top(&self, mut item: usize) -> usize {
        while let Some(parent) = self.items[item].parent {
            item = parent;
        }
        item
    }

    pub(super) fn whole(&self, item: usize) -> Range<usize> {
        self.items[item].start..self.items[item].span.end
    }

    /// A top-level item, for which healthy items at the left margin inside it stay: it has swallowed what follows it.
    pub(super) fn without_margin_items(&self, top: usize) -> Vec<Range<usize>> {
        let whole = self.whole(top);
        let mut start = whole.start;
        let mut ranges = Vec::new();
        for item in self.items[top + 1..].iter().take_while(|item| item.span.start < whole.end) {
            if item.at_margin && !item.has_error && item.start >= start {
                ranges.push(start..item.start);
                start = item.span.end;
            }
        }
        ranges.push(start..whole.end);
        ranges
    }

    /// Whether a statement may start at this line start: not inside parentheses, nor, where `is_indented`, inside any
    /// brackets.
    pub(super) fn starts_statement(&self, line_start: usize, is_indented: bool) -> bool {
        match self.open_at(line_start).last() {
            None => true,
            Some((_, bracket)) => !is_indented && *bracket == b'{',
        }
    }

    /// The outermost bracket that is open at the end of the text, if the text ends early there.
    pub(super) fn unfinished_bracket(&self, text: &str) -> Option<usize> {
        let open = self.open_at(text.len());
        let outermost = open.first()?.0;
        open.iter().all(|(at, _)| lines::stay_inside(text, *at)).then_some(outermost)
    }

    /// Where the text ends inside brackets: what stands behind its last complete statement, and the brackets that
    /// close what is open there.
    pub(super) fn unfinished_tail(&self, text: &str) -> Option<(Range<usize>, String)> {
        self.unfinished_bracket(text)?;
        let cut = self.ends.iter().rev().copied().take(4).find(|cut| {
            let open = self.open_at(*cut);
            let room = text.as_bytes()[*cut..].iter().filter(|byte| byte.is_ascii_graphic()).count();
            open.len() <= room && open.iter().all(|(_, bracket)| *bracket != b'$')
        })?;
        let closers = self
            .open_at(cut)
            .iter()
            .rev()
            .map(|(_, bracket)| match bracket {
                b'(' => ')',
                b'[' => ']',
                _ => '}',
            })
            .collect();
        Some((cut..text.len(), closers))
    }

    /// The brackets that are open at an offset, the outermost first.
    fn open_at(&self, offset: usize) -> Vec<(usize, u8)> {
        let mut open: Vec<(usize, u8)> = Vec::new();
        for (at, bracket) in self.brackets.iter().take_while(|(at, _)| *at < offset) {
            let opener: &[u8] = match bracket {
                b')' => b"(",
                b']' => b"[",
                b'}' => b"{$",
                _ => {
                    open.push((*at, *bracket));
                    continue;
                }
            };
            if open.last().is_some_and(|(_, last)| opener.contains(last)) {
                open.pop();
            }
        }
        open
    }
}

/// Larger texts are repaired by lines alone: recovery from errors takes time out of proportion to their size.
const MAX_SIZE: usize = 256 << 10;

/// A row of more line continuations than this is no code, and Python's scanner walks over all of it at each token.
const MAX_CONTINUATIONS: usize = 64;

fn parse(text: &str, grammar: &Language) -> Option<Tree> {
    if text.len() > MAX_SIZE || text.contains(&"\\\n".repeat(MAX_CONTINUATIONS)) {
        return None;
    }
    let mut parser = Parser::new();
    parser.set_language(grammar).ok()?;
    // Counting callbacks, not time, keeps the outcome the same on every machine. Healthy code of these languages takes
    // about one callback for 200 bytes.
    let mut left = 200 + text.len() / 50;
    let mut progress = |_: &tree_sitter::ParseState| {
        left = left.saturating_sub(1);
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let bytes = text.as_bytes();
    let options = ParseOptions::new().progress_callback(&mut progress);
    parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or_default(), None, Some(options))
}

/// One node that is being walked.
struct Level {
    holds_items: bool,
    /// The innermost item around its children.
    item: Option<usize>,
    /// Start of the decorators read so far that no item has taken.
    leading: Option<usize>,
}

#[derive(Default)]
struct Reader {
    found: Items,
    levels: Vec<Level>,
}

impl Reader {
    /// In preorder, without recursion: nesting has no bound.
    fn walk(&mut self, cursor: &mut TreeCursor<'_>) {
        loop {
            let level = self.enter(cursor.node());
            if cursor.goto_first_child() {
                self.levels.push(level);
                continue;
            }
            while !cursor.goto_next_sibling() {
                self.levels.pop();
                if !cursor.goto_parent() {
                    return;
                }
            }
        }
    }

    fn enter(&mut self, node: Node<'_>) -> Level {
        let kind = node.kind();
        let around = self.levels.last().and_then(|level| level.item);
        let is_top = self.levels.len() <= 1;
        let is_unreadable = node.is_error() || node.is_missing();
        let item = self.item(node, around);
        if is_unreadable && let Some(item) = item.or(around) {
            self.found.items[item].is_broken = true;
        }
        if node.child_count() == 0 {
            self.bracket(node.start_byte(), kind, node.is_missing());
        } else if is_statement(kind) && !node.has_error() {
            self.found.ends.push(node.end_byte());
        }
        Level {
            holds_items: SEQUENCES.contains(&kind) || node.is_error() && is_top,
            item: item.or(around),
            leading: None,
        }
    }

    /// Adds the node as an item if it is one.
    fn item(&mut self, node: Node<'_>, parent: Option<usize>) -> Option<usize> {
        let kind = node.kind();
        let leading = match self.levels.last_mut() {
            None if node.is_error() => None,
            Some(level) if level.holds_items && node.is_named() => {
                if LEADING.contains(&kind) {
                    level.leading.get_or_insert(node.start_byte());
                    None
                } else if kind == "comment" {
                    return None;
                } else {
                    level.leading.take()
                }
            }
            _ => return None,
        };
        let span = node.byte_range();
        if span.is_empty() {
            return None;
        }
        self.found.items.push(Item {
            start: leading.unwrap_or(span.start),
            span,
            parent,
            is_broken: false,
            has_error: node.has_error() || node.is_error(),
            at_margin: node.start_position().column == 0 && (is_statement(kind) || LEADING.contains(&kind)),
        });
        Some(self.found.items.len() - 1)
    }

    fn bracket(&mut self, at: usize, kind: &str, is_missing: bool) {
        let bracket = match kind {
            _ if is_missing => return,
            "${" => b'$',
            "(" | ")" | "[" | "]" | "{" | "}" => kind.as_bytes()[0],
            _ => return,
        };
        self.found.brackets.push((at, bracket));
    }
}
