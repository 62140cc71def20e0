//! The solved program: what rules ask.

mod addresses;
mod advice;
mod amounts;
mod arguments;
mod asked;
mod behind;
mod bounds;
mod callees;
mod covered;
mod downloads;
mod enclosing;
mod evidence;
mod facts;
mod fallbacks;
mod keys;
mod lifetime;
mod lookups;
mod mentions;
mod objects;
mod options;
mod pauses;
mod pools;
mod processes;
mod queried;
mod reads;
mod resolvers;
mod results;
mod rounds;
mod sent;
mod service;
mod settings;
mod staff;
mod starting;
mod streams;
mod tables;
mod tasks;
mod timers;
mod tools;
mod users;

pub(crate) use callees::Callees;
pub use covered::Covered;
pub use enclosing::Surroundings;
pub use facts::Options;
pub use options::{Given, OptionSet};
pub use processes::Several;
pub use results::DroppedPromise;
pub use service::App;
pub use settings::SettingUse;
pub use starting::DevStart;
pub use streams::PipedStream;
pub use timers::End;
pub use users::Users;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use ir::{ExprKind, File, FunctionKind, Span, Symbol};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::calls::{CallGraph, CallModels, Edge, definition, model_of, models_of_calls};
use crate::contexts::{Contexts, State};
use crate::deployment::{StartCommand, start_commands};
use crate::entries::{self, EntryPoint};
use crate::growth::{self, Growth, Kept, Memo, Touched};
use crate::held::{self, Hold, LockHold};
use crate::ids::{ClassRef, ExprRef, FileId, FnRef};
use crate::index::{FileIndex, Site, index_file};
use crate::lifecycle::{self, Leak, OpenTransaction};
use crate::link::{Links, link};
use crate::models::{Call, Context, Library, Models};
use crate::processes::{Started, started};
use crate::provisions::Provisions;
use crate::queries::{self, QueryUse};
use crate::rejections::{self, Rejects};
use crate::roles::{Role, is_for_development, role_of};
use crate::rows::{self, RowUses};
use crate::schema;
use crate::templates::{self, Template};
use crate::unused::without_unused_tests;
use crate::values::{self, Atom, Classes, FileValues, Flows, World};

/// A call of something that a model describes.
#[derive(Clone, Copy, Debug)]
pub struct LibraryCall<'m> {
    pub at: ExprRef,
    pub function: FnRef,
    pub site: Site,
    pub model: &'m Call,
}

/// A whole program, read and solved.
#[derive(Debug)]
pub struct Program<'m> {
    /// Sorted by path.
    pub files: Vec<File>,
    roles: Vec<Role>,
    pub(crate) indexes: Vec<FileIndex>,
    links: Links,
    models: &'m Models,
    values: Vec<FileValues>,
    classes: Classes,
    flows: Flows,
    call_models: Vec<CallModels<'m>>,
    pub(crate) callees: Callees,
    graph: CallGraph,
    entries: Vec<EntryPoint>,
    /// Entries by the function that they call.
    entries_of: FxHashMap<FnRef, Vec<u32>>,
    contexts: Contexts,
    edge_files: FxHashSet<FileId>,
    calls: Vec<LibraryCall<'m>>,
    leaks: Vec<Leak>,
    pub(crate) touched: Touched,
    growths: Vec<Growth>,
    /// One call of the application makes a pool: whatever holds one, it is that.
    pub(crate) has_one_pool: bool,
    holds: Vec<Hold>,
    lock_holds: Vec<LockHold>,
    /// Functions whose errors leave them.
    rejecting: FxHashMap<FnRef, Rejects>,
    queries: Vec<QueryUse>,
    nested: Vec<QueryUse>,
    rows: RowUses,
    /// The database's tables.
    known: schema::Known,
    /// Functions that make objects of a class.
    constructions: FxHashMap<ClassRef, Vec<FnRef>>,
    /// Classes of the state that a framework hands to all handlers.
    state_classes: FxHashSet<ClassRef>,
    /// Functions that add rows, by table or entity in lower case.
    insertions: FxHashMap<Symbol, Vec<FnRef>>,
    /// Tables that only those who run the service fill, found out when a rule asks.
    filled_by_staff: OnceLock<FxHashSet<Symbol>>,
    provisions: Provisions,
    templates: Vec<Template>,
    options: Options,
    start_commands: Vec<StartCommand>,
    /// What starts it several times.
    started: Vec<Started<'m>>,
}

