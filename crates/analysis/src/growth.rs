//! Growth: which collections outlive the request, grow with every one, and are never made shorter.
//!
//! A place (a module's variable, a field of a shared object) that holds a collection is followed through names, guards,
//! getters and parameters. What adds to it and what removes from it, anywhere in the program, decides. Functions and sockets
//! that are stored are registrations: each place that registers has to reach something that removes.
//!
//! What it does not see: elements whose own collections grow, removal by reflection, bounds that the data has by nature.

mod assignments;
mod elements;
mod expiry;
mod groups;
mod kept;
mod keys;
mod known_keys;
mod memos;
mod registrations;
mod touches;
mod verbs;

use std::collections::BTreeMap;

use ir::{ExprKind, FnId, Span, Symbol};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::contexts::State;
use crate::ids::{ExprRef, FileId, FnRef};
use crate::lifecycle::Exit;
use crate::models::{Context, Runs};
use crate::places::{self, Found, Place};
use crate::program::Program;
use crate::roles::Role;

use groups::Groups;
pub use kept::Kept;
pub(crate) use kept::kept;
pub(crate) use known_keys::leaves;
pub use memos::Memo;
pub(crate) use memos::solve as memos;
pub(crate) use registrations::{is_live, mentioned_names};
use touches::{Act, Alias, Touch};

/// What a collection keeps.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Stored {
    Data,
    /// Functions, or queues, that someone will call or feed.
    Listener,
    /// The sending ends of channels.
    Sender,
    /// What another task takes out again: the collection is a queue without a bound.
    Queued,
    /// Clients' connections.
    Socket,
}

/// A place in the code that makes a shared collection longer for each request.
#[derive(Clone, Debug)]
pub struct Growth {
    /// Where it is added, or for a registration through a helper, where that is called.
    pub file: FileId,
    pub span: Span,
    pub function: FnRef,
    /// The collection.
    pub name: Symbol,
    pub stores: Stored,
    /// Adding under the same key again does not make it longer.
    pub is_keyed: bool,
    /// Other places that add to it.
    pub also: Vec<(FileId, Span)>,
    /// Others who register do remove.
    pub is_removed_elsewhere: bool,
    /// The way on which it is not removed, where it is on others.
    pub exit: Option<Exit>,
    /// Where an entry that has grown old is removed, if its own key is asked for again.
    pub expires: Option<(FileId, Span)>,
}

/// What the program does to each shared collection.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    groups: Groups,
    by_place: BTreeMap<Place, Vec<Touch>>,
}

pub(crate) fn solve(program: &Program<'_>) -> (Touched, Vec<Growth>) {
    let touched = gather(program);
    let names = mentioned_names(program);
    let mut growths: Vec<Growth> = touched
        .by_place
        .par_iter()
        .flat_map_iter(|(place, touches)| {
            let group = touched.groups.members(*place);
            if let Some(made) = group.iter().find_map(|place| places::queue_made(program, *place)) {
                return of_queue(program, &group, made, touches).into_iter().collect();
            }
            let Some((place, is_collection)) = candidate(program, &group, touches) else { return Vec::new() };
            if !elements::are_objects(program, &group, touches) {
                return of_place(program, &names, place, is_collection, touches);
            }
            let own: Vec<Touch> = touches.iter().filter(|touch| !touch.found.is_element).copied().collect();
            of_place(program, &names, place, is_collection, &own)
        })
        .collect();
    growths.sort_by_key(|growth| (growth.file, growth.span.start, growth.name));
    (touched, growths)
}

fn gather(program: &Program<'_>) -> Touched {
    let parts: Vec<(Vec<Touch>, Vec<Alias>)> = (0..program.files.len())
        .into_par_iter()
        .filter(|number| program.role(FileId(*number as u32)) != Role::Test)
        .map(|number| touches::of_file(program, FileId(number as u32)))
        .collect();
    let (touches, aliases): (Vec<Vec<Touch>>, Vec<Vec<Alias>>) = parts.into_iter().unzip();
    let mut touches: Vec<Touch> = touches.into_iter().flatten().collect();
    follow_parameters(program, &mut touches);
    let groups = Groups::of(program, touches.iter().map(|touch| touch.found.place), aliases.into_iter().flatten());
    let mut by_place: BTreeMap<Place, Vec<Touch>> = BTreeMap::new();
    for touch in touches {
        by_place.entry(groups.root(touch.found.place)).or_default().push(touch);
    }
    Touched { groups, by_place }
}

