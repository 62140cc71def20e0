//! The report for people at a terminal.

use codespan_reporting::diagnostic::{Diagnostic, Label, Severity as Kind};
use codespan_reporting::term::{Config, emit_to_write_style};
use ir::finding::{Confidence, Finding, Severity, Step};

use crate::concise::{place, push_line};
use crate::neutral::{neutral, neutral_path};
use crate::style::Canvas;
use crate::view::View;
use crate::wrap::wrap;
use crate::{Acceptance, Report, Sources, TextOptions};

/// Steps of the evidence this many lines around the primary place are drawn into its snippet.
const NEAR: usize = 8;
/// Longer evidence is shortened in the middle.
const MAX_STEPS: usize = 12;
const MAX_AFFECTED: usize = 4;
/// Messages of steps are padded up to this width, so that their places stand in a column.
const MAX_PADDING: usize = 48;
/// What stands in front of a note: a line number's width, the bullet, and spaces.
const NOTE_MARGIN: usize = 8;

/// Every finding with its source and the way to it. [`render_summary`](crate::render_summary) closes the report.
pub fn render_text(report: &Report<'_>, options: TextOptions) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        push_finding(finding, None, report.sources, options, &mut out);
    }
    for accepted in report.accepted() {
        push_finding(&accepted.found.finding, Some(&accepted.by), report.sources, options, &mut out);
    }
    out
}

fn push_finding(
    finding: &Finding,
    accepted_by: Option<&Acceptance>,
    sources: &Sources,
    options: TextOptions,
    out: &mut String,
) {
    let path = finding.primary.path;
    let near: Vec<&Step> = finding.evidence.iter().filter(|step| is_near(step, finding, sources)).collect();
    let mut marks = vec![finding.primary.span];
    marks.extend(near.iter().map(|step| step.location.span));
    let view = View::new(neutral_path(&path), sources.get(path), &marks);

    let primary = view.place(finding.primary.span);
    let mut labels: Vec<Label<()>> =
        primary.map(|range| Label::primary((), range).with_message(neutral(&finding.label))).into_iter().collect();
    let secondary = near.iter().filter_map(|step| {
        let range = view.place(step.location.span)?;
        Some(Label::secondary((), range).with_message(neutral(&step.message)))
    });
    labels.extend(secondary);
    let elsewhere = finding.evidence.iter().filter(|step| step.location != finding.primary).count();
    let is_path_drawn = labels.len() > elsewhere;

    let kind = match finding.severity {
        Severity::Error => Kind::Error,
        Severity::Warning => Kind::Warning,
        Severity::Info => Kind::Note,
    };
    let diagnostic = Diagnostic::new(kind)
        .with_code(finding.rule)
        .with_message(neutral(&finding.message))
        .with_labels(labels)
        .with_notes(notes(finding, accepted_by, is_path_drawn, sources, options));
    let mut canvas = Canvas::new(options.color);
    match emit_to_write_style(&mut canvas, &Config::default(), &view, &diagnostic) {
        Ok(()) => out.push_str(&String::from_utf8_lossy(&canvas.bytes)),
        Err(_) => push_line(finding, sources, out),
    }
}

fn is_near(step: &Step, finding: &Finding, sources: &Sources) -> bool {
    let (here, there) = (finding.primary, step.location);
    let source = sources.get(here.path);
    let line = |span| source.line_index(source.range(span).start);
    here.path == there.path && here != there && line(here.span).abs_diff(line(there.span)) <= NEAR
}

fn notes(
    finding: &Finding,
    accepted_by: Option<&Acceptance>,
    is_path_drawn: bool,
    sources: &Sources,
    options: TextOptions,
) -> Vec<String> {
    let mut notes = Vec::new();
    if !is_path_drawn {
        notes.push(path_note(&finding.evidence, sources, options));
    }
    let mut push = |title: &str, text: &str| {
        if !text.is_empty() {
            let text = neutral(&text.replace('\n', " "));
            let wrapped = wrap(&format!("{title}: {text}"), options.width.saturating_sub(NOTE_MARGIN), 2);
            notes.push(wrapped.replacen(title, &options.bold(title), 1));
        }
    };
    push("runs out first", &finding.runs_out);
    push("instead", &finding.instead);
    push("see also", &see_also(finding, sources));
    push("also reached from", &also_reached_from(finding, sources));
    if finding.confidence != Confidence::High {
        push("confidence", finding.confidence.as_str());
    }
    if let Some(by) = accepted_by {
        push("accepted", &accepted(by, sources));
    }
    notes
}

/// Who accepts a finding, and why.
fn accepted(by: &Acceptance, sources: &Sources) -> String {
    match by {
        Acceptance::Baseline => "in the baseline".to_owned(),
        Acceptance::Comment { place: at, reason } if reason.is_empty() => format!("by {}", place(*at, sources)),
        Acceptance::Comment { place: at, reason } => format!("by {}: {reason}", place(*at, sources)),
    }
}

/// The steps from the handler to the cost, one a line, with their places in a column.
fn path_note(steps: &[Step], sources: &Sources, options: TextOptions) -> String {
    let width = steps.iter().map(|step| step.message.chars().count()).max().unwrap_or(0).min(MAX_PADDING);
    let line = |number: usize, step: &Step| {
        let message = neutral(&step.message);
        let place = options.dim(&place(step.location, sources));
        format!("{number:>2}. {message:<width$}  {place}")
    };
    let numbered: Vec<String> = steps.iter().enumerate().map(|(index, step)| line(index + 1, step)).collect();
    let mut lines = numbered;
    if lines.len() > MAX_STEPS {
        let left_out = lines.len() - MAX_STEPS;
        let half = MAX_STEPS / 2;
        lines.splice(half..half + left_out, [format!("    … {left_out} more")]);
    }
    format!("{}:\n{}", options.bold("path"), lines.join("\n"))
}

/// Further places of the cause: `sent here (app/db.py:12:5)`.
fn see_also(finding: &Finding, sources: &Sources) -> String {
    let shown: Vec<String> = finding
        .related
        .iter()
        .take(MAX_AFFECTED)
        .map(|step| format!("{} ({})", step.message, place(step.location, sources)))
        .collect();
    match finding.related.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The affected places that the evidence does not start from.
fn also_reached_from(finding: &Finding, sources: &Sources) -> String {
    let start = finding.evidence.first().map(|step| step.location);
    let others: Vec<String> = finding
        .affected
        .iter()
        .filter(|step| Some(step.location) != start)
        .map(|step| if step.message.is_empty() { place(step.location, sources) } else { step.message.clone() })
        .collect();
    match others.len() {
        0 => String::new(),
        1..=MAX_AFFECTED => others.join(", "),
        count => format!("{} and {} more", others[..MAX_AFFECTED - 1].join(", "), count - (MAX_AFFECTED - 1)),
    }
}
