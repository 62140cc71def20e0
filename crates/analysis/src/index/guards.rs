//! Once-only initialisation: `if pool is None: pool = …`, `if (cached) return cached`, `global.x ??= …`,
//! `if key not in clients: clients[key] = …`.

use ir::{BinaryOp, BindingId, Block, ExprId, ExprKind, File, FnId, Pattern, Stmt, StmtKind, Symbol, UnaryOp, Visit};

pub(super) type Defs = super::Numbered<BindingId, Vec<super::Def>>;

/// A place that outlives the function and that the function assigns: what its tests for being unset guard runs once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Guard {
    Binding(BindingId),
    /// A member of something that outlives the call, by its name.
    Member(Symbol),
}

/// The shared places that a function assigns, without those that are flags of something under way.
pub(super) fn of_function(file: &File, id: FnId, flags: &[Guard]) -> Vec<Guard> {
    let mut finder = Finder { function: id, found: Vec::new(), aliases: Vec::new(), only_false: false };
    finder.block(file, &file.function(id).body);
    finder.found.retain(|guard| !flags.contains(guard));
    finder.found
}

/// Places that some function sets to false again (`is_updating`): they guard against overlap, not against a second time.
pub(super) fn flags(file: &File) -> Vec<Guard> {
    let mut found = Vec::new();
    for number in 1..file.functions.len() {
        // What starts everything anew, for tests as a rule, is no end of something under way.
        let name = file.functions[number].name.to_lowercase();
        if ["reset", "clear", "teardown", "shutdown"].iter().any(|word| name.contains(word)) {
            continue;
        }
        let mut finder =
            Finder { function: FnId(number as u32), found: Vec::new(), aliases: Vec::new(), only_false: true };
        finder.block(file, &file.functions[number].body);
        found.extend(finder.found);
    }
    found
}

struct Finder {
    function: FnId,
    found: Vec<Guard>,
    /// Names for what a shared lock protects: `let mut pools = self.pools.write()`.
    aliases: Vec<(BindingId, Guard)>,
    /// Looks for assignments of `false` only.
    only_false: bool,
}

impl Finder {
    fn assigned(&mut self, file: &File, pattern: &Pattern, value: ExprId) {
        if self.only_false && !matches!(file.expr(value).kind, ExprKind::Bool(false)) {
            return;
        }
        let guard = match pattern {
            Pattern::Bind(binding) if is_outer(file, *binding, self.function) => Some(Guard::Binding(*binding)),
            Pattern::Place(place) => place_of(file, *place, self.function),
            Pattern::Tuple(parts) => {
                parts.iter().for_each(|part| self.assigned(file, part, value));
                None
            }
            _ => None,
        };
        self.found.extend(guard.filter(|guard| !self.found.contains(guard)));
    }
}

impl Visit for Finder {
    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        if let StmtKind::Let { pattern, value: Some(value), .. } = &stmt.kind {
            self.assigned(file, pattern, *value);
            if let (Some(binding), Some(guard)) = (pattern.as_binding(), place_of(file, *value, self.function)) {
                self.aliases.push((binding, guard));
            }
        }
        ir::walk_stmt(self, file, stmt);
    }

    fn expr(&mut self, file: &File, id: ExprId) {
        match &file.expr(id).kind {
            ExprKind::Assign { pattern, value, .. } => self.assigned(file, pattern, *value),
            // `clients.set(key, made)`, `clients.setdefault(key, made)`, `map.insert(key, made)`.
            ExprKind::Call { callee, .. } => {
                if let ExprKind::Member { base, name, .. } = file.expr(*callee).kind
                    && !self.only_false
                    && matches!(name.as_str(), "set" | "setdefault" | "insert" | "add")
                {
                    let alias = match file.expr(base).kind {
                        ExprKind::Local(name) => self.aliases.iter().find(|(alias, _)| *alias == name),
                        _ => None,
                    };
                    let guard = alias.map(|(_, guard)| *guard).or_else(|| place_of(file, base, self.function));
                    self.found.extend(guard.filter(|guard| !self.found.contains(guard)));
                }
            }
            _ => {}
        }
        ir::walk_expr(self, file, id);
    }
}

fn is_outer(file: &File, binding: BindingId, function: FnId) -> bool {
    function != FnId::MODULE && file.binding(binding).function != function
}

