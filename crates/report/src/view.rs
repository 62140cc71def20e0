//! The few lines of a file that a snippet shows, made fit for a terminal: long lines are clipped around what is marked
//! and no character does anything but show. Line and column numbers stay those of the file.

use std::ops::Range;

use codespan_reporting::files::{Error, Files};
use ir::Span;

use crate::Source;
use crate::neutral::neutral_chars;

/// Characters that stay on either side of a mark in a long line.
const REACH: usize = 60;
/// Lines up to this length are shown whole.
const WHOLE: usize = 2 * REACH;
/// Marks over more lines than this are drawn on their first line only.
const TALL: usize = 6;
pub(crate) const CUT: &str = "…";

/// Some lines of one file, one after another.
pub(crate) struct View<'a> {
    name: String,
    source: &'a Source,
    text: String,
    /// The index of the first line in the file.
    first: usize,
    lines: Vec<Line>,
}

struct Line {
    /// In the view's text, with the line end.
    range: Range<usize>,
    /// What is shown of the file.
    shown: Range<usize>,
    /// Length of the sign in front that something was cut off.
    cut: usize,
}

impl<'a> View<'a> {
    /// Shows the lines from the first mark to the last. On a line with several marks, the earlier of `marks` decides
    /// what is shown.
    pub(crate) fn new(name: String, source: &'a Source, marks: &[Span]) -> Self {
        let ranges: Vec<Range<usize>> = marks.iter().map(|mark| drawn_range(source, *mark)).collect();
        let first = ranges.iter().map(|range| source.line_index(range.start)).min().unwrap_or(0);
        let last = ranges.iter().map(|range| source.line_index(range.end)).max().unwrap_or(0);
        let mut view = Self { name, source, text: String::new(), first, lines: Vec::new() };
        for index in first..=last {
            view.push_line(index, &ranges);
        }
        view
    }

    fn push_line(&mut self, index: usize, marks: &[Range<usize>]) {
        let line = self.source.line_range(index);
        let shown = shown_range(self.source, index, marks);
        let start = self.text.len();
        if shown.start > line.start {
            self.text.push_str(CUT);
        }
        let cut = self.text.len() - start;
        self.text.extend(neutral_chars(&self.source.text()[shown.clone()]).map(|(_, c)| c));
        if shown.end < line.end {
            self.text.push_str(CUT);
        }
        self.text.push('\n');
        self.lines.push(Line { range: start..self.text.len(), shown, cut });
    }

    /// Where the mark is in the view's text, or none if it is on a part that is not shown.
    pub(crate) fn place(&self, mark: Span) -> Option<Range<usize>> {
        let range = drawn_range(self.source, mark);
        let first = self.line_at(range.start)?;
        let last = self.line_at(range.end)?;
        if range.start < first.shown.start || range.start > first.shown.end {
            return None;
        }
        let start = self.offset_in_view(first, range.start);
        Some(start..self.offset_in_view(last, range.end).max(start))
    }

    fn line_at(&self, offset: usize) -> Option<&Line> {
        self.lines.get(self.source.line_index(offset).checked_sub(self.first)?)
    }

    fn offset_in_view(&self, line: &Line, offset: usize) -> usize {
        let shown = &self.source.text()[line.shown.clone()];
        let before = neutral_chars(shown).take_while(|(at, _)| line.shown.start + at < offset);
        line.range.start + line.cut + before.map(|(_, c)| c.len_utf8()).sum::<usize>()
    }

    fn offset_in_source(&self, line: &Line, offset: usize) -> usize {
        let shown = &self.source.text()[line.shown.clone()];
        let mut in_view = line.range.start + line.cut;
        for (at, c) in neutral_chars(shown) {
            if in_view >= offset {
                return line.shown.start + at;
            }
            in_view += c.len_utf8();
        }
        line.shown.end
    }

    fn line(&self, index: usize) -> Result<&Line, Error> {
        let max = self.first + self.lines.len();
        let line = index.checked_sub(self.first).and_then(|index| self.lines.get(index));
        line.ok_or(Error::LineTooLarge { given: index, max })
    }
}

/// What is shown of a line. The first of `marks` that is on it decides.
pub(crate) fn shown_range(source: &Source, index: usize, marks: &[Range<usize>]) -> Range<usize> {
    let line = source.line_range(index);
    let mark = marks.iter().find(|mark| mark.start <= line.end && mark.end >= line.start);
    let focus = mark.map_or(line.start..line.start, |mark| mark.start.max(line.start)..mark.end.min(line.end));
    window(source.text(), line, focus)
}

/// The part of a mark that is drawn: without a line end at its end, and only the first line of a tall one.
pub(crate) fn drawn_range(source: &Source, mark: Span) -> Range<usize> {
    let range = source.range(mark);
    let first = source.line_index(range.start);
    let last_byte = range.end.saturating_sub(1).max(range.start);
    let mut last = source.line_index(last_byte);
    if last - first >= TALL {
        last = first;
    }
    let start = range.start.clamp(source.line_range(first).start, source.line_range(first).end);
    start..range.end.min(source.line_range(last).end).max(start)
}

/// What to show of a line: all of it, or what is around the focus.
fn window(text: &str, line: Range<usize>, focus: Range<usize>) -> Range<usize> {
    let step = |from: usize, count: usize| {
        text[from..line.end].char_indices().nth(count).map_or(line.end, |(offset, _)| from + offset)
    };
    if step(line.start, WHOLE) == line.end {
        return line;
    }
    let before = text[line.start..focus.start].char_indices().rev().nth(REACH - 1);
    let start = before.map_or(line.start, |(offset, _)| line.start + offset);
    let focus_end = focus.end.clamp(focus.start, step(focus.start, REACH));
    start..step(focus_end, REACH)
}

impl<'f> Files<'f> for View<'_> {
    type FileId = ();
    type Name = &'f str;
    type Source = &'f str;

    fn name(&'f self, (): ()) -> Result<&'f str, Error> {
        Ok(&self.name)
    }

    fn source(&'f self, (): ()) -> Result<&'f str, Error> {
        Ok(&self.text)
    }

    fn line_index(&'f self, (): (), offset: usize) -> Result<usize, Error> {
        Ok(self.first + self.lines.partition_point(|line| line.range.start <= offset).saturating_sub(1))
    }

    fn column_number(&'f self, (): (), index: usize, offset: usize) -> Result<usize, Error> {
        let in_source = self.offset_in_source(self.line(index)?, offset);
        Ok(self.source.position(u32::try_from(in_source).unwrap_or(u32::MAX)).column)
    }

    fn line_range(&'f self, (): (), index: usize) -> Result<Range<usize>, Error> {
        Ok(self.line(index)?.range.clone())
    }
}
