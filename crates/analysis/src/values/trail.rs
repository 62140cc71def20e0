//! On what each step of an evaluation hangs, so that the steps are repeated that would find something else, and no others.
//!
//! A step is what one look at an expression finds out that was not known before. It hangs on answers about the rest of the
//! program, and on earlier steps, never on later ones: to see which are stale takes one pass.
//!
//! What names in a cycle are found to be hangs on where the cycle was entered. The steps of an evaluation stand in an order,
//! and a cycle belongs to the step that came to it first: where a repeated step comes to the cycle of one that stands behind
//! it, an evaluation from the beginning would have entered it elsewhere, and nothing but that tells what it finds.

use rustc_hash::FxHashMap;

use super::asked::Question;

/// Steps and questions share their numbers; 0 stands for none.
#[derive(Debug, Default)]
pub(super) struct Trail {
    step: u32,
    /// Steps in ascending order, and questions and earlier steps that they hang on.
    links: Vec<(u32, u32)>,
    questions: FxHashMap<Question, u32>,
    /// By number: the last step that hangs on it.
    last: Vec<u32>,
    /// The place of the step under way in the order of an evaluation.
    place: u32,
    /// By number: the last place of those steps that came upon a cycle, of the step itself and all that it hangs on.
    cycles: Vec<u32>,
    is_doubtful: bool,
}

impl Trail {
    fn next(&mut self) -> u32 {
        if self.last.is_empty() {
            (self.last, self.cycles) = (vec![0], vec![0]);
        }
        self.last.push(0);
        self.cycles.push(0);
        self.last.len() as u32 - 1
    }

    /// Begins the step at a place, the first of which is 1.
    pub(super) fn begin(&mut self, place: u32) {
        self.step = self.next();
        self.place = place;
    }

    /// The step under way.
    pub(super) fn step(&self) -> u32 {
        self.step
    }

    /// The step under way hangs on what another one found out.
    pub(super) fn follows(&mut self, earlier: u32) {
        let last = &mut self.last[earlier as usize];
        if earlier != self.step && *last != self.step {
            *last = self.step;
            self.links.push((self.step, earlier));
            let cycle = self.cycles[earlier as usize];
            self.is_doubtful |= cycle > self.place;
            self.comes_to_cycle(cycle);
        }
    }

    /// The step under way came upon what it is itself about to find out, or went too deep.
    pub(super) fn comes_round(&mut self) {
        self.comes_to_cycle(self.place);
    }

    fn comes_to_cycle(&mut self, place: u32) {
        let known = &mut self.cycles[self.step as usize];
        *known = place.max(*known);
    }

    /// Whether an evaluation from the beginning may find something else.
    pub(super) fn is_doubtful(&self) -> bool {
        self.is_doubtful
    }

    pub(super) fn ask(&mut self, question: Question) {
        let number = match self.questions.get(&question) {
            Some(number) => *number,
            None => {
                let number = self.next();
                self.questions.insert(question, number);
                number
            }
        };
        self.follows(number);
    }

    /// By number of a step: whether it would find something else, now that some questions have other answers. None if
    /// no step would.
    pub(super) fn stale(&self, is_other: impl Fn(Question) -> bool) -> Option<Vec<bool>> {
        let mut stale = vec![false; self.last.len()];
        let mut is_any = false;
        #[expect(clippy::iter_over_hash_type, reason = "each question is marked on its own")]
        for (question, number) in &self.questions {
            stale[*number as usize] = is_other(*question);
            is_any |= stale[*number as usize];
        }
        if !is_any {
            return None;
        }
        for (step, cause) in &self.links {
            stale[*step as usize] |= stale[*cause as usize];
        }
        Some(stale)
    }

    /// Forgets what stale steps hang on.
    pub(super) fn without(mut self, stale: &[bool]) -> Self {
        self.links.retain(|(step, _)| !stale[*step as usize]);
        self
    }
}

#[cfg(test)]
mod tests {
    use ir::{ExprId, Symbol};

    use super::{Question, Trail};
    use crate::ids::{ExprRef, FileId};

    #[test]
    fn what_hangs_on_another_answer_is_stale() {
        let question = |name: &str| Question::Record(ExprRef { file: FileId(0), id: ExprId(0) }, Symbol::new(name));
        let mut trail = Trail::default();
        let mut place = 0;
        let mut step = |causes: &[u32], asks: Option<&str>| {
            place += 1;
            trail.begin(place);
            let step = trail.step();
            causes.iter().for_each(|cause| trail.follows(*cause));
            asks.into_iter().for_each(|name| trail.ask(question(name)));
            step
        };
        let free = step(&[], None);
        let first = step(&[free], Some("a"));
        let second = step(&[first, free], None);
        let other = step(&[free], Some("b"));
        assert!(trail.stale(|_| false).is_none());
        let stale = trail.stale(|asked| asked == question("a")).expect("one has changed");
        assert_eq!([free, first, second, other].map(|step| stale[step as usize]), [false, true, true, false]);
        assert!(
            trail.without(&stale).stale(|asked| asked == question("a")).is_some_and(|stale| !stale[first as usize])
        );
    }

    #[test]
    fn only_cycles_of_later_places_make_doubtful() {
        let mut trail = Trail::default();
        trail.begin(2);
        let round = trail.step();
        trail.comes_round();
        trail.begin(3);
        let behind = trail.step();
        trail.follows(round);
        assert!(!trail.is_doubtful());
        trail.begin(1);
        trail.follows(behind);
        assert!(trail.is_doubtful());
    }
}
