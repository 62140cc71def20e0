//! The values of one file, each once.

use rustc_hash::FxHashMap;

use crate::values::{Atom, Value};

pub(super) struct Pool {
    /// The first is the unknown value.
    values: Vec<Value>,
    /// The places of values of one atom, and of others.
    singles: FxHashMap<Atom, u32>,
    others: FxHashMap<Value, u32>,
}

impl Pool {
    pub(super) fn new() -> Self {
        Self { values: vec![Value::new()], singles: FxHashMap::default(), others: FxHashMap::default() }
    }

    pub(super) fn get(&self, number: u32) -> &Value {
        &self.values[number as usize]
    }

    pub(super) fn keep(&mut self, value: Value) -> u32 {
        let next = self.values.len() as u32;
        let number = match value.as_slice() {
            [] => 0,
            [atom] => *self.singles.entry(*atom).or_insert(next),
            _ => *self.others.entry(value.clone()).or_insert(next),
        };
        if number == next {
            self.values.push(value);
        }
        number
    }

    pub(super) fn into_values(self) -> Vec<Value> {
        self.values
    }
}
