//! The values of one file, each once.

use rustc_hash::FxHashMap;

use super::{Atom, Value};

/// Values by their numbers, of which 0 is the unknown one. They lie in one list: most have one atom, and lists of their own
/// would cost more than anything else about them.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    atoms: Vec<Atom>,
    /// By number: where a value ends, and the next one begins.
    ends: Vec<u32>,
}

impl Default for Pool {
    fn default() -> Self {
        Self { atoms: Vec::new(), ends: vec![0] }
    }
}

impl Pool {
    pub(super) fn get(&self, number: u32) -> &[Atom] {
        match number as usize {
            0 => &[],
            number => &self.atoms[self.ends[number - 1] as usize..self.ends[number] as usize],
        }
    }

    fn add(&mut self, value: &[Atom]) {
        self.atoms.extend_from_slice(value);
        self.ends.push(self.atoms.len() as u32);
    }
}

/// A pool that grows.
#[derive(Debug, Default)]
pub(super) struct Keeper {
    pool: Pool,
    places: Places,
}

/// Where in a pool values of one atom are, and others.
#[derive(Debug, Default)]
pub(super) struct Places {
    singles: FxHashMap<Atom, u32>,
    others: FxHashMap<Value, u32>,
}

impl Keeper {
    /// One that goes on from what an earlier one had.
    pub(super) fn new(pool: Pool, places: Places) -> Self {
        Self { pool, places }
    }

    pub(super) fn get(&self, number: u32) -> &[Atom] {
        self.pool.get(number)
    }

    /// The number of a value.
    pub(super) fn keep(&mut self, value: &[Atom]) -> u32 {
        let next = self.pool.ends.len() as u32;
        let number = match value {
            [] => 0,
            [atom] => *self.places.singles.entry(*atom).or_insert(next),
            more => match self.places.others.get(more) {
                Some(number) => *number,
                None => next,
            },
        };
        if number == next {
            self.pool.add(value);
            if value.len() > 1 {
                self.places.others.insert(value.to_vec(), number);
            }
        }
        number
    }

    pub(super) fn into_parts(self) -> (Pool, Places) {
        (self.pool, self.places)
    }
}

#[cfg(test)]
mod tests {
    use ir::Symbol;

    use super::{Atom, Keeper};

    #[test]
    fn equal_values_have_one_number() {
        let atom = |name: &str| Atom::Path(Symbol::new(name));
        let mut keeper = Keeper::default();
        assert_eq!(keeper.keep(&[]), 0);
        let one = keeper.keep(&[atom("a")]);
        let both = keeper.keep(&[atom("a"), atom("b")]);
        let (pool, places) = keeper.into_parts();
        let mut keeper = Keeper::new(pool, places);
        assert_eq!([keeper.keep(&[atom("a")]), keeper.keep(&[atom("a"), atom("b")])], [one, both]);
        assert_eq!(keeper.get(0), []);
        assert_eq!(keeper.get(one), [atom("a")]);
        assert_eq!(keeper.get(both), [atom("a"), atom("b")]);
    }
}
