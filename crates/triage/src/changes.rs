//! Lines that a change touches, from a unified diff.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use ir::finding::{Finding, Location};
use report::Sources;

/// The touched lines of each file, by its path after the change.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Changes {
    files: BTreeMap<String, Lines>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Lines {
    All,
    /// In order, without overlap.
    Some(Vec<RangeInclusive<usize>>),
}

/// Why a text is no diff.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DiffError {
    /// From 1.
    pub line: usize,
    pub message: &'static str,
}

impl Changes {
    /// Reads what `git diff` or `diff -u` wrote. Where lines were only removed, the lines on both sides of the gap count as
    /// touched: what was removed may have been what kept a finding away.
    ///
    /// # Errors
    /// For a hunk whose header cannot be read or which no file precedes, and for a text without any header.
    pub fn parse(diff: &str) -> Result<Self, DiffError> {
        let mut changes = Self::default();
        let mut path: Option<String> = None;
        let mut left = Counts::default();
        let mut has_header = false;
        for (index, line) in diff.lines().enumerate() {
            let error = |message| DiffError { line: index + 1, message };
            if left.take(line) {
                continue;
            }
            if let Some(name) = line.strip_prefix("+++ ") {
                path = file_name(name);
                has_header = true;
            } else if line.starts_with("diff --git ") || line.starts_with("--- ") {
                path = None;
                has_header = true;
            } else if let Some(hunk) = line.strip_prefix("@@ ") {
                let (old, new) = hunk_header(hunk).ok_or_else(|| error("the header of a hunk was expected"))?;
                left = Counts { old: old.1, new: new.1 };
                match (&path, has_header) {
                    (Some(path), _) => changes.add(path.clone(), touched(new)),
                    // A file that was deleted.
                    (None, true) => {}
                    (None, false) => return Err(error("a hunk without a file")),
                }
            } else if let Some(name) = line.strip_prefix("rename to ") {
                changes.files.entry(unquoted(name)).or_insert(Lines::Some(Vec::new()));
            }
        }
        if !has_header && !diff.trim().is_empty() {
            return Err(DiffError { line: 1, message: "this is no unified diff" });
        }
        changes.sort();
        Ok(changes)
    }

    /// Puts the lines of each file in order, each once.
    fn sort(&mut self) {
        for lines in self.files.values_mut() {
            let Lines::Some(ranges) = lines else { continue };
            ranges.sort_by_key(|range| *range.start());
            let mut sorted: Vec<RangeInclusive<usize>> = Vec::with_capacity(ranges.len());
            for range in ranges.drain(..) {
                match sorted.last_mut() {
                    Some(last) if range.start() <= last.end() => *last = *last.start()..=*last.end().max(range.end()),
                    _ => sorted.push(range),
                }
            }
            *ranges = sorted;
        }
    }

    /// Takes every line of the file for touched.
    pub fn add_file(&mut self, path: &str) {
        self.files.insert(path.to_owned(), Lines::All);
    }

