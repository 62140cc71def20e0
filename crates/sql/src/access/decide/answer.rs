//! What is said of each table, and how sure it is.

use ir::finding::Confidence;
use ir::{Index, Span};

use super::super::block::{Fold, Key, Op};
use super::super::cardinality::Cardinality;
use super::super::{Access, Dialect, Reads, Reason, Suggestion};
use super::Solver;

/// An answer in the making.
#[derive(Clone, Debug)]
pub(super) struct Draft<'p> {
    pub(super) reads: Reads,
    pub(super) index: Option<&'p Index>,
    pub(super) reason: Reason,
    pub(super) span: Option<Span>,
    /// The condition that decides.
    pub(super) atom: Option<(Key, Op)>,
    pub(super) join_key: Option<Key>,
}

impl<'p> Draft<'p> {
    pub(super) fn new(reads: Reads, index: Option<&'p Index>, reason: Reason) -> Self {
        Self { reads, index, reason, span: None, atom: None, join_key: None }
    }
}

impl Solver<'_, '_> {
    pub(super) fn answers(&self, is_alone: bool) -> Vec<Access> {
        (0..self.relations.len()).filter_map(|number| self.answer(number, is_alone)).collect()
    }

    fn answer(&self, number: usize, is_alone: bool) -> Option<Access> {
        let state = &self.relations[number];
        let table = self.table_name(number)?;
        let mut draft = state.draft.clone()?;
        if self.is_repeated && draft.reads < Reads::WholeIndex && self.planner.dialect == Dialect::Postgres {
            (draft.reads, draft.reason) = (Reads::WholeIndex, Reason::Joined);
        }
        let draft = &draft;
        Some(Access {
            table,
            span: state.relation.span,
            reads: draft.reads,
            index: draft.index.and_then(|index| index.name),
            confidence: self.confidence(number, draft, is_alone),
            reason: draft.reason,
            condition: draft.span,
            is_repeated: self.block.is_correlated,
            suggestion: self.suggestion(number, draft),
        })
    }

    fn confidence(&self, number: usize, draft: &Draft<'_>, is_alone: bool) -> Confidence {
        if self.is_optional(number) {
            return Confidence::Low;
        }
        match draft.reads {
            Reads::Unique => Confidence::High,
            Reads::Range | Reads::EarlyStop if is_alone => Confidence::High,
            Reads::Range | Reads::EarlyStop | Reads::IndexOnly | Reads::WholeIndex => Confidence::Medium,
            // The first match may end it early.
            Reads::WholeTable if self.block.has_limit && self.block.order.is_empty() => Confidence::Medium,
            Reads::WholeTable if self.is_doubtful(number) => Confidence::Medium,
            Reads::WholeTable => match draft.reason {
                Reason::NoIndex | Reason::Wrapped | Reason::Unfiltered | Reason::Sorted | Reason::Pattern
                    if is_alone =>
                {
                    Confidence::High
                }
                Reason::Unselective | Reason::Alternatives => Confidence::Low,
                _ => Confidence::Medium,
            },
        }
    }

    /// A partial index serves it if a parameter has the value that the index is made for, as it may always have.
    fn is_doubtful(&self, number: usize) -> bool {
        let bound = self.bound(number, Vec::new());
        self.relations[number].known.is_some_and(|known| self.planner.may_have_path(known, &bound))
    }

    /// Only where a condition leaves few rows and no index begins with its column.
    fn suggestion(&self, number: usize, draft: &Draft<'_>) -> Option<Suggestion> {
        let known = self.relations[number].known?;
        if draft.reads != Reads::WholeTable || self.is_doubtful(number) {
            return None;
        }
        let table = known.table.name;
        let is_led = |key: Key| {
            known.indexes.iter().any(|index| {
                !index.is_partial()
                    && index
                        .parts
                        .first()
                        .is_some_and(|part| part.key == key.name && part.is_expression == key.is_expression)
            })
        };
        if let Some(key) = draft.join_key.filter(|key| !is_led(*key) && !key.is_expression) {
            return Some(Suggestion { table, keys: vec![key], is_trigram: false });
        }
        if matches!(draft.reason, Reason::Sorted) {
            let (_, key) = self.block.order.first()?.target.filter(|(relation, _)| *relation == number)?;
            let suggestion = Suggestion { table, keys: vec![key], is_trigram: false };
            return Some(suggestion).filter(|_| !is_led(key) && !key.is_expression);
        }
        let (key, op) = draft.atom?;
        match draft.reason {
            Reason::NoIndex | Reason::Wrapped if op != Op::Match && !is_led(key) => {
                let mut keys = vec![key];
                keys.extend(self.further_key(number, key));
                Some(Suggestion { table, keys, is_trigram: false })
            }
            Reason::Pattern if op == Op::Match && self.planner.dialect == Dialect::Postgres && !key.is_expression => {
                Some(Suggestion { table, keys: vec![key], is_trigram: true })
            }
            _ => None,
        }
    }

    /// A second key: another compared column, or the one that gives the order.
    fn further_key(&self, number: usize, first: Key) -> Option<Key> {
        let known = self.relations[number].known?;
        let atoms = self.atoms(number);
        let is_other = |key: &Key| *key != first && !key.is_expression;
        let mut equal = atoms.iter().filter(|atom| matches!(atom.op, Op::Equal)).map(|atom| atom.key);
        let second = equal.find(|key| is_other(key) && self.planner.cardinality(known, *key) >= Cardinality::High);
        let order = self.block.order.first().and_then(|sort| sort.target);
        let order = order.filter(|(relation, key)| *relation == number && is_other(key)).map(|(_, key)| key);
        second.or(order.filter(|_| self.block.fold == Fold::None))
    }
}
