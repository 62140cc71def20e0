//! What must hold for any bytes, said once for all targets: a panic is a finding.

mod outputs;
mod trees;

use std::fmt::Write as _;

pub use outputs::{Sample, check_outputs};
pub use trees::check_tree;

/// The longest text that a target of texts looks at: what takes long is found by `-timeout`, at a size where that means
/// more than linear.
const LONGEST: usize = 64 << 10;

/// The bytes as text, as the program would read them.
pub fn text(bytes: &[u8]) -> Option<String> {
    (bytes.len() <= LONGEST).then(|| String::from_utf8_lossy(bytes).into_owned())
}

/// Lowers a text twice: the same tree, whose places lie in the text.
pub fn check_front_end(path: &str, bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let Some(language) = parse::language_of(path) else { panic!("{path} has no language") };
    let file = parse::lower(path, language, &text);
    check_tree(&file, &text);
    let again = parse::lower(path, language, &text);
    assert_eq!(described(&file), described(&again), "two runs, two trees");
}

fn described(file: &ir::File) -> String {
    let mut out = String::new();
    let _ = write!(out, "{:?}{:?}{:?}{:?}", file.exprs, file.functions, file.classes, file.skipped);
    out
}
