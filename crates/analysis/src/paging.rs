//! Page sizes that a request decides, and nothing caps.
//!
//! From the place where a query is given its limit the value is followed back: through conversions and defaults, names,
//! parameters of helpers and their callers, to a parameter of a handler or a part of the request. Whatever might cap it on the way
//! (a comparison, `min`, a validator, a schema, anything unknown) ends the search.

mod declared;
mod decorated;
mod extracted;
mod paginators;
mod request;

use ir::{BinaryOp, BindingId, ExprId, ExprKind, Symbol, TextPart, UnaryOp};

use crate::calls::Edge;
use crate::ids::{ExprRef, FnRef};
use crate::index::Part;
use crate::models::Query;
use crate::program::Program;
use crate::queries::QueryUse;
pub use paginators::Paginator;

/// A query whose number of rows a request decides.
#[derive(Clone, Debug)]
pub struct PageSize {
    pub function: FnRef,
    /// The value that limits the query.
    pub at: ExprRef,
    /// Where it comes from.
    pub source: ExprRef,
    /// The calls by which it comes to the function: others may leave the parameter at its default.
    pub way: Vec<Edge>,
}

/// A part of a request, and the calls that hand it on.
struct Source {
    at: ExprRef,
    way: Vec<Edge>,
}

impl From<ExprRef> for Source {
    fn from(at: ExprRef) -> Self {
        Self { at, way: Vec::new() }
    }
}

const MAX_DEPTH: u32 = 8;
const MAX_CALLERS: usize = 16;

/// Options that limit the rows of a query.
const SIZES: &[&str] =
    &["take", "limit", "first", "per_page", "perPage", "page_size", "pageSize", "size", "length", "top", "$limit"];

pub(crate) fn solve(program: &Program<'_>) -> Vec<PageSize> {
    let mut found = Vec::new();
    for call in program.calls().iter().filter(|call| !call.model.query.is_empty()) {
        for value in limits_of(program, call.at, &call.model.query) {
            let function = call.function;
            found.extend(page_size(program, function, value));
        }
    }
    // `query("… LIMIT %s", [size])`, where a helper of the project sends what it is given.
    let is_handed = |query: &&QueryUse| query.sql.is_some() && program.model(query.at).is_none();
    for query in program.queries().iter().filter(is_handed) {
        let limits = limits_of_text(program, query.at).into_iter();
        found.extend(limits.filter_map(|value| page_size(program, query.function, value)));
    }
    found.sort_by_key(|size| size.at);
    found.dedup_by_key(|size| size.at);
    found
}

fn page_size(program: &Program<'_>, function: FnRef, at: ExprRef) -> Option<PageSize> {
    source_of(program, at, 0).map(|source| PageSize { function, at, source: source.at, way: source.way })
}

/// What a call gives a query as its limit.
fn limits_of(program: &Program<'_>, call: ExprRef, roles: &[Query]) -> Vec<ExprRef> {
    let ExprKind::Call { args, .. } = program.kind(call) else { return Vec::new() };
    let at = |id| ExprRef { file: call.file, id };
    let mut limits = Vec::new();
    if roles.contains(&Query::Limit) {
        let last = args.iter().filter(|arg| arg.name.is_none()).map(|arg| at(arg.value)).next_back();
        match last.map(|last| (last, program.kind(last))) {
            // `range(start, start + size - 1)`.
            Some((last, ExprKind::Binary { .. })) if roles.contains(&Query::Offset) => {
                limits.extend(operands(program, last).into_iter().filter(|value| is_size(program, *value)));
            }
            Some((last, _)) => limits.push(last),
            None => {}
        }
    }
    for arg in args {
        match (arg.name, program.kind(at(arg.value))) {
            (Some(name), _) if SIZES.contains(&name.as_str()) => limits.push(at(arg.value)),
            (None, ExprKind::Record(entries)) => {
                let sizes = entries.iter().filter(|entry| entry.key.is_some_and(|key| SIZES.contains(&key.as_str())));
                limits.extend(sizes.map(|entry| at(entry.value)));
            }
            _ => {}
        }
    }
    if roles.contains(&Query::Sql) {
        limits.extend(limits_of_text(program, call));
    }
    limits
}

