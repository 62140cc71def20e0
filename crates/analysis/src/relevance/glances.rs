//! What the bytes of a file show. Whatever may be an import, or a sign of a server, is taken for one.

use aho_corasick::{AhoCorasick, MatchKind};
use ir::Symbol;
use rustc_hash::FxHashSet;

use crate::models::{Context, Glob, Models, path_parts, root_of};
use crate::roles::{Role, role_of};

/// Words of statements that a text sends to a database.
const SQL: [&str; 11] = [
    "SELECT ",
    "INSERT INTO",
    "UPDATE ",
    "DELETE FROM",
    "CREATE ",
    "ALTER ",
    "DROP ",
    "create table",
    "create index",
    "create unique",
    "alter table",
];
/// What declares a table of a connection that it is given.
const DEFINES: &str = "sequelize.define";
/// Where Deno takes packages from.
const REGISTRIES: [&str; 3] = ["npm:", "jsr:", "https://"];
/// What stands before a name that is exported where it is declared.
const DECLARED: [&str; 8] = ["const", "let", "var", "function", "function*", "class", "as", "exports."];

/// What a record that describes a route says.
const HANDLER: &str = "handler";
const METHOD: &str = "method";
/// What hands on all that another file exports.
const HANDS_ON: &str = "export *";

/// What a place in a text can be the beginning of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sign {
    /// A module's name follows, or a statement that ends with one begins.
    Import,
    /// A statement begins that imports types.
    Types,
    Server,
    Client,
}

/// Looks at files without parsing them.
#[derive(Debug)]
pub struct Glances {
    finder: AhoCorasick,
    signs: Vec<Sign>,
    /// What models describe or look for.
    packages: FxHashSet<&'static str>,
    /// Those of them that pages import as well.
    shared: FxHashSet<String>,
    /// Beginnings of the names of packages that make pages.
    views: Vec<String>,
    drivers: Vec<String>,
    /// Patterns of files, and what has to be exported there.
    conventions: Vec<(Glob<'static>, Vec<&'static str>)>,
    /// Finds out at once which of these a text has.
    words: AhoCorasick,
    listed: Vec<&'static str>,
}

/// What a glance shows of a file.
#[derive(Clone, Default, Debug)]
pub struct Glimpse {
    /// What it may import, and whether that are types only.
    pub(crate) modules: Vec<(Symbol, bool)>,
    /// It holds something that only a server has.
    pub(crate) is_of_server: bool,
    /// It is made for a browser, or shown by one.
    pub(crate) is_of_client: bool,
    /// It says that it runs in a browser: `"use client"`.
    pub(crate) is_boundary: bool,
}

impl Glimpse {
    /// Whether it matters to no server, whoever imports it.
    pub fn is_of_browser(&self) -> bool {
        self.is_boundary && !self.is_of_server
    }
}

