//! What a project has against load, wherever it stands: packages that it imports or lists, names that it uses, and what its
//! deployment files say.

use std::collections::BTreeMap;

use ir::{BindingKind, ExprKind, File, Import, ImportItem, Symbol, TextPart};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::clients::is_of_client;
use crate::models::{Models, Provision};
use crate::roles::{Role, role_of};
use crate::templates::is_template;

/// Paths, with `/` between folders, of files that [`Program::solve`](crate::Program::solve) wants the texts of, besides the
/// sources: what lists packages, what tells how the program is run, templates.
pub fn is_manifest(path: &str) -> bool {
    let file_name = path.rsplit('/').next().unwrap_or(path);
    is_of_package(file_name) || is_of_deployment(file_name) || is_template(path)
}

fn is_of_package(file_name: &str) -> bool {
    matches!(file_name, "package.json" | "Cargo.toml" | "pyproject.toml" | "requirements.txt")
        || (file_name.starts_with("tsconfig") || file_name.starts_with("jsconfig")) && file_name.ends_with(".json")
}

/// What tells how the program is run, and what stands before it.
fn is_of_deployment(file_name: &str) -> bool {
    let name = file_name.to_lowercase();
    let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    let is_named_yaml =
        ["compose", "ingress", "deployment", "values", "serverless", "render", "traefik", "gateway", "app."]
            .iter()
            .any(|part| name.contains(part));
    let is_start_script =
        name.ends_with(".sh") && ["entrypoint", "start", "boot", "run"].iter().any(|part| name.contains(part));
    is_start_script
        || name.ends_with(".conf")
        || name.starts_with("dockerfile")
        || name.starts_with(".env")
        || is_yaml && is_named_yaml
        || matches!(
            name.as_str(),
            "procfile" | "caddyfile" | "vercel.json" | "fly.toml" | "nginx.conf.template" | "railway.json"
        )
}

/// What is known of a project as a whole.
#[derive(Debug, Default)]
pub(crate) struct Provisions {
    provided: Vec<Provision>,
    /// Names that its code uses, in lower case, sorted.
    names: Vec<String>,
    /// The same as one text: to search it takes a tenth of the time that searching each takes.
    joined_names: String,
    /// Texts of its code, a file's in one, in lower case.
    texts: Vec<String>,
    /// Its deployment files, in lower case.
    deployed: Vec<String>,
}

/// Stands between the texts of one file, and between names.
const SEPARATOR: &str = "\0";

impl Provisions {
    /// Takes the deployment files out of the manifests.
    pub(crate) fn solve(files: &[File], manifests: &mut BTreeMap<String, String>, models: &Models) -> Self {
        let mut provisions = Self::default();
        let is_own =
            |file: &&File| role_of(file.path.as_str()) != Role::Test && !is_of_client(file, models.of(file.language));
        let own: Vec<&File> = files.iter().filter(is_own).collect();
        // Each word once before anything is made of it: most are in many files.
        let words =
            own.par_iter().fold(Words::default, |words, file| words.with(file)).reduce(Words::default, Words::and);
        let imports: Vec<String> = words.imports.into_par_iter().map(|(module, item)| path_of(module, item)).collect();
        provisions.names = words.names.into_par_iter().map(|name| name.to_lowercase()).collect();
        provisions.names.par_sort_unstable();
        provisions.names.dedup();
        provisions.joined_names = provisions.names.join(SEPARATOR);
        provisions.texts = own.par_iter().map(|file| texts_of(file)).collect();
        let (listed, deployed): (Vec<_>, Vec<_>) =
            manifests.iter().partition(|(path, _)| is_of_package(path.rsplit('/').next().unwrap_or(path)));
        let texts = deployed.iter().map(|(_, text)| text.to_lowercase());
        provisions.deployed.extend(texts.filter(|text| !describes_an_interface(text)));
        let listed: Vec<String> = listed.iter().map(|(_, text)| plain(text)).collect();
        for provides in models.all_provides() {
            let is_imported = |package: &str| imports.iter().any(|import| begins_with(import, package));
            let is_listed = |package: &str| listed.iter().any(|text| has_word(text, package));
            let is_used = |name: &String| provisions.has_name(name);
            let mut packages = provides.packages.iter().map(|package| plain(package));
            let is_there = packages.any(|package| is_imported(&package) || is_listed(&package));
            if is_there || provides.names.iter().any(is_used) {
                provisions.provided.push(provides.what);
            }
        }
        let deployed: Vec<String> = deployed.into_iter().map(|(path, _)| path.clone()).collect();
        deployed.iter().for_each(|path| _ = manifests.remove(path));
        provisions
    }

    pub(crate) fn has(&self, provision: Provision) -> bool {
        self.provided.contains(&provision)
    }

    pub(crate) fn has_name(&self, name: &str) -> bool {
        self.names.binary_search(&name.to_lowercase()).is_ok()
    }

