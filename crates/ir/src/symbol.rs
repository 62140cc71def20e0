//! Interned names: compared by address, ordered by text, so that no order depends on which thread came first.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::{LazyLock, PoisonError, RwLock};

use rustc_hash::{FxBuildHasher, FxHasher};

const SHARDS: usize = 64;

type Shard = RwLock<HashSet<Name, FxBuildHasher>>;

static INTERNER: LazyLock<[Shard; SHARDS]> = LazyLock::new(|| std::array::from_fn(|_| Shard::default()));

/// An interned string. It lives as long as the process; equality is a pointer comparison. As large as one pointer, because
/// programs hold millions of them.
#[derive(Clone, Copy)]
pub struct Symbol(&'static &'static str);

/// A symbol as its shard finds it: by its text.
struct Name(Symbol);

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_str().hash(state);
    }
}

impl Symbol {
    pub fn new(text: &str) -> Self {
        let mut hasher = FxHasher::default();
        text.hash(&mut hasher);
        let shard = &INTERNER[(hasher.finish() >> 58) as usize % SHARDS];
        if let Some(found) = shard.read().unwrap_or_else(PoisonError::into_inner).get(text) {
            return found.0;
        }
        let mut names = shard.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = names.get(text) {
            return found.0;
        }
        let kept: &'static str = Box::leak(text.into());
        let symbol = Self(Box::leak(Box::new(kept)));
        names.insert(Name(symbol));
        symbol
    }

    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl PartialEq for Symbol {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Symbol {}

impl Hash for Symbol {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::from_ref(self.0).addr().hash(state);
    }
}

impl PartialOrd for Symbol {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Symbol {
    fn cmp(&self, other: &Self) -> Ordering {
        if self == other { Ordering::Equal } else { self.0.cmp(other.0) }
    }
}

impl Deref for Symbol {
    type Target = str;

    fn deref(&self) -> &str {
        self.0
    }
}

impl PartialEq<str> for Symbol {
    fn eq(&self, other: &str) -> bool {
        *self.0 == other
    }
}

impl PartialEq<&str> for Symbol {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other
    }
}

impl From<&str> for Symbol {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Symbol;

    #[test]
    fn equal_texts_are_one_symbol_and_order_is_textual() {
        assert_eq!(Symbol::new("pool"), Symbol::new(&String::from("pool")));
        assert_ne!(Symbol::new("pool"), Symbol::new("poo"));
        assert_ne!(Symbol::new(""), Symbol::new("p"));
        let mut names = [Symbol::new("b"), Symbol::new("a")];
        names.sort();
        assert_eq!(names, [Symbol::new("a"), Symbol::new("b")]);
    }
}
