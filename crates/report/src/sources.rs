//! The texts that findings point into, and how their offsets become lines and columns.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

use ir::{Span, Symbol};

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Every text of the run by its path.
#[derive(Debug, Default)]
pub struct Sources {
    files: BTreeMap<Symbol, Source>,
}

impl Sources {
    pub fn insert(&mut self, path: Symbol, text: String) {
        self.files.insert(path, Source { text, lines: OnceLock::new() });
    }

    /// The text of that path; an empty one if it was never put in.
    pub fn get(&self, path: Symbol) -> &Source {
        static EMPTY: Source = Source { text: String::new(), lines: OnceLock::new() };
        self.files.get(&path).unwrap_or(&EMPTY)
    }
}

/// One text. Lines end with `\n`, `\r\n` or `\r`; a byte-order mark belongs to no line, so that it takes no column.
#[derive(Debug)]
pub struct Source {
    text: String,
    lines: OnceLock<Vec<u32>>,
}

/// A place as people count: everything from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    pub line: usize,
    /// In Unicode code points.
    pub column: usize,
    /// In bytes.
    pub utf8_column: usize,
    /// In UTF-16 code units.
    pub utf16_column: usize,
}

impl Source {
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The offset's place. Offsets past the end or inside a character mean the boundary before.
    pub fn position(&self, offset: u32) -> Position {
        let offset = self.boundary(offset);
        let index = self.line_index(offset);
        let line = self.line_range(index);
        let before = &self.text[line.start..offset.clamp(line.start, line.end)];
        Position {
            line: index + 1,
            column: before.chars().count() + 1,
            utf8_column: before.len() + 1,
            utf16_column: before.encode_utf16().count() + 1,
        }
    }

    /// First and last line of a span, from 1.
    pub fn lines(&self, span: Span) -> (usize, usize) {
        let range = self.range(span);
        let last = range.end.saturating_sub(1).max(range.start);
        (self.line_index(range.start) + 1, self.line_index(last) + 1)
    }

    /// The index, from 0, of the line that the offset is on.
    pub(crate) fn line_index(&self, offset: usize) -> usize {
        self.line_starts().partition_point(|start| *start as usize <= offset).saturating_sub(1)
    }

    /// The bytes of a line without its end. Past the last line: an empty range at the end of the text.
    pub(crate) fn line_range(&self, index: usize) -> Range<usize> {
        let starts = self.line_starts();
        let offset_of = |index: usize| starts.get(index).map_or(self.text.len(), |start| *start as usize);
        let (start, end) = (offset_of(index), offset_of(index + 1));
        let line = &self.text[start..end];
        let content = line.strip_suffix('\n').unwrap_or(line);
        let content = content.strip_suffix('\r').unwrap_or(content);
        start..start + content.len()
    }

    pub(crate) fn line_count(&self) -> usize {
        self.line_starts().len()
    }

    /// The span as offsets that slice the text.
    pub(crate) fn range(&self, span: Span) -> Range<usize> {
        let start = self.boundary(span.start);
        start..self.boundary(span.end).max(start)
    }

    fn boundary(&self, offset: u32) -> usize {
        self.text.floor_char_boundary(offset as usize)
    }

    fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let bytes = self.text.as_bytes();
            let first = if self.text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
            let ends = bytes.iter().enumerate().filter(|(index, byte)| match byte {
                b'\n' => true,
                b'\r' => bytes.get(index + 1) != Some(&b'\n'),
                _ => false,
            });
            std::iter::once(first as u32).chain(ends.map(|(index, _)| index as u32 + 1)).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use ir::Symbol;

    use super::{Position, Sources};

    fn position(text: &str, offset: u32) -> (usize, [usize; 3]) {
        let mut sources = Sources::default();
        let path = Symbol::new("a.py");
        sources.insert(path, text.to_owned());
        let Position { line, column, utf8_column, utf16_column } = sources.get(path).position(offset);
        (line, [column, utf8_column, utf16_column])
    }

    #[test]
    fn every_line_end_counts_once() {
        assert_eq!(position("a\nb", 2), (2, [1, 1, 1]));
        assert_eq!(position("a\r\nb", 3), (2, [1, 1, 1]));
        assert_eq!(position("a\rb", 2), (2, [1, 1, 1]));
        assert_eq!(position("a\r\n", 3), (2, [1, 1, 1]));
        assert_eq!(position("a\r\nb", 2), (1, [2, 2, 2]));
    }

    #[test]
    fn columns_count_characters_bytes_or_utf16_units() {
        assert_eq!(position("用户表😀x", 9), (1, [4, 10, 4]));
        assert_eq!(position("用户表😀x", 13), (1, [5, 14, 6]));
        assert_eq!(position("\tx", 1), (1, [2, 2, 2]));
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        assert_eq!(position("\u{feff}x = 1", 3), (1, [1, 1, 1]));
        assert_eq!(position("\u{feff}x = 1", 0), (1, [1, 1, 1]));
        assert_eq!(position("\u{feff}x\ny", 5), (2, [1, 1, 1]));
    }

    #[test]
    fn any_offset_has_a_place() {
        assert_eq!(position("", 7), (1, [1, 1, 1]));
        assert_eq!(position("é", 1), (1, [1, 1, 1]));
        assert_eq!(position("a\nb", 99), (2, [2, 2, 2]));
    }
}
