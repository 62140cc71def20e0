//! What one request leaves in the process's memory for another: sessions, jobs, carts, and the connections of clients that others
//! send to. It is there only if the same process answers both.
//!
//! What it does not see: single values, what a request reads that it also writes (caches, counters), reads through whole
//! collections that are handed on.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use ir::finding::Step;
use ir::{BinaryOp, ExprId, ExprKind, File, Span, Symbol, UnaryOp, Visit};
use rustc_hash::FxHashSet;

use super::touches::{Act, Touch};
use super::{Stored, Touched, candidate, is_growth, keys};
use crate::ids::{FileId, FnRef};
use crate::models::{Context, Effect};
use crate::places::{self, Place};
use crate::program::Program;
use crate::queries::Shape;
use crate::roles::Role;

/// A shared collection that one handler writes and another reads.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Where it is written.
    pub file: FileId,
    pub span: Span,
    pub function: FnRef,
    pub name: Symbol,
    /// Where it is read, and the handlers that read it; of data those that do not write it.
    pub read: (FileId, Span),
    pub readers: Vec<Step>,
    /// It keeps the connections of clients, which others send to.
    pub is_of_clients: bool,
}

/// Words in the names of what may be missing (a cache is filled again), and of what each process counts for itself.
const FOR_ITSELF: &[&str] = &[
    "cache",
    "caches",
    "cached",
    "memo",
    "lru",
    "metric",
    "metrics",
    "stat",
    "stats",
    "count",
    "counts",
    "counter",
    "counters",
    "log",
    "logs",
    "buffer",
    "lock",
    "locks",
    "client",
    "clients",
    "pool",
    "pools",
    "connection",
    "connections",
    "limit",
    "limits",
    "limiter",
    "attempts",
    "hits",
    "inflight",
    "subscribers",
    "listeners",
    "queue",
    "seen",
];

/// Members that look something up.
const LOOKS_UP: &[&str] =
    &["get", "has", "contains_key", "get_mut", "values", "items", "find", "filter", "some", "pop", "forEach", "iter"];

pub(crate) fn kept(program: &Program<'_>) -> Vec<Kept> {
    let Touched { groups, by_place } = &program.touched;
    let reads = LazyCell::new(|| reads(program));
    let mut found: Vec<Kept> = by_place
        .iter()
        .filter_map(|(root, touches)| {
            let group = groups.members(*root);
            let (place, _) = candidate(program, &group, touches).filter(|(_, is_collection)| *is_collection)?;
            of_place(program, place, &group, touches, &reads)
        })
        .collect();
    found.sort_by_key(|kept| (kept.file, kept.span.start, kept.name));
    found
}

/// Every look into a collection.
fn reads(program: &Program<'_>) -> Vec<Read> {
    let touches = program.touched.by_place.values().flatten();
    let written: FxHashSet<(FileId, Span)> = touches.map(|touch| (touch.at.file, touch.span)).collect();
    program.each_function(|function| {
        let mut scan = Scan { program, function, written: &written, reads: Vec::new() };
        if program.role(function.file) == Role::App {
            let file = program.file(function.file);
            scan.block(file, &file.function(function.id).body);
        }
        scan.reads
    })
}

fn of_place(
    program: &Program<'_>,
    place: Place,
    group: &[Place],
    touches: &[Touch],
    reads: &LazyCell<Vec<Read>, impl FnOnce() -> Vec<Read>>,
) -> Option<Kept> {
    let name = places::name_of(program, place);
    if let Some(client) = touches.iter().find(|touch| keeps_client(program, touch)) {
        return of_clients(program, name, group, client, reads);
    }
    let is_of_data = |touch: &&Touch| {
        matches!(touch.act, Act::Adds { key: Some(_), .. })
            && keys::stored(program, touch) == Stored::Data
            && program.role(touch.at.file) == Role::App
    };
    let writes: Vec<&Touch> = touches.iter().filter(is_of_data).filter(|touch| is_growth(program, touch)).collect();
    let first = writes.first().filter(|_| !is_for_itself(program, place, name))?;
    let writers: BTreeSet<Step> = writes.iter().flat_map(|touch| handlers(program, touch.function)).collect();
    if writers.is_empty() {
        return None;
    }
    // Who takes out what another function left takes part in one piece of work.
    let takes_out =
        |read: &Read| touches.iter().any(|touch| touch.act == Act::Removes && touch.function == read.function);
    let own = reads
        .iter()
        .filter(|read| group.contains(&read.place) && !takes_out(read) && !asks_elsewhere(program, read.function));
    let (read, readers) = own
        .map(|read| {
            let readers = handlers(program, read.function).into_iter().filter(|step| !writers.contains(step));
            (read, readers.collect::<Vec<Step>>())
        })
        .find(|(_, readers)| !readers.is_empty())?;
    let read = (read.function.file, read.span);
    let (file, span, function) = (first.at.file, first.span, first.function);
    Some(Kept { file, span, function, name, read, readers, is_of_clients: false })
}

