//! Remote calls that are started all at once, one for each element of something whose size the code does not bound.

mod given;
mod round;

use ir::{BindingId, ExprId, ExprKind, File, StmtKind, Symbol};

use crate::ids::{ExprRef, FileId, FnRef};
use crate::index::{Part, Site};
use crate::models::{Effect, Runs};
use crate::program::Program;
use crate::values::Atom;

/// A call that waits for many at once.
#[derive(Clone, Copy, Debug)]
pub struct FanOut {
    pub function: FnRef,
    /// `Promise.all(…)`, `gather(…)`, `join_all(…)`.
    pub at: ExprRef,
    /// The remote call that is made for each element.
    pub call: ExprRef,
}

const MAX_HOPS: u32 = 3;

/// How many callers are asked for what they give.
const MAX_CALLERS: usize = 32;

/// What waits for all the tasks that it has started.
const GROUPS: &[&str] = &["asyncio.TaskGroup", "anyio.abc.TaskGroup", "tokio.task.JoinSet"];

/// Functions that start what they are given and give a handle to wait for.
const STARTERS: &[&str] = &["create_task", "ensure_future", "spawn"];

/// Members that add to a list.
const ADDERS: &[&str] = &["append", "push"];

pub(crate) fn solve(program: &Program<'_>) -> Vec<FanOut> {
    let mut found = program.each_function(|function| {
        let sites = program.listing(function.file).sites_of(function.id).iter();
        let found = sites.filter(|site| !site.is_once).filter_map(move |site| {
            let at = ExprRef { file: function.file, id: site.call };
            let call = fan_out(program, at).or_else(|| started(program, function, at, site))?;
            Some(FanOut { function, at, call })
        });
        found.collect::<Vec<_>>()
    });
    // Who starts them for a list of lists is told, and not who does for each of those.
    let outer: Vec<ExprRef> = found.iter().filter(|fan| !holds(program, fan)).map(|fan| fan.call).collect();
    found.retain(|fan| !holds(program, fan) || !outer.contains(&fan.call));
    found
}

/// Whether the call that is made for each element stands in the function itself, or in a closure in it.
fn holds(program: &Program<'_>, fan: &FanOut) -> bool {
    let file = program.file(fan.call.file);
    let mut around = program.listing(fan.call.file).site(fan.call.id).map(|site| site.function);
    while let Some(function) = around {
        if (FnRef { file: fan.call.file, id: function }) == fan.function {
            return true;
        }
        around = file.function(function).parent;
    }
    false
}

fn fan_out(program: &Program<'_>, at: ExprRef) -> Option<ExprRef> {
    let ExprKind::Call { callee, args, .. } = program.kind(at) else { return None };
    if !waits_for_all(program, ExprRef { file: at.file, id: *callee }) {
        return None;
    }
    args.iter().find_map(|arg| each_of(program, ExprRef { file: at.file, id: arg.value }, 0))
}

/// `group.create_task(f(x))`, `set.spawn(f(x))` for each element: the group waits for all.
fn started(program: &Program<'_>, function: FnRef, at: ExprRef, site: &Site) -> Option<ExprRef> {
    let ExprKind::Call { callee, args, .. } = program.kind(at) else { return None };
    let ExprKind::Member { base, name, .. } = *program.kind(ExprRef { file: at.file, id: *callee }) else {
        return None;
    };
    let over = ExprRef { file: at.file, id: site.loops_over? };
    let is_group = |atom: &Atom| matches!(atom, Atom::Instance(ty) if GROUPS.contains(&ty.as_str()));
    let starts = matches!(name.as_str(), "create_task" | "start_soon" | "spawn")
        && program.value(ExprRef { file: at.file, id: base }).iter().any(is_group);
    if !starts || !is_unbounded(program, over, 0) || limits(program, function) {
        return None;
    }
    of_started(program, ExprRef { file: at.file, id: args.first()?.value })
}

/// The remote call of what a task is started with: a call, a function, an `async` block.
fn of_started(program: &Program<'_>, task: ExprRef) -> Option<ExprRef> {
    let functions = || {
        program.value(task).iter().filter_map(|atom| match atom {
            Atom::Function(function) => Some(*function),
            _ => None,
        })
    };
    of_call(program, task, 0).or_else(|| functions().find_map(|function| remote_in(program, function, 0)))
}

fn waits_for_all(program: &Program<'_>, callee: ExprRef) -> bool {
    match *program.kind(callee) {
        ExprKind::Member { base, name, .. } => match name.as_str() {
            "all" | "allSettled" => {
                matches!(program.kind(ExprRef { file: callee.file, id: base }), ExprKind::Global(name) if name == "Promise")
            }
            "gather" => true,
            "join_all" | "try_join_all" => true,
            _ => false,
        },
        ExprKind::Local(binding) => {
            let name = program.file(callee.file).binding(binding).name;
            matches!(name.as_str(), "gather" | "join_all" | "try_join_all")
        }
        _ => false,
    }
}

