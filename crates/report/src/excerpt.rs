//! The lines around a place, as they can be shown: clipped where they are long, and harmless.

use ir::Span;

use crate::Source;
use crate::neutral::neutral_chars;
use crate::view::{CUT, drawn_range, shown_range};

/// Lines of context on either side.
const AROUND: usize = 2;

/// A line in three parts, of which the second is marked. In lines of context it is empty.
pub(crate) struct ExcerptLine {
    /// From 1.
    pub(crate) number: usize,
    pub(crate) before: String,
    pub(crate) marked: String,
    pub(crate) after: String,
}

/// The lines of the place, and some around it.
pub(crate) fn excerpt(source: &Source, place: Span) -> Vec<ExcerptLine> {
    let mark = drawn_range(source, place);
    let (first, last) = (source.line_index(mark.start), source.line_index(mark.end));
    let lines = first.saturating_sub(AROUND)..=(last + AROUND).min(source.line_count() - 1);
    let marks = [mark.clone()];
    let lines = lines.map(|index| {
        let line = source.line_range(index);
        let shown = shown_range(source, index, &marks);
        let is_marked = (first..=last).contains(&index);
        let start = if is_marked { mark.start.clamp(shown.start, shown.end) } else { shown.end };
        let end = if is_marked { mark.end.clamp(start, shown.end) } else { shown.end };
        let text = |range: std::ops::Range<usize>| -> String {
            neutral_chars(&source.text()[range]).map(|(_, c)| c).collect()
        };
        let cut = |is_cut| if is_cut { CUT } else { "" };
        ExcerptLine {
            number: index + 1,
            before: format!("{}{}", cut(shown.start > line.start), text(shown.start..start)),
            marked: text(start..end),
            after: format!("{}{}", text(end..shown.end), cut(shown.end < line.end)),
        }
    });
    lines.collect()
}

/// The line on which the place starts, without its indentation.
pub(crate) fn line(source: &Source, place: Span) -> String {
    let index = source.line_index(source.range(place).start) + 1;
    let lines = excerpt(source, place);
    let line = lines.into_iter().find(|line| line.number == index);
    line.map_or_else(String::new, |line| format!("{}{}{}", line.before, line.marked, line.after).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use ir::{Span, Symbol};

    use super::{excerpt, line};
    use crate::Sources;

    fn shown(text: &str, part: &str) -> Vec<String> {
        let mut sources = Sources::default();
        let path = Symbol::new("a.py");
        sources.insert(path, text.to_owned());
        let start = text.find(part).expect("the part is in the text") as u32;
        let span = Span::new(start, start + part.len() as u32);
        let source = sources.get(path);
        assert!(excerpt(source, span).iter().any(|shown| {
            let whole = format!("{}{}{}", shown.before, shown.marked, shown.after);
            whole.trim() == line(source, span)
        }));
        let lines = excerpt(source, span);
        lines.iter().map(|line| format!("{} {}<{}>{}", line.number, line.before, line.marked, line.after)).collect()
    }

    #[test]
    fn the_place_is_marked_within_its_surroundings() {
        let text = "a\nb\nc\n\tcall(x)\r\ne\nf\ng\n";
        let expected = ["2 b<>", "3 c<>", "4 \t<call(x)>", "5 e<>", "6 f<>"];
        assert_eq!(shown(text, "call(x)"), expected);
        assert_eq!(shown("one\ntwo", "ne\ntw"), ["1 o<ne>", "2 <tw>o"]);
        assert_eq!(shown("", ""), ["1 <>"]);
    }

    #[test]
    fn long_lines_are_clipped_and_control_characters_shown() {
        let text = format!("{}call(){}", "a\x1b".repeat(400_000), "b".repeat(400_000));
        let lines = shown(&text, "call()");
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0], format!("1 …{}<call()>{}…", "a␛".repeat(30), "b".repeat(60)));
    }
}
