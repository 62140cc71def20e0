//! The call graph: who runs whom, and how (in line, per element, as a task, on a thread, once, …).

mod callbacks;
mod dependencies;
mod models;

use ir::{Arg, CallKind, ExprId, ExprKind, File, FnId, Symbol};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use callbacks::Callbacks;
pub(crate) use callbacks::is_per_element;
pub(crate) use models::{CallModels, choose, find_model, macro_path, model_of, models_of_calls};

use crate::ids::{BindingRef, ExprRef, FileId, FnRef};
use crate::index::Site;
use crate::link::Target;
use crate::models::{Call, Runs};
use crate::stages::developed;
use crate::values::{Atom, World};

/// One function runs another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Edge {
    pub from: FnRef,
    pub to: FnRef,
    pub at: ExprRef,
    pub how: Runs,
    /// Once per element of something whose size the code does not bound.
    pub in_loop: bool,
    /// The call handles an error, or is on the way to throwing one.
    pub is_exceptional: bool,
}

/// Edges by caller and by callee.
#[derive(Debug, Default)]
pub(crate) struct CallGraph {
    out: FxHashMap<FnRef, Vec<Edge>>,
    into: FxHashMap<FnRef, Vec<Edge>>,
}

impl CallGraph {
    pub(crate) fn calls_from(&self, function: FnRef) -> &[Edge] {
        self.out.get(&function).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn calls_into(&self, function: FnRef) -> &[Edge] {
        self.into.get(&function).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn build(world: World<'_>) -> Self {
        let called = callbacks::called_parameters(world);
        let parts: Vec<Vec<Edge>> = (0..world.files.len())
            .into_par_iter()
            .map(|number| FileEdges::new(world, &called, FileId(number as u32)).collect())
            .collect();
        let edges_by = |end: fn(&Edge) -> FnRef| {
            let mut edges: FxHashMap<FnRef, Vec<Edge>> = FxHashMap::default();
            parts.iter().flatten().for_each(|edge| edges.entry(end(edge)).or_default().push(*edge));
            edges
        };
        let (out, into) = rayon::join(|| edges_by(|edge| edge.from), || edges_by(|edge| edge.to));
        Self { out, into }
    }
}

struct FileEdges<'a> {
    world: World<'a>,
    called: &'a Callbacks,
    file_id: FileId,
    file: &'a File,
    edges: Vec<Edge>,
}

impl<'a> FileEdges<'a> {
    fn new(world: World<'a>, called: &'a Callbacks, file_id: FileId) -> Self {
        Self { world, called, file_id, file: &world.files[file_id.0 as usize], edges: Vec::new() }
    }

    fn collect(mut self) -> Vec<Edge> {
        // What is called only there runs for no user.
        let apart = developed(self.file);
        let file = self.file;
        let is_apart = |site: &Site| apart.iter().any(|region| region.contains(file.expr(site.call).span));
        for number in 0..self.file.functions.len() {
            let id = FnId(number as u32);
            for site in self.world.indexes[self.file_id.0 as usize].sites_of(id) {
                if apart.is_empty() || !is_apart(site) {
                    self.site(*site);
                }
            }
            self.dependencies(id);
        }
        let mut seen = FxHashSet::default();
        self.edges.retain(|edge| seen.insert((edge.from, edge.to, edge.how, edge.in_loop, edge.is_exceptional)));
        self.edges
    }

    fn site(&mut self, site: Site) {
        let ExprKind::Call { callee, args, .. } = &self.file.expr(site.call).kind else { return };
        let callees = self.value(*callee);
        let mut is_project = false;
        for atom in callees {
            let target = match atom {
                Atom::Function(function) => Some(*function),
                Atom::Class(class) => self.world.classes.constructor(self.world.files, *class),
                _ => None,
            };
            is_project |= matches!(atom, Atom::Function(_) | Atom::Class(_));
            // What a parameter is called with is run by whoever passes it: else each caller of a helper would run the
            // callbacks of all.
            if let Some(target) = target.filter(|_| !self.calls_parameter(site.call)) {
                let how = self.how_called(site, target);
                self.edge(site, target, how, false);
                self.callbacks(site, target, args);
            }
        }
        if !is_project {
            self.passed_functions(site, *callee, args);
        }
    }

