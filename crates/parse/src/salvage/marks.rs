//! Lines that are no code in any language: merge markers, Markdown fences and the prose around them.

use std::ops::Range;

/// Merge markers with the second side of each conflict, and the lines of code fences.
pub(super) fn marks(source: &str) -> Vec<Range<usize>> {
    let mut found = conflicts(source);
    found.extend(lines(source).filter(|line| is_fence(&source[line.clone()])));
    found
}

/// Whether the whole text is a fenced block: to JavaScript that would be a tagged template.
pub(super) fn is_fenced(source: &str) -> bool {
    source.trim_start_matches('\u{feff}').trim_start().starts_with("```")
}

/// What stands outside the code fences, if there are any.
pub(super) fn prose(source: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut start, mut is_code, mut has_fence) = (0, false, false);
    for line in lines(source).filter(|line| is_fence(&source[line.clone()])) {
        has_fence = true;
        if !is_code {
            found.push(start..line.end);
        }
        is_code = !is_code;
        start = line.start;
    }
    if has_fence && !is_code {
        found.push(start..source.len());
    }
    found
}

fn lines(source: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    source.split_inclusive('\n').map(move |line| {
        let range = start..start + line.len();
        start = range.end;
        range
    })
}

fn is_fence(line: &str) -> bool {
    let Some(info) = line.strip_prefix("```") else { return false };
    let info = info.trim();
    info.len() < 40 && info.chars().all(|c| c.is_alphanumeric() || " _-+.#=:/{}\"'".contains(c))
}

fn conflicts(source: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut is_open = false;
    let mut second_side = None;
    for line in lines(source) {
        let text = &source[line.clone()];
        let is_marker = |marker: &str| {
            text.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\r', '\n']))
        };
        if is_marker("<<<<<<<") {
            is_open = true;
            found.push(line);
        } else if is_open && second_side.is_none() && (is_marker("=======") || is_marker("|||||||")) {
            second_side = Some(line.start);
        } else if is_open && is_marker(">>>>>>>") {
            found.push(second_side.take().unwrap_or(line.start)..line.end);
            is_open = false;
        }
    }
    if let Some(start) = second_side {
        found.push(start..source.len());
    }
    found
}
