//! Programs of any size: the shapes of generated code, large classes and mutual recursion.

use std::fmt::Write as _;

/// A shape of program by name, and its text at a size.
pub type Shape = (&'static str, fn(usize) -> String);

/// What generated code, large classes and mutual recursion look like.
pub const SHAPES: [Shape; 8] = [
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
    ("a parameter that is handed on", |size| {
        let mut text = String::from("def run(name):\n    return f0(name)\n\n");
        for number in 0..size {
            let _ = writeln!(text, "def f{number}(name=None):\n    return f{}(name)\n", number + 1);
        }
        text
    }),
    ("routes", |size| {
        let mut text = String::from("from flask import Flask\nimport psycopg2\napp = Flask(__name__)\n");
        for number in 0..size {
            let _ = writeln!(text, "@app.get('/r{number}')\ndef r{number}():\n    return str({number})\n");
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
    ("routes that open connections", |size| {
        let mut text = String::from("from flask import Flask\nimport psycopg2\napp = Flask(__name__)\n");
        for number in 0..size {
            let _ = writeln!(
                text,
                "@app.get('/r{number}')\ndef r{number}():\n    c = psycopg2.connect('x')\n    c.close()\n"
            );
        }
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
