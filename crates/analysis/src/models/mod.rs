//! What we know of libraries, as data: one TOML file a library, a closed vocabulary, no logic.
//!
//! `rules/models/README.md` is the vocabulary's page for those who write such files.

mod advice;
mod bound;
mod client;
mod command;
mod file;
mod glob;
mod load;
mod pool;
mod signs;
mod tables;
mod views;
mod workers;

use std::sync::Arc;

use ir::{Language, Symbol};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

pub(crate) use bound::Provides;
pub use bound::{Bound, Bounded, Pause, Provision};
pub(crate) use client::Client;
pub use command::{DevCommand, Tool};
pub use file::{Context, Effect, Grows, Lane, Resource, Runs, Runtime, Scoped};
pub(crate) use glob::{Glob, path_parts};
pub use load::ModelError;
pub use pool::{OptionTexts, Pool, Setting};
pub(crate) use tables::{Declares, Outputs, Pages, Query, Tables};
pub(crate) use workers::{Workers, is_several};

/// All model files, by language.
#[derive(Debug, Default)]
pub struct Models {
    languages: FxHashMap<Language, Library>,
    empty: Library,
}

/// Those that models speak of.
const LANGUAGES: [Language; 3] = [Language::Python, Language::JavaScript, Language::Rust];

impl Models {
    pub(crate) fn all_provides(&self) -> impl Iterator<Item = &Provides> {
        LANGUAGES.into_iter().flat_map(|language| &self.of(language).provides)
    }

    pub(crate) fn dev_commands(&self) -> impl Iterator<Item = &DevCommand> {
        LANGUAGES.into_iter().flat_map(|language| &self.of(language).commands)
    }

    /// Attributes and settings that say which paginator is used, of all languages.
    pub(crate) fn page_choices(&self) -> FxHashSet<&str> {
        let types = LANGUAGES.into_iter().flat_map(|language| self.of(language).types.values());
        types.filter_map(|ty| ty.pages.as_ref()).flat_map(|pages| pages.used_by.iter().map(String::as_str)).collect()
    }

    pub(crate) fn tools(&self) -> impl Iterator<Item = &Tool> {
        LANGUAGES.into_iter().flat_map(|language| &self.of(language).tools)
    }

    /// What a generator writes into a project of the language, by name.
    pub(crate) fn generated(&self) -> FxHashMap<(Language, Symbol), Symbol> {
        let of = |language| self.of(language).generated.iter().map(move |(name, path)| ((language, *name), *path));
        LANGUAGES.into_iter().flat_map(of).collect()
    }

    pub(crate) fn workers(&self) -> impl Iterator<Item = &Workers> {
        LANGUAGES.into_iter().flat_map(|language| &self.of(language).workers)
    }

    pub fn of(&self, language: Language) -> &Library {
        self.languages.get(&language).unwrap_or(&self.empty)
    }
}

/// The models of one language, keyed by canonical path.
#[derive(Debug, Default)]
pub struct Library {
    /// Variants of one path differ in their conditions; the first that holds counts.
    pub calls: FxHashMap<Symbol, Vec<Call>>,
    pub types: FxHashMap<Symbol, Type>,
    /// Other names of a type or function, to the name under which it is modelled.
    aliases: FxHashMap<&'static str, Symbol>,
    /// The first parts of these names.
    alias_roots: FxHashSet<&'static str>,
    /// The types that extend others, by their paths.
    extending: FxHashMap<&'static str, Symbol>,
    pub entries: Vec<Entry>,
    pub settings: Vec<Setting>,
    pub(crate) provides: Vec<Provides>,
    advice: Vec<advice::AdviceEntry>,
    commands: Vec<DevCommand>,
    tools: Vec<Tool>,
    pub(crate) workers: Vec<Workers>,
    /// Types that have modelled members.
    with_members: FxHashSet<Symbol>,
    /// How many call entries were read.
    call_entries: usize,
    entry_calls: FxHashMap<Symbol, usize>,
    entry_decorators: FxHashMap<Symbol, usize>,
    /// Types of units of work on a pool.
    sessions: FxHashSet<Symbol>,
    /// Types of pools that lend connections.
    pools: FxHashSet<Symbol>,
    pub packages: FxHashMap<Symbol, &'static str>,
    pub(crate) client: Client,
    /// Names that a generator writes into the project, and what they are.
    pub(crate) generated: FxHashMap<Symbol, Symbol>,
}

