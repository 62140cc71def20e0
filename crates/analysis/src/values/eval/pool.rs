//! The values of one file, each once.

use rustc_hash::FxHashMap;

use crate::values::{Atom, Value};

pub(super) struct Pool {
    /// The first is the unknown value.
    values: Vec<Value>,
    places: Places,
}

/// Where in a pool values of one atom are, and others.
#[derive(Debug, Default)]
pub(in crate::values) struct Places {
    singles: FxHashMap<Atom, u32>,
    others: FxHashMap<Value, u32>,
}

impl Pool {
    /// One that goes on from what an earlier one had, if anything.
    pub(super) fn new(known: &[Value], places: Places) -> Self {
        Self { values: if known.is_empty() { vec![Value::new()] } else { known.to_vec() }, places }
    }

    pub(super) fn get(&self, number: u32) -> &Value {
        &self.values[number as usize]
    }

    pub(super) fn keep(&mut self, value: Value) -> u32 {
        let next = self.values.len() as u32;
        let number = match value.as_slice() {
            [] => 0,
            [atom] => *self.places.singles.entry(*atom).or_insert(next),
            _ => *self.places.others.entry(value.clone()).or_insert(next),
        };
        if number == next {
            self.values.push(value);
        }
        number
    }

    pub(super) fn into_parts(self) -> (Vec<Value>, Places) {
        (self.values, self.places)
    }
}
