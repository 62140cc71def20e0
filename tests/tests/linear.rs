//! What is worked out about a program grows like the program, whatever its shape, and every fixed point is found.

use std::fmt::Write as _;

use scalecliff_tests::{Source, findings_in, solve};

/// A shape of program by name, and its text at a size.
type Shape = (&'static str, fn(usize) -> String);

const SHAPES: [Shape; 6] = [
    ("a long function", |size| {
        let mut text = String::from("def run(db):\n");
        (0..size).for_each(|number| _ = writeln!(text, "    x{number} = db.get({number})"));
        text
    }),
    ("functions that call each other", |size| {
        let mut text = String::new();
        for number in 0..size {
            let (next, far) = ((number + 1) % size, (number * 7 + 3) % size);
            let _ = writeln!(text, "def f{number}(x):\n    return f{next}(x) or f{far}(x)\n");
        }
        text
    }),
    ("routes that open connections", |size| {
        let mut text = String::from("from flask import Flask\nimport psycopg2\napp = Flask(__name__)\n");
        for number in 0..size {
            let _ = writeln!(
                text,
                "@app.get('/{number}')\ndef r{number}():\n    c = psycopg2.connect('x')\n    c.close()\n"
            );
        }
        text
    }),
    ("fields of a class", |size| {
        let mut text = String::from("class Wide:\n    def __init__(self):\n");
        (0..size).for_each(|number| _ = writeln!(text, "        self.f{number} = {number}"));
        text.push_str("    def use(self):\n");
        (0..size).for_each(|number| _ = writeln!(text, "        self.f{number}"));
        text
    }),
    ("methods of a class", |size| {
        let mut text = String::from("class Wide:\n");
        for number in 0..size {
            let _ = writeln!(text, "    def m{number}(self):\n        return self.m{}()", (number + 1) % size);
        }
        text
    }),
    ("a chain of names", |size| {
        let mut text = String::from("x0 = open('a')\n");
        (1..size).for_each(|number| _ = writeln!(text, "x{number} = x{}", number - 1));
        text
    }),
];

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
