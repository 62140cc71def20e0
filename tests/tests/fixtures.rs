//! The fixture apps: `slow/` is reported exactly where it is marked, `fixed/` not at all.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ir::finding::Finding;
use scalecliff_tests::{Expectation, Line, Source, describe, expectations_of, files_below, findings_in, place, solve};

fn is_met_by(expectation: &Expectation, sources: &[Source], finding: &Finding) -> bool {
    let places = finding.related.iter().map(|step| step.location).chain([finding.primary]);
    finding.rule == expectation.slugs[0]
        && places.into_iter().any(|location| place(sources, location) == expectation.line)
}

fn allows(expectation: &Expectation, line: &Line, finding: &Finding) -> bool {
    expectation.line == *line && expectation.slugs.iter().any(|slug| slug == finding.rule)
}

#[test]
fn slow_code_is_reported_where_it_is_marked() {
    let sources = sources_of("slow");
    let expectations: Vec<Expectation> = sources.iter().flat_map(expectations_of).collect();
    assert!(!expectations.is_empty());
    let findings = findings_in(&solve(&sources));
    let mut wrong = BTreeSet::new();
    for expectation in expectations.iter().filter(|expectation| is_rule(&expectation.slugs[0])) {
        if !findings.iter().any(|finding| is_met_by(expectation, &sources, finding)) {
            wrong.insert(describe(&sources, &expectation.line, "missing", &expectation.slugs[0]));
        }
    }
    for finding in &findings {
        let line = place(&sources, finding.primary);
        let is_expected = expectations
            .iter()
            .any(|expectation| allows(expectation, &line, finding) || is_met_by(expectation, &sources, finding));
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
    let findings = findings_in(&solve(&sources));
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
        if !is_built && (parse::language_of(name).is_some() || analysis::is_manifest(&path)) {
            sources.push(Source { text: fs::read_to_string(&file).expect("sources are UTF-8"), path });
        }
    }
    sources
}

fn is_rule(slug: &str) -> bool {
    rules::all().iter().any(|rule| rule.info.slug == slug)
}
