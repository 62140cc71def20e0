//! Specifiers of JavaScript and TypeScript: relative paths, `tsconfig` paths, packages of the same workspace.

use std::collections::BTreeMap;

use ir::Symbol;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;

use super::paths::{ancestors, folder_of, join_path};
use super::{Paths, Place};
use crate::ids::FileId;

const EXTENSIONS: [&str; 8] = ["ts", "tsx", "js", "jsx", "mts", "cts", "mjs", "cjs"];

#[derive(Debug, Default)]
pub(super) struct Config {
    /// The paths of source files without their extensions. Most of what is tried is none of them.
    stems: FxHashSet<&'static str>,
    /// By path of the `tsconfig.json`.
    projects: BTreeMap<String, Project>,
    /// The one that counts in a folder, by the folder.
    configs: FxHashMap<String, String>,
    /// Folders and entry files of the workspace's packages, by name.
    packages: FxHashMap<String, (String, Vec<String>)>,
}

#[derive(Debug, Default, Clone)]
struct Project {
    base: Option<String>,
    /// Pattern, and where it leads, both with at most one `*`; targets are from the root of the run.
    paths: Vec<(String, Vec<String>)>,
    extends: Option<String>,
}

impl Config {
    pub(super) fn read(by_path: &Paths, manifests: &BTreeMap<String, String>) -> Self {
        let stem = |path: &&'static str| path.rsplit_once('.').filter(|(_, end)| EXTENSIONS.contains(end));
        let stems = by_path.keys().filter_map(stem).map(|(stem, _)| stem).collect();
        let mut config = Self { stems, ..Self::default() };
        for (path, text) in manifests {
            let folder = folder_of(path);
            let name = path.rsplit('/').next().unwrap_or(path);
            let Some(json) = lenient_json(text) else { continue };
            if name == "package.json" {
                config.add_package(folder, &json);
            } else if name.starts_with("tsconfig") || name.starts_with("jsconfig") {
                config.projects.insert(path.clone(), project(folder, &json));
                match name {
                    "tsconfig.json" => _ = config.configs.insert(folder.to_owned(), path.clone()),
                    "jsconfig.json" => _ = config.configs.entry(folder.to_owned()).or_insert(path.clone()),
                    _ => {}
                }
            }
        }
        config
    }

    fn add_package(&mut self, folder: &str, json: &Value) {
        let Some(name) = json.get("name").and_then(Value::as_str) else { return };
        let mut entries: Vec<String> = ["source", "main", "module", "types"]
            .iter()
            .filter_map(|key| json.get(key)?.as_str())
            .map(str::to_owned)
            .collect();
        entries.extend(["src/index".to_owned(), "index".to_owned()]);
        self.packages.insert(name.to_owned(), (folder.to_owned(), entries));
    }

    pub(super) fn resolve(&self, by_path: &Paths, from: Symbol, module: Symbol) -> Place {
        let specifier = module.as_str();
        let folder = folder_of(from.as_str());
        if specifier.starts_with('.') || specifier.starts_with('/') {
            return self
                .find(by_path, &join_path(if specifier.starts_with('/') { "" } else { folder }, specifier))
                .map_or(Place::Missing, Place::File);
        }
        if let Some(found) = self.by_project(by_path, folder, specifier).or_else(|| self.by_package(by_path, specifier))
        {
            return Place::File(found);
        }
        Place::External(match published_name(specifier) {
            Some(name) => Symbol::new(&name),
            None => Symbol::new(specifier.strip_prefix("node:").unwrap_or(specifier)),
        })
    }

    fn by_project(&self, by_path: &Paths, folder: &str, specifier: &str) -> Option<FileId> {
        let config = ancestors(folder).find_map(|folder| self.configs.get(folder));
        let mut project = config.and_then(|config| self.projects.get(config));
        for _ in 0..8 {
            let Some(current) = project else { break };
            for (pattern, targets) in &current.paths {
                if let Some(rest) = matches(pattern, specifier)
                    && let Some(found) =
                        targets.iter().find_map(|target| self.find(by_path, &target.replacen('*', rest, 1)))
                {
                    return Some(found);
                }
            }
            if let Some(found) = current.base.as_ref().and_then(|base| self.find(by_path, &join_path(base, specifier)))
            {
                return Some(found);
            }
            project = current.extends.as_ref().and_then(|extends| self.projects.get(extends));
        }
        // Next.js, Vite and the shadcn generator all use `@/` for the project's own root or `src`.
        let rest = specifier.strip_prefix("@/").or_else(|| specifier.strip_prefix("~/"))?;
        ancestors(folder).find_map(|base| {
            self.find(by_path, &join_path(base, rest))
                .or_else(|| self.find(by_path, &join_path(base, &format!("src/{rest}"))))
        })
    }

    fn by_package(&self, by_path: &Paths, specifier: &str) -> Option<FileId> {
        if let Some((folder, entries)) = self.packages.get(specifier) {
            return entries.iter().find_map(|entry| self.find(by_path, &join_path(folder, entry)));
        }
        let segments = if specifier.starts_with('@') { 2 } else { 1 };
        let at = specifier.match_indices('/').nth(segments - 1)?.0;
        let (folder, _) = self.packages.get(&specifier[..at])?;
        let rest = &specifier[at + 1..];
        self.find(by_path, &join_path(folder, rest))
            .or_else(|| self.find(by_path, &join_path(folder, &format!("src/{rest}"))))
    }

