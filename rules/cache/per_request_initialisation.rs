//! What lasts is prepared anew for each request.

use analysis::{Effect, LibraryCall, Program, Role};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity};

use crate::Rule;
use crate::common::{Cause, Words, or, recurs};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "per-request-initialisation",
        family: Family::Cache,
        severity: Severity::Warning,
        summary: "a model, templates, a key or settings are prepared for every request instead of once",
        cwe: &[1050],
        page: include_str!("per_request_initialisation.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    for call in program.calls().iter().filter(|call| !call.model.prepares.is_empty() && !call.site.is_once) {
        let is_ours = program.role(call.at.file) == Role::App && program.runs(call.function, recurs);
        if call.model.from_settings && !program.is_given_settings(call.at) {
            continue;
        }
        if is_ours && !program.is_given_locals(call.at) && !program.is_constructor(call.function) {
            findings.push(report(program, call));
        }
    }
}

fn report(program: &Program<'_>, call: &LibraryCall<'_>) -> Finding {
    let what = call.model.prepares;
    let words = Words {
        message: format!(
            "{what} {} made ready again for every request",
            if what.ends_with('s') { "are" } else { "is" }
        ),
        label: "always the same, and made anew each time".to_owned(),
        runs_out: or(
            call.model.runs_out,
            "processor time, and memory: each request pays for what the first has paid for",
        ),
        instead: or(call.model.instead, "make it once, at start-up or at the first use, and keep it"),
    };
    let is_large = call.model.does == Some(Effect::Inference);
    let (severity, confidence) =
        if is_large { (Severity::Warning, Confidence::High) } else { (Severity::Info, Confidence::Medium) };
    Cause::of_call(program, &RULE.info, call).finding(severity, confidence, recurs, words)
}