impl Glances {
    /// None if the patterns are too many for an automaton.
    pub fn new(models: &Models) -> Option<Self> {
        let library = models.scripts();
        let packages: FxHashSet<&'static str> = library.roots().chain(models.provided_packages()).collect();
        let is_package = |root: &str| prefixes(root).any(|part| library.packages.keys().any(|known| *known == part));
        let fixed = ["import type", "export type", "import", "export", "from", "require"];
        let mut patterns: Vec<(String, Sign)> = fixed
            .iter()
            .map(|word| (word.to_string(), if word.ends_with("type") { Sign::Types } else { Sign::Import }))
            .collect();
        let mut server = |word: &str| patterns.push((word.to_owned(), Sign::Server));
        SQL.iter().chain([&DEFINES]).for_each(|word| server(word));
        for (path, entry) in library.entries_by_call() {
            // Registrations with what is imported are told by the import.
            if entry.context != Context::Test && !is_package(root_of(path)) {
                server(path.split('#').next().unwrap_or(path));
            }
        }
        library.entries.iter().filter_map(|entry| entry.directive).for_each(|directive| server(directive.as_str()));
        library.generated.keys().for_each(|name| server(name.as_str()));
        patterns.extend(library.client.marks.iter().map(|mark| (mark.clone(), Sign::Client)));
        let of_entries = library.entries.iter().flat_map(|entry| {
            let exports: Vec<&str> = entry.exports.iter().map(|name| name.as_str()).collect();
            entry.files.iter().map(move |file| (file.clone(), exports.clone()))
        });
        let of_functions = library.entries.iter().flat_map(|entry| &entry.functions);
        let of_functions = of_functions.map(|name| (Glob::new("**/*"), vec![name.as_str()]));
        let of_workers = library.workers.iter().filter_map(|workers| workers.file.as_deref());
        let of_workers = of_workers.map(|file| (Glob::new(Symbol::new(file).as_str()), Vec::new()));
        let conventions: Vec<(Glob<'static>, Vec<&'static str>)> =
            of_entries.chain(of_functions).chain(of_workers).collect();
        let exported = conventions.iter().flat_map(|(_, exports)| exports).flat_map(|name| name.split('.'));
        let mut listed: Vec<&'static str> = exported.chain([HANDLER, METHOD, HANDS_ON]).collect();
        listed.sort_unstable();
        listed.dedup();
        let words = patterns.iter().map(|(word, _)| word.as_str());
        Some(Self {
            finder: AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(words).ok()?,
            signs: patterns.iter().map(|(_, sign)| *sign).collect(),
            shared: library.client.shared.iter().cloned().collect(),
            views: library.client.views.iter().chain(&library.client.packages).cloned().collect(),
            drivers: library.client.drivers.clone(),
            packages,
            conventions,
            words: AhoCorasick::new(&listed).ok()?,
            listed,
        })
    }

    pub fn glimpse(&self, path: &str, text: &str) -> Glimpse {
        let mut glimpse = Glimpse { is_boundary: has_directive(text, "use client"), ..Glimpse::default() };
        let mut is_marked = false;
        let mut is_type = false;
        for found in self.finder.find_iter(text) {
            let is_word = !text[..found.start()].ends_with(is_of_name);
            let after = &text[found.end()..];
            match self.signs[found.pattern().as_usize()] {
                Sign::Server => glimpse.is_of_server |= is_word,
                Sign::Client => is_marked |= is_word,
                Sign::Types if is_word => is_type = !after.starts_with(is_of_name) && !is_name_of_import(after),
                Sign::Import if is_word => match module_after(after) {
                    Some(module) => {
                        glimpse.modules.push((Symbol::new(module), is_type));
                        is_type = false;
                    }
                    // Another statement begins.
                    None => is_type &= &text[found.range()] == "from",
                },
                Sign::Types | Sign::Import => {}
            }
        }
        let imports = |names: &[String]| {
            let mut modules = glimpse.modules.iter().map(|(module, _)| module.as_str());
            modules.any(|module| names.iter().any(|name| is_of(module, name)))
        };
        let is_page = path.ends_with("sx") || imports(&self.views) || is_marked && !imports(&self.drivers);
        glimpse.is_of_client = is_page;
        let is_of_server = |module: &str| self.is_of_server(module, is_page);
        glimpse.is_of_server = glimpse.is_of_server
            || glimpse.modules.iter().any(|(module, _)| is_of_server(module.as_str()))
            || self.is_by_text(path, text);
        glimpse
    }

    fn is_by_text(&self, path: &str, text: &str) -> bool {
        // Migrations need not import anything, nor what runs by hand.
        if role_of(path) == Role::Script {
            return true;
        }
        let mut is_there = vec![false; self.listed.len()];
        self.words.find_overlapping_iter(text).for_each(|found| is_there[found.pattern().as_usize()] = true);
        let words = self.listed.iter().zip(&is_there).filter(|(_, is_there)| **is_there);
        let words: FxHashSet<&str> = words.map(|(word, _)| *word).collect();
        self.is_by_convention(path, text, &words)
            || words.contains(HANDLER) && words.contains(METHOD) && describes_routes(text)
    }

    /// Whether importing it shows that a file is of a server.
    fn is_of_server(&self, module: &str, by_page: bool) -> bool {
        let module = module.strip_prefix("node:").unwrap_or(module);
        if REGISTRIES.iter().any(|registry| module.starts_with(registry)) {
            return true;
        }
        let known = prefixes(module).find(|part| self.packages.contains(part));
        known.is_some_and(|package| !by_page || !self.shared.contains(package))
    }

