//! A call that blocks its thread runs on an event loop or asynchronous executor that all requests share.

use std::collections::BTreeMap;

use analysis::{Context, Effect, LibraryCall, Program, Resource, State};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity, Step};

use crate::Rule;
use crate::common::{Cause, Words, or, recurs};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "blocking-call-in-async",
        family: Family::Async,
        severity: Severity::Error,
        summary: "a blocking call stops the event loop, and with it every other request",
        cwe: &[1322],
        page: include_str!("blocking_call_in_async.md"),
    },
    check,
};

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    // One cause: the calls of one function that wait for the same thing; of a synchronous database driver, those of a file.
    let mut causes: BTreeMap<_, Vec<&LibraryCall<'_>>> = BTreeMap::new();
    for call in program.calls() {
        let Some(effect) = call.model.does.filter(|effect| *effect != Effect::Lock) else {
            continue;
        };
        if stops_loop(program, call) && !makes_blank_document(program, call, effect) {
            let is_driver = matches!(effect, Effect::Database | Effect::Cache);
            let function = (!is_driver).then_some(call.function.id);
            causes.entry((call.at.file, function, effect)).or_default().push(call);
        }
    }
    for ((.., effect), calls) in causes {
        let call = calls[0];
        // What is said of a file or an archive is how to close it.
        let opens = matches!(call.model.acquires, Some(Resource::File | Resource::TempFile));
        let of_call = |text| if opens { "" } else { text };
        let words = Words {
            message: format!("{} blocks the event loop: no other request moves while it waits", subject(effect)),
            label: "blocks the thread that serves all requests".to_owned(),
            runs_out: or(of_call(call.model.runs_out), runs_out(effect)),
            instead: or(of_call(call.model.instead), "use the asynchronous form, or move it off the loop to a thread"),
        };
        let cause = Cause::of_call(program, &RULE.info, call);
        let is_small = effect == Effect::Disk
            && calls.iter().all(|call| reads_own_file(program, call) || is_of_folder(program, call));
        let confidence = if is_small { Confidence::Low } else { confidence(effect) };
        let mut finding = cause.finding(severity(effect), confidence, on_loop, words);
        for other in &calls[1..] {
            let location = program.location(other.at.file, program.call_span(other.at));
            finding.related.push(Step { location, message: "blocks too".to_owned() });
        }
        findings.push(finding);
    }
}

/// A worker process of its own may block; what the server starts in the background blocks the server's loop.
fn on_loop(state: State) -> bool {
    state.on_loop && recurs(state) && (state.context != Context::Job || state.is_detached)
}

/// Whether a call that blocks its thread does so on the loop that all requests share.
pub(super) fn stops_loop(program: &Program<'_>, call: &LibraryCall<'_>) -> bool {
    // `await hashSync(…)` waits for what has been done by then.
    let is_of_loop = call.site.is_awaited && !program.called_name(call.at).is_some_and(|name| name.ends_with("Sync"));
    call.model.is_blocking && !call.site.is_once && !is_of_loop && program.runs(call.function, on_loop)
}

/// A spreadsheet or a page of a few written-out cells, for users to fill in.
fn makes_blank_document(program: &Program<'_>, call: &LibraryCall<'_>, effect: Effect) -> bool {
    let entry = || program.first_entry(call.function, on_loop);
    matches!(effect, Effect::Spreadsheet | Effect::Pdf)
        && entry().is_some_and(|entry| program.answers_a_constant(entry.function))
}

/// Words for files that come with the program or set it up: some kilobytes, which the system keeps in memory.
const OWN_FILES: &[&str] = &["config", "manifest", "template", "settings", "journal"];

/// Words for files that the program writes as long as it runs.
const LOGS: &[&str] = &[".log", "logs", "logfile", "log_file"];

/// Whether a call reads such a file, as its names and texts tell.
fn reads_own_file(program: &Program<'_>, call: &LibraryCall<'_>) -> bool {
    let reads = program.called_name(call.at).is_some_and(|name| name.to_lowercase().contains("read") || name == "open");
    reads && program.mentions(call.at, OWN_FILES) && !program.mentions(call.at, LOGS)
}

/// Whether a call asks for or changes names in a folder: microseconds, where no loop does it for a whole tree.
fn is_of_folder(program: &Program<'_>, call: &LibraryCall<'_>) -> bool {
    const OF_FOLDERS: &[&str] = &[
        "readdirSync",
        "mkdirSync",
        "mkdtempSync",
        "unlinkSync",
        "renameSync",
        "read_dir",
        "create_dir",
        "create_dir_all",
        "remove_file",
        "listdir",
        "mkdir",
        "makedirs",
        "mkdtemp",
        "unlink",
        "remove",
    ];
    !call.site.in_any_loop && program.called_name(call.at).is_some_and(|name| OF_FOLDERS.contains(&name.as_str()))
}

fn subject(effect: Effect) -> &'static str {
    match effect {
        Effect::Sleep => "a synchronous sleep",
        Effect::Database => "a synchronous database call",
        Effect::Cache => "a synchronous cache call",
        Effect::Http => "a synchronous HTTP call",
        Effect::Llm => "a synchronous call of a language model",
        Effect::Mail => "sending mail synchronously",
        Effect::Push => "sending messages synchronously",
        Effect::Disk => "synchronous file access",
        Effect::Process => "waiting for a child process",
        Effect::Hash => "password hashing or key generation",
        Effect::Wait => "waiting for another task or thread",
        _ => "heavy computation",
    }
}

fn runs_out(effect: Effect) -> &'static str {
    match effect {
        Effect::Hash => "the loop's time: at 100 ms a hash, ten logins a second use all of it",
        Effect::Disk => "the loop's time: every request waits for the disk",
        _ => "the loop's time: with 50 users, each waits for the calls of the 49 others",
    }
}

fn severity(effect: Effect) -> Severity {
    if effect == Effect::Disk { Severity::Warning } else { Severity::Error }
}

fn confidence(effect: Effect) -> Confidence {
    if effect == Effect::Disk { Confidence::Medium } else { Confidence::High }
}