    fn add(&mut self, path: String, lines: RangeInclusive<usize>) {
        match self.files.entry(path).or_insert(Lines::Some(Vec::new())) {
            Lines::All => {}
            Lines::Some(ranges) => ranges.push(lines),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Whether anything in the file is touched.
    pub fn has_file(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// The changes below a folder, with paths relative to it.
    pub fn below(self, folder: &str) -> Self {
        let inner = |path: &str| Some(path.strip_prefix(folder)?.strip_prefix('/')?.to_owned());
        Self { files: self.files.into_iter().filter_map(|(path, lines)| Some((inner(&path)?, lines))).collect() }
    }

    /// Whether the change touches the cost or a step of the way to it.
    pub fn touch(&self, finding: &Finding, sources: &Sources) -> bool {
        let steps = finding.evidence.iter().map(|step| step.location);
        std::iter::once(finding.primary).chain(steps).any(|location| self.touch_place(location, sources))
    }

    fn touch_place(&self, location: Location, sources: &Sources) -> bool {
        match self.files.get(location.path.as_str()) {
            None => false,
            Some(Lines::All) => true,
            Some(Lines::Some(ranges)) => {
                let (first, last) = sources.get(location.path).lines(location.span);
                let at = ranges.partition_point(|range| *range.end() < first);
                ranges.get(at).is_some_and(|range| *range.start() <= last)
            }
        }
    }
}

/// How many lines of a hunk are still to come.
#[derive(Default)]
struct Counts {
    old: usize,
    new: usize,
}

impl Counts {
    /// Whether the line belongs to the hunk.
    fn take(&mut self, line: &str) -> bool {
        if self.old == 0 && self.new == 0 {
            return false;
        }
        match line.as_bytes().first() {
            Some(b'-') => self.old = self.old.saturating_sub(1),
            Some(b'+') => self.new = self.new.saturating_sub(1),
            Some(b'\\') => {}
            // Some programs strip the space of an empty line.
            Some(b' ') | None => {
                self.old = self.old.saturating_sub(1);
                self.new = self.new.saturating_sub(1);
            }
            Some(_) => {
                *self = Self::default();
                return false;
            }
        }
        true
    }
}

/// `-1,2 +3,4 @@ …`: start and length before and after.
fn hunk_header(text: &str) -> Option<((usize, usize), (usize, usize))> {
    let mut words = text.split(' ');
    let old = hunk_range(words.next()?.strip_prefix('-')?)?;
    let new = hunk_range(words.next()?.strip_prefix('+')?)?;
    (words.next() == Some("@@")).then_some((old, new))
}

fn hunk_range(text: &str) -> Option<(usize, usize)> {
    match text.split_once(',') {
        Some((start, length)) => Some((start.parse().ok()?, length.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    }
}

fn touched((start, length): (usize, usize)) -> RangeInclusive<usize> {
    match length {
        0 => start..=start.saturating_add(1),
        _ => start..=start.saturating_add(length - 1),
    }
}

/// The path of a `+++` line. None for `/dev/null`.
fn file_name(text: &str) -> Option<String> {
    // `diff -u` adds a tab and a time.
    let name = if text.starts_with('"') { unquoted(text) } else { text.split('\t').next().unwrap_or(text).to_owned() };
    if name == "/dev/null" {
        return None;
    }
    // `b/` by default, `w/` and `i/` with `diff.mnemonicPrefix`.
    let stripped = ["b/", "w/", "i/", "./"].iter().find_map(|prefix| name.strip_prefix(prefix));
    Some(stripped.map_or_else(|| name.clone(), str::to_owned))
}

/// A path as git quotes it: in quotes with escapes where it has unusual characters.
fn unquoted(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.rfind('"').map(|end| &rest[..end])) else {
        return text.to_owned();
    };
    let bytes = inner.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        let digits = bytes.get(at + 1..at + 4).and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            out.push(byte);
            at += 4;
            continue;
        }
        match bytes.get(at + 1) {
            Some(b'n') => out.push(b'\n'),
            Some(b't') => out.push(b'\t'),
            Some(b'r') => out.push(b'\r'),
            Some(other) => out.push(*other),
            None => {}
        }
        at += 2;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Changes, Lines, unquoted};

    fn lines(diff: &str, path: &str) -> Vec<(usize, usize)> {
        let changes = Changes::parse(diff).expect("a diff");
        match changes.files.get(path) {
            Some(Lines::Some(ranges)) => ranges.iter().map(|range| (*range.start(), *range.end())).collect(),
            other => panic!("{other:?} of {changes:?}"),
        }
    }

    #[test]
    fn added_and_changed_lines_are_touched() {
        let diff = "diff --git a/db.py b/db.py\n--- a/db.py\n+++ b/db.py\n@@ -1 +1,2 @@ def f():\n-x\n+y\n+z\n@@ -9,0 +11 @@\n+w\n";
        assert_eq!(lines(diff, "db.py"), [(1, 2), (11, 11)]);
    }

    #[test]
    fn both_sides_of_removed_lines_are_touched() {
        assert_eq!(lines("--- a/db.py\n+++ b/db.py\n@@ -4,2 +3,0 @@\n-# ignore\n-x\n", "db.py"), [(3, 4)]);
    }

    #[test]
    fn text_in_hunks_is_no_header() {
        let diff = "--- a/x.sql\n+++ b/x.sql\n@@ -1,2 +1,2 @@\n--- a comment\n+++ what\n--- b\n+x\n";
        assert_eq!(lines(diff, "x.sql"), [(1, 2)]);
    }

    #[test]
    fn deleted_files_are_nobodys() {
        let changes =
            Changes::parse("diff --git a/x.py b/x.py\n--- a/x.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n").expect("a diff");
        assert!(changes.is_empty());
    }

    #[test]
    fn names_are_unquoted() {
        assert_eq!(unquoted("\"b/\\303\\251 \\\"x\\\".py\""), "b/é \"x\".py");
        assert_eq!(lines("--- \"a/\\303\\251.py\"\n+++ \"b/\\303\\251.py\"\n@@ -1 +1 @@\n-x\n+y\n", "é.py"), [(1, 1)]);
        assert_eq!(lines("--- x.py\t2026-01-01\n+++ x.py\t2026-01-02\n@@ -1 +1 @@\n-x\n+y\n", "x.py"), [(1, 1)]);
    }

    #[test]
    fn what_is_no_diff_is_an_error() {
        assert!(Changes::parse("").expect("nothing changed").is_empty());
        assert_eq!(Changes::parse("hello\n").expect_err("no diff").line, 1);
        assert_eq!(Changes::parse("@@ -1 +1 @@\n").expect_err("no file").line, 1);
        assert_eq!(Changes::parse("--- a/x\n+++ b/x\n@@ -a +1 @@\n").expect_err("no number").line, 3);
    }
}