/// The shared place that an expression names: a name of an outer function or the module, a member of the receiver or of an
/// ambient object, an element of such a place.
fn place_of(file: &File, expr: ExprId, function: FnId) -> Option<Guard> {
    match &file.expr(expr).kind {
        ExprKind::Local(binding) => is_outer(file, *binding, function).then_some(Guard::Binding(*binding)),
        ExprKind::Member { base, name, .. } => match &file.expr(*base).kind {
            ExprKind::This | ExprKind::Global(_) => Some(Guard::Member(*name)),
            _ => place_of(file, *base, function).map(|_| Guard::Member(*name)),
        },
        ExprKind::Index { base, .. } => place_of(file, *base, function),
        // `pools.write().unwrap()`: what the guard protects.
        ExprKind::Call { callee, .. } => match file.expr(*callee).kind {
            ExprKind::Member { base, name, .. } if is_guard(name) => place_of(file, base, function),
            _ => None,
        },
        ExprKind::Await(inner) | ExprKind::Propagate(inner) => place_of(file, *inner, function),
        _ => None,
    }
}

/// Members that give a guard, and what takes it out of a `Result`.
fn is_guard(name: Symbol) -> bool {
    matches!(name.as_str(), "lock" | "read" | "write" | "borrow" | "borrow_mut" | "expect" | "as_ref")
}

/// Whether assigning to `pattern` outlives the function.
pub(super) fn is_shared_place(file: &File, pattern: &Pattern, function: FnId) -> bool {
    match pattern {
        Pattern::Bind(binding) => is_outer(file, *binding, function),
        Pattern::Place(place) => place_of(file, *place, function).is_some(),
        _ => false,
    }
}

/// Whether the test holds only while a guard is unset (`Some(true)`) or only once it is set (`Some(false)`).
pub(super) fn tests_unset(file: &File, defs: &Defs, test: ExprId, guards: &[Guard]) -> Option<bool> {
    if guards.is_empty() {
        return None;
    }
    match &file.expr(test).kind {
        ExprKind::Unary { op: UnaryOp::Not, operand } => tests_unset(file, defs, *operand, guards).map(|unset| !unset),
        ExprKind::Binary { op, left, right } => match op {
            BinaryOp::And | BinaryOp::Or => {
                tests_unset(file, defs, *left, guards).or_else(|| tests_unset(file, defs, *right, guards))
            }
            BinaryOp::Equal | BinaryOp::NotEqual => {
                let sides = [(left, right), (right, left)];
                let (value, _) = sides.into_iter().find(|(_, other)| is_nothing(file, **other))?;
                names_guard(file, defs, *value, guards).then_some(*op == BinaryOp::Equal)
            }
            BinaryOp::In => names_guard(file, defs, *right, guards).then_some(false),
            _ => None,
        },
        // `clients.has(key)`, `cell.is_none()`, `cell.is_some()`.
        ExprKind::Call { callee, .. } => {
            let ExprKind::Member { base, name, .. } = file.expr(*callee).kind else { return None };
            let means_unset = match name.as_str() {
                "has" | "contains_key" | "is_some" | "get" | "contains" => false,
                "is_none" | "is_empty" => true,
                // What a lock protects.
                _ => return names_guard(file, defs, test, guards).then_some(false),
            };
            names_guard(file, defs, base, guards).then_some(means_unset)
        }
        _ => names_guard(file, defs, test, guards).then_some(false),
    }
}

fn is_nothing(file: &File, expr: ExprId) -> bool {
    match &file.expr(expr).kind {
        ExprKind::Null => true,
        ExprKind::Global(name) => matches!(name.as_str(), "undefined" | "None"),
        // `typeof x === "undefined"`, a ready state of 0 or 1.
        ExprKind::Text(_) | ExprKind::Number(_) => true,
        _ => false,
    }
}

fn names_guard(file: &File, defs: &Defs, expr: ExprId, guards: &[Guard]) -> bool {
    match &file.expr(expr).kind {
        ExprKind::Local(binding) => {
            guards.contains(&Guard::Binding(*binding)) || is_looked_up(file, defs, *binding, guards)
        }
        ExprKind::Member { base, name, .. } => {
            guards.contains(&Guard::Member(*name)) || names_guard(file, defs, *base, guards)
        }
        ExprKind::Index { base, .. } => names_guard(file, defs, *base, guards),
        ExprKind::Call { callee, .. } => match file.expr(*callee).kind {
            ExprKind::Member { base, name, .. } if is_guard(name) => names_guard(file, defs, base, guards),
            _ => false,
        },
        ExprKind::Await(operand) => names_guard(file, defs, *operand, guards),
        ExprKind::Other(operands) => matches!(operands.as_slice(), [only] if names_guard(file, defs, *only, guards)),
        _ => false,
    }
}

