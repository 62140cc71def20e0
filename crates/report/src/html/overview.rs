//! The part that is read standing: what breaks first, by endpoint, by family.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use ir::finding::{Family, Finding, Severity};
use maud::{Markup, html};

use super::{SEVERITIES, family_name, prose};
use crate::Report;
use crate::neutral::neutral;
use crate::prose::{affected, counted, listed, severity_noun, title};

const MAX_FIRST: usize = 8;
/// The others are there on request.
const FIRST_ENDPOINTS: usize = 12;
const MAX_ENDPOINTS: usize = 500;
const MAX_NAMES: usize = 4;
/// The width of the longest bar, in its own units.
const BAR: usize = 100;

/// A finding and its number on the page.
pub(super) type Numbered<'a> = (usize, &'a Finding);

/// The findings of each rule, the rule that hurts most first.
pub(super) fn by_rule<'a>(report: &'a Report<'_>) -> Vec<(&'static str, Vec<Numbered<'a>>)> {
    let mut rules: BTreeMap<&'static str, Vec<Numbered<'a>>> = BTreeMap::new();
    for (number, finding) in (1..).zip(&report.findings) {
        rules.entry(finding.rule).or_default().push((number, finding));
    }
    let mut rules: Vec<_> = rules.into_iter().collect();
    rules.sort_by_cached_key(|(_, findings)| {
        let most = most_severe(findings);
        let severe = findings.iter().filter(|(_, finding)| finding.severity == most).count();
        Reverse((most, endpoint_names(findings).len(), severe))
    });
    rules
}

pub(super) fn most_severe(findings: &[Numbered<'_>]) -> Severity {
    findings.iter().map(|(_, finding)| finding.severity).max().unwrap_or(Severity::Info)
}

fn endpoint_names<'a>(findings: &[Numbered<'a>]) -> BTreeSet<&'a str> {
    findings.iter().flat_map(|(_, finding)| affected(finding)).collect()
}

pub(super) fn what_breaks_first(report: &Report<'_>) -> Markup {
    let rules = by_rule(report);
    let most = report.findings.first().map_or(Severity::Info, |finding| finding.severity);
    let first = rules.iter().filter(|(_, findings)| most_severe(findings) == most);
    html! {
        h2 { "What breaks first" }
        ol.first {
            @for (rule, findings) in first.take(MAX_FIRST) {
                @let (_, finding) = findings[0];
                @let names: Vec<&str> = endpoint_names(findings).into_iter().collect();
                @let summary = report.rules.get(rule).map_or(finding.message.as_str(), |info| info.summary);
                li class={ "card " (finding.severity.as_str()) } {
                    h3 {
                        a href={ "#" (rule) } { (prose(&title(summary))) }
                        span.soft.count { (counted(findings.len(), "place")) }
                    }
                    @if !finding.runs_out.is_empty() {
                        p { b { "Runs out first: " } (prose(&finding.runs_out)) }
                    }
                    @if !names.is_empty() {
                        p.soft { "Reached from " (neutral(&listed(&names, MAX_NAMES))) }
                    }
                }
            }
        }
    }
}

/// How many findings of each severity, the most severe first.
fn counts<'a>(findings: impl Iterator<Item = &'a Finding>) -> [usize; 3] {
    let mut counts = [0; 3];
    for finding in findings {
        match finding.severity {
            Severity::Error => counts[0] += 1,
            Severity::Warning => counts[1] += 1,
            Severity::Info => counts[2] += 1,
        }
    }
    counts
}

struct Endpoint<'a> {
    name: &'a str,
    counts: [usize; 3],
    /// The most severe of its findings.
    first: Numbered<'a>,
}

pub(super) fn endpoints(report: &Report<'_>) -> Markup {
    let mut endpoints: BTreeMap<&str, Vec<Numbered<'_>>> = BTreeMap::new();
    for (number, finding) in (1..).zip(&report.findings) {
        for name in affected(finding).into_iter().collect::<BTreeSet<_>>() {
            endpoints.entry(name).or_default().push((number, finding));
        }
    }
    let rows = endpoints.into_iter().map(|(name, findings)| Endpoint {
        name,
        counts: counts(findings.iter().map(|(_, finding)| *finding)),
        first: findings[0],
    });
    let mut rows: Vec<Endpoint<'_>> = rows.collect();
    rows.sort_by_key(|row| (Reverse(row.counts), row.name));
    let (first, rest) = rows.split_at(rows.len().min(FIRST_ENDPOINTS));
    html! {
        @if !first.is_empty() {
            h2 { "By endpoint" }
            (endpoint_table(first))
        }
        @if !rest.is_empty() {
            details.more {
                summary { (counted(rest.len(), "more endpoint")) }
                (endpoint_table(&rest[..rest.len().min(MAX_ENDPOINTS)]))
            }
        }
    }
}

fn endpoint_table(rows: &[Endpoint<'_>]) -> Markup {
    html! {
        div.card.scroll {
            table {
                (heads("Endpoint", "First of its findings"))
                tbody {
                    @for Endpoint { name, counts, first: (number, finding) } in rows {
                        tr {
                            td.name { a href="#findings" data-text=(neutral(name)) { code { (neutral(name)) } } }
                            (count_cells(*counts))
                            td { a href={ "#f" (number) } { (prose(&title(&finding.message))) } }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn families(report: &Report<'_>) -> Markup {
    let mut families: BTreeMap<Option<Family>, Vec<&Finding>> = BTreeMap::new();
    for finding in &report.findings {
        families.entry(report.family(finding)).or_default().push(finding);
    }
    let mut rows: Vec<_> =
        families.iter().map(|(family, findings)| (*family, counts(findings.iter().copied()))).collect();
    rows.sort_by_key(|(family, counts)| (Reverse(*counts), *family));
    let longest = rows.iter().map(|(_, counts)| counts.iter().sum()).max().unwrap_or(1).max(1);
    html! {
        h2 { "By family" }
        div.card.scroll {
            table {
                (heads("Family", ""))
                tbody {
                    @for (family, counts) in &rows {
                        tr {
                            td.name { (family_name(*family)) }
                            (count_cells(*counts))
                            td.bar { (bar(*counts, longest)) }
                        }
                    }
                }
            }
        }
    }
}

fn heads(first: &str, last: &str) -> Markup {
    html! {
        thead {
            tr {
                th { (first) }
                @for severity in SEVERITIES {
                    th.count { (severity_noun(severity)) "s" }
                }
                th { (last) }
            }
        }
    }
}

fn count_cells(counts: [usize; 3]) -> Markup {
    html! {
        @for count in counts {
            td class=(if count == 0 { "count zero" } else { "count" }) { (count) }
        }
    }
}

fn bar(counts: [usize; 3], longest: usize) -> Markup {
    let width = |count: usize| count * BAR * 10 / longest;
    let mut start = 0;
    let parts = SEVERITIES.iter().zip(counts).map(|(severity, count)| {
        let part = (severity.as_str(), start, width(count));
        start += width(count);
        part
    });
    let parts: Vec<_> = parts.collect();
    html! {
        svg.bar viewBox={ "0 0 " (BAR * 10) " 20" } preserveAspectRatio="none" aria-hidden="true" {
            @for (severity, start, width) in parts {
                rect class=(severity) x=(start) y="3" width=(width) height="14" {}
            }
        }
    }
}
