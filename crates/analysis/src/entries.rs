//! Where frameworks call the program: decorators, registrations, base classes, files by convention.

mod conventions;
mod described;
mod development;
mod forwarded;
mod handlers;
mod implemented;
mod labels;
mod mounts;
mod resolvers;
mod schedules;
mod unmounted;
mod unstarted;

use std::collections::BTreeMap;

use ir::{Arg, ExprId, ExprKind, File, FnId, FunctionKind, Span, Symbol};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::Options;
use crate::calls::{called_path, option_is};
use crate::clients::is_of_client;
use crate::ids::{ClassRef, FileId, FnRef};
use crate::models::{Context, Entry, Lane, PerItem, Runtime};
use crate::roles::{Role, is_tool, role_of};
use crate::values::{Atom, World};

/// A function that something outside the program calls.
#[derive(Clone, PartialEq, Debug)]
pub struct EntryPoint {
    pub function: FnRef,
    pub context: Context,
    pub lane: Lane,
    pub runtime: Runtime,
    /// It handles errors that nothing else caught, if it takes so many parameters, of which the first is the error.
    pub catches: Option<usize>,
    /// It runs once for each object of a list, which this is.
    pub per_item: Option<PerItem>,
    /// Lists that clients are given are seen to hold such objects.
    pub(crate) is_listed: bool,
    /// It only says what something else registers is.
    pub(crate) documents: bool,
    /// It runs for each message that somebody sends.
    pub consumes: bool,
    /// `GET /users`, `Celery task`, `start-up`.
    pub label: String,
    /// The decorator, the registration, or the function's name.
    pub file: FileId,
    pub span: Span,
}

impl EntryPoint {
    /// One of which no more is known than what runs, when, on what, and where that is said.
    fn plain(function: FnRef, (context, lane): (Context, Lane), label: String, (file, span): (FileId, Span)) -> Self {
        Self {
            function,
            context,
            lane,
            runtime: Runtime::Server,
            catches: None,
            per_item: None,
            is_listed: false,
            documents: false,
            consumes: false,
            label,
            file,
            span,
        }
    }
}

const VERBS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options", "all"];

pub(crate) fn collect(world: World<'_>, options: &Options) -> Vec<EntryPoint> {
    let listed = implemented::listed(world);
    let parts: Vec<Vec<EntryPoint>> = (0..world.files.len())
        .into_par_iter()
        .map(|number| Collector::new(world, FileId(number as u32), &listed).collect())
        .collect();
    let mut entries: Vec<EntryPoint> = parts.into_iter().flatten().collect();
    unmounted::drop_unmounted(world, &mut entries);
    let mounts = mounts::collect(world);
    mounts::complete(&mounts, &mut entries);
    development::set_apart(world.files, &mounts, &mut entries);
    take_in_documents(&mut entries);
    entries.extend(told(world, &entries, options));
    let mut seen = FxHashSet::default();
    entries.retain(|entry| seen.insert((entry.function, entry.context, entry.label.clone())));
    entries
}

/// Functions that run per request because somebody said so, or each named one as if a handler called it.
fn told(world: World<'_>, known: &[EntryPoint], options: &Options) -> Vec<EntryPoint> {
    if !options.assume_request && options.request_entries.is_empty() {
        return Vec::new();
    }
    let known: FxHashSet<FnRef> =
        known.iter().filter(|entry| entry.context != Context::Startup).map(|entry| entry.function).collect();
    let mut entries = Vec::new();
    for (number, file) in world.files.iter().enumerate() {
        let file_id = FileId(number as u32);
        for (number, function) in file.functions.iter().enumerate() {
            let function_ref = FnRef { file: file_id, id: FnId(number as u32) };
            let is_named =
                matches!(function.kind, FunctionKind::Named | FunctionKind::Method { .. } | FunctionKind::Getter);
            let is_told = options.is_request_entry(file, function_ref.id);
            let is_assumed = options.assume_request && is_named && !function.is_test;
            if (is_told || is_assumed) && !known.contains(&function_ref) {
                let why = if is_told { "said" } else { "assumed" };
                entries.push(EntryPoint::plain(
                    function_ref,
                    (Context::Request, Lane::Auto),
                    format!("{} ({why} to run per request)", function.name),
                    (file_id, function.name_span),
                ));
            }
        }
    }
    entries
}

/// What documents handlers tells their methods and paths. It makes handlers of functions only where nothing is seen to register
/// any.
fn take_in_documents(entries: &mut Vec<EntryPoint>) {
    let (documents, mut registered): (Vec<_>, Vec<_>) = entries.drain(..).partition(|entry| entry.documents);
    let labels: FxHashMap<FnRef, &str> = documents.iter().map(|entry| (entry.function, &*entry.label)).collect();
    for entry in &mut registered {
        if let Some(label) = labels.get(&entry.function).filter(|label| labels::says_less(&entry.label, label)) {
            (*label).clone_into(&mut entry.label);
        }
    }
    let serves = registered.iter().any(|entry| entry.context == Context::Request);
    *entries = registered;
    entries.extend(documents.into_iter().filter(|_| !serves));
}

