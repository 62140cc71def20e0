//! The part that is worked with: each finding with its code, the way to it, and what to write instead.

use ir::finding::{Confidence, Finding, Location, Severity, Step};
use maud::{Markup, html};

use super::overview::{Numbered, by_rule, most_severe};
use super::{MAX_FINDINGS, SEVERITIES, badge, family_name, prose};
use crate::concise::place;
use crate::excerpt::{excerpt, line};
use crate::neutral::neutral;
use crate::prose::{counted, others_affected, severity_noun, title};
use crate::{Report, Sources, page};

/// Steps of a way, before and behind what is left out.
const MAX_STEPS: usize = 20;
const MAX_NAMES: usize = 30;

pub(super) fn findings(report: &Report<'_>) -> Markup {
    let left_out = report.findings.len().saturating_sub(MAX_FINDINGS);
    html! {
        h2 #findings { "Findings" }
        @if left_out > 0 {
            p.soft { "The " (MAX_FINDINGS) " most severe; " (left_out) " more not shown." }
        }
        (filter(report))
        @for (rule, findings) in by_rule(report) {
            @let shown: Vec<_> = findings.iter().filter(|(number, _)| *number <= MAX_FINDINGS).collect();
            @if !shown.is_empty() {
                section.group id=(rule) {
                    h3 {
                        (badge(most_severe(&findings)))
                        (rule_title(report, rule, findings[0]))
                        code.soft { (rule) }
                    }
                    (why(report, rule))
                    @for (number, finding) in shown {
                        (article(report, *number, finding))
                    }
                }
            }
        }
    }
}

/// Hidden until the script that makes it work has run.
fn filter(report: &Report<'_>) -> Markup {
    let mut families: Vec<_> = report.findings.iter().map(|finding| report.family(finding)).collect();
    families.sort();
    families.dedup();
    html! {
        form #filter .card hidden {
            input type="search" name="text" placeholder="Endpoint, file, text" aria-label="Filter by text";
            @for severity in SEVERITIES {
                label {
                    input type="checkbox" name="severity" value=(severity.as_str()) checked;
                    (severity_noun(severity)) "s"
                }
            }
            select name="family" aria-label="Filter by family" {
                option value="" { "All families" }
                @for family in families {
                    option value=(family.map_or("other", |family| family.as_str())) { (family_name(family)) }
                }
            }
            button #open type="button" { "Open all" }
            button #close type="button" { "Close all" }
            output #shown .soft {}
        }
    }
}

fn rule_title(report: &Report<'_>, rule: &str, (_, first): Numbered<'_>) -> Markup {
    let summary = report.rules.get(rule).map_or(first.message.as_str(), |info| info.summary);
    html! { span { (prose(&title(summary))) } }
}

fn why(report: &Report<'_>, rule: &str) -> Markup {
    let paragraphs = report.rules.get(rule).map(|info| page::section(info.page, "Why")).unwrap_or_default();
    html! {
        @if !paragraphs.is_empty() {
            details.why {
                summary { "Why this matters" }
                @for paragraph in paragraphs {
                    p { (prose(&paragraph)) }
                }
            }
        }
    }
}

fn article(report: &Report<'_>, number: usize, finding: &Finding) -> Markup {
    let sources = report.sources;
    let (severity, family) = (finding.severity.as_str(), report.family(finding));
    let names = others_affected(finding);
    html! {
        details class={ "card finding " (severity) } id={ "f" (number) } data-severity=(severity)
            data-family=(family.map_or("other", |family| family.as_str())) open[finding.severity == Severity::Error] {
            summary {
                b { (prose(&title(&finding.message))) }
                code { (place(finding.primary, sources)) }
            }
            div.body {
                (snippet(finding, sources))
                @if finding.evidence.len() > 1 {
                    h4 { "How a request gets there" }
                    (steps(&finding.evidence, finding.primary, sources))
                }
                @if !finding.runs_out.is_empty() {
                    h4 { "Runs out first" }
                    p { (prose(&title(&finding.runs_out))) }
                }
                @if !finding.instead.is_empty() {
                    h4 { "Instead" }
                    p.instead { (prose(&finding.instead)) }
                }
                @if !finding.related.is_empty() {
                    h4 { "See also" }
                    (steps(&finding.related, finding.primary, sources))
                }
                @if !names.is_empty() {
                    h4 { "Also reached from" }
                    p {
                        @for (index, name) in names.iter().take(MAX_NAMES).enumerate() {
                            @if index > 0 { ", " }
                            code { (neutral(name)) }
                        }
                        @if names.len() > MAX_NAMES { " and " (names.len() - MAX_NAMES) " more" }
                    }
                }
                @if finding.confidence != Confidence::High {
                    p.soft { "Confidence: " (finding.confidence.as_str()) }
                }
            }
        }
    }
}

/// The code with the mark, and what there is to say of it below.
fn snippet(finding: &Finding, sources: &Sources) -> Markup {
    let lines = excerpt(sources.get(finding.primary.path), finding.primary.span);
    let last_marked = lines.iter().rposition(|line| !line.marked.is_empty());
    html! {
        pre {
            @for (index, line) in lines.iter().enumerate() {
                span.row {
                    span.number { (line.number) }
                    (line.before)
                    @if !line.marked.is_empty() { mark { (line.marked) } }
                    (line.after)
                }
                @if Some(index) == last_marked && !finding.label.is_empty() {
                    span.label { "↑ " (neutral(&finding.label)) }
                }
            }
        }
    }
}

fn steps(steps: &[Step], primary: Location, sources: &Sources) -> Markup {
    let left_out = steps.len().saturating_sub(MAX_STEPS);
    let half = MAX_STEPS / 2;
    let is_shown = |index: usize| left_out == 0 || index < half || index >= half + left_out;
    html! {
        ol.steps {
            @for (index, step) in steps.iter().enumerate() {
                @if is_shown(index) {
                    li {
                        (prose(&step.message)) " "
                        code.place { (place(step.location, sources)) }
                        @if step.location != primary {
                            code.line { (line(sources.get(step.location.path), step.location.span)) }
                        }
                    }
                } @else if index == half {
                    li.soft { (counted(left_out, "step")) " left out" }
                }
            }
        }
    }
}
