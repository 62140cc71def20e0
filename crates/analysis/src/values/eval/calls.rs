//! What calls give.

use ir::{Arg, CallKind, ExprId, ExprKind, FnId, Symbol};

use super::{Evaluator, MAX_DEPTH, UNVISITED};
use crate::calls::{choose, macro_path};
use crate::ids::{ExprRef, FnRef};
use crate::models::Runs;
use crate::values::asked::Fact;
use crate::values::{Atom, Value, join};

/// How far a chain of calls is followed to what it began with.
const MAX_LINKS: u32 = 60;

/// Members that hand on what they are called on: unwrapping, cloning, binding.
const TRANSPARENT: &[&str] = &[
    "unwrap",
    "expect",
    "unwrap_or_default",
    "unwrap_or_else",
    "unwrap_or",
    "clone",
    "cloned",
    "to_owned",
    "as_ref",
    "as_mut",
    "into_inner",
    "get_ref",
    "deref",
    "borrow",
    "context",
    "with_context",
    "map_err",
    "ok",
    "ok_or",
    "ok_or_else",
    "inspect_err",
    "into",
    "catch",
    "finally",
    "bind",
    "wrap_err",
    "or_else",
    "freeze",
    "lock",
    "borrow_mut",
    "load_full",
];

impl Evaluator<'_> {
    // Calls.

    pub(super) fn call(&mut self, callee: ExprId, args: &[Arg], kind: CallKind) -> Value {
        let mut result = Value::new();
        for atom in self.expr(callee) {
            let more = match atom {
                Atom::Function(function) => self.returned_for(function, args),
                Atom::Class(class) => vec![Atom::Object(class)],
                Atom::Path(path) => self.library_call(path, callee, args, kind),
                Atom::Instance(ty) => self.library_call(ir::join(ty, '#', Symbol::new("__call__")), callee, args, kind),
                _ => Value::new(),
            };
            join(&mut result, &more);
        }
        if result.is_empty()
            && let ExprKind::Member { base, name, .. } = self.file.expr(callee).kind
        {
            if name == "then" {
                return self.after_then(base, args);
            }
            if TRANSPARENT.contains(&name.as_str()) {
                return self.expr(base);
            }
        }
        result
    }

    /// `promise.then(f)` is what `f` returns.
    pub(super) fn after_then(&mut self, base: ExprId, args: &[Arg]) -> Value {
        let mut result = Value::new();
        for arg in args.iter().take(1) {
            for atom in self.expr(arg.value) {
                if let Atom::Function(function) = atom {
                    let more = self.returned_by(function);
                    join(&mut result, &more);
                }
            }
        }
        if args.is_empty() { self.expr(base) } else { result }
    }

    pub(super) fn library_call(&mut self, path: Symbol, callee: ExprId, args: &[Arg], kind: CallKind) -> Value {
        let path = macro_path(self.library, path, kind);
        if let Some(call) = choose(self.library, self.file, path, args) {
            if let Some(ty) = call.returns {
                return vec![Atom::Instance(ty)];
            }
            if let Some(argument) = call.returns_argument {
                return args.get(argument).map_or_else(Value::new, |arg| self.expr(arg.value));
            }
            if call.runs == Some(Runs::Dependency) {
                let functions = args.first().map_or_else(Value::new, |arg| self.expr(arg.value));
                return self.results(&functions);
            }
            if call.returns_type_argument {
                let given = self.file.type_arguments.iter().find(|(called, _)| *called == callee);
                return given
                    .and_then(|(_, types)| types.first().copied())
                    .map_or_else(Value::new, |ty| self.instance_of(ty));
            }
            if call.returns_entity {
                return self.entity_of_chain(callee);
            }
            if call.returns_self
                && let Some((ty, _)) = path.as_str().rsplit_once('#')
            {
                return self.receiver_type(callee).unwrap_or_else(|| vec![Atom::Instance(Symbol::new(ty))]);
            }
        }
        if let Some((ty, name)) = path.as_str().rsplit_once('#') {
            let ty = Symbol::new(ty);
            if self.is_fluent(ty, Symbol::new(name)) {
                return self.receiver_type(callee).unwrap_or_else(|| vec![Atom::Instance(ty)]);
            }
            if let Some(members) = self.library.ty(ty).and_then(|ty| ty.members) {
                return vec![Atom::Instance(members)];
            }
            return Value::new();
        }
        if kind == CallKind::New {
            return vec![Atom::Instance(path)];
        }
        let last = ir::final_segment(path.as_str());
        if last.starts_with(char::is_uppercase)
            && self.library.call(path).is_none_or(|call| call.acquires.is_some())
            && path.contains('.')
        {
            return vec![Atom::Instance(path)];
        }
        if matches!(last, "new" | "default")
            && let Some((ty, _)) = path.as_str().rsplit_once('.')
            && ir::final_segment(ty).starts_with(char::is_uppercase)
        {
            return vec![Atom::Instance(Symbol::new(ty))];
        }
        Value::new()
    }

    /// Objects of the class with which a chain of calls began: `Order::find().filter(…).all(db)`.
    fn entity_of_chain(&mut self, callee: ExprId) -> Value {
        let mut at = callee;
        for _ in 0..MAX_LINKS {
            at = match self.file.expr(at).kind {
                ExprKind::Member { base, .. } => {
                    let classes = self.expr(base).into_iter().filter_map(|atom| match atom {
                        Atom::Class(class) | Atom::Object(class) => Some(Atom::Object(class)),
                        _ => None,
                    });
                    let classes: Value = classes.collect();
                    if !classes.is_empty() {
                        return classes;
                    }
                    base
                }
                ExprKind::Call { callee, .. } => callee,
                ExprKind::Await(inner) | ExprKind::Propagate(inner) => inner,
                ExprKind::Local(binding) => match self.index.defs.get(&binding).map(Vec::as_slice) {
                    Some([def, ..]) if def.parts.is_empty() => def.value,
                    _ => break,
                },
                _ => break,
            };
        }
        Value::new()
    }

    /// The library types of what a method is called on.
    pub(super) fn receiver_type(&mut self, callee: ExprId) -> Option<Value> {
        let ExprKind::Member { base, .. } = self.file.expr(callee).kind else { return None };
        let types: Value = self.expr(base).into_iter().filter(|atom| matches!(atom, Atom::Instance(_))).collect();
        (!types.is_empty()).then_some(types)
    }

    pub(super) fn results(&mut self, functions: &[Atom]) -> Value {
        let mut result = Value::new();
        for atom in functions {
            let more = match atom {
                Atom::Function(function) => self.returned_by(*function),
                Atom::Class(class) => vec![Atom::Object(*class)],
                _ => Value::new(),
            };
            join(&mut result, &more);
        }
        result
    }

    pub(super) fn returned_by(&mut self, function: FnRef) -> Value {
        if function.file == self.file_id {
            self.returned(function.id)
        } else {
            self.other(function.file, Fact::Returned(function.id)).to_vec()
        }
    }

    /// What a call with these arguments gives: a function that hands back what it is given (`traced(f)`, `withRetry(client)`)
    /// gives each caller its own, not what all of them pass.
    fn returned_for(&mut self, function: FnRef, args: &[Arg]) -> Value {
        let file = &self.world.files[function.file.0 as usize];
        let given_back = self.world.indexes[function.file.0 as usize].given_back(file, function.id);
        let by_position = args.iter().all(|arg| arg.name.is_none());
        if given_back.is_empty() || !by_position || given_back.iter().any(|index| args.get(*index).is_none()) {
            return self.returned_by(function);
        }
        let mut result = Value::new();
        for expr in self.world.indexes[function.file.0 as usize].other_returns(file, function.id) {
            let more = self.anywhere(ExprRef { file: function.file, id: expr });
            join(&mut result, &more);
        }
        for index in given_back {
            let more = self.expr(args[index].value);
            join(&mut result, &more);
        }
        result
    }

    pub(super) fn returned(&mut self, id: FnId) -> Value {
        let known = self.returns[id.0 as usize];
        if known != UNVISITED {
            self.trail.follows(self.steps.returns[id.0 as usize]);
            return self.pool.get(known).to_vec();
        }
        if self.depth > MAX_DEPTH || !self.open_functions.insert(id) {
            self.trail.comes_round();
            return Value::new();
        }
        let index = self.index;
        let mut value = Value::new();
        for expr in index.returns[id.0 as usize].iter().chain(&index.yields[id.0 as usize]) {
            let more = self.expr(*expr);
            join(&mut value, &more);
        }
        // `globalThis.prisma` is a path that says nothing.
        let says_nothing = |atom: &Atom| match atom {
            Atom::Record(_) | Atom::Text(_) => true,
            Atom::Path(path) => path.starts_with("globalThis.") || path.starts_with("global."),
            _ => false,
        };
        if value.iter().all(says_nothing)
            && let Some(returns) = self.file.function(id).returns
        {
            let more = self.instance_of(returns);
            join(&mut value, &more);
        }
        self.open_functions.remove(&id);
        self.returns[id.0 as usize] = self.pool.keep(&value);
        self.steps.returns[id.0 as usize] = self.trail.step();
        value
    }
}
