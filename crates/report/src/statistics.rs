//! How many findings there are of each rule and family, for who plans the work.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ir::finding::Severity;
use serde::Serialize;

use crate::json::{JsonSummary, SCHEMA_VERSION, json_summary, to_text};
use crate::prose::severity_noun;
use crate::{Report, TextOptions};

const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Info];

#[derive(Serialize)]
struct JsonStatistics<'a> {
    schema_version: u32,
    rules: Vec<RuleCount>,
    families: Vec<FamilyCount>,
    summary: JsonSummary<'a>,
}

#[derive(Serialize)]
struct RuleCount {
    rule: &'static str,
    #[serde(flatten)]
    family: FamilyCount,
}

#[derive(Serialize)]
struct FamilyCount {
    family: &'static str,
    #[serde(flatten)]
    counts: Counts,
}

#[derive(Clone, Copy, Default, Serialize)]
struct Counts {
    findings: usize,
    errors: usize,
    warnings: usize,
    infos: usize,
}

impl Counts {
    fn add(&mut self, severity: Severity) {
        self.findings += 1;
        *match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
            Severity::Info => &mut self.infos,
        } += 1;
    }
}

/// Two tables, the most frequent first. [`render_summary`](crate::render_summary) closes them.
pub fn render_statistics(report: &Report<'_>, options: TextOptions) -> String {
    let (rules, families) = count(report);
    if rules.is_empty() {
        return String::new();
    }
    let names: Vec<String> = rules.iter().map(|rule| format!("{} ({})", rule.rule, rule.family.family)).collect();
    let rules = names.iter().map(String::as_str).zip(rules.iter().map(|rule| rule.family.counts));
    let rules = table("rule", rules, options);
    let families = table("family", families.iter().map(|family| (family.family, family.counts)), options);
    format!("{rules}\n{families}\n")
}

pub fn render_statistics_json(report: &Report<'_>) -> String {
    let (rules, families) = count(report);
    to_text(&JsonStatistics { schema_version: SCHEMA_VERSION, rules, families, summary: json_summary(report) })
}

fn count(report: &Report<'_>) -> (Vec<RuleCount>, Vec<FamilyCount>) {
    let mut by_rule: BTreeMap<&'static str, Counts> = BTreeMap::new();
    let mut by_family: BTreeMap<&'static str, Counts> = BTreeMap::new();
    let family_of = |rule| report.rules.get(rule).map_or("other", |info| info.family.as_str());
    for finding in &report.findings {
        by_rule.entry(finding.rule).or_default().add(finding.severity);
        by_family.entry(family_of(finding.rule)).or_default().add(finding.severity);
    }
    let rules = by_rule.into_iter();
    let rules = rules.map(|(rule, counts)| RuleCount { rule, family: FamilyCount { family: family_of(rule), counts } });
    let mut rules: Vec<RuleCount> = rules.collect();
    let mut families: Vec<FamilyCount> =
        by_family.into_iter().map(|(family, counts)| FamilyCount { family, counts }).collect();
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.family.counts.findings));
    families.sort_by_key(|family| std::cmp::Reverse(family.counts.findings));
    (rules, families)
}

fn table<'a>(title: &str, rows: impl Iterator<Item = (&'a str, Counts)>, options: TextOptions) -> String {
    let rows: Vec<(&str, Counts)> = rows.collect();
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max(title.len());
    let heads = SEVERITIES.map(|severity| format!("{}s", severity_noun(severity)));
    let head = format!("{title:<width$}  findings  {}", heads.join("  "));
    let mut out = options.bold(&head) + "\n";
    for (name, counts) in rows {
        let Counts { findings, errors, warnings, infos } = counts;
        // As wide as their heads. Writing to a string cannot fail.
        let _ = writeln!(out, "{name:<width$}  {findings:>8}  {errors:>6}  {warnings:>8}  {infos:>5}");
    }
    out
}
