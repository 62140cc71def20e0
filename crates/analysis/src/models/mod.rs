//! What we know of libraries, as data: one TOML file a library, a closed vocabulary, no logic.
//!
//! `rules/models/README.md` is the vocabulary's page for those who write such files.

mod file;
mod load;
mod pool;

use std::sync::Arc;

use ir::{Language, Symbol};
use rustc_hash::{FxHashMap, FxHashSet};

pub use file::{Context, Effect, Lane, Resource, Runs, Runtime, Scoped};
pub(crate) use file::{Declares, Query};
pub use load::ModelError;
pub use pool::{OptionTexts, Pool, Setting};

/// All model files, by language.
#[derive(Debug, Default)]
pub struct Models {
    languages: FxHashMap<Language, Library>,
    empty: Library,
}

impl Models {
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
    aliases: FxHashMap<Symbol, Symbol>,
    pub entries: Vec<Entry>,
    pub settings: Vec<Setting>,
    /// Types that have modelled members.
    with_members: FxHashSet<Symbol>,
    entry_calls: FxHashMap<Symbol, usize>,
    entry_decorators: FxHashMap<Symbol, usize>,
    pub packages: FxHashMap<Symbol, &'static str>,
}

impl Library {
    /// The name under which a path is modelled: aliases followed, also of a prefix (`T#m` where `T` has an alias).
    pub fn canonical(&self, path: Symbol) -> Symbol {
        if let Some(found) = self.aliases.get(&path) {
            return *found;
        }
        for (at, separator) in path.rmatch_indices(['.', '#']) {
            if let Some(found) = self.aliases.get(&Symbol::new(&path.as_str()[..at])) {
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

    /// Whether `ty` is `ancestor` or extends it.
    pub fn is_a(&self, ty: Symbol, ancestor: Symbol) -> bool {
        let mut open = vec![ty];
        let mut seen = 0;
        while let Some(ty) = open.pop() {
            seen += 1;
            if ty == ancestor {
                return true;
            }
            if seen < 32 {
                open.extend(self.types.get(&ty).into_iter().flat_map(|ty| ty.extends.iter().copied()));
            }
        }
        false
    }

    fn inherited<'a, T: ?Sized>(&'a self, path: Symbol, find: impl Fn(Symbol) -> Option<&'a T>) -> Option<&'a T> {
        if let Some(found) = find(path) {
            return Some(found);
        }
        let (ty, member) = path.as_str().rsplit_once('#')?;
        let (ty, member) = (Symbol::new(ty), Symbol::new(member));
        let mut open: Vec<Symbol> = self.types.get(&ty)?.extends.clone();
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
    /// The entity of its queries is a project class: `T` is used as a base of it.
    pub is_entity: bool,
    /// Awaiting, iterating or listing it runs it as a query.
    pub is_lazy: bool,
}

/// What calling (or reading) something of a library does.
#[derive(Clone, Debug, Default)]
pub struct Call {
    pub path: Option<Symbol>,
    pub returns: Option<Symbol>,
    /// `returns` is what reading it gives, without a call.
    pub is_attribute: bool,
    pub returns_argument: Option<usize>,
    pub returns_self: bool,
    pub acquires: Option<Resource>,
    /// The thing in a message: "PostgreSQL connection".
    pub noun: &'static str,
    pub released_by: Vec<Symbol>,
    /// Functions and methods that release it when it is passed to them.
    pub released_through: Vec<Symbol>,
    pub scoped: Scoped,
    pub shared: bool,
    pub does: Option<Effect>,
    pub is_blocking: bool,
    pub listens: bool,
    pub removed_by: Vec<Symbol>,
    pub repeats: bool,
    pub cleared_by: Vec<Symbol>,
    pub lifetime_is_process: bool,
    pub runs: Option<Runs>,
    pub runs_argument: Option<usize>,
    /// Only the caller keeps what it starts alive.
    pub is_weakly_held: bool,
    pub memoizes: bool,
    /// Types of what the functions among its arguments are given.
    pub passes: Vec<Symbol>,
    pub(crate) query: Vec<Query>,
    pub sql_argument: usize,
    pub entity_argument: Option<usize>,
    pub filter_argument: Option<usize>,
    pub options_argument: Option<usize>,
    pub only_if: Vec<(Symbol, String)>,
    pub unless: Vec<(Symbol, String)>,
    pub(crate) declares: Option<Declares>,
    /// What its options say of a pool.
    pub pool: Option<Arc<Pool>>,
    /// Of a call that makes the whole program a function of a platform.
    pub runtime: Runtime,
    pub runs_out: &'static str,
    pub instead: &'static str,
}

/// Where a framework calls the program.
#[derive(Clone, Debug)]
pub struct Entry {
    /// A project class that extends one of these has its `methods` called.
    pub classes: Vec<Symbol>,
    pub class_decorators: Vec<Symbol>,
    pub methods: Vec<Symbol>,
    /// Glob patterns of file paths whose `exports` are called.
    pub files: Vec<&'static str>,
    pub exports: Vec<Symbol>,
    /// A directive that makes each exported (or decorated) function of the file an entry.
    pub directive: Option<Symbol>,
    /// Functions of this name are entries if they take this many parameters.
    pub functions: Vec<Symbol>,
    pub context: Context,
    pub lane: Lane,
    pub route_argument: Option<usize>,
    pub handler_argument: Option<usize>,
    /// Types of the handlers' parameters.
    pub passes: Vec<Symbol>,
    pub runtime: Runtime,
    /// Words for the place: "Express route".
    pub noun: &'static str,
}
