//! `scalecliff check`: from the paths to the report.

use std::fs;
use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::time::Instant;

use analysis::{Models, Options};
use ir::Language;
use ir::finding::{Confidence, Finding};
use report::{Report, render_concise, render_json, render_sarif, render_summary, render_text};
use rules::Rule;

use crate::analyse::{Analysis, analyse, ask};
use crate::args::{Assume, CheckArgs, OutputFormat, When};
use crate::discover::{InputKind, Inputs, discover, reason};
use crate::progress::Progress;
use crate::status::{Failure, Status};
use crate::{output, select};

/// The parsers and the walks over their trees recurse.
const STACK_SIZE: usize = 64 << 20;

pub(crate) fn check(args: &CheckArgs) -> Result<Status, Failure> {
    let started = Instant::now();
    let rules = select::select(rules::all(), &args.select, &args.ignore)?;
    let inputs = discover(&args.paths, !args.no_gitignore)?;
    if !inputs.files.iter().any(|input| matches!(input.kind, InputKind::Source(_))) {
        return Err(nothing_to_analyse(args, &inputs));
    }
    let pool = threads(args.jobs)?;
    let models = pool.install(|| models(&args.model, &inputs))?;
    let found = started.elapsed();
    let (findings, analysis) = pool.install(|| run(args, inputs, &models, &rules));
    // The process ends soon: taking millions of small lists apart first would only delay it.
    let mut analysis = ManuallyDrop::new(analysis);
    let analysed = started.elapsed();

    let infos: Vec<_> = rules.iter().map(|rule| rule.info).collect();
    let analysed_files = analysis.summary.files;
    let summary = std::mem::take(&mut analysis.summary);
    let report = Report::new(findings, &infos, &analysis.sources, summary);
    print(args, &report)?;
    if args.verbose {
        let (reported, total) = (started.elapsed() - analysed, started.elapsed());
        let analysed = analysed - found;
        output::print_aside(&format!(
            "{total:.1?}: files {found:.1?}, analysis {analysed:.1?}, report {reported:.1?}\n"
        ));
    }
    if analysed_files == 0 {
        return Err(Failure::no_input("no file could be analysed".to_owned()));
    }
    let fails = report.findings().iter().any(|finding| args.fail_on.includes(finding.severity));
    Ok(if fails { Status::Findings } else { Status::Clean })
}

/// Threads with a stack on which every tree can be walked.
pub(crate) fn threads(jobs: Option<u16>) -> Result<rayon::ThreadPool, Failure> {
    let builder = rayon::ThreadPoolBuilder::new().num_threads(jobs.map_or(0, usize::from)).stack_size(STACK_SIZE);
    builder.build().map_err(|error| Failure::internal(&format!("cannot start threads: {error}")))
}

fn run<'m>(args: &CheckArgs, inputs: Inputs, models: &'m Models, rules: &[&Rule]) -> (Vec<Finding>, Analysis<'m>) {
    let progress = Progress::new(inputs.files.len(), args.quiet);
    let options = Options { assume_request: args.assume == Some(Assume::Request) };
    let mut analysis = analyse(inputs, args.max_file_size, models, options, &progress);
    let (mut findings, failures) = ask(&analysis.program, rules);
    let summary = &mut analysis.summary;
    summary.failures.extend(failures);

    let all = findings.len();
    if !args.include_tests {
        findings.retain(|finding| !analysis.program.is_test_file(finding.primary.path));
    }
    let outside_tests = findings.len();
    summary.in_tests = all - outside_tests;
    let min_confidence = Confidence::from(args.min_confidence);
    findings.retain(|finding| finding.confidence >= min_confidence);
    summary.below_confidence = outside_tests - findings.len();
    (findings, analysis)
}

/// The models of the languages that there are files of, and those that the user names.
pub(crate) fn models(paths: &[PathBuf], inputs: &Inputs) -> Result<Models, Failure> {
    let mut extra = Vec::new();
    for path in paths {
        let name = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => extra.push((name, text)),
            Err(error) => return Err(Failure::usage(format!("{name}: {}", reason(&error)))),
        }
    }
    let extra: Vec<(&str, &str)> = extra.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let has = |language: &Language| inputs.files.iter().any(|input| input.kind == InputKind::Source(*language));
    let languages: Vec<Language> =
        [Language::Python, Language::JavaScript, Language::Rust].into_iter().filter(has).collect();
    rules::models_where(|path, text| Models::may_matter(&languages, path, text), &extra)
        .map_err(|error| Failure::usage(error.to_string()))
}

fn nothing_to_analyse(args: &CheckArgs, inputs: &Inputs) -> Failure {
    let paths: Vec<String> = args.paths.iter().map(|path| path.display().to_string()).collect();
    let mut message = format!("no Python, JavaScript, TypeScript, Rust or SQL file to analyse in {}", paths.join(", "));
    for note in &inputs.left_out {
        message.push_str(&format!("; {}: {}", note.subject, note.reason));
    }
    Failure::no_input(message)
}

fn print(args: &CheckArgs, report: &Report<'_>) -> Result<(), Failure> {
    let options = output::text_options(args.color, args.verbose);
    match args.output_format {
        OutputFormat::Json => output::print(&render_json(report)),
        OutputFormat::Sarif => output::print(&render_sarif(report, env!("CARGO_PKG_VERSION"))),
        OutputFormat::Concise => {
            output::print(&render_concise(report))?;
            if !args.quiet {
                let options = output::text_options(When::Never, args.verbose);
                output::print_aside(&render_summary(report, options));
            }
            Ok(())
        }
        OutputFormat::Text => {
            let mut text = render_text(report, options);
            if !args.quiet {
                text.push_str(&render_summary(report, options));
            }
            output::print(&text)
        }
    }
}