/// A local name for what a shared collection holds: `let pool = pools.get(key)`.
fn is_looked_up(file: &File, defs: &Defs, binding: BindingId, guards: &[Guard]) -> bool {
    let Some(first) = defs.get(&binding).and_then(|defs| defs.first()) else { return false };
    // `*CACHE.read().await`.
    let value = match &file.expr(first.value).kind {
        ExprKind::Other(operands) if operands.len() == 1 => operands[0],
        _ => first.value,
    };
    let holder = match file.expr(file.awaited(value)).kind {
        ExprKind::Call { callee, .. } => match file.expr(callee).kind {
            ExprKind::Member { base, name, .. } if name == "get" || is_guard(name) => base,
            _ => return false,
        },
        ExprKind::Member { name, .. } if guards.contains(&Guard::Member(name)) => return true,
        ExprKind::Index { base, .. } | ExprKind::Member { base, .. } => base,
        _ => return false,
    };
    match file.expr(holder).kind {
        ExprKind::Local(shared) => guards.contains(&Guard::Binding(shared)),
        ExprKind::Member { name, .. } => guards.contains(&Guard::Member(name)),
        _ => false,
    }
}

/// `if cached: return cached` and its like.
pub(super) fn returns_when_set(file: &File, defs: &Defs, stmt: &Stmt, guards: &[Guard]) -> bool {
    match &stmt.kind {
        StmtKind::If { test, then, otherwise } => {
            let is_set = tests_unset(file, defs, *test, guards) == Some(false) || is_from_cache(file, defs, *test);
            otherwise.stmts.is_empty() && is_set && (ends_function(then) || is_checked_for_age(file, then))
        }
        // `if let Some(pool) = pools.get(&key) { return … }`.
        StmtKind::Match { subject, arms } => match arms.as_slice() {
            [found, missing] => {
                is_present(&found.pattern)
                    && (ends_function(&found.body) || returns_if_fresh(&found.body))
                    && missing.body.stmts.is_empty()
                    && (tests_unset(file, defs, file.awaited(*subject), guards) == Some(false)
                        || is_from_cache(file, defs, *subject))
            }
            _ => false,
        },
        _ => false,
    }
}

/// `while let Some(idle) = pool.pop() { return idle }`: what was used before is taken first, and only where nothing is idle
/// the rest runs, whose result comes back into the pool.
pub(super) fn takes_idle(file: &File, stmt: &Stmt) -> bool {
    let (source, body) = match &stmt.kind {
        StmtKind::If { test, then, .. } => (*test, then),
        StmtKind::Loop { kind: ir::LoopKind::While { test }, body, .. } => (*test, body),
        StmtKind::Loop { body, .. } => match body.stmts.first().map(|first| &first.kind) {
            Some(StmtKind::Match { subject, arms }) if !arms.is_empty() => (*subject, &arms[0].body),
            _ => return false,
        },
        StmtKind::Match { subject, arms } if !arms.is_empty() => (*subject, &arms[0].body),
        _ => return false,
    };
    // `while let Some(idle) = …` is an assignment that may fail.
    let source = match file.expr(source).kind {
        ExprKind::Assign { value, .. } => value,
        _ => source,
    };
    let ExprKind::Call { callee, .. } = file.expr(file.awaited(source)).kind else { return false };
    let ExprKind::Member { base, name, .. } = file.expr(callee).kind else { return false };
    let holder = match file.expr(base).kind {
        ExprKind::Local(binding) => file.binding(binding).name,
        ExprKind::Member { name, .. } => name,
        _ => return false,
    };
    let holder = holder.to_lowercase();
    let is_pool =
        ["pool", "idle", "free", "available", "slot", "connection", "client"].iter().any(|word| holder.contains(word));
    is_pool && matches!(name.as_str(), "pop" | "pop_front" | "pop_back" | "shift" | "popleft") && returns_inside(body)
}

fn returns_inside(block: &Block) -> bool {
    block.stmts.iter().any(|stmt| match &stmt.kind {
        StmtKind::Return(_) => true,
        StmtKind::If { then, otherwise, .. } => returns_inside(then) || returns_inside(otherwise),
        _ => false,
    })
}

