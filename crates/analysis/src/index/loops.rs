//! How often loops go round: which ones the code itself bounds.

use ir::{BinaryOp, BindingId, Block, ExprId, ExprKind, File, LoopKind, StmtKind, Symbol, Visit, words_of};

use super::{guards, pages};

/// How often a loop goes round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rounds {
    /// The code bounds them.
    pub(super) are_few: bool,
    /// Each is for many items.
    pub(super) are_batches: bool,
}

impl Rounds {
    pub(super) const FEW: Self = Self { are_few: true, are_batches: false };

    pub(super) fn of_for(file: &File, defs: &guards::Defs, iter: ExprId, body: &Block) -> Self {
        let are_few = is_bounded_range(file, defs, iter) || is_retry(file, iter, body) || is_search(file, body);
        Self { are_few, are_batches: is_batched(file, defs, iter) }
    }

    pub(super) fn of_while(file: &File, defs: &guards::Defs, test: ExprId, body: &Block) -> Self {
        let are_few = leaves_on_success(body)
            || is_bounded_test(file, test)
            || is_walk(file, test, body)
            || draws_again(file, test, body)
            || pages::is_walk(file, test, body);
        Self { are_few, are_batches: is_stepped(file, body) || counts_batches(file, defs, test) }
    }
}

/// Whether a loop runs over a literal list or a range of constants.
pub(super) fn is_bounded_range(file: &File, defs: &guards::Defs, iter: ExprId) -> bool {
    if names_tool_calls(file, iter) {
        return true;
    }
    match &file.expr(iter).kind {
        ExprKind::Local(binding) if is_constant(file.binding(*binding).name) || is_imported(file, *binding) => true,
        ExprKind::Local(binding) => match defs.get(binding).map(Vec::as_slice) {
            Some(all) if all.iter().all(|def| def.parts.is_empty() && is_written(file, def.value)) => true,
            Some([only]) if only.parts.is_empty() => match &file.expr(only.value).kind {
                // `const first = words.slice(0, 5)`.
                ExprKind::Slice { to: Some(to), .. } => is_small(file, *to),
                ExprKind::Call { callee, args, .. } => match file.expr(*callee).kind {
                    ExprKind::Member { name, .. } if name == "slice" => takes_few(file, name, args),
                    _ => false,
                },
                // `[key for key, _ in Colour.choices]`.
                ExprKind::Control(stmt) => match &stmt.kind {
                    StmtKind::Loop { kind: LoopKind::For { iter, .. }, .. } => is_constant_member(file, *iter),
                    _ => false,
                },
                _ => false,
            },
            _ => false,
        },
        ExprKind::Member { .. } | ExprKind::Global(_) => is_constant_member(file, iter),
        ExprKind::List(items) => !items.iter().any(|item| is_spread(file, *item)),
        ExprKind::Record(_) | ExprKind::Text(_) => true,
        ExprKind::Conditional { .. } => is_written(file, iter),
        // `message.tool_calls ?? []`.
        ExprKind::Binary { op, left, right } if op.is_lazy() => {
            is_bounded_range(file, defs, *left) && is_bounded_range(file, defs, *right)
        }
        ExprKind::Call { callee, args, .. } => match file.expr(*callee).kind {
            ExprKind::Global(name) if name == "range" => {
                args.iter().all(|arg| matches!(file.expr(arg.value).kind, ExprKind::Number(_)))
            }
            ExprKind::Member { base, name, .. } => {
                takes_few(file, name, args)
                    || lists_constants(file, base, name, args)
                    || is_of_written(file, base, name)
            }
            _ => false,
        },
        ExprKind::Slice { to: Some(to), .. } => is_small(file, *to),
        ExprKind::Other(parts) => {
            !parts.is_empty() && parts.iter().all(|part| matches!(file.expr(*part).kind, ExprKind::Number(_)))
        }
        _ => false,
    }
}

