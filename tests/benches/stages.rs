//! `cargo bench -p scalecliff-tests --bench stages`: what each stage costs on programs of several sizes. The time of a size
//! that is ten times as large should be ten times as long: no stage is quadratic.

use analysis::{Models, Options, Program};
use divan::{Bencher, black_box, counter::BytesCount};
use scalecliff_tests::shapes::SHAPES;

fn main() {
    divan::main();
}

const SIZES: [usize; 3] = [100, 1_000, 10_000];

fn cases() -> impl Iterator<Item = (&'static str, usize)> {
    SHAPES.iter().flat_map(|(name, _)| SIZES.map(|size| (*name, size)))
}

fn text(name: &str, size: usize) -> String {
    SHAPES.iter().find(|(known, _)| *known == name).map_or_else(String::new, |(_, make)| make(size))
}

fn lower(text: &str) -> ir::File {
    parse::lower("app.py", ir::Language::Python, text)
}

fn models() -> Models {
    rules::models().expect("the shipped models load")
}

#[divan::bench(args = cases().map(|(name, size)| format!("{name}: {size}")).collect::<Vec<_>>(), sample_count = 10)]
fn parsing(bencher: Bencher, case: &str) {
    let text = text_of(case);
    bencher.counter(BytesCount::of_str(&text)).bench(|| lower(black_box(&text)));
}

#[divan::bench(args = cases().map(|(name, size)| format!("{name}: {size}")).collect::<Vec<_>>(), sample_count = 5)]
fn solving(bencher: Bencher, case: &str) {
    let (text, models) = (text_of(case), models());
    let solve = |file| Program::solve(vec![file], Vec::new(), &models, Options::default()).files.len();
    bencher.counter(BytesCount::of_str(&text)).with_inputs(|| lower(&text)).bench_values(solve);
}

#[divan::bench(args = cases().map(|(name, size)| format!("{name}: {size}")).collect::<Vec<_>>(), sample_count = 5)]
fn rules_and_findings(bencher: Bencher, case: &str) {
    let (text, models) = (text_of(case), models());
    let program = Program::solve(vec![lower(&text)], Vec::new(), &models, Options::default());
    let all: Vec<&rules::Rule> = rules::all().iter().collect();
    bencher.counter(BytesCount::of_str(&text)).bench(|| rules::check(black_box(&program), &all).len());
}

#[divan::bench]
fn loading_the_models() -> Models {
    models()
}

fn text_of(case: &str) -> String {
    let (name, size) = case.split_once(": ").expect("a shape and a size");
    text(name, size.parse().expect("a number"))
}
