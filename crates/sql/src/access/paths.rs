//! Which index of a table serves which conditions, and how many rows it leaves.

use ir::{Index, IndexMethod, IndexPart, Symbol};

use super::block::{Atom, Key, Op, Sort};
use super::cardinality::Cardinality;
use super::partial::{implies, may_imply};
use super::{Dialect, Known, Planner};

/// How many rows a path leaves, from many to one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Class {
    /// The index serves, but most rows match.
    Bad,
    /// A share of the table.
    Low,
    /// The part between two ends that may be far apart.
    Wide,
    /// A small part.
    Range,
    /// A few.
    High,
    One,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Path<'p> {
    pub(super) class: Class,
    pub(super) index: &'p Index,
    /// The leading parts that are compared for equality.
    pub(super) equal_parts: usize,
}

/// What is compared with known values on one relation.
#[derive(Clone, Debug, Default)]
pub(super) struct Bound<'a> {
    pub(super) atoms: Vec<&'a Atom>,
    /// Keys that joins with relations known already compare.
    pub(super) joined: Vec<Key>,
    /// Keys that some inner join compares: they are not null.
    pub(super) present: Vec<Key>,
}

impl<'p> Planner<'_> {
    /// The best path that these comparisons open.
    pub(super) fn path(&self, known: &'p Known<'_>, bound: &Bound<'_>) -> Option<Path<'p>> {
        let paths = known.indexes.iter().filter_map(|index| self.index_path(known, index, bound));
        paths.max_by_key(|path| (path.class, path.equal_parts, !path.index.is_partial()))
    }

    fn index_path(&self, known: &Known<'_>, index: &'p Index, bound: &Bound<'_>) -> Option<Path<'p>> {
        if implies(bound, index, false) {
            return self.path_by(known, index, bound);
        }
        // What only a join proves lets the index serve a search, not replace the table.
        let is_proven = !bound.present.is_empty() && implies(bound, index, true);
        self.path_by(known, index, bound).filter(|path| is_proven && path.class >= Class::High)
    }

    /// Whether a partial index leads to few rows for some of the values that a statement may be sent with.
    pub(super) fn may_have_path(&self, known: &Known<'_>, bound: &Bound<'_>) -> bool {
        let mut doubtful = known.indexes.iter().filter(|index| !implies(bound, index, true) && may_imply(bound, index));
        doubtful.any(|index| self.path_by(known, index, bound).is_some_and(|path| path.class >= Class::High))
    }

    fn path_by(&self, known: &Known<'_>, index: &'p Index, bound: &Bound<'_>) -> Option<Path<'p>> {
        match index.method {
            IndexMethod::Ordered | IndexMethod::Hash => self.ordered_path(known, index, bound),
            IndexMethod::Inverted | IndexMethod::Spatial => {
                let serves = |atom: &&Atom| {
                    index.parts.iter().any(|part| {
                        let has_trigrams = part.operators.is_some_and(|operators| operators.contains("trgm"));
                        part.key == atom.key.name
                            && match atom.op {
                                Op::Contains | Op::Words => true,
                                Op::Match | Op::Prefix => has_trigrams,
                                _ => false,
                            }
                    })
                };
                let found = bound.atoms.iter().filter(|atom| serves(atom)).map(|atom| atom.op == Op::Words).min();
                let class = |is_words| if is_words { Class::Wide } else { Class::High };
                found.map(|is_words| Path { class: class(is_words), index, equal_parts: 0 })
            }
            IndexMethod::Block => {
                let serves =
                    |atom: &&Atom| index.parts.iter().any(|part| part.key == atom.key.name && atom.op.is_range());
                let found = bound.atoms.iter().any(serves);
                found.then_some(Path { class: Class::Wide, index, equal_parts: 0 })
            }
            IndexMethod::Other => None,
        }
    }

    fn ordered_path(&self, known: &Known<'_>, index: &'p Index, bound: &Bound<'_>) -> Option<Path<'p>> {
        let (mut high, mut low, mut flags, mut nulls) = (0, 0, 0, 0);
        let mut equal_parts = 0;
        let mut range = None;
        for (number, part) in index.parts.iter().enumerate() {
            let atoms = bound.atoms.iter().filter(|atom| atom.key.is(part));
            let is_equal =
                bound.joined.iter().any(|key| key.is(part)) || atoms.clone().any(|atom| atom.op.is_equality());
            if is_equal {
                equal_parts += 1;
                let key = Key { name: part.key, is_expression: part.is_expression };
                let left = atoms.clone().filter(|atom| atom.op.is_equality()).map(|atom| self.left_by(known, atom));
                match left
                    .max()
                    .filter(|_| !bound.joined.contains(&key))
                    .unwrap_or_else(|| self.cardinality(known, key))
                {
                    Cardinality::Unique | Cardinality::High => high += 1,
                    Cardinality::Low => low += 1,
                    Cardinality::Flag => flags += 1,
                }
                continue;
            }
            if atoms.clone().any(|atom| atom.op == Op::IsNull) {
                nulls += 1;
                equal_parts += 1;
                continue;
            }
            let ranges = atoms.filter_map(|atom| self.range_class(atom, part.operators));
            range = if index.method == IndexMethod::Ordered { ranges.max() } else { None };
            // What the index itself sorts out need not be fetched.
            if range.is_some() && self.is_picked(known, &index.parts[number + 1..], bound) {
                range = range.max(Some(Class::Wide));
            }
            break;
        }
        let is_whole_key = equal_parts == index.parts.len() && nulls == 0;
        let class = match (high, low + flags, range) {
            _ if index.is_unique() && is_whole_key => Class::One,
            (1.., ..) => Class::High,
            (0, 2.., _) => Class::High,
            (0, 1, Some(Class::Range | Class::Wide)) if flags == 0 => Class::Range,
            (0, 1, Some(class)) => class.max(Class::Low),
            (0, 1, None) => Class::Low,
            (0, 0, Some(class)) => class,
            (0, 0, None) if nulls > 0 => Class::Bad,
            (0, 0, None) if index.is_partial() => Class::Low,
            _ => return None,
        };
        Some(Path { class, index, equal_parts })
    }

    /// Whether one of these parts is compared for equality, and few rows have each of its values.
    fn is_picked(&self, known: &Known<'_>, parts: &[IndexPart], bound: &Bound<'_>) -> bool {
        parts.iter().any(|part| {
            let key = Key { name: part.key, is_expression: part.is_expression };
            bound.atoms.iter().any(|atom| atom.key.is(part) && atom.op.is_equality())
                && self.cardinality(known, key) >= Cardinality::High
        })
    }

    fn range_class(&self, atom: &Atom, operators: Option<Symbol>) -> Option<Class> {
        match atom.op {
            Op::Recent => Some(Class::Range),
            Op::Between | Op::Above => Some(Class::Wide),
            Op::Wide => Some(Class::Bad),
            Op::IsNotNull => Some(Class::Low),
            Op::Prefix => {
                let serves = match self.dialect {
                    Dialect::Postgres => operators.is_some_and(|operators| {
                        operators.ends_with("pattern_ops") || matches!(operators.as_str(), "c" | "posix" | "ucs_basic")
                    }),
                    Dialect::MySql => true,
                    Dialect::Sqlite => operators.is_some_and(|collation| collation.as_str() == "nocase"),
                };
                serves.then_some(Class::Range)
            }
            _ => None,
        }
    }

    /// An index that gives the rows in this order, behind parts that are compared for equality.
    pub(super) fn ordered_by(
        &self,
        known: &'p Known<'_>,
        sort: &Sort,
        key: Key,
        bound: &Bound<'_>,
    ) -> Option<&'p Index> {
        let fits = |index: &&Index| {
            if index.method != IndexMethod::Ordered || !implies(bound, index, false) {
                return false;
            }
            let is_equal = |part: &&IndexPart| {
                bound.joined.iter().any(|key| key.is(part))
                    || bound.atoms.iter().any(|atom| {
                        atom.key.is(part) && matches!(atom.op, Op::Equal | Op::IsTrue | Op::IsFalse | Op::IsNull)
                    })
            };
            let mut rest = index.parts.iter().skip_while(is_equal);
            let Some(part) = rest.next() else { return false };
            key.is(part) && self.is_same_order(sort, part)
        };
        known.indexes.iter().map(|index| &**index).find(fits)
    }

    /// Whether reading the index forwards or backwards gives the order.
    fn is_same_order(&self, sort: &Sort, part: &IndexPart) -> bool {
        if self.dialect != Dialect::Postgres {
            return true;
        }
        let nulls_first = sort.nulls_first.unwrap_or(sort.is_descending);
        let is_forward = sort.is_descending == part.is_descending;
        nulls_first == (part.has_nulls_first() == is_forward)
    }
}
