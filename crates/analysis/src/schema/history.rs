//! The order in which definitions are applied: files of a folder by their versions, revisions by what they follow.

use std::cmp::Ordering;

use ir::{Change, Schema, Symbol};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::migrations::{self, module_values};
use super::{alembic, raw};
use crate::ids::FileId;
use crate::program::Program;

/// What a folder's definitions leave behind.
pub(super) struct History {
    pub(super) schema: Schema,
    /// Tables that it makes, and does not only change.
    pub(super) made: FxHashSet<Symbol>,
}

/// A file's part of a history.
struct Chapter {
    file: FileId,
    version: String,
    changes: Vec<Change>,
    revision: Option<(String, Vec<String>)>,
    /// It is no migration: an application runs it when it starts.
    is_in_code: bool,
}

pub(super) fn collect(program: &Program<'_>) -> Vec<History> {
    let mut folders: Vec<(&str, Vec<Chapter>)> = Vec::new();
    let mut numbers: FxHashMap<&str, usize> = FxHashMap::default();
    let mut in_code = Vec::new();
    let files: Vec<FileId> = program.schema_files().collect();
    let chapters: Vec<Option<Chapter>> = files.par_iter().map(|file| chapter_of(program, *file)).collect();
    for chapter in chapters.into_iter().flatten() {
        if chapter.is_in_code {
            in_code.push(chapter);
            continue;
        }
        let (folder, _) = place_of(program.file(chapter.file).path.as_str());
        let number = *numbers.entry(folder).or_insert_with(|| {
            folders.push((folder, Vec::new()));
            folders.len() - 1
        });
        folders[number].1.push(chapter);
    }
    let mut histories: Vec<History> = folders.into_iter().map(|(_, chapters)| replay(in_order(chapters))).collect();
    // Programs make their tables before they change them, wherever that stands.
    in_code.sort_by_key(|chapter| !chapter.changes.iter().any(|change| matches!(change, Change::CreateTable { .. })));
    histories.push(replay(in_code));
    histories
}

/// What a file defines, if it defines anything.
fn chapter_of(program: &Program<'_>, file: FileId) -> Option<Chapter> {
    let source = program.file(file);
    let (_, version) = place_of(source.path.as_str());
    let ups = migrations::ups(program, file);
    let mut changes = source.changes.clone();
    if !ups.is_empty() {
        changes.extend(migrations::changes(program, file, &ups));
    }
    let revision = if ups.is_empty() { None } else { alembic::revision_of(&module_values(program, file)) };
    let is_in_code = changes.is_empty() && revision.is_none();
    if is_in_code {
        changes = raw::statements(program, file);
    }
    (!is_in_code || !changes.is_empty()).then_some(Chapter { file, version, changes, revision, is_in_code })
}

fn replay(chapters: Vec<Chapter>) -> History {
    let mut catalog = sql::Catalog::new();
    let mut made = FxHashSet::default();
    for chapter in &chapters {
        catalog.file = chapter.file.0;
        for change in &chapter.changes {
            match change {
                Change::CreateTable { table, .. } => {
                    made.insert(table.name);
                }
                Change::RenameTable { from, to } if made.contains(from) => {
                    made.insert(*to);
                }
                _ => {}
            }
            catalog.apply(change);
        }
    }
    History { schema: catalog.into_schema(), made }
}

/// The folder whose files belong together, and the file's version in it: some tools give each migration a folder of its own.
fn place_of(path: &str) -> (&str, String) {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let (above, last) = folder.rsplit_once('/').unwrap_or(("", folder));
    let is_version = last.trim_start_matches(['V', 'v']).starts_with(|char: char| char.is_ascii_digit());
    let is_whole = matches!(name, "migration.sql" | "up.sql");
    if is_whole || is_version && name.ends_with(".sql") {
        (above, format!("{last}/{name}"))
    } else {
        (folder, name.to_owned())
    }
}

fn in_order(mut chapters: Vec<Chapter>) -> Vec<Chapter> {
    chapters.sort_by(|a, b| by_version(&a.version, &b.version));
    if chapters.iter().all(|chapter| chapter.revision.is_none()) {
        return chapters;
    }
    // Each after those that it follows; what follows nothing known comes first.
    let known: FxHashMap<String, usize> = chapters
        .iter()
        .enumerate()
        .filter_map(|(at, chapter)| Some((chapter.revision.as_ref()?.0.clone(), at)))
        .collect();
    let mut order = Vec::new();
    let mut done = vec![false; chapters.len()];
    for start in 0..chapters.len() {
        visit(start, &chapters, &known, &mut done, &mut order);
    }
    let mut slots: Vec<Option<Chapter>> = chapters.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| slots[at].take()).collect()
}

/// Depth first, without recursion: histories are long.
fn visit(
    start: usize,
    chapters: &[Chapter],
    known: &FxHashMap<String, usize>,
    done: &mut [bool],
    order: &mut Vec<usize>,
) {
    let mut stack = vec![(start, false)];
    while let Some((at, is_left)) = stack.pop() {
        if is_left {
            order.push(at);
        } else if !std::mem::replace(&mut done[at], true) {
            stack.push((at, true));
            let before = chapters[at].revision.iter().flat_map(|(_, before)| before);
            stack.extend(before.filter_map(|before| known.get(before)).map(|before| (*before, false)));
        }
    }
}

/// Names by their numbers: `V2__x` before `V10__x`.
fn by_version(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (first, second) = (part(&mut a), part(&mut b));
        let order = match (first, second) {
            ("", "") => return Ordering::Equal,
            (first, second) if is_number(first) && is_number(second) => {
                let (short, long) = (first.trim_start_matches('0'), second.trim_start_matches('0'));
                short.len().cmp(&long.len()).then_with(|| short.cmp(long))
            }
            (first, second) => first.cmp(second),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn is_number(part: &str) -> bool {
    part.starts_with(|char: char| char.is_ascii_digit())
}

/// Takes digits or what is none from the front.
fn part<'a>(rest: &mut &'a str) -> &'a str {
    let is_digit = is_number(rest);
    let end = rest.find(|char: char| char.is_ascii_digit() != is_digit).unwrap_or(rest.len());
    let (part, more) = rest.split_at(end);
    *rest = more;
    part
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::{by_version, place_of};

    #[test]
    fn versions_are_numbers() {
        assert_eq!(by_version("V2__a.sql", "V10__a.sql"), Ordering::Less);
        assert_eq!(by_version("000002_a.up.sql", "10_b.up.sql"), Ordering::Less);
        assert_eq!(by_version("2.4.14.js", "2.4.3.js"), Ordering::Greater);
        assert_eq!(by_version("1_b.sql", "1_a.sql"), Ordering::Greater);
        assert_eq!(by_version("1.sql", "1.sql"), Ordering::Equal);
    }

    #[test]
    fn migrations_may_have_folders() {
        assert_eq!(place_of("a/migrations/001_x/up.sql"), ("a/migrations", "001_x/up.sql".to_owned()));
        assert_eq!(place_of("a/migrations/001_x.sql"), ("a/migrations", "001_x.sql".to_owned()));
        assert_eq!(place_of("schema.sql"), ("", "schema.sql".to_owned()));
    }
}