    /// Functions among the arguments of a project function that calls them.
    fn callbacks(&mut self, site: Site, target: FnRef, args: &[Arg]) {
        let params = &self.world.files[target.file.0 as usize].function(target.id).params;
        for (position, arg) in args.iter().enumerate() {
            let index = match arg.name {
                Some(name) => params.iter().position(|param| param.name == name),
                None => Some(position),
            };
            let called = index.and_then(|index| self.called.get(&(target, index)).copied());
            if let Some(called) = called {
                self.functions_of(site, arg.value, called.how, called.in_loop, 3);
            }
        }
    }

    /// How a call of a project function runs it: in line, unless the call is handed to something that runs it otherwise
    /// (`create_task(work())`), or its promise is dropped.
    fn how_called(&self, site: Site, target: FnRef) -> Runs {
        let function = self.world.files[target.file.0 as usize].function(target.id);
        if self.is_memoized(target) {
            return Runs::Once;
        }
        if is_queued(self.world, target) {
            return Runs::Queue;
        }
        if !function.is_async || site.is_awaited {
            return Runs::Inline;
        }
        let index = &self.world.indexes[self.file_id.0 as usize];
        match index.parent(site.call).map(|parent| (parent, &self.file.expr(parent).kind)) {
            Some((parent, ExprKind::Call { args, .. })) if args.iter().any(|arg| arg.value == site.call) => {
                self.model(parent).and_then(|call| call.runs).unwrap_or(Runs::Inline)
            }
            // A module's own `main()` is start-up, awaited or not.
            _ if site.function == FnId::MODULE => Runs::Inline,
            Some((_, ExprKind::Member { name, .. })) if *name == "catch" && self.is_dropped(site.call) => Runs::Task,
            // `void work()`.
            Some((parent, ExprKind::Unary { .. })) if index.discarded.contains(&parent) => Runs::Task,
            None if index.discarded.contains(&site.call) => Runs::Task,
            _ => Runs::Inline,
        }
    }

    fn is_dropped(&self, call: ExprId) -> bool {
        is_dropped(self.world, ExprRef { file: self.file_id, id: call })
    }

    fn calls_parameter(&self, call: ExprId) -> bool {
        match self.file.expr(call).kind {
            ExprKind::Call { callee, .. } => self.is_parameter(callee),
            _ => false,
        }
    }

    fn is_parameter(&self, expr: ExprId) -> bool {
        let is_own = match self.file.expr(expr).kind {
            ExprKind::Local(binding) => self.file.binding(binding).kind == ir::BindingKind::Param,
            _ => false,
        };
        is_own || !callbacks::parameters(self.world, self.file_id, expr).is_empty()
    }

    fn is_memoized(&self, function: FnRef) -> bool {
        is_memoized(self.world, function)
    }

    /// Functions among the arguments of a library call, or of one that is not known.
    fn passed_functions(&mut self, site: Site, callee: ExprId, args: &[Arg]) {
        let library = self.world.models.of(self.file.language);
        let mut paths = self.value(callee).iter().filter_map(|atom| called_path(*atom));
        let is_entry = paths.any(|path| library.entry_call(path).is_some());
        if is_entry {
            return;
        }
        let model = self.model(site.call);
        let how = model.and_then(|call| call.runs).unwrap_or(Runs::Inline);
        if how == Runs::Never {
            return;
        }
        let member = match self.file.expr(callee).kind {
            ExprKind::Member { base, name, .. } => Some((base, name)),
            _ => None,
        };
        let per_element = (how == Runs::Each || model.is_none() && is_per_element(library, self.file, callee))
            && !self.is_member_of_few(callee);
        let only = model.and_then(|call| call.runs_argument);
        for (position, arg) in args.iter().enumerate() {
            if is_element(self.file, site.call) {
                self.functions_of_element(site, arg.value);
            } else if only.is_none_or(|only| only == position) {
                self.functions_of(site, arg.value, how, per_element, 0);
            }
        }
        // `task.delay(…)`: the function is the receiver.
        if let (Some((base, _)), Some(_)) = (member, model.and_then(|call| call.runs)) {
            for atom in self.value(base) {
                if let Atom::Function(function) = atom {
                    self.edge(site, *function, how, false);
                }
            }
        }
    }