    pub(crate) fn has_name_with(&self, parts: &[&str]) -> bool {
        parts.iter().any(|part| self.joined_names.contains(part))
    }

    pub(crate) fn names_with(&self, parts: &[&str]) -> impl Iterator<Item = &str> {
        let names = self.names.iter().map(String::as_str);
        names.filter(move |name| parts.iter().any(|part| name.contains(part)))
    }

    /// The texts of the code and of the deployment files.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().flat_map(|texts| texts.split(SEPARATOR)).chain(self.deployed())
    }

    /// Whether one of the words occurs in one of these texts.
    pub(crate) fn says(&self, words: &[&str]) -> bool {
        // No word goes beyond the end of a text, so that a file is searched as one.
        let mut texts = self.texts.iter().map(String::as_str).chain(self.deployed());
        texts.any(|text| words.iter().any(|word| text.contains(word)))
    }

    pub(crate) fn deployed(&self) -> impl Iterator<Item = &str> {
        self.deployed.iter().map(String::as_str)
    }
}

/// OpenAPI's descriptions of what is, or should be, answered.
fn describes_an_interface(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("openapi:") || line.starts_with("swagger:"))
}

/// What a file of settings calls the modules that it has the framework load.
const LOADED: &[&str] = &["INSTALLED_APPS", "MIDDLEWARE"];

/// The words of files.
#[derive(Default)]
struct Words {
    names: FxHashSet<Symbol>,
    imports: FxHashSet<(Symbol, Option<Symbol>)>,
}

impl Words {
    fn with(mut self, file: &File) -> Self {
        self.imports.extend(loaded(file));
        for binding in &file.bindings {
            self.names.insert(binding.name);
            if let BindingKind::Import(import) = &binding.kind {
                self.names.insert(import.module);
                self.imports.insert((import.module, item_of(import)));
            }
        }
        for expr in &file.exprs {
            match &expr.kind {
                ExprKind::Member { name, .. } | ExprKind::Global(name) => _ = self.names.insert(*name),
                ExprKind::Record(entries) => self.names.extend(entries.iter().filter_map(|entry| entry.key)),
                ExprKind::Call { args, .. } => self.names.extend(args.iter().filter_map(|arg| arg.name)),
                _ => {}
            }
        }
        self
    }

    fn and(self, other: Self) -> Self {
        let (mut more, less) = if self.names.len() < other.names.len() { (other, self) } else { (self, other) };
        more.names.extend(less.names);
        more.imports.extend(less.imports);
        more
    }
}

/// Modules that settings name: `INSTALLED_APPS = ["axes"]`.
fn loaded(file: &File) -> impl Iterator<Item = (Symbol, Option<Symbol>)> {
    let is_settings = file.bindings.iter().any(|binding| LOADED.contains(&binding.name.as_str()));
    let listed = file.exprs.iter().filter(move |_| is_settings).filter_map(|expr| match &expr.kind {
        ExprKind::List(items) => Some(items),
        _ => None,
    });
    listed.flatten().filter_map(|item| match &file.expr(*item).kind {
        ExprKind::Text(parts) => match parts.as_slice() {
            [TextPart::Literal { value, .. }] => Some((Symbol::new(value), None)),
            _ => None,
        },
        _ => None,
    })
}

/// The texts of a file, in lower case.
fn texts_of(file: &File) -> String {
    let mut texts = String::new();
    for expr in &file.exprs {
        let ExprKind::Text(parts) = &expr.kind else { continue };
        for part in parts {
            if let TextPart::Literal { value, .. } = part {
                texts.push_str(value);
                texts.push_str(SEPARATOR);
            }
        }
    }
    texts.to_lowercase()
}

/// `package`, `package.module.name`, as one notation for all languages.
pub(crate) fn imports(file: &File) -> Vec<String> {
    let imports = file.bindings.iter().filter_map(|binding| match &binding.kind {
        BindingKind::Import(import) => Some(path_of(import.module, item_of(import))),
        _ => None,
    });
    imports.collect()
}

fn item_of(import: &Import) -> Option<Symbol> {
    match import.item {
        ImportItem::Named(name) => Some(name),
        _ => None,
    }
}

fn path_of(module: Symbol, item: Option<Symbol>) -> String {
    match item {
        Some(name) => plain(&format!("{module}.{name}")),
        None => plain(&module),
    }
}

fn plain(path: &str) -> String {
    path.replace("::", ".").replace('-', "_").to_lowercase()
}

fn begins_with(path: &str, start: &str) -> bool {
    path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/']))
}

/// Whether a name occurs as a whole.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '/' | '@');
    text.match_indices(word).any(|(at, _)| {
        let after = text[at + word.len()..].chars().next();
        let before = text[..at].chars().next_back();
        !after.is_some_and(is_part) && !before.is_some_and(is_part)
    })
}
