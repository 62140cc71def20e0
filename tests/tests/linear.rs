//! What is worked out about a program grows like the program, whatever its shape, and every fixed point is found.

use scalecliff_tests::shapes::SHAPES;
use scalecliff_tests::{Source, findings_in, solve};

/// How many facts and findings there are.
fn sizes(text: String) -> (usize, usize) {
    let program = solve(&[Source { path: "app.py".to_owned(), text }]);
    (program.dump().lines().count(), findings_in(&program).len())
}

#[test]
fn facts_and_findings_grow_like_the_program() {
    const SMALL: usize = 50;
    const TIMES: usize = 20;
    for (name, text) in SHAPES {
        let (facts, findings) = sizes(text(SMALL));
        let (more_facts, more_findings) = sizes(text(SMALL * TIMES));
        assert!(more_facts <= facts.max(1) * TIMES, "{name}: {facts} facts, then {more_facts}");
        assert!(more_findings <= findings.max(1) * TIMES, "{name}: {findings} findings, then {more_findings}");
    }
}

/// Each of these took minutes where a step was quadratic.
#[test]
fn large_programs_are_solved() {
    for (name, text) in SHAPES {
        let (facts, _) = sizes(text(10_000));
        assert!(facts > 0, "{name}");
    }
}
