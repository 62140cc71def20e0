//! A little fuzzing in every run of the tests: the programs of the pages with chance edits, the same ones each time. The
//! targets of `tests/fuzz` go much further; this says whether they would still hold.

#[path = "../fuzz/src/trees.rs"]
#[expect(unreachable_pub, reason = "there it is a library's")]
mod trees;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

use ir::Symbol;
use ir::finding::Finding;
use report::{Report, Sources, Summary, TextOptions, identify};
use scalecliff_tests::{Source, page_of, solve};

/// As much as the program gives its threads.
const STACK_SIZE: usize = 64 << 20;
const PROGRAMS: u64 = 800;

/// What is put in: what opens and closes things, what is unfinished, what has a meaning only elsewhere.
const PIECES: [&str; 48] = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    "\"",
    "'",
    "`",
    "\"\"\"",
    "${",
    "/*",
    "*/",
    "//",
    "#",
    "--",
    "\\\n",
    "\r\n",
    "\r",
    "\0",
    "\u{feff}",
    "𝒳",
    "é",
    "\n```\n",
    "\n<<<<<<< HEAD\n",
    "\n=======\n",
    "\n>>>>>>> x\n",
    ";",
    ",",
    ".",
    "::",
    "=>",
    "@",
    "...",
    "await ",
    "async ",
    "return ",
    "yield ",
    "lambda: ",
    "if x:\n",
    "SELECT * FROM a WHERE ",
    "$1",
    "%s",
    "?",
    "1e999",
    "\t",
];

#[test]
fn no_edit_of_a_program_makes_it_too_much() {
    let rules = rules::all().iter();
    let programs: Vec<Vec<Source>> = rules.flat_map(|rule| page_of(rule).cases).map(|case| case.sources).collect();
    let failed: Vec<String> = thread::scope(|scope| {
        let halves = [0, 1].map(|half| {
            let programs = &programs;
            let work = move || {
                (0..PROGRAMS).filter(|seed| seed % 2 == half).filter_map(|seed| failure(seed, programs)).collect()
            };
            thread::Builder::new().stack_size(STACK_SIZE).spawn_scoped(scope, work).expect("a thread")
        });
        halves.into_iter().flat_map(|half| -> Vec<String> { half.join().expect("panics are caught") }).collect()
    });
    assert!(failed.is_empty(), "{} programs are too much:\n{}", failed.len(), failed.join("\n\n"));
}

/// What a model answered ten times, or a notebook that was saved as a script. Names with a thousand values took minutes.
#[test]
fn text_that_is_pasted_again_and_again_ends() {
    let block = "const pool = new Pool({ max: 5 });\nconst query = knex('orders').select();\napp.get('/a', async (req, res) => {\n    \
                 const found = await pool.query('SELECT id FROM orders');\n    res.json(found.rows);\n});\nexport { pool };\n";
    let head = "import { Pool } from 'pg';\nimport knex from 'knex';\nimport express from 'express';\nconst app = express();\n";
    let sources = [Source { path: "server.ts".to_owned(), text: head.to_owned() + &block.repeat(600) }];
    let started = Instant::now();
    thread::scope(|scope| {
        let work = || rules::check(&solve(&sources), &rules::all().iter().collect::<Vec<_>>());
        thread::Builder::new().stack_size(STACK_SIZE).spawn_scoped(scope, work).expect("a thread");
    });
    assert!(started.elapsed() < Duration::from_secs(60), "it took {:?}", started.elapsed());
}

/// The edited program, if it is too much.
fn failure(seed: u64, programs: &[Vec<Source>]) -> Option<String> {
    let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut sources = chance.one_of(programs).clone();
    let other = chance.one_of(programs);
    let (at, donor) = (chance.below(sources.len()), chance.one_of(other));
    for _ in 0..=chance.below(4) {
        sources[at].text = chance.edit(&sources[at].text, &donor.text);
    }
    let all = || sources.iter().map(|source| format!("== {}\n{}", source.path, source.text)).collect::<String>();
    catch_unwind(AssertUnwindSafe(|| hold(&sources))).err().map(|_| format!("seed {seed}\n{}", all()))
}

/// What must hold of any program: no panic on the whole way, places in the text, and the same report twice.
fn hold(sources: &[Source]) {
    assert_eq!(reported(sources), reported(sources), "two runs, two reports");
}

fn reported(sources: &[Source]) -> String {
    let program = solve(sources);
    let mut texts = Sources::default();
    for source in sources {
        texts.insert(Symbol::new(&source.path), source.text.clone());
    }
    for file in &program.files {
        trees::check_tree(file, texts.get(file.path).text());
    }
    let rules: Vec<_> = rules::all().iter().collect();
    let findings: Vec<Finding> = rules::check(&program, &rules);
    let around = program.surroundings();
    let found = identify(findings, |finding| around.symbol(finding.primary), &texts);
    let infos: Vec<_> = rules.iter().map(|rule| rule.info).collect();
    let report = Report::new(found, &infos, &texts, Summary::default());
    report::render_text(&report, TextOptions { color: false, width: 100, verbose: true })
        + &report::render_agent(&report, "x")
}

/// Numbers by xorshift.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }

    fn one_of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// A place between two characters.
    fn place(&mut self, text: &str) -> usize {
        text.floor_char_boundary(self.below(text.len() + 1))
    }

    /// The two ends of a part, mostly of a short one.
    fn part(&mut self, text: &str) -> (usize, usize) {
        let start = self.place(text);
        let longest = *self.one_of(&[4, 40, 400]);
        (start, text.ceil_char_boundary((start + self.below(longest)).min(text.len())))
    }

    fn edit(&mut self, text: &str, donor: &str) -> String {
        let at = self.place(text);
        let (start, end) = self.part(text);
        let (before, after) = text.split_at(at);
        match self.below(7) {
            0 => before.to_owned(),
            1 => format!("{}{}", &text[..start], &text[end..]),
            2 => format!("{before}{}{after}", &text[start..end]),
            3 => format!("{before}{}{after}", text[start..end].repeat(2 + self.below(60))),
            4 => {
                let (start, end) = self.part(donor);
                format!("{before}{}{after}", &donor[start..end])
            }
            5 => format!("{before}{}{after}", self.one_of(&PIECES).repeat(1 + self.below(3))),
            _ => format!("{}{}{}", &text[..start], self.one_of(&PIECES), &text[end..]),
        }
    }
}
