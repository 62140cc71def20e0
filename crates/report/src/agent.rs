//! Text for coding agents, which read every byte and act on it: short, grouped by rule, with what to do once for each
//! group, and as little of the analysed code as possible, since that may try to give orders.

use std::fmt::Write as _;

use ir::Symbol;
use ir::finding::{Finding, Step};

use crate::concise::place;
use crate::neutral::{neutral, neutral_path};
use crate::page::done_when;
use crate::prose::{counted, listed, others_affected};
use crate::summary::{headline, not_analysed};
use crate::{Report, Sources};

const MAX_FINDINGS: usize = 20;
/// In bytes, without the closing lines.
const MAX_LENGTH: usize = 7_500;
/// Characters of a word, which may be a name or a route of the analysed code.
const MAX_WORD: usize = 80;
const MAX_STEP: usize = 100;
const MAX_MESSAGE: usize = 240;
const MAX_ADVICE: usize = 400;
/// Longer evidence is shortened in the middle.
const MAX_STEPS: usize = 6;
const MAX_NAMES: usize = 3;

/// `command` runs the same check again, without a format.
pub fn render_agent(report: &Report<'_>, command: &str) -> String {
    let command = neutral(command);
    let mut out = String::new();
    let shown = push_findings(report, &mut out);
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(out, "{}", headline(report));
    if let Some(rest) = not_analysed(report) {
        let _ = writeln!(out, "{rest}");
    }
    if shown < report.findings.len() {
        let rest = counted(report.findings.len() - shown, "finding");
        let _ = writeln!(out, "{rest} not shown: fix these first, or list all: {command} --output-format concise");
    }
    if shown > 0 {
        out.push_str("Change the cause. Do not suppress findings, weaken tests, raise limits or remove features.\n");
        out.push_str("Bad and good code of a rule: scalecliff explain RULE\n");
        let _ = writeln!(out, "Done when this reports none of them: {command} --output-format agent");
    }
    out
}

/// Writes the most severe findings, those of a rule together, and says how many.
fn push_findings(report: &Report<'_>, out: &mut String) -> usize {
    let mut groups: Vec<(&str, Vec<&Finding>)> = Vec::new();
    for finding in report.findings.iter().take(MAX_FINDINGS) {
        match groups.iter_mut().find(|(rule, _)| *rule == finding.rule) {
            Some((_, findings)) => findings.push(finding),
            None => groups.push((finding.rule, vec![finding])),
        }
    }
    let mut shown = 0;
    for (rule, mut findings) in groups {
        // Equal advice together.
        findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), &finding.runs_out, &finding.instead));
        let mut advice = (None, None);
        for (index, finding) in findings.into_iter().enumerate() {
            let mut text = String::new();
            if index == 0 {
                push_rule(rule, report, &mut text);
            }
            push_advice("why", &finding.runs_out, &mut advice.0, &mut text);
            push_advice("fix", &finding.instead, &mut advice.1, &mut text);
            push_finding(finding, report.sources, &mut text);
            if shown > 0 && out.len() + text.len() > MAX_LENGTH {
                return shown;
            }
            out.push_str(&text);
            shown += 1;
        }
    }
    shown
}

/// What the rule reports, and how to see that it no longer has anything to report.
fn push_rule(rule: &str, report: &Report<'_>, out: &mut String) {
    let Some(info) = report.rules.get(rule) else {
        let _ = writeln!(out, "{rule}:");
        return;
    };
    let _ = writeln!(out, "{rule}: {}", info.summary);
    if let Some(done) = done_when(info.page) {
        let _ = writeln!(out, "  done when: {done}");
    }
}

fn push_advice<'a>(title: &str, advice: &'a str, last: &mut Option<&'a str>, out: &mut String) {
    if !advice.is_empty() && *last != Some(advice) {
        let _ = writeln!(out, "  {title}: {}", clipped(advice, MAX_ADVICE));
        *last = Some(advice);
    }
}

fn push_finding(finding: &Finding, sources: &Sources, out: &mut String) {
    let (severity, place) = (finding.severity.as_str(), place(finding.primary, sources));
    let _ = writeln!(out, "  {severity} {place} {}", clipped(&finding.message, MAX_MESSAGE));
    let on_the_way: Vec<&Step> = finding.evidence.iter().filter(|step| step.location != finding.primary).collect();
    if !on_the_way.is_empty() {
        let _ = writeln!(out, "    path: {}", path(&on_the_way, finding, sources));
    }
    let others: Vec<String> = others_affected(finding).iter().map(|name| clipped(name, MAX_WORD)).collect();
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().map(String::as_str).collect();
        let _ = writeln!(out, "    also reached from: {}", listed(&names, MAX_NAMES));
    }
    for step in finding.related.iter().take(MAX_NAMES) {
        let _ = writeln!(out, "    see also: {}", step_text(step, finding.primary.path, sources));
    }
}

/// The steps from the handler to the cost, each with its file where that is another one than before.
fn path(steps: &[&Step], finding: &Finding, sources: &Sources) -> String {
    let mut file = finding.primary.path;
    let texts = steps.iter().map(|step| {
        let text = step_text(step, file, sources);
        file = step.location.path;
        text
    });
    let mut texts: Vec<String> = texts.collect();
    if texts.len() > MAX_STEPS {
        let left_out = texts.len() - MAX_STEPS;
        let half = MAX_STEPS / 2;
        texts.splice(half..half + left_out, [format!("{left_out} more")]);
    }
    texts.join(" -> ")
}

fn step_text(step: &Step, file: Symbol, sources: &Sources) -> String {
    let path = step.location.path;
    let line = sources.get(path).position(step.location.span.start).line;
    let file = if path == file { String::new() } else { neutral_path(&path) };
    format!("{} ({file}:{line})", clipped(&step.message, MAX_STEP))
}

/// In one line and harmless, with its words and as a whole no longer than they may be.
fn clipped(text: &str, most: usize) -> String {
    let words: Vec<String> = neutral(text).split(' ').map(|word| clip(word, MAX_WORD)).collect();
    clip(&words.join(" "), most)
}

fn clip(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::clipped;

    #[test]
    fn words_and_texts_have_a_greatest_length() {
        assert_eq!(clipped("calls `get`\n", 100), "calls `get`␊");
        assert_eq!(clipped(&format!("a {} b", "x".repeat(90)), 200), format!("a {}… b", "x".repeat(80)));
        assert_eq!(clipped("one two three", 7), "one two…");
    }
}
