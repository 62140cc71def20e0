//! From the parser's spans to byte offsets.
//!
//! The parser counts characters. Its own conversion keeps a search tree of every offset that it was asked for; on a line
//! of ASCII the column is the offset already.

use std::ops::Range;

use proc_macro2::{LineColumn, Span};

pub(super) struct Offsets {
    /// Where the parsed text begins.
    base: usize,
    lines: Vec<Line>,
}

struct Line {
    start: usize,
    is_ascii: bool,
}

impl Offsets {
    /// For the part of the text from `base` on, which is what was parsed.
    pub(super) fn new(source: &str, base: usize) -> Self {
        let mut start = base;
        let lines = source.as_bytes()[base..]
            .split_inclusive(|byte| *byte == b'\n')
            .map(|line| {
                let line_start = start;
                start += line.len();
                Line { start: line_start, is_ascii: line.is_ascii() }
            })
            .collect();
        Self { base, lines }
    }

    pub(super) fn byte_range(&self, span: Span) -> Range<usize> {
        match (self.offset(span.start()), self.offset(span.end())) {
            (Some(start), Some(end)) => start..end,
            _ => {
                let range = span.byte_range();
                self.base + range.start..self.base + range.end
            }
        }
    }

    fn offset(&self, place: LineColumn) -> Option<usize> {
        let line = self.lines.get(place.line.checked_sub(1)?)?;
        line.is_ascii.then_some(line.start + place.column)
    }
}