pub(crate) use schedules::tell_scheduled_from_asked;
pub(crate) use unstarted::tell_scripts;

/// What starts in a package that serves nothing is a script: a command-line tool, a build step.
pub(crate) fn tell_servers_from_tools(
    entries: &mut [EntryPoint],
    files: &[File],
    manifests: &BTreeMap<String, String>,
) {
    let roots: FxHashSet<&str> =
        manifests.keys().map(|path| path.rsplit_once('/').map_or("", |(folder, _)| folder)).collect();
    let root_of = |file: FileId| -> &str {
        let mut folder = files[file.0 as usize].path.as_str();
        while let Some((parent, _)) = folder.rsplit_once('/') {
            if roots.contains(parent) {
                return parent;
            }
            folder = parent;
        }
        ""
    };
    let serves = |entry: &&EntryPoint| matches!(entry.context, Context::Request | Context::Connection | Context::Job);
    let servers: FxHashSet<&str> = entries.iter().filter(serves).map(|entry| root_of(entry.file)).collect();
    for entry in entries.iter_mut().filter(|entry| entry.context == Context::Startup) {
        if !servers.contains(root_of(entry.file)) {
            entry.context = Context::Script;
        }
    }
}

struct Collector<'a> {
    world: World<'a>,
    file_id: FileId,
    file: &'a File,
    role: Role,
    /// Classes of which clients are given several objects.
    listed: &'a FxHashSet<ClassRef>,
    /// The functions in functions that decorate.
    parts: FxHashMap<FnRef, Vec<FnId>>,
    found: Vec<EntryPoint>,
}

impl<'a> Collector<'a> {
    fn new(world: World<'a>, file_id: FileId, listed: &'a FxHashSet<ClassRef>) -> Self {
        let file = &world.files[file_id.0 as usize];
        Self {
            world,
            file_id,
            file,
            role: role_of(file.path.as_str()),
            listed,
            parts: FxHashMap::default(),
            found: Vec::new(),
        }
    }

    fn collect(mut self) -> Vec<EntryPoint> {
        self.module();
        for number in 0..self.file.functions.len() {
            self.decorated(FnId(number as u32));
        }
        for number in 0..self.file.functions.len() {
            for site in self.world.indexes[self.file_id.0 as usize].sites_of(FnId(number as u32)) {
                self.registered(site.call);
            }
        }
        for number in 0..self.file.classes.len() {
            self.derived(ClassRef { file: self.file_id, id: ir::ClassId(number as u32) });
        }
        self.implemented();
        self.by_convention();
        self.described();
        let serves = |entry: &EntryPoint| matches!(entry.context, Context::Request | Context::Connection);
        if is_of_client(self.file, self.library()) && !self.found.iter().any(serves) {
            return Vec::new();
        }
        self.found
    }

    fn push(&mut self, function: FnRef, entry: &Entry, label: String, span: Span) {
        self.push_at(function, entry, label, self.file_id, span);
    }

    /// When something runs, by what the file is.
    fn in_this_file(&self, context: Context) -> Context {
        match (context, self.role) {
            (_, Role::Test) => Context::Test,
            (Context::Request | Context::Connection, Role::Script) if is_tool(self.file.path.as_str()) => {
                Context::Script
            }
            (context, _) => context,
        }
    }

    fn push_at(&mut self, function: FnRef, entry: &Entry, label: String, file: FileId, span: Span) {
        self.found.push(EntryPoint {
            function,
            context: self.in_this_file(entry.context),
            lane: entry.lane,
            runtime: entry.runtime,
            catches: entry.catches,
            per_item: entry.per_item,
            is_listed: false,
            documents: entry.documents,
            consumes: entry.consumes,
            label,
            file,
            span,
        });
    }

    /// The module body runs when the program starts.
    fn module(&mut self) {
        let context = match self.role {
            Role::App => Context::Startup,
            Role::Script => Context::Script,
            Role::Test => Context::Test,
        };
        let mut own = |function: FnId, label: &str| {
            self.found.push(EntryPoint::plain(
                FnRef { file: self.file_id, id: function },
                (context, Lane::Thread),
                label.to_owned(),
                (self.file_id, self.file.function(function).name_span),
            ));
        };
        own(FnId::MODULE, "start-up");
        for (number, function) in self.file.functions.iter().enumerate() {
            let id = FnId(number as u32);
            if function.kind == FunctionKind::ClassBody
                || function.name == "main" && function.parent == Some(FnId::MODULE) && function.class.is_none()
            {
                own(id, "start-up");
            }
        }
        for (number, function) in self.file.functions.iter().enumerate() {
            if function.is_test {
                self.found.push(EntryPoint::plain(
                    FnRef { file: self.file_id, id: FnId(number as u32) },
                    (Context::Test, Lane::Thread),
                    "test".to_owned(),
                    (self.file_id, function.name_span),
                ));
            }
        }
    }