/// What happens to a parameter happens to what callers pass for it.
fn follow_parameters(program: &Program<'_>, touches: &mut Vec<Touch>) {
    const MAX_HOPS: usize = 3;
    let mut open: Vec<Touch> = touches.clone();
    for _ in 0..MAX_HOPS {
        let mut next = Vec::new();
        for touch in &open {
            let Place::Param(function, index) = touch.found.place else { continue };
            for (caller, call) in program.callees.callers(function) {
                if let Some(given) = program.argument(*call, function, index)
                    && let Some(found) = places::resolve(program, given, 0)
                {
                    let is_element = found.is_element || touch.found.is_element;
                    next.push(Touch { found: Found { is_element, ..found }, via: *caller, ..*touch });
                }
            }
        }
        touches.extend(next.iter().copied());
        open = next;
    }
}

/// The place that makes a group of places shared, and whether they hold a collection, not just an emitter.
fn candidate(program: &Program<'_>, group: &[Place], touches: &[Touch]) -> Option<(Place, bool)> {
    let adds = touches.iter().any(|touch| matches!(touch.act, Act::Adds { .. }));
    let listens = touches.iter().any(|touch| matches!(touch.act, Act::Listens { .. }));
    if !adds && !listens {
        return None;
    }
    let is_collection = group.iter().any(|place| places::is_collection(program, *place));
    let shared = group.iter().copied().find(|place| places::outlives(program, *place));
    shared.filter(|_| listens || adds && is_collection).map(|place| (place, is_collection))
}

/// A queue that requests fill, without a bound of its own or a look at its size.
fn of_queue(program: &Program<'_>, group: &[Place], made: ExprRef, touches: &[Touch]) -> Option<Growth> {
    let place = group.iter().copied().find(|place| places::outlives(program, *place))?;
    let serves = |state: State| matches!(state.context, Context::Request | Context::Connection);
    let fills = |touch: &&Touch| matches!(touch.act, Act::Adds { .. }) && program.runs(touch.function, serves);
    let first = touches.iter().find(fills)?;
    let is_measured = touches.iter().any(|touch| touch.act == Act::Measures);
    (!is_measured).then(|| Growth {
        file: made.file,
        span: program.call_span(made),
        function: first.function,
        name: places::name_of(program, place),
        stores: Stored::Queued,
        is_keyed: false,
        also: vec![(first.at.file, first.span)],
        is_removed_elsewhere: true,
        exit: None,
        expires: None,
    })
}

fn of_place(
    program: &Program<'_>,
    names: &FxHashSet<Symbol>,
    place: Place,
    is_collection: bool,
    touches: &[Touch],
) -> Vec<Growth> {
    let recurring: Vec<&Touch> = touches.iter().filter(|touch| is_growth(program, touch)).collect();
    let removals: Vec<&Touch> = touches
        .iter()
        .filter(|touch| matches!(touch.act, Act::Removes | Act::Empties | Act::Expires))
        .filter(|touch| is_live(program, names, touch.function))
        .collect();
    let listening: Vec<&Touch> = touches
        .iter()
        .filter(|touch| matches!(touch.act, Act::Listens { .. }) && program.recurs(touch.function))
        .collect();
    if !listening.is_empty() {
        // Registered where it stands: the rule about listeners looks at the call itself.
        let unpaired = registrations::unpaired(program, place, Stored::Listener, &listening, &removals);
        return unpaired.into_iter().filter(|growth| growth.is_removed_elsewhere).collect();
    }
    if !is_collection {
        return Vec::new();
    }
    let stores = recurring.iter().map(|touch| keys::stored(program, touch)).max().unwrap_or(Stored::Data);
    if stores != Stored::Data {
        let kept: Vec<&Touch> =
            recurring.iter().filter(|touch| keys::stored(program, touch) == stores).copied().collect();
        return registrations::unpaired(program, place, stores, &kept, &removals);
    }
    // What is taken out of an element, or measured of it, does not bound the collection around it.
    let bounds = |is_element: bool| {
        let measures = touches.iter().filter(|touch| touch.act == Act::Measures);
        let sweeps = removals.iter().copied().filter(|touch| expiry::sweeps(program, touch));
        measures.chain(sweeps).any(|touch| is_element || !touch.found.is_element)
    };
    let growing: Vec<&Touch> = recurring.into_iter().filter(|touch| !bounds(touch.found.is_element)).collect();
    let Some(first) = growing.first() else { return Vec::new() };
    let mut also: Vec<(FileId, Span)> = growing[1..].iter().map(|touch| (touch.at.file, touch.span)).collect();
    also.dedup();
    also.retain(|other| *other != (first.at.file, first.span));
    vec![Growth {
        file: first.at.file,
        span: first.span,
        function: first.function,
        name: places::name_of(program, place),
        stores,
        is_keyed: growing.iter().all(|touch| matches!(touch.act, Act::Adds { key: Some(_), .. })),
        also,
        is_removed_elsewhere: false,
        exit: None,
        expires: touches.iter().find(|touch| touch.act == Act::Expires).map(|touch| (touch.at.file, touch.span)),
    }]
}

