//! The evaluation of one file.

mod calls;
mod members;
pub(super) mod registry;
mod run;
mod types;

use std::cell::OnceCell;

use ir::{BindingId, BindingKind, ExprId, ExprKind, File, FnId, FunctionKind, Symbol};
use rustc_hash::{FxHashMap, FxHashSet};

use super::asked::{Fact, Question};
use super::pool::Keeper;
use super::trail::Trail;
use super::{Atom, Value, World, join};
use crate::ids::{BindingRef, ClassRef, ExprRef, FileId, FnRef};
use crate::index::{Def, FileIndex, Part, ThisType};
use crate::link::Target;
use crate::models::Library;
pub(super) use run::Known;
use run::Steps;

/// How deep an evaluation follows definitions before it gives up.
const MAX_DEPTH: u32 = 160;

pub(super) struct Evaluator<'a> {
    world: World<'a>,
    file_id: FileId,
    file: &'a File,
    index: &'a FileIndex,
    library: &'a Library,
    /// Expressions whose value is known (0: unknown), and those under way.
    memo: Vec<u32>,
    pool: Keeper,
    /// Likewise of bindings.
    bindings: Vec<u32>,
    /// What is known so far of bindings under way that are assigned several times: `query = query.limit(20)`.
    so_far: FxHashMap<BindingId, u32>,
    returns: Vec<u32>,
    open_functions: FxHashSet<FnId>,
    fields: FxHashMap<(ThisType, Symbol), u32>,
    open_fields: FxHashSet<(ThisType, Symbol)>,
    /// Members of records, and the steps that found them out.
    members: FxHashMap<(ExprRef, Symbol), (u32, u32)>,
    /// What a function expression is made a member of, by the expression, once somebody asks.
    owners: OnceCell<FxHashMap<ExprId, ExprId>>,
    trail: Trail,
    steps: Steps,
    depth: u32,
}

const UNVISITED: u32 = u32::MAX;
const OPEN: u32 = u32::MAX - 1;