    fn is_by_convention(&self, path: &str, text: &str, words: &FxHashSet<&str>) -> bool {
        let path = path_parts(path);
        self.conventions.iter().filter(|(pattern, _)| pattern.matches(&path)).any(|(pattern, exports)| {
            // What is exported from elsewhere; files of any name are seen where it is declared.
            let hands_on = || !pattern.is_of_any_name() && words.contains(HANDS_ON);
            let may_export = |part: &str| words.contains(part) && may_export(text, part);
            let exports_one = || exports.iter().any(|name| name.split('.').all(may_export));
            exports.is_empty() || exports_one() || hands_on()
        })
    }
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '$')
}

/// A module's path and what it lies below: `a/b/c`, `a/b`, `a`.
fn prefixes(module: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(module), |module| Some(module.rsplit_once('/')?.0))
}

/// Whether a module is a package, one of its modules, or one that is named after it.
fn is_of(module: &str, package: &str) -> bool {
    module.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '-']))
}

/// `import type from "x"` imports no types.
fn is_name_of_import(rest: &str) -> bool {
    rest.trim_start().strip_prefix("from").is_some_and(|rest| module_after(rest).is_some())
}

/// The text that follows, as of `"./a"` and `(/* eager */ "./a")`.
fn module_after(rest: &str) -> Option<&str> {
    let mut rest = rest.trim_start();
    rest = without_comments(rest.strip_prefix('(').unwrap_or(rest));
    let quote = rest.chars().next().filter(|letter| matches!(letter, '"' | '\'' | '`'))?;
    let (module, _) = rest[1..].split_once(quote)?;
    (!module.is_empty() && !module.contains(['\n', '$'])).then_some(module)
}

fn without_comments(text: &str) -> &str {
    let mut rest = text.trim_start();
    loop {
        let after = match rest.strip_prefix("/*") {
            Some(comment) => comment.split_once("*/"),
            None if rest.starts_with("//") || rest.starts_with("#!") => rest.split_once('\n'),
            None => return rest,
        };
        let Some((_, after)) = after else { return "" };
        rest = after.trim_start();
    }
}

/// Whether a text begins with this directive, or with others and then this one.
fn has_directive(text: &str, directive: &str) -> bool {
    let mut rest = without_comments(text.trim_start_matches('\u{feff}'));
    while let Some(quote) = rest.chars().next().filter(|letter| matches!(letter, '"' | '\'')) {
        let Some((said, after)) = rest[1..].split_once(quote) else { return false };
        if said == directive {
            return true;
        }
        rest = without_comments(after.trim_start().trim_start_matches(';'));
    }
    false
}

/// Whether a name may be exported: it is declared somewhere, or stands where names are listed.
fn may_export(text: &str, name: &str) -> bool {
    let lists = || ["export {", "export{", "module.exports", "export default"].iter().any(|word| text.contains(word));
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].trim_end();
        let is_word = !text[..at].ends_with(is_of_name) && !text[at + name.len()..].starts_with(is_of_name);
        is_word && (DECLARED.iter().any(|word| before.ends_with(word)) || lists())
    })
}

/// Whether a text that speaks of handlers may hold a record that says method, path and handler of a route.
fn describes_routes(text: &str) -> bool {
    let has_key = |key: &str| {
        let is_key = |(at, _)| text[at + key.len()..].trim_start_matches(['"', '\'']).starts_with([':', ',']);
        text.match_indices(key).any(is_key)
    };
    has_key(METHOD) && (has_key("path") || has_key("url"))
}

#[cfg(test)]
mod tests {
    use super::{Glances, Glimpse};
    use crate::models::Models;

    fn glimpse(path: &str, text: &str) -> Glimpse {
        let model = r#"
            packages = ["pg", "axios", "next", "next/server", "react"]
            generated = ["PrismaClient"]
            [client]
            marks = ["window."]
            views = ["react"]
            shared = ["axios", "next", "react"]
            drivers = ["puppeteer"]
            [[entry]]
            call = "Deno.serve"
            noun = "handler"
            [[call]]
            path = "Deno.readTextFile"
            does = "disk"
            [[entry]]
            call = "pg.Listener"
            noun = "handler"
            [[entry]]
            file = "**/app/**/route.ts"
            exports = ["GET"]
            noun = "route"
            [[entry]]
            directive = "use server"
            noun = "action"
        "#;
        let models = Models::parse(&[("javascript/a.toml", model)]).expect("valid");
        Glances::new(&models).expect("few patterns").glimpse(path, text)
    }

