//! What somebody told of the project because its code cannot.

use ir::{File, FnId, Symbol};

use super::Program;

/// How to read a program, and what is known of it from elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Test code that nothing else imports belongs to the program too.
    pub keeps_tests: bool,
    /// Judge each function as if it ran per request.
    pub assume_request: bool,
    /// How many connections the database accepts.
    pub connection_limit: Option<u32>,
    /// A pooler stands before the database.
    pub has_pooler: bool,
    /// Names of tables or entities that stay small.
    pub small_tables: Vec<String>,
    /// Functions that run per request: the file and the names of classes and functions, joined by dots, slashes or
    /// colons; the first folders may be left out. A `*` at the end stands for all functions of a folder, file or class.
    pub request_entries: Vec<String>,
}

impl Options {
    /// Whether a function is one of those that run per request.
    pub(crate) fn is_request_entry(&self, file: &File, function: FnId) -> bool {
        !self.request_entries.is_empty() && {
            let name = full_name(file, function);
            self.request_entries.iter().any(|entry| is_meant(&parts(entry), &name))
        }
    }
}

/// Folders, file, classes and function.
fn full_name(file: &File, id: FnId) -> Vec<String> {
    let path = file.path.as_str();
    let module = path.rsplit_once('.').map_or(path, |(module, _)| module);
    let mut name = parts(module);
    let function = file.function(id);
    name.extend(function.class.map(|class| file.classes[class.0 as usize].name.as_str().to_lowercase()));
    name.push(function.name.as_str().to_lowercase());
    name
}

fn parts(text: &str) -> Vec<String> {
    const EXTENSIONS: [&str; 6] = ["py", "js", "ts", "mjs", "tsx", "rs"];
    let parts = text.split(['.', '/', ':', '#']).filter(|part| !part.is_empty() && !EXTENSIONS.contains(part));
    parts.map(str::to_lowercase).collect()
}

fn is_meant(entry: &[String], name: &[String]) -> bool {
    let Some((last, above)) = entry.split_last() else { return false };
    let Some((own, around)) = name.split_last() else { return false };
    if last == "*" {
        return above.is_empty() || around.windows(above.len()).any(|part| part == above);
    }
    around.ends_with(above) && last == own
}

impl Program<'_> {
    /// How many connections the database accepts, if somebody said.
    pub fn connection_limit(&self) -> Option<u32> {
        self.options.connection_limit
    }

    /// Whether somebody said that a pooler stands before the database.
    pub fn has_pooler(&self) -> bool {
        self.options.has_pooler
    }

    /// Whether somebody said that a table stays small.
    pub fn is_said_to_be_small(&self, entity: Symbol) -> bool {
        let is_same = |name: &String| name.eq_ignore_ascii_case(&entity) || self.is_table_of(name, entity);
        self.options.small_tables.iter().any(is_same)
    }

    fn is_table_of(&self, name: &str, entity: Symbol) -> bool {
        self.table(entity).is_some_and(|table| table.name.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::{is_meant, parts};

    #[test]
    fn entries_are_named_by_file_and_function() {
        let name = parts("services/app/jobs/handle");
        for entry in [
            "app.jobs.handle",
            "app/jobs.py::handle",
            "jobs::handle",
            "handle",
            "app.jobs.*",
            "app/*",
            "services/app/*",
        ] {
            assert!(is_meant(&parts(entry), &name), "{entry}");
        }
        for entry in ["app.handle", "app.jobs", "jobs.handler", "ap.*", ""] {
            assert!(!is_meant(&parts(entry), &name), "{entry}");
        }
    }
}
