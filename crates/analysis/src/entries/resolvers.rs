//! GraphQL's resolvers: records of functions, by type and field.

use ir::{ExprId, ExprKind, Symbol};

use super::Collector;
use crate::ids::{ExprRef, FnRef};
use crate::values::Atom;

/// What a record's keys are.
#[derive(Clone, Copy)]
pub(super) enum Level {
    /// Types of the schema.
    Types,
    /// Fields of a type; of a root of the schema, or of one whose objects stand in lists.
    Fields { is_root: bool },
}

/// Deeper records are not looked into.
const MAX_DEPTH: u32 = 8;

impl Collector<'_> {
    /// The resolvers in an argument, and whether each runs once per object.
    pub(super) fn resolvers(&self, argument: ExprId) -> Vec<(FnRef, bool)> {
        let at = ExprRef { file: self.file_id, id: argument };
        let mut found = Vec::new();
        let ExprKind::Record(entries) = &self.file.expr(argument).kind else {
            return self.handlers_at(at, 0).into_iter().map(|function| (function, false)).collect();
        };
        for entry in entries {
            if entry.key.is_some_and(|key| key == *"resolvers") {
                self.add_resolvers(ExprRef { id: entry.value, ..at }, Level::Types, 0, &mut found);
            } else {
                found.extend(self.handlers(entry.value, 1).into_iter().map(|function| (function, false)));
            }
        }
        found
    }

    fn add_resolvers(&self, value: ExprRef, level: Level, depth: u32, found: &mut Vec<(FnRef, bool)>) {
        if depth > MAX_DEPTH {
            return;
        }
        let at = |id: ExprId| ExprRef { id, ..value };
        match &self.world.files[value.file.0 as usize].expr(value.id).kind {
            ExprKind::Record(entries) => {
                for entry in entries {
                    let inner = match (level, entry.key) {
                        (Level::Types, Some(key)) => Level::Fields { is_root: is_root(key) },
                        (level, _) => level,
                    };
                    self.add_resolvers(at(entry.value), inner, depth + 1, found);
                }
            }
            ExprKind::List(items) => {
                items.iter().for_each(|item| self.add_resolvers(at(*item), level, depth + 1, found));
            }
            ExprKind::Spread(operand) => self.add_resolvers(at(*operand), level, depth + 1, found),
            // `mergeResolvers([users, posts])`, `authenticated((parent, args) => …)`.
            ExprKind::Call { args, .. } => {
                args.iter().for_each(|arg| self.add_resolvers(at(arg.value), level, depth + 1, found));
            }
            _ => {
                for atom in self.world.values[value.file.0 as usize].expr(value.id) {
                    match (atom, level) {
                        (Atom::Record(record), _) => self.add_resolvers(*record, level, depth + 1, found),
                        (Atom::Function(function), Level::Fields { is_root }) => found.push((*function, !is_root)),
                        _ => {}
                    }
                }
            }
        }
    }
}

fn is_root(name: Symbol) -> bool {
    ["Query", "Mutation", "Subscription"].iter().any(|root| name == **root)
}
