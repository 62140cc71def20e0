//! The rules' pages: each block of code is reported exactly where it is marked.

use ir::finding::{Confidence, Finding};
use rules::Rule;
use scalecliff_tests::{Case, Mark, Page, check, page_files, page_of, place, solve};

const SECTIONS: [&str; 6] = ["What it does", "Why", "Bad", "Good", "When it is silent", "Known limits"];
const LANGUAGES: [&str; 4] = ["Python", "JavaScript", "Rust", "SQL"];

fn pages() -> impl Iterator<Item = (&'static Rule, Page)> {
    rules::all().iter().map(|rule| (rule, page_of(rule)))
}

#[test]
fn blocks_are_reported_where_they_are_marked() {
    let mut wrong = Vec::new();
    let mut cases = 0;
    for (rule, page) in pages() {
        for case in &page.cases {
            cases += 1;
            wrong.extend(differences(rule, case));
        }
    }
    assert!(wrong.is_empty(), "{} of {cases} cases are answered wrongly:\n\n{}", wrong.len(), wrong.join("\n"));
}

/// What a rule says of a case and should not, or the reverse.
fn differences(rule: &Rule, case: &Case) -> Option<String> {
    let program = solve(&case.sources);
    let expected = case.marks();
    let findings = check(&program, rule);
    let found: Vec<(Mark, &Finding)> = findings.iter().map(|finding| (mark_of(case, finding), finding)).collect();
    let is_found = |mark: &Mark| found.iter().any(|(other, _)| other == mark);
    let mut lines: Vec<String> = Vec::new();
    lines.extend(expected.iter().filter(|mark| !is_found(mark)).map(|mark| describe(case, "expected", mark)));
    for (mark, finding) in &found {
        if !mark.is_low && !expected.contains(mark) {
            lines.push(format!("{}\n             {}", describe(case, "found", mark), finding.message));
        }
    }
    (!lines.is_empty()).then(|| format!("{}\n{}\n", title(rule, case), lines.join("\n")))
}

fn mark_of(case: &Case, finding: &Finding) -> Mark {
    let (path, line) = place(&case.sources, finding.primary);
    Mark { path, line, is_low: finding.confidence == Confidence::Low }
}

fn title(rule: &Rule, case: &Case) -> String {
    format!("{}, line {}: {}", rule.info.slug, case.line, case.heading)
}

fn describe(case: &Case, what: &str, mark: &Mark) -> String {
    let source = case.sources.iter().find(|source| source.path == mark.path);
    let text = source.and_then(|source| source.text.lines().nth(mark.line - 1)).unwrap_or_default().trim();
    let low = if mark.is_low { " (low)" } else { "" };
    format!("  {what:<8}{low} {}:{}: {text}", mark.path, mark.line)
}

#[test]
fn good_code_satisfies_every_rule() {
    let mut wrong = Vec::new();
    for (rule, page) in pages() {
        for case in page.cases.iter().filter(|case| case.section == "Good") {
            let program = solve(&case.sources);
            for other in rules::all().iter().filter(|other| other.info.slug != rule.info.slug) {
                for finding in check(&program, other) {
                    let mark = mark_of(case, &finding);
                    if !mark.is_low {
                        let place = describe(case, "found", &mark);
                        wrong.push(format!(
                            "{}\n{place}\n             {}: {}\n",
                            title(rule, case),
                            finding.rule,
                            finding.message
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "advice makes other findings:\n\n{}", wrong.join("\n"));
}

#[test]
fn blocks_can_be_parsed() {
    for (rule, page) in pages() {
        for case in &page.cases {
            for file in &solve(&case.sources).files {
                assert!(file.skipped.is_empty(), "{}: {}: {:?}", title(rule, case), file.path, file.skipped);
            }
        }
    }
}

#[test]
fn pages_are_complete() {
    for (rule, page) in pages() {
        let slug = rule.info.slug;
        assert_eq!(page.title, slug);
        assert_eq!(page.sections, SECTIONS, "sections of {slug}");
        assert!(!page.languages.is_empty(), "{slug} names its languages");
        let done = rule.info.page.split("\nDone when ").nth(1).and_then(|rest| rest.split("\n\n## Bad\n").next());
        let words = done.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!((20..=160).contains(&words.len()), "{slug}: `Done when …` closes the prose above `Bad`: {words}");
        for language in &page.languages {
            assert!(LANGUAGES.contains(&language.as_str()), "{slug}: {language}");
            for section in ["Bad", "Good"] {
                let has_case = page
                    .cases
                    .iter()
                    .any(|case| case.section == section && case.languages.contains(&language.as_str()));
                assert!(has_case, "{slug} has no case in {language} under {section}");
            }
        }
        for case in &page.cases {
            let must_report = case.section == "Bad" || case.heading.contains("False positive");
            let may_report = must_report || case.heading.contains("False negative");
            assert!(!must_report || !case.marks().is_empty(), "nothing is marked: {}", title(rule, case));
            assert!(may_report || case.marks().is_empty(), "something is marked: {}", title(rule, case));
        }
    }
}

#[test]
fn a_page_is_named_after_its_rule() {
    let files = page_files();
    let slugs: Vec<&str> = rules::all().iter().map(|rule| rule.info.slug).collect();
    for (stem, text) in &files {
        let rule = rules::all().iter().find(|rule| rule.info.slug == stem);
        assert_eq!(rule.map(|rule| rule.info.page), Some(text.as_str()), "the page {stem} belongs to no rule");
    }
    assert_eq!(files.len(), slugs.len(), "every rule has a page of its own: {slugs:?}");
}

#[test]
fn messages_are_phrases() {
    for (rule, page) in pages() {
        for case in &page.cases {
            for finding in check(&solve(&case.sources), rule) {
                let slug = rule.info.slug;
                assert!(starts_lower(&finding.message), "{slug}: {}", finding.message);
                assert!(starts_lower(&finding.label), "{slug}: {}", finding.label);
                for text in [&finding.message, &finding.label, &finding.runs_out, &finding.instead] {
                    assert!(!text.is_empty() && !text.ends_with('.'), "{slug}: {text:?}");
                }
                assert_eq!(finding.evidence.last().map(|step| step.location), Some(finding.primary), "{slug}");
            }
        }
    }
    for rule in rules::all() {
        let summary = rule.info.summary;
        assert!(starts_lower(summary) && !summary.ends_with('.'), "{summary}");
    }
}

/// Proper nouns aside: `PDF`, `PostgreSQL`.
fn starts_lower(text: &str) -> bool {
    let mut chars = text.chars();
    let (first, second) = (chars.next(), chars.next());
    !first.is_some_and(char::is_uppercase) || second.is_some_and(char::is_uppercase)
}
