//! Who uses what a call makes: through names, imports and factories, and through what is made of it.

use ir::{BindingId, ExprId, ExprKind, FnId};
use rustc_hash::FxHashSet;

use super::Program;
use crate::contexts::State;
use crate::entries::EntryPoint;
use crate::ids::{BindingRef, ExprRef, FileId, FnRef};
use crate::link::Target;
use crate::models::{Context, Runtime};
use crate::places;
use crate::values::Atom;

/// The functions that use something, as far as they are known.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Users {
    pub functions: Vec<FnRef>,
    /// It is also kept or handed on where it is not followed.
    pub is_partial: bool,
}

const MAX_PLACES: usize = 2_000;

impl Program<'_> {
    pub fn users_of(&self, call: ExprRef) -> Users {
        let mut search = Search {
            program: self,
            users: Users::default(),
            seen: FxHashSet::default(),
            names: FxHashSet::default(),
            open: vec![(call, Origin::Itself)],
        };
        while let Some((place, origin)) = search.open.pop() {
            if search.seen.len() < MAX_PLACES && search.seen.insert(place) {
                search.visit(place, origin);
            }
        }
        search.users
    }

    /// The longest-lived runtime in which one of the functions is reached in a wanted way.
    pub fn runtime_of(&self, functions: &[FnRef], wanted: impl Fn(State) -> bool) -> Option<Runtime> {
        self.longest_lived(functions.iter().filter_map(|function| self.first_entry(*function, &wanted)))
    }

    /// The longest-lived runtime in which the program serves requests, if it serves any.
    pub fn runtime(&self) -> Option<Runtime> {
        let serves = |entry: &&EntryPoint| matches!(entry.context, Context::Request | Context::Connection);
        self.longest_lived(self.entries.iter().filter(serves))
    }

    fn longest_lived<'e>(&self, entries: impl Iterator<Item = &'e EntryPoint>) -> Option<Runtime> {
        let is_on_edge = |entry: &EntryPoint| self.edge_files.contains(&entry.file);
        let longest = entries.map(|entry| if is_on_edge(entry) { Runtime::Serverless } else { entry.runtime }).min()?;
        // What makes the whole program a function of a platform: `Mangum(app)`.
        let whole = self.calls.iter().map(|call| call.model.runtime).max().unwrap_or_default();
        Some(longest.max(whole))
    }

    /// Whether some code listens to an event on what a call makes. A receiver that cannot be told counts.
    pub fn is_listened_to(&self, call: ExprRef, ty: ir::Symbol, event: &str) -> bool {
        self.indexes.iter().enumerate().any(|(number, index)| {
            let (id, file) = (FileId(number as u32), &self.files[number]);
            index.sites.iter().flatten().any(|site| {
                let ExprKind::Call { callee, args, .. } = &file.expr(site.call).kind else { return false };
                let ExprKind::Member { base, name, .. } = file.expr(*callee).kind else { return false };
                let names_event = matches!(name.as_str(), "on" | "once" | "addListener" | "prependListener")
                    && args.first().is_some_and(|arg| {
                        self.literal(ExprRef { file: id, id: arg.value }, 0).is_some_and(|text| text == event)
                    });
                names_event && self.may_be(ExprRef { file: id, id: base }, call, ty)
            })
        })
    }

    fn may_be(&self, expr: ExprRef, made: ExprRef, ty: ir::Symbol) -> bool {
        let atoms = self.value(expr);
        let fits = atoms.contains(&Atom::Instance(ty)) || atoms.is_empty() && expr.file == made.file;
        // A field that another pool is assigned to.
        if let Some(found) = places::resolve(self, expr, 0) {
            let (values, _) = places::definitions(self, found.place);
            let is_other = |value: &ExprRef| {
                let call = ExprRef { file: value.file, id: self.file(value.file).awaited(value.id) };
                call != made && self.model(call).is_some_and(|model| model.pool.is_some())
            };
            if !values.is_empty() && values.iter().all(is_other) {
                return false;
            }
        }
        fits && self.definition(expr).is_none_or(|definition| {
            let is_made = |id: ExprId| definition.file == made.file && id == made.id;
            let file = self.file(definition.file);
            match file.expr(file.awaited(definition.id)).kind {
                ExprKind::Call { .. } if self.model(definition).is_some_and(|model| model.pool.is_some()) => {
                    is_made(file.awaited(definition.id))
                }
                _ => true,
            }
        })
    }
}

/// What a place gives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Itself,
    /// Something that is made of it: a session factory, a borrowed connection.
    Derived,
}

