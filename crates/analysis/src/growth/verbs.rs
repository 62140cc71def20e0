//! What members and functions of collections do, by name: the receiver is known to hold a collection or to be an emitter.

use std::sync::LazyLock;

use ir::Symbol;
use rustc_hash::FxHashMap;

/// What a name can mean, as bits.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Verb(u16);

impl Verb {
    /// Adds its last argument.
    pub(super) const APPENDS: Self = Self(1);
    /// Adds under its first argument.
    pub(super) const KEYED: Self = Self(2);
    /// Adds at a position, under a key, or just an element.
    pub(super) const INSERTS: Self = Self(4);
    pub(super) const REMOVES: Self = Self(8);
    /// Takes everything out.
    pub(super) const EMPTIES: Self = Self(16);
    /// A function that takes out of the collection it is given.
    pub(super) const TAKES_FROM: Self = Self(32);
    /// A function that adds to the collection it is given.
    pub(super) const ADDS_TO: Self = Self(64);
    /// Its last argument is a function that makes the element.
    pub(super) const MAKES: Self = Self(256);
    /// Removes a listener.
    pub(super) const UNLISTENS: Self = Self(128);

    pub(super) fn is(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn of(name: Symbol) -> Self {
        TABLE.get(&name).copied().unwrap_or_default()
    }
}

static TABLE: LazyLock<FxHashMap<Symbol, Verb>> = LazyLock::new(|| {
    let mut table: FxHashMap<Symbol, Verb> = FxHashMap::default();
    for (verb, names) in NAMES {
        for name in *names {
            let known = table.entry(Symbol::new(name)).or_default();
            known.0 |= verb.0;
        }
    }
    table
});

const NAMES: &[(Verb, &[&str])] = &[
    (
        Verb::APPENDS,
        &[
            "append",
            "push",
            "add",
            "extend",
            "unshift",
            "push_back",
            "push_front",
            "appendleft",
            "put",
            "put_nowait",
            "update",
            "send",
        ],
    ),
    (
        Verb::KEYED,
        &["set", "setdefault", "or_insert", "or_insert_with", "or_insert_with_key", "or_default", "get_or_insert_with"],
    ),
    (Verb::MAKES, &["or_insert_with", "or_insert_with_key", "get_or_insert_with"]),
    (Verb::INSERTS, &["insert"]),
    (
        Verb::REMOVES,
        &[
            "remove",
            "delete",
            "pop",
            "popitem",
            "popleft",
            "shift",
            "splice",
            "clear",
            "discard",
            "pop_front",
            "pop_back",
            "drain",
            "retain",
            "truncate",
            "take",
            "swap_remove",
            "split_off",
            "difference_update",
            "intersection_update",
            "remove_entry",
            "get_nowait",
            "move_to_end",
            "extract_if",
            "pop_first",
            "pop_last",
            "remove_if",
        ],
    ),
    (Verb::EMPTIES, &["clear", "splice", "drain", "removeAllListeners"]),
    (Verb::TAKES_FROM, &["heappop", "take", "replace", "swap", "remove", "pullAt", "pull"]),
    (Verb::ADDS_TO, &["heappush", "insort"]),
    (
        Verb::UNLISTENS,
        &[
            "off",
            "removeListener",
            "removeAllListeners",
            "removeEventListener",
            "unsubscribe",
            "unlisten",
            "disconnect",
        ],
    ),
];
