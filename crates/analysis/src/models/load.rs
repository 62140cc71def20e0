//! From TOML text to [`Models`], with errors that name file, line, key and what was expected.

use std::fmt;
use std::sync::Arc;

use ir::{Language, Symbol};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::file::{
    AttributeEntry, CallEntry, EntryEntry, LanguageName, ModelFile, OneOrMany, Queries, Resource, TypeEntry,
};
use super::{Call, Entry, Glob, Library, Models, Type, root_of};

/// A model file that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModelError {
    pub file: String,
    /// From 1.
    pub line: usize,
    /// What is wrong and what was expected.
    pub message: String,
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

impl std::error::Error for ModelError {}

impl Models {
    /// Reads model files: pairs of a path (`python/psycopg2.toml`, the folder names the language) and the text.
    ///
    /// # Errors
    /// The first file that is not TOML, holds an unknown key or value, or stands in a folder of no known language.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, ModelError> {
        Self::load(&[], files)
    }

    /// As [`parse`](Self::parse), after model files that a build turned into JSON (`python/psycopg2.json`).
    ///
    /// # Errors
    /// As of [`parse`](Self::parse).
    pub fn load(built: &[(&str, &str)], files: &[(&str, &str)]) -> Result<Self, ModelError> {
        let built = built.par_iter().map(|(path, text)| (*path, read_built(path, text)));
        let files = files.par_iter().map(|(path, text)| (*path, read(path, text)));
        let read: Vec<(&str, Result<ModelFile, ModelError>)> = built.chain(files).collect();
        let mut models = Self::default();
        for (path, file) in read {
            models.add(path, file?)?;
        }
        Ok(models)
    }

    /// Whether a program in these languages can meet anything that a model file, turned into JSON, describes. To read all
    /// files takes longer than to read a small program.
    pub fn may_matter(languages: &[Language], path: &str, text: &str) -> bool {
        // What a project has against load is looked for in the manifests of all languages, and each can start any tool.
        language_of(path).is_none_or(|language| languages.contains(&language))
            || text.contains(r#""provides":"#)
            || text.contains(r#""tool":"#)
    }

    fn add(&mut self, path: &str, file: ModelFile) -> Result<(), ModelError> {
        let said = file.language.map(|language| match language {
            LanguageName::Python => Language::Python,
            LanguageName::JavaScript => Language::JavaScript,
            LanguageName::Rust => Language::Rust,
        });
        let Some(language) = said.or_else(|| language_of(path)) else {
            let expected = "`language = \"python\"`, `\"javascript\"` or `\"rust\"` expected, or a folder of that name";
            let message = format!("which language this is about is not said: {expected}");
            return Err(ModelError { file: path.to_owned(), line: 1, message });
        };
        let library = self.languages.entry(language).or_default();
        let name: &'static str = Symbol::new(stem_of(path)).as_str();
        for package in &file.packages {
            library.packages.insert(Symbol::new(package), name);
        }
        if let Some(package) = file.packages.first() {
            let path = |name: &String| (Symbol::new(name), Symbol::new(&format!("{package}.{name}")));
            library.generated.extend(file.generated.iter().map(path));
        }
        library.client.globals.extend(file.client.globals);
        library.client.packages.extend(file.client.packages);
        library.client.drivers.extend(file.client.drivers);
        library.client.views.extend(file.client.views);
        library.client.shared.extend(file.client.shared);
        library.client.marks.extend(file.client.marks);
        file.types.into_iter().for_each(|entry| library.add_type(entry));
        file.attribute.into_iter().for_each(|entry| library.add_attribute(entry));
        file.call.into_iter().for_each(|entry| library.add_call(entry));
        file.entry.into_iter().for_each(|entry| library.add_entry(entry));
        library.settings.extend(file.setting);
        library.provides.extend(file.provides);
        library.commands.extend(file.command);
        library.tools.extend(file.tool);
        library.workers.extend(file.workers);
        file.advice.into_iter().for_each(|entry| library.add_advice(entry, &file.packages));
        Ok(())
    }
}

fn stem_of(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".toml").or_else(|| name.strip_suffix(".json")).unwrap_or(name)
}

/// The language that the file's folder names.
fn language_of(path: &str) -> Option<Language> {
    match path.rsplit('/').nth(1)? {
        "python" => Some(Language::Python),
        "javascript" => Some(Language::JavaScript),
        "rust" => Some(Language::Rust),
        _ => None,
    }
}

fn read(path: &str, text: &str) -> Result<ModelFile, ModelError> {
    toml::from_str(text).map_err(|failure| {
        let line = failure.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        ModelError { file: path.to_owned(), line, message: failure.message().replace('\n', " ") }
    })
}

fn read_built(path: &str, text: &str) -> Result<ModelFile, ModelError> {
    serde_json::from_str(text).map_err(|failure| ModelError {
        file: path.to_owned(),
        line: failure.line(),
        message: failure.to_string(),
    })
}

