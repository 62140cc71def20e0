//! Access tokens of a service that are asked for anew for each request, though they are the same for all and last for an hour.

use ir::{BindingId, ExprId, ExprKind, FnId, Symbol, TextPart, words_of};
use rustc_hash::FxHashSet;

use super::input::{is_named_shared, mentions_cache};
use super::reads_answer;
use crate::contexts::State;
use crate::ids::{ExprRef, FnRef};
use crate::models::{Context, Effect, Runtime};
use crate::program::{LibraryCall, Program};
use crate::roles::Role;
use crate::values::Atom;

/// What a program asks with in its own name.
const OWN: &str = "client_credentials";

/// What addresses of tokens end with; and what it sends there, if nothing of it is a user's.
const ADDRESSES: &[&str] = &["oauth/token", "oauth2/token", "oauth2/v2.0/token", "oauth/v2/token"];
const AGAIN: &[&str] = &["refresh_token", "grant_type=refresh_token"];

/// What a user's consent or password is exchanged with.
const OF_USERS: &[&str] = &["authorization_code", "password", "device_code", "token-exchange", "jwt-bearer"];

/// Words of what decides whether a token is still good.
const OF_AGE: &[&str] = &["expire", "expires", "expired", "expiry", "expiration", "exp", "cache", "cached", "ttl"];

/// Names of parameters that are the same for all, besides what a container fills.
const ALIKE: &[&str] =
    &["config", "http", "options", "env", "state", "app", "axios", "fetch", "credentials", "base_url"];

const MAX_HOPS: u32 = 2;
const MAX_EXPRESSIONS: usize = 200;

impl<'m> Program<'m> {
    /// Calls that ask for a token of the program's own while a client waits, where nothing is seen to keep one.
    pub fn fetched_tokens(&self) -> Vec<&LibraryCall<'m>> {
        let serves = |state: State| matches!(state.context, Context::Request | Context::Connection);
        let is_served = |call: &LibraryCall<'m>| {
            self.role(call.at.file) == Role::App
                && self.first_entry(call.function, serves).is_some_and(|entry| entry.runtime != Runtime::Serverless)
        };
        let asks = |call: &&LibraryCall<'m>| {
            call.model.does == Some(Effect::Http) && !call.site.is_once && !reads_answer(call)
        };
        let calls = self.calls().iter().filter(asks);
        calls.filter(|call| asks_for_token(self, call) && is_served(call) && !is_kept(self, call)).collect()
    }
}

fn asks_for_token(program: &Program<'_>, call: &LibraryCall<'_>) -> bool {
    let sent = Sent::by(program, call.at);
    let has = |words: &[&str]| sent.texts.iter().any(|text| words.contains(&text.as_str()));
    let holds = |words: &[&str]| sent.texts.iter().any(|text| words.iter().any(|word| text.contains(word)));
    let asks = holds(&[OWN])
        || holds(ADDRESSES)
        || has(AGAIN) && (holds(&["grant_type"]) || sent.keys.iter().any(|key| matches!(key.as_str(), "grant_type" | "grantType")))
        // `body.append("grant_type", "client_credentials")`.
        || holds(&["token", "oauth"]) && says(program, call.function, &[OWN]);
    asks && !sent.is_of_caller && !has(OF_USERS) && !says(program, call.function, &OF_USERS[..1])
}

/// Whether a text in a function holds one of the words.
fn says(program: &Program<'_>, function: FnRef, words: &[&str]) -> bool {
    let file = program.file(function.file);
    let span = file.function(function.id).span;
    program.listing(function.file).within(file, span).any(|(_, expr)| match &expr.kind {
        ExprKind::Text(parts) => literals(parts).any(|text| words.iter().any(|word| text.contains(word))),
        _ => false,
    })
}

fn literals(parts: &[TextPart]) -> impl Iterator<Item = &str> {
    parts.iter().filter_map(|part| match part {
        TextPart::Literal { value, .. } => Some(&**value),
        TextPart::Hole(_) => None,
    })
}

/// What a call is made of, through the names that it uses.
#[derive(Default)]
struct Sent {
    texts: Vec<String>,
    /// Of records.
    keys: Vec<Symbol>,
    /// Some of it is a parameter of a function: of this user, this tenant.
    is_of_caller: bool,
}

