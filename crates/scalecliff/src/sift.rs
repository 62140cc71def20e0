//! From what the rules found to what is reported.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use analysis::Surroundings;
use ir::finding::{Finding, Location, RuleInfo};
use report::{Identified, SkippedPart, Sources, identify};
use triage::Directives;

use crate::analyse::Analysis;
use crate::baselines::BaselineFile;
use crate::configure::Configuration;
use crate::names;
use crate::scope::Scope;

/// What decides about findings.
pub(crate) struct Sieve<'a> {
    pub(crate) configuration: &'a Configuration,
    pub(crate) rules: Vec<RuleInfo>,
    pub(crate) scope: &'a Scope,
    pub(crate) baseline: Option<&'a BaselineFile>,
    /// Whether the run would have seen what is at a path, by its name.
    pub(crate) covers: &'a dyn Fn(&str) -> bool,
}

/// What passed.
#[derive(Debug, Default)]
pub(crate) struct Sifted {
    pub(crate) reported: Vec<Identified>,
    /// All that a baseline would hold: the reported findings and those that it holds already.
    pub(crate) acceptable: Vec<Identified>,
}

impl Sieve<'_> {
    /// Sifts and counts in the summary what is held back.
    pub(crate) fn sift(&self, findings: Vec<Finding>, analysis: &mut Analysis<'_>) -> Sifted {
        let Analysis { program, sources, summary, directives, .. } = analysis;
        let layers = &self.configuration.layers;
        let rules: BTreeMap<&str, &RuleInfo> = self.rules.iter().map(|rule| (rule.slug, rule)).collect();
        let around = program.surroundings();
        let mut found = identify(findings, |finding| around.symbol(finding.primary), sources);
        found.retain_mut(|found| {
            let Some(rule) = rules.get(found.finding.rule) else { return false };
            let severity = layers.severity(rule, &found.finding.primary.path, found.finding.severity);
            found.finding.severity = severity.unwrap_or(found.finding.severity);
            severity.is_some()
        });
        summary.in_tests = drain(&mut found, |found| {
            let path = found.finding.primary.path;
            program.is_test_file(path) && !layers.includes_tests(&path)
        });
        summary.suppressed = drain(&mut found, |found| {
            let finding = &found.finding;
            let family = rules.get(finding.rule).map_or("", |rule| rule.family.as_str());
            directives.suppress(finding, family, |place| target(place, &around, sources))
        });
        let is_known = self.known(&found, summary, |path| program.has_file(path));
        let mut sifted = Sifted::default();
        for (found, is_known) in found.into_iter().zip(is_known) {
            let is_weak = found.finding.confidence < layers.min_confidence(&found.finding.primary.path);
            let is_in_scope = self.scope.holds(&found.finding, sources);
            if is_known || !is_weak {
                sifted.acceptable.push(found.clone());
            }
            match () {
                () if is_known => summary.in_baseline += usize::from(is_in_scope),
                () if is_weak => summary.below_confidence += usize::from(is_in_scope),
                () if !is_in_scope => summary.out_of_scope += 1,
                () => sifted.reported.push(found),
            }
        }
        summary.comments = self.problems(directives);
        sifted
    }

    fn known(&self, found: &[Identified], summary: &mut report::Summary, exists: impl Fn(&str) -> bool) -> Vec<bool> {
        let matches = self.baseline.and_then(|file| file.matches(found, exists, |path, rule| self.judges(path, rule)));
        match matches {
            Some(matches) => {
                summary.stale = matches.stale;
                matches.is_known
            }
            None => vec![false; found.len()],
        }
    }

    /// Whether a run would find again what an entry of a baseline stands for.
    pub(crate) fn judges(&self, path: &str, rule: &str) -> bool {
        let is_on = self.rules.iter().any(|known| {
            known.slug == rule && self.configuration.layers.severity(known, path, known.severity).is_some()
        });
        is_on && (self.covers)(path) && !self.configuration.layers.excludes(path)
    }

    fn problems(&self, directives: &Directives) -> Vec<SkippedPart> {
        let ran = |name: &str| {
            let mut named = rules::all().iter().filter(|rule| triage::names(name, &rule.info));
            named.all(|rule| self.rules.iter().any(|ran| ran.slug == rule.info.slug))
        };
        let problems = directives.problems(&names::all(), ran).into_iter();
        let in_scope = problems.filter(|(place, _)| self.scope.is_all() || self.scope.holds_place(*place));
        in_scope.map(|(location, reason)| SkippedPart { location, reason }).collect()
    }
}

/// Takes out what the test holds for, and counts it.
fn drain(found: &mut Vec<Identified>, mut test: impl FnMut(&Identified) -> bool) -> usize {
    let all = found.len();
    found.retain(|found| !test(found));
    all - found.len()
}

/// The lines at which a comment is about a place: those of the statement around it.
fn target(place: Location, around: &Surroundings<'_>, sources: &Sources) -> RangeInclusive<usize> {
    let (first, last) = sources.get(place.path).lines(around.statement(place));
    first..=last
}