/// A list that stands there with its elements, or either of two.
fn is_written(file: &File, value: ExprId) -> bool {
    match &file.expr(value).kind {
        ExprKind::List(items) => !items.is_empty() && !items.iter().any(|item| is_spread(file, *item)),
        ExprKind::Conditional { then, otherwise, .. } => is_written(file, *then) && is_written(file, *otherwise),
        _ => false,
    }
}

/// The tools that one answer of a language model asks for: two or three, and each another one.
fn names_tool_calls(file: &File, expr: ExprId) -> bool {
    let name = match file.expr(file.awaited(expr)).kind {
        ExprKind::Local(binding) => file.binding(binding).name,
        ExprKind::Member { name, .. } => name,
        _ => return false,
    };
    let words = words_of(&name);
    matches!(words.as_slice(), [.., what, calls] if matches!(what.as_str(), "tool" | "function") && calls == "calls")
}

/// `scores.most_common(10)`, `list.slice(0, 5)`, Redis's `zrange(key, 0, 20)`.
fn takes_few(file: &File, name: Symbol, args: &[ir::Arg]) -> bool {
    let end = match name.as_str() {
        "most_common" | "take" | "nlargest" | "nsmallest" => args.first(),
        "slice" => args.get(1),
        "zrange" | "zrevrange" | "lrange" | "zRange" | "lRange" => args.get(2),
        _ => None,
    };
    end.is_some_and(|end| is_small(file, end.value))
}

/// `while (await exists(token)) token = draw()`, `while find(name) is not None: name = f"{base}-{number}"`: another one is
/// tried, and the first that is free is taken.
fn draws_again(file: &File, test: ExprId, body: &Block) -> bool {
    let asks = |id: ExprId| matches!(file.expr(file.awaited(id)).kind, ExprKind::Call { .. });
    let is_answer = match file.expr(file.awaited(test)).kind {
        ExprKind::Binary { left, .. } => asks(left),
        _ => asks(test),
    };
    let asked = names_in(file, test);
    let is_made = |value: ExprId| {
        let value = match file.expr(value).kind {
            ExprKind::Slice { base, .. } => base,
            _ => value,
        };
        asks(value) || matches!(file.expr(value).kind, ExprKind::Text(_))
    };
    let is_new = |binding: BindingId, value: ExprId| is_made(value) && !names_in(file, value).contains(&binding);
    let draws_name =
        || pages::assignments(file, body).into_iter().any(|(name, value)| asked.contains(&name) && is_new(name, value));
    // `user.email = f"{draw()}@localhost"`.
    let draws_member = || {
        let members = members_in(file, test);
        body.stmts
            .iter()
            .filter_map(|stmt| placed(file, stmt))
            .any(|(object, name, value)| members.contains(&(object, name)) && is_new(object, value))
    };
    is_answer && (draws_name() || draws_member())
}

/// The object, the member and the value of `user.email = …`.
fn placed(file: &File, stmt: &ir::Stmt) -> Option<(BindingId, Symbol, ExprId)> {
    let (pattern, value) = match &stmt.kind {
        StmtKind::Let { pattern, value: Some(value), .. } => (pattern, *value),
        StmtKind::Expr(expr) => match &file.expr(*expr).kind {
            ExprKind::Assign { pattern, value, .. } => (&**pattern, *value),
            _ => return None,
        },
        _ => return None,
    };
    let ir::Pattern::Place(place) = pattern else { return None };
    let (object, name) = member_of(file, *place)?;
    Some((object, name, value))
}

fn member_of(file: &File, expr: ExprId) -> Option<(BindingId, Symbol)> {
    let ExprKind::Member { base, name, .. } = file.expr(expr).kind else { return None };
    let ExprKind::Local(object) = file.expr(base).kind else { return None };
    Some((object, name))
}