impl Library {
    /// The name under which a path is modelled: aliases followed, also of a prefix (`T#m` where `T` has an alias).
    pub fn canonical(&self, path: Symbol) -> Symbol {
        if !self.alias_roots.contains(root_of(path.as_str())) {
            return path;
        }
        if let Some(found) = self.aliases.get(path.as_str()) {
            return *found;
        }
        for (at, separator) in path.rmatch_indices(['.', '#']) {
            if let Some(found) = self.aliases.get(&path.as_str()[..at]) {
                return ir::join(
                    *found,
                    separator.chars().next().unwrap_or('.'),
                    Symbol::new(&path.as_str()[at + 1..]),
                );
            }
        }
        path
    }

    /// The model of a function or of a member of a type (`T#m`), looked for in the types that `T` extends as well.
    /// Of several variants the first.
    pub fn call(&self, path: Symbol) -> Option<&Call> {
        self.variants(path).first()
    }

    /// All variants of a path.
    pub fn variants(&self, path: Symbol) -> &[Call] {
        self.inherited(path, |path| self.calls.get(&path)).map_or(&[], Vec::as_slice)
    }

    pub fn entry_call(&self, path: Symbol) -> Option<&Entry> {
        self.inherited(path, |path| self.entry_calls.get(&path)).map(|index| &self.entries[*index])
    }

    pub fn entry_decorator(&self, path: Symbol) -> Option<&Entry> {
        self.inherited(path, |path| self.entry_decorators.get(&path)).map(|index| &self.entries[*index])
    }

    pub(crate) fn has_members(&self, ty: Symbol) -> bool {
        self.with_members.contains(&ty)
    }

    pub fn ty(&self, path: Symbol) -> Option<&Type> {
        self.types.get(&path)
    }

    /// Whether objects of the type hold a connection from their first query on.
    pub(crate) fn is_session(&self, ty: Symbol) -> bool {
        let extends = |ty: Symbol| {
            self.types.get(&ty).is_some_and(|ty| ty.extends.iter().any(|base| self.sessions.contains(base)))
        };
        self.sessions.contains(&ty) || extends(ty)
    }

    /// Whether objects of the type lend connections.
    pub(crate) fn is_pool(&self, ty: Symbol) -> bool {
        self.pools.contains(&ty)
    }

    /// Whether a type, or one that it extends, stands for tables.
    pub(crate) fn declares_entities(&self, ty: Symbol) -> bool {
        self.ancestry(ty).into_iter().any(|ty| ty.is_entity || ty.tables.is_some())
    }

    /// How classes that extend a type declare tables.
    pub(crate) fn tables(&self, ty: Symbol) -> Option<Tables> {
        self.ancestry(ty).into_iter().find_map(|ty| ty.tables)
    }

    /// How classes that extend a type say what an answer shows.
    pub(crate) fn outputs(&self, ty: Symbol) -> Option<Outputs> {
        self.ancestry(ty).into_iter().find_map(|ty| ty.outputs)
    }

    /// The columns that classes have by extending a type.
    pub(crate) fn columns(&self, ty: Symbol) -> Vec<(Symbol, bool)> {
        self.ancestry(ty).into_iter().flat_map(|ty| ty.columns.iter().copied()).collect()
    }

    /// The models of a type and of those that it extends.
    fn ancestry(&self, ty: Symbol) -> Vec<&Type> {
        let mut open = vec![ty];
        let mut found = Vec::new();
        while let Some(ty) = open.pop() {
            let Some(model) = self.types.get(&ty) else { continue };
            found.push(model);
            if found.len() < 32 {
                open.extend(&model.extends);
            }
        }
        found
    }

    /// Whether `ty` is `ancestor` or extends it.
    pub fn is_a(&self, ty: Symbol, ancestor: Symbol) -> bool {
        ty == ancestor || self.lineage(ty).contains(&ancestor)
    }

    /// A type and those that it extends.
    pub(crate) fn lineage(&self, ty: Symbol) -> Vec<Symbol> {
        let mut found = Vec::new();
        let mut open = vec![ty];
        while let Some(ty) = open.pop() {
            found.push(ty);
            if found.len() < 32 {
                open.extend(self.types.get(&ty).into_iter().flat_map(|ty| ty.extends.iter().copied()));
            }
        }
        found
    }

