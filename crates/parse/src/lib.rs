//! From source text to IR: one front end a language, each over a typed parser.
//!
//! Nothing here fails and nothing here knows a library. A file that its parser refuses is salvaged: tree-sitter finds the
//! broken items, they are blanked out byte for byte, and the healthy rest is parsed again.

mod javascript;
mod prisma;
mod python;
mod remarks;
mod rust;
mod salvage;
mod sql;

use ir::{File, Language};

/// The language of a file by its name, or none that we read.
pub fn language_of(path: &str) -> Option<Language> {
    let (_, extension) = path.rsplit_once('.')?;
    match extension {
        "py" => Some(Language::Python),
        "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" => Some(Language::JavaScript),
        "rs" => Some(Language::Rust),
        "sql" | "prisma" => Some(Language::Sql),
        _ => None,
    }
}

/// Lowers one file. `path` is kept as the file's name and tells the dialect (`.tsx`); nothing is read from disk.
///
/// The text may hold anything; a byte-order mark is skipped and offsets count it.
pub fn lower(path: &str, language: Language, source: &str) -> File {
    let file = match language {
        Language::Python => python::lower(path, source),
        Language::JavaScript => javascript::lower(path, source),
        Language::Rust => rust::lower(path, source),
        Language::Sql if path.ends_with(".prisma") => prisma::lower(path, source),
        Language::Sql => sql::lower(path, source),
    };
    with_remarks(file, source)
}

fn with_remarks(mut file: File, source: &str) -> File {
    file.remarks = remarks::of(source, file.language);
    file
}

/// As [`lower`], without the modules of tests that stand in the file: they are not even parsed.
pub fn lower_without_tests(path: &str, language: Language, source: &str) -> File {
    match language {
        Language::Rust => with_remarks(rust::lower_without_tests(path, source), source),
        _ => lower(path, language, source),
    }
}