fn columns(entry: &TypeEntry) -> Vec<(Symbol, bool)> {
    let plain = entry.columns.iter().map(|name| (Symbol::new(name), false));
    plain.chain(entry.unique_columns.iter().map(|name| (Symbol::new(name), true))).collect()
}

impl Library {
    fn add_type(&mut self, entry: TypeEntry) {
        let path = canonical(&entry.path);
        for alias in expand(&entry.aliases) {
            self.alias_roots.insert(root_of(alias.as_str()));
            self.aliases.insert(alias.as_str(), path);
        }
        if !entry.extends.is_empty() {
            self.extending.insert(path.as_str(), path);
        }
        self.types.insert(
            path,
            Type {
                extends: expand(&entry.extends),
                wraps: entry.wraps,
                fluent: expand(&entry.fluent),
                members: entry.members.as_deref().map(canonical),
                element: entry.element.as_deref().map(canonical),
                pair: entry.pair.as_deref().map(canonical),
                is_entity: entry.entity,
                holds_documents: entry.holds_documents == Some(true),
                registry: entry.registry.as_deref().map(Symbol::new),
                tables: entry.tables,
                outputs: entry.outputs,
                lists: entry.lists,
                creates: entry.creates,
                columns: columns(&entry),
                pages: entry.pages,
                is_lazy: entry.lazy,
                is_collection: entry.collection,
                is_socket: entry.socket,
                is_sender: entry.sender,
                is_state: entry.state,
                is_key: entry.key,
            },
        );
    }

    fn add_attribute(&mut self, entry: AttributeEntry) {
        for path in expand(&entry.path) {
            let call = Call { returns: Some(canonical(&entry.is)), is_attribute: true, ..Call::default() };
            self.calls.insert(path, vec![call]);
        }
    }

    fn add_call(&mut self, entry: CallEntry) {
        let returns_self = entry.returns.as_deref() == Some("self");
        let returns_entity = entry.returns.as_deref() == Some("entity");
        let returns_type_argument = entry.returns.as_deref() == Some("type-argument");
        let is_path = |_: &&str| !(returns_self || returns_entity || returns_type_argument);
        self.call_entries += 1;
        let call = Call {
            path: None,
            entry: self.call_entries,
            returns: entry.returns.as_deref().filter(is_path).map(canonical),
            is_attribute: false,
            returns_argument: entry.returns_argument,
            returns_self,
            mounts: entry.mounts,
            mount_path: entry.mount_path.as_deref().map(Symbol::new),
            returns_entity,
            returns_type_argument,
            acquires: entry.acquires,
            acquires_item: entry.acquires_item,
            acquires_member: entry.acquires_member.as_deref().map(Symbol::new),
            borrows: entry.borrows,
            noun: text(entry.noun),
            released_by: expand(&entry.released_by),
            released_through: expand(&entry.released_through),
            scoped: entry.scoped,
            closes_with_receiver: entry.closes_with_receiver,
            closes_when_dropped: entry.closes_when_dropped,
            shared: entry.shared,
            does: entry.does,
            is_blocking: entry.blocking,
            listens: entry.listens,
            removed_by: expand(&entry.removed_by),
            repeats: entry.repeats,
            is_delay: entry.delay,
            continues: entry.continues,
            cleared_by: expand(&entry.cleared_by),
            lifetime_is_process: entry.lives_with_process,
            runs: entry.runs,
            runs_argument: entry.runs_argument,
            is_weakly_held: entry.weakly_held,
            memoizes: entry.memoizes,
            is_batched: entry.batched,
            passes: expand(&entry.passes),
            query: match entry.query {
                Queries::One(query) => vec![query],
                Queries::Many(queries) => queries,
            },
            sql_argument: entry.sql_argument,
            entity_argument: entry.entity_argument,
            filter_argument: entry.filter_argument,
            options_argument: entry.options_argument,
            only_if: entry.only_if.into_iter().map(|(key, value)| (Symbol::new(&key), value)).collect(),
            unless: entry.unless.into_iter().map(|(key, value)| (Symbol::new(&key), value)).collect(),
            if_parameter: entry.if_parameter,
            pause: entry.pause,
            declares: entry.declares,
            grows: entry.grows,
            unwatched: entry.unwatched,
            holds: entry.holds,
            keeps_transaction: entry.keeps_transaction,
            pool: entry.pool.map(Arc::new),
            is_app: entry.app,
            app_argument: entry.app_argument,
            bound: entry.bound.map(Arc::new),
            prepares: text(entry.prepares),
            from_settings: entry.from_settings,
            runtime: entry.runtime,
            runs_out: text(entry.runs_out),
            instead: text(entry.instead),
        };
        if entry.acquires == Some(Resource::Session) {
            self.sessions.extend(call.returns);
        }
        for path in expand(&entry.path) {
            if let Some((ty, _)) = path.as_str().rsplit_once('#') {
                self.with_members.insert(Symbol::new(ty));
                if entry.acquires == Some(Resource::PooledConnection) {
                    self.pools.insert(Symbol::new(ty));
                }
            }
            let variants = self.calls.entry(path).or_default();
            // A later file's description of the same case takes the place of an earlier one.
            variants.retain(|known| {
                known.only_if != call.only_if || known.unless != call.unless || known.if_parameter != call.if_parameter
            });
            variants.push(Call { path: Some(path), ..call.clone() });
        }
    }