struct Search<'a> {
    program: &'a Program<'a>,
    users: Users,
    seen: FxHashSet<ExprRef>,
    names: FxHashSet<BindingRef>,
    open: Vec<(ExprRef, Origin)>,
}

impl Search<'_> {
    /// An expression that gives the thing: climbs to what takes it.
    fn visit(&mut self, place: ExprRef, origin: Origin) {
        let (file, index) = (self.program.file(place.file), self.program.listing(place.file));
        let mut at = place.id;
        while let Some(parent) = index.parent(at) {
            if let ExprKind::Call { callee, .. } = &file.expr(parent).kind {
                let call = ExprRef { file: place.file, id: parent };
                let value = self.program.value(place);
                // `.unwrap()`, `.clone()`, `.promise()` give the thing again.
                if *callee == at && !value.is_empty() && value == self.program.value(call) {
                    self.open.push((call, origin));
                } else {
                    self.used_by_call(call, *callee == at);
                }
                return;
            }
            at = parent;
        }
        let top = ExprRef { file: place.file, id: at };
        // What is made of it inside a function is used there: only what outlives the call is followed.
        let is_followed =
            |binding: BindingId| origin == Origin::Itself || file.binding(binding).function == FnId::MODULE;
        if let Some(binding) = index.assigned.get(&at).filter(|binding| is_followed(**binding)) {
            self.binding(BindingRef { file: place.file, id: *binding });
        } else if let Some(function) = index.returned_in.get(&at) {
            self.returned(FnRef { file: place.file, id: *function });
        } else if !self.exported(top) && origin == Origin::Itself {
            self.users.is_partial = true;
        }
        self.users.is_partial |= index.members.iter().chain(&index.entries).any(|(.., value)| *value == at)
            || index.fields.values().flatten().any(|def| def.value == at);
    }

    fn used_by_call(&mut self, call: ExprRef, is_receiver: bool) {
        if let Some(site) = self.program.listing(call.file).site(call.id) {
            self.users.functions.push(FnRef { file: call.file, id: site.function });
        }
        let is_made = is_receiver || self.program.model(call).is_some_and(|model| model.returns.is_some());
        // A method of something else may keep it: `router.with_state(pool)`.
        let is_kept = !is_receiver && self.is_method(call);
        if is_made && !is_kept {
            self.open.push((call, Origin::Derived));
        } else {
            self.users.is_partial = true;
        }
    }

    fn is_method(&self, call: ExprRef) -> bool {
        let ExprKind::Call { callee, .. } = *self.program.kind(call) else { return false };
        match *self.program.kind(ExprRef { file: call.file, id: callee }) {
            ExprKind::Member { base, .. } => {
                let base = self.program.value(ExprRef { file: call.file, id: base });
                base.iter().any(|atom| matches!(atom, Atom::Instance(_) | Atom::Object(_)))
            }
            _ => false,
        }
    }

    fn returned(&mut self, function: FnRef) {
        let callers = self.program.calls_into(function);
        self.users.is_partial |= callers.is_empty();
        for edge in callers {
            self.users.functions.push(edge.from);
            self.open.push((edge.at, Origin::Itself));
        }
    }

    fn binding(&mut self, binding: BindingRef) {
        if !self.names.insert(binding) {
            return;
        }
        let uses = self.program.listing(binding.file).uses_of(binding.id);
        self.open.extend(uses.iter().map(|use_| (ExprRef { file: binding.file, id: *use_ }, Origin::Itself)));
        let name = self.program.file(binding.file).binding(binding.id).name;
        self.imports(Target::Binding(binding));
        for (number, file) in self.program.files.iter().enumerate() {
            let id = FileId(number as u32);
            for (number, expr) in file.exprs.iter().enumerate() {
                if let ExprKind::Member { base, name: member, .. } = expr.kind
                    && member == name
                    && self.program.value(ExprRef { file: id, id: base }).contains(&Atom::Module(binding.file))
                {
                    self.open.push((ExprRef { file: id, id: ExprId(number as u32) }, Origin::Itself));
                }
            }
        }
    }

    fn exported(&mut self, value: ExprRef) -> bool {
        self.imports(Target::Value(value))
    }

    fn imports(&mut self, target: Target) -> bool {
        let importers = self.program.links.importers(&self.program.files, target);
        for at in importers {
            let uses = self.program.listing(at.file).uses_of(at.id);
            self.open.extend(uses.iter().map(|use_| (ExprRef { file: at.file, id: *use_ }, Origin::Itself)));
        }
        !importers.is_empty()
    }
}
