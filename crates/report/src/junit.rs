//! JUnit XML, for build servers that show test results: each finding is a test that failed.

use std::fmt::Write as _;

use ir::finding::{Finding, Severity};

use crate::escape::xml;
use crate::{Report, Sources, prose};

/// A suite a file. A run without findings has one test that passed, since some servers take none for a broken build.
pub fn render_junit(report: &Report<'_>) -> String {
    let mut suites = String::new();
    for (path, findings) in report.by_path() {
        let cases: String = findings.iter().map(|finding| case(finding, report.sources)).collect();
        push_suite(&mut suites, &path, &findings, &cases);
    }
    if report.findings.is_empty() {
        push_suite(&mut suites, "scalecliff", &[], "    <testcase name=\"scalecliff\" classname=\"scalecliff\"/>\n");
    }
    let all: Vec<&Finding> = report.findings.iter().collect();
    let counts = counts(&all);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"scalecliff\" {counts}>\n{suites}</testsuites>\n"
    )
}

fn push_suite(out: &mut String, name: &str, findings: &[&Finding], cases: &str) {
    let (name, counts) = (xml(name), counts(findings));
    // Writing to a string cannot fail.
    let _ = write!(out, "  <testsuite name=\"{name}\" {counts}>\n{cases}  </testsuite>\n");
}

fn counts(findings: &[&Finding]) -> String {
    let skipped = findings.iter().filter(|finding| finding.severity == Severity::Info).count();
    let failures = findings.len() - skipped;
    format!("tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"", findings.len().max(1))
}

fn case(finding: &Finding, sources: &Sources) -> String {
    let position = sources.get(finding.primary.path).position(finding.primary.span.start);
    let (rule, path, message) = (xml(finding.rule), xml(&finding.primary.path), xml(&finding.message));
    let (line, column, severity) = (position.line, position.column, finding.severity.as_str());
    let name = format!("    <testcase name=\"{rule}\" classname=\"{path}\" line=\"{line}\" column=\"{column}\">\n");
    let outcome = if finding.severity == Severity::Info {
        // A note is no reason to fail.
        format!("      <skipped message=\"{message}\"/>\n")
    } else {
        let mut lines = vec![xml(&format!("{}:{line}:{column}", finding.primary.path))];
        lines.extend(prose::sentences(finding).iter().map(|sentence| xml(sentence)));
        lines.extend(prose::steps(finding, sources).iter().map(|step| xml(step)));
        let text = lines.join("\n");
        format!("      <failure message=\"{message}\" type=\"{severity}\">{text}</failure>\n")
    };
    format!("{name}{outcome}    </testcase>\n")
}
