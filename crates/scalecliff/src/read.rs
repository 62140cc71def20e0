//! From bytes to text, and which texts are no work of a person.

use std::fs::File;
use std::io::{self, Read as _};

use crate::discover::{Input, InputKind, reason};
use ir::Language;

/// Lines in which a generator says that it wrote the file.
const HEAD: usize = 5;
const GENERATED_MARKS: [&str; 2] = ["@generated", "DO NOT EDIT"];
/// Programs that write down the tables of a database as code, which says what the program's queries are about.
const SCHEMA_GENERATORS: [&str; 2] = ["sea-orm-codegen", "Diesel CLI"];
/// In small letters a person may have written one of these.
const MARKS_TOGETHER: [&str; 2] = ["generated", "do not edit"];
/// A file with a line longer than this is minified if its lines are long on average as well.
const LONG_LINE: usize = 5_000;
const LONG_AVERAGE: usize = 500;
/// Offsets have 32 bits.
const LARGEST: u64 = 1 << 30;

pub(crate) enum Reading {
    Text {
        text: String,
        /// How the bytes were read if they were not UTF-8.
        recoded: Option<&'static str>,
    },
    LeftOut(String),
    Generated(&'static str),
}

pub(crate) fn read(input: &Input, max_size: u64) -> Reading {
    let limit = if input.is_explicit { LARGEST } else { max_size.min(LARGEST) };
    if input.size > limit {
        return Reading::LeftOut(too_large(input.size, limit));
    }
    let bytes = match &input.overlay {
        Some(overlay) => Ok(overlay.clone()),
        None => read_file(input, limit),
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) => return Reading::LeftOut(describe(&error)),
    };
    if bytes.len() as u64 > limit {
        return Reading::LeftOut(too_large(bytes.len() as u64, limit));
    }
    let Some((text, recoded)) = decode(bytes) else {
        return Reading::LeftOut("not text".to_owned());
    };
    if !input.is_explicit
        && let InputKind::Source(language) = input.kind
        && let Some(sign) = sign_of_generation(&text, language)
    {
        return Reading::Generated(sign);
    }
    Reading::Text { text, recoded }
}

/// At most one byte more than the limit.
fn read_file(input: &Input, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(input.size).unwrap_or(0));
    File::open(&input.path)?.take(limit + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn describe(error: &io::Error) -> String {
    format!("cannot be read: {}", reason(error))
}

fn too_large(size: u64, limit: u64) -> String {
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    format!("{:.1} MiB, more than {:.1} MiB (see --max-file-size)", mebibytes(size), mebibytes(limit))
}

/// The text, and how it was read if not as plain UTF-8. None for what is no text at all.
fn decode(bytes: Vec<u8>) -> Option<(String, Option<&'static str>)> {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return Some((text, None)),
        Err(error) => error.into_bytes(),
    };
    let units = |to_unit: fn([u8; 2]) -> u16| bytes.as_chunks().0.iter().map(|pair| to_unit(*pair)).collect::<Vec<_>>();
    if bytes.starts_with(&[0xff, 0xfe]) {
        return Some((String::from_utf16_lossy(&units(u16::from_le_bytes)), Some("read as UTF-16")));
    }
    if bytes.starts_with(&[0xfe, 0xff]) {
        return Some((String::from_utf16_lossy(&units(u16::from_be_bytes)), Some("read as UTF-16")));
    }
    if bytes.contains(&0) {
        return None;
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Some((text, Some("read as UTF-8, with U+FFFD for what is none")))
}

fn sign_of_generation(text: &str, language: Language) -> Option<&'static str> {
    let has_mark = |line: &str| {
        if SCHEMA_GENERATORS.iter().any(|generator| line.contains(generator)) {
            return false;
        }
        GENERATED_MARKS.iter().any(|mark| line.contains(mark)) || {
            let line = line.to_lowercase();
            MARKS_TOGETHER.iter().all(|mark| line.contains(mark))
        }
    };
    let mut lines = 0;
    let mut longest = 0;
    for line in text.split('\n') {
        if lines < HEAD && has_mark(&line[..line.floor_char_boundary(LONG_LINE)]) {
            return Some("marked as generated");
        }
        lines += 1;
        // With so many lines they are short on average, whatever comes.
        if lines >= HEAD && text.len() / lines <= LONG_AVERAGE {
            return None;
        }
        longest = longest.max(line.len());
    }
    // A dump of a schema has long lines too, and the schema counts.
    let is_minified = longest > LONG_LINE && text.len() / lines > LONG_AVERAGE && language != Language::Sql;
    is_minified.then_some("minified")
}

#[cfg(test)]
mod tests {
    use ir::Language;

    use super::{decode, sign_of_generation};

    #[test]
    fn bytes_become_text() {
        let plain = |bytes: &[u8]| decode(bytes.to_vec());
        assert_eq!(plain(b"x = 1"), Some(("x = 1".to_owned(), None)));
        assert_eq!(plain(b"x = '\xe9'").map(|(text, _)| text), Some("x = '\u{fffd}'".to_owned()));
        assert_eq!(plain(b"\xff\xfex\0=\0"), Some(("\u{feff}x=".to_owned(), Some("read as UTF-16"))));
        assert_eq!(plain(b"\xfe\xff\0x"), Some(("\u{feff}x".to_owned(), Some("read as UTF-16"))));
        assert_eq!(plain(b"\x47\0\xff\x80"), None);
        assert_eq!(plain(b"a\0b"), Some(("a\0b".to_owned(), None)));
    }

    #[test]
    fn generated_files_are_known_by_their_head_or_their_lines() {
        let sign = |text: &str| sign_of_generation(text, Language::JavaScript);
        assert_eq!(sign("// Code generated by sqlc. DO NOT EDIT.\nx()"), Some("marked as generated"));
        assert_eq!(
            sign("/* !!! This is code generated by Prisma. Do not edit directly. !!! */\nx()"),
            Some("marked as generated")
        );
        assert_eq!(sign("//! `SeaORM` Entity, @generated by sea-orm-codegen 1.1.0\nx()"), None);
        assert_eq!(sign("// @generated automatically by Diesel CLI.\n\ndiesel::table! {}"), None);
        assert_eq!(sign("// Do not edit this list without telling the others.\nx()"), None);
        assert_eq!(sign("\n\n\n\n\n// @generated"), None);
        assert_eq!(sign(&"x()".repeat(2_000)), Some("minified"));
        assert_eq!(sign(&format!("{}\n{}", "x".repeat(6_000), "\n".repeat(100))), None);
        assert_eq!(sign_of_generation(&"x()".repeat(2_000), Language::Sql), None);
        assert_eq!(sign(""), None);
    }
}