/// What a sum or difference is of.
fn operands(program: &Program<'_>, value: ExprRef) -> Vec<ExprRef> {
    match *program.kind(value) {
        ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Sub, left, right } => {
            let of = |id| operands(program, ExprRef { file: value.file, id });
            of(left).into_iter().chain(of(right)).collect()
        }
        _ => vec![value],
    }
}

/// `LIMIT $1`, `LIMIT ?`, `LIMIT ${limit}`: what is bound to it under a name of its kind.
fn limits_of_text(program: &Program<'_>, call: ExprRef) -> Vec<ExprRef> {
    let ExprKind::Call { args, .. } = program.kind(call) else { return Vec::new() };
    let at = |id| ExprRef { file: call.file, id };
    let mut limits = Vec::new();
    let (mut is_limited, mut number, mut values) = (false, None, Vec::new());
    for arg in args {
        if let Some(parts) = text_of(program, at(arg.value)) {
            values.clear();
            for pair in parts.1.windows(2) {
                if let [TextPart::Literal { value, .. }, TextPart::Hole(hole)] = pair
                    && value.trim_end().to_lowercase().ends_with("limit")
                {
                    limits.push(ExprRef { file: parts.0.file, id: *hole });
                }
            }
            for text in parts.1.iter().filter_map(|part| match part {
                TextPart::Literal { value, .. } => Some(value),
                TextPart::Hole(_) => None,
            }) {
                is_limited |= binds_limit(text);
                number = number.or_else(|| number_of_limit(text));
            }
            continue;
        }
        match program.kind(at(arg.value)) {
            ExprKind::List(items) => values.extend(items.iter().map(|item| at(*item))),
            ExprKind::Record(entries) => values.extend(entries.iter().map(|entry| at(entry.value))),
            _ => values.push(at(arg.value)),
        }
    }
    if is_limited {
        values.extend(bound_after(program, call));
        match number.and_then(|number: usize| values.get(number.checked_sub(1)?)) {
            Some(value) => limits.push(*value),
            None => limits.extend(values.into_iter().filter(|value| is_size(program, *value))),
        }
    }
    limits
}

/// `.bind(a).bind(b)` on what a call gives.
fn bound_after(program: &Program<'_>, call: ExprRef) -> Vec<ExprRef> {
    let (file, index) = (program.file(call.file), program.listing(call.file));
    let mut bound = Vec::new();
    let mut at = call.id;
    while let Some(member) = index.parent(at)
        && let ExprKind::Member { name, .. } = file.expr(member).kind
        && let Some(next) = index.parent(member)
        && let ExprKind::Call { callee, args, .. } = &file.expr(next).kind
        && *callee == member
    {
        if name == "bind" {
            bound.extend(args.iter().map(|arg| ExprRef { file: call.file, id: arg.value }));
        }
        at = next;
    }
    bound
}

/// The parts of a text, also behind a name or a call around it (`text("…")`).
fn text_of<'p>(program: &'p Program<'_>, expr: ExprRef) -> Option<(ExprRef, &'p [TextPart])> {
    match program.kind(expr) {
        ExprKind::Text(parts) => Some((expr, parts)),
        ExprKind::Call { args, .. } => text_of(program, ExprRef { file: expr.file, id: args.first()?.value }),
        ExprKind::Local(_) => match program.kind(program.definition(expr)?) {
            ExprKind::Text(parts) => Some((program.definition(expr)?, parts)),
            _ => None,
        },
        _ => None,
    }
}

fn binds_limit(text: &str) -> bool {
    after_limit(text).any(|rest| rest.starts_with(['$', '?', '%', ':', '@']))
}

/// The number of the parameter that limits a query, where it has one: `LIMIT $3`.
fn number_of_limit(text: &str) -> Option<usize> {
    after_limit(text).find_map(|rest| {
        let digits = rest.strip_prefix(['$', '?'])?;
        let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
        digits[..end].parse().ok()
    })
}

