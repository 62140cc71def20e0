//! The structure that `crates/README.md` promises. Each test stands for one of its invariants; a change that needs another
//! structure changes that page first.

#[path = "architecture/workspace.rs"]
mod workspace;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use scalecliff_tests::ecosystem::{Ecosystem, Judged, Precision};
use workspace::{contains_path, files, packages, read, root, rust_files, sources, words};

/// What each crate may use of the others, in its tests too. The crate of the tests may use everything.
const MAY_USE: &[(&str, &[&str])] = &[
    ("ir", &[]),
    ("sql", &["ir"]),
    ("parse", &["ir", "sql"]),
    ("analysis", &["ir", "sql"]),
    ("report", &["ir"]),
    ("triage", &["ir", "report"]),
    ("rules", &["ir", "analysis"]),
    ("scalecliff", &["ir", "sql", "parse", "analysis", "report", "rules", "triage"]),
    ("xtask", &["ir", "parse", "analysis", "report", "rules", TESTS]),
    (TESTS, &["ir", "parse", "sql", "analysis", "report", "rules"]),
];

const TESTS: &str = "scalecliff-tests";

/// Dependencies that only one crate may have, by how their names begin. The crate of the tests may have any.
const RESERVED: &[(&str, &str)] = &[
    ("oxc_", "parse"),
    ("ruff_", "parse"),
    ("syn", "parse"),
    ("proc-macro2", "parse"),
    ("tree-sitter", "parse"),
    ("sqlparser", "sql"),
    ("codespan-reporting", "report"),
    ("clap", "scalecliff"),
    ("ignore", "scalecliff"),
    ("indicatif", "scalecliff"),
];

/// Everything that takes texts and touches nothing: all but the binary and the chores.
const PURE: &[&str] =
    &["crates/ir", "crates/sql", "crates/parse", "crates/analysis", "crates/report", "crates/triage", "rules"];

/// What of that cannot fail: settings, baselines and diffs can be wrong, programs cannot.
const CORE: &[&str] = &["crates/ir", "crates/sql", "crates/parse", "crates/analysis", "crates/report", "rules"];

/// The only code behind the front ends that may tell one language from another.
const KNOW_LANGUAGES: &[&str] = &["crates/analysis/src/link/", "crates/analysis/src/models/"];

const LINE_LIMIT: usize = 450;