fn members_in(file: &File, expr: ExprId) -> Vec<(BindingId, Symbol)> {
    struct Members(Vec<(BindingId, Symbol)>);
    impl Visit for Members {
        fn expr(&mut self, file: &File, id: ExprId) {
            self.0.extend(member_of(file, id));
            ir::walk_expr(self, file, id);
        }
    }
    let mut members = Members(Vec::new());
    members.expr(file, expr);
    members.0
}

/// `[first, second].filter(Boolean)`.
fn is_of_written(file: &File, base: ExprId, name: Symbol) -> bool {
    let is_written = match &file.expr(base).kind {
        ExprKind::List(items) => !items.iter().any(|item| is_spread(file, *item)),
        _ => false,
    };
    is_written && matches!(name.as_str(), "filter" | "map" | "sort" | "reverse" | "entries" | "iter" | "into_iter")
}

/// `Object.values(Currency)`: what another file declares, or a type.
fn lists_constants(file: &File, base: ExprId, name: Symbol, args: &[ir::Arg]) -> bool {
    let lists = matches!(file.expr(base).kind, ExprKind::Global(name) if name == "Object")
        && matches!(name.as_str(), "values" | "keys" | "entries");
    let is_declared = |arg: &ir::Arg| match file.expr(arg.value).kind {
        ExprKind::Local(binding) => {
            is_imported(file, binding) || file.binding(binding).name.starts_with(|first: char| first.is_uppercase())
        }
        _ => false,
    };
    lists && args.first().is_some_and(is_declared)
}

/// A number of rounds that is no load.
fn is_small(file: &File, expr: ExprId) -> bool {
    const FEW: f64 = 50.0;
    matches!(file.expr(expr).kind, ExprKind::Number(number) if (0.0..=FEW).contains(&number))
}

/// `KINDS`: a name in capitals is a constant's, in each of the languages.
fn is_constant(name: Symbol) -> bool {
    name.len() > 1 && name.chars().all(|char| char.is_ascii_uppercase() || char.is_ascii_digit() || char == '_')
}

/// A list that another file declares is a part of the code, as those of request and table are results of calls.
fn is_imported(file: &File, binding: BindingId) -> bool {
    matches!(file.binding(binding).kind, ir::BindingKind::Import(_))
}

/// `settings.LANGUAGES`, and what an enumeration of Django's lists: `Colour.choices`.
fn is_constant_member(file: &File, expr: ExprId) -> bool {
    match file.expr(expr).kind {
        ExprKind::Member { name, .. } => is_constant(name) || matches!(name.as_str(), "choices" | "__members__"),
        ExprKind::Global(name) => is_constant(name),
        _ => false,
    }
}

/// A walk that finds its way as it goes: what it is at decides what comes next, so that nothing can be asked in one go. The
/// body adds to the list that the test takes from.
fn is_walk(file: &File, test: ExprId, body: &Block) -> bool {
    let mut walk = Walk { names: names_in(file, test), goes_on: false };
    walk.block(file, body);
    walk.goes_on
}

fn names_in(file: &File, expr: ExprId) -> Vec<BindingId> {
    struct Names(Vec<BindingId>);
    impl Visit for Names {
        fn expr(&mut self, file: &File, id: ExprId) {
            if let ExprKind::Local(binding) = file.expr(id).kind {
                self.0.push(binding);
            }
            ir::walk_expr(self, file, id);
        }
    }
    let mut names = Names(Vec::new());
    names.expr(file, expr);
    names.0
}

struct Walk {
    names: Vec<BindingId>,
    goes_on: bool,
}

impl Visit for Walk {
    fn expr(&mut self, file: &File, id: ExprId) {
        if let ExprKind::Call { callee, .. } = file.expr(id).kind
            && let ExprKind::Member { base, name, .. } = file.expr(callee).kind
            && let ExprKind::Local(binding) = file.expr(base).kind
            && matches!(
                name.as_str(),
                "append"
                    | "extend"
                    | "add"
                    | "put"
                    | "push"
                    | "push_back"
                    | "push_front"
                    | "unshift"
                    | "appendleft"
                    | "insert"
            )
        {
            self.goes_on |= self.names.contains(&binding);
        }
        ir::walk_expr(self, file, id);
    }
}

