//! Conditions on the columns of a subquery reach the tables inside it, where nothing between them folds other rows in.

use super::block::{Atom, Block, Conjunct, Fold, GroupKind, Key, Source, Test};
use super::equal::implied;

pub(super) fn push_down(blocks: &mut [Block]) {
    for outer in 0..blocks.len() {
        let mut pushed: Vec<(usize, Conjunct)> = Vec::new();
        for atom in constants(&blocks[outer]) {
            let Source::Blocks(inner) = &blocks[outer].relations[atom.relation].source else { continue };
            for number in inner.iter().copied().filter(|number| *number != outer && !blocks[*number].is_kept) {
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

/// The conditions that hold for all rows of a subquery that take part, also those that follow from joins.
fn constants(block: &Block) -> Vec<Atom> {
    let is_semi = |number: usize| {
        let mut groups = block.relations.iter().filter_map(|relation| relation.group);
        groups.any(|group| group.number == number && group.kind == GroupKind::Semi)
    };
    let joined = |group: Option<usize>| group.filter(|number| !is_semi(*number));
    let own = |number: usize| joined(block.relations[number].group.map(|group| group.number));
    let groups: Vec<Option<usize>> = block.tests.iter().map(|conjunct| joined(conjunct.group)).collect();
    let given = block.tests.iter().zip(&groups).filter_map(|(conjunct, group)| match &conjunct.test {
        Test::Atom(atom) if own(atom.relation) == *group => Some(atom.clone()),
        _ => None,
    });
    let all = given.chain(implied(&block.tests, &groups, own));
    all.filter(|atom| !atom.key.is_expression).collect()
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
            Fold::Grouped(keys) => keys.contains(&target) || block.gives_keys && !target.1.is_expression,
            Fold::Aggregate => false,
        };
    is_open.then_some(target)
}