    fn decorated(&mut self, id: FnId) {
        let function = self.file.function(id);
        for decorator in &function.decorators {
            let (callee, args): (ExprId, &[Arg]) = match &self.file.expr(*decorator).kind {
                ExprKind::Call { callee, args, .. } => (*callee, args),
                _ => (*decorator, &[]),
            };
            let (own, span) = (FnRef { file: self.file_id, id }, self.file.expr(*decorator).span);
            for atom in self.value(callee) {
                match *atom {
                    Atom::Path(path) => {
                        let Some(entry) = self.library().entry_decorator(path) else { continue };
                        let label = match entry.documents {
                            true => self.documented(entry, args),
                            false => self.below_class(id, entry, self.label(entry, path, args, None)),
                        };
                        self.push(own, entry, label, span);
                    }
                    Atom::Function(made_by) => {
                        for (entry, label) in self.forwarded(made_by, args) {
                            self.push(own, entry, label, span);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn registered(&mut self, call: ExprId) {
        let ExprKind::Call { callee, args, .. } = &self.file.expr(call).kind else { return };
        for atom in self.value(*callee) {
            let Some(path) = called_path(*atom) else { continue };
            let Some(entry) = self.library().entry_call(path) else { continue };
            let label = self.label(entry, path, args, Some(call));
            let span = self.head_span(*callee, args);
            for (position, arg) in args.iter().enumerate() {
                if entry.per_item.is_some() {
                    self.push_resolvers(entry, arg.value, &label, span);
                } else if entry.handler_argument.is_none_or(|handler| handler == position) {
                    for function in self.handlers(arg.value, 0) {
                        self.push(function, entry, label.clone(), span);
                    }
                }
            }
        }
    }

    fn push_resolvers(&mut self, entry: &Entry, argument: ExprId, label: &str, span: Span) {
        for (function, is_per_item) in self.resolvers(argument) {
            self.push(function, entry, label.to_owned(), span);
            if let Some(last) = self.found.last_mut() {
                last.per_item = entry.per_item.filter(|_| is_per_item);
            }
        }
    }

    fn derived(&mut self, class: ClassRef) {
        let bases = self.world.classes.library_bases(class);
        let decorators = self.file.class(class.id).decorators.clone();
        if bases.is_empty() && decorators.is_empty() {
            return;
        }
        let library = self.library();
        let ancestors: FxHashSet<Symbol> = bases.iter().flat_map(|base| library.lineage(*base)).collect();
        for entry in &library.entries {
            let by_base = entry.classes.iter().any(|known| ancestors.contains(known));
            let by_decorator = !entry.class_decorators.is_empty()
                && decorators.iter().any(|decorator| {
                    let (callee, args): (ExprId, &[Arg]) = match &self.file.expr(*decorator).kind {
                        ExprKind::Call { callee, args, .. } => (*callee, args),
                        _ => (*decorator, &[]),
                    };
                    let is_one =
                        |atom: &Atom| matches!(atom, Atom::Path(path) if entry.class_decorators.contains(path));
                    self.value(callee).iter().any(is_one)
                        && entry.only_if.iter().all(|(name, text)| option_is(self.file, args, *name, text))
                });
            if !by_base && !by_decorator {
                continue;
            }
            let own = self.world.classes.all_methods(self.world.files, class);
            let inherited = self.world.classes.methods_of_mixins(self.world.files, class).into_iter();
            let inherited = inherited.filter(|(name, _)| entry.methods.contains(name));
            for (name, method) in own.into_iter().chain(inherited) {
                let is_public = !name.starts_with('_') || entry.methods.contains(&name);
                let is_handler =
                    entry.methods.contains(&name) || is_public && entry.methods.iter().any(|method| *method == "*");
                if is_handler {
                    let verb = if VERBS.contains(&name.as_str()) { name.to_uppercase() } else { name.to_string() };
                    let label = format!("{verb} {} ({})", self.file.class(class.id).name, entry.noun);
                    let span = self.world.files[method.file.0 as usize].function(method.id).name_span;
                    self.push_at(method, entry, label, method.file, span);
                }
            }
        }
    }

    fn value(&self, id: ExprId) -> &'a [Atom] {
        self.world.values[self.file_id.0 as usize].expr(id)
    }

    fn library(&self) -> &'a crate::models::Library {
        self.world.models.of(self.file.language)
    }
}