    fn inherited<'a, T: ?Sized>(&'a self, path: Symbol, find: impl Fn(Symbol) -> Option<&'a T>) -> Option<&'a T> {
        if let Some(found) = find(path) {
            return Some(found);
        }
        let (ty, member) = path.as_str().rsplit_once('#')?;
        let model = self.types.get(self.extending.get(ty)?)?;
        let member = Symbol::new(member);
        let mut open: Vec<Symbol> = model.extends.clone();
        let mut seen = 0;
        while let Some(ty) = open.pop() {
            if let Some(found) = find(ir::join(ty, '#', member)) {
                return Some(found);
            }
            seen += 1;
            if seen < 32 {
                open.extend(self.types.get(&ty).into_iter().flat_map(|ty| ty.extends.iter().copied()));
            }
        }
        None
    }
}

/// What a path begins with: `a` of `a.b#c`.
pub(crate) fn root_of(path: &str) -> &str {
    let end = path.bytes().position(|byte| matches!(byte, b'.' | b'#'));
    &path[..end.unwrap_or(path.len())]
}

/// A type of a library.
#[derive(Clone, Debug, Default)]
pub struct Type {
    pub extends: Vec<Symbol>,
    /// A generic wrapper: `Arc<T>` is as good as its argument of this number.
    pub wraps: Option<usize>,
    /// Members that give the same type again (builders).
    pub fluent: Vec<Symbol>,
    /// What every member that has no model of its own gives.
    pub members: Option<Symbol>,
    /// The type of its elements.
    pub element: Option<Symbol>,
    /// The type of what comes second where something gives it as the first of two.
    pub pair: Option<Symbol>,
    /// The entity of its queries is a project class: `T` is used as a base of it.
    pub is_entity: bool,
    /// It stands for a collection of documents, by the name under which its database gives it.
    pub holds_documents: bool,
    /// A type of which each class that extends this is a member, by its name.
    pub registry: Option<Symbol>,
    /// How classes that extend it declare tables.
    pub(crate) tables: Option<Tables>,
    /// How classes that extend it say what an answer shows.
    pub(crate) outputs: Option<Outputs>,
    /// Views that extend it answer with a list.
    pub(crate) lists: bool,
    /// Views that extend it add rows to what they list.
    pub(crate) creates: bool,
    /// How classes that extend it let clients choose the size of a page.
    pub(crate) pages: Option<Pages>,
    /// Columns that such classes have by itself, and whether they are unique.
    pub(crate) columns: Vec<(Symbol, bool)>,
    /// Awaiting, iterating or listing it runs it as a query.
    pub is_lazy: bool,
    /// It holds elements, and grows as they are added.
    pub is_collection: bool,
    /// A client's connection, kept open: a WebSocket.
    pub is_socket: bool,
    /// The sending end of a channel.
    pub is_sender: bool,
    /// A key that says of which type what it stands for is: `AppKey("db", Pool)`.
    pub is_key: bool,
    /// It hands out the application's state: the same object to all requests.
    pub is_state: bool,
}