    fn functions_of(&mut self, site: Site, value: ExprId, how: Runs, per_element: bool, depth: u32) {
        // What is handed on is run by whoever passes it in.
        if self.is_parameter(value) {
            return;
        }
        let atoms = self.value(value);
        for atom in atoms {
            if let Atom::Function(function) = atom {
                let how = if self.is_memoized(*function) { Runs::Once } else { how };
                self.edge(site, *function, how, per_element);
            }
        }
        if depth > 3 {
            return;
        }
        match &self.file.expr(value).kind {
            ExprKind::List(items) => {
                items.iter().for_each(|item| self.functions_of(site, *item, how, per_element, depth + 1))
            }
            ExprKind::Record(entries) => {
                for entry in entries {
                    // The end of a streamed answer.
                    let is_last = how == Runs::Inline && entry.key.is_some_and(|key| key == "onFinish");
                    let how = if is_last { Runs::AfterResponse } else { how };
                    self.functions_of(site, entry.value, how, per_element, depth + 1);
                }
            }
            _ => {}
        }
    }

    /// An element calls the functions among its attributes while it renders, but those for events in the browser.
    fn functions_of_element(&mut self, site: Site, attributes: ExprId) {
        let ExprKind::Record(entries) = &self.file.expr(attributes).kind else { return };
        for entry in entries.iter().filter(|entry| !entry.key.is_some_and(is_event)) {
            self.functions_of(site, entry.value, Runs::Inline, false, 0);
        }
    }

    /// `["day", "week"].map`.
    fn is_member_of_few(&self, callee: ExprId) -> bool {
        let ExprKind::Member { base, .. } = self.file.expr(callee).kind else { return false };
        self.world.indexes[self.file_id.0 as usize].is_of_few(self.file, base)
    }

    fn edge(&mut self, site: Site, to: FnRef, how: Runs, per_element: bool) {
        let how = if site.is_once { Runs::Once } else { how };
        self.edges.push(Edge {
            from: FnRef { file: self.file_id, id: site.function },
            to,
            at: ExprRef { file: self.file_id, id: site.call },
            how,
            in_loop: site.in_loop || per_element,
            is_exceptional: site.is_exceptional,
        });
    }

    fn value(&self, id: ExprId) -> &'a [Atom] {
        self.world.values[self.file_id.0 as usize].expr(id)
    }

    fn model(&self, call: ExprId) -> Option<&'a Call> {
        model_of(self.world, ExprRef { file: self.file_id, id: call })
    }
}

/// Whether nobody takes the last promise of the chain that the call begins.
fn is_dropped(world: World<'_>, call: ExprRef) -> bool {
    let file = &world.files[call.file.0 as usize];
    let index = &world.indexes[call.file.0 as usize];
    let mut at = call.id;
    while let Some(parent) = index.parent(at) {
        match file.expr(parent).kind {
            ExprKind::Member { base, .. } if base == at => at = parent,
            ExprKind::Call { callee, .. } if callee == at => at = parent,
            ExprKind::Unary { .. } => at = parent,
            _ => return false,
        }
    }
    index.discarded.contains(&at)
}

fn is_element(file: &File, call: ExprId) -> bool {
    matches!(file.expr(call).kind, ExprKind::Call { kind: CallKind::Element, .. })
}

/// `onClick` and its like, and what a form sends to when somebody submits it.
fn is_event(attribute: Symbol) -> bool {
    matches!(attribute.as_str(), "action" | "formAction")
        || attribute.strip_prefix("on").is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()))
}

