//! Lines and indentation: what a broken text still shows of its structure when a grammar has lost it.

use std::ops::Range;

use super::At;

/// Where the parser gave up at an offset: its line, or the last one before it that is not blank. Without line ends.
pub(super) fn at(text: &str, offset: usize, at: At) -> Range<usize> {
    let offset = text.floor_char_boundary(offset);
    let line = line_at(text, offset);
    let is_first = text[line.start..offset].trim().is_empty();
    if is_first == (at == At::Likely) { line_at(text, text[..line.start].trim_end().len()) } else { line }
}

/// That line, the decorators above it, and the lines that are indented below it up to the closing bracket. Of a closing
/// bracket's line: the region that it closes.
pub(super) fn region(text: &str, offset: usize, place: At) -> Range<usize> {
    let mut head = at(text, offset, place);
    let own = indent(&text[head.clone()]);
    if closes(&text[head.clone()]) {
        while head.start > 0 && (is_below(&text[head.clone()], own) || closes(&text[head.clone()])) {
            head = line_at(text, head.start - 1);
        }
    }
    let mut end = head.end;
    while end < text.len() {
        let next = line_at(text, end + 1);
        let line = &text[next.clone()];
        if is_below(line, own) {
            end = next.end;
        } else {
            end = if closes(line) && indent(line) == own { next.end } else { end };
            break;
        }
    }
    with_decorators(text, head.start..end)
}

/// Grown by the lines of decorators, attributes and documentation that stand above it.
pub(super) fn with_decorators(text: &str, range: Range<usize>) -> Range<usize> {
    let own = indent(&text[line_at(text, range.start)]);
    let mut start = range.start;
    while start > 0 {
        let before = line_at(text, start - 1);
        let line = &text[before.clone()];
        if indent(line) != own || !["@", "#[", "///"].iter().any(|mark| line.trim_start().starts_with(mark)) {
            break;
        }
        start = before.start;
    }
    start..range.end
}

/// Grown to the end of its last line, and to the start of its first one where only blanks stand before it.
pub(super) fn to_whole(text: &str, range: Range<usize>) -> Range<usize> {
    let range = text.floor_char_boundary(range.start)..text.ceil_char_boundary(range.end);
    let line = line_at(text, range.start).start;
    let start = if text[line..range.start].trim().is_empty() { line } else { range.start };
    let ends_line = range.end > range.start && text[..range.end].ends_with('\n');
    start..if ends_line { range.end } else { line_at(text, range.end).end }
}

/// Whether the lines behind an opening bracket are indented deeper than its own. If not, a bracket is missing there, and
/// the text does not just end early.
pub(super) fn stay_inside(text: &str, opener: usize) -> bool {
    let own = indent(&text[line_at(text, opener)]);
    text[opener..].lines().skip(1).all(|line| is_below(line, own) || closes(line))
}

/// Without its end.
pub(super) fn line_at(text: &str, offset: usize) -> Range<usize> {
    let offset = offset.min(text.len());
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let end = text[offset..].find('\n').map_or(text.len(), |at| offset + at);
    start..end
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn is_below(line: &str, own: usize) -> bool {
    line.trim().is_empty() || indent(line) > own
}

fn closes(line: &str) -> bool {
    line.trim_start().starts_with(['}', ')', ']'])
}