/// What calling (or reading) something of a library does.
#[derive(Clone, Debug, Default)]
pub struct Call {
    pub path: Option<Symbol>,
    /// Number of the entry of the model files that describes it, within its language.
    pub entry: usize,
    pub returns: Option<Symbol>,
    /// `returns` is what reading it gives, without a call.
    pub is_attribute: bool,
    pub returns_argument: Option<usize>,
    pub returns_self: bool,
    /// The argument of this number is a router, served below the path in the first argument, or, if it is the first, as it is.
    pub mounts: Option<usize>,
    pub mount_path: Option<Symbol>,
    /// The result are objects of the class with which the chain of calls began.
    pub returns_entity: bool,
    /// The result is of the type that the call is given in angle brackets.
    pub returns_type_argument: bool,
    pub acquires: Option<Resource>,
    /// The thing is this element of the result.
    pub acquires_item: Option<usize>,
    /// The thing is this member of the result.
    pub acquires_member: Option<Symbol>,
    /// What it is given stays its giver's to release.
    pub borrows: bool,
    /// The thing in a message: "PostgreSQL connection".
    pub noun: &'static str,
    pub released_by: Vec<Symbol>,
    /// Functions and methods that release it when it is passed to them.
    pub released_through: Vec<Symbol>,
    pub scoped: Scoped,
    /// It closes by itself once nothing refers to it, and the runtime counts references.
    pub closes_when_dropped: bool,
    pub closes_with_receiver: bool,
    pub shared: bool,
    pub does: Option<Effect>,
    pub is_blocking: bool,
    pub listens: bool,
    pub removed_by: Vec<Symbol>,
    pub repeats: bool,
    /// Runs its function once, later.
    pub is_delay: bool,
    /// A middleware hands the request on: to the other middlewares, and to the handler.
    pub continues: bool,
    pub cleared_by: Vec<Symbol>,
    pub lifetime_is_process: bool,
    pub runs: Option<Runs>,
    pub runs_argument: Option<usize>,
    /// Only the caller keeps what it starts alive.
    pub is_weakly_held: bool,
    pub memoizes: bool,
    /// Calls of one turn of the loop become one query.
    pub is_batched: bool,
    /// Types of what the functions among its arguments are given.
    pub passes: Vec<Symbol>,
    pub(crate) query: Vec<Query>,
    pub sql_argument: usize,
    pub entity_argument: Option<usize>,
    pub filter_argument: Option<usize>,
    pub options_argument: Option<usize>,
    pub only_if: Vec<(Symbol, String)>,
    pub unless: Vec<(Symbol, String)>,
    /// It holds only if the argument of this number is a parameter of the function around.
    pub if_parameter: Option<usize>,
    /// How long it sleeps.
    pub pause: Option<Pause>,
    pub(crate) declares: Option<Declares>,
    pub grows: Option<Grows>,
    /// A transaction: a connection is taken for as long as its body, its function or its result lasts.
    pub holds: bool,
    /// A transaction that it begins outlives what its connection was lent for: nobody rolls back what is given back.
    pub keeps_transaction: bool,
    /// It accepts sockets, and the library does not notice clients that vanish.
    pub unwatched: bool,
    /// What its options say of a pool.
    pub pool: Option<Arc<Pool>>,
    /// It makes the application that serves, or is given it as the argument of a number.
    pub is_app: bool,
    pub app_argument: Option<usize>,
    /// It has no bound of its own.
    pub bound: Option<Arc<Bound>>,
    /// It prepares something costly that lasts: "a model".
    pub prepares: &'static str,
    /// Only what it is given from a file of settings.
    pub from_settings: bool,
    /// Of a call that makes the whole program a function of a platform.
    pub runtime: Runtime,
    pub runs_out: &'static str,
    pub instead: &'static str,
}

/// Where a function that runs once for each object of a list has that object.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum PerItem {
    /// In its first parameter.
    Parameter,
    /// In its receiver.
    Receiver,
}

/// What a build makes of files by convention, unless they export `dynamic`.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum Prerendered {
    /// The pages whose parameters the file lists (`generateStaticParams`).
    Listed,
    /// These, and what has no parameters in its path.
    Always,
}

/// Where a framework calls the program.
#[derive(Clone, Debug)]
pub struct Entry {
    /// A project class that extends one of these has its `methods` called.
    pub classes: Vec<Symbol>,
    pub class_decorators: Vec<Symbol>,
    pub methods: Vec<Symbol>,
    /// Glob patterns of file paths whose `exports` are called.
    pub(crate) files: Vec<Glob<'static>>,
    pub exports: Vec<Symbol>,
    /// A directive that makes each exported (or decorated) function of the file an entry.
    pub directive: Option<Symbol>,
    /// Functions of this name are entries if they take this many parameters.
    pub functions: Vec<Symbol>,
    pub context: Context,
    pub lane: Lane,
    pub route_argument: Option<usize>,
    pub handler_argument: Option<usize>,
    /// Functions with so many parameters handle errors that nothing else caught; the first parameter is the error.
    pub catches: Option<usize>,
    /// Types of the handlers' parameters.
    pub passes: Vec<Symbol>,
    /// The framework makes one object of the class for all requests.
    pub is_single: bool,
    /// It runs once for each object of a list, which this is.
    pub per_item: Option<PerItem>,
    /// It only says what something else registers is.
    pub documents: bool,
    /// It runs for each message that somebody sends, and not at times that a schedule says.
    pub consumes: bool,
    /// When the build calls it, and no request.
    pub prerendered: Option<Prerendered>,
    /// Options that the class's decorator must be given.
    pub only_if: Vec<(Symbol, String)>,
    pub runtime: Runtime,
    /// Words for the place: "Express route".
    pub noun: &'static str,
}
