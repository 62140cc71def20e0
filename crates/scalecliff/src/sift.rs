//! From what the rules found to what is reported.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use analysis::Surroundings;
use ir::finding::{Finding, Location, RuleInfo};
use report::{Acceptance, Accepted, Identified, SkippedPart, Sources, identify};
use triage::{Directives, Suppressed};

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
    /// What is not reported because comments or the baseline accept it.
    pub(crate) accepted: Vec<Accepted>,
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
        let all = found.len();
        found.retain(|found| {
            let path = found.finding.primary.path;
            !program.is_test_file(path) || layers.includes_tests(&path)
        });
        summary.in_tests = all - found.len();
        let is_weak = |finding: &Finding| finding.confidence < layers.min_confidence(&finding.primary.path);
        let is_in_scope = |finding: &Finding| self.scope.holds(finding, sources);
        let mut sifted = Sifted::default();
        let all = found.len();
        found.retain(|found| {
            let finding = &found.finding;
            let family = rules.get(finding.rule).map_or("", |rule| rule.family.as_str());
            let comment = directives.suppress(finding, family, |place| target(place, &around, sources));
            let is_suppressed = comment.is_some();
            if let Some(Suppressed { place, reason }) = comment
                && !is_weak(finding)
                && is_in_scope(finding)
            {
                let by = Acceptance::Comment { place, reason };
                sifted.accepted.push(Accepted { found: found.clone(), by });
            }
            !is_suppressed
        });
        summary.suppressed = all - found.len();
        let is_known = self.known(&found, summary, |path| program.has_file(path));
        for (found, is_known) in found.into_iter().zip(is_known) {
            let is_weak = is_weak(&found.finding);
            let is_in_scope = is_in_scope(&found.finding);
            if is_known || !is_weak {
                sifted.acceptable.push(found.clone());
            }
            match () {
                () if is_known && is_in_scope => {
                    summary.in_baseline += 1;
                    sifted.accepted.push(Accepted { found, by: Acceptance::Baseline });
                }
                () if is_known => {}
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

/// The lines at which a comment is about a place: those of the statement around it.
fn target(place: Location, around: &Surroundings<'_>, sources: &Sources) -> RangeInclusive<usize> {
    let (first, last) = sources.get(place.path).lines(around.statement(place));
    first..=last
}