/// The remote call that is made for each element: `list.map(f)`, `*[f(x) for x in list]`, or a name that stands for it.
fn each_of(program: &Program<'_>, value: ExprRef, depth: u32) -> Option<ExprRef> {
    let at = |id: ExprId| ExprRef { file: value.file, id };
    if depth > 4 {
        return None;
    }
    match program.kind(value) {
        ExprKind::Spread(inner) | ExprKind::Await(inner) => each_of(program, at(*inner), depth + 1),
        ExprKind::Local(binding) => match program.definition(value) {
            Some(made) if is_empty_list(program, made) => added(program, value.file, *binding),
            Some(made) => each_of(program, made, depth + 1),
            None => None,
        },
        ExprKind::Call { callee, args, .. } => {
            let ExprKind::Member { base, name, .. } = *program.kind(at(*callee)) else { return None };
            match name.as_str() {
                "map" if is_unbounded(program, at(base), 0) => {
                    let functions = program.value(at(args.first()?.value)).iter();
                    functions
                        .filter_map(|atom| match atom {
                            Atom::Function(function) => Some(*function),
                            _ => None,
                        })
                        .find_map(|function| remote_in(program, function, 0))
                }
                "collect" => each_of(program, at(base), depth + 1),
                _ => None,
            }
        }
        ExprKind::Control(stmt) => match &stmt.kind {
            StmtKind::Loop { kind: ir::LoopKind::For { iter, .. }, body, .. }
                if is_unbounded(program, at(*iter), 0) =>
            {
                let tail = program.file(value.file).awaited(body.tail?);
                of_call(program, at(tail), 0)
            }
            _ => None,
        },
        _ => None,
    }
}

/// `[]`, `Vec::new()`.
fn is_empty_list(program: &Program<'_>, made: ExprRef) -> bool {
    match program.kind(made) {
        ExprKind::List(items) => items.is_empty(),
        ExprKind::Call { .. } => {
            program.called_name(made).is_some_and(|name| matches!(name.as_str(), "new" | "with_capacity" | "vec"))
        }
        _ => false,
    }
}

/// The remote call that a loop adds to a list for each element, without waiting for it.
fn added(program: &Program<'_>, file: FileId, list: BindingId) -> Option<ExprRef> {
    let (data, index) = (program.file(file), program.listing(file));
    let at = |id: ExprId| ExprRef { file, id };
    index.uses_of(list).iter().find_map(|use_| {
        let member = index.parent(*use_)?;
        let ExprKind::Member { name, .. } = data.expr(member).kind else { return None };
        let call = index.parent(member).filter(|_| ADDERS.contains(&name.as_str()))?;
        let ExprKind::Call { args, .. } = &data.expr(call).kind else { return None };
        let over = index.site(call)?.loops_over.filter(|over| is_unbounded(program, at(*over), 0))?;
        let promise = at(args.first()?.value);
        let is_awaited = matches!(program.kind(promise), ExprKind::Await(_)) || over == promise.id;
        if is_awaited { None } else { of_call(program, promise, 0) }
    })
}

/// A remote call, or a call of a function that makes one, also where it is started as a task.
fn of_call(program: &Program<'_>, call: ExprRef, hops: u32) -> Option<ExprRef> {
    if is_remote(program, call) {
        return Some(call);
    }
    if let ExprKind::Call { args, .. } = program.kind(call)
        && program.called_name(call).is_some_and(|name| STARTERS.contains(&name.as_str()))
    {
        return of_started(program, ExprRef { file: call.file, id: args.first()?.value });
    }
    program.called_functions(call).into_iter().find_map(|function| remote_in(program, function, hops + 1))
}

/// The first remote call of a function that nothing in it limits.
fn remote_in(program: &Program<'_>, function: FnRef, hops: u32) -> Option<ExprRef> {
    if hops > MAX_HOPS || limits(program, function) {
        return None;
    }
    let at = |call| ExprRef { file: function.file, id: call };
    let sites = program.listing(function.file).sites_of(function.id);
    let own = sites.iter().map(|site| at(site.call)).find(|call| is_remote(program, *call));
    own.or_else(|| {
        let edges = program.calls_from(function).iter();
        edges
            .filter(|edge| matches!(edge.how, Runs::Inline | Runs::Each | Runs::Task))
            .find_map(|edge| remote_in(program, edge.to, hops + 1))
    })
}