impl<'a> Evaluator<'a> {
    /// What the round before knew of something in another file.
    fn other(&mut self, file: FileId, fact: Fact) -> &'a [Atom] {
        self.trail.ask(Question::Fact(file, fact));
        self.world.values[file.0 as usize].fact(fact)
    }

    fn expr(&mut self, id: ExprId) -> Value {
        let number = self.number(id);
        self.pool.get(number).to_vec()
    }

    /// The place of an expression's value in the pool. To hand on a number costs nothing, and most values are handed on.
    fn number(&mut self, id: ExprId) -> u32 {
        match self.memo[id.0 as usize] {
            OPEN => {
                self.trail.comes_round();
                match self.file.expr(id).kind {
                    ExprKind::Local(binding) => self.so_far(binding),
                    _ => 0,
                }
            }
            UNVISITED => self.visit(id),
            number => {
                self.trail.follows(self.steps.exprs[id.0 as usize]);
                number
            }
        }
    }

    fn visit(&mut self, id: ExprId) -> u32 {
        if self.depth > MAX_DEPTH {
            self.trail.comes_round();
            return 0;
        }
        self.memo[id.0 as usize] = OPEN;
        self.depth += 1;
        let number = match &self.file.expr(id).kind {
            ExprKind::Local(binding) => self.binding_number(*binding),
            ExprKind::Await(operand) | ExprKind::Propagate(operand) | ExprKind::Spread(operand) => {
                self.number(*operand)
            }
            ExprKind::Assign { value, .. } => self.number(*value),
            _ => {
                let value = self.compute(id);
                self.pool.keep(&value)
            }
        };
        self.depth -= 1;
        self.memo[id.0 as usize] = number;
        self.steps.exprs[id.0 as usize] = self.trail.step();
        number
    }

    fn compute(&mut self, id: ExprId) -> Value {
        match &self.file.expr(id).kind {
            ExprKind::Global(name) => self.global(*name),
            ExprKind::This => self.this(id),
            ExprKind::Text(_) => vec![Atom::Text(ExprRef { file: self.file_id, id })],
            ExprKind::Record(_) => vec![Atom::Record(ExprRef { file: self.file_id, id })],
            ExprKind::Function(function) => vec![Atom::Function(self.here(*function))],
            ExprKind::Class(class) => vec![Atom::Class(ClassRef { file: self.file_id, id: *class })],
            ExprKind::Member { base, name, .. } => self.member_of(*base, *name),
            ExprKind::Index { base, indices } => self.type_application(*base, indices),
            ExprKind::Call { callee, args, kind } => self.call(*callee, args, *kind),
            ExprKind::Yield(Some(operand)) => {
                self.number(*operand);
                Value::new()
            }
            ExprKind::Binary { op, left, right } if op.is_lazy() => self.union(&[*left, *right]),
            ExprKind::Conditional { then, otherwise, .. } => self.union(&[*then, *otherwise]),
            ExprKind::Control(stmt) => {
                let mut tails = Vec::new();
                stmt_tails(&stmt.kind, &mut tails);
                self.union(&tails)
            }
            _ => Value::new(),
        }
    }

    fn union(&mut self, ids: &[ExprId]) -> Value {
        let mut value = Value::new();
        for id in ids {
            let number = self.number(*id);
            join(&mut value, self.pool.get(number));
        }
        value
    }

    fn here(&self, id: FnId) -> FnRef {
        FnRef { file: self.file_id, id }
    }

    // Names.

    fn binding(&mut self, id: BindingId) -> Value {
        let number = self.binding_number(id);
        self.pool.get(number).to_vec()
    }

    fn binding_number(&mut self, id: BindingId) -> u32 {
        match self.bindings[id.0 as usize] {
            OPEN => {
                self.trail.comes_round();
                self.so_far(id)
            }
            UNVISITED => {
                self.bindings[id.0 as usize] = OPEN;
                let value = self.compute_binding(id);
                let number = self.pool.keep(&value);
                self.bindings[id.0 as usize] = number;
                self.steps.bindings[id.0 as usize] = self.trail.step();
                number
            }
            number => {
                self.trail.follows(self.steps.bindings[id.0 as usize]);
                number
            }
        }
    }

    fn so_far(&self, id: BindingId) -> u32 {
        self.so_far.get(&id).copied().unwrap_or(0)
    }

    fn compute_binding(&mut self, id: BindingId) -> Value {
        let binding = self.file.binding(id);
        let mut value = match &binding.kind {
            BindingKind::Function(function) => vec![Atom::Function(self.here(*function))],
            BindingKind::Class(class) => vec![Atom::Class(ClassRef { file: self.file_id, id: *class })],
            BindingKind::Import(_) => {
                let at = BindingRef { file: self.file_id, id };
                match self.world.links.imported(at) {
                    Some(target) => self.target(target),
                    None => self.member_of_whole(at),
                }
            }
            _ => Value::new(),
        };
        let index = self.index;
        let defs = index.defs.get(&id).map_or(&[][..], Vec::as_slice);
        for (number, def) in defs.iter().enumerate() {
            if def.parts.is_empty() {
                let whole = self.number(def.value);
                join(&mut value, self.pool.get(whole));
            } else {
                let more = self.def(def);
                join(&mut value, &more);
            }
            if number + 1 < defs.len() {
                let known = self.pool.keep(&value);
                self.so_far.insert(id, known);
            }
        }
        self.so_far.remove(&id);
        if let Some(annotation) = index.annotations.get(&id) {
            let more = self.instance_of(*annotation);
            join(&mut value, &more);
        }
        if let Some(param) = index.params.get(&id) {
            let more = self.param(param.function, param.index, &param.parts);
            join(&mut value, &more);
        }
        value
    }

    fn param(&mut self, function: FnId, index: usize, parts: &[Part]) -> Value {
        let param = &self.file.function(function).params[index];
        let mut whole = Value::new();
        if let (Some(annotation), false) = (param.annotation, param.is_rest) {
            whole = self.instance_of(annotation);
        }
        let declared = whole.clone();
        if let Some(default) = param.default {
            let more = self.expr(default);
            join(&mut whole, &more);
        }
        self.trail.ask(Question::Passed(self.here(function)));
        for atom in self.world.flows.param(self.here(function), index) {
            if self.may_be(*atom, &declared) {
                join(&mut whole, &[*atom]);
            }
        }
        self.parts(whole, parts)
    }

    /// Whether what a caller passes can be what is declared: an object of another entity cannot.
    fn may_be(&mut self, passed: Atom, declared: &Value) -> bool {
        let Atom::Object(class) = passed else { return true };
        let is_other = |atom: &Atom| matches!(atom, Atom::Object(other) if *other != class);
        if declared.is_empty() || !declared.iter().all(is_other) {
            return true;
        }
        self.trail.ask(Question::Hierarchy(class.file));
        let lineage = self.world.classes.lineage(class);
        declared.iter().any(|atom| match atom {
            Atom::Object(other) => {
                self.trail.ask(Question::Hierarchy(other.file));
                lineage.contains(other) || !self.is_derived(*other)
            }
            _ => true,
        })
    }

    /// Whether a class is one of a library's kind (an entity), and not what any class with the same members can stand for.
    fn is_derived(&self, class: ClassRef) -> bool {
        const STRUCTURAL: &[&str] = &["typing.Protocol", "typing_extensions.Protocol", "abc.ABC", "typing.Generic"];
        let bases = self.world.classes.library_bases(class);
        bases.iter().any(|base| !STRUCTURAL.contains(&base.as_str()))
            && !bases.iter().any(|base| STRUCTURAL[..2].contains(&base.as_str()))
    }

    fn def(&mut self, def: &Def) -> Value {
        let whole = self.expr(def.value);
        self.parts(whole, &def.parts)
    }

    fn parts(&mut self, mut value: Value, parts: &[Part]) -> Value {
        for part in parts {
            value = match part {
                Part::Element if value.iter().any(|atom| self.element_of(*atom).is_some()) => {
                    value.into_iter().filter_map(|atom| self.element_of(atom)).collect()
                }
                Part::Inner | Part::Element => {
                    value.into_iter().filter(|atom| !matches!(atom, Atom::Record(_) | Atom::Text(_))).collect()
                }
                // Of a pair that a library gives, the first is the thing itself (`let (client, connection) = connect()`).
                Part::Item(0) => value.into_iter().filter(|atom| matches!(atom, Atom::Instance(_))).collect(),
                Part::Item(1) => value.into_iter().filter_map(|atom| self.second_of(atom)).collect(),
                Part::Item(_) => Value::new(),
                Part::Field(name) => self.member(&value, *name),
                Part::Entered => self.entered(value),
            };
        }
        value
    }

    /// What iterating a library's type gives.
    fn element_of(&self, atom: Atom) -> Option<Atom> {
        match atom {
            Atom::Instance(ty) => self.library.ty(ty)?.element.map(Atom::Instance),
            _ => None,
        }
    }

    /// What comes second where a library gives a pair whose first is of a type.
    fn second_of(&self, atom: Atom) -> Option<Atom> {
        match atom {
            Atom::Instance(ty) => self.library.ty(ty)?.pair.map(Atom::Instance),
            _ => None,
        }
    }

    /// What `with value as x` gives.
    fn entered(&mut self, value: Value) -> Value {
        let mut result = Value::new();
        for atom in value {
            if let Atom::Object(class) = atom {
                self.trail.ask(Question::Hierarchy(class.file));
            }
            let enter = match atom {
                Atom::Object(class) => ["__enter__", "__aenter__"]
                    .iter()
                    .flat_map(|name| self.world.classes.methods(self.world.files, class, Symbol::new(name)))
                    .next(),
                _ => None,
            };
            match enter {
                Some(enter) => {
                    let more = self.returned_by(enter);
                    join(&mut result, &more);
                    if more.is_empty() {
                        join(&mut result, &[atom]);
                    }
                }
                None => {
                    let handed = match atom {
                        Atom::Instance(ty) => ["__enter__", "__aenter__"]
                            .iter()
                            .find_map(|name| self.library.call(ir::join(ty, '#', Symbol::new(name)))?.returns)
                            .map_or(atom, Atom::Instance),
                        _ => atom,
                    };
                    join(&mut result, &[handed]);
                }
            }
        }
        result
    }

    fn member_of_whole(&mut self, at: BindingRef) -> Value {
        let Some((whole, name)) = self.world.links.member_of_whole(self.world.files, at) else { return Value::new() };
        let whole = self.target(whole);
        self.member(&whole, name)
    }

    fn target(&mut self, target: Target) -> Value {
        match target {
            Target::Module(module) => vec![Atom::Module(module)],
            Target::External(path) => self.path(path),
            Target::Value(value) if value.file == self.file_id => self.expr(value.id),
            Target::Value(value) => self.other(value.file, Fact::Expr(value.id)).to_vec(),
            Target::Binding(binding) if binding.file == self.file_id => self.binding(binding.id),
            Target::Binding(binding) => match &self.world.files[binding.file.0 as usize].binding(binding.id).kind {
                BindingKind::Function(id) => vec![Atom::Function(FnRef { file: binding.file, id: *id })],
                BindingKind::Class(id) => vec![Atom::Class(ClassRef { file: binding.file, id: *id })],
                _ => self.other(binding.file, Fact::Binding(binding.id)).to_vec(),
            },
        }
    }

    fn global(&mut self, name: Symbol) -> Value {
        let (target, external) = self.world.links.ambient(self.file_id, name);
        if let Some(target) = target {
            return self.target(target);
        }
        for path in external {
            let path = self.library.canonical(*path);
            if self.library.call(path).is_some() || self.library.ty(path).is_some() {
                return self.path(path);
            }
        }
        self.path(name)
    }

    fn path(&self, path: Symbol) -> Value {
        let path = self.library.canonical(path);
        match self.library.call(path) {
            Some(call) if call.is_attribute => call.returns.map(Atom::Instance).into_iter().collect(),
            _ => vec![Atom::Path(path)],
        }
    }

    /// What a function outside of classes is made a member of: `schema.statics.findByName = function () { this… }`,
    /// `{ findById() { … }, load() { this… } }`.
    fn owner(&mut self, function: FnId) -> Value {
        let mut around = Some(function);
        while let Some(id) = around {
            let owners = self.owners.get_or_init(|| members::owners(self.file, self.index));
            let owner = self.index.closures.get(&id).and_then(|written| owners.get(written));
            if let Some(owner) = owner.copied() {
                return self.expr(owner);
            }
            around = self.file.function(id).parent;
        }
        Value::new()
    }

    fn this(&mut self, id: ExprId) -> Value {
        let Some(function) = self.index.this_in.get(&id).copied() else { return Value::new() };
        let Some(this) = self.index.this[function.0 as usize] else { return self.owner(function) };
        if matches!(this, ThisType::Impl(_)) {
            self.trail.ask(Question::Hierarchy(self.file_id));
        }
        let class = self.world.classes.of_this(self.file_id, this);
        let is_static = matches!(self.file.function(function).kind, FunctionKind::Method { is_static: true });
        class.map(|class| if is_static { Atom::Class(class) } else { Atom::Object(class) }).into_iter().collect()
    }

    fn anywhere(&mut self, expr: ExprRef) -> Value {
        if expr.file == self.file_id { self.expr(expr.id) } else { self.other(expr.file, Fact::Expr(expr.id)).to_vec() }
    }
}

fn instances(types: &[Atom]) -> Value {
    let mut value: Value = types
        .iter()
        .filter_map(|atom| match atom {
            Atom::Path(path) => Some(Atom::Instance(*path)),
            Atom::Class(class) => Some(Atom::Object(*class)),
            Atom::Instance(_) | Atom::Object(_) => Some(*atom),
            _ => None,
        })
        .collect();
    value.sort_unstable();
    value.dedup();
    value
}

/// The expressions that give a statement in expression position its value.
fn stmt_tails(stmt: &ir::StmtKind, tails: &mut Vec<ExprId>) {
    match stmt {
        ir::StmtKind::If { then, otherwise, .. } => {
            tails.extend(then.tail);
            tails.extend(otherwise.tail);
        }
        ir::StmtKind::Match { arms, .. } => tails.extend(arms.iter().filter_map(|arm| arm.body.tail)),
        ir::StmtKind::Block(block) => tails.extend(block.tail),
        ir::StmtKind::Try { body, .. } => tails.extend(body.tail),
        ir::StmtKind::With { body, .. } => tails.extend(body.tail),
        _ => {}
    }
}