impl<'m> Program<'m> {
    /// Links and solves. `manifests` are paths and texts of the files that [`is_manifest`](crate::is_manifest) names.
    pub fn solve(mut files: Vec<File>, manifests: Vec<(String, String)>, models: &'m Models, options: Options) -> Self {
        files.sort_by_key(|file| file.path);
        let mut manifests: BTreeMap<String, String> = manifests.into_iter().collect();
        if !options.keeps_tests {
            files = without_unused_tests(files, &manifests);
        }
        let templates = templates::take(&mut manifests);
        let start_commands = start_commands(&manifests);
        let started = started(&manifests, models);
        let deployment = manifests.clone();
        let (provisions, mut indexes): (_, Vec<FileIndex>) = rayon::join(
            || Provisions::solve(&files, &mut manifests, models),
            || files.par_iter().map(index_file).collect(),
        );
        let links = link(&files, &manifests, models);
        let roles: Vec<Role> = files.par_iter().map(|file| role_of(file.path.as_str())).collect();
        let (values, classes, flows) = values::solve(&files, &indexes, &links, models, &roles);
        let (call_models, callees) = rayon::join(
            || models_of_calls(&files, &values, models),
            || Callees::solve(&files, &indexes, &values, &classes),
        );
        crate::absent::drop_unreached(&files, &mut indexes, &values, &callees);
        let mut program = Self {
            roles,
            files,
            indexes,
            links,
            models,
            values,
            classes,
            flows,
            call_models,
            callees,
            graph: CallGraph::default(),
            entries: Vec::new(),
            entries_of: FxHashMap::default(),
            contexts: Contexts::default(),
            edge_files: FxHashSet::default(),
            calls: Vec::new(),
            leaks: Vec::new(),
            touched: Touched::default(),
            growths: Vec::new(),
            has_one_pool: false,
            holds: Vec::new(),
            lock_holds: Vec::new(),
            rejecting: FxHashMap::default(),
            queries: Vec::new(),
            nested: Vec::new(),
            rows: RowUses::default(),
            known: schema::Known::default(),
            constructions: FxHashMap::default(),
            state_classes: FxHashSet::default(),
            insertions: FxHashMap::default(),
            filled_by_staff: OnceLock::new(),
            provisions,
            templates,
            options,
            start_commands,
            started,
        };
        program.graph = CallGraph::build(program.world());
        program.entries = entries::collect(program.world(), &program.options);
        entries::tell_scheduled_from_asked(&mut program.entries, &deployment);
        entries::tell_servers_from_tools(&mut program.entries, &program.files, &manifests);
        entries::tell_scripts(&mut program.entries, &program.files, &program.links, &deployment);
        for (number, entry) in program.entries.iter().enumerate() {
            program.entries_of.entry(entry.function).or_default().push(number as u32);
        }
        program.contexts = Contexts::solve(program.world(), &program.graph, &program.entries);
        program.edge_files = program.find_edge_files();
        program.calls = program.collect_calls();
        program.started.extend(program.started_by_code());
        program.known = schema::collect(&program);
        program.constructions = program.collect_constructions();
        program.state_classes = program.find_state_classes();
        program.has_one_pool = held::has_one_pool(&program);
        // None of these asks for what another one finds.
        let ((leaks, (touched, growths)), (held, (rejecting, queries))) = rayon::join(
            || rayon::join(|| lifecycle::solve(&program), || growth::solve(&program)),
            || {
                rayon::join(
                    || held::solve(&program),
                    || rayon::join(|| rejections::solve(&program), || queries::solve(&program)),
                )
            },
        );
        (program.leaks, program.touched, program.growths) = (leaks, touched, growths);
        (program.holds, program.lock_holds) = held;
        (program.rejecting, program.queries) = (rejecting, queries);
        program.nested = queries::nested::solve(&program);
        program.rows = rows::solve(&program);
        program.insertions = queries::insertions(&program);
        program
    }