/// What follows each `LIMIT` of a text.
fn after_limit(text: &str) -> impl Iterator<Item = &str> {
    let is_limit = |at: &usize| text.get(*at..at + 5).is_some_and(|word| word.eq_ignore_ascii_case("limit"));
    (0..text.len()).filter(is_limit).map(|at| text[at + 5..].trim_start())
}

fn is_size(program: &Program<'_>, value: ExprRef) -> bool {
    let name = called_like(program, value).map(|name| name.to_lowercase());
    let words = ["limit", "size", "per_page", "perpage", "take", "count"];
    name.is_some_and(|name| words.iter().any(|word| name.contains(word)))
}

/// The name of a value, seen through conversions and defaults: `limit`, `page.limit.unwrap_or(20)`, `page.limit()`.
fn called_like(program: &Program<'_>, value: ExprRef) -> Option<Symbol> {
    let file = program.file(value.file);
    let of = |id: ExprId| called_like(program, ExprRef { file: value.file, id });
    match &file.expr(file.awaited(value.id)).kind {
        ExprKind::Local(binding) => Some(file.binding(*binding).name),
        ExprKind::Member { name, .. } => Some(*name),
        ExprKind::Call { callee, args, .. } => match file.expr(*callee).kind {
            ExprKind::Member { base, name, .. } if keeps_receiver(name) => of(base),
            ExprKind::Member { name, .. } => args.is_empty().then_some(name),
            _ => None,
        },
        ExprKind::Other(parts) => match parts.as_slice() {
            [only] => of(*only),
            _ => None,
        },
        _ => None,
    }
}

impl Program<'_> {
    /// Whether a value is a part of the request, as far as it can be seen, and nothing looks at it on the way.
    pub fn is_from_request(&self, value: ExprRef) -> bool {
        source_of(self, value, 0).is_some()
    }
}

/// The part of a request that a value is, if nothing on the way may cap it.
fn source_of(program: &Program<'_>, value: ExprRef, depth: u32) -> Option<Source> {
    if depth > MAX_DEPTH {
        return None;
    }
    let file = program.file(value.file);
    if let ExprKind::Local(binding) = file.expr(value.id).kind
        && request::may_be_capped(program, value, binding)
    {
        return None;
    }
    if request::is_part(program, value) {
        return Some(value.into());
    }
    let of = |id: ExprId| source_of(program, ExprRef { file: value.file, id }, depth + 1);
    match &file.expr(value.id).kind {
        ExprKind::Await(inner) | ExprKind::Propagate(inner) => of(*inner),
        ExprKind::Unary { op: UnaryOp::Other, operand } => of(*operand),
        // A type that is said: `value as i64`, `<string>value`.
        ExprKind::Other(parts) => match parts.as_slice() {
            [only] => of(*only),
            _ => None,
        },
        ExprKind::Binary { op: BinaryOp::Or | BinaryOp::Coalesce, left, .. } => of(*left),
        ExprKind::Call { callee, args, .. } => match file.expr(*callee).kind {
            ExprKind::Member { base, name, .. } if keeps_receiver(name) => of(base),
            ExprKind::Member { name, .. } | ExprKind::Global(name) if keeps_argument(name) => {
                args.iter().find_map(|arg| of(arg.value))
            }
            // `page.limit()`.
            ExprKind::Member { base, .. } if args.is_empty() => {
                let member = extracted::given_by(program, value)?;
                of_member(program, ExprRef { file: value.file, id: base }, member, depth + 1)
            }
            _ => None,
        },
        // `limit ? parseInt(limit, 10) : 20`; what a comparison decides is capped by it.
        ExprKind::Conditional { test, then, otherwise } => {
            let decides = !matches!(file.expr(*test).kind, ExprKind::Binary { op, .. } if op.is_order());
            decides.then(|| of(*then).or_else(|| of(*otherwise))).flatten()
        }
        ExprKind::Local(binding) => of_name(program, value, *binding, depth),
        ExprKind::Member { base, name, .. } => {
            of_member(program, ExprRef { file: value.file, id: *base }, *name, depth + 1)
        }
        _ => None,
    }
}