    fn modules(text: &str) -> Vec<(String, bool)> {
        let modules = glimpse("a.ts", text).modules;
        modules.into_iter().map(|(module, is_type)| (module.to_string(), is_type)).collect()
    }

    #[test]
    fn imports_are_seen_however_they_are_written() {
        let one =
            |text: &str, module: &str, is_type| assert_eq!(modules(text), [(module.to_owned(), is_type)], "{text}");
        one("import {\n  a,\n  b as c,\n} from './a'", "./a", false);
        one("import a from\"./a\"", "./a", false);
        one("import \"./a\"", "./a", false);
        one("export * from './a'", "./a", false);
        one("export * as types from './a'", "./a", false);
        one("const a = require( './a' )", "./a", false);
        one("import a = require('./a')", "./a", false);
        one("await import(`./a`)", "./a", false);
        one("import(/* webpackChunkName: \"x\" */ './a')", "./a", false);
        one("import type { A } from './a'", "./a", true);
        one("export type { A } from './a'", "./a", true);
        one("export type A = B\nimport { a } from './a'", "./a", false);
        one("import type from './a'", "./a", false);
        assert_eq!(modules("const important = 'x'; Array.from(`${a}`)"), []);
    }

    #[test]
    fn a_server_is_told_by_what_only_servers_have() {
        let is_of_server = |path: &str, text: &str| glimpse(path, text).is_of_server;
        assert!(is_of_server("a.ts", "import { Pool } from 'pg'"));
        assert!(is_of_server("a.tsx", "import { Pool } from 'pg'"));
        assert!(is_of_server("a.ts", "import axios from 'axios'"));
        assert!(!is_of_server("a.tsx", "import axios from 'axios'"));
        assert!(!is_of_server("a.ts", "import axios from 'axios'\nimport { useState } from 'react'"));
        assert!(!is_of_server("a.ts", "import { useState } from 'react'"));
        assert!(!is_of_server("a.tsx", "import Link from 'next/link'"));
        assert!(is_of_server("a.tsx", "import { NextRequest } from 'next/server'"));
        assert!(is_of_server("a.ts", "'use server'\nexport async function add() {}"));
        assert!(is_of_server("a.ts", "Deno.serve(f)"));
        assert!(is_of_server("db/migrations/1_users.js", "module.exports = {}"));
        assert!(is_of_server("a.ts", "import { PrismaClient } from './generated'"));
        assert!(is_of_server("a.ts", "export const all = 'SELECT * FROM t'"));
        assert!(is_of_server("web/app/a/route.ts", "export async function GET() {}"));
        assert!(is_of_server("web/app/a/route.ts", "const GET = f; export { GET }"));
        assert!(is_of_server("web/app/a/route.ts", "export * from './route-of-another'"));
        assert!(!is_of_server("web/app/a/view.ts", "export async function GET() {}"));
        assert!(is_of_server("vite.config.ts", "export default {}"));
        assert!(is_of_server("a.ts", "add({ method: 'GET', path: '/a', handler })"));
        assert!(!is_of_server("a.ts", "export const icons = { a: 1 }"));
    }

    #[test]
    fn a_client_is_told_by_what_makes_or_shows_it() {
        let is_of_client = |path: &str, text: &str| glimpse(path, text).is_of_client;
        assert!(is_of_client("a.tsx", ""));
        assert!(is_of_client("a.ts", "import { useQuery } from 'react-query'"));
        assert!(is_of_client("a.ts", "window.scrollTo(0, 0)"));
        assert!(!is_of_client("a.ts", "import p from 'puppeteer'\npage.evaluate(() => window.scrollTo(0, 0))"));
        assert!(!is_of_client("a.ts", "const a = 1"));
        assert!(glimpse("a.tsx", "// x\n'use strict'; \"use client\"\n").is_boundary);
        assert!(!glimpse("a.tsx", "const a = 'use client'").is_boundary);
    }
}