/// A loop over batches of items: `for chunk in chunks(items, 500)`, `range(0, n, 500)`. What it does runs once for many.
fn is_batched(file: &File, defs: &guards::Defs, iter: ExprId) -> bool {
    match &file.expr(iter).kind {
        ExprKind::Local(binding) => match defs.get(binding).map(Vec::as_slice) {
            Some([only]) if only.parts.is_empty() && only.value != iter => {
                matches!(file.expr(only.value).kind, ExprKind::Call { .. }) && is_batched(file, defs, only.value)
            }
            _ => false,
        },
        ExprKind::Call { callee, args, .. } => match file.expr(*callee).kind {
            ExprKind::Global(name) if name == "range" => {
                args.get(2).is_some_and(|step| !matches!(file.expr(step.value).kind, ExprKind::Unary { .. }))
            }
            ExprKind::Global(name) | ExprKind::Member { name, .. } => names_batches(name.as_str()),
            ExprKind::Local(binding) => names_batches(file.binding(binding).name.as_str()),
            _ => false,
        },
        _ => false,
    }
}

/// `i < batches.length`.
fn counts_batches(file: &File, defs: &guards::Defs, test: ExprId) -> bool {
    let ExprKind::Binary { left, right, .. } = file.expr(test).kind else { return false };
    [left, right].iter().any(|side| match file.expr(*side).kind {
        ExprKind::Member { base, name, .. } if name == "length" => is_batched(file, defs, base),
        _ => false,
    })
}

/// What `i < rows.length` counts to the end of.
pub(super) fn counted(file: &File, test: ExprId) -> Option<ExprId> {
    let ExprKind::Binary { op, right, .. } = file.expr(test).kind else { return None };
    match file.expr(right).kind {
        ExprKind::Member { base, name, .. } if op.is_order() && name == "length" => Some(base),
        _ => None,
    }
}

fn names_batches(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("chunk") || name.contains("batch")
}

/// `for (…; i += 500)`: the body ends with a step of more than one.
fn is_stepped(file: &File, body: &Block) -> bool {
    let Some(StmtKind::Expr(last)) = body.stmts.last().map(|last| &last.kind) else { return false };
    match &file.expr(*last).kind {
        ExprKind::Assign { op: Some(BinaryOp::Add), value, pattern } => {
            pattern.as_binding().is_some()
                && !matches!(file.expr(*value).kind, ExprKind::Number(step) if step <= 1.0)
                && matches!(file.expr(*value).kind, ExprKind::Number(_) | ExprKind::Local(_) | ExprKind::Member { .. })
        }
        _ => false,
    }
}

fn is_spread(file: &File, item: ExprId) -> bool {
    matches!(file.expr(item).kind, ExprKind::Spread(_))
}

/// `i < 3`, `i < MAX_ROUNDS`, `attempt < limit`.
fn is_bounded_test(file: &File, test: ExprId) -> bool {
    let ExprKind::Binary { op, left, right } = file.expr(test).kind else { return false };
    if op == BinaryOp::And {
        return is_bounded_test(file, left) || is_bounded_test(file, right);
    }
    let is_few = |side: ExprId| match file.expr(side).kind {
        ExprKind::Number(_) => true,
        ExprKind::Local(binding) => names_few(file.binding(binding).name.as_str()),
        ExprKind::Global(name) | ExprKind::Member { name, .. } => names_few(name.as_str()),
        _ => false,
    };
    op.is_order() && (is_few(left) || is_few(right))
}