    fn find(&self, by_path: &Paths, stem: &str) -> Option<FileId> {
        if let Some(found) = by_path.get(stem) {
            return Some(*found);
        }
        if let Some(found) = self.with_extension(by_path, stem) {
            return Some(found);
        }
        // `./db.js` in TypeScript means `./db.ts`; built files lie in `dist`, their sources in `src`.
        if let Some((bare, extension)) = stem.rsplit_once('.')
            && EXTENSIONS.contains(&extension)
            && let Some(found) = self.with_extension(by_path, bare)
        {
            return Some(found);
        }
        self.with_extension(by_path, &join_path(stem, "index"))
    }

    fn with_extension(&self, by_path: &Paths, stem: &str) -> Option<FileId> {
        if !self.stems.contains(stem) {
            return None;
        }
        let mut path = String::with_capacity(stem.len() + 4);
        path.push_str(stem);
        path.push('.');
        let length = path.len();
        EXTENSIONS.iter().find_map(|extension| {
            path.truncate(length);
            path.push_str(extension);
            by_path.get(path.as_str()).copied()
        })
    }
}

/// Where Deno and browsers take npm's packages from.
const REGISTRIES: &[&str] = &[
    "npm:",
    "jsr:",
    "https://esm.sh/",
    "https://cdn.jsdelivr.net/npm/",
    "https://cdn.skypack.dev/",
    "https://unpkg.com/",
];
/// Where Deno keeps modules under names of its own.
const DENO_MODULES: &str = "https://deno.land/";

/// The name of what is imported by its address, without the registry, the version and the query:
/// `https://esm.sh/@scope/name@2.1/sub?target=deno` as `@scope/name/sub`.
fn published_name(specifier: &str) -> Option<String> {
    let (kept, address) = match specifier.strip_prefix(DENO_MODULES) {
        Some(rest) => (DENO_MODULES, rest),
        None => ("", REGISTRIES.iter().find_map(|registry| specifier.strip_prefix(registry))?),
    };
    let path = address.split(['?', '#']).next().unwrap_or(address).trim_start_matches('/').trim_end_matches("/+esm");
    // What a registry itself puts before the name, `v135` or `stable`, has no version.
    let path = match path.split_once('/') {
        Some((first, rest)) if kept.is_empty() && is_build(first) => rest,
        _ => path,
    };
    let unversioned = |segment: &str| match segment.char_indices().skip(1).find(|(_, letter)| *letter == '@') {
        Some((at, _)) => segment[..at].to_owned(),
        None => segment.to_owned(),
    };
    let segments: Vec<String> = path.split('/').map(unversioned).collect();
    Some(format!("{kept}{}", segments.join("/")))
}

fn is_build(segment: &str) -> bool {
    let digits = segment.strip_prefix('v').unwrap_or_default();
    segment == "stable" || !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn project(folder: &str, json: &Value) -> Project {
    let options = json.get("compilerOptions");
    let base =
        options.and_then(|options| options.get("baseUrl")).and_then(Value::as_str).map(|base| join_path(folder, base));
    let root = base.clone().unwrap_or_else(|| folder.to_owned());
    let mut paths = Vec::new();
    for (pattern, targets) in
        options.and_then(|options| options.get("paths")).and_then(Value::as_object).into_iter().flatten()
    {
        let targets = targets.as_array().into_iter().flatten().filter_map(Value::as_str);
        paths.push((pattern.clone(), targets.map(|target| join_path(&root, target)).collect()));
    }
    let extends =
        json.get("extends").and_then(Value::as_str).filter(|extends| extends.starts_with('.')).map(|extends| {
            let path = join_path(folder, extends);
            if path.ends_with(".json") { path } else { path + ".json" }
        });
    Project { base, paths, extends }
}

/// What the pattern's `*` stands for.
fn matches<'a>(pattern: &str, specifier: &'a str) -> Option<&'a str> {
    match pattern.split_once('*') {
        Some((before, after)) => specifier.strip_prefix(before)?.strip_suffix(after),
        None => (pattern == specifier).then_some(""),
    }
}

/// JSON with comments and trailing commas.
fn lenient_json(text: &str) -> Option<Value> {
    let mut text = text.trim_start_matches('\u{feff}').to_owned();
    json_strip_comments::strip(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::published_name;

    #[test]
    fn addresses_name_packages() {
        let name = |specifier: &str| published_name(specifier).unwrap_or_default();
        assert_eq!(name("npm:pg"), "pg");
        assert_eq!(name("npm:/pg@8"), "pg");
        assert_eq!(name("npm:@scope/name@2.50.0"), "@scope/name");
        assert_eq!(name("jsr:@scope/name@^2/sub"), "@scope/name/sub");
        assert_eq!(name("https://esm.sh/v135/stripe@14.21.0?target=deno"), "stripe");
        assert_eq!(name("https://cdn.jsdelivr.net/npm/@scope/name@2/+esm"), "@scope/name");
        assert_eq!(name("https://deno.land/std@0.168.0/http/server.ts"), "https://deno.land/std/http/server.ts");
        assert_eq!(name("https://deno.land/x/bcrypt@v0.4.1/mod.ts"), "https://deno.land/x/bcrypt/mod.ts");
        assert_eq!(published_name("https://example.com/a.js"), None);
        assert_eq!(published_name("pg"), None);
    }
}