/// What a member of something is: an entry of the record that callers give, or a part of what holds the request's values.
fn of_member(program: &Program<'_>, holder: ExprRef, name: Symbol, depth: u32) -> Option<Source> {
    if depth > MAX_DEPTH {
        return None;
    }
    if request::is_container(program, holder)
        || extracted::is_field(program, holder, name) && !is_capped(program, holder, name)
    {
        return Some(holder.into());
    }
    let at = |id: ExprId| ExprRef { file: holder.file, id };
    match program.kind(holder) {
        ExprKind::Record(entries) => match entries.iter().rev().find(|entry| entry.key == Some(name)) {
            Some(entry) => source_of(program, at(entry.value), depth + 1),
            None => entries.iter().rev().find_map(|entry| match program.kind(at(entry.value)) {
                ExprKind::Spread(inner) => of_member(program, at(*inner), name, depth + 1),
                _ => None,
            }),
        },
        ExprKind::Local(binding) => {
            if is_capped(program, holder, name) {
                return None;
            }
            if decorated::is_holder(program, holder, *binding, name)
                || declared::is_unbounded(program, holder, *binding, name)
            {
                return Some(holder.into());
            }
            let index = program.listing(holder.file);
            match (index.params.get(binding), index.defs.get(binding).map(Vec::as_slice)) {
                (Some(param), None) if param.parts.is_empty() => {
                    let function = FnRef { file: holder.file, id: param.function };
                    given(program, function, param.index, |value| of_member(program, value, name, depth + 1))
                }
                (None, Some([def])) if def.parts.is_empty() => of_member(program, at(def.value), name, depth + 1),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether a name, or this member of what it holds, is tested or given another value.
fn is_capped(program: &Program<'_>, holder: ExprRef, member: Symbol) -> bool {
    match *program.kind(holder) {
        ExprKind::Local(binding) => {
            request::may_be_capped(program, holder, binding)
                || request::member_may_be_capped(program, holder, binding, member)
        }
        _ => false,
    }
}

/// What is found in what callers give for a parameter.
fn given(
    program: &Program<'_>,
    function: FnRef,
    index: usize,
    find: impl Fn(ExprRef) -> Option<Source>,
) -> Option<Source> {
    program.calls_into(function).iter().take(MAX_CALLERS).find_map(|edge| {
        let is_called = program.called_functions(edge.at).contains(&function);
        let mut source = find(program.argument(edge.at, function, index).filter(|_| is_called)?)?;
        source.way.push(*edge);
        Some(source)
    })
}

/// `limit.unwrap_or(20)`, `text.parse()`.
fn keeps_receiver(name: Symbol) -> bool {
    matches!(
        name.as_str(),
        "unwrap_or"
            | "unwrap_or_default"
            | "parse"
            | "ok"
            | "into"
            | "to_string"
            | "toString"
            | "clone"
            | "unwrap"
            | "trim"
    )
}

/// `parseInt(limit, 10)`, `int(limit)`, `Math.max(1, limit)`.
fn keeps_argument(name: Symbol) -> bool {
    matches!(
        name.as_str(),
        "parseInt" | "Number" | "int" | "max" | "abs" | "toNumber" | "String" | "Some" | "parseFloat"
    )
}

fn of_name(program: &Program<'_>, name: ExprRef, binding: BindingId, depth: u32) -> Option<Source> {
    let index = program.listing(name.file);
    if let Some(param) = index.params.get(&binding) {
        if decorated::is_value(program, name, binding) {
            return Some(name.into());
        }
        let function = FnRef { file: name.file, id: param.function };
        return given(program, function, param.index, |value| match param.parts.as_slice() {
            [] => source_of(program, value, depth + 1),
            // `list({ page, limit }: Options)`.
            [Part::Field(member)] => of_member(program, value, *member, depth + 1),
            _ => None,
        });
    }
    let [def] = index.defs.get(&binding)?.as_slice() else { return None };
    let value = ExprRef { file: name.file, id: def.value };
    match def.parts.as_slice() {
        [] => source_of(program, value, depth + 1),
        // `const { limit } = req.query`.
        [Part::Field(member)] => of_member(program, value, *member, depth + 1),
        _ => None,
    }
}
