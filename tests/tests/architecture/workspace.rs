//! The workspace as its own tests see it: its packages, its files, and the code in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is inside the workspace").to_owned()
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest: String,
    /// Crates of the workspace that it depends on.
    pub(crate) own: Vec<String>,
    pub(crate) foreign: Vec<String>,
}

pub(crate) fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let package = |package: &Value| {
        let used = package["dependencies"].as_array().expect("a list");
        let (own, foreign): (Vec<&Value>, Vec<&Value>) = used.iter().partition(|used| !used["path"].is_null());
        let names = |used: Vec<&Value>| used.into_iter().map(|used| text(&used["name"])).collect();
        let (name, manifest) = (text(&package["name"]), text(&package["manifest_path"]));
        Package { name, manifest, own: names(own), foreign: names(foreign) }
    };
    metadata["packages"].as_array().expect("a list").iter().map(package).collect()
}

/// A file of the project as the compiler sees it outside its tests. What builds the project is no part of it.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) code: String,
}

pub(crate) fn sources(folders: &[&str]) -> Vec<Source> {
    let is_shipped =
        |path: &String| !path.ends_with("/tests.rs") && !path.contains("/src/tests/") && !path.ends_with("/build.rs");
    let source = |path: String| Source { code: code(&read(&path)), path };
    rust_files(folders).into_iter().filter(is_shipped).map(source).collect()
}

pub(crate) fn rust_files(folders: &[&str]) -> Vec<String> {
    let found: Vec<String> = folders.iter().flat_map(|folder| files(folder)).collect();
    let is_ours = |path: &String| path.ends_with(".rs") && !path.starts_with("tests/lowering/");
    found.into_iter().filter(is_ours).collect()
}

/// The files below a folder, sorted, with `/`.
pub(crate) fn files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let entries = fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    for entry in entries {
        let entry = entry.expect("readable");
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        match entry.file_type().expect("readable").is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

/// Source text without comments, the contents of literals, and the unit tests at its end. Line ends stay.
fn code(source: &str) -> String {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut code = String::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let skipped = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '\'' if rest.starts_with("'\"'") => 3,
            'r' if rest.trim_start_matches('r').trim_start_matches('#').starts_with('"') => {
                let hashes = rest[1..].find('"').unwrap_or(0);
                let end = format!("\"{}", "#".repeat(hashes));
                rest[hashes + 2..].find(&end).map_or(rest.len(), |at| at + hashes + 2 + end.len())
            }
            '"' => text_length(rest),
            _ => 0,
        };
        if skipped == 0 {
            code.push(first);
        } else {
            code.extend(rest[..skipped].matches('\n'));
        }
        rest = &rest[skipped.max(first.len_utf8())..];
    }
    code
}

/// The length of the string literal that a text begins with.
fn text_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, char) in text.char_indices().skip(1) {
        match char {
            '"' if !is_escaped => return at + 1,
            _ => is_escaped = char == '\\' && !is_escaped,
        }
    }
    text.len()
}

pub(crate) fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// Whether a path or macro stands in a line, not as the end of a longer name.
pub(crate) fn contains_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[test]
fn code_is_told_from_texts_and_comments() {
    assert_eq!(code("a // b\nc \"d \\\" e\" f r#\"g\"h\"# i '\"' j"), "a \nc  f  i  j");
    assert_eq!(code("a\n#[cfg(test)]\nmod tests {\n b }"), "a\n");
    assert_eq!(code("\"two\nlines\" x"), "\n x");
}