fn is_remote(program: &Program<'_>, call: ExprRef) -> bool {
    program.model(call).is_some_and(|model| {
        let reads = model.path.is_some_and(|path| path.contains("Response#"));
        matches!(model.does, Some(Effect::Http | Effect::Llm | Effect::Mail | Effect::Push)) && !reads
    })
}

/// Whether a function waits for its turn: a semaphore, a limiter, a queue.
fn limits(program: &Program<'_>, function: FnRef) -> bool {
    let file = program.file(function.file);
    let span = file.function(function.id).span;
    program.listing(function.file).within(file, span).any(|(_, expr)| match &expr.kind {
        ExprKind::Local(binding) => is_limiter(file.binding(*binding).name),
        // `query.limit(20)` limits rows.
        ExprKind::Member { name, .. } if name == "limit" => false,
        ExprKind::Member { name, .. } | ExprKind::Global(name) => is_limiter(*name),
        _ => false,
    })
}

fn is_limiter(name: Symbol) -> bool {
    let name = name.to_lowercase();
    ["sem", "limit", "throttle", "queue", "acquire", "permit", "bottleneck", "cache"]
        .iter()
        .any(|word| name.contains(word))
}

/// `sorted(list)`, `Array.from(list)`, `JSON.parse(text)`.
fn copies(file: &File, callee: ExprId) -> bool {
    match file.expr(callee).kind {
        ExprKind::Global(name) => matches!(name.as_str(), "list" | "sorted" | "reversed" | "set" | "tuple" | "Set"),
        ExprKind::Member { base, name, .. } => {
            matches!(name.as_str(), "from" | "parse" | "stringify" | "loads")
                && matches!(file.expr(base).kind, ExprKind::Global(_) | ExprKind::Local(_))
        }
        _ => false,
    }
}

/// Whether a function of the project that is called gives such a collection.
fn returns_unbounded(program: &Program<'_>, call: ExprRef, depth: u32) -> bool {
    program.called_functions(call).into_iter().take(4).any(|function| {
        let returned = &program.listing(function.file).returns[function.id.0 as usize];
        returned.iter().any(|value| is_unbounded(program, ExprRef { file: function.file, id: *value }, depth))
    })
}

/// Whether a function of the project that is called gives such a collection as that part of what it returns.
fn returns_unbounded_part(program: &Program<'_>, call: ExprRef, number: u32, depth: u32) -> bool {
    let call = ExprRef { id: program.file(call.file).awaited(call.id), ..call };
    program.called_functions(call).into_iter().take(4).any(|function| {
        let returned = &program.listing(function.file).returns[function.id.0 as usize];
        returned.iter().any(|value| match program.kind(ExprRef { file: function.file, id: *value }) {
            ExprKind::List(parts) => parts
                .get(number as usize)
                .is_some_and(|part| is_unbounded(program, ExprRef { file: function.file, id: *part }, depth)),
            _ => false,
        })
    })
}

