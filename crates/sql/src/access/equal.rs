//! What follows from equalities: of `a.x = b.y AND a.x = $1`, that `b.y = $1`.

use super::block::{Atom, Conjunct, Key, Test};

/// The comparisons of columns with constants that joins carry over to others. `groups` are the outer or anti-joins whose
/// conditions the tests are, `own` those that the relations belong to.
pub(super) fn implied(tests: &[Conjunct], groups: &[Option<usize>], own: impl Fn(usize) -> Option<usize>) -> Vec<Atom> {
    let mut implied: Vec<Atom> = Vec::new();
    for _ in 0..4 {
        let mut found = Vec::new();
        for (conjunct, group) in tests.iter().zip(groups) {
            let Test::Join(left, right) = &conjunct.test else { continue };
            for (from, to) in [(left, right), (right, left)] {
                let known = |end: &(usize, Key)| {
                    let (relation, key) = *end;
                    let own = own(relation);
                    let given = tests.iter().zip(groups).filter(move |(_, group)| **group == own);
                    let given = given.filter_map(|(conjunct, _)| match &conjunct.test {
                        Test::Atom(atom) => Some(atom),
                        _ => None,
                    });
                    given
                        .chain(&implied)
                        .find(|atom| atom.relation == relation && atom.key == key && atom.op.is_equality())
                };
                if own(to.0) == *group
                    && known(to).is_none()
                    && let Some(source) = known(from)
                {
                    found.push(Atom { relation: to.0, key: to.1, text: String::new(), ..source.clone() });
                }
            }
        }
        if found.is_empty() {
            break;
        }
        implied.extend(found);
    }
    implied
}
