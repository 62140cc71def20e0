//! The fixture apps: `slow/` is reported exactly where it is marked, `fixed/` not at all.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ir::finding::{Confidence, Finding};
use scalecliff_tests::{Source, files_below, place, solve};

type Line = (String, usize);

/// A line marked `expect: slug, slug`.
struct Expectation {
    line: Line,
    slugs: Vec<String>,
}

impl Expectation {
    fn is_met_by(&self, sources: &[Source], finding: &Finding) -> bool {
        let places = finding.related.iter().chain(&finding.related).map(|step| step.location).chain([finding.primary]);
        finding.rule == self.slugs[0] && places.into_iter().any(|location| place(sources, location) == self.line)
    }

    fn allows(&self, line: &Line, finding: &Finding) -> bool {
        self.line == *line && self.slugs.iter().any(|slug| slug == finding.rule)
    }
}

#[test]
fn slow_code_is_reported_where_it_is_marked() {
    let sources = sources_of("slow");
    let expectations: Vec<Expectation> = sources.iter().flat_map(expectations_of).collect();
    assert!(!expectations.is_empty());
    let findings = findings_in(&sources);
    let mut wrong = BTreeSet::new();
    for expectation in expectations.iter().filter(|expectation| is_rule(&expectation.slugs[0])) {
        if !findings.iter().any(|finding| expectation.is_met_by(&sources, finding)) {
            wrong.insert(describe(&sources, &expectation.line, "missing", &expectation.slugs[0]));
        }
    }
    for finding in &findings {
        let line = place(&sources, finding.primary);
        let is_expected = expectations
            .iter()
            .any(|expectation| expectation.allows(&line, finding) || expectation.is_met_by(&sources, finding));
        if !is_expected {
            wrong.insert(describe(&sources, &line, "unexpected", finding.rule));
        }
    }
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "slow/ is answered wrongly:\n{}", wrong.join("\n"));
}

#[test]
fn fixed_code_is_quiet() {
    let sources = sources_of("fixed");
    let findings = findings_in(&sources);
    let wrong = findings
        .iter()
        .map(|finding| describe(&sources, &place(&sources, finding.primary), "unexpected", finding.rule));
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "fixed/ is answered wrongly:\n{}", wrong.join("\n"));
}

#[test]
fn fixtures_can_be_parsed() {
    for variant in ["slow", "fixed"] {
        for file in &solve(&sources_of(variant)).files {
            assert!(file.skipped.is_empty(), "{variant}/{}: {:?}", file.path, file.skipped);
        }
    }
}

fn sources_of(variant: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/vibe-shop").join(variant);
    let mut sources = Vec::new();
    for file in files_below(&root) {
        let relative = file.strip_prefix(&root).expect("below the root");
        let path = relative.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        let name = path.rsplit('/').next().unwrap_or(&path);
        let is_built = path.contains("node_modules/") || path.contains("target/") || path.contains("dist/");
        if !is_built && (parse::language_of(name).is_some() || analysis::is_manifest(name)) {
            sources.push(Source { text: fs::read_to_string(&file).expect("sources are UTF-8"), path });
        }
    }
    sources
}

fn expectations_of(source: &Source) -> Vec<Expectation> {
    let lines = source.text.lines().zip(1..);
    let expectations = lines.filter_map(|(line, number)| {
        let (_, slugs) = line.split_once("expect: ")?;
        let slugs = slugs.split(", ").map(|slug| slug.trim().to_owned()).collect();
        Some(Expectation { line: (source.path.clone(), number), slugs })
    });
    expectations.collect()
}

fn is_rule(slug: &str) -> bool {
    rules::all().iter().any(|rule| rule.info.slug == slug)
}

fn findings_in(sources: &[Source]) -> Vec<Finding> {
    let all: Vec<_> = rules::all().iter().collect();
    let mut findings = rules::check(&solve(sources), &all);
    findings.retain(|finding| finding.confidence >= Confidence::Medium);
    findings
}

fn describe(sources: &[Source], line: &Line, what: &str, slug: &str) -> String {
    let source = sources.iter().find(|source| source.path == line.0);
    let text = source.and_then(|source| source.text.lines().nth(line.1 - 1)).unwrap_or_default().trim();
    format!("  {what} {slug} at {}:{}: {text}", line.0, line.1)
}
