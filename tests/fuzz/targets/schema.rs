//! Tables from everything that declares some.
#![no_main]

use std::sync::LazyLock;

use analysis::{Models, Options, Program};
use libfuzzer_sys::fuzz_target;

/// The first byte chooses one.
const NAMES: [&str; 8] = [
    "prisma/schema.prisma",
    "alembic/versions/1_a.py",
    "app/models.py",
    "migrations/1.ts",
    "src/entity.ts",
    "drizzle/schema.ts",
    "migration/src/m1.rs",
    "db/migrations/001_a.up.sql",
];

static MODELS: LazyLock<Models> = LazyLock::new(|| rules::models().expect("our own models"));

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let Some(text) = scalecliff_fuzz::text(bytes) else { return };
    let name = NAMES[usize::from(*choice) % NAMES.len()];
    let Some(language) = parse::language_of(name) else { panic!("{name} has no language") };
    let described = || {
        let file = parse::lower(name, language, &text);
        scalecliff_fuzz::check_tree(&file, &text);
        let program = Program::solve(vec![file], Vec::new(), &MODELS, Options::default());
        format!("{:?}", program.schema())
    };
    assert_eq!(described(), described(), "two runs, two schemas");
});