    pub(crate) fn world(&self) -> World<'_> {
        World {
            files: &self.files,
            indexes: &self.indexes,
            links: &self.links,
            models: self.models,
            values: &self.values,
            classes: &self.classes,
            flows: &self.flows,
            calls: &self.call_models,
        }
    }

    fn collect_calls(&self) -> Vec<LibraryCall<'m>> {
        self.each_site(|site, at| {
            let model = self.call_models[at.file.0 as usize].get(&at.id).filter(|model| model.path.is_some())?;
            Some(LibraryCall { at, function: FnRef { file: at.file, id: site.function }, site: *site, model })
        })
    }

    // What rules ask.

    /// Every call of a modelled function, by file and position.
    pub fn calls(&self) -> &[LibraryCall<'m>] {
        &self.calls
    }

    /// Resources that some path does not release.
    pub fn leaks(&self) -> &[Leak] {
        &self.leaks
    }

    /// Whether the text that a call sends begins a transaction.
    pub fn begins_transaction(&self, call: ExprRef) -> bool {
        self.event(call).is_some_and(lifecycle::begins_transaction)
    }

    /// Transactions begun by hand that some path leaves open, by file and position.
    pub fn open_transactions(&self) -> Vec<OpenTransaction> {
        lifecycle::open_transactions(self)
    }

    /// Shared collections that requests make longer and nothing makes shorter.
    pub fn growths(&self) -> &[Growth] {
        &self.growths
    }

    /// Shared collections that one handler writes and another reads, by file and place.
    pub fn kept(&self) -> Vec<Kept> {
        growth::kept(self)
    }

    /// Connections that are held while something slow runs.
    pub fn holds(&self) -> &[Hold] {
        &self.holds
    }

    /// Locks that are held while something is awaited, by file and function.
    pub fn lock_holds(&self) -> &[LockHold] {
        &self.lock_holds
    }

    /// Functions whose results are all kept, for arguments that requests decide.
    pub fn memos(&self) -> Vec<Memo> {
        growth::memos(self)
    }

    pub fn entries(&self) -> &[EntryPoint] {
        &self.entries
    }

    /// Whether the program serves requests or connections.
    pub fn is_server(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry.context, Context::Request | Context::Connection))
    }

    pub fn file(&self, id: FileId) -> &File {
        &self.files[id.0 as usize]
    }

    pub fn listing(&self, id: FileId) -> &FileIndex {
        &self.indexes[id.0 as usize]
    }

    pub fn value(&self, expr: ExprRef) -> &[Atom] {
        self.values[expr.file.0 as usize].expr(expr.id)
    }

    /// The model of a call, if the call is of something modelled.
    pub fn model(&self, call: ExprRef) -> Option<&Call> {
        model_of(self.world(), call)
    }

    /// What a name was assigned once, in whichever file.
    pub(crate) fn definition(&self, name: ExprRef) -> Option<ExprRef> {
        definition(self.world(), name)
    }

    /// Whether a call handles an error, or stands on the way to throwing one.
    pub fn is_exceptional(&self, call: ExprRef) -> bool {
        self.listing(call.file).site(call.id).is_some_and(|site| site.is_exceptional)
    }

    pub fn calls_from(&self, function: FnRef) -> &[Edge] {
        self.graph.calls_from(function)
    }

    pub fn calls_into(&self, function: FnRef) -> &[Edge] {
        self.graph.calls_into(function)
    }

    /// The ways in which a function runs.
    pub fn states(&self, function: FnRef) -> impl Iterator<Item = State> {
        self.contexts.states(function)
    }

    /// Whether the function runs in one of the wanted ways.
    pub fn runs(&self, function: FnRef, wanted: impl Fn(State) -> bool) -> bool {
        self.states(function).any(wanted)
    }

    /// The models of a file's language.
    pub(crate) fn library(&self, file: FileId) -> &'m Library {
        self.models.of(self.file(file).language)
    }

    /// Whether another function of the same file runs in a wanted way.
    pub fn has_neighbour_that_runs(&self, function: FnRef, wanted: impl Fn(State) -> bool) -> bool {
        let functions = 0..self.file(function.file).functions.len() as u32;
        functions.map(|id| FnRef { id: ir::FnId(id), ..function }).any(|other| self.runs(other, &wanted))
    }

    pub fn is_constructor(&self, function: FnRef) -> bool {
        self.file(function.file).function(function.id).kind == FunctionKind::Constructor
    }

    pub fn is_test_file(&self, path: Symbol) -> bool {
        role_of(path.as_str()) == Role::Test
    }

    pub fn is_for_development(&self, file: FileId) -> bool {
        is_for_development(self.file(file).path.as_str())
    }

    pub fn role(&self, file: FileId) -> Role {
        self.roles[file.0 as usize]
    }

    pub fn expr_span(&self, expr: ExprRef) -> Span {
        self.file(expr.file).expr(expr.id).span
    }

    pub fn kind(&self, expr: ExprRef) -> &ExprKind {
        &self.file(expr.file).expr(expr.id).kind
    }
}
