//! One page that stands by itself: for who decides (what breaks first, which endpoints, how much of what) and for who
//! repairs (the code, the way to it, what to write instead). It loads nothing, and runs no script but its own.

mod findings;
mod overview;

use ir::finding::{Family, Severity};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::Report;
use crate::neutral::neutral;
use crate::prose::{counted, severity_noun};
use crate::summary::{Note, headline, not_analysed};

/// Findings with their code. More of them nobody reads, and browsers get slow.
const MAX_FINDINGS: usize = 1_000;
/// Names in a list of files.
const MAX_NOTES: usize = 50;

const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Info];

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// The hashes of the style and the script: what anybody else brings into the page does not run. A test keeps them true.
const POLICY: &str = "default-src 'none'; \
    style-src 'sha256-FdVdir0L6wbUerpQPlWNk6V/p3Z7BPuGnvFW+Ds5+iI='; \
    script-src 'sha256-mNeyIIQKyBl3TjK4Gk7eicoHwfN69+xnfJ9gGNC8XlA='; \
    img-src data:; base-uri 'none'; form-action 'none'";

/// `version` is the program's.
pub fn render_html(report: &Report<'_>, version: &str) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { "scalecliff: " (headline(report)) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                (header(report))
                main {
                    @if !report.findings.is_empty() {
                        (overview::what_breaks_first(report))
                        (overview::endpoints(report))
                        (overview::families(report))
                        (findings::findings(report))
                    }
                }
                (footer(report, version))
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string() + "\n"
}

fn header(report: &Report<'_>) -> Markup {
    html! {
        header {
            h1 { "What breaks under load" }
            @if report.findings.is_empty() {
                p.good { "Nothing found in " (counted(report.summary.files, "file")) "." }
            } @else {
                p.soft {
                    (headline(report)) ". Found by reading the code, from the handler of a request to what it costs; \
                     nothing was run."
                }
                ul.tiles {
                    @for severity in SEVERITIES {
                        li class={ "card " (severity.as_str()) } {
                            b { (report.count(severity)) }
                            (severity_noun(severity)) "s: " span.soft { (meaning(severity)) }
                        }
                    }
                }
            }
        }
    }
}

fn meaning(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "fails or stalls with few users",
        Severity::Warning => "gets slow or dear as users and tables grow",
        Severity::Info => "hides the trouble, or adds to it",
    }
}

fn footer(report: &Report<'_>, version: &str) -> Markup {
    let summary = &report.summary;
    let skipped: Vec<Note> = summary
        .skipped
        .iter()
        .map(|part| Note { subject: part.location.path, reason: format!("a part was skipped: {}", part.reason) })
        .collect();
    html! {
        footer {
            (notes("Internal errors", &summary.failures))
            (notes("Files that were left out", &summary.left_out))
            (notes("Parts that cannot be parsed", &skipped))
            @if let Some(rest) = not_analysed(report) {
                p { (rest) }
            }
            p { "scalecliff " (version) ". " code { "scalecliff explain RULE" } " shows a rule's page." }
        }
    }
}

fn notes(title: &str, notes: &[Note]) -> Markup {
    html! {
        @if !notes.is_empty() {
            p { (title) ":" }
            ul {
                @for note in notes.iter().take(MAX_NOTES) {
                    li { code { (neutral(&note.subject)) } ": " (neutral(&note.reason)) }
                }
                @if notes.len() > MAX_NOTES {
                    li { (notes.len() - MAX_NOTES) " more" }
                }
            }
        }
    }
}

/// Harmless, and with what stands between backticks as code.
fn prose(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    let last = parts.len() - 1;
    html! {
        @for (index, part) in parts.iter().enumerate() {
            @if index % 2 == 0 {
                (neutral(part))
            } @else if index == last {
                "`" (neutral(part))
            } @else {
                code { (neutral(part)) }
            }
        }
    }
}

fn badge(severity: Severity) -> Markup {
    html! { span class={ "badge " (severity.as_str()) } { (severity_noun(severity)) } }
}

fn family_name(family: Option<Family>) -> &'static str {
    match family {
        Some(Family::Pool) => "Connections and pools",
        Some(Family::Leak) => "Leaks",
        Some(Family::Async) => "Blocking and waiting",
        Some(Family::Query) => "Queries",
        Some(Family::Cache) => "Caching",
        Some(Family::Limit) => "Limits",
        Some(Family::Observe) => "Observability",
        None => "Other",
    }
}
