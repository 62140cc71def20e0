//! The conditions on one relation, and what they are worth.

use ir::Index;

use super::super::block::{Atom, GroupKind, Key, Op, Test};
use super::super::cardinality::Cardinality;
use super::super::paths::{Bound, Class, Path};
use super::super::width::is_much_narrower;
use super::super::{Dialect, Known, Reads, Reason};
use super::Solver;
use super::answer::Draft;

impl<'p, 'b> Solver<'p, 'b> {
    /// The conditions on columns of a relation that count where it is read.
    pub(super) fn atoms(&self, number: usize) -> Vec<&Atom> {
        let own = self.relations[number].group;
        let tests = self.block.tests.iter().zip(&self.groups).filter(|(_, group)| **group == own);
        let atoms = tests.filter_map(|(conjunct, _)| match &conjunct.test {
            Test::Atom(atom) if atom.relation == number => Some(atom),
            _ => None,
        });
        atoms.chain(self.implied.iter().filter(|atom| atom.relation == number)).collect()
    }

    /// What is compared on a relation, also by inner joins that are not known to lead to it.
    pub(super) fn bound(&self, number: usize, joined: Vec<Key>) -> Bound<'_> {
        let own = self.relations[number].group;
        let tests = self.block.tests.iter().zip(&self.groups).filter(|(_, group)| group.is_none() && own.is_none());
        let present = tests.filter_map(|(conjunct, _)| conjunct.test.leads_to(number)).map(|(key, _)| key).collect();
        Bound { atoms: self.atoms(number), joined, present }
    }

    /// The conditions on columns of a relation that no index can apply.
    pub(super) fn hidden(&self, number: usize) -> impl Iterator<Item = &Atom> {
        let own = self.relations[number].group;
        let tests = self.block.tests.iter().zip(&self.groups).filter(move |(_, group)| **group == own);
        tests.filter_map(move |(conjunct, _)| match &conjunct.test {
            Test::Hidden(atom) if atom.relation == number => Some(atom),
            _ => None,
        })
    }

    /// Some condition on it does not hold on all runs.
    pub(super) fn is_optional(&self, number: usize) -> bool {
        let own = self.relations[number].group;
        let mut tests = self.block.tests.iter().zip(&self.groups).filter(|(_, group)| **group == own);
        tests.any(|(conjunct, _)| is_optional(&conjunct.test, number, 0))
            || self.implied.iter().any(|atom| atom.relation == number && atom.is_optional)
    }

    /// By one index, or by one for each branch of an OR.
    pub(super) fn best_path(&self, number: usize, known: &'p Known<'p>, bound: &Bound<'_>) -> Option<Path<'p>> {
        let own = self.relations[number].group;
        let single = self.planner.path(known, bound);
        let tests = self.block.tests.iter().zip(&self.groups).filter(|(_, group)| **group == own);
        let alternatives = tests.filter_map(|(conjunct, _)| match &conjunct.test {
            Test::Any(branches) => self.alternatives(number, known, branches, bound, 0),
            _ => None,
        });
        alternatives.chain(single).max_by_key(|path| path.class)
    }

    fn alternatives(
        &self,
        number: usize,
        known: &'p Known<'p>,
        branches: &[Vec<Test>],
        bound: &Bound<'_>,
        depth: u32,
    ) -> Option<Path<'p>> {
        let mut worst: Option<Path<'p>> = None;
        for branch in branches {
            let atoms: Vec<&Atom> = branch
                .iter()
                .filter_map(|test| match test {
                    Test::Atom(atom) if atom.relation == number => Some(atom),
                    _ => None,
                })
                .collect();
            let inner = branch.iter().filter_map(|test| match test {
                Test::Any(branches) if depth < 8 => self.alternatives(number, known, branches, bound, depth + 1),
                _ => None,
            });
            let group = self.relations[number].group;
            let joined: Vec<Key> = branch.iter().filter_map(|test| self.reached(test, group, number)).collect();
            // A part of the branch must be served; the conditions beside the OR may help.
            let own = Bound { atoms: atoms.clone(), joined: joined.clone(), ..Bound::default() };
            let alone = self.planner.path(known, &own);
            let together = Bound {
                atoms: atoms.into_iter().chain(bound.atoms.iter().copied()).collect(),
                joined: joined.into_iter().chain(bound.joined.iter().copied()).collect(),
                ..Bound::default()
            };
            let path = inner.chain(alone).chain(self.planner.path(known, &together).filter(|_| alone.is_some()));
            let path = path.max_by_key(|path| path.class)?;
            worst = Some(match worst {
                Some(worst) if worst.class <= path.class => worst,
                _ => path,
            });
        }
        // Each branch finds its own rows.
        worst.map(|path| Path { class: path.class.min(Class::High), ..path })
    }

    /// A condition leaves few rows, and the index (if there is one) does not apply it.
    pub(super) fn is_selective(&self, number: usize, index: Option<&Index>) -> bool {
        let own = self.relations[number].group;
        let mut tests = self.block.tests.iter().zip(&self.groups).filter(|(_, group)| **group == own);
        self.selective(number, index).is_some()
            || tests.any(|(conjunct, _)| {
                matches!(conjunct.test, Test::Any(_)) && self.leaves_few(number, index, &conjunct.test, 0)
            })
    }

    pub(super) fn selective(&self, number: usize, index: Option<&Index>) -> Option<&Atom> {
        let is_few = |atom: &&Atom| self.is_few(number, atom);
        let mut plain = self.atoms(number).into_iter().filter(is_few);
        let plain = plain.find(|atom| !index.is_some_and(|index| applies(index, atom.key)));
        plain.or_else(|| self.hidden(number).find(is_few))
    }

    fn is_few(&self, number: usize, atom: &Atom) -> bool {
        let Some(known) = self.relations[number].known else { return false };
        match atom.op {
            Op::Equal | Op::In => self.planner.left_by(known, atom) >= Cardinality::High,
            Op::Match | Op::Contains | Op::Words => true,
            _ => false,
        }
    }

    /// Of an OR: all of its branches leave few rows.
    fn leaves_few(&self, number: usize, index: Option<&Index>, test: &Test, depth: u32) -> bool {
        match test {
            Test::Atom(atom) => {
                atom.relation == number
                    && self.is_few(number, atom)
                    && !index.is_some_and(|index| applies(index, atom.key))
            }
            Test::Any(branches) if depth < 8 => {
                branches.iter().all(|branch| branch.iter().any(|test| self.leaves_few(number, index, test, depth + 1)))
            }
            _ => false,
        }
    }

    /// The answer for a relation that must be read whole, and why.
    pub(super) fn whole(&self, number: usize) -> Draft<'p> {
        let state = &self.relations[number];
        let Some(known) = state.known else { return Draft::new(Reads::WholeTable, None, Reason::Unfiltered) };
        if let Some(draft) = &state.draft {
            return draft.clone();
        }
        let mut draft = Draft::new(Reads::WholeTable, None, Reason::Unfiltered);
        let atoms = self.atoms(number);
        if let Some(atom) = self.selective(number, None) {
            draft.span = Some(atom.span);
            draft.reason = match atom.op {
                Op::Match | Op::Contains | Op::Words => Reason::Pattern,
                _ if atom.key.is_expression || self.hidden(number).any(|hidden| hidden.span == atom.span) => {
                    Reason::Wrapped
                }
                _ => Reason::NoIndex,
            };
            draft.atom = Some((atom.key, atom.op));
        } else if let Some(atom) = atoms.iter().find(|atom| atom.op == Op::Prefix) {
            (draft.reason, draft.span, draft.atom) = (Reason::Pattern, Some(atom.span), Some((atom.key, atom.op)));
        } else if let Some(atom) = atoms.iter().find(|atom| atom.key.is_expression) {
            (draft.reason, draft.span, draft.atom) = (Reason::Wrapped, Some(atom.span), Some((atom.key, atom.op)));
        } else if self.has_alternatives(number) {
            draft.reason = Reason::Alternatives;
        } else if let Some(atom) = atoms.first() {
            (draft.reason, draft.span) = (Reason::Unselective, Some(atom.span));
        } else if self.is_joined(number) {
            draft.reason = Reason::Joined;
        }
        let searches = matches!(draft.reason, Reason::NoIndex | Reason::Wrapped | Reason::Pattern);
        if let Some(index) = self.covering(number, known).filter(|_| !searches) {
            (draft.reads, draft.index) = (Reads::IndexOnly, Some(index));
        }
        draft
    }

    fn has_alternatives(&self, number: usize) -> bool {
        self.block.tests.iter().any(|conjunct| match &conjunct.test {
            Test::Any(branches) => branches.iter().flatten().any(|test| match test {
                Test::Atom(atom) => atom.relation == number,
                Test::Opaque(relations, _) => relations.contains(&number),
                _ => false,
            }),
            _ => false,
        })
    }

    fn is_joined(&self, number: usize) -> bool {
        self.block.tests.iter().any(|conjunct| conjunct.test.leads_to(number).is_some())
    }

    /// An index that has all the columns that the statement needs, in much less space than the table.
    pub(super) fn covering(&self, number: usize, known: &'p Known<'p>) -> Option<&'p Index> {
        let state = &self.relations[number];
        // PostgreSQL joins what it reads whole by hashing, which reads the table.
        let is_alone = self.relations.len() == 1
            || self.planner.dialect != Dialect::Postgres
            || state.relation.group.is_some_and(|group| group.kind == GroupKind::Anti);
        let used = state.relation.used.as_ref().filter(|_| is_alone && !self.block.is_write)?;
        let covers = |index: &&Index| {
            let carries = |column| index.holds(column) || index.include.contains(&column);
            !index.is_partial()
                && index.method == ir::IndexMethod::Ordered
                && used.iter().all(|column| carries(*column))
                && (self.planner.dialect != Dialect::Postgres || is_much_narrower(index, known.table))
        };
        known.indexes.iter().map(|index| &**index).filter(covers).min_by_key(|index| index.parts.len())
    }
}

/// Whether an index sorts out rows by this key, or its rows were chosen by it.
fn applies(index: &Index, key: Key) -> bool {
    index.parts.iter().any(|part| part.key == key.name)
        || index.predicate.iter().any(|wanted| wanted.split(' ').next() == Some(key.name.as_str()))
}

fn is_optional(test: &Test, number: usize, depth: u32) -> bool {
    match test {
        Test::Atom(atom) | Test::Hidden(atom) => atom.relation == number && atom.is_optional,
        Test::Any(branches) if depth < 64 => branches.iter().flatten().any(|test| is_optional(test, number, depth + 1)),
        _ => false,
    }
}
