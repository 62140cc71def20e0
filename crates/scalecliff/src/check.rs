//! `scalecliff check`: from the paths to the report.

use std::time::{Duration, Instant};

use report::Report;

use crate::args::CheckArgs;
use crate::scope::is_in;
use crate::setup::{Setup, threads};
use crate::status::{Failure, Status};
use crate::{ignores, output, watch};

pub(crate) fn check(args: &CheckArgs) -> Result<Status, Failure> {
    if args.input.watch { watch::watch(args) } else { check_once(args) }
}

pub(crate) fn check_once(args: &CheckArgs) -> Result<Status, Failure> {
    let started = Instant::now();
    let mut setup = Setup::new(args)?;
    let mut output_args = args.output.clone();
    output_args.settle(&setup.configuration)?;
    output_args.check()?;
    let inputs = std::mem::take(&mut setup.inputs);
    let starts = inputs.starts.clone();
    let covers = |name: &str| is_in(name, &starts);
    let found = started.elapsed();
    let (mut analysis, sifted) = threads(args.input.jobs)?.install(|| {
        let (mut analysis, findings) = setup.run(inputs);
        let sifted = setup.sift(findings, &mut analysis, &covers);
        (analysis, sifted)
    });
    let analysed = started.elapsed();

    if let Some(reason) = &args.choice.add_ignore {
        ignores::add(&sifted.reported, &analysis, reason)?;
        return Ok(Status::Clean);
    }
    if args.baseline.update_baseline
        && let Some(file) = &setup.baseline
    {
        let sieve = setup.sieve(&covers);
        let exists = |path: &str| analysis.program.has_file(path);
        let judges = |path: &str, rule: &str| sieve.judges(path, rule);
        file.update(&sifted.acceptable, args.baseline.accept_new, exists, judges)?;
        return Ok(Status::Clean);
    }

    let infos: Vec<_> = setup.rules.iter().map(|rule| rule.info).collect();
    let analysed_files = analysis.summary.files;
    let is_stale = args.baseline.strict_baseline && !analysis.summary.stale.is_empty();
    let summary = std::mem::take(&mut analysis.summary);
    let mut report = Report::new(sifted.reported, &infos, &analysis.sources, summary);
    if args.choice.show_suppressed {
        report = report.with_accepted(sifted.accepted, setup.baseline.is_some());
    }
    output_args.write(&report)?;
    if args.output.verbose || args.output.timings {
        let (reported, total) = (started.elapsed() - analysed, started.elapsed());
        let analysed = analysed - found;
        output::print_aside(&format!(
            "{total:.1?}: files {found:.1?}, analysis {analysed:.1?}, report {reported:.1?}\n"
        ));
    }
    if args.output.timings {
        let line = |(part, time): &(&str, Duration)| format!("{:>10}  {part}\n", format!("{time:.1?}"));
        output::print_aside(&analysis.timings.iter().map(line).collect::<String>());
    }
    if analysed_files == 0 {
        return Err(Failure::no_input("no file could be analysed".to_owned()));
    }
    let fails = report.findings().iter().any(|finding| setup.fail_on.includes(finding.severity));
    let gaps = if args.choice.strict { report::gaps(&report) } else { None };
    if !args.input.watch {
        // The process ends now: taking millions of small lists apart first would only delay it.
        std::mem::forget(analysis);
    }
    if let Some(gaps) = gaps {
        return Err(Failure { status: Status::Internal, message: format!("not everything was analysed: {gaps}") });
    }
    Ok(if fails || is_stale { Status::Findings } else { Status::Clean })
}
