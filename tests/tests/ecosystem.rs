//! The data of `tests/ecosystem`: that it names real backends, that every judgement can be followed, and that no rule
//! which is wrong too often claims to be sure.

use std::collections::{BTreeMap, BTreeSet};

use scalecliff_tests::ecosystem::{Accepted, Ecosystem, Judged, Repository, accepted_text};

/// A rule that is right less often does not report with high confidence.
const SURE: usize = 90;

fn data() -> Ecosystem {
    Ecosystem::read().expect("the data of the ecosystem")
}

#[test]
fn repositories_are_many_and_pinned() {
    let ecosystem = data();
    let names: BTreeSet<&str> = ecosystem.repositories.iter().map(|repository| repository.name.as_str()).collect();
    assert_eq!(names.len(), ecosystem.repositories.len(), "a repository stands twice");
    assert!(names.len() >= 25, "{} repositories", names.len());
    for Repository { name, clone, commit } in &ecosystem.repositories {
        assert!(clone.starts_with("https://") && clone.ends_with(name.as_str()), "{name}: {clone}");
        assert!(commit.len() == 40 && commit.chars().all(|char| char.is_ascii_hexdigit()), "{name}: {commit}");
    }
}

#[test]
fn every_language_is_measured() {
    let ecosystem = data();
    for language in ["py", "js", "ts", "rs"] {
        let is_of = |path: &str| path.rsplit('.').next() == Some(language);
        let is_there = ecosystem.accepted.values().flatten().any(|finding| is_of(&finding.path));
        assert!(is_there, "no finding in a .{language} file");
    }
}

#[test]
fn accepted_findings_are_of_known_repositories_and_sorted() {
    let mut ecosystem = data();
    let stems: BTreeSet<String> = ecosystem.repositories.iter().map(Repository::stem).collect();
    for (stem, findings) in &mut ecosystem.accepted {
        assert!(stems.contains(stem), "accepted/{stem}.jsonl is of no repository");
        let before: Vec<Accepted> = findings.clone();
        accepted_text(findings).expect("written as they were read");
        assert!(before == *findings, "accepted/{stem}.jsonl is not sorted");
    }
}

#[test]
fn judgements_say_what_was_read_and_why() {
    let ecosystem = data();
    let names: BTreeMap<String, &str> =
        ecosystem.repositories.iter().map(|repository| (repository.stem(), repository.name.as_str())).collect();
    let slugs: BTreeSet<&str> = rules::all().iter().map(|rule| rule.info.slug).collect();
    for (stem, judgements) in &ecosystem.judgements {
        let mut seen = BTreeSet::new();
        for judgement in judgements {
            let place = format!("judgements/{stem}.jsonl: {} {}:{}", judgement.rule, judgement.path, judgement.line);
            assert_eq!(names.get(stem).copied(), Some(judgement.repository.as_str()), "{place}: another repository");
            assert!(slugs.contains(judgement.rule.as_str()), "{place}: no such rule");
            assert!(
                judgement.commit.len() == 40 && judgement.fingerprint.len() == 32,
                "{place}: cannot be found again"
            );
            assert!(judgement.reason.len() > 20, "{place}: no reason");
            assert!(seen.insert(&judgement.fingerprint), "{place}: judged twice");
        }
    }
}

#[test]
fn rules_that_are_often_wrong_are_not_sure() {
    let ecosystem = data();
    let precision = ecosystem.precision(Judged::Accepted);
    let mut wrong = BTreeSet::new();
    for finding in ecosystem.accepted.values().flatten() {
        let percent = precision.get(finding.rule.as_str()).and_then(|of| of.percent());
        if finding.confidence == "high" && percent.is_some_and(|percent| percent < SURE) {
            wrong.insert(finding.rule.as_str());
        }
    }
    assert!(wrong.is_empty(), "high confidence in spite of wrong findings: {wrong:?}");
}
