//! Members of modules, classes, objects, records and library types.

use ir::{BindingKind, ExprId, ExprKind, File, FunctionKind, Symbol};
use rustc_hash::FxHashMap;

use super::{Evaluator, MAX_DEPTH, instances};
use crate::ids::{ClassRef, ExprRef, FnRef};
use crate::index::{FileIndex, ThisType};
use crate::values::asked::{Fact, Question};
use crate::values::{Atom, Value, join};

/// In the place of the step that found out a member of a record.
const UNDER_WAY: u32 = 0;

impl Evaluator<'_> {
    // Members.

    pub(super) fn member_of(&mut self, base: ExprId, name: Symbol) -> Value {
        if matches!(self.file.expr(base).kind, ExprKind::Super) {
            let this = self.this(base);
            let mut result = Value::new();
            for atom in this {
                if let Atom::Object(class) | Atom::Class(class) = atom {
                    self.trail.ask(Question::Hierarchy(class.file));
                    let more = self.inherited_member(class, name);
                    join(&mut result, &more);
                }
            }
            return result;
        }
        let number = self.number(base);
        if number == 0 {
            return self.generated_member(base, name);
        }
        let base = self.pool.get(number).to_vec();
        self.member(&base, name)
    }

    /// A member of an imported module that is not there, as what a generator writes seldom is.
    fn generated_member(&mut self, module: ExprId, name: Symbol) -> Value {
        let is_import = match self.file.expr(module).kind {
            ExprKind::Local(binding) => matches!(self.file.binding(binding).kind, BindingKind::Import(_)),
            _ => false,
        };
        let path = self.world.links.generated(self.file, name).filter(|_| is_import);
        path.map_or_else(Value::new, |path| self.path(path))
    }

    /// A member as `super` in a class gives it. Whatever a subclass of the same base has is not it.
    fn inherited_member(&mut self, class: ClassRef, name: Symbol) -> Value {
        let mut result = Value::new();
        for base in self.world.classes.bases(class) {
            let more = match *base {
                Atom::Class(base) => {
                    let methods = self.world.classes.inherited(base, name);
                    if methods.is_empty() && !self.world.classes.methods(self.world.files, base, name).is_empty() {
                        self.world
                            .classes
                            .library_bases(base)
                            .into_iter()
                            .flat_map(|base| self.library_member(base, name))
                            .collect()
                    } else {
                        self.member(&[Atom::Object(base)], name)
                    }
                }
                Atom::Path(path) => self.member(&[Atom::Instance(path)], name),
                other => self.member(&[other], name),
            };
            join(&mut result, &more);
        }
        result
    }

    pub(super) fn member(&mut self, base: &[Atom], name: Symbol) -> Value {
        let mut result = Value::new();
        for atom in base {
            let more = match *atom {
                Atom::Path(path) => self.path(ir::join(path, '.', name)),
                Atom::Instance(ty) => self.library_member(ty, name),
                Atom::Module(module) => match self.world.links.exported(self.world.files, module, name) {
                    Some(target) => self.target(target),
                    None => {
                        let submodule = self.world.links.submodule(self.world.files, module, name);
                        submodule.map(Atom::Module).into_iter().collect()
                    }
                },
                Atom::Class(class) => self.class_member(class, name, true),
                Atom::Object(class) => self.class_member(class, name, false),
                Atom::Record(record) => self.record_member(record, name),
                Atom::Function(function) => self.function_member(function, name),
                Atom::Text(_) => Value::new(),
            };
            join(&mut result, &more);
        }
        result
    }

    pub(super) fn library_member(&mut self, ty: Symbol, name: Symbol) -> Value {
        self.trail.ask(Question::Member(ty, name));
        let added = self.world.flows.addition(ty, name);
        if !added.is_empty() {
            return added.to_vec();
        }
        let path = self.library.canonical(ir::join(ty, '#', name));
        match self.library.call(path) {
            Some(call) if call.is_attribute => call.returns.map(Atom::Instance).into_iter().collect(),
            Some(_) => vec![Atom::Path(path)],
            None => {
                match self.library.ty(ty).and_then(|model| model.members).or_else(|| self.special(ty, "__getattr__")) {
                    Some(members) if !self.is_fluent(ty, name) => vec![Atom::Instance(members)],
                    _ => vec![Atom::Path(path)],
                }
            }
        }
    }

    /// What a special member (`__getattr__`, `__getitem__`) of a library's type gives.
    pub(super) fn special(&self, ty: Symbol, member: &str) -> Option<Symbol> {
        if self.library.ty(ty).is_none() && !self.library.has_members(ty) {
            return None;
        }
        self.library.call(ir::join(ty, '#', Symbol::new(member)))?.returns
    }

    pub(super) fn is_fluent(&self, ty: Symbol, name: Symbol) -> bool {
        let mut open = vec![ty];
        let mut seen = 0;
        while let Some(ty) = open.pop() {
            let Some(model) = self.library.ty(ty) else { continue };
            if model.fluent.contains(&name) {
                return true;
            }
            seen += 1;
            if seen < 32 {
                open.extend(&model.extends);
            }
        }
        false
    }

    pub(super) fn class_member(&mut self, class: ClassRef, name: Symbol, of_class: bool) -> Value {
        self.trail.ask(Question::Hierarchy(class.file));
        let mut result = Value::new();
        for method in self.world.classes.methods(self.world.files, class, name) {
            let function = self.world.files[method.file.0 as usize].function(method.id);
            let more = if function.kind == FunctionKind::Getter {
                self.returned_by(method)
            } else {
                vec![Atom::Function(method)]
            };
            join(&mut result, &more);
        }
        // A struct may have a field of the same name as a method.
        let is_declared = || {
            let field = self.world.classes.field(self.world.files, class, name);
            field.is_some_and(|field| !field.is_static && field.annotation.is_some())
        };
        if !result.is_empty() && !is_declared() {
            return result;
        }
        for owner in self.world.classes.lineage(class) {
            let more = self.field(owner, name);
            join(&mut result, &more);
        }
        self.trail.ask(Question::Field(class, name));
        join(&mut result, self.world.flows.field(class, name));
        if result.is_empty() {
            for base in self.world.classes.library_bases(class) {
                let more =
                    if of_class { self.path(ir::join(base, '.', name)) } else { self.library_member(base, name) };
                join(&mut result, &more);
            }
        }
        result
    }

    /// The field as the class's own file tells it.
    pub(super) fn field(&mut self, class: ClassRef, name: Symbol) -> Value {
        let this = ThisType::Class(class.id);
        let declared = self.world.classes.field(self.world.files, class, name);
        if class.file == self.file_id {
            let mut value = self.own_field(this, name);
            if let Some(annotation) = declared.and_then(|field| field.annotation) {
                let more = self.instance_of(annotation);
                join(&mut value, &more);
            }
            value
        } else {
            let mut value = self.other(class.file, Fact::Field(this, name)).to_vec();
            if let Some(annotation) = declared.and_then(|field| field.annotation) {
                join(&mut value, &instances(self.other(class.file, Fact::Expr(annotation))));
            }
            value
        }
    }

    pub(super) fn own_field(&mut self, this: ThisType, name: Symbol) -> Value {
        if let Some(known) = self.fields.get(&(this, name)) {
            self.trail.follows(self.steps.fields[&(this, name)]);
            return self.pool.get(*known).to_vec();
        }
        if !self.open_fields.insert((this, name)) {
            self.trail.comes_round();
            return Value::new();
        }
        let mut value = Value::new();
        let index = self.index;
        for def in index.fields.get(&(this, name)).into_iter().flatten() {
            let more = self.def(def);
            join(&mut value, &more);
        }
        self.open_fields.remove(&(this, name));
        let number = self.pool.keep(&value);
        self.fields.insert((this, name), number);
        self.steps.fields.insert((this, name), self.trail.step());
        value
    }

    /// Spreads of spreads (`{ ...state, x }`) make a lookup a walk over a graph: each record is asked once.
    pub(super) fn record_member(&mut self, record: ExprRef, name: Symbol) -> Value {
        if let Some((known, step)) = self.members.get(&(record, name)) {
            match *step {
                UNDER_WAY => self.trail.comes_round(),
                step => self.trail.follows(step),
            }
            return self.pool.get(*known).to_vec();
        }
        self.members.insert((record, name), (0, UNDER_WAY));
        let value = self.compute_record_member(record, name);
        let number = self.pool.keep(&value);
        self.members.insert((record, name), (number, self.trail.step()));
        value
    }

    pub(super) fn compute_record_member(&mut self, record: ExprRef, name: Symbol) -> Value {
        self.trail.ask(Question::Record(record, name));
        let mut value = self.world.flows.record(record, name).to_vec();
        if let ExprKind::Record(entries) = &self.world.files[record.file.0 as usize].expr(record.id).kind {
            for entry in entries {
                if entry.key == Some(name) {
                    let more = self.anywhere(ExprRef { file: record.file, id: entry.value });
                    join(&mut value, &more);
                } else if entry.key.is_none() {
                    let spread = self.anywhere(ExprRef { file: record.file, id: entry.value });
                    if self.depth < MAX_DEPTH {
                        self.depth += 1;
                        let more = self.member(&spread, name);
                        self.depth -= 1;
                        join(&mut value, &more);
                    } else {
                        self.trail.comes_round();
                    }
                }
            }
            if value.is_empty() && entries.is_empty() {
                value = self.registered(record, name);
            }
        }
        value
    }

    /// A member of a function: what its decorators make of it (`task.delay`), else `bind` and its like.
    pub(super) fn function_member(&mut self, function: FnRef, name: Symbol) -> Value {
        let file = &self.world.files[function.file.0 as usize];
        let mut result = Value::new();
        for decorator in &file.function(function.id).decorators {
            let target = match &file.expr(*decorator).kind {
                ExprKind::Call { callee, .. } => *callee,
                _ => *decorator,
            };
            for atom in self.anywhere(ExprRef { file: function.file, id: target }) {
                if let Atom::Path(path) = atom
                    && let Some(ty) = self.library.call(path).and_then(|call| call.returns)
                {
                    let more = self.library_member(ty, name);
                    join(&mut result, &more);
                }
            }
        }
        if result.is_empty() && matches!(name.as_str(), "bind" | "call" | "apply") {
            result.push(Atom::Function(function));
        }
        result
    }
}

/// What each expression that is assigned to a member is made a member of, and the record that a function is written in. Where it
/// is assigned twice, the first counts.
pub(super) fn owners(file: &File, index: &FileIndex) -> FxHashMap<ExprId, ExprId> {
    let records = file.exprs.iter().zip(0..).filter_map(|(expr, id)| match &expr.kind {
        ExprKind::Record(entries) => Some((entries, ExprId(id))),
        _ => None,
    });
    let is_function = |entry: &&ir::Entry| matches!(file.expr(entry.value).kind, ExprKind::Function(_));
    let written = records
        .flat_map(|(entries, record)| entries.iter().filter(is_function).map(move |entry| (entry.value, record)));
    let assigned = index.members.iter().rev().map(|(object, _, value)| (*value, *object));
    written.chain(assigned).collect()
}