/// Whether a collection is what a request or a query gives, as far as it can be seen: no literal, no part, no constant.
fn is_unbounded(program: &Program<'_>, list: ExprRef, depth: u32) -> bool {
    let (file, index) = (program.file(list.file), program.listing(list.file));
    let at = |id: ExprId| ExprRef { file: list.file, id };
    let of_few = |name: Symbol| {
        let name = name.to_lowercase();
        ["chunk", "batch", "provider", "worker", "page", "source", "region"].iter().any(|word| name.contains(word))
            || name.chars().all(|letter| letter.is_uppercase() || !letter.is_alphabetic())
    };
    match &file.expr(list.id).kind {
        ExprKind::Await(inner) | ExprKind::Propagate(inner) => is_unbounded(program, at(*inner), depth),
        ExprKind::Binary { left, .. } => is_unbounded(program, at(*left), depth),
        // `[...new Set(ids)]`.
        ExprKind::List(items) => match items.as_slice() {
            [only] => match program.kind(at(*only)) {
                ExprKind::Spread(inner) => is_unbounded(program, at(*inner), depth),
                _ => false,
            },
            _ => false,
        },
        ExprKind::Call { callee, args, .. } => match file.expr(*callee).kind {
            ExprKind::Member { base, name, .. }
                if matches!(name.as_str(), "filter" | "iter" | "into_iter" | "values" | "keys" | "entries" | "map") =>
            {
                is_unbounded(program, at(base), depth)
            }
            ExprKind::Member { base, name, .. } if given::keeps_length(name.as_str(), args.len()) => {
                is_unbounded(program, at(base), depth)
            }
            // What is made of a list, and has as many elements.
            ExprKind::Member { base, name, .. }
                if matches!(name.as_str(), "get_json" | "json" | "getlist") && is_of_request(program, at(base)) =>
            {
                true
            }
            // What is made of a query's result.
            ExprKind::Member { base, name, .. }
                if matches!(name.as_str(), "all" | "scalars" | "fetchall" | "mappings" | "unique")
                    && program.queries_at(list).is_empty()
                    && depth < 4 =>
            {
                is_unbounded(program, at(base), depth + 1)
            }
            _ if program.called_name(list).is_some_and(|name| given::reads_rows(name.as_str()))
                && args.first().is_some_and(|arg| is_unbounded(program, at(arg.value), depth)) =>
            {
                true
            }
            ExprKind::Member { name, .. } if name == "sheet_to_json" => true,
            _ if copies(file, *callee) => args.first().is_some_and(|arg| is_unbounded(program, at(arg.value), depth)),
            _ => {
                program.queries_at(list).iter().any(|query| query.limit == crate::queries::Certainty::Absent)
                    || depth < 4 && returns_unbounded(program, list, depth + 1)
            }
        },
        ExprKind::Member { base, name, .. } if !of_few(*name) => {
            is_of_request(program, at(*base))
                || given::is_of_remote(program, list, 0)
                || given::lists_keys(program, *name, at(*base))
                || is_part(*name) && is_unbounded(program, at(*base), depth)
        }
        ExprKind::Index { base, .. } => is_of_request(program, at(*base)),
        ExprKind::Local(binding) if depth < 4 => {
            let binding_data = file.binding(*binding);
            if of_few(binding_data.name) || binding_data.function == ir::FnId::MODULE {
                return false;
            }
            if let Some(param) = index.params.get(binding) {
                let function = FnRef { file: list.file, id: param.function };
                let callers = program.calls_into(function);
                let is_handler = program.is_entry(function);
                return is_handler
                    || callers.iter().take(MAX_CALLERS).any(|edge| {
                        let given = program.argument(edge.at, function, param.index);
                        given.is_some_and(|given| is_unbounded(program, given, depth + 1))
                    });
            }
            match index.defs.get(binding).map(Vec::as_slice) {
                Some([def]) if def.parts.is_empty() => {
                    let made = at(def.value);
                    is_unbounded(program, made, depth + 1)
                        || given::is_filled(program, list.file, *binding, made, depth)
                }
                // `const { ids } = req.body`, `const { rows } = await pool.query(…)`.
                Some([def]) if matches!(def.parts.as_slice(), [Part::Field(_)]) => {
                    is_of_request(program, at(def.value))
                        || given::is_of_remote(program, at(def.value), 0)
                        || is_unbounded(program, at(def.value), depth + 1)
                }
                // `rows, total = page(…)`.
                Some([def]) => match def.parts.as_slice() {
                    [Part::Item(number)] => returns_unbounded_part(program, at(def.value), *number, depth + 1),
                    _ => false,
                },
                _ => false,
            }
        }
        _ => false,
    }
}

impl Program<'_> {
    /// Whether the loop around a call, or the collection whose member makes it for each element, is what a request or a
    /// table gives, as far as it can be seen.
    pub fn is_for_many(&self, call: ExprRef) -> bool {
        let at = |id| ExprRef { file: call.file, id };
        let listing = self.listing(call.file);
        let around = listing.site(call.id).and_then(|site| site.loops_over);
        let member = match *self.kind(call) {
            ExprKind::Call { callee, .. } => match *self.kind(at(callee)) {
                ExprKind::Member { base, .. } => Some(base),
                _ => None,
            },
            _ => None,
        };
        around.or(member).is_some_and(|list| is_unbounded(self, at(list), 0))
    }
}

/// `Papa.parse(text).data`, `upload.buffer`.
fn is_part(name: Symbol) -> bool {
    matches!(name.as_str(), "data" | "rows" | "buffer" | "content")
}

/// `req.body`, `request.json`, a body that a framework has read: a handler's parameter.
fn is_of_request(program: &Program<'_>, value: ExprRef) -> bool {
    match *program.kind(value) {
        ExprKind::Member { base, name, .. } => {
            matches!(name.as_str(), "body" | "json" | "data" | "query" | "file" | "files" | "rawBody")
                && is_of_request(program, ExprRef { file: value.file, id: base })
        }
        ExprKind::Local(binding) => {
            let Some(param) = program.listing(value.file).params.get(&binding) else {
                // Flask's, which every handler imports.
                return program.file(value.file).binding(binding).name == "request";
            };
            let function = FnRef { file: value.file, id: param.function };
            program.is_entry(function)
        }
        _ => false,
    }
}