/// Whether a test is of what a cache holds: `cached`, `let found = self.cache.get(key)`.
fn is_from_cache(file: &File, defs: &Defs, test: ExprId) -> bool {
    let value = file.awaited(test);
    match &file.expr(value).kind {
        ExprKind::Local(binding) => {
            names_cache(file.binding(*binding).name)
                || last_before(file, defs, *binding, value).is_some_and(|last| {
                    matches!(file.expr(file.awaited(last)).kind, ExprKind::Call { .. })
                        && is_from_cache(file, defs, last)
                })
        }
        ExprKind::Binary { op: BinaryOp::NotEqual, left, right } => {
            is_nothing(file, *right) && is_from_cache(file, defs, *left)
        }
        // `key in cache`.
        ExprKind::Binary { op: BinaryOp::In, right, .. } => match file.expr(*right).kind {
            ExprKind::Local(binding) => names_cache(file.binding(binding).name),
            ExprKind::Member { name, .. } => names_cache(name),
            _ => false,
        },
        // `store.get(Cache::Users, key)`.
        ExprKind::Call { args, .. } if args.first().is_some_and(|arg| is_cache(file, arg.value)) => true,
        ExprKind::Call { callee, .. } => match file.expr(*callee).kind {
            ExprKind::Member { base, name, .. } => match file.expr(base).kind {
                ExprKind::Local(holder) => names_cache(name) || names_cache(file.binding(holder).name),
                ExprKind::Member { name: holder, .. } => names_cache(name) || names_cache(holder),
                _ => names_cache(name),
            },
            ExprKind::Local(binding) => names_cache(file.binding(binding).name),
            _ => false,
        },
        // `cache.fetched_at`, of what a lock protects.
        ExprKind::Member { base, .. } => {
            matches!(file.expr(*base).kind, ExprKind::Local(holder) if names_cache(file.binding(holder).name))
        }
        _ => false,
    }
}

fn names_cache(name: Symbol) -> bool {
    let name = name.to_lowercase();
    name.contains("cache") || name.contains("memo")
}

/// `Cache::Users`: a member of something that is called a cache.
fn is_cache(file: &File, expr: ExprId) -> bool {
    match file.expr(expr).kind {
        ExprKind::Member { base, .. } => is_cache(file, base),
        ExprKind::Global(name) => names_cache(name),
        ExprKind::Local(binding) => {
            matches!(file.binding(binding).kind, ir::BindingKind::Import(_)) && names_cache(file.binding(binding).name)
        }
        _ => false,
    }
}

/// What a name was last assigned above an expression.
fn last_before(file: &File, defs: &Defs, name: BindingId, expr: ExprId) -> Option<ExprId> {
    let start = |id: ExprId| file.expr(id).span.start;
    let values = defs.get(&name)?.iter().filter(|def| def.parts.is_empty()).map(|def| def.value);
    values.filter(|value| start(*value) < start(expr)).max_by_key(|value| start(*value))
}

/// Whether a pattern is of something that is there: `Some(found)`, `(Some(found), true)`.
fn is_present(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::Variant { args, .. } => !args.is_empty(),
        Pattern::Tuple(items) => items.iter().any(is_present),
        _ => false,
    }
}

/// Whether an arm of a match on what a function keeps runs only where it keeps nothing that is good:
/// `match cached { Some((at, value)) if at.elapsed() < TTL => value, _ => … }`.
pub(super) fn is_for_nothing(arms: &[ir::Arm], number: usize) -> bool {
    let is_found = |arm: &ir::Arm| is_present(&arm.pattern);
    arms.get(number).is_some_and(|arm| !is_found(arm) && arm.guard.is_none()) && arms.iter().take(number).any(is_found)
}

/// `if at.elapsed() < TTL { return found; }`, `if let Ok(found) = parse(&text) { return found; }`, and nothing else.
fn returns_if_fresh(block: &Block) -> bool {
    let [only] = block.stmts.as_slice() else { return false };
    let returns = match &only.kind {
        StmtKind::If { then, otherwise, .. } => otherwise.stmts.is_empty() && ends_function(then),
        StmtKind::Match { arms, .. } => {
            matches!(arms.as_slice(), [good, bad] if ends_function(&good.body) && bad.body.stmts.is_empty())
        }
        _ => false,
    };
    block.tail.is_none() && returns
}

/// What was kept is given back where a comparison finds it fresh: `if age < TTL: return entry.value`.
fn is_checked_for_age(file: &File, block: &Block) -> bool {
    let is_ordered = |test: ExprId| matches!(file.expr(test).kind, ExprKind::Binary { op, .. } if op.is_order());
    block.stmts.iter().any(|stmt| {
        matches!(&stmt.kind, StmtKind::If { test, then, otherwise }
            if is_ordered(*test) && otherwise.stmts.is_empty() && ends_function(then))
    })
}

fn ends_function(block: &Block) -> bool {
    block.stmts.last().is_some_and(|last| matches!(last.kind, StmtKind::Return(_) | StmtKind::Throw(_)))
}