/// Whether a touch adds something new again and again while the program serves.
fn is_growth(program: &Program<'_>, touch: &Touch) -> bool {
    let Act::Adds { key, element } = touch.act else { return false };
    if !places::is_reached_from(program, touch.found.place, touch.via) {
        return false;
    }
    // A channel's end is no collection, whatever holds it.
    if let ExprKind::Call { callee, .. } = *program.kind(touch.at)
        && let ExprKind::Member { name, .. } = *program.kind(ExprRef { file: touch.at.file, id: callee })
        && matches!(name.as_str(), "send" | "try_send" | "blocking_send" | "send_async")
    {
        return false;
    }
    // A set has room for each of its elements once.
    let key = key.or(element.filter(|_| is_united(program, touch.at)));
    let is_new = key.is_none_or(|key| !keys::is_bounded(program, ExprRef { file: touch.at.file, id: key }, 0));
    is_new
        && !keys::stores_client(program, touch)
        && touch.function.id != FnId::MODULE
        && is_made(program, touch.function)
        && (program.recurs(touch.function) || program.fills_cache(touch.function))
}

/// Whether anything that runs makes the closure that a function is: all that call the function around it may do so in development.
fn is_made(program: &Program<'_>, function: FnRef) -> bool {
    let around = program.file(function.file).function(function.id).parent.filter(|outer| *outer != FnId::MODULE);
    let Some(outer) = around.map(|id| FnRef { file: function.file, id }) else { return true };
    program.callees.callers(outer).is_empty() || program.states(outer).next().is_some()
}

/// `set.add(element)`.
fn is_united(program: &Program<'_>, call: ExprRef) -> bool {
    let ExprKind::Call { callee, .. } = program.kind(call) else { return false };
    matches!(program.kind(ExprRef { file: call.file, id: *callee }), ExprKind::Member { name, .. } if *name == "add")
}

impl Program<'_> {
    /// Whether the function runs again and again because of something outside: per request, per connection, or in a job that
    /// something triggers, which what start-up leaves running is not.
    pub fn recurs(&self, function: FnRef) -> bool {
        let serves = |state: State| matches!(state.context, Context::Request | Context::Connection);
        let is_job = |state: State| state.context == Context::Job;
        self.runs(function, serves)
            || self.first_entry(function, is_job).is_some_and(|entry| entry.context == Context::Job)
    }

    /// Whether the function is called where a cache had no answer: once for each key, which is not once.
    pub fn fills_cache(&self, function: FnRef) -> bool {
        self.calls_into(function).iter().any(|edge| edge.how == Runs::Once && self.recurs(edge.from))
    }

    /// What a call passes for a parameter of a project function.
    pub(crate) fn argument(&self, call: ExprRef, function: FnRef, index: usize) -> Option<ExprRef> {
        let ExprKind::Call { args, .. } = self.kind(call) else { return None };
        let name = self.file(function.file).function(function.id).params.get(index)?.name;
        let by_name = args.iter().find(|arg| arg.name == Some(name));
        let given = by_name.or_else(|| args.get(index).filter(|arg| arg.name.is_none()))?;
        Some(ExprRef { file: call.file, id: given.value })
    }
}
