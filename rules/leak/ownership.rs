//! What the rules about unreleased resources share: which leaks they report, and how they tell the path.

use analysis::{Call, Exit, Leak, Program, Resource};
use ir::finding::{Confidence, Finding, RuleInfo, Severity, Step};

use crate::common::{Cause, Decisions, Words, or, recurs, with_article};

/// Reports the leaks whose resource `is_ours`.
pub(crate) fn report(
    program: &Program<'_>,
    rule: &RuleInfo,
    is_ours: impl Fn(Resource, &Call) -> bool,
    runs_out: &str,
    findings: &mut Vec<Finding>,
) {
    // What is opened in one branch or the other goes by one name, and is left in one way.
    let mut decisions = Decisions::none_yet();
    for leak in program.leaks() {
        let Some(model) = program.model(leak.opened) else { continue };
        if !model.acquires.is_some_and(|resource| is_ours(resource, model)) || !program.runs(leak.function, recurs) {
            continue;
        }
        // What is opened over bytes in memory holds nothing of the system.
        if model.acquires == Some(Resource::File) && program.mentions(leak.opened, &["bytesio", "stringio"]) {
            continue;
        }
        let noun = or(model.noun, "resource");
        let release = leak.release.map_or("release", |name| name.as_str());
        let words = Words {
            message: format!("{} {}", with_article(&noun), how_it_leaks(leak)),
            label: "opened here".to_owned(),
            runs_out: runs_out.to_owned(),
            instead: advice(leak, release),
        };
        let cause =
            Cause { program, rule, function: leak.function, file: leak.at.file, span: program.call_span(leak.at) };
        let severity = if matches!(leak.exit, Exit::Throw(_)) { Severity::Warning } else { Severity::Error };
        let mut finding = cause.finding(severity, confidence(leak).min(most(program, leak, model)), recurs, words);
        if let Exit::Return(span) | Exit::Throw(span) | Exit::Loop(span) | Exit::Twice(span) | Exit::Used(span) =
            leak.exit
        {
            let message = match leak.exit {
                Exit::Throw(_) => "if this throws, nothing releases it",
                Exit::Loop(_) => "the next round begins while it is still open",
                Exit::Twice(_) => "released again here",
                Exit::Used(_) => "used here",
                _ => "leaves while it is still open",
            };
            finding.related.push(Step { location: program.location(leak.at.file, span), message: message.to_owned() });
        }
        let name = program.name_given(leak.opened);
        let decision = name.map(|name| (leak.at.file, name, finding.message.clone(), leak.exit));
        decisions.add(decision, finding);
    }
    findings.extend(decisions.into_findings());
}

fn how_it_leaks(leak: &Leak) -> &'static str {
    match leak.exit {
        Exit::Always => "is opened and never released",
        Exit::Return(_) => "is not released on every path: one return leaves it open",
        Exit::Throw(_) => "stays open when a call between opening and releasing it throws",
        Exit::Loop(_) => "is not released before the loop goes on",
        Exit::Twice(_) => "is released twice: the second time it may be someone else's",
        Exit::Used(_) => "is used after it was released: it may be someone else's by then",
    }
}

fn confidence(leak: &Leak) -> Confidence {
    match leak.exit {
        _ if leak.is_unnamed => Confidence::Low,
        Exit::Always | Exit::Return(_) | Exit::Loop(_) | Exit::Twice(_) | Exit::Used(_) => Confidence::High,
        Exit::Throw(_) => Confidence::Medium,
    }
}

/// Runtimes that count references, or collect, close a file soon after an exception has left it behind, and reap a child that
/// was started to outlive its parent's call.
fn most(program: &Program<'_>, leak: &Leak, model: &Call) -> Confidence {
    match (leak.exit, model.acquires) {
        (Exit::Always, Some(Resource::Process)) if program.is_dropped(leak.at) => Confidence::Low,
        (Exit::Throw(_), Some(Resource::File | Resource::TempFile | Resource::Process)) => Confidence::Low,
        (Exit::Throw(_), _) if model.closes_when_dropped => Confidence::Low,
        (
            Exit::Always | Exit::Return(_),
            Some(Resource::HttpClient | Resource::Socket | Resource::TempFile | Resource::Cursor),
        ) if model.closes_when_dropped => Confidence::Low,
        _ => Confidence::High,
    }
}

fn advice(leak: &Leak, release: &str) -> String {
    match leak.exit {
        Exit::Throw(_) => {
            format!("put the use into `try` and call `{release}` in `finally`, or use a scoped form that releases it")
        }
        Exit::Twice(_) | Exit::Used(_) => {
            format!("call `{release}` once, at the end: in `finally`, or through a scoped form that releases it")
        }
        _ => format!("call `{release}` on every path: in `finally`, or through a scoped form that releases it"),
    }
}
