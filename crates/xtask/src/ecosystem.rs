//! `cargo xtask ecosystem`: what a change of the analysis changes on real backends, and how often each rule is right there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use scalecliff_tests::ecosystem::{Accepted, Ecosystem, Judged, Precision, Repository, accepted_file, accepted_text};
use serde_json::Value;

pub(crate) const USAGE: &str = "\
cargo xtask ecosystem --checkouts FOLDER [--accept] [--binary FILE]
    run the command on the backends of tests/ecosystem, which lie in FOLDER/owner__name, and compare with what was
    accepted; without --binary it is the scalecliff that was built beside xtask
";

pub(crate) fn run(arguments: &[&str]) -> Result<String, String> {
    let options = Options::read(arguments)?;
    let mut ecosystem = Ecosystem::read()?;
    let mut text = String::new();
    let mut changes: BTreeMap<String, Change> = BTreeMap::new();
    for repository in ecosystem.repositories.clone() {
        let checkout = options.checkouts.join(repository.stem());
        if !checkout.is_dir() {
            say(&mut text, &format!("{}: not there; {}", repository.name, how_to_get(&repository, &checkout)));
            continue;
        }
        let mut now = findings(&options.binary, &checkout)?;
        let before = ecosystem.accepted.remove(&repository.stem()).unwrap_or_default();
        compare(&repository, &before, &now, &mut changes, &mut text);
        if options.accept {
            let path = accepted_file(&repository);
            fs::write(&path, accepted_text(&mut now)?).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        ecosystem.accepted.insert(repository.stem(), now);
    }
    table(&ecosystem, &changes, &mut text);
    Ok(text)
}

struct Options {
    checkouts: PathBuf,
    binary: PathBuf,
    accept: bool,
}

impl Options {
    fn read(arguments: &[&str]) -> Result<Self, String> {
        let (mut checkouts, mut binary, mut accept) = (None, None, false);
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match *argument {
                "--accept" => accept = true,
                "--checkouts" => checkouts = rest.next().map(PathBuf::from),
                "--binary" => binary = rest.next().map(PathBuf::from),
                _ => return Err(USAGE.to_owned()),
            }
        }
        let beside = || env::current_exe().ok().map(|path| path.with_file_name("scalecliff"));
        let binary = binary.or_else(beside).filter(|path| path.is_file());
        let binary = binary.ok_or("no scalecliff: `cargo build --release -p scalecliff -p xtask` makes it")?;
        let binary = binary.canonicalize().map_err(|error| format!("{}: {error}", binary.display()))?;
        Ok(Self { checkouts: checkouts.ok_or(USAGE)?, binary, accept })
    }
}

fn how_to_get(repository: &Repository, checkout: &Path) -> String {
    let Repository { clone, commit, .. } = repository;
    let folder = checkout.display();
    format!("git clone {clone} {folder} && git -C {folder} checkout {commit}")
}

/// What the command reports of a checkout when nothing else is asked for.
fn findings(binary: &Path, checkout: &Path) -> Result<Vec<Accepted>, String> {
    let mut command = Command::new(binary);
    command.args(["check", "--quiet", "--fail-on", "never", "--output-format", "json", "."]).current_dir(checkout);
    let output = command.output().map_err(|error| format!("{}: {error}", binary.display()))?;
    let report: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("{}: {error}\n{}", checkout.display(), String::from_utf8_lossy(&output.stderr)))?;
    let findings = report["findings"].as_array().ok_or("a report without findings")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let finding = |finding: &Value| Accepted {
        rule: text(&finding["rule"]),
        path: text(&finding["location"]["path"]),
        line: finding["location"]["start"]["line"].as_u64().and_then(|line| line.try_into().ok()).unwrap_or_default(),
        fingerprint: text(&finding["fingerprint"]),
        confidence: text(&finding["confidence"]),
        message: text(&finding["message"]),
    };
    Ok(findings.iter().map(finding).collect())
}

/// What became of a rule's findings.
#[derive(Default)]
struct Change {
    added: usize,
    removed: usize,
}

fn compare(
    repository: &Repository,
    before: &[Accepted],
    now: &[Accepted],
    changes: &mut BTreeMap<String, Change>,
    text: &mut String,
) {
    let names = |findings: &[Accepted]| findings.iter().map(|found| found.fingerprint.clone()).collect::<BTreeSet<_>>();
    let (known, reported) = (names(before), names(now));
    let added: Vec<&Accepted> = now.iter().filter(|finding| !known.contains(&finding.fingerprint)).collect();
    let removed: Vec<&Accepted> = before.iter().filter(|finding| !reported.contains(&finding.fingerprint)).collect();
    let (count, more, less) = (now.len(), added.len(), removed.len());
    say(text, &format!("{}: {count} findings, {more} added, {less} removed", repository.name));
    for (sign, findings) in [('+', added), ('-', removed)] {
        for finding in findings {
            let Accepted { rule, path, line, confidence, message, .. } = finding;
            say(text, &format!("  {sign} {rule} ({confidence}) {path}:{line}: {message}"));
            let change = changes.entry(rule.clone()).or_default();
            if sign == '+' { change.added += 1 } else { change.removed += 1 }
        }
    }
}

/// One line a rule: its findings, what changed, and how many of those that were judged are right.
fn table(ecosystem: &Ecosystem, changes: &BTreeMap<String, Change>, text: &mut String) {
    let (now, ever) = (ecosystem.precision(Judged::Accepted), ecosystem.precision(Judged::Ever));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in ecosystem.accepted.values().flatten() {
        *counts.entry(&finding.rule).or_default() += 1;
    }
    let known = |count: Option<&Precision>| count.copied().unwrap_or_default();
    let shown = |precision: Precision| match precision.percent() {
        Some(percent) => format!("{percent} % of {}", precision.judged),
        None => "-".to_owned(),
    };
    say(text, "rule                         findings added removed      right now           ever");
    let mut row = |rule: &str, count: usize, added: usize, removed: usize, now: Precision, ever: Precision| {
        let (now, ever) = (shown(now), shown(ever));
        say(text, &format!("{rule:<28} {count:>8} {added:>5} {removed:>7} {now:>14} {ever:>14}"));
    };
    let mut total = (0, 0, 0, Precision::default(), Precision::default());
    let mut rows = Vec::new();
    for rule in rules::all() {
        let slug = rule.info.slug;
        let count = counts.get(slug).copied().unwrap_or_default();
        let (added, removed) = changes.get(slug).map_or((0, 0), |change| (change.added, change.removed));
        let (now, ever) = (known(now.get(slug)), known(ever.get(slug)));
        rows.push((slug, count, added, removed, now, ever));
        total = (total.0 + count, total.1 + added, total.2 + removed, total.3.plus(now), total.4.plus(ever));
    }
    rows.push(("all", total.0, total.1, total.2, total.3, total.4));
    for (slug, count, added, removed, now, ever) in rows {
        row(slug, count, added, removed, now, ever);
    }
}

fn say(text: &mut String, line: &str) {
    // Writing into memory cannot fail.
    let _ = writeln!(text, "{line}");
}
