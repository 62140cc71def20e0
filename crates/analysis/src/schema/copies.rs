//! Schema files in a copy of a folder that is still there: `prisma - copia/` beside `prisma/`. What they declare is of yesterday.

use rustc_hash::FxHashSet;

use crate::program::Program;

/// Endings that people and file managers give to copies.
const ENDINGS: &[&str] = &[
    " - copia", " - copy", " - kopie", " copia", " copy", "_copy", "-copy", "_backup", "-backup", ".bak", "_bak",
    "_old", "-old",
];

/// The numbers of files that declare entities in such a folder.
pub(super) fn find(program: &Program<'_>) -> FxHashSet<usize> {
    let declaring = program.files.iter().enumerate().filter(|(_, file)| !file.entities.is_empty());
    let copies = declaring.filter_map(|(number, file)| Some((number, original(file.path.as_str())?)));
    copies
        .filter(|(_, folder)| {
            let start = program.files.partition_point(|file| file.path.as_str() < folder.as_str());
            program.files.get(start).is_some_and(|file| file.path.starts_with(folder.as_str()))
        })
        .map(|(number, _)| number)
        .collect()
}

/// The folder of which a file's folder says to be a copy: `db/prisma/` of `db/prisma - copia/schema.prisma`.
fn original(path: &str) -> Option<String> {
    let ends = path.match_indices('/').map(|(at, _)| at);
    ends.into_iter().find_map(|end| {
        let folder = &path[..end];
        let lower = folder.to_lowercase();
        let ending = ENDINGS.iter().find(|ending| lower.ends_with(**ending))?;
        let kept = folder.len().checked_sub(ending.len()).filter(|kept| folder.is_char_boundary(*kept))?;
        Some(format!("{}/", &folder[..kept]))
    })
}

#[cfg(test)]
mod tests {
    use super::original;

    #[test]
    fn copies_tell_what_they_are_of() {
        assert_eq!(original("db/prisma - copia/schema.prisma").as_deref(), Some("db/prisma/"));
        assert_eq!(original("server_old/db/schema.prisma").as_deref(), Some("server/"));
        assert_eq!(original("prisma/schema.prisma"), None);
        assert_eq!(original("schema - copy.prisma"), None);
    }
}
