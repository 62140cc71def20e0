//! Whole programs: files of all languages from one text, cut where a line says so.
#![no_main]

use std::sync::LazyLock;

use analysis::{Models, Options, Program};
use libfuzzer_sys::fuzz_target;
use report::{Report, Sources, Summary, TextOptions, identify};

const NAMES: [&str; 7] = ["app/main.py", "app/db.py", "src/index.ts", "src/db.js", "src/main.rs", "db/schema.sql", "package.json"];
const CUT: &str = "\n===\n";

static MODELS: LazyLock<Models> = LazyLock::new(|| rules::models().expect("our own models"));

fuzz_target!(|bytes: &[u8]| {
    let Some(text) = scalecliff_fuzz::text(bytes) else { return };
    let first = run(&text);
    assert_eq!(first, run(&text), "two runs, two reports");
});

fn run(text: &str) -> String {
    let mut sources = Sources::default();
    let (mut files, mut manifests) = (Vec::new(), Vec::new());
    for (part, name) in text.split(CUT).zip(NAMES) {
        match parse::language_of(name) {
            Some(language) => files.push(parse::lower(name, language, part)),
            None => manifests.push((name.to_owned(), part.to_owned())),
        }
        sources.insert(ir::Symbol::new(name), part.to_owned());
    }
    let options = Options { assume_request: text.len() % 2 == 0, ..Options::default() };
    let program = Program::solve(files, manifests, &MODELS, options);
    let rules: Vec<_> = rules::all().iter().collect();
    let findings = rules::check(&program, &rules);
    for finding in &findings {
        for place in finding.evidence.iter().map(|step| step.location).chain([finding.primary]) {
            let text = sources.get(place.path).text();
            assert!(text.get(place.span.start as usize..place.span.end as usize).is_some(), "{place:?}");
        }
    }
    let around = program.surroundings();
    let found = identify(findings, |finding| around.symbol(finding.primary), &sources);
    for found in &found {
        let statement = around.statement(found.finding.primary);
        assert!(statement.start <= found.finding.primary.span.start, "{statement:?}");
    }
    let infos: Vec<_> = rules.iter().map(|rule| rule.info).collect();
    let report = Report::new(found, &infos, &sources, Summary::default());
    report::render_text(&report, TextOptions { color: false, width: 100, verbose: true })
}
