//! Maps from the numbers that parts of a file have. Nearly all bindings have an entry, so that a list by number is smaller
//! and much faster than a hash map, and most of what is looked up is looked up again and again.

use ir::{BindingId, ExprId};

/// A key that counts from 0.
pub(crate) trait Number: Copy {
    fn number(self) -> usize;
}

impl Number for BindingId {
    fn number(self) -> usize {
        self.0 as usize
    }
}

impl Number for ExprId {
    fn number(self) -> usize {
        self.0 as usize
    }
}

#[derive(Debug)]
pub(crate) struct Numbered<K, V> {
    /// By key, the place of its entry and 1, or 0.
    places: Vec<u32>,
    entries: Vec<(K, V)>,
}

impl<K, V> Default for Numbered<K, V> {
    fn default() -> Self {
        Self { places: Vec::new(), entries: Vec::new() }
    }
}

impl<K: Number, V> Numbered<K, V> {
    fn place(&self, key: K) -> Option<usize> {
        (*self.places.get(key.number())? as usize).checked_sub(1)
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.place(*key).map(|place| &self.entries[place].1)
    }

    pub(crate) fn contains_key(&self, key: &K) -> bool {
        self.place(*key).is_some()
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        match self.place(key) {
            Some(place) => self.entries[place].1 = value,
            None => _ = self.add(key, value),
        }
    }

    /// The value of a key, which is made if there is none.
    pub(crate) fn entry(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let place = match self.place(key) {
            Some(place) => place,
            None => self.add(key, V::default()),
        };
        &mut self.entries[place].1
    }

    /// In the order in which they came.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(K, V)> {
        self.entries.iter()
    }

    fn add(&mut self, key: K, value: V) -> usize {
        if self.places.len() <= key.number() {
            self.places.resize(key.number() + 1, 0);
        }
        self.entries.push((key, value));
        self.places[key.number()] = self.entries.len() as u32;
        self.entries.len() - 1
    }
}