/// Connections that a process accepted, and what sends to them.
fn of_clients(program: &Program<'_>, name: Symbol, group: &[Place], kept: &Touch, reads: &[Read]) -> Option<Kept> {
    const SERVING: &[Context] = &[Context::Request, Context::Connection];
    let own = reads.iter().filter(|read| group.contains(&read.place));
    let (read, readers) =
        own.map(|read| (read, program.handlers(read.function, SERVING))).find(|(_, readers)| !readers.is_empty())?;
    let read = (read.function.file, read.span);
    let (file, span, function) = (kept.at.file, kept.span, kept.function);
    Some(Kept { file, span, function, name, read, readers, is_of_clients: true })
}

fn keeps_client(program: &Program<'_>, touch: &Touch) -> bool {
    matches!(touch.act, Act::Adds { .. })
        && keys::stored(program, touch) == Stored::Socket
        && program.role(touch.at.file) == Role::App
        && program.recurs(touch.function)
}

fn handlers(program: &Program<'_>, function: FnRef) -> Vec<Step> {
    program.handlers(function, &[Context::Request])
}

fn is_for_itself(program: &Program<'_>, place: Place, name: Symbol) -> bool {
    let (file, class) = match place {
        Place::Field(class, _) => (class.file, program.file(class.file).class(class.id).name.to_string()),
        Place::Binding(at) => (at.file, String::new()),
        Place::Member(record, _) => (record.file, String::new()),
        _ => return false,
    };
    let path = program.file(file).path;
    let stem = path.rsplit('/').next().unwrap_or_default();
    let words = ir::words_of(&format!("{name} {class} {stem}"));
    words.iter().any(|word| FOR_ITSELF.contains(&word.as_str()))
}

/// Whether a function that looks something up here also asks a database or a shared cache.
fn asks_elsewhere(program: &Program<'_>, function: FnRef) -> bool {
    let asks = |function: FnRef| {
        program.calls_of(function).iter().any(|call| {
            matches!(call.model.does, Some(Effect::Database | Effect::Cache))
                || program.queries_at(call.at).iter().any(|query| query.shape != Shape::Write)
        })
    };
    asks(function) || program.calls_from(function).iter().any(|edge| asks(edge.to))
}

/// A place where a collection is looked into.
struct Read {
    place: Place,
    function: FnRef,
    span: Span,
}

struct Scan<'a, 'm> {
    program: &'a Program<'m>,
    function: FnRef,
    /// Where collections are written: what is assigned to is not read.
    written: &'a FxHashSet<(FileId, Span)>,
    reads: Vec<Read>,
}

impl Scan<'_, '_> {
    fn read(&mut self, holder: ExprId, at: ExprId) {
        let expr = |id| crate::ids::ExprRef { file: self.function.file, id };
        if let Some(found) = places::resolve(self.program, expr(holder), 0) {
            let span = self.program.call_span(expr(at));
            self.reads.push(Read { place: found.place, function: self.function, span });
        }
    }
}

impl Visit for Scan<'_, '_> {
    fn expr(&mut self, file: &File, id: ExprId) {
        let index = self.program.listing(self.function.file);
        if index.iterated.contains(&id) {
            // `for client in list(clients)`: over a copy.
            let copied = match &file.expr(id).kind {
                ExprKind::Call { callee, args, .. } if args.len() == 1 => match file.expr(*callee).kind {
                    ExprKind::Global(_) => args[0].value,
                    _ => id,
                },
                _ => id,
            };
            self.read(copied, copied);
        }
        match &file.expr(id).kind {
            ExprKind::Call { callee, .. } => {
                if let ExprKind::Member { base, name, .. } = file.expr(*callee).kind
                    && LOOKS_UP.contains(&name.as_str())
                    && (name != "pop" || !index.discarded.contains(&id))
                {
                    self.read(base, id);
                }
            }
            ExprKind::Index { base, .. } if !self.written.contains(&(self.function.file, file.expr(id).span)) => {
                self.read(*base, id)
            }
            ExprKind::Binary { op: BinaryOp::In, right, .. } => self.read(*right, id),
            ExprKind::Unary { op: UnaryOp::Delete, .. } => return,
            _ => {}
        }
        ir::walk_expr(self, file, id);
    }
}