    fn add_entry(&mut self, entry: EntryEntry) {
        let index = self.entries.len();
        register(&mut self.entry_calls, expand(&entry.call), index);
        register(&mut self.entry_decorators, expand(&entry.decorator), index);
        self.entries.push(Entry {
            classes: expand(&entry.class),
            class_decorators: expand(&entry.class_decorator),
            methods: expand(&entry.methods),
            files: strings(&entry.file).flat_map(braces).map(|file| Glob::new(Symbol::new(&file).as_str())).collect(),
            exports: expand(&entry.exports),
            directive: entry.directive.as_deref().map(Symbol::new),
            functions: expand(&entry.function),
            context: entry.context,
            lane: entry.lane,
            route_argument: entry.route_argument,
            handler_argument: entry.handler_argument,
            catches: entry.catches,
            per_item: entry.per_item,
            documents: entry.documents,
            consumes: entry.consumes.unwrap_or_default(),
            passes: expand(&entry.passes),
            runtime: entry.runtime,
            is_single: entry.single,
            prerendered: entry.prerendered,
            only_if: entry.only_if.into_iter().map(|(key, value)| (Symbol::new(&key), value)).collect(),
            noun: text(Some(entry.noun)),
        });
    }
}

fn register(table: &mut FxHashMap<Symbol, usize>, paths: Vec<Symbol>, index: usize) {
    for path in paths {
        table.insert(path, index);
    }
}

fn text(text: Option<String>) -> &'static str {
    text.map_or("", |text| Symbol::new(&text).as_str())
}

fn strings(list: &OneOrMany) -> impl Iterator<Item = &str> {
    match list {
        OneOrMany::One(one) => std::slice::from_ref(one),
        OneOrMany::Many(many) => many,
    }
    .iter()
    .map(String::as_str)
}

fn expand(list: &OneOrMany) -> Vec<Symbol> {
    strings(list).flat_map(braces).map(|path| canonical(&path)).collect()
}

/// Rust's `::` is a dot inside.
fn canonical(path: &str) -> Symbol {
    if path.contains("::") { Symbol::new(&path.replace("::", ".")) } else { Symbol::new(path) }
}

/// `a.{b,c}` as `a.b` and `a.c`; several groups multiply.
fn braces(pattern: &str) -> Vec<String> {
    let Some((open, close)) = pattern.find('{').and_then(|open| Some((open, open + pattern[open..].find('}')?))) else {
        return vec![pattern.to_owned()];
    };
    pattern[open + 1..close]
        .split(',')
        .flat_map(|choice| braces(&format!("{}{}{}", &pattern[..open], choice.trim(), &pattern[close + 1..])))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Language, Models, Symbol, braces};

    #[test]
    fn braces_multiply() {
        assert_eq!(braces("a.{b,c}#{d,e}"), ["a.b#d", "a.b#e", "a.c#d", "a.c#e"]);
    }

    #[test]
    fn members_are_inherited_and_aliases_followed() {
        let text = r#"
            packages = ["lib"]
            [[type]]
            path = "lib.Base"
            [[type]]
            path = "lib.Child"
            aliases = "lib.inner.Child"
            extends = "lib.Base"
            [[call]]
            path = "lib.Base#run"
            blocking = true
        "#;
        let models = Models::parse(&[("python/lib.toml", text)]).expect("valid");
        let library = models.of(Language::Python);
        assert!(library.call(Symbol::new("lib.Child#run")).expect("inherited").is_blocking);
        assert_eq!(library.canonical(Symbol::new("lib.inner.Child#run")), Symbol::new("lib.Child#run"));
        assert!(models.of(Language::Rust).call(Symbol::new("lib.Child#run")).is_none());
    }

    #[test]
    fn errors_name_the_line_and_the_key() {
        let text = "packages = []\n[[call]]\npath = \"a\"\nblocks = true\n";
        let error = Models::parse(&[("python/a.toml", text)]).expect_err("unknown key");
        assert_eq!((error.file.as_str(), error.line), ("python/a.toml", 4));
        assert!(error.message.contains("blocks") && error.message.contains("blocking"), "{}", error.message);
    }
}
