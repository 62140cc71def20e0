//! A client may send files of any size.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use analysis::{Bounded, Context, ExprRef, LibraryCall, Program, Role, State};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity, Step};

use crate::Rule;
use crate::common::{Cause, Words, join, or};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "missing-upload-limit",
        family: Family::Limit,
        severity: Severity::Warning,
        summary: "nothing limits the size of what a client uploads",
        cwe: &[770],
        page: include_str!("missing_upload_limit.md"),
    },
    check,
};

/// Limits of proxies and servers in front.
const IN_FRONT: &[&str] = &["client_max_body_size", "proxy-body-size", "limitrequestbody", "max_size", "request_body"];

const LENGTH: &str = "content-length";

const RUNS_OUT: &str = "memory and disk: a few clients that send gigabytes at once fill both";
const PARSED: &str = "memory and the event loop: a JSON text of 50 MB takes several times that as objects, parsing it stops \
                      everybody for a second, and anybody may send it to any route";

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    // What reads the declared length can refuse it: for the routes that come to it.
    let measured = program.routes_covered_by(|name| name == LENGTH, &[LENGTH]);
    if program.says(IN_FRONT) || measured.is_everywhere {
        return;
    }
    let is_measured = |call: &LibraryCall<'_>| measured.routes.iter().any(|route| route.file == call.at.file);
    // A setting that is missing is one cause, whatever takes uploads without it.
    let mut of_settings: BTreeMap<&[String], Finding> = BTreeMap::new();
    for (call, bound) in program.unbounded(Bounded::Upload) {
        let is_ours = program.role(call.at.file) == Role::App && program.is_server();
        let is_lifted =
            bound.lifted_from.is_some() && (bound.lifted_by.is_none() || program.is_bound_by_size(call, bound));
        if !is_ours
            || is_measured(call)
            || !program.runs(call.function, serves)
            || is_lifted && !program.is_for_all_routes(call.at)
        {
            continue;
        }
        let finding = report(program, call, is_lifted);
        if bound.elsewhere.is_empty() {
            findings.push(finding);
            continue;
        }
        match of_settings.entry(&bound.elsewhere) {
            Entry::Occupied(mut first) => join(first.get_mut(), finding),
            Entry::Vacant(first) => _ = first.insert(finding),
        }
    }
    findings.extend(of_settings.into_values());
    if program.is_server() {
        let lifted = program.django_settings("DATA_UPLOAD_MAX_MEMORY_SIZE", "null");
        findings.extend(lifted.into_iter().map(|setting| of_django(program, setting)));
    }
}

/// Bodies that are no files are kept in memory: 2.5 MB unless the setting lifts it.
fn of_django(program: &Program<'_>, setting: ExprRef) -> Finding {
    let primary = program.location(setting.file, program.expr_span(setting));
    Finding {
        rule: RULE.info.slug,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        message: "every view takes bodies of any size".to_owned(),
        primary,
        label: "the limit of Django is lifted".to_owned(),
        evidence: vec![Step { location: primary, message: "without it, 2.5 MB".to_owned() }],
        affected: Vec::new(),
        related: Vec::new(),
        runs_out:
            "memory: request.body keeps all of what a client sends, and a few that send gigabytes at once fill it"
                .to_owned(),
        instead: "leave DATA_UPLOAD_MAX_MEMORY_SIZE at 2.5 MB, and let files be files: they go to the disk".to_owned(),
    }
}

fn serves(state: State) -> bool {
    matches!(state.context, Context::Startup | Context::Request)
}

fn report(program: &Program<'_>, call: &LibraryCall<'_>, is_lifted: bool) -> Finding {
    let (message, label, runs_out) = if is_lifted {
        ("every route takes bodies of 50 MB or more", "the limit of the library is lifted", PARSED)
    } else {
        ("uploads of any size are taken", "no limit on the size", RUNS_OUT)
    };
    let words = Words {
        message: message.to_owned(),
        label: label.to_owned(),
        runs_out: or(call.model.runs_out, runs_out),
        instead: or(call.model.instead, "limit the size of a file and of the whole body, and answer 413"),
    };
    Cause::of_call(program, &RULE.info, call).finding(Severity::Warning, Confidence::Medium, serves, words)
}