/// A constant, or a number of attempts.
fn names_few(name: &str) -> bool {
    let is_constant = name.len() > 1
        && name.contains(|letter: char| letter.is_ascii_uppercase())
        && !name.contains(|letter: char| letter.is_ascii_lowercase());
    let lower = name.to_ascii_lowercase();
    is_constant || ["attempt", "retries", "retry"].iter().any(|word| lower.contains(word))
}

/// `for attempt in range(attempts)` that is left when it worked, and any loop whose body ends by leaving it.
fn is_retry(file: &File, iter: ExprId, body: &Block) -> bool {
    let counts = match &file.expr(iter).kind {
        ExprKind::Call { callee, .. } => matches!(file.expr(*callee).kind, ExprKind::Global(name) if name == "range"),
        ExprKind::Other(bounds) => bounds.len() <= 2 && !bounds.is_empty(),
        _ => false,
    };
    leaves_on_success(body) || counts && leaves_anywhere(body)
}

fn leaves_anywhere(block: &Block) -> bool {
    block.stmts.iter().any(|stmt| match &stmt.kind {
        StmtKind::Return(_) | StmtKind::Break(_) => true,
        StmtKind::If { then, otherwise, .. } => leaves_anywhere(then) || leaves_anywhere(otherwise),
        StmtKind::Try { body, handlers, otherwise, .. } => {
            leaves_anywhere(body)
                || leaves_anywhere(otherwise)
                || handlers.iter().any(|handler| leaves_anywhere(&handler.body))
        }
        StmtKind::With { body, .. } => leaves_anywhere(body),
        StmtKind::Match { arms, .. } => arms.iter().any(|arm| leaves_anywhere(&arm.body)),
        _ => false,
    })
}

/// A search that stops at what it finds: the body ends with `if found: return found`, or `if found: break`.
fn is_search(file: &File, body: &Block) -> bool {
    let Some(StmtKind::If { test, then, otherwise }) = body.stmts.last().map(|last| &last.kind) else { return false };
    let ExprKind::Local(found) = file.expr(*test).kind else { return false };
    otherwise.stmts.is_empty()
        && then.stmts.last().is_some_and(|last| match &last.kind {
            StmtKind::Break(_) => true,
            StmtKind::Return(Some(value)) => {
                matches!(file.expr(*value).kind, ExprKind::Local(returned) if returned == found)
            }
            _ => false,
        })
}

/// A retry: the body ends by leaving the loop, at its top level or at the end of a `try` at its top level.
fn leaves_on_success(body: &Block) -> bool {
    body.stmts.last().is_some_and(|last| match &last.kind {
        StmtKind::Return(_) | StmtKind::Break(_) => true,
        StmtKind::Try { body, otherwise, .. } => leaves_on_success(body) || leaves_on_success(otherwise),
        _ => false,
    }) || body.stmts.iter().any(|stmt| match &stmt.kind {
        StmtKind::Try { body, .. } => leaves_on_success(body),
        _ => false,
    })
}

/// Whether a test holds for one round of a loop, or a few: the element itself, or its key, is a certain one. Some(false): it
/// holds for all but those.
pub(super) fn picks_one(file: &File, test: ExprId, elements: &[BindingId]) -> Option<bool> {
    let ExprKind::Binary { op, left, right } = file.expr(test).kind else { return None };
    let is_equal = match op {
        BinaryOp::Equal => true,
        BinaryOp::NotEqual => false,
        _ => return None,
    };
    let is_of_element = |side: ExprId| match file.expr(side).kind {
        ExprKind::Local(binding) => elements.contains(&binding),
        ExprKind::Member { base, name, .. } => {
            matches!(file.expr(base).kind, ExprKind::Local(binding) if elements.contains(&binding))
                && matches!(name.as_str(), "id" | "_id" | "pk" | "key" | "uuid" | "slug" | "name")
        }
        _ => false,
    };
    (is_of_element(left) != is_of_element(right)).then_some(is_equal)
}
