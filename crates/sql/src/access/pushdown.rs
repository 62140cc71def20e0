//! Conditions on the columns of a subquery reach the tables inside it, where nothing between them folds other rows in.

use super::block::{Atom, Block, Conjunct, Fold, Key, Source, Test};

pub(super) fn push_down(blocks: &mut [Block]) {
    for outer in 0..blocks.len() {
        let mut pushed: Vec<(usize, Conjunct)> = Vec::new();
        for conjunct in &blocks[outer].tests {
            let Test::Atom(atom) = &conjunct.test else { continue };
            let relation = &blocks[outer].relations[atom.relation];
            let Source::Blocks(inner) = &relation.source else { continue };
            if relation.group.map(|group| group.number) != conjunct.group || atom.key.is_expression {
                continue;
            }
            for number in inner.iter().copied().filter(|number| *number != outer) {
                if let Some((relation, key)) = reach(&blocks[number], atom.key) {
                    let test = Test::Atom(Atom { relation, key, ..atom.clone() });
                    pushed.push((number, Conjunct { group: None, test }));
                }
            }
        }
        for (number, conjunct) in pushed {
            blocks[number].tests.push(conjunct);
        }
    }
}

/// The column inside a block that one of its outputs is, if a condition on it may be moved inside.
fn reach(block: &Block, key: Key) -> Option<(usize, Key)> {
    let own = block.outputs.iter().find(|(name, _)| *name == key.name).map(|(_, column)| *column);
    let all = || match block.outputs_all.as_slice() {
        [only] => Some((*only, key)),
        _ => None,
    };
    let target = own.or_else(all)?;
    let is_open = !block.has_limit
        && match &block.fold {
            Fold::None | Fold::Whole => true,
            Fold::Grouped(keys) => keys.contains(&target),
            Fold::Aggregate => false,
        };
    is_open.then_some(target)
}