#[test]
fn dependencies_point_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let mut wrong = Vec::new();
    for package in packages() {
        let Some(allowed) = allowed.get(package.name.as_str()) else {
            wrong.push(format!("{}: a new crate; MAY_USE must say what it may use", package.name));
            continue;
        };
        for used in &package.own {
            if !allowed.contains(&used.as_str()) {
                wrong.push(format!("{} uses {used}", package.name));
            }
        }
        for used in package.foreign.iter().filter(|_| package.name != TESTS) {
            let owner = RESERVED.iter().find(|(start, _)| used.starts_with(start));
            if let Some((_, owner)) = owner.filter(|(_, owner)| *owner != package.name) {
                wrong.push(format!("{} uses {used}, which only {owner} may", package.name));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn only_linking_and_models_ask_for_the_language() {
    let mut wrong = Vec::new();
    for source in sources(&["crates/analysis", "crates/report", "rules"]) {
        if KNOW_LANGUAGES.iter().any(|folder| source.path.starts_with(folder)) {
            continue;
        }
        for (number, line) in source.code.split('\n').enumerate() {
            let has_type = words(line).any(|word| word == "Language");
            let is_asked =
                line.match_indices(".language").any(|(at, name)| !is_key_of_models(line, at, at + name.len()));
            if has_type || is_asked {
                wrong.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    assert_none(&wrong);
}

/// Whether a field access is the whole of an argument of `models.of(…)`.
fn is_key_of_models(line: &str, start: usize, end: usize) -> bool {
    const LOOKUP: &str = "models.of(";
    let Some(open) = line[..start].rfind(LOOKUP) else { return false };
    let mut depth = 0_i32;
    let is_inside = line[open + LOOKUP.len()..start].chars().all(|char| {
        depth += i32::from(char == '(') - i32::from(char == ')');
        depth >= 0
    });
    is_inside && depth == 0 && line[end..].starts_with(')')
}

#[test]
fn rules_ask_and_never_walk_syntax() {
    const SYNTAX: &[&str] = &["ExprKind", "StmtKind", "ExprId", "Block", "Pattern", "Visit"];
    let mut wrong = Vec::new();
    for source in sources(&["rules"]) {
        if let Some(found) = words(&source.code).find(|word| SYNTAX.contains(word)) {
            wrong.push(format!("{}: {found}", source.path));
        }
    }
    assert_none(&wrong);
}

#[test]
fn only_the_binary_touches_the_outside() {
    const OUTSIDE: &[&str] = &[
        "std::fs",
        "fs::",
        "File::open",
        "File::create",
        "std::env",
        "env::var",
        "env::args",
        "std::process",
        "Command::new",
        "std::net",
        "stdin(",
        "stdout(",
        "stderr(",
        "print!",
        "println!",
        "eprint!",
        "eprintln!",
        "SystemTime",
        "Instant",
    ];
    let mut wrong = Vec::new();
    for source in sources(PURE) {
        for (number, line) in source.code.split('\n').enumerate() {
            if let Some(found) = OUTSIDE.iter().find(|outside| contains_path(line, outside)) {
                wrong.push(format!("{}:{}: {found}", source.path, number + 1));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn the_core_cannot_fail() {
    let mut wrong = Vec::new();
    for source in sources(CORE) {
        for (at, _) in source.code.match_indices("pub fn ").chain(source.code.match_indices("pub const fn ")) {
            let signature = source.code[at..].split(['{', ';']).next().unwrap_or_default();
            let is_fallible = words(signature).any(|word| word == "Result") && !signature.contains("ModelError>");
            if is_fallible {
                wrong.push(format!("{}: {}", source.path, signature.trim()));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn nothing_is_unsafe_and_every_crate_has_the_lints() {
    let manifest = read("Cargo.toml");
    assert!(manifest.contains("\nunsafe_code = \"forbid\"\n"), "the workspace does not forbid `unsafe`");
    let mut wrong = Vec::new();
    for package in packages() {
        let manifest = fs::read_to_string(&package.manifest).expect("cargo names its manifests");
        if !manifest.contains("\n[lints]\nworkspace = true\n") {
            wrong.push(format!("{}: no `[lints] workspace = true`", package.name));
        }
    }
    for source in sources(&["crates", "rules", "tests"]) {
        if source.code.contains("[allow(") {
            wrong.push(format!("{}: `allow` in place of `expect` with a reason", source.path));
        }
    }
    assert_none(&wrong);
}

#[test]
fn files_are_short_and_modules_say_what_they_are_for() {
    let mut wrong = Vec::new();
    for path in rust_files(&["crates", "rules", "tests"]) {
        let text = read(&path);
        let lines = text.lines().count();
        if lines >= LINE_LIMIT {
            wrong.push(format!("{path}: {lines} lines"));
        }
        let stem = path.trim_end_matches(".rs");
        let is_root = ["/lib", "/main", "/mod"].iter().any(|name| stem.ends_with(name)) || is_integration_test(&path);
        let has_children = root().join(stem).is_dir();
        if (is_root || has_children) && !text.starts_with("//! ") {
            wrong.push(format!("{path}: does not begin with `//!`"));
        }
    }
    assert_none(&wrong);
}

fn is_integration_test(path: &str) -> bool {
    Path::new(path).parent().is_some_and(|folder| folder.ends_with("tests")) && !path.contains("/src/")
}

#[test]
fn rules_and_pages_are_named_after_their_slugs() {
    let mut wrong = Vec::new();
    let mut pages: BTreeSet<String> = files("rules").into_iter().filter(|path| path.ends_with(".md")).collect();
    pages.retain(|path| !path.starts_with("rules/models/"));
    for rule in rules::all() {
        let stem = stem_of(&rule.info);
        if !root().join(format!("{stem}.rs")).is_file() {
            wrong.push(format!("{}: no {stem}.rs", rule.info.slug));
        }
        let page = format!("{stem}.md");
        if !rule.info.page.starts_with(&format!("# {}\n", rule.info.slug)) {
            wrong.push(format!("{page}: the title is not `{}`", rule.info.slug));
        }
        if !pages.remove(&page) {
            wrong.push(format!("{}: no {page}", rule.info.slug));
        }
    }
    wrong.extend(pages.into_iter().map(|page| format!("{page}: no rule has this page")));
    assert_none(&wrong);
}

#[test]
fn models_lie_in_the_folder_of_their_language() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for path in files("rules/models").into_iter().filter(|path| path != "rules/models/README.md") {
        seen += 1;
        let parts: Vec<&str> = path.split('/').skip(2).collect();
        let is_valid = match parts.as_slice() {
            ["python" | "javascript" | "rust", name] => name.strip_suffix(".toml").is_some_and(is_file_stem),
            _ => false,
        };
        if !is_valid {
            wrong.push(path);
        }
    }
    assert!(seen > 0, "no models");
    assert_none(&wrong);
    if let Err(error) = rules::models() {
        panic!("{error}");
    }
}

fn is_file_stem(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    !name.is_empty() && name.chars().all(is_plain)
}

/// `SCALECLIFF_BLESS=1` rewrites the table.
#[test]
fn the_readme_lists_the_rules() {
    let ecosystem = Ecosystem::read().expect("the data of the ecosystem");
    let precision = ecosystem.precision(Judged::Accepted);
    let measured = |precision: Option<Precision>| match precision.and_then(|of| Some((of.percent()?, of.judged))) {
        Some((percent, judged)) => format!("{percent} % of {judged}"),
        None => "–".to_owned(),
    };
    let mut table = String::from("| Rule | Family | Severity | Right | Reports |\n| --- | --- | --- | --- | --- |\n");
    for rule in rules::all() {
        let (slug, page) = (rule.info.slug, format!("{}.md", stem_of(&rule.info)));
        let (family, severity) = (rule.info.family.as_str(), rule.info.severity.as_str());
        let (right, summary) = (measured(precision.get(slug).copied()), rule.info.summary);
        writeln!(table, "| [`{slug}`]({page}) | {family} | {severity} | {right} | {summary} |").expect("in memory");
    }
    let all = measured(precision.into_values().reduce(Precision::plus));
    writeln!(table, "| all | | | {all} | |").expect("in memory");
    let readme = read("README.md");
    let start = readme.find("| Rule | Family |").expect("README.md has the table of rules");
    let length = readme[start..].find("\n\n").map_or(readme.len() - start, |end| end + 1);
    if readme[start..start + length] == table {
        return;
    }
    if std::env::var_os("SCALECLIFF_BLESS").is_some() {
        let blessed = format!("{}{table}{}", &readme[..start], &readme[start + length..]);
        fs::write(root().join("README.md"), blessed).expect("writable");
    } else {
        panic!("the table in README.md is not what the rules say (SCALECLIFF_BLESS=1 writes it):\n{table}");
    }
}

#[test]
fn the_page_names_every_crate_and_module() {
    let page = read("crates/README.md");
    let mut names: BTreeSet<String> = packages().into_iter().map(|package| package.name).collect();
    for path in files("crates/analysis/src") {
        let inside = path.trim_start_matches("crates/analysis/src/");
        names.insert(inside.split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned());
    }
    names.retain(|name| name != "lib" && name != TESTS && !page.contains(&format!("`{name}`")));
    let missing: Vec<String> =
        names.into_iter().map(|name| format!("crates/README.md does not name `{name}`")).collect();
    assert_none(&missing);
}

#[test]
fn the_page_gives_a_reason_for_every_dependency() {
    let page = read("crates/README.md");
    let table = page.split("## Dependencies").nth(1).expect("the page lists the dependencies");
    let mut listed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in table.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.split('|').collect();
        let users = || cells[2].split('`').skip(1).step_by(2).map(str::to_owned).collect();
        listed.extend(cells[1].split('`').skip(1).step_by(2).map(|name| (name.to_owned(), users())));
    }
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in packages().into_iter().filter(|package| package.name != TESTS) {
        for name in package.foreign {
            used.entry(name).or_default().insert(package.name.clone());
        }
    }
    let manifest = read("Cargo.toml");
    let shared = manifest.split("[workspace.dependencies]\n").nth(1).expect("the workspace shares its dependencies");
    for line in shared.lines().take_while(|line| !line.starts_with('[')) {
        let is_own = line.contains("path = ");
        if let Some(name) = line.split([' ', '.']).next().filter(|name| !name.is_empty() && !is_own) {
            used.entry(name.to_owned()).or_default();
        }
    }
    let names: BTreeSet<&String> = listed.keys().chain(used.keys()).collect();
    let mut wrong = Vec::new();
    for name in names {
        let (listed, used) = (listed.get(name), used.get(name).filter(|users| !users.is_empty()));
        if listed.is_none() || listed != used {
            wrong.push(format!("{name}: listed for {listed:?}, used by {used:?}"));
        }
    }
    assert_none(&wrong);
}

fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The path of a rule's files without their extension.
fn stem_of(rule: &ir::finding::RuleInfo) -> String {
    format!("rules/{}/{}", rule.family.as_str(), rule.slug.replace('-', "_"))
}
