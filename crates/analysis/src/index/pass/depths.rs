//! What a name or place is given, and how deep in branches and loops the pass stands.

use ir::{Block, ExprId, ExprKind, File, Pattern, Visit as _};

use super::super::loops::Rounds;
use super::super::parts::each_part;
use super::super::{Def, Part, entry_of};
use super::Pass;

impl Pass<'_> {
    pub(super) fn define(&mut self, pattern: &Pattern, value: ExprId, first: Option<Part>) {
        let mut parts: Vec<Part> = first.into_iter().collect();
        if let (None, Some(binding)) = (first, pattern.as_binding()) {
            self.index.assigned.insert(value, binding);
        }
        let (defs, added, depth) = (&mut self.index.defs, &mut self.added, self.branches);
        each_part(pattern, &mut parts, &mut |binding, parts| {
            added.defined(binding, depth);
            defs.entry(binding).push(Def { value, parts: parts.to_vec() });
        });
    }

    pub(super) fn assign_place(&mut self, file: &File, pattern: &Pattern, value: ExprId, part: Option<Part>) {
        match pattern {
            Pattern::Place(place) => {
                self.index.placed.insert(value);
                if let ExprKind::Member { base, .. } | ExprKind::Index { base, .. } = file.expr(*place).kind
                    && let ExprKind::Local(binding) = file.expr(base).kind
                {
                    self.place(binding, value);
                }
                if let ExprKind::Member { base, name, .. } = file.expr(*place).kind {
                    if matches!(file.expr(base).kind, ExprKind::This) {
                        if let Some(this) = self.index.this[self.function.0 as usize] {
                            if part.is_none() {
                                self.index.field_of.insert(value, name);
                            }
                            let parts = part.into_iter().collect();
                            self.index.fields.entry((this, name)).or_default().push(Def { value, parts });
                        }
                    } else {
                        self.index.members.push((base, name, value));
                    }
                } else if let Some((base, key)) = entry_of(file, *place) {
                    self.index.entries.push((base, key, value));
                }
            }
            Pattern::Default { pattern, .. } => self.assign_place(file, pattern, value, part),
            _ => {}
        }
    }

    pub(super) fn branch(&mut self, file: &File, block: &Block) {
        let failures = u32::from(super::ends::fails(file, block));
        self.branches += 1;
        self.failures += failures;
        self.block(file, block);
        self.failures -= failures;
        self.branches -= 1;
    }

    pub(super) fn guarded(&mut self, file: &File, block: &Block, is_once: bool) {
        self.once += u32::from(is_once);
        self.branch(file, block);
        self.once -= u32::from(is_once);
    }

    /// A block that runs for one element, or a few: the loops around do not count.
    pub(super) fn picked(&mut self, file: &File, block: &Block, is_once: bool, is_picked: bool) {
        let loops = self.loops;
        if is_picked {
            self.bounded_loops += loops;
            self.loops = 0;
        }
        self.guarded(file, block, is_once);
        if is_picked {
            self.bounded_loops -= loops;
            self.loops = loops;
        }
    }

    pub(super) fn looped(&mut self, file: &File, block: &Block, rounds: Rounds) {
        self.index.has_loops[self.function.0 as usize] = true;
        let (loops, bounded) = (u32::from(!rounds.are_few), u32::from(rounds.are_few));
        let batches = u32::from(rounds.are_batches);
        self.loops += loops;
        self.bounded_loops += bounded;
        self.batches += batches;
        self.branch(file, block);
        self.loops -= loops;
        self.bounded_loops -= bounded;
        self.batches -= batches;
    }
}