/// Whether a decorator, or the call that it is written in, makes the function run once a process (or once per distinct
/// arguments).
pub(crate) fn is_memoized(world: World<'_>, function: FnRef) -> bool {
    let file = &world.files[function.file.0 as usize];
    let index = &world.indexes[function.file.0 as usize];
    let memoizes = |callee: ExprId| {
        world.values[function.file.0 as usize].expr(callee).iter().any(|atom| match atom {
            Atom::Path(path) => world.models.of(file.language).call(*path).is_some_and(|call| call.memoizes),
            _ => false,
        })
    };
    let decorators = file.function(function.id).decorators.iter().map(|decorator| match &file.expr(*decorator).kind {
        ExprKind::Call { callee, .. } => *callee,
        _ => *decorator,
    });
    let around = index.closures.get(&function.id).and_then(|written| match index.parent(*written) {
        Some(parent) => match &file.expr(parent).kind {
            ExprKind::Call { callee, args, .. } if args.first().is_some_and(|arg| arg.value == *written) => {
                Some(*callee)
            }
            _ => None,
        },
        None => None,
    });
    decorators.chain(around).any(memoizes)
}

/// Whether a decorator makes calls of the function go into a queue, itself or as a function of the project that wraps it.
fn is_queued(world: World<'_>, function: FnRef) -> bool {
    let file = &world.files[function.file.0 as usize];
    let decorators = file.function(function.id).decorators.iter();
    decorators.into_iter().any(|decorator| queues(world, ExprRef { file: function.file, id: *decorator }, 0))
}

/// Whether what an expression gives, or is called with, is a queue's wrapper: `queue.task`, `queue.task(retries=3)`, or a
/// function of the project that returns `queue.task(…)(f)`.
fn queues(world: World<'_>, value: ExprRef, depth: u32) -> bool {
    const MAX_DEPTH: u32 = 5;
    let file = &world.files[value.file.0 as usize];
    if depth > MAX_DEPTH {
        return false;
    }
    if let ExprKind::Call { callee, .. } = file.expr(value.id).kind {
        return queues(world, ExprRef { file: value.file, id: callee }, depth + 1);
    }
    world.values[value.file.0 as usize].expr(value.id).iter().any(|atom| match *atom {
        Atom::Path(path) => {
            let model = world.models.of(file.language).call(path);
            model.is_some_and(|model| model.runs == Some(Runs::Queue) && model.runs_argument.is_none())
        }
        Atom::Function(function) => {
            let returned = &world.indexes[function.file.0 as usize].returns[function.id.0 as usize];
            returned.iter().any(|id| queues(world, ExprRef { file: function.file, id: *id }, depth + 1))
        }
        _ => false,
    })
}

/// What a name was assigned once, in whichever file.
pub(crate) fn definition(world: World<'_>, name: ExprRef) -> Option<ExprRef> {
    let (own, target) = match world.files[name.file.0 as usize].expr(name.id).kind {
        ExprKind::Local(binding) => {
            let own = BindingRef { file: name.file, id: binding };
            (Some(own), world.links.imported(own))
        }
        ExprKind::Global(ambient) => (None, world.links.ambient(name.file, ambient).0),
        _ => return None,
    };
    match target {
        Some(Target::Binding(binding)) => definition_of(world, binding),
        Some(Target::Value(value)) => Some(value),
        Some(_) => None,
        None => definition_of(world, own?),
    }
}

/// What a binding was assigned once.
pub(crate) fn definition_of(world: World<'_>, at: BindingRef) -> Option<ExprRef> {
    match world.indexes[at.file.0 as usize].defs.get(&at.id)?.as_slice() {
        [def] if def.parts.is_empty() => Some(ExprRef { file: at.file, id: def.value }),
        _ => None,
    }
}

/// The library's path of what is called with a value: a function, or an instance that can be called.
pub(crate) fn called_path(callee: Atom) -> Option<Symbol> {
    match callee {
        Atom::Path(path) => Some(path),
        Atom::Instance(ty) => Some(ir::join(ty, '#', Symbol::new("__call__"))),
        _ => None,
    }
}

/// Whether a keyword argument, or an entry of an options record among the arguments, is there with that text.
pub(crate) fn option_is(file: &File, args: &[Arg], name: Symbol, text: &str) -> bool {
    let matches =
        |value: ExprId| text == "*" || file.dump_expr(value).trim_matches(['"', '@']).eq_ignore_ascii_case(text);
    args.iter().any(|arg| match (arg.name, &file.expr(arg.value).kind) {
        (Some(keyword), _) => keyword == name && matches(arg.value),
        (None, ExprKind::Record(entries)) => {
            entries.iter().any(|entry| entry.key == Some(name) && matches(entry.value))
        }
        _ => false,
    })
}