impl Sent {
    fn by(program: &Program<'_>, call: ExprRef) -> Self {
        let mut sent = Self::default();
        let mut open = vec![call];
        let mut seen = FxHashSet::default();
        while let Some(next) = open.pop() {
            let file = program.file(next.file);
            for (id, expr) in program.listing(next.file).within(file, file.expr(next.id).span) {
                let at = ExprRef { file: next.file, id };
                if seen.len() >= MAX_EXPRESSIONS || !seen.insert(at) {
                    continue;
                }
                match &expr.kind {
                    ExprKind::Text(parts) => sent.texts.extend(literals(parts).map(str::to_owned)),
                    ExprKind::Record(entries) => {
                        sent.keys.extend(entries.iter().filter_map(|entry| entry.key));
                    }
                    ExprKind::Local(binding) => open.extend(sent.named(program, at, *binding)),
                    ExprKind::Member { .. } => open.extend(texts_of(program, at)),
                    _ => {}
                }
            }
        }
        sent
    }

    /// What a name stands for, where the program says it itself: nothing that was waited for.
    fn named(&mut self, program: &Program<'_>, name: ExprRef, binding: BindingId) -> Vec<ExprRef> {
        let (file, index) = (program.file(name.file), program.listing(name.file));
        if index.params.contains_key(&binding) {
            let name = file.binding(binding).name.to_lowercase();
            self.is_of_caller |= !is_named_shared(&name) && !ALIKE.iter().any(|known| name.ends_with(known));
        }
        let is_waited_for = |value: ExprId| {
            let span = file.expr(value).span;
            index.within(file, span).any(|(_, expr)| matches!(expr.kind, ExprKind::Await(_)))
        };
        let defs = index.defs.get(&binding).into_iter().flatten();
        let own = defs.filter(|def| !is_waited_for(def.value)).map(|def| ExprRef { file: name.file, id: def.value });
        own.chain(texts_of(program, name)).collect()
    }
}

/// Constant texts that an expression can be.
fn texts_of(program: &Program<'_>, expr: ExprRef) -> impl Iterator<Item = ExprRef> {
    program.value(expr).iter().filter_map(|atom| match atom {
        Atom::Text(text) => Some(*text),
        _ => None,
    })
}

/// Whether the function, or one that calls it, keeps the token or looks at its age.
fn is_kept(program: &Program<'_>, call: &LibraryCall<'_>) -> bool {
    let mut open = vec![(call.function, 0)];
    let mut seen = FxHashSet::from_iter([call.function]);
    while let Some((function, hops)) = open.pop() {
        let is_aged = looks_at_age(program, function, hops > 0);
        if is_aged || mentions_cache(program, function) || stores_token(program, function) {
            return true;
        }
        for edge in program.calls_into(function) {
            let is_once = program.listing(edge.at.file).site(edge.at.id).is_some_and(|site| site.is_once);
            if is_once {
                return true;
            }
            if hops < MAX_HOPS && seen.insert(edge.from) {
                open.push((edge.from, hops + 1));
            }
        }
    }
    false
}

/// Whether a name in a function tells of an age, or of a token's: what calls it has other things that expire.
fn looks_at_age(program: &Program<'_>, function: FnRef, of_token: bool) -> bool {
    let file = program.file(function.file);
    let is_of_age = |name: &str| {
        let words = words_of(name);
        let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
        has(OF_AGE) && (!of_token || has(&["token", "auth"]))
    };
    let span = file.function(function.id).span;
    program.listing(function.file).within(file, span).any(|(_, expr)| match expr.kind {
        ExprKind::Local(binding) => is_of_age(&file.binding(binding).name),
        ExprKind::Global(name) | ExprKind::Member { name, .. } => is_of_age(&name),
        _ => false,
    })
}

/// Whether a function puts something called a token where it outlives the call.
fn stores_token(program: &Program<'_>, function: FnRef) -> bool {
    let (file, index) = (program.file(function.file), program.listing(function.file));
    let span = file.function(function.id).span;
    let is_token = |name: &str| words_of(name).iter().any(|word| matches!(word.as_str(), "token" | "session" | "auth"));
    let is_inside = |value: ExprId| span.contains(file.expr(value).span);
    let in_fields = index.field_of.iter().any(|(value, name)| is_token(name) && is_inside(*value));
    let in_members = index.members.iter().any(|(_, name, value)| is_token(name) && is_inside(*value));
    let in_module = (0..file.bindings.len() as u32).map(BindingId).any(|id| {
        let binding = file.binding(id);
        let mut defs = index.defs.get(&id).into_iter().flatten();
        binding.function == FnId::MODULE && is_token(&binding.name) && defs.any(|def| is_inside(def.value))
    });
    function.id != FnId::MODULE && (in_fields || in_members || in_module)
}
